//! Secure although local: which hosts and sites are served, and the headers of every answer.
//!
//! A page of another site must neither read nor change anything here, also where it reaches this address by a name of its own
//! (DNS rebinding: the `Host` is another) or runs on another port of it (same site, another origin). Requests that change
//! something pass tower-http's CSRF layer besides ([`crate::serve`]); this file is about what only reads.

use crate::serve::App;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Headers of every answer.
const FIXED: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(), serial=(), usb=()",
    ),
];

/// Turns away what was not meant for this server, and sets the headers of what is answered.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = match refused(&app, &request) {
        Some(status) => status.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, app.policy.clone());
    if !app.framed {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if let Ok(state) = HeaderValue::from_str(&app.live.mark()) {
        headers.insert(HeaderName::from_static("server-timing"), state);
    }
    response
}

fn refused(app: &App, request: &Request) -> Option<StatusCode> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    let foreign = |host: &str| !app.hosts.iter().any(|allowed| allowed == host);
    // A target with an authority of its own (`GET http://other/ HTTP/1.1`) would overrule the header.
    if host.is_none_or(foreign) || hosts.next().is_some() || request.uri().authority().is_some_and(|authority| foreign(authority.as_str())) {
        return Some(StatusCode::MISDIRECTED_REQUEST);
    }
    (!own_site(app, request.method(), request.uri().path(), request.headers())).then_some(StatusCode::FORBIDDEN)
}

/// Whether a browser says that the request comes from our own pages, from the person, or opens one of our pages (which
/// `frame-ancestors` and the cookie's `SameSite` judge). Without fetch metadata it is no browser, or an old one that names at
/// least the origin of a script that reads elsewhere.
fn own_site(app: &App, method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let ours = |origin: &str| origin.strip_prefix("http://").is_some_and(|host| app.hosts.iter().any(|own| own == host));
    match said("sec-fetch-site") {
        None => said("origin").is_none_or(ours),
        Some("same-origin" | "none") => true,
        Some(_) => {
            method == Method::GET
                && said("sec-fetch-mode") == Some("navigate")
                && !path.starts_with("/api/")
                && matches!(said("sec-fetch-dest"), Some("document" | "iframe" | "frame"))
        }
    }
}
