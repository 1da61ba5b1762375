use super::*;
use crate::catalog::{Beneficiary, Deployment, Law, Localized, RecipientRole, Signal, SignalRule, example};
use Weight::{Editorial, Material};
use consent_core::{Access, Aggregate, Assurance, Ground, Rule, Step, catalog::EachTime};

type Edit = fn(&mut CompiledCatalog);

/// The weights and keys by which the first use ("traffic") changes.
fn changed(before: Edit, after: Edit) -> Vec<(Weight, &'static str)> {
    let (mut old, mut new) = (example::catalog(), example::catalog());
    before(&mut old);
    after(&mut new);
    diff(&old, &new).into_iter().filter(|change| change.use_id == "traffic").map(|change| (change.weight, change.key)).collect()
}

/// An edit, the weight of making it, the weight of taking it back, and the key.
const EDITS: &[(Edit, Weight, Weight, &str)] = &[
    (|c| c.uses[0].purpose.push('x'), Material, Material, "purpose"),
    (|c| c.uses[0].access = Access::RequestedService, Material, Material, "access"),
    (|c| c.uses[0].ground = Ground::Contract, Material, Material, "ground"),
    (|c| c.uses[0].retention_days = 31, Material, Editorial, "retention"),
    (|c| c.uses[0].consent_days_max = 366, Material, Editorial, "consent"),
    (|c| c.uses[0].age_max_s += 1, Material, Editorial, "age_max"),
    (|c| c.uses[0].within_s -= 1, Material, Editorial, "deliver.within"),
    (|c| c.uses[0].records_max += 1, Editorial, Editorial, "deliver.records_max"),
    (|c| c.uses[0].automated_decision = true, Material, Editorial, "automated_decision"),
    (|c| c.uses[0].linked = true, Material, Editorial, "linked"),
    (|c| c.uses[0].parked_last_driver = true, Material, Editorial, "parked"),
    (|c| c.uses[0].each_time = Some(EachTime::Review), Editorial, Material, "each_time"),
    (|c| c.uses[0].condition = Condition::Parked, Editorial, Material, "condition"),
    (|c| c.uses[0].condition = Condition::TheftDeclared, Material, Material, "condition"),
    (|c| c.uses[0].assurance_give = Assurance::Low, Material, Editorial, "assurance_give"),
    (|c| c.uses[0].assurance_active = Assurance::None, Material, Editorial, "assurance_active"),
    (|c| c.uses[0].beneficiary = Beneficiary::Everyone, Editorial, Editorial, "benefit.for"),
    (|c| c.uses[0].revision = 2, Editorial, Editorial, "revision"),
    (|c| c.uses[0].texts.headline[0].text.push('x'), Editorial, Editorial, "headline"),
    (|c| c.uses[0].texts.plain[1].text.push('x'), Editorial, Editorial, "plain"),
    (|c| c.uses[0].texts.benefit[0].text.push('x'), Editorial, Editorial, "benefit.text"),
    (|c| c.uses[0].texts.notice[0].text.push('x'), Editorial, Editorial, "notice"),
    (|c| c.uses[0].tiers[1].reveals[0].text.push('x'), Editorial, Editorial, "tier.reveals"),
    (|c| c.recipients[1].role = RecipientRole::Processor, Material, Material, "recipient.role"),
    (|c| c.recipients[1].deployer = true, Material, Material, "recipient.kind"),
    (|c| c.recipients[1].outside = false, Material, Material, "recipient.kind"),
    (|c| c.recipients[1].countries.push("US".into()), Material, Editorial, "recipient.countries"),
    (|c| c.recipients[1].name[0].text.push('x'), Material, Material, "recipient.name"),
    (|c| c.recipients[1].safeguard.push('x'), Material, Material, "recipient.safeguard"),
    (|c| c.recipients[1].contact.push('x'), Editorial, Editorial, "recipient.contact"),
    (|c| c.recipients[1].systems.push("x".into()), Editorial, Editorial, "recipient.systems"),
    (|c| c.recipients[1].ack_key[0] ^= 1, Editorial, Editorial, "recipient.ack_key"),
    (|c| c.country = "FR".into(), Material, Material, "country"),
    (|c| c.deployment = Deployment::Rental, Material, Material, "deployment"),
    (|c| c.consent_age_years = 13, Material, Editorial, "consent_age_years"),
    (|c| c.signals[4].categories = CategorySet(0b110), Material, Material, "category"),
    (|c| c.categories[0].guarded = false, Material, Material, "category"),
    (|c| c.categories[1].kind = consent_core::CategoryKind::Vehicle, Material, Material, "category"),
    (|c| c.uses[0].patterns.push("Vehicle.Sp*".into()), Editorial, Editorial, "signals"),
    (|c| c.uses[0].tiers[0].rules.truncate(1), Editorial, Material, "tier.rules"),
    (|c| c.uses[0].tiers.truncate(1), Editorial, Editorial, "tier"),
];

/// R5, R15: what stretches a consent is a new question; no consent widens with its use.
#[test]
fn each_edit_has_its_weight() {
    let none: Edit = |_| ();
    assert_eq!(changed(none, none), []);
    for (edit, making, taking_back, key) in EDITS {
        let found = changed(none, *edit);
        assert!(!found.is_empty() && found.iter().all(|change| *change == (*making, *key)), "{key}: {found:?}");
        let found = changed(*edit, none);
        assert!(!found.is_empty() && found.iter().all(|change| *change == (*taking_back, *key)), "{key} taken back: {found:?}");
    }
}

