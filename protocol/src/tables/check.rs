//! What a compiled catalog must be before the gate works on it. The author's tool checks far more; this is what the gate
//! relies on, whoever signed.

use crate::catalog::{CatalogError, CompiledCatalog, Datatype, Deployment, FORMAT, FixPart, Recipient, Signal, SignalRule, Use};
use alloc::collections::BTreeSet;
use alloc::format;
use consent_core::limits::{BINS_MAX, CATEGORIES_MAX, RECIPIENTS_MAX, SIGNALS_MAX, TIERS_MAX, USES_MAX};
use consent_core::{Access, Aggregate, CategorySet, Change, Ground, Guard, Rule, ScoreRole, Slices, Step};

/// Longest id, which also stands in topics.
const ID_CHARS_MAX: usize = 24;
/// Longest id of a use.
const USE_ID_CHARS_MAX: usize = 64;
/// Finest raster of a grid or window.
const RASTER_MS_MIN: u32 = 1_000;
/// Finest cell of a grid.
const CELL_M_MIN: u32 = 2_000;
/// Shortest way between the places of two events.
const SPACING_M_MIN: u32 = 1_000;
/// Finest cell that a moved place is drawn for.
const MOVED_CELL_M_MIN: u32 = 500;
/// Largest privacy loss of one release: beyond it the noise hides nothing.
const EPSILON_MILLI_MAX: u16 = 10_000;
/// Longest duration of a consent.
const CONSENT_DAYS_MAX: u32 = 366;

type Checked = Result<(), CatalogError>;

/// `Err` with the words unless the condition holds.
macro_rules! demand {
    ($holds:expr, $($words:tt)+) => {
        if $holds { Ok(()) } else { Err(CatalogError::Invalid(format!($($words)+))) }
    };
}

fn sizes(catalog: &CompiledCatalog) -> Checked {
    for (what, found, most) in [
        ("signals", catalog.signals.len(), SIGNALS_MAX),
        ("uses", catalog.uses.len(), USES_MAX),
        ("categories", catalog.categories.len(), CATEGORIES_MAX),
        ("recipients", catalog.recipients.len(), RECIPIENTS_MAX),
    ] {
        demand!(found <= most, "{found} {what}, expected at most {most}")?;
    }
    Ok(())
}

/// Lower-case letters, digits and hyphens: what may stand in a topic.
fn is_name(text: &str, chars_max: usize) -> bool {
    (1..=chars_max).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = BTreeSet::new();
    ids.into_iter().try_for_each(|id| demand!(!id.is_empty() && seen.insert(id), "{what} id {id:?} is empty or stands there twice"))
}

/// The whole catalog.
pub(super) fn catalog(catalog: &CompiledCatalog) -> Checked {
    demand!(catalog.format == FORMAT, "format {}, expected {FORMAT}", catalog.format)?;
    sizes(catalog)?;
    demand!(is_name(&catalog.model_line, ID_CHARS_MAX), "model line is no name of lower-case letters, digits and hyphens")?;
    demand!(catalog.country.len() == 2 && catalog.country.bytes().all(|byte| byte.is_ascii_alphabetic()), "country is no ISO 3166 code")?;
    unique("category", catalog.categories.iter().map(|category| category.id.as_str()))?;
    unique("recipient", catalog.recipients.iter().map(|recipient| recipient.id.as_str()))?;
    unique("use", catalog.uses.iter().map(|used| used.id.as_str()))?;
    catalog.recipients.iter().try_for_each(recipient)?;
    signals(catalog)?;
    catalog.uses.iter().try_for_each(|used| check_use(catalog, used).map_err(|error| within(&used.id, error)))
}

fn within(use_id: &str, error: CatalogError) -> CatalogError {
    match error {
        CatalogError::Invalid(words) => CatalogError::Invalid(format!("use {use_id:?}: {words}")),
        CatalogError::Encoding => CatalogError::Encoding,
    }
}

