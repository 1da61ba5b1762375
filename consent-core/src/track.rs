//! The way of a trip, seen from what must not be told: private places, and where a trip begins and ends.
//!
//! A stop is where a trip begins or ends, or where the car stood for [`DWELL_MS`]. Each has a zone of [`ZONE_M`], whose centre is moved
//! once, within [`SHIFT_M`], and kept; and a clip of [`CLIP_MIN_M`] to [`CLIP_MAX_M`] along the path, drawn once and kept. A fix is
//! cleared when it lies in no zone, and farther along the path from the stops before and behind it than their clips.
//!
//! Where a trip will end is not known while it lasts. So a fix waits in the line until the car is farther from it than any
//! zone and clip could reach; what still waits at the end is judged by the end's own zone and clip. Where the line lets go
//! must not show: a fixed distance would draw a ring around every home. Held is by distance and never by time, since a car
//! may idle before its door.
//!
//! INVARIANT: [`Cleared`] is made here alone. Every fix that is pushed comes out once, free or hidden.

use crate::grid::{metres, moved, on_the_globe};
use crate::ids::{UseIx, UseSet};
use crate::sample::Fix;
use crate::window::JUMP_M_S;

/// Radius of a zone, metres.
pub const ZONE_M: f64 = 1_000.0;
/// How far the centre of a zone may be moved, metres.
pub const SHIFT_M: f64 = 900.0;
/// Shortest clip along the path, metres.
pub const CLIP_MIN_M: u16 = 200;
/// Longest clip along the path, metres.
pub const CLIP_MAX_M: u16 = 1_000;
/// A stop this near to a known one is that one, metres.
pub const JOIN_M: f64 = 500.0;
/// A car that stays within [`STILL_M`] for so long has stopped, milliseconds.
pub const DWELL_MS: i64 = 300_000;
/// A car that moves less stands, metres.
pub const STILL_M: f64 = 100.0;
/// Stops that are remembered; the least visited and oldest makes room.
pub const STOPS_MAX: usize = 64;
/// Fixes that wait; when more do, every second one is let go.
pub const LINE_MAX: usize = 256;
/// So many fixes that jump alike are a new place, not a fault.
const ODD_MAX: u8 = 5;

/// Proof that a fix lies outside what is private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cleared {
    driven_m: u64,
}

impl Cleared {
    /// Metres driven since the track began to count.
    pub fn driven_m(&self) -> u64 {
        self.driven_m
    }

    /// For tests of rules that need one.
    #[cfg(test)]
    pub(crate) fn after(driven_m: u64) -> Self {
        Self { driven_m }
    }
}

/// A place where the car stopped. Never leaves the car.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stop {
    /// Degrees north.
    pub lat_deg: f64,
    /// Degrees east.
    pub lon_deg: f64,
    /// Centre of the zone, degrees north.
    pub zone_lat_deg: f64,
    /// Centre of the zone, degrees east.
    pub zone_lon_deg: f64,
    /// Hidden stretch of the path before and behind it, metres.
    pub clip_m: u16,
    /// How often the car stopped there.
    pub visits: u16,
    /// Day of the last visit, days since 1970.
    pub day: u32,
    /// Marks of those who drove there; whoever keeps them knows whose they are.
    pub who: u64,
}

/// The stops that a car knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Places {
    stops: heapless::Vec<Stop, STOPS_MAX>,
    revision: u64,
}

impl Places {
    /// All of them.
    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// Takes back what was kept; what there is no room for is let go.
    pub fn restore(&mut self, stops: impl IntoIterator<Item = Stop>) {
        self.stops = stops.into_iter().take(STOPS_MAX).collect();
    }

    /// Rises whenever a stop changes.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Somebody is erased: the stops that only they drove to go. Stops of guests stay, since nobody can be told from them.
    pub fn forget(&mut self, who: u64) {
        self.stops.retain_mut(|stop| {
            let was_theirs = stop.who & who != 0;
            stop.who &= !who;
            !was_theirs || stop.who != 0
        });
        self.revision = self.revision.wrapping_add(1);
    }

    /// Everything goes.
    pub fn clear(&mut self) {
        self.stops.clear();
        self.revision = self.revision.wrapping_add(1);
    }

