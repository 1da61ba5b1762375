//! Checks of precision: location tiers, order of tiers, what tells the place or an offence, what an insurer gets
//! (R21, R22, R24, R27; measured in the privacy study that the defaults follow).

use super::code::Code;
use super::model::{Authored, RecipientKind, Use};
use super::report::Faults;
use super::resolve::{Resolved, ResolvedUse, TierRule};
use super::terms::{self, Score};
use consent_core::{CategoryKind, Change, Condition, Leaves, Rule, Step};
use std::collections::BTreeMap;

/// Cells that are offered.
const CELLS_M: &[u32] = &[2_000, 5_000, 20_000];
/// A window begins anew with each trip and leaves only when it is full (R46): one that is longer never leaves. †
const WINDOW_MS_MAX: u32 = 24 * 3_600_000;
/// What an insurer gets sums up at least so much, milliseconds: less is still a series of values. †
const INSURER_MS: u32 = 60_000;
/// What serves a score sums up at least so much, milliseconds. †
const SCORE_MS: u32 = 10_000;
const LATITUDE: &str = "Vehicle.CurrentLocation.Latitude";
const LONGITUDE: &str = "Vehicle.CurrentLocation.Longitude";

/// Checks what every tier reveals.
pub(crate) fn check(authored: &Authored, resolved: &Resolved, faults: &mut Faults) {
    for (used, worked_out) in authored.uses.iter().zip(&resolved.uses) {
        half_fix(used, worked_out, faults);
        location_tiers(used, worked_out, faults);
        never_released(used, worked_out, faults);
        order(used, worked_out, faults);
        insurer(authored, worked_out, faults);
        score_serves(authored, resolved, used, worked_out, faults);
        series(authored, resolved, worked_out, faults);
    }
    tier_lists(authored, resolved, faults);
    beside_place(authored, resolved, faults);
}

fn half_fix(used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    let has = |path: &str| worked_out.signals.contains(path);
    let other = ["Altitude", "Heading", "HorizontalAccuracy"].iter().any(|part| has(&format!("Vehicle.CurrentLocation.{part}")));
    let (lat, lon) = (has(LATITUDE), has(LONGITUDE));
    if lat != lon || (other && !lat) {
        faults.add(Code::HalfFix, &used.place.inside("signals"), "Vehicle.CurrentLocation.Latitude and .Longitude together", "a part of a position alone");
    }
}

/// The rule of the position in a tier.
fn place_rule(tier: &BTreeMap<String, TierRule>) -> Option<&TierRule> {
    tier.get(LATITUDE).filter(|rule| rule.rule != Rule::Drop)
}

fn location_tiers(used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    let exact_allowed = matches!(used.condition(), Condition::Parked | Condition::TheftDeclared | Condition::Call);
    let mut grids = 0;
    let mut single = false;
    for rule in worked_out.tiers.iter().filter_map(place_rule) {
        if let Some(cell_m) = rule.rule.cell_m() {
            let code = if cell_m < 2_000 { Some(Code::GridTooFine) } else { (!CELLS_M.contains(&cell_m)).then_some(Code::OutOfRange) };
            if let Some(code) = code {
                faults.add(code, &rule.place, "a cell of 2km, 5km or 20km", format!("{cell_m} m"));
            }
        }
        match rule.rule {
            Rule::Grid { .. } | Rule::Track { .. } | Rule::Moved { .. } => grids += 1,
            Rule::AsIs | Rule::RateCap { .. } if !exact_allowed => {
                faults.add(Code::ExactPlace, &rule.place, "a grid, a track, or condition parked, theft_declared or call", "a position as it is");
            }
            Rule::Event { .. } | Rule::Path { .. } => single = true,
            Rule::Drop
            | Rule::AsIs
            | Rule::RateCap { .. }
            | Rule::Round { .. }
            | Rule::Window { .. }
            | Rule::Level { .. }
            | Rule::Histogram { .. }
            | Rule::Score { .. }
            | Rule::Noise { .. } => {}
        }
    }
    if grids == 1 && !single {
        faults.add(Code::NoLocationTiers, &used.place.inside("tier"), "at least two tiers with a position on a grid", "one");
    }
    if worked_out.signals.contains(LATITUDE) && worked_out.tiers.iter().all(|tier| place_rule(tier).is_none()) && !used.tiers.is_empty() {
        faults.add(Code::NoLocationTiers, &used.place.inside("tier"), "at least two tiers with a position on a grid", "none");
    }
}

