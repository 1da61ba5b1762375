//! What leaves of a car's trips under a rule: the rule of `consent-core` itself, over all trips of a car in order of time.
//!
//! As in the car: one track, one secret and one state of the rule for the whole of a car's life, and a trip's end at each trip's end.

use super::geo::{Point, number};
use super::read::{Car, Trip};
use consent_core::transform::{self, RuleState, Shared, Target, Work};
use consent_core::{EndCause, Fate, Fix, Guard, Released, ReleasedValue, Rule, Sample, SignalId, Sink, Slices, Tier, Track, UseIx, UseSet};
use consent_gatekeeper::kept::Kept;
use consent_gatekeeper::rng::Rng;
use consent_gatekeeper::store::Snapshot;
use consent_gatekeeper::vault::Vault;
use consent_protocol::catalog::{CompiledCatalog, FixPart, TierDef};

/// The signal of a fix.
pub const SIGNAL: SignalId = SignalId(0);

/// A rule to be measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Protection {
    /// What it is called.
    pub name: String,
    /// The rule.
    pub rule: Rule,
}

impl Protection {
    fn new(name: &str, rule: Rule) -> Self {
        Self { name: name.to_owned(), rule }
    }

    /// Whether something is drawn, so that another draw may leave something else.
    pub fn is_drawn(&self) -> bool {
        self.rule.is_guarded() || matches!(self.rule, Rule::Moved { .. })
    }

    /// The cell that an attacker who knows the rule reckons with, metres.
    pub fn cell_m(&self) -> f64 {
        if let Rule::Moved { cell_m, .. } = self.rule {
            return f64::from(cell_m);
        }
        self.rule.cell_m().map_or(0.0, f64::from)
    }
}

/// The rules that are measured without a catalog.
pub fn shipped() -> Vec<Protection> {
    let grid = |cell_m, raster_ms| Rule::Grid { cell_m, raster_ms };
    let track = |cell_m, raster_ms, slices| Rule::Track { cell_m, raster_ms, guard: Guard::ZonesAndClip, slices };
    vec![
        Protection::new("raw", Rule::AsIs),
        Protection::new("grid 2 km, 1 s", grid(2_000, 1_000)),
        Protection::new("grid 2 km, 60 s", grid(2_000, 60_000)),
        Protection::new("grid 5 km, 1 s", grid(5_000, 1_000)),
        Protection::new("grid 5 km, 300 s", grid(5_000, 300_000)),
        Protection::new("grid 20 km, 1 s", grid(20_000, 1_000)),
        Protection::new("zones + clip, 1 s", track(0, 1_000, Slices::Whole)),
        Protection::new("zones + clip + slices, 1 s", track(0, 1_000, Slices::Cut)),
        Protection::new("zones + clip + 2 km, 60 s", track(2_000, 60_000, Slices::Whole)),
        Protection::new("moved 2 km per 500 m, 1 s", Rule::Moved { cell_m: 500, scale_m: 2_000, raster_ms: 1_000 }),
        Protection::new("event 1/20 km", Rule::Event { spacing_m: 20_000 }),
    ]
}

/// What a catalog's uses do to places, each rule once: `use` or `use/tier`.
pub fn of_catalog(catalog: &CompiledCatalog) -> Vec<Protection> {
    let mut found: Vec<Protection> = Vec::new();
    for used in &catalog.uses {
        for (at, tier) in used.tiers.iter().enumerate() {
            let name = if used.tiers.len() > 1 { format!("{}/{at}", used.id) } else { used.id.clone() };
            for place in of_tier(catalog, &name, tier) {
                match found.iter_mut().find(|known| known.rule == place.rule) {
                    Some(known) => known.name = format!("{}, {name}", known.name),
                    None => found.push(place),
                }
            }
        }
    }
    found
}

/// What a tier does to places.
pub(super) fn of_tier(catalog: &CompiledCatalog, name: &str, tier: &TierDef) -> Vec<Protection> {
    let latitude = |signal: u16| catalog.signals.get(usize::from(signal)).is_some_and(|signal| signal.fix == Some(FixPart::Latitude));
    tier.rules.iter().filter(|rule| latitude(rule.signal) && leaves_places(&rule.rule)).map(|rule| Protection::new(name, rule.rule)).collect()
}

fn leaves_places(rule: &Rule) -> bool {
    match rule {
        Rule::AsIs | Rule::RateCap { .. } | Rule::Grid { .. } | Rule::Track { .. } | Rule::Event { .. } | Rule::Moved { .. } => true,
        Rule::Drop
        | Rule::Round { .. }
        | Rule::Window { .. }
        | Rule::Level { .. }
        | Rule::Histogram { .. }
        | Rule::Score { .. }
        | Rule::Noise { .. }
        | Rule::Path { .. } => false,
    }
}

/// A place that left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The stamp that it left with, Unix milliseconds.
    pub t_ms: i64,
    /// Where the recipient believes the car to have been.
    pub at: Point,
    /// Which fix of the trip it was made of.
    pub source: usize,
    /// Its slice.
    pub slice: u32,
}

/// What became of a fix before its rule was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// It may leave if the rule says so.
    Yes,
    /// It is private.
    No,
}

/// What is left of a trip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Left {
    /// What left, in order.
    pub places: Vec<Place>,
    /// For each fix of the trip.
    pub passed: Vec<Passed>,
}

/// What leaves of one car under a rule, trip by trip. The seed is for what is drawn.
pub fn apply(car: &Car, rule: Rule, seed: u64) -> Vec<Left> {
    apply_all(car, &[rule], seed).pop().unwrap_or_default()
}