fn recipient(recipient: &Recipient) -> Checked {
    // `cg/1/catalog/…` is the topic of catalogs.
    let named = is_name(&recipient.id, ID_CHARS_MAX) && recipient.id != "catalog";
    demand!(named, "recipient id {:?} is no name of at most {ID_CHARS_MAX} lower-case letters, digits and hyphens", recipient.id)
}

fn signals(catalog: &CompiledCatalog) -> Checked {
    let known = catalog.categories.iter().zip(0..).fold(CategorySet::EMPTY, |all, (_, bit)| all.or(CategorySet::single(bit)));
    for pair in catalog.signals.windows(2) {
        if let [before, after] = pair {
            demand!(before.path < after.path, "signal {:?} is not sorted by path or stands there twice", after.path)?;
        }
    }
    for signal in &catalog.signals {
        demand!(!signal.path.is_empty(), "a signal without a path")?;
        demand!(known.contains_all(signal.categories), "signal {:?} carries a category that is not declared", signal.path)?;
        let is_number = matches!(signal.datatype, Datatype::Float | Datatype::Double);
        demand!(signal.fix.is_none() || is_number, "signal {:?} is part of a fix without being a float or double", signal.path)?;
    }
    for part in [FixPart::Latitude, FixPart::Longitude, FixPart::Altitude, FixPart::Heading, FixPart::Accuracy] {
        let parts = catalog.signals.iter().filter(|signal| signal.fix == Some(part)).count();
        demand!(parts <= 1, "{parts} signals are {part:?} of a fix, expected at most one")?;
    }
    Ok(())
}

fn check_use(catalog: &CompiledCatalog, used: &Use) -> Checked {
    demand!(used.id.len() <= USE_ID_CHARS_MAX, "id longer than {USE_ID_CHARS_MAX} bytes")?;
    let recipient = catalog.recipients.get(usize::from(used.recipient));
    let recipient = recipient.ok_or_else(|| CatalogError::Invalid(format!("recipient {} of {}", used.recipient, catalog.recipients.len())))?;
    lawful(catalog.deployment, recipient, used)?;
    delivery(used)?;
    covered(catalog, used)?;
    let tiers = used.tiers.len();
    demand!((1..=TIERS_MAX).contains(&tiers), "{tiers} tiers, expected 1 to {TIERS_MAX}")?;
    used.tiers.iter().try_for_each(|tier| rules(catalog, used, &tier.rules))
}

/// Which access goes with which ground (R4), and who can be consented towards (R49).
fn lawful(deployment: Deployment, recipient: &Recipient, used: &Use) -> Checked {
    let by_interest = used.ground == Ground::LegitimateInterest && used.access == Access::Transmission;
    demand!(!by_interest, "legitimate interest needs access by consent, requested service or law")?;
    let by_law = used.access == Access::Law || used.ground == Ground::LegalObligation;
    let names_law = used.law.as_ref().is_some_and(|law| !law.act.is_empty() && !law.article.is_empty());
    demand!(!by_law || names_law, "legal obligation and access by law need a law with act and article")?;
    demand!(by_law || used.law.is_none(), "names a law but rests on none")?;
    let by_consent = used.access == Access::Consent || used.ground == Ground::Consent;
    let unfree = recipient.deployer && matches!(deployment, Deployment::Employer | Deployment::Rental);
    demand!(!(unfree && by_consent), "consent towards {:?}, whose car it is", recipient.id)
}

fn delivery(used: &Use) -> Checked {
    let records_max = u32::try_from(crate::batch::ROWS_MAX).unwrap_or(u32::MAX);
    demand!((1..=records_max).contains(&used.records_max), "batches of {} records, expected 1 to {records_max}", used.records_max)?;
    demand!(used.within_s > 0 && used.age_max_s > 0, "a delivery within 0 s or an age of 0 s")?;
    let endless = used.consent_days_max > CONSENT_DAYS_MAX || (used.ground == Ground::Consent && used.consent_days_max == 0);
    demand!(!endless, "consent for {} days, expected 1 to {CONSENT_DAYS_MAX}", used.consent_days_max)
}

