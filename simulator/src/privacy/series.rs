//! What leaves of a trip's signals that are no position, under the rules of a use: those of `consent-core`, as in the car.
//!
//! The tracks have speed, where they have the column, and positions; what follows from both is reckoned ([`Kind`]). A signal of which
//! nothing is known stands still: then only when it left can be attacked.
//!
//! INVARIANT: rows are made by `consent-core`; nothing here rounds, sums up or drops.

use super::geo::{number, offset, seconds};
use super::protect::{SIGNAL, kept};
use super::read::{Car, Trip};
use consent_core::transform::{self, RuleState, Shared, Target, Work};
use consent_core::{
    Aggregate, CategorySet, Change, EndCause, Released, ReleasedValue, Rule, Sample, ScoreRole, SignalId, Sink, Source, Step, Tier, UseIx, Value, Weigh,
};
use consent_protocol::catalog::{CompiledCatalog, TierDef, Use};
use serde::Serialize;

/// The use that everything leaves to.
const USE: UseIx = UseIx(0);
/// Slower than this a car turns on the spot, km/h: its heading says nothing.
const TURNS_KMH: f64 = 5.0;

/// What is known of a signal's values from a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// km/h.
    Speed,
    /// Kilometres since the first trip.
    Odometer,
    /// Kilometres since the trip began.
    TripMeter,
    /// Seconds since the trip began.
    RunTime,
    /// Mean speed since the trip began, km/h.
    AverageSpeed,
    /// m/s².
    Longitudinal,
    /// m/s².
    Lateral,
    /// Degrees a second.
    Yaw,
    /// Litres an hour.
    Fuel,
    /// Nothing: it stands still.
    Still,
}

impl Kind {
    /// Of a signal.
    pub fn of(path: &str) -> Self {
        match path {
            "Vehicle.Speed" | "Vehicle.OBD.Speed" => Self::Speed,
            "Vehicle.TraveledDistance" | "Vehicle.Obfcm.TotalDistance" => Self::Odometer,
            "Vehicle.TripMeterReading" | "Vehicle.TraveledDistanceSinceStart" => Self::TripMeter,
            "Vehicle.TripDuration" | "Vehicle.OBD.RunTime" => Self::RunTime,
            "Vehicle.AverageSpeed" => Self::AverageSpeed,
            "Vehicle.Acceleration.Longitudinal" => Self::Longitudinal,
            "Vehicle.Acceleration.Lateral" => Self::Lateral,
            "Vehicle.AngularVelocity.Yaw" => Self::Yaw,
            "Vehicle.OBD.FuelRate" => Self::Fuel,
            wheel if wheel.starts_with("Vehicle.Chassis.Axle.") && wheel.ends_with(".Speed") => Self::Speed,
            _ => Self::Still,
        }
    }
}

/// What is left of one signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// What is known of its values.
    pub kind: Kind,
    /// Its rule.
    pub rule: Rule,
}

/// Whether a use has consent to location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Located {
    /// Something of it belongs to a category of location.
    Consented,
    /// Nothing does: then it must not tell a route.
    Without,
}

/// Signals that leave together.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// Signals.
    pub parts: Vec<Part>,
    /// Consent to location.
    pub located: Located,
}

impl Series {
    fn one(name: &str, located: Located, kind: Kind, rule: Rule) -> Self {
        Self { name: name.to_owned(), parts: vec![Part { kind, rule }], located }
    }
}

fn step(mantissa: u32, exponent: i8) -> Step {
    Step { mantissa, exponent }
}

