//! The pages, drawn from the views of `model`. Everything on them works without script for reading and withdrawing.

pub mod asking;
pub mod choices;
pub mod data;
pub mod now;
pub mod parts;
pub mod people;
pub mod requests;
pub mod reviews;
pub mod trust;

use crate::ctx::Ctx;
use crate::serve::App;
use axum::Router;
use maud::{DOCTYPE, Markup, html};

/// All pages.
pub fn router() -> Router<App> {
    Router::new()
        .merge(now::router())
        .merge(requests::router())
        .merge(choices::router())
        .merge(reviews::router())
        .merge(data::router())
        .merge(trust::router())
        .merge(asking::router())
        .merge(people::router())
}

/// Places of the rail, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The gate.
    Now,
    /// Requests, before-trip screen, reviews.
    Requests,
    /// My choices, how I want to be asked, people.
    Choices,
    /// My data.
    Data,
    /// Trust.
    Trust,
}

/// A whole page around its main part.
pub fn layout(ctx: &Ctx, _place: Place, main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(ctx.words.language().tag()) {
            head { meta charset="utf-8"; title { "…" } link rel="stylesheet" href="/assets/base.css"; script type="module" src="/assets/app.js" {} }
            body { main id="main" { (main) } }
        }
    }
}
