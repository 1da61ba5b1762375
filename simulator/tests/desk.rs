//! The desk over HTTP, as its page uses it: every button changes what the state says, in the vehicle, at the gate and at the
//! receivers, and nobody else can press one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

use consent_simulator::clock::Stopwatch;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A desk of its own; gone when it is dropped.
struct Desk {
    process: Child,
    address: String,
}

impl Desk {
    fn open() -> Self {
        let mut process =
            Command::new(env!("CARGO_BIN_EXE_consent-sim")).args(["--desk", "--port", "0", "--seed", "3"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("The desk: http://").unwrap().trim_end_matches('/').to_owned();
        Self { process, address }
    }

    fn exchange(&self, request: &str) -> (u16, String) {
        let (status, _, body) = exchange(&self.address, request);
        (status, body)
    }

    /// Stops a use as the person at the privacy screen does, in a session of this test's own.
    fn withdraw(&self, use_id: &str) -> String {
        let (status, head, _) = exchange(&self.address, &format!("GET /screen HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address));
        assert_eq!(status, 307);
        let url = field(&head, "location").strip_prefix("http://").unwrap().to_owned();
        let (screen, path) = url.split_once('/').unwrap();
        let (_, head, _) = exchange(screen, &format!("GET /{path} HTTP/1.1\r\nHost: {screen}\r\nConnection: close\r\n\r\n"));
        let cookie = field(&head, "set-cookie").split(';').next().unwrap().to_owned();
        let body = r#"{"erase":true}"#;
        let (status, _, answer) = exchange(
            screen,
            &format!(
                "POST /api/1/uses/{use_id}/withdraw HTTP/1.1\r\nHost: {screen}\r\nCookie: {cookie}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            ),
        );
        assert!(status < 300, "{status}: {answer}");
        answer
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.exchange(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address))
    }

    fn state(&self) -> Value {
        let (status, body) = self.get("/state");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Presses a button; yields the state that its answer carries.
    fn press(&self, button: &str) -> Value {
        let (status, body) =
            self.exchange(&format!("POST /do/{button} HTTP/1.1\r\nHost: {}\r\nDesk: touch\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", self.address));
        assert_eq!(status, 200, "{button}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Looks until the state is so.
    fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Stopwatch::start();
        loop {
            let state = self.state();
            if holds(&state) {
                return state;
            }
            assert!(begun.elapsed() < Duration::from_mins(1), "{what}: never; the last state was\n{state:#}");
            std::thread::sleep(Duration::from_millis(150));
        }
    }

    /// Anna, parked, has answered what the car asks.
    fn with_anna(&self) {
        self.press("skip");
        self.press("park");
        while driver(&self.state()) != "Anna" {
            self.press("driver");
        }
        self.until("parked", |state| state["gate"]["driving"] == "parked");
        self.press("answer");
        self.until("given", |state| used(state, "traffic")["consent"].as_str().unwrap().starts_with("given"));
    }

    /// Anna drives, and something of hers has arrived.
    fn driving(&self) {
        self.with_anna();
        self.press("drive");
        self.until("arrived", |state| number(state, "/left/batches") > 3 && held(state) > 0);
    }
}

fn exchange(address: &str, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (status, head.to_owned(), body.to_owned())
}

/// A header of an answer.
fn field<'a>(head: &'a str, name: &str) -> &'a str {
    let found = head.lines().find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)));
    found.unwrap_or_else(|| panic!("{name} in {head}")).1
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn number(state: &Value, pointer: &str) -> u64 {
    state.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("{pointer} in {state:#}"))
}

fn used<'a>(state: &'a Value, id: &str) -> &'a Value {
    state["gate"]["uses"].as_array().unwrap().iter().find(|used| used["id"] == id).unwrap()
}

fn driver(state: &Value) -> &str {
    let people = state["car"]["people"].as_array().unwrap();
    people.iter().find(|one| one["drives"] == true).and_then(|one| one["name"].as_str()).unwrap_or_default()
}

fn button<'a>(state: &'a Value, key: &str) -> &'a Value {
    state["buttons"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap()
}

fn sum(state: &Value, field: &str) -> u64 {
    state["receivers"].as_array().unwrap().iter().map(|one| one[field].as_u64().unwrap()).sum()
}

fn held(state: &Value) -> u64 {
    sum(state, "held")
}

