//! How I want to be asked: six questions that may be skipped, what they propose, every form by what it does, the budget, what
//! is not asked again, what ends soon.

use super::{Place, fault_page, layout, parts};
use crate::ctx::Ctx;
use crate::model::asking::questions::QUESTIONS;
use crate::model::asking::{self as model, AskingView};
use crate::model::requests::form::{self, FORMS};
use crate::serve::App;
use crate::words::{Var, Words};
use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use consent_gatekeeper::show::Asking;
use maud::{Markup, html};

/// Where the page shows what a choice of a form did.
const AT: &str = "asking";

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/asking", get(page))
}

/// The form that was proposed, by its word.
#[derive(Debug, Default, serde::Deserialize)]
struct Proposed {
    #[serde(default)]
    way: String,
}

async fn page(Query(Proposed { way }): Query<Proposed>, ctx: Ctx) -> Response {
    match model::view(&ctx).await {
        Ok(view) => layout(&ctx, Place::Choices, &main(&ctx, &view, form::of_word(&way))).into_response(),
        Err(fault) => fault_page(&ctx, Place::Choices, &fault),
    }
}

/// The page; with what was proposed, if anything was.
pub fn main(ctx: &Ctx, view: &AskingView, proposed: Option<Option<Asking>>) -> Markup {
    let words = ctx.words;
    html! {
        div.stack.wide {
            div.stack {
                h1 { (words.t("asking-title")) }
                (parts::flash(ctx, AT))
                @if view.guest {
                    p.lead { (words.t("requests-guest")) }
                    p { (words.t("requests-guest-text")) }
                } @else {
                    p.lead { (words.t(&does(view.asking))) }
                    p.fine { (words.t("asking-intro")) }
                }
            }
            @if !view.guest {
                @if let Some(way) = proposed { (proposal(ctx, way, view.asking)) }
                (questions(ctx))
                (ways(ctx, view.asking))
                (counts(ctx, view))
            }
        }
    }
}

/// What a form does, in words: never a label.
fn does(asking: Option<Asking>) -> String {
    format!("asking-does-{}", form::word(asking))
}

fn proposal(ctx: &Ctx, way: Option<Asking>, current: Option<Asking>) -> Markup {
    let words = ctx.words;
    html! {
        section.card id="proposal" {
            h2 { (words.t("asking-proposal")) }
            p.lead { (words.t(&does(way))) }
            @if way == current { p { (words.t("asking-is-so")) } } @else { div.bar { (take(ctx, way, &words.t("asking-take"))) } }
            p.fine { (words.t("asking-proposal-note")) }
        }
    }
}

fn take(ctx: &Ctx, way: Option<Asking>, label: &str) -> Markup {
    parts::form(ctx, "/api/1/asking", "/asking", AT, &html! { (parts::hidden(&[("asking", form::word(way))])) (parts::button(label)) })
}

/// The six questions. Whoever answers none gets the neutral form proposed.
fn questions(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    let content = html! {
        div.stack.wide {
            @for question in &QUESTIONS {
                fieldset {
                    legend { (words.t(&format!("asking-question-{}", question.key))) }
                    div.choices {
                        @for option in question.options {
                            label.choice {
                                input type="radio" name=(question.key) value=(option.key);
                                span { (words.t(&format!("asking-answer-{}-{}", question.key, option.key))) }
                            }
                        }
                    }
                }
            }
            div.bar {
                (parts::button(&words.t("asking-propose")))
                button.btn type="reset" { (words.t("asking-clear")) }
            }
        }
    };
    html! {
        section.card {
            h2 { (words.t("asking-questions")) }
            p.fine { (words.t("asking-questions-note")) }
            (parts::form(ctx, "/api/1/asking/propose", "/asking", AT, &content))
            (parts::more(&words.t("asking-rule"), &rule(words)))
        }
    }
}

/// The published rule: what counts for what.
fn rule(words: Words) -> Markup {
    html! {
        p { (words.t("asking-rule-text")) }
        ul {
            @for question in &QUESTIONS {
                @for option in question.options {
                    li {
                        (words.t(&format!("asking-answer-{}-{}", question.key, option.key))) ": "
                        (words.t(&format!("asking-short-{}", form::word(Some(option.counts_for)))))
                    }
                }
            }
        }
    }
}

/// Every form by what it does; the one in force is said, the others can be taken.
fn ways(ctx: &Ctx, current: Option<Asking>) -> Markup {
    let words = ctx.words;
    html! {
        section.stack {
            h2 { (words.t("asking-ways")) }
            p.fine { (words.t("asking-ways-note")) }
            ul.plain.grid2 {
                @for way in FORMS {
                    li.card {
                        h3 { (words.t(&does(way))) }
                        p.fine { (order(way, words)) }
                        @if way == current {
                            div { (parts::pill(parts::State::Stays, &words.t("asking-current"))) }
                        } @else {
                            div.bar { (take(ctx, way, &words.t("asking-choose"))) }
                        }
                    }
                }
            }
        }
    }
}

/// The order of the blocks, in words.
fn order(way: Option<Asking>, words: Words) -> String {
    let blocks: Vec<String> = form::order(way).iter().map(|block| words.t(&format!("asking-block-{}", block.word()))).collect();
    words.ta("asking-order", &[("blocks", Var::Text(&blocks.join(" → ")))])
}

/// How often the car asked, what it does not ask again, what ends soon.
fn counts(ctx: &Ctx, view: &AskingView) -> Markup {
    let words = ctx.words;
    let used = words.count(view.budget.used.into());
    html! {
        section.card {
            h2 { (words.t("asking-budget")) }
            p { (words.ta("requests-budget", &[("used", Var::Text(&used)), ("max", Var::Count(view.budget.max.into()))])) }
            p.fine { (words.t("asking-budget-text")) }
        }
        section.card {
            h2 { (words.t("asking-never")) }
            @if view.never.is_empty() { p { (words.t("asking-never-none")) } }
            ul.plain.stack {
                @for never in &view.never {
                    li.cluster.spread {
                        span { (never.headline) }
                        (parts::form(ctx, "/api/1/asking/never", "/asking", AT, &html! {
                            (parts::hidden(&[("use", &never.use_id), ("never", "false")]))
                            (parts::small(&words.t("asking-again")))
                        }))
                    }
                }
            }
        }
        section.card {
            h2 { (words.t("asking-ending")) }
            p.fine { (words.t("asking-ending-text")) }
            @if view.ending.is_empty() { p { (words.t("asking-ending-none")) } }
            ul.plain.stack.tight {
                @for ending in &view.ending {
                    li { a href={ "/choices/" (ending.use_id) } { (ending.headline) } ": " (words.ta("requests-adjust-until", &[("date", Var::Text(&words.date(ending.until_ms)))])) }
                }
            }
        }
    }
}
