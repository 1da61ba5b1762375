//! Virtual and real time are the same: with the same seed and the same stamps, the same data leaves in the same batches.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

use consent_agent::control::OPERATOR;
use consent_gatekeeper::control::{Request, Response};
use consent_simulator::catalog::demo::EXAMPLE;
use consent_simulator::catalog::{Vss, compile_text};
use consent_simulator::drives::Merged;
use consent_simulator::harness::desk::Desk;
use consent_simulator::harness::{Settings, World};
use consent_simulator::live::Live;
use consent_simulator::memstore::MemStore;
use consent_simulator::people::People;
use consent_simulator::progress::Progress;
use consent_simulator::replay::{Player, Stage};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const BEGIN_MS: i64 = 1_700_000_000_000;
const SEED: [u8; 32] = [42; 32];

/// Parked with a driver, who allows two uses of two recipients.
const PEOPLE: &str = r#"
version = 1
[[event]]
at_s = -3
op = "signal"
path = "Vehicle.Powertrain.Transmission.CurrentGear"
value = 126
[[event]]
at_s = -2.8
op = "people_driver"
person = "anna"
assurance = "high"
[[event]]
at_s = -2.6
op = "people_complete"
complete = true
[[event]]
at_s = -2.2
op = "consent_give"
use_id = "maintenance"
terms = { tier = 1 }
[[event]]
at_s = -1.8
op = "consent_give"
use_id = "voice"
terms = { tier = 1 }
"#;

fn drive(stamp: impl Fn(i64) -> i64) -> Merged {
    let mut text = "t_ms,path,value\n".to_owned();
    for at in 0..60_i64 {
        let t_ms = stamp(BEGIN_MS + at * 200);
        writeln!(text, "{t_ms},Vehicle.Powertrain.CombustionEngine.ECT,{}", 60 + at % 30).unwrap();
        writeln!(text, "{t_ms},Vehicle.Cabin.Voice.WasUnderstood,{}", at % 3 == 0).unwrap();
        writeln!(text, "{t_ms},Vehicle.CurrentLocation.Latitude,50.{at}").unwrap();
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Merged::open(&[file.path().into()], None).unwrap()
}

/// By stream of a use: its batches in order, each with its rows.
fn sent(stage: &mut dyn Stage) -> BTreeMap<String, BTreeMap<u64, String>> {
    let response = stage.control(OPERATOR, Request::DataShow { person: None, use_id: None, before_ms: None, count: Some(10_000) }).unwrap();
    let Response::Data { data } = response else { panic!("{response:?}") };
    let mut all: BTreeMap<String, BTreeMap<u64, String>> = BTreeMap::new();
    for batch in data["batches"].as_array().unwrap() {
        let name = format!("{} {}", batch["use"], batch["stream"]);
        all.entry(name).or_default().insert(batch["n"].as_u64().unwrap(), batch["rows"].to_string());
    }
    all
}

#[test]
fn virtual_and_real_time_release_the_same_in_the_same_batches() {
    let catalog = compile_text(&EXAMPLE.replace("within = \"10s\"", "within = \"2s\""), "fast.toml", &Vss::small()).unwrap();
    let people = People::parse("people", PEOPLE).unwrap();

    let mut live = Live::start(Some(SEED), 1.0, catalog.clone(), BEGIN_MS - people.lead_ms()).unwrap();
    let mut real_drive = drive(|t_ms| t_ms);
    let played = Player::new(&people).play(&mut real_drive, &mut live, &mut Progress::hidden()).unwrap();
    assert_eq!(played.refused, Vec::<String>::new());
    std::thread::sleep(std::time::Duration::from_secs(7));
    let in_real_time = sent(&mut live);
    let first_ms = live.stamp_ms(BEGIN_MS);
    live.finish().unwrap();

    let settings = Settings { start_ms: first_ms - people.lead_ms() - 500, gate_seed: Some(SEED), ..Settings::new(1) };
    let mut world = World::with(settings, Desk::new(catalog), Box::new(MemStore::new())).unwrap();
    let mut virtual_drive = drive(|t_ms| t_ms - BEGIN_MS + first_ms);
    Player::new(&people).play(&mut virtual_drive, &mut world, &mut Progress::hidden()).unwrap();
    world.drain(600_000).unwrap();
    let in_virtual_time = sent(&mut world);

    let batches: usize = in_real_time.values().map(BTreeMap::len).sum();
    assert!(in_real_time.len() == 2 && batches >= 6, "{in_real_time:#?}");
    assert_eq!(in_real_time, in_virtual_time);
}
