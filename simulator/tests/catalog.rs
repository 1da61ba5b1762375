//! The catalog check, one fault at a time and all at once; the trees of VSS 3, 4 and 6; the tool as it is called.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test that cannot go on has failed")]

use consent_protocol::catalog::{CompiledCatalog, FixPart};
use consent_protocol::envelope::{self, Kind};
use consent_simulator::catalog::demo::{EXAMPLE, EXAMPLE_FILE, example_next};
use consent_simulator::catalog::{Code, Report, STARTER, Vss, compile_text, demo_root, example};
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn faults(text: &str) -> Report {
    compile_text(text, "x.toml", &Vss::small()).err().unwrap_or_default()
}

fn edited(base: &str, old: &str, new: &str) -> String {
    assert!(base.contains(old), "{old:?} does not stand in the example");
    base.replacen(old, new, 1)
}

/// Each code with an edit of the example that brings it about.
const EDITS: &[(Code, &str, &str)] = &[
    (Code::File, "version = 1 # next-edit", "version = "),
    (Code::UnknownKey, "deployment = \"private\"", "deployment = \"private\"\ncolour = \"red\""),
    (Code::MissingKey, "country = \"DE\"\n", ""),
    (Code::WrongType, "country = \"DE\"", "country = 5"),
    (Code::NotInList, "environment = \"demo\"", "environment = \"demoo\""),
    (Code::OutOfRange, "consent_age_years = 16", "consent_age_years = 12"),
    (Code::DuplicateId, "id = \"traffic\"", "id = \"hazards\""),
    (Code::Dangling, "recipient = \"battery-lab\"", "recipient = \"batery-lab\""),
    (Code::BadId, "id = \"voice\"\nrevision", "id = \"Voice\"\nrevision"),
    (
        Code::TextTooLong,
        "headline.en = \"Traffic for your navigation\"",
        "headline.en = \"Traffic for your navigation, for all the roads of the country and beyond\"",
    ),
    (Code::UnknownPath, "\"Vehicle.Speed\",", "\"Vehicle.Sped\","),
    (Code::MatchesNothing, "\"Vehicle.Cabin.Seat.*.*.IsBelted\"]", "\"Vehicle.Cabin.Seat.*.*.IsBelted\", \"Vehicle.Kitchen.**\"]"),
    (Code::BadPattern, "\"Vehicle.Speed\",", "\"Vehicle..Speed\","),
    (Code::Datatype, "  \"Vehicle.OBD.IntakeTemp\",", "  \"Vehicle.OBD.IntakeTemp\",\n  \"Vehicle.OBD.DTCList\","),
    (Code::NoCategory, "  \"Vehicle.OBD.IntakeTemp\",", "  \"Vehicle.OBD.IntakeTemp\",\n  \"Vehicle.Body.Hood.IsOpen\","),
    (
        Code::Ambiguous,
        "  { signals = \"Vehicle.AngularVelocity.*\",",
        "  { signals = \"Vehicle.AngularVelocity.*\", drop = true },\n  { signals = \"Vehicle.AngularVelocity.*\",",
    ),
    (Code::LanguageMissing, "headline.de = \"Verkehrslage für Ihre Navigation\"\n", ""),
    (Code::LanguageUnknown, "headline.de = \"Verkehrslage", "headline.fr = \"Trafic\"\nheadline.de = \"Verkehrslage"),
    (Code::Anonymous, "benefit.text.en = \"You drive around jams.\"", "benefit.text.en = \"Fully anonymous.\""),
    (
        Code::NoBenefit,
        "benefit.about = \"time\"\nbenefit.for = \"you\"\nbenefit.text.en = \"You drive around jams.\"\nbenefit.text.de = \"Sie umfahren Staus.\"\n",
        "",
    ),
    (
        Code::NoReason,
        "reason.en = \"The law compares what cars really use with what their makers promise. You may refuse.\"\nreason.de = \"Das Gesetz vergleicht, was Autos wirklich verbrauchen, mit dem, was Hersteller versprechen. Sie dürfen ablehnen.\"\n",
        "",
    ),
    (Code::UnknownTerm, "purpose = \"dpv:ScientificResearch\"", "purpose = \"dpv:ScientificResarch\""),
    (Code::Endless, "retention = \"180d\"", "retention = \"forever\""),
    (Code::ConsentTooLong, "consent = \"365d\"", "consent = \"400d\""),
    (Code::AgeMax, "age_max = \"7d\"", "age_max = \"30d\""),
    (Code::Deliver, "deliver = { within = \"5s\",", "deliver = { within = \"8d\","),
    (Code::RecipientIncomplete, "contact = \"privacy@sterna.example\"\n", ""),
    (Code::NoSafeguard, "safeguard = \"Standard contractual clauses of 2021, with encryption before transfer\"\n", ""),
    (Code::Combination, "access = \"consent\"\nground = \"consent\"", "access = \"transmission\"\nground = \"legitimate_interest\""),
    (Code::LawIncomplete, "law.article = \"Article 9\"\n", ""),
    (Code::LawTable, "law.table = \"obfcm\"", "law.table = \"speeding\""),
    (Code::LawFields, "  \"Vehicle.Obfcm.TotalGridEnergy\",\n]", "  \"Vehicle.Obfcm.TotalGridEnergy\",\n  \"Vehicle.Service.IsServiceDue\",\n]"),
    (Code::NeedsConsent, "access = \"consent\"\nground = \"consent\"", "access = \"requested_service\"\nground = \"contract\""),
    (Code::CategoryFlags, "term = \"pd:CurrentLocation\"\nkind = \"driver\"\nguarded = true", "term = \"pd:CurrentLocation\"\nkind = \"driver\""),
    (
        Code::NoLocationTiers,
        "rules = [{ signals = \"Vehicle.CurrentLocation.*\", grid = \"20km\", raster = \"5min\" }]",
        "rules = [{ signals = \"Vehicle.CurrentLocation.*\", drop = true }]",
    ),
    (Code::GridTooFine, "grid = \"5km\", raster = \"30s\"", "grid = \"500m\", raster = \"30s\""),
    (
        Code::ExactPlace,
        "rules = [{ signals = \"Vehicle.CurrentLocation.*\", grid = \"5km\", raster = \"30s\" }]",
        "rules = [{ signals = \"Vehicle.CurrentLocation.*\", as_is = true }]",
    ),
    (
        Code::TierListsDiffer,
        "rules = [{ signals = \"Vehicle.CurrentLocation.*\", grid = \"5km\", raster = \"30s\" }]",
        "rules = [{ signals = \"Vehicle.CurrentLocation.*\", grid = \"5km\", raster = \"20s\" }]",
    ),
    (Code::TierOrder, "round = 0.1, every = \"10s\"", "round = 1, every = \"10s\""),
    (Code::InsurerRaw, "window = \"10min\", sum = \"difference\", step = 5, unit = \"km\"", "round = 5, every = \"10min\""),
    (Code::ScoreServes, "window = \"10s\", sum = \"mean\", step = 100", "round = 100, every = \"10s\""),
    (Code::SpeedWithPlace, "recipient = \"arvena\"\npurpose = \"cg:DriverCoaching\"", "recipient = \"recovery\"\npurpose = \"cg:DriverCoaching\""),
    (Code::SeriesTellsPlace, "recipient = \"arvena\"\npurpose = \"cg:DriverCoaching\"", "recipient = \"roadinfo\"\npurpose = \"cg:DriverCoaching\""),
    (
        Code::SeriesTellsPlace,
        "term = \"pd:TravelHistory\"\nkind = \"driver\"\nguarded = true\nlocation = true",
        "term = \"pd:VehicleUsage\"\nkind = \"driver\"\nguarded = true",
    ),
    (Code::VehicleId, "  \"Vehicle.OBD.IntakeTemp\",", "  \"Vehicle.OBD.IntakeTemp\",\n  \"Vehicle.VehicleIdentification.VIN\","),
    (
        Code::RuleDatatype,
        "{ signals = \"Vehicle.Cabin.Infotainment.Media.Played.Source\", every = \"5min\" }",
        "{ signals = \"Vehicle.Cabin.Infotainment.Media.Played.Source\", round = 1 }",
    ),
    (Code::BadRule, "as_is = true", "as_is = true, round = 5"),
    (Code::RuleForNothing, "{ signals = \"Vehicle.Security.*\", every", "{ signals = \"Vehicle.Securty.*\", every"),
    (
        Code::NeverReleased,
        "\"Vehicle.Powertrain.CombustionEngine.MAF\", \"Vehicle.Powertrain.CombustionEngine.MAP\"], round",
        "\"Vehicle.Powertrain.CombustionEngine.MAP\"], round",
    ),
    (Code::NeverReleased, "window = \"10min\", sum = \"difference\"", "window = \"7d\", sum = \"difference\""),
    (Code::EachTime, "condition = \"call\"", "condition = \"call\"\neach_time = \"review\""),
    (Code::Theft, "assurance_give = \"high\"", "assurance_give = \"low\""),
    (
        Code::HalfFix,
        "signals = [\"Vehicle.CurrentLocation.Latitude\", \"Vehicle.CurrentLocation.Longitude\"]",
        "signals = [\"Vehicle.CurrentLocation.Latitude\"]",
    ),
    (Code::AckKey, "\"engineering archive\"]\nack_key = \"demo\"", "\"engineering archive\"]\nack_key = \"xyz\""),
    (Code::Deployment, "kind = \"insurer\"", "kind = \"employer\""),
    (
        Code::ParkedLastDriver,
        "signals = [\"Vehicle.Cabin.Voice.WasUnderstood\",",
        "parked = \"last_driver\"\nsignals = [\"Vehicle.Cabin.Voice.WasUnderstood\",",
    ),
    (Code::NoGate, "[gate]\n", "[gates]\n"),
    (Code::Changes, "# next-edit: editorial", "[[editorial]]\nuse = \"nothing\"\nreason = \"none\""),
    (Code::Unit, "step = 5, unit = \"km\"", "step = 5, unit = \"m\""),
    (Code::Revision, "version = 1 # next-edit", "version = 0"),
    (
        Code::Sentence,
        "benefit.text.en = \"You drive around jams.\"",
        "benefit.text.en = \"You drive around the jams that there are on the way that you take to work and back in the evening, be it long or be it short.\"",
    ),
    (
        Code::ChangeTellsPlace,
        "{ signals = \"Vehicle.TraveledDistance\", window = \"10min\", sum = \"difference\", step = 5, unit = \"km\" }",
        "{ signals = \"Vehicle.TraveledDistance\", round = 5, least = 0, most = 500000, changes = 0.2 }",
    ),
    (
        Code::HardToRead,
        "benefit.text.en = \"You drive around jams.\"",
        "benefit.text.en = \"Individualised multimodal navigation optimisation utilising collaborative infrastructural congestion information, personalisation considerations notwithstanding.\"",
    ),
];

