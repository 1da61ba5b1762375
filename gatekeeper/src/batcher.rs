//! Collects what is released into batches of one basis.
//!
//! A batch closes by record count, by a change of its basis, or on a time grid that was fixed when its stream opened; never by
//! compressed size or by another use's traffic, since either would tell of what was withheld.

use crate::now::Now;
use crate::store::BasisId;
use consent_core::{ClockTrust, Released, SignalId, Timing, UseIx};
use consent_protocol::batch::{ROWS_MAX, Row};
use std::collections::BTreeMap;

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
    /// Newest stamp of each signal: a batch closes where one goes back, so that a receiver can hold a rate against it.
    newest_ms: BTreeMap<SignalId, i64>,
}

impl Closed {
    /// Earliest and latest stamp, Unix milliseconds.
    pub fn span_ms(&self) -> (i64, i64) {
        let stamps = || self.rows.iter().map(|row| row.t_ms);
        (stamps().min().unwrap_or(0), stamps().max().unwrap_or(0))
    }
}

/// Open batches, at most one a use.
#[derive(Debug, Default)]
pub struct Batcher {
    /// By use.
    open: Vec<Option<(Closed, Terms)>>,
}

impl Batcher {
    /// Adds a released row; yields the batches that close by it, in order.
    ///
    /// What was held back until the car was far away closes with what is measured now: by its own stamp its batch would be overdue, and the
    /// time at which it leaves would tell how far the car had come.
    pub fn push(&mut self, released: &Released, terms: Terms, now: Now) -> Vec<Closed> {
        let clock = now.trust;
        let use_ix = released.use_ix();
        let closes_as_ms = match released.timing() {
            Timing::Live => released.t_ms(),
            Timing::Held => now.wall_ms,
        };
        let slot = closes_as_ms.saturating_sub(terms.offset_ms).div_euclid(terms.within_ms.max(1));
        let mut closed = Vec::new();
        let (signal, t_ms) = (released.signal(), released.t_ms());
        let goes_back = |batch: &Closed| batch.newest_ms.get(&signal).is_some_and(|newest| t_ms < *newest);
        let is_over = |batch: &Closed| batch.basis != terms.basis || slot > batch.slot || batch.slice != released.slice() || goes_back(batch);
        if self.of(use_ix).is_some_and(|(batch, _)| is_over(batch)) {
            closed.extend(self.close(use_ix));
        }
        if self.open.len() <= use_ix.index() {
            self.open.resize_with(use_ix.index().saturating_add(1), || None);
        }
        let Some(place) = self.open.get_mut(use_ix.index()) else { return closed };
        let (batch, _) = place.get_or_insert_with(|| {
            (
                Closed {
                    use_ix,
                    basis: terms.basis,
                    clearance: terms.clearance,
                    rows: Vec::new(),
                    decisions: 0,
                    clock,
                    slice: released.slice(),
                    slot,
                    newest_ms: BTreeMap::new(),
                },
                terms,
            )
        });
        batch.newest_ms.insert(signal, t_ms);
        batch.rows.push(Row::from(released));
        batch.decisions = batch.decisions.saturating_add(released.inputs());
        if clock == ClockTrust::Untrusted {
            batch.clock = clock;
        }
        if batch.rows.len() >= terms.records_max.clamp(1, ROWS_MAX) {
            closed.extend(self.close(use_ix));
        }
        closed
    }

    /// Closes a use's batch.
    pub fn close(&mut self, use_ix: UseIx) -> Option<Closed> {
        self.open.get_mut(use_ix.index()).and_then(Option::take).map(|(batch, _)| batch)
    }

    /// Puts a use's open batch on another basis on the same terms: what it rested on was given away with other batches.
    pub fn move_to(&mut self, use_ix: UseIx, terms: Terms) {
        if let Some(Some((batch, old))) = self.open.get_mut(use_ix.index()) {
            (batch.basis, *old) = (terms.basis, terms);
        }
    }

    /// Closes what is due by time.
    pub fn tick(&mut self, wall_ms: i64) -> Vec<Closed> {
        let due: Vec<UseIx> = self.open.iter().flatten().filter(|(batch, terms)| due_ms(batch, terms) <= wall_ms).map(|(batch, _)| batch.use_ix).collect();
        due.into_iter().filter_map(|use_ix| self.close(use_ix)).collect()
    }

    /// Wall time at which [`Self::tick`] is due.
    pub fn due_ms(&self) -> Option<i64> {
        self.open.iter().flatten().map(|(batch, terms)| due_ms(batch, terms)).min()
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
        self.open.get(use_ix.index())?.as_ref()
    }
}

fn due_ms(batch: &Closed, terms: &Terms) -> i64 {
    batch.slot.saturating_add(1).saturating_mul(terms.within_ms.max(1)).saturating_add(terms.offset_ms).saturating_add(GRACE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_core::transform::{self, RuleState, Sink, Target};
    use consent_core::{NoSource, Rule, Sample, Shared, Tier, Value, Work};

    struct One(Vec<Released>);

    impl Sink for One {
        fn released(&mut self, released: Released) {
            self.0.push(released);
        }

        fn reduced(&mut self, _: UseIx, _: u32) {}
    }

    fn released(t_ms: i64) -> Released {
        let target = Target { use_ix: UseIx(3), tier: Tier(0), signal: SignalId(1), rule: Rule::AsIs };
        let mut sink = One(Vec::new());
        let (mut state, mut shared) = (RuleState::default(), Shared::default());
        let mut work = Work { state: &mut state, shared: &mut shared, source: &mut NoSource, sink: &mut sink };
        transform::push(&Sample::Scalar { signal: SignalId(1), value: Value::Int(1), t_ms }, &target, &mut work);
        sink.0.remove(0)
    }

    const NOW: Now = Now { boot: 1, mono_ms: 0, wall_ms: 0, trust: ClockTrust::Trusted };

    fn terms(basis: BasisId, records_max: usize) -> Terms {
        Terms { basis, clearance: Clearance::Live, records_max, within_ms: 10_000, offset_ms: 3_000 }
    }

    #[test]
    fn a_batch_closes_by_count_by_basis_and_on_its_grid() {
        let mut batcher = Batcher::default();
        assert!(batcher.push(&released(3_000), terms(1, 2), NOW).is_empty());
        assert_eq!(batcher.push(&released(3_001), terms(1, 2), NOW).len(), 1, "by count");
        batcher.push(&released(4_000), terms(1, 9), NOW);
        let closed = batcher.push(&released(4_001), terms(2, 9), NOW);
        assert_eq!(closed.iter().map(|batch| (batch.basis, batch.rows.len())).collect::<Vec<_>>(), [(1, 1)], "by basis");
        assert_eq!(batcher.push(&released(13_000), terms(2, 9), NOW).len(), 1, "on the grid");
        assert_eq!(batcher.due_ms(), Some(23_000 + GRACE_MS));
        assert!(batcher.tick(24_999).is_empty());
        assert_eq!(batcher.tick(25_000).len(), 1);
        batcher.push(&released(26_000), terms(2, 9), NOW);
        assert_eq!(batcher.push(&released(25_999), terms(2, 9), NOW).len(), 1, "where stamps go back");
    }
}
