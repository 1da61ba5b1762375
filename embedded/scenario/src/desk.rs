//! State of the transformations, what they draw on, and where what they leave is counted.

use crate::chance::{Chance, mixed};
use consent_core::limits::{SLOTS_MAX, USES_MAX};
use consent_core::transform::{self, EndCause, Target};
use consent_core::{
    Catalog, Debit, Fate, Fix, Gate, Released, ReleasedValue, Rule, RuleState, Sample, Shared, SignalId, Sink, Source, TierRule, Timing, UseIx, Value, Work,
};

/// Kinds of rule that are told apart.
pub const KINDS: usize = 14;
/// A fix stands for its latitude and its longitude.
const PLACE_INPUTS: u32 = 2;

/// FNV-1a over 64 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    pub(crate) fn word(&mut self, word: u64) {
        self.bytes(&word.to_le_bytes());
    }

    pub(crate) fn get(self) -> u64 {
        self.0
    }

    fn float(&mut self, number: f64) {
        self.word(number.to_bits());
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(flag) => self.bytes(&[0, u8::from(*flag)]),
            Value::Int(number) => {
                self.bytes(&[1]);
                self.bytes(&number.to_le_bytes());
            }
            Value::Uint(number) => {
                self.bytes(&[2]);
                self.word(*number);
            }
            Value::Float(number) => {
                self.bytes(&[3]);
                self.float(*number);
            }
            Value::Text(text) => {
                self.bytes(&[4]);
                self.bytes(text.as_bytes());
            }
            Value::Ints(numbers) => {
                self.bytes(&[5]);
                numbers.iter().for_each(|number| self.bytes(&number.to_le_bytes()));
            }
            Value::Floats(numbers) => {
                self.bytes(&[6]);
                numbers.iter().for_each(|number| self.float(*number));
            }
        }
    }

    fn fix(&mut self, fix: &Fix) {
        self.bytes(&[7]);
        self.float(fix.lat_deg);
        self.float(fix.lon_deg);
        for part in [fix.alt_m, fix.heading_deg, fix.accuracy_m] {
            self.bytes(&[u8::from(part.is_some())]);
            self.float(part.unwrap_or(0.0));
        }
    }

    fn released(&mut self, released: &Released) {
        let live = match released.timing() {
            Timing::Live => 0,
            Timing::Held => 1,
        };
        self.bytes(&[released.use_ix().0, released.tier().0, live]);
        self.bytes(&released.signal().0.to_le_bytes());
        self.bytes(&released.t_ms().to_le_bytes());
        self.bytes(&released.inputs().to_le_bytes());
        self.bytes(&released.slice().to_le_bytes());
        match released.value() {
            ReleasedValue::Scalar(value) => self.value(value),
            ReleasedValue::Fix(fix) => self.fix(fix),
            ReleasedValue::Counts(counts) => {
                self.bytes(&[8]);
                counts.iter().for_each(|count| self.bytes(&count.to_le_bytes()));
            }
        }
    }
}

/// What transformations left.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) digest: Digest,
    pub(crate) released: u64,
    /// Decisions that were merged into what was released.
    pub(crate) merged: u64,
    pub(crate) reduced: u64,
    /// Released, by kind of rule.
    pub(crate) by_kind: [u32; KINDS],
    kind: usize,
}

impl Sink for Tally {
    fn released(&mut self, released: Released) {
        self.digest.released(&released);
        self.released = self.released.wrapping_add(1);
        self.merged = self.merged.wrapping_add(u64::from(released.inputs()));
        if let Some(count) = self.by_kind.get_mut(self.kind) {
            *count = count.wrapping_add(1);
        }
    }

    fn reduced(&mut self, _: UseIx, inputs: u32) {
        self.reduced = self.reduced.wrapping_add(u64::from(inputs));
    }
}

/// Bits, the car's secret, and what each use has cost today.
#[derive(Debug)]
pub(crate) struct Purse {
    chance: Chance,
    spent_milli: [u32; USES_MAX],
}

impl Source for Purse {
    fn bits(&mut self) -> u64 {
        self.chance.word()
    }