/// Faults that need another deployment than the example's, as edits of the starter.
const STARTER_EDITS: &[(Code, &str, &str)] =
    &[(Code::Employer, "employer", "employer"), (Code::NoAgreement, "employer", "employer"), (Code::Lessor, "rental", "lessor")];

#[test]
fn every_code_is_found_by_an_edit_of_a_catalog_without_fault() {
    let mut shown: Vec<Code> = vec![Code::TooMany];
    for (code, old, new) in EDITS {
        let report = faults(&edited(EXAMPLE, old, new));
        assert!(report.has(*code), "{code} expected, found:\n{report}");
        shown.push(*code);
    }
    for (code, deployment, kind) in STARTER_EDITS {
        let text = edited(STARTER, "deployment = \"private\"", &format!("deployment = \"{deployment}\""));
        let report = faults(&edited(&text, "kind = \"manufacturer\"", &format!("kind = \"{kind}\"")));
        assert!(report.has(*code), "{code} expected, found:\n{report}");
        shown.push(*code);
    }
    for code in Code::ALL {
        assert!(shown.contains(code), "no edit shows {code}");
    }
}

#[test]
fn more_than_the_gate_has_room_for_is_refused() {
    let from = STARTER.find("[[recipient]]").unwrap();
    let to = STARTER.find("[[use]]").unwrap();
    let many: String = (0..16).map(|number| STARTER[from..to].replace("id = \"maker\"", &format!("id = \"maker-{number}\""))).collect();
    let report = faults(&edited(STARTER, "[[use]]", &format!("{many}\n[[use]]")));
    assert_eq!(report.faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), [Code::TooMany]);
}

