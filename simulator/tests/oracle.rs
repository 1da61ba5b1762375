//! The gate and the oracle read the requirements apart from each other; here they must agree, on every world of a small
//! kind and on random ones beyond it. That an error in either would be noticed is tested too.

#[cfg(test)]
#[path = "oracle/worlds.rs"]
mod worlds;

#[cfg(test)]
mod agreement {
    use super::worlds::{Lowered, NOW_MS, any_catalog, any_world, lawful, lower, small_catalog, small_worlds};
    use consent_core::gate::Decided;
    use consent_core::{Activity, Gate, Reason, SignalId, UseIx, UseSet};
    use consent_protocol::catalog::CompiledCatalog;
    use consent_protocol::tables::Tables;
    use consent_simulator::oracle::{Judgement, Requirement, Standing, World, begins, judge, judge_without, standing};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    type Counts = BTreeMap<(String, Judgement), u64>;
    type Judge<'a> = &'a dyn Fn(&World<'_>, &str, &str, i64) -> Option<Judgement>;

    /// What the gate no longer sees, and how it is made blind to it.
    type PlantedError = (&'static str, fn(&mut Lowered));

    /// How long before now the offered records were taken; the begin of a fresh state is now.
    const AGES_MS: [i64; 4] = [0, 1, 20, 60];

    fn judgement(decided: Decided) -> Judgement {
        match decided {
            Decided::Passed => Judgement::Released,
            Decided::Awaiting => Judgement::Awaiting,
            Decided::Withheld(reason) => Judgement::Withheld(reason),
        }
    }

    /// Offers records of every signal and age, and compares verdicts, reasons and expanded counters with those of a judge.
    fn records_agree(world: &World<'_>, lowered: &Lowered, gate: &mut Gate, ages_ms: &[i64], judge: Judge<'_>) -> Result<(), String> {
        let catalog = lowered.view();
        let mut expected = Counts::new();
        for (signal, def) in (0..).map(SignalId).zip(&world.catalog.signals) {
            for t_ms in ages_ms.iter().map(|age_ms| world.wall_ms - age_ms) {
                let verdict = gate.decide(&catalog, signal, t_ms);
                for (use_ix, used) in (0..).map(UseIx).zip(&world.catalog.uses) {
                    let found = if verdict.released.contains(use_ix) {
                        Some(Judgement::Released)
                    } else if verdict.awaiting.contains(use_ix) {
                        Some(Judgement::Awaiting)
                    } else if lowered.signals[signal.index()].covered_by.contains(use_ix) {
                        Some(Judgement::Withheld(gate.reason(use_ix, catalog.signals[signal.index()].class).unwrap_or(Reason::Late)))
                    } else {
                        None
                    };
                    let judged = judge(world, &used.id, &def.path, t_ms);
                    if found != judged {
                        return Err(format!("{} {} at {t_ms}: the gate says {found:?}, the oracle {judged:?}", used.id, def.path));
                    }
                    if let Some(judged) = judged {
                        *expected.entry((used.id.clone(), judged)).or_default() += 1;
                    }
                }
            }
        }
        let mut drained = Counts::new();
        gate.drain(&catalog, &mut |use_ix, decided, count| {
            *drained.entry((world.catalog.uses[use_ix.index()].id.clone(), judgement(decided))).or_default() += count;
        });
        if drained == expected { Ok(()) } else { Err(format!("expanded counters {drained:?}, the oracle counted {expected:?}")) }
    }

    /// Compares tier, activity and categories of every use.
    fn standings_agree(world: &World<'_>, gate: &Gate) -> Result<(), String> {
        for (use_ix, used) in (0..).map(UseIx).zip(&world.catalog.uses) {
            let state = gate.state(use_ix);
            let expected = standing(world, &used.id).unwrap();
            let passing = || {
                (0_u32..)
                    .zip(&world.catalog.categories)
                    .filter(|(bit, _)| state.categories.0 >> bit & 1 == 1)
                    .map(|(_, category)| category.id.clone())
                    .collect()
            };
            let found = match state.activity {
                Activity::Off(reason) => Standing::Off(reason),
                activity @ (Activity::Live | Activity::Awaits) => {
                    Standing::Runs { tier: state.tier.0, review: activity == Activity::Awaits, categories: passing() }
                }
            };
            if found != expected {
                return Err(format!("{}: the gate has {found:?}, the oracle {expected:?}", used.id));
            }
        }
        Ok(())
    }

    /// Rebuilds, so that every use begins now, and compares.
    fn agree(world: &World<'_>, lowered: &Lowered, gate: &mut Gate, ages_ms: &[i64], judge: Judge<'_>) -> Result<(), String> {
        gate.rebuild(&lowered.view(), &lowered.standings, &lowered.context, UseSet(u128::MAX));
        let since_ms = world.catalog.uses.iter().map(|used| (used.id.clone(), world.wall_ms)).collect();
        records_agree(&World { since_ms, ..world.clone() }, lowered, gate, ages_ms, judge)
    }

    /// One share of all small worlds, so that the shares run side by side.
    fn every_small_world_agrees(share: usize) {
        let catalog = small_catalog();
        let mut gate = Gate::new();
        let mut worlds = 0_u32;
        for world in small_worlds(&catalog, share) {
            let found = agree(&world, &lower(&world), &mut gate, &AGES_MS[..1], &judge).and_then(|()| standings_agree(&world, &gate));
            found.unwrap_or_else(|found| panic!("{found} in {world:#?}"));
            worlds += 1;
        }
        assert!(worlds > 10_000, "{worlds} worlds");
    }

    #[test]
    fn every_small_world_agrees_when_all_is_well() {
        every_small_world_agrees(0);
    }

    #[test]
    fn every_small_world_agrees_when_the_clock_is_untrusted() {
        every_small_world_agrees(1);
    }

    #[test]
    fn every_small_world_agrees_when_keys_ran_out() {
        every_small_world_agrees(2);
    }

    #[test]
    fn every_small_world_agrees_when_the_store_failed() {
        every_small_world_agrees(3);
    }

    /// Small worlds, thinned out evenly: enough to meet every requirement.
    fn sample(catalog: &CompiledCatalog) -> impl Iterator<Item = World<'_>> {
        (0..4).flat_map(move |share| small_worlds(catalog, share).step_by(37))
    }

    #[test]
    fn an_oracle_that_forgets_any_requirement_is_noticed() {
        let catalog = small_catalog();
        let mut gate = Gate::new();
        for requirement in Requirement::ALL {
            let forgetful = |world: &World<'_>, use_id: &str, path: &str, t_ms: i64| judge_without(requirement, world, use_id, path, t_ms);
            assert!(sample(&catalog).any(|world| agree(&world, &lower(&world), &mut gate, &AGES_MS[..2], &forgetful).is_err()), "{requirement:?}");
        }
    }

    #[test]
    fn a_gate_that_is_blind_to_anything_is_noticed() {
        let errors: [PlantedError; 14] = [
            ("pauses", |gate| gate.context.pauses = consent_core::Pauses::default()),
            ("an occupant's stop", |gate| gate.context.stopped_by_occupant = false),
            ("minors", |gate| gate.context.present.iter_mut().for_each(|present| present.minor = false)),
            ("unreadable seats", |gate| gate.context.occupancy = consent_core::Occupancy::Complete),
            ("the clock", |gate| gate.context.clock = consent_core::ClockTrust::Trusted),
            ("assurance", |gate| gate.context.present.iter_mut().for_each(|present| present.assurance = consent_core::Assurance::High)),
            ("occupants", |gate| gate.context.present.retain(|present| present.role == consent_core::Role::Driver)),
            ("what was shown", |gate| gate.context.shown = UseSet(u128::MAX)),
            ("theft", |gate| gate.context.theft = true),
            ("calls", |gate| gate.context.calls = UseSet(u128::MAX)),
            ("parking", |gate| gate.context.driving = consent_core::DrivingState::Parked),
            ("the store", |gate| gate.context.store_failed = false),
            ("guarded categories", |gate| gate.categories.iter_mut().for_each(|category| category.guarded = false)),
            ("one bit of one signal", |gate| gate.signals[0].covered_by.0 ^= 1),
        ];
        let catalog = small_catalog();
        let mut gate = Gate::new();
        for (error, plant) in errors {
            let noticed = sample(&catalog).any(|world| {
                let mut lowered = lower(&world);
                plant(&mut lowered);
                agree(&world, &lowered, &mut gate, &AGES_MS[..2], &judge).is_err()
            });
            assert!(noticed, "blind to {error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

        #[test]
        fn random_worlds_agree(catalog in any_catalog(), seeds in prop::collection::vec(any_world(), 1..4)) {
            let mut gate = Gate::new();
            for seed in &seeds {
                let world = seed.on(&catalog);
                agree(&world, &lower(&world), &mut gate, &AGES_MS[..2], &judge).and_then(|()| standings_agree(&world, &gate)).map_err(TestCaseError::fail)?;
            }
        }

        #[test]
        fn the_tables_of_the_protocol_give_the_same_verdicts(catalog in any_catalog(), seed in any_world()) {
            let catalog = lawful(catalog);
            let tables = Tables::new(&catalog).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let world = seed.on(&catalog);
            let lowered = lower(&world);
            let (mut ours, mut theirs) = (Gate::new(), Gate::new());
            ours.rebuild(&lowered.view(), &lowered.standings, &lowered.context, UseSet::EMPTY);
            theirs.rebuild(&tables.view(), &lowered.standings, &lowered.context, UseSet::EMPTY);
            for (id, signal) in (0..).map(SignalId).zip(&catalog.signals) {
                prop_assert_eq!(tables.signal(&signal.path), Some(id));
                prop_assert_eq!(ours.decide(&lowered.view(), id, world.wall_ms), theirs.decide(&tables.view(), id, world.wall_ms));
            }
        }

        /// R46: what was taken before its consent never leaves.
        #[test]
        fn a_course_of_worlds_agrees_on_what_is_late(
            catalog in any_catalog(),
            steps in prop::collection::vec((any_world(), any::<bool>(), -50_i64..100, 0_u8..16), 2..6),
        ) {
            let mut gate = Gate::new();
            let mut before: Option<World<'_>> = None;
            let mut wall_ms = NOW_MS;
            for (seed, little, step_ms, restarts) in &steps {
                let fresh = seed.on(&catalog);
                let mut world = match &before {
                    // Some uses should stay as they are.
                    Some(before) if *little => World { aboard: fresh.aboard, paused_categories: fresh.paused_categories, ..before.clone() },
                    Some(_) | None => fresh,
                };
                wall_ms += step_ms;
                world.wall_ms = wall_ms;
                let named: BTreeSet<String> = (0..).zip(&catalog.uses).filter(|(bit, _)| restarts >> bit & 1 == 1).map(|(_, used)| used.id.clone()).collect();
                let nothing = World { since_ms: BTreeMap::new(), ..world.clone() };
                world.since_ms = begins(before.as_ref().unwrap_or(&nothing), &world, &named);
                let lowered = lower(&world);
                let changed = gate.rebuild(&lowered.view(), &lowered.standings, &lowered.context, UseSet(u128::from(*restarts)));
                for (use_ix, used) in (0..).map(UseIx).zip(&catalog.uses) {
                    prop_assert_eq!(gate.state(use_ix).since_ms, world.since_ms[&used.id]);
                    prop_assert!(changed.contains(use_ix) || world.since_ms.get(&used.id) == before.as_ref().and_then(|before| before.since_ms.get(&used.id)));
                }
                records_agree(&world, &lowered, &mut gate, &AGES_MS, &judge).map_err(TestCaseError::fail)?;
                before = Some(world);
            }
        }
    }
}
