//! Any rule over any life: a byte says which rule, its parameters follow, then deeds until the bytes end.
//!
//! Promises: no panic; every input is pending, reduced or in exactly one release; what leaves conforms to its rule; a place
//! that had to be cleared lies in no zone; an end leaves nothing pending.

use consent_core::conform::conforms;
use consent_core::transform::{Target, end, push, tick, tick_score};
use consent_core::{
    Aggregate, Change, Debit, EndCause, Fate, Fix, Guard, Released, ReleasedValue, Rule, RuleState, Sample, ScoreRole, Shared, SignalId, Sink, Slices, Source,
    Step, Text, Tier, Track, UseIx, UseSet, Value, Way, Weigh, Work,
};

/// Deeds of one input; more say nothing new.
const DEEDS_MAX: usize = 600;
const USE: UseIx = UseIx(3);
const SIGNAL: SignalId = SignalId(7);

/// Bytes as parameters; behind their end all are zero.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let (now, rest) = self.0.split_at(self.0.len().min(N));
        taken[..now.len()].copy_from_slice(now);
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take::<1>()[0]
    }

    fn of<T: Copy, const N: usize>(&mut self, all: [T; N]) -> T {
        all[usize::from(self.byte()) % N]
    }

    fn short(&mut self) -> i16 {
        i16::from_le_bytes(self.take())
    }

    fn int(&mut self) -> i32 {
        i32::from_le_bytes(self.take())
    }

    fn long(&mut self) -> i64 {
        i64::from_le_bytes(self.take())
    }

    fn raster_ms(&mut self) -> u32 {
        1_000 + u32::from(self.short().unsigned_abs())
    }

    fn cell_m(&mut self) -> u32 {
        2_000 + u32::from(self.short().unsigned_abs())
    }

    fn step(&mut self) -> Step {
        let mantissa = if self.byte() < 250 { u32::from(self.byte()) + 1 } else { self.int().unsigned_abs() };
        Step { mantissa, exponent: i8::from_le_bytes(self.take()) % 11 }
    }

    fn aggregate(&mut self) -> Aggregate {
        use Aggregate::{Count, Difference, DropsBelow, Max, Mean, Min, RisesTo, TimeMean};
        self.of([Min, Max, Mean, Count, DropsBelow, Difference, TimeMean, RisesTo])
    }

    fn rule(&mut self) -> Rule {
        match self.byte() % 15 {
            0 => Rule::Drop,
            1 => Rule::AsIs,
            2 => Rule::Round { step: self.step(), period_ms: u32::from(self.short().unsigned_abs()) },
            3 => Rule::RateCap { period_ms: u32::from(self.short().unsigned_abs()) },
            4 => Rule::Grid { cell_m: self.cell_m(), raster_ms: self.raster_ms() },
            5 => Rule::Window { period_ms: self.raster_ms(), aggregate: self.aggregate(), step: self.step(), threshold_steps: self.int() },
            6 | 7 => self.level(),
            8 => self.histogram(),
            9 => self.score(),
            10 => {
                let (step, low_steps) = (self.step(), self.int());
                let high_steps = low_steps.saturating_add(self.short().into());
                Rule::Noise { period_ms: self.raster_ms(), step, low_steps, high_steps, epsilon_milli: self.short().unsigned_abs(), day_milli: u16::MAX }
            }
            11 => {
                let cell_m = if self.byte() % 2 == 0 { 0 } else { self.cell_m() };
                let (guard, slices) = (self.of([Guard::Zones, Guard::ZonesAndClip]), self.of([Slices::Whole, Slices::Cut]));
                Rule::Track { cell_m, raster_ms: self.raster_ms(), guard, slices }
            }
            12 => Rule::Event { spacing_m: u32::from(self.short().unsigned_abs()) },
            13 => Rule::Moved { cell_m: self.cell_m(), scale_m: self.int().unsigned_abs(), raster_ms: self.raster_ms() },
            _ => Rule::Path { period_ms: self.raster_ms(), way: self.of([Way::Metres, Way::Cells]), step: self.step() },
        }
    }

    fn level(&mut self) -> Rule {
        let low_steps = if self.byte() < 200 { i32::from(self.short()) } else { self.int() };
        let high_steps = low_steps.saturating_add(self.short().into());
        let change = self.of([Change::Every, Change::Moved { beyond_pct: 20 }, Change::Moved { beyond_pct: 100 }]);
        let (dead_steps, period_ms) = (u16::from(self.byte()), u32::from(self.short().unsigned_abs()));
        Rule::Level { step: self.step(), low_steps, high_steps, dead_steps, change, period_ms }
    }

    fn histogram(&mut self) -> Rule {
        let (weigh, width_steps, bins) = (self.of([Weigh::Samples, Weigh::Seconds]), self.short().unsigned_abs(), self.byte() % 14);
        Rule::Histogram { period_ms: self.raster_ms(), weigh, step: self.step(), low_steps: self.int(), width_steps, bins }
    }

    fn score(&mut self) -> Rule {
        let (role, aggregate) = (self.of([ScoreRole::Bears, ScoreRole::Adds]), self.aggregate());
        Rule::Score { role, period_ms: self.raster_ms(), aggregate, step: self.step(), threshold_steps: self.int(), weight: self.short() }
    }

    fn value(&mut self) -> Value {
        match self.byte() % 10 {
            0..=3 => Value::Float(f64::from(self.short()) / 8.0),
            4 => Value::Float(f64::from_le_bytes(self.take())),
            5 => Value::Int(self.short().into()),
            6 => Value::Int(self.long()),
            7 => Value::Uint(u64::from_le_bytes(self.take())),
            8 => Value::Bool(self.byte() % 2 == 0),
            _ if self.byte() % 2 == 0 => Value::Text(Text::try_from("gear").expect("four bytes fit")),
            _ => Value::Floats([f64::from_le_bytes(self.take())].into_iter().collect()),
        }
    }
}

