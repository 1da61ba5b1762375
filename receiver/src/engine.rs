//! Takes messages of streams, keeps their state in SQLite, and yields signed answers.
//!
//! One transaction per message: verify, store, advance, erase. What goes out is composed after the commit; a message that
//! yields an error may be delivered again. Where several messages wait, one State after the last of a stream's answers them all:
//! it says where the stream stands, not what came.

use crate::admit::{self, Admitted};
use crate::batches::{self, Park};
use crate::catalogs::{self, Catalogs};
use crate::erase::{self, Data, End, EraseLog};
use crate::hand_on::HandOn;
use crate::report;
use crate::state::{self, Voice};
use crate::work::Work;
use crate::{lane, look, store};
use consent_protocol::StreamId;
use consent_protocol::catalog::Environment;
use consent_protocol::envelope;
use consent_protocol::lane::{AnswerMessage, EndKind};
use consent_protocol::topic::{Channel, Topic};
use rusqlite::{Connection, TransactionBehavior};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One recipient that this process serves.
#[derive(Clone)]
pub struct RecipientConfig {
    /// Its id in catalogs and topics.
    pub id: String,
    /// Ed25519 seed of the key that signs State and answers; its public half stands in the catalog.
    pub ack_key: [u8; 32],
    /// What it says in its use reports, by use id.
    pub uses: BTreeMap<String, UseWords>,
}

/// What a recipient says of a use in its own words (R42); empty = it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UseWords {
    /// What the data is used for.
    pub used_for: String,
    /// The benefit that was delivered.
    pub benefit: String,
}

impl std::fmt::Debug for RecipientConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecipientConfig").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What an engine is told once.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Environment; certificates and catalogs of another one are refused.
    pub environment: Environment,
    /// Trusted enrolment authorities' Ed25519 public keys.
    pub authorities: Vec<[u8; 32]>,
    /// Ed25519 public key under which catalogs are signed.
    pub catalog_root: [u8; 32],
    /// Recipients served.
    pub recipients: Vec<RecipientConfig>,
    /// Database file; `None` keeps it in memory (simulations).
    pub database: Option<PathBuf>,
    /// Folder for handed-on JSON lines, `-` for standard output; `None` hands on nothing (simulations).
    pub hand_on: Option<PathBuf>,
    /// A car that is there gets a use report at most this often, milliseconds (R42).
    pub report_ms: i64,
}

/// A day.
pub const REPORT_MS: i64 = 86_400_000;

/// Something to publish (QoS 1) after the commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Topic.
    pub topic: String,
    /// Payload.
    pub payload: Vec<u8>,
}

/// Counted over the life of the database, from its tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Batches stored.
    pub batches_accepted: u64,
    /// Batches refused.
    pub batches_refused: u64,
    /// Rows of data stored, erased ones included.
    pub records: u64,
    /// Decisions that they merge.
    pub decisions: u64,
    /// Statements applied.
    pub statements: u64,
    /// Bases ended.
    pub ended: u64,
    /// Batches whose data was erased.
    pub erased: u64,
    /// Messages whose signature, certificate or form did not hold.
    pub bad: u64,
    /// Forks seen.
    pub forks: u64,
    /// Streams known.
    pub streams: u64,
}

/// Why a message could not be handled; the message may be delivered again.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database failed.
    #[error("database: {0}")]
    Database(String),
    /// Handing on failed.
    #[error("handing on: {0}")]
    HandOn(String),
    /// Configuration that cannot work.
    #[error("{0}")]
    Config(String),
}

