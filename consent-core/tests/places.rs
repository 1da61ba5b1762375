//! What a track promises of places, checked from outside with a measure of its own on random drives.

#[cfg(test)]
mod places {
    use consent_core::track::{CLIP_MAX_M, CLIP_MIN_M, SHIFT_M, ZONE_M};
    use consent_core::{Fate, Fix, Places, Stop, Track, UseSet};
    use proptest::prelude::*;

    /// What two measures of one way may differ by, metres.
    const SLACK_M: f64 = 5.0;

    type At = (f64, f64);

    /// The great circle between two positions.
    fn arc_m(a: At, b: At) -> f64 {
        let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
        let h = half(a.0, b.0) + a.0.to_radians().cos() * b.0.to_radians().cos() * half(a.1, b.1);
        2.0 * 6_371_000.0 * h.sqrt().min(1.0).asin()
    }

    fn beside(at: At, north_m: f64, east_m: f64) -> At {
        (at.0 + north_m / 111_195.0, at.1 + east_m / 111_195.0 / at.0.to_radians().cos())
    }

    struct Car {
        track: Track,
        t_ms: i64,
        at: At,
        seed: u64,
        /// All that was pushed on this trip: stamp and place.
        driven: Vec<(i64, At)>,
        /// What came out: stamp, whether free, and where the car was then in `driven`.
        out: Vec<(i64, bool, usize)>,
    }

    impl Car {
        fn new(seed: u64) -> Self {
            Self { track: Track::default(), t_ms: 1_000, at: (48.1, 11.5), seed, driven: vec![], out: vec![] }
        }

        fn with(&mut self, deed: impl FnOnce(&mut Track, &mut dyn FnMut() -> u64, &mut dyn FnMut(Fate))) {
            let (seed, out, now) = (&mut self.seed, &mut self.out, self.driven.len());
            let mut bits = || {
                *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *seed ^ (*seed >> 31)
            };
            deed(&mut self.track, &mut bits, &mut |fate| match fate {
                Fate::Free(held, _) => out.push((held.t_ms, true, now)),
                Fate::Hidden(held) => out.push((held.t_ms, false, now)),
            });
        }

        fn fix(&mut self, at: At) {
            self.t_ms += 1_000;
            self.driven.push((self.t_ms, at));
            let (t_ms, fix) = (self.t_ms, Fix { lat_deg: at.0, lon_deg: at.1, alt_m: None, heading_deg: None, accuracy_m: None });
            self.with(|track, bits, visit| track.push(t_ms, &fix, UseSet::EMPTY, bits, visit));
        }

        /// So many seconds with so many metres each.
        fn go(&mut self, seconds: u32, north_m: f64, east_m: f64) {
            for _ in 0..seconds {
                self.at = beside(self.at, north_m, east_m);
                self.fix(self.at);
            }
        }

        /// Stands while the receiver errs by so many metres to and fro.
        fn stand(&mut self, seconds: u32, errs_m: f64) {
            for second in 0..seconds {
                let sign = if second % 2 == 0 { 1.0 } else { -1.0 };
                self.fix(beside(self.at, sign * errs_m / 2.0, 0.0));
            }
        }

        fn end(&mut self) {
            self.with(Track::end);
        }

        fn stop(&self, at: At) -> Stop {
            let near = |stop: &&Stop| arc_m((stop.lat_deg, stop.lon_deg), at);
            *self.track.places().stops().iter().min_by(|a, b| near(a).total_cmp(&near(b))).unwrap()
        }

        /// The length of the true way between two of its fixes.
        fn way_m(&self, from: usize, to: usize) -> f64 {
            self.driven[from..=to].windows(2).map(|pair| arc_m(pair[0].1, pair[1].1)).sum()
        }

