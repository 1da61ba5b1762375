//! Kill -9 of each part at random moments, again and again, while signals flow and consents are given and withdrawn.
//!
//! `CONSENT_KILL_SEED` tells a run again, `CONSENT_KILLS=1000` kills the agent so often (broker and receiver a fifth as often).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_gatekeeper::control::{Request, Response};
use consent_gatekeeper::status::Status;
use consent_protocol::lane::StatementBody;
use consent_protocol::ledger::{Body, ConsentAction};
use consent_tests::chance::number;
use consent_tests::clock::{moment, wait_for, wait_within, wall_ms};
use consent_tests::person::{Answered, Entry, answered};
use consent_tests::{Chance, Desk, Feed, Person};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What was written to the socket before the cut may still be on its way.
const ON_ITS_WAY_MS: i64 = 1_500;
const USES: [&str; 2] = ["engine", "battery"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Agent,
    Broker,
    Receiver,
}

#[test]
fn killed_at_any_moment_nothing_acknowledged_is_lost_and_nothing_withdrawn_leaves() {
    let seed = Chance::seed("CONSENT_KILL_SEED");
    let mut chance = Chance::new(seed);
    println!("CONSENT_KILL_SEED={seed}");
    let agents = usize::try_from(number("CONSENT_KILLS").unwrap_or(100)).unwrap();
    let mut victims = vec![Victim::Agent; agents];
    victims.extend([Victim::Broker, Victim::Receiver].into_iter().flat_map(|victim| std::iter::repeat_n(victim, agents.div_ceil(5))));
    chance.shuffle(&mut victims);

    let mut desk = Desk::running();
    let feed = Feed::start(&desk.signals(), 15);
    let (fickle, begun) = (Fickle::start(desk.person(), seed), moment());
    let mut killed: BTreeMap<(Victim, Rows), u32> = BTreeMap::new();
    for victim in victims {
        chance.nap_ms(20, 700);
        let wanted = if chance.between(0, 2) == 0 { Rows::Pending } else { Rows::InFlight };
        let rows = with_rows(&desk, wanted);
        chance.nap_ms(0, 20);
        *killed.entry((victim, rows)).or_default() += 1;
        strike(&mut desk, victim);
    }
    let events = fickle.stop();
    let written = feed.stop();
    println!("killed in {:?}, by victim and what was open at most 20 ms before: {killed:?}", begun.elapsed());
    let in_flight = killed.get(&(Victim::Agent, Rows::InFlight)).copied().unwrap_or_default();
    assert!(usize::try_from(in_flight).unwrap() > agents / 10, "the agent was killed with batches in flight too");

    desk.person().drives();
    let status = settle(&desk);
    check_sums(&desk, &status, written);
    check_batches(&desk);
    check_ledger(&desk.person().ledger(), &events);
    check_wire(&desk, &events);
    check_receiver(&desk);
}

/// What a kill can lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rows {
    /// Recorded, in memory or queued.
    Pending,
    /// Numbered: handed over, or about to be.
    InFlight,
}

/// Waits until there is something to lose, of the wanted kind if that comes within two seconds.
fn with_rows(desk: &Desk, wanted: Rows) -> Rows {
    let begun = moment();
    wait_for("rows are open", || {
        let open = desk.person().try_status()?.outcomes;
        if open.numbered > 0 {
            return Some(Rows::InFlight);
        }
        let good = wanted == Rows::Pending || begun.elapsed() > Duration::from_secs(2);
        (good && open.pending + open.queued > 0).then_some(Rows::Pending)
    })
}

fn strike(desk: &mut Desk, victim: Victim) {
    match victim {
        Victim::Agent => {
            desk.kill_agent();
            desk.start_agent();
            desk.person().drives();
        }
        Victim::Broker => {
            desk.kill_broker();
            desk.start_broker();
        }
        Victim::Receiver => {
            desk.kill_receiver();
            desk.start_receiver();
        }
    }
}

fn settle(desk: &Desk) -> Status {
    wait_within(Duration::from_secs(90), "everything is sent and answered", || {
        let status = desk.person().try_status()?;
        let open = &status.outcomes;
        let owed: u64 = status.links.iter().map(|link| link.waiting + link.statements_owed + link.erasures_owed).sum();
        (open.pending + open.awaiting + open.queued + open.numbered + owed == 0).then_some(status)
    })
}

/// Somebody who gives and withdraws all the time, whatever happens to the agent.
struct Fickle {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Vec<Answered>>,
}