/// The engine of one receiver process.
#[derive(Debug)]
pub struct Engine {
    config: EngineConfig,
    db: Connection,
    log: EraseLog,
    catalogs: Catalogs,
    voices: BTreeMap<String, Voice>,
    hand_on: HandOn,
    /// Secret of this start's challenges.
    secret: [u8; 32],
    park: Park,
    /// Bad messages that are not yet in the tables: nobody makes the database write by sending rubbish.
    bad: u64,
    /// Whether an erasure may be incomplete.
    erasing: Erasing,
    /// Handed-on files of streams that are not known, by recipient and stream.
    orphans: BTreeMap<(String, String), Vec<PathBuf>>,
    /// When each stream got its last use report from this process, Unix milliseconds.
    reported: BTreeMap<i64, i64>,
    /// Streams that [`Self::handle_more`] owes a State.
    owed: BTreeSet<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Erasing {
    Settled,
    Pending,
}

/// Removes a handed-on file that the store does not know: it was restored from a backup, and could never erase what is in there.
fn remove(path: &Path) -> Result<(), EngineError> {
    tracing::warn!(file = %path.display(), "a handed-on file that the store does not know is removed");
    Ok(std::fs::remove_file(path)?)
}

/// Batches deleted by one [`Engine::tick`].
const EXPIRE_MAX: u32 = 256;

impl Engine {
    /// Opens the database. `seed` is fresh randomness (the start's secret of challenges); simulations may pass the same
    /// database again by [`Self::restart`]. The erase log lies beside the database, with `.erasures` appended.
    pub fn open(config: EngineConfig, seed: [u8; 32]) -> Result<Self, EngineError> {
        let log = config.database.as_ref().map(|path| {
            let mut name = path.as_os_str().to_owned();
            name.push(".erasures");
            PathBuf::from(name)
        });
        Self::open_with_log(config, log.as_deref(), seed)
    }

    /// As [`Self::open`], with the erase log elsewhere: it must be no part of the database's backup (protocol rule 9).
    pub fn open_with_log(config: EngineConfig, log: Option<&Path>, seed: [u8; 32]) -> Result<Self, EngineError> {
        let mut db = match &config.database {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        store::prepare(&mut db)?;
        let log = EraseLog::open(log)?;
        let catalogs = Catalogs::load(&db, &config.catalog_root, config.environment)?;
        let voices = config.recipients.iter().map(|recipient| (recipient.id.clone(), Voice::new(&recipient.ack_key))).collect();
        let hand_on = HandOn::new(config.hand_on.as_deref());
        let mut engine = Self {
            config,
            db,
            log,
            catalogs,
            voices,
            hand_on,
            secret: seed,
            park: Park::default(),
            bad: 0,
            erasing: Erasing::Pending,
            orphans: BTreeMap::new(),
            reported: BTreeMap::new(),
            owed: BTreeSet::new(),
        };
        engine.recover()?;
        Ok(engine)
    }

    /// Cuts handed-on files to what was committed, removes those that the store does not know, and erases again what the log says.
    fn recover(&mut self) -> Result<(), EngineError> {
        let entries = self.log.all()?;
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (id, day, length) in store::newest_files(&tx)? {
            if let Some(stream) = store::stream_by_id(&tx, id)? {
                self.hand_on.cut(&stream, &day, length)?;
            }
        }
        for recipient in self.voices.keys() {
            let known: BTreeMap<String, i64> =
                store::streams(&tx)?.iter().filter(|one| one.recipient == *recipient).map(|one| (one.name.to_string(), one.id)).collect();
            for (name, day, path) in self.hand_on.files(recipient)? {
                match known.get(&name) {
                    Some(id) if store::has_file(&tx, *id, &day)? => {}
                    None if !entries.iter().any(|entry| entry.recipient == *recipient && entry.stream.to_string() == name) => {
                        self.orphans.entry((recipient.clone(), name)).or_default().push(path);
                    }
                    Some(_) | None => remove(&path)?,
                }
            }
        }
        for entry in entries {
            if let Some(stream) = store::stream(&tx, &entry.recipient, entry.stream)? {
                erase::apply_log(&tx, &self.hand_on, &stream, entry.at_ms, std::slice::from_ref(&entry))?;
            }
        }
        Ok(tx.commit()?)
    }

    /// As a new process on the same database would be: parked batches are gone, challenges are new.
    pub fn restart(&mut self, seed: [u8; 32]) {
        self.park = Park::default();
        self.owed.clear();
        self.secret = seed;
        self.erasing = Erasing::Pending;
    }

    /// What goes out at start: a State for every known stream, so that nothing waits for a Hello. Streams that were closed long
    /// ago are forgotten here, and only here: their challenges died with the last start.
    pub fn at_start(&mut self, wall_ms: i64) -> Result<Vec<Outgoing>, EngineError> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for stream in store::streams(&tx)?.iter().filter(|stream| self.voices.contains_key(&stream.recipient)) {
            if stream.closed_ms.is_some_and(|closed_ms| wall_ms.saturating_sub(closed_ms) >= erase::ASIDE_MS) && wall_ms >= stream.keep_ms {
                store::forget(&tx, stream.id)?;
            }
        }
        tx.commit()?;
        let mut out = self.settle(wall_ms)?;
        for stream in store::streams(&self.db)? {
            if let Some(voice) = self.voices.get(&stream.recipient) {
                out.push(voice.say(&stream.recipient, stream.name, &state::known(&self.db, &stream, None)?));
            }
        }
        Ok(out)
    }

