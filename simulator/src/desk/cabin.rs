//! What the car knows, by category, in a few words: what its sensors said last.

use super::view::KnownView;
use consent_gatekeeper::status::Status;
use consent_protocol::catalog::CompiledCatalog;
use std::collections::{BTreeMap, BTreeSet};

/// Path, what stands before the value, digits after the point, what stands behind it.
type Part = (&'static str, &'static str, usize, &'static str);

/// The telling signals of each category of the example catalog, and what it is called where there is little room.
const TELLING: &[(&str, &str, &[Part])] = &[
    ("location", "Place", &[("Vehicle.CurrentLocation.Latitude", "", 4, " N"), ("Vehicle.CurrentLocation.Longitude", "", 4, " E")]),
    ("movement", "Movement", &[("Vehicle.Speed", "", 0, " km/h"), ("Vehicle.TraveledDistance", "", 1, " km")]),
    ("driving", "Driving", &[("Vehicle.Chassis.Accelerator.PedalPosition", "pedal ", 0, " %"), ("Vehicle.Chassis.SteeringWheel.Angle", "wheel ", 0, "°")]),
    ("condition", "Condition", &[("Vehicle.Powertrain.CombustionEngine.ECT", "", 0, " °C"), ("Vehicle.LowVoltageBattery.CurrentVoltage", "", 1, " V")]),
    (
        "energy",
        "Drive battery",
        &[("Vehicle.Powertrain.TractionBattery.CurrentVoltage", "", 0, " V"), ("Vehicle.Powertrain.TractionBattery.Temperature.Average", "", 1, " °C")],
    ),
    ("climate", "Climate", &[("Vehicle.Cabin.HVAC.AmbientAirTemperature", "in ", 1, " °C"), ("Vehicle.Exterior.AirTemperature", "out ", 1, " °C")]),
    ("road", "Road, weather", &[("Vehicle.Body.Lights.Hazard.IsSignaling", "hazards ", 0, ""), ("Vehicle.Body.Raindetection.Intensity", "rain ", 0, " %")]),
    (
        "occupancy",
        "Doors, seats",
        &[("Vehicle.Cabin.Seat.Row1.DriverSide.IsOccupied", "driver ", 0, ""), ("Vehicle.Cabin.Seat.Row1.DriverSide.IsBelted", "belt ", 0, "")],
    ),
    ("voice", "Voice", &[("Vehicle.Cabin.Voice.WasUnderstood", "understood ", 0, "")]),
    ("media", "Media", &[("Vehicle.Cabin.Infotainment.Media.Played.Source", "", 0, ""), ("Vehicle.Cabin.Infotainment.Media.Volume", "volume ", 0, "")]),
    ("lifetime", "Lifetime use", &[("Vehicle.Obfcm.TotalDistance", "", 0, " km"), ("Vehicle.Obfcm.TotalFuelConsumed", "", 0, " l")]),
    ("identity", "Car's number", &[("Vehicle.VehicleIdentification.VIN", "", 0, "")]),
    ("security", "Attacks", &[("Vehicle.Security.AlertCount", "", 0, " alerts"), ("Vehicle.Security.BlockedFrameCount", "", 0, " frames")]),
];

/// The last values by path.
pub(super) type Values = BTreeMap<&'static str, String>;

/// Every category of a catalog: what the car knows of it now, and to whom it may leave.
pub(super) fn known(catalog: &CompiledCatalog, status: Option<&Status>, values: &Values) -> Vec<KnownView> {
    let live = live(catalog, status);
    let view = |(bit, category): (u8, &consent_protocol::catalog::Category)| KnownView {
        id: category.id.clone(),
        short: TELLING.iter().find(|(id, ..)| *id == category.id).map_or("", |(_, short, _)| *short),
        name: category.name.first().map(|name| name.text.clone()).unwrap_or_default(),
        now: now(&category.id, values),
        to: live.iter().filter(|(_, bits)| bits.contains(&bit)).map(|(recipient, _)| recipient.clone()).collect(),
    };
    (0..).zip(&catalog.categories).map(view).collect()
}

/// Recipients of uses that run now, with the categories that they cover.
fn live(catalog: &CompiledCatalog, status: Option<&Status>) -> BTreeMap<String, BTreeSet<u8>> {
    let mut live: BTreeMap<String, BTreeSet<u8>> = BTreeMap::new();
    for running in status.into_iter().flat_map(|status| &status.uses).filter(|used| used.activity == "live") {
        let Some(used) = catalog.uses.iter().find(|used| used.id == running.id) else { continue };
        let signals = used.signals.iter().filter_map(|at| catalog.signals.get(usize::from(*at)));
        let bits = live.entry(running.recipient.clone()).or_default();
        for signal in signals {
            bits.extend(
                (0..).zip(&catalog.categories).map(|(bit, _)| bit).filter(|bit| signal.categories.contains_all(consent_core::CategorySet::single(*bit))),
            );
        }
    }
    live
}

fn now(category: &str, values: &Values) -> String {
    let parts = TELLING.iter().filter(|(id, ..)| *id == category).flat_map(|(_, _, parts)| *parts);
    let said = parts.filter_map(|(path, before, digits, behind)| Some(format!("{before}{}{behind}", value(values.get(path)?, *digits))));
    said.collect::<Vec<_>>().join(" · ")
}

fn value(text: &str, digits: usize) -> String {
    match text {
        "true" => "yes".to_owned(),
        "false" => "no".to_owned(),
        // Adding zero takes the sign off a negative zero.
        number => number.parse::<f64>().map_or_else(|_| number.to_owned(), |number| format!("{:.digits$}", number + 0.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vehicle::{Vehicle, Wish};

    #[test]
    fn every_category_of_the_example_says_something_once_the_car_has_driven_for_a_while() {
        let mut car = Vehicle::new(1);
        car.wish(Wish::Drive);
        let mut values = Values::new();
        for _ in 0..120 {
            values.extend(car.step().into_iter().map(|reading| (reading.path, reading.text)));
        }
        let catalog = crate::catalog::example();
        for known in known(&catalog, None, &values) {
            assert!(!known.now.is_empty(), "{}", known.id);
            assert!(known.to.is_empty());
        }
    }

    #[test]
    fn what_a_running_use_covers_may_leave_to_its_recipient_only() {
        let catalog = crate::catalog::example();
        let used = consent_gatekeeper::status::UseStatus { id: "traffic".into(), recipient: "roadinfo".into(), activity: "live".into(), ..Default::default() };
        let status = Status { uses: vec![used], ..Status::default() };
        let known = known(&catalog, Some(&status), &Values::new());
        let to = |id: &str| known.iter().find(|one| one.id == id).map(|one| one.to.clone()).unwrap();
        assert_eq!(to("location"), ["roadinfo"]);
        assert!(to("media").is_empty());
    }
}