/// The rules that are measured without a catalog: those of the study first, then what a use without location consent may have.
pub fn shipped() -> Vec<Series> {
    let window = |period_ms, aggregate, step, threshold_steps| Rule::Window { period_ms, aggregate, step, threshold_steps };
    let of = |name: &str, kind, rule| Series::one(name, Located::Consented, kind, rule);
    let free = |name: &str, kind, rule| Series::one(name, Located::Without, kind, rule);
    let braking = |role, kind, threshold_steps| {
        let rule = Rule::Score { role, period_ms: 600_000, aggregate: Aggregate::DropsBelow, step: step(1, 0), threshold_steps, weight: -5 };
        Part { kind, rule }
    };
    vec![
        of("speed, every value", Kind::Speed, Rule::AsIs),
        of("speed, 10 km/h, every 10 s", Kind::Speed, Rule::Round { step: step(10, 0), period_ms: 10_000 }),
        of("speed, mean of 60 s", Kind::Speed, window(60_000, Aggregate::TimeMean, step(1, -1), 0)),
        of("speed, mean of 300 s, 10 km/h", Kind::Speed, window(300_000, Aggregate::TimeMean, step(10, 0), 0)),
        of("speed, seconds in bins of 20 km/h, 600 s", Kind::Speed, {
            Rule::Histogram { period_ms: 600_000, weigh: Weigh::Seconds, step: step(1, 0), low_steps: 20, width_steps: 20, bins: 8 }
        }),
        of("speed, level of 30 km/h, every 60 s", Kind::Speed, {
            Rule::Level { step: step(30, 0), low_steps: 0, high_steps: 5, dead_steps: 0, change: Change::Every, period_ms: 60_000 }
        }),
        Series {
            name: "speed and fuel, mean of 60 s".to_owned(),
            parts: [Kind::Speed, Kind::Fuel].map(|kind| Part { kind, rule: window(60_000, Aggregate::TimeMean, step(1, -1), 0) }).into(),
            located: Located::Consented,
        },
        Series {
            name: "speed and fuel, every 60 s".to_owned(),
            parts: [Kind::Speed, Kind::Fuel].map(|kind| Part { kind, rule: Rule::RateCap { period_ms: 60_000 } }).into(),
            located: Located::Consented,
        },
        of("odometer, 1 km, every 60 s", Kind::Odometer, Rule::Round { step: step(1, 0), period_ms: 60_000 }),
        of("odometer, difference of 600 s, 5 km", Kind::Odometer, window(600_000, Aggregate::Difference, step(5, 0), 0)),
        free("hard braking, count of 60 s", Kind::Longitudinal, window(60_000, Aggregate::DropsBelow, step(1, 0), -3)),
        free("hard braking, count of 600 s", Kind::Longitudinal, window(600_000, Aggregate::DropsBelow, step(1, 0), -3)),
        Series {
            name: "score of 600 s: braking, cornering".to_owned(),
            parts: vec![braking(ScoreRole::Bears, Kind::Longitudinal, -3), braking(ScoreRole::Adds, Kind::Lateral, -4)],
            located: Located::Without,
        },
        free("hardest braking of 60 s, 1 m/s2", Kind::Longitudinal, window(60_000, Aggregate::Min, step(1, 0), 0)),
        free("hard braking, count of a day", Kind::Longitudinal, window(86_400_000, Aggregate::DropsBelow, step(1, 0), -3)),
        free("a value that stands still, every 10 s", Kind::Still, Rule::RateCap { period_ms: 10_000 }),
        free("a value that stands still, every 600 s", Kind::Still, Rule::RateCap { period_ms: 600_000 }),
        free("a value that stands still, once a day", Kind::Still, Rule::RateCap { period_ms: 86_400_000 }),
    ]
}

/// What a catalog's uses let out while a car drives, positions aside: `use` or `use/tier`.
pub fn of_catalog(catalog: &CompiledCatalog) -> Vec<Series> {
    let mut found = Vec::new();
    for used in catalog.uses.iter().filter(|used| runs_on_trips(used)) {
        for (at, tier) in used.tiers.iter().enumerate() {
            let name = if used.tiers.len() > 1 { format!("{}/{at}", used.id) } else { used.id.clone() };
            let (parts, located) = of_tier(catalog, tier);
            if !parts.is_empty() {
                found.push(Series { name, parts, located });
            }
        }
    }
    found
}

/// Whether a use runs on an ordinary trip.
pub(super) fn runs_on_trips(used: &Use) -> bool {
    match used.condition {
        consent_core::Condition::Always => true,
        consent_core::Condition::Parked | consent_core::Condition::TheftDeclared | consent_core::Condition::Call => false,
    }
}

