//! Now: the gate and what passed it; first start; driving.

use crate::ctx::Ctx;
use crate::serve::App;
use axum::Router;
use maud::{Markup, html};

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/", axum::routing::get(page))
}

async fn page(ctx: Ctx) -> Markup {
    super::layout(&ctx, super::Place::Now, &html! { h1 { (ctx.words.t("base-place-now")) } })
}

/// What stands instead of any page while the car is not parked.
pub(crate) fn driving(ctx: &Ctx) -> Markup {
    let body = html! {
        (super::pause(ctx))
        main id="main" { (super::who(ctx)) (super::location_sign(ctx)) }
    };
    super::document(ctx, &ctx.words.t("base-place-now"), &["now.css"], &[], &body)
}
