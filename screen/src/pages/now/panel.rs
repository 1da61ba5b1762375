//! The panel of one use: what, why, since when, what the recipient says, stop and pause.

use super::picture::{party_name, reveals, state_word};
use super::window_word;
use crate::ctx::Ctx;
use crate::model::now::{Claim, NowView, PanelView, activity_state};
use crate::pages::parts::{self, flash, more, touch};
use crate::pages::paused_words;
use crate::words::Var;
use maud::{Markup, html};

pub(super) fn panel(ctx: &Ctx, view: &NowView, panel: &PanelView) -> Markup {
    let words = ctx.words;
    html! {
        section.card.panel .outside[panel.recipient.outside] id="panel" tabindex="-1" aria-labelledby="panel-title" {
            h2 id="panel-title" { (panel.headline) }
            (to(ctx, panel))
            div.cluster { (now_state(ctx, panel)) }
            p { (panel.plain) }
            dl.facts {
                dt { (words.t(&format!("now-panel-left-{}", window_word(view.window)))) }
                dd { (left(ctx, panel)) }
                @if !panel.benefit.is_empty() { dt { (words.t(if panel.law.is_some() { "now-panel-reason" } else { "now-panel-benefit" })) } dd { (panel.benefit) } }
                @if let Some(given) = &panel.given {
                    dt { (words.t("now-panel-given")) }
                    dd { (words.ta("now-panel-from-until", &[("from", Var::Text(&day(ctx, &given.from))), ("until", Var::Text(&day(ctx, &given.until)))])) }
                }
                @if let Some(law) = &panel.law { dt { (words.t("now-panel-law")) } dd { (law) } }
                dt { (words.t("now-panel-says")) }
                dd { (says(ctx, panel.says.as_ref())) }
            }
            // Said where it was done, and where what was done is seen to be so.
            (flash(ctx, &panel.use_id))
            (controls(ctx, panel))
            div.cluster {
                a.btn.small href={ "/choices/" (panel.use_id) } { (words.t("now-panel-terms")) }
                a.btn.small href={ "/data/" (panel.use_id) } { (words.t("now-panel-data")) }
            }
            (others(ctx, view, panel))
        }
    }
}

fn to(ctx: &Ctx, panel: &PanelView) -> Markup {
    let recipient = ctx.used(&panel.use_id).and_then(|used| ctx.recipient(used));
    match (recipient, &panel.flow) {
        (Some(recipient), _) => parts::recipient(ctx, recipient),
        (None, Some(flow)) => html! { p { (party_name(ctx, flow)) } },
        (None, None) => html! {},
    }
}

fn now_state(ctx: &Ctx, panel: &PanelView) -> Markup {
    state_word(ctx, activity_state(&panel.activity))
}

fn left(ctx: &Ctx, panel: &PanelView) -> Markup {
    let words = ctx.words;
    let Some(flow) = &panel.flow else { return html! { (words.t("now-panel-nothing")) } };
    let said = words.ta("now-said", &[("reveals", Var::Text(&reveals(ctx, flow))), ("n", Var::Count(flow.times))]);
    let first = words.date_time(flow.first_ms);
    let last = words.date_time(flow.last_ms);
    html! {
        p { (said) }
        p.fine { (words.ta("now-panel-span", &[("first", Var::Text(&first)), ("last", Var::Text(&last)), ("batches", Var::Count(flow.batches))])) }
    }
}

/// What a recipient says is its word, and is shown as such; silence is shown as silence (R42).
fn says(ctx: &Ctx, claim: Option<&Claim>) -> Markup {
    let words = ctx.words;
    let Some(claim) = claim else { return html! { (words.t("now-says-nothing")) } };
    html! {
        div.stack.tight {
            p { (words.ta("now-says-held", &[("n", Var::Count(claim.held)), ("deleted", Var::Count(claim.deleted))])) }
            @if !claim.used_for.is_empty() { p { (words.ta("now-says-used", &[("what", Var::Text(&claim.used_for))])) } }
            @if !claim.derived.is_empty() {
                p { (words.t("now-says-derived")) }
                ul.plain { @for (name, value) in &claim.derived { li { (name) ": " (value) } } }
            }
            @if !claim.benefit.is_empty() { p { (words.ta("now-says-benefit", &[("what", Var::Text(&claim.benefit))])) } }
            p.fine { (words.ta("now-says-signed", &[("when", Var::Text(&words.ago(claim.at_ms, ctx.port.now_ms())))])) }
        }
    }
}

/// Stopping takes one touch, here where the use is seen (R10).
fn controls(ctx: &Ctx, panel: &PanelView) -> Markup {
    let words = ctx.words;
    let fields = [("scope", "use"), ("id", panel.use_id.as_str())];
    html! {
        div.bar.even {
            @if panel.given.is_some() {
                (touch(ctx, &format!("/api/1/uses/{}/withdraw", panel.use_id), &panel.use_id, &[], &parts::stop(&words.t("now-panel-stop"))))
            }
            @if let Some(pausing) = panel.pausing {
                (touch(ctx, "/api/1/resume", &panel.use_id, &fields, &parts::button(&words.t("base-resume"))))
                p.fine { (paused_words(ctx, pausing)) }
            } @else if panel.law.is_none() && (panel.activity == "live" || panel.activity == "awaits") {
                (touch(ctx, "/api/1/pause", &panel.use_id, &fields, &parts::button(&words.t("base-pause"))))
            }
        }
    }
}

/// The recipient's other uses in this window, where the picture folds them.
fn others(ctx: &Ctx, view: &NowView, panel: &PanelView) -> Markup {
    let others = view.flows.iter().filter(|flow| flow.use_id != panel.use_id && flow.recipient.id == panel.recipient.id && !flow.recipient.id.is_empty());
    let others: Vec<_> = others.collect();
    let n = u64::try_from(others.len()).unwrap_or_default();
    let list = html! {
        ul.plain.links {
            @for flow in &others {
                li { a href={ "/?window=" (window_word(view.window)) "&use=" (flow.use_id) "#panel" } { span.long title=(flow.headline) { (flow.headline) } } }
            }
        }
    };
    html! { @if n > 0 { (more(&ctx.words.ta("now-panel-others", &[("n", Var::Count(n))]), &list)) } }
}

/// The day of an RFC 3339 moment, as people write it.
fn day(ctx: &Ctx, rfc3339: &str) -> String {
    rfc3339.parse::<jiff::Timestamp>().map_or_else(|_| rfc3339.to_owned(), |at| ctx.words.date(at.as_millisecond()))
}