/// Signals of a tier, and whether any of them is a category of location.
pub(super) fn of_tier(catalog: &CompiledCatalog, tier: &TierDef) -> (Vec<Part>, Located) {
    let (mut parts, mut located) = (Vec::new(), Located::Without);
    for rule in tier.rules.iter().filter(|rule| rule.rule != Rule::Drop) {
        let Some(signal) = catalog.signals.get(usize::from(rule.signal)) else { continue };
        let is_located =
            catalog.categories.iter().zip(0_u8..).any(|(category, bit)| category.location && signal.categories.intersects(CategorySet::single(bit)));
        if is_located {
            located = Located::Consented;
        }
        if signal.fix.is_none() && !rule.rule.is_for_places() {
            parts.push(Part { kind: Kind::of(&signal.path), rule: rule.rule });
        }
    }
    (parts, located)
}

/// One value that left.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Of which signal of its series.
    pub part: usize,
    /// The stamp that it left with, Unix milliseconds.
    pub t_ms: i64,
    /// A number, or the counts of a histogram; none for what is no number.
    pub numbers: Vec<f64>,
}

/// What leaves of one car, trip by trip.
pub fn apply(car: &Car, series: &Series, seed: u64) -> Vec<Vec<Row>> {
    let mut source = kept(&car.name, seed);
    source.pays(USE, "privacy", &[("driver".to_owned(), [0; 16])]);
    let targets =
        series.parts.iter().zip(SIGNAL.0..).map(|(part, signal)| Target { use_ix: USE, tier: Tier::default(), signal: SignalId(signal), rule: part.rule });
    let mut gate = Gate { rules: targets.map(|target| (target, RuleState::default())).collect(), shared: Shared::default() };
    let mut before_m = 0.0;
    let of_trip = |trip: &Trip| {
        let drive = Drive::of(trip, before_m);
        before_m = drive.way_m.last().copied().unwrap_or(before_m);
        let mut rows = Rows(Vec::new());
        for (at, seen) in trip.fixes.iter().enumerate() {
            source.on(seen.t_ms);
            gate.tick(seen.t_ms, &mut source, &mut rows);
            for (part, (target, state)) in series.parts.iter().zip(&mut gate.rules) {
                let Some(value) = drive.value(part.kind, trip, at) else { continue };
                let sample = Sample::Scalar { signal: target.signal, value: Value::Float(value), t_ms: seen.t_ms };
                transform::push(&sample, target, &mut Work { state, shared: &mut gate.shared, source: &mut source, sink: &mut rows });
            }
        }
        gate.end(&mut source, &mut rows);
        rows.0
    };
    car.trips.iter().map(of_trip).collect()
}

struct Gate {
    rules: Vec<(Target, RuleState)>,
    shared: Shared,
}

impl Gate {
    /// As the gatekeeper does: full windows leave, and then the score that they add up to.
    fn tick(&mut self, now_ms: i64, source: &mut dyn Source, sink: &mut Rows) {
        for (target, state) in self.rules.iter_mut().filter(|(target, _)| target.rule.fills_window()) {
            transform::tick(now_ms, target, &mut Work { state, shared: &mut self.shared, source, sink });
        }
        for (target, state) in &mut self.rules {
            transform::tick_score(now_ms, target, &mut Work { state, shared: &mut self.shared, source, sink });
        }
    }

    fn end(&mut self, source: &mut dyn Source, sink: &mut Rows) {
        for (target, state) in &mut self.rules {
            transform::end(EndCause::Trip, target, &mut Work { state, shared: &mut self.shared, source, sink });
        }
    }
}

struct Rows(Vec<Row>);

impl Sink for Rows {
    fn released(&mut self, released: Released) {
        let numbers = match released.value() {
            ReleasedValue::Scalar(value) => value.as_number().into_iter().collect(),
            ReleasedValue::Counts(counts) => counts.iter().map(|count| f64::from(*count)).collect(),
            ReleasedValue::Fix(_) => Vec::new(),
        };
        self.0.push(Row { part: released.signal().index() - SIGNAL.index(), t_ms: released.t_ms(), numbers });
    }

    fn reduced(&mut self, _: UseIx, _: u32) {}
}

