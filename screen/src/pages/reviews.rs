//! Each time: one review for all waiting trips, a row per use (R13). What is drawn is exactly what would go; Send and Destroy are
//! the same in size and weight; what nobody answered for is told.

use super::draw::{self, Drawn};
use super::parts::{self, Column};
use super::{Place, layout, shown};
use crate::ctx::Ctx;
use crate::model::reviews::{Lapsed, ReviewsView, Waiting, review, reviews};
use crate::serve::App;
use crate::words::Var;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use consent_gatekeeper::show::SentValue;
use maud::{Markup, html};

/// Values in the table of the one screen; all of them stand on the page of the use.
const TABLE_FIRST: usize = 20;

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/reviews", get(list)).route("/reviews/{use}", get(single))
}

async fn list(ctx: Ctx) -> Response {
    let view = reviews(&ctx).await;
    shown(&ctx, Place::Requests, view.map(|view| layout(&ctx, Place::Requests, &all(&ctx, &view))))
}

async fn single(Path(use_id): Path<String>, ctx: Ctx) -> Response {
    let view = review(&ctx, &use_id).await;
    shown(&ctx, Place::Requests, view.map(|view| layout(&ctx, Place::Requests, &one(&ctx, &view))))
}

/// The one screen.
pub fn all(ctx: &Ctx, view: &ReviewsView) -> Markup {
    let words = ctx.words;
    html! {
        (sheets())
        div.stack.wide {
            div.stack {
                h1 { (words.t("reviews-title")) }
                @if !view.waiting.is_empty() { p.lead { (words.ta("reviews-lead", &[("n", Var::Count(u64::try_from(view.waiting.len()).unwrap_or_default()))])) } }
                (elsewhere(ctx, view))
            }
            @if view.waiting.is_empty() {
                (parts::empty(&words.t(if view.recognised { "reviews-empty" } else { "reviews-guest" }), &words.t("reviews-empty-text")))
            }
            @for waiting in &view.waiting { (card(ctx, waiting)) }
            @if view.waiting.len() > 1 { (together(ctx, view)) }
            (lapsed(ctx, &view.lapsed))
        }
    }
}

/// What an answer did to a use that waits no more stands on top: its card is gone.
fn elsewhere(ctx: &Ctx, view: &ReviewsView) -> Markup {
    let at = ctx.flash.as_ref().map(|flash| flash.at.as_str());
    let gone = at.filter(|at| !view.waiting.iter().any(|waiting| waiting.use_id == *at));
    html! { @if let Some(at) = gone { (parts::flash(ctx, at)) } }
}

/// One use: what would go, and the two answers.
fn card(ctx: &Ctx, waiting: &Waiting) -> Markup {
    let values = waiting.values.as_deref().unwrap_or_default();
    html! {
        article.card.review.outside[waiting.outside] id={ "review-" (waiting.use_id) } aria-labelledby={ "review-title-" (waiting.use_id) } {
            h2 id={ "review-title-" (waiting.use_id) } { (waiting.headline) }
            (head(ctx, waiting))
            (parts::flash(ctx, &waiting.use_id))
            (drawings(ctx, waiting))
            @if !values.is_empty() {
                (parts::more(&ctx.words.t("reviews-table"), &html! {
                    (table(ctx, values.get(values.len().saturating_sub(TABLE_FIRST)..).unwrap_or(values)))
                    @if values.len() > TABLE_FIRST {
                        p { a href={ "/reviews/" (waiting.use_id) } { (ctx.words.ta("reviews-all-values", &[("n", Var::Count(count(values.len())))])) } }
                    }
                }))
            }
            (answers(ctx, waiting))
        }
    }
}

fn head(ctx: &Ctx, waiting: &Waiting) -> Markup {
    let words = ctx.words;
    let recipient = ctx.used(&waiting.use_id).and_then(|used| ctx.recipient(used));
    let (from, to) = (words.date_time(waiting.first_ms), words.date_time(waiting.last_ms));
    html! {
        @if let Some(recipient) = recipient { p { (parts::recipient(ctx, recipient)) } }
        p { (words.ta("reviews-what", &[("n", Var::Count(waiting.records)), ("from", Var::Text(&from)), ("to", Var::Text(&to))])) }
        @if let Some(destroyed_ms) = waiting.destroyed_ms {
            p { (parts::pill(parts::State::Waits, &words.ta("reviews-until", &[("date", Var::Text(&words.date_time(destroyed_ms)))]))) }
        }
        @if waiting.truncated { p.fine { (words.t("reviews-truncated")) } }
        @if waiting.values.is_none() { (parts::note(parts::State::Fault, &words.t("reviews-unseen"))) }
    }
}

