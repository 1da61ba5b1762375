//! Rules of a tier, from TOML to the gate's closed list: which keys go together, and which signals a rule suits.

use super::code::Code;
use super::parse_use::{LENGTHS, Need, duration, quantity};
use super::reader::{Decimal, Section};
use super::report::{Faults, Place};
use super::resolve::Signal;
use consent_core::limits::BINS_MAX;
use consent_core::{Aggregate, Change, Guard, Rule, ScoreRole, Slices, Step, Way, Weigh};
use consent_protocol::catalog::{Datatype, FixPart};

/// The keys of a rule: whom it is for, then what it does.
pub(crate) const KEYS: &[&str] = &[
    "signals", "unit", "drop", "as_is", "every", "round", "least", "most", "dead", "changes", "grid", "raster", "window", "sum", "step", "below", "above",
    "split", "from", "width", "ranges", "score", "weight", "bears", "blur", "epsilon", "day", "track", "hides", "event", "moved", "cell", "way",
];

/// Leading keys, with the keys that go with them. A rule has exactly one; of two that could lead, the one that stands first here does.
const LEADS: &[(&str, &[&str])] = &[
    ("drop", &[]),
    ("as_is", &[]),
    ("round", &["every", "least", "most", "dead", "changes"]),
    ("grid", &["raster"]),
    ("way", &["window", "step"]),
    ("score", &["sum", "step", "below", "above", "weight", "bears"]),
    ("split", &["window", "step", "from", "width", "ranges"]),
    ("window", &["sum", "step", "below", "above"]),
    ("blur", &["raster", "least", "most", "epsilon", "day"]),
    ("track", &["raster", "hides"]),
    ("event", &[]),
    ("moved", &["cell", "raster"]),
    ("every", &[]),
];

pub(crate) const AGGREGATES: &[(&str, Aggregate)] = &[
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("mean", Aggregate::Mean),
    ("time_mean", Aggregate::TimeMean),
    ("count", Aggregate::Count),
    ("drops_below", Aggregate::DropsBelow),
    ("rises_to", Aggregate::RisesTo),
    ("difference", Aggregate::Difference),
];
pub(crate) const SPLITS: &[(&str, Weigh)] = &[("samples", Weigh::Samples), ("seconds", Weigh::Seconds)];
pub(crate) const GUARDS: &[(&str, Guard)] = &[("zones_and_clip", Guard::ZonesAndClip)];
pub(crate) const WAYS: &[(&str, Way)] = &[("metres", Way::Metres), ("cells", Way::Cells)];

/// Reads what a rule does.
pub(super) fn read(rule: &Section<'_>, faults: &mut Faults) -> Option<Rule> {
    let Some((lead, with)) = LEADS.iter().find(|(key, _)| rule.has(key)) else {
        let names: Vec<&str> = LEADS.iter().map(|(key, _)| *key).collect();
        faults.add(Code::BadRule, &rule.place, format!("one of {}", names.join(", ")), "none of them");
        return None;
    };
    let stray = KEYS.iter().find(|key| !matches!(**key, "signals" | "unit") && **key != *lead && !with.contains(key) && rule.has(key));
    if let Some(stray) = stray {
        faults.add(Code::BadRule, &rule.place.inside(stray), format!("only keys that go with {lead}"), (*stray).to_owned());
        return None;
    }
    match *lead {
        "drop" => on(rule, lead, Rule::Drop, faults),
        "as_is" => on(rule, lead, Rule::AsIs, faults),
        "every" => Some(Rule::RateCap { period_ms: period(rule, "every", 1, faults)? }),
        "round" => round(rule, faults),
        "grid" => {
            let (cell_m, raster_ms) = (metres(rule, "grid", faults), period(rule, "raster", 1_000, faults));
            Some(Rule::Grid { cell_m: cell_m?, raster_ms: raster_ms? })
        }
        "way" => {
            let (way, period_ms, step) = (rule.need_choice("way", WAYS, faults), period(rule, "window", 1_000, faults), step(rule, "step", faults));
            Some(Rule::Path { period_ms: period_ms?, way: way?.value, step: step?.1 })
        }
        "score" => score(rule, faults),
        "split" => histogram(rule, faults),
        "window" => {
            let (period_ms, summed) = (period(rule, "window", 1_000, faults), summed(rule, faults));
            let (aggregate, step, threshold_steps) = summed?;
            Some(Rule::Window { period_ms: period_ms?, aggregate, step, threshold_steps })
        }
        "blur" => blur(rule, faults),
        "track" => track(rule, faults),
        "event" => Some(Rule::Event { spacing_m: metres(rule, "event", faults)? }),
        _ => {
            let (scale_m, cell_m, raster_ms) = (metres(rule, "moved", faults), metres(rule, "cell", faults), period(rule, "raster", 1_000, faults));
            Some(Rule::Moved { cell_m: cell_m?, scale_m: scale_m?, raster_ms: raster_ms? })
        }
    }
}

