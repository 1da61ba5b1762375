//! Everything of the way in one process, in real time: broker, radio, receiver and agent, in a folder that goes away.
//!
//! The car's computer can lose its power, its disk can be full, its clock can be put forward. Enrolment is done here, with the demo's keys: the receiver trusts the demo's authority, which certifies the agent's keys.

mod computer;
mod disk;

use crate::broker::{self, Behaviour, BrokerError, Radio};
use crate::clock::{Stopwatch, wall_ms};
use crate::harness::desk::{self, Desk};
use crate::harness::{Settings, context_signals, gatekeeper_config};
use crate::summary::Stored;
use crate::value::to_json;
use computer::Computer;
use consent_agent::clock::MovedClock;
use consent_agent::config::{Authority, Config as AgentConfig, Log};
use consent_agent::keys::{FileSigner, KeyError};
use consent_agent::link::Target;
use consent_agent::run::RunError;
use consent_agent::source::Offered;
use consent_agent::sqlite::SqliteStore;
use consent_agent::store::{Store, StoreError};
use consent_agent::value::Raw;
use consent_core::ClockTrust;
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::status::Status;
use consent_gatekeeper::{Gatekeeper, Now};
use consent_protocol::catalog::CompiledCatalog;
use consent_receiver::config::{BrokerConfig, Config as ReceiverConfig, LogFormat};
use consent_receiver::engine::{Counts, EngineConfig};
use consent_receiver::look::{Depth, Look};
use consent_receiver::run::{Handle, StartError};
use consent_screen::ScreenConfig;
use disk::Disk;
pub use disk::Space;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc::Sender;

/// Stream keys that are certified at the start.
const POOL_KEYS: u32 = 128;
/// Between two use reports of a receiver to one car, milliseconds: whoever watches should see one.
const REPORT_MS: i64 = 5_000;
/// How long what is on its way at the end may take.
const SETTLE_MS: u64 = 5_000;

