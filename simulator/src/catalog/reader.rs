//! Reads tables of the authored TOML with places, so that every fault names its line.
//!
//! INVARIANT: nothing is skipped silently: an unknown key, a wrong type and a missing key each leave a fault, and reading
//! goes on with what is left.

use super::code::Code;
use super::report::{Faults, Place, Placed, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text in several languages as authored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuthoredTexts {
    pub(crate) place: Place,
    pub(crate) texts: Vec<(String, Placed<String>)>,
}

/// A decimal number as authored: `digits × 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) digits: i64,
    pub(crate) exponent: i8,
}

/// One table with its known keys.
#[derive(Clone, Debug)]
pub(crate) struct Section<'t> {
    table: &'t DeTable<'t>,
    pub(crate) place: Place,
}

impl<'t> Section<'t> {
    /// The file's root.
    pub(crate) fn root(table: &'t Spanned<DeTable<'t>>, known: &[&str], faults: &mut Faults) -> Self {
        let section = Self { table: table.get_ref(), place: Place::default() };
        section.check_keys(known, faults);
        section
    }

    fn open(value: &'t Spanned<DeValue<'t>>, place: Place, known: &[&str], faults: &mut Faults) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            faults.add(Code::WrongType, &place, "a table", found(value.get_ref()));
            return None;
        };
        let section = Self { table, place };
        section.check_keys(known, faults);
        Some(section)
    }

    fn check_keys(&self, known: &[&str], faults: &mut Faults) {
        for key in self.table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let place = Place { key: self.place.inside(key.get_ref()).key, at: key.span().start };
                let near = nearest(key.get_ref(), known.iter().copied());
                faults.add_near(Code::UnknownKey, &place, format!("one of {}", known.join(", ")), key.get_ref().as_ref(), near);
            }
        }
    }

    /// Renames the section once its id is known, so that faults name the id and not a position.
    pub(crate) fn named(mut self, key: String) -> Self {
        self.place.key = key;
        self
    }

    fn get(&self, key: &str) -> Option<(&'t DeValue<'t>, Place)> {
        let (name, value) = self.table.get_key_value(key)?;
        Some((value.get_ref(), Place { key: self.place.inside(key).key, at: name.span().start }))
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes a missing key.
    pub(crate) fn missing(&self, key: &str, expected: &str, faults: &mut Faults) {
        faults.add(Code::MissingKey, &self.place.inside(key), expected, "nothing");
    }

    /// The value of a key that must be there.
    fn need(&self, key: &str, expected: &str, faults: &mut Faults) -> Option<(&'t DeValue<'t>, Place)> {
        let value = self.get(key);
        if value.is_none() {
            self.missing(key, expected, faults);
        }
        value
    }

    /// A text, if given.
    pub(crate) fn text(&self, key: &str, faults: &mut Faults) -> Option<Placed<String>> {
        let (value, place) = self.get(key)?;
        as_text(value, place, faults)
    }

    /// A text that must be there.
    pub(crate) fn need_text(&self, key: &str, faults: &mut Faults) -> Option<Placed<String>> {
        let (value, place) = self.need(key, "a text", faults)?;
        as_text(value, place, faults)
    }

    /// `true` or `false`; false if not given.
    pub(crate) fn flag(&self, key: &str, faults: &mut Faults) -> Option<Placed<bool>> {
        let (value, place) = self.get(key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            faults.add(Code::WrongType, &place, "true or false", found(value));
        }
        Some(Placed { value: flag?, place })
    }

    /// A whole number in a range that must be there.
    pub(crate) fn need_number(&self, key: &str, range: std::ops::RangeInclusive<i64>, code: Code, faults: &mut Faults) -> Option<Placed<u32>> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let (value, place) = self.need(key, &expected, faults)?;
        let Some(number) = value.as_integer().and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok()) else {
            faults.add(Code::WrongType, &place, expected, found(value));
            return None;
        };
        let small = range.contains(&number).then(|| u32::try_from(number).ok()).flatten();
        if small.is_none() {
            faults.add(code, &place, expected, number.to_string());
        }
        Some(Placed { value: small?, place })
    }

    /// A decimal number, if given.
    pub(crate) fn decimal(&self, key: &str, faults: &mut Faults) -> Option<Placed<Decimal>> {
        let (value, place) = self.get(key)?;
        let text = value
            .as_integer()
            .filter(|number| number.radix() == 10)
            .map(toml::de::DeInteger::as_str)
            .or_else(|| value.as_float().map(toml::de::DeFloat::as_str));
        let decimal = text.and_then(Decimal::parse);
        if decimal.is_none() {
            faults.add(Code::WrongType, &place, "a decimal number with at most 9 places", found(value));
        }
        Some(Placed { value: decimal?, place })
    }

    /// A word of a closed list, if given.
    pub(crate) fn choice<T: Copy>(&self, key: &str, list: &[(&str, T)], faults: &mut Faults) -> Option<Placed<T>> {
        let word = self.text(key, faults)?;
        let hit = list.iter().find(|(name, _)| *name == word.value).map(|(_, value)| *value);
        if hit.is_none() {
            let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
            faults.add_near(
                Code::NotInList,
                &word.place,
                format!("one of {}", names.join(", ")),
                quoted(&word.value),
                nearest(&word.value, names.iter().copied()),
            );
        }
        Some(Placed { value: hit?, place: word.place })
    }

    /// A word of a closed list that must be there.
    pub(crate) fn need_choice<T: Copy>(&self, key: &str, list: &[(&str, T)], faults: &mut Faults) -> Option<Placed<T>> {
        if !self.has(key) {
            let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
            self.missing(key, &format!("one of {}", names.join(", ")), faults);
        }
        self.choice(key, list, faults)
    }

    /// A list of texts; a single text is a list of one. Empty if not given.
    pub(crate) fn list(&self, key: &str, faults: &mut Faults) -> Vec<Placed<String>> {
        let Some((value, place)) = self.get(key) else { return Vec::new() };
        if value.is_str() {
            return as_text(value, place, faults).into_iter().collect();
        }
        let Some(array) = value.as_array() else {
            faults.add(Code::WrongType, &place, "a text or a list of texts", found(value));
            return Vec::new();
        };
        array.iter().filter_map(|item| as_text(item.get_ref(), Place { key: place.key.clone(), at: item.span().start }, faults)).collect()
    }

    /// A text in several languages, if given.
    pub(crate) fn texts(&self, key: &str, faults: &mut Faults) -> Option<AuthoredTexts> {
        let (value, place) = self.get(key)?;
        let Some(table) = value.as_table() else {
            faults.add(Code::WrongType, &place, "a text per language, as { en = \"…\", de = \"…\" }", found(value));
            return None;
        };
        let texts = table.iter().filter_map(|(language, text)| {
            let place = Place { key: place.inside(language.get_ref()).key, at: language.span().start };
            Some((language.get_ref().to_string(), as_text(text.get_ref(), place, faults)?))
        });
        let texts = texts.collect();
        Some(AuthoredTexts { place, texts })
    }

    /// A table inside, if given.
    pub(crate) fn section(&self, key: &str, known: &[&str], faults: &mut Faults) -> Option<Self> {
        let (name, value) = self.table.get_key_value(key)?;
        Self::open(value, Place { key: self.place.inside(key).key, at: name.span().start }, known, faults)
    }

    /// The tables of a list of tables; empty if not given.
    pub(crate) fn sections(&self, key: &str, known: &[&str], faults: &mut Faults) -> Vec<Self> {
        let Some((value, place)) = self.get(key) else { return Vec::new() };
        let Some(array) = value.as_array() else {
            faults.add(Code::WrongType, &place, format!("a list of tables, [[{}]]", place.key), found(value));
            return Vec::new();
        };
        let items = array.iter().enumerate();
        items
            .filter_map(|(position, item)| Self::open(item, Place { key: format!("{}[{}]", place.key, position + 1), at: item.span().start }, known, faults))
            .collect()
    }
}

