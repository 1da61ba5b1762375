//! Consent events in words for a person, without a name, and moments in words.

use consent_core::{Aggregate, Change, DrivingState, Rule, ScoreRole, Status, Step, Way, Weigh};
use consent_protocol::catalog::{CompiledCatalog, Localized, Use, text_in};
use consent_protocol::ledger::{Body, Cadence, ConsentAction, ConsentEvent};

const DAY_S: i64 = 86_400;
/// The years 1 to 9999, in Unix seconds: what is beyond is shown as its edge.
const SHOWN_S: (i64, i64) = (-62_135_596_800, 253_402_300_799);

/// A moment as RFC 3339 to the second, UTC.
pub(crate) fn rfc3339(unix_ms: i64) -> String {
    let ([year, month, day], [hour, minute, second]) = civil(unix_ms);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// A moment to the minute.
pub(crate) fn date_time(unix_ms: i64) -> String {
    let ([year, month, day], [hour, minute, _]) = civil(unix_ms);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

/// A date.
pub(crate) fn date(unix_ms: i64) -> String {
    let ([year, month, day], _) = civil(unix_ms);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day, and hour, minute and second of the Gregorian calendar, UTC.
fn civil(unix_ms: i64) -> ([i64; 3], [i64; 3]) {
    let seconds = unix_ms.div_euclid(1_000).clamp(SHOWN_S.0, SHOWN_S.1);
    let (days, second) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
    // Days since 1 January of year 1; 400 years are 146,097 days, 365.2425 a year.
    let since = days + 719_162;
    let mut year = since * 400 / 146_097 + 1;
    while days_before(year) > since {
        year -= 1;
    }
    while days_before(year + 1) <= since {
        year += 1;
    }
    let mut day = since - days_before(year);
    let mut month = 1;
    for length in month_lengths(year) {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    ([year, month, day + 1], [second / 3_600, second / 60 % 60, second % 60])
}

/// Days from year 1 to the begin of a year.
fn days_before(year: i64) -> i64 {
    let full = year - 1;
    full * 365 + full / 4 - full / 100 + full / 400
}

fn month_lengths(year: i64) -> [i64; 12] {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// A text in a language, else in the first that there is.
pub(crate) fn text_or_first<'a>(texts: &'a [Localized], language: &str) -> &'a str {
    text_in(texts, language).or_else(|| texts.first().map(|text| text.text.as_str())).unwrap_or_default()
}

/// A standing in a word.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::None => "not decided",
        Status::Given => "given",
        Status::GivenEachReview => "given, each time",
        Status::Refused => "refused",
        Status::Withdrawn => "withdrawn",
        Status::Expired => "expired",
        Status::TripEnded => "trip ended",
        Status::Suspended => "suspended",
        Status::Objected => "objected",
        Status::Restricted => "restricted",
    }
}

/// As it stands in JSON.
pub(crate) fn driving_word(driving: DrivingState) -> &'static str {
    match driving {
        DrivingState::Unknown => "unknown",
        DrivingState::Parked => "parked",
        DrivingState::Standing => "standing",
        DrivingState::Driving => "driving",
    }
}

/// An action in a word, as in JSON.
pub(crate) fn action_word(action: ConsentAction) -> &'static str {
    match action {
        ConsentAction::Requested => "requested",
        ConsentAction::Deferred => "deferred",
        ConsentAction::Given => "given",
        ConsentAction::Renewed => "renewed",
        ConsentAction::Refused => "refused",
        ConsentAction::Withdrawn => "withdrawn",
        ConsentAction::Expired => "expired",
        ConsentAction::TripEnded => "trip_ended",
        ConsentAction::Suspended => "suspended",
        ConsentAction::Narrowed => "narrowed",
        ConsentAction::Objected => "objected",
        ConsentAction::Restricted => "restricted",
        ConsentAction::Lifted => "lifted",
        ConsentAction::Paused => "paused",
        ConsentAction::Resumed => "resumed",
        ConsentAction::StoppedByOccupant => "stopped_by_occupant",
        ConsentAction::ReviewSent => "review_sent",
        ConsentAction::ReviewDestroyed => "review_destroyed",
    }
}