/// Track and charts of exactly these values.
fn drawings(ctx: &Ctx, waiting: &Waiting) -> Markup {
    let drawn = ctx.used(&waiting.use_id).zip(waiting.values.as_deref());
    let drawn = drawn.map(|(used, sent)| Drawn { used, tier: None, sent, original: &[] });
    html! { @if let Some(drawn) = drawn { (draw::values(ctx, &drawn)) } }
}

/// Send and Destroy: side by side, the same size, weight and tone. What cannot be shown can only be destroyed.
fn answers(ctx: &Ctx, waiting: &Waiting) -> Markup {
    let words = ctx.words;
    let about = |key: &str| html! { (words.t(key)) span.hush { ": " (waiting.headline) } };
    let content = html! {
        div.bar.even {
            button.btn type="submit" name="answer" value="send" disabled[waiting.values.is_none()] { (about("reviews-send")) }
            button.btn type="submit" name="answer" value="destroy" { (about("reviews-destroy")) }
        }
    };
    parts::form(ctx, &format!("/api/1/reviews/{}", waiting.use_id), "/reviews", &waiting.use_id, &content)
}

/// The same two answers for all uses at once.
fn together(ctx: &Ctx, view: &ReviewsView) -> Markup {
    let unseen = view.waiting.iter().any(|waiting| waiting.values.is_none());
    let content = html! {
        div.bar.even {
            button.btn type="submit" name="answer" value="send" disabled[unseen] { (ctx.words.t("reviews-send-all")) }
            (parts::answer("answer", "destroy", &ctx.words.t("reviews-destroy-all")))
        }
    };
    html! {
        section.card aria-labelledby="reviews-together" {
            h2 id="reviews-together" { (ctx.words.t("reviews-together")) }
            (parts::form(ctx, "/api/1/reviews", "/reviews", "reviews", &content))
        }
    }
}

/// What was destroyed because nobody answered.
fn lapsed(ctx: &Ctx, lapsed: &[Lapsed]) -> Markup {
    let words = ctx.words;
    html! {
        @if !lapsed.is_empty() {
            section.stack aria-labelledby="reviews-lapsed" {
                h2 id="reviews-lapsed" { (words.t("reviews-lapsed")) }
                ul {
                    @for lapsed in lapsed {
                        li { (words.ta("reviews-lapsed-use", &[("headline", Var::Text(&lapsed.headline)), ("n", Var::Count(lapsed.decisions))])) }
                    }
                }
                p.fine { (words.t("reviews-lapsed-note")) }
            }
        }
    }
}

/// One use with every value that would go.
pub fn one(ctx: &Ctx, waiting: &Waiting) -> Markup {
    html! {
        (sheets())
        div.stack.wide {
            div.stack {
                p { a.back href="/reviews" { (ctx.words.t("reviews-title")) } }
                h1 { (waiting.headline) }
                (head(ctx, waiting))
                (parts::flash(ctx, &waiting.use_id))
            }
            div.review { (drawings(ctx, waiting)) }
            (answers(ctx, waiting))
            @if let Some(values) = waiting.values.as_deref() { (table(ctx, values)) }
        }
    }
}

/// Drawings and this page's own.
fn sheets() -> Markup {
    html! { @for sheet in ["data.css", "choices.css"] { link rel="stylesheet" href={ "/assets/" (sheet) }; } }
}

fn table(ctx: &Ctx, values: &[SentValue]) -> Markup {
    let words = ctx.words;
    let (when, what, value) = (words.t("reviews-when"), words.t("reviews-what-column"), words.t("reviews-value"));
    let row = |row: &SentValue| {
        let unit = row.unit.as_deref().map(|unit| words.unit(unit)).unwrap_or_default();
        vec![
            html! { (words.date_time(row.t_ms)) },
            html! { (super::choices::signal_name(&row.signal)) },
            html! { (draw::value_text(ctx, row)) @if !unit.is_empty() { " " (unit) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = values.iter().rev().map(row).collect();
    parts::table(&words.t("reviews-table-caption"), &[Column::Text(&when), Column::Text(&what), Column::Number(&value)], &rows)
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
