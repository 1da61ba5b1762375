//! A desk: a folder with a broker, an agent and a receiver that know each other.

use crate::clock::wait_for;
use crate::person::Person;
use crate::process::{Proc, mosquitto, program, well};
use crate::receiver::Store;
use crate::tap::Tap;
use serde_json::Value;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

/// The scenarios' catalog.
pub const CATALOG: &str = include_str!("../catalog.toml");
/// Its recipients.
pub const RECIPIENTS: [&str; 2] = ["maker", "garage"];

/// How a desk differs from the usual one.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Folder of the agent's store, if not in the desk's own.
    pub state_dir: Option<PathBuf>,
    /// Text at the end of the agent's configuration.
    pub agent_tail: String,
    /// The catalog, if not the usual one.
    pub catalog: String,
    /// Whether the agent's configuration names a catalog file.
    pub catalog_file: bool,
    /// Stream certificates that the car gets.
    pub pool: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Self { state_dir: None, agent_tail: String::new(), catalog: CATALOG.to_owned(), catalog_file: true, pool: 64 }
    }
}

/// A desk.
#[derive(Debug)]
pub struct Desk {
    // In this order they are dropped: the folder last, so that what its logs tell can still be shown.
    agent: Option<Proc>,
    receiver: Option<Proc>,
    broker: Option<Proc>,
    tap: Tap,
    broker_port: u16,
    folder: tempfile::TempDir,
}

impl Desk {
    /// Keys made and exchanged, configurations written, nothing started.
    pub fn new() -> Self {
        Self::with(&Plan::default())
    }

    /// The same by a plan.
    pub fn with(plan: &Plan) -> Self {
        let folder = tempfile::Builder::new().prefix("consent-desk-").tempdir().unwrap();
        let broker_port = free_port();
        let desk = Self { folder, broker_port, tap: Tap::start(broker_port), broker: None, agent: None, receiver: None };
        desk.make_keys_and_catalog(&plan.catalog);
        desk.write_configs(plan);
        desk.enrol(plan.pool);
        desk
    }

    /// A desk with everything running and a driver aboard.
    pub fn running() -> Self {
        let mut desk = Self::new();
        desk.start_all();
        desk
    }

    /// Starts everything, and lets the driver in.
    pub fn start_all(&mut self) {
        self.start_broker();
        self.start_receiver();
        self.start_agent();
        self.person().drives();
    }

