//! The attacker's view, on cars made up here: what is read, what is found, what it costs, and what is said of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss, clippy::as_conversions, reason = "a test that cannot go on has failed")]

use consent_core::Rule;
use consent_simulator::privacy::geo::{Point, metres};
use consent_simulator::privacy::protect::{Protection, apply, of_catalog, shipped};
use consent_simulator::privacy::read::{Car, fleet, homes};
use consent_simulator::privacy::{Draws, Homes, Outcome, Rules, Twice, guess_homes, lines, run};
use consent_simulator::progress::Progress;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const HOMES: [(&str, f64, f64); 3] = [("anna", 50.123, 8.321), ("ben", 48.456, 11.654), ("cleo", 53.789, 9.987)];
const DAY_MS: i64 = 86_400_000;

/// Each car drives eight times to a place of its own some 9 km away, and back, along roads with a bend, at 15 m/s.
fn tracks() -> String {
    let mut text = "vehicle,trip,t_ms,lat,lon,speed_kmh\n".to_owned();
    for (car, (name, lat, lon)) in HOMES.iter().enumerate() {
        for day in 0..8_u32 {
            let angle = f64::from(day) * 0.78 + car as f64;
            let at = |step: u32| {
                let along_m = f64::from(step) * 15.0;
                let bend = angle + 0.3 * (along_m / 3_000.0).sin();
                (lat + along_m * bend.cos() / 111_195.0, lon + along_m * bend.sin() / (111_195.0 * lat.to_radians().cos()))
            };
            for (trip, steps) in [("out", (0..600).collect::<Vec<u32>>()), ("back", (0..600).rev().collect())] {
                let begin_ms = 1_700_000_000_000 + i64::from(day) * DAY_MS + if trip == "out" { 0 } else { 30_000_000 };
                for (second, step) in (0_i64..).zip(steps) {
                    let (lat, lon) = at(step);
                    writeln!(text, "{name},{day}-{trip},{},{lat:.7},{lon:.7},54", begin_ms + second * 1_000).unwrap();
                }
            }
        }
    }
    text
}

fn anchors() -> String {
    let rows: Vec<String> = HOMES.iter().map(|(name, lat, lon)| format!("{name},1,{lat},{lon},16\n{name},2,0,0,3\n")).collect();
    format!("vehicle,rank,lat,lon,visits\n{}stranger,1,1.0,1.0,9\n", rows.concat())
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }
}

fn cars() -> Vec<Car> {
    let folder = Folder::new();
    let mut fleet = fleet(&[folder.file("tracks.csv", &tracks())], &mut Progress::hidden()).unwrap();
    homes(&folder.file("homes.csv", &anchors()), &mut fleet).unwrap();
    fleet.cars
}

fn outcome(protections: &[Protection], count: u32) -> Outcome {
    let fleet = consent_simulator::privacy::read::Fleet { cars: cars(), trips_dropped: 0 };
    let rules = Rules { places: protections.to_vec(), ..Rules::default() };
    run(&fleet, Homes::Given, &rules, (Draws { seed: 7, count }, Twice::LeftOut), &mut |_, _| ()).unwrap()
}

fn named<'a>(outcome: &'a Outcome, name: &str) -> &'a consent_simulator::privacy::Row {
    outcome.rows.iter().find(|row| row.name == name).unwrap()
}

fn command(args: &[&Path], more: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_consent-sim")).arg("privacy").args(args).args(more).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn cars_trips_and_homes_are_read_from_plain_and_gzip_in_any_order_and_short_trips_are_dropped() {
    let folder = Folder::new();
    let mut text = tracks();
    text.push_str("anna,short,1800000000000,50,8,\nanna,short,1800000001000,50,8,\ndora,only,1,2,3,\n");
    let plain = fleet(&[folder.file("a.csv", &text)], &mut Progress::hidden()).unwrap();
    assert_eq!(plain.trips_dropped, 2);
    assert_eq!(plain.cars.iter().map(|car| (car.name.as_str(), car.trips.len())).collect::<Vec<_>>(), [("anna", 16), ("ben", 16), ("cleo", 16)]);
    let begins: Vec<i64> = plain.cars[0].trips.iter().map(|trip| trip.fixes[0].t_ms).collect();
    assert!(begins.is_sorted(), "trips in order of time: {begins:?}");

    let (head, rows) = text.split_once('\n').unwrap();
    let reversed: Vec<&str> = rows.lines().rev().collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("{head}\n{}\n", reversed.join("\n")).as_bytes()).unwrap();
    let zipped = folder.0.path().join("b.csv.gz");
    std::fs::write(&zipped, gzip.finish().unwrap()).unwrap();
    assert_eq!(fleet(&[zipped], &mut Progress::hidden()).unwrap(), plain);
}

