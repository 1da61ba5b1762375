//! Dates, times and durations, in the time zone of the system (`TZ`, else `/etc/localtime`; no zones are built in).

use super::{Var, Words};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

impl Words {
    /// `24 November 2026`, `24. November 2026`.
    pub fn date(self, ms: i64) -> String {
        self.date_at(&local(ms))
    }

    /// `14:03`.
    pub fn time(self, ms: i64) -> String {
        time_at(&local(ms))
    }

    /// `24 Nov 2026, 14:03`, `24. Nov. 2026, 14:03`.
    pub fn date_time(self, ms: i64) -> String {
        self.date_time_at(&local(ms))
    }

    /// The day as people say it: "today", "yesterday", "tomorrow", within a week "Monday", else the date. It stands after "since",
    /// "until", "seit" and "bis".
    pub fn day(self, ms: i64, now_ms: i64) -> String {
        self.day_at(&local(ms), &local(now_ms))
    }

    /// "just now", "5 minutes ago", "in 3 days"; beyond 30 days the date.
    pub fn ago(self, ms: i64, now_ms: i64) -> String {
        let away_ms = now_ms.abs_diff(ms);
        if away_ms > 30 * DAY_MS {
            return self.date(ms);
        }
        let (unit, count) = largest(away_ms);
        let key = match (unit, ms > now_ms) {
            (Unit::Second, _) if count < 3 => return self.t("base-just-now"),
            (Unit::Second, false) => "base-ago-seconds",
            (Unit::Minute, false) => "base-ago-minutes",
            (Unit::Hour, false) => "base-ago-hours",
            (Unit::Day, false) => "base-ago-days",
            (Unit::Second, true) => "base-in-seconds",
            (Unit::Minute, true) => "base-in-minutes",
            (Unit::Hour, true) => "base-in-hours",
            (Unit::Day, true) => "base-in-days",
        };
        self.ta(key, &[("n", Var::Count(count))])
    }

    /// A span in its two largest units: `3 s`, `4 min 20 s`, `2 h 5 min`, `3 days`.
    pub fn duration(self, ms: u64) -> String {
        let (unit, count) = largest(ms);
        let rest = |size_ms: u64, below_ms: u64| (ms % size_ms).checked_div(below_ms).unwrap_or(0);
        match unit {
            Unit::Second => self.quantity_of(count, "s"),
            Unit::Minute => self.two((count, "min"), (rest(MINUTE_MS, 1_000), "s")),
            Unit::Hour => self.two((count, "h"), (rest(HOUR_MS, MINUTE_MS), "min")),
            Unit::Day => self.days(count),
        }
    }

    /// `1 day`, `30 days`; a year of 365 days is `1 year`.
    pub fn days(self, days: u64) -> String {
        if days > 0 && days.is_multiple_of(365) {
            return self.ta("base-years", &[("n", Var::Count(days / 365))]);
        }
        self.ta("base-days", &[("n", Var::Count(days))])
    }

    /// `1 hour`, `36 hours`; whole days from two days on.
    pub fn hours(self, hours: u64) -> String {
        if hours >= 48 && hours.is_multiple_of(24) {
            return self.days(hours / 24);
        }
        self.ta("base-hours", &[("n", Var::Count(hours))])
    }

    fn two(self, large: (u64, &str), small: (u64, &str)) -> String {
        let large = self.quantity_of(large.0, large.1);
        if small.0 == 0 { large } else { format!("{large} {}", self.quantity_of(small.0, small.1)) }
    }

    fn quantity_of(self, count: u64, unit: &str) -> String {
        format!("{}\u{202f}{unit}", self.count(count))
    }

    fn date_at(self, at: &Zoned) -> String {
        let (day, year) = (at.day().to_string(), at.year().to_string());
        let month = self.t(&format!("base-month-{}", at.month()));
        self.ta("base-date", &[("day", Var::Text(&day)), ("month", Var::Text(&month)), ("year", Var::Text(&year))])
    }

    fn date_time_at(self, at: &Zoned) -> String {
        let (day, year, time) = (at.day().to_string(), at.year().to_string(), time_at(at));
        let month = self.t(&format!("base-month-short-{}", at.month()));
        self.ta("base-date-time", &[("day", Var::Text(&day)), ("month", Var::Text(&month)), ("year", Var::Text(&year)), ("time", Var::Text(&time))])
    }

