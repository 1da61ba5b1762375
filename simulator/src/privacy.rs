//! The attacker's view on recorded drives: how often the home of a car is found in what a location rule leaves, and what the rule costs.
//!
//! The rules are those of `consent-core`, run as in the car; the attackers see what left, and know which rule it was. What is measured
//! holds for the cars that were measured. [`CAUTION`] stands at the head of every output.
//!
//! INVARIANT: no share stands without the number of cars it was measured on and the bound that so few cars allow.

pub mod attack;
pub mod bound;
pub mod cost;
pub mod geo;
mod html;
pub mod known;
pub mod protect;
pub mod read;
mod report;

pub use html::report as html;
pub use report::lines;

use attack::{GUESSES, HITS_M};
use bound::{mean, upper95};
use cost::{Bill, Cost, Tracked};
use geo::Point;
use protect::{Left, Protection, apply};
use read::{Car, Fleet, ReadError};
use serde::Serialize;

/// The words at the head of every output.
pub const CAUTION: &str =
    "measured on these recorded cars alone: how often these attackers found home. No proof that others would not, and no claim about any other car";
/// How the bound is reckoned.
pub const BOUND: &str = "one-sided 95 % upper bound of Clopper and Pearson over cars, hits rounded up";

/// Where homes are known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Homes {
    /// From a file.
    Given,
    /// Where most raw trips begin and end.
    OfRawTrips,
}

/// What is drawn by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// The first.
    pub seed: u64,
    /// How many.
    pub count: u32,
}

/// One car as it was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// As the file calls it.
    pub name: String,
    /// Trips.
    pub trips: usize,
    /// Positions.
    pub fixes: usize,
    /// Kilometres driven.
    pub km: f64,
    /// Whether it is known where it lives; if not, it counts for what rules cost alone.
    pub home: bool,
}

/// A share of cars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// So near to home was a hit, metres.
    pub within_m: f64,
    /// Share of cars whose home was found, in the mean over draws.
    pub share: f64,
    /// Cars.
    pub n: u32,
    /// [`BOUND`].
    pub upper95: f64,
}

/// What one attacker found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attacked {
    /// Which.
    pub attack: &'static str,
    /// For each of [`HITS_M`].
    pub home: [Share; 3],
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// How often it was drawn.
    pub draws: u32,
    /// What attackers found.
    pub attacks: Vec<Attacked>,
    /// What it costs.
    pub cost: Cost,
}

/// All that was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// [`CAUTION`].
    pub caution: &'static str,
    /// Version of this shape.
    pub version: u32,
    /// [`BOUND`].
    pub bound: &'static str,
    /// Where homes are known from.
    pub homes: Homes,
    /// Guesses an attacker has for a car.
    pub guesses: usize,
    /// Cars.
    pub cars: Vec<Measured>,
    /// Trips too short to be measured.
    pub trips_dropped: usize,
    /// What random points of the raw track find.
    pub control: [Share; 3],
    /// Rules, in the order they were asked for.
    pub rows: Vec<Row>,
}

/// Takes as home where most raw trips begin and end: at least three within 200 m of each other.
pub fn guess_homes(fleet: &mut Fleet) -> Homes {
    for car in &mut fleet.cars {
        let ends: Vec<Point> = car.trips.iter().flat_map(|trip| [trip.fixes.first(), trip.fixes.last()]).flatten().map(|seen| seen.at).collect();
        car.home = attack::places(&ends, 200.0, 3).first().map(|(at, _)| *at);
    }
    Homes::OfRawTrips
}

