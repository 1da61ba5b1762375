//! Closed lists: DPV terms, fields of uses by law, signals that tell the place. As data, because the law moves (R4).

use consent_core::catalog::LawfulUse;

/// Base of the DPV terms.
const DPV: &str = "https://w3id.org/dpv#";
/// Base of the personal-data terms.
const PD: &str = "https://w3id.org/dpv/pd#";
/// Base of our own terms, each with a broader one; `docs/catalog.md` lists them.
const CG: &str = "https://consent-gate.invalid/terms#";

/// What a category's term says about people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// Nothing guarded.
    Plain,
    /// Where somebody is or was.
    Location,
    /// Biometrics of the driver.
    Biometric,
    /// Cabin and occupants.
    Cabin,
}

/// A term for a category: prefixed name, broader term, what it is about.
pub(crate) const CATEGORY_TERMS: &[(&str, &str, About)] = &[
    ("pd:Location", "", About::Location),
    ("pd:CurrentLocation", "pd:Location", About::Location),
    ("pd:GPSCoordinate", "pd:CurrentLocation", About::Location),
    ("pd:TravelHistory", "pd:Location", About::Location),
    ("pd:VehicleUsage", "pd:Vehicle", About::Plain),
    ("pd:Vehicle", "", About::Plain),
    ("pd:UID", "", About::Plain),
    ("pd:VoiceCommunicationRecording", "", About::Cabin),
    ("pd:Biometric", "", About::Biometric),
    ("cg:DrivingBehaviour", "pd:VehicleUsage", About::Plain),
    ("cg:VehicleCondition", "pd:Vehicle", About::Plain),
    ("cg:EnergyUse", "pd:VehicleUsage", About::Plain),
    ("cg:Climate", "pd:VehicleUsage", About::Plain),
    ("cg:RoadCondition", "pd:Vehicle", About::Plain),
    ("cg:SecurityEvent", "pd:Vehicle", About::Plain),
    ("cg:LifetimeConsumption", "pd:Vehicle", About::Plain),
    ("cg:Occupancy", "pd:VehicleUsage", About::Cabin),
    ("cg:VoiceControlUse", "pd:VoiceCommunicationRecording", About::Cabin),
    ("cg:MediaUse", "pd:VehicleUsage", About::Cabin),
];

/// Whether for a purpose a count or an aggregate is enough (R21).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Score {
    /// Single values can be needed.
    NotEnough,
    /// An aggregate serves.
    Serves,
}

/// A term for a purpose: prefixed name, broader term, whether a score serves.
pub(crate) const PURPOSE_TERMS: &[(&str, &str, Score)] = &[
    ("dpv:RequestedServiceProvision", "", Score::NotEnough),
    ("dpv:ImproveTransportMobility", "", Score::NotEnough),
    ("dpv:RepairImpairments", "", Score::NotEnough),
    ("dpv:ImproveExistingProductsAndServices", "", Score::NotEnough),
    ("dpv:ScientificResearch", "", Score::NotEnough),
    ("dpv:ServicePersonalisation", "", Score::NotEnough),
    ("dpv:PersonalisedAdvertising", "", Score::NotEnough),
    ("dpv:SellDataToThirdParties", "", Score::Serves),
    ("dpv:LegalCompliance", "", Score::NotEnough),
    ("dpv:EnforceSecurity", "", Score::NotEnough),
    ("cg:UsageBasedInsurance", "dpv:RequestedServiceProvision", Score::Serves),
    ("cg:DriverCoaching", "dpv:ServicePersonalisation", Score::Serves),
    ("cg:FindMyCar", "dpv:RequestedServiceProvision", Score::NotEnough),
    ("cg:TheftTracking", "dpv:RequestedServiceProvision", Score::NotEnough),
    ("cg:RoadsideAssistance", "dpv:RequestedServiceProvision", Score::NotEnough),
];

