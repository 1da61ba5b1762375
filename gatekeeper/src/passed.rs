//! What passed the gate, summed up for the home page, and how much it reveals.
//!
//! A value counts in the window in which it was handed over, not in that of its stamp: a review that is answered today sends
//! last week's trip today, and "nothing has left since Monday" must then be false. The stamps stand beside it.

use crate::show::{PassedRow, PassedWindow, Revealed, WindowName};
use crate::store::{BasisId, BasisRow, LeftWindow};
use consent_core::{CategorySet, Rule};
use consent_protocol::catalog::{CompiledCatalog, FixPart, Use};
use consent_protocol::lane::BasisTerms;
use std::collections::BTreeMap;

/// A window at least this long sums up; the values of a shorter one follow the signal, as rounded values do, milliseconds. †
pub const SUMS_UP_MS: u32 = 60_000;

/// How much a rule leaves of a signal, whatever the signal is.
pub fn of_rule(rule: &Rule) -> Revealed {
    let sums_up = || if rule.pace_ms() >= SUMS_UP_MS { Revealed::Aggregate } else { Revealed::Coarse };
    match rule {
        Rule::Drop => Revealed::None,
        Rule::AsIs | Rule::RateCap { .. } | Rule::Event { .. } | Rule::Track { cell_m: 0, .. } => Revealed::Exact,
        Rule::Round { .. } | Rule::Grid { .. } | Rule::Level { .. } | Rule::Noise { .. } | Rule::Track { .. } | Rule::Moved { .. } => Revealed::Coarse,
        Rule::Score { .. } => Revealed::Aggregate,
        Rule::Window { aggregate, .. } if aggregate.counts() => Revealed::Aggregate,
        Rule::Window { .. } | Rule::Histogram { .. } | Rule::Path { .. } => sums_up(),
    }
}

/// What a tier of a use reveals of which category, in the catalog's order: the most that any rule leaves of a signal that
/// carries it. A signal with a category that is not allowed leaves nothing; categories of which nothing leaves are not listed.
///
/// Of a fix the rule of its latitude counts. Altitude, heading and accuracy count by their own, although they are reduced where
/// they come together with a place that is coarsened: this tells the most that can leave.
pub fn of_tier(catalog: &CompiledCatalog, used: &Use, tier: u8, allowed: CategorySet) -> Vec<(String, Revealed)> {
    let Some(def) = used.tiers.get(usize::from(tier)) else { return Vec::new() };
    let signals = def.rules.iter().filter_map(|rule| catalog.signals.get(usize::from(rule.signal)).map(|signal| (signal, of_rule(&rule.rule))));
    let passing: Vec<(CategorySet, Revealed)> = signals
        .filter(|(signal, _)| signal.fix != Some(FixPart::Longitude) && allowed.contains_all(signal.categories))
        .map(|(signal, revealed)| (signal.categories, revealed))
        .collect();
    let most = |bit: u8| passing.iter().filter(|(categories, _)| categories.intersects(CategorySet::single(bit))).map(|(_, revealed)| *revealed).max();
    let ranked = (0_u8..).zip(&catalog.categories).filter_map(|(bit, category)| most(bit).map(|revealed| (category.id.clone(), revealed)));
    ranked.filter(|(_, revealed)| *revealed > Revealed::None).collect()
}

/// What rows on these terms reveal.
pub fn of_basis(catalog: &CompiledCatalog, terms: &BasisTerms) -> Vec<(String, Revealed)> {
    let used = catalog.use_index(&terms.use_id).and_then(|at| catalog.uses.get(at));
    used.map(|used| of_tier(catalog, used, terms.tier, terms.categories)).unwrap_or_default()
}