/// Bits of a seed, a secret of its own, and a purse.
struct Chance {
    seed: u64,
    milli: u32,
}

impl Source for Chance {
    fn bits(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed ^ (self.seed >> 29)
    }

    fn kept(&self, (row, column): (u32, u32), cell_m: u32) -> Option<[u64; 3]> {
        let mut mix = Self { seed: self.milli.into(), milli: 0 };
        mix.seed ^= (u64::from(row) << 32) ^ u64::from(column) ^ (u64::from(cell_m) << 16);
        Some([mix.bits(), mix.bits(), mix.bits()])
    }

    fn debit(&mut self, _: UseIx, epsilon_milli: u16, _: u16) -> Debit {
        match self.milli.checked_sub(epsilon_milli.into()) {
            Some(left) => {
                self.milli = left;
                Debit::Paid
            }
            None => Debit::Spent,
        }
    }
}

#[derive(Default)]
struct Kept {
    released: Vec<Released>,
    reduced: u64,
}

impl Sink for Kept {
    fn released(&mut self, released: Released) {
        self.released.push(released);
    }

    fn reduced(&mut self, use_ix: UseIx, inputs: u32) {
        assert_eq!(use_ix, USE);
        self.reduced += u64::from(inputs);
    }
}

/// A car with one rule.
struct Car {
    target: Target,
    state: RuleState,
    shared: Shared,
    chance: Chance,
    track: Track,
    kept: Kept,
    t_ms: i64,
    at: (f64, f64),
    offered: u64,
    /// Where among the releases a clock that was set back begins a new batch.
    anew: usize,
    ended: bool,
}

/// Feeds one input.
pub fn one(data: &[u8]) {
    let mut bytes = Bytes(data);
    let rule = bytes.rule();
    let target = Target { use_ix: USE, tier: Tier(1), signal: SIGNAL, rule };
    let (state, shared, chance) = (RuleState::default(), Shared::default(), Chance { seed: data.len() as u64, milli: 1_000_000 });
    let (track, kept) = (Track::default(), Kept::default());
    let mut car = Car { target, state, shared, chance, track, kept, t_ms: 1_000, at: (48.0, 11.0), offered: 0, anew: 0, ended: false };
    let mut checked = 0;
    for _ in 0..DEEDS_MAX {
        if bytes.0.is_empty() {
            break;
        }
        car.deed(&mut bytes);
        car.hold(&mut checked);
    }
    car.leave(true);
    car.hold(&mut checked);
    car.end(EndCause::Shutdown);
    assert_eq!(car.pending(), 0, "an end leaves nothing pending");
    car.hold(&mut checked);
}

