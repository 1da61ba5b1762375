//! Requests and the first screen.
//!
//! A request is printed in blocks in the order of its form ([`card`]); every answer is one touch, in every form. Nothing is
//! preselected: whoever chooses nothing under Adjust accepts what is printed (R8).

pub mod card;
pub mod first;
pub(super) mod picture;

use super::{Place, fault_page, layout, parts};
use crate::ctx::Ctx;
use crate::model::requests::{self as model, Budget, RequestView, RequestsView, ScreenView};
use crate::serve::App;
use crate::words::{Var, Words};
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use consent_gatekeeper::show::Pictures;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Where an answer leads: the request itself is gone then.
const BACK: &str = "/requests";
/// Where what the first screen and opened requests did is shown.
pub(crate) const TOP: &str = "requests";

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/requests", get(list)).route("/requests/{id}", get(single)).route("/first", get(welcome))
}

async fn list(ctx: Ctx) -> Response {
    match model::view(&ctx).await {
        Ok(view) if !view.welcomed && !view.guest => welcome(ctx).await,
        Ok(view) => {
            let pictures = pictures(&ctx, &view).await;
            layout(&ctx, Place::Requests, &all(&ctx, &view, &pictures)).into_response()
        }
        Err(fault) => fault_page(&ctx, Place::Requests, &fault),
    }
}

async fn single(Path(id): Path<u64>, ctx: Ctx) -> Response {
    match model::one(&ctx, id).await {
        Ok(request) => {
            let pictures = model::pictures(&ctx, &request.use_id).await;
            layout(&ctx, Place::Requests, &only(&ctx, &request, &pictures)).into_response()
        }
        Err(fault) => fault_page(&ctx, Place::Requests, &fault),
    }
}

async fn welcome(ctx: Ctx) -> Response {
    match model::first(&ctx).await {
        Ok(view) => layout(&ctx, Place::Requests, &first::page(&ctx, &view)).into_response(),
        Err(fault) => fault_page(&ctx, Place::Requests, &fault),
    }
}

async fn pictures(ctx: &Ctx, view: &RequestsView) -> BTreeMap<String, Pictures> {
    let mut pictures = BTreeMap::new();
    for request in view.screens.iter().flat_map(|screen| &screen.requests) {
        pictures.insert(request.use_id.clone(), model::pictures(ctx, &request.use_id).await);
    }
    pictures
}

/// All requests that wait.
pub fn all(ctx: &Ctx, view: &RequestsView, pictures: &BTreeMap<String, Pictures>) -> Markup {
    let words = ctx.words;
    html! {
        div.stack.wide {
            h1.hush { (words.t("requests-title")) }
            @if view.guest {
                (nothing(words, "requests-guest", "requests-guest-text", ("/people", "requests-guest-link")))
            } @else if view.screens.is_empty() {
                (nothing(words, "requests-empty", "requests-empty-text", ("/choices", "requests-choices-link")))
            }
            @for screen in &view.screens { (of_screen(ctx, screen, pictures)) }
            @if !view.screens.is_empty() { p.fine { (words.t("requests-intro")) } }
            @if !view.guest { (budget(words, view.budget)) }
        }
    }
}

/// One request on a page of its own.
pub fn only(ctx: &Ctx, request: &RequestView, pictures: &Pictures) -> Markup {
    html! {
        div.stack.wide {
            h1.hush { (ctx.words.t("requests-title")) }
            h2.hush { (ctx.words.t(if request.recipient.outside { "requests-outside" } else { "requests-maker" })) }
            (parts::flash(ctx, &request.use_id))
            (card::card(ctx, request, pictures))
            p { a href="/requests" { (ctx.words.t("requests-all")) } }
        }
    }
}

fn nothing(words: Words, title: &str, text: &str, (href, label): (&str, &str)) -> Markup {
    html! {
        div.empty {
            h2 { (words.t(title)) }
            p { (words.t(text)) }
            (parts::link(href, &words.t(label)))
        }
    }
}

/// Requests that were raised together: those before a trip, then the maker's, then those from outside, apart.
fn of_screen(ctx: &Ctx, screen: &ScreenView, pictures: &BTreeMap<String, Pictures>) -> Markup {
    let before_trip = |request: &&RequestView| request.cause == model::BEFORE_TRIP;
    let outside = |request: &&RequestView| request.recipient.outside;
    let trip: Vec<&RequestView> = screen.requests.iter().filter(before_trip).collect();
    let maker: Vec<&RequestView> = screen.requests.iter().filter(|request| !before_trip(request) && !outside(request)).collect();
    let others: Vec<&RequestView> = screen.requests.iter().filter(|request| !before_trip(request) && outside(request)).collect();
    html! {
        (group(ctx, "before-trip", &trip, pictures))
        (group(ctx, "maker", &maker, pictures))
        (group(ctx, "outside", &others, pictures))
    }
}

fn group(ctx: &Ctx, name: &str, requests: &[&RequestView], pictures: &BTreeMap<String, Pictures>) -> Markup {
    let none = Pictures::default();
    html! {
        @if !requests.is_empty() {
            section class={ "stack group " (name) } {
                h2.group-title { (ctx.words.t(&format!("requests-{name}"))) }
                @if name == "before-trip" { p { (ctx.words.t("requests-before-trip-text")) } }
                @for request in requests {
                    (parts::flash(ctx, &request.use_id))
                    (card::card(ctx, request, pictures.get(&request.use_id).unwrap_or(&none)))
                }
            }
        }
    }
}

/// How often the car asked of its own accord, and where to change how it asks.
fn budget(words: Words, budget: Budget) -> Markup {
    let used = words.count(budget.used.into());
    html! {
        div.stack.tight.budget {
            p.fine { (words.ta("requests-budget", &[("used", Var::Text(&used)), ("max", Var::Count(budget.max.into()))])) }
            p { a href="/asking" { (words.t("requests-asking-link")) } }
        }
    }
}
