//! Joins: what an attacker finds of home who holds several streams of one car: those of one recipient, or of several that pool them.
//!
//! All streams of a join are made in one pass, as in the car: one track, one secret, the same zones and clips for every recipient.
//!
//! A1 takes of each trip the ends of the stream with the smallest cell that left something. A2 adds up what all streams say; where one of
//! them tells the metres driven (speed, odometer), a grid's edge and a zone's hidden stretch are reckoned with them. A join is also what
//! the best of its attackers finds in any of its streams alone: who holds more can look at less.

use super::attack::{self, ENDS_CELL, ENDS_M, ENDS_MIN, GUESSES};
use super::geo::Point;
use super::known::{self, Stream};
use super::protect::{Left, Protection, apply_all};
use super::read::{Car, Fleet};
use super::series::{self, Series};
use super::told;
use super::{Attacked, Draws, shares};
use consent_core::Rule;
use consent_protocol::catalog::CompiledCatalog;
use serde::Serialize;

/// Streams of one car in one hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// Whose.
    pub name: String,
    /// Places.
    pub places: Vec<Protection>,
    /// What tells the metres driven.
    pub series: Option<Series>,
}

/// What was found in a join.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JoinRow {
    /// Whose.
    pub name: String,
    /// Its streams.
    pub streams: Vec<String>,
    /// Draws.
    pub draws: u32,
    /// The best attacker on the best single stream, then A1 and A2 on all.
    pub attacks: Vec<Attacked>,
}

/// Joins that are measured without a catalog.
pub fn shipped() -> Vec<Join> {
    let places = super::protect::shipped();
    let of = |names: &[&str]| places.iter().filter(|known| names.contains(&known.name.as_str())).cloned().collect::<Vec<_>>();
    let speed = || series::shipped().into_iter().find(|series| series.name == "speed, every value");
    let join = |name: &str, names: &[&str], series: Option<Series>| Join { name: name.to_owned(), places: of(names), series };
    vec![
        join("grid 2 km and speed", &["grid 2 km, 1 s"], speed()),
        join("grid 5 km and speed", &["grid 5 km, 1 s"], speed()),
        join("zones and speed", &["zones + clip, 1 s"], speed()),
        join("grid 2 km and zones", &["grid 2 km, 1 s", "zones + clip, 1 s"], None),
        join("zones, whole and in slices", &["zones + clip, 1 s", "zones + clip + slices, 1 s"], None),
        join(
            "two grids, moved places, slices, events",
            &["grid 2 km, 60 s", "grid 5 km, 1 s", "zones + clip + slices, 1 s", "moved 2 km per 500 m, 1 s", "event 1/20 km"],
            None,
        ),
    ]
}

/// What each recipient of a catalog holds at the finest tiers of its uses on trips, where that is more than one stream; and what all hold.
pub fn of_catalog(catalog: &CompiledCatalog) -> Vec<Join> {
    let mut all = Join { name: "all recipients".to_owned(), places: Vec::new(), series: None };
    let mut joins = Vec::new();
    for (recipient, at) in catalog.recipients.iter().zip(0_u8..) {
        let mut join = Join { name: recipient.id.clone(), places: Vec::new(), series: None };
        for used in catalog.uses.iter().filter(|used| used.recipient == at && series::runs_on_trips(used)) {
            let Some(finest) = used.tiers.last() else { continue };
            join.places.extend(super::protect::of_tier(catalog, &used.id, finest));
            let (parts, located) = series::of_tier(catalog, finest);
            let told = Series { name: used.id.clone(), parts, located };
            if told::tells_way(&told) {
                join.series.get_or_insert(told);
            }
        }
        for place in &join.places {
            if !all.places.iter().any(|known| known.rule == place.rule) {
                all.places.push(place.clone());
            }
        }
        all.series = all.series.or_else(|| join.series.clone());
        joins.push(join);
    }
    joins.push(all);
    joins.into_iter().filter(|join| !join.places.is_empty() && join.places.len() + usize::from(join.series.is_some()) > 1).collect()
}

