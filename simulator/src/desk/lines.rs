//! One line at the head of each pane: what is so now, as it is seen from there. Whatever a button brings about is said in all
//! three, also where nothing else of the pane would move: a cut link is seen in the car, at the gate and at the receivers.
//!
//! INVARIANT: a line is made of the state alone, never of what was pressed last.

use super::buttons::Stand;
use super::view::{LineView, LinesView, Tone};
use crate::broker::{Behaviour, Carrier};
use crate::stack::Space;
use crate::vehicle::Wish;
use consent_gatekeeper::status::Status;
use std::collections::BTreeSet;

/// What the lines are made of, besides what the buttons depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) stand: &'a Stand,
    pub(super) status: Option<&'a Status>,
    /// Days by which the clocks were put forward.
    pub(super) moved_days: u64,
    /// Batches that receivers deleted since their retention is over.
    pub(super) deleted: u64,
    /// Messages that did not hold at the receivers.
    pub(super) bad: u64,
    /// How many recipients there are.
    pub(super) recipients: usize,
}

/// The three lines.
pub(super) fn all(seen: &Seen<'_>) -> LinesView {
    LinesView { car: car(seen), gate: gate(seen), receivers: receivers(seen) }
}

fn line(tone: Tone, text: impl Into<String>) -> LineView {
    LineView { tone, text: text.into() }
}

fn join(parts: Vec<String>) -> LineView {
    line(Tone::Plain, parts.join(" "))
}

