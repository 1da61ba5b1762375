//! One use in full: how it stands and what can be done about it first, then what it may see, why it is off, facts, history.

use super::change;
use super::words;
use crate::ctx::Ctx;
use crate::model::choices::one::{Explained, Running, SignalView};
use crate::model::choices::{Can, Position, RuleView, UseView};
use crate::model::requests::facts;
use crate::pages::parts::{self, Column, State, pill};
use crate::pages::requests::card;
use crate::pages::{Page, Place, page};
use crate::words::Var;
use consent_gatekeeper::status::EventStatus;
use maud::{Markup, html};

/// The whole page.
pub fn whole(ctx: &Ctx, view: &UseView) -> Markup {
    let row = &view.row;
    let main = html! {
        // The request card and the pictures of precision are drawn by that sheet.
        link rel="stylesheet" href="/assets/requests.css";
        div.stack.wide {
            div.stack {
                p { a.back href="/choices" { (ctx.words.t("choices-back")) } }
                h1 { (row.headline) }
                p.terms { (super::recipient(ctx, row)) @if let Some(law) = &row.law { span { (words::law(ctx, law)) } } }
                p.lead { (row.plain) }
            }
            (state(ctx, view))
            @if row.can.contains(&Can::Give) { (decide(ctx, view)) }
            @if row.can.contains(&Can::Change) { (change::change(ctx, view)) }
            (explained(ctx, view))
            (may_see(ctx, view))
            (rights(ctx, view))
        }
    };
    let aside = html! { div.stack.wide { (facts_of(ctx, view)) (history(ctx, &view.history)) } };
    page(ctx, &Page { place: Place::Choices, title: &row.headline, main: &main, aside: Some(&aside) })
}

/// How it stands, and the touches that end it: each one touch.
fn state(ctx: &Ctx, view: &UseView) -> Markup {
    let (row, t) = (&view.row, |key: &str| ctx.words.t(key));
    let use_id = row.use_id.as_str();
    let touch = |what: &str, fields: &[(&str, &str)], button: &Markup| parts::touch(ctx, &format!("/api/1/uses/{use_id}/{what}"), use_id, fields, button);
    let names: Vec<&str> = row.categories.iter().map(|category| category.name.as_str()).collect();
    html! {
        section.card.outside[row.outside] id="state" aria-labelledby="state-title" {
            div.cluster.spread {
                h2 id="state-title" { (t("choices-state")) }
                (super::switch(ctx, row, ""))
            }
            (parts::flash(ctx, use_id))
            p { (t(row.standing.key())) }
            @if row.position != Position::Off { (words::now(ctx, row)) }
            p { (words::sentence(&words::terms(ctx, row))) }
            p.fine { (names.join(" · ")) }
            @if row.can.contains(&Can::Withdraw) {
                div.bar.even {
                    (touch("withdraw", &[], &parts::stop(&t("choices-stop"))))
                    (touch("withdraw", &[("erase", "true")], &parts::stop(&t("choices-stop-erase"))))
                }
                p.fine { (t("choices-stop-note")) }
            }
            @if row.can.iter().any(|can| matches!(can, Can::Pause | Can::Resume)) {
                (super::pausing(ctx, use_id, ("use", use_id), row.paused.as_ref().filter(|pause| pause.covers == "use"), &row.headline))
            }
            @let counts = &view.counts;
            p.fine { (ctx.words.ta("choices-counts", &[
                ("sent", Var::Count(counts.sent)), ("waiting", Var::Count(counts.waiting)),
                ("withheld", Var::Count(counts.withheld)), ("destroyed", Var::Count(counts.destroyed)),
            ])) }
            p { a href={ "/data/" (use_id) } { (t("choices-data")) } }
        }
    }
}