    /// Whether a position lies in a zone.
    pub fn hide(&self, lat_deg: f64, lon_deg: f64) -> bool {
        self.stops.iter().any(|stop| metres(stop.zone_lat_deg, stop.zone_lon_deg, lat_deg, lon_deg) < ZONE_M)
    }

    /// Notes a stop; yields its clip, metres.
    fn visit(&mut self, (t_ms, lat_deg, lon_deg): (i64, f64, f64), who: u64, bits: &mut dyn FnMut() -> u64) -> f64 {
        self.revision = self.revision.wrapping_add(1);
        let day = u32::try_from(t_ms.div_euclid(86_400_000)).unwrap_or(0);
        let mut nearest: Option<(f64, &mut Stop)> = None;
        for stop in &mut self.stops {
            let away_m = metres(stop.lat_deg, stop.lon_deg, lat_deg, lon_deg);
            if away_m < JOIN_M && nearest.as_ref().is_none_or(|(least_m, _)| away_m < *least_m) {
                nearest = Some((away_m, stop));
            }
        }
        if let Some((_, stop)) = nearest {
            stop.visits = stop.visits.saturating_add(1);
            stop.day = stop.day.max(day);
            stop.who |= who;
            return f64::from(stop.clip_m);
        }
        let stop = Stop { who, ..drawn(lat_deg, lon_deg, day, bits) };
        if self.stops.is_full() {
            let least = self.stops.iter().enumerate().min_by_key(|(_, stop)| (stop.visits, stop.day)).map(|(at, _)| at);
            least.map(|at| self.stops.swap_remove(at));
        }
        // There is room: one was let go if there was none.
        let clip_m = f64::from(stop.clip_m);
        self.stops.push(stop).map_or(f64::from(CLIP_MAX_M), |()| clip_m)
    }
}

/// A new stop, with its zone and clip.
fn drawn(lat_deg: f64, lon_deg: f64, day: u32, bits: &mut dyn FnMut() -> u64) -> Stop {
    // Uniform in the disc: the root of a uniform number as radius.
    let (away_m, angle) = (SHIFT_M * libm::sqrt(fraction(bits())), core::f64::consts::TAU * fraction(bits()));
    let (zone_lat_deg, zone_lon_deg) = moved(lat_deg, lon_deg, away_m * libm::cos(angle), away_m * libm::sin(angle));
    let span_m = f64::from(CLIP_MAX_M) - f64::from(CLIP_MIN_M);
    let clip_m = floor_u16(f64::from(CLIP_MIN_M) + fraction(bits()) * (span_m + 1.0)).clamp(CLIP_MIN_M, CLIP_MAX_M);
    Stop { lat_deg, lon_deg, zone_lat_deg, zone_lon_deg, clip_m, visits: 1, day, who: 0 }
}

/// From 0 up to, not including, 1.
#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "53 bits are exact")]
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / 9_007_199_254_740_992.0
}

#[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of metres from 200 to 1,001")]
fn floor_u16(number: f64) -> u16 {
    number as u16
}

/// Metres as a whole number.
#[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is never negative")]
fn whole_m(number: f64) -> u64 {
    number as u64
}

/// A fix that waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Source time, Unix milliseconds.
    pub t_ms: i64,
    /// Degrees north.
    pub lat_deg: f64,
    /// Degrees east.
    pub lon_deg: f64,
    /// Uses that get it if it is cleared.
    pub uses: UseSet,
    /// Metres from the last stop on.
    leg_m: f64,
    /// Metres driven when it was measured.
    driven_m: u64,
}

/// What becomes of a fix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    /// It may leave.
    Free(Held, Cleared),
    /// It may not.
    Hidden(Held),
}

/// Where the car is on its leg from stop to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Leg {
    /// Newest fix.
    t_ms: i64,
    lat_deg: f64,
    lon_deg: f64,
    /// Where and since when the car has hardly moved: up to there the way is counted.
    still: (i64, f64, f64),
    /// Metres from the last stop to there.
    still_m: f64,
    /// It stands at the stop that the leg began at.
    at_stop: bool,
    /// Metres since the last stop: to where the car has hardly moved, and from there straight on. What a receiver errs while the
    /// car stands is no way, or standing long near a stop would use up its clip.
    since_m: f64,
    /// Metres that are hidden behind it.
    clip_m: f64,
    /// Fixes in a row that jumped.
    odd: u8,
}

