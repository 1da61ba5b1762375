//! The live table: drawn only from the agent's status and the receiver's counts. It counts and judges nothing itself.

use consent_gatekeeper::status::{Status, UseStatus};
use consent_receiver::engine::Counts;

/// Columns of the numbers with the leading reason.
const NUMBERS_WIDTH: usize = 52;
/// Narrowest table that is drawn, columns.
const WIDTH_MIN: usize = 80;

/// How a piece of the table is meant, for whoever colours it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// A heading.
    Heading,
    /// Something leaves.
    Leaves,
    /// Nothing leaves.
    Stays,
    /// Something is wrong.
    Alarm,
}

/// States of a use that its consent already says.
const OF_THE_STANDING: [&str; 8] = ["live", "awaits", "no_consent", "refused", "withdrawn", "expired", "objected", "restricted"];

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it is meant.
    pub tone: Tone,
    /// The text, cut to the width.
    pub text: String,
}

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The agent's status.
    pub status: &'a Status,
    /// The receiver's counts.
    pub counts: &'a Counts,
    /// What is happening, in a sentence.
    pub happening: &'a str,
    /// What the car does, in a few words.
    pub car: &'a str,
}

/// All lines for a screen of so many columns and rows; rows beyond are left out at the end of the list of uses.
pub fn draw(scene: &Scene<'_>, columns: usize, rows: usize) -> Vec<Line> {
    let width = columns.max(WIDTH_MIN);
    let head = head(scene);
    let foot = foot(scene);
    let room = rows.saturating_sub(head.len()).saturating_sub(foot.len()).saturating_sub(2).max(6);
    let mut lines = head;
    let columns = Columns::of(width);
    lines.push(Line { tone: Tone::Heading, text: columns.row("use", "recipient", "consent", "what left", "awaiting reduced purged withheld") });
    let uses = &scene.status.uses;
    lines.extend(uses.iter().take(room).map(|used| use_line(&columns, used)));
    if uses.len() > room {
        lines.push(Line { tone: Tone::Plain, text: format!("… and {} more", uses.len().saturating_sub(room)) });
    }
    lines.extend(foot);
    for line in &mut lines {
        line.text = cut(&line.text, width);
    }
    lines
}

fn head(scene: &Scene<'_>) -> Vec<Line> {
    let Scene { status, happening, car, .. } = *scene;
    let people = if status.people.is_empty() {
        "nobody".to_owned()
    } else {
        status.people.iter().map(|one| format!("{} {}", one.role, one.person.as_deref().unwrap_or("(guest)"))).collect::<Vec<_>>().join(", ")
    };
    let mut signs = vec![if status.location_active { "location leaves" } else { "no location leaves" }];
    if status.stopped_by_occupant {
        signs.push("stopped by an occupant");
    }
    if !status.store_ok {
        signs.push("THE STORE DOES NOT WRITE");
    }
    if !status.clock_trusted {
        signs.push("clock not trusted");
    }
    let mut lines = vec![
        Line { tone: Tone::Heading, text: format!("consent gate · catalog {} · {} · {car} · aboard: {people}", status.catalog_version, status.driving) },
        Line { tone: Tone::Plain, text: format!("now: {happening}") },
        Line { tone: if status.location_active { Tone::Leaves } else { Tone::Stays }, text: signs.join(" · ") },
    ];
    if !status.paused.is_empty() {
        lines.push(Line { tone: Tone::Stays, text: format!("paused: {}", status.paused.join(", ")) });
    }
    lines.push(blank());
    lines
}

fn foot(scene: &Scene<'_>) -> Vec<Line> {
    let Scene { status, counts, .. } = *scene;
    let mut lines = vec![blank(), Line { tone: Tone::Heading, text: "last consent events".to_owned() }];
    let skipped = status.events.len().saturating_sub(5);
    lines.extend(status.events.iter().skip(skipped).map(|event| Line { tone: Tone::Plain, text: format!("{:>5}  {}", event.seq, event.text) }));
    lines.push(blank());
    let waiting: u64 = status.links.iter().fold(0, |sum, link| sum.saturating_add(link.waiting));
    let owed: u64 = status.links.iter().fold(0, |sum, link| sum.saturating_add(link.statements_owed));
    lines.push(Line {
        tone: Tone::Plain,
        text: format!(
            "agent     {} records offered, {} decisions, balanced {}; {} batches acknowledged; {waiting} batches and {owed} statements on their way",
            status.records,
            status.decisions,
            if status.balanced { "yes" } else { "NO" },
            status.batches_sent
        ),
    });
    let wrong = counts.batches_refused > 0 || counts.bad > 0 || counts.forks > 0;
    lines.push(Line {
        tone: if wrong { Tone::Alarm } else { Tone::Plain },
        text: format!(
            "receiver  {} batches accepted, {} refused; {} records; {} statements, {} consents ended",
            counts.batches_accepted, counts.batches_refused, counts.records, counts.statements, counts.ended
        ),
    });
    lines
}