fn covered(catalog: &CompiledCatalog, used: &Use) -> Checked {
    let ascending = used.signals.windows(2).all(|pair| matches!(pair, [before, after] if before < after));
    demand!(ascending, "signals are not ascending")?;
    for index in &used.signals {
        let signal = signal(catalog, *index)?;
        demand!(signal.categories != CategorySet::EMPTY, "signal {:?} has no category, so nobody's consent would cover it", signal.path)?;
    }
    let covers = |part| used.signals.iter().any(|index| signal(catalog, *index).is_ok_and(|signal| signal.fix == Some(part)));
    let any_part = [FixPart::Latitude, FixPart::Longitude, FixPart::Altitude, FixPart::Heading, FixPart::Accuracy].into_iter().any(covers);
    let place = covers(FixPart::Latitude) && covers(FixPart::Longitude);
    demand!(!any_part || place, "covers a part of a fix without latitude and longitude")
}

fn signal(catalog: &CompiledCatalog, index: u16) -> Result<&Signal, CatalogError> {
    catalog.signals.get(usize::from(index)).ok_or_else(|| CatalogError::Invalid(format!("signal {index} of {}", catalog.signals.len())))
}

fn rules(catalog: &CompiledCatalog, used: &Use, rules: &[SignalRule]) -> Checked {
    let ascending = rules.windows(2).all(|pair| matches!(pair, [before, after] if before.signal < after.signal));
    demand!(ascending, "rules of a tier are not ascending by signal")?;
    for SignalRule { signal: index, rule } in rules {
        demand!(used.signals.binary_search(index).is_ok(), "a rule for signal {index}, which it does not cover")?;
        let signal = signal(catalog, *index)?;
        check_rule(rule, signal).map_err(|error| match error {
            CatalogError::Invalid(words) => CatalogError::Invalid(format!("rule for {:?}: {words}", signal.path)),
            CatalogError::Encoding => CatalogError::Encoding,
        })?;
    }
    score(rules)
}

fn check_rule(rule: &Rule, signal: &Signal) -> Checked {
    let takes_place = signal.fix == Some(FixPart::Latitude);
    demand!(!rule.is_for_places() || takes_place, "a rule for places is for the latitude signal, which stands for the fix")?;
    // Anything can be counted.
    let counts = matches!(rule, Rule::Window { aggregate: Aggregate::Count, .. } | Rule::Score { aggregate: Aggregate::Count, .. });
    let takes_number = rule.step().is_some() && !rule.is_for_places() && !counts;
    let single = !matches!(signal.datatype, Datatype::String | Datatype::IntArray | Datatype::FloatArray);
    demand!(!takes_number || single, "rounds or sums up what is no single number")?;
    rule.step().map_or(Ok(()), check_step)?;
    rule.raster_ms().map_or(Ok(()), raster)?;
    bounds(rule)
}

