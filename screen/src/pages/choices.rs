//! My choices: one screen with every use and every category (R18), and a page for each use.
//!
//! A switch says what the driver decided; the word beside it says what is so right now. Turning off is one touch on the row;
//! turning on opens the use with its printed terms, where one touch allows them (R10).

mod change;
mod words;

pub mod one;

pub(super) use words::signal_name;

use super::{Page, Place, page, parts, shown};
use crate::ctx::Ctx;
use crate::model::choices::{Can, CategoryView, Choices, GateView, Group, GroupKind, PauseView, Position, UseRow, choices};
use crate::serve::App;
use crate::words::Var;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

/// Lists of more uses are short, so that the whole page stays under 150 KB: what a row leaves out stands one touch away.
const FULL_MAX: usize = 60;

/// How much a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Full,
    Short,
}

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/choices", get(list)).route("/choices/{use}", get(single))
}

async fn list(ctx: Ctx) -> Response {
    let view = choices(&ctx).await;
    shown(&ctx, Place::Choices, view.map(|view| all(&ctx, &view)))
}

async fn single(Path(use_id): Path<String>, ctx: Ctx) -> Response {
    let view = crate::model::choices::one(&ctx, &use_id).await;
    shown(&ctx, Place::Choices, view.map(|view| one::whole(&ctx, &view)))
}

/// The whole screen.
pub fn all(ctx: &Ctx, view: &Choices) -> Markup {
    let words = ctx.words;
    let uses = view.groups.iter().map(|group| group.uses.len()).fold(0, usize::saturating_add);
    let length = if uses > FULL_MAX { Length::Short } else { Length::Full };
    let main = html! {
        div.stack.wide {
            div.stack {
                h1 { (words.t("choices-title")) }
                p.lead { (words.ta("choices-lead", &[("n", Var::Count(view.allowed)), ("all", Var::Count(view.optional))])) }
                @if !view.recognised { (guest(ctx)) }
                (parts::flash(ctx, "all"))
            }
            @if view.optional == 0 { (parts::empty(&words.t("choices-none"), &words.t("choices-none-text"))) }
            @for group in view.groups.iter().filter(|group| !group.uses.is_empty()) { (group_of(ctx, group, length)) }
            (running(ctx, &view.gate))
            @if view.allowed > 0 { (stop_all(ctx)) }
        }
    };
    let aside = html! { div.stack { (categories(ctx, &view.categories)) } };
    let aside = (!view.categories.is_empty()).then_some(&aside);
    page(ctx, &Page { place: Place::Choices, title: &words.t("choices-title"), main: &main, aside })
}

fn guest(ctx: &Ctx) -> Markup {
    html! {
        div.note { p { (ctx.words.t("choices-guest")) } }
        div.bar { (parts::link("/people", &ctx.words.t("base-profile"))) }
    }
}

fn group_of(ctx: &Ctx, group: &Group, length: Length) -> Markup {
    let (id, title, note) = match group.kind {
        GroupKind::Manufacturer => ("manufacturer", "choices-group-manufacturer", "choices-group-manufacturer-note"),
        GroupKind::Outside => ("outside", "choices-group-outside", "choices-group-outside-note"),
        GroupKind::Law => ("law", "choices-group-law", "choices-group-law-note"),
    };
    html! {
        section.stack aria-labelledby={ "group-" (id) } {
            div.stack.tight {
                h2 id={ "group-" (id) } { (ctx.words.t(title)) }
                p.fine { (ctx.words.t(note)) }
            }
            ul.plain.uses { @for row in &group.uses { (use_row(ctx, row, length)) } }
        }
    }
}

/// One use: what it is, how it stands, and the touch that changes that.
fn use_row(ctx: &Ctx, row: &UseRow, length: Length) -> Markup {
    let href = format!("/choices/{}", row.use_id);
    html! {
        li.use.outside[row.outside] id={ "use-" (row.use_id) } {
            div.what {
                h3 { (row.headline) }
                @if length == Length::Full { p.plain-line { (row.plain) } }
                p.terms { (recipient(ctx, row)) span { (words::terms(ctx, row)) } }
                (words::now(ctx, row))
                @if let Some(law) = &row.law { p.fine { (words::law(ctx, law)) } }
            }
            div.act {
                (switch(ctx, row, &href))
                // A switch that is off leads to the same page.
                @if length == Length::Full || !row.can.contains(&Can::Give) {
                    a.btn.small href=(href) { (ctx.words.t("choices-details")) span.hush { ": " (row.headline) } }
                }
            }
            (parts::flash(ctx, &row.use_id))
        }
    }
}

fn recipient(ctx: &Ctx, row: &UseRow) -> Markup {
    html! { @if let Some(recipient) = ctx.used(&row.use_id).and_then(|used| ctx.recipient(used)) { (parts::recipient(ctx, recipient)) } }
}