fn said(state: &Value, text: &str) -> bool {
    state["log"].as_array().unwrap().iter().any(|line| line["text"].as_str().unwrap().contains(text))
}

#[test]
fn the_page_opens_at_once_and_everything_that_it_loads_is_there() {
    let begun = Stopwatch::start();
    let desk = Desk::open();
    let (status, page) = desk.get("/");
    assert_eq!(status, 200);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(page.contains("The privacy screen") && page.contains("The receivers"));
    for path in ["/desk.css", "/desk.js", "/draw.js", "/car.js", "/receivers.js", "/icon.svg"] {
        assert_eq!(desk.get(path).0, 200, "{path}");
    }
    let (status, head, _) = exchange(&desk.address, &format!("GET /screen HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", desk.address));
    assert_eq!(status, 307, "the privacy screen is opened by a one-time address");
    let url = field(&head, "location").strip_prefix("http://").unwrap().to_owned();
    let (screen, path) = url.split_once('/').unwrap();
    let (status, head, _) = exchange(screen, &format!("GET /{path} HTTP/1.1\r\nHost: {screen}\r\nConnection: close\r\n\r\n"));
    assert!(status < 400 && field(&head, "content-security-policy").contains(&format!("frame-ancestors http://{};", desk.address)), "{status} {head}");
}

#[test]
fn nobody_but_the_page_presses_a_button() {
    let desk = Desk::open();
    let post =
        |host: &str, more: &str| desk.exchange(&format!("POST /do/drive HTTP/1.1\r\nHost: {host}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n")).0;
    let own = desk.address.as_str();
    assert_eq!(post(own, ""), 403);
    assert_eq!(post(own, "Desk: touch\r\nOrigin: http://evil.example\r\n"), 403);
    assert_eq!(post(own, "Desk: touch\r\nSec-Fetch-Site: cross-site\r\n"), 403);
    assert_eq!(post("evil.example", "Desk: touch\r\n"), 421);
    assert_eq!(post(own, &format!("Desk: touch\r\nOrigin: http://{own}\r\n")), 200);
    assert_eq!(desk.exchange(&format!("GET /do/drive HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n")).0, 405);
    assert_eq!(desk.exchange(&format!("POST /do/fly HTTP/1.1\r\nHost: {own}\r\nDesk: touch\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")).0, 404);
}

#[test]
fn the_story_plays_by_itself_and_a_state_stays_small() {
    let desk = Desk::open();
    let told = desk.until("told", |state| state["story"]["at_s"].as_f64().is_some_and(|at_s| at_s > 1.0));
    assert!(told["story"]["sentence"].as_str().unwrap().ends_with('.'));
    let later = desk.until("a guest drives", |state| state["gate"]["driving"] == "driving");
    assert_eq!(driver(&later), "a guest");
    assert!(number(&later, "/left/offered") > 0 && later["car"]["known"].as_array().unwrap().len() > 10);
    assert!(desk.get("/state").1.len() < 30 * 1_024, "{} bytes", desk.get("/state").1.len());
    assert!(desk.press("skip")["story"].is_null());
}

#[test]
fn driving_standing_and_parking_are_seen_at_the_wheel_at_the_gate_and_at_the_receivers() {
    let desk = Desk::open();
    desk.driving();
    let state = desk.until("fast", |state| state["car"]["speed_kmh"].as_f64().unwrap() > 15.0);
    assert_eq!((state["car"]["wish"].as_str(), state["gate"]["driving"].as_str()), (Some("drive"), Some("driving")));
    assert_eq!(used(&state, "traffic")["activity"], "live");
    assert!(state["car"]["known"].as_array().unwrap().iter().any(|one| one["id"] == "location" && one["to"] == serde_json::json!(["roadinfo"])));
    assert!(state["receivers"].as_array().unwrap().iter().any(|one| one["newest"][0]["rows"][0]["signal"].is_string()));
    desk.press("light");
    let state = desk.until("standing", |state| state["gate"]["driving"] == "standing");
    assert_ne!(state["car"]["gear"], "P");
    let before = number(&state, "/left/batches");
    desk.press("drive");
    desk.until("more arrives", |state| number(state, "/left/batches") > before);
    desk.press("park");
    let state = desk.until("parked", |state| state["gate"]["driving"] == "parked");
    assert_eq!(state["car"]["gear"], "P");
}

