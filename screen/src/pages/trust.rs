//! Trust: the ledger in plain words, receipts, verification, checkpoint.

mod receipt;
mod standalone;
#[cfg(test)]
mod tests;

pub(crate) use receipt::text as receipt_text;
pub(crate) use standalone::verifier;

use super::parts::{self, Column, State};
use super::{Page, Place, page, shown};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::trust::{CheckpointView, EndView, EntryView, Kept, RecipientTrust, TrustView, Verified, compare, trust, verified};
use crate::qr;
use crate::serve::App;
use crate::words::{Var, Words};
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/trust", get(everything)).route("/trust/receipt/{entry}", get(receipt::one))
}

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// Only entries before this number.
    before: Option<u64>,
    /// The agent is to check its chain.
    check: Option<u8>,
    /// A checkpoint to compare.
    kept: Option<String>,
}

async fn everything(ctx: Ctx, Query(asked): Query<Asked>) -> Response {
    shown(&ctx, Place::Trust, everything_page(&ctx, &asked).await)
}

async fn everything_page(ctx: &Ctx, asked: &Asked) -> Result<Markup, Fault> {
    let view = trust(ctx, asked.before).await?;
    let checked = if asked.check.is_some() { Some(verified(ctx).await?) } else { None };
    let compared = match asked.kept.as_deref().map(str::trim).filter(|kept| !kept.is_empty()) {
        Some(kept) => Some((kept, compare(ctx, kept).await?)),
        None => None,
    };
    let words = ctx.words;
    let main = html! {
        h1 { (words.t("trust-title")) }
        p.lead { (words.t("trust-lead")) }
        (check(ctx, checked.as_ref(), compared))
        (ledger(ctx, &view))
    };
    let aside = html! {
        div.stack.wide {
            @if let Some(checkpoint) = &view.checkpoint { (keep(ctx, checkpoint)) }
            (possibly(ctx, &view))
            (recipients(ctx, &view))
            (catalog(ctx, &view))
        }
    };
    Ok(page(ctx, &Page { place: Place::Trust, title: "", main: &main, aside: Some(&aside) }))
}

/// Checking the chain: in the agent, in the browser, against what was kept, without the car.
fn check(ctx: &Ctx, checked: Option<&Verified>, compared: Option<(&str, Kept)>) -> Markup {
    let words = ctx.words;
    html! {
        section.stack id="check" {
            h2 { (words.t("trust-check")) }
            p { (words.t("trust-check-text")) }
            div.bar { (parts::link("/trust?check=1#check", &words.t("trust-check-agent"))) }
            @if let Some(checked) = checked { div role="status" { (verdict(ctx, checked)) } }
            (compare_form(ctx, compared))
            (browser(ctx))
            noscript { p.fine { (words.t("trust-noscript")) } }
            (parts::more(&words.t("trust-without"), &html! {
                p { (words.t("trust-without-text")) }
                div.bar {
                    a.btn href="/api/1/trust/verifier.html" download { (words.t("trust-without-verifier")) }
                    a.btn href="/api/1/trust/export" download="ledger.json" { (words.t("trust-without-ledger")) }
                }
            }))
        }
    }
}

fn verdict(ctx: &Ctx, checked: &Verified) -> Markup {
    let words = ctx.words;
    let Some(report) = checked.report.filter(|_| checked.holds) else {
        return html! {
            div.stack data-holds="false" {
                h3 { (words.t("trust-broken-agent")) }
                p lang="en" { (checked.error.as_deref().unwrap_or_default()) }
            }
        };
    };
    let counts = [("entries", Var::Count(report.entries)), ("bodies", Var::Count(report.bodies)), ("erased", Var::Count(report.erased))];
    html! { div.stack data-holds="true" { h3 { (words.ta("trust-holds", &counts)) } p { (words.t("trust-proves-agent")) } } }
}