/// The switch of a use. On: one touch stops. Off: it leads to the printed terms, since a switch cannot show what a yes means.
pub(super) fn switch(ctx: &Ctx, row: &UseRow, href: &str) -> Markup {
    let words = ctx.words;
    let action = |what: &str| format!("/api/1/uses/{}/{what}", row.use_id);
    let touch =
        |what: &str, stand: parts::Stand, word: &str| parts::touch(ctx, &action(what), &row.use_id, &[], &parts::switch(stand, &row.headline, &words.t(word)));
    let has = |can: Can| row.can.contains(&can);
    match row.position {
        Position::On if has(Can::Withdraw) => touch("withdraw", parts::Stand::On, "base-on"),
        Position::On if has(Can::Object) => touch("object", parts::Stand::On, "base-on"),
        Position::Off if has(Can::Give) => html! {
            a.switch href={ (href) "#decide" } { span { span.hush { (row.headline) ": " } (words.t("base-off")) span.hush { ". " (words.t("choices-decide")) } } }
        },
        Position::Off if has(Can::Lift) => touch("lift", parts::Stand::Off, "base-off"),
        Position::On | Position::Fixed => html! { p.still { (words.t("choices-fixed")) } },
        Position::Off => html! { p.still { (words.t("base-off")) } },
        Position::OnRequest => html! { p.still { (words.t("choices-on-request")) } },
    }
}

/// Every kind of data: how much may see it, and a pause of its own (R19).
fn categories(ctx: &Ctx, categories: &[CategoryView]) -> Markup {
    html! {
        div.stack.tight {
            h2 { (ctx.words.t("choices-categories")) }
            p.fine { (ctx.words.t("choices-categories-note")) }
        }
        ul.plain.uses { @for category in categories { (category_row(ctx, category)) } }
    }
}

fn category_row(ctx: &Ctx, category: &CategoryView) -> Markup {
    let words = ctx.words;
    let at = format!("category-{}", category.id);
    html! {
        li.use.category id=(at) {
            div.what {
                h3 { (category.name) }
                p.fine { (words.t(&format!("choices-about-{}", category.about))) }
                p { (words.ta("choices-category-allowed", &[("n", Var::Count(category.allowed)), ("all", Var::Count(category.uses))])) }
                @if let Some(pause) = &category.paused { p { (parts::pill(parts::State::Stays, &words::paused(ctx, pause))) } }
                @if category.by_law > 0 { p.fine { (words.ta("choices-category-law", &[("n", Var::Count(category.by_law))])) } }
            }
            @if category.by_law < category.uses { div.act { (pausing(ctx, &at, ("category", &category.id), own_pause(category), &category.name)) } }
            (parts::flash(ctx, &at))
        }
    }
}

/// Three large durations, or the touch that ends the pause of exactly this: `(use or category, id)`.
pub(super) fn pausing(ctx: &Ctx, at: &str, (scope, id): (&str, &str), own: Option<&PauseView>, about: &str) -> Markup {
    let words = ctx.words;
    html! {
        @if own.is_some() {
            (parts::touch(ctx, "/api/1/resume", at, &[("scope", scope), ("id", id)], &html! { button.btn type="submit" { (words.t("base-resume")) span.hush { ": " (about) } } }))
        } @else {
            details.more.pausing {
                summary { (words.t("base-pause")) span.hush { ": " (about) } }
                (parts::touch(ctx, "/api/1/pause", at, &[("scope", scope), ("id", id)], &durations(ctx)))
            }
        }
    }
}

fn durations(ctx: &Ctx) -> Markup {
    html! {
        div.bar.even { @for duration in ["trip", "hour", "until_resumed"] { (parts::answer("for", duration, &ctx.words.t(&format!("base-pause-{duration}")))) } }
    }
}

/// "Running the gate" (R1).
fn running(ctx: &Ctx, gate: &GateView) -> Markup {
    let words = ctx.words;
    html! {
        section.stack aria-labelledby="group-gate" {
            h2 id="group-gate" { (gate.headline) }
            div.card {
                p { (gate.plain) }
                ul { @for field in &gate.fields { li { (field) } } }
                p { (words.ta("choices-gate-counts", &[
                    ("connections", Var::Count(gate.connections)), ("statements", Var::Count(gate.statements)), ("polls", Var::Count(gate.catalog_polls)),
                ])) }
                p.fine { (words.t("choices-gate-note")) }
            }
        }
    }
}

fn stop_all(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    html! {
        section.stack aria-labelledby="stop-all" {
            h2 id="stop-all" { (words.t("choices-stop-all")) }
            p { (words.t("choices-stop-all-text")) }
            div.bar.even {
                (parts::touch(ctx, "/api/1/withdraw-all", "all", &[], &parts::stop(&words.t("choices-stop-all-button"))))
                (parts::touch(ctx, "/api/1/withdraw-all", "all", &[("erase", "true")], &parts::stop(&words.t("choices-stop-all-erase"))))
            }
        }
    }
}

fn own_pause(category: &CategoryView) -> Option<&PauseView> {
    category.paused.as_ref().filter(|pause| pause.covers == "category")
}

#[cfg(test)]
mod tests;