    /// Makes a signed catalog known; older ones stay known by digest.
    pub fn add_catalog(&mut self, envelope: &[u8]) -> Result<(), EngineError> {
        self.catalogs.add(&self.db, envelope, &self.config.catalog_root, self.config.environment)
    }

    /// The newest catalog of each audience that is known, as it is published retained: topic and signed bytes.
    pub fn newest_catalogs(&self) -> Result<Vec<Outgoing>, EngineError> {
        let newest = catalogs::newest_signed(&self.db)?;
        Ok(newest.into_iter().map(|(audience, payload)| Outgoing { topic: Topic::Catalog { audience }.name(), payload }).collect())
    }

    /// Handles one message that came in on a topic. Verified, stored and committed when it returns.
    pub fn handle(&mut self, wall_ms: i64, topic: &str, payload: &[u8]) -> Result<Vec<Outgoing>, EngineError> {
        let mut out = self.handle_more(wall_ms, topic, payload)?;
        out.append(&mut self.answer_owed()?);
        Ok(out)
    }

    /// As [`Self::handle`], with the State left to [`Self::answer_owed`], which is asked for once no more messages wait.
    pub fn handle_more(&mut self, wall_ms: i64, topic: &str, payload: &[u8]) -> Result<Vec<Outgoing>, EngineError> {
        let Some(Topic::Stream { recipient, stream, channel }) = Topic::parse(topic) else { return Ok(self.bad()) };
        if !self.voices.contains_key(&recipient) {
            return Ok(Vec::new());
        }
        let public = store::stream(&self.db, &recipient, stream)?.map(|stream| stream.public);
        match (channel, public) {
            (Channel::Answer, _) | (Channel::Batch, None) => Ok(Vec::new()),
            (Channel::Batch, Some(public)) => match admit::batch(&recipient, stream, payload, &public) {
                Some(incoming) => self.within(wall_ms, (&recipient, stream), None, Reply::State, |work| batches::receive(work, incoming)),
                None => Ok(self.bad()),
            },
            (Channel::Lane, Some(public)) => match admit::lane(&recipient, stream, payload, &public) {
                Some(Admitted::Hello(hello)) => self.within(wall_ms, (&recipient, stream), None, Reply::Welcome, |work| lane::hello(work, &hello)),
                Some(Admitted::Told(told)) => self.within(wall_ms, (&recipient, stream), None, Reply::State, |work| lane::receive(work, &told)),
                None => Ok(self.bad()),
            },
            (Channel::Lane, None) => self.stranger(wall_ms, &recipient, stream, payload),
        }
    }

    /// The State of each stream of which messages were handled and not answered yet.
    pub fn answer_owed(&mut self) -> Result<Vec<Outgoing>, EngineError> {
        let mut out = Vec::new();
        while let Some(id) = self.owed.first().copied() {
            out.append(&mut self.reply(id, Reply::State, None)?);
            self.owed.remove(&id);
        }
        Ok(out)
    }

