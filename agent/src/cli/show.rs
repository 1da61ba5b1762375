//! Answers in words. The shapes are those of docs/control.md; what is missing is left out.

use super::out::{line, table};
use super::time::moment;
use consent_gatekeeper::status::{Outcomes, Status};
use serde_json::Value;

/// Data without a form of its own.
pub(crate) fn plain(data: &Value) {
    line(&serde_json::to_string_pretty(data).unwrap_or_default());
}

/// Who is there.
pub(crate) fn people(data: &Value) {
    let rows: Vec<Vec<String>> =
        list(data, "people").map(|person| vec![cell(person, "role"), named(&cell(person, "person"), "guest"), cell(person, "assurance")]).collect();
    if rows.is_empty() {
        return line("Nobody is known to be in the car.");
    }
    table(&["ROLE", "PERSON", "ASSURANCE"], &rows);
}

/// Profiles of the car.
pub(crate) fn profiles(data: &Value) {
    let flag = |profile: &Value, key: &str, word: &str| if profile.get(key).and_then(Value::as_bool) == Some(true) { word.to_string() } else { String::new() };
    let rows: Vec<Vec<String>> = list(data, "profiles")
        .map(|profile| {
            let aboard = if cell(profile, "drives") == "true" { "driver".to_string() } else { flag(profile, "aboard", "aboard") };
            vec![
                cell(profile, "person"),
                cell(profile, "name"),
                aboard,
                cell(profile, "assurance"),
                flag(profile, "pin", "PIN"),
                flag(profile, "minor", "minor"),
            ]
        })
        .collect();
    if rows.is_empty() {
        return line("This car has no profile.");
    }
    table(&["PERSON", "NAME", "WHERE", "ASSURANCE", "PIN", "AGE"], &rows);
}

/// What a hand-over or take-over did.
pub(crate) fn gone(data: &Value) {
    let count = |key: &str| cell(data, key);
    line(&format!(
        "Gone: profiles {}, consents {}, waiting batches {}, copies of what was sent {}.",
        count("profiles"),
        count("consents"),
        count("batches"),
        count("disclosures")
    ));
    let told: Vec<&str> = data.get("told").and_then(Value::as_array).map(|told| told.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    line(&if told.is_empty() { "No recipient has anything to erase.".to_string() } else { format!("Told to erase: {}.", told.join(", ")) });
}

/// How the driver wants to be asked, and the budget.
pub(crate) fn asking(data: &Value) {
    let named = |key: &str| data.get(key).and_then(Value::as_str).map_or_else(|| "neutral".to_string(), |way| way.replace('_', " "));
    line(&format!("Way of asking: {}.", named("asking")));
    line(&format!("Unasked screens in a year: {} of at most {}.", cell(data, "screens_year"), cell(data, "screens_year_max")));
    for used in data.get("never").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        line(&format!("Not asked again: {used}"));
    }
    for pair in data.get("ending").and_then(Value::as_array).into_iter().flatten() {
        let ends = pair.get(1).and_then(Value::as_i64).map(moment).unwrap_or_default();
        line(&format!("Ends: {} on {ends}", pair.get(0).and_then(Value::as_str).unwrap_or_default()));
    }
}

/// Requests with all that must stand before who is asked.
pub(crate) fn requests(data: &Value) {
    let mut found = 0;
    for request in list(data, "requests") {
        found += 1;
        let recipient = request.get("recipient").map(|recipient| cell(recipient, "name")).unwrap_or_default();
        let outside = if request.get("outside").and_then(Value::as_bool) == Some(true) { " (outside the manufacturer)" } else { "" };
        let terms = request.get("terms").cloned().unwrap_or_default();
        line(&format!("{}  {} [{}], asked of {}", cell(request, "id"), cell(request, "headline"), cell(request, "use"), cell(request, "person")));
        line(&format!("   who gets it: {recipient}{outside}"));
        line(&format!("   what:        {}", cell(request, "what")));
        line(&format!("   benefit:     {}", request.get("benefit").map(|benefit| cell(benefit, "text")).unwrap_or_default()));
        line(&format!("   precision:   {}", cell(&terms, "reveals")));
        line(&format!("   kept:        {} days; this yes lasts until {}", cell(request, "retention_days"), cell(&terms, "until")));
        line(&format!("   answer:      consent-agent requests answer {} allow|decline|defer|never", cell(request, "id")));
    }
    if found == 0 {
        line("No request waits.");
    }
}

