//! What recipients say that they hold, derived, did and deleted (R42), and their answers to requests to erase (R45).

use super::recipient;
use crate::ctx::Ctx;
use crate::model::data::{RecipientSays, ReportsView, UseDataView, use_name};
use crate::pages::choices::signal_name;
use crate::pages::parts::{self, State};
use crate::words::Var;
use consent_gatekeeper::show::{ErasureShown, UseReport};
use maud::{Markup, html};

/// Derived values shown at first.
const DERIVED_FIRST: usize = 3;

/// All recipients; those that got nothing in one line.
pub(super) fn recipients(ctx: &Ctx, view: &ReportsView) -> Markup {
    let words = ctx.words;
    let concerned = |says: &&RecipientSays| says.received || !says.report.silent || !says.report.erasures.is_empty();
    let (got, nothing): (Vec<&RecipientSays>, Vec<&RecipientSays>) = view.recipients.iter().partition(concerned);
    html! {
        section.stack {
            h2 { (words.t("data-says")) }
            p.fine { (words.t("data-says-text")) }
            @for says in &got { (card(ctx, says)) }
            @if !nothing.is_empty() {
                @let names: Vec<&str> = nothing.iter().map(|says| says.recipient.name.as_str()).collect();
                p.fine { (words.ta("data-says-nothing", &[("names", Var::Text(&words.list(&names)))])) }
            }
        }
    }
}

fn card(ctx: &Ctx, says: &RecipientSays) -> Markup {
    let words = ctx.words;
    let name = says.recipient.name.as_str();
    html! {
        article.card.outside[says.recipient.outside] {
            h3 { (recipient(ctx, &says.recipient)) }
            @if says.report.silent {
                p { (parts::pill(State::Waits, &words.t("data-silent"))) }
                p.fine { (words.ta("data-silent-text", &[("name", Var::Text(name)), ("contact", Var::Text(&says.recipient.contact))])) }
            } @else {
                @if let Some(at_ms) = says.report.at_ms { p.fine { (words.ta("data-signed", &[("when", Var::Text(&words.date_time(at_ms)))])) } }
                @for report in &says.report.uses {
                    h4 { a href={ "/data/" (report.use_id) } { (use_name(ctx, &report.use_id).headline) } }
                    (held(ctx, report))
                }
            }
            (erasures(ctx, name, &says.report.erasures))
            @if says.received { (super::erase::of_recipient(ctx, &says.recipient)) }
        }
    }
}

/// What the recipient says of one use.
pub(super) fn of_use(ctx: &Ctx, view: &UseDataView) -> Markup {
    let words = ctx.words;
    let name = view.used.recipient.name.as_str();
    html! {
        section.stack {
            h2 { (words.ta("data-says-one", &[("name", Var::Text(name))])) }
            @match &view.report {
                Some(report) => {
                    @if let Some(at_ms) = view.report_ms { p.fine { (words.ta("data-signed", &[("when", Var::Text(&words.date_time(at_ms)))])) } }
                    (held(ctx, report))
                }
                None => {
                    p { (parts::pill(State::Waits, &words.t("data-silent"))) }
                    p.fine { (words.ta("data-silent-text", &[("name", Var::Text(name)), ("contact", Var::Text(&view.used.recipient.contact))])) }
                }
            }
            (erasures(ctx, name, &view.erasures))
        }
    }
}

fn held(ctx: &Ctx, report: &UseReport) -> Markup {
    let words = ctx.words;
    let day = |at_ms: i64| words.date(at_ms);
    let holds = match report.held_since_ms {
        Some(since_ms) if report.held > 0 => words.ta("data-held-since", &[("n", Var::Count(report.held)), ("since", Var::Text(&day(since_ms)))]),
        Some(_) | None => words.ta("data-held", &[("n", Var::Count(report.held))]),
    };
    let mut facts = vec![(words.t("data-holds"), html! { (holds) })];
    if !report.derived.is_empty() {
        facts.push((words.t("data-derived"), html! { div.derived { (derived(ctx, &report.derived)) } }));
    }
    let used = match (report.last_used_ms, report.used_for.is_empty()) {
        (Some(at_ms), false) => html! { (report.used_for) ", " (words.date_time(at_ms)) },
        (Some(at_ms), true) => html! { (words.date_time(at_ms)) },
        (None, false) => html! { (report.used_for) },
        (None, true) => html! { (words.t("data-not-said")) },
    };
    facts.push((words.t("data-used"), used));
    let deleted = match report.deleted_ms {
        Some(at_ms) if report.deleted > 0 => words.ta("data-deleted-when", &[("n", Var::Count(report.deleted)), ("when", Var::Text(&words.date_time(at_ms)))]),
        Some(_) | None => words.ta("data-deleted-count", &[("n", Var::Count(report.deleted))]),
    };
    facts.push((words.t("data-deleted"), html! { (deleted) }));
    let benefit = if report.benefit.is_empty() { words.t("data-not-said") } else { report.benefit.clone() };
    facts.push((words.t("data-benefit"), html! { (benefit) }));
    parts::facts(&facts)
}

/// What was worked out, in the recipient's words; beyond a few the rest opens with a touch.
fn derived(ctx: &Ctx, derived: &[(String, String)]) -> Markup {
    let one = |(what, value): &(String, String)| html! { div { (signal_name(what)) ": " strong.figure { (value) } } };
    let (first, rest) = derived.split_at(derived.len().min(DERIVED_FIRST));
    html! {
        @for item in first { (one(item)) }
        @if !rest.is_empty() {
            (parts::more(&ctx.words.ta("data-derived-more", &[("n", Var::Count(super::count(rest.len())))]), &html! { @for item in rest { (one(item)) } }))
        }
    }
}

/// Requests to erase with their answers, system by system.
fn erasures(ctx: &Ctx, name: &str, erasures: &[ErasureShown]) -> Markup {
    let words = ctx.words;
    html! {
        @for erasure in erasures {
            @let erased = erasure.systems.iter().filter(|(_, erased)| *erased).count();
            @let asked = words.ta("data-erasure-asked", &[("use", Var::Text(&use_name(ctx, &erasure.use_id).headline)), ("when", Var::Text(&words.date_time(erasure.asked_ms)))]);
            div.answer {
                p.fine { (asked) }
                @match erasure.answered_ms {
                    None => p { (parts::pill(State::Waits, &words.ta("data-erasure-waits", &[("name", Var::Text(name))]))) },
                    Some(at_ms) => {
                        p { strong {
                            (words.ta("data-erasure-answered", &[("name", Var::Text(name)), ("erased", Var::Count(super::count(erased))), ("n", Var::Count(super::count(erasure.systems.len())))]))
                        } }
                        ul.systems {
                            @for (system, erased) in &erasure.systems {
                                li { (system) ": " (words.t(if *erased { "data-system-erased" } else { "data-system-not" })) }
                            }
                        }
                        p.fine { (words.ta("data-signed", &[("when", Var::Text(&words.date_time(at_ms)))])) }
                    }
                }
            }
        }
    }
}