/// One car's track: what it knows of places, and what waits. Bounded.
#[derive(Clone, Debug, Default)]
pub struct Track {
    places: Places,
    line: heapless::Deque<Held, LINE_MAX>,
    leg: Option<Leg>,
    driven_m: f64,
    who: u64,
}

impl Track {
    /// The stops that it knows.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// The same, to restore or erase them.
    pub fn places_mut(&mut self) -> &mut Places {
        &mut self.places
    }

    /// The mark of who drives.
    pub fn driven_by(&mut self, who: u64) {
        self.who = who;
    }

    /// How many fixes wait for a use.
    pub fn pending(&self, use_ix: UseIx) -> u32 {
        u32::try_from(self.line.iter().filter(|held| held.uses.contains(use_ix)).count()).unwrap_or(u32::MAX)
    }

    /// A use's consent, tier or pause changed: nothing that waits is for it any longer. Yields how many fixes were.
    pub fn forget(&mut self, use_ix: UseIx) -> u32 {
        let forgotten = self.pending(use_ix);
        self.line.iter_mut().for_each(|held| held.uses.remove(use_ix));
        forgotten
    }

    /// Takes a fix that these uses may have once it is cleared; what is decided by it comes out.
    pub fn push(&mut self, t_ms: i64, fix: &Fix, uses: UseSet, bits: &mut dyn FnMut() -> u64, visit: &mut dyn FnMut(Fate)) {
        let held = Held { t_ms, lat_deg: fix.lat_deg, lon_deg: fix.lon_deg, uses, leg_m: 0.0, driven_m: 0 };
        if !on_the_globe(fix) {
            return visit(Fate::Hidden(held));
        }
        let Some(mut leg) = self.leg else {
            self.set_out(held, bits);
            return visit(Fate::Hidden(held));
        };
        let elapsed_ms = t_ms.saturating_sub(leg.t_ms);
        if elapsed_ms <= 0 {
            return visit(Fate::Hidden(held));
        }
        if jumps(&leg, &held, elapsed_ms) {
            leg.odd = leg.odd.saturating_add(1);
            self.leg = Some(leg);
            if leg.odd >= ODD_MAX {
                // The car is elsewhere: what was believed of its way is not known to be true.
                self.abandon(visit);
                self.set_out(held, bits);
            }
            return visit(Fate::Hidden(held));
        }
        (leg.t_ms, leg.lat_deg, leg.lon_deg, leg.odd) = (t_ms, held.lat_deg, held.lon_deg, 0);
        self.leg = Some(self.moved_on(leg));
        self.dwell(bits, visit);
        self.hold(held, visit);
        self.let_go(visit);
    }

    /// The trip is over: what waits is judged by where it ended.
    pub fn end(&mut self, bits: &mut dyn FnMut() -> u64, visit: &mut dyn FnMut(Fate)) {
        if let Some(leg) = self.leg.take() {
            self.arrive((leg.t_ms, leg.lat_deg, leg.lon_deg), leg.since_m, bits, visit);
        }
    }

    /// Nothing that waits may leave: the agent stops, or the place is no longer believed.
    pub fn abandon(&mut self, visit: &mut dyn FnMut(Fate)) {
        self.leg = None;
        while let Some(held) = self.line.pop_front() {
            visit(Fate::Hidden(held));
        }
    }

    /// A leg begins at a stop.
    fn set_out(&mut self, from: Held, bits: &mut dyn FnMut() -> u64) {
        let Held { t_ms, lat_deg, lon_deg, .. } = from;
        let clip_m = self.places.visit((t_ms, lat_deg, lon_deg), self.who, bits);
        let still = (t_ms, lat_deg, lon_deg);
        self.leg = Some(Leg { t_ms, lat_deg, lon_deg, still, still_m: 0.0, at_stop: true, since_m: 0.0, clip_m, odd: 0 });
    }

    /// Counts the way, and whether the car stands.
    fn moved_on(&mut self, mut leg: Leg) -> Leg {
        let step_m = metres(leg.still.1, leg.still.2, leg.lat_deg, leg.lon_deg);
        leg.since_m = leg.still_m + step_m;
        if step_m > STILL_M {
            leg.still = (leg.t_ms, leg.lat_deg, leg.lon_deg);
            leg.still_m = leg.since_m;
            leg.at_stop = false;
            self.driven_m += step_m;
        }
        leg
    }

