//! What is counted of cars: each car's own numbers, and their sums over the fleet.

use consent_gatekeeper::status::{Outcomes, Status};
use consent_receiver::engine::Counts;
use serde::Serialize;

/// What the harness itself saw happen to a car.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Happened {
    /// Virtual seconds before everybody came home.
    pub seconds: u64,
    /// Of them with the ignition on.
    pub driven_s: u64,
    /// Consents that were given and answered.
    pub given: u64,
    /// Consents that were withdrawn and answered.
    pub withdrawn: u64,
    /// What people asked and the car refused.
    pub refused: u64,
    /// Connections that were lost.
    pub links_lost: u64,
    /// Crashes.
    pub crashes: u64,
}

/// Numbers of one car, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// What happened.
    pub happened: Happened,
    /// Records offered, as the cars count them.
    pub records: u64,
    /// Of them of a path that the catalog does not have.
    pub unknown: u64,
    /// Record × covering use.
    pub decisions: u64,
    /// Decisions by outcome.
    pub outcomes: Outcomes,
    /// Batches that were sealed, numbered and handed over.
    pub numbered: u64,
    /// Batches acknowledged, bytes of their envelopes, rows of data in them.
    pub batches: u64,
    /// Bytes of their envelopes.
    pub bytes: u64,
    /// Rows of data in them.
    pub rows: u64,
    /// Consent events in the ledgers.
    pub consent_events: u64,
    /// Statements handed over, repeated ones too.
    pub statements: u64,
    /// Hellos.
    pub hellos: u64,
    /// Connections that came up.
    pub connections: u64,
}

impl Sums {
    /// Those of one car.
    pub(super) fn of(status: &Status, happened: Happened, numbered: u64) -> Self {
        Self {
            happened,
            records: status.records,
            unknown: status.unknown,
            decisions: status.decisions,
            outcomes: status.outcomes.clone(),
            numbered,
            batches: status.batches_sent,
            bytes: status.bytes_sent,
            rows: status.records_sent,
            consent_events: status.consent_events,
            statements: status.gate.statements,
            hellos: status.gate.hellos,
            connections: status.gate.connections,
        }
    }

    /// Adds another car's.
    pub(super) fn add(&mut self, other: &Self) {
        self.happened.add(&other.happened);
        add_outcomes(&mut self.outcomes, &other.outcomes);
        let pairs = [
            (&mut self.records, other.records),
            (&mut self.unknown, other.unknown),
            (&mut self.decisions, other.decisions),
            (&mut self.numbered, other.numbered),
            (&mut self.batches, other.batches),
            (&mut self.bytes, other.bytes),
            (&mut self.rows, other.rows),
            (&mut self.consent_events, other.consent_events),
            (&mut self.statements, other.statements),
            (&mut self.hellos, other.hellos),
            (&mut self.connections, other.connections),
        ];
        add_all(pairs);
    }
}

impl Happened {
    fn add(&mut self, other: &Self) {
        add_all([
            (&mut self.seconds, other.seconds),
            (&mut self.driven_s, other.driven_s),
            (&mut self.given, other.given),
            (&mut self.withdrawn, other.withdrawn),
            (&mut self.refused, other.refused),
            (&mut self.links_lost, other.links_lost),
            (&mut self.crashes, other.crashes),
        ]);
    }
}

fn add_all<const N: usize>(pairs: [(&mut u64, u64); N]) {
    for (sum, more) in pairs {
        *sum = sum.saturating_add(more);
    }
}

fn add_outcomes(sum: &mut Outcomes, more: &Outcomes) {
    add_all([
        (&mut sum.pending, more.pending),
        (&mut sum.awaiting, more.awaiting),
        (&mut sum.queued, more.queued),
        (&mut sum.numbered, more.numbered),
        (&mut sum.sent, more.sent),
        (&mut sum.refused, more.refused),
        (&mut sum.reduced, more.reduced),
        (&mut sum.expired, more.expired),
        (&mut sum.purged, more.purged),
        (&mut sum.purged_possibly_sent, more.purged_possibly_sent),
        (&mut sum.dropped, more.dropped),
        (&mut sum.dropped_possibly_sent, more.dropped_possibly_sent),
    ]);
    for (reason, count) in &more.withheld {
        let known = sum.withheld.entry(reason.clone()).or_default();
        *known = known.saturating_add(*count);
    }
}

/// Adds what a receiver counted.
pub(super) fn add_counts(sum: &mut Counts, more: &Counts) {
    add_all([
        (&mut sum.batches_accepted, more.batches_accepted),
        (&mut sum.batches_refused, more.batches_refused),
        (&mut sum.records, more.records),
        (&mut sum.decisions, more.decisions),
        (&mut sum.statements, more.statements),
        (&mut sum.ended, more.ended),
        (&mut sum.erased, more.erased),
        (&mut sum.bad, more.bad),
        (&mut sum.forks, more.forks),
        (&mut sum.streams, more.streams),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_two_cars_are_their_sums() {
        let outcomes = |sent| Outcomes { sent, withheld: [("paused".to_owned(), 2)].into(), ..Outcomes::default() };
        let car = |sent| Sums { decisions: sent + 2, outcomes: outcomes(sent), happened: Happened { crashes: 1, ..Happened::default() }, ..Sums::default() };
        let mut all = Sums::default();
        all.add(&car(3));
        all.add(&car(4));
        assert_eq!((all.decisions, all.outcomes.sum(), all.outcomes.sent, all.happened.crashes), (11, 11, 7, 2));
    }
}