/// What a rule leaves of a signal, in words.
pub(crate) fn of_rule(rule: &Rule, unit: &str) -> String {
    let step = |step: Step| format!("{} {unit}", step.value(1).unwrap_or_default()).trim_end().to_owned();
    let every = |period_ms: u32| if period_ms == 0 { String::new() } else { format!(", at most every {} s", f64::from(period_ms) / 1_000.0) };
    match rule {
        Rule::Drop => "nothing".to_owned(),
        Rule::AsIs => "every value".to_owned(),
        Rule::Round { step: to, period_ms } => format!("rounded to {}{}", step(*to), every(*period_ms)),
        Rule::RateCap { period_ms } => format!("unchanged{}", every(*period_ms)),
        Rule::Grid { cell_m, raster_ms } => format!("the {} km square, every {} s", f64::from(*cell_m) / 1_000.0, f64::from(*raster_ms) / 1_000.0),
        Rule::Window { period_ms, aggregate, step: to, threshold_steps } => {
            format!("{} of {}, to {}", of_aggregate(*aggregate, *to, *threshold_steps, unit), span(*period_ms), step(*to))
        }
        Rule::Level { step: to, low_steps, high_steps, change, period_ms, .. } => {
            let when = if *change == Change::Every { every(*period_ms) } else { format!(", when it changes{}", every(*period_ms)) };
            let ends = [low_steps, high_steps].map(|steps| to.value(i64::from(*steps)).unwrap_or_default());
            format!("rounded to {}, from {} to {}{when}", step(*to), ends[0], ends[1])
        }
        Rule::Histogram { period_ms, weigh, bins, .. } => {
            let what = match weigh {
                Weigh::Samples => "how many values",
                Weigh::Seconds => "how many seconds",
            };
            format!("{what} of {} fell into each of {bins} ranges", span(*period_ms))
        }
        Rule::Score { role: ScoreRole::Bears, period_ms, .. } => format!("one score for {}", span(*period_ms)),
        Rule::Score { role: ScoreRole::Adds, .. } => "nothing but its part of the score".to_owned(),
        Rule::Noise { period_ms, step: to, epsilon_milli, .. } => {
            format!(
                "rounded to {} and blurred by chance (epsilon {}), every {} s",
                step(*to),
                f64::from(*epsilon_milli) / 1_000.0,
                f64::from(*period_ms) / 1_000.0
            )
        }
        Rule::Track { cell_m, raster_ms, .. } => {
            let place = if *cell_m == 0 { "the place".to_owned() } else { format!("the {} km square", f64::from(*cell_m) / 1_000.0) };
            format!("{place}, every {} s, not near stops", f64::from(*raster_ms) / 1_000.0)
        }
        Rule::Event { spacing_m } => format!("the place of an event, at most one in {} km, not near stops", f64::from(*spacing_m) / 1_000.0),
        Rule::Moved { scale_m, raster_ms, .. } => {
            format!("a place moved by chance by about {} km, every {} s", f64::from(*scale_m) / 1_000.0, f64::from(*raster_ms) / 1_000.0)
        }
        Rule::Path { period_ms, way: Way::Metres, step: to } => format!("metres driven of {}, to {}", span(*period_ms), step(*to)),
        Rule::Path { period_ms, way: Way::Cells, .. } => format!("how many squares of 5 km were touched of {}", span(*period_ms)),
    }
}

fn span(period_ms: u32) -> String {
    format!("every {} s", f64::from(period_ms) / 1_000.0)
}

/// What an aggregate says.
fn of_aggregate(aggregate: Aggregate, step: Step, threshold_steps: i32, unit: &str) -> String {
    let what = match aggregate {
        Aggregate::Min => "smallest value",
        Aggregate::Max => "largest value",
        Aggregate::Mean => "mean",
        Aggregate::TimeMean => "mean over time",
        Aggregate::Count => "number of values",
        Aggregate::DropsBelow => "number of drops below a threshold",
        Aggregate::RisesTo => "number of rises to a threshold",
        Aggregate::Difference => "difference",
    };
    if aggregate.has_threshold() { format!("{what} of {} {unit}", step.value(i64::from(threshold_steps)).unwrap_or_default()) } else { what.to_owned() }
}