#[test]
fn a_law_may_give_a_right_but_not_take_it() {
    let law = |may_refuse| {
        let mut catalog = example::catalog();
        let law = catalog.uses[2].law.clone().unwrap();
        catalog.uses[2].law = Some(Law { may_refuse, ..law });
        catalog
    };
    let weights = |old: &CompiledCatalog, new: &CompiledCatalog| diff(old, new).into_iter().map(|change| (change.weight, change.key)).collect::<Vec<_>>();
    assert_eq!(weights(&law(true), &law(false)), [(Material, "law.may_refuse")]);
    assert_eq!(weights(&law(false), &law(true)), [(Editorial, "law.may_refuse")]);
    let mut other = law(true);
    other.uses[2].law.as_mut().unwrap().article = "10".into();
    assert_eq!(weights(&law(true), &other), [(Material, "law")]);
}

/// R5: another recipient is a new request.
#[test]
fn a_use_moved_to_another_recipient_is_material() {
    let found = changed(|_| (), |c| c.uses[0].recipient = 0);
    assert!(found.contains(&(Material, "recipient")));
}

#[test]
fn a_use_that_comes_or_goes_is_material() {
    let without: Edit = |c| c.uses.truncate(2);
    let (mut old, new) = (example::catalog(), example::catalog());
    without(&mut old);
    let expected = |what: &str| [Change { use_id: "fuel".into(), weight: Material, key: "id", what: what.into() }];
    assert_eq!(diff(&old, &new), expected("the use is new"));
    assert_eq!(diff(&new, &old), expected("the use is gone"));
}

#[test]
fn an_unchanged_wildcard_that_matches_a_new_signal_is_material() {
    let grown: Edit = |c| {
        c.signals.push(Signal { path: "Vehicle.Width".into(), ..c.signals[4].clone() });
        c.uses[0].signals.push(5);
    };
    let mut new = example::catalog();
    grown(&mut new);
    let found = diff(&example::catalog(), &new);
    assert_eq!(found.iter().map(|change| (change.weight, change.key)).collect::<Vec<_>>(), [(Material, "signals")]);
    assert!(found[0].what.contains("unchanged pattern matches Vehicle.Width"));
    assert_eq!(changed(grown, |_| ()), [(Editorial, "signals")]);
}

#[test]
fn a_signal_that_only_moved_is_no_change() {
    let moved: Edit = |c| {
        c.signals.insert(0, Signal { path: "Vehicle.A".into(), ..c.signals[4].clone() });
        for used in &mut c.uses {
            used.signals.iter_mut().for_each(|signal| *signal += 1);
            used.tiers.iter_mut().flat_map(|tier| &mut tier.rules).for_each(|rule| rule.signal += 1);
        }
    };
    assert_eq!(changed(|_| (), moved), []);
}

#[test]
fn another_language_is_editorial() {
    let more: Edit = |c| c.recipients[1].name.push(Localized { language: "fr".into(), text: "x".into() });
    assert_eq!(changed(|_| (), more), [(Editorial, "recipient.name")]);
}

#[test]
fn another_unit_under_a_step_is_material() {
    assert_eq!(changed(|_| (), |c| c.signals[4].unit = "m/s".into()), [(Material, "tier.rules")]);
    assert_eq!(changed(|_| (), |c| c.signals[0].unit = "rad".into()), []);
}

#[test]
fn a_rule_that_may_tell_more_is_material() {
    let step = |mantissa, exponent| Step { mantissa, exponent };
    let round = |step, period_ms| Rule::Round { step, period_ms };
    let cap = |period_ms| Rule::RateCap { period_ms };
    let grid = |cell_m, raster_ms| Rule::Grid { cell_m, raster_ms };
    let window = |period_ms, aggregate, step| Rule::Window { period_ms, aggregate, step, threshold_steps: 0 };
    let five = step(5, 0);
    let mean = window(60_000, Aggregate::Mean, five);
    for (coarse, fine) in [
        (Rule::Drop, Rule::AsIs),
        (Rule::Drop, mean),
        (cap(1_000), Rule::AsIs),
        (cap(2_000), cap(1_000)),
        (round(five, 1_000), cap(1_000)),
        (round(five, 0), Rule::AsIs),
        (round(step(1, 1), 0), round(five, 0)),
        (round(step(5, -1), 0), round(step(49, -2), 0)),
        (round(five, 10), round(five, 0)),
        (grid(4_000, 1_000), grid(2_000, 1_000)),
        (grid(2_000, 2_000), grid(2_000, 1_000)),
        (grid(2_000, 2_000), cap(2_000)),
        (window(90_000, Aggregate::Mean, five), mean),
        (mean, window(60_000, Aggregate::Mean, step(1, 0))),
    ] {
        weigh(coarse, fine, Material);
        weigh(fine, coarse, Editorial);
    }
    for (one, other) in [(mean, window(60_000, Aggregate::Max, five)), (mean, round(five, 60_000)), (round(five, 0), round(step(1, 1), 0))] {
        weigh(one, other, if one == round(five, 0) { Editorial } else { Material });
    }
}

fn weigh(before: Rule, after: Rule, weight: Weight) {
    let with = |rule| {
        let mut catalog = example::catalog();
        catalog.uses[0].tiers[0].rules[1] = SignalRule { signal: 4, rule };
        catalog
    };
    let found = diff(&with(before), &with(after));
    assert_eq!(found.iter().map(|change| (change.weight, change.key)).collect::<Vec<_>>(), [(weight, "tier.rules")], "{before:?} to {after:?}");
}