/// One join on all cars, in all draws.
pub(super) fn measure(fleet: &Fleet, join: &Join, draws: Draws) -> JoinRow {
    let count = if join.places.iter().any(Protection::is_drawn) { draws.count } else { 1 };
    // By attacker: alone, A1 and A2 of each stream; then A1 and A2 of all.
    let mut found: Vec<Vec<Vec<[f64; 3]>>> = vec![Vec::new(); join.places.len() * 2 + 2];
    for car in &fleet.cars {
        let Some(home) = car.home else { continue };
        let mut of_car: Vec<Vec<[f64; 3]>> = vec![Vec::new(); found.len()];
        for draw in 0..count {
            let guesses = guesses(car, join, draws.seed.wrapping_add(u64::from(draw)));
            for (of_attack, guesses) in of_car.iter_mut().zip(guesses) {
                of_attack.extend(guesses.map(|guesses| attack::hits(&guesses, home)));
            }
        }
        found.iter_mut().zip(of_car).for_each(|(found, of_car)| found.push(of_car));
    }
    let mut attacked: Vec<Attacked> =
        found.iter().filter(|found| found.iter().any(|hits| !hits.is_empty())).map(|found| Attacked { attack: "alone", home: shares(found) }).collect();
    let a2_joined = found.last().is_some_and(|found| found.iter().any(|hits| !hits.is_empty()));
    let joined = attacked.split_off(attacked.len().saturating_sub(1 + usize::from(a2_joined)));
    let best = attacked.into_iter().max_by(|one, other| one.home[2].share.total_cmp(&other.home[2].share));
    let joined = joined.into_iter().zip(["A1 joined", "A2 joined"]).map(|(attacked, attack)| Attacked { attack, ..attacked });
    let series = join.series.iter().map(|series| format!("{} (speed or distance)", series.name));
    let streams = join.places.iter().map(|place| place.name.clone()).chain(series).collect();
    JoinRow { name: join.name.clone(), streams, draws: count, attacks: best.into_iter().chain(joined).collect() }
}

/// Guesses of each attacker, in the order of [`measure`].
fn guesses(car: &Car, join: &Join, seed: u64) -> Vec<Option<Vec<Point>>> {
    let rules: Vec<Rule> = join.places.iter().map(|place| place.rule).collect();
    let left = apply_all(car, &rules, seed);
    let driven: Option<Vec<Vec<(i64, f64)>>> =
        join.series.as_ref().map(|series| series::apply(car, series, seed).iter().map(|rows| told::driven(series, rows)).collect());
    let alone = join.places.iter().zip(&left).flat_map(|(place, left)| [Some(attack::a1(left, place)), known::a2(left, place)]);
    let streams: Vec<Stream<'_>> = join.places.iter().zip(&left).map(|(protection, left)| Stream { left, protection, driven: driven.as_deref() }).collect();
    alone.chain([Some(finest(&streams)), known::a2_joined(&streams)]).collect()
}

/// A1 on the finest stream of each trip.
fn finest(streams: &[Stream<'_>]) -> Vec<Point> {
    let mut by_cell: Vec<&Stream<'_>> = streams.iter().collect();
    by_cell.sort_by(|one, other| one.protection.cell_m().total_cmp(&other.protection.cell_m()));
    let trips = streams.iter().map(|stream| stream.left.len()).max().unwrap_or(0);
    let (mut ends, mut near_m) = (Vec::new(), ENDS_M);
    for trip in 0..trips {
        let of_trip = |stream: &Stream<'_>| stream.left.get(trip).filter(|left| !left.places.is_empty()).cloned();
        let Some((cell_m, left)) = by_cell.iter().find_map(|stream| Some((stream.protection.cell_m(), of_trip(stream)?))) else { continue };
        // Of streams that are equally fine, each may show an end that the others hide.
        let equal = by_cell.iter().filter(|stream| stream.protection.cell_m() <= cell_m).filter_map(|stream| of_trip(stream));
        let mut places: Vec<super::protect::Place> = equal.chain([left]).flat_map(|left| left.places).collect();
        places.sort_by_key(|place| place.t_ms);
        ends.push(Left { places, passed: Vec::new() });
        near_m = near_m.max(ENDS_CELL * cell_m);
    }
    attack::places(&attack::ends(&ends), near_m, ENDS_MIN).into_iter().take(GUESSES).map(|(at, _)| at).collect()
}