fn plural(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

fn ahead(days: u64) -> String {
    plural(days, "day", "days")
}

fn waiting(status: &Status) -> u64 {
    status.links.iter().map(|link| link.waiting).fold(0, u64::saturating_add)
}

fn count(status: &Status, is: impl Fn(&str) -> bool) -> u64 {
    let found = status.uses.iter().filter(|used| is(&used.activity)).count();
    u64::try_from(found).unwrap_or(u64::MAX)
}

fn car(seen: &Seen<'_>) -> LineView {
    let stand = seen.stand;
    if seen.status.is_none() {
        let does = match stand.wish {
            Wish::Drive => "The car drives on.",
            Wish::Stand | Wish::Park => "The car stands.",
        };
        return line(Tone::Fault, format!("Its computer has no power. {does}"));
    }
    if stand.space == Space::Full {
        return line(Tone::Fault, "The disk of its computer is full.");
    }
    if stand.carrier == Carrier::Lost {
        return line(Tone::Waits, "It has no connection: the link is cut.");
    }
    match stand.behaviour {
        Behaviour::Honest => {}
        Behaviour::Swallow | Behaviour::Replay | Behaviour::Corrupt => return line(Tone::Fault, "Its only way out is a hostile broker. The car cannot know."),
    }
    let mut parts = Vec::new();
    if seen.moved_days > 0 {
        parts.push(format!("Its clock is {} ahead.", ahead(seen.moved_days)));
    }
    if seen.status.is_some_and(|status| status.catalog_version > 1) {
        parts.push("A new catalog arrived.".to_owned());
    }
    if parts.len() < 2 {
        parts.push("What it knows leaves only through the gate.".to_owned());
    }
    join(parts)
}

fn gate(seen: &Seen<'_>) -> LineView {
    let (stand, Some(status)) = (seen.stand, seen.status) else { return line(Tone::Fault, "No power: dark, and nothing leaves.") };
    let waiting = waiting(status);
    if !status.store_ok {
        return line(Tone::Fault, "The store does not write: the gate is shut, and nothing new leaves.");
    }
    if stand.space == Space::Full {
        return line(Tone::Fault, "The disk is full: at the next write the gate shuts.");
    }
    if stand.carrier == Carrier::Lost {
        return line(Tone::Waits, format!("The link is cut: {} sealed. Stop a use, and its batches never leave.", wait(waiting)));
    }
    match stand.behaviour {
        Behaviour::Honest => {}
        Behaviour::Swallow => return line(Tone::Fault, format!("No answer comes back: {} what went is possibly sent.", wait(waiting))),
        Behaviour::Replay => return line(Tone::Fault, "It sends each batch once. The broker delivers it three times."),
        Behaviour::Corrupt => return line(Tone::Fault, format!("What is spoilt is not acknowledged: {} to go again.", wait(waiting))),
    }
    at_work(seen, status)
}

fn wait(waiting: u64) -> String {
    match waiting {
        0 => "nothing waits yet,".to_owned(),
        1 => "1 batch waits,".to_owned(),
        more => format!("{more} batches wait,"),
    }
}

/// What the gate says when nothing is in its way.
fn at_work(seen: &Seen<'_>, status: &Status) -> LineView {
    let live = count(status, |activity| activity == "live");
    let mode = match status.driving.as_str() {
        "parked" if status.requests > 0 => format!("Parked: it asks about {}.", plural(status.requests, "use", "uses")),
        "parked" => "Parked: it may ask.".to_owned(),
        "standing" => "In gear is not parked: it may not ask.".to_owned(),
        _ => "Driving: it may not ask.".to_owned(),
    };
    let (others, suspended) = (count(status, |activity| activity == "other_person"), count(status, |activity| activity == "notice_changed"));
    let ended = count(status, |activity| activity == "expired" || activity == "trip_ended");
    let mut special = Vec::new();
    if !status.paused.is_empty() {
        special.push("Paused.".to_owned());
    }
    if status.stopped_by_occupant {
        special.push("Stopped by an occupant.".to_owned());
    } else if others > 0 {
        special.push(format!("{others} stopped: not all agreed."));
    }
    if suspended > 0 {
        special.push(format!("New catalog: {suspended} suspended."));
    }
    if seen.moved_days > 0 {
        special.push(format!("{}: {ended} over.", ahead(seen.moved_days)));
    }
    // One line: what is special goes before what is always said.
    let mut parts = vec![mode];
    if special.len() < 2 {
        parts.push(format!("{live} of {} uses run.", status.uses.len()));
    }
    if special.is_empty() && status.location_active {
        parts.push("Location leaves.".to_owned());
    }
    parts.extend(special.into_iter().take(3));
    join(parts)
}

fn receivers(seen: &Seen<'_>) -> LineView {
    let (stand, Some(status)) = (seen.stand, seen.status) else { return line(Tone::Fault, "Silence: the car's computer is dark. What arrived is still here.") };
    if !status.store_ok || stand.space == Space::Full {
        return line(Tone::Fault, "Nothing new will come: what the car cannot record it does not send.");
    }
    if stand.carrier == Carrier::Lost {
        return line(Tone::Waits, "Out of reach: nothing comes until the link is mended.");
    }
    match stand.behaviour {
        Behaviour::Honest => {}
        Behaviour::Swallow => return line(Tone::Fault, "They answer, and the broker swallows it. What comes again is counted once."),
        Behaviour::Replay => return line(Tone::Fault, "Every batch comes three times. Each is stored once."),
        Behaviour::Corrupt => {
            let bad = plural(seen.bad, "message", "messages");
            return line(Tone::Fault, format!("One bit of every batch is wrong: {bad} did not hold, nothing of it is stored."));
        }
    }
    let running = status.uses.iter().filter(|used| used.activity == "live");
    let open: BTreeSet<&str> = running.clone().map(|used| used.recipient.as_str()).collect();
    let does = match status.driving.as_str() {
        "parked" => "The car is parked",
        "standing" => "At a light it goes on",
        _ => "The car drives",
    };
    let uses = plural(u64::try_from(running.count()).unwrap_or(u64::MAX), "use", "uses");
    let mut parts = vec![format!("{does}: {uses} may send to {} of {}.", open.len(), seen.recipients)];
    if seen.moved_days > 0 {
        parts.insert(0, format!("{} later: {} deleted.", ahead(seen.moved_days), plural(seen.deleted, "batch", "batches")));
    } else if count(status, |activity| activity == "notice_changed") > 0 {
        parts.insert(0, "Told what the new catalog suspended.".to_owned());
    }
    if parts.len() == 1 {
        parts.push("Every batch is checked before it is stored.".to_owned());
    }
    join(parts)
}

/// The activity of a use in the words of the desk; what leaves and what waits is said with numbers.
pub(super) fn activity(name: &str) -> String {
    let words = match name {
        "no_consent" => "not allowed",
        "not_yet" => "not yet",
        "trip_ended" => "over with trip",
        "notice_changed" => "suspended",
        "category_excluded" => "data left out",
        "person_unknown" => "not recognised",
        "other_person" => "not all agreed",
        "assurance_low" => "who? not sure",
        "condition_unmet" => "not now",
        "zone" => "private zone",
        "clock_untrusted" => "clock not sure",
        "not_lawful" => "not lawful",
        "no_key" => "no key left",
        "store_failed" => "not recordable",
        other => return other.replace('_', " "),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_core::reason::Reason;
    use consent_gatekeeper::status::UseStatus;

    fn stand() -> Stand {
        Stand { wish: Wish::Drive, ..Stand::PARKED }
    }

    fn status() -> Status {
        let used = |id: &str, activity: &str| UseStatus { id: id.into(), recipient: "maker".into(), activity: activity.into(), ..UseStatus::default() };
        Status {
            store_ok: true,
            driving: "driving".into(),
            catalog_version: 1,
            uses: vec![used("one", "live"), used("two", "no_consent")],
            ..Status::default()
        }
    }

    fn seen<'a>(stand: &'a Stand, status: Option<&'a Status>) -> Seen<'a> {
        Seen { stand, status, moved_days: 0, deleted: 0, bad: 0, recipients: 9 }
    }

    fn texts(lines: &LinesView) -> [&str; 3] {
        [&lines.car.text, &lines.gate.text, &lines.receivers.text]
    }

    #[test]
    fn whatever_is_in_the_way_is_said_in_all_three_panes() {
        let (calm, status) = (stand(), status());
        let before = all(&seen(&calm, Some(&status)));
        let shut = Status { store_ok: false, ..status.clone() };
        let broken: Vec<(Stand, Option<&Status>)> = vec![
            (Stand { carrier: Carrier::Lost, ..calm }, Some(&status)),
            (Stand { behaviour: Behaviour::Swallow, ..calm }, Some(&status)),
            (Stand { behaviour: Behaviour::Replay, ..calm }, Some(&status)),
            (Stand { behaviour: Behaviour::Corrupt, ..calm }, Some(&status)),
            (Stand { space: Space::Full, ..calm }, Some(&status)),
            (Stand { space: Space::Full, ..calm }, Some(&shut)),
            (Stand { power: false, ..calm }, None),
        ];
        for (stand, status) in broken {
            let lines = all(&seen(&stand, status));
            for (was, is) in texts(&before).iter().zip(texts(&lines)) {
                assert_ne!(*was, is, "{stand:?}");
            }
            assert!([lines.car.tone, lines.gate.tone, lines.receivers.tone].iter().all(|tone| *tone != Tone::Plain), "{stand:?}");
        }
    }

    #[test]
    fn time_and_a_new_catalog_are_said_in_all_three_panes() {
        let (stand, mut status) = (stand(), status());
        let before = all(&seen(&stand, Some(&status)));
        status.catalog_version = 2;
        status.uses[1].activity = "notice_changed".into();
        let new = all(&seen(&stand, Some(&status)));
        assert!(texts(&new).iter().all(|text| text.to_lowercase().contains("new catalog")), "{new:?}");
        status.uses[1].activity = "trip_ended".into();
        let later = all(&Seen { moved_days: 31, deleted: 4, ..seen(&stand, Some(&status)) });
        assert!(later.car.text.contains("31 days ahead") && later.gate.text.contains("31 days: 1 over") && later.receivers.text.contains("4 batches deleted"));
        assert!(texts(&before).iter().zip(texts(&later)).all(|(was, is)| *was != is));
    }

    #[test]
    fn every_reason_has_words_that_fit_under_a_use() {
        for reason in Reason::ALL {
            let words = activity(reason.name());
            assert!(!words.contains('_') && words.chars().count() <= 15, "{words}");
        }
    }
}
