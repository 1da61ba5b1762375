//! The promises, counted for one car when everything is over.
//!
//! The three sums are the car's status, its store, and the receiver's tables of the car's streams: none knows of the others.

use super::car::FleetCar;
use super::sums::Sums;
use crate::harness::WorldError;
use crate::summary::{Compared, Kept, Stored};
use consent_protocol::Digest;
use consent_receiver::engine::Counts;
use serde::Serialize;

/// A promise that is counted for every car.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// It came to rest after every event, and answered every request within a minute.
    Ran,
    /// The outcomes sum to the decisions, for each use and in all.
    Balanced,
    /// Car, store and receiver have the same sums.
    Agree,
    /// Nothing that rests on a withdrawn consent left, or was under way, after the withdrawal was answered.
    StaysEnded,
    /// What people were told stands in store and ledger, also after a crash.
    AnswersKept,
    /// Nothing is owed in the end: batches, statements, erasures.
    Delivered,
    /// The receiver refused no batch.
    NoneRefused,
}

impl Promise {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 7] = [Self::Ran, Self::Balanced, Self::Agree, Self::StaysEnded, Self::AnswersKept, Self::Delivered, Self::NoneRefused];

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Ran => "ran to the end, every request answered within a minute",
            Self::Balanced => "outcomes sum to the decisions, for each use",
            Self::Agree => "car, store and receiver have the same sums",
            Self::StaysEnded => "nothing withdrawn left after its withdrawal was answered",
            Self::AnswersKept => "every answered consent event is in store and ledger",
            Self::Delivered => "nothing is owed in the end: batches, statements, erasures",
            Self::NoneRefused => "the receiver refused no batch",
        }
    }
}

/// What a car ends with.
#[derive(Clone, Debug)]
pub(super) struct CarReport {
    pub(super) seed: u64,
    pub(super) sums: Sums,
    pub(super) broken: Vec<Promise>,
    pub(super) fingerprint: Digest,
    /// Why it could not go on.
    pub(super) error: Option<String>,
}

impl CarReport {
    /// Of a car that could not go on.
    pub(super) fn of_broken(car: &FleetCar, error: String) -> Self {
        Self { seed: car.seed, sums: Sums::default(), broken: vec![Promise::Ran], fingerprint: car.fingerprint, error: Some(error) }
    }
}

/// Counts a car's promises. `counts` is what the receiver has of its streams.
pub(super) fn audit(car: &mut FleetCar, counts: &Counts) -> Result<CarReport, WorldError> {
    let delivered = car.world.nothing_owed();
    let unknown = car.unknown_to_the_store()?;
    let status = car.world.status();
    let stored = Stored::read(car.world.store())?;
    let numbered = car.world.store().load()?.streams.iter().fold(0_u64, |sum, row| sum.saturating_add(u64::from(row.numbered.n)));
    let balanced = status.balanced && status.outcomes.sum() == status.decisions && status.uses.iter().all(|used| used.outcomes.sum() == used.decisions);
    let agree = Compared::new(&status, &stored, counts, Kept::All).agree;
    let kept = unknown == 0 && car.forgot == 0 && stored.consent_events >= car.answered;
    let held = [
        (Promise::Balanced, balanced),
        (Promise::Agree, agree),
        (Promise::StaysEnded, car.came_back == 0),
        (Promise::AnswersKept, kept),
        (Promise::Delivered, delivered),
        (Promise::NoneRefused, counts.batches_refused == 0 && status.outcomes.refused == 0),
    ];
    let broken = held.into_iter().filter(|(_, held)| !held).map(|(promise, _)| promise).collect();
    Ok(CarReport { seed: car.seed, sums: Sums::of(&status, car.happened, numbered), broken, fingerprint: car.fingerprint, error: None })
}
