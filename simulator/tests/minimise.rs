//! Rules that hide places and blur values, through the whole pipeline in virtual time: from the car's records to what the
//! receiver accepted.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed"
)]

use consent_core::{Assurance, Value};
use consent_gatekeeper::control::{Request, Response, Terms};
use consent_gatekeeper::show::{Sent, SentValue};
use consent_protocol::catalog::CompiledCatalog;
use consent_simulator::catalog::demo::EXAMPLE;
use consent_simulator::catalog::{Vss, compile_text};
use consent_simulator::harness::World;

const HOME: (f64, f64) = (48.1, 11.5);
const LATITUDE: &str = "Vehicle.CurrentLocation.Latitude";
const LONGITUDE: &str = "Vehicle.CurrentLocation.Longitude";
/// Metres of a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// The example with other rules in it.
fn catalog(edits: &[(&str, &str)]) -> CompiledCatalog {
    let text = edits.iter().fold(EXAMPLE.to_owned(), |text, (old, new)| {
        assert_eq!(text.matches(old).count(), 1, "{old}");
        text.replace(old, new)
    });
    compile_text(&text, "edited.toml", &Vss::small()).unwrap_or_else(|report| panic!("{report}"))
}

/// A car that a test drives by hand, north and south at 20 m/s.
struct Drive {
    world: World,
    lat: f64,
}

impl Drive {
    fn new(catalog: CompiledCatalog) -> Self {
        let mut drive = Self { world: World::new(11, catalog).unwrap(), lat: HOME.0 };
        drive.get_in();
        drive
    }

    fn get_in(&mut self) {
        self.signal("Vehicle.LowVoltageSystemState", "ON");
        self.ask(Request::PeopleDriver { person: Some("anna".to_owned()), assurance: Assurance::High });
        self.ask(Request::PeopleComplete { complete: true });
    }

    fn ask(&mut self, request: Request) -> Response {
        self.world.control(request).unwrap().expect("an answer")
    }

    fn signal(&mut self, path: &str, text: &str) {
        let t_ms = self.world.now().wall_ms;
        self.world.offer_texts(t_ms, &[(path, text)]).unwrap();
    }

    /// Parked for so many seconds.
    fn stand(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.second("0", "126", 0.0);
        }
    }

    fn go(&mut self, north_m: i32) {
        for _ in 0..north_m.unsigned_abs() / 20 {
            self.second("72", "4", f64::from(20 * north_m.signum()));
        }
    }

    fn second(&mut self, speed: &str, gear: &str, north_m: f64) {
        self.lat += north_m / DEGREE_M;
        let t_ms = self.world.now().wall_ms;
        self.world.offer_texts(t_ms, &[("Vehicle.Speed", speed), ("Vehicle.Powertrain.Transmission.CurrentGear", gear)]).unwrap();
        self.world.offer(LATITUDE, Value::Float(self.lat), t_ms).unwrap();
        self.world.offer(LONGITUDE, Value::Float(HOME.1), t_ms).unwrap();
        self.world.offer("Vehicle.OBD.IntakeTemp", Value::Float(24.0), t_ms).unwrap();
        self.world.advance(1_000).unwrap();
    }

    fn get_out(&mut self) {
        self.stand(6);
        self.signal("Vehicle.LowVoltageSystemState", "OFF");
        self.world.drain(120_000).unwrap();
    }

    fn give(&mut self, use_id: &str, tier: u8) {
        self.stand(8);
        let terms = Terms { tier: Some(tier), ..Terms::default() };
        let given = self.ask(Request::ConsentGive { person: Some("anna".to_owned()), use_id: use_id.to_owned(), terms });
        assert!(matches!(given, Response::Done { .. }), "{given:?}");
    }

    /// What left of a use, oldest first.
    fn left(&mut self, use_id: &str) -> Vec<SentValue> {
        let asked = Request::DataShow { person: Some("anna".to_owned()), use_id: Some(use_id.to_owned()), before_ms: None, count: Some(1_000) };
        let answer = self.ask(asked);
        let Response::Data { data } = answer else { panic!("{answer:?}") };
        let sent: Sent = serde_json::from_value(data).unwrap();
        let mut rows: Vec<SentValue> = sent.batches.into_iter().flat_map(|batch| batch.rows).collect();
        rows.sort_by_key(|row| row.t_ms);
        rows
    }

    fn is_sound(&self) {
        let (status, counts) = (self.world.status(), self.world.counts().unwrap());
        assert!(status.balanced, "{:?}", status.outcomes);
        assert_eq!(counts.batches_refused, 0);
    }
}

fn lat(row: &SentValue) -> f64 {
    row.value["lat"].as_f64().expect("a position")
}

fn away_m(row: &SentValue, from_lat: f64) -> f64 {
    (lat(row) - from_lat).abs() * DEGREE_M
}