/// The leading key of a rule, for messages.
pub(super) fn name(rule: &Rule) -> &'static str {
    match rule {
        Rule::Drop => "drop",
        Rule::AsIs => "as_is",
        Rule::RateCap { .. } => "every",
        Rule::Round { .. } | Rule::Level { .. } => "round",
        Rule::Grid { .. } => "grid",
        Rule::Window { .. } => "window",
        Rule::Histogram { .. } => "split",
        Rule::Score { .. } => "score",
        Rule::Noise { .. } => "blur",
        Rule::Track { .. } => "track",
        Rule::Event { .. } => "event",
        Rule::Moved { .. } => "moved",
        Rule::Path { .. } => "way",
    }
}

/// Whether a rule can do something with a signal.
pub(super) fn suits(rule: &Rule, signal: &Signal) -> bool {
    let latitude = signal.fix == Some(FixPart::Latitude);
    let number = signal.fix.is_none() && is_number(signal.datatype);
    match rule {
        Rule::Drop => true,
        Rule::AsIs | Rule::RateCap { .. } => signal.fix.is_none() || latitude,
        Rule::Grid { .. } | Rule::Track { .. } | Rule::Event { .. } | Rule::Moved { .. } | Rule::Path { .. } => latitude,
        Rule::Round { .. } | Rule::Level { .. } | Rule::Noise { .. } | Rule::Histogram { .. } => number && signal.datatype != Datatype::Boolean,
        Rule::Window { .. } | Rule::Score { .. } => number,
    }
}

fn is_number(datatype: Datatype) -> bool {
    !matches!(datatype, Datatype::String | Datatype::IntArray | Datatype::FloatArray | Datatype::Unsupported)
}

fn on(rule: &Section<'_>, key: &str, effect: Rule, faults: &mut Faults) -> Option<Rule> {
    let flag = rule.flag(key, faults)?;
    if !flag.value {
        faults.add(Code::BadRule, &flag.place, "true, or leave the key out", "false");
    }
    flag.value.then_some(effect)
}

fn round(rule: &Section<'_>, faults: &mut Faults) -> Option<Rule> {
    let rounding = step(rule, "round", faults);
    let period_ms = if rule.has("every") { period(rule, "every", 0, faults) } else { Some(0) };
    if !["least", "most", "dead", "changes"].iter().any(|key| rule.has(key)) {
        return Some(Rule::Round { step: rounding?.1, period_ms: period_ms? });
    }
    let (authored, rounding) = rounding?;
    let (low, high) = (steps(rule, "least", authored, faults), steps(rule, "most", authored, faults));
    let dead = if rule.has("dead") { steps(rule, "dead", authored, faults) } else { Some(0) };
    let change = if rule.has("changes") { changes(rule, faults) } else { Some(Change::Every) };
    let (low_steps, high_steps) = (low?, high?);
    let dead_steps = whole_u16(rule, "dead", dead?, faults);
    if low_steps > high_steps {
        faults.add(Code::BadRule, &rule.place.inside("most"), "a greatest value above the least", format!("{high_steps} steps against {low_steps}"));
        return None;
    }
    Some(Rule::Level { step: rounding, low_steps, high_steps, dead_steps: dead_steps?, change: change?, period_ms: period_ms? })
}

/// `changes = 0.2`: when the value lies farther from the one that left than half a step and a fifth of one.
fn changes(rule: &Section<'_>, faults: &mut Faults) -> Option<Change> {
    let share = rule.decimal("changes", faults)?;
    let hundredths = whole_steps(share.value, Decimal { digits: 1, exponent: -2 }).and_then(|steps| u8::try_from(steps).ok()).filter(|steps| *steps <= 100);
    if hundredths.is_none() {
        faults.add(Code::BadRule, &share.place, "a share of a step from 0 to 1 with two places", share.value.value().to_string());
    }
    Some(Change::Moved { beyond_pct: hundredths? })
}