    /// Counts a message whose signature, certificate or form does not hold.
    fn bad(&mut self) -> Vec<Outgoing> {
        self.bad = self.bad.saturating_add(1);
        Vec::new()
    }

    /// A message of a stream that is not known: only a Hello that echoes our challenge makes it known.
    fn stranger(&mut self, wall_ms: i64, recipient: &str, stream: StreamId, payload: &[u8]) -> Result<Vec<Outgoing>, EngineError> {
        if admit::is_statement(payload) {
            return Ok(Vec::new());
        }
        let now_s = u64::try_from(wall_ms.div_euclid(1_000)).unwrap_or(0);
        let Some((hello, public)) = admit::stranger(recipient, stream, payload, &self.config, now_s) else { return Ok(self.bad()) };
        let challenge = state::challenge(&self.secret, recipient, stream, hello.nonce);
        if hello.echo != Some(challenge) {
            let voice = self.voices.get(recipient);
            return Ok(voice.map(|voice| voice.say(recipient, stream, &state::unknown(recipient, stream, hello.nonce, challenge))).into_iter().collect());
        }
        let born = Born { public, erased: self.log.of(recipient, stream)? };
        self.within(wall_ms, (recipient, stream), Some(&born), Reply::Welcome, |work| lane::hello(work, &hello))
    }

    /// One transaction on one stream; then erasure is completed, and the answer composed.
    fn within(
        &mut self,
        wall_ms: i64,
        (recipient, stream): (&str, StreamId),
        born: Option<&Born>,
        reply: Reply,
        act: impl FnOnce(&mut Work<'_>) -> Result<(), EngineError>,
    ) -> Result<Vec<Outgoing>, EngineError> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let stream = match (store::stream(&tx, recipient, stream)?, born) {
            (Some(known), _) => known,
            (None, Some(born)) => {
                let created = store::create_stream(&tx, recipient, stream, &born.public, wall_ms)?;
                // What was handed on of it before the store was restored is not known to the store, which could never erase it.
                for path in self.orphans.remove(&(recipient.to_owned(), stream.to_string())).unwrap_or_default() {
                    remove(&path)?;
                }
                erase::apply_log(&tx, &self.hand_on, &created, wall_ms, &born.erased)?;
                created
            }
            (None, None) => return Ok(Vec::new()),
        };
        let id = stream.id;
        let mut work = Work {
            db: &tx,
            catalogs: &self.catalogs,
            hand_on: &self.hand_on,
            park: &mut self.park,
            now_ms: wall_ms,
            stream,
            logged: Vec::new(),
            conflict: None,
        };
        act(&mut work)?;
        batches::drain(&mut work)?;
        store::save_stream(&tx, &work.stream)?;
        let Work { logged, conflict, stream, .. } = work;
        if self.bad > 0 {
            store::count(&tx, "bad", self.bad)?;
        }
        self.log.record(&logged)?;
        tx.commit()?;
        self.bad = 0;
        if !logged.is_empty() || stream.erase_k > stream.erased_k {
            self.erasing = Erasing::Pending;
        }
        let mut out = self.settle(wall_ms)?;
        match (reply, conflict) {
            (Reply::State, None) => {
                self.owed.insert(id);
            }
            // What is greeted, or proved wrong, hears of it by itself.
            (reply, conflict) => out.append(&mut self.reply(id, reply, conflict)?),
        }
        out.extend(self.report(id, wall_ms)?);
        Ok(out)
    }