#[test]
fn all_faults_come_in_one_go_each_with_its_line_and_key() {
    let text = edited(EXAMPLE, "retention = \"1d\"", "retention = \"endless\"");
    let text = edited(&text, "recipient = \"insurer\"", "recipient = \"insurers\"");
    let text = edited(&text, "grid = \"5km\"", "grid = \"5parsec\"");
    let report = faults(&text);
    let line_of = |wanted: &str| text.lines().position(|line| line.contains(wanted)).unwrap() + 1;
    let at = |code| report.faults.iter().find(|fault| fault.code == code).map(|fault| (fault.line, fault.key.as_str()));
    assert_eq!(at(Code::Endless), Some((line_of("retention = \"endless\""), "use.hazards.retention")));
    assert_eq!(at(Code::Dangling), Some((line_of("recipient = \"insurers\""), "use.insurance.recipient")));
    assert_eq!(at(Code::OutOfRange), Some((line_of("5parsec"), "use.hazards.tier[2].rules[1].grid")));
    let nearest = report.faults.iter().find(|fault| fault.code == Code::Dangling).and_then(|fault| fault.nearest.as_deref());
    assert_eq!(nearest, Some("insurer"));
}

#[test]
fn a_fault_shows_what_was_expected_and_what_was_found() {
    let report =
        faults(&edited(STARTER, "signals = [\"Vehicle.OBD.ControlModuleVoltage\"]\ndeliver", "signals = [\"Vehicle.OBD.ControlModulVoltage\"]\ndeliver"));
    let fault = report.faults.iter().find(|fault| fault.code == Code::UnknownPath).unwrap();
    assert_eq!(
        fault.to_string(),
        format!(
            "x.toml:{}: CG012 signal path not in the VSS tree\n    key       use.battery-watch.signals\n    expected  a path of VSS 4.0 or of an own [[signal]]\n    found     \"Vehicle.OBD.ControlModulVoltage\"\n    nearest   Vehicle.OBD.ControlModuleVoltage",
            fault.line
        )
    );
}