fn blank() -> Line {
    Line { tone: Tone::Plain, text: String::new() }
}

fn use_line(columns: &Columns, used: &UseStatus) -> Line {
    let recipient = if used.outside { format!("outside: {}", used.recipient_name) } else { used.recipient_name.clone() };
    let leaves = used.activity == "live";
    let rests = used.consent.starts_with("given") && !OF_THE_STANDING.contains(&used.activity.as_str());
    let consent = if rests { format!("{}, off now", used.consent) } else { used.consent.clone() };
    let sent = if used.records_sent == 0 { "nothing".to_owned() } else { times(&used.reveals, used.records_sent, columns.sent) };
    let tone = if leaves { Tone::Leaves } else { Tone::Stays };
    Line { tone, text: columns.row(&used.headline, &recipient, &consent, &sent, &numbers(used)) }
}

/// What was revealed and how often; where room is short the words give way, not the number.
fn times(reveals: &str, count: u64, width: usize) -> String {
    let often = if count == 1 { ", once".to_owned() } else { format!(", {count} times") };
    format!("{}{often}", cut(reveals, width.saturating_sub(often.chars().count())))
}

/// Waiting, reduced, purged, withheld with the leading reason.
fn numbers(used: &UseStatus) -> String {
    let outcomes = &used.outcomes;
    let sum = |parts: &[u64]| parts.iter().fold(0_u64, |sum, part| sum.saturating_add(*part));
    let waits = sum(&[outcomes.pending, outcomes.awaiting, outcomes.queued, outcomes.numbered]);
    let held = outcomes.withheld.values().fold(0_u64, |sum, part| sum.saturating_add(*part));
    let gone = sum(&[outcomes.purged, outcomes.purged_possibly_sent, outcomes.expired, outcomes.dropped, outcomes.dropped_possibly_sent]);
    let reason = outcomes.leading_reason().map(|reason| format!(" ({})", words(reason))).unwrap_or_default();
    format!("{waits:>8} {:>7} {gone:>6} {held:>8}{reason}", outcomes.reduced)
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// Widths of the columns.
struct Columns {
    headline: usize,
    recipient: usize,
    consent: usize,
    sent: usize,
}

impl Columns {
    /// Of what is left beside the numbers, the columns get fixed shares.
    fn of(width: usize) -> Self {
        let rest = width.saturating_sub(NUMBERS_WIDTH).saturating_sub(4);
        let share = |part: usize| rest.saturating_mul(part).checked_div(100).unwrap_or(0);
        Self { headline: share(25), recipient: share(20), consent: share(15), sent: share(40) }
    }

    fn row(&self, headline: &str, recipient: &str, consent: &str, sent: &str, numbers: &str) -> String {
        format!("{} {} {} {} {numbers}", pad(headline, self.headline), pad(recipient, self.recipient), pad(consent, self.consent), pad(sent, self.sent))
    }
}

fn pad(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use consent_gatekeeper::status::{EventStatus, Outcomes};

    fn status() -> Status {
        let used = UseStatus {
            headline: "Traffic for your navigation".into(),
            recipient_name: "RoadInfo".into(),
            outside: true,
            activity: "live".into(),
            consent: "given".into(),
            reveals: "where you were, to 2 km".into(),
            records_sent: 41,
            outcomes: Outcomes { withheld: [("no_consent".to_owned(), 9), ("late".to_owned(), 2)].into(), ..Outcomes::default() },
            ..UseStatus::default()
        };
        Status {
            uses: vec![used],
            events: vec![EventStatus { seq: 3, text: "traffic: given".into(), ..EventStatus::default() }],
            balanced: true,
            ..Status::default()
        }
    }

    #[test]
    fn the_table_says_in_words_what_left_and_why_the_rest_did_not() {
        let status = status();
        let scene = Scene { status: &status, counts: &Counts::default(), happening: "a guest drives", car: "12 km/h" };
        let lines = draw(&scene, 200, 40);
        let text: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let text = text.join("\n");
        for expected in ["where you were, to 2 km, 41 times", "outside: RoadInfo", "11 (no consent)", "a guest drives", "traffic: given"] {
            assert!(text.contains(expected), "{expected} in\n{text}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_screen_and_no_more_uses_than_rows_are_drawn() {
        let mut status = status();
        status.uses = (0..60).flat_map(|_| status.uses.clone()).collect();
        let scene = Scene { status: &status, counts: &Counts::default(), happening: &"x".repeat(500), car: "" };
        let lines = draw(&scene, 100, 30);
        assert!(lines.iter().all(|line| line.text.chars().count() <= 100));
        assert!(lines.len() <= 30, "{}", lines.len());
    }
}
