//! What a run ends with: one JSON object, and the comparison of three sums that know nothing of each other.
//!
//! The agent's status counts decisions as they come to an outcome; the store holds ledger and disclosures; the receiver counts
//! its own tables. INVARIANT: nothing here is counted by the simulator while it runs.

use consent_agent::store::{Store, StoreError};
use consent_gatekeeper::status::{Outcomes, Status};
use consent_gatekeeper::store::{DisclosureQuery, RowState};
use consent_protocol::envelope;
use consent_protocol::ledger::{EntryKind, Header};
use consent_receiver::engine::Counts;
use serde::Serialize;

/// The version of this shape; it rises when a field changes its meaning or goes.
pub const SUMMARY_VERSION: u32 = 1;

/// What the store holds in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stored {
    /// Disclosures that the receiver acknowledged.
    pub batches: u64,
    /// Rows of data in them.
    pub records: u64,
    /// Decisions that they merge.
    pub decisions: u64,
    /// Disclosures that the receiver refused.
    pub refused: u64,
    /// Entries of the ledger that are consent events.
    pub consent_events: u64,
    /// Erasures in the ledger: they delete disclosures.
    pub erasures: u64,
}

impl Stored {
    /// Adds up ledger and disclosures.
    pub fn read(store: &mut dyn Store) -> Result<Self, StoreError> {
        let mut stored = Self::default();
        for disclosure in store.disclosures(&DisclosureQuery { count: u32::MAX, ..DisclosureQuery::default() })?.rows {
            match disclosure.row.state {
                RowState::Sent => {
                    stored.batches = stored.batches.saturating_add(1);
                    stored.records = stored.records.saturating_add(u64::from(disclosure.row.records));
                    stored.decisions = stored.decisions.saturating_add(u64::from(disclosure.row.decisions));
                }
                RowState::Refused => stored.refused = stored.refused.saturating_add(1),
                RowState::Awaiting | RowState::Queued | RowState::Numbered => {}
            }
        }
        let mut from = 1;
        loop {
            let rows = store.ledger(from, 512)?;
            let Some(last) = rows.last() else { break };
            from = last.seq.saturating_add(1);
            for row in &rows {
                stored.count_entry(&row.envelope);
            }
        }
        Ok(stored)
    }

    fn count_entry(&mut self, sealed: &[u8]) {
        let header = envelope::peek(sealed).ok().and_then(|(_, payload)| Header::from_bytes(&payload).ok());
        match header.map(|header| header.kind) {
            Some(EntryKind::Consent) => self.consent_events = self.consent_events.saturating_add(1),
            Some(EntryKind::Erasure) => self.erasures = self.erasures.saturating_add(1),
            Some(EntryKind::Catalog | EntryKind::Boot | EntryKind::Theft | EntryKind::Answer | EntryKind::Notice) | None => {}
        }
    }
}

/// One sum, three times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Three {
    /// As the agent's status says.
    pub agent: u64,
    /// As ledger and disclosures in the store add up to.
    pub store: u64,
    /// As the receiver's tables add up to.
    pub receiver: u64,
}

/// The three sums side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Whether they agree: agent and store are equal; the receiver has at least that, and at most what is possibly sent besides.
    pub agree: bool,
    /// Acknowledged batches.
    pub batches: Three,
    /// Acknowledged rows of data.
    pub records: Three,
    /// Acknowledged decisions.
    pub decisions: Three,
    /// Consent events of agent and ledger; the receiver never learns of events.
    pub consent_events: (u64, u64),
    /// Decisions that the receiver may have although they do not count as sent.
    pub possibly_sent: u64,
}

/// Whether the car still has every disclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It does.
    All,
    /// Some are past their time and gone.
    Pruned,
}

