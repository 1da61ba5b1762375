//! Where every decision went: one count per use and outcome, over all boots.
//!
//! INVARIANT: a count moves only together with the transaction that changes the row it describes; what is pending is never
//! stored, so that the durable sums balance wherever power is cut (R2).

use crate::status::Outcomes;
use crate::store::{CounterRow, MetaKey, Outcome, StoreOp, TotalsMeta};
use consent_core::Reason;
use std::collections::{BTreeMap, BTreeSet};

/// Decisions by use and outcome.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    counts: BTreeMap<(String, Outcome), u64>,
    dirty: BTreeSet<(String, Outcome)>,
    totals: TotalsMeta,
    totals_dirty: bool,
}

impl Counters {
    /// Starts from what is on disk.
    pub fn load(rows: &[CounterRow], totals: TotalsMeta) -> Self {
        let counts = rows.iter().map(|row| ((row.use_id.clone(), row.outcome), row.count)).collect();
        Self { counts, totals, ..Self::default() }
    }

    /// Adds decisions to an outcome.
    pub fn add(&mut self, use_id: &str, outcome: Outcome, decisions: u64) {
        if decisions == 0 {
            return;
        }
        let key = (use_id.to_owned(), outcome);
        let count = self.counts.entry(key.clone()).or_default();
        *count = count.saturating_add(decisions);
        self.dirty.insert(key);
    }

    /// Moves decisions from one outcome to another. More than there are cannot be moved: the rest stays where it was, and
    /// the sums no longer balance, which the status tells.
    pub fn shift(&mut self, use_id: &str, from: Outcome, to: Outcome, decisions: u64) {
        let key = (use_id.to_owned(), from);
        let count = self.counts.entry(key.clone()).or_default();
        let moved = decisions.min(*count);
        *count = count.saturating_sub(moved);
        self.dirty.insert(key);
        self.add(use_id, to, moved);
    }

    /// Counts from nothing, for other people: what was counted says what the ones before let leave. The gate's own messages stay
    /// counted. `pending` are decisions that are not in any outcome yet.
    pub fn start_anew(&mut self, pending: u64) {
        for (key, count) in &mut self.counts {
            *count = 0;
            self.dirty.insert(key.clone());
        }
        self.totals = TotalsMeta { decisions: pending, gate: self.totals.gate, ..TotalsMeta::default() };
        self.totals_dirty = true;
    }

    /// Totals.
    pub fn totals(&self) -> &TotalsMeta {
        &self.totals
    }

    /// Totals, to be changed; they are stored with the next transaction.
    pub fn totals_mut(&mut self) -> &mut TotalsMeta {
        self.totals_dirty = true;
        &mut self.totals
    }

    /// Whether anything is not handed over to the store yet.
    pub fn is_dirty(&self) -> bool {
        self.totals_dirty || !self.dirty.is_empty()
    }

    /// Takes what changed, for a transaction. `pending` are decisions that are not in any outcome yet.
    pub fn take_ops(&mut self, pending: u64, ops: &mut Vec<StoreOp>) {
        // What was pending comes to an outcome without a new record: the stored decisions change with every counter.
        if !self.dirty.is_empty() {
            self.totals_dirty = true;
        }
        for key in std::mem::take(&mut self.dirty) {
            let count = self.counts.get(&key).copied().unwrap_or_default();
            ops.push(StoreOp::Counter(CounterRow { use_id: key.0, outcome: key.1, count }));
        }
        if std::mem::take(&mut self.totals_dirty) {
            let mut durable = self.totals.clone();
            durable.decisions = durable.decisions.saturating_sub(pending);
            let value = postcard::to_allocvec(&durable).unwrap_or_default();
            ops.push(StoreOp::Meta { key: MetaKey::Totals, value });
        }
    }

    /// Ids of all uses ever counted.
    pub fn use_ids(&self) -> BTreeSet<&str> {
        self.counts.keys().map(|(use_id, _)| use_id.as_str()).collect()
    }

