//! The server: one loopback socket.

use crate::ctx::{Ctx, Flash};
use crate::fault::Fault;
use crate::listen::Owner;
use crate::live::Live;
use crate::pages::Place;
use crate::port::Port;
use crate::session::{Denied, Session, Sessions, Visit};
use crate::words::{Language, Words};
use crate::{api, guard, listen, live, outside, pages};
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use consent_gatekeeper::control::{Peer, Request, Response as Answer};
use consent_gatekeeper::show::{CatalogShown, Profiles};
use consent_protocol::ledger::Method as Means;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::csrf::CsrfLayer;

/// Name of the session's cookie.
pub(crate) const COOKIE: &str = "__Host-gate";
/// With this header a script brings the open page up to date.
const REFRESH: &str = "gate-refresh";

/// How the screen is served.
#[derive(Clone, Debug)]
pub struct ScreenConfig {
    /// Where; only loopback addresses are taken. Port 0 = any free one.
    pub listen: SocketAddr,
    /// Origins that may frame the page (the desk); none = nobody.
    pub frame_ancestors: Vec<String>,
    /// Languages of the car, for guests.
    pub languages: Vec<String>,
}

/// Why the screen is not served.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// Not loopback.
    #[error("screen.listen: a loopback address expected, found {0}: use 127.0.0.1")]
    NotLoopback(SocketAddr),
    /// The system refuses the socket.
    #[error("screen.listen {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// A framing origin that cannot stand in a header.
    #[error("screen.frame_ancestors: an origin as http://127.0.0.1:8080 expected")]
    Origin,
}

/// What every handler shares.
#[derive(Clone)]
pub struct App {
    pub(crate) port: Arc<dyn Port>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) hosts: Arc<[String]>,
    pub(crate) policy: HeaderValue,
    /// Whether anybody may frame the page.
    pub(crate) framed: bool,
    pub(crate) languages: Arc<[String]>,
    pub(crate) live: Arc<Live>,
    /// The catalog that was shown last, so that it is not copied with every request.
    catalog: Arc<RwLock<Option<Arc<CatalogShown>>>>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

/// A running screen.
#[derive(Debug)]
pub struct Screen {
    address: SocketAddr,
    entry: Entry,
    task: JoinHandle<()>,
}

/// Makes one-time codes; the agent hands them out over its control socket.
#[derive(Clone, Debug)]
pub struct Entry {
    address: SocketAddr,
    app: App,
}

impl Entry {
    /// An address that enters a session once, within a minute; `None` without randomness.
    pub fn url(&self) -> Option<String> {
        let code = self.app.sessions.code(self.app.port.session_ms())?;
        Some(format!("http://{}/enter?code={code}", self.address))
    }
}

impl Screen {
    /// Binds and serves on the present runtime.
    pub async fn start(config: ScreenConfig, port: Arc<dyn Port>) -> Result<Self, ScreenError> {
        if !config.listen.ip().is_loopback() {
            return Err(ScreenError::NotLoopback(config.listen));
        }
        let listener = TcpListener::bind(config.listen).await.map_err(|error| ScreenError::Listen(config.listen, error))?;
        let address = listener.local_addr().map_err(|error| ScreenError::Listen(config.listen, error))?;
        let mut fallback = [0_u8; 32];
        getrandom::fill(&mut fallback).map_err(|error| ScreenError::Listen(config.listen, std::io::Error::other(error.to_string())))?;
        let sessions = Sessions::new(port.session_key().unwrap_or(fallback), port.session_ms());
        let app = App {
            sessions: Arc::new(sessions),
            hosts: [address.to_string(), format!("localhost:{}", address.port())].into(),
            policy: policy(&config.frame_ancestors)?,
            framed: !config.frame_ancestors.is_empty(),
            languages: config.languages.into(),
            catalog: Arc::default(),
            live: Arc::default(),
            port,
        };
        let task = tokio::spawn(run(listener, address, app.clone()));
        Ok(Self { address, entry: Entry { address, app }, task })
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it is not served any more: it is, unless its task fails.
    pub async fn ended(&mut self) {
        if let Err(error) = (&mut self.task).await {
            tracing::debug!(%error, "the screen's task ended");
        }
    }

    /// The maker of entries.
    pub fn entry(&self) -> Entry {
        self.entry.clone()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn policy(ancestors: &[String]) -> Result<HeaderValue, ScreenError> {
    if !ancestors.iter().all(|origin| is_origin(origin)) {
        return Err(ScreenError::Origin);
    }
    let frames = if ancestors.is_empty() { "'none'".to_owned() } else { ancestors.join(" ") };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}; require-trusted-types-for 'script'; trusted-types gate"
    );
    HeaderValue::from_str(&policy).map_err(|_| ScreenError::Origin)
}

/// Whether a text is one origin, as `http://127.0.0.1:8080`: what stands in a header may not say anything else there.
pub fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://")).unwrap_or_default();
    !host.is_empty() && host.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter))
}

async fn run(listener: TcpListener, address: SocketAddr, app: App) {
    let router = router(app.clone());
    tokio::select! {
        () = listen::serve(listener, address, Arc::clone(&app.port), router) => {}
        () = live::watch(app) => {}
    }
}