#[test]
fn people_change_what_runs() {
    let desk = Desk::open();
    desk.driving();
    desk.until("voice", |state| used(state, "voice")["activity"] == "live");
    let state = desk.press("enter");
    assert_eq!(state["car"]["people"].as_array().unwrap().len(), 2);
    assert_ne!(used(&state, "voice")["activity"], "live");
    assert_eq!(used(&state, "traffic")["activity"], "live");
    let state = desk.press("leave");
    assert_eq!(state["car"]["people"].as_array().unwrap().len(), 1);
    let state = desk.press("driver");
    assert_eq!(driver(&state), "Ben");
    assert_ne!(used(&state, "traffic")["activity"], "live");
    assert_eq!(driver(&desk.press("driver")), "a guest");
}

#[test]
fn what_waits_behind_a_cut_link_arrives_when_it_is_mended() {
    let desk = Desk::open();
    desk.driving();
    assert_eq!(desk.press("link_cut")["left"]["link"], "lost");
    let cut = desk.until("waits", |state| number(state, "/left/waiting") > 2);
    assert_eq!(button(&cut, "L")["id"], "link_mend");
    let before = sum(&cut, "accepted");
    desk.press("link_mend");
    desk.until("arrives", |state| sum(state, "accepted") > before + 2 && number(state, "/left/waiting") < 2);
}

#[test]
fn what_is_stopped_behind_a_cut_link_never_leaves_and_the_recipient_is_told_and_erases() {
    let desk = Desk::open();
    desk.driving();
    desk.until("maintenance arrived", |state| used(state, "maintenance")["values"].as_u64() > Some(0));
    desk.press("link_cut");
    desk.until("waits", |state| used(state, "maintenance")["waits"].as_u64() > Some(0) && number(state, "/left/waiting") > 1);
    desk.press("park");
    desk.until("parked", |state| state["gate"]["driving"] == "parked");
    desk.withdraw("maintenance");
    let stopped = desk.until("stopped", |state| used(state, "maintenance")["activity"] == "withdrawn");
    assert!(said(&stopped, "destroyed before leaving"), "{:#}", stopped["log"]);
    assert_eq!(used(&stopped, "maintenance")["waits"], 0);
    assert!(number(&stopped, "/left/owed") > 0);
    let values = used(&stopped, "maintenance")["values"].clone();
    desk.press("link_mend");
    let told = desk.until("told", |state| sum(state, "ended") > 0 && sum(state, "erased") > 0 && number(state, "/left/owed") == 0);
    assert_eq!(used(&told, "maintenance")["values"], values);
    assert!(said(&told, "the maker of your car was told: 1 consent ended") && said(&told, "the maker of your car erased"), "{:#}", told["log"]);
}

#[test]
fn a_withdrawal_is_written_on_a_full_disk_and_survives_a_power_cut() {
    let desk = Desk::open();
    desk.driving();
    desk.press("disk_fill");
    desk.until("shut", |state| state["gate"]["store_ok"] == false);
    desk.press("park");
    desk.until("parked", |state| state["gate"]["driving"] == "parked");
    let answer = desk.withdraw("traffic");
    assert!(!answer.contains("not yet recorded"), "{answer}");
    desk.press("power");
    let back = desk.until("back", |state| state["gate"]["power"] == true && said(state, "recognises again"));
    assert_eq!((used(&back, "traffic")["consent"].as_str(), button(&back, "F")["id"].as_str()), (Some("withdrawn"), Some("disk_free")));
}

#[test]
fn a_computer_without_power_boots_by_itself_and_still_knows() {
    let desk = Desk::open();
    desk.driving();
    let before = desk.state();
    let dark = desk.press("power");
    assert_eq!((dark["gate"]["power"].as_bool(), dark["screen"].as_str()), (Some(false), Some("")));
    assert_eq!(desk.get("/screen").0, 503);
    assert!(dark["car"]["signals"].as_array().unwrap().len() > 10, "the car drives on");
    let back = desk.until("back", |state| state["gate"]["power"] == true && said(state, "recognises again"));
    assert!(number(&back, "/gate/boot") > number(&before, "/gate/boot"));
    assert_eq!(back["screen"], before["screen"], "the open page goes on");
    assert!(said(&back, "ended without order"));
    assert_eq!(desk.get("/screen").0, 307);
    let batches = sum(&back, "accepted");
    desk.until("goes on", |state| sum(state, "accepted") > batches);
    let calm = desk.until("compared", |state| state["sums"]["compared"]["batches"]["agent"].as_u64() > Some(batches));
    assert_eq!((calm["sums"]["compared"]["agree"].as_bool(), calm["sums"]["balanced"].as_bool()), (Some(true), Some(true)), "{calm:#}");
    assert_eq!(sum(&calm, "forks") + sum(&calm, "gaps") + number(&calm, "/sums/refused"), 0);
}

