//! The page's server: 127.0.0.1 only.
//!
//! INVARIANT: nothing is answered to another host name (DNS rebinding), nothing but the page itself to another site, and a
//! button is pressed only with a header that no other origin may send.

use super::buttons::Button;
use super::view::Shown;
use super::{PORT, Touch, Wires};
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::stream;
use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

/// The header that a touch carries; a page of another origin would have to be allowed to send it, and nobody allows it.
const TOUCH: HeaderName = HeaderName::from_static("desk");
/// Between two states on an event stream.
const PACE: Duration = Duration::from_millis(200);
/// How long a state may be waited for.
const PATIENCE: Duration = Duration::from_secs(20);

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     frame-src 'self' http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Path, media type, text.
const ASSETS: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("assets/desk.html")),
    ("/desk.css", "text/css; charset=utf-8", include_str!("assets/desk.css")),
    ("/desk.js", "text/javascript; charset=utf-8", include_str!("assets/desk.js")),
    ("/draw.js", "text/javascript; charset=utf-8", include_str!("assets/draw.js")),
    ("/car.js", "text/javascript; charset=utf-8", include_str!("assets/car.js")),
    ("/receivers.js", "text/javascript; charset=utf-8", include_str!("assets/receivers.js")),
    ("/icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
];

#[derive(Clone, Debug)]
struct App {
    wires: Wires,
    address: SocketAddr,
}

/// Binds and serves on the present runtime. A port that was asked for is that or an error.
pub(super) async fn start(port: Option<u16>, wires: Wires) -> io::Result<SocketAddr> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = match (port, bind(port.unwrap_or(PORT)).await) {
        (_, Ok(listener)) => listener,
        (None, Err(_)) => bind(0).await?,
        (Some(port), Err(error)) => return Err(io::Error::new(error.kind(), format!("127.0.0.1:{port}: {error}"))),
    };
    let address = listener.local_addr()?;
    let app = App { wires, address };
    let assets = ASSETS.iter().fold(Router::new(), |router, (path, kind, text)| router.route(path, get(asset(kind, text))));
    let router = assets
        .route("/state", get(state))
        .route("/events", get(events))
        .route("/screen", get(screen))
        .route("/do/{button}", post(touch))
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard))
        .with_state(app);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the desk is not served any more");
        }
    });
    Ok(address)
}

fn asset(kind: &'static str, text: &'static str) -> impl Fn() -> std::future::Ready<Response> + Clone + Send + 'static {
    move || std::future::ready(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// What a request says of where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    Ours,
    /// The page under a name under which the privacy screen's cookie does not go.
    Elsewhere,
    Turned(StatusCode),
}

fn judge(address: SocketAddr, method: &Method, path: &str, headers: &HeaderMap) -> Judged {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let (own, local) = (address.to_string(), format!("localhost:{}", address.port()));
    let host = text(header::HOST).unwrap_or_default();
    if host == local && method == Method::GET && path == "/" {
        return Judged::Elsewhere;
    }
    if host != own {
        return Judged::Turned(StatusCode::MISDIRECTED_REQUEST);
    }
    let site = text(HeaderName::from_static("sec-fetch-site")).unwrap_or("none");
    let same = matches!(site, "same-origin" | "none") && text(header::ORIGIN).is_none_or(|origin| origin == format!("http://{own}"));
    let page = method == Method::GET && path == "/";
    match (same, method == Method::GET || headers.contains_key(TOUCH)) {
        (true, true) => Judged::Ours,
        (false, true) if page => Judged::Ours,
        (true | false, true | false) => Judged::Turned(StatusCode::FORBIDDEN),
    }
}

async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = match judge(app.address, request.method(), request.uri().path(), request.headers()) {
        Judged::Ours => next.run(request).await,
        Judged::Elsewhere => Redirect::temporary(&format!("http://{}/", app.address)).into_response(),
        Judged::Turned(status) => status.into_response(),
    };
    let fixed: [(HeaderName, &'static str); 5] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn json(shown: &Shown) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], shown.to_string()).into_response()
}

fn starting() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "the desk starts; try again").into_response()
}

/// The newest state; waits for the first one.
async fn newest(wires: &Wires) -> Option<Shown> {
    wires.looked.send_replace(true);
    let mut state = wires.state.clone();
    let found = tokio::time::timeout(PATIENCE, state.wait_for(Option::is_some)).await.ok()?.ok()?;
    found.clone()
}

async fn state(State(app): State<App>) -> Response {
    newest(&app.wires).await.map_or_else(starting, |shown| json(&shown))
}

async fn events(State(app): State<App>) -> Response {
    app.wires.looked.send_replace(true);
    let mut states = app.wires.state.clone();
    states.mark_changed();
    let updates = stream::unfold(states, |mut states| async move {
        let shown = next(&mut states).await?;
        Some((Ok::<_, Infallible>(Event::default().data(&*shown)), states))
    });
    Sse::new(updates).keep_alive(KeepAlive::default()).into_response()
}