/// What a car measures of itself on one trip, at each fix.
#[derive(Debug)]
pub struct Drive {
    /// km/h.
    pub speed_kmh: Vec<f64>,
    /// Metres, from where the trip before ended: the speed summed up.
    pub way_m: Vec<f64>,
    before_m: f64,
    /// m/s².
    pub longitudinal: Vec<f64>,
    lateral: Vec<f64>,
    yaw_deg_s: Vec<f64>,
}

impl Drive {
    /// Of a trip.
    pub fn of(trip: &Trip, before_m: f64) -> Self {
        let speed_kmh = trip.speeds_kmh();
        let count = speed_kmh.len();
        let mut drive = Self {
            speed_kmh,
            way_m: vec![before_m; count.min(1)],
            before_m,
            longitudinal: vec![0.0; count.min(1)],
            lateral: Vec::new(),
            yaw_deg_s: Vec::new(),
        };
        let mut heading: Option<f64> = None;
        for ((from, to), speeds) in trip.fixes.iter().zip(trip.fixes.iter().skip(1)).zip(drive.speed_kmh.windows(2)) {
            let &[before, now] = speeds else { continue };
            let took_s = seconds(from.t_ms, to.t_ms);
            let way_m = drive.way_m.last().copied().unwrap_or_default();
            drive.way_m.push(way_m + before.midpoint(now) / 3.6 * took_s);
            drive.longitudinal.push(if took_s > 0.0 { (now - before) / 3.6 / took_s } else { 0.0 });
            let (north_m, east_m) = offset(from.at, to.at);
            let turned = heading.filter(|_| now.min(before) > TURNS_KMH && took_s > 0.0).map_or(0.0, |heading| {
                let turn = east_m.atan2(north_m) - heading;
                turn - std::f64::consts::TAU * (turn / std::f64::consts::TAU).round()
            });
            if north_m.hypot(east_m) > 0.0 {
                heading = Some(east_m.atan2(north_m));
            }
            let rate = if took_s > 0.0 { turned / took_s } else { 0.0 };
            drive.lateral.push(-rate * now / 3.6);
            drive.yaw_deg_s.push(-rate.to_degrees());
        }
        drive
    }

    fn value(&self, kind: Kind, trip: &Trip, at: usize) -> Option<f64> {
        let since_m = || Some(self.way_m.get(at)? - self.before_m);
        let since_s = || Some(seconds(trip.fixes.first()?.t_ms, trip.fixes.get(at)?.t_ms));
        match kind {
            Kind::Speed => self.speed_kmh.get(at).copied(),
            Kind::Odometer => Some(self.way_m.get(at)? / 1_000.0),
            Kind::TripMeter => Some(since_m()? / 1_000.0),
            Kind::RunTime => since_s(),
            Kind::AverageSpeed => Some(since_m()? / since_s()?.max(1.0) * 3.6),
            Kind::Longitudinal => self.longitudinal.get(at).copied(),
            // A turn is known from the second step on.
            Kind::Lateral => at.checked_sub(1).map_or(Some(0.0), |step| self.lateral.get(step).copied()),
            Kind::Yaw => at.checked_sub(1).map_or(Some(0.0), |step| self.yaw_deg_s.get(step).copied()),
            Kind::Fuel => trip.fixes.get(at)?.fuel_l_h,
            Kind::Still => Some(0.0),
        }
    }
}

/// Metres that a trip is long, as the car measures it.
pub fn length_m(trip: &Trip) -> f64 {
    Drive::of(trip, 0.0).way_m.last().copied().unwrap_or_default()
}

/// Values of a trip's raw speed: seconds since it began, and km/h.
pub fn raw_speed(trip: &Trip) -> Vec<(f64, f64)> {
    let begin_ms = trip.span_ms().0;
    trip.fixes.iter().zip(trip.speeds_kmh()).map(|(seen, speed)| (seconds(begin_ms, seen.t_ms), speed)).collect()
}

/// Rows of a trip, in the mean.
pub fn per_trip(rows: &[Vec<Row>]) -> f64 {
    rows.iter().map(|rows| number(rows.len())).sum::<f64>() / number(rows.len().max(1))
}