#[test]
fn a_line_that_is_wrong_ends_the_measurement_by_file_and_line_without_its_values() {
    let folder = Folder::new();
    for (row, expected) in [
        ("anna,t,1,91.0,8.0,0", "lat: expected degrees from -90 to 90"),
        ("anna,t,1,50.0,nan,0", "lon: expected degrees from -180 to 180"),
        ("anna,t,yesterday,50.0,8.0,0", "t_ms: expected Unix milliseconds"),
        ("anna,t,1,50.0", "expected 6 fields, found 4"),
    ] {
        let file = folder.file("wrong.csv", &format!("vehicle,trip,t_ms,lat,lon,speed_kmh\nanna,t,0,50.0,8.0,0\n{row}\n"));
        let (ok, stdout, stderr) = command(&[&file], &[]);
        assert!(!ok && stdout.is_empty(), "{stdout}");
        assert!(stderr.contains(&format!("wrong.csv:3: {expected}")) && !stderr.contains("91.0"), "{stderr}");
    }
    let file = folder.file("other.csv", "t_ms,path,value\n1,a,b\n");
    assert!(command(&[&file], &[]).2.contains("other.csv:1: expected columns `vehicle,trip,t_ms,lat,lon`"));
    let twice = folder.file("twice.csv", "vehicle,rank,lat,lon\nanna,1,1,1\nanna,1,1,1\n");
    let tracks = folder.file("tracks.csv", &tracks());
    let anchors = twice.to_str().unwrap();
    assert!(command(&[&tracks], &["--anchors", anchors]).2.contains("twice.csv:3: a second place of rank 1"));
    assert!(command(&[&folder.0.path().join("none.csv")], &[]).2.contains("none.csv"));
}

#[test]
fn home_is_found_in_raw_tracks_and_not_in_cells_of_twenty_kilometres() {
    let outcome = outcome(&shipped(), 1);
    let found = |name: &str| named(&outcome, name).attacks[0].home.map(|share| share.share);
    assert!(found("raw").iter().all(|share| *share > 0.999));
    assert!(found("grid 20 km, 1 s").iter().all(|share| *share < 0.001));
    assert!(outcome.control.iter().all(|share| share.share > 0.0 && share.share < 0.4), "{:?}", outcome.control);
}

#[test]
fn nothing_leaves_a_zone_that_holds_home_in_any_draw() {
    for car in cars() {
        let home = car.home.unwrap();
        for protection in shipped().iter().filter(|protection| protection.rule.is_guarded() && protection.rule.cell_m().is_none()) {
            for seed in 0..6 {
                let left = apply(&car, protection.rule, seed);
                let places: Vec<Point> = left.iter().flat_map(|trip| &trip.places).map(|place| place.at).collect();
                let nearest_m = places.iter().map(|place| metres(*place, home)).fold(f64::INFINITY, f64::min);
                assert!(!places.is_empty() && nearest_m > 95.0, "{} of {}, seed {seed}: {nearest_m} m", protection.name, car.name);
            }
        }
    }
}

#[test]
fn the_same_seed_leaves_the_same_and_another_one_draws_anew() {
    let cars = cars();
    for protection in shipped() {
        let of = |seed| apply(&cars[0], protection.rule, seed);
        assert_eq!(of(1), of(1), "{}", protection.name);
        assert_eq!(of(1) != of(2), protection.is_drawn(), "{}", protection.name);
    }
}

