//! Somebody at the agent's control socket.

use crate::clock::{moment, wait_for, wall_ms};
use consent_core::Assurance;
use consent_gatekeeper::control::{Request, Response, Terms};
use consent_gatekeeper::status::Status;
use consent_protocol::ledger::{Body, Exported, Header};
use consent_protocol::{envelope, ledger};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who drives in the scenarios. Nothing that leaves may hold this.
pub const DRIVER: &str = "annabella";

/// Asks at a control socket.
#[derive(Clone, Debug)]
pub struct Person {
    socket: PathBuf,
}

/// A consent event that was answered.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Use id.
    pub use_id: String,
    /// `given` or `withdrawn`.
    pub action: &'static str,
    /// Unix milliseconds before it was asked.
    pub asked_ms: i64,
    /// Unix milliseconds after the answer.
    pub answered_ms: i64,
}

/// An entry of the ledger.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Number.
    pub seq: u64,
    /// Unix milliseconds.
    pub wall_ms: i64,
    /// Body, if it can be opened.
    pub body: Option<Body>,
}

impl Person {
    /// At this socket.
    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_path_buf() }
    }

    /// Asks; an error if the agent is away, or goes away before it answers.
    pub fn try_ask(&self, request: &Request) -> std::io::Result<Response> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(35)))?;
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }

    /// Asks an agent that must answer.
    pub fn ask(&self, request: &Request) -> Response {
        self.try_ask(request).unwrap_or_else(|error| panic!("no answer to {request:?}: {error}"))
    }

    /// Asks for what must be done; yields what was said and how long it took.
    pub fn done(&self, request: &Request) -> (String, Duration) {
        let begun = moment();
        match self.ask(request) {
            Response::Done { detail } => (detail, begun.elapsed()),
            other => panic!("{request:?}: expected done, found {other:?}"),
        }
    }

    /// Asks for data.
    pub fn data(&self, request: &Request) -> Value {
        match self.ask(request) {
            Response::Data { data } => data,
            other => panic!("{request:?}: expected data, found {other:?}"),
        }
    }

    /// Everything at a glance, if the agent is there.
    pub fn try_status(&self) -> Option<Status> {
        match self.try_ask(&Request::Status) {
            Ok(Response::Status(status)) => Some(*status),
            Ok(_) | Err(_) => None,
        }
    }

    /// Everything at a glance.
    pub fn status(&self) -> Status {
        self.try_status().expect("a status")
    }

    /// Waits until the agent answers.
    pub fn wait_up(&self) -> Status {
        wait_for("the agent answers", || self.try_status())
    }

    /// Waits until a status is as wanted.
    pub fn wait_status(&self, what: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        wait_for(what, || self.try_status().filter(|status| wanted(status)))
    }

    /// The car recognises its driver.
    pub fn drives(&self) {
        self.data(&Self::driver());
    }

    /// The request for that.
    pub fn driver() -> Request {
        Request::PeopleDriver { person: Some(DRIVER.to_owned()), assurance: Assurance::High }
    }

    /// Terms as printed.
    pub fn printed() -> Terms {
        Terms::default()
    }

    /// A consent by the driver's name, as the operator of the demo.
    pub fn giving(use_id: &str) -> Request {
        Request::ConsentGive { person: Some(DRIVER.to_owned()), use_id: use_id.to_owned(), terms: Terms::default() }
    }

    /// Its end.
    pub fn withdrawing(use_id: &str) -> Request {
        Request::ConsentWithdraw { person: Some(DRIVER.to_owned()), use_id: Some(use_id.to_owned()), erase: false }
    }

    /// Gives consent.
    pub fn gives(&self, use_id: &str) {
        self.done(&Self::giving(use_id));
    }

    /// Withdraws it; how long the answer took.
    pub fn withdraws(&self, use_id: &str) -> Duration {
        self.done(&Self::withdrawing(use_id)).1
    }

    /// The ledger's public key and entries, after the agent's and our own check of the chain.
    pub fn ledger(&self) -> Vec<Entry> {
        let word = self.data(&Request::LedgerVerify);
        assert_eq!(word["holds"], true, "{word}");
        let chain = self.data(&Request::LedgerExport);
        let public = consent_protocol::ids::from_hex::<32>(chain["public_key"].as_str().unwrap()).unwrap();
        let entries: Vec<Exported> = serde_json::from_value(chain["entries"].clone()).unwrap();
        let report = ledger::verify_chain(entries.iter(), &public).unwrap();
        assert_eq!(report.entries, u64::try_from(entries.len()).unwrap());
        entries.iter().map(entry).collect()
    }

    /// What the ledger says in words.
    pub fn ledger_words(&self) -> Vec<Value> {
        let data = self.data(&Request::LedgerShow { from: Some(1), count: Some(1_000) });
        data["entries"].as_array().unwrap().clone()
    }
}

fn entry(exported: &Exported) -> Entry {
    let (_, payload) = envelope::peek(&exported.envelope).unwrap();
    let header = Header::from_bytes(&payload).unwrap();
    let body = exported.body.as_ref().map(|(_, bytes)| Body::from_bytes(bytes).unwrap());
    Entry { seq: header.seq, wall_ms: header.wall_ms, body }
}

/// A consent event that is answered with done, with the times around it; an error if the agent went away.
pub fn answered(person: &Person, use_id: &str, action: &'static str) -> std::io::Result<Answered> {
    let request = if action == "given" { Person::giving(use_id) } else { Person::withdrawing(use_id) };
    let asked_ms = wall_ms();
    match person.try_ask(&request)? {
        Response::Done { .. } => Ok(Answered { use_id: use_id.to_owned(), action, asked_ms, answered_ms: wall_ms() }),
        other => Err(std::io::Error::other(format!("{other:?}"))),
    }
}
