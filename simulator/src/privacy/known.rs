//! A2: the attacker who knows the rule and its parameters, though not what the car drew.
//!
//! Each end of a trip says by a density how likely home, or the centre of its zone, lies where. A place is scored by the sum of
//! log(1 + density / λ) with λ = 0.2 / (π reach²), so that many ends that agree win over one that is sure. The best place is a
//! guess; the ends that it explains are dropped, and the search goes on.

use super::attack::GUESSES;
use super::geo::{Point, centre, metres, offset, seconds};
use super::protect::{Left, Place, Protection};
use consent_core::Rule;
use consent_core::track::{SHIFT_M, ZONE_M};
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::{PI, TAU};

/// Steps of the lattice in the largest reach.
const STEPS: f64 = 40.0;
/// Points of a stretch of the lattice that are held together.
const TILE: i32 = 64;
const TILE_POINTS: usize = 64;
/// A place leaves a zone so near to its edge, metres.
const RING_M: f64 = 30.0;
/// How fast a car gets from home to the edge of its cell, metres a second, and the spread of its logarithm.
const AWAY_M_S: f64 = 5.0;
const AWAY_SPREAD: f64 = 0.8;
/// Of a way whose length is known, such a share leads straight away, and the spread of its logarithm.
const DIRECT: f64 = 0.7;
const DIRECT_SPREAD: f64 = 0.35;
/// A zone hides at most about so much at an end: its far edge and the longest clip, metres.
const HIDDEN_M: f64 = 3_000.0;
/// Where a zone ends is known by a cell or an event only: spread of home's distance, metres.
const ZONE_SPREAD_M: f64 = 600.0;
/// Moved places are averaged over so many cells; home is looked for so far around the mean, metres.
const MOVED_CELLS: usize = 8;
const MOVED_SPREAD_M: f64 = 700.0;
/// Places this near to the best score are as good.
const PLATEAU: f64 = 0.1;
/// A heading is taken over so many metres.
const HEADING_M: f64 = 50.0;

/// What one stream tells an attacker of a car.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    /// What left, trip by trip.
    pub left: &'a [Left],
    /// Under which rule.
    pub protection: &'a Protection,
    /// Metres driven since a trip began, as another stream of the same recipient tells them: stamps and metres, trip by trip.
    pub driven: Option<&'a [Vec<(i64, f64)>]>,
}

/// A way that leads away from a stop.
struct Way {
    start: Point,
    /// Metres north and east to the first place that is far enough away for a heading.
    ahead: Option<(f64, f64)>,
    /// Metres north and east to the first place of another cell, and the seconds until then.
    crossed: Option<((f64, f64), f64)>,
    /// Metres from the stop to the first place that left, or in a grid to the first of another cell, if they are known.
    driven_m: Option<f64>,
    model: Model,
    reach_m: f64,
    lambda: f64,
}

/// Guesses of where the car lives; none for rules that A2 has no model of.
pub fn a2(left: &[Left], protection: &Protection) -> Option<Vec<Point>> {
    a2_joined(&[Stream { left, protection, driven: None }])
}

