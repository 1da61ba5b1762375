//! A car with its privacy screen: an agent with the example catalog, and signals that say what the car is doing. Without a
//! broker unless one is asked for: the page does not need one.

use crate::clock::{wait_for, wall_ms};
use crate::desk::free_port;
use crate::person::Person;
use crate::process::{Proc, mosquitto, program, well};
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::FirstChoice;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The shipped example.
pub const EXAMPLE: &str = include_str!("../../deploy/catalog/demo.toml");

/// The car.
#[derive(Debug)]
pub struct Cabin {
    agent: Option<Proc>,
    receiver: Option<Proc>,
    broker: Option<Proc>,
    screen_port: u16,
    broker_port: u16,
    motion: Motion,
    folder: tempfile::TempDir,
}

/// What the car's own signals say again and again, as in a car: what is not heard of for some seconds is not known any more.
#[derive(Clone, Debug, Default)]
struct Motion {
    said: Arc<Mutex<Vec<(&'static str, Value)>>>,
}

impl Motion {
    /// Repeats what was said last, once a second, for as long as the car is there.
    fn repeat(&self, socket: PathBuf) {
        let said = Arc::downgrade(&self.said);
        std::thread::spawn(move || {
            while let Some(said) = said.upgrade() {
                let values = said.lock().unwrap().clone();
                drop(said);
                // The agent may be away for a moment.
                drop(offer(&socket, &values));
                std::thread::sleep(Duration::from_secs(1));
            }
        });
    }
}

fn offer(socket: &Path, values: &[(&'static str, Value)]) -> std::io::Result<()> {
    let mut socket = UnixStream::connect(socket)?;
    for (path, value) in values {
        let line = json!({ "path": path, "value": value, "t_ms": wall_ms() });
        socket.write_all(format!("{line}\n").as_bytes())?;
    }
    Ok(())
}

impl Cabin {
    /// An agent with the example catalog, running, nobody aboard, not known to be parked.
    pub fn new() -> Self {
        Self::with(EXAMPLE)
    }

    /// The same with another catalog.
    pub fn with(catalog: &str) -> Self {
        let mut cabin = Self::prepared(catalog);
        cabin.start_agent();
        cabin
    }

    /// The same, nothing started.
    pub fn prepared(catalog: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("consent-cabin-").tempdir().unwrap();
        let motion = Motion::default();
        motion.repeat(folder.path().join("signals.sock"));
        let cabin = Self { agent: None, receiver: None, broker: None, screen_port: free_port(), broker_port: free_port(), motion, folder };
        std::fs::write(cabin.path("catalog.toml"), catalog).unwrap();
        cabin.sign("catalog.toml", "catalog.signed");
        let (screen, broker) = (cabin.screen_port, cabin.broker_port);
        let config = format!(
            "environment = \"demo\"\ncountry = \"DE\"\nmodel_line = \"arvena-one\"\nlanguages = [\"en\", \"de\"]\nstate_dir = \"state\"\n\
             [sockets]\nsignals = \"signals.sock\"\ncontrol = \"control.sock\"\n\
             [catalog]\nroot = \"demo\"\nfile = \"catalog.signed\"\nrecipient = \"arvena\"\n\
             [enrol]\nauthority = \"demo\"\npool = 64\n[broker]\nhost = \"127.0.0.1\"\nport = {broker}\n\
             [context]\nspeed = \"Vehicle.Speed\"\ngear = \"Vehicle.Powertrain.Transmission.CurrentGear\"\n\
             parking_brake = \"Vehicle.Chassis.ParkingBrake.IsEngaged\"\nignition = \"Vehicle.LowVoltageSystemState\"\n\
             [screen]\nlisten = \"127.0.0.1:{screen}\"\n[limits]\nspread_ms_max = 0\n"
        );
        std::fs::write(cabin.path("agent.toml"), config).unwrap();
        cabin
    }

    /// A parked car whose driver is surely recognised and has answered the first screen with Later.
    pub fn parked() -> Self {
        Self::new().settled()
    }

    /// The same with a broker and a receiver of all recipients.
    pub fn connected() -> Self {
        let mut cabin = Self::prepared(EXAMPLE);
        cabin.connect();
        cabin.start_agent();
        cabin.settled()
    }

    fn settled(self) -> Self {
        let cabin = self;
        cabin.drives("anna", Assurance::High);
        cabin.park();
        cabin.person().done(&Request::FirstStart { choose: FirstChoice::Later });
        cabin
    }

    /// A path in the car's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Compiles and signs a catalog of the folder with the demo's key.
    pub fn sign(&self, from: &str, to: &str) {
        let mut compile = program("consent-catalog");
        compile.current_dir(self.folder.path()).args(["compile", from, "-o", "compiled.bin"]);
        well(compile);
        let mut sign = program("consent-catalog");
        sign.current_dir(self.folder.path()).args(["sign", "compiled.bin", "--demo-key", "-o", to]);
        well(sign);
    }

    /// Starts the agent and waits until it answers and the page is there.
    pub fn start_agent(&mut self) {
        let mut command = program("consent-agent");
        command.current_dir(self.folder.path()).args(["--config", "agent.toml", "run"]).env("RUST_BACKTRACE", "1");
        self.agent = Some(Proc::spawn("consent-agent", command, &self.path("agent.log")));
        self.person().wait_up();
        let port = self.screen_port;
        wait_for("the page is served", || TcpStream::connect(("127.0.0.1", port)).ok());
    }

    /// SIGKILL to the agent.
    pub fn kill_agent(&mut self) {
        self.agent.take().expect("an agent").kill();
    }

    /// The agent's process id.
    pub fn agent_pid(&self) -> u32 {
        self.agent.as_ref().expect("an agent").pid()
    }

    /// Sends the agent a signal of the system, as `STOP`.
    pub fn signal_agent(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.agent_pid().try_into().unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// What the agent logged.
    pub fn agent_log(&self) -> String {
        std::fs::read_to_string(self.path("agent.log")).unwrap_or_default()
    }

    /// Starts a broker and a receiver for all recipients of the example.
    fn connect(&mut self) {
        let folder = self.folder.path().display().to_string();
        let broker = include_str!("../../deploy/mosquitto.conf").replace("listener 1883 ", &format!("listener {} ", self.broker_port));
        std::fs::write(self.path("mosquitto.conf"), broker).unwrap();
        let mut command = mosquitto();
        command.arg("-c").arg(self.path("mosquitto.conf"));
        self.broker = Some(Proc::spawn("mosquitto", command, &self.path("mosquitto.log")));
        let port = self.broker_port;
        wait_for("the broker listens", || TcpStream::connect(("127.0.0.1", port)).ok());
        let config = include_str!("../../deploy/receiver.toml").replace("../target/desk", &folder).replace("port = 1883", &format!("port = {port}"));
        let config = config.replace("report_s = 10", "report_s = 0");
        std::fs::write(self.path("receiver.toml"), config).unwrap();
        let mut command = program("consent-receiver");
        command.current_dir(self.folder.path()).args(["run", "--config", "receiver.toml"]);
        self.receiver = Some(Proc::spawn("consent-receiver", command, &self.path("receiver.log")));
    }

    /// A command of the receiver.
    pub fn receiver_command(&self, args: &[&str]) -> std::process::Command {
        let mut command = program("consent-receiver");
        command.current_dir(self.folder.path()).args(args).args(["--config", "receiver.toml"]);
        command
    }

    /// At the control socket.
    pub fn person(&self) -> Person {
        Person::at(&self.path("control.sock"))
    }

    /// The car recognises its driver.
    pub fn drives(&self, person: &str, assurance: Assurance) {
        self.person().data(&Request::PeopleDriver { person: Some(person.to_owned()), assurance });
        self.person().data(&Request::PeopleComplete { complete: true });
    }

    /// Offers values of signals, stamped now.
    pub fn say(&self, values: &[(&'static str, Value)]) {
        offer(&self.path("signals.sock"), values).unwrap();
    }

    /// As [`Self::say`], and again every second.
    fn keep_saying(&self, values: &[(&'static str, Value)]) {
        *self.motion.said.lock().unwrap() = values.to_vec();
        self.say(values);
    }

    /// Gear P, and speed 0.
    pub fn park(&self) {
        self.keep_saying(&[("Vehicle.Speed", json!(0)), ("Vehicle.Powertrain.Transmission.CurrentGear", json!(126))]);
        self.person().wait_status("the car is parked", |status| status.driving == "parked");
    }

    /// In gear, at 50 km/h.
    pub fn drive(&self) {
        self.keep_saying(&[("Vehicle.Powertrain.Transmission.CurrentGear", json!(1)), ("Vehicle.Speed", json!(50))]);
        self.person().wait_status("the car drives", |status| status.driving == "driving");
    }

    /// At a red light: in gear, speed 0.
    pub fn stand(&self) {
        self.keep_saying(&[("Vehicle.Powertrain.Transmission.CurrentGear", json!(1)), ("Vehicle.Speed", json!(0))]);
        self.person().wait_status("the car stands", |status| status.driving == "standing");
    }

    /// A drive of some seconds that the simulated car makes, some times faster than a clock; then parked again.
    pub fn trip(&self, seconds: u32) {
        self.motion.said.lock().unwrap().clear();
        let mut drive = program("consent-sim");
        drive.args(["drive", "--to"]).arg(self.path("signals.sock")).args(["--rate", "8", "--for", &format!("{seconds}s")]);
        well(drive);
        self.park();
    }

    /// A one-time address that opens the page at this path.
    pub fn entry(&self, path: &str) -> String {
        let mut stream = UnixStream::connect(self.path("control.sock")).unwrap();
        stream.write_all(b"{\"op\":\"screen_code\"}\n").unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        let url = answer["data"]["url"].as_str().unwrap_or_else(|| panic!("an address expected, {line} found"));
        let url = url.split("&to=").next().unwrap();
        format!("{url}&to={}", path.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D"))
    }

    /// The page's address, for one who is in.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.screen_port)
    }

    /// The page's port.
    pub fn screen_port(&self) -> u16 {
        self.screen_port
    }
}

impl Default for Cabin {
    fn default() -> Self {
        Self::new()
    }
}
