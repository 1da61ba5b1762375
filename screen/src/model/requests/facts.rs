//! The facts of a request in words, by block: the page prints them, the spoken script says them.

use super::form::{self, Block};
use super::{Printed, RequestView};
use crate::words::{Var, Words};
use consent_protocol::ledger::Cadence;

/// One fact: what it is about, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Word for class names.
    pub key: &'static str,
    /// What it is about.
    pub label: String,
    /// What it says.
    pub text: String,
}

/// The blocks of a request in the order of its form, each with its facts.
pub fn blocks(view: &RequestView, words: Words) -> Vec<(Block, Vec<Fact>)> {
    form::order(view.asking).into_iter().map(|block| (block, of_block(block, view, words))).collect()
}

/// A request as it is laid out: what stands above its answers, and what only follows below them, both in the order of its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Above the answers.
    pub above: Vec<(Block, Vec<Fact>)>,
    /// Below the answers; empty unless the texts are too long to stand above them.
    pub below: Vec<(Block, Vec<Fact>)>,
}

/// Characters that a line of a column holds on the smallest screen of a car, set in a wide font.
const LINE_CHARS: usize = 31;
/// Lines that stand above the answers on that screen without scrolling.
const LINES_MAX: usize = 32;
/// A headline that is longer takes two lines, and with them two lines of each of the two columns.
const HEADLINE_CHARS: usize = 46;
/// What is always in view with the answers (domain.md, "How the car may ask").
const ALWAYS: [&str; 9] = ["what", "purpose", "who", "mark", "benefit", "for", "lasts", "stop", "kept"];

/// Everything above the answers where it fits there; else what must always be in view, and the rest below. It depends on the
/// texts alone, so that all forms of a request part alike (R44).
pub fn sheet(view: &RequestView, words: Words) -> Sheet {
    let blocks = blocks(view, words);
    let facts = || blocks.iter().flat_map(|(_, facts)| facts);
    let lines: usize = facts().map(|fact| fact.label.chars().count().saturating_add(fact.text.chars().count()).saturating_add(2).div_ceil(LINE_CHARS)).sum();
    let headline = if view.headline.chars().count() > HEADLINE_CHARS { 4 } else { 0 };
    if lines.saturating_add(headline) <= LINES_MAX {
        return Sheet { above: blocks, below: Vec::new() };
    }
    let part = |always: fn(&Fact) -> bool| {
        let of = |(block, facts): &(Block, Vec<Fact>)| (*block, facts.iter().filter(|fact| always(fact)).cloned().collect::<Vec<Fact>>());
        blocks.iter().map(of).filter(|(_, facts)| !facts.is_empty()).collect()
    };
    Sheet { above: part(|fact| ALWAYS.contains(&fact.key)), below: part(|fact| !ALWAYS.contains(&fact.key)) }
}

fn of_block(block: Block, view: &RequestView, words: Words) -> Vec<Fact> {
    let fact = |key: &'static str, text: String| Fact { key, label: words.t(&format!("requests-label-{key}")), text };
    match block {
        Block::What => vec![fact("what", view.what.clone()), fact("purpose", purpose(&view.purpose, words))],
        Block::Who => vec![
            fact("who", view.recipient.name.clone()),
            fact("mark", words.t(if view.recipient.outside { "requests-mark-outside" } else { "requests-mark-maker" })),
        ],
        Block::Benefit => vec![fact("benefit", view.benefit.clone()), fact("for", for_whom(view, words))],
        Block::Control => vec![
            fact("precision", view.printed.reveals.clone()),
            fact("categories", categories(&view.printed)),
            fact("lasts", lasts(view, words)),
            fact("cadence", cadence(view, words)),
            fact("stop", words.t("requests-stop")),
        ],
        Block::Trust => vec![
            fact("kept", words.ta("requests-kept", &[("days", Var::Count(view.retention_days.into()))])),
            fact("no", words.t("requests-no")),
            fact("check", words.t("requests-check")),
        ],
    }
}

