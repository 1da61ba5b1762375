//! What the handling of one message works on: one stream in one transaction.

use crate::batches::Park;
use crate::catalogs::Catalogs;
use crate::engine::EngineError;
use crate::erase::Logged;
use crate::hand_on::HandOn;
use crate::store::{self, Aside, Stream};
use consent_protocol::lane::WINDOW;
use rusqlite::Connection;

/// The stream, its surroundings, and what is to be done with the commit.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    /// The open transaction.
    pub(crate) db: &'a Connection,
    pub(crate) catalogs: &'a Catalogs,
    pub(crate) hand_on: &'a HandOn,
    pub(crate) park: &'a mut Park,
    pub(crate) now_ms: i64,
    /// Written back before the commit.
    pub(crate) stream: Stream,
    /// Goes to the erase log before the commit.
    pub(crate) logged: Vec<Logged>,
    /// The car's own first envelope where it contradicts itself.
    pub(crate) conflict: Option<Vec<u8>>,
}

impl Work<'_> {
    /// Keeps what contradicts what is stored, and shows the car what it said first.
    pub(crate) fn contradicted(&mut self, second: &Aside<'_>, first: Option<Vec<u8>>) -> Result<(), EngineError> {
        if store::lay_aside(self.db, self.stream.id, self.now_ms, second, u32::try_from(WINDOW).unwrap_or(u32::MAX))? {
            store::count(self.db, "forks", 1)?;
        }
        tracing::warn!(stream = %self.stream.name, number = second.number, kind = ?second.kind, "stream contradicts itself");
        self.conflict = first;
        Ok(())
    }
}
