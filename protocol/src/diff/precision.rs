//! Whether a tier tells more than it did: tiers are compared by their position, since that is what a consent names.

use super::{Found, Side, Weight};
use crate::catalog::{Signal, TierDef};
use alloc::collections::BTreeMap;
use alloc::format;
use consent_core::{Change, Guard, Rule, Slices, Step};

pub(super) fn compare(found: &mut Found<'_>, old: &Side<'_>, new: &Side<'_>) {
    let (before, after) = (old.used.tiers.len(), new.used.tiers.len());
    if before != after {
        // A consent names its tier, so nobody has a finer one by its being there.
        found.add(Weight::Editorial, "tier", format!("from {before} tiers to {after}"));
    }
    for ((tier, before), after) in (0..).zip(&old.used.tiers).zip(&new.used.tiers) {
        found.text(Weight::Editorial, "tier.reveals", &before.reveals, &after.reveals);
        rules(found, tier, &by_path(old, before), &by_path(new, after));
    }
}

/// Rules with the signals that they are for.
type Rules<'a> = BTreeMap<&'a str, (&'a Signal, Rule)>;

fn by_path<'a>(side: &Side<'a>, tier: &TierDef) -> Rules<'a> {
    let rules = tier.rules.iter().filter_map(|rule| side.catalog.signals.get(usize::from(rule.signal)).map(|signal| (signal, rule.rule)));
    rules.map(|(signal, rule)| (signal.path.as_str(), (signal, rule))).collect()
}

fn rules(found: &mut Found<'_>, tier: u8, old: &Rules<'_>, new: &Rules<'_>) {
    for (path, (signal, rule)) in new {
        let Some((earlier, before)) = old.get(path) else {
            if *rule != Rule::Drop {
                found.add(Weight::Material, "tier.rules", format!("tier {tier} takes {path} as well"));
            }
            continue;
        };
        let same_unit = (&earlier.unit, earlier.datatype) == (&signal.unit, signal.datatype);
        let finer = if same_unit { tells_more(before, rule) } else { has_step(before) || tells_more(before, rule) };
        if before != rule || (!same_unit && finer) {
            let weight = if finer { Weight::Material } else { Weight::Editorial };
            let units = (earlier.unit.as_str(), signal.unit.as_str());
            found.add(weight, "tier.rules", format!("tier {tier}, {path}: from {before:?} to {rule:?}, units {units:?}"));
        }
    }
    for path in old.keys().filter(|path| !new.contains_key(*path)) {
        found.add(Weight::Editorial, "tier.rules", format!("tier {tier} no longer takes {path}"));
    }
}

/// Whether a rule's steps mean something else in another unit.
fn has_step(rule: &Rule) -> bool {
    rule.step().is_some() && !rule.is_for_places()
}

/// Whether the new rule may tell something that the old one did not: true unless it is known not to.
fn tells_more(old: &Rule, new: &Rule) -> bool {
    let slower = new.pace_ms() >= old.pace_ms();
    let coarser = || new.step().zip(old.step()).is_some_and(|(step, coarse)| at_least(step, coarse));
    let less = match (*old, *new) {
        (old, new) if old == new => true,
        (Rule::AsIs, _) | (_, Rule::Drop) => true,
        (
            Rule::RateCap { .. },
            Rule::RateCap { .. } | Rule::Round { .. } | Rule::Level { .. } | Rule::Grid { .. } | Rule::Track { .. } | Rule::Noise { .. },
        ) => slower,
        (Rule::Round { .. }, Rule::Round { .. } | Rule::Level { change: Change::Every, .. }) => coarser() && slower,
        (
            Rule::Level { low_steps: low, high_steps: high, dead_steps: dead, change: Change::Every, .. },
            Rule::Level { low_steps, high_steps, dead_steps, change: Change::Every, .. },
        ) => old.step() == new.step() && slower && low_steps >= low && high_steps <= high && dead_steps >= dead,
        (Rule::Grid { cell_m: coarse, .. }, Rule::Grid { cell_m, .. } | Rule::Track { cell_m, .. }) => cell_m >= coarse && slower,
        (Rule::Track { cell_m: coarse, guard: before, slices: were, .. }, Rule::Track { cell_m, guard, slices, .. }) => {
            let hides = before == guard || (before, guard) == (Guard::Zones, Guard::ZonesAndClip);
            let cut = were == slices || (were, slices) == (Slices::Whole, Slices::Cut);
            cell_m >= coarse && slower && hides && cut
        }
        (Rule::Window { aggregate: how, threshold_steps: threshold, .. }, Rule::Window { aggregate, threshold_steps, .. }) => {
            slower && aggregate == how && coarser() && threshold_steps == threshold
        }
        (Rule::Path { way: before, .. }, Rule::Path { way, .. }) => slower && coarser() && way == before,
        (
            Rule::Noise { step: was, low_steps: low, high_steps: high, epsilon_milli: before, day_milli: a_day, .. },
            Rule::Noise { step, low_steps, high_steps, epsilon_milli, day_milli, .. },
        ) => slower && (step, low_steps, high_steps) == (was, low, high) && epsilon_milli <= before && day_milli <= a_day,
        (Rule::Event { spacing_m: before }, Rule::Event { spacing_m }) => spacing_m >= before,
        // Another draw for the same place tells something; so does another weight or edge over the same values.
        (
            Rule::Drop
            | Rule::RateCap { .. }
            | Rule::Round { .. }
            | Rule::Grid { .. }
            | Rule::Window { .. }
            | Rule::Level { .. }
            | Rule::Histogram { .. }
            | Rule::Score { .. }
            | Rule::Noise { .. }
            | Rule::Track { .. }
            | Rule::Event { .. }
            | Rule::Moved { .. }
            | Rule::Path { .. },
            _,
        ) => false,
    };
    !less
}

/// Whether a step is as large as another.
fn at_least(step: Step, other: Step) -> bool {
    size(step) >= size(other)
}

/// In units of 10^-9.
fn size(step: Step) -> u128 {
    let power = u32::try_from(i32::from(step.exponent).saturating_add(9)).unwrap_or(0);
    u128::from(step.mantissa).saturating_mul(10_u128.saturating_pow(power))
}