/// Measures every rule on every car.
pub fn run(fleet: &Fleet, homes: Homes, protections: &[Protection], draws: Draws, progress: &mut dyn FnMut(u64, u64)) -> Result<Outcome, ReadError> {
    if fleet.cars.iter().all(|car| car.home.is_none()) {
        return Err(ReadError::Nothing("of no car it is known where it lives: nothing to look for".to_owned()));
    }
    if protections.is_empty() {
        return Err(ReadError::Nothing("no use of the catalog gets places: nothing to measure".to_owned()));
    }
    let control: Vec<Vec<[f64; 3]>> = at_home(fleet).map(|(car, home)| vec![attack::control(car, home)]).collect();
    let rounds = |protection: &Protection| if protection.is_drawn() { draws.count } else { 1 };
    let cars = u64::try_from(fleet.cars.len()).unwrap_or(u64::MAX);
    let all = protections.iter().map(|protection| u64::from(rounds(protection))).sum::<u64>().saturating_mul(cars);
    let mut done = 0_u64;
    let mut step = || {
        done = done.saturating_add(1);
        progress(done, all);
    };
    let rows = protections.iter().map(|protection| measure(fleet, protection, Draws { count: rounds(protection), ..draws }, &mut step)).collect();
    Ok(Outcome {
        caution: CAUTION,
        version: 1,
        bound: BOUND,
        homes,
        guesses: GUESSES,
        cars: fleet.cars.iter().map(measured).collect(),
        trips_dropped: fleet.trips_dropped,
        control: shares(&control),
        rows,
    })
}

fn at_home(fleet: &Fleet) -> impl Iterator<Item = (&Car, Point)> {
    fleet.cars.iter().filter_map(|car| Some((car, car.home?)))
}

fn measured(car: &Car) -> Measured {
    let fixes = car.trips.iter().map(|trip| trip.fixes.len()).sum();
    let km = car.trips.iter().map(read::Trip::metres).sum::<f64>() / 1_000.0;
    Measured { name: car.name.clone(), trips: car.trips.len(), fixes, km, home: car.home.is_some() }
}

/// An attacker: guesses, the best first, from what left and the rule; none if it has nothing to say about the rule.
type Attack = fn(&[Left], &Protection) -> Option<Vec<Point>>;
/// All of them.
const ATTACKS: [(&str, Attack); 2] = [("A1", |left, protection| Some(attack::a1(left, protection))), ("A2", known::a2)];

/// One rule on all cars, in all draws.
fn measure(fleet: &Fleet, protection: &Protection, draws: Draws, step: &mut dyn FnMut()) -> Row {
    let mut bill = Bill::default();
    let mut found: Vec<Vec<Vec<[f64; 3]>>> = vec![Vec::new(); ATTACKS.len()];
    for car in &fleet.cars {
        let mut of_car: Vec<Vec<[f64; 3]>> = vec![Vec::new(); ATTACKS.len()];
        for draw in 0..draws.count {
            let left = apply(car, protection.rule, draws.seed.wrapping_add(u64::from(draw)));
            bill.add(car, &left);
            for ((_, attack), hits) in ATTACKS.iter().zip(&mut of_car) {
                hits.extend(car.home.and_then(|home| Some(attack::hits(&attack(&left, protection)?, home))));
            }
            step();
        }
        if car.home.is_some() {
            found.iter_mut().zip(of_car).for_each(|(found, hits)| found.push(hits));
        }
    }
    let tracked = if matches!(protection.rule, consent_core::Rule::Event { .. }) { Tracked::No } else { Tracked::Yes };
    Row {
        name: protection.name.clone(),
        draws: draws.count,
        attacks: ATTACKS
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.iter().any(|hits| !hits.is_empty()))
            .map(|((attack, _), found)| Attacked { attack, home: shares(found) })
            .collect(),
        cost: bill.total(f64::from(draws.count), tracked),
    }
}

/// Shares of cars, from the hits of each in each draw.
fn shares(cars: &[Vec<[f64; 3]>]) -> [Share; 3] {
    let n = u32::try_from(cars.len()).unwrap_or(u32::MAX);
    let at = |radius: usize| {
        let within_m = HITS_M.get(radius).copied().unwrap_or_default();
        let of_car = |draws: &Vec<[f64; 3]>| mean(&draws.iter().filter_map(|hits| hits.get(radius).copied()).collect::<Vec<_>>());
        let share = mean(&cars.iter().map(of_car).collect::<Vec<_>>());
        Share { within_m, share, n, upper95: upper95(share * f64::from(n), n) }
    };
    [at(0), at(1), at(2)]
}
