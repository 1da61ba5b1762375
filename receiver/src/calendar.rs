//! Unix milliseconds as people read them: RFC 3339 in UTC, and the day that names a file.

/// Year, month, day of a day number since 1970-01-01 (proleptic Gregorian calendar).
fn civil(days: i64) -> (i64, i64, i64) {
    // Years are counted from March on, so that the leap day is the last of its year.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The UTC day as `2026-01-31`.
pub(crate) fn day(t_ms: i64) -> String {
    let (year, month, day) = civil(t_ms.div_euclid(86_400_000));
    format!("{year:04}-{month:02}-{day:02}")
}

/// RFC 3339 with milliseconds, UTC.
pub(crate) fn rfc3339(t_ms: i64) -> String {
    let of_day = t_ms.rem_euclid(86_400_000);
    let (hour, minute, second, milli) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60, of_day % 1_000);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", day(t_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_read_as_the_calendar_has_them() {
        for (t_ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_767_225_599_123, "2025-12-31T23:59:59.123Z"),
        ] {
            assert_eq!(rfc3339(t_ms), text);
        }
        assert!(!rfc3339(i64::MAX).is_empty() && !rfc3339(i64::MIN).is_empty());
    }
}