/// The full IRI of a prefixed term.
pub(crate) fn iri(term: &str) -> String {
    let bases = [("dpv:", DPV), ("pd:", PD), ("cg:", CG)];
    let full = bases.iter().find_map(|(prefix, base)| term.strip_prefix(prefix).map(|name| format!("{base}{name}")));
    full.unwrap_or_else(|| term.to_owned())
}

/// A use by law: its word in the catalog, its entry in the protocol's closed table, what the act's name contains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LawEntry {
    pub(crate) word: &'static str,
    pub(crate) table: LawfulUse,
    pub(crate) act: &'static str,
}

/// The uses by law that can be authored; their fields and rights stand in [`consent_protocol::tables::lawful`] (R29, R53).
pub(crate) const LAWS: &[LawEntry] = &[
    LawEntry { word: "obfcm", table: LawfulUse::Obfcm, act: "2021/392" },
    LawEntry { word: "attack_monitoring", table: LawfulUse::AttackMonitoring, act: "UN R155" },
];

/// The vehicle identification number.
pub(crate) const VIN: &str = "Vehicle.VehicleIdentification.VIN";

/// Signals that tell speed, and so offences where a place is known.
pub(crate) const SPEED: &[&str] =
    &["Vehicle.Speed", "Vehicle.AverageSpeed", "Vehicle.OBD.Speed", "Vehicle.Chassis.Axle.*.Wheel.*.Speed", "Vehicle.Chassis.Axle.*.Wheel.*.AngularSpeed"];

/// Signals that tell the place when they leave as a series: speed, odometer, fuel, energy, altitude, barometer, heading,
/// duration, start time.
pub(crate) const TELLS_PLACE: &[&str] = &[
    "Vehicle.Speed",
    "Vehicle.AverageSpeed",
    "Vehicle.TraveledDistance",
    "Vehicle.TraveledDistanceSinceStart",
    "Vehicle.TripMeterReading",
    "Vehicle.TripDuration",
    "Vehicle.StartTime",
    "Vehicle.OBD.Speed",
    "Vehicle.OBD.BarometricPressure",
    "Vehicle.OBD.RunTime",
    "Vehicle.OBD.FuelLevel",
    "Vehicle.OBD.FuelRate",
    "Vehicle.Chassis.Axle.*.Wheel.*.Speed",
    "Vehicle.Chassis.Axle.*.Wheel.*.AngularSpeed",
    "Vehicle.Exterior.AtmosphericPressure",
    "Vehicle.Powertrain.Range",
    "Vehicle.Powertrain.FuelSystem.AbsoluteLevel",
    "Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart",
    "Vehicle.Powertrain.FuelSystem.InstantConsumption",
    "Vehicle.Powertrain.FuelSystem.Range",
    "Vehicle.Powertrain.FuelSystem.RelativeLevel",
    "Vehicle.Powertrain.FuelSystem.TimeSinceStart",
    "Vehicle.Powertrain.TractionBattery.AccumulatedConsumedEnergy",
    "Vehicle.Powertrain.TractionBattery.CurrentPower",
    "Vehicle.Powertrain.TractionBattery.Range",
    "Vehicle.Powertrain.TractionBattery.StateOfCharge.*",
    "Vehicle.Powertrain.Transmission.TravelledDistance",
    "Vehicle.Service.DistanceToService",
];

/// Signals of the fix and its branch, and other positions: location whatever the category says.
pub(crate) const PLACES: &[&str] = &["Vehicle.CurrentLocation.**", "Vehicle.Cabin.Infotainment.Navigation.DestinationSet.*"];

/// Countries of the European Economic Area, ISO 3166.
pub(crate) const EEA: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT",
    "RO", "SE", "SI", "SK",
];

/// Whether any of some patterns matches a path.
pub(crate) fn any_matches(patterns: &[&str], path: &str) -> bool {
    patterns.iter().any(|pattern| super::pattern::matches(pattern, path))
}