fn router(app: App) -> Router {
    Router::new()
        .route("/enter", get(enter))
        .merge(api::router())
        .merge(pages::router())
        .merge(crate::assets::router())
        .fallback(nowhere)
        // Who changes something does so from a page of ours, or is no browser. The layer knows `Sec-Fetch-Site` and `Origin`.
        .layer(CsrfLayer::new())
        .layer(axum::middleware::from_fn_with_state(app.clone(), guard::guard))
        .with_state(app)
}

/// Says that there is no such page, to whom it serves pages at all.
async fn nowhere(State(app): State<App>, ctx: Ctx, parts: Parts) -> Response {
    if parts.uri.path().starts_with("/api/") { outside::fault(&app, &parts, &Fault::NotFound) } else { pages::fault_page(&ctx, Place::Now, &Fault::NotFound) }
}

#[derive(serde::Deserialize)]
struct Code {
    #[serde(default)]
    code: String,
    /// Path of the page to begin with.
    #[serde(default)]
    to: String,
}

async fn enter(State(app): State<App>, Extension(Owner(user)): Extension<Owner>, Query(Code { code, to }): Query<Code>, parts: Parts) -> Response {
    match app.sessions.enter(&code, user, app.port.session_ms()) {
        Ok(cookie) => {
            let cookie = format!("{COOKIE}={cookie}; Path=/; Secure; HttpOnly; SameSite=Strict");
            // The home screen knows whether the driver has seen the first screen (R43).
            let to = if to.is_empty() { "/?start=1" } else { own_path(&to) };
            ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
        }
        Err(denied) => outside::denied(&app, &parts, denied),
    }
}

/// A path of our own, or the home screen: two slashes would name another host.
pub(crate) fn own_path(path: &str) -> &str {
    if path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n']) { path } else { "/" }
}

/// The secret in the cookie.
pub(crate) fn secret(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|value| value.split(';')).find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

impl FromRequestParts<App> for Ctx {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let owner = parts.extensions.get::<Owner>().copied().unwrap_or(Owner(None));
        let page = parts.method == Method::GET && !parts.uri.path().starts_with("/api/");
        let visit = if parts.headers.contains_key(REFRESH) { Visit::Refreshed } else { Visit::Gone };
        let look = |session: &mut Session| if page { session.for_page(visit) } else { session.clone() };
        let (_, session) = app.admit(&parts.headers, owner, look).map_err(|denied| outside::denied(app, parts, denied))?;
        let ctx = app.ctx(session.language, session.theme).await.map_err(|fault| outside::fault(app, parts, &fault))?;
        let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        Ok(Self { flash: session.flash.filter(|_| page), path, ..ctx })
    }
}

impl App {
    /// The session of a request: looks at it, and yields its cookie.
    pub(crate) fn admit<'a, T>(&self, headers: &'a HeaderMap, Owner(user): Owner, look: impl FnOnce(&mut Session) -> T) -> Result<(&'a str, T), Denied> {
        let cookie = secret(headers).ok_or(Denied::Outside)?;
        self.sessions.admit(cookie, user, self.port.session_ms(), look).map(|seen| (cookie, seen))
    }

    async fn ctx(&self, language: Option<Language>, theme: crate::ctx::Theme) -> Result<Ctx, Fault> {
        let nobody = Peer { method: Means::Screen, assurance: consent_core::Assurance::None };
        let Answer::Status(status) = self.port.ask(nobody, Request::Status).await else { return Err(Fault::Silent) };
        self.live.saw(&status, self.port.now_ms());
        let (port, words, status) = (Arc::clone(&self.port), Words::default(), *status);
        let mut ctx = Ctx { port, words, theme, status, catalog: None, name: String::new(), languages: Vec::new(), flash: None, path: String::new() };
        ctx.catalog = self.catalog(&ctx).await;
        let profiles: Profiles = ctx.data(Request::ProfileList).await.unwrap_or_default();
        let driver = profiles.profiles.iter().find(|profile| profile.drives);
        ctx.name = driver.map(|driver| driver.name.clone()).unwrap_or_default();
        ctx.languages = driver.map(|driver| driver.languages.clone()).unwrap_or_default();
        let own = ctx.languages.iter().find_map(|tag| Language::of(tag));
        let car = || self.languages.iter().find_map(|tag| Language::of(tag));
        ctx.words = Words::new(own.or(language).or_else(car).unwrap_or_default());
        Ok(ctx)
    }

    async fn catalog(&self, ctx: &Ctx) -> Option<Arc<CatalogShown>> {
        let known = self.catalog.read().ok().and_then(|known| known.clone());
        if known.as_ref().is_some_and(|known| known.digest == ctx.status.catalog_digest) {
            return known;
        }
        let shown: Arc<CatalogShown> = Arc::new(ctx.data(Request::CatalogShow).await.ok()?);
        if let Ok(mut known) = self.catalog.write() {
            *known = Some(Arc::clone(&shown));
        }
        Some(shown)
    }

    /// Says to all open pages that something may have changed.
    pub(crate) fn touched(&self) {
        self.live.touched(self.port.now_ms());
    }

    /// Keeps what a touch did for the next page of that session.
    pub(crate) fn flash(&self, headers: &HeaderMap, flash: Flash) {
        self.change(headers, |session| session.says(flash));
    }

    /// Changes the session of a request.
    pub(crate) fn change(&self, headers: &HeaderMap, change: impl FnOnce(&mut Session)) {
        if let Some(secret) = secret(headers)
            && self.sessions.with(secret, change).is_none()
        {
            tracing::debug!("a session ended meanwhile");
        }
    }
}
