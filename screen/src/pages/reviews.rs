//! Each time: one review for all waiting trips, a row per use (R13). What is drawn is exactly what would leave; Send and Destroy are
//! the same in size and weight; what nobody answered for is told.

use super::draw::{self, Drawn, When};
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

/// One use: what would leave, and the two answers.
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
                    (table(ctx, &waiting.headline, values.get(values.len().saturating_sub(TABLE_FIRST)..).unwrap_or(values)))
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
    let drawn = drawn.map(|(used, sent)| Drawn { used, tier: None, sent, original: &[], when: When::WouldLeave });
    html! { @if let Some(drawn) = drawn { (draw::values(ctx, &drawn)) } }
}

/// Send and Destroy: side by side, the same size, weight and tone. What cannot be shown can only be destroyed.
fn answers(ctx: &Ctx, waiting: &Waiting) -> Markup {
    let words = ctx.words;
    let about = |key: &str| html! { (words.t(key)) span.hush { ": " (waiting.headline) } };
    let content = html! {
        (parts::hidden(&[("newest", &waiting.newest.to_string())]))
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
    let newest = view.waiting.iter().map(|waiting| waiting.newest).max().unwrap_or_default();
    let content = html! {
        (parts::hidden(&[("newest", &newest.to_string())]))
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

/// One use with every value that would leave.
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
            @if let Some(values) = waiting.values.as_deref() { (table(ctx, &waiting.headline, values)) }
        }
    }
}

/// Drawings and this page's own.
fn sheets() -> Markup {
    html! { @for sheet in ["data.css", "choices.css"] { link rel="stylesheet" href={ "/assets/" (sheet) }; } }
}

fn table(ctx: &Ctx, headline: &str, values: &[SentValue]) -> Markup {
    let words = ctx.words;
    let (when, what, value) = (words.t("reviews-when"), words.t("reviews-what-column"), words.t("reviews-value"));
    let row = |row: &SentValue| {
        let unit = row.unit.as_deref().map(|unit| words.unit(unit)).unwrap_or_default();
        vec![
            html! { (words.date_time(row.t_ms)) (super::data::seconds(row.t_ms)) },
            html! { (super::choices::signal_name(&row.signal)) },
            html! { (draw::value_text(ctx, row)) @if !unit.is_empty() { " " (unit) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = values.iter().rev().map(row).collect();
    parts::table(
        &words.ta("reviews-table-caption", &[("headline", Var::Text(headline))]),
        &[Column::Text(&when), Column::Text(&what), Column::Number(&value)],
        &rows,
    )
}

fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{T0_MS, after, before, catalog, ctx, status};
    use crate::port::{Answer, Port};
    use consent_gatekeeper::control::{Peer, Request, Response as Said};
    use serde_json::json;
    use std::sync::Arc;

    /// Two uses wait; what of the second would leave cannot be shown.
    struct Gate;

    impl Port for Gate {
        fn ask(&self, _peer: Peer, request: Request) -> Answer {
            let row = |use_id: &str| json!({ "use": use_id, "batches": 2, "records": 3, "first_ms": T0_MS, "last_ms": T0_MS + 60_000, "destroyed_ms": T0_MS + 86_400_000 });
            let said = if request == Request::ReviewList {
                json!({ "version": 1, "waiting": [row("use-0"), row("use-1")], "lapsed": [{ "use": "use-2", "decisions": 17 }, { "use": "use-0", "decisions": 0 }] })
            } else if (request == Request::ReviewShow { use_id: "use-0".to_owned() }) {
                let value = |t_ms: i64, value: f64| json!({ "signal": "Vehicle.A", "unit": "km/h", "t_ms": t_ms, "value": value });
                json!({ "version": 1, "use": "use-0", "rows": [value(T0_MS, 41.5), value(T0_MS + 30_000, 57.25), value(T0_MS + 60_000, 63.0)], "truncated": false })
            } else {
                return Box::pin(async { Said::Refused { error: "not in this test".to_owned() } });
            };
            Box::pin(async move { Said::Data { data: said } })
        }

        fn now_ms(&self) -> i64 {
            T0_MS
        }
    }

    fn scene() -> Ctx {
        let catalog = catalog(3);
        let mut ctx = ctx(catalog.clone(), status(&catalog), None);
        ctx.port = Arc::new(Gate);
        ctx
    }

    fn view(ctx: &Ctx) -> ReviewsView {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(reviews(ctx)).unwrap()
    }

    fn card_of<'a>(page: &'a str, use_id: &str) -> &'a str {
        before(after(page, &format!("id=\"review-{use_id}\"")), "</article>")
    }

    #[test]
    fn r13_one_screen_shows_exactly_what_would_go_and_until_when() {
        let ctx = scene();
        let page = all(&ctx, &view(&ctx)).into_string();
        let card = card_of(&page, "use-0");
        for value in ["41.5", "57.25", "63"] {
            assert!(card.contains(&format!("{value} km/h")), "{value}");
        }
        assert_eq!(card.matches("scope=\"row\"").count(), 3, "no value more and none less");
        assert!(card.contains("<svg") && card.contains(&ctx.words.date_time(T0_MS + 86_400_000)));
    }

    #[test]
    fn r13_send_and_destroy_are_the_same_button_in_one_form() {
        let ctx = scene();
        let page = all(&ctx, &view(&ctx)).into_string();
        let card = card_of(&page, "use-0");
        let button = |value: &str| before(card, &format!("name=\"answer\" value=\"{value}\"")).rsplit('<').next().unwrap().to_owned();
        assert_eq!(button("send"), button("destroy"), "same element, same classes");
        assert_eq!(page.matches("action=\"/api/1/reviews\"").count(), 1, "all at once");
    }

    #[test]
    fn what_cannot_be_shown_cannot_be_sent() {
        let ctx = scene();
        let page = all(&ctx, &view(&ctx)).into_string();
        let card = card_of(&page, "use-1");
        assert!(card.contains("value=\"send\" disabled") && !card.contains("value=\"destroy\" disabled"));
        assert!(after(&page, "reviews-together").contains("value=\"send\" disabled"), "nor all at once");
    }

    #[test]
    fn what_nobody_answered_for_is_told() {
        let ctx = scene();
        let page = all(&ctx, &view(&ctx)).into_string();
        assert!(page.contains("Headline 2 (en): 17 measurements") && !page.contains("Headline 0 (en): 0"));
        let none = ReviewsView { version: 1, recognised: true, waiting: Vec::new(), lapsed: Vec::new() };
        assert!(all(&ctx, &none).into_string().contains(&ctx.words.t("reviews-empty")));
    }
}