fn compare_form(ctx: &Ctx, compared: Option<(&str, Kept)>) -> Markup {
    let words = ctx.words;
    let result = compared.map(|(_, kept)| match kept {
        Kept::Stands => ("true", "trust-kept-stands"),
        Kept::Differs => ("false", "trust-kept-differs"),
        Kept::Beyond => ("false", "trust-kept-beyond"),
        Kept::Unreadable => ("false", "trust-kept-unreadable"),
    });
    html! {
        form method="get" action="/trust" class="stack" {
            div.field {
                label for="kept" { (words.t("trust-kept")) }
                input type="text" id="kept" name="kept" value=(compared.map(|(text, _)| text).unwrap_or_default()) autocomplete="off" spellcheck="false" placeholder="CG1:C:…";
            }
            div.bar { (parts::button(&words.t("trust-kept-compare"))) }
        }
        @if let Some((holds, key)) = result { div role="status" data-holds=(holds) { p { (words.t(key)) } } }
    }
}

/// The part that only a script can do: it shows itself when it runs.
fn browser(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    html! {
        div data-verify data-source="/api/1/trust/export" hidden {
            div.stack.verify {
                p { (words.t("trust-browser-text")) }
                div.bar { button.btn type="button" data-part="check" { (words.t("trust-browser")) } }
                div.stack role="status" data-part="out" {}
            }
            (script_words(words))
        }
    }
}

