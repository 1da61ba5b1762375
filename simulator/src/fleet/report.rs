//! The result in lines for a person.

use super::machine::Spent;
use super::{Found, Memory, Outcome};

/// Seeds that are named of a promise; all stand in the JSON.
const NAMED_MAX: usize = 8;
/// Reasons that are named.
const REASONS_MAX: usize = 5;

/// What is wrong, in words.
pub(super) fn problems(found: &Found) -> Vec<String> {
    let mut problems = Vec::new();
    for kept in found.promises.iter().filter(|kept| !kept.broken.is_empty()) {
        let named: Vec<String> = kept.broken.iter().take(NAMED_MAX).map(u64::to_string).collect();
        let more = kept.broken.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        problems.push(format!("{}: not so for cars {}{more}; play one again with --only SEED", kept.promise.words(), named.join(", ")));
    }
    problems.extend(found.failed.iter().take(NAMED_MAX).map(|failed| format!("car {}: {}", failed.seed, failed.error)));
    for (count, what) in [(found.receiver.bad, "messages that do not hold"), (found.receiver.forks, "forks")] {
        if count > 0 {
            problems.push(format!("the receivers found {what}: {count}"));
        }
    }
    problems
}

/// All lines.
pub(super) fn lines(outcome: &Outcome) -> Vec<String> {
    let mut lines = vec![format!(
        "{} cars, {} virtual seconds each, seed {}; catalog version {} with {} uses and {} signals",
        grouped(outcome.found.cars),
        grouped(outcome.seconds),
        outcome.seed,
        outcome.catalog.0,
        outcome.catalog.1,
        outcome.catalog.2
    )];
    for (heading, mut part) in
        [("cost", cost(outcome)), ("cars", lives(&outcome.found)), ("decisions", decisions(&outcome.found)), ("delivery", delivery(outcome))]
    {
        lines.push(String::new());
        lines.push(heading.to_owned());
        lines.append(&mut part);
    }
    lines.push(String::new());
    lines.push("promises, each counted for every car".to_owned());
    lines.extend(outcome.found.promises.iter().map(|kept| {
        let count = format!("{} of {}", grouped(kept.kept), grouped(outcome.found.cars));
        row(kept.promise.words(), &count, "")
    }));
    lines.push(format!("  fingerprint of every byte handed to the wire: {}", outcome.found.fingerprint));
    lines.extend(problems(&outcome.found).into_iter().map(|problem| format!("problem: {problem}")));
    lines
}

/// A row of the table: what, how much, and what that means.
fn row(what: &str, number: &str, note: &str) -> String {
    format!("  {what:<60} {number:>18}  {note}").trim_end().to_owned()
}

fn cost(outcome: &Outcome) -> Vec<String> {
    let (cost, found) = (&outcome.cost, &outcome.found);
    let Spent { sensors_ns, gate_ns, receiver_ns, checks_ns } = cost.run;
    let happened = &found.sums.happened;
    let share = |ns: u64| format!("{:.0} % of the computing time", 100.0 * ratio(ns, cost.run.all_ns()));
    let mut lines = vec![
        row(
            "real time of the run, and of everything",
            &format!("{:.1} s, {:.1} s", ratio(cost.run_ms, 1_000), ratio(cost.all_ms, 1_000)),
            &format!("{} threads", cost.threads),
        ),
        row("computing time of the run", &format!("{:.1} s", seconds(cost.run.all_ns())), ""),
        row("a car comes up: catalog verified, first State asked for", &format!("{:.2} ms", ratio(cost.boot_ns, found.cars) / 1e6), "computing time a car"),
        row("car-seconds a second of computing, everything", &rate(happened.seconds, cost.run.all_ns()), ""),
        row("  gatekeepers, stores in memory, links", &rate(happened.seconds, gate_ns), &share(gate_ns)),
        row("    records offered a second", &rate(found.sums.records, gate_ns), ""),
        row("  simulated sensors", &rate(happened.seconds, sensors_ns), &share(sensors_ns)),
        row("  receivers: messages a second", &rate(cost.messages, receiver_ns), &share(receiver_ns)),
        row(
            "    rows of data verified and stored a second",
            &rate(cost.rows, receiver_ns),
            &format!("{:.1} rows a batch", ratio(found.sums.rows, found.sums.batches)),
        ),
        row("  checks of what was handed to the wire", &rate(happened.seconds, checks_ns), &share(checks_ns)),
    ];
    if let Some(memory) = &cost.memory {
        lines.extend(memory_lines(memory, found.cars));
    }
    lines
}

fn memory_lines(memory: &Memory, cars: u64) -> Vec<String> {
    let each = |bytes: u64| format!("{:.1} KiB", ratio(bytes.saturating_sub(memory.before), cars) / 1024.0);
    vec![
        row("memory a car, come up (resident, shared catalog)", &each(memory.booted), "store in memory included"),
        row("memory a car, end of the run", &each(memory.driven), "trip in memory, store, its rows at the receiver"),
        row("state of the core alone, largest catalog, at compile time", &format!("{:.1} KiB", ratio(memory.core, 1_024)), "checked to stay under 128 KiB"),
    ]
}

