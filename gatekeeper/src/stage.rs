//! The gate on stage: joins fixes, decides, transforms, and hands what is released to the batcher.
//!
//! A fix joins records of equal source time before deciding; its decisions count for each record joined.

use crate::change::InForce;
use crate::event::Record;
use consent_core::gate::Decided;
use consent_core::transform::{self, EndCause, Released, RuleState, Sink, Target};
use consent_core::{Catalog, Context, Fix, Gate, Rule, Sample, SignalId, Standings, Tier, TierRule, UseIx, UseSet, UseState, Value};
use consent_protocol::catalog::FixPart;
use consent_protocol::tables::SLOT_STATELESS;

/// A window is closed by time only this long after its end, so that samples on their way still count, milliseconds.
pub const GRACE_MS: i64 = 2_000;
/// Halves of a fix wait this long for each other, monotonic milliseconds.
pub const JOIN_MS: u64 = 500;
/// A stamp this far ahead of the clock is not believed, milliseconds.
pub const AHEAD_MS: i64 = 60_000;

/// What a push yields.
#[derive(Debug, Default)]
pub struct Yield {
    /// Released, in order.
    pub released: Vec<Released>,
    /// Inputs reduced away, by use.
    pub reduced: Vec<(UseIx, u32)>,
}

impl Sink for Yield {
    fn released(&mut self, released: Released) {
        self.released.push(released);
    }