/// What the script says, in the person's language; what it puts in stands in braces.
fn script_words(words: Words) -> Markup {
    const KEYS: [&str; 18] = [
        "busy",
        "holds",
        "broken",
        "head",
        "erased",
        "unreadable",
        "no-checkpoint",
        "proves-none",
        "proves-stands",
        "why-form",
        "why-key",
        "why-signature",
        "why-encoding",
        "why-order",
        "why-body",
        "why-checkpoint",
        "why-unsupported",
        "why-missing",
    ];
    let holes = ["entries", "bodies", "erased", "at", "why", "seq", "digest"].map(|name| (name, format!("{{{name}}}")));
    let values: Vec<(&str, Var<'_>)> = holes.iter().map(|(name, hole)| (*name, Var::Text(hole))).collect();
    html! { div hidden { @for key in KEYS { span data-word=(key) { (words.ta(&format!("trust-script-{key}"), &values)) } } } }
}

/// The ledger, newest first.
fn ledger(ctx: &Ctx, view: &TrustView) -> Markup {
    let words = ctx.words;
    html! {
        section.stack {
            h2 { (words.t("trust-ledger")) }
            p.fine { (words.ta("trust-ledger-text", &[("n", Var::Count(view.head))])) }
            @if view.entries.is_empty() { (parts::empty(&words.t("trust-ledger-empty"), "")) }
            ol.entries { @for entry in &view.entries { (entry_row(ctx, entry)) } }
            @if let Some(before) = view.before { div.bar { (parts::link(&format!("/trust?before={before}"), &words.t("trust-older"))) } }
        }
    }
}

fn entry_row(ctx: &Ctx, entry: &EntryView) -> Markup {
    let words = ctx.words;
    html! {
        li class=(entry.whose) value=(entry.seq) {
            span.num.fine {
                (words.date_time(entry.wall_ms))
                @if !entry.clock_trusted { br; (words.t("trust-clock")) }
            }
            span {
                (sentence(ctx, entry)) " " span.fine.num { (words.ta("trust-entry", &[("seq", Var::Count(entry.seq))])) }
                @if let Some(end) = &entry.end { (end_answer(ctx, end)) }
            }
            @match entry.receipt.as_deref() {
                Some("giving") => a.btn.small href={ "/trust/receipt/" (entry.seq) } { (words.t("trust-receipt")) },
                Some(_) => a.btn.small href={ "/trust/receipt/" (entry.seq) } { (words.t("trust-receipt-end")) },
                None => span {},
            }
        }
    }
}

/// An entry as a sentence in the person's language.
fn sentence(ctx: &Ctx, entry: &EntryView) -> Markup {
    let words = ctx.words;
    let what = entry.used.as_ref().map_or_else(|| words.t("trust-everything"), |used| used.headline.clone());
    let until = entry.until_ms.map(|until_ms| words.date(until_ms)).unwrap_or_default();
    let number = Var::Count(u64::from(entry.number.unwrap_or_default()));
    let flag = if entry.flag.unwrap_or_default() { "yes" } else { "no" };
    let name = entry.recipient.as_ref().map(|recipient| recipient.name.as_str()).unwrap_or_default();
    let values = [
        ("use", Var::Text(&what)),
        ("until", Var::Text(&until)),
        ("cadence", Var::Text(entry.cadence.as_deref().unwrap_or("none"))),
        ("number", number),
        ("flag", Var::Text(flag)),
        ("name", Var::Text(name)),
        ("erased", Var::Count(u64::from(entry.erased.unwrap_or_default()))),
        ("n", Var::Count(u64::from(entry.systems.unwrap_or_default()))),
    ];
    let key = match (entry.action.as_str(), entry.number, &entry.used) {
        ("boot", Some(1), _) => "boot-first".to_owned(),
        ("erasure", _, Some(_)) => "erasure-use".to_owned(),
        (action, _, _) => action.replace('_', "-"),
    };
    html! {
        (words.ta(&format!("trust-did-{key}"), &values))
        @if let Some(reveals) = &entry.reveals { " " span.fine { (words.ta("trust-reveals", &[("reveals", Var::Text(reveals))])) } }
        @if !entry.suspended.is_empty() { " " (words.ta("trust-suspended", &[("uses", Var::Text(&words.list(&entry.suspended)))])) }
        @if let Some(note) = &entry.note { " " (note_words(words, note)) }
    }
}

/// What the gate wrote in its own words: English, where it is not one of the few that are known here.
fn note_words(words: Words, note: &str) -> Markup {
    match note {
        "everything of a person" => html! { (words.t("trust-note-person")) },
        "the store writes again" => html! { (words.t("trust-note-store")) },
        other => html! { span lang="en" { (other) } },
    }
}

/// The checkpoint to keep.
fn keep(ctx: &Ctx, checkpoint: &CheckpointView) -> Markup {
    let words = ctx.words;
    html! {
        section.stack {
            h2 { (words.t("trust-checkpoint")) }
            p { (words.t("trust-checkpoint-text")) }
            figure.qr {
                @if let Some(svg) = qr::svg(&checkpoint.text, &words.t("trust-checkpoint-qr")) { (svg) }
                figcaption { (words.ta("trust-checkpoint-of", &[("seq", Var::Count(checkpoint.seq)), ("when", Var::Text(&words.date_time(checkpoint.at_ms)))])) }
            }
            code.digest.payload { (checkpoint.text) }
        }
    }
}

fn possibly(ctx: &Ctx, view: &TrustView) -> Markup {
    let words = ctx.words;
    html! {
        section.stack {
            h2 { (words.t("trust-possibly")) }
            @if view.possibly_sent.is_empty() {
                p { (words.t("trust-possibly-none")) }
            } @else {
                p.fine { (words.t("trust-possibly-text")) }
                @for end in &view.possibly_sent { article.card { h3 { (end.used.headline) } (ended(ctx, end)) (end_answer(ctx, end)) } }
            }
        }
    }
}

fn ended(ctx: &Ctx, end: &EndView) -> Markup {
    html! { p.fine { (ctx.words.ta("trust-ended", &[("when", Var::Text(&ctx.words.date_time(end.ended_ms)))])) } }
}

/// What was possibly sent before an end, and what its recipient answered, each with its time.
fn end_answer(ctx: &Ctx, end: &EndView) -> Markup {
    let words = ctx.words;
    let name = || ("name", Var::Text(&end.used.recipient.name));
    html! {
        div.answer {
            p.fine {
                @if end.possibly > 0 { (words.ta("trust-possibly-count", &[("n", Var::Count(end.possibly)), name()])) } @else { (words.ta("trust-possibly-nothing", &[name()])) }
            }
            @match end.known_ms {
                Some(at_ms) => p.fine { (words.ta("trust-known", &[name(), ("when", Var::Text(&words.date_time(at_ms))), ("late", Var::Text(&late(ctx, end.ended_ms, at_ms)))])) },
                None => p { (parts::pill(State::Waits, &words.ta("trust-known-not", &[name()]))) },
            }
            @if let Some(erasure) = &end.erasure {
                @match erasure.answered_ms {
                    Some(at_ms) => p.fine { (words.ta("trust-erased", &[
                        name(),
                        ("when", Var::Text(&words.date_time(at_ms))),
                        ("erased", Var::Count(count(erasure.systems.iter().filter(|(_, erased)| *erased).count()))),
                        ("n", Var::Count(count(erasure.systems.len()))),
                        ("late", Var::Text(&late(ctx, erasure.asked_ms, at_ms))),
                    ])) },
                    None => p { (parts::pill(State::Waits, &words.ta("trust-erased-not", &[name(), ("when", Var::Text(&words.date_time(erasure.asked_ms)))]))) },
                }
            }
        }
    }
}

/// How late an answer came, in days; nothing within a day.
fn late(ctx: &Ctx, asked_ms: i64, at_ms: i64) -> String {
    let days = u64::try_from(at_ms.saturating_sub(asked_ms).div_euclid(86_400_000)).unwrap_or_default();
    if days == 0 { String::new() } else { ctx.words.ta("trust-late", &[("n", Var::Count(days))]) }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn recipients(ctx: &Ctx, view: &TrustView) -> Markup {
    let words = ctx.words;
    let (linked, others): (Vec<&RecipientTrust>, Vec<&RecipientTrust>) = view.recipients.iter().partition(|trust| trust.link.is_some());
    html! {
        section.stack {
            h2 { (words.t("trust-recipients")) }
            @for trust in linked { (recipient_card(ctx, trust)) }
            @if !others.is_empty() {
                (parts::more(&words.t("trust-recipients-others"), &html! { (contacts(ctx, &others)) }))
            }
        }
    }
}

fn recipient_card(ctx: &Ctx, trust: &RecipientTrust) -> Markup {
    let words = ctx.words;
    let owed = trust.statements_owed.saturating_add(trust.erasures_owed);
    html! {
        article.card.outside[trust.recipient.outside] {
            h3 { (super::data::recipient(ctx, &trust.recipient)) }
            p.fine { (trust.recipient.contact) }
            @if trust.alarms > 0 { (parts::note(State::Fault, &words.ta("trust-alarms", &[("n", Var::Count(trust.alarms))]))) }
            @if owed > 0 {
                p { (parts::pill(State::Waits, &words.ta("trust-owed", &[("n", Var::Count(owed))]))) }
            } @else {
                p { (words.t("trust-owed-none")) }
            }
            @match (trust.silent, trust.report_ms) {
                (true, Some(at_ms)) => p { (parts::pill(State::Waits, &words.ta("trust-silent-since", &[("when", Var::Text(&words.date_time(at_ms)))]))) },
                (true, None) => p.fine { (words.t("trust-silent")) },
                (false, Some(at_ms)) => p.fine { (words.ta("trust-report", &[("when", Var::Text(&words.date_time(at_ms)))])) },
                (false, None) => {},
            }
            @if !trust.ends.is_empty() {
                (parts::more(&words.ta("trust-ends", &[("n", Var::Count(count(trust.ends.len())))]), &html! {
                    @for end in &trust.ends { div { p { (end.used.headline) } (ended(ctx, end)) (end_answer(ctx, end)) } }
                }))
            }
        }
    }
}

fn contacts(ctx: &Ctx, others: &[&RecipientTrust]) -> Markup {
    let words = ctx.words;
    let rows: Vec<Vec<Markup>> = others.iter().map(|trust| vec![super::data::recipient(ctx, &trust.recipient), html! { (trust.recipient.contact) }]).collect();
    parts::table(&words.t("trust-recipients-none"), &[Column::Text(&words.t("trust-recipient")), Column::Text(&words.t("trust-contact"))], &rows)
}

fn catalog(ctx: &Ctx, view: &TrustView) -> Markup {
    let words = ctx.words;
    html! {
        section.stack {
            h2 { (words.t("trust-catalog")) }
            p { (words.t("trust-catalog-text")) }
            (parts::facts(&[
                (words.t("trust-catalog-version"), html! { (words.count(u64::from(view.catalog_version))) }),
                (words.t("trust-catalog-audience"), html! { code.path { (view.audience) } }),
                (words.t("trust-catalog-digest"), html! { code.digest { (view.catalog_digest) } }),
            ]))
        }
    }
}
