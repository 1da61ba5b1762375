//! The gate on stage: joins fixes, decides, transforms, and hands what is released to the batcher.
//!
//! A fix joins records of equal source time before deciding; its decisions count for each record joined.

use crate::change::InForce;
use crate::event::Record;
use crate::kept::{Kept, Loss};
use crate::rng::Rng;
use crate::store::StoreOp;
use crate::vault::Vault;
use consent_core::gate::Decided;
use consent_core::limits::USES_MAX;
use consent_core::transform::{self, EndCause, Released, RuleState, Shared, Sink, Target, Work};
use consent_core::{
    Activity, Catalog, Cleared, Context, Fate, Fix, Gate, Places, Rule, Sample, SignalId, Standings, Stop, Tier, TierRule, Track, UseIx, UseSet, UseState,
    Value,
};
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

    /// Whether a use gets anything now.
    fn runs(&self, use_ix: UseIx) -> bool;

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

    fn runs(&self, use_ix: UseIx) -> bool {
        match self.state(use_ix).activity {
            Activity::Live | Activity::Awaits => true,
            Activity::Off(_) => false,
        }
    }
}

/// The gate, and for each use that runs where its rules are: looked up for every delivery, and changed only with the use's tier.
#[derive(Debug)]
pub struct Deciding {
    gate: Gate,
    /// By use.
    found: Vec<Found>,
}

/// The rules of one use at one tier.
#[derive(Clone, Debug, Default)]
struct Found {
    /// None: not looked up, since the use does not run.
    tier: Option<Tier>,
    /// By signal the place among the catalog's rules; [`NO_RULE`] where there is none.
    at: Vec<u32>,
}

/// What is beyond every rule.
const NO_RULE: u32 = u32::MAX;

impl Deciding {
    fn new() -> Self {
        Self { gate: Gate::new(), found: Vec::new() }
    }

    /// Looks up the rules of uses that run at another tier than before, and forgets those of uses that do not run.
    fn look_up(&mut self, catalog: &Catalog<'_>) {
        self.found.resize_with(catalog.uses.len(), Found::default);
        for (use_ix, (found, def)) in (0..).map(UseIx).zip(self.found.iter_mut().zip(catalog.uses)) {
            let tier = self.gate.runs(use_ix).then(|| Decide::tier(&self.gate, use_ix));
            if tier == found.tier {
                continue;
            }
            *found = Found { tier, at: Vec::new() };
            let Some(tier) = tier else { continue };
            found.at.resize(catalog.signals.len(), NO_RULE);
            let of_use = (def.rules_from..def.rules_from.saturating_add(def.rules_len)).zip(catalog.rules_of(use_ix));
            for (at, rule) in of_use.filter(|(_, rule)| rule.tier == tier) {
                if let Some(place) = found.at.get_mut(rule.signal.index()) {
                    *place = at;
                }
            }
        }
    }
}

impl Decide for Deciding {
    #[inline]
    fn uses(&mut self, catalog: &Catalog<'_>, signal: SignalId, t_ms: i64) -> UseSet {
        self.gate.uses(catalog, signal, t_ms)
    }

    #[inline]
    fn tier(&self, use_ix: UseIx) -> Tier {
        Decide::tier(&self.gate, use_ix)
    }

    fn runs(&self, use_ix: UseIx) -> bool {
        self.gate.runs(use_ix)
    }

