//! What must hold for every catalog, standing and context: more silence never lets more pass.

#[cfg(test)]
mod invariants {
    use consent_core::catalog::LawfulUse;
    use consent_core::limits::PERSONS_MAX;
    use consent_core::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_000_000;
    const PERSONS: u8 = 3;
    const USES: u8 = 5;
    const CATEGORIES: usize = 4;

    #[derive(Clone, Debug)]
    struct World {
        categories: Vec<CategoryDef>,
        uses: Vec<UseDef>,
        standings: Vec<(PersonIx, UseIx, Standing)>,
        context: Context,
    }

    impl World {
        fn standings(&self) -> Standings {
            let mut standings = Standings::default();
            for (person, use_ix, standing) in &self.standings {
                standings.set(*person, *use_ix, *standing);
            }
            standings
        }

        /// Per use and class (each non-empty set of categories) whether records pass, at which tier, and whether unreviewed.
        fn passes(&self, standings: &Standings) -> Vec<(UseIx, u8, Tier, bool)> {
            let classes: Vec<CategorySet> = (1..1_u32 << CATEGORIES).map(CategorySet).collect();
            let mut signals = Vec::new();
            for (class, categories) in (0..).zip(&classes) {
                let mut covered_by = UseSet::EMPTY;
                for (ix, used) in (0..).zip(&self.uses) {
                    if used.categories.contains_all(*categories) {
                        covered_by.insert(UseIx(ix));
                    }
                }
                signals.push(SignalDef { categories: *categories, class, covered_by });
            }
            let catalog = Catalog { signals: &signals, uses: &self.uses, categories: &self.categories, classes: &classes, rules: &[] };
            let mut gate = Gate::new();
            gate.rebuild(&catalog, standings, &self.context, UseSet::EMPTY);
            let mut passes = Vec::new();
            for class in 0..u8::try_from(classes.len()).unwrap() {
                let verdict = gate.decide(&catalog, SignalId(u16::from(class)), NOW);
                assert!(verdict.released.and(verdict.awaiting).is_empty(), "released or awaiting, never both");
                let passed = verdict.released.or(verdict.awaiting);
                passes.extend(passed.iter().map(|use_ix| (use_ix, class, gate.state(use_ix).tier, verdict.released.contains(use_ix))));
            }
            passes
        }
    }

    fn any_use() -> impl Strategy<Value = UseDef> {
        let access = prop_oneof![3 => Just(Access::Consent), 1 => Just(Access::RequestedService), 1 => Just(Access::Transmission), 1 => Just(Access::Law)];
        let ground = prop_oneof![
            3 => Just(Ground::Consent),
            1 => Just(Ground::Contract),
            1 => Just(Ground::LegalObligation),
            1 => Just(Ground::VitalInterest),
            1 => Just(Ground::LegitimateInterest)
        ];
        let law = prop_oneof![Just(None), Just(Some(LawfulUse::Obfcm))];
        let condition =
            prop_oneof![4 => Just(Condition::Always), 1 => Just(Condition::Parked), 1 => Just(Condition::TheftDeclared), 1 => Just(Condition::Call)];
        (access, ground, law, condition, any_assurance(), any::<(bool, bool)>(), 1_u32..1 << CATEGORIES, 1_u8..=8).prop_map(
            |(access, ground, law, condition, assurance_active, (may_refuse, parked_last_driver), categories, tiers)| UseDef {
                access,
                ground,
                law,
                may_refuse,
                condition,
                assurance_active,
                parked_last_driver,
                categories: CategorySet(categories),
                tiers,
                rules_from: 0,
                rules_len: 0,
            },
        )
    }

    fn any_assurance() -> impl Strategy<Value = Assurance> {
        prop_oneof![1 => Just(Assurance::None), 3 => Just(Assurance::Low), 2 => Just(Assurance::High)]
    }

    fn any_standing() -> impl Strategy<Value = Standing> {
        let status = prop_oneof![
            8 => Just(Status::Given),
            3 => Just(Status::GivenEachReview),
            1 => prop::sample::select(vec![
                Status::None,
                Status::Refused,
                Status::Withdrawn,
                Status::Expired,
                Status::TripEnded,
                Status::Suspended,
                Status::Objected,
                Status::Restricted
            ])
        ];
        (status, 0_u32..1 << CATEGORIES, 0_u8..10, -5_i64..2, -1_i64..5).prop_map(|(status, left_out, tier, from, until)| Standing {
            status,
            categories: CategorySet(!(left_out & (left_out >> 1))),
            tier: Tier(tier),
            from_ms: NOW + from,
            until_ms: NOW + until,
        })
    }

    fn any_present() -> impl Strategy<Value = Present> {
        let person = prop_oneof![1 => Just(None), 6 => (0..PERSONS).prop_map(|person| Some(PersonIx(person)))];
        let role = prop_oneof![Just(Role::Driver), Just(Role::Occupant)];
        (person, role, any_assurance(), prop::bool::weighted(0.1)).prop_map(|(person, role, assurance, minor)| Present { person, role, assurance, minor })
    }