/// An aggregate with its step, and the threshold where it has one, in steps.
fn summed(rule: &Section<'_>, faults: &mut Faults) -> Option<(Aggregate, Step, i32)> {
    let aggregate = rule.need_choice("sum", AGGREGATES, faults);
    let rounding = step(rule, "step", faults);
    let aggregate = aggregate?.value;
    let wanted = match aggregate {
        Aggregate::DropsBelow => Some("below"),
        Aggregate::RisesTo => Some("above"),
        Aggregate::Min | Aggregate::Max | Aggregate::Mean | Aggregate::TimeMean | Aggregate::Count | Aggregate::Difference => None,
    };
    let stray = ["below", "above"].into_iter().find(|key| rule.has(key) && Some(*key) != wanted);
    let missing = wanted.filter(|key| !rule.has(key));
    if let Some(key) = stray.or(missing) {
        let found = if stray.is_some() { key } else { "nothing" };
        faults.add(Code::BadRule, &rule.place.inside(key), "below with sum = \"drops_below\", above with \"rises_to\", and only there", found);
        return None;
    }
    let (authored, rounding) = rounding?;
    let threshold = match wanted {
        Some(key) => steps(rule, key, authored, faults)?,
        None => 0,
    };
    Some((aggregate, rounding, threshold))
}

fn score(rule: &Section<'_>, faults: &mut Faults) -> Option<Rule> {
    let (period_ms, summed) = (period(rule, "score", 1_000, faults), summed(rule, faults));
    let weight = steps(rule, "weight", Decimal { digits: 1, exponent: 0 }, faults);
    let role = match rule.flag("bears", faults) {
        Some(flag) if flag.value => ScoreRole::Bears,
        Some(_) | None => ScoreRole::Adds,
    };
    let weight = weight?;
    let small = i16::try_from(weight).ok().filter(|weight| *weight != 0);
    if small.is_none() {
        faults.add(Code::BadRule, &rule.place.inside("weight"), "a whole number of points from -32,768 to 32,767 that is not 0", weight.to_string());
    }
    let (aggregate, step, threshold_steps) = summed?;
    Some(Rule::Score { role, period_ms: period_ms?, aggregate, step, threshold_steps, weight: small? })
}

fn histogram(rule: &Section<'_>, faults: &mut Faults) -> Option<Rule> {
    let weigh = rule.need_choice("split", SPLITS, faults);
    let (period_ms, rounding) = (period(rule, "window", 1_000, faults), step(rule, "step", faults));
    let bins = rule.need_number("ranges", 2..=i64::try_from(BINS_MAX).unwrap_or(i64::MAX), Code::OutOfRange, faults);
    let (authored, step) = rounding?;
    let (low, width) = (steps(rule, "from", authored, faults), steps(rule, "width", authored, faults));
    let width_steps = whole_u16(rule, "width", width?, faults).filter(|width| *width > 0);
    if width_steps.is_none() {
        faults.add(Code::BadRule, &rule.place.inside("width"), "a width of at least one step", "less");
    }
    Some(Rule::Histogram {
        period_ms: period_ms?,
        weigh: weigh?.value,
        step,
        low_steps: low?,
        width_steps: width_steps?,
        bins: u8::try_from(bins?.value).ok()?,
    })
}

fn blur(rule: &Section<'_>, faults: &mut Faults) -> Option<Rule> {
    let (rounding, period_ms) = (step(rule, "blur", faults), period(rule, "raster", 1_000, faults));
    let (epsilon, day) = (loss(rule, "epsilon", faults), loss(rule, "day", faults));
    let (authored, step) = rounding?;
    let (low, high) = (steps(rule, "least", authored, faults), steps(rule, "most", authored, faults));
    let (epsilon_milli, day_milli) = (epsilon?, day?);
    if day_milli < epsilon_milli {
        faults.add(Code::BadRule, &rule.place.inside("day"), "a day's loss of at least that of one release", format!("{day_milli} thousandths"));
        return None;
    }
    let (low_steps, high_steps) = (low?, high?);
    if low_steps >= high_steps {
        faults.add(Code::BadRule, &rule.place.inside("most"), "a greatest value above the least", format!("{high_steps} steps against {low_steps}"));
        return None;
    }
    Some(Rule::Noise { period_ms: period_ms?, step, low_steps, high_steps, epsilon_milli, day_milli })
}

/// A privacy loss, in thousandths.
fn loss(rule: &Section<'_>, key: &str, faults: &mut Faults) -> Option<u16> {
    let milli = steps(rule, key, Decimal { digits: 1, exponent: -3 }, faults)?;
    let small = u16::try_from(milli).ok().filter(|milli| (1..=10_000).contains(milli));
    if small.is_none() {
        faults.add(Code::OutOfRange, &rule.place.inside(key), "a privacy loss from 0.001 to 10", format!("{milli} thousandths"));
    }
    small
}

