//! A source of signals on the agent's socket.

use crate::clock::wall_ms;
use std::io::{BufWriter, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the car says each time: paths of the scenarios' catalog, some that no use covers, and one that identifies the car.
pub const SIGNALS: [(&str, &str); 7] = [
    ("Vehicle.OBD.ControlModuleVoltage", "14.1"),
    ("Vehicle.OBD.IntakeTemp", "21.0"),
    ("Vehicle.Powertrain.CombustionEngine.ECT", "88"),
    ("Vehicle.LowVoltageBattery.CurrentVoltage", "14.2"),
    ("Vehicle.CurrentLocation.Latitude", "50.776"),
    ("Vehicle.CurrentLocation.Longitude", "6.0836"),
    ("Vehicle.VehicleIdentification.VIN", "\"XCGDEM00000000001\""),
];

/// The VIN in [`SIGNALS`], which no use covers.
pub const VIN: &str = "XCGDEM00000000001";

/// Feeds until dropped or stopped; connects again when the agent comes back.
#[derive(Debug)]
pub struct Feed {
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Feed {
    /// All of [`SIGNALS`] every so many milliseconds.
    pub fn start(socket: &Path, every_ms: u64) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (socket, stopped, count): (PathBuf, _, _) = (socket.to_path_buf(), Arc::clone(&stop), Arc::clone(&written));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                if let Ok(stream) = UnixStream::connect(&socket) {
                    feed(stream, every_ms, &stopped, &count);
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self { stop, written, thread: Some(thread) }
    }

    /// Records written so far.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::SeqCst)
    }

    /// Stops and yields how many records were written.
    pub fn stop(mut self) -> u64 {
        self.end();
        self.written()
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.end();
    }
}

fn feed(stream: UnixStream, every_ms: u64, stop: &AtomicBool, count: &AtomicU64) {
    drop(stream.set_write_timeout(Some(Duration::from_secs(20))));
    let mut to = BufWriter::new(stream);
    while !stop.load(Ordering::SeqCst) {
        if write(&mut to, wall_ms()).is_err() {
            return;
        }
        count.fetch_add(u64::try_from(SIGNALS.len()).unwrap_or(0), Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(every_ms));
    }
}

/// Writes all of [`SIGNALS`] with one time.
fn write(to: &mut impl Write, t_ms: i64) -> std::io::Result<()> {
    for (path, value) in SIGNALS {
        writeln!(to, "{{\"path\":\"{path}\",\"value\":{value},\"t_ms\":{t_ms}}}")?;
    }
    to.flush()
}

/// Writes one signal so many times, as fast as it is taken, with values that do not compress, as a noisy sensor's.
pub fn flood(socket: &Path, path: &str, records: u64) {
    let mut to = BufWriter::with_capacity(1 << 16, UnixStream::connect(socket).unwrap());
    for number in 0..records {
        let value = f64::from(u32::try_from(number.wrapping_mul(0x9e37_79b9) & 0xff_ffff).unwrap()) / 1_000.0;
        writeln!(to, "{{\"path\":\"{path}\",\"value\":{value},\"t_ms\":{}}}", wall_ms()).unwrap();
    }
    to.flush().unwrap();
}
