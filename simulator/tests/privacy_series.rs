//! Attacks on series, trips and joins, on cars made up here: each must succeed where the rule leaves enough, and be as good as chance where it
//! leaves nothing.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss, clippy::as_conversions, reason = "a test that cannot go on has failed")]

use consent_core::{Aggregate, Change, Fix, Guard, Rule, Slices, Step};
use consent_simulator::privacy::geo::Point;
use consent_simulator::privacy::joined::Join;
use consent_simulator::privacy::protect::{Protection, apply_all};
use consent_simulator::privacy::read::{Car, Fleet, Seen, Trip};
use consent_simulator::privacy::route::RouteRow;
use consent_simulator::privacy::series::{Kind, Located, Part, Series, apply, of_catalog};
use consent_simulator::privacy::{Draws, Homes, Outcome, Rules, Twice, lines, run};

const DAY_MS: i64 = 86_400_000;
const BEGIN_MS: i64 = 1_700_006_400_000 / DAY_MS * DAY_MS;
const UNIT: Step = Step { mantissa: 1, exponent: 0 };

fn at(from: Point, north_m: f64, east_m: f64) -> Point {
    Point { lat_deg: from.lat_deg + north_m / 111_195.0, lon_deg: from.lon_deg + east_m / (111_195.0 * from.lat_deg.to_radians().cos()) }
}

/// Ten minutes from a place in a direction at a speed by second, m/s.
fn drive(from: Point, angle: f64, begin_ms: i64, speed: impl Fn(f64) -> f64) -> Trip {
    let mut way_m = 0.0;
    let fixes = (0..600_i64).map(|second| {
        let now = speed(second as f64);
        way_m += now;
        let at = at(from, way_m * angle.cos(), way_m * angle.sin());
        Seen { t_ms: begin_ms + second * 1_000, at, speed_kmh: Some(now * 3.6), fuel_l_h: Some(2.0 + now / 5.0) }
    });
    Trip { fixes: fixes.collect() }
}

fn home() -> Point {
    // The middle of a cell of 20 km: what happens near it happens in one cell.
    let fix = Fix { lat_deg: 50.1, lon_deg: 8.3, alt_m: None, heading_deg: None, accuracy_m: None };
    let middle = consent_core::grid::snap(&fix, 20_000).unwrap();
    Point { lat_deg: middle.lat_deg, lon_deg: middle.lon_deg }
}

/// Three routes, each driven four times, one trip a day; every trip takes ten minutes. Each route has speeds of its own.
fn commuter(begins_ms: impl Fn(i64) -> i64) -> Car {
    let trip = |day: i64| {
        let (route, again) = (day % 3, day / 3);
        let speed = |second: f64| (9.0 + 4.0 * (second / (20.0 + 15.0 * route as f64)).sin()) * (1.0 + 0.004 * again as f64);
        drive(home(), 2.0 * route as f64, BEGIN_MS + day * DAY_MS + begins_ms(route), speed)
    };
    Car { name: "dora".to_owned(), trips: (0..12).map(trip).collect(), home: Some(home()) }
}

fn measured(cars: Vec<Car>, rules: &Rules) -> Outcome {
    run(&Fleet { cars, trips_dropped: 0 }, Homes::Given, rules, (Draws { seed: 3, count: 2 }, Twice::LeftOut), &mut |_, _| ()).unwrap()
}

fn series(name: &str, kind: Kind, rule: Rule) -> Series {
    Series { name: name.to_owned(), parts: vec![Part { kind, rule }], located: Located::Without }
}

fn place(name: &str, rule: Rule) -> Protection {
    Protection { name: name.to_owned(), rule }
}

fn share(row: &RouteRow, attack: &str) -> Option<f64> {
    row.attacks.iter().find(|found| found.attack == attack).map(|found| found.share)
}

fn row<'a>(outcome: &'a Outcome, name: &str) -> &'a RouteRow {
    outcome.routes.rows.iter().find(|row| row.name == name).unwrap()
}