#[test]
fn costs_are_those_of_the_rule() {
    let outcome = outcome(&shipped(), 1);
    let cost = |name: &str| named(&outcome, name).cost;
    let raw = cost("raw");
    assert!((raw.distance_left.unwrap() - 1.0).abs() < 1e-9 && raw.error_m == Some(0.0) && (raw.fixes - 28_800.0).abs() < 0.5, "{raw:?}");
    let grid = cost("grid 2 km, 1 s");
    assert!(grid.distance_left.unwrap() > 0.99 && (500.0..1_100.0).contains(&grid.error_m.unwrap()), "{grid:?}");
    assert!(grid.bytes_per_km < raw.bytes_per_km / 2.0 && grid.bytes_per_km > 0.0, "{grid:?}");
    let minute = cost("grid 2 km, 60 s");
    assert!(minute.fixes <= 28_800.0 / 60.0 && minute.fixes > 400.0, "{minute:?}");
    let (whole, cut) = (cost("zones + clip, 1 s"), cost("zones + clip + slices, 1 s"));
    // Both ends of 9 km lie in zones that reach between 0.1 and 1.9 km along the way.
    assert!((0.55..0.95).contains(&whole.distance_left.unwrap()) && whole.error_m.unwrap() < 1.0, "{whole:?}");
    assert!(cut.distance_left < whole.distance_left && cut.fixes < whole.fixes, "{cut:?}");
    let km: f64 = outcome.cars.iter().map(|car| car.km).sum();
    let event = cost("event 1/20 km");
    assert!(event.distance_left.is_none() && event.fixes > 3.0 && event.fixes <= km / 20.0 + 3.0, "{event:?}");
}

#[test]
fn every_share_stands_with_its_cars_and_its_bound() {
    let folder = Folder::new();
    let (tracks, anchors) = (folder.file("tracks.csv", &tracks()), folder.file("homes.csv", &anchors()));
    let (html, anchors) = (folder.0.path().join("report.html"), anchors.to_str().unwrap().to_owned());
    let more = ["--anchors", &anchors, "--json", "--seeds", "1", "--html", html.to_str().unwrap()];
    let (ok, stdout, stderr) = command(&[&tracks], &more);
    assert!(ok, "{stderr}");
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert!(json["caution"].as_str().unwrap().contains("these recorded cars alone"));
    let rows = json["rows"].as_array().unwrap();
    let shares = rows.iter().flat_map(|row| row["attacks"].as_array().unwrap()).flat_map(|attack| attack["home"].as_array().unwrap());
    let mut count = 0;
    for share in shares.chain(json["control"].as_array().unwrap()) {
        let (point, bound) = (share["share"].as_f64().unwrap(), share["upper95"].as_f64().unwrap());
        // No hit among three leaves 1 - 0.05^(1/3) = 63 % possible.
        assert!(share["n"] == 3 && bound >= point && bound > 0.63, "{share}");
        count += 1;
    }
    assert!(count >= 3 * (rows.len() + 1), "{count}");

    let report = std::fs::read_to_string(&html).unwrap();
    assert!(report.contains("<svg") && report.contains("these recorded cars alone") && report.contains("≤ 63 %"));
    for forbidden in ["<script", "http:", "https:", "src=", "url("] {
        assert!(!report.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn the_table_says_what_it_is_and_where_home_was_taken_to_be() {
    let mut fleet = consent_simulator::privacy::read::Fleet { cars: cars(), trips_dropped: 1 };
    fleet.cars.iter_mut().for_each(|car| car.home = None);
    let rules = Rules { places: shipped()[..2].to_vec(), ..Rules::default() };
    let once = (Draws { seed: 1, count: 1 }, Twice::LeftOut);
    assert!(run(&fleet, Homes::Given, &rules, once, &mut |_, _| ()).is_err(), "nobody's home is known");
    let homes = guess_homes(&mut fleet);
    for (car, (name, lat_deg, lon_deg)) in fleet.cars.iter().zip(HOMES) {
        assert!(metres(car.home.unwrap(), Point { lat_deg, lon_deg }) < 50.0, "{name}");
    }
    let outcome = run(&fleet, homes, &rules, once, &mut |_, _| ()).unwrap();
    let text = lines(&outcome).join("\n");
    for expected in
        ["these recorded cars alone", "n = 3 cars", "one car is 33 points", "raw is found by making", "even no hit at all leaves a share of up to 63 %"]
    {
        assert!(text.to_lowercase().contains(expected), "{expected} in\n{text}");
    }
}

#[test]
fn a_catalogs_rules_for_places_are_measured_once_each() {
    let protections = of_catalog(&consent_simulator::catalog::example());
    assert!(!protections.is_empty());
    let rules: Vec<Rule> = protections.iter().map(|protection| protection.rule).collect();
    assert!(rules.iter().enumerate().all(|(at, rule)| !rules[..at].contains(rule)), "{protections:?}");
    let outcome = outcome(&protections, 1);
    assert!(outcome.rows.iter().all(|row| row.cost.fixes > 0.0), "{:?}", outcome.rows);
}