/// As [`a2`], from several streams of one car. Those that it has no model of are passed over.
pub fn a2_joined(streams: &[Stream<'_>]) -> Option<Vec<Point>> {
    let ways: Vec<Way> = streams.iter().filter(|stream| model(stream).is_some()).flat_map(ways).collect();
    streams.iter().find_map(model)?;
    let starts: Vec<Point> = ways.iter().map(|way| way.start).collect();
    // Where nothing left there is nothing to guess from: no hit, rather than no attack.
    let Some(origin) = centre(&starts) else { return Some(Vec::new()) };
    let step_m = ways.iter().map(|way| way.reach_m).fold(0.0_f64, f64::max) / STEPS;
    let mut votes: Vec<Votes> = ways.iter().map(|way| vote(way, origin, step_m)).collect();
    let mut scores = Scores::default();
    for vote in &votes {
        scores.add(vote, 1.0);
    }
    let mut guesses = Vec::new();
    while guesses.len() < GUESSES && !votes.is_empty() {
        let top = plateau(&scores);
        if top.is_empty() {
            break;
        }
        let points: Vec<Point> = top.iter().map(|(north, east)| moved(origin, f64::from(*north) * step_m, f64::from(*east) * step_m)).collect();
        guesses.extend(centre(&points));
        votes.retain(|vote| {
            let is_explained = top.iter().any(|at| vote.at(*at) > 0.0);
            if is_explained {
                scores.add(vote, -1.0);
            }
            !is_explained
        });
    }
    Some(guesses)
}

/// What a stream says of where a trip began, and how far away that is at most.
fn model(stream: &Stream<'_>) -> Option<(Model, f64)> {
    let far_m = stream.driven.map(|_| HIDDEN_M);
    match stream.protection.rule {
        Rule::Grid { cell_m, .. } => Some((in_cell, f64::from(cell_m))),
        Rule::Track { cell_m: 0, .. } => Some(far_m.map_or((on_ring, ZONE_M + RING_M), |far_m| (as_far, far_m))),
        Rule::Track { cell_m, .. } => Some((off_zone, ZONE_M + SHIFT_M + f64::from(cell_m))),
        Rule::Event { .. } => Some((off_zone, ZONE_M + SHIFT_M)),
        Rule::Moved { scale_m, .. } => Some((as_moved, f64::from(scale_m))),
        // What comes as it is needs no model, and what is no place has none.
        Rule::AsIs
        | Rule::RateCap { .. }
        | Rule::Drop
        | Rule::Round { .. }
        | Rule::Window { .. }
        | Rule::Level { .. }
        | Rule::Histogram { .. }
        | Rule::Score { .. }
        | Rule::Noise { .. }
        | Rule::Path { .. } => None,
    }
}

/// Both ends of every trip of which something left, each seen from its stop.
fn ways(stream: &Stream<'_>) -> Vec<Way> {
    let Some((model, reach_m)) = model(stream) else { return Vec::new() };
    let lambda = 0.2 / (PI * (reach_m + if stream.protection.rule.is_guarded() { SHIFT_M } else { 0.0 }).powi(2));
    let mut ways = Vec::new();
    for (at, trip) in stream.left.iter().enumerate().filter(|(_, trip)| !trip.places.is_empty()) {
        let driven = stream.driven.and_then(|driven| driven.get(at)).filter(|driven| driven.len() > 1);
        let backward: Vec<Place> = trip.places.iter().rev().copied().collect();
        let is_moved = matches!(stream.protection.rule, Rule::Moved { .. });
        for (places, begin) in [(trip.places.clone(), driven.and_then(|driven| driven.first())), (backward, driven.and_then(|driven| driven.last()))] {
            let known = if stream.protection.cell_m() > 0.0 { next_cell(&places) } else { places.first() };
            let driven_m = driven.zip(begin).zip(known).map(|((driven, (_, begin_m)), place)| (at_time(driven, place.t_ms) - begin_m).abs());
            let places = if is_moved { mean_of_first(&places) } else { places };
            let Some(first) = places.first() else { continue };
            let ahead = places.iter().find(|place| metres(first.at, place.at) >= HEADING_M).map(|place| offset(first.at, place.at));
            let crossed = next_cell(&places).map(|next| (offset(first.at, next.at), seconds(first.t_ms, next.t_ms).abs().max(1.0)));
            ways.push(Way { start: first.at, ahead, crossed, driven_m, model, reach_m, lambda });
        }
    }
    ways
}

/// Draws of neighbouring cells are independent: their mean lies nearer to the way than each.
fn mean_of_first(places: &[Place]) -> Vec<Place> {
    let mut different: Vec<Place> = Vec::new();
    for place in places {
        if different.last().is_none_or(|last| metres(last.at, place.at) > 1.0) {
            different.push(*place);
        }
        if different.len() >= MOVED_CELLS {
            break;
        }
    }
    let middle = centre(&different.iter().map(|place| place.at).collect::<Vec<_>>());
    different.first().zip(middle).map(|(first, at)| Place { at, ..*first }).into_iter().collect()
}

fn next_cell(places: &[Place]) -> Option<&Place> {
    let first = places.first()?;
    places.iter().find(|place| metres(first.at, place.at) > 1.0)
}

/// Metres driven at a time.
fn at_time(driven: &[(i64, f64)], t_ms: i64) -> f64 {
    let next = driven.partition_point(|(at_ms, _)| *at_ms < t_ms);
    let (Some((from_ms, from_m)), Some((to_ms, to_m))) = (driven.get(next.saturating_sub(1)), driven.get(next).or(driven.last())) else { return 0.0 };
    let (part_s, whole_s) = (seconds(*from_ms, t_ms), seconds(*from_ms, *to_ms));
    if whole_s > 0.0 { from_m + (to_m - from_m) * (part_s / whole_s).clamp(0.0, 1.0) } else { *to_m }
}

/// The best place, with what around it is as good and hangs together with it.
fn plateau(scores: &Scores) -> Vec<(i32, i32)> {
    let Some((best, most)) = scores.best().filter(|(_, most)| *most > PLATEAU) else { return Vec::new() };
    let (mut found, mut waiting) = (BTreeSet::new(), vec![best]);
    while let Some((north, east)) = waiting.pop() {
        if scores.at((north, east)) >= most - PLATEAU && found.insert((north, east)) {
            let around = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)];
            waiting.extend(around.map(|(up, right)| (north.saturating_add(up), east.saturating_add(right))));
        }
    }
    found.into_iter().collect()
}

