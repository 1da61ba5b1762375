//! A look into the store beside the process that serves: read only.

use super::Usage;
use crate::catalogs::Catalogs;
use crate::config::Config;
use crate::store::{self, Stream};
use anyhow::{Context as _, Result, anyhow};
use consent_protocol::StreamId;
use consent_protocol::batch::Batch;
use consent_protocol::envelope;
use consent_protocol::ids::from_hex;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

/// The store, opened for reading.
#[derive(Debug)]
pub(crate) struct Inspector {
    pub(crate) db: Connection,
    pub(crate) catalogs: Catalogs,
}

/// What is stored of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) n: u32,
    pub(crate) state: i64,
    pub(crate) reason: Option<String>,
    pub(crate) received_ms: i64,
    pub(crate) erased_ms: Option<i64>,
    pub(crate) erased_for: Option<String>,
    pub(crate) records: u32,
    pub(crate) decisions: u32,
    pub(crate) envelope: Option<Vec<u8>>,
}

impl Inspector {
    /// Opens the database of a configuration.
    pub(crate) fn open(config: &Config) -> Result<Self> {
        let path = config.engine.database.as_ref().context("no database is configured")?;
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .with_context(|| format!("{}: no database yet? `consent-receiver run` makes it", path.display()))?;
        db.busy_timeout(std::time::Duration::from_secs(10))?;
        let catalogs = Catalogs::load(&db, &config.engine.catalog_root, config.engine.environment)?;
        Ok(Self { db, catalogs })
    }

    /// The streams of an id: one of each recipient that has it.
    pub(crate) fn streams_of(&self, id: StreamId) -> Result<Vec<Stream>> {
        let found: Vec<Stream> = store::streams(&self.db)?.into_iter().filter(|stream| stream.name == id).collect();
        if found.is_empty() { Err(anyhow!("stream {id} is not known here")) } else { Ok(found) }
    }

    /// The stream of an id.
    pub(crate) fn stream(&self, id: StreamId) -> Result<Stream> {
        self.streams_of(id)?.into_iter().next().context("no stream")
    }

    /// What is stored at a number.
    pub(crate) fn stored(&self, stream: &Stream, n: u32) -> Result<Option<Stored>> {
        let sql = format!("{STORED} WHERE stream = ?1 AND n = ?2");
        Ok(self.db.prepare_cached(&sql)?.query_row(params![stream.id, n], read_stored).optional()?)
    }

    /// Everything stored of a stream in a state.
    pub(crate) fn all_stored(&self, stream: &Stream, state: i64) -> Result<Vec<Stored>> {
        let sql = format!("{STORED} WHERE stream = ?1 AND state = ?2 ORDER BY n");
        Ok(self.db.prepare_cached(&sql)?.query_map(params![stream.id, state], read_stored)?.collect::<Result<_, _>>()?)
    }
}

const STORED: &str = "SELECT n, state, reason, received_ms, erased_ms, erased_for, records, decisions, envelope FROM batches";

fn read_stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        n: row.get(0)?,
        state: row.get(1)?,
        reason: row.get(2)?,
        received_ms: row.get(3)?,
        erased_ms: row.get(4)?,
        erased_for: row.get(5)?,
        records: row.get(6)?,
        decisions: row.get(7)?,
        envelope: row.get(8)?,
    })
}

impl Stored {
    /// What stands there, in a word.
    pub(crate) fn what(&self) -> &'static str {
        match self.state {
            0 => "accepted",
            1 => "refused",
            2 => "void",
            _ => "lost",
        }
    }

    /// The batch, if it is still held.
    pub(crate) fn batch(&self) -> Option<Batch> {
        let (_, payload) = envelope::peek(self.envelope.as_ref()?).ok()?;
        Batch::from_bytes(&payload).ok()
    }
}

/// What a name on the command line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Stream(StreamId),
    Batch(StreamId, u32),
}

impl Name {
    /// Reads a stream, or a batch.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = || anyhow!(Usage(format!("expected a stream (32 hexadecimal digits) or a batch (stream, hyphen, number), found {text:?}")));
        match text.split_once('-') {
            None => from_hex(text).map(|id| Self::Stream(StreamId(id))).ok_or_else(wrong),
            Some((stream, n)) => {
                let id = from_hex(stream).ok_or_else(wrong)?;
                Ok(Self::Batch(StreamId(id), n.parse().map_err(|_| wrong())?))
            }
        }
    }
}
