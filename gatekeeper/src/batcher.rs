//! Collects what is released into batches of one basis.
//!
//! A batch closes by record count, by a change of its basis, or on a time grid that was fixed when its stream opened; never by
//! compressed size or by another use's traffic, since either would tell of what was withheld.

use crate::now::Now;
use crate::store::BasisId;
use consent_core::{ClockTrust, Released, Timing, UseIx};
use consent_protocol::batch::{ROWS_MAX, Row};

/// A batch is closed by time only this long after its grid, so that rows on their way still join, milliseconds.
pub const GRACE_MS: i64 = 2_000;

/// Whether a batch may go when it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clearance {
    /// At once.
    Live,
    /// After a person's review (R13).
    Review,
}

/// How a use's batches close, and on which basis they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The basis.
    pub basis: BasisId,
    /// Whether they go at once.
    pub clearance: Clearance,
    /// Most rows.
    pub records_max: usize,
    /// Period of the closing grid, milliseconds.
    pub within_ms: i64,
    /// Offset of the closing grid, milliseconds.
    pub offset_ms: i64,
}

/// A batch that closed, or is open.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The use.
    pub use_ix: UseIx,
    /// The basis.
    pub basis: BasisId,
    /// Whether it goes at once.
    pub clearance: Clearance,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Decisions that they merge.
    pub decisions: u32,
    /// Whether the clock was trusted throughout.
    pub clock: ClockTrust,
    /// The slice of a track that its rows belong to; 0: none.
    pub slice: u32,
    /// Slot of the closing grid that it belongs to.
    slot: i64,
}

impl Closed {
    /// Earliest and latest stamp, Unix milliseconds.
    pub fn span_ms(&self) -> (i64, i64) {
        let stamps = || self.rows.iter().map(|row| row.t_ms);
        (stamps().min().unwrap_or(0), stamps().max().unwrap_or(0))
    }
}

/// What is batched for one use.
#[derive(Debug, Default)]
struct Lane {
    open: Option<(Closed, Terms)>,
    /// Newest stamp in the open batch by signal, `i64::MIN` before the first: a batch closes where one goes back, so that a receiver can
    /// hold a rate against it.
    newest_ms: Vec<i64>,
    /// Rows of the batch before: the next one most likely has as many.
    rows_before: usize,
}

impl Lane {
    fn close(&mut self) -> Option<Closed> {
        let (batch, _) = self.open.take()?;
        self.newest_ms.clear();
        self.rows_before = batch.rows.len();
        Some(batch)
    }

    /// Notes the newest stamp of a signal.
    fn note(&mut self, signal: usize, t_ms: i64) {
        if self.newest_ms.len() <= signal {
            self.newest_ms.resize(signal.saturating_add(1), i64::MIN);
        }
        if let Some(newest_ms) = self.newest_ms.get_mut(signal) {
            *newest_ms = t_ms;
        }
    }
}

/// Open batches, at most one a use.
#[derive(Debug, Default)]
pub struct Batcher {
    /// By use.
    lanes: Vec<Lane>,
}

impl Batcher {
    /// Adds a released row; yields the batches that close by it, in order.
    ///
    /// What was held back until the car was far away closes with what is measured now: by its own stamp its batch would be overdue, and the
    /// time at which it leaves would tell how far the car had come.
    pub fn push(&mut self, released: Released, terms: Terms, now: Now) -> Vec<Closed> {
        let clock = now.trust;
        let use_ix = released.use_ix();
        let closes_as_ms = match released.timing() {
            Timing::Live => released.t_ms(),
            Timing::Held => now.wall_ms,
        };
        let slot = closes_as_ms.saturating_sub(terms.offset_ms).div_euclid(terms.within_ms.max(1));
        let mut closed = Vec::new();
        if self.lanes.len() <= use_ix.index() {
            self.lanes.resize_with(use_ix.index().saturating_add(1), Lane::default);
        }
        let Some(lane) = self.lanes.get_mut(use_ix.index()) else { return closed };
        let (signal, t_ms, slice, inputs) = (released.signal().index(), released.t_ms(), released.slice(), released.inputs());
        let goes_back = lane.newest_ms.get(signal).is_some_and(|newest_ms| t_ms < *newest_ms);
        let is_over = |batch: &Closed| batch.basis != terms.basis || slot > batch.slot || batch.slice != slice || goes_back;
        if lane.open.as_ref().is_some_and(|(batch, _)| is_over(batch)) {
            closed.extend(lane.close());
        }
        lane.note(signal, t_ms);
        let rows_max = terms.records_max.clamp(1, ROWS_MAX);
        let (batch, _) = lane.open.get_or_insert_with(|| {
            let rows = Vec::with_capacity(lane.rows_before.min(rows_max));
            (Closed { use_ix, basis: terms.basis, clearance: terms.clearance, rows, decisions: 0, clock, slice, slot }, terms)
        });
        batch.rows.push(Row::from(released));
        batch.decisions = batch.decisions.saturating_add(inputs);
        if clock == ClockTrust::Untrusted {
            batch.clock = clock;
        }
        if batch.rows.len() >= rows_max {
            closed.extend(lane.close());
        }
        closed
    }