/// What one end of a trip adds to the score of a square of lattice points, row by row, by steps north and east of the origin.
struct Votes {
    south: i32,
    west: i32,
    side: usize,
    scores: Vec<f64>,
}

impl Votes {
    fn rows(&self) -> impl Iterator<Item = (i32, &[f64])> {
        (self.south..).zip(self.scores.chunks(self.side.max(1)))
    }

    fn at(&self, (north, east): (i32, i32)) -> f64 {
        let (Ok(up), Ok(right)) = (usize::try_from(i64::from(north) - i64::from(self.south)), usize::try_from(i64::from(east) - i64::from(self.west))) else {
            return 0.0;
        };
        if right < self.side { self.scores.get(up.saturating_mul(self.side).saturating_add(right)).copied().unwrap_or(0.0) } else { 0.0 }
    }
}

/// Sums of votes, in stretches of [`TILE`] points of a row.
#[derive(Default)]
struct Scores(BTreeMap<(i32, i32), [f64; TILE_POINTS]>);

impl Scores {
    fn add(&mut self, votes: &Votes, times: f64) {
        for (north, row) in votes.rows() {
            let mut east = votes.west;
            let mut rest = row;
            while !rest.is_empty() {
                let (tile, within) = (east.div_euclid(TILE), usize::try_from(east.rem_euclid(TILE)).unwrap_or(0));
                let (now, later) = rest.split_at(rest.len().min(TILE_POINTS.saturating_sub(within).max(1)));
                let sums = self.0.entry((north, tile)).or_insert([0.0; TILE_POINTS]);
                sums.iter_mut().skip(within).zip(now).for_each(|(sum, vote)| *sum += vote * times);
                east = east.saturating_add(i32::try_from(now.len()).unwrap_or(TILE));
                rest = later;
            }
        }
    }

    fn at(&self, (north, east): (i32, i32)) -> f64 {
        let within = usize::try_from(east.rem_euclid(TILE)).unwrap_or(0);
        self.0.get(&(north, east.div_euclid(TILE))).and_then(|sums| sums.get(within)).copied().unwrap_or(0.0)
    }

    fn best(&self) -> Option<((i32, i32), f64)> {
        let all = self.0.iter().flat_map(|((north, tile), sums)| (tile.saturating_mul(TILE)..).zip(sums).map(|(east, sum)| ((*north, east), *sum)));
        all.max_by(|one, other| one.1.total_cmp(&other.1))
    }
}

/// Weight of a place so many metres north and east of where a way begins; the way leads away from the place that is looked for.
type Model = fn(way: &Way, (f64, f64), step_m: f64) -> f64;

fn vote(way: &Way, origin: Point, step_m: f64) -> Votes {
    let (north_m, east_m) = offset(origin, way.start);
    let reach = whole((way.reach_m / step_m).ceil());
    let (south, west) = (whole(north_m / step_m).saturating_sub(reach), whole(east_m / step_m).saturating_sub(reach));
    let span = || 0..=reach.saturating_mul(2);
    let at = |up: i32, right: i32| (f64::from(south.saturating_add(up)) * step_m - north_m, f64::from(west.saturating_add(right)) * step_m - east_m);
    let mut scores: Vec<f64> = span().flat_map(|up| span().map(move |right| (up, right))).map(|(up, right)| (way.model)(way, at(up, right), step_m)).collect();
    let mass = scores.iter().sum::<f64>() * step_m * step_m;
    for weight in scores.iter_mut().filter(|weight| **weight > 0.0) {
        *weight = (1.0 + *weight / mass / way.lambda).ln();
    }
    Votes { south, west, side: span().count(), scores }
}

/// The zone's centre lies on a ring around the first place that left, rather behind the car than before it.
fn on_ring(way: &Way, at: (f64, f64), step_m: f64) -> f64 {
    // A ring that is narrower than the lattice would slip through it.
    if (at.0.hypot(at.1) - ZONE_M).abs() > RING_M.max(0.6 * step_m) { 0.0 } else { behind(way, at) }
}

/// Home lies as far away as the metres that are hidden make likely, in any zone.
fn as_far(way: &Way, at: (f64, f64), _: f64) -> f64 {
    let away_m = at.0.hypot(at.1).max(1.0);
    let Some(driven_m) = way.driven_m else { return 1.0 };
    log_normal(away_m, DIRECT * driven_m.max(1.0), DIRECT_SPREAD) / away_m * behind(way, at)
}