/// The request itself, as it is asked: Allow takes exactly what is printed.
fn decide(ctx: &Ctx, view: &UseView) -> Markup {
    html! {
        section.stack id="decide" aria-labelledby="decide-title" tabindex="-1" {
            h2 id="decide-title" { (ctx.words.t("choices-decide-title")) }
            @if ctx.person().is_none() {
                div.note { p { (ctx.words.t("choices-no-profile")) } }
                div.bar { (parts::link("/people", &ctx.words.t("base-profile"))) }
            } @else {
                (card::card_for(ctx, &view.request, &view.pictures, &format!("/api/1/uses/{}/answer", view.row.use_id)))
            }
        }
    }
}

/// Values with their units, and what is left of each at each tier.
fn may_see(ctx: &Ctx, view: &UseView) -> Markup {
    let words = ctx.words;
    let tier = |at: usize| {
        let reveals = view.request.adjust.tiers.get(at).map(String::as_str).unwrap_or_default();
        let n = words.count(u64::try_from(at).unwrap_or_default().saturating_add(1));
        let name = words.ta("choices-see-tier", &[("n", Var::Text(&n)), ("reveals", Var::Text(reveals))]);
        let is_now = view.row.can.contains(&Can::Withdraw) && usize::from(view.row.tier) == at;
        if is_now { format!("{name} ({})", words.t("choices-see-now")) } else { name }
    };
    let tiers: Vec<String> = (0..view.request.adjust.tiers.len()).map(tier).collect();
    let (signal, category) = (words.t("choices-see-signal"), words.t("choices-see-category"));
    let mut columns = vec![Column::Text(&signal), Column::Text(&category)];
    columns.extend(tiers.iter().map(|tier| Column::Text(tier)));
    let rows: Vec<Vec<Markup>> = view.signals.iter().map(|signal| signal_row(ctx, signal)).collect();
    html! {
        section.stack aria-labelledby="see-title" {
            h2 id="see-title" { (words.t("choices-see")) }
            (parts::table(&words.t("choices-see-caption"), &columns, &rows))
        }
    }
}

fn signal_row(ctx: &Ctx, signal: &SignalView) -> Vec<Markup> {
    let unit = ctx.words.unit(&signal.unit);
    let names: Vec<&str> = signal.categories.iter().map(|category| category.name.as_str()).collect();
    let head = html! { span title=(signal.path) { (words::signal_name(&signal.path)) @if !unit.is_empty() { " (" (unit) ")" } } };
    let rules = signal.rules.iter().map(|rule: &RuleView| html! { (words::rule(ctx.words, rule, &signal.unit)) });
    [head, html! { (names.join(", ")) }].into_iter().chain(rules).collect()
}

/// For each kind of data whether it leaves now, and why not.
fn explained(ctx: &Ctx, view: &UseView) -> Markup {
    let words = ctx.words;
    let condition = ctx.used(&view.row.use_id).map(|used| used.condition);
    let verdict = |explained: &Explained| {
        let (state, key) = match explained.verdict.as_str() {
            "released" => (State::Leaves, "choices-explain-released"),
            "awaiting" => (State::Waits, "choices-explain-awaiting"),
            _ => (State::Stays, "choices-explain-withheld"),
        };
        html! {
            (pill(state, &words.t(key)))
            @if let Some(reason) = &explained.reason { " " (words::reason(words, reason, condition)) }
        }
    };
    let row = |explained: &Explained| {
        let names: Vec<&str> = explained.categories.iter().map(|category| category.name.as_str()).collect();
        vec![html! { (names.join(", ")) }, verdict(explained)]
    };
    let rows: Vec<Vec<Markup>> = view.explained.iter().map(row).collect();
    let (category, now) = (words.t("choices-see-category"), words.t("choices-explain-verdict"));
    html! {
        @if !rows.is_empty() {
            section.stack aria-labelledby="explain-title" {
                h2 id="explain-title" { (words.t("choices-explain")) }
                (parts::table(&words.t("choices-explain-caption"), &[Column::Text(&category), Column::Text(&now)], &rows))
            }
        }
    }
}