/// What holds of one kind of rule alone.
fn bounds(rule: &Rule) -> Checked {
    match *rule {
        Rule::Drop | Rule::AsIs | Rule::Round { .. } | Rule::Path { .. } => Ok(()),
        Rule::RateCap { period_ms } => demand!(period_ms > 0, "a rate cap of 0 ms"),
        Rule::Window { aggregate, threshold_steps, .. } => threshold(aggregate, threshold_steps),
        Rule::Score { aggregate, threshold_steps, weight, .. } => {
            demand!(weight != 0, "a part of a score that weighs nothing")?;
            threshold(aggregate, threshold_steps)
        }
        Rule::Level { low_steps, high_steps, change, .. } => {
            let beyond_pct = if let Change::Moved { beyond_pct } = change { beyond_pct } else { 0 };
            demand!(beyond_pct <= 100, "a hysteresis of {beyond_pct} hundredths of a step, expected at most 100")?;
            demand!(low_steps <= high_steps, "a least level of {low_steps} steps above the greatest of {high_steps}")
        }
        Rule::Noise { low_steps, high_steps, epsilon_milli, day_milli, .. } => {
            demand!(day_milli >= epsilon_milli, "a day's loss of {day_milli} thousandths, expected at least that of one release, {epsilon_milli}")?;
            demand!(low_steps < high_steps, "noise over no span: from {low_steps} to {high_steps} steps")?;
            demand!((1..=EPSILON_MILLI_MAX).contains(&epsilon_milli), "a loss of {epsilon_milli} thousandths, expected 1 to {EPSILON_MILLI_MAX}")
        }
        Rule::Histogram { step, low_steps, width_steps, bins, .. } => {
            let sized = width_steps > 0 && (2..=BINS_MAX).contains(&usize::from(bins));
            demand!(sized, "{bins} bins of {width_steps} steps, expected 2 to {BINS_MAX} of at least 1")?;
            let last = i64::from(low_steps) + i64::from(width_steps) * (i64::from(bins) - 2);
            demand!(step.value(i64::from(low_steps)).is_some() && step.value(last).is_some(), "an edge too large to be told")
        }
        Rule::Grid { cell_m, .. } => demand!(cell_m >= CELL_M_MIN, "a cell of {cell_m} m, expected at least {CELL_M_MIN}"),
        Rule::Track { cell_m, guard, slices, .. } => {
            // The track hides both: nobody can be promised less.
            demand!(guard == Guard::ZonesAndClip, "a track that hides zones alone, expected zones and clip")?;
            // Slices of one stream would be linked by it, and by the commitments of their bases.
            demand!(slices == Slices::Whole, "a track in slices, expected one in one piece")?;
            demand!(cell_m == 0 || cell_m >= CELL_M_MIN, "a cell of {cell_m} m, expected none or at least {CELL_M_MIN}")
        }
        Rule::Event { spacing_m } => demand!(spacing_m >= SPACING_M_MIN, "events {spacing_m} m apart, expected at least {SPACING_M_MIN}"),
        Rule::Moved { cell_m, scale_m, .. } => {
            demand!(cell_m >= MOVED_CELL_M_MIN, "a cell of {cell_m} m, expected at least {MOVED_CELL_M_MIN}")?;
            demand!(scale_m > 0, "moved by 0 m")
        }
    }
}

fn threshold(aggregate: Aggregate, threshold_steps: i32) -> Checked {
    demand!(aggregate.has_threshold() || threshold_steps == 0, "a threshold for an aggregate that has none")
}

/// The parts of a tier's score fit together: one span of time, and one signal that bears it.
fn score(rules: &[SignalRule]) -> Checked {
    let parts = || rules.iter().filter_map(|rule| if let Rule::Score { role, period_ms, .. } = rule.rule { Some((role, period_ms)) } else { None });
    let Some((_, first_ms)) = parts().next() else { return Ok(()) };
    demand!(parts().all(|(_, period_ms)| period_ms == first_ms), "parts of a score over spans of different length")?;
    let bearers = parts().filter(|(role, _)| *role == ScoreRole::Bears).count();
    demand!(bearers == 1, "{bearers} signals that bear the score, expected one")
}

fn raster(raster_ms: u32) -> Checked {
    demand!(raster_ms >= RASTER_MS_MIN, "a raster of {raster_ms} ms, expected at least {RASTER_MS_MIN}")
}

fn check_step(step: Step) -> Checked {
    let Step { mantissa, exponent } = step;
    demand!(mantissa >= 1 && (-9..=9).contains(&exponent), "a step of {mantissa} × 10^{exponent}, expected from 1 × 10^-9 to 10^9")
}