fn nearest_m(rows: &[SentValue], from_lat: f64) -> f64 {
    rows.iter().map(|row| away_m(row, from_lat)).fold(f64::INFINITY, f64::min)
}

fn tracks() -> CompiledCatalog {
    catalog(&[("raster = \"10s\", hides", "raster = \"1s\", hides")])
}

#[test]
fn a_track_leaves_without_its_ends_and_its_edges_are_the_same_on_every_trip() {
    let mut drive = Drive::new(tracks());
    drive.give("traffic", 2);
    let mut edges = Vec::new();
    for trip in 0..3 {
        let before = drive.left("traffic").len();
        let north_m = if trip == 1 { -14_000 } else { 14_000 };
        let from = drive.lat;
        drive.go(north_m);
        let to = drive.lat;
        drive.get_out();
        let rows = drive.left("traffic").split_off(before);
        assert!(rows.len() > 300, "trip {trip}: {} of 700 places left", rows.len());
        assert!(rows.iter().all(|row| row.signal == LATITUDE && row.t_ms % 1_000 == 0 && row.value["heading"].is_null()));
        for place in [from, to] {
            assert!(nearest_m(&rows, place) >= 200.0, "trip {trip}: {} m", nearest_m(&rows, place));
        }
        edges.push((nearest_m(&rows, HOME.0), nearest_m(&rows, HOME.0 + 14_000.0 / DEGREE_M)));
        // What is kept of places outlives a sudden end.
        drive.world.crash_agent().unwrap();
        drive.get_in();
        drive.stand(8);
    }
    let (home, work): (Vec<f64>, Vec<f64>) = edges.into_iter().unzip();
    for edge in [home, work] {
        let span = edge.iter().fold(f64::MIN, |most, m| most.max(*m)) - edge.iter().fold(f64::MAX, |least, m| least.min(*m));
        assert!(span < 60.0, "an edge that moves is averaged away: {edge:?}");
    }
    drive.is_sound();
}

#[test]
fn what_waits_on_the_track_goes_with_the_consent() {
    let mut drive = Drive::new(tracks());
    drive.give("traffic", 2);
    drive.go(6_000);
    let waiting = drive.world.status().uses.iter().find(|used| used.id == "traffic").unwrap().outcomes.pending;
    assert!(waiting > 50, "{waiting}");
    let before = drive.left("traffic").len();
    drive.ask(Request::ConsentWithdraw { person: Some("anna".to_owned()), use_id: Some("traffic".to_owned()), erase: false });
    drive.go(4_000);
    drive.get_out();
    let used = drive.world.status().uses.into_iter().find(|used| used.id == "traffic").unwrap();
    assert_eq!(used.outcomes.pending, 0);
    let after = drive.left("traffic");
    assert!(after.len() <= before, "nothing that waited left after it: {} then {}", before, after.len());
    drive.is_sound();
}

#[test]
fn blurred_values_stop_at_the_days_budget_also_over_a_power_cut() {
    let mut drive = Drive::new(catalog(&[(
        "  { signals = [\"Vehicle.OBD.IntakeTemp\", \"Vehicle.Powertrain.CombustionEngine.ECT\", \"Vehicle.Powertrain.CombustionEngine.EOT\"], round = 1, every = \"10s\" },\n",
        "  { signals = [\"Vehicle.OBD.IntakeTemp\", \"Vehicle.Powertrain.CombustionEngine.ECT\", \"Vehicle.Powertrain.CombustionEngine.EOT\"], blur = 5, least = -40, most = 100, raster = \"10s\", epsilon = 0.5, day = 2 },\n",
    )]));
    drive.give("maintenance", 1);
    drive.go(3_000);
    drive.world.drain(60_000).unwrap();
    let loss =
        |drive: &Drive| drive.world.status().losses.into_iter().find(|loss| loss.use_id == "maintenance").map(|loss| (loss.today_milli, loss.year_milli));
    assert_eq!(loss(&drive), Some((2_000, 2_000)), "the budget is used up");
    drive.world.crash_agent().unwrap();
    drive.get_in();
    drive.go(3_000);
    drive.world.drain(60_000).unwrap();
    assert_eq!(loss(&drive), Some((2_000, 2_000)), "and stays so");
    let blurred: Vec<SentValue> = drive.left("maintenance").into_iter().filter(|row| row.signal == "Vehicle.OBD.IntakeTemp").collect();
    assert!((1..=4).contains(&blurred.len()), "{}", blurred.len());
    let on_step = |row: &SentValue| row.value.as_i64().is_some_and(|degrees| degrees % 5 == 0 && (-40..=100).contains(&degrees));
    assert!(blurred.iter().all(on_step), "{blurred:?}");
    drive.is_sound();
}