        /// Everything that a trip between these stops (places in `driven`) promises.
        fn holds(&self, stops: &[usize]) -> Result<(), TestCaseError> {
            let mut stamps: Vec<i64> = self.out.iter().map(|(t_ms, _, _)| *t_ms).collect();
            stamps.sort_unstable();
            prop_assert_eq!(stamps, self.driven.iter().map(|(t_ms, _)| *t_ms).collect::<Vec<_>>(), "every fix comes out once");
            for (t_ms, _, now) in self.out.iter().filter(|(_, free, _)| *free) {
                let at = self.driven.iter().position(|(stamp, _)| stamp == t_ms).unwrap();
                let place = self.driven[at].1;
                let ends_then = stops.iter().any(|end| now > end && at < *end);
                // A car that comes back to end near what was freed long before cannot take that back.
                for stop in stops.iter().take(if ends_then { stops.len() } else { 1 }).map(|end| self.stop(self.driven[*end].1)) {
                    prop_assert!(arc_m((stop.zone_lat_deg, stop.zone_lon_deg), place) >= ZONE_M - 2.0, "freed in a zone");
                }
                for end in stops {
                    let clip_m = f64::from(self.stop(self.driven[*end].1).clip_m);
                    let way_m = self.way_m(at.min(*end), at.max(*end));
                    prop_assert!(way_m >= clip_m - SLACK_M, "{} m along the way, clip {} m", way_m, clip_m);
                }
                let far = arc_m(place, self.driven[now - 1].1) >= ZONE_M + SHIFT_M - 5.0;
                prop_assert!(far || ends_then, "freed before the line could know");
            }
            Ok(())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_is_freed_near_a_stop_or_too_early(
            seed in any::<u64>(),
            legs in prop::collection::vec((60_u32..200, 3.0_f64..30.0, 0.0_f64..core::f64::consts::TAU), 1..9),
        ) {
            let mut car = Car::new(seed);
            car.fix(car.at);
            for (seconds, m_s, course) in legs {
                car.go(seconds, m_s * course.cos(), m_s * course.sin());
            }
            car.end();
            car.holds(&[0, car.driven.len() - 1])?;
        }

        #[test]
        fn a_receiver_that_errs_while_the_car_stands_does_not_use_up_the_clip(seed in any::<u64>(), errs_m in 21.0_f64..60.0, seconds in 30_u32..280) {
            let mut car = Car::new(seed);
            let home = car.at;
            car.fix(home);
            car.stand(seconds, errs_m);
            car.go(400, 20.0, 0.0);
            let (end, arrived) = (car.at, car.driven.len());
            car.stand(seconds, errs_m);
            car.end();
            for (t_ms, _, _) in car.out.iter().filter(|(_, free, _)| *free) {
                let at = car.driven.iter().position(|(stamp, _)| stamp == t_ms).unwrap();
                // The way is straight, so what it measures is what lies between.
                for place in [home, end] {
                    let (away_m, clip_m) = (arc_m(car.driven[at].1, place), f64::from(car.stop(place).clip_m));
                    // One error to either side of where it stood, however long that was.
                    prop_assert!(away_m >= clip_m - SLACK_M - 1.5 * errs_m, "{} m away, clip {} m", away_m, clip_m);
                }
            }
            prop_assert!(car.out.iter().filter(|(_, free, _)| *free).count() > 100 && arrived > 400);
        }

        #[test]
        fn forgetting_a_person_removes_their_own_stops_alone(whose in prop::collection::vec(0_u64..8, 1..40), gone in 0_usize..3) {
            let stops: Vec<Stop> = (0_i32..).zip(&whose).map(|(at, who)| {
                let lat_deg = f64::from(at);
                Stop { lat_deg, lon_deg: 1.0, zone_lat_deg: lat_deg, zone_lon_deg: 1.0, clip_m: 300, visits: 1, day: 1, who: *who }
            }).collect();
            let mut places = Places::default();
            places.restore(stops.iter().copied());
            places.forget(1 << gone);
            let left: Vec<Stop> = stops.iter().filter(|stop| stop.who != 1 << gone).map(|stop| Stop { who: stop.who & !(1 << gone), ..*stop }).collect();
            prop_assert_eq!(places.stops(), left);
        }
    }