impl Fickle {
    fn start(person: Person, seed: u64) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut chance, mut events) = (Chance::new(seed.wrapping_add(1)), Vec::new());
            while !stopped.load(Ordering::SeqCst) {
                let use_id = USES[usize::try_from(chance.between(0, 2)).unwrap()];
                for action in ["given", "withdrawn"] {
                    events.extend(insist(&person, use_id, action));
                    chance.nap_ms(100, 1_800);
                }
            }
            // Both at the end, so that the end is a state with data flowing.
            for use_id in USES {
                events.extend(insist(&person, use_id, "given"));
            }
            events
        });
        Self { stop, thread }
    }

    fn stop(self) -> Vec<Answered> {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

/// Asks until there is an answer. Of an attempt without one nobody knows what became of it, so the next may find it done.
fn insist(person: &Person, use_id: &str, action: &'static str) -> Option<Answered> {
    wait_for("the agent takes a consent event", || match answered(person, use_id, action) {
        Ok(event) => Some(Some(event)),
        Err(_) => already(person, use_id, action).then_some(None),
    })
}

fn already(person: &Person, use_id: &str, action: &str) -> bool {
    let Ok(Response::Data { data }) = person.try_ask(&Request::ConsentList { person: Some(consent_tests::person::DRIVER.to_owned()) }) else { return false };
    let found = data["uses"].as_array().and_then(|uses| uses.iter().find(|used| used["use"] == use_id)).map(|used| used["standing"].clone());
    found == Some(Value::from(action))
}

/// The agent's sums balance, and what it counts as sent is what the receiver has, as far as that was acknowledged.
fn check_sums(desk: &Desk, status: &Status, written: u64) {
    let outcomes = &status.outcomes;
    println!("{written} records written, {} offered and counted; {outcomes:?}", status.records);
    assert!(status.balanced && status.records <= written, "{outcomes:?}");
    let told = desk.receiver_status();
    let counts = &told["counts"];
    println!("receiver: {counts}");
    for none in ["batches_refused", "forks", "bad"] {
        assert_eq!(counts[none], 0, "{none}: {counts}");
    }
    let received = counts["decisions"].as_u64().unwrap();
    let possibly = outcomes.purged_possibly_sent + outcomes.dropped_possibly_sent;
    assert!(outcomes.sent <= received && received <= outcomes.sent + possibly, "sent {}, received {received}, possibly sent {possibly}", outcomes.sent);
    assert_eq!(outcomes.refused + outcomes.dropped + outcomes.dropped_possibly_sent + outcomes.expired, 0);
}

/// Every batch that the agent counts as sent was accepted, as it was signed, once.
fn check_batches(desk: &Desk) {
    let accepted: BTreeMap<(String, u32), String> = desk.store().accepted().into_iter().map(|batch| ((batch.stream, batch.n), batch.digest)).collect();
    let mut sent = 0;
    for use_id in USES {
        let data = desk.person().data(&Request::DataShow { person: None, use_id: Some(use_id.to_owned()), before_ms: None, count: Some(1_000) });
        for batch in data["batches"].as_array().unwrap() {
            let name = (batch["stream"].as_str().unwrap().to_owned(), u32::try_from(batch["n"].as_u64().unwrap()).unwrap());
            assert_eq!(accepted.get(&name).map(String::as_str), batch["digest"].as_str(), "batch {name:?} is accepted as it was sent");
            sent += 1;
        }
    }
    println!("{sent} batches sent, {} accepted", accepted.len());
    assert!(sent > 0 && sent <= accepted.len());
}

/// Every answered event is in the ledger, at its time.
fn check_ledger(ledger: &[Entry], events: &[Answered]) {
    let mut consents: Vec<(i64, &str, ConsentAction)> = Vec::new();
    for entry in ledger {
        if let Some(Body::Consent(event)) = &entry.body {
            consents.push((entry.wall_ms, event.use_id.as_str(), event.action));
        }
    }
    for event in events {
        let is_it = |(at_ms, use_id, action): &(i64, &str, ConsentAction)| {
            let fits = match action {
                ConsentAction::Given | ConsentAction::Renewed => event.action == "given",
                ConsentAction::Withdrawn => event.action == "withdrawn",
                _ => false,
            };
            fits && *use_id == event.use_id && (event.asked_ms..=event.answered_ms).contains(at_ms)
        };
        assert!(consents.iter().any(is_it), "{event:?} was answered and is not in the ledger");
    }
    let unclean = ledger.iter().filter(|entry| matches!(entry.body, Some(Body::Boot { clean: false, .. }))).count();
    println!("{} consent events answered, {} in the ledger, {unclean} unclean boots", events.len(), consents.len());
    assert!(events.len() > 10 && consents.len() >= events.len());
}

/// No batch of a basis is handed to the socket after the withdrawal that ended it was answered.
fn check_wire(desk: &Desk, events: &[Answered]) {
    let opened: BTreeMap<(String, u32), (String, i64)> = desk
        .tap()
        .statements()
        .into_iter()
        .filter_map(|(_, statement)| match statement.body {
            StatementBody::BasisOpened(terms) => Some(((statement.stream.to_string(), statement.k), (terms.use_id, terms.from_s))),
            _ => None,
        })
        .collect();
    let withdrawals: Vec<&Answered> = events.iter().filter(|event| event.action == "withdrawn").collect();
    let (mut checked, batches) = (BTreeSet::new(), desk.tap().batches());
    for (at_ms, batch) in &batches {
        let (use_id, from_s) = &opened[&(batch.stream.to_string(), batch.basis)];
        // The first withdrawal that was asked after this basis' consent was given.
        let ended = withdrawals.iter().filter(|event| event.use_id == *use_id && event.asked_ms >= (from_s + 1) * 1_000).min_by_key(|event| event.asked_ms);
        if let Some(event) = ended {
            checked.insert(event.answered_ms);
            assert!(*at_ms <= event.answered_ms + ON_ITS_WAY_MS, "{use_id}: batch {} handed over at {at_ms}, withdrawn: {event:?}", batch.n);
        }
    }
    println!("{} batches on the wire, {} of {} withdrawals had batches before them", batches.len(), checked.len(), withdrawals.len());
    assert!(!checked.is_empty());
}

/// The receiver accepts nothing of a basis once it applied its end, and the latest withdrawal reached it.
fn check_receiver(desk: &Desk) {
    let (ended, now_ms) = (desk.store().ended(), wall_ms());
    let at_ms: BTreeMap<(String, u32), i64> = ended.iter().map(|end| ((end.stream.clone(), end.basis), end.at_ms)).collect();
    for batch in desk.store().accepted() {
        let end_ms = at_ms.get(&(batch.stream.clone(), batch.basis)).copied().unwrap_or(now_ms);
        assert!(batch.received_ms <= end_ms, "{batch:?} after its basis ended at {end_ms}");
    }
    println!("{} bases ended at the receiver", ended.len());
    assert!(!ended.is_empty());
}