    fn day_at(self, at: &Zoned, now: &Zoned) -> String {
        let days = at.date().since(now.date()).map_or(i32::MAX, |span| span.get_days());
        match days {
            0 => self.t("base-today"),
            -1 => self.t("base-yesterday"),
            1 => self.t("base-tomorrow"),
            -6..=6 => self.t(&format!("base-weekday-{}", at.weekday().to_monday_one_offset())),
            _ => self.date_at(at),
        }
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Second,
    Minute,
    Hour,
    Day,
}

/// The largest unit that fits, and how often.
fn largest(ms: u64) -> (Unit, u64) {
    if ms < MINUTE_MS {
        (Unit::Second, ms / 1_000)
    } else if ms < HOUR_MS {
        (Unit::Minute, ms / MINUTE_MS)
    } else if ms < DAY_MS {
        (Unit::Hour, ms / HOUR_MS)
    } else {
        (Unit::Day, ms / DAY_MS)
    }
}

fn local(ms: i64) -> Zoned {
    zoned(ms, TimeZone::system())
}

/// What lies beyond the years that a calendar has shows as 1970.
fn zoned(ms: i64, zone: TimeZone) -> Zoned {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone)
}

fn time_at(at: &Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::*;
    use jiff::tz;

    const EN: Words = Words { language: Language::En };
    const DE: Words = Words { language: Language::De };
    /// 2026-11-24T23:30:00Z, a Tuesday.
    const LATE_MS: i64 = 1_795_563_000_000;

    fn east(ms: i64) -> Zoned {
        zoned(ms, TimeZone::fixed(tz::offset(1)))
    }

    #[test]
    fn dates_are_those_of_the_time_zone() {
        assert_eq!(EN.date_at(&zoned(LATE_MS, TimeZone::UTC)), "24 November 2026");
        assert_eq!(EN.date_at(&east(LATE_MS)), "25 November 2026");
        assert_eq!(DE.date_time_at(&east(LATE_MS)), "25. Nov. 2026, 00:30");
        assert_eq!(EN.date_time_at(&zoned(i64::MAX, TimeZone::UTC)), "1 Jan 1970, 00:00");
    }

    #[test]
    fn every_month_and_weekday_has_a_name() {
        for words in [EN, DE] {
            for month in 1..=12 {
                assert!(!words.t(&format!("base-month-{month}")).starts_with("base-"));
                assert!(!words.t(&format!("base-month-short-{month}")).starts_with("base-"));
            }
            for day in 1..=7 {
                assert!(!words.t(&format!("base-weekday-{day}")).starts_with("base-"));
            }
        }
    }

    #[test]
    fn days_are_named_by_the_calendar_and_not_by_24_hours() {
        let day = |hours: i64| EN.day_at(&east(LATE_MS + hours * 3_600_000), &east(LATE_MS));
        assert_eq!((day(0), day(-1), day(24), day(-40)), ("today".into(), "yesterday".into(), "tomorrow".into(), "Monday".into()));
        assert_eq!(day(-24 * 7), "18 November 2026");
        assert_eq!(DE.day_at(&east(LATE_MS - 2 * 86_400_000), &east(LATE_MS)), "Montag");
    }

    #[test]
    fn spans_read_as_people_say_them() {
        let ago = |ms: i64| EN.ago(LATE_MS - ms, LATE_MS);
        assert_eq!((ago(0), ago(20_000), ago(60_000), ago(7_200_000)), ("just now".into(), "20 s ago".into(), "1 minute ago".into(), "2 hours ago".into()));
        assert_eq!((DE.ago(LATE_MS, LATE_MS + 86_400_000), DE.ago(LATE_MS + 3 * 86_400_000, LATE_MS)), ("vor 1 Tag".into(), "in 3 Tagen".into()));
        assert_eq!(
            (EN.duration(260_000), EN.duration(7_200_000), DE.duration(86_400_000)),
            ("4\u{202f}min 20\u{202f}s".into(), "2\u{202f}h".into(), "1 Tag".into())
        );
        assert_eq!((EN.days(365), DE.days(30), EN.hours(72), EN.hours(36)), ("1 year".into(), "30 Tage".into(), "3 days".into(), "36 hours".into()));
    }
}
