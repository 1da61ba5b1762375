//! Now: the gate and what passed it; first start; driving.

use crate::serve::App;
use axum::Router;

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/", axum::routing::get(page))
}

async fn page(ctx: crate::Ctx) -> maud::Markup {
    super::layout(&ctx, super::Place::Now, &maud::html! { h1 { "…" } })
}