#[test]
fn a_route_is_found_in_speeds_and_no_better_than_by_chance_in_what_says_nothing() {
    let window = |period_ms, aggregate| Rule::Window { period_ms, aggregate, step: UNIT, threshold_steps: -3 };
    let constant = Rule::Level { step: UNIT, low_steps: 0, high_steps: 0, dead_steps: 0, change: Change::Every, period_ms: 10_000 };
    let rules = Rules {
        series: vec![
            series("speed", Kind::Speed, Rule::AsIs),
            series("mean", Kind::Speed, window(10_000, Aggregate::TimeMean)),
            series("constant", Kind::Speed, constant),
            series("day", Kind::Speed, window(86_400_000, Aggregate::TimeMean)),
        ],
        ..Rules::default()
    };
    let outcome = measured(vec![commuter(|_| 8 * 3_600_000)], &rules);
    assert_eq!((outcome.routes.n, outcome.routes.cars), (12, 1));
    assert!((outcome.routes.chance - 3.0 / 11.0).abs() < 1e-9, "{}", outcome.routes.chance);
    for (name, attack) in [("speed", "shape"), ("speed", "values"), ("mean", "shape"), ("mean", "values")] {
        assert!(share(row(&outcome, name), attack).unwrap() > 0.9, "{name} by {attack}: {:?}", row(&outcome, name));
    }
    let constant = row(&outcome, "constant");
    assert_eq!(share(constant, "values"), None, "what never changes has no values to attack");
    for attack in ["lasts", "begins"] {
        assert!((share(constant, attack).unwrap() - 3.0 / 11.0).abs() < 1e-9, "all trips begin and last alike: {constant:?}");
    }
    assert!(row(&outcome, "day").attacks.is_empty(), "a trip's end ends the window: nothing leaves");
    assert!(outcome.routes.failing.iter().any(|failing| failing.starts_with("speed ")) && outcome.routes.failing.len() == 2, "{:?}", outcome.routes.failing);
    assert!(lines(&outcome).iter().any(|line| line.starts_with("ABOVE chance + 10 points")));
}

#[test]
fn when_a_trip_begins_tells_its_route_where_routes_have_their_hours() {
    let rules = Rules { series: vec![series("still", Kind::Still, Rule::RateCap { period_ms: 60_000 })], ..Rules::default() };
    let outcome = measured(vec![commuter(|route| (6 + 3 * route) * 3_600_000)], &rules);
    let still = row(&outcome, "still");
    assert!(share(still, "begins").unwrap() > 0.999 && share(still, "lasts").unwrap() < 0.3, "{still:?}");
    assert_eq!((still.known, still.signals), (0, 1));
    assert!(outcome.routes.failing[0].contains("begins 100"), "{:?}", outcome.routes.failing);
    let whole = outcome.routes.rows.iter().find(|row| row.name == "one row a trip: when it began").unwrap();
    assert!(whole.located.is_none() && share(whole, "begins").unwrap() > 0.999);
}

#[test]
fn a_drive_recorded_twice_is_not_found_in_itself() {
    let mut car = commuter(|_| 0);
    car.trips.truncate(3);
    car.trips.push(car.trips[0].clone());
    let fleet = Fleet { cars: vec![car], trips_dropped: 0 };
    let rules = Rules { series: vec![series("speed", Kind::Speed, Rule::AsIs)], ..Rules::default() };
    let of = |twice| run(&fleet, Homes::Given, &rules, (Draws { seed: 1, count: 1 }, twice), &mut |_, _| ()).unwrap();
    let (out, kept) = (of(Twice::LeftOut), of(Twice::Kept));
    assert_eq!((out.trips_twice, out.routes.n, kept.routes.n), (2, 0, 2));
    assert!(share(row(&kept, "speed"), "shape").unwrap() > 0.999);
    assert!(lines(&out).iter().any(|line| line.contains("recorded twice: neither is looked for")));
}