fn never_released(used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    for pattern in &used.signals {
        let path = &pattern.value;
        let goes_along = super::resolve::fix_part(path).is_some() && path != LATITUDE;
        let rules = || worked_out.tiers.iter().filter_map(|tier| tier.get(path));
        if !goes_along && path != LATITUDE && rules().next().is_some() && rules().all(|rule| rule.rule == Rule::Drop) {
            faults.add(Code::NeverReleased, &pattern.place, "a rule that lets something of it pass in some tier", "drop in all tiers");
        }
    }
    let windows = worked_out.tiers.iter().flatten().filter(|(_, rule)| rule.rule.fills_window() && rule.rule.pace_ms() > WINDOW_MS_MAX);
    for (path, rule) in windows {
        let found = format!("{path} over {} h: a window begins anew with each trip, so that this one is never full", rule.rule.pace_ms() / 3_600_000);
        faults.add(Code::NeverReleased, &rule.place, "a window of at most 24h", found);
    }
}

fn step_size(step: Step) -> f64 {
    f64::from(step.mantissa) * 10_f64.powi(i32::from(step.exponent))
}

/// Whether the second rule shows nothing less than the first.
fn at_least_as_fine(coarse: &Rule, fine: &Rule) -> bool {
    if coarse.leaves() == Leaves::Nothing {
        return true;
    }
    let finer_step = || coarse.step().zip(fine.step()).is_some_and(|(coarse, fine)| step_size(fine) <= step_size(coarse));
    // 0 is the place itself.
    let finer_cell = |a: u32, b: u32| b <= a && (a > 0 || b == 0);
    let same_kind = match (coarse, fine) {
        (Rule::Grid { cell_m: a, .. }, Rule::Grid { cell_m: b, .. }) | (Rule::Track { cell_m: a, .. }, Rule::Track { cell_m: b, .. }) => finer_cell(*a, *b),
        (Rule::Round { .. }, Rule::Round { .. }) | (Rule::Level { .. } | Rule::Round { .. }, Rule::Level { .. }) => finer_step(),
        (Rule::Path { way: a, .. }, Rule::Path { way: b, .. }) => a == b && finer_step(),
        (Rule::Event { spacing_m: a }, Rule::Event { spacing_m: b }) | (Rule::Moved { scale_m: a, .. }, Rule::Moved { scale_m: b, .. }) => b <= a,
        (Rule::Noise { epsilon_milli: a, .. }, Rule::Noise { epsilon_milli: b, .. }) => b >= a && finer_step(),
        (Rule::Window { aggregate: a, threshold_steps: high, .. }, Rule::Window { aggregate: b, threshold_steps: low, .. }) => {
            a == b && finer_step() && (high == low || !a.has_threshold())
        }
        (coarse, fine) if coarse.leaves() == Leaves::Aggregate && fine.leaves() == Leaves::Aggregate => coarse == fine,
        (coarse, fine) => coarse.is_for_places() == fine.is_for_places() && fine.leaves() >= coarse.leaves() || fine.leaves() == Leaves::All,
    };
    same_kind && fine.pace_ms() <= coarse.pace_ms()
}

fn order(used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    for ((tiers, authored), position) in worked_out.tiers.windows(2).zip(used.tiers.iter().skip(1)).zip(2..) {
        let [coarse, fine] = tiers else { continue };
        let worse = fine.iter().find(|(path, rule)| coarse.get(*path).is_some_and(|before| !at_least_as_fine(&before.rule, &rule.rule)));
        if let Some((path, rule)) = worse {
            faults.add(Code::TierOrder, &rule.place, format!("{path} at least as fine as in the tier before"), format!("coarser in tier {position}"));
        } else if fine.iter().all(|(path, rule)| coarse.get(path).is_some_and(|before| before.rule == rule.rule)) {
            faults.add(
                Code::TierOrder,
                &authored.place,
                "at least one signal finer than in the tier before",
                format!("tier {position} the same as tier {}", position - 1),
            );
        }
    }
}