/// Every use with a person's standing.
pub(crate) fn consents(data: &Value) {
    let rows: Vec<Vec<String>> = list(data, "uses")
        .map(|used| {
            let decided = used.get("decided").cloned().unwrap_or_default();
            vec![cell(used, "use"), cell(used, "standing"), cell(&decided, "tier"), cell(&decided, "until"), cell(used, "recipient"), cell(used, "headline")]
        })
        .collect();
    table(&["USE", "STANDING", "TIER", "UNTIL", "RECIPIENT", "WHAT FOR"], &rows);
}

/// What waits for a review.
pub(crate) fn review(data: &Value) {
    let rows: Vec<Vec<String>> = list(data, "waiting")
        .map(|row| vec![cell(row, "use"), cell(row, "batches"), cell(row, "records"), time(row, "first_ms"), time(row, "last_ms")])
        .collect();
    if rows.is_empty() {
        return line("Nothing waits for a review.");
    }
    table(&["USE", "BATCHES", "RECORDS", "FROM", "TO"], &rows);
}

/// What becomes of a signal.
pub(crate) fn explain(data: &Value) {
    let rows: Vec<Vec<String>> = list(data, "uses")
        .map(|used| {
            vec![
                cell(used, "use"),
                cell(used, "verdict"),
                cell(used, "reason"),
                cell(used, "consent"),
                time(used, "until_ms"),
                cell(used, "recipient"),
                cell(used, "rule"),
            ]
        })
        .collect();
    if rows.is_empty() {
        return line(&format!("No use covers {}: it never leaves.", cell(data, "signal")));
    }
    table(&["USE", "VERDICT", "REASON", "CONSENT", "UNTIL", "RECIPIENT", "RULE"], &rows);
}

/// Entries of the ledger.
pub(crate) fn ledger(data: &Value) {
    let rows: Vec<Vec<String>> = list(data, "entries")
        .map(|entry| vec![cell(entry, "seq"), time(entry, "wall_ms"), cell(entry, "action"), cell(entry, "use_id"), cell(entry, "text")])
        .collect();
    table(&["NO", "TIME (UTC)", "ACTION", "USE", "WHAT HAPPENED"], &rows);
}

/// Batches as they were sent.
pub(crate) fn data(data: &Value) {
    let mut found = 0;
    for batch in list(data, "batches") {
        found += 1;
        let refused = if batch.get("refused").and_then(Value::as_bool) == Some(true) { ", refused by the recipient" } else { "" };
        line(&format!(
            "{} batch {} of stream {}, {} rows, answered {}{refused}",
            cell(batch, "use"),
            cell(batch, "n"),
            cell(batch, "stream"),
            cell(batch, "records"),
            time(batch, "done_ms")
        ));
        for row in list(batch, "rows") {
            line(&format!("   {}  {}  {} {}", time(row, "t_ms"), cell(row, "signal"), cell(row, "value"), cell(row, "unit")));
        }
    }
    if found == 0 {
        line("Nothing has left that is still kept here.");
    }
}