/// The next state, not sooner than [`PACE`] after the last.
async fn next(states: &mut watch::Receiver<Option<Shown>>) -> Option<Shown> {
    loop {
        tokio::time::sleep(PACE).await;
        states.changed().await.ok()?;
        if let Some(shown) = states.borrow_and_update().clone() {
            return Some(shown);
        }
    }
}

async fn touch(State(app): State<App>, Path(name): Path<String>) -> Response {
    let Ok(button) = serde_json::from_value::<Button>(name.into()) else { return StatusCode::NOT_FOUND.into_response() };
    app.wires.looked.send_replace(true);
    let (shown, answered) = oneshot::channel();
    if app.wires.touches.send(Touch { button, shown }).await.is_err() {
        return starting();
    }
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(shown)) => json(&shown),
        Ok(Err(_)) | Err(_) => starting(),
    }
}

/// Where the privacy screen begins.
#[derive(Debug, serde::Deserialize)]
struct Begin {
    #[serde(default)]
    to: String,
}

/// Opens the privacy screen: a one-time address, so that the page itself never knows a code.
async fn screen(State(app): State<App>, Query(Begin { to }): Query<Begin>) -> Response {
    app.wires.looked.send_replace(true);
    let (reply, answered) = oneshot::channel();
    if app.wires.screen.send(reply).await.is_err() {
        return starting();
    }
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(Ok(Some(url))) => Redirect::temporary(&begun(&url, &to)).into_response(),
        Ok(Ok(None) | Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "The car's computer has no power.").into_response(),
    }
}

/// The one-time address with the page to begin with: one that the story shows, else where the screen itself begins.
fn begun(url: &str, to: &str) -> String {
    if matches!(to, "/requests" | "/reviews") { format!("{url}&to={to}") } else { url.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(method: &Method, path: &str, headers: &[(&str, &str)]) -> Judged {
        let map = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect();
        judge(SocketAddr::from((Ipv4Addr::LOCALHOST, 7_600)), method, path, &map)
    }

    #[test]
    fn only_the_page_itself_presses_buttons_and_reads_the_state() {
        let (host, own) = (("host", "127.0.0.1:7600"), ("origin", "http://127.0.0.1:7600"));
        let touch = ("desk", "touch");
        assert_eq!(judged(&Method::POST, "/do/drive", &[host, own, touch, ("sec-fetch-site", "same-origin")]), Judged::Ours);
        assert_eq!(judged(&Method::POST, "/do/drive", &[host, touch]), Judged::Ours);
        let turned = Judged::Turned(StatusCode::FORBIDDEN);
        assert_eq!(judged(&Method::POST, "/do/drive", &[host, own]), turned);
        assert_eq!(judged(&Method::POST, "/do/drive", &[host, touch, ("origin", "http://evil.example")]), turned);
        assert_eq!(judged(&Method::POST, "/do/drive", &[host, touch, ("origin", "null")]), turned);
        assert_eq!(judged(&Method::POST, "/do/drive", &[host, touch, ("sec-fetch-site", "same-site")]), turned);
        assert_eq!(judged(&Method::GET, "/state", &[host, ("sec-fetch-site", "cross-site")]), turned);
        assert_eq!(judged(&Method::GET, "/", &[host, ("sec-fetch-site", "cross-site")]), Judged::Ours);
        let rebound = Judged::Turned(StatusCode::MISDIRECTED_REQUEST);
        assert_eq!(judged(&Method::GET, "/state", &[("host", "evil.example:7600")]), rebound);
        assert_eq!(judged(&Method::POST, "/do/drive", &[("host", "localhost:7600"), touch]), rebound);
        assert_eq!(judged(&Method::GET, "/", &[("host", "localhost:7600")]), Judged::Elsewhere);
        assert_eq!(judged(&Method::GET, "/state", &[]), rebound);
    }

    #[test]
    fn no_asset_needs_what_the_policy_forbids() {
        for (path, _, text) in ASSETS {
            for forbidden in [" style=", "<style", "onclick", "innerHTML", "eval(", "http://", "https://"] {
                let allowed = forbidden == "http://" && text.matches("http://").count() == text.matches("http://www.w3.org").count();
                assert!(!text.contains(forbidden) || allowed, "{forbidden} in {path}");
            }
        }
    }

    #[test]
    fn the_screen_begins_at_pages_of_the_story_and_nowhere_else() {
        let url = "http://127.0.0.1:7601/enter?code=x";
        assert_eq!(begun(url, "/requests"), format!("{url}&to=/requests"));
        for to in ["", "/", "//elsewhere.example", "/api/1/take-over", "/requests&code=y"] {
            assert_eq!(begun(url, to), url, "{to}");
        }
    }
}