    /// Closes a use's batch.
    pub fn close(&mut self, use_ix: UseIx) -> Option<Closed> {
        self.lanes.get_mut(use_ix.index()).and_then(Lane::close)
    }

    /// Puts a use's open batch on another basis on the same terms: what it rested on was given away with other batches.
    pub fn move_to(&mut self, use_ix: UseIx, terms: Terms) {
        if let Some((batch, old)) = self.lanes.get_mut(use_ix.index()).and_then(|lane| lane.open.as_mut()) {
            (batch.basis, *old) = (terms.basis, terms);
        }
    }

    /// Closes what is due by time.
    pub fn tick(&mut self, wall_ms: i64) -> Vec<Closed> {
        let is_due = |lane: &&mut Lane| lane.open.as_ref().is_some_and(|(batch, terms)| due_ms(batch, terms) <= wall_ms);
        self.lanes.iter_mut().filter(is_due).filter_map(Lane::close).collect()
    }

    /// Wall time at which [`Self::tick`] is due.
    pub fn due_ms(&self) -> Option<i64> {
        self.lanes.iter().filter_map(|lane| lane.open.as_ref()).map(|(batch, terms)| due_ms(batch, terms)).min()
    }

    /// The basis of a use's open batch.
    pub fn basis(&self, use_ix: UseIx) -> Option<BasisId> {
        self.of(use_ix).map(|(batch, _)| batch.basis)
    }

    /// Decisions in a use's open batch.
    pub fn pending(&self, use_ix: UseIx) -> u64 {
        self.of(use_ix).map_or(0, |(batch, _)| u64::from(batch.decisions))
    }

    fn of(&self, use_ix: UseIx) -> Option<&(Closed, Terms)> {
        self.lanes.get(use_ix.index())?.open.as_ref()
    }
}

fn due_ms(batch: &Closed, terms: &Terms) -> i64 {
    batch.slot.saturating_add(1).saturating_mul(terms.within_ms.max(1)).saturating_add(terms.offset_ms).saturating_add(GRACE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_core::transform::{self, RuleState, Sink, Target};
    use consent_core::{NoSource, Rule, Sample, Shared, SignalId, Tier, Value, Work};

    struct One(Vec<Released>);

    impl Sink for One {
        fn released(&mut self, released: Released) {
            self.0.push(released);
        }

        fn reduced(&mut self, _: UseIx, _: u32) {}
    }

    fn released(t_ms: i64) -> Released {
        released_of(SignalId(1), t_ms)
    }

    fn released_of(signal: SignalId, t_ms: i64) -> Released {
        let target = Target { use_ix: UseIx(3), tier: Tier(0), signal, rule: Rule::AsIs };
        let mut sink = One(Vec::new());
        let (mut state, mut shared) = (RuleState::default(), Shared::default());
        let mut work = Work { state: &mut state, shared: &mut shared, source: &mut NoSource, sink: &mut sink };
        transform::push(&Sample::Scalar { signal, value: Value::Int(1), t_ms }, &target, &mut work);
        sink.0.remove(0)
    }

    const NOW: Now = Now { boot: 1, mono_ms: 0, wall_ms: 0, trust: ClockTrust::Trusted };

    fn terms(basis: BasisId, records_max: usize) -> Terms {
        Terms { basis, clearance: Clearance::Live, records_max, within_ms: 10_000, offset_ms: 3_000 }
    }

    #[test]
    fn a_batch_closes_by_count_by_basis_and_on_its_grid() {
        let mut batcher = Batcher::default();
        assert!(batcher.push(released(3_000), terms(1, 2), NOW).is_empty());
        assert_eq!(batcher.push(released(3_001), terms(1, 2), NOW).len(), 1, "by count");
        batcher.push(released(4_000), terms(1, 9), NOW);
        let closed = batcher.push(released(4_001), terms(2, 9), NOW);
        assert_eq!(closed.iter().map(|batch| (batch.basis, batch.rows.len())).collect::<Vec<_>>(), [(1, 1)], "by basis");
        assert_eq!(batcher.push(released(13_000), terms(2, 9), NOW).len(), 1, "on the grid");
        assert_eq!(batcher.due_ms(), Some(23_000 + GRACE_MS));
        assert!(batcher.tick(24_999).is_empty());
        assert_eq!(batcher.tick(25_000).len(), 1);
        batcher.push(released(26_000), terms(2, 9), NOW);
        assert_eq!(batcher.push(released(25_999), terms(2, 9), NOW).len(), 1, "where stamps go back");
    }

    #[test]
    fn a_stamp_goes_back_only_behind_its_own_signal_in_the_same_batch() {
        let mut batcher = Batcher::default();
        let mut push = |signal: u16, t_ms: i64| batcher.push(released_of(SignalId(signal), t_ms), terms(1, 4), NOW).len();
        assert_eq!([push(7, 5_000), push(2, 4_000), push(7, 5_000), push(2, 4_500)], [0, 0, 0, 1], "closed by count");
        assert_eq!([push(7, 3_500), push(2, 3_400)], [0, 0], "nothing is held against the batch before");
        assert_eq!([push(7, 3_499), push(2, 3_300)], [1, 0], "and again of the new one only");
    }
}