/// Whether a rule leaves nothing but sums over a span that is long enough to be none of single values (R21, R22): a mean of every second
/// is the raw stream by another name.
fn sums_up(rule: &Rule, least_ms: u32) -> bool {
    match rule.leaves() {
        Leaves::Nothing => true,
        Leaves::Aggregate => rule.pace_ms() >= least_ms,
        Leaves::Coarse | Leaves::Capped | Leaves::All => false,
    }
}

fn insurer(authored: &Authored, worked_out: &ResolvedUse, faults: &mut Faults) {
    let recipient = worked_out.recipient.and_then(|at| authored.recipients.get(at));
    if recipient.is_none_or(|recipient| recipient.kind.as_ref().is_none_or(|kind| kind.value != RecipientKind::Insurer)) {
        return;
    }
    for (path, rule) in worked_out.tiers.iter().flatten() {
        if !sums_up(&rule.rule, INSURER_MS) {
            faults.add(
                Code::InsurerRaw,
                &rule.place,
                "a sum over a window of at least a minute (window, split, score, way), or drop",
                format!("{path} value by value"),
            );
        }
    }
}

fn score_serves(authored: &Authored, resolved: &Resolved, used: &Use, worked_out: &ResolvedUse, faults: &mut Faults) {
    let serves = |purpose: &str| terms::PURPOSE_TERMS.iter().any(|(name, _, score)| *name == purpose && *score == Score::Serves);
    if used.purpose.as_ref().is_none_or(|purpose| !serves(&purpose.value)) {
        return;
    }
    for (path, rule) in worked_out.tiers.iter().flatten() {
        let kinds = resolved.signals.get(path).into_iter().flat_map(|signal| &signal.categories).filter_map(|at| authored.categories.get(*at));
        let about_people = kinds.filter_map(|category| category.kind.as_ref()).any(|kind| kind.value != CategoryKind::Vehicle);
        if about_people && !sums_up(&rule.rule, SCORE_MS) {
            faults.add(
                Code::ScoreServes,
                &rule.place,
                "a sum over a window of at least 10 s (window, split, score, way), or drop",
                format!("{path} value by value"),
            );
        }
    }
}

/// Whether a rule lets a signal leave as a series that tells the place.
fn is_series(rule: &Rule) -> bool {
    let counts = if let Rule::Window { aggregate, .. } | Rule::Score { aggregate, .. } = rule { aggregate.counts() } else { false };
    let leaves = match rule.leaves() {
        Leaves::Nothing => false,
        Leaves::Aggregate | Leaves::Coarse | Leaves::Capped | Leaves::All => true,
    };
    leaves && !counts && !rule.is_for_places()
}

fn series(authored: &Authored, resolved: &Resolved, worked_out: &ResolvedUse, faults: &mut Faults) {
    for (path, rule) in worked_out.tiers.iter().flatten() {
        let location = resolved
            .signals
            .get(path)
            .is_some_and(|signal| signal.categories.iter().filter_map(|at| authored.categories.get(*at)).any(|category| category.location));
        let tells = terms::any_matches(terms::TELLS_PLACE, path) && is_series(&rule.rule);
        if let (true, Rule::Level { change: Change::Moved { .. }, .. }) = (location || terms::any_matches(terms::TELLS_PLACE, path), rule.rule) {
            faults.add(Code::ChangeTellsPlace, &rule.place, "a fixed beat (every) in place of changes", path.clone());
        }
        if !location && (tells || terms::any_matches(terms::PLACES, path)) {
            faults.add(Code::SeriesTellsPlace, &rule.place, "a signal with a location category, or a count", path.clone());
        }
    }
}

/// Cell and raster of each tier of a use.
type TierList = Vec<(u32, u32)>;

