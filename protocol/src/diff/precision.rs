//! Whether a tier tells more than it did: tiers are compared by their position, since that is what a consent names.

use super::{Found, Side, Weight};
use crate::catalog::{Signal, TierDef};
use alloc::collections::BTreeMap;
use alloc::format;
use consent_core::{Rule, Step};

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
    matches!(rule, Rule::Round { .. } | Rule::Window { .. })
}

/// Whether the new rule may tell something that the old one did not: true unless it is known not to.
fn tells_more(old: &Rule, new: &Rule) -> bool {
    let less = match (*old, *new) {
        (old, new) if old == new => true,
        (Rule::AsIs, _) | (_, Rule::Drop) => true,
        (Rule::RateCap { period_ms: before }, Rule::RateCap { period_ms } | Rule::Round { period_ms, .. } | Rule::Grid { raster_ms: period_ms, .. }) => {
            period_ms >= before
        }
        (Rule::Round { step: coarse, period_ms: before }, Rule::Round { step, period_ms }) => at_least(step, coarse) && period_ms >= before,
        (Rule::Grid { cell_m: coarse, raster_ms: before }, Rule::Grid { cell_m, raster_ms }) => cell_m >= coarse && raster_ms >= before,
        (
            Rule::Window { period_ms: before, aggregate: how, step: coarse, threshold_steps: threshold },
            Rule::Window { period_ms, aggregate, step, threshold_steps },
        ) => period_ms >= before && aggregate == how && at_least(step, coarse) && threshold_steps == threshold,
        (Rule::Drop | Rule::RateCap { .. } | Rule::Round { .. } | Rule::Grid { .. } | Rule::Window { .. }, _) => false,
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