/// Rather behind the car than before it.
fn behind(way: &Way, (north_m, east_m): (f64, f64)) -> f64 {
    let Some((ahead_north_m, ahead_east_m)) = way.ahead else { return 1.0 };
    let turn = (-ahead_north_m * north_m - ahead_east_m * east_m) / (ahead_north_m.hypot(ahead_east_m) * north_m.hypot(east_m)).max(1.0);
    (turn - 1.0).exp()
}

/// Home lies about as far from the first place, or from the middle of its cell, as the zone reaches.
fn off_zone(way: &Way, at: (f64, f64), _: f64) -> f64 {
    let away = (at.0.hypot(at.1) - ZONE_M) / ZONE_SPREAD_M;
    (-away * away / 2.0).exp() * behind(way, at)
}

/// Home lies around the mean of the first places.
fn as_moved(_: &Way, (north_m, east_m): (f64, f64), _: f64) -> f64 {
    (-north_m.hypot(east_m) / MOVED_SPREAD_M).exp()
}

/// Home lies in the first cell, as far from the edge that was crossed as the time until then makes likely.
fn in_cell(way: &Way, (north_m, east_m): (f64, f64), _: f64) -> f64 {
    let Some(((to_north_m, to_east_m), took_s)) = way.crossed else { return 1.0 };
    let half_m = to_north_m.abs().max(to_east_m.abs()) / 2.0;
    if north_m.abs() > half_m || east_m.abs() > half_m {
        return 0.0;
    }
    let along_m = if to_north_m.abs() >= to_east_m.abs() { north_m * to_north_m.signum() } else { east_m * to_east_m.signum() };
    let away_m = (half_m - along_m).max(1.0);
    match way.driven_m {
        Some(driven_m) => log_normal(away_m, DIRECT * driven_m.max(1.0), DIRECT_SPREAD),
        None => log_normal(away_m, AWAY_M_S * took_s, AWAY_SPREAD),
    }
}

fn log_normal(value: f64, median: f64, spread: f64) -> f64 {
    let away = (value / median).ln() / spread;
    (-away * away / 2.0).exp() / (value * spread * TAU.sqrt())
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, reason = "saturates; a lattice of so many steps is none")]
fn whole(steps: f64) -> i32 {
    steps.round() as i32
}

fn moved(from: Point, north_m: f64, east_m: f64) -> Point {
    let degree_m = metres(from, Point { lat_deg: from.lat_deg - 1.0_f64.copysign(from.lat_deg), ..from });
    let lat_deg = from.lat_deg + north_m / degree_m;
    Point { lat_deg, lon_deg: from.lon_deg + east_m / (degree_m * lat_deg.to_radians().cos()).max(1.0) }
}

#[cfg(test)]
mod tests {
    use super::super::protect::Place;
    use super::*;
    use consent_core::{Guard, Slices};

    #[test]
    fn a_zone_that_many_trips_leave_gives_its_centre_away() {
        let zone = Point { lat_deg: 50.0, lon_deg: 8.0 };
        let trip = |angle: f64| {
            let at = |away_m: f64| moved(zone, away_m * angle.cos(), away_m * angle.sin());
            let places =
                (0..6_usize).map(|step| Place { t_ms: 0, at: at(1_000.0 + super::super::geo::number(step) * 100.0), source: step, slice: 0 }).collect();
            Left { places, passed: Vec::new() }
        };
        let left: Vec<Left> = [0.1, 1.5, 2.9, 4.4, 5.6].map(trip).into();
        let rule = Rule::Track { cell_m: 0, raster_ms: 1_000, guard: Guard::ZonesAndClip, slices: Slices::Whole };
        let guesses = a2(&left, &Protection { name: String::new(), rule }).unwrap();
        assert!(metres(guesses[0], zone) < 60.0, "{} m", metres(guesses[0], zone));
    }

    #[test]
    fn the_time_to_the_edge_of_a_cell_tells_how_far_home_is_from_it() {
        let at = |north_m: f64| moved(Point { lat_deg: 50.0, lon_deg: 8.0 }, north_m, 0.0);
        let trip = Left {
            places: vec![Place { t_ms: 0, at: at(0.0), source: 0, slice: 0 }, Place { t_ms: 60_000, at: at(2_000.0), source: 1, slice: 0 }],
            passed: Vec::new(),
        };
        let guesses = a2(&[trip], &Protection { name: String::new(), rule: Rule::Grid { cell_m: 2_000, raster_ms: 1_000 } }).unwrap();
        assert!(guesses.iter().any(|guess| (400.0..1_000.0).contains(&offset(at(0.0), *guess).0)), "{guesses:?}");
    }
}