impl Compared {
    pub(crate) fn new(status: &Status, stored: &Stored, counts: &Counts, kept: Kept) -> Self {
        let outcomes = &status.outcomes;
        let possibly = [outcomes.numbered, outcomes.purged_possibly_sent, outcomes.dropped_possibly_sent, outcomes.expired];
        let possibly_sent = possibly.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
        let batches = Three { agent: status.batches_sent, store: stored.batches, receiver: counts.batches_accepted };
        let records = Three { agent: status.records_sent, store: stored.records, receiver: counts.records };
        let decisions = Three { agent: outcomes.sent, store: stored.decisions, receiver: counts.decisions };
        let sums = [batches, records, decisions];
        let at_home = sums.iter().all(|sum| if stored.erasures == 0 && kept == Kept::All { sum.agent == sum.store } else { sum.agent >= sum.store });
        let away = sums.iter().all(|sum| if possibly_sent == 0 { sum.receiver == sum.agent } else { sum.receiver >= sum.agent })
            && decisions.receiver <= decisions.agent.saturating_add(possibly_sent);
        let consent_events = (status.consent_events, stored.consent_events);
        Self { agree: at_home && away && consent_events.0 == consent_events.1, batches, records, decisions, consent_events, possibly_sent }
    }
}

/// Lines of recordings that could not be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BrokenLines {
    /// How many.
    pub count: u64,
    /// The first of them: file, line and what was expected.
    pub first: Vec<String>,
}

/// What a run ends with.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// [`SUMMARY_VERSION`].
    pub version: u32,
    /// `demo` or `replay`.
    pub run: &'static str,
    /// The seed.
    pub seed: u64,
    /// Records offered.
    pub records: u64,
    /// Of them of a path that the catalog does not have.
    pub unknown: u64,
    /// Record × covering use.
    pub decisions: u64,
    /// Decisions by outcome.
    pub outcomes: Outcomes,
    /// Whether the outcomes sum to the decisions, for each use and in all.
    pub balanced: bool,
    /// Batches acknowledged.
    pub batches: u64,
    /// Bytes of their envelopes.
    pub bytes: u64,
    /// Consent events written.
    pub consent_events: u64,
    /// Version of the catalog in force in the end.
    pub catalog_version: u32,
    /// The receiver's tables.
    pub receiver: Counts,
    /// The three sums.
    pub compared: Compared,
    /// Broken lines of recordings.
    pub broken_lines: BrokenLines,
}

impl Summary {
    /// Puts the three together.
    pub fn new(run: &'static str, seed: u64, status: &Status, stored: &Stored, counts: &Counts, broken_lines: BrokenLines) -> Self {
        Self {
            version: SUMMARY_VERSION,
            run,
            seed,
            records: status.records,
            unknown: status.unknown,
            decisions: status.decisions,
            outcomes: status.outcomes.clone(),
            balanced: status.balanced && status.outcomes.sum() == status.decisions,
            batches: status.batches_sent,
            bytes: status.bytes_sent,
            consent_events: status.consent_events,
            catalog_version: status.catalog_version,
            receiver: *counts,
            compared: Compared::new(status, stored, counts, Kept::All),
            broken_lines,
        }
    }