/// The uses of a recipient share one list of tiers; one that has fewer of them adds nothing to it.
fn tier_lists(authored: &Authored, resolved: &Resolved, faults: &mut Faults) {
    let mut known: BTreeMap<usize, (String, TierList)> = BTreeMap::new();
    for (used, worked_out) in authored.uses.iter().zip(&resolved.uses) {
        let Some(recipient) = worked_out.recipient else { continue };
        let grids = worked_out.tiers.iter().filter_map(|tier| match place_rule(tier)?.rule {
            Rule::Grid { cell_m, raster_ms } | Rule::Track { cell_m, raster_ms, .. } | Rule::Moved { cell_m, raster_ms, .. } => Some((cell_m, raster_ms)),
            Rule::AsIs | Rule::RateCap { .. } => Some((0, 0)),
            // Single events and sums of the way are no tier of precision.
            Rule::Event { .. }
            | Rule::Path { .. }
            | Rule::Drop
            | Rule::Round { .. }
            | Rule::Window { .. }
            | Rule::Level { .. }
            | Rule::Histogram { .. }
            | Rule::Score { .. }
            | Rule::Noise { .. } => None,
        });
        let list: TierList = grids.collect();
        if list.is_empty() {
            continue;
        }
        let (first, expected) = known.entry(recipient).or_insert_with(|| (used.name().to_owned(), list.clone()));
        if expected.iter().all(|tier| list.contains(tier)) {
            used.name().clone_into(first);
            expected.clone_from(&list);
        } else if !list.iter().all(|tier| expected.contains(tier)) {
            faults.add(Code::TierListsDiffer, &used.place.inside("tier"), format!("the location tiers of use {first}: {}", words(expected)), words(&list));
        }
    }
}

fn words(list: &TierList) -> String {
    let word = |(cell_m, raster_ms): &(u32, u32)| {
        if *cell_m == 0 { "exact".to_owned() } else { format!("{} km every {} s", f64::from(*cell_m) / 1_000.0, f64::from(*raster_ms) / 1_000.0) }
    };
    list.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// What a recipient gets beside positions, over all its uses.
fn beside_place(authored: &Authored, resolved: &Resolved, faults: &mut Faults) {
    for recipient in 0..authored.recipients.len() {
        let rules = || resolved.uses.iter().filter(|used| used.recipient == Some(recipient)).flat_map(|used| &used.tiers).flatten();
        let on_grid = rules().any(|(path, rule)| path == LATITUDE && matches!(rule.rule, Rule::Grid { .. } | Rule::Moved { .. }));
        let exact = rules().any(|(path, rule)| path == LATITUDE && matches!(rule.rule, Rule::AsIs | Rule::RateCap { .. } | Rule::Track { .. }));
        for (path, rule) in rules() {
            let shows = is_series(&rule.rule);
            if exact && shows && terms::any_matches(terms::SPEED, path) {
                faults.add(Code::SpeedWithPlace, &rule.place, "no speed for a recipient that gets exact positions", path.clone());
            }
            if on_grid && shows && terms::any_matches(terms::TELLS_PLACE, path) {
                faults.add(Code::SeriesTellsPlace, &rule.place, "no such series for a recipient that gets positions on a grid", path.clone());
            }
            if rule.rule != Rule::Drop && path.contains("SpeedLimit") {
                faults.add(Code::SpeedWithPlace, &rule.place, "no speed against the limit", path.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_core::Aggregate;

    const STEP: Step = Step { mantissa: 1, exponent: 0 };

    #[test]
    fn finer_is_finer_in_precision_and_in_pace() {
        let grid = |cell_m, raster_ms| Rule::Grid { cell_m, raster_ms };
        assert!(at_least_as_fine(&grid(20_000, 60_000), &grid(2_000, 60_000)));
        assert!(!at_least_as_fine(&grid(2_000, 60_000), &grid(2_000, 90_000)));
        assert!(at_least_as_fine(&Rule::Drop, &grid(20_000, 60_000)));
        assert!(!at_least_as_fine(&Rule::AsIs, &Rule::RateCap { period_ms: 1 }));
        assert!(at_least_as_fine(&Rule::Round { step: STEP, period_ms: 1_000 }, &Rule::AsIs));
        assert!(!at_least_as_fine(&Rule::RateCap { period_ms: 1_000 }, &Rule::Drop));
    }

    #[test]
    fn counts_are_no_series_and_sums_of_any_length_are() {
        let window = |period_ms, aggregate| Rule::Window { period_ms, aggregate, step: STEP, threshold_steps: 0 };
        assert!(!is_series(&window(60_000, Aggregate::Count)));
        assert!(is_series(&window(60_000, Aggregate::Difference)));
        assert!(is_series(&window(WINDOW_MS_MAX, Aggregate::Difference)));
    }
}
