//! What happened before the demo began: the driver tried one use for a single day, so that its consent ends while we watch.
//!
//! It runs the same gatekeeper on the agent's own store and keys, with yesterday's time and without any connection.

use crate::replay::open_requests;
use crate::stack::{Premises, StackError};
use consent_agent::store::Store;
use consent_core::{Assurance, ClockTrust, Value};
use consent_gatekeeper::control::{Request, RequestAnswer, Response, Terms};
use consent_gatekeeper::event::Record;
use consent_gatekeeper::{Command, Event, Gatekeeper, Now, Signer};

/// One day, milliseconds.
const DAY_MS: i64 = 86_400_000;
/// Steps until everything is at rest.
const STEPS_MAX: u32 = 10_000;

/// A consent that was given yesterday.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The person.
    pub person: &'static str,
    /// The use.
    pub use_id: &'static str,
    /// Tier that was chosen.
    pub tier: u8,
    /// When it ends, Unix milliseconds.
    pub ends_ms: i64,
}

/// Lets it have happened.
pub fn play(premises: &Premises, tried: &Tried) -> Result<(), StackError> {
    let (store, signer) = premises.open()?;
    let given_ms = tried.ends_ms.saturating_sub(DAY_MS);
    let now = Now { boot: 1, mono_ms: 0, wall_ms: given_ms, trust: ClockTrust::Trusted };
    let mut store = store;
    let gate = Gatekeeper::boot(premises.gatekeeper(), store.load()?, signer, [7; 32], now);
    let mut day = Day { gate, store, now, stopped: false, answer: None };
    day.settle()?;
    day.feed(Event::Catalog { envelope: premises.desk().envelope.clone() })?;
    let gear = "Vehicle.Powertrain.Transmission.CurrentGear";
    if let Some((signal, _)) = day.gate.signal(gear) {
        day.feed(Event::Records(vec![Record { signal, value: Value::Int(126), t_ms: given_ms }]))?;
    }
    day.ask(Request::PeopleDriver { person: Some(tried.person.to_owned()), assurance: Assurance::High })?;
    day.put_off_requests()?;
    let terms = Terms { tier: Some(tried.tier), days: Some(1), ..Terms::default() };
    day.ask(Request::ConsentGive { person: Some(tried.person.to_owned()), use_id: tried.use_id.to_owned(), terms })?;
    day.ask(Request::PeopleLeave { person: Some(tried.person.to_owned()) })?;
    day.feed(Event::Shutdown)?;
    if day.stopped { Ok(()) } else { Err(StackError::Answer("yesterday did not end".to_owned())) }
}

struct Day<S, T> {
    gate: Gatekeeper<S>,
    store: T,
    now: Now,
    stopped: bool,
    answer: Option<serde_json::Value>,
}

impl<S: Signer, T: Store> Day<S, T> {
    fn ask(&mut self, request: Request) -> Result<(), StackError> {
        self.feed(Event::Control { token: 1, peer: crate::harness::SCREEN, request })
    }

    /// The car asked about everything; she puts it off, so that it asks again at another parking.
    fn put_off_requests(&mut self) -> Result<(), StackError> {
        self.ask(Request::RequestsList)?;
        for open in open_requests(&self.answer.take().unwrap_or_default()) {
            self.ask(Request::RequestsAnswer { id: open.id, answer: RequestAnswer::Defer })?;
        }
        Ok(())
    }

    fn feed(&mut self, event: Event) -> Result<(), StackError> {
        self.gate.handle(self.now, event);
        self.settle()
    }

    /// Carries out what is commanded; the net is never there.
    fn settle(&mut self) -> Result<(), StackError> {
        for _ in 0..STEPS_MAX {
            let Some(command) = self.gate.poll() else { return Ok(()) };
            let event = match command {
                Command::Commit { txn, ops, .. } => {
                    self.store.commit(&[&ops])?;
                    Some(Event::Committed { txn })
                }
                Command::Load(load) => Some(Event::Loaded(self.store.read(load)?)),
                Command::Respond { response: Response::Refused { error } | Response::Unrecorded { detail: error }, .. } => {
                    return Err(StackError::Answer(error));
                }
                Command::Stopped => {
                    self.stopped = true;
                    None
                }
                Command::Respond { response: Response::Data { data }, .. } => {
                    self.answer = Some(data);
                    None
                }
                Command::Respond { .. }
                | Command::Connect { .. }
                | Command::Subscribe { .. }
                | Command::Publish { .. }
                | Command::Cut { .. }
                | Command::Disconnect { .. }
                | Command::CatalogChanged
                | Command::RefillPool
                | Command::Pin(_) => None,
            };
            if let Some(event) = event {
                self.gate.handle(self.now, event);
            }
        }
        Err(StackError::Answer("yesterday does not come to rest".to_owned()))
    }
}