    /// A car that has stood for long has stopped: one leg ends, the next begins.
    fn dwell(&mut self, bits: &mut dyn FnMut() -> u64, visit: &mut dyn FnMut(Fate)) {
        let Some(mut leg) = self.leg else { return };
        let (since_ms, lat_deg, lon_deg) = leg.still;
        if leg.at_stop || leg.t_ms.saturating_sub(since_ms) < DWELL_MS {
            return;
        }
        leg.clip_m = self.arrive((leg.t_ms, lat_deg, lon_deg), leg.still_m, bits, visit);
        (leg.since_m, leg.still_m, leg.at_stop) = (0.0, 0.0, true);
        self.leg = Some(leg);
    }

    /// A leg of `leg_m` ended here; yields the clip of the place.
    fn arrive(&mut self, at: (i64, f64, f64), leg_m: f64, bits: &mut dyn FnMut() -> u64, visit: &mut dyn FnMut(Fate)) -> f64 {
        let clip_m = self.places.visit(at, self.who, bits);
        while let Some(held) = self.line.pop_front() {
            let near = leg_m - held.leg_m < clip_m || self.places.hide(held.lat_deg, held.lon_deg);
            visit(if near { Fate::Hidden(held) } else { free(held) });
        }
        clip_m
    }

    /// Puts a fix in the line, unless it is hidden already.
    fn hold(&mut self, mut held: Held, visit: &mut dyn FnMut(Fate)) {
        let Some(leg) = self.leg else { return visit(Fate::Hidden(held)) };
        if leg.since_m < leg.clip_m || leg.at_stop || self.places.hide(held.lat_deg, held.lon_deg) {
            return visit(Fate::Hidden(held));
        }
        (held.leg_m, held.driven_m) = (leg.since_m, whole_m(self.driven_m));
        if self.line.is_full() {
            self.thin(visit);
        }
        if let Err(held) = self.line.push_back(held) {
            visit(Fate::Hidden(held));
        }
    }

    /// Lets every second fix go.
    fn thin(&mut self, visit: &mut dyn FnMut(Fate)) {
        for at in 0..self.line.len() {
            match self.line.pop_front() {
                // INVARIANT: as many were taken out as are put back.
                Some(held) if at.checked_rem(2) == Some(0) => self.line.push_back(held).unwrap_or_else(|held| visit(Fate::Hidden(held))),
                Some(held) => visit(Fate::Hidden(held)),
                None => return,
            }
        }
    }

    /// Lets go what the car has left so far behind that no end of this leg could hide it.
    fn let_go(&mut self, visit: &mut dyn FnMut(Fate)) {
        let Some(leg) = self.leg else { return };
        while let Some(held) = self.line.front().copied() {
            let behind_m = leg.since_m - held.leg_m;
            let away_m = metres(held.lat_deg, held.lon_deg, leg.lat_deg, leg.lon_deg);
            if behind_m < f64::from(CLIP_MAX_M) || away_m < ZONE_M + SHIFT_M {
                return;
            }
            self.line.pop_front();
            visit(if self.places.hide(held.lat_deg, held.lon_deg) { Fate::Hidden(held) } else { free(held) });
        }
    }
}

fn free(held: Held) -> Fate {
    Fate::Free(held, Cleared { driven_m: held.driven_m })
}

