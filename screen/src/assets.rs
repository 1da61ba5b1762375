//! Style sheets and modules, built into the program.

use crate::serve::App;
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Name, media type, text.
type Asset = (&'static str, &'static str, &'static str);

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Everything that is served.
pub const ASSETS: &[Asset] = &[
    ("base.css", CSS, include_str!("../assets/css/base.css")),
    ("now.css", CSS, include_str!("../assets/css/now.css")),
    ("requests.css", CSS, include_str!("../assets/css/requests.css")),
    ("choices.css", CSS, include_str!("../assets/css/choices.css")),
    ("data.css", CSS, include_str!("../assets/css/data.css")),
    ("app.js", JS, include_str!("../assets/js/app.js")),
    ("rotary.js", JS, include_str!("../assets/js/rotary.js")),
    ("pin.js", JS, include_str!("../assets/js/pin.js")),
    ("verify.js", JS, include_str!("../assets/js/verify.js")),
];

/// Where they are served.
pub fn router() -> Router<App> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