impl Decimal {
    /// Reads `-3`, `0.5`, `1_000`, `2e3`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.replace('_', "").to_lowercase();
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: i64 = format!("{whole}{fraction}").parse().ok()?;
        let mut exponent = exponent.parse::<i8>().ok()?.checked_sub(i8::try_from(fraction.len()).ok()?)?;
        while digits != 0 && digits % 10 == 0 {
            digits /= 10;
            exponent = exponent.checked_add(1)?;
        }
        (-9..=9).contains(&exponent).then_some(Self { digits, exponent })
    }
}

/// What a value is, for a fault's "found".
fn found(value: &DeValue<'_>) -> String {
    value.as_str().map_or_else(|| format!("a value of type {}", value.type_str()), quoted)
}

/// A word in quotes, cut if it is long.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short:?}…") } else { format!("{short:?}") }
}

fn as_text(value: &DeValue<'_>, place: Place, faults: &mut Faults) -> Option<Placed<String>> {
    let text = value.as_str();
    if text.is_none() {
        faults.add(Code::WrongType, &place, "a text in quotes", found(value));
    }
    Some(Placed { value: text?.to_owned(), place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(Decimal::parse("0.50"), Some(Decimal { digits: 5, exponent: -1 }));
        assert_eq!(Decimal::parse("-30"), Some(Decimal { digits: -3, exponent: 1 }));
        assert_eq!(Decimal::parse("1_000"), Some(Decimal { digits: 1, exponent: 3 }));
        assert_eq!(Decimal::parse("1e-12"), None);
        assert_eq!(Decimal::parse("inf"), None);
    }
}
