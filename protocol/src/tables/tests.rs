use super::*;
use crate::catalog::{Datatype, Deployment, SignalRule, example};
use alloc::string::ToString;
use consent_core::{Access, Aggregate, Change, Ground, Guard, Rule, ScoreRole, Slices, Step, Way, Weigh};
use proptest::prelude::*;

#[test]
fn tables_say_what_the_catalog_says() {
    let catalog = example::catalog();
    let tables = Tables::new(&catalog).unwrap();
    let view = tables.view();
    for (index, signal) in catalog.signals.iter().enumerate() {
        let id = tables.signal(&signal.path).unwrap();
        assert_eq!(id.index(), index);
        assert_eq!(tables.fix_part(id), signal.fix);
        assert_eq!(view.signals[index].categories, signal.categories);
        assert_eq!(view.classes[usize::from(view.signals[index].class)], signal.categories);
    }
    for ((used, def), use_ix) in catalog.uses.iter().zip(view.uses).zip((0..).map(UseIx)) {
        for id in 0..u16::try_from(catalog.signals.len()).unwrap() {
            assert_eq!(view.signals[usize::from(id)].covered_by.contains(use_ix), used.signals.contains(&id));
            for (tier, written) in (0..).map(Tier).zip(&used.tiers) {
                let rule = written.rules.iter().find(|rule| rule.signal == id).map(|rule| rule.rule);
                assert_eq!(view.rule(use_ix, tier, SignalId(id)).map(|rule| rule.rule), rule);
            }
        }
        assert_eq!(usize::from(def.tiers), used.tiers.len());
    }
    assert_eq!(tables.signal("Vehicle.Unknown"), None);
}

#[test]
fn a_rule_with_state_has_the_slot_of_its_use_and_signal() {
    let tables = Tables::new(&example::catalog()).unwrap();
    let view = tables.view();
    let mut owners = alloc::collections::BTreeMap::new();
    for (use_ix, def) in view.uses.iter().enumerate() {
        let from = usize::try_from(def.rules_from).unwrap();
        for rule in &view.rules[from..from + usize::try_from(def.rules_len).unwrap()] {
            assert!(usize::from(rule.slot) < tables.slots());
            assert!(!rule.rule.has_state() || rule.slot != SLOT_STATELESS);
            if rule.slot != SLOT_STATELESS {
                assert_eq!(*owners.entry(rule.slot).or_insert((use_ix, rule.signal)), (use_ix, rule.signal));
            }
        }
    }
    assert_eq!(owners.len() + 1, tables.slots());
}