impl Car {
    fn deed(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.byte() % 12 {
            0..=2 => {
                self.t_ms = self.t_ms.saturating_add(bytes.short().into());
                let value = bytes.value();
                self.push(&Sample::Scalar { signal: SIGNAL, value, t_ms: self.t_ms });
            }
            3..=6 => {
                let (north, east) = (f64::from(i8::from_le_bytes(bytes.take())), f64::from(i8::from_le_bytes(bytes.take())));
                self.at = (self.at.0 + north * 1e-5, self.at.1 + east * 1e-5);
                self.t_ms = self.t_ms.saturating_add(i64::from(bytes.byte()) * 16);
                self.fix();
            }
            // A stretch in one direction, a fix a second.
            7 => {
                let (north, east) = (f64::from(i8::from_le_bytes(bytes.take())) * 2e-6, f64::from(i8::from_le_bytes(bytes.take())) * 2e-6);
                for _ in 0..u16::from(bytes.byte()) {
                    self.at = (self.at.0 + north, self.at.1 + east);
                    self.t_ms = self.t_ms.saturating_add(1_000);
                    self.fix();
                }
            }
            8 => {
                self.at = (f64::from_le_bytes(bytes.take()), f64::from_le_bytes(bytes.take()));
                self.fix();
                self.at = if self.at.0.abs() <= 90.0 && self.at.1.abs() <= 180.0 { self.at } else { (48.0, 11.0) };
            }
            9 => self.t_ms = bytes.long(),
            10 => {
                let now_ms = self.t_ms.saturating_add(i64::from(bytes.short()) * 4);
                let (target, mut work) = self.work();
                tick(now_ms, &target, &mut work);
                tick_score(now_ms, &target, &mut work);
            }
            _ => {
                self.leave(bytes.byte() % 2 == 0);
                self.end(bytes.of([EndCause::Changed, EndCause::Trip, EndCause::Shutdown]));
                assert_eq!(self.pending(), 0, "an end leaves nothing pending");
            }
        }
    }

    fn work(&mut self) -> (Target, Work<'_>) {
        (self.target, Work { state: &mut self.state, shared: &mut self.shared, source: &mut self.chance, sink: &mut self.kept })
    }

    fn push(&mut self, sample: &Sample) {
        // Behind an end a stamp that goes back says that the clock was set back: a new batch begins.
        if std::mem::take(&mut self.ended) && self.kept.released.last().is_some_and(|last| sample.t_ms() < last.t_ms()) {
            self.anew = self.kept.released.len();
        }
        self.offered += u64::from(sample.inputs());
        let (target, mut work) = self.work();
        push(sample, &target, &mut work);
    }

    /// A fix: guarded rules get it by way of the track.
    fn fix(&mut self) {
        let fix = Fix { lat_deg: self.at.0, lon_deg: self.at.1, alt_m: Some(1.0), heading_deg: None, accuracy_m: Some(f64::NAN) };
        let sample = Sample::Fix { signal: SIGNAL, fix, t_ms: self.t_ms, inputs: 2, cleared: None };
        if !self.target.rule.is_guarded() {
            return self.push(&sample);
        }
        let mut fates = Vec::new();
        let (track, chance) = (&mut self.track, &mut self.chance);
        track.push(self.t_ms, &fix, UseSet::EMPTY, &mut || chance.bits(), &mut |fate| fates.push(fate));
        self.judged(&fates);
    }

    fn judged(&mut self, fates: &[Fate]) {
        for fate in fates {
            let (held, cleared) = match fate {
                Fate::Free(held, cleared) => (held, Some(*cleared)),
                Fate::Hidden(held) => (held, None),
            };
            assert!(cleared.is_none() || !self.track.places().hide(held.lat_deg, held.lon_deg), "freed in a zone");
            let fix = Fix { lat_deg: held.lat_deg, lon_deg: held.lon_deg, alt_m: None, heading_deg: None, accuracy_m: None };
            let before = self.kept.released.len();
            self.push(&Sample::Fix { signal: SIGNAL, fix, t_ms: held.t_ms, inputs: 2, cleared });
            assert!(cleared.is_some() || before == self.kept.released.len(), "left uncleared");
        }
    }

    /// The trip is over, or nothing of it is believed.
    fn leave(&mut self, arrived: bool) {
        let mut fates = Vec::new();
        let (track, chance) = (&mut self.track, &mut self.chance);
        if arrived {
            track.end(&mut || chance.bits(), &mut |fate| fates.push(fate));
        } else {
            track.abandon(&mut |fate| fates.push(fate));
        }
        self.judged(&fates);
    }

    fn end(&mut self, cause: EndCause) {
        let (target, mut work) = self.work();
        end(cause, &target, &mut work);
        self.ended = true;
    }

    fn pending(&self) -> u32 {
        self.state.pending() + self.shared.pending()
    }

    /// What was promised holds for all up to now.
    fn hold(&mut self, checked: &mut usize) {
        let merged: u64 = self.kept.released.iter().map(|released| u64::from(released.inputs())).sum();
        assert_eq!(self.offered, u64::from(self.pending()) + self.kept.reduced + merged, "every input is accounted for once");
        for at in *checked..self.kept.released.len() {
            let released = &self.kept.released[at];
            let before = at.checked_sub(1).filter(|before| *before >= self.anew && at != self.anew).map(|before| &self.kept.released[before]);
            let previous: Option<(i64, &ReleasedValue)> = before.map(|before| (before.t_ms(), before.value()));
            assert!(released.inputs() > 0, "made of nothing");
            assert_eq!(conforms(&self.target.rule, released.t_ms(), previous, released.value()), Ok(()), "{:?} {previous:?} {released:?}", self.target.rule);
        }
        *checked = self.kept.released.len();
    }
}