fn lives(found: &Found) -> Vec<String> {
    let happened = &found.sums.happened;
    vec![
        row("virtual car-seconds", &grouped(happened.seconds), &format!("{:.0} % with the ignition on", 100.0 * ratio(happened.driven_s, happened.seconds))),
        row("consents given, withdrawn", &format!("{}, {}", grouped(happened.given), grouped(happened.withdrawn)), "answered by the car"),
        row("asked and refused by the car", &grouped(happened.refused), ""),
        row("connections lost, crashes", &format!("{}, {}", grouped(happened.links_lost), grouped(happened.crashes)), ""),
    ]
}

fn decisions(found: &Found) -> Vec<String> {
    let (sums, outcomes) = (&found.sums, &found.sums.outcomes);
    let withheld = outcomes.withheld.values().fold(0_u64, |sum, count| sum.saturating_add(*count));
    let mut reasons: Vec<(&String, &u64)> = outcomes.withheld.iter().filter(|(_, count)| **count > 0).collect();
    reasons.sort_by(|one, two| two.1.cmp(one.1));
    let reasons: Vec<String> = reasons.iter().take(REASONS_MAX).map(|(reason, count)| format!("{} {}", reason.replace('_', " "), grouped(**count))).collect();
    let of = |count: u64| format!("{:.1} %", 100.0 * ratio(count, sums.decisions));
    let destroyed = outcomes.purged.saturating_add(outcomes.purged_possibly_sent);
    let dropped = outcomes.dropped.saturating_add(outcomes.dropped_possibly_sent).saturating_add(outcomes.expired);
    let open = [outcomes.pending, outcomes.queued, outcomes.numbered].iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
    vec![
        row("records offered", &grouped(sums.records), ""),
        row("decisions (record × covering use)", &grouped(sums.decisions), &format!("{:.1} a record", ratio(sums.decisions, sums.records))),
        row("released and acknowledged", &grouped(outcomes.sent), &of(outcomes.sent)),
        row("reduced away by the use's rule", &grouped(outcomes.reduced), &of(outcomes.reduced)),
        row("withheld", &grouped(withheld), &format!("{}: {}", of(withheld), reasons.join(", "))),
        row("destroyed because a consent ended", &grouped(destroyed), &format!("of them possibly sent {}", grouped(outcomes.purged_possibly_sent))),
        row("dropped or expired", &grouped(dropped), ""),
        row("refused, awaiting review, still open", &format!("{}, {}, {}", grouped(outcomes.refused), grouped(outcomes.awaiting), grouped(open)), ""),
    ]
}

fn delivery(outcome: &Outcome) -> Vec<String> {
    let (sums, receiver) = (&outcome.found.sums, &outcome.found.receiver);
    let paced = |by_s: u64, span_s: u64| grouped(sums.bytes.saturating_mul(span_s).checked_div(by_s).unwrap_or(0));
    let (day, hour) = (paced(sums.happened.seconds, 86_400), paced(sums.happened.driven_s, 3_600));
    vec![
        row(
            "batches sealed and numbered, acknowledged",
            &format!("{}, {}", grouped(sums.numbered), grouped(sums.batches)),
            "the rest was destroyed after its number was given",
        ),
        row("batches accepted, refused by the receivers", &format!("{}, {}", grouped(receiver.batches_accepted), grouped(receiver.batches_refused)), ""),
        row("rows of data in them", &grouped(receiver.records), ""),
        row(
            "bytes of acknowledged batches",
            &grouped(sums.bytes),
            &format!("{:.0} a batch, {:.1} a row", ratio(sums.bytes, sums.batches), ratio(sums.bytes, sums.rows)),
        ),
        row("bytes a car and day, at this pace", &day, &format!("{hour} an hour with the ignition on")),
        row("statements at the receivers, bases ended", &format!("{}, {}", grouped(receiver.statements), grouped(receiver.ended)), ""),
        row("batches erased at the receivers", &grouped(receiver.erased), "because an end asked for it"),
        row("streams, Hellos, connections", &format!("{}, {}, {}", grouped(receiver.streams), grouped(sums.hellos), grouped(sums.connections)), ""),
    ]
}

#[allow(clippy::as_conversions, clippy::cast_precision_loss, reason = "for a person's eyes, who sees three digits")]
fn ratio(of: u64, by: u64) -> f64 {
    if by == 0 { 0.0 } else { of as f64 / by as f64 }
}

fn seconds(ns: u64) -> f64 {
    ratio(ns, 1_000_000_000)
}

/// So many a second of computing.
fn rate(count: u64, ns: u64) -> String {
    if ns == 0 {
        return "-".to_owned();
    }
    let each = u128::from(count).saturating_mul(1_000_000_000).checked_div(u128::from(ns)).unwrap_or(0);
    grouped(u64::try_from(each).unwrap_or(u64::MAX))
}

/// A number with commas between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::{Kept, Promise, Sums};
    use consent_receiver::engine::Counts;

    #[test]
    fn thousands_have_commas() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn whoever_broke_a_promise_is_named_with_what_to_do() {
        let broken = Kept { promise: Promise::Agree, kept: 7, broken: (0..10).collect() };
        let receiver = Counts { bad: 2, ..Counts::default() };
        let found = Found { cars: 17, sums: Sums::default(), receiver, promises: vec![broken], failed: Vec::new(), fingerprint: String::new() };
        let told = problems(&found);
        assert_eq!(told.len(), 2);
        assert!(told[0].contains("0, 1, 2, 3, 4, 5, 6, 7 and 2 more") && told[0].contains("--only"), "{}", told[0]);
    }
}