fn track(rule: &Section<'_>, faults: &mut Faults) -> Option<Rule> {
    let exact = rule.text("track", faults)?.value == "exact";
    let cell_m = if exact { Some(0) } else { metres(rule, "track", faults) };
    let raster_ms = period(rule, "raster", 1_000, faults);
    let guard = rule.need_choice("hides", GUARDS, faults);
    Some(Rule::Track { cell_m: cell_m?, raster_ms: raster_ms?, guard: guard?.value, slices: Slices::Whole })
}

/// A length that must be there, metres.
fn metres(rule: &Section<'_>, key: &str, faults: &mut Faults) -> Option<u32> {
    let length = quantity(rule, key, LENGTHS, "a length, as \"2km\"", Need::Yes, faults)?;
    let metres = u32::try_from(length.value).ok();
    if metres.is_none() {
        faults.add(Code::OutOfRange, &length.place, "a length below 4,000,000 km", format!("{} m", length.value));
    }
    metres
}

/// A duration that must be there, milliseconds.
fn period(rule: &Section<'_>, key: &str, least: u64, faults: &mut Faults) -> Option<u32> {
    let duration = duration(rule, key, Need::Yes, faults)?;
    let ms = duration.value.0;
    let fits = u32::try_from(ms).ok().filter(|_| ms >= least);
    if fits.is_none() {
        faults.add(Code::OutOfRange, &duration.place, format!("a period from {least} ms to 49 d"), format!("{ms} ms"));
    }
    fits
}

/// A step that must be there, as authored and as the gate has it.
fn step(rule: &Section<'_>, key: &str, faults: &mut Faults) -> Option<(Decimal, Step)> {
    if !rule.has(key) {
        rule.missing(key, "the step to which it is rounded", faults);
    }
    let step = rule.decimal(key, faults)?;
    let mantissa = u32::try_from(step.value.digits).ok().filter(|mantissa| *mantissa > 0);
    if mantissa.is_none() {
        faults.add(Code::BadRule, &step.place, "a step above 0", step.value.value().to_string());
    }
    Some((step.value, Step { mantissa: mantissa?, exponent: step.value.exponent }))
}

/// A number that must be there, as whole steps.
fn steps(rule: &Section<'_>, key: &str, step: Decimal, faults: &mut Faults) -> Option<i32> {
    if !rule.has(key) {
        rule.missing(key, "a number", faults);
    }
    let number = rule.decimal(key, faults)?;
    let steps = whole_steps(number.value, step);
    if steps.is_none() {
        faults.add(Code::BadRule, &number.place, format!("a whole number of steps of {}", step.value()), number.value.value().to_string());
    }
    steps
}

fn whole_u16(rule: &Section<'_>, key: &str, steps: i32, faults: &mut Faults) -> Option<u16> {
    let small = u16::try_from(steps).ok();
    if small.is_none() {
        faults.add(Code::BadRule, &rule.place.inside(key), "from 0 to 65,535 steps", steps.to_string());
    }
    small
}

/// How many steps a number is, if that is a whole number.
fn whole_steps(number: Decimal, step: Decimal) -> Option<i32> {
    let lowest = number.exponent.min(step.exponent);
    let scaled = |number: Decimal| {
        let power = u32::try_from(i16::from(number.exponent) - i16::from(lowest)).ok()?;
        i128::from(number.digits).checked_mul(10_i128.checked_pow(power)?)
    };
    let (number, step) = (scaled(number)?, scaled(step)?);
    (step != 0 && number % step == 0).then(|| i32::try_from(number / step).ok()).flatten()
}

/// For messages about a rule of a signal that it does not suit.
pub(super) fn unsuited(rule: &Rule, path: &str, signal: &Signal, place: &Place, faults: &mut Faults) {
    faults.add(Code::RuleDatatype, place, "a rule that suits the signal's datatype", format!("{} for {path} of type {:?}", name(rule), signal.datatype));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_whole_steps() {
        let decimal = |text| Decimal::parse(text).unwrap();
        assert_eq!(whole_steps(decimal("-3"), decimal("0.5")), Some(-6));
        assert_eq!(whole_steps(decimal("0.25"), decimal("0.5")), None);
        assert_eq!(whole_steps(decimal("1"), Decimal { digits: 0, exponent: 0 }), None);
    }

    #[test]
    fn every_key_of_a_rule_leads_or_goes_with_one_that_does() {
        let known: Vec<&str> = LEADS.iter().flat_map(|(lead, with)| std::iter::once(*lead).chain(with.iter().copied())).collect();
        for key in KEYS.iter().filter(|key| !matches!(**key, "signals" | "unit")) {
            assert!(known.contains(key), "{key}");
        }
        assert!(known.iter().all(|key| KEYS.contains(key)));
    }
}
