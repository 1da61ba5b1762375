//! Replay in real time: through an agent of our own over MQTT, or into the socket of one that runs elsewhere.
//!
//! Records are stamped anew: the first of them with now, the others at their distance from it, divided by the speed.

use crate::catalog::Vss;
use crate::clock::wall_ms;
use crate::drive::write_record;
use crate::drives::Merged;
use crate::harness::desk::Desk;
use crate::people::People;
use crate::progress::Progress;
use crate::replay::{Played, Player, Stage, StageError};
use crate::stack::{Premises, Rest, Stack, StackError};
use crate::summary::{BrokenLines, Summary};
use crate::value;
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::status::Status;
use consent_protocol::catalog::{CompiledCatalog, Datatype};
use consent_protocol::envelope;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Why a catalog file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Cannot be read.
    #[error("{file}: {error}")]
    Io {
        /// Which file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// Neither TOML without faults nor a signed catalog.
    #[error("{0}")]
    Form(String),
}

/// Reads a catalog, as TOML or signed; without a file the example. The desk plays every part, so whoever signed it is not
/// asked, and its recipients get the desk's keys.
pub fn catalog(file: Option<&Path>) -> Result<CompiledCatalog, CatalogError> {
    let Some(file) = file else { return Ok(crate::catalog::example()) };
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| CatalogError::Io { file: name.clone(), error })?;
    if let Ok((_, payload)) = envelope::peek(&bytes) {
        return CompiledCatalog::from_bytes(&payload).map_err(|error| CatalogError::Form(format!("{name}: {error}")));
    }
    crate::catalog::load(file, &Vss::small()).map_err(|report| CatalogError::Form(report.to_string()))
}

/// From the time of the records to real time.
#[derive(Clone, Copy, Debug)]
struct Pace {
    zero_record_ms: i64,
    zero_wall_ms: i64,
    factor: f64,
}

impl Pace {
    #[allow(clippy::as_conversions, clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "milliseconds of a recording, far below 2^53")]
    fn real_ms(&self, t_ms: i64) -> i64 {
        let after = t_ms.saturating_sub(self.zero_record_ms) as f64 / self.factor.max(0.001);
        self.zero_wall_ms.saturating_add(after as i64)
    }

    fn until(&self, t_ms: i64) -> Duration {
        Duration::from_millis(u64::try_from(self.real_ms(t_ms).saturating_sub(wall_ms())).unwrap_or(0))
    }
}

/// The people need so long before the first record, milliseconds.
fn begin_ms(drives: &Merged, people: &People) -> i64 {
    drives.peek().map_or(0, |entry| entry.t_ms).saturating_sub(people.lead_ms())
}

/// An agent, a broker and a receiver of our own, in real time.
#[derive(Debug)]
pub struct Live {
    runtime: Runtime,
    stack: Stack,
    pace: Pace,
    datatypes: BTreeMap<String, Datatype>,
}

impl Live {
    /// Starts everything; `begin_ms` of the records is half a second from now. With a `gate_seed` the agent draws from it.
    pub fn start(gate_seed: Option<[u8; 32]>, factor: f64, catalog: CompiledCatalog, begin_ms: i64) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let datatypes = catalog.signals.iter().map(|signal| (signal.path.clone(), signal.datatype)).collect();
        let stack = runtime.block_on(Stack::start(Premises::new(Desk::new(catalog))?, &[], gate_seed))?;
        let pace = Pace { zero_record_ms: begin_ms, zero_wall_ms: wall_ms().saturating_add(500), factor };
        Ok(Self { runtime, stack, pace, datatypes })
    }

    /// The stamp that a record of a time gets.
    pub fn stamp_ms(&self, t_ms: i64) -> i64 {
        self.pace.real_ms(t_ms)
    }

    /// Stops everything in order.
    pub fn finish(self) -> anyhow::Result<Rest> {
        let rest = self.runtime.block_on(self.stack.stop())?;
        self.runtime.shutdown_background();
        Ok(rest)
    }
}

impl Stage for Live {
    fn advance_to(&mut self, t_ms: i64) -> Result<(), StageError> {
        if t_ms < i64::MAX {
            std::thread::sleep(self.pace.until(t_ms));
        }
        Ok(())
    }

