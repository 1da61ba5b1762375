//! What is said before anybody is let in, or while the gate is silent: nothing of it needs a session or the gatekeeper.

use crate::api::openapi::Refusal;
use crate::fault::Fault;
use crate::serve::App;
use crate::session::Denied;
use crate::words::{Language, Words};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

/// Turned away.
pub(crate) fn denied(app: &App, parts: &Parts, denied: Denied) -> Response {
    let words = words(app, &parts.headers);
    let (status, code, text) = match denied {
        Denied::Outside if parts.uri.path() == "/enter" => (StatusCode::FORBIDDEN, "outside", words.t("base-outside-code")),
        Denied::Outside => (StatusCode::UNAUTHORIZED, "outside", words.t("base-outside")),
        Denied::TooMany => (StatusCode::TOO_MANY_REQUESTS, "too_many", words.t("base-too-many")),
    };
    let how = match denied {
        Denied::Outside => Some(words.t("base-outside-how")),
        Denied::TooMany => None,
    };
    let mut response = say(parts, status, code, &text, &page(words, &text, how.as_deref(), Again::Not));
    if denied == Denied::TooMany {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    response
}

/// No page and no answer, and why.
pub(crate) fn fault(app: &App, parts: &Parts, fault: &Fault) -> Response {
    let words = words(app, &parts.headers);
    let text = fault.words(words);
    say(parts, fault.status(), fault.code(), &text, &page(words, &text, None, Again::Soon))
}

fn say(parts: &Parts, status: StatusCode, code: &str, text: &str, page: &Markup) -> Response {
    if parts.uri.path().starts_with("/api/") {
        return (status, axum::Json(Refusal { error: code.to_owned(), detail: text.to_owned() })).into_response();
    }
    (status, page.clone()).into_response()
}

/// Whether the page tries again by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Soon,
    Not,
}

fn page(words: Words, text: &str, fine: Option<&str>, again: Again) -> Markup {
    let title = words.t(if fine.is_some() { "base-outside-title" } else { "base-fault-title" });
    html! {
        (DOCTYPE)
        html lang=(words.language().tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="dark light";
                @if again == Again::Soon { meta http-equiv="refresh" content="5"; }
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/assets/base.css";
            }
            body.outside {
                main.pane id="main" {
                    div.stack {
                        h1 { (title) }
                        p.lead { (text) }
                        @if let Some(fine) = fine { p.fine { (fine) } }
                    }
                }
            }
        }
    }
}

/// The first language that the browser names and the page has, else the car's.
fn words(app: &App, headers: &HeaderMap) -> Words {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = accepted.split(',').find_map(|part| Language::of(part.split(';').next().unwrap_or_default().trim()));
    let car = || app.languages.iter().find_map(|tag| Language::of(tag));
    Words::new(named.or_else(car).unwrap_or_default())
}
