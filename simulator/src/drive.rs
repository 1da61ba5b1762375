//! Feeds a running agent's signal socket from a simulated car, at the pace at which the agent takes records.
//!
//! The socket takes JSON lines `{"path": …, "value": …, "t_ms": …}`. Where the agent is slower than the car, writing waits: the
//! car's later readings come later, none is left out.

use crate::clock::{Stopwatch, wall_ms};
use crate::value::to_json;
use crate::vehicle::{STEP_MS, Vehicle, Wish};
use std::io::{self, BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// The car stands so long before it drives, and again between drives, steps.
const PARK_STEPS: u64 = 200;
/// And drives so long, steps.
const DRIVE_STEPS: u64 = 3_000;

/// Writes one record as the socket takes it.
pub fn write_record(to: &mut dyn Write, path: &str, text: &str, t_ms: i64) -> io::Result<()> {
    let line = serde_json::json!({ "path": path, "value": to_json(text), "t_ms": t_ms });
    writeln!(to, "{line}")
}

/// How a drive is fed.
#[derive(Clone, Copy, Debug)]
pub struct Feed {
    /// The car's seed.
    pub seed: u64,
    /// Simulated seconds in one real second.
    pub rate: f64,
    /// How long; without an end if none.
    pub lasts: Option<Duration>,
}

/// Feeds until the time is up or the agent goes away; yields how many records were written.
pub fn feed(socket: &Path, feed: Feed) -> io::Result<u64> {
    let mut to = BufWriter::new(UnixStream::connect(socket)?);
    let (mut car, watch, mut records) = (Vehicle::new(feed.seed), Stopwatch::start(), 0_u64);
    let step = Duration::from_millis(STEP_MS).div_f64(feed.rate.clamp(0.01, 1_000.0));
    for number in 0_u32.. {
        if feed.lasts.is_some_and(|lasts| watch.elapsed() >= lasts) {
            break;
        }
        let driving = u64::from(number).checked_rem(PARK_STEPS.saturating_add(DRIVE_STEPS)).is_some_and(|at| at >= PARK_STEPS);
        car.wish(if driving { Wish::Drive } else { Wish::Park });
        let t_ms = wall_ms();
        for reading in car.step() {
            write_record(&mut to, reading.path, &reading.text, t_ms)?;
            records = records.saturating_add(1);
        }
        to.flush()?;
        std::thread::sleep(step.saturating_mul(number.saturating_add(1)).saturating_sub(watch.elapsed()));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufRead;
    use std::os::unix::net::UnixListener;

    #[test]
    fn records_arrive_as_json_lines_with_path_value_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("signals");
        let listener = UnixListener::bind(&socket).unwrap();
        let reader = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            io::BufReader::new(stream).lines().map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap()).collect::<Vec<_>>()
        });
        let written = feed(&socket, Feed { seed: 1, rate: 50.0, lasts: Some(Duration::from_millis(300)) }).unwrap();
        let lines = reader.join().unwrap();
        assert_eq!(u64::try_from(lines.len()).unwrap(), written);
        assert!(lines.iter().any(|line| line["path"] == "Vehicle.Speed" && line["value"].is_number() && line["t_ms"].is_i64()));
    }
}
