//! How long after a withdrawal the last byte of that use is handed to the socket, and when the withdrawal is answered.
//!
//! ```sh
//! cargo build --release --workspace --bins
//! cargo run --release -p consent-tests --bin withdrawal-latency -- [WITHDRAWALS [MEGABYTES]]
//! ```
//!
//! The real agent with a real broker and a tap on its wire. One use sends all the time, a batch every few tens of milliseconds, and
//! is given and withdrawn again and again (default: 1,000 times), while the store holds a queue of another use: nothing, then a
//! fiftieth, a fifth and all of MEGABYTES (default: 50), a quarter of the withdrawals each. At the end the large queue itself is
//! withdrawn. It takes some minutes; the scenario tests hold only that nothing leaves some time after the answer.
#![allow(clippy::print_stdout, clippy::panic, clippy::indexing_slicing, reason = "a program of the desk, part of the tests")]

use consent_tests::clock::{moment, wait_within};
use consent_tests::desk::{CATALOG, free_port};
use consent_tests::feed::flood;
use consent_tests::{Chance, Desk, Feed, Plan};
use std::time::Duration;

/// What may still come after the answer is waited for so long.
const LATE: Duration = Duration::from_millis(150);

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("expected a number, found {text:?}")));
    let (withdrawals, megabytes) = (arguments.next().unwrap_or(1_000), arguments.next().unwrap_or(50));
    let mut desk = desk();
    desk.start_all();
    desk.person().gives("battery");
    let feed = Feed::start(&desk.signals(), 1);
    println!("{:>12} {:>12} {:>28} {:>28}", "store", "withdrawals", "last byte p50/p99/max ms", "answer p50/p99/max ms");
    let (mut all_last, mut all_answers) = (Vec::new(), Vec::new());
    for bytes in [0, megabytes * 20_000, megabytes * 200_000, megabytes * 1_000_000] {
        let queued = fill(&desk, bytes);
        let (last, answers) = rounds(&desk, withdrawals.div_ceil(4));
        print(&format!("{queued} MB"), &last, &answers);
        all_last.extend(last);
        all_answers.extend(answers);
    }
    print("all", &all_last, &all_answers);
    let took = desk.person().withdraws("battery");
    println!("the large queue itself: answered after {:.1} ms", took.as_secs_f64() * 1e3);
    let (last, answers) = rounds(&desk, withdrawals.div_ceil(20));
    print("overwriting", &last, &answers);
    drop(feed);
}

/// A desk whose second recipient is never reached, so that its queue stays, and whose batches of it may be large.
fn desk() -> Desk {
    let catalog = CATALOG.replace("records_max = 16", "records_max = 4096");
    assert!(catalog != CATALOG, "tests/catalog.toml: expected records_max = 16");
    let agent_tail = format!("[recipients.garage]\nhost = \"127.0.0.1\"\nport = {}\n", free_port());
    Desk::with(&Plan { catalog, agent_tail, ..Plan::default() })
}

/// Fills the other use's queue until the store has this size; yields megabytes.
fn fill(desk: &Desk, bytes: u64) -> u64 {
    let size = || std::fs::metadata(desk.path("state/consent.db")).map_or(0, |found| found.len());
    while size() < bytes {
        flood(&desk.signals(), "Vehicle.LowVoltageBattery.CurrentVoltage", 100_000);
    }
    size() / 1_000_000
}

/// Gives and withdraws so often; milliseconds from the withdrawal to the last byte of that use, and to the answer.
fn rounds(desk: &Desk, count: u64) -> (Vec<f64>, Vec<f64>) {
    let (mut chance, person) = (Chance::new(1), desk.person());
    let (mut last, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..count {
        desk.tap().clear();
        person.gives("engine");
        wait_within(Duration::from_mins(1), "the use sends", || desk.tap().seen().iter().any(|seen| seen.batch().is_some()).then_some(()));
        chance.nap_ms(20, 120);
        let asked = moment();
        person.withdraws("engine");
        answers.push(asked.elapsed().as_secs_f64() * 1e3);
        std::thread::sleep(LATE);
        let seen = desk.tap().seen();
        let after = seen.iter().filter(|seen| seen.at > asked && seen.batch().is_some()).map(|seen| (seen.at - asked).as_secs_f64() * 1e3);
        last.push(after.fold(0.0, f64::max));
    }
    (last, answers)
}

fn print(name: &str, last: &[f64], answers: &[f64]) {
    let shares = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |per_cent: usize| sorted[(sorted.len() * per_cent / 100).min(sorted.len() - 1)];
        format!("{:.1} / {:.1} / {:.1}", at(50), at(99), at(100))
    };
    println!("{name:>12} {:>12} {:>28} {:>28}", last.len(), shares(last), shares(answers));
}