/// Whether a fix is farther from the one before than anybody drives.
#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "milliseconds far below 2^53, or a jump is none")]
fn jumps(leg: &Leg, held: &Held, elapsed_ms: i64) -> bool {
    let most_m = JUMP_M_S * (elapsed_ms as f64 / 1_000.0).max(1.0);
    metres(leg.lat_deg, leg.lon_deg, held.lat_deg, held.lon_deg) > most_m
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "positions and counts of a test")]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const HOME: (f64, f64) = (48.1, 11.5);

    /// A car that drives through a test; its fixes are a second apart.
    struct Drive {
        track: Track,
        t_ms: i64,
        at: (f64, f64),
        seed: u64,
        free: Vec<(f64, f64)>,
        pushed: usize,
        hidden: usize,
    }

    impl Drive {
        fn from(seed: u64, at: (f64, f64)) -> Self {
            Self { track: Track::default(), t_ms: 1_000, at, seed, free: Vec::new(), pushed: 0, hidden: 0 }
        }

        fn fix(&mut self) {
            let fix = Fix { lat_deg: self.at.0, lon_deg: self.at.1, alt_m: None, heading_deg: None, accuracy_m: None };
            let mut uses = UseSet::EMPTY;
            uses.insert(UseIx(3));
            let (free, hidden, seed) = (&mut self.free, &mut self.hidden, &mut self.seed);
            self.track.push(self.t_ms, &fix, uses, &mut || next(seed), &mut |fate| note(fate, free, hidden));
            self.t_ms += 1_000;
            self.pushed += 1;
        }

        /// So many metres north (or south) at 20 m/s.
        fn go(&mut self, north_m: f64) {
            let steps = (north_m.abs() / 20.0).round();
            for _ in 0..usize::from(floor_u16(steps)) {
                self.at = moved(self.at.0, self.at.1, 20.0 * north_m.signum(), 0.0);
                self.fix();
            }
        }

        fn stand(&mut self, seconds: usize) {
            (0..seconds).for_each(|_| self.fix());
        }

        fn end(&mut self) {
            let (free, hidden, seed) = (&mut self.free, &mut self.hidden, &mut self.seed);
            self.track.end(&mut || next(seed), &mut |fate| note(fate, free, hidden));
        }

        fn nearest_m(&self, to: (f64, f64)) -> f64 {
            self.free.iter().map(|at| metres(at.0, at.1, to.0, to.1)).fold(f64::INFINITY, f64::min)
        }
    }

    fn note(fate: Fate, free: &mut Vec<(f64, f64)>, hidden: &mut usize) {
        match fate {
            Fate::Free(held, _) => free.push((held.lat_deg, held.lon_deg)),
            Fate::Hidden(_) => *hidden += 1,
        }
    }

    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed ^ (*seed >> 31)
    }

    #[test]
    fn both_ends_stay_in_the_car_and_the_middle_leaves() {
        for seed in 0..50 {
            let mut drive = Drive::from(seed, HOME);
            drive.go(10_000.0);
            let end = drive.at;
            drive.end();
            assert_eq!(drive.free.len() + drive.hidden, drive.pushed, "every fix comes out once");
            assert!(drive.free.len() > 250, "seed {seed}: {} of 500", drive.free.len());
            for place in [HOME, end] {
                assert!(drive.nearest_m(place) >= 200.0, "seed {seed}: {} m", drive.nearest_m(place));
            }
            let zones = drive.track.places().clone();
            assert!(drive.free.iter().all(|at| !zones.hide(at.0, at.1)), "seed {seed}");
        }
    }

    #[test]
    fn zones_and_clips_are_drawn_once_and_a_near_stop_joins_one() {
        let mut drive = Drive::from(1, HOME);
        drive.go(5_000.0);
        drive.end();
        let before = drive.track.places().stops().to_vec();
        drive.go(-4_800.0);
        drive.end();
        let after = drive.track.places().stops().to_vec();
        assert_eq!(before.len(), 2);
        let kept = |stop: &Stop| (stop.zone_lat_deg.to_bits(), stop.zone_lon_deg.to_bits(), stop.clip_m);
        assert_eq!(after.iter().map(kept).collect::<Vec<_>>(), before.iter().map(kept).collect::<Vec<_>>(), "200 m away is the same place");
        assert_eq!(after.iter().map(|stop| stop.visits).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn a_zone_is_moved_and_a_clip_is_long_as_it_was_drawn() {
        let quarter = 1_u64 << 62;
        // A quarter of the disc lies within half of its radius.
        for (turn, north_m, east_m) in [(0, 450.0, 0.0), (1, 0.0, 450.0), (2, -450.0, 0.0), (3, 0.0, -450.0)] {
            for (last, clip_m) in [(0, CLIP_MIN_M), (2 * quarter, 600), (u64::MAX, CLIP_MAX_M)] {
                let mut words = [quarter, turn * quarter, last].into_iter();
                let stop = drawn(HOME.0, HOME.1, 7, &mut || words.next().unwrap());
                let north = (stop.zone_lat_deg - HOME.0) * 111_195.0;
                let east = (stop.zone_lon_deg - HOME.1) * 111_195.0 * libm::cos(HOME.0.to_radians());
                assert!((north - north_m).abs() < 1.0 && (east - east_m).abs() < 1.0, "{north} m north, {east} m east");
                assert_eq!((stop.clip_m, stop.visits, stop.day, stop.who), (clip_m, 1, 7, 0));
                assert_eq!((stop.lat_deg.to_bits(), stop.lon_deg.to_bits()), (HOME.0.to_bits(), HOME.1.to_bits()));
            }
        }
        let mut words = [u64::MAX, 0, 0].into_iter();
        let farthest = drawn(HOME.0, HOME.1, 0, &mut || words.next().unwrap());
        let away_m = metres(HOME.0, HOME.1, farthest.zone_lat_deg, farthest.zone_lon_deg);
        assert!((SHIFT_M - 1.0..ZONE_M).contains(&away_m), "a place lies in its own zone: {away_m} m");
    }

    #[test]
    fn a_stop_joins_the_nearest_place_and_places_can_be_taken_back_and_cleared() {
        let north = |north_m| moved(HOME.0, HOME.1, north_m, 0.0).0;
        let known = |north_m| Stop { lat_deg: north(north_m), who: 0, ..drawn(HOME.0, HOME.1, 1, &mut || 0) };
        for (first_m, second_m) in [(0.0, 700.0), (700.0, 0.0)] {
            for (at_m, visits_first) in [(300.0, first_m < 1.0), (400.0, first_m > 1.0)] {
                let mut places = Places::default();
                places.restore([known(first_m), known(second_m)]);
                assert_eq!(places.stops().len(), 2);
                let before = places.revision();
                places.visit((3 * 86_400_000, north(at_m), HOME.1), 4, &mut || 0);
                let visits: Vec<u16> = places.stops().iter().map(|stop| stop.visits).collect();
                assert_eq!(visits, if visits_first { [2, 1] } else { [1, 2] }, "{at_m} m from {first_m} and {second_m}");
                assert!(places.stops().iter().any(|stop| (stop.day, stop.who) == (3, 4)) && places.revision() > before);
                places.forget(4);
                assert_eq!(places.stops().len(), 1, "what guests drove to stays");
                let before = places.revision();
                places.clear();
                assert!(places.stops().is_empty() && places.revision() > before);
            }
        }
    }

    #[test]
    fn the_way_is_counted_from_trip_to_trip_and_stops_bear_the_drivers_mark() {
        let mut drive = Drive::from(1, HOME);
        drive.track.driven_by(5);
        let mut counted = Vec::new();
        for (trip, north_m) in [(0, 20.0), (1, -20.0)] {
            for _ in 0..500 {
                drive.at = moved(drive.at.0, drive.at.1, north_m, 0.0);
                let fix = Fix { lat_deg: drive.at.0, lon_deg: drive.at.1, alt_m: None, heading_deg: None, accuracy_m: None };
                drive.t_ms += 1_000;
                drive.track.push(drive.t_ms, &fix, UseSet::EMPTY, &mut || 0, &mut |fate| {
                    if let Fate::Free(held, cleared) = fate {
                        let out_m = metres(HOME.0, HOME.1, held.lat_deg, held.lon_deg);
                        counted.push((cleared.driven_m(), if trip == 0 { out_m } else { 20_000.0 - out_m }));
                    }
                });
            }
            drive.end();
        }
        assert!(counted.len() > 500, "{}", counted.len());
        // It is counted in pieces of more than 100 m.
        let as_driven = |driven_m: u64, way_m: f64| (way_m - 250.0..way_m + 1.0).contains(&f64::from(u32::try_from(driven_m).unwrap()));
        assert!(counted.iter().all(|(driven_m, way_m)| as_driven(*driven_m, *way_m)), "{counted:?}");
        assert!(drive.track.places().stops().iter().all(|stop| stop.who == 5));
    }

    #[test]
    fn a_car_has_stopped_when_it_stood_for_just_so_long() {
        let mut drive = Drive::from(1, HOME);
        drive.go(5_000.0);
        let (since_ms, ..) = drive.track.leg.unwrap().still;
        for (elapsed_ms, stops) in [(DWELL_MS - 1, 1), (DWELL_MS, 2)] {
            drive.t_ms = since_ms + elapsed_ms;
            drive.fix();
            assert_eq!(drive.track.places().stops().len(), stops, "after {elapsed_ms} ms");
        }
    }

    #[test]
    fn a_fix_in_a_known_zone_does_not_wait() {
        let mut drive = Drive::from(1, HOME);
        let there = moved(HOME.0, HOME.1, 5_000.0, 0.0);
        drive.track.places_mut().restore([Stop { zone_lat_deg: there.0, zone_lon_deg: there.1, ..drawn(there.0, there.1, 1, &mut || 0) }]);
        drive.go(4_980.0);
        let hidden = drive.hidden;
        drive.go(20.0);
        assert_eq!(drive.hidden, hidden + 1);
    }

    #[test]
    fn a_line_that_is_full_keeps_every_second_fix_and_the_oldest() {
        let mut track = Track::default();
        for at in 0..i64::try_from(LINE_MAX).unwrap() {
            let held = Held { t_ms: at, lat_deg: 0.0, lon_deg: 0.0, uses: UseSet::EMPTY, leg_m: 0.0, driven_m: 0 };
            track.line.push_back(held).unwrap();
        }
        let mut hidden = Vec::new();
        track.thin(&mut |fate| match fate {
            Fate::Hidden(held) => hidden.push(held.t_ms),
            Fate::Free(held, _) => panic!("{held:?}"),
        });
        let kept: Vec<i64> = track.line.iter().map(|held| held.t_ms).collect();
        assert_eq!((kept.len(), hidden.len()), (LINE_MAX / 2, LINE_MAX / 2));
        assert!(kept.iter().all(|t_ms| t_ms % 2 == 0) && kept.is_sorted() && hidden.iter().all(|t_ms| t_ms % 2 == 1));
    }

    #[test]
    fn the_ends_hidden_length_is_the_places_own_and_not_the_lines() {
        let shown_m = |seed| {
            let mut drive = Drive::from(seed, HOME);
            drive.go(12_000.0);
            let end = drive.at;
            drive.end();
            drive.nearest_m(end)
        };
        let lengths: Vec<f64> = (0..60).map(shown_m).collect();
        let (least, most) = lengths.iter().fold((f64::MAX, 0.0_f64), |(least, most), m| (least.min(*m), most.max(*m)));
        assert!(least < 700.0 && most > 1_500.0, "from {least} to {most} m: no ring of one radius");
    }

    #[test]
    fn idling_before_the_door_tells_nothing_however_long() {
        for seconds in [60, 299, 301, 3_600] {
            let mut drive = Drive::from(9, HOME);
            drive.stand(seconds);
            drive.go(9_000.0);
            drive.stand(seconds);
            let end = drive.at;
            drive.end();
            assert!(drive.nearest_m(HOME) >= 200.0 && drive.nearest_m(end) >= 200.0, "{seconds} s");
            assert!(drive.free.len() > 100, "{seconds} s: {}", drive.free.len());
        }
    }

    #[test]
    fn a_long_stand_on_the_way_is_a_stop() {
        let mut drive = Drive::from(4, HOME);
        drive.go(8_000.0);
        let cafe = drive.at;
        drive.stand(400);
        drive.go(8_000.0);
        drive.end();
        assert_eq!(drive.track.places().stops().len(), 3);
        assert!(drive.nearest_m(cafe) >= 200.0, "{}", drive.nearest_m(cafe));
    }

    #[test]
    fn a_trip_shorter_than_its_clips_leaves_nothing() {
        let mut drive = Drive::from(2, HOME);
        drive.go(380.0);
        drive.end();
        assert_eq!((drive.free.len(), drive.hidden), (0, 19));
    }

    #[test]
    fn a_cached_fix_after_ignition_and_a_jump_lead_nowhere() {
        // The receiver says yesterday's place until it sees the sky.
        let mut drive = Drive::from(3, (48.3, 11.5));
        drive.at = HOME;
        drive.stand(10);
        drive.go(9_000.0);
        drive.end();
        assert!(drive.nearest_m(HOME) >= 200.0);
        assert!(drive.track.places().hide(drive.track.places().stops()[0].zone_lat_deg, drive.track.places().stops()[0].zone_lon_deg));
        // One wild fix on the way is dropped, and the way goes on.
        let mut drive = Drive::from(3, HOME);
        drive.go(5_000.0);
        let at = drive.at;
        drive.at = (49.0, 12.0);
        drive.fix();
        drive.at = at;
        drive.go(5_000.0);
        drive.end();
        assert!(drive.nearest_m((49.0, 12.0)) > 10_000.0 && drive.free.len() > 250);
    }

    #[test]
    fn a_tunnel_is_a_straight_way() {
        let mut drive = Drive::from(5, HOME);
        drive.go(5_000.0);
        drive.t_ms += 120_000;
        drive.at = moved(drive.at.0, drive.at.1, 2_400.0, 0.0);
        drive.go(5_000.0);
        drive.end();
        assert!(drive.free.len() > 250, "{}", drive.free.len());
        assert_eq!(drive.track.places().stops().len(), 2);
    }

    #[test]
    fn time_that_goes_back_and_places_off_the_globe_are_hidden() {
        let mut drive = Drive::from(6, HOME);
        drive.go(6_000.0);
        let before = drive.hidden;
        drive.t_ms -= 50_000;
        drive.fix();
        drive.t_ms += 49_000;
        drive.at = (f64::NAN, 11.0);
        drive.fix();
        drive.at = (90.1, 0.0);
        drive.fix();
        assert_eq!(drive.hidden - before, 3);
    }

    #[test]
    fn a_crawl_thins_the_line_and_loses_no_count() {
        let mut drive = Drive::from(7, HOME);
        drive.go(3_000.0);
        for _ in 0..1_500 {
            drive.at = moved(drive.at.0, drive.at.1, 1.2, 0.0);
            drive.fix();
        }
        drive.go(6_000.0);
        drive.end();
        assert_eq!(drive.free.len() + drive.hidden, drive.pushed);
    }

    #[test]
    fn what_waits_for_a_use_is_forgotten_with_its_consent() {
        let mut drive = Drive::from(8, HOME);
        drive.go(4_000.0);
        let waiting = drive.track.pending(UseIx(3));
        assert!(waiting > 0);
        assert_eq!((drive.track.forget(UseIx(3)), drive.track.pending(UseIx(3))), (waiting, 0));
        let (free, hidden) = (&mut Vec::new(), &mut 0);
        drive.track.abandon(&mut |fate| note(fate, free, hidden));
        assert_eq!((free.len(), u32::try_from(*hidden).unwrap()), (0, waiting));
    }

    #[test]
    fn the_least_visited_and_oldest_stop_makes_room() {
        let mut places = Places::default();
        let mut seed = 1;
        for at in 0..=STOPS_MAX {
            let lat_deg = f64::from(u16::try_from(at).unwrap()) * 0.05;
            places.visit((i64::try_from(at).unwrap() * 86_400_000, lat_deg, 0.0), 1, &mut || next(&mut seed));
            if at == 0 {
                places.visit((0, lat_deg, 0.0), 2, &mut || next(&mut seed));
            }
        }
        assert_eq!(places.stops().len(), STOPS_MAX);
        assert!(places.stops().iter().any(|stop| stop.lat_deg.abs() < 0.01), "visited twice");
        assert!(places.stops().iter().all(|stop| (stop.lat_deg - 0.05).abs() > 0.01), "visited once, longest ago");
        let before = places.revision();
        places.forget(1);
        assert_eq!((places.stops().len(), places.stops()[0].who), (1, 2), "what only one drove to goes with them");
        assert!(places.revision() != before);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn no_fix_is_lost_or_doubled_and_none_is_freed_inside_a_zone(
            seed in any::<u64>(),
            moves in prop::collection::vec((any::<u8>(), -60.0_f64..60.0, -60.0_f64..60.0, 0_i64..400_000), 1..400),
        ) {
            let mut drive = Drive::from(seed, (0.01, 179.99));
            for (kind, north_m, east_m, wait_ms) in moves {
                match kind {
                    0..=2 => drive.end(),
                    3 => drive.at = (north_m * 2.0, east_m * 4.0),
                    4 => drive.t_ms += wait_ms - 200_000,
                    5 => drive.at.0 = f64::INFINITY,
                    _ => drive.at = moved(if drive.at.0.is_finite() { drive.at.0 } else { 0.0 }, drive.at.1, north_m, east_m),
                }
                drive.fix();
            }
            drive.end();
            prop_assert_eq!(drive.free.len() + drive.hidden, drive.pushed);
            prop_assert!(drive.free.iter().all(|(lat, lon)| lat.is_finite() && (-180.0..=180.0).contains(lon)));
        }
    }
}