    fn kept(&self, (row, column): (u32, u32), cell_m: u32) -> Option<[u64; 3]> {
        let cell = mixed((u64::from(row) << 32) | u64::from(column)) ^ u64::from(cell_m);
        Some([1, 2, 3].map(|nth: u64| mixed(cell ^ nth.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    }

    fn debit(&mut self, use_ix: UseIx, epsilon_milli: u16, day_milli: u16) -> Debit {
        let Some(spent) = self.spent_milli.get_mut(use_ix.index()) else { return Debit::Spent };
        let after = spent.saturating_add(u32::from(epsilon_milli));
        if after > u32::from(day_milli) {
            return Debit::Spent;
        }
        *spent = after;
        Debit::Paid
    }
}

/// All that a transformation works with.
#[derive(Debug)]
pub(crate) struct Desk {
    states: [RuleState; SLOTS_MAX],
    shared: [Shared; USES_MAX],
    purse: Purse,
    pub(crate) tally: Tally,
}

impl Desk {
    #[allow(clippy::large_stack_arrays, reason = "no allocation here; a life is made once, in its place")]
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            states: [RuleState::default(); SLOTS_MAX],
            shared: [Shared::default(); USES_MAX],
            purse: Purse { chance: Chance::new(seed), spent_milli: [0; USES_MAX] },
            tally: Tally { digest: Digest::new(), released: 0, merged: 0, reduced: 0, by_kind: [0; KINDS], kind: 0 },
        }
    }

    /// A new day: budgets are full again.
    pub(crate) fn new_day(&mut self) {
        self.purse.spent_milli = [0; USES_MAX];
    }

    pub(crate) fn reduced(&mut self, use_ix: UseIx, inputs: u32) {
        self.tally.reduced(use_ix, inputs);
    }

    /// A sample for one use, by the rule of its tier.
    pub(crate) fn push(&mut self, view: &Catalog<'_>, gate: &Gate, use_ix: UseIx, sample: &Sample) {
        match view.rule(use_ix, gate.state(use_ix).tier, sample.signal()) {
            Some(rule) => self.work(use_ix, rule, |target, work| transform::push(sample, target, work)),
            None => self.reduced(use_ix, sample.inputs()),
        }
    }

    /// A fix about which the track has decided.
    pub(crate) fn fate(&mut self, view: &Catalog<'_>, gate: &Gate, signal: SignalId, fate: Fate) {
        let (held, cleared) = match fate {
            Fate::Free(held, cleared) => (held, Some(cleared)),
            Fate::Hidden(held) => (held, None),
        };
        let fix = Fix { lat_deg: held.lat_deg, lon_deg: held.lon_deg, alt_m: None, heading_deg: None, accuracy_m: None };
        let sample = Sample::Fix { signal, fix, t_ms: held.t_ms, inputs: PLACE_INPUTS, cleared };
        for use_ix in held.uses {
            self.push(view, gate, use_ix, &sample);
        }
    }

    /// Whether a fix becomes an event's place; see [`Shared::is_event`].
    pub(crate) fn is_event(&mut self, use_ix: UseIx, t_ms: i64) -> bool {
        self.shared.get_mut(use_ix.index()).is_some_and(|shared| shared.is_event(t_ms))
    }

    /// Full windows of a use leave, then its score.
    pub(crate) fn tick<'a>(&mut self, use_ix: UseIx, rules: impl Iterator<Item = &'a TierRule> + Clone, due_ms: i64) {
        let filling = rules.filter(|rule| rule.rule.fills_window());
        for rule in filling.clone() {
            if self.states.get(usize::from(rule.slot)).is_some_and(|state| state.pending() > 0) {
                self.work(use_ix, rule, |target, work| transform::tick(due_ms, target, work));
            }
        }
        if self.shared.get(use_ix.index()).is_some_and(|shared| shared.pending() > 0) {
            for rule in filling {
                self.work(use_ix, rule, |target, work| transform::tick_score(due_ms, target, work));
            }
        }
    }

    /// The transformations of a use end.
    pub(crate) fn end(&mut self, use_ix: UseIx, rules: &[TierRule], cause: EndCause) {
        for rule in rules {
            self.work(use_ix, rule, |target, work| transform::end(cause, target, work));
        }
    }

    fn work(&mut self, use_ix: UseIx, rule: &TierRule, act: impl FnOnce(&Target, &mut Work<'_>)) {
        let target = Target { use_ix, tier: rule.tier, signal: rule.signal, rule: rule.rule };
        let (Some(state), Some(shared)) = (self.states.get_mut(usize::from(rule.slot)), self.shared.get_mut(use_ix.index())) else { return };
        self.tally.kind = kind(&rule.rule);
        act(&target, &mut Work { state, shared, source: &mut self.purse, sink: &mut self.tally });
    }
}

/// The number of a kind of rule.
fn kind(rule: &Rule) -> usize {
    match rule {
        Rule::Drop => 0,
        Rule::AsIs => 1,
        Rule::Round { .. } => 2,
        Rule::RateCap { .. } => 3,
        Rule::Grid { .. } => 4,
        Rule::Window { .. } => 5,
        Rule::Level { .. } => 6,
        Rule::Histogram { .. } => 7,
        Rule::Score { .. } => 8,
        Rule::Noise { .. } => 9,
        Rule::Track { .. } => 10,
        Rule::Event { .. } => 11,
        Rule::Moved { .. } => 12,
        Rule::Path { .. } => 13,
    }
}