    fn reduced(&mut self, use_ix: UseIx, inputs: u32) {
        if inputs > 0 {
            self.reduced.push((use_ix, inputs));
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Part {
    signal: SignalId,
    kind: FixPart,
    value: f64,
}

/// Parts of a fix that wait for the rest.
#[derive(Debug, Default)]
struct Joining {
    t_ms: i64,
    since_mono_ms: u64,
    parts: Vec<Part>,
}

/// Who decides which uses get a record, and at which tier.
pub trait Decide {
    /// Uses that get a record; it is counted.
    fn uses(&mut self, catalog: &Catalog<'_>, signal: SignalId, t_ms: i64) -> UseSet;

    /// The tier at which a use gets it.
    fn tier(&self, use_ix: UseIx) -> Tier;

    /// What is left of it for the use.
    fn rule(&self, catalog: &Catalog<'_>, use_ix: UseIx, signal: SignalId) -> Option<TierRule> {
        catalog.rule(use_ix, self.tier(use_ix), signal).copied()
    }
}

impl Decide for Gate {
    #[inline]
    fn uses(&mut self, catalog: &Catalog<'_>, signal: SignalId, t_ms: i64) -> UseSet {
        let verdict = self.decide(catalog, signal, t_ms);
        verdict.released.or(verdict.awaiting)
    }

    #[inline]
    fn tier(&self, use_ix: UseIx) -> Tier {
        self.state(use_ix).tier
    }
}

/// Lets everything pass that one use covers: at a tier, or as it was offered. Nothing of it leaves; it is looked at.
#[derive(Clone, Copy, Debug)]
pub struct LookAt {
    /// The use.
    pub use_ix: UseIx,
    /// The tier; none = as it was offered.
    pub tier: Option<Tier>,
}

impl Decide for LookAt {
    fn uses(&mut self, catalog: &Catalog<'_>, signal: SignalId, _: i64) -> UseSet {
        let mut one = UseSet::EMPTY;
        one.insert(self.use_ix);
        catalog.signals.get(signal.index()).map_or(UseSet::EMPTY, |def| def.covered_by.and(one))
    }

    fn tier(&self, _: UseIx) -> Tier {
        self.tier.unwrap_or_default()
    }

    fn rule(&self, catalog: &Catalog<'_>, use_ix: UseIx, signal: SignalId) -> Option<TierRule> {
        match self.tier {
            Some(tier) => catalog.rule(use_ix, tier, signal).copied(),
            None => Some(TierRule { signal, tier: Tier::default(), rule: Rule::AsIs, slot: SLOT_STATELESS }),
        }
    }
}

/// Gate, joiner and state of transformations.
#[derive(Debug)]
pub struct Stage<D = Gate> {
    gate: D,
    states: Vec<RuleState>,
    joining: Joining,
}

impl Default for Stage {
    fn default() -> Self {
        Self { gate: Gate::new(), states: Vec::new(), joining: Joining::default() }
    }
}

impl Stage {
    /// For a new catalog; everything pending must have been ended before.
    pub fn reset(&mut self, slots: usize) {
        *self = Self { states: vec![RuleState::default(); slots], ..Self::default() };
    }

    /// The state of a use.
    pub fn state(&self, use_ix: UseIx) -> UseState {
        self.gate.state(use_ix)
    }

    /// The gate, for explanations.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Wall time of the next change by itself.
    pub fn next_change_ms(&self) -> i64 {
        self.gate.next_change_ms()
    }

    /// Monotonic time at which [`Self::flush`] is due.
    pub fn join_due_ms(&self) -> Option<u64> {
        (!self.joining.parts.is_empty()).then(|| self.joining.since_mono_ms.saturating_add(JOIN_MS))
    }
}

impl<D: Decide> Stage<D> {
    /// A stage of its own, with nothing in it.
    pub fn scratch(decide: D, slots: usize) -> Self {
        Self { gate: decide, states: vec![RuleState::default(); slots], joining: Joining::default() }
    }

    /// Takes one record.
    pub fn push(&mut self, in_force: &InForce, record: Record, mono_ms: u64, wall_ms: i64, sink: &mut Yield) {
        let t_ms = if record.t_ms > wall_ms.saturating_add(AHEAD_MS) { i64::MIN } else { record.t_ms };
        if !self.joining.parts.is_empty() && self.joining.t_ms != t_ms {
            self.flush(in_force, sink);
        }
        let part = in_force.catalog.signals.get(record.signal.index()).and_then(|signal| signal.fix);
        if let (Some(part), Some(value)) = (part, record.value.as_number()) {
            if self.joining.parts.iter().any(|known| known.kind == part) {
                self.flush(in_force, sink);
            }
            if self.joining.parts.is_empty() {
                (self.joining.t_ms, self.joining.since_mono_ms) = (t_ms, mono_ms);
            }
            self.joining.parts.push(Part { signal: record.signal, kind: part, value });
            return;
        }
        let uses = self.gate.uses(&in_force.tables.view(), record.signal, t_ms);
        self.scalar(in_force, uses, record.signal, record.value, t_ms, sink);
    }

    fn scalar(&mut self, in_force: &InForce, uses: UseSet, signal: SignalId, value: Value, t_ms: i64, sink: &mut Yield) {
        if uses.is_empty() {
            return;
        }
        let sample = Sample::Scalar { signal, value, t_ms };
        for use_ix in uses {
            self.transform(in_force, use_ix, &sample, sink);
        }
    }

    fn transform(&mut self, in_force: &InForce, use_ix: UseIx, sample: &Sample, sink: &mut Yield) {
        let signal = sample.signal();
        let Some(rule) = self.gate.rule(&in_force.tables.view(), use_ix, signal) else {
            return sink.reduced(use_ix, sample.inputs());
        };
        let target = Target { use_ix, tier: rule.tier, signal, rule: rule.rule };
        let mut stateless = RuleState::default();
        let state = self.states.get_mut(usize::from(rule.slot)).unwrap_or(&mut stateless);
        transform::push(sample, &target, state, sink);
    }

    /// Decides about the fix that is being joined, as it is.
    pub fn flush(&mut self, in_force: &InForce, sink: &mut Yield) {
        let parts = std::mem::take(&mut self.joining.parts);
        let t_ms = self.joining.t_ms;
        let decided: Vec<(Part, UseSet)> = parts.into_iter().map(|part| (part, self.gate.uses(&in_force.tables.view(), part.signal, t_ms))).collect();
        let of = |wanted: FixPart| decided.iter().find(|(part, _)| part.kind == wanted);
        let (latitude, longitude) = (of(FixPart::Latitude), of(FixPart::Longitude));
        let joined = match (latitude, longitude) {
            (Some((_, lat_uses)), Some((_, lon_uses))) => lat_uses.and(*lon_uses),
            (_, _) => UseSet::EMPTY,
        };
        for half in [latitude, longitude].into_iter().flatten() {
            half.1.without(joined).iter().for_each(|use_ix| sink.reduced(use_ix, 1));
        }
        if let (Some((lat, _)), Some((lon, _))) = (latitude, longitude) {
            for use_ix in joined {
                self.fix(in_force, use_ix, (lat, lon), &decided, t_ms, sink);
            }
        }
        for (part, uses) in &decided {
            if !matches!(part.kind, FixPart::Latitude | FixPart::Longitude) {
                self.scalar(in_force, uses.without(joined), part.signal, Value::Float(part.value), t_ms, sink);
            }
        }
    }

    /// One fix for one use. Altitude, heading and accuracy join it only where the place itself is not coarsened: beside a
    /// coarse place they would tell more than it does.
    fn fix(&mut self, in_force: &InForce, use_ix: UseIx, place: (&Part, &Part), decided: &[(Part, UseSet)], t_ms: i64, sink: &mut Yield) {
        let view = in_force.tables.view();
        let rule_of = |signal| self.gate.rule(&view, use_ix, signal).map(|rule| rule.rule);
        let exact = matches!(rule_of(place.0.signal), Some(Rule::AsIs | Rule::RateCap { .. }));
        let mut fix = Fix { lat_deg: place.0.value, lon_deg: place.1.value, alt_m: None, heading_deg: None, accuracy_m: None };
        let mut inputs: u32 = 2;
        for (part, _) in decided.iter().filter(|(_, uses)| uses.contains(use_ix)) {
            let cell = match part.kind {
                FixPart::Latitude | FixPart::Longitude => continue,
                FixPart::Altitude => &mut fix.alt_m,
                FixPart::Heading => &mut fix.heading_deg,
                FixPart::Accuracy => &mut fix.accuracy_m,
            };
            if exact && rule_of(part.signal) == Some(Rule::AsIs) {
                *cell = Some(part.value);
                inputs = inputs.saturating_add(1);
            } else {
                sink.reduced(use_ix, 1);
            }
        }
        self.transform(in_force, use_ix, &Sample::Fix { signal: place.0.signal, fix, t_ms, inputs }, sink);
    }

    /// Releases windows that are full.
    pub fn tick(&mut self, in_force: &InForce, wall_ms: i64, sink: &mut Yield) {
        let due_ms = wall_ms.saturating_sub(GRACE_MS);
        for use_ix in uses(in_force) {
            let tier = self.gate.tier(use_ix);
            for rule in rules(in_force, use_ix).iter().filter(|rule| rule.tier == tier && matches!(rule.rule, Rule::Window { .. })) {
                if let Some(state) = self.states.get_mut(usize::from(rule.slot)).filter(|state| state.pending() > 0) {
                    let target = Target { use_ix, tier, signal: rule.signal, rule: rule.rule };
                    transform::tick(due_ms, &target, state, sink);
                }
            }
        }
    }
}

impl Stage {
    /// Works the gate out anew; what was counted must have been drained. Yields the uses whose state changed.
    pub fn rebuild(&mut self, in_force: &InForce, standings: &Standings, context: &Context, restarts: UseSet) -> UseSet {
        self.gate.rebuild(&in_force.tables.view(), standings, context, restarts)
    }

    /// What was decided since the last call.
    pub fn drain(&mut self, in_force: &InForce, visit: &mut dyn FnMut(UseIx, Decided, u64)) {
        self.gate.drain(&in_force.tables.view(), visit);
    }

    /// As [`Self::drain`], without taking it.
    pub fn peek(&self, in_force: &InForce, visit: &mut dyn FnMut(UseIx, Decided, u64)) {
        self.gate.clone().drain(&in_force.tables.view(), visit);
    }

    /// Ends the transformations of a use; what they hold is reduced.
    pub fn end(&mut self, in_force: &InForce, use_ix: UseIx, cause: EndCause, sink: &mut Yield) {
        for rule in rules(in_force, use_ix) {
            if let Some(state) = self.states.get_mut(usize::from(rule.slot)) {
                let target = Target { use_ix, tier: rule.tier, signal: rule.signal, rule: rule.rule };
                transform::end(cause, &target, state, sink);
            }
        }
    }

    /// Wall time at which [`Self::tick`] is due.
    pub fn tick_due_ms(&self, in_force: &InForce, wall_ms: i64) -> Option<i64> {
        let mut due: Option<i64> = None;
        for use_ix in uses(in_force) {
            for rule in rules(in_force, use_ix) {
                let Rule::Window { period_ms, .. } = rule.rule else { continue };
                if self.states.get(usize::from(rule.slot)).is_some_and(|state| state.pending() > 0) {
                    let period = i64::from(period_ms).max(1);
                    let end = wall_ms.saturating_sub(GRACE_MS).div_euclid(period).saturating_add(1).saturating_mul(period).saturating_add(GRACE_MS);
                    due = Some(due.map_or(end, |known| known.min(end)));
                }
            }
        }
        due
    }

    /// Decisions that are held in windows, by use; records of a fix that is being joined are not decided yet.
    pub fn pending(&self, in_force: &InForce, use_ix: UseIx) -> u64 {
        let mut slots: Vec<u16> = rules(in_force, use_ix).iter().map(|rule| rule.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        slots.iter().filter_map(|slot| self.states.get(usize::from(*slot))).fold(0, |sum: u64, state| sum.saturating_add(u64::from(state.pending())))
    }

    /// Records of a fix that is being joined: offered and not decided yet.
    pub fn undecided(&self) -> u64 {
        u64::try_from(self.joining.parts.len()).unwrap_or(u64::MAX)
    }
}

/// All uses of a catalog.
pub fn uses(in_force: &InForce) -> impl Iterator<Item = UseIx> + use<> {
    let count = u8::try_from(in_force.catalog.uses.len()).unwrap_or(u8::MAX);
    (0..count).map(UseIx)
}

fn rules(in_force: &InForce, use_ix: UseIx) -> &[TierRule] {
    let view = in_force.tables.view();
    let Some(def) = view.uses.get(use_ix.index()) else { return &[] };
    let (Ok(from), Ok(len)) = (usize::try_from(def.rules_from), usize::try_from(def.rules_len)) else { return &[] };
    view.rules.get(from..from.saturating_add(len)).unwrap_or(&[])
}