/// Every fact (R30), and how the gate treats it.
fn facts_of(ctx: &Ctx, view: &UseView) -> Markup {
    let printed = facts::details(&view.request, ctx.words).into_iter().map(|fact| (fact.label, html! { (fact.text) }));
    let pairs: Vec<(String, Markup)> = printed.chain(running(ctx, &view.running)).collect();
    html! {
        section.stack aria-labelledby="facts-title" {
            h2 id="facts-title" { (ctx.words.t("choices-facts")) }
            (parts::facts(&pairs))
        }
    }
}

fn running(ctx: &Ctx, running: &Running) -> Vec<(String, Markup)> {
    let words = ctx.words;
    let t = |key: &str| words.t(key);
    let pick = |yes: bool, key: &str| t(&format!("{key}-{}", if yes { "yes" } else { "no" }));
    let (give, active) = (t(&format!("choices-assurance-{}", running.assurance_give)), t(&format!("choices-assurance-{}", running.assurance_active)));
    let assurance = words.ta("choices-assurance", &[("give", Var::Text(&give)), ("active", Var::Text(&active))]);
    let (revision, catalog) = (words.count(running.revision.into()), words.count(running.catalog_version.into()));
    let version = words.ta("choices-version", &[("revision", Var::Text(&revision)), ("catalog", Var::Text(&catalog))]);
    let pairs = [
        ("choices-fact-condition", t(&format!("choices-condition-{}", running.condition))),
        ("choices-fact-everyone", pick(running.needs_everyone, "choices-everyone")),
        ("choices-fact-assurance", assurance),
        ("choices-fact-linked", pick(running.linked, "choices-linked")),
        ("choices-fact-version", version),
    ];
    pairs.into_iter().map(|(key, text)| (t(key), html! { (text) })).collect()
}

/// Where the rights say what was done: they stand far below the state of the use.
const RIGHTS: &str = "rights";

/// Objection and restriction (R37), and lifting them.
fn rights(ctx: &Ctx, view: &UseView) -> Markup {
    let use_id = view.row.use_id.as_str();
    let offered: Vec<(&str, &str, &str)> = [
        (Can::Object, "object", "choices-object", "choices-object-note"),
        (Can::Restrict, "restrict", "choices-restrict", "choices-restrict-note"),
        (Can::Lift, "lift", "choices-lift", "choices-lift-note"),
    ]
    .into_iter()
    .filter(|(can, ..)| view.row.can.contains(can))
    .map(|(_, what, label, note)| (what, label, note))
    .collect();
    html! {
        @if !offered.is_empty() {
            section.stack aria-labelledby="rights-title" {
                h2 id="rights-title" { (ctx.words.t("choices-rights")) }
                (parts::flash(ctx, RIGHTS))
                div.grid2 {
                    @for (what, label, note) in offered {
                        div.card {
                            p { (ctx.words.t(note)) }
                            (parts::touch(ctx, &format!("/api/1/uses/{use_id}/{what}"), RIGHTS, &[], &parts::button(&ctx.words.t(label))))
                        }
                    }
                }
            }
        }
    }
}

fn history(ctx: &Ctx, history: &[EventStatus]) -> Markup {
    let words = ctx.words;
    let row = |event: &EventStatus| vec![html! { (words.date_time(event.wall_ms)) }, html! { (action(ctx, &event.action)) }];
    let rows: Vec<Vec<Markup>> = history.iter().map(row).collect();
    let (when, what) = (words.t("choices-history-when"), words.t("choices-history-what"));
    html! {
        section.stack aria-labelledby="history-title" {
            h2 id="history-title" { (words.t("choices-history")) }
            @if rows.is_empty() {
                p.fine { (words.t("choices-history-none")) }
            } @else {
                (parts::table(&words.t("choices-history-caption"), &[Column::Text(&when), Column::Text(&what)], &rows))
            }
            p { a href="/trust" { (words.t("choices-history-more")) } }
        }
    }
}

/// What happened, in words; what has none yet is noted as such.
fn action(ctx: &Ctx, action: &str) -> String {
    let key = format!("choices-action-{action}");
    let text = ctx.words.t(&key);
    if text == key { ctx.words.t("choices-action-other") } else { text }
}
