//! What people would do instead, as a process: `benches/naive/agent.py` in a virtual environment under `target/`.

use crate::clock::{moment, wait_for, wait_within};
use crate::gauge::Gauge;
use crate::process::{Proc, programs, run, well};
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long one load may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// The running agent.
#[derive(Debug)]
pub struct Naive {
    proc: Proc,
    socket: PathBuf,
}

impl Naive {
    /// Starts it on a broker of this machine; its files go into `folder`.
    pub fn start(folder: &Path, port: u16, consents: &serde_json::Value) -> Self {
        let (socket, file) = (folder.join("naive.sock"), folder.join("naive.json"));
        std::fs::write(&file, consents.to_string()).unwrap();
        let mut command = Command::new(python());
        command.arg(source("agent.py")).arg(&socket).arg(port.to_string()).arg(&file);
        let mut proc = Proc::spawn("naive agent", command, &folder.join("naive.log"));
        wait_for("the naive agent listens", || {
            assert!(proc.runs(), "the naive agent ended: {}", proc.log());
            socket.exists().then_some(())
        });
        let mut naive = Self { proc, socket };
        naive.load(b"");
        naive
    }

    /// Sends lines and waits until the broker has acknowledged every message; how many, and how long it took.
    pub fn load(&mut self, lines: &[u8]) -> (u64, Duration) {
        let mut stream = wait_for("the naive agent takes a connection", || UnixStream::connect(&self.socket).ok());
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let begun = moment();
        stream.write_all(lines).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut told = String::new();
        BufReader::new(stream).read_line(&mut told).unwrap();
        let took = begun.elapsed();
        let sent = told.trim().parse().unwrap_or_else(|_| panic!("expected a number, found {told:?}: {}", self.proc.log()));
        (sent, took)
    }

    /// What it costs.
    pub fn gauge(&self) -> Gauge {
        Gauge::of(self.proc.pid())
    }
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/naive").join(name)
}

/// A Python that has what the agent needs; made where it is missing.
fn python() -> PathBuf {
    let folder = programs().join("../naive-venv");
    let python = folder.join("bin/python3");
    let ready = |python: &Path| {
        let mut probe = Command::new(python);
        probe.args(["-c", "import paho.mqtt.client"]);
        python.exists() && run(probe).status.success()
    };
    if !ready(&python) {
        eprintln!("making {} with paho-mqtt", folder.display());
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&folder);
        let made = run(make);
        assert!(made.status.success(), "python3 -m venv fails; install python3-venv (Debian): {}", String::from_utf8_lossy(&made.stderr));
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(source("requirements.txt"));
        well(install);
    }
    wait_within(Duration::from_mins(1), "paho-mqtt in the virtual environment", || ready(&python).then_some(()));
    python
}