#[test]
fn trips_of_one_car_are_linked_by_where_they_end_and_not_within_one_cell() {
    let car = |name: &str, east_m: f64, phase: f64| {
        let from = at(home(), 0.0, east_m);
        let trip = |day: i64| drive(from, phase + 0.5 * day as f64, BEGIN_MS + day * DAY_MS, |_| 5.0);
        Car { name: name.to_owned(), trips: (0..6).map(trip).collect(), home: Some(from) }
    };
    let grid = Rule::Grid { cell_m: 20_000, raster_ms: 1_000 };
    let rules = Rules { places: vec![place("raw", Rule::AsIs), place("grid", grid)], ..Rules::default() };
    let outcome = measured(vec![car("a", 0.0, 0.0), car("b", 1_500.0, 0.2)], &rules);
    let ends = |row: usize| outcome.links[row].trips.iter().find(|found| found.attack == "ends").unwrap();
    assert!((ends(0).share - 1.0).abs() < 1e-9 && ends(0).n == 12, "{:?}", ends(0));
    assert!((ends(1).share - ends(1).chance.unwrap()).abs() < 1e-9 && (ends(1).chance.unwrap() - 5.0 / 11.0).abs() < 1e-9, "{:?}", ends(1));

    let unique = |row: usize, by: &str| outcome.links[row].unique.iter().find(|found| found.attack == by).unwrap().share;
    assert!(unique(0, "place") > 0.9 && unique(1, "place") < 1e-9, "{} {}", unique(0, "place"), unique(1, "place"));
    // Both cars drive in the same hour of the same days.
    assert!(unique(0, "dated hour") < 1e-9);
}

#[test]
fn cars_that_never_meet_are_no_crowd() {
    let far = Car { name: "far".to_owned(), trips: vec![drive(at(home(), 300_000.0, 0.0), 0.0, BEGIN_MS, |_| 10.0)], home: None };
    let outcome = measured(vec![commuter(|_| 0), far], &Rules { places: vec![place("raw", Rule::AsIs)], ..Rules::default() });
    assert!(outcome.links[0].trips.is_empty() && !outcome.links[0].unique.is_empty());
}

#[test]
fn the_next_slice_is_found_where_traffic_is_thin_and_not_where_all_drive_alike() {
    let rule = Rule::Track { cell_m: 0, raster_ms: 1_000, guard: Guard::Zones, slices: Slices::Cut };
    let long = |name: &str, north_m: f64| {
        let trip = |day: i64| {
            let fixes = (0..5_400_i64).map(|second| Seen {
                t_ms: BEGIN_MS + day * DAY_MS + second * 1_000,
                at: at(home(), north_m, 15.0 * second as f64),
                speed_kmh: None,
                fuel_l_h: None,
            });
            Trip { fixes: fixes.collect() }
        };
        Car { name: name.to_owned(), trips: (0..2).map(trip).collect(), home: Some(home()) }
    };
    let of = |apart_m: f64| {
        let cars = (0..4).map(|car| long(&format!("{car}"), apart_m * f64::from(car))).collect();
        let outcome = measured(cars, &Rules { places: vec![place("cut", rule)], ..Rules::default() });
        let found = outcome.links[0].slices.iter().find(|found| found.attack == "next slice").unwrap().clone();
        assert!(found.n > 20, "{found:?}");
        found.share
    };
    let (thin, alike) = (of(20_000.0), of(0.0));
    assert!(thin > 0.9 && alike < 0.7 && alike < thin, "{thin} {alike}");
}

#[test]
fn who_joins_streams_finds_what_any_of_them_shows_and_recipients_share_the_zones_of_a_car() {
    let grid = |cell_m| place("grid", Rule::Grid { cell_m, raster_ms: 1_000 });
    let join = |name: &str, places: Vec<Protection>| Join { name: name.to_owned(), places, series: None };
    let rules = Rules {
        places: vec![grid(20_000)],
        joins: vec![join("coarse", vec![grid(20_000), grid(20_000)]), join("one is raw", vec![grid(20_000), place("raw", Rule::AsIs)])],
        ..Rules::default()
    };
    let away = |car: Car| {
        // Home lies off the middle of the cell.
        let move_it = |from: Point| at(from, 3_000.0, 2_000.0);
        let moved = |trip: &Trip| Trip { fixes: trip.fixes.iter().map(|seen| Seen { at: move_it(seen.at), ..*seen }).collect() };
        Car { trips: car.trips.iter().map(moved).collect(), home: car.home.map(move_it), ..car }
    };
    let car = away(commuter(|_| 0));
    let outcome = measured(vec![car.clone()], &rules);
    let found = |join: usize, attack: &str| outcome.joins[join].attacks.iter().find(|found| found.attack == attack).unwrap().home[2].share;
    assert!(found(0, "A1 joined") < 1e-9 && found(0, "alone") < 1e-9);
    assert!(found(1, "A1 joined") > 0.999 && found(1, "alone") > 0.999);

    let track = |slices| Rule::Track { cell_m: 0, raster_ms: 1_000, guard: Guard::ZonesAndClip, slices };
    let left = apply_all(&car, &[track(Slices::Whole), track(Slices::Cut)], 5);
    let (whole, cut) = (&left[0], &left[1]);
    let mut count = 0;
    for (whole, cut) in whole.iter().zip(cut) {
        count += cut.places.len();
        assert!(cut.places.iter().all(|place| whole.places.iter().any(|other| other.source == place.source)), "what one hides, the other hides");
    }
    assert!(count > 0);
}