/// What leaves of one car under each of several rules, each as the use of another recipient, trip by trip. They share the car's track and
/// secret: a zone is the same for all of them.
pub fn apply_all(car: &Car, rules: &[Rule], seed: u64) -> Vec<Vec<Left>> {
    let mut gate = Gate::new(rules, &car.name, seed);
    let mut left: Vec<Vec<Left>> = vec![Vec::new(); rules.len()];
    for trip in &car.trips {
        left.iter_mut().zip(gate.trip(trip)).for_each(|(all, left)| all.push(left));
    }
    left
}

/// A car's state of several rules.
struct Gate {
    rules: Vec<OneRule>,
    guarded: UseSet,
    track: Track,
    kept: Kept,
}

/// The state of one of them.
struct OneRule {
    target: Target,
    state: RuleState,
    shared: Shared,
}

#[derive(Default)]
struct Last(Option<Released>);

impl Sink for Last {
    fn released(&mut self, released: Released) {
        self.0 = Some(released);
    }

    fn reduced(&mut self, _: UseIx, _: u32) {}
}

impl Gate {
    fn new(rules: &[Rule], car: &str, seed: u64) -> Self {
        let target = |(rule, at): (&Rule, u8)| Target { use_ix: UseIx(at), tier: Tier::default(), signal: SIGNAL, rule: *rule };
        let rules: Vec<OneRule> =
            rules.iter().zip(0..).map(|one| OneRule { target: target(one), state: RuleState::default(), shared: Shared::default() }).collect();
        let mut guarded = UseSet::EMPTY;
        rules.iter().filter(|one| one.target.rule.is_guarded()).for_each(|one| guarded.insert(one.target.use_ix));
        Self { rules, guarded, track: Track::default(), kept: kept(car, seed) }
    }

    fn trip(&mut self, trip: &Trip) -> Vec<Left> {
        let mut all = vec![Left { places: Vec::new(), passed: vec![Passed::No; trip.fixes.len()] }; self.rules.len()];
        for (source, seen) in trip.fixes.iter().enumerate() {
            let fix = bare(seen.at.lat_deg, seen.at.lon_deg);
            for (one, left) in self.rules.iter_mut().zip(&mut all).filter(|(one, _)| !one.target.rule.is_guarded()) {
                one.push(left, source, (fix, seen.t_ms), None, &mut self.kept);
            }
            if !self.guarded.is_empty() {
                let mut fates = Vec::new();
                let Self { track, kept, .. } = self;
                track.push(seen.t_ms, &fix, self.guarded, &mut || kept.word(), &mut |fate| fates.push(fate));
                self.take(&mut all, trip, fates);
            }
        }
        let mut fates = Vec::new();
        let Self { track, kept, .. } = self;
        track.end(&mut || kept.word(), &mut |fate| fates.push(fate));
        self.take(&mut all, trip, fates);
        for OneRule { target, state, shared } in &mut self.rules {
            let mut sink = Last::default();
            transform::end(EndCause::Trip, target, &mut Work { state, shared, source: &mut self.kept, sink: &mut sink });
        }
        all
    }

    fn take(&mut self, all: &mut [Left], trip: &Trip, fates: Vec<Fate>) {
        for fate in fates {
            let (held, cleared) = match fate {
                Fate::Free(held, cleared) => (held, Some(cleared)),
                Fate::Hidden(held) => (held, None),
            };
            // Two fixes of one stamp: the track takes the first.
            let source = trip.fixes.partition_point(|seen| seen.t_ms < held.t_ms);
            for (one, left) in self.rules.iter_mut().zip(all.iter_mut()).filter(|(one, _)| one.target.rule.is_guarded()) {
                one.push(left, source, (bare(held.lat_deg, held.lon_deg), held.t_ms), cleared, &mut self.kept);
            }
        }
    }
}

impl OneRule {
    fn push(&mut self, left: &mut Left, source: usize, (fix, t_ms): (Fix, i64), cleared: Option<consent_core::Cleared>, kept: &mut Kept) {
        let is_free = cleared.is_some() || !self.target.rule.is_guarded();
        if let Some(passed) = left.passed.get_mut(source).filter(|_| is_free) {
            *passed = Passed::Yes;
        }
        let mut sink = Last::default();
        let sample = Sample::Fix { signal: SIGNAL, fix, t_ms, inputs: 2, cleared };
        transform::push(&sample, &self.target, &mut Work { state: &mut self.state, shared: &mut self.shared, source: kept, sink: &mut sink });
        let Some(released) = sink.0 else { return };
        if let ReleasedValue::Fix(place) = released.value() {
            let at = Point { lat_deg: place.lat_deg, lon_deg: place.lon_deg };
            left.places.push(Place { t_ms: released.t_ms(), at, source, slice: released.slice() });
        }
    }
}

fn bare(lat_deg: f64, lon_deg: f64) -> Fix {
    Fix { lat_deg, lon_deg, alt_m: None, heading_deg: None, accuracy_m: None }
}

/// What a car draws on: other draws for another seed.
pub(super) fn kept(car: &str, seed: u64) -> Kept {
    let draws = consent_protocol::envelope::sha256(&[b"privacy", car.as_bytes(), &seed.to_le_bytes()]);
    let mut rng = Rng::new(draws.0);
    let vault = Vault::load(&Snapshot::default(), &mut rng, &mut Vec::new());
    Kept::load(&Snapshot::default(), &vault, rng).0
}

/// How many places left.
pub fn count(left: &[Left]) -> f64 {
    left.iter().map(|trip| number(trip.places.len())).sum()
}