    fn any_context() -> impl Strategy<Value = Context> {
        let sometimes = || prop::bool::weighted(0.15);
        let some_uses = || prop_oneof![2 => Just(0_u128), 1 => 0_u128..1 << USES].prop_map(UseSet);
        let driving = prop_oneof![Just(DrivingState::Unknown), Just(DrivingState::Parked), Just(DrivingState::Driving)];
        (
            prop::collection::vec(any_present(), 0..4),
            (sometimes(), sometimes(), sometimes(), sometimes(), any::<bool>()),
            driving,
            (some_uses(), some_uses(), some_uses(), some_uses()),
            prop_oneof![2 => Just(0_u32), 1 => 0_u32..1 << CATEGORIES],
            prop::option::of((0..PERSONS).prop_map(PersonIx)),
        )
            .prop_map(
                |(present, (unknown, untrusted, paused, stopped, theft), driving, (paused_uses, shown, calls, no_key), paused_categories, last_driver)| {
                    Context {
                        present: heapless_vec(&present),
                        occupancy: if unknown { Occupancy::Unknown } else { Occupancy::Complete },
                        last_driver,
                        driving,
                        stopped_by_occupant: stopped,
                        pauses: Pauses { all: paused, uses: paused_uses, categories: CategorySet(paused_categories) },
                        shown,
                        calls,
                        theft,
                        no_key,
                        store_failed: false,
                        clock: if untrusted { ClockTrust::Untrusted } else { ClockTrust::Trusted },
                        wall_ms: NOW,
                    }
                },
            )
    }

    fn heapless_vec(present: &[Present]) -> heapless::Vec<Present, PERSONS_MAX> {
        heapless::Vec::from_slice(present).unwrap()
    }

    fn any_world() -> impl Strategy<Value = World> {
        let kind = prop_oneof![Just(CategoryKind::Vehicle), Just(CategoryKind::Driver), Just(CategoryKind::Cabin)];
        let category = (kind, any::<bool>()).prop_map(|(kind, guarded)| CategoryDef { kind, guarded });
        let standing = ((0..PERSONS).prop_map(PersonIx), (0..USES).prop_map(UseIx), any_standing());
        (
            prop::collection::vec(category, CATEGORIES),
            prop::collection::vec(any_use(), usize::from(USES)),
            prop::collection::vec(standing, 0..20),
            any_context(),
        )
            .prop_map(|(categories, uses, standings, context)| World { categories, uses, standings, context })
    }

    /// Whether only a yes may let this use run (R1, R4, R53).
    fn needs_a_yes(world: &World, use_ix: UseIx) -> bool {
        let used = &world.uses[use_ix.index()];
        let act = matches!(used.condition, Condition::TheftDeclared | Condition::Call);
        !act && (matches!(used.access, Access::Consent | Access::RequestedService) || used.ground == Ground::Consent)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

        #[test]
        fn empty_standings_release_nothing_that_needs_a_yes(world in any_world()) {
            for (use_ix, class, ..) in world.passes(&Standings::default()) {
                prop_assert!(!needs_a_yes(&world, use_ix));
                let used = &world.uses[use_ix.index()];
                let exempt = used.ground == Ground::VitalInterest || used.condition == Condition::TheftDeclared || used.condition == Condition::Call;
                let guarded = (0..CATEGORIES).any(|bit| (u32::from(class) + 1) >> bit & 1 == 1 && world.categories[bit].guarded);
                prop_assert!(exempt || !guarded, "guarded without consent (R53)");
            }
        }

        #[test]
        fn removing_a_consent_never_releases_more(world in any_world(), which in any::<prop::sample::Index>(), status in prop::sample::select(vec![Status::None, Status::Withdrawn])) {
            let before = world.standings();
            let given: Vec<_> = world.standings.iter().filter(|(person, use_ix, _)| matches!(before.get(*person, *use_ix).status, Status::Given | Status::GivenEachReview)).collect();
            if given.is_empty() {
                return Ok(());
            }
            let (person, use_ix, _) = *which.get(&given);
            let mut after = before.clone();
            after.set(*person, *use_ix, Standing { status, ..Standing::default() });
            let passed = world.passes(&before);
            for (use_ix, class, tier, unreviewed) in world.passes(&after) {
                let same = passed.iter().find(|was| (was.0, was.1) == (use_ix, class));
                prop_assert!(same.is_some(), "passes only without the consent");
                // Where an occupant leaves a use that mixes kinds, the driver's own terms are left; otherwise all stays as it was.
                let cabin = world.categories.iter().enumerate().any(|(bit, category)| category.kind == CategoryKind::Cabin && world.uses[use_ix.index()].categories.0 >> bit & 1 == 1);
                prop_assert!(cabin || same.is_some_and(|was| was.2 == tier && was.3 == unreviewed));
            }
        }

        #[test]
        fn a_pause_never_releases_more(world in any_world(), categories in 0_u32..1 << CATEGORIES) {
            let mut paused = world.clone();
            paused.context.pauses.categories = world.context.pauses.categories.or(CategorySet(categories));
            let standings = world.standings();
            let passed = world.passes(&standings);
            prop_assert!(paused.passes(&standings).iter().all(|now| passed.iter().any(|was| (was.0, was.1) == (now.0, now.1))));
            paused.context.pauses.all = true;
            prop_assert!(paused.passes(&standings).iter().all(|now| world.uses[now.0.index()].ground == Ground::LegalObligation));
        }
    }
}