    /// The outcomes of a use, without what is pending.
    pub fn outcomes(&self, use_id: &str) -> Outcomes {
        let mut outcomes = Outcomes::default();
        let from = (use_id.to_owned(), Outcome::Pending);
        for ((_, outcome), count) in self.counts.range(from..).take_while(|((id, _), _)| id == use_id) {
            outcomes.put(*outcome, *count);
        }
        outcomes
    }
}

impl Outcomes {
    /// Adds to an outcome.
    pub fn put(&mut self, outcome: Outcome, decisions: u64) {
        let cell = match outcome {
            Outcome::Pending => &mut self.pending,
            Outcome::Awaiting => &mut self.awaiting,
            Outcome::Queued => &mut self.queued,
            Outcome::Numbered => &mut self.numbered,
            Outcome::Sent => &mut self.sent,
            Outcome::Refused => &mut self.refused,
            Outcome::Withheld(reason) => self.withheld.entry(Reason::name(reason).to_owned()).or_default(),
            Outcome::Reduced => &mut self.reduced,
            Outcome::Expired => &mut self.expired,
            Outcome::Purged => &mut self.purged,
            Outcome::PurgedPossiblySent => &mut self.purged_possibly_sent,
            Outcome::Dropped => &mut self.dropped,
            Outcome::DroppedPossiblySent => &mut self.dropped_possibly_sent,
        };
        *cell = cell.saturating_add(decisions);
    }

    /// Adds all outcomes of another.
    pub fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.pending, other.pending),
            (&mut self.awaiting, other.awaiting),
            (&mut self.queued, other.queued),
            (&mut self.numbered, other.numbered),
            (&mut self.sent, other.sent),
            (&mut self.refused, other.refused),
            (&mut self.reduced, other.reduced),
            (&mut self.expired, other.expired),
            (&mut self.purged, other.purged),
            (&mut self.purged_possibly_sent, other.purged_possibly_sent),
            (&mut self.dropped, other.dropped),
            (&mut self.dropped_possibly_sent, other.dropped_possibly_sent),
        ];
        for (mine, theirs) in pairs {
            *mine = mine.saturating_add(theirs);
        }
        for (reason, count) in &other.withheld {
            let mine = self.withheld.entry(reason.clone()).or_default();
            *mine = mine.saturating_add(*count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_moved_is_neither_lost_nor_doubled() {
        let mut counters = Counters::default();
        counters.add("traffic", Outcome::Queued, 10);
        counters.shift("traffic", Outcome::Queued, Outcome::Purged, 4);
        counters.shift("traffic", Outcome::Queued, Outcome::Sent, 100);
        let outcomes = counters.outcomes("traffic");
        assert_eq!((outcomes.queued, outcomes.purged, outcomes.sent, outcomes.sum()), (0, 4, 6, 10));
    }

    #[test]
    fn what_changed_is_stored_once_and_comes_back() {
        let mut counters = Counters::default();
        counters.add("a", Outcome::Withheld(Reason::Paused), 3);
        counters.add("b", Outcome::Sent, 1);
        counters.totals_mut().decisions = 9;
        let mut ops = Vec::new();
        counters.take_ops(5, &mut ops);
        assert!(!counters.is_dirty());
        let rows: Vec<CounterRow> = ops.iter().filter_map(|op| if let StoreOp::Counter(row) = op { Some(row.clone()) } else { None }).collect();
        let back = Counters::load(&rows, TotalsMeta::default());
        assert_eq!(back.outcomes("a").withheld.get("paused"), Some(&3));
        assert_eq!(back.outcomes("b").sent, 1);
        let totals = ops.iter().find_map(|op| if let StoreOp::Meta { value, .. } = op { postcard::from_bytes::<TotalsMeta>(value).ok() } else { None });
        assert_eq!(totals.map(|totals| totals.decisions), Some(4));
    }
}