#[test]
fn a_derived_signal_carries_the_categories_of_all_that_it_comes_from() {
    let own = "[[signal]]\npath = \"Vehicle.Own.Score\"\ndatatype = \"float\"\nderived_from = [\"Vehicle.Acceleration.Lateral\", \"Vehicle.CurrentLocation.Latitude\"]\n\n[[signal]]";
    let text = edited(EXAMPLE, "[[signal]]", own);
    let text = edited(&text, "signals = [\"Vehicle.Security.*\"]\n", "signals = [\"Vehicle.Security.*\", \"Vehicle.Own.*\"]\n");
    let text = edited(&text, "  \"Vehicle.Service.IsServiceDue\",\n]\ndeliver", "  \"Vehicle.Service.IsServiceDue\",\n  \"Vehicle.Own.Score\",\n]\ndeliver");
    let text = edited(
        &text,
        "{ signals = \"Vehicle.Powertrain.CombustionEngine.EngineHours\", round = 100",
        "{ signals = \"Vehicle.Own.Score\", round = 1 },\n  { signals = \"Vehicle.Powertrain.CombustionEngine.EngineHours\", round = 100",
    );
    let text = edited(
        &text,
        "{ signals = \"Vehicle.Powertrain.CombustionEngine.EngineHours\", round = 10,",
        "{ signals = \"Vehicle.Own.Score\", round = 1 },\n  { signals = \"Vehicle.Powertrain.CombustionEngine.EngineHours\", round = 10,",
    );
    let catalog = compile_text(&text, "x.toml", &Vss::small()).unwrap();
    let score = catalog.signals.iter().find(|signal| signal.path == "Vehicle.Own.Score").unwrap();
    let names: Vec<&str> = (0..)
        .zip(&catalog.categories)
        .filter(|(bit, _)| score.categories.intersects(consent_core::CategorySet::single(*bit)))
        .map(|(_, category)| category.id.as_str())
        .collect();
    assert_eq!(names, ["location", "driving", "security"]);
}