    /// A path in the desk's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn make_keys_and_catalog(&self, catalog: &str) {
        let tool = |tool: &str, args: &[&str]| well(self.here(program(tool), args));
        let mut catalog = catalog.to_owned();
        for recipient in RECIPIENTS {
            let made = tool("consent-receiver", &["keygen", &format!("{recipient}.key"), "--json"]);
            let public = serde_json::from_str::<Value>(&made).unwrap()["public"].as_str().unwrap().to_owned();
            catalog = catalog.replacen("ack_key = \"demo\"", &format!("ack_key = \"{public}\""), 1);
        }
        std::fs::write(self.path("catalog.toml"), catalog).unwrap();
        tool("consent-receiver", &["enrol", "authority", "authority.key"]);
        tool("consent-catalog", &["keygen", "root.key"]);
        self.sign_catalog("catalog.toml", "root.key", "catalog.cose");
    }

    /// Compiles and signs a catalog of the desk's folder.
    pub fn sign_catalog(&self, from: &str, key: &str, to: &str) {
        well(self.here(program("consent-catalog"), &["compile", from, "-o", "compiled.bin"]));
        well(self.here(program("consent-catalog"), &["sign", "compiled.bin", "--key", key, "-o", to]));
    }

    fn here(&self, mut command: Command, args: &[&str]) -> Command {
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// The public half of a key file in the desk's folder.
    pub fn public(&self, key_file: &str) -> String {
        let seed = std::fs::read_to_string(self.path(key_file)).unwrap();
        let seed = consent_protocol::ids::from_hex::<32>(seed.trim()).unwrap();
        ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn write_configs(&self, plan: &Plan) {
        let (root, authority) = (self.public("root.key"), self.public("authority.key"));
        let state = plan.state_dir.clone().unwrap_or_else(|| self.path("state"));
        let catalog_file = if plan.catalog_file { "file = \"catalog.cose\"\n" } else { "" };
        let agent = format!(
            "environment = \"demo\"\ncountry = \"DE\"\nmodel_line = \"test-car\"\nstate_dir = \"{}\"\n\
             [sockets]\nsignals = \"signals.sock\"\ncontrol = \"control.sock\"\n\
             [catalog]\nroot = \"{root}\"\nrecipient = \"maker\"\n{catalog_file}\
             [enrol]\nkeys_dir = \"keys\"\npool = {}\n[broker]\nhost = \"127.0.0.1\"\nport = {}\n\
             [log]\nlevel = \"info,consent_agent=debug\"\n{}",
            state.display(),
            plan.pool,
            self.tap.port(),
            plan.agent_tail
        );
        std::fs::write(self.path("agent.toml"), agent).unwrap();
        let recipients: String = RECIPIENTS.iter().map(|id| format!("[[recipients]]\nid = \"{id}\"\nkey = \"{id}.key\"\n")).collect();
        let receiver = format!(
            "environment = \"demo\"\nauthorities = [\"{authority}\"]\ncatalog_root = \"{root}\"\ndatabase = \"receiver/receiver.db\"\n\
             hand_on = \"out\"\ncatalogs = [\"catalog.cose\"]\npublish_catalogs = \"maker\"\n\
             [broker]\nhost = \"127.0.0.1\"\nport = {}\n{recipients}",
            self.broker_port
        );
        std::fs::write(self.path("receiver.toml"), receiver).unwrap();
        let broker = include_str!("../../deploy/mosquitto.conf").replace("listener 1883 ", &format!("listener {} ", self.broker_port));
        assert!(broker.contains(&self.broker_port.to_string()), "deploy/mosquitto.conf: expected `listener 1883 …`");
        std::fs::write(self.path("mosquitto.conf"), broker).unwrap();
    }

    fn enrol(&self, pool: u32) {
        well(self.agent_command(&["enrol", "--request", &self.path("request.json").display().to_string()]));
        let sign = ["enrol", "sign", "--authority", "authority.key", "--environment", "demo", "request.json", "--output", "answer.json"];
        well(self.here(program("consent-receiver"), &sign));
        let told = well(self.agent_command(&["enrol", "--install", &self.path("answer.json").display().to_string()]));
        assert!(told.contains(&pool.to_string()), "{told}");
    }

    /// A command of the agent on this desk.
    pub fn agent_command(&self, args: &[&str]) -> Command {
        let mut command = program("consent-agent");
        command.current_dir(self.folder.path()).args(["--config", "agent.toml"]).args(args);
        command
    }

    /// A command of the receiver on this desk.
    pub fn receiver_command(&self, args: &[&str]) -> Command {
        let mut command = program("consent-receiver");
        command.current_dir(self.folder.path()).args(args).args(["--config", "receiver.toml"]);
        command
    }

    /// Starts Mosquitto and waits until it takes connections.
    pub fn start_broker(&mut self) {
        let mut command = mosquitto();
        command.arg("-c").arg(self.path("mosquitto.conf"));
        let mut broker = Proc::spawn("mosquitto", command, &self.path("mosquitto.log"));
        wait_for("the broker listens", || {
            assert!(broker.runs(), "mosquitto ended: {}", broker.log());
            TcpStream::connect(("127.0.0.1", self.broker_port)).ok()
        });
        self.broker = Some(broker);
    }

    /// Starts the agent and waits until it answers.
    pub fn start_agent(&mut self) {
        self.launch_agent();
        self.person().wait_up();
    }

    /// Starts the agent.
    pub fn launch_agent(&mut self) {
        let mut command = self.agent_command(&["run"]);
        command.env("RUST_BACKTRACE", "1");
        self.agent = Some(Proc::spawn("consent-agent", command, &self.path("agent.log")));
    }

    /// Starts the receiver.
    pub fn start_receiver(&mut self) {
        self.receiver = Some(Proc::spawn("consent-receiver", self.receiver_command(&["run"]), &self.path("receiver.log")));
        wait_for("the receiver's store", || self.path("receiver/receiver.db").exists().then_some(()));
    }

    /// SIGKILL to the agent.
    pub fn kill_agent(&mut self) {
        self.agent.take().expect("an agent").kill();
    }

    /// SIGKILL to the broker.
    pub fn kill_broker(&mut self) {
        self.broker.take().expect("a broker").kill();
    }

    /// SIGKILL to the receiver.
    pub fn kill_receiver(&mut self) {
        self.receiver.take().expect("a receiver").kill();
    }

    /// The running agent.
    pub fn agent(&mut self) -> &mut Proc {
        self.agent.as_mut().expect("an agent")
    }

    /// The running receiver.
    pub fn receiver(&mut self) -> &mut Proc {
        self.receiver.as_mut().expect("a receiver")
    }

    /// The running broker.
    pub fn broker(&mut self) -> &mut Proc {
        self.broker.as_mut().expect("a broker")
    }

    /// Takes the running agent, to end it in another way.
    pub fn take_agent(&mut self) -> Proc {
        self.agent.take().expect("an agent")
    }

    /// Takes the running receiver.
    pub fn take_receiver(&mut self) -> Proc {
        self.receiver.take().expect("a receiver")
    }

    /// At the control socket.
    pub fn person(&self) -> Person {
        Person::at(&self.path("control.sock"))
    }

    /// Where signals go.
    pub fn signals(&self) -> PathBuf {
        self.path("signals.sock")
    }

    /// The tap on the agent's wire.
    pub fn tap(&self) -> &Tap {
        &self.tap
    }

    /// The broker's port, past the tap.
    pub fn broker_port(&self) -> u16 {
        self.broker_port
    }

    /// What the receiver says of itself.
    pub fn receiver_status(&self) -> Value {
        serde_json::from_str(&well(self.receiver_command(&["status", "--json"]))).unwrap()
    }

    /// The receiver's store.
    pub fn store(&self) -> Store {
        Store::open(&self.path("receiver/receiver.db"))
    }

    /// The folder of handed-on lines.
    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// Waits until nothing waits and nothing is owed.
    pub fn settled(&self) -> consent_gatekeeper::status::Status {
        self.person().wait_status("everything is sent and answered", |status| {
            let open = &status.outcomes;
            let owed: u64 = status.links.iter().map(|link| link.waiting + link.statements_owed + link.erasures_owed).sum();
            open.pending + open.awaiting + open.queued + open.numbered + owed == 0
        })
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self::new()
    }
}

/// A port that nobody uses, below those that the system gives to outgoing connections, so that a broker gets it back after a
/// restart.
pub fn free_port() -> u16 {
    // Asked twice within a millisecond, it says two ports.
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    let turn = GIVEN.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x0051_7cc1_b727);
    let mut chance =
        crate::Chance::new(u64::from(std::process::id()).wrapping_mul(0x9e37_79b9).wrapping_add(crate::clock::wall_ms().unsigned_abs()).wrapping_add(turn));
    let ports = std::iter::repeat_with(|| u16::try_from(chance.between(18_000, 32_000)).unwrap());
    ports.take(500).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// Files below a folder that hold these bytes.
pub fn holding(folder: &Path, wanted: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(holding(&path, wanted));
        } else if std::fs::read(&path).unwrap_or_default().windows(wanted.len()).any(|bytes| bytes == wanted) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Reads a file of the workspace.
pub fn workspace_file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
