//! A rule adds no precision: what it must not tell apart leaves alike, what left once does not become finer, and a receiver
//! refuses what no rule could have made.

#[cfg(test)]
mod precision {
    use consent_core::conform::{Breach, conforms};
    use consent_core::rule::{ScoreRole, Weigh};
    use consent_core::transform::{Debit, Target, end, push, tick, tick_score};
    use consent_core::*;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Kept(Vec<Released>);

    impl Sink for Kept {
        fn released(&mut self, released: Released) {
            self.0.push(released);
        }

        fn reduced(&mut self, _: UseIx, _: u32) {}
    }

    /// The same bits for everybody, so that noise hides no difference.
    struct Same(u64);

    impl Source for Same {
        fn bits(&mut self) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.0 ^ (self.0 >> 29)
        }

        fn kept(&self, (row, column): (u32, u32), _: u32) -> Option<[u64; 3]> {
            let mut cell = Self(u64::from(row) << 32 | u64::from(column));
            Some([cell.bits(), cell.bits(), cell.bits()])
        }

        fn debit(&mut self, _: UseIx, _: u16, _: u16) -> Debit {
            Debit::Paid
        }
    }

    /// What a rule leaves of samples, up to a minute behind the last.
    fn leaves(rule: Rule, samples: &[Sample]) -> Vec<(i64, ReleasedValue)> {
        let target = Target { use_ix: UseIx(0), tier: Tier(0), signal: SignalId(0), rule };
        let (mut state, mut shared, mut source, mut kept) = (RuleState::default(), Shared::default(), Same(9), Kept::default());
        let mut work = Work { state: &mut state, shared: &mut shared, source: &mut source, sink: &mut kept };
        tick(0, &target, &mut work);
        for sample in samples {
            push(sample, &target, &mut work);
        }
        let last_ms = samples.last().map_or(0, Sample::t_ms);
        tick(last_ms + 60_000, &target, &mut work);
        tick_score(last_ms + 60_000, &target, &mut work);
        end(EndCause::Trip, &target, &mut work);
        kept.0.iter().map(|released| (released.t_ms(), released.value().clone())).collect()
    }

    fn scalar(t_ms: i64, value: Value) -> Sample {
        Sample::Scalar { signal: SignalId(0), value, t_ms }
    }

    fn at(t_ms: i64, (lat_deg, lon_deg): (f64, f64)) -> Sample {
        let fix = Fix { lat_deg, lon_deg, alt_m: Some(lat_deg), heading_deg: Some(lon_deg), accuracy_m: Some(1.0) };
        Sample::Fix { signal: SignalId(0), fix, t_ms, inputs: 2, cleared: None }
    }

    const FIVE: Step = Step { mantissa: 5, exponent: 0 };
    const TENTH: Step = Step { mantissa: 1, exponent: -1 };

    /// Rules that see a number only as its multiple of five between two ends.
    const BY_LEVEL: [Rule; 3] = [
        Rule::Round { step: FIVE, period_ms: 2_000 },
        Rule::Level { step: FIVE, low_steps: -10, high_steps: 10, dead_steps: 2, change: Change::Every, period_ms: 0 },
        Rule::Noise { period_ms: 1_000, step: FIVE, low_steps: -10, high_steps: 10, epsilon_milli: 800, day_milli: 60_000 },
    ];

    fn fed_again(rule: Rule, left: &[(i64, ReleasedValue)]) -> Vec<(i64, ReleasedValue)> {
        let sample = |(t_ms, value): &(i64, ReleasedValue)| match value {
            ReleasedValue::Scalar(value) => scalar(*t_ms, value.clone()),
            ReleasedValue::Fix(fix) => at(*t_ms, (fix.lat_deg, fix.lon_deg)),
            ReleasedValue::Counts(_) => panic!("a histogram is no sample"),
        };
        leaves(rule, &left.iter().map(sample).collect::<Vec<_>>())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn numbers_of_one_level_leave_alike(numbers in prop::collection::vec((-9_i32..=9, -2.4_f64..2.4, -2.4_f64..2.4), 1..20)) {
            for rule in BY_LEVEL {
                let world = |which: usize| {
                    let number = |(t_s, (level, one, other)): (i64, &(i32, f64, f64))| scalar(t_s * 1_000, Value::Float(f64::from(*level) * 5.0 + [*one, *other][which]));
                    leaves(rule, &(0_i64..).zip(&numbers).map(number).collect::<Vec<_>>())
                };
                prop_assert_eq!(world(0), world(1), "{:?}", rule);
                prop_assert!(!world(0).is_empty());
            }
        }

        #[test]
        fn what_lies_beyond_an_end_or_in_the_dead_band_leaves_alike(one in 50.0_f64..1e12, other in 50.0_f64..1e12, quiet in -7.4_f64..7.4) {
            let rule = BY_LEVEL[1];
            let left = |number: f64| leaves(rule, &[scalar(0, Value::Float(number))]);
            prop_assert_eq!(left(one), left(other));
            prop_assert_eq!(left(-one), left(-other));
            prop_assert_eq!(left(quiet), left(0.0));
        }

        #[test]
        fn places_of_one_cell_leave_alike(lat_deg in -80.0_f64..80.0, lon_deg in -179.0_f64..179.0, shifts in prop::collection::vec((-0.007_f64..0.007, -0.007_f64..0.007), 1..9)) {
            for rule in [Rule::Grid { cell_m: 2_000, raster_ms: 1_000 }, Rule::Moved { cell_m: 2_000, scale_m: 900, raster_ms: 1_000 }] {
                // The centre, by way of the rule that says it; near it every place lies in the same cell.
                let cell = leaves(Rule::Grid { cell_m: 2_000, raster_ms: 1_000 }, &[at(0, (lat_deg, lon_deg))]);
                let ReleasedValue::Fix(centre) = cell[0].1 else { panic!("a cell") };
                let centres: Vec<Sample> = (0_i64..).zip(&shifts).map(|(t_s, _)| at(t_s * 1_000, (centre.lat_deg, centre.lon_deg))).collect();
                let near = |(t_s, (north, east)): (i64, &(f64, f64))| at(t_s * 1_000, (centre.lat_deg + north, centre.lon_deg + east));
                let left = leaves(rule, &(0_i64..).zip(&shifts).map(near).collect::<Vec<_>>());
                prop_assert_eq!(&left, &leaves(rule, &centres), "{:?}", rule);
                prop_assert!(left.windows(2).all(|pair| pair[0].1 == pair[1].1), "no second draw for a cell");
            }
        }

        #[test]
        fn windows_of_one_sum_leave_alike(numbers in prop::collection::vec(-400_i32..400, 2..20), turn in any::<prop::sample::Index>()) {
            // The same numbers in another order have the same extremes, mean, count and histogram.
            let mut turned = numbers.clone();
            turned.rotate_left(turn.index(numbers.len()));
            let window = |aggregate| Rule::Window { period_ms: 10_000, aggregate, step: FIVE, threshold_steps: 0 };
            let bins = Rule::Histogram { period_ms: 10_000, weigh: Weigh::Samples, step: FIVE, low_steps: -10, width_steps: 4, bins: 7 };
            for rule in [window(Aggregate::Min), window(Aggregate::Max), window(Aggregate::Count), bins] {
                let left = |numbers: &[i32]| leaves(rule, &(0_i64..).zip(numbers).map(|(at, number)| scalar(at * 100, Value::Float(f64::from(*number) / 4.0))).collect::<Vec<_>>());
                prop_assert_eq!(left(&numbers), left(&turned), "{:?}", rule);
                prop_assert_eq!(left(&numbers).len(), 1);
            }
        }

        #[test]
        fn what_left_does_not_become_finer_or_more(numbers in prop::collection::vec(-80.0_f64..80.0, 1..20), cell_m in 2_000_u32..20_000) {
            let samples: Vec<Sample> = (0_i64..).zip(&numbers).map(|(t_s, number)| scalar(t_s * 1_000, Value::Float(*number))).collect();
            for rule in [BY_LEVEL[0], BY_LEVEL[1], Rule::Round { step: TENTH, period_ms: 0 }, Rule::Level { step: FIVE, low_steps: -9, high_steps: 9, dead_steps: 0, change: Change::Moved { beyond_pct: 0 }, period_ms: 0 }] {
                let left = leaves(rule, &samples);
                prop_assert_eq!(&fed_again(rule, &left), &left, "{:?}", rule);
            }
            let grid = Rule::Grid { cell_m, raster_ms: 1_000 };
            let places: Vec<Sample> = (0_i64..).zip(&numbers).map(|(t_s, number)| at(t_s * 1_000, (*number, -*number))).collect();
            let left = leaves(grid, &places);
            prop_assert_eq!(left.len(), places.len());
            prop_assert_eq!(&fed_again(grid, &left), &left);
        }
    }

    fn place(lat_deg: f64, lon_deg: f64) -> ReleasedValue {
        ReleasedValue::Fix(Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None })
    }

    fn with(value: &ReleasedValue, change: impl FnOnce(&mut Fix)) -> ReleasedValue {
        let ReleasedValue::Fix(mut fix) = *value else { panic!("a place") };
        change(&mut fix);
        ReleasedValue::Fix(fix)
    }

    fn refused(rule: &Rule, t_ms: i64, value: ReleasedValue, breach: Breach) {
        assert_eq!(conforms(rule, t_ms, None, &value), Err(breach), "{rule:?} {value:?}");
    }

    fn float(number: f64) -> ReleasedValue {
        ReleasedValue::Scalar(Value::Float(number))
    }

    fn int(number: i64) -> ReleasedValue {
        ReleasedValue::Scalar(Value::Int(number))
    }

    #[test]
    fn numbers_finer_than_their_rule_are_refused() {
        let level = |step, change| Rule::Level { step, low_steps: -10, high_steps: 10, dead_steps: 2, change, period_ms: 1_000 };
        let (whole, fine) = (level(FIVE, Change::Moved { beyond_pct: 20 }), level(TENTH, Change::Every));
        let noise = Rule::Noise { period_ms: 60_000, step: FIVE, low_steps: 0, high_steps: 20, epsilon_milli: 500, day_milli: 5_000 };
        let path = Rule::Path { period_ms: 60_000, way: Way::Metres, step: Step { mantissa: 1, exponent: 2 } };
        for (rule, honest) in [(whole, int(50)), (whole, int(-50)), (whole, int(0)), (fine, float(0.3)), (noise, int(100)), (noise, int(0)), (path, int(1_200))]
        {
            assert_eq!(conforms(&rule, 60_000, None, &honest), Ok(()), "{rule:?} {honest:?}");
        }
        for (rule, finer, breach) in [
            (whole, int(51), Breach::Finer),
            (whole, int(55), Breach::Finer),
            (whole, int(-55), Breach::Finer),
            (whole, int(5), Breach::Finer),
            (whole, float(50.0), Breach::Form),
            (whole, float(f64::NAN), Breach::Form),
            (fine, float(0.35), Breach::Finer),
            (fine, float(0.300_000_000_000_000_04), Breach::Finer),
            (fine, float(-0.0), Breach::Finer),
            (fine, float(0.1), Breach::Finer),
            (fine, float(1.1), Breach::Finer),
            (noise, int(42), Breach::Finer),
            (noise, int(-5), Breach::Finer),
            (noise, int(105), Breach::Finer),
            (path, int(1_250), Breach::Finer),
            (path, float(1_200.0), Breach::Form),
            (path, place(48.0, 11.0), Breach::Form),
        ] {
            refused(&rule, 60_000, finer, breach);
        }
        refused(&noise, 60_001, int(40), Breach::OffRaster);
        assert_eq!(conforms(&noise, 60_000, Some((60_000, &int(45))), &int(40)), Err(Breach::TooOften));
        assert_eq!(conforms(&whole, 2_000, Some((1_000, &int(50))), &int(50)), Err(Breach::Unchanged));
        assert_eq!(conforms(&whole, 1_999, Some((1_000, &int(50))), &int(40)), Err(Breach::TooOften));
        assert_eq!(conforms(&fine, 2_000, Some((1_000, &float(0.3))), &float(0.3)), Ok(()), "at its pace the same may leave again");
    }

    #[test]
    fn histograms_and_scores_of_another_form_are_refused() {
        let bins = Rule::Histogram { period_ms: 60_000, weigh: Weigh::Seconds, step: FIVE, low_steps: 0, width_steps: 2, bins: 4 };
        let counts = |counts: &[u32]| ReleasedValue::Counts(counts.iter().copied().collect());
        assert_eq!(conforms(&bins, 0, None, &counts(&[1, 2, 3, 4])), Ok(()));
        for other in [counts(&[1, 2, 3]), counts(&[1, 2, 3, 4, 5]), counts(&[]), int(4)] {
            refused(&bins, 0, other, Breach::Form);
        }
        refused(&bins, 59_999, counts(&[1, 2, 3, 4]), Breach::OffRaster);
        for rule in [Rule::AsIs, Rule::Round { step: FIVE, period_ms: 0 }, BY_LEVEL[1]] {
            refused(&rule, 0, counts(&[1, 2]), Breach::Form);
        }
        let score = |role| Rule::Score { role, period_ms: 60_000, aggregate: Aggregate::Max, step: FIVE, threshold_steps: 0, weight: 3 };
        assert_eq!(conforms(&score(ScoreRole::Bears), 0, None, &int(-7)), Ok(()));
        for other in [float(7.0), ReleasedValue::Scalar(Value::Uint(7)), counts(&[7]), place(0.0, 0.0)] {
            refused(&score(ScoreRole::Bears), 0, other, Breach::Form);
        }
        refused(&score(ScoreRole::Bears), 1, int(7), Breach::OffRaster);
        refused(&score(ScoreRole::Adds), 0, int(7), Breach::Dropped);
    }

    #[test]
    fn places_with_anything_beside_them_or_finer_than_a_metre_are_refused() {
        let track = |cell_m| Rule::Track { cell_m, raster_ms: 10_000, guard: Guard::ZonesAndClip, slices: Slices::Cut };
        let moved = Rule::Moved { cell_m: 500, scale_m: 2_000, raster_ms: 10_000 };
        let bare = place(48.123_46, 11.5);
        for rule in [track(0), moved, Rule::Event { spacing_m: 20_000 }] {
            assert_eq!(conforms(&rule, 20_000, None, &bare), Ok(()), "{rule:?}");
            refused(&rule, 20_000, place(48.123_456_7, 11.5), Breach::Finer);
            refused(&rule, 20_000, with(&bare, |fix| fix.alt_m = Some(500.0)), Breach::Finer);
            refused(&rule, 20_000, with(&bare, |fix| fix.heading_deg = Some(90.0)), Breach::Finer);
            refused(&rule, 20_000, with(&bare, |fix| fix.accuracy_m = Some(3.0)), Breach::Finer);
            refused(&rule, 20_000, place(-0.0, 11.5), Breach::Finer);
            refused(&rule, 20_000, place(f64::NAN, 11.5), Breach::Form);
            refused(&rule, 20_000, place(90.5, 11.5), Breach::Form);
            refused(&rule, 20_000, int(1), Breach::Form);
        }
        refused(&track(2_000), 20_000, bare.clone(), Breach::Finer);
        for rule in [track(0), moved] {
            refused(&rule, 20_001, bare.clone(), Breach::OffRaster);
            assert_eq!(conforms(&rule, 20_000, Some((20_000, &bare)), &bare), Err(Breach::TooOften));
        }
    }
}
