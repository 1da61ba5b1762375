//! The attacker's view on recorded drives: how often a car's home, its routes and its trips are found in what rules leave, and what the
//! rules cost.
//!
//! The rules are those of `consent-core`, run as in the car; the attackers see what left, and know which rule it was. What is measured
//! holds for the cars that were measured. [`CAUTION`] stands at the head of every output.
//!
//! INVARIANT: no share stands without the number of cars it was measured on and the bound that so few cars allow.

mod alike;
pub mod attack;
pub mod bound;
pub mod cost;
pub mod geo;
mod html;
pub mod joined;
pub mod known;
pub mod linked;
pub mod protect;
pub mod read;
mod report;
pub mod route;
pub mod series;
mod told;
mod useful;

pub use html::report as html;
pub use report::lines;

use attack::{GUESSES, HITS_M};
use bound::{mean, upper95};
use cost::{Bill, Cost, Tracked};
use geo::Point;
use joined::JoinRow;
use linked::{LinkRow, Links};
use protect::{Left, Protection, apply};
use read::{Car, Fleet, ReadError};
use route::Routes;
use serde::Serialize;
use useful::Useful;

/// The words at the head of every output.
pub const CAUTION: &str = "measured on these recorded cars alone: what these attackers found. No proof that others would not, and no claim about any other car";
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

/// What is measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// What becomes of places.
    pub places: Vec<Protection>,
    /// What becomes of everything else.
    pub series: Vec<series::Series>,
    /// What is in one hand.
    pub joins: Vec<joined::Join>,
}

impl Rules {
    /// Without a catalog.
    pub fn shipped() -> Self {
        Self { places: protect::shipped(), series: series::shipped(), joins: joined::shipped() }
    }

    /// Of a catalog's uses.
    pub fn of_catalog(catalog: &consent_protocol::catalog::CompiledCatalog) -> Self {
        Self { places: protect::of_catalog(catalog), series: series::of_catalog(catalog), joins: joined::of_catalog(catalog) }
    }
}

/// What becomes of drives that a car recorded twice: trips that overlap in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Twice {
    /// Neither is looked for in the other: that it is found says nothing of the road.
    LeftOut,
    /// They count as two trips.
    Kept,
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

impl Row {
    /// What the attacker found that found most within 500 m.
    pub fn worst(&self) -> Option<&Attacked> {
        self.attacks.iter().max_by(|one, other| one.home[2].share.total_cmp(&other.home[2].share))
    }
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
    /// Rules of places, in the order they were asked for.
    pub rows: Vec<Row>,
    /// A drive that was recorded twice.
    pub twice: Twice,
    /// Trips that overlap in time with another one of their car.
    pub trips_twice: usize,
    /// Homes, by several streams in one hand.
    pub joins: Vec<JoinRow>,
    /// Routes, seen from series without position.
    pub routes: Routes,
    /// Trips of one car, and trips that are unique.
    pub links: Vec<LinkRow>,
    /// What rules of series cost.
    pub useful: Vec<Useful>,
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
pub fn run(fleet: &Fleet, homes: Homes, rules: &Rules, (draws, twice): (Draws, Twice), progress: &mut dyn FnMut(u64, u64)) -> Result<Outcome, ReadError> {
    if fleet.cars.iter().all(|car| car.home.is_none()) {
        return Err(ReadError::Nothing("of no car it is known where it lives: nothing to look for".to_owned()));
    }
    let protections = &rules.places;
    if protections.is_empty() && rules.series.is_empty() {
        return Err(ReadError::Nothing("no use of the catalog gets anything while the car drives: nothing to measure".to_owned()));
    }
    let control: Vec<Vec<[f64; 3]>> = at_home(fleet).map(|(car, home)| vec![attack::control(car, home)]).collect();
    let rounds = |protection: &Protection| if protection.is_drawn() { draws.count } else { 1 };
    let others = 2_u64.saturating_add(u64::try_from(rules.joins.len()).unwrap_or(u64::MAX));
    let all = protections.iter().map(|protection| u64::from(rounds(protection))).sum::<u64>().saturating_add(others);
    let mut done = 0_u64;
    let mut step = || {
        done = done.saturating_add(1);
        progress(done, all);
    };
    let crowds = linked::crowds(fleet);
    let (mut rows, mut links) = (Vec::new(), Vec::new());
    for protection in protections {
        let (row, of_row) = measure(fleet, protection, (Draws { count: rounds(protection), ..draws }, twice), &crowds, &mut step);
        rows.push(row);
        links.push(of_row);
    }
    let mut joins = Vec::new();
    for join in &rules.joins {
        joins.push(joined::measure(fleet, join, draws));
        step();
    }
    let routes = route::measure(fleet, &rules.series, twice, draws.seed);
    step();
    let useful = useful::measure(fleet, &rules.series, draws.seed);
    step();
    Ok(Outcome {
        caution: CAUTION,
        version: 2,
        bound: BOUND,
        homes,
        guesses: GUESSES,
        cars: fleet.cars.iter().map(measured).collect(),
        trips_dropped: fleet.trips_dropped,
        control: shares(&control),
        rows,
        twice,
        trips_twice: fleet.cars.iter().map(twice_recorded).sum(),
        joins,
        routes,
        links,
        useful,
    })
}

fn twice_recorded(car: &Car) -> usize {
    let again = |(at, trip): (usize, &read::Trip)| car.trips.iter().enumerate().any(|(other, of)| other != at && trip.overlaps(of));
    car.trips.iter().enumerate().filter(|pair| again(*pair)).count()
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
fn measure(fleet: &Fleet, protection: &Protection, (draws, twice): (Draws, Twice), crowds: &[Option<usize>], step: &mut dyn FnMut()) -> (Row, LinkRow) {
    let (mut bill, mut links) = (Bill::default(), Links::default());
    // By attacker and car: hits of each draw.
    let mut found: Vec<Vec<Vec<[f64; 3]>>> = vec![vec![Vec::new(); fleet.cars.len()]; ATTACKS.len()];
    for draw in 0..draws.count {
        let seed = draws.seed.wrapping_add(u64::from(draw));
        let left: Vec<Vec<Left>> = fleet.cars.iter().map(|car| apply(car, protection.rule, seed)).collect();
        for (car, left) in fleet.cars.iter().zip(&left) {
            bill.add(car, left);
        }
        for ((_, attack), found) in ATTACKS.iter().zip(&mut found) {
            for ((car, left), hits) in fleet.cars.iter().zip(&left).zip(found) {
                hits.extend(car.home.and_then(|home| Some(attack::hits(&attack(left, protection)?, home))));
            }
        }
        links.add(fleet, crowds, &left, protection.cell_m(), (twice, seed));
        step();
    }
    let at_home: Vec<Vec<Vec<[f64; 3]>>> =
        found.into_iter().map(|cars| cars.into_iter().zip(&fleet.cars).filter(|(_, car)| car.home.is_some()).map(|(hits, _)| hits).collect()).collect();
    let tracked = if matches!(protection.rule, consent_core::Rule::Event { .. }) { Tracked::No } else { Tracked::Yes };
    let row = Row {
        name: protection.name.clone(),
        draws: draws.count,
        attacks: ATTACKS
            .iter()
            .zip(&at_home)
            .filter(|(_, found)| found.iter().any(|hits| !hits.is_empty()))
            .map(|((attack, _), found)| Attacked { attack, home: shares(found) })
            .collect(),
        cost: bill.total(f64::from(draws.count), tracked),
    };
    (row, links.row(&protection.name))
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