#[test]
fn a_full_disk_shuts_the_gate_until_it_is_freed() {
    let desk = Desk::open();
    desk.driving();
    desk.press("disk_fill");
    let full = desk.until("shut", |state| state["gate"]["store_ok"] == false);
    assert!(said(&full, "the gate is shut"));
    assert!(full["gate"]["uses"].as_array().unwrap().iter().all(|used| used["activity"] != "live"), "{full:#}");
    let batches = sum(&full, "accepted");
    desk.press("disk_free");
    desk.until("open", |state| state["gate"]["store_ok"] == true && used(state, "traffic")["activity"] == "live");
    desk.until("goes on", |state| sum(state, "accepted") > batches);
}

#[test]
fn time_passes_for_the_car_and_for_the_receivers() {
    let desk = Desk::open();
    desk.driving();
    // Kept for 7 days; what arrived otherwise may be kept for longer than is waited here.
    let before = desk.until("traffic arrived", |state| used(state, "traffic")["values"].as_u64() > Some(0));
    let day = desk.press("day");
    assert!(number(&day, "/at_ms") >= number(&before, "/at_ms") + 86_400_000);
    assert_eq!((number(&day, "/moved_days"), day["car"]["wish"].as_str()), (1, Some("park")));
    desk.press("month");
    desk.press("month");
    let later = desk.until("deleted", |state| sum(state, "deleted") > 0);
    assert_eq!(number(&later, "/moved_days"), 63);
    assert!(held(&later) < sum(&later, "records") && said(&later, "past its retention"));
}

#[test]
fn a_new_catalog_suspends_what_it_changes_materially() {
    let desk = Desk::open();
    desk.driving();
    desk.until("coached", |state| used(state, "coaching")["activity"] == "live");
    desk.press("catalog");
    let new = desk.until("in force", |state| number(state, "/gate/catalog") == 2);
    assert_ne!(used(&new, "coaching")["activity"], "live");
    assert_eq!(used(&new, "traffic")["activity"], "live");
    assert_eq!(button(&new, "N")["can"], false);
    desk.until("told", |state| sum(state, "ended") > 0);
}

#[test]
fn a_hostile_broker_gets_nothing_stored_twice_and_nothing_stored_that_does_not_hold() {
    let desk = Desk::open();
    desk.driving();
    desk.press("broker_replay");
    let replayed = desk.until("replayed", |state| number(state, "/left/meddled") > 3);
    assert_eq!(replayed["left"]["broker"], "replay");
    desk.press("broker_corrupt");
    let corrupted = desk.until("does not hold", |state| number(state, "/sums/bad") > 0);
    let batches = sum(&corrupted, "accepted");
    desk.press("broker_honest");
    desk.until("goes on", |state| sum(state, "accepted") > batches + 2);
    let before = desk.press("broker_swallow");
    // How much still arrives is chance: a connection that comes up now never hears a State, and hands no batch over (rule of
    // the nonce). What was handed over on one that stood, and everything after it, waits.
    let swallowed = desk.until("waits", |state| number(state, "/left/waiting") > 1 && number(state, "/left/meddled") > number(&before, "/left/meddled"));
    assert_eq!(button(&swallowed, "1")["on"], true);
    desk.press("broker_honest");
    desk.press("park");
    let calm = desk.until("settled", |state| number(state, "/left/waiting") == 0 && state["sums"]["compared"]["agree"] == true);
    assert_eq!(number(&calm, "/sums/forks") + number(&calm, "/sums/refused") + sum(&calm, "gaps"), 0);
    assert_eq!(sum(&calm, "accepted"), number(&calm, "/left/batches"), "every batch once");
}

#[test]
fn the_story_can_be_played_again_from_the_beginning() {
    let desk = Desk::open();
    desk.driving();
    let before = desk.state();
    let anew = desk.press("story");
    assert!(anew["story"].is_object());
    assert_ne!(anew["screen"], before["screen"]);
    assert_eq!((sum(&anew, "accepted"), number(&anew, "/left/batches")), (0, 0));
}