    #[inline]
    fn rule(&self, catalog: &Catalog<'_>, use_ix: UseIx, signal: SignalId) -> Option<TierRule> {
        match self.found.get(use_ix.index()).and_then(|found| found.at.get(signal.index())) {
            Some(at) => usize::try_from(*at).ok().and_then(|at| catalog.rules.get(at)).copied(),
            None => self.gate.rule(catalog, use_ix, signal),
        }
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

    fn runs(&self, use_ix: UseIx) -> bool {
        use_ix == self.use_ix
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
pub struct Stage<D = Deciding> {
    gate: D,
    states: Vec<RuleState>,
    shared: Vec<Shared>,
    joining: Joining,
    track: Track,
    /// Whether a use that runs takes places outside what is private: only then is it learned what is, and who drove there.
    /// Worked out once an epoch.
    tracking: Option<bool>,
    kept: Kept,
}

/// A fix that joins latitude and longitude stands for so many records.
const PLACE_INPUTS: u32 = 2;

impl Stage {
    /// Lets nothing pass until it gets a catalog.
    pub fn new(kept: Kept, stops: Vec<Stop>) -> Self {
        let mut track = Track::default();
        track.places_mut().restore(stops);
        Self { gate: Deciding::new(), states: Vec::new(), shared: Vec::new(), joining: Joining::default(), track, tracking: None, kept }
    }

    /// For a new catalog; everything pending must have been ended before. What is known of places stays.
    pub fn reset(&mut self, slots: usize) {
        self.gate = Deciding::new();
        (self.states, self.shared) = (vec![RuleState::default(); slots], vec![Shared::default(); USES_MAX]);
        (self.joining, self.tracking) = (Joining::default(), None);
    }

    /// What is known of places.
    pub fn places(&self) -> &Places {
        self.track.places()
    }

    /// Who drives: stops of the way are theirs. Where none are learned nobody is noted.
    pub fn driven_by(&mut self, in_force: &InForce, person: Option<&str>) {
        let person = person.filter(|_| self.is_tracking(in_force));
        let mark = self.kept.mark(person);
        self.track.driven_by(mark);
    }

    /// Who pays for what a use releases.
    pub fn pays(&mut self, use_ix: UseIx, use_id: &str, persons: &[(String, [u8; 16])]) {
        self.kept.pays(use_ix, use_id, persons);
    }

    /// What was debited from whom, and the day that it is.
    pub fn losses(&self) -> (&[Loss], i64) {
        (self.kept.losses(), self.kept.day())
    }

    /// A person is erased: their losses go, and the stops that only they drove to.
    pub fn forget(&mut self, person: &str) {
        let mark = self.kept.forget(person);
        self.track.places_mut().forget(mark);
    }

    /// The car changes hands.
    pub fn wipe(&mut self) {
        self.kept.wipe();
        self.track.places_mut().clear();
    }

    /// What must be stored since the last call.
    pub fn kept_op(&mut self, vault: &Vault, rng: &mut Rng) -> Option<StoreOp> {
        self.kept.op(self.track.places(), vault, rng)
    }

    /// The state of a use.
    pub fn state(&self, use_ix: UseIx) -> UseState {
        self.gate.gate.state(use_ix)
    }

    /// The gate, for explanations.
    pub fn gate(&self) -> &Gate {
        &self.gate.gate
    }

    /// Wall time of the next change by itself.
    pub fn next_change_ms(&self) -> i64 {
        self.gate.gate.next_change_ms()
    }

    /// Monotonic time at which [`Self::flush`] is due.
    pub fn join_due_ms(&self) -> Option<u64> {
        (!self.joining.parts.is_empty()).then(|| self.joining.since_mono_ms.saturating_add(JOIN_MS))
    }
}

impl<D: Decide> Stage<D> {
    /// A stage of its own that knows these places, with nothing in it.
    pub fn scratch(decide: D, slots: usize, places: Places) -> Self {
        let mut track = Track::default();
        *track.places_mut() = places;
        let (states, shared) = (vec![RuleState::default(); slots], vec![Shared::default(); USES_MAX]);
        Self { gate: decide, states, shared, joining: Joining::default(), track, tracking: None, kept: Kept::looking() }
    }

    /// Takes one record.
    pub fn push(&mut self, in_force: &InForce, record: Record, mono_ms: u64, wall_ms: i64, sink: &mut Yield) {
        self.kept.on(wall_ms);
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
        self.work(use_ix, &rule, sink, |target, work| transform::push(sample, target, work));
    }

    /// Does something with the state of a rule and of its use.
    fn work(&mut self, use_ix: UseIx, rule: &TierRule, sink: &mut Yield, act: impl FnOnce(&Target, &mut Work<'_>)) {
        let target = Target { use_ix, tier: rule.tier, signal: rule.signal, rule: rule.rule };
        let (mut stateless, mut alone) = (RuleState::default(), Shared::default());
        let state = self.states.get_mut(usize::from(rule.slot)).unwrap_or(&mut stateless);
        let shared = self.shared.get_mut(use_ix.index()).unwrap_or(&mut alone);
        act(&target, &mut Work { state, shared, source: &mut self.kept, sink });
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
            let mut guarded = UseSet::EMPTY;
            for use_ix in joined {
                if self.fix(in_force, use_ix, (lat, lon), &decided, t_ms, sink) == Waits::Yes {
                    guarded.insert(use_ix);
                }
            }
            if self.is_tracking(in_force) {
                self.track(in_force, (lat, lon), guarded, t_ms, sink);
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
    fn fix(&mut self, in_force: &InForce, use_ix: UseIx, place: (&Part, &Part), decided: &[(Part, UseSet)], t_ms: i64, sink: &mut Yield) -> Waits {
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
        let rule = rule_of(place.0.signal);
        if rule.is_some_and(|rule| rule.is_guarded()) {
            let wanted = !matches!(rule, Some(Rule::Event { .. })) || self.shared.get_mut(use_ix.index()).is_some_and(|shared| shared.is_event(t_ms));
            if wanted {
                return Waits::Yes;
            }
            sink.reduced(use_ix, inputs);
            return Waits::No;
        }
        self.transform(in_force, use_ix, &Sample::Fix { signal: place.0.signal, fix, t_ms, inputs, cleared: None }, sink);
        Waits::No
    }

    /// See the field.
    fn is_tracking(&mut self, in_force: &InForce) -> bool {
        let gate = &self.gate;
        *self.tracking.get_or_insert_with(|| {
            uses(in_force).any(|use_ix| {
                let tier = gate.tier(use_ix);
                gate.runs(use_ix) && rules(in_force, use_ix).iter().any(|rule| rule.tier == tier && rule.rule.is_guarded())
            })
        })
    }

    /// A fix on the track; what is decided by it comes out.
    fn track(&mut self, in_force: &InForce, place: (&Part, &Part), guarded: UseSet, t_ms: i64, sink: &mut Yield) {
        let fix = Fix { lat_deg: place.0.value, lon_deg: place.1.value, alt_m: None, heading_deg: None, accuracy_m: None };
        let mut fates = Vec::new();
        let Self { track, kept, .. } = self;
        track.push(t_ms, &fix, guarded, &mut || kept.word(), &mut |fate| fates.push(fate));
        self.take_fates(in_force, place.0.signal, fates, sink);
    }

    /// The trip is over: what waits is judged by where it ended.
    pub fn arrive(&mut self, in_force: &InForce, sink: &mut Yield) {
        let Some(latitude) = part_signal(in_force, FixPart::Latitude) else { return };
        let mut fates = Vec::new();
        let Self { track, kept, .. } = self;
        track.end(&mut || kept.word(), &mut |fate| fates.push(fate));
        self.take_fates(in_force, latitude, fates, sink);
    }

    fn take_fates(&mut self, in_force: &InForce, signal: SignalId, fates: Vec<Fate>, sink: &mut Yield) {
        for fate in fates {
            let (held, cleared): (_, Option<Cleared>) = match fate {
                Fate::Free(held, cleared) => (held, Some(cleared)),
                Fate::Hidden(held) => (held, None),
            };
            let fix = Fix { lat_deg: held.lat_deg, lon_deg: held.lon_deg, alt_m: None, heading_deg: None, accuracy_m: None };
            for use_ix in held.uses {
                self.transform(in_force, use_ix, &Sample::Fix { signal, fix, t_ms: held.t_ms, inputs: PLACE_INPUTS, cleared }, sink);
            }
        }
    }

    /// Releases windows that are full.
    pub fn tick(&mut self, in_force: &InForce, wall_ms: i64, sink: &mut Yield) {
        let due_ms = wall_ms.saturating_sub(GRACE_MS);
        for use_ix in uses(in_force) {
            let tier = self.gate.tier(use_ix);
            let filling = || rules(in_force, use_ix).iter().filter(|rule| rule.tier == tier && rule.rule.fills_window());
            for rule in filling() {
                if self.states.get(usize::from(rule.slot)).is_some_and(|state| state.pending() > 0) {
                    self.work(use_ix, rule, sink, |target, work| transform::tick(due_ms, target, work));
                }
            }
            // A score leaves after all of its parts.
            if self.shared.get(use_ix.index()).is_some_and(|shared| shared.pending() > 0) {
                for rule in filling() {
                    self.work(use_ix, rule, sink, |target, work| transform::tick_score(due_ms, target, work));
                }
            }
        }
    }
}

/// Whether a fix waits until it is known to lie outside what is private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Yes,
    No,
}

fn part_signal(in_force: &InForce, part: FixPart) -> Option<SignalId> {
    let at = in_force.catalog.signals.iter().position(|signal| signal.fix == Some(part))?;
    u16::try_from(at).ok().map(SignalId)
}

impl Stage {
    /// Works the gate out anew; what was counted must have been drained. Yields the uses whose state changed.
    pub fn rebuild(&mut self, in_force: &InForce, standings: &Standings, context: &Context, restarts: UseSet) -> UseSet {
        self.tracking = None;
        let view = in_force.tables.view();
        let changed = self.gate.gate.rebuild(&view, standings, context, restarts);
        self.gate.look_up(&view);
        changed
    }

    /// What was decided since the last call.
    pub fn drain(&mut self, in_force: &InForce, visit: &mut dyn FnMut(UseIx, Decided, u64)) {
        self.gate.gate.drain(&in_force.tables.view(), visit);
    }

    /// As [`Self::drain`], without taking it.
    pub fn peek(&self, in_force: &InForce, visit: &mut dyn FnMut(UseIx, Decided, u64)) {
        self.gate.gate.clone().drain(&in_force.tables.view(), visit);
    }

    /// Ends the transformations of a use; what they hold is reduced.
    pub fn end(&mut self, in_force: &InForce, use_ix: UseIx, cause: EndCause, sink: &mut Yield) {
        sink.reduced(use_ix, self.track.forget(use_ix).saturating_mul(PLACE_INPUTS));
        for rule in rules(in_force, use_ix) {
            if usize::from(rule.slot) < self.states.len() {
                self.work(use_ix, rule, sink, |target, work| transform::end(cause, target, work));
            }
        }
    }

    /// Wall time at which [`Self::tick`] is due.
    pub fn tick_due_ms(&self, in_force: &InForce, wall_ms: i64) -> Option<i64> {
        let mut due: Option<i64> = None;
        for use_ix in uses(in_force) {
            for rule in rules(in_force, use_ix) {
                let waits = self.states.get(usize::from(rule.slot)).is_some_and(|state| state.pending() > 0)
                    || self.shared.get(use_ix.index()).is_some_and(|shared| shared.pending() > 0);
                if rule.rule.fills_window() && waits {
                    let period = i64::from(rule.rule.pace_ms()).max(1);
                    let end = wall_ms.saturating_sub(GRACE_MS).div_euclid(period).saturating_add(1).saturating_mul(period).saturating_add(GRACE_MS);
                    due = Some(due.map_or(end, |known| known.min(end)));
                }
            }
        }
        due
    }

    /// Decisions that are held in windows, scores and on the track, by use; records of a fix that is being joined are not decided yet.
    pub fn pending(&self, in_force: &InForce, use_ix: UseIx) -> u64 {
        let mut slots: Vec<u16> = rules(in_force, use_ix).iter().map(|rule| rule.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        let in_rules =
            slots.iter().filter_map(|slot| self.states.get(usize::from(*slot))).fold(0, |sum: u64, state| sum.saturating_add(u64::from(state.pending())));
        let shared = self.shared.get(use_ix.index()).map_or(0, |shared| u64::from(shared.pending()));
        in_rules.saturating_add(shared).saturating_add(u64::from(self.track.pending(use_ix)).saturating_mul(u64::from(PLACE_INPUTS)))
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
    in_force.tables.view().rules_of(use_ix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::in_force;
    use consent_core::{Assurance, CategorySet, ClockTrust, Occupancy, PersonIx, Present, Role, Standing, Status};
    use consent_protocol::catalog::example;

    const NOW_MS: i64 = 1_000_000;

    fn driven() -> Context {
        let driver = Present { person: Some(PersonIx(0)), role: Role::Driver, assurance: Assurance::High, minor: false };
        let (occupancy, clock) = (Occupancy::Complete, ClockTrust::Trusted);
        Context { present: [driver].into_iter().collect(), occupancy, clock, wall_ms: NOW_MS, ..Context::default() }
    }

    fn standings(status: Status, tier: Tier) -> Standings {
        let mut standings = Standings::default();
        standings.set(PersonIx(0), UseIx(0), Standing { status, categories: CategorySet::ALL, tier, from_ms: 0, until_ms: NOW_MS * 2 });
        standings
    }

    #[test]
    fn rules_that_were_looked_up_are_those_of_the_present_tier() {
        let in_force = in_force(example::catalog());
        let view = in_force.tables.view();
        let mut stage = Stage::new(Kept::looking(), Vec::new());
        stage.reset(in_force.tables.slots());
        let mut seen = Vec::new();
        for (status, tier) in [(Status::Given, 0), (Status::Given, 1), (Status::Withdrawn, 1), (Status::Given, 0)] {
            stage.rebuild(&in_force, &standings(status, Tier(tier)), &driven(), UseSet::EMPTY);
            for use_ix in uses(&in_force) {
                for signal in (0..8).map(SignalId) {
                    let plain = view.rule(use_ix, stage.state(use_ix).tier, signal).copied();
                    assert_eq!(stage.gate.rule(&view, use_ix, signal), plain, "{use_ix:?} {signal:?} {status:?} at tier {tier}");
                }
            }
            let found = &stage.gate.found[0];
            seen.push((found.tier, found.at.iter().filter(|at| **at != NO_RULE).count()));
        }
        assert_eq!(seen, [(Some(Tier(0)), 2), (Some(Tier(1)), 3), (None, 0), (Some(Tier(0)), 2)]);
    }
}
