//! Our epochs in front of another engine: what it said of a signal holds until the next rebuild.

use super::Decides;
use consent_core::SignalId;

/// An engine with its answers of this epoch.
#[derive(Debug)]
pub struct Cached<E> {
    engine: E,
    answers: Vec<Option<u128>>,
}

impl<E> Cached<E> {
    /// With nothing kept.
    pub fn new(engine: E, signals: u16) -> Self {
        Self { engine, answers: vec![None; usize::from(signals)] }
    }

    /// The next epoch: nothing that was said holds.
    pub fn rebuild(&mut self) {
        self.answers.fill(None);
    }
}

impl<E: Decides> Decides for Cached<E> {
    fn decide(&mut self, signal: SignalId, t_ms: i64) -> u128 {
        let Some(answer) = self.answers.get_mut(signal.index()) else { return 0 };
        *answer.get_or_insert_with(|| self.engine.decide(signal, t_ms))
    }
}