/// The rows of a window: one for each use and category, in order of their ids.
pub fn window<'a>(name: WindowName, left: &LeftWindow, basis: impl Fn(BasisId) -> Option<&'a BasisRow>) -> PassedWindow {
    let mut rows: BTreeMap<(String, String), PassedRow> = BTreeMap::new();
    for sum in &left.sums {
        let Some(basis) = basis(sum.basis) else { continue };
        for (category, revealed) in &basis.reveals {
            let (use_id, tier) = (sum.use_id.clone(), basis.terms.tier);
            let row = rows.entry((use_id.clone(), category.clone())).or_insert_with(|| PassedRow {
                use_id,
                category: category.clone(),
                tier,
                revealed: *revealed,
                times: 0,
                batches: 0,
                first_ms: sum.first_ms,
                last_ms: sum.last_ms,
            });
            (row.tier, row.revealed) = (row.tier.max(tier), row.revealed.max(*revealed));
            (row.times, row.batches) = (row.times.saturating_add(sum.records), row.batches.saturating_add(sum.batches));
            (row.first_ms, row.last_ms) = (row.first_ms.min(sum.first_ms), row.last_ms.max(sum.last_ms));
        }
    }
    PassedWindow { window: name, since_ms: left.since_ms, rows: rows.into_values().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::store::{BasisEnd, LeftSum};
    use consent_core::Aggregate;
    use consent_core::{Ground, Step};
    use consent_protocol::{Digest, StreamId};

    const STEP: Step = Step { mantissa: 1, exponent: 0 };

    #[test]
    fn every_rule_has_its_rank() {
        let window = |aggregate, period_ms| Rule::Window { period_ms, aggregate, step: STEP, threshold_steps: 0 };
        let mut ranks = vec![
            (Rule::Drop, Revealed::None),
            (Rule::AsIs, Revealed::Exact),
            (Rule::RateCap { period_ms: 3_600_000 }, Revealed::Exact),
            (Rule::Round { step: STEP, period_ms: 0 }, Revealed::Coarse),
            (Rule::Grid { cell_m: 20_000, raster_ms: 60_000 }, Revealed::Coarse),
        ];
        for aggregate in [Aggregate::Count, Aggregate::DropsBelow] {
            ranks.extend([(window(aggregate, 1_000), Revealed::Aggregate), (window(aggregate, SUMS_UP_MS), Revealed::Aggregate)]);
        }
        for aggregate in [Aggregate::Min, Aggregate::Max, Aggregate::Mean, Aggregate::Difference] {
            ranks.extend([(window(aggregate, SUMS_UP_MS - 1), Revealed::Coarse), (window(aggregate, SUMS_UP_MS), Revealed::Aggregate)]);
        }
        for (rule, rank) in ranks {
            assert_eq!(of_rule(&rule), rank, "{rule:?}");
        }
        assert!(Revealed::None < Revealed::Aggregate && Revealed::Aggregate < Revealed::Coarse && Revealed::Coarse < Revealed::Exact);
    }

    /// Signals 0 and 1 of the use `traffic` are of location and of the vehicle.
    fn catalog(rules: [[Rule; 2]; 2]) -> CompiledCatalog {
        let mut catalog = fixture::catalog();
        for (tier, rules) in catalog.uses[1].tiers.iter_mut().zip(rules) {
            tier.rules.iter_mut().zip(rules).for_each(|(of, rule)| of.rule = rule);
        }
        catalog
    }

    fn named(found: &[(String, Revealed)]) -> Vec<(&str, Revealed)> {
        found.iter().map(|(category, revealed)| (category.as_str(), *revealed)).collect()
    }

    #[test]
    fn a_tier_reveals_what_its_rules_leave_of_what_is_allowed() {
        let grid = Rule::Grid { cell_m: 2_000, raster_ms: 1_000 };
        let catalog = catalog([[grid, Rule::Drop], [Rule::AsIs, Rule::Round { step: STEP, period_ms: 0 }]]);
        let of = |tier, allowed| of_tier(&catalog, &catalog.uses[1], tier, allowed);
        assert_eq!(named(&of(0, CategorySet::ALL)), [("location", Revealed::Coarse)], "what is dropped is not listed");
        assert_eq!(named(&of(1, CategorySet::ALL)), [("location", Revealed::Exact), ("vehicle", Revealed::Coarse)]);
        assert_eq!(named(&of(1, CategorySet(2))), [("vehicle", Revealed::Coarse)], "what the consent left out is not listed");
        assert_eq!(of(2, CategorySet::ALL), [], "no such tier");
    }

    #[test]
    fn a_signal_of_two_categories_needs_both_and_reveals_both() {
        let mut catalog = catalog([[Rule::Drop, Rule::AsIs], [Rule::Drop; 2]]);
        catalog.signals[1].categories = CategorySet(3);
        let of = |allowed| of_tier(&catalog, &catalog.uses[1], 0, allowed);
        assert_eq!(named(&of(CategorySet(3))), [("location", Revealed::Exact), ("vehicle", Revealed::Exact)]);
        assert_eq!(of(CategorySet(2)), []);
    }

    #[test]
    fn of_a_fix_the_latitude_counts() {
        let mut catalog = catalog([[Rule::Grid { cell_m: 2_000, raster_ms: 1_000 }, Rule::AsIs], [Rule::Drop; 2]]);
        catalog.signals[0].fix = Some(FixPart::Latitude);
        (catalog.signals[1].fix, catalog.signals[1].categories) = (Some(FixPart::Longitude), CategorySet(1));
        assert_eq!(named(&of_tier(&catalog, &catalog.uses[1], 0, CategorySet::ALL)), [("location", Revealed::Coarse)]);
    }

    fn basis(id: BasisId, tier: u8, reveals: &[(&str, Revealed)]) -> BasisRow {
        let terms = BasisTerms {
            use_id: "gone".to_owned(),
            revision: 1,
            terms: Digest::default(),
            notice: Digest::default(),
            ground: Ground::Consent,
            tier,
            categories: CategorySet::EMPTY,
            from_s: 0,
            until_s: 0,
            commitments: [Digest::default(); 8],
        };
        let reveals = reveals.iter().map(|(category, revealed)| ((*category).to_owned(), *revealed)).collect();
        let (consents, catalog) = (Vec::new(), (Digest::default(), 0));
        BasisRow { id, stream: StreamId::default(), k: 0, end_k: 0, erase_owed: false, catalog, terms, consents, end: BasisEnd::Open, reveals }
    }

    #[test]
    fn a_window_adds_up_over_bases_without_any_catalog() {
        let bases = [basis(1, 2, &[("place", Revealed::Coarse)]), basis(2, 0, &[("place", Revealed::Aggregate), ("car", Revealed::Exact)])];
        let sum = |basis, records, first_ms, last_ms| LeftSum { basis, use_id: "gone".to_owned(), batches: 2, records, first_ms, last_ms };
        let left = LeftWindow { since_ms: 5, sums: vec![sum(1, 10, 100, 200), sum(2, 3, 50, 150), sum(3, 99, 0, 999)] };
        let found = window(WindowName::Day, &left, |id| bases.iter().find(|basis| basis.id == id));
        assert_eq!((found.window, found.since_ms), (WindowName::Day, 5));
        let shown: Vec<_> =
            found.rows.iter().map(|row| (row.category.as_str(), row.tier, row.revealed, row.times, row.batches, row.first_ms, row.last_ms)).collect();
        assert_eq!(shown, [("car", 0, Revealed::Exact, 3, 2, 50, 150), ("place", 2, Revealed::Coarse, 13, 4, 50, 200)]);
        assert!(found.rows.iter().all(|row| row.use_id == "gone"));
    }
}