/// Why the way does not stand, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The folder for state.
    #[error("no folder for state: {0}")]
    Folder(#[from] std::io::Error),
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The agent.
    #[error("agent: {0}")]
    Agent(#[from] RunError),
    /// The agent's keys.
    #[error("agent: {0}")]
    Keys(#[from] KeyError),
    /// The agent's store.
    #[error("agent: {0}")]
    Store(#[from] StoreError),
    /// The receiver.
    #[error("receiver: {0}")]
    Receiver(#[from] StartError),
    /// The car's computer has no power.
    #[error("the car's computer has no power")]
    Dark,
    /// No randomness.
    #[error("no randomness from the system: {0}")]
    Random(getrandom::Error),
    /// An answer of another kind than asked for.
    #[error("the agent does not answer: {0}")]
    Answer(String),
}

/// What exists before anything runs: a folder, and who owns what in it.
#[derive(Debug)]
pub struct Premises {
    folder: TempDir,
    desk: Desk,
    /// Origins that may frame the privacy screen.
    framed_by: Vec<String>,
}

impl Premises {
    /// A fresh folder for a catalog.
    pub fn new(desk: Desk) -> Result<Self, StackError> {
        let folder = tempfile::Builder::new().prefix("consent-sim-").tempdir()?;
        Ok(Self { folder, desk, framed_by: Vec::new() })
    }

    /// The same, with a page that frames the privacy screen; nobody else may.
    #[must_use]
    pub fn framed_by(self, page: SocketAddr) -> Self {
        Self { framed_by: vec![format!("http://{page}")], ..self }
    }

    /// The catalog and its keys.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The agent's store and keys, while no agent runs on them.
    pub fn open(&self) -> Result<(SqliteStore, FileSigner), StackError> {
        let store = SqliteStore::open(&self.path("state"))?;
        let mut signer = FileSigner::open(&self.path("keys"), self.desk.catalog.environment)?;
        if consent_gatekeeper::Signer::pool_len(&signer) == 0 {
            signer.certify(&desk::authority().to_bytes(), POOL_KEYS, u64::try_from(wall_ms() / 1_000).unwrap_or(0))?;
        }
        Ok((store, signer))
    }

    /// What the agent's gatekeeper is told.
    pub fn gatekeeper(&self) -> consent_gatekeeper::Config {
        gatekeeper_config(&Settings { context: context_signals(), ..Settings::new(0) }, &self.desk)
    }

    fn agent(&self, port: u16, screen: SocketAddr) -> AgentConfig {
        AgentConfig {
            gatekeeper: self.gatekeeper(),
            state_dir: self.path("state"),
            keys_dir: self.path("keys"),
            pool_keys: POOL_KEYS,
            authority: Some(Authority::Demo),
            signals: None,
            control: None,
            control_users: BTreeSet::new(),
            catalog_file: Some(self.path("catalog.cose")),
            brokers: BTreeMap::new(),
            broker: Target { host: "127.0.0.1".to_owned(), port, tls: None, window: 20, keep_alive_s: 10, packet_bytes_max: 2 << 20, spread_ms_max: 100 },
            screen: Some(ScreenConfig { listen: screen, frame_ancestors: self.framed_by.clone(), languages: self.gatekeeper().languages }),
            line_bytes_max: 1 << 16,
            log: Log::default(),
        }
    }

    fn receiver(&self, port: u16, catalogs: Vec<PathBuf>) -> ReceiverConfig {
        ReceiverConfig {
            engine: EngineConfig {
                environment: self.desk.catalog.environment,
                authorities: vec![desk::public(&desk::authority())],
                catalog_root: desk::public(&crate::catalog::demo_root()),
                recipients: self.desk.recipients(),
                database: Some(self.path("receiver.db")),
                hand_on: Some(self.path("handed-on")),
                report_ms: REPORT_MS,
            },
            erase_log: None,
            catalogs,
            publish_catalogs: None,
            broker: BrokerConfig {
                host: "127.0.0.1".to_owned(),
                port,
                client_id: "consent-receiver".to_owned(),
                username: None,
                password_file: None,
                keep_alive_s: 10,
                tls: None,
            },
            log: LogFormat::Text,
        }
    }
}

/// The way, standing.
#[derive(Debug)]
pub struct Stack {
    premises: Premises,
    computer: Option<Computer>,
    receiver: Handle,
    radio: Radio,
    clock: MovedClock,
    space: Space,
    broker: SocketAddr,
    /// Where the privacy screen is served; the same after every boot.
    screen: SocketAddr,
}

/// What is left when everything has stopped.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The agent's status, from what it stored.
    pub status: Status,
    /// Ledger and disclosures.
    pub stored: Stored,
    /// The receiver's tables.
    pub counts: Counts,
}

impl Stack {
    /// Starts everything. `later` are catalogs that the receiver knows before the car does. The agent draws fresh randomness
    /// unless a seed is given, for runs that are compared.
    pub async fn start(premises: Premises, later: &[&Desk], gate_seed: Option<[u8; 32]>) -> Result<Self, StackError> {
        Self::start_at(premises, later, gate_seed, broker::start().await?).await
    }

    /// As [`Self::start`], with a broker that runs already.
    pub async fn start_at(premises: Premises, later: &[&Desk], gate_seed: Option<[u8; 32]>, address: SocketAddr) -> Result<Self, StackError> {
        let mut catalogs = vec![premises.path("catalog.cose")];
        std::fs::write(premises.path("catalog.cose"), &premises.desk.envelope)?;
        for (number, desk) in later.iter().enumerate() {
            let file = premises.path(&format!("catalog-{number}.cose"));
            std::fs::write(&file, &desk.envelope)?;
            catalogs.push(file);
        }
        drop(premises.open()?);
        let radio = Radio::open(address).await?;
        let receiver = consent_receiver::run::start(premises.receiver(address.port(), catalogs))?;
        let screen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut stack = Self { premises, computer: None, receiver, radio, clock: MovedClock::default(), space: Space::Free, broker: address, screen };
        stack.boot_seeded(gate_seed).await?;
        Ok(stack)
    }

    /// Boots the car's computer on what its disk holds.
    pub async fn boot(&mut self) -> Result<(), StackError> {
        self.boot_seeded(None).await
    }

    async fn boot_seeded(&mut self, seed: Option<[u8; 32]>) -> Result<(), StackError> {
        let seed = match seed {
            Some(seed) => seed,
            None => random()?,
        };
        let disk = Disk::new(SqliteStore::open(&self.premises.path("state"))?, self.space);
        let config = self.premises.agent(self.radio.address().port(), self.screen);
        let computer = Computer::boot(config, disk, self.clock.clone(), seed).await?;
        let address = computer.agent().screen_url().and_then(|url| url.strip_prefix("http://")?.split('/').next()?.parse().ok());
        self.screen = address.unwrap_or(self.screen);
        self.computer = Some(computer);
        Ok(())
    }

    /// Cuts the power of the car's computer: nothing ends in order, and nothing more is written.
    pub async fn cut_power(&mut self) {
        if let Some(computer) = self.computer.take() {
            computer.cut().await;
        }
    }

    /// Whether the car's computer runs.
    pub fn is_on(&self) -> bool {
        self.computer.is_some()
    }

    fn disk(&self) -> Option<&Disk> {
        self.computer.as_ref().map(Computer::disk)
    }

    /// Fills the car's disk, or frees it.
    pub fn set_space(&mut self, space: Space) {
        self.space = space;
        if let Some(disk) = self.disk() {
            disk.set(space);
        }
    }

    /// How the car's disk is.
    pub fn space(&self) -> Space {
        self.space
    }

    /// The broker behind the radio.
    pub fn broker(&self) -> SocketAddr {
        self.broker
    }

    /// The catalog that everything began with.
    pub fn catalog(&self) -> &CompiledCatalog {
        &self.premises.desk.catalog
    }

    /// Puts all clocks forward, milliseconds: the car's and the receiver's.
    pub fn forward(&self, by_ms: u64) -> Result<(), StackError> {
        self.clock.forward(by_ms);
        Ok(self.receiver.forward(by_ms)?)
    }

    /// How far the clocks were put forward, milliseconds.
    pub fn moved_ms(&self) -> u64 {
        self.clock.moved_ms()
    }

    /// The car's wall clock, Unix milliseconds.
    pub fn now_ms(&self) -> i64 {
        wall_ms().saturating_add_unsigned(self.moved_ms())
    }

    /// What each recipient has.
    pub fn look(&self, depth: Depth) -> Result<Look, StackError> {
        Ok(self.receiver.look(depth)?)
    }

    /// What ledger and disclosures on the car's disk add up to.
    pub fn stored(&self) -> Result<Stored, StackError> {
        let read = self.disk().and_then(|disk| disk.read(|store| Stored::read(store)));
        Ok(read.ok_or(StackError::Dark)??)
    }

    /// The car's radio.
    pub fn radio(&self) -> &Radio {
        &self.radio
    }

    /// Where everything lies while it runs.
    pub fn folder(&self) -> &Path {
        self.premises.folder.path()
    }

    /// An address that opens the privacy screen once, within a minute.
    pub fn screen_url(&self) -> Option<String> {
        self.computer.as_ref().and_then(|computer| computer.agent().screen_url())
    }

    /// Asks the agent.
    pub async fn request(&self, peer: Peer, request: Request) -> Response {
        match &self.computer {
            Some(computer) => computer.agent().request_as(peer, request).await,
            None => Response::Refused { error: StackError::Dark.to_string() },
        }
    }

    /// Everything at a glance.
    pub async fn status(&self) -> Result<Status, StackError> {
        let computer = self.computer.as_ref().ok_or(StackError::Dark)?;
        match computer.agent().request(Request::Status).await {
            Response::Status(status) => Ok(*status),
            Response::Refused { error } | Response::Unrecorded { detail: error } => Err(StackError::Answer(error)),
            Response::Done { .. } | Response::Data { .. } => Err(StackError::Answer("expected a status".to_owned())),
        }
    }

    /// The receiver's tables.
    pub fn counts(&self) -> Result<Counts, StackError> {
        Ok(self.receiver.counts()?)
    }

    /// Offers records of one moment; waits while the agent is behind.
    pub async fn offer(&self, t_ms: i64, records: &[(&str, &str)]) -> Result<(), StackError> {
        let sender = self.computer.as_ref().ok_or(StackError::Dark)?.agent().records();
        sender.send(offered(t_ms, records)).await.map_err(|_| StackError::Answer("it has stopped".to_owned()))
    }

    /// Where records can be offered without waiting; none without power.
    pub fn records(&self) -> Option<Sender<Vec<Offered>>> {
        self.computer.as_ref().map(|computer| computer.agent().records())
    }

    /// Gives the agent a newer catalog.
    pub async fn offer_catalog(&self, desk: &Desk) -> bool {
        match &self.computer {
            Some(computer) => computer.agent().offer_catalog(desk.envelope.clone()).await,
            None => false,
        }
    }

    /// Lets what is on its way arrive, stops everything in order, and adds up what is left.
    pub async fn stop(mut self) -> Result<Rest, StackError> {
        if !self.is_on() {
            self.boot().await?;
        }
        self.set_space(Space::Free);
        self.radio.behave(Behaviour::Honest);
        self.radio.set(crate::broker::Carrier::Up);
        let watch = Stopwatch::start();
        while watch.elapsed_ms() < SETTLE_MS {
            let status = self.status().await?;
            if status.outcomes.numbered == 0 && status.links.iter().all(|link| link.waiting == 0 && link.statements_owed == 0) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        if let Some(computer) = self.computer.take() {
            computer.shutdown().await?;
        }
        let counts = self.receiver.counts()?;
        let receiver = self.receiver;
        tokio::task::spawn_blocking(move || receiver.shutdown()).await.map_err(|error| StackError::Answer(error.to_string()))?;
        let (status, stored) = at_rest(&self.premises, wall_ms().saturating_add_unsigned(self.clock.moved_ms()))?;
        Ok(Rest { status, stored, counts })
    }
}

/// Records as a source offers them.
pub fn offered(t_ms: i64, records: &[(&str, &str)]) -> Vec<Offered> {
    let raw = |text: &str| serde_json::from_value::<Raw>(to_json(text)).unwrap_or_else(|_| Raw::Text(text.to_owned()));
    records.iter().map(|(path, text)| Offered { path: (*path).into(), value: raw(text), t_ms }).collect()
}

fn random() -> Result<[u8; 32], StackError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(StackError::Random)?;
    Ok(bytes)
}

/// The agent's status as its next start would find it, and what its store adds up to.
fn at_rest(premises: &Premises, now_ms: i64) -> Result<(Status, Stored), StackError> {
    let (mut store, signer) = premises.open()?;
    let stored = Stored::read(&mut store)?;
    let now = Now { boot: u32::MAX, mono_ms: 0, wall_ms: now_ms, trust: ClockTrust::Trusted };
    // Nothing that this gatekeeper commands is carried out: it only reads.
    let gatekeeper = Gatekeeper::boot(premises.gatekeeper(), store.load()?, signer, [0; 32], now);
    Ok((gatekeeper.status(now), stored))
}
