//! Numbers, quantities and lists, as the language writes them.

use super::{Language, Var, Words};

/// Between a number and its unit, so that a line does not break there.
const NARROW: char = '\u{202f}';

impl Words {
    /// A count: `12,345`, `12.345`.
    pub fn count(self, count: u64) -> String {
        self.separated(&count.to_string(), "")
    }

    /// A number with so many decimals at most; what would be zeros at the end is left out.
    pub fn number(self, value: f64, decimals: usize) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        let text = format!("{:.*}", decimals.min(9), value.abs());
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let fraction = fraction.trim_end_matches('0');
        let zero = whole == "0" && fraction.is_empty();
        let sign = if value < 0.0 && !zero { "−" } else { "" };
        format!("{sign}{}", self.separated(whole, fraction))
    }

    fn separated(self, whole: &str, fraction: &str) -> String {
        let (group, point) = match self.language() {
            Language::En => (',', '.'),
            Language::De => ('.', ','),
        };
        let mut text = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && whole.len().saturating_sub(place).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    /// A number with its VSS unit: `12.5 km/h`, `-3 °C`, `80 %`; without a unit the bare number.
    pub fn quantity(self, value: f64, decimals: usize, unit: &str) -> String {
        let number = self.number(value, decimals);
        match symbol(unit) {
            "" => number,
            "°" => format!("{number}°"),
            symbol => format!("{number}{NARROW}{symbol}"),
        }
    }

    /// The sign of a VSS unit; empty if it has none.
    pub fn unit(self, unit: &str) -> &str {
        symbol(unit)
    }

    /// A length in metres, in the unit that reads best: `350 m`, `2.4 km`, `12 km`.
    pub fn distance(self, metres: f64) -> String {
        let length = metres.abs();
        if length < 1_000.0 {
            self.quantity(metres, 0, "m")
        } else if length < 10_000.0 {
            self.quantity(metres / 1_000.0, 1, "km")
        } else {
            self.quantity(metres / 1_000.0, 0, "km")
        }
    }

    /// Bytes in decimal units: `840 B`, `1.2 kB`, `3.4 MB`.
    pub fn bytes(self, bytes: u64) -> String {
        let steps = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
        let Some((size, unit)) = steps.into_iter().find(|(size, _)| bytes >= *size) else {
            return format!("{}{NARROW}B", self.count(bytes));
        };
        let tenths = bytes.saturating_mul(10).checked_div(size).unwrap_or(0);
        let (whole, tenth) = (tenths / 10, tenths % 10);
        let fraction = if tenth == 0 { String::new() } else { tenth.to_string() };
        format!("{}{NARROW}{unit}", self.separated(&whole.to_string(), &fraction))
    }

    /// "a", "a and b", "a, b and c".
    pub fn list<S: AsRef<str>>(self, items: &[S]) -> String {
        let Some((last, before)) = items.split_last() else { return String::new() };
        if before.is_empty() {
            return last.as_ref().to_owned();
        }
        let before: Vec<&str> = before.iter().map(AsRef::as_ref).collect();
        self.ta("base-list", &[("before", Var::Text(&before.join(", "))), ("last", Var::Text(last.as_ref()))])
    }
}

/// The sign of a VSS unit; one that is not known here stands as it is.
fn symbol(unit: &str) -> &str {
    match unit {
        "celsius" | "degree celsius" => "°C",
        "degrees" | "degree" => "°",
        "percent" => "%",
        "degrees/s" => "°/s",
        "m/s^2" => "m/s²",
        "cm^3" => "cm³",
        "iso8601" => "",
        "l/100km" => "l/100 km",
        "kWh/100km" => "kWh/100 km",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: Words = Words { language: Language::En };
    const DE: Words = Words { language: Language::De };

    #[test]
    fn numbers_have_the_separators_of_their_language() {
        assert_eq!((EN.count(1_234_567), DE.count(1_234_567)), ("1,234,567".to_owned(), "1.234.567".to_owned()));
        assert_eq!((EN.count(0), EN.count(999), EN.count(1_000)), ("0".to_owned(), "999".to_owned(), "1,000".to_owned()));
        assert_eq!((EN.number(1234.5, 2), DE.number(1234.5, 2)), ("1,234.5".to_owned(), "1.234,5".to_owned()));
        assert_eq!((EN.number(-0.04, 1), EN.number(-2.0, 1), EN.number(f64::NAN, 1)), ("0".to_owned(), "−2".to_owned(), "–".to_owned()));
        assert_eq!(EN.ta("base-days", &[("n", Var::Count(1_200))]), "1,200 days");
        assert_eq!(DE.ta("base-days", &[("n", Var::Count(1))]), "1 Tag");
    }

    #[test]
    fn quantities_choose_the_unit_that_reads_best() {
        assert_eq!(
            (EN.distance(350.4), EN.distance(2_000.0), DE.distance(2_440.0), DE.distance(20_400.0)),
            ("350\u{202f}m".into(), "2\u{202f}km".into(), "2,4\u{202f}km".into(), "20\u{202f}km".into())
        );
        assert_eq!((EN.bytes(840), DE.bytes(1_250), EN.bytes(3_000_000)), ("840\u{202f}B".into(), "1,2\u{202f}kB".into(), "3\u{202f}MB".into()));
        assert_eq!(
            (EN.quantity(21.5, 1, "celsius"), EN.quantity(90.0, 0, "degrees"), EN.quantity(3.0, 0, "")),
            ("21.5\u{202f}°C".into(), "90°".into(), "3".into())
        );
        assert_eq!((EN.unit("celsius"), EN.unit("kPa"), EN.unit("")), ("°C", "kPa", ""));
    }

    #[test]
    fn lists_end_with_an_and() {
        assert_eq!((EN.list(&["a"]), EN.list(&["a", "b", "c"]), DE.list(&["a", "b"])), ("a".into(), "a, b and c".into(), "a und b".into()));
        assert_eq!(EN.list::<&str>(&[]), "");
    }
}
