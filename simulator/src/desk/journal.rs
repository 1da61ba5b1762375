//! The log strip: what happened, in lines, taken from the differences between one look and the next.
//!
//! It says only what agent and receiver say of themselves; what the desk did stands beside it as the desk's.

use super::view::{LogView, Who};
use consent_gatekeeper::status::{EventStatus, Status, UseStatus};
use consent_receiver::look::{Look, RecipientLook};
use std::collections::{BTreeMap, VecDeque};

/// Lines that are kept.
const LINES_MAX: usize = 60;
/// Messages that do not hold are said together for so long, milliseconds.
const BAD_MS: i64 = 4_000;

/// What the ledger says once the store writes again.
const STORE_WRITES: &str = "store writes again";

/// The log.
#[derive(Debug, Default)]
pub(super) struct Journal {
    lines: VecDeque<LogView>,
    n: u64,
    status: Option<Status>,
    look: Look,
    /// Messages that did not hold and were said, and when they were said last.
    bad: (u64, i64),
}

impl Journal {
    /// Adds a line.
    pub(super) fn say(&mut self, t_ms: i64, who: Who, text: impl Into<String>) {
        self.n = self.n.saturating_add(1);
        self.lines.push_back(LogView { n: self.n, t_ms, who, text: text.into() });
        if self.lines.len() > LINES_MAX {
            self.lines.pop_front();
        }
    }

    /// Says that something does not answer; the same fault once in a row.
    pub(super) fn fault(&mut self, t_ms: i64, fault: &str) {
        if self.lines.back().is_none_or(|last| last.text != fault) {
            self.say(t_ms, Who::Alarm, fault);
        }
    }

    /// Newest first.
    pub(super) fn lines(&self) -> Vec<LogView> {
        self.lines.iter().rev().cloned().collect()
    }

    /// The agent booted: what it says now is compared with nothing that it said before.
    pub(super) fn booted(&mut self) {
        if let Some(status) = &mut self.status {
            // Its ledger goes on.
            *status = Status { events: std::mem::take(&mut status.events), store_ok: true, ..Status::default() };
        }
    }

    /// Takes in what the agent says.
    pub(super) fn gate(&mut self, t_ms: i64, status: &Status) {
        let Some(before) = self.status.replace(status.clone()) else { return };
        if before.boot != status.boot {
            let end = if status.clean { "in order" } else { "without order" };
            self.say(t_ms, Who::Gate, format!("Boot {}. The one before ended {end}; what was owed is still owed.", status.boot));
        }
        if before.catalog_version != status.catalog_version && before.catalog_version != 0 {
            self.say(t_ms, Who::Gate, format!("Catalog {} is in force.", status.catalog_version));
        }
        if before.driving != status.driving && before.trip | status.trip {
            self.say(t_ms, Who::Car, driving(&status.driving));
        }
        if before.store_ok != status.store_ok {
            let text = if status.store_ok { "The store writes again." } else { "The store does not write: the gate is shut, nothing new leaves." };
            self.say(t_ms, if status.store_ok { Who::Gate } else { Who::Alarm }, text);
        }
        if status.requests > before.requests {
            let uses = plural(status.requests, "use");
            self.say(t_ms, Who::Gate, format!("The car asks about {uses} on one screen."));
        }
        self.events(t_ms, &before, status);
    }

    fn events(&mut self, t_ms: i64, before: &Status, status: &Status) {
        let seen = before.events.iter().map(|event| event.seq).max().unwrap_or(0);
        // A boot, and that the store writes again, are said already, with what they mean.
        let said = |event: &EventStatus| event.action == "boot" || event.text.contains(STORE_WRITES);
        let new: Vec<_> = status.events.iter().filter(|event| event.seq > seen && !said(event)).collect();
        for event in new {
            let destroyed = destroyed(before, status, &event.use_id);
            let text = if destroyed > 0 && ends(&event.action) {
                format!("{}. {} destroyed before leaving.", event.text, plural(destroyed, "value"))
            } else {
                format!("{}.", event.text.trim_end_matches('.'))
            };
            self.say(t_ms, Who::Gate, capital(&text));
        }
    }

    /// Takes in what the recipients have. `names` are their names by id, `systems` how many systems said that they erased.
    pub(super) fn receivers(&mut self, t_ms: i64, look: &Look, names: &BTreeMap<String, String>, systems: &BTreeMap<String, (usize, usize)>) {
        let before = std::mem::replace(&mut self.look, look.clone());
        for (id, one) in &look.recipients {
            let nothing = RecipientLook::default();
            let was = before.recipients.get(id).unwrap_or(&nothing);
            let name = names.get(id).map_or(id.as_str(), String::as_str);
            for text in changes(was, one, systems.get(id)) {
                self.say(t_ms, Who::Receiver, format!("{name} {text}"));
            }
        }
        let more = |now: u64, was: u64| now.checked_sub(was).filter(|more| *more > 0);
        if let Some(bad) = more(look.counts.bad, self.bad.0).filter(|_| t_ms.saturating_sub(self.bad.1) >= BAD_MS) {
            self.bad = (look.counts.bad, t_ms);
            let (messages, verb) = (plural(bad, "message"), if bad == 1 { "does" } else { "do" });
            self.say(t_ms, Who::Alarm, format!("A receiver: {messages} {verb} not hold. Nothing of it is stored."));
        }
        if let Some(refused) = more(look.counts.batches_refused, before.counts.batches_refused) {
            self.say(t_ms, Who::Alarm, format!("A receiver refused {}.", plural(refused, "batch")));
        }
        if look.counts.forks > before.counts.forks {
            self.say(t_ms, Who::Alarm, "A receiver found two versions of one batch and kept both as proof.");
        }
    }
}