#[test]
fn the_most_exact_pattern_decides_the_category() {
    let catalog = example();
    let categories = |path: &str| {
        let signal = catalog.signals.iter().find(|signal| signal.path == path).unwrap();
        let named = (0..).zip(&catalog.categories).filter(|(bit, _)| signal.categories.intersects(consent_core::CategorySet::single(*bit)));
        named.map(|(_, category)| category.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(categories("Vehicle.Cabin.Door.Row1.DriverSide.IsOpen"), ["occupancy"]);
    assert_eq!(categories("Vehicle.Cabin.Door.Row1.DriverSide.IsLocked"), ["condition"]);
    assert_eq!(categories("Vehicle.Powertrain.CombustionEngine.Speed"), ["driving"]);
    assert_eq!(categories("Vehicle.OBD.ControlModuleVoltage"), ["condition"]);
}

#[test]
fn the_parts_of_a_fix_are_known_by_their_path() {
    let catalog = example();
    let parts: Vec<(FixPart, &str)> = catalog.signals.iter().filter_map(|signal| Some((signal.fix?, signal.path.rsplit('.').next()?))).collect();
    assert!(parts.contains(&(FixPart::Latitude, "Latitude")) && parts.contains(&(FixPart::Longitude, "Longitude")));
    assert!(parts.contains(&(FixPart::Heading, "Heading")) && parts.contains(&(FixPart::Accuracy, "HorizontalAccuracy")));
}

#[test]
fn the_example_covers_what_the_recorded_drives_contain() {
    let catalog = example();
    let covered = |path: &str| catalog.signals.iter().any(|signal| signal.path == path);
    for path in [
        "Vehicle.Speed",
        "Vehicle.OBD.EngineLoad",
        "Vehicle.OBD.ControlModuleVoltage",
        "Vehicle.OBD.IntakeTemp",
        "Vehicle.Powertrain.CombustionEngine.Speed",
        "Vehicle.Powertrain.CombustionEngine.TPS",
        "Vehicle.Powertrain.CombustionEngine.ECT",
        "Vehicle.Powertrain.CombustionEngine.MAP",
        "Vehicle.Powertrain.CombustionEngine.MAF",
        "Vehicle.Powertrain.FuelSystem.RelativeLevel",
        "Vehicle.CurrentLocation.Latitude",
        "Vehicle.CurrentLocation.Longitude",
        "Vehicle.CurrentLocation.HorizontalAccuracy",
        "Vehicle.CurrentLocation.Heading",
        "Vehicle.Acceleration.Lateral",
        "Vehicle.AngularVelocity.Yaw",
        "Vehicle.TraveledDistance",
        "Vehicle.Chassis.Brake.PedalPosition",
        "Vehicle.Chassis.Axle.Row1.Wheel.Left.Speed",
        "Vehicle.Cabin.Door.Row1.DriverSide.IsOpen",
        "Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted",
    ] {
        assert!(covered(path), "{path}");
    }
}

fn tree(name: &str) -> Vss {
    Vss::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/vss").join(name)).unwrap()
}

#[test]
fn trees_of_vss_3_and_6_load_and_paths_that_they_lack_are_named() {
    let (v3, v6) = (tree("v3.json"), tree("v6.json"));
    assert_eq!((v3.version.as_str(), v6.version.as_str()), ("3.1", "6.0"));
    assert!(v3.signals.contains_key("Vehicle.Cabin.Door.Row1.Left.IsOpen"));
    assert!(v6.signals.contains_key("Vehicle.Cabin.Door.Row2.PassengerSide.IsOpen"));
    assert!(v6.signals.contains_key("Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure"));
    assert!(v6.signals.contains_key("Vehicle.Chassis.Axle.AxleCount"));
    assert_eq!(v6.signals["Vehicle.TraveledDistance"].unit, "m");
    let report = compile_text(EXAMPLE, EXAMPLE_FILE, &v6).expect_err("VSS 6 has no OBD branch");
    let lacking: Vec<&str> = report.faults.iter().filter(|fault| fault.code == Code::UnknownPath).map(|fault| fault.found.as_str()).collect();
    assert!(lacking.contains(&"\"Vehicle.OBD.ControlModuleVoltage\"") && lacking.contains(&"\"Vehicle.Powertrain.CombustionEngine.ECT\""), "{lacking:?}");
    assert!(!lacking.contains(&"\"Vehicle.Speed\""));
}

#[test]
fn a_catalog_without_obd_compiles_against_every_tree() {
    let text = STARTER.replace("Vehicle.OBD.ControlModuleVoltage", "Vehicle.Powertrain.TractionBattery.CurrentVoltage");
    for vss in [tree("v3.json"), tree("v6.json"), Vss::small()] {
        let catalog = compile_text(&text, "x.toml", &vss).unwrap();
        assert_eq!(catalog.vss_version, vss.version);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is cut out of a catalog or put into it: a report or a catalog that the gate can hold, never a panic.
    #[test]
    fn no_text_breaks_the_check(from in 0_usize..40_000, length in 0_usize..400, put in "[a-z\\[\\]\"={}.\\n*0-9]{0,12}") {
        let chars: Vec<char> = EXAMPLE.chars().collect();
        let from = from.min(chars.len());
        let to = (from + length).min(chars.len());
        let text: String = chars[..from].iter().chain(put.chars().collect::<Vec<_>>().iter()).chain(&chars[to..]).collect();
        match compile_text(&text, "x.toml", &Vss::small()) {
            Ok(catalog) => prop_assert!(consent_protocol::tables::Tables::new(&catalog).is_ok()),
            Err(report) => prop_assert!(!report.faults.is_empty()),
        }
    }
}

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_consent-catalog")).args(arguments).current_dir(self.0.path()).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_slice(&self.run(arguments).stdout).unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn compile_refuses_what_the_check_refuses_and_writes_nothing() {
    let desk = Desk::new();
    std::fs::write(desk.path("bad.toml"), edited(STARTER, "retention = \"90d\"", "retention = \"forever\"")).unwrap();
    let output = desk.run(&["compile", "bad.toml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("CG024"));
    assert!(!desk.path("bad.bin").exists());
}

#[test]
fn a_signed_catalog_opens_under_the_public_key_that_keygen_printed() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    assert!(desk.run(&["init", "a.toml"]).status.success());
    assert!(desk.run(&["compile", "a.toml"]).status.success());
    let key = desk.json(&["keygen", "root.key", "--json"]);
    let mode = std::fs::metadata(desk.path("root.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(desk.run(&["keygen", "root.key"]).status.code(), Some(1), "a key is never overwritten");
    assert!(desk.run(&["sign", "a.bin", "--key", "root.key"]).status.success());
    let public = consent_protocol::ids::from_hex::<32>(key["public"].as_str().unwrap()).unwrap();
    let payload = envelope::open(Kind::Catalog, &std::fs::read(desk.path("a.cose")).unwrap(), &public).unwrap();
    assert_eq!(CompiledCatalog::from_bytes(&payload).unwrap(), compile_text(STARTER, "a.toml", &Vss::small()).unwrap());
}

#[test]
fn the_demo_key_signs_nothing_outside_the_demo() {
    let desk = Desk::new();
    std::fs::write(desk.path("demo.toml"), EXAMPLE).unwrap();
    assert!(desk.run(&["compile", "demo.toml"]).status.success());
    assert!(desk.run(&["sign", "demo.bin", "--demo-key"]).status.success());
    let signed = std::fs::read(desk.path("demo.cose")).unwrap();
    assert!(envelope::open(Kind::Catalog, &signed, &demo_root().verifying_key().to_bytes()).is_ok());
    let public: String = demo_root().verifying_key().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let staging = edited(STARTER, "environment = \"demo\"", "environment = \"staging\"").replace("ack_key = \"demo\"", &format!("ack_key = \"{public}\""));
    std::fs::write(desk.path("staging.toml"), staging).unwrap();
    assert!(desk.run(&["compile", "staging.toml"]).status.success());
    assert_eq!(desk.run(&["sign", "staging.bin", "--demo-key"]).status.code(), Some(1));
}

#[test]
fn diff_names_the_material_change_and_the_forgotten_reason() {
    let desk = Desk::new();
    std::fs::write(desk.path("one.toml"), EXAMPLE).unwrap();
    std::fs::write(desk.path("two.toml"), example_next()).unwrap();
    let changes = desk.json(&["diff", "one.toml", "two.toml", "--json"]);
    assert_eq!(changes["suspends"], serde_json::json!(["coaching"]));
    assert_eq!(changes["problems"], serde_json::json!([]));
    assert_eq!(desk.run(&["diff", "one.toml", "two.toml"]).status.code(), Some(1));
    let silent = example_next().replace("reason = \"The same facts in shorter sentences.\"", "reason = \" \"");
    std::fs::write(desk.path("silent.toml"), silent).unwrap();
    assert_eq!(desk.run(&["check", "silent.toml"]).status.code(), Some(1));
    let without = edited(&example_next(), "use = \"maintenance\"\nreason", "use = \"voice\"\nreason");
    std::fs::write(desk.path("without.toml"), without).unwrap();
    let changes = desk.json(&["diff", "one.toml", "without.toml", "--json"]);
    assert!(changes["problems"][0].as_str().unwrap().contains("use.maintenance"), "{changes}");
    let back = desk.json(&["diff", "two.toml", "one.toml", "--json"]);
    assert!(back["problems"].to_string().contains("catalog.version"));
    assert!(desk.run(&["diff", "one.toml", "one.toml", "--json"]).status.code() == Some(1), "a version that does not rise is a problem");
}

#[test]
fn the_matrix_reads_the_same_from_every_form_of_a_catalog() {
    let desk = Desk::new();
    std::fs::write(desk.path("demo.toml"), EXAMPLE).unwrap();
    desk.run(&["compile", "demo.toml"]);
    desk.run(&["sign", "demo.bin", "--demo-key"]);
    for format in ["text", "csv", "json"] {
        let authored = stdout(&desk.run(&["matrix", "demo.toml", "--format", format]));
        assert!(authored.contains("Vehicle.CurrentLocation.Latitude"));
        for form in ["demo.bin", "demo.cose"] {
            assert_eq!(stdout(&desk.run(&["matrix", form, "--format", format])), authored);
        }
    }
    let matrix = desk.json(&["matrix", "demo.toml", "--json"]);
    let latitude = matrix["signals"].as_array().unwrap().iter().find(|signal| signal["path"] == "Vehicle.CurrentLocation.Latitude").unwrap();
    assert_eq!(latitude["uses"]["traffic"], serde_json::json!(["coarse", "coarse", "exact"]));
    assert_eq!(latitude["uses"]["theft"], serde_json::json!(["exact"]));
    assert_eq!(latitude["uses"]["insurance"], serde_json::Value::Null);
}

#[test]
fn show_says_what_a_request_always_says_in_the_persons_language() {
    let desk = Desk::new();
    std::fs::write(desk.path("demo.toml"), EXAMPLE).unwrap();
    let german = stdout(&desk.run(&["show", "demo.toml", "insurance", "--language", "de"]));
    for fact in ["Weniger zahlen für ruhiges Fahren", "Sterna Versicherung (außerhalb des Herstellers)", "365 Tage", "Ihr Ja gilt höchstens", "Beenden"] {
        assert!(german.contains(fact), "{fact} in\n{german}");
    }
    assert!(stdout(&desk.run(&["show", "demo.toml", "gate"])).contains("Running the gate"));
    assert_eq!(desk.run(&["show", "demo.toml", "insurance", "--language", "fr"]).status.code(), Some(1));
    assert_eq!(desk.run(&["show", "demo.toml", "nothing"]).status.code(), Some(1));
}

#[test]
fn every_command_has_help_with_an_example_and_wrong_usage_exits_with_2() {
    let desk = Desk::new();
    for command in ["init", "check", "compile", "sign", "keygen", "matrix", "show", "diff"] {
        let help = desk.run(&[command, "--help"]);
        assert!(help.status.success() && stdout(&help).contains("Example"), "{command}");
        assert_eq!(desk.run(&[command, "--no-such-option"]).status.code(), Some(2), "{command}");
    }
    assert_eq!(desk.run(&["check", "missing.toml"]).status.code(), Some(1));
    assert!(stdout(&desk.run(&["check", "--explain", "cg012"])).contains("CG012"));
    assert_eq!(desk.run(&["check", "--explain", "CG999"]).status.code(), Some(1));
}