    fn offer(&mut self, t_ms: i64, records: &[(&str, &str)]) -> Result<Vec<usize>, StageError> {
        let fits = |(path, text): &(&str, &str)| self.datatypes.get(*path).is_none_or(|datatype| value::parse(*datatype, text).is_some());
        let broken = (0..).zip(records).filter(|(_, record)| !fits(record)).map(|(at, _)| at).collect();
        let good: Vec<(&str, &str)> = records.iter().filter(|record| fits(record)).copied().collect();
        self.runtime.block_on(self.stack.offer(self.pace.real_ms(t_ms), &good)).map_err(live)?;
        Ok(broken)
    }

    fn control(&mut self, peer: Peer, request: Request) -> Result<Response, StageError> {
        Ok(self.runtime.block_on(self.stack.request(peer, request)))
    }

    fn status(&mut self) -> Result<Option<Status>, StageError> {
        self.runtime.block_on(self.stack.status()).map(Some).map_err(live)
    }
}

fn live(error: StackError) -> StageError {
    StageError::Live(error.to_string())
}

/// Plays drives in real time, through an agent, a broker and a receiver of our own.
pub fn run(
    seed: u64,
    factor: f64,
    catalog: CompiledCatalog,
    people: &People,
    drives: &mut Merged,
    progress: &mut Progress,
) -> anyhow::Result<(Summary, Played)> {
    let mut stage = Live::start(None, factor, catalog, begin_ms(drives, people))?;
    let played = Player::new(people).play(drives, &mut stage, progress)?;
    let rest = stage.finish()?;
    Ok((Summary::new("replay", seed, &rest.status, &rest.stored, &rest.counts, played.broken.clone()), played))
}

/// What was fed to an agent elsewhere.
#[derive(Clone, Debug, Serialize)]
pub struct Fed {
    /// The version of this shape.
    pub version: u32,
    /// Records written.
    pub records: u64,
    /// Broken lines of recordings.
    pub broken_lines: BrokenLines,
}

struct Socket {
    to: BufWriter<UnixStream>,
    pace: Pace,
    records: u64,
}

impl Stage for Socket {
    fn advance_to(&mut self, t_ms: i64) -> Result<(), StageError> {
        if t_ms < i64::MAX {
            std::thread::sleep(self.pace.until(t_ms));
        }
        Ok(())
    }

    fn offer(&mut self, t_ms: i64, records: &[(&str, &str)]) -> Result<Vec<usize>, StageError> {
        let t_ms = self.pace.real_ms(t_ms);
        let write = |to: &mut BufWriter<UnixStream>| -> std::io::Result<()> {
            records.iter().try_for_each(|(path, text)| write_record(to, path, text, t_ms))?;
            to.flush()
        };
        write(&mut self.to).map_err(|error| StageError::Live(format!("the agent's socket: {error}")))?;
        self.records = self.records.saturating_add(u64::try_from(records.len()).unwrap_or(0));
        Ok(Vec::new())
    }

    fn control(&mut self, _peer: Peer, _request: Request) -> Result<Response, StageError> {
        // People act at that agent's own control socket.
        Ok(Response::Done { detail: String::new() })
    }

    fn status(&mut self) -> Result<Option<Status>, StageError> {
        Ok(None)
    }
}

/// Feeds drives to the signal socket of an agent that runs elsewhere; its people are not ours to play.
pub fn feed(socket: &Path, factor: f64, drives: &mut Merged, progress: &mut Progress) -> anyhow::Result<Fed> {
    let to = UnixStream::connect(socket).map_err(|error| anyhow::anyhow!("{}: {error}; is the agent running?", socket.display()))?;
    let nobody = People::default();
    let pace = Pace { zero_record_ms: begin_ms(drives, &nobody), zero_wall_ms: wall_ms(), factor };
    let mut stage = Socket { to: BufWriter::new(to), pace, records: 0 };
    let played = Player::new(&nobody).play(drives, &mut stage, progress)?;
    Ok(Fed { version: 1, records: stage.records, broken_lines: played.broken })
}