#[test]
fn a_use_pays_for_what_its_rule_takes() {
    let mean = |period_ms| Rule::Window { period_ms, aggregate: Aggregate::TimeMean, step: Step { mantissa: 1, exponent: -2 }, threshold_steps: 0 };
    let both = |name: &str, rule| Series {
        name: name.to_owned(),
        parts: [Kind::Speed, Kind::Fuel].map(|kind| Part { kind, rule }).into(),
        located: Located::Consented,
    };
    let count = Rule::Window { period_ms: 60_000, aggregate: Aggregate::DropsBelow, step: UNIT, threshold_steps: -3 };
    let rules = Rules {
        places: vec![place("raw", Rule::AsIs), place("grid", Rule::Grid { cell_m: 2_000, raster_ms: 1_000 })],
        series: vec![both("raw", Rule::AsIs), both("minute", mean(60_000)), series("counts", Kind::Longitudinal, count)],
        ..Rules::default()
    };
    // Every ten minutes hold five hard stops, all well inside a minute.
    let trip = |day: i64| drive(home(), 0.3, BEGIN_MS + day * DAY_MS, |second| if (second % 120.0 - 70.0).abs() < 1.5 { 2.0 } else { 20.0 });
    let outcome = measured(vec![Car { name: "a".to_owned(), trips: (0..4).map(trip).collect(), home: Some(home()) }], &rules);
    let cost = |row: usize| outcome.rows[row].cost;
    assert!(cost(0).travel_time_error.unwrap() < 1e-9 && cost(0).distance_error.unwrap() < 1e-6, "{:?}", cost(0));
    assert!(cost(1).travel_time_error.unwrap() > 0.05 && cost(1).distance_error.unwrap() > 0.02, "{:?}", cost(1));
    let useful = |name: &str| outcome.useful.iter().find(|useful| useful.name == name).unwrap();
    let (raw, minute, counts) = (useful("raw"), useful("minute"), useful("counts"));
    assert!(raw.distance_error.unwrap() < 1e-6 && raw.consumption_error.unwrap() < 1e-6 && raw.consumption_trips == 4, "{raw:?}");
    assert!(raw.braking.unwrap() == (20, 20) && minute.braking.unwrap() == (20, 0), "{raw:?} {minute:?}");
    // The last minute is not full at the trip's end.
    assert!((0.02..0.2).contains(&minute.distance_error.unwrap()) && minute.consumption_error.unwrap() < 0.02, "{minute:?}");
    assert!(counts.distance_error.is_none() && counts.braking.unwrap().1 >= 16, "{counts:?}");
}

#[test]
fn a_catalogs_uses_without_location_consent_are_told_from_those_with() {
    let catalog = consent_simulator::catalog::example();
    let series = of_catalog(&catalog);
    let located = |name: &str| series.iter().find(|series| series.name == name).map(|series| series.located);
    assert!(series.iter().any(|series| series.located == Located::Without) && series.iter().any(|series| series.located == Located::Consented));
    assert_eq!(located("find-my-car"), None, "no trip leaves from a car that is parked");
    // What leaves is what the core leaves: a day's cap lets one value out.
    let capped = apply(&commuter(|_| 0), &super_series(), 1);
    assert!(capped.iter().all(|rows| rows.len() == 1), "{capped:?}");
}

fn super_series() -> Series {
    series("capped", Kind::Odometer, Rule::RateCap { period_ms: 86_400_000 })
}