fn changes(was: &RecipientLook, one: &RecipientLook, systems: Option<&(usize, usize)>) -> Vec<String> {
    let mut texts = Vec::new();
    if was.accepted == 0 && one.accepted > 0 {
        texts.push("got its first batch: signature and chain hold.".to_owned());
    }
    if one.ended > was.ended {
        let told = plural(one.ended.saturating_sub(was.ended), "consent");
        texts.push(format!("was told: {told} ended."));
    }
    if one.erased > was.erased {
        let erased = plural(one.erased.saturating_sub(was.erased), "batch");
        let said = systems.filter(|(_, all)| *all > 0).map(|(done, all)| format!(", in {done} of {all} systems")).unwrap_or_default();
        texts.push(format!("erased {erased}{said}."));
    }
    if one.deleted > was.deleted {
        texts.push(format!("deleted {}: past {} retention.", plural(one.deleted.saturating_sub(was.deleted), "batch"), "its"));
    }
    texts
}

fn driving(state: &str) -> String {
    match state {
        "parked" => "The car is parked.",
        "driving" => "The car drives.",
        "standing" => "The car stands, in gear: that is not parked.",
        _ => "Nobody knows what the car does: that counts as driving.",
    }
    .to_owned()
}

fn ends(action: &str) -> bool {
    ["withdrawn", "expired", "suspended", "objected", "restricted", "refused"].iter().any(|end| action.contains(end))
}

fn gone(used: &UseStatus) -> u64 {
    used.outcomes.purged.saturating_add(used.outcomes.purged_possibly_sent)
}

/// Decisions of a use that were destroyed between two looks.
fn destroyed(before: &Status, status: &Status, use_id: &str) -> u64 {
    let of = |status: &Status| status.uses.iter().find(|used| used.id == use_id).map_or(0, gone);
    of(status).saturating_sub(of(before))
}

fn plural(count: u64, word: &str) -> String {
    let ending = match (count, word.ends_with("ch")) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{count} {word}{ending}")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_gatekeeper::status::{EventStatus, Outcomes};

    fn texts(journal: &Journal) -> Vec<String> {
        journal.lines().into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn a_withdrawal_says_what_was_destroyed_and_is_said_once() {
        let used = |purged| UseStatus { id: "insurance".into(), outcomes: Outcomes { purged, ..Outcomes::default() }, ..UseStatus::default() };
        let before = Status { uses: vec![used(0)], driving: "parked".into(), store_ok: true, ..Status::default() };
        let event =
            EventStatus { seq: 7, use_id: "insurance".into(), action: "withdrawn".into(), text: "withdrawn: Pay less".into(), ..EventStatus::default() };
        let after = Status { uses: vec![used(3)], events: vec![event], ..before.clone() };
        let mut journal = Journal::default();
        journal.gate(1, &before);
        journal.gate(2, &after);
        journal.gate(3, &after);
        assert_eq!(texts(&journal), ["Withdrawn: Pay less. 3 values destroyed before leaving."]);
    }

    #[test]
    fn what_a_recipient_was_told_and_erased_is_said_with_its_name() {
        let mut look = Look::default();
        look.recipients.insert("insurer".into(), RecipientLook { accepted: 4, ended: 1, erased: 4, ..RecipientLook::default() });
        let names = BTreeMap::from([("insurer".to_owned(), "Sterna".to_owned())]);
        let systems = BTreeMap::from([("insurer".to_owned(), (2, 3))]);
        let mut journal = Journal::default();
        journal.receivers(1, &look, &names, &systems);
        journal.receivers(2, &look, &names, &systems);
        assert_eq!(
            texts(&journal),
            ["Sterna erased 4 batches, in 2 of 3 systems.", "Sterna was told: 1 consent ended.", "Sterna got its first batch: signature and chain hold."]
        );
    }

    #[test]
    fn that_the_store_writes_again_is_said_once() {
        let mut journal = Journal::default();
        journal.gate(1, &Status { store_ok: false, ..Status::default() });
        let event = EventStatus { seq: 7, action: "notice".into(), text: format!("The {STORE_WRITES}"), ..EventStatus::default() };
        journal.gate(2, &Status { store_ok: true, events: vec![event], ..Status::default() });
        assert_eq!(texts(&journal), ["The store writes again."]);
    }

    #[test]
    fn the_log_keeps_its_newest_lines() {
        let mut journal = Journal::default();
        (0..200).for_each(|n| journal.say(n, Who::Desk, "x"));
        assert_eq!((journal.lines().len(), journal.lines()[0].n), (LINES_MAX, 200));
    }
}