    /// A stream's use report, if one is due: only then is the car there to hear it.
    fn report(&mut self, id: i64, wall_ms: i64) -> Result<Option<Outgoing>, EngineError> {
        let last_ms = self.reported.get(&id).copied();
        // A clock that was set back does not keep reports away.
        if last_ms.is_some_and(|last_ms| (0..self.config.report_ms).contains(&wall_ms.saturating_sub(last_ms))) {
            return Ok(None);
        }
        let Some(stream) = store::stream_by_id(&self.db, id)? else { return Ok(None) };
        let recipient = self.config.recipients.iter().find(|recipient| recipient.id == stream.recipient);
        let (Some(voice), Some(recipient)) = (self.voices.get(&stream.recipient), recipient) else { return Ok(None) };
        let Some(report) = report::compose(&self.db, &stream, &self.catalogs, &recipient.uses, wall_ms)? else { return Ok(None) };
        self.reported.insert(id, wall_ms);
        Ok(Some(voice.say(&stream.recipient, stream.name, &AnswerMessage::Report(report))))
    }

    /// What a known stream is answered.
    fn reply(&self, id: i64, reply: Reply, conflict: Option<Vec<u8>>) -> Result<Vec<Outgoing>, EngineError> {
        let Some(stream) = store::stream_by_id(&self.db, id)? else { return Ok(Vec::new()) };
        let Some(voice) = self.voices.get(&stream.recipient) else { return Ok(Vec::new()) };
        let mut messages = vec![state::known(&self.db, &stream, conflict)?];
        if reply == Reply::Welcome {
            messages.extend(state::outside_withdrawals(&self.db, &stream)?);
            if let Some(at_ms) = state::owed_erasure(&self.db, &stream)? {
                messages.push(self.erasure(&stream, at_ms)?);
                self.db.execute("UPDATE streams SET erasure_owed = 0 WHERE id = ?1", [id])?;
            }
        }
        Ok(messages.iter().map(|message| voice.say(&stream.recipient, stream.name, message)).collect())
    }

    fn erasure(&self, stream: &store::Stream, at_ms: i64) -> Result<AnswerMessage, EngineError> {
        let systems = self.systems(&stream.recipient).into_iter();
        let systems: Result<Vec<_>, EngineError> =
            systems.map(|name| store::system_erased(&self.db, &stream.recipient, &name).map(|erased_ms| (name, erased_ms))).collect();
        Ok(state::erasure(stream, at_ms, &systems?, &self.hand_on))
    }

    /// The systems that the newest catalog names for a recipient.
    fn systems(&self, recipient: &str) -> Vec<String> {
        let known = self.catalogs.newest_with(recipient);
        let named = known.and_then(|known| known.catalog.recipients.iter().find(|named| named.id == recipient));
        named.map(|named| named.systems.clone()).unwrap_or_default()
    }

    /// A system of a recipient has erased everything that was asked for until now (R45). The cars concerned are told when they
    /// connect; yields of how many streams.
    pub fn system_erased(&mut self, wall_ms: i64, recipient: &str, system: &str) -> Result<usize, EngineError> {
        let known = self.systems(recipient);
        if state::OWN_SYSTEMS.contains(&system) || !known.iter().any(|name| name == system) {
            let words = format!("{system:?} is no system of {recipient:?} that others answer for; the newest catalog names {known:?}");
            return Err(EngineError::Config(words));
        }
        store::confirm_system(&self.db, recipient, system, wall_ms)
    }

    /// Completes erasures, and says so. What cannot be completed is tried again with the next message or tick.
    fn settle(&mut self, wall_ms: i64) -> Result<Vec<Outgoing>, EngineError> {
        if self.erasing == Erasing::Settled {
            return Ok(Vec::new());
        }
        let done = erase::settle(&mut self.db, &self.hand_on, wall_ms)?;
        if !store::any_marked(&self.db)? {
            self.erasing = Erasing::Settled;
        }
        let mut out = Vec::new();
        for id in done {
            let Some(stream) = store::stream_by_id(&self.db, id)? else { continue };
            if let Some(voice) = self.voices.get(&stream.recipient) {
                out.push(voice.say(&stream.recipient, stream.name, &self.erasure(&stream, wall_ms)?));
            }
        }
        Ok(out)
    }