/// A body of the ledger in words: action and sentence.
pub(crate) fn of_body(body: &Body, catalog: Option<&CompiledCatalog>) -> (&'static str, String) {
    match body {
        Body::Consent(event) => (action_word(event.action), of_event(event, catalog)),
        Body::Catalog { version, suspended, .. } if suspended.is_empty() => ("catalog", format!("catalog {version} came into force")),
        Body::Catalog { version, suspended, .. } => ("catalog", format!("catalog {version} came into force and suspended {}", suspended.join(", "))),
        Body::Boot { boot: 1, .. } => ("boot", "started for the first time".to_owned()),
        Body::Boot { boot, clean: true } => ("boot", format!("boot {boot}, after an orderly end")),
        Body::Boot { boot, clean: false } => ("boot", format!("boot {boot}, after a sudden end")),
        Body::Theft { begins: true, until_ms } => ("theft", format!("theft declared until {}", date_time(*until_ms))),
        Body::Theft { begins: false, .. } => ("theft", "theft is over".to_owned()),
        Body::Erasure { scope } => ("erasure", format!("erased: {scope}")),
        Body::Answer { recipient, use_id, erased, systems } => ("answer", format!("{recipient} erased {use_id} in {erased} of {systems} systems")),
        Body::Notice { text } => ("notice", text.clone()),
    }
}

/// A consent event in words.
pub(crate) fn of_event(event: &ConsentEvent, catalog: Option<&CompiledCatalog>) -> String {
    let used = catalog.and_then(|catalog| catalog.uses.iter().find(|used| used.id == event.use_id));
    let what = match used {
        Some(used) => text_or_first(&used.texts.headline, &event.language).to_owned(),
        None if event.use_id.is_empty() => "everything optional".to_owned(),
        None => event.use_id.clone(),
    };
    match event.action {
        ConsentAction::Requested => format!("asked: {what}"),
        ConsentAction::Deferred => format!("put off: {what}"),
        ConsentAction::Given => format!("allowed: {what}{}", terms_words(event, used)),
        ConsentAction::Renewed => format!("renewed: {what}{}", terms_words(event, used)),
        ConsentAction::Narrowed => format!("narrowed: {what}{}", terms_words(event, used)),
        ConsentAction::Refused => format!("refused: {what}"),
        ConsentAction::Withdrawn => format!("withdrawn: {what}"),
        ConsentAction::Expired => format!("expired: {what}"),
        ConsentAction::TripEnded => format!("ended with the trip: {what}"),
        ConsentAction::Suspended => format!("suspended until renewed, since it changed: {what}"),
        ConsentAction::Objected => format!("objected: {what}"),
        ConsentAction::Restricted => format!("restricted: {what}"),
        ConsentAction::Lifted => format!("objection or restriction lifted: {what}"),
        ConsentAction::Paused => format!("paused: {what}"),
        ConsentAction::Resumed => format!("resumed: {what}"),
        ConsentAction::StoppedByOccupant => "an occupant stopped location and driving for this trip".to_owned(),
        ConsentAction::ReviewSent => format!("reviewed and sent: {what}"),
        ConsentAction::ReviewDestroyed => format!("reviewed and destroyed: {what}"),
    }
}

/// What a tier reveals and how long; only while the use is the one that was decided on.
fn terms_words(event: &ConsentEvent, used: Option<&Use>) -> String {
    let tier = used.filter(|used| used.revision == event.revision).and_then(|used| used.tiers.get(usize::from(event.tier)));
    let reveals = tier.map(|tier| format!(", {}", text_or_first(&tier.reveals, &event.language))).unwrap_or_default();
    let until = match event.cadence {
        Cadence::Until => format!("until {}", date(event.until_ms)),
        Cadence::Trip => "for one trip".to_owned(),
        Cadence::EachTime => format!("confirmed each time, until {}", date(event.until_ms)),
    };
    format!("{reveals}, {until}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_off_the_calendar() {
        for (unix_s, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (1_767_225_599, "2025-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (SHOWN_S.0, "0001-01-01T00:00:00Z"),
            (i64::MAX / 1_000, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(unix_s * 1_000), expected);
        }
        assert_eq!(date_time(1_767_225_599_000), "2025-12-31 23:59 UTC");
        assert_eq!(rfc3339(i64::MIN), "0001-01-01T00:00:00Z");
    }
}