fn refusal(change: impl FnOnce(&mut CompiledCatalog)) -> String {
    let mut catalog = example::catalog();
    change(&mut catalog);
    Tables::new(&catalog).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_catalog_beyond_a_size_is_refused() {
    let many = |count: u16, path: fn(u16) -> String| (0..count).map(path).collect::<Vec<_>>();
    assert!(refusal(|c| c.format = 2).contains("format 2"));
    assert!(refusal(|c| c.signals = alloc::vec![c.signals[0].clone(); 1_025]).contains("1025 signals"));
    assert!(refusal(|c| c.uses = alloc::vec![c.uses[0].clone(); 129]).contains("129 uses"));
    assert!(refusal(|c| c.categories = alloc::vec![c.categories[0].clone(); 33]).contains("33 categories"));
    assert!(refusal(|c| c.recipients = alloc::vec![c.recipients[0].clone(); 17]).contains("17 recipients"));
    assert!(refusal(|c| c.uses[0].tiers = Vec::new()).contains("0 tiers"));
    assert!(refusal(|c| c.uses[0].tiers = alloc::vec![c.uses[0].tiers[0].clone(); 9]).contains("9 tiers"));
    assert!(refusal(|c| c.uses[0].records_max = 65_537).contains("65537 records"));
    assert!(refusal(|c| c.uses[0].consent_days_max = 367).contains("367 days"));
    let classes = refusal(|c| {
        c.categories = (0..7).map(|at| crate::catalog::Category { id: at.to_string(), ..c.categories[0].clone() }).collect();
        c.uses = Vec::new();
        c.signals = many(65, |at| alloc::format!("Vehicle.S{at:04}"))
            .into_iter()
            .zip(0..)
            .map(|(path, set)| crate::catalog::Signal { path, categories: CategorySet(set), fix: None, ..c.signals[0].clone() })
            .collect();
    });
    assert!(classes.contains("64 distinct sets"));
    let slots = refusal(|c| {
        let signal = crate::catalog::Signal { fix: None, ..c.signals[0].clone() };
        c.signals = many(SLOTS_MAX.try_into().unwrap(), |at| alloc::format!("Vehicle.S{at:04}"))
            .into_iter()
            .map(|path| crate::catalog::Signal { path, ..signal.clone() })
            .collect();
        c.uses.truncate(1);
        c.uses[0].signals = (0..).take(SLOTS_MAX).collect();
        c.uses[0].tiers.truncate(1);
        c.uses[0].tiers[0].rules = (0..).take(SLOTS_MAX).map(|signal| SignalRule { signal, rule: Rule::RateCap { period_ms: 1 } }).collect();
    });
    assert!(slots.contains(&alloc::format!("more than {SLOTS_MAX} slots")));
}

#[test]
fn a_reference_that_leads_nowhere_is_refused() {
    assert!(refusal(|c| c.uses[0].recipient = 16).contains("recipient 16 of"));
    assert!(refusal(|c| c.uses[0].signals.push(999)).contains("signal 999 of"));
    assert!(refusal(|c| c.uses[0].signals.reverse()).contains("not ascending"));
    assert!(refusal(|c| c.uses[0].tiers[0].rules.reverse()).contains("not ascending"));
    assert!(refusal(|c| c.signals.reverse()).contains("not sorted"));
    assert!(refusal(|c| c.signals[0].categories = CategorySet::ALL).contains("not declared"));
    assert!(refusal(|c| c.signals.iter_mut().for_each(|signal| signal.categories = CategorySet::EMPTY)).contains("no category"));
    assert!(refusal(|c| c.uses[1].id = c.uses[0].id.clone()).contains("twice"));
    assert!(refusal(|c| c.recipients[0].id = "catalog".into()).contains("no name"));
    assert!(refusal(|c| c.recipients[0].id = "a/b".into()).contains("no name"));
    let foreign = |c: &mut CompiledCatalog| c.uses[0].tiers[0].rules.last_mut().unwrap().signal += 500;
    assert!(refusal(foreign).contains("does not cover"));
    assert!(refusal(|c| c.signals.iter_mut().for_each(|signal| signal.fix = Some(FixPart::Latitude))).contains("of a fix"));
    assert!(
        refusal(|c| c.uses.iter_mut().for_each(|used| used.signals.retain(|at| c.signals[usize::from(*at)].fix != Some(FixPart::Longitude)))).contains("fix")
    );
}

#[test]
fn a_rule_out_of_its_bounds_is_refused() {
    let with = |rule| {
        move |c: &mut CompiledCatalog| {
            let at = c.uses.iter().position(|used| !used.tiers[0].rules.is_empty()).unwrap();
            c.uses[at].tiers[0].rules[0].rule = rule;
        }
    };
    let step = |mantissa, exponent| Step { mantissa, exponent };
    let window = |period_ms, step, aggregate, threshold_steps| Rule::Window { period_ms, aggregate, step, threshold_steps };
    let level = |low_steps, high_steps, change| Rule::Level { step: step(1, 0), low_steps, high_steps, dead_steps: 0, change, period_ms: 0 };
    let blurred =
        |low_steps, high_steps, epsilon_milli| Rule::Noise { period_ms: 1_000, step: step(1, 0), low_steps, high_steps, epsilon_milli, day_milli: 10_001 };
    let split = |bins, width_steps| Rule::Histogram { period_ms: 1_000, weigh: Weigh::Samples, step: step(1, 0), low_steps: 0, width_steps, bins };
    let score = |role, weight| Rule::Score { role, period_ms: 1_000, aggregate: Aggregate::Count, step: step(1, 0), threshold_steps: 0, weight };
    let track = |cell_m, slices| Rule::Track { cell_m, raster_ms: 1_000, guard: Guard::ZonesAndClip, slices };
    for (rule, words) in [
        (Rule::Round { step: step(0, 0), period_ms: 0 }, "step of 0"),
        (Rule::Round { step: step(1, 10), period_ms: 0 }, "10^10"),
        (Rule::Round { step: step(1, -10), period_ms: 0 }, "10^-10"),
        (Rule::RateCap { period_ms: 0 }, "0 ms"),
        (Rule::Grid { cell_m: 1_999, raster_ms: 1_000 }, "1999 m"),
        (Rule::Grid { cell_m: 2_000, raster_ms: 999 }, "999 ms"),
        (window(999, step(1, 0), Aggregate::Mean, 0), "999 ms"),
        (window(1_000, step(0, 0), Aggregate::Mean, 0), "step of 0"),
        (window(1_000, step(1, 0), Aggregate::Mean, 1), "threshold"),
        (level(5, 4, Change::Every), "above the greatest"),
        (level(0, 4, Change::Moved { beyond_pct: 101 }), "101 hundredths"),
        (blurred(3, 3, 100), "no span"),
        (blurred(0, 3, 0), "0 thousandths"),
        (blurred(0, 3, 10_001), "10001 thousandths"),
        (split(1, 1), "1 bins"),
        (split(13, 1), "13 bins"),
        (split(2, 0), "of 0 steps"),
        (score(ScoreRole::Bears, 0), "weighs nothing"),
        (score(ScoreRole::Adds, 1), "0 signals that bear"),
        (track(1_999, Slices::Whole), "1999 m"),
        (track(0, Slices::Cut), "in slices"),
        (Rule::Event { spacing_m: 999 }, "999 m apart"),
        (Rule::Moved { cell_m: 499, scale_m: 1, raster_ms: 1_000 }, "499 m"),
        (Rule::Moved { cell_m: 500, scale_m: 0, raster_ms: 1_000 }, "0 m"),
        (Rule::Path { period_ms: 999, way: Way::Metres, step: step(1, 0) }, "999 ms"),
    ] {
        let found = refusal(with(rule));
        assert!(found.contains(words), "{rule:?}: {found}");
    }
    let texts = |c: &mut CompiledCatalog| {
        with(Rule::Round { step: step(1, 0), period_ms: 0 })(c);
        c.signals.iter_mut().for_each(|signal| (signal.datatype, signal.fix) = (Datatype::String, None));
    };
    assert!(refusal(texts).contains("no single number"));
    let grid_on_speed = |c: &mut CompiledCatalog| {
        with(Rule::Grid { cell_m: 2_000, raster_ms: 1_000 })(c);
        c.signals.iter_mut().for_each(|signal| signal.fix = None);
    };
    assert!(refusal(grid_on_speed).contains("latitude signal"));
}

#[test]
fn access_and_ground_that_do_not_go_together_are_refused() {
    let set = |access, ground| move |c: &mut CompiledCatalog| (c.uses[0].access, c.uses[0].ground, c.uses[0].law) = (access, ground, None);
    assert!(refusal(set(Access::Transmission, Ground::LegitimateInterest)).contains("legitimate interest"));
    assert!(refusal(set(Access::Law, Ground::LegalObligation)).contains("act and article"));
    assert!(refusal(set(Access::Consent, Ground::LegalObligation)).contains("act and article"));
    let law = example::catalog().uses.iter().find_map(|used| used.law.clone());
    let needless = |c: &mut CompiledCatalog| (c.uses[0].access, c.uses[0].ground, c.uses[0].law) = (Access::Consent, Ground::Consent, law);
    assert!(refusal(needless).contains("rests on none"));
    let employer = |c: &mut CompiledCatalog| {
        set(Access::Consent, Ground::Consent)(c);
        c.deployment = Deployment::Employer;
        c.recipients.iter_mut().for_each(|recipient| recipient.deployer = true);
    };
    assert!(refusal(employer).contains("whose car it is"));
    for access in [Access::Consent, Access::RequestedService] {
        let mut catalog = example::catalog();
        set(access, Ground::LegitimateInterest)(&mut catalog);
        assert!(Tables::new(&catalog).is_ok());
    }
}

proptest! {
    #[test]
    fn any_damage_to_a_catalog_is_answered(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = example::catalog().to_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(tables) = CompiledCatalog::from_bytes(&bytes).and_then(|catalog| Tables::new(&catalog)) {
            prop_assert!(tables.slots() <= SLOTS_MAX);
        }
    }
}