    /// Ends a basis by the secret of a receipt (R35): whoever shows it may. What was received on it is erased. Nothing is
    /// returned if the secret is of no basis here.
    pub fn withdraw_by_secret(&mut self, wall_ms: i64, secret: &[u8; 32]) -> Result<Vec<Outgoing>, EngineError> {
        self.end_by_secret(wall_ms, secret)?;
        let mut out = self.settle(wall_ms)?;
        out.append(&mut self.tell_withdrawals()?);
        Ok(out)
    }

    /// As [`Self::withdraw_by_secret`], but leaves it to the process that runs to tell the car. Yields how many bases ended.
    pub fn withdraw_quietly(&mut self, wall_ms: i64, secret: &[u8; 32]) -> Result<usize, EngineError> {
        let ended = self.end_by_secret(wall_ms, secret)?;
        self.settle(wall_ms)?;
        Ok(ended)
    }

    fn end_by_secret(&mut self, wall_ms: i64, secret: &[u8; 32]) -> Result<usize, EngineError> {
        let commitment = envelope::sha256(&[secret]);
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let bases = store::committed(&tx, commitment)?;
        let mut logged = Vec::new();
        for (id, basis) in &bases {
            let Some(stream) = store::stream_by_id(&tx, *id)? else { continue };
            let end = End { basis: *basis, k: None, kind: EndKind::Withdrawn, data: Data::Goes, secret: Some(*secret) };
            logged.extend(erase::end(&tx, &self.hand_on, &stream, wall_ms, &end)?);
        }
        self.log.record(&logged)?;
        tx.commit()?;
        self.erasing = Erasing::Pending;
        Ok(bases.len())
    }

    /// Notices of withdrawals by secret that were not sent yet.
    fn tell_withdrawals(&mut self) -> Result<Vec<Outgoing>, EngineError> {
        let mut out = Vec::new();
        for (id, basis, secret) in store::untold(&self.db)? {
            let Some(stream) = store::stream_by_id(&self.db, id)? else { continue };
            if let Some(voice) = self.voices.get(&stream.recipient) {
                out.push(voice.say(&stream.recipient, stream.name, &state::outside_withdrawal(&stream, basis, secret)));
                self.db.execute("UPDATE ends SET told = 1 WHERE stream = ?1 AND basis = ?2", rusqlite::params![id, basis])?;
            }
        }
        Ok(out)
    }

    /// Deletes what is past its retention (R45), tells of withdrawals that another process took, and completes erasures.
    pub fn tick(&mut self, wall_ms: i64) -> Result<Vec<Outgoing>, EngineError> {
        let tx = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let expired = erase::expire(&tx, &self.hand_on, wall_ms, EXPIRE_MAX)?;
        if self.bad > 0 {
            store::count(&tx, "bad", self.bad)?;
        }
        tx.commit()?;
        self.bad = 0;
        if expired > 0 || store::any_marked(&self.db)? {
            self.erasing = Erasing::Pending;
        }
        let mut out = self.settle(wall_ms)?;
        out.append(&mut self.tell_withdrawals()?);
        Ok(out)
    }

    /// Counts, from the tables.
    pub fn counts(&self) -> Result<Counts, EngineError> {
        let mut counts = store::counts(&self.db)?;
        counts.bad = counts.bad.saturating_add(self.bad);
        Ok(counts)
    }

    /// The counts of each known stream, from the tables.
    pub fn counts_by_stream(&self) -> Result<BTreeMap<StreamId, Counts>, EngineError> {
        look::by_stream(&self.db)
    }

    /// What each recipient has.
    pub fn look(&self, depth: look::Depth) -> Result<look::Look, EngineError> {
        look::look(&self.db, &self.catalogs, self.counts()?, depth)
    }

    /// Whether this is a demonstration, whose clock may be put forward.
    pub(crate) fn is_demo(&self) -> bool {
        self.config.environment == Environment::Demo
    }
}

/// What makes a stream known: its key, and what the erase log says of it.
#[derive(Debug)]
struct Born {
    public: [u8; 32],
    erased: Vec<erase::Logged>,
}

/// How much a stream is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply {
    /// Its State.
    State,
    /// Its State, and what it may have missed.
    Welcome,
}