/// Everything at a glance.
pub(crate) fn status(status: &Status) {
    let catalog = if status.catalog_version == 0 { "no catalog".to_string() } else { format!("catalog {}", status.catalog_version) };
    let faults = [
        (!status.clock_trusted).then_some("clock not trusted"),
        (!status.store_ok).then_some("STORE DOES NOT WRITE"),
        (!status.balanced).then_some("SUMS DO NOT BALANCE"),
    ];
    let faults: Vec<&str> = faults.into_iter().flatten().collect();
    line(&format!("{} · {catalog} · boot {} · {} · {} keys left{}", status.environment, status.boot, status.driving, status.keys_left, suffix(&faults)));
    let people: Vec<String> = status.people.iter().map(|person| format!("{} {}", person.role, person.person.as_deref().unwrap_or("guest"))).collect();
    line(&format!(
        "aboard: {}{}{}",
        if people.is_empty() { "nobody known".to_string() } else { people.join(", ") },
        paused(status),
        if status.location_active { " · location is active" } else { "" }
    ));
    line("");
    let rows: Vec<Vec<String>> = status
        .uses
        .iter()
        .map(|used| {
            let sent = match used.records_sent {
                0 => "nothing".to_string(),
                1 => format!("{}, once", used.reveals),
                records => format!("{}, {records} times", used.reveals),
            };
            let mut row = vec![used.id.clone(), used.recipient_name.clone(), used.activity.clone(), used.consent.clone()];
            row.extend(counts(&used.outcomes));
            row.push(sent);
            row
        })
        .collect();
    table(&["USE", "RECIPIENT", "GATE", "CONSENT", "WAITS", "WITHHELD", "REDUCED", "PURGED", "SENT"], &rows);
    let gate = &status.gate;
    line(&format!(
        "{}: {} connections, {} hellos, {} statements, {} questions for a catalog; no data",
        gate.headline, gate.connections, gate.hellos, gate.statements, gate.catalog_polls
    ));
    line("");
    for event in &status.events {
        line(&format!("{}  {}", moment(event.wall_ms), event.text));
    }
    for link in &status.links {
        line(&format!(
            "{}: {}, {} batches wait, {} statements and {} erasures owed{}",
            link.recipient,
            link.state,
            link.waiting,
            link.statements_owed,
            link.erasures_owed,
            alarms(link.alarms)
        ));
    }
    for loss in &status.losses {
        line(&format!(
            "{}: blurred, privacy loss (epsilon) {} today, {} since {}",
            loss.use_id,
            thousandths(loss.today_milli.into()),
            thousandths(loss.year_milli),
            moment(loss.year_from_ms)
        ));
    }
    line(&format!(
        "{} records, {} decisions, {} batches and {} bytes sent, {} consent events, {} requests wait",
        status.records, status.decisions, status.batches_sent, status.bytes_sent, status.consent_events, status.requests
    ));
}

/// A number of thousandths as a decimal.
fn thousandths(milli: u64) -> String {
    format!("{}.{:03}", milli / 1_000, milli % 1_000)
}

fn counts(outcomes: &Outcomes) -> [String; 4] {
    let waits = outcomes.pending.saturating_add(outcomes.awaiting).saturating_add(outcomes.queued).saturating_add(outcomes.numbered);
    let withheld: u64 = outcomes.withheld.values().fold(0, |sum, count| sum.saturating_add(*count));
    let purged = outcomes.purged.saturating_add(outcomes.purged_possibly_sent);
    let withheld = outcomes.leading_reason().map_or_else(|| withheld.to_string(), |reason| format!("{withheld} {reason}"));
    [waits.to_string(), withheld, outcomes.reduced.to_string(), purged.to_string()]
}

fn paused(status: &Status) -> String {
    let mut words = status.paused.clone();
    if status.stopped_by_occupant {
        words.push("stopped by an occupant for this trip".to_string());
    }
    if words.is_empty() { String::new() } else { format!(" · paused: {}", words.join(", ")) }
}

fn alarms(count: u64) -> String {
    if count == 0 { String::new() } else { format!(", {count} ALARMS") }
}

fn suffix(faults: &[&str]) -> String {
    if faults.is_empty() { String::new() } else { format!(" · {}", faults.join(" · ")) }
}

fn list<'a>(data: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    data.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

fn cell(data: &Value, key: &str) -> String {
    match data.get(key) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn named(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_string() } else { text.to_string() }
}

fn time(data: &Value, key: &str) -> String {
    data.get(key).and_then(Value::as_i64).filter(|ms| *ms != 0).map(moment).unwrap_or_default()
}