    /// What is wrong, in words; empty if nothing is.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.balanced {
            problems.push(format!("the outcomes sum to {}, expected {} decisions", self.outcomes.sum(), self.decisions));
        }
        if !self.compared.agree {
            problems.push("agent, store and receiver do not agree: see `compared`".to_owned());
        }
        for (count, what) in
            [(self.receiver.batches_refused, "refused batches"), (self.receiver.bad, "found messages that do not hold"), (self.receiver.forks, "found forks")]
        {
            if count > 0 {
                problems.push(format!("the receiver {what}: {count}"));
            }
        }
        problems
    }

    /// In lines for a person.
    pub fn lines(&self) -> Vec<String> {
        let outcomes = &self.outcomes;
        let withheld: u64 = outcomes.withheld.values().fold(0, |sum, count| sum.saturating_add(*count));
        let mut reasons: Vec<(&String, &u64)> = outcomes.withheld.iter().filter(|(_, count)| **count > 0).collect();
        reasons.sort_by(|one, two| two.1.cmp(one.1));
        let reasons: Vec<String> = reasons.iter().map(|(reason, count)| format!("{} {count}", reason.replace('_', " "))).collect();
        let mut lines = vec![
            format!("records {}   decisions {}   balanced {}", self.records, self.decisions, if self.balanced { "yes" } else { "NO" }),
            format!(
                "sent {}   awaiting {}   queued {}   reduced {}   purged {}   expired {}   dropped {}   pending {}",
                outcomes.sent,
                outcomes.awaiting,
                outcomes.queued.saturating_add(outcomes.numbered),
                outcomes.reduced,
                outcomes.purged.saturating_add(outcomes.purged_possibly_sent),
                outcomes.expired,
                outcomes.dropped.saturating_add(outcomes.dropped_possibly_sent),
                outcomes.pending
            ),
            format!("withheld {withheld}: {}", if reasons.is_empty() { "nothing".to_owned() } else { reasons.join(", ") }),
            format!("batches {}   bytes {}   consent events {}", self.batches, self.bytes, self.consent_events),
            format!(
                "receiver: batches accepted {}, refused {}; records {}; statements {}",
                self.receiver.batches_accepted, self.receiver.batches_refused, self.receiver.records, self.receiver.statements
            ),
            format!(
                "agent, ledger with disclosures, and receiver {}: decisions {} / {} / {}",
                if self.compared.agree { "agree" } else { "DO NOT AGREE" },
                self.compared.decisions.agent,
                self.compared.decisions.store,
                self.compared.decisions.receiver
            ),
        ];
        if self.broken_lines.count > 0 {
            lines.push(format!("broken lines {}", self.broken_lines.count));
            lines.extend(self.broken_lines.first.iter().map(|line| format!("  {line}")));
        }
        lines.extend(self.problems().into_iter().map(|problem| format!("problem: {problem}")));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> (Status, Stored, Counts) {
        let outcomes = Outcomes { sent: 10, reduced: 5, ..Outcomes::default() };
        let status = Status { decisions: 15, outcomes, balanced: true, batches_sent: 2, records_sent: 4, consent_events: 3, ..Status::default() };
        let stored = Stored { batches: 2, records: 4, decisions: 10, consent_events: 3, ..Stored::default() };
        (status, stored, Counts { batches_accepted: 2, records: 4, decisions: 10, ..Counts::default() })
    }

    fn problems((status, stored, counts): &(Status, Stored, Counts)) -> usize {
        Summary::new("demo", 1, status, stored, counts, BrokenLines::default()).problems().len()
    }

    #[test]
    fn three_sums_that_agree_are_no_problem_and_each_one_that_does_not_is() {
        let good = run();
        assert_eq!(problems(&good), 0);
        let mut bad = run();
        bad.0.decisions = 16;
        assert_eq!(problems(&bad), 1);
        let mut bad = run();
        bad.1.decisions = 9;
        assert_eq!(problems(&bad), 1);
        let mut bad = run();
        bad.2.decisions = 11;
        assert_eq!(problems(&bad), 1);
        let mut bad = run();
        bad.1.consent_events = 2;
        assert_eq!(problems(&bad), 1);
        let mut bad = run();
        bad.2.batches_refused = 1;
        assert_eq!(problems(&bad), 1);
    }

    #[test]
    fn what_was_possibly_sent_may_be_at_the_receiver_but_no_more() {
        let mut run = run();
        run.0.outcomes.purged_possibly_sent = 5;
        run.0.decisions = 20;
        (run.2.decisions, run.2.batches_accepted, run.2.records) = (15, 3, 6);
        assert_eq!(problems(&run), 0);
        run.2.decisions = 16;
        assert_eq!(problems(&run), 1);
    }
}