/// The second layer: everything that must be known before a yes (R30), in a fixed order.
pub fn details(view: &RequestView, words: Words) -> Vec<Fact> {
    let fact = |key: &'static str, text: String| Fact { key, label: words.t(&format!("requests-detail-{key}")), text };
    let recipient = &view.recipient;
    let role = words.ta(&format!("requests-role-{}", recipient.role), &[("name", Var::Text(&recipient.name))]);
    let countries: Vec<String> = recipient.countries.iter().map(|code| country(code, words)).collect();
    let safeguard = if recipient.safeguard.is_empty() { words.t("requests-safeguard-none") } else { recipient.safeguard.clone() };
    let automated = words.t(if view.automated_decision { "requests-automated-yes" } else { "requests-automated-no" });
    vec![
        fact("role", role),
        fact("contact", recipient.contact.clone()),
        fact("purpose", purpose(&view.purpose, words)),
        fact("recipients", words.ta("requests-recipients", &[("name", Var::Text(&recipient.name)), ("systems", Var::Text(&recipient.systems.join(", ")))])),
        fact("countries", countries.join(", ")),
        fact("safeguard", safeguard),
        fact("retention", words.ta("requests-retention", &[("days", Var::Count(view.retention_days.into()))])),
        fact("rights", words.t("requests-rights")),
        fact("automated", automated),
        fact("authority", recipient.authority.clone()),
        fact("access", words.t(&format!("requests-access-{}", view.access))),
        fact("ground", words.t(&format!("requests-ground-{}", view.ground))),
        fact("notice", view.notice.clone()),
    ]
}

/// A DPV purpose in words; one that has none yet shows its own name.
pub fn purpose(iri: &str, words: Words) -> String {
    let name = iri.rsplit(['#', '/', ':']).next().unwrap_or(iri);
    let key = format!("requests-purpose-{name}");
    let text = words.t(&key);
    if text == key { name.to_owned() } else { text }
}

/// A country in words; one that has none yet shows its code.
fn country(code: &str, words: Words) -> String {
    let key = format!("requests-country-{code}");
    let text = words.t(&key);
    if text == key { code.to_owned() } else { text }
}

/// How often a person is asked, in words.
pub fn cadence_words(cadence: Cadence, each_time: Option<&str>, words: Words) -> String {
    words.t(match (cadence, each_time) {
        (Cadence::EachTime, Some("before_trip")) => "requests-cadence-before-trip",
        (Cadence::EachTime, _) => "requests-cadence-review",
        (Cadence::Trip, _) => "requests-cadence-trip",
        (Cadence::Until, _) => "requests-cadence-until",
    })
}

fn for_whom(view: &RequestView, words: Words) -> String {
    let about = words.t(&format!("requests-about-{}", view.benefit_kind));
    words.ta(&format!("requests-for-{}", view.beneficiary), &[("about", Var::Text(&about))])
}

fn categories(printed: &Printed) -> String {
    printed.categories.iter().map(|category| category.name.as_str()).collect::<Vec<_>>().join("; ")
}

fn lasts(view: &RequestView, words: Words) -> String {
    if view.cause == super::BEFORE_TRIP {
        return words.t("requests-lasts-trip");
    }
    words.ta("requests-lasts", &[("date", Var::Text(&words.date(view.printed.until_ms)))])
}

/// What can be chosen, in the order of the form: the first is what Allow accepts.
fn cadence(view: &RequestView, words: Words) -> String {
    let offered: Vec<String> = view.adjust.cadences.iter().map(|cadence| cadence_words(*cadence, view.adjust.each_time, words)).collect();
    match offered.as_slice() {
        [first, other] => words.ta("requests-cadences", &[("first", Var::Text(first)), ("other", Var::Text(other))]),
        offered => offered.join(" "),
    }
}
