//! The harness keeps its own promises: virtual time, one seed one world, crashes lose exactly what was not committed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot go on has failed"
)]

use consent_core::{Assurance, Value};
use consent_gatekeeper::control::{Request, Response, Terms};
use consent_simulator::catalog::example;
use consent_simulator::harness::World;

const GEAR: &str = "Vehicle.Powertrain.Transmission.CurrentGear";

fn wall(world: &World) -> i64 {
    world.now().wall_ms
}

fn ask(world: &mut World, request: Request) -> Response {
    world.control(request).unwrap().unwrap()
}

fn done(world: &mut World, request: Request) {
    let shown = format!("{request:?}");
    let response = ask(world, request);
    assert!(!matches!(response, Response::Refused { .. } | Response::Unrecorded { .. }), "{shown}: {response:?}");
}

/// A parked car with a well known driver who gives consent to maintenance.
fn parked(seed: u64) -> World {
    let mut world = World::new(seed, example()).unwrap();
    world.advance(1_000).unwrap();
    let now = wall(&world);
    world.offer(GEAR, Value::Int(126), now).unwrap();
    done(&mut world, Request::PeopleDriver { person: Some("anna".into()), assurance: Assurance::High });
    done(&mut world, Request::PeopleComplete { complete: true });
    world.advance(2_000).unwrap();
    let now = wall(&world);
    world.offer(GEAR, Value::Int(126), now).unwrap();
    done(&mut world, Request::ConsentGive { person: None, use_id: "maintenance".into(), terms: Terms::default() });
    world
}

fn drive(world: &mut World, seconds: u32) {
    for at in 0..seconds {
        world.advance(1_000).unwrap();
        let now = wall(world);
        world.offer("Vehicle.Speed", Value::Float(30.0), now).unwrap();
        world.offer("Vehicle.OBD.ControlModuleVoltage", Value::Float(12.0 + f64::from(at % 7) / 10.0), now).unwrap();
        world.offer("Vehicle.Unheard.Of", Value::Float(1.0), now).unwrap();
    }
}

#[test]
fn what_a_consenting_driver_offers_arrives_and_the_sums_balance() {
    let mut world = parked(1);
    drive(&mut world, 300);
    assert!(world.drain(3_600_000).unwrap(), "{:#?}", world.status());
    let (status, counts) = (world.status(), world.counts().unwrap());
    assert!(status.balanced && status.batches_sent > 0, "{status:#?}\n{counts:#?}");
    assert_eq!(status.unknown, 300);
    assert_eq!((counts.batches_accepted, counts.batches_refused, counts.decisions), (status.batches_sent, 0, status.outcomes.sent), "{counts:#?}");
}

#[test]
fn one_seed_is_one_world() {
    let run = |seed| {
        let mut world = parked(seed);
        drive(&mut world, 120);
        world.drain(3_600_000).unwrap();
        let wire: Vec<_> = world.delivered("arvena").into_iter().cloned().collect();
        (wire, world.status(), world.steps())
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5).0, run(6).0);
}

#[test]
fn a_crash_loses_what_was_not_committed_and_nothing_else() {
    let mut world = parked(2);
    drive(&mut world, 100);
    let before = world.status();
    world.crash_agent().unwrap();
    let after = world.status();
    assert!(after.balanced && !after.clean, "{after:#?}");
    assert_eq!(after.boot, before.boot + 1);
    assert!(after.outcomes.sent >= before.outcomes.sent.saturating_sub(0) && after.decisions <= before.decisions);
    assert_eq!(after.consent_events, before.consent_events);
}