    #[test]
    fn a_zone_that_is_restored_hides_what_waits_already() {
        let mut car = Car::new(3);
        car.fix(car.at);
        car.go(150, 20.0, 0.0);
        let waiting = car.driven[car.driven.len() - 1];
        assert!(car.out.iter().all(|(t_ms, _, _)| *t_ms != waiting.0), "it waits");
        let (lat_deg, lon_deg) = waiting.1;
        let stop = Stop { lat_deg, lon_deg, zone_lat_deg: lat_deg, zone_lon_deg: lon_deg, clip_m: 200, visits: 1, day: 1, who: 0 };
        car.track.places_mut().restore([stop]);
        car.go(300, 20.0, 0.0);
        assert!(car.out.iter().any(|(t_ms, free, _)| *t_ms == waiting.0 && !free));
        assert!(car.out.iter().any(|(_, free, _)| *free), "what lies farther off is free");
    }

    #[test]
    fn two_fixes_of_one_stamp_are_one() {
        let mut car = Car::new(3);
        car.fix(car.at);
        car.go(150, 20.0, 0.0);
        car.t_ms -= 1_000;
        let before = car.out.len();
        car.fix(beside(car.at, 20.0, 0.0));
        assert_eq!(car.out[before..], [(car.t_ms, false, car.driven.len())], "the second is hidden at once");
    }

    #[test]
    fn five_fixes_far_away_are_a_new_place_and_fewer_a_fault() {
        for (wild, stops) in [(4, 1), (5, 2)] {
            let mut car = Car::new(3);
            car.fix(car.at);
            car.go(150, 20.0, 0.0);
            let waiting = car.driven.len() - car.out.len();
            (0..wild).for_each(|_| car.fix((51.0, 13.0)));
            assert_eq!(car.track.places().stops().len(), stops, "{wild}");
            assert_eq!(car.driven.len() - car.out.len(), if wild == 5 { 0 } else { waiting }, "what waited goes with the belief in its way");
            assert!(car.out.iter().rev().take(waiting).all(|(_, free, _)| wild == 4 || !free));
        }
    }

    #[test]
    fn a_place_keeps_its_zone_and_clip_over_a_hundred_trips_and_a_restart() {
        let kept = |stop: &Stop| (stop.zone_lat_deg.to_bits(), stop.zone_lon_deg.to_bits(), stop.clip_m);
        let (mut car, home) = (Car::new(5), (48.1, 11.5));
        let mut twin: Option<Car> = None;
        let mut first = None;
        for trip in 0..100_u32 {
            let away = if trip % 2 == 0 { 1.0 } else { -1.0 };
            let drive = |car: &mut Car| {
                (car.driven, car.out) = (vec![], vec![]);
                // A parking place is not always the same to the metre.
                car.at = beside(home, if trip % 2 == 0 { 0.0 } else { 4_500.0 } + f64::from(trip % 7) * 10.0, 0.0);
                car.fix(car.at);
                car.go(300, 15.0 * away, 0.0);
                car.end();
            };
            drive(&mut car);
            let now: Vec<_> = car.track.places().stops().iter().map(kept).collect();
            assert_eq!(*first.get_or_insert_with(|| now.clone()), now, "trip {trip}");
            if let Some(twin) = &mut twin {
                twin.t_ms = car.driven[0].0 - 1_000;
                drive(twin);
                assert_eq!(twin.out, car.out, "restored places behave the same");
            } else if trip == 50 {
                let mut restored = Car::new(77);
                restored.track.places_mut().restore(car.track.places().stops().iter().copied());
                twin = Some(restored);
            }
        }
        let stops = car.track.places().stops();
        assert_eq!((stops.len(), stops.iter().map(|stop| stop.visits).sum::<u16>()), (2, 200));
        assert!(stops.iter().all(|stop| (CLIP_MIN_M..=CLIP_MAX_M).contains(&stop.clip_m)));
    }
}
