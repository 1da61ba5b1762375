//! A load of twenty signals under ten uses, 5.6 uses a record: the same lines for the agent and for what people would do instead.

use crate::clock::moment;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Instant;

/// Signals, and whether they are whole numbers.
pub const SIGNALS: [(&str, Number); 20] = [
    ("Vehicle.LowVoltageBattery.CurrentVoltage", Number::Tenths),
    ("Vehicle.OBD.ControlModuleVoltage", Number::Tenths),
    ("Vehicle.OBD.EngineLoad", Number::Tenths),
    ("Vehicle.OBD.IntakeTemp", Number::Tenths),
    ("Vehicle.Chassis.Axle.Row1.Wheel.Left.Tire.Pressure", Number::Whole),
    ("Vehicle.Powertrain.CombustionEngine.ECT", Number::Whole),
    ("Vehicle.Powertrain.CombustionEngine.EOT", Number::Whole),
    ("Vehicle.Powertrain.CombustionEngine.MAF", Number::Whole),
    ("Vehicle.Powertrain.CombustionEngine.MAP", Number::Whole),
    ("Vehicle.Powertrain.CombustionEngine.TPS", Number::Whole),
    ("Vehicle.Powertrain.TractionBattery.CellVoltage.Max", Number::Tenths),
    ("Vehicle.Powertrain.TractionBattery.CellVoltage.Min", Number::Tenths),
    ("Vehicle.Powertrain.TractionBattery.CurrentCurrent", Number::Tenths),
    ("Vehicle.Powertrain.TractionBattery.CurrentVoltage", Number::Tenths),
    ("Vehicle.Chassis.Axle.Row1.Wheel.Right.Tire.Pressure", Number::Whole),
    ("Vehicle.Chassis.Axle.Row2.Wheel.Left.Tire.Pressure", Number::Whole),
    ("Vehicle.Powertrain.TractionBattery.StateOfHealth", Number::Tenths),
    ("Vehicle.Powertrain.TractionBattery.Temperature.Average", Number::Tenths),
    ("Vehicle.Powertrain.TractionBattery.Temperature.Max", Number::Tenths),
    ("Vehicle.Powertrain.TractionBattery.Temperature.Min", Number::Tenths),
];

/// How a signal's values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// Without a fraction.
    Whole,
    /// With one digit behind the point.
    Tenths,
}

/// Uses.
const USES: usize = 10;
/// Deliveries of one round of all signals: eight uses of eleven signals, two of twelve.
pub const ROUND_DELIVERIES: u64 = 112;
/// Records of one round.
pub const ROUND_RECORDS: u64 = 20;

/// Ids of the uses.
pub fn uses() -> impl Iterator<Item = String> {
    (0..USES).map(|at| format!("load-{at}"))
}

/// Signals of a use, in the order of [`SIGNALS`] from an own begin on.
fn signals_of(at: usize) -> Vec<&'static str> {
    let count = if at < 8 { 11 } else { 12 };
    (0..count).map(|step| SIGNALS[(2 * at + step) % SIGNALS.len()].0).collect()
}

/// The catalog: uses by turns of the two recipients of the scenarios' catalog, whose batches close at so many records.
pub fn catalog(records_max: u32) -> String {
    let (head, _) = crate::desk::CATALOG.split_once("[[use]]").unwrap();
    let wide = head.replace("\"Vehicle.Powertrain.CombustionEngine.*\"]", "\"Vehicle.Powertrain.**\", \"Vehicle.Chassis.Axle.**\"]");
    assert!(wide != head, "tests/catalog.toml: expected the category of the engine's signals");
    (0..USES).fold(wide, |catalog, at| catalog + &use_of(at, records_max))
}

fn use_of(at: usize, records_max: u32) -> String {
    let signals = signals_of(at).iter().map(|path| format!("\"{path}\"")).collect::<Vec<_>>().join(", ");
    let recipient = crate::desk::RECIPIENTS[at % 2];
    format!(
        "[[use]]\nid = \"load-{at}\"\nrevision = 1\nrecipient = \"{recipient}\"\npurpose = \"dpv:RepairImpairments\"\naccess = \"consent\"\n\
         ground = \"consent\"\nsignals = [{signals}]\ndeliver = {{ within = \"7d\", records_max = {records_max} }}\nage_max = \"7d\"\nretention = \"90d\"\n\
         consent = \"365d\"\nautomated_decision = false\nheadline.en = \"Know what the car needs\"\nplain.en = \"Your car sends its readings.\"\n\
         benefit.about = \"time\"\nbenefit.for = \"you\"\nbenefit.text.en = \"You are told before the car does not start.\"\n\
         notice.en = \"The readings are compared with those of other cars. No machine decides about you.\"\n[[use.tier]]\n\
         reveals.en = \"the readings as they are\"\nrules = [{{ signals = [{signals}], as_is = true }}]\n"
    )
}

/// The same consents for what people would do instead.
pub fn consents(until_ms: i64) -> serde_json::Value {
    let one = |(at, id): (usize, String)| (id.clone(), serde_json::json!({ "topic": format!("car/{id}"), "signals": signals_of(at), "until_ms": until_ms }));
    uses().enumerate().map(one).collect::<serde_json::Map<_, _>>().into()
}

/// So many rounds of all signals, a line a record, a millisecond apart; values move slowly, as a drive's do.
pub fn lines(rounds: u64, from_ms: i64) -> Vec<u8> {
    let mut text = String::with_capacity(usize::try_from(rounds * ROUND_RECORDS).unwrap() * 100);
    for round in 0..rounds {
        let t_ms = from_ms + i64::try_from(round).unwrap();
        for (at, (path, number)) in (0_u64..).zip(SIGNALS) {
            // A triangle between 10 and 80, of another length for each signal.
            let length = 2_000 + 700 * at;
            let place = (round + 131 * at) % length;
            let tenths = 100 + 700 * place.min(length - place) / (length / 2);
            match number {
                Number::Whole => writeln!(text, "{{\"path\":\"{path}\",\"value\":{},\"t_ms\":{t_ms}}}", tenths / 10).unwrap(),
                Number::Tenths => writeln!(text, "{{\"path\":\"{path}\",\"value\":{}.{},\"t_ms\":{t_ms}}}", tenths / 10, tenths % 10).unwrap(),
            }
        }
    }
    text.into_bytes()
}

/// Writes lines as fast as they are taken, from a thread of its own; yields when the first byte was written.
pub fn send(socket: &Path, lines: Vec<u8>) -> (Instant, JoinHandle<()>) {
    let (socket, begun): (PathBuf, _) = (socket.to_path_buf(), moment());
    let writer = std::thread::spawn(move || {
        let mut to = UnixStream::connect(&socket).unwrap();
        lines.chunks(1 << 16).for_each(|chunk| to.write_all(chunk).unwrap());
    });
    (begun, writer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_makes_the_deliveries_that_are_counted() {
        let covered: usize = (0..USES).map(|at| signals_of(at).len()).sum();
        assert_eq!(u64::try_from(covered).unwrap(), ROUND_DELIVERIES);
        assert_eq!(u64::try_from(SIGNALS.len()).unwrap(), ROUND_RECORDS);
        let lines = lines(2, 7);
        let records: Vec<serde_json::Value> =
            lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap()).collect();
        assert_eq!(records.len(), 40);
        assert_eq!((&records[0]["path"], &records[39]["t_ms"]), (&SIGNALS[0].0.into(), &8.into()));
    }
}
