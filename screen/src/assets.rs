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
        Some((_, CSS, text)) => ([(header::CONTENT_TYPE, CSS)], lean(text)).into_response(),
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A style sheet without what only its authors read: comments and indentation. A whole page stays below 150 kB.
fn lean(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet;
    while let Some((before, comment)) = rest.split_once("/*") {
        put(&mut out, before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    put(&mut out, rest);
    out
}

fn put(out: &mut String, text: &str) {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        out.push_str(line);
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lean_sheet_says_the_same() {
        assert_eq!(lean("/* a */\na {\n  b: c;\n}\n\n/* d\n e */ f {\n}\n"), "a {\nb: c;\n}\nf {\n}\n");
        for (name, _, text) in ASSETS.iter().filter(|(_, kind, _)| *kind == CSS) {
            let lean = lean(text);
            assert!(lean.len() < text.len() && !lean.contains("/*"), "{name}");
            assert_eq!(lean.matches('{').count(), text.matches('{').count(), "{name}");
        }
    }
}
