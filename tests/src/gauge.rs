//! What a process costs, from `/proc`, and medians of repeats.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Milliseconds of one tick of `/proc/PID/stat`: `USER_HZ` is 100 on every Linux that this runs on.
const TICK_MS: u64 = 10;

/// Reads a process's costs.
#[derive(Clone, Debug)]
pub struct Gauge(PathBuf);

impl Gauge {
    /// Of this process.
    pub fn of(pid: u32) -> Self {
        Self(Path::new("/proc").join(pid.to_string()))
    }

    fn read(&self, name: &str) -> String {
        let path = self.0.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// CPU time so far, user and system, of all its threads.
    pub fn cpu(&self) -> Duration {
        let stat = self.read("stat");
        // The name in parentheses may hold blanks; user and system time are the 12th and 13th field behind it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * TICK_MS)
    }

    /// Resident memory, bytes.
    pub fn rss_bytes(&self) -> u64 {
        1_024 * labelled(&self.read("status"), "VmRSS:")
    }

    /// The most resident memory so far, bytes.
    pub fn rss_peak_bytes(&self) -> u64 {
        1_024 * labelled(&self.read("status"), "VmHWM:")
    }

    /// Bytes that it caused to be written to a disk.
    pub fn written_bytes(&self) -> u64 {
        labelled(&self.read("io"), "write_bytes:")
    }
}

fn labelled(text: &str, label: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("no {label}"));
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{label}: no number"))
}

/// The middle one; of an even count, the upper of the two.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_reads_its_own_costs() {
        let own = Gauge::of(std::process::id());
        assert!(own.rss_bytes() > 1_024 && own.rss_peak_bytes() >= own.rss_bytes());
        let before = own.cpu();
        let begun = crate::clock::moment();
        let mut sum: u64 = 0;
        while own.cpu() == before && begun.elapsed() < Duration::from_secs(20) {
            sum = (0..100_000_u64).fold(sum, u64::wrapping_add);
        }
        assert!(own.cpu() > before, "{sum}");
        assert_eq!(labelled("a: 1\nwrite_bytes: 4096\n", "write_bytes:"), 4_096);
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![9.0, 1.0, 5.0]).to_bits(), 5.0_f64.to_bits());
    }
}
