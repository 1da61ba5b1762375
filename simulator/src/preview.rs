//! `consent-catalog preview`: every request of a catalog in all six forms, in the languages of the page, at three sizes, while
//! its author writes.
//!
//! A real gatekeeper runs for each language and form ([`Scenes`]), and the screen's own functions draw what it asks; nothing is
//! imitated. The file is looked at four times a second; what does not compile is named with file and line, and the pages come
//! back as soon as it does (`watch`).

mod pages;
mod scene;
mod watch;

pub use scene::{SceneError, Scenes};

use crate::catalog::{Report, Vss};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use consent_screen::ctx::Theme;
use consent_screen::model::requests::{self as model, form};
use consent_screen::words::Language;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch::Receiver;

/// How long a page waits for a change before it asks again.
const WAIT: Duration = Duration::from_secs(20);
/// What the preview's own page and the framed pages may load: the frames run no script.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FRAME_POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin";

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The port is taken, or the system refuses.
    #[error("{0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The server stopped.
    #[error("the preview is not served any more: {0}")]
    Serve(std::io::Error),
}

/// What the file says at present, and how often it was read anew.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Rises with every reading.
    pub generation: u64,
    /// The scenes of the catalog, or every fault of it.
    pub scenes: Result<Arc<Scenes>, Report>,
}

#[derive(Clone)]
struct Shared {
    file: Arc<str>,
    host: Arc<[String]>,
    shown: Receiver<Arc<Shown>>,
}

/// A preview that is about to be served.
#[derive(Debug)]
pub struct Preview {
    listener: TcpListener,
    address: SocketAddr,
    shown: Receiver<Arc<Shown>>,
    file: PathBuf,
}

impl Preview {
    /// Reads the file, begins to watch it and takes a port (0: any), on the loopback only.
    pub async fn start(file: PathBuf, vss: Vss, port: u16) -> Result<Self, PreviewError> {
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listener = TcpListener::bind(wanted).await.map_err(|error| PreviewError::Listen(wanted, error))?;
        let address = listener.local_addr().map_err(|error| PreviewError::Listen(wanted, error))?;
        let shown = watch::watch(file.clone(), vss);
        Ok(Self { listener, address, shown, file })
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process ends.
    pub async fn serve(self) -> Result<(), PreviewError> {
        let host = [self.address.to_string(), format!("localhost:{}", self.address.port())];
        let shared = Shared { file: self.file.display().to_string().into(), host: host.into(), shown: self.shown };
        axum::serve(self.listener, router(shared)).await.map_err(PreviewError::Serve)
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/version", get(version))
        .route("/frame/{language}/{form}/{use}", get(frame))
        .route("/assets/{name}", get(asset))
        .layer(axum::middleware::from_fn_with_state(shared.clone(), only_here))
        .with_state(shared)
}

/// Another name for this address is another site.
async fn only_here(State(shared): State<Shared>, request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if host.is_some_and(|host| shared.host.iter().any(|known| known == host)) {
        next.run(request).await
    } else {
        StatusCode::MISDIRECTED_REQUEST.into_response()
    }
}

/// What is chosen on the preview's page.
#[derive(Clone, Debug, Default, serde::Deserialize)]
struct Chosen {
    #[serde(default, rename = "use")]
    use_id: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    theme: String,
}

fn html(policy: &'static str, markup: maud::Markup) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store")], markup).into_response()
}

async fn index(State(shared): State<Shared>, Query(chosen): Query<Chosen>) -> Response {
    let shown = shared.shown.borrow().clone();
    html(POLICY, pages::index(&shared.file, &shown, &chosen))
}

/// Answers as soon as the file was read anew since the generation that the page shows.
async fn version(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let known: u64 = headers.get("x-generation").and_then(|value| value.to_str().ok()).and_then(|value| value.parse().ok()).unwrap_or(0);
    let mut shown = shared.shown.clone();
    let newer = shown.wait_for(|shown| shown.generation != known);
    let generation = match tokio::time::timeout(WAIT, newer).await {
        Ok(Ok(shown)) => shown.generation,
        Ok(Err(_)) | Err(_) => known,
    };
    ([(header::CACHE_CONTROL, "no-store")], generation.to_string()).into_response()
}

async fn frame(State(shared): State<Shared>, Path((language, form, use_id)): Path<(String, String, String)>, Query(chosen): Query<Chosen>) -> Response {
    let shown = shared.shown.borrow().clone();
    let Ok(scenes) = &shown.scenes else { return StatusCode::CONFLICT.into_response() };
    let (Some(language), Some(asking)) = (Language::of(&language), form::of_word(&form)) else { return StatusCode::NOT_FOUND.into_response() };
    let theme = if chosen.theme == "light" { Theme::Light } else { Theme::Dark };
    let Some(ctx) = scenes.ctx(language, asking, theme).await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let Ok(view) = model::view(&ctx).await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let Some(request) = view.screens.iter().flat_map(|screen| &screen.requests).find(|request| request.use_id == use_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let pictures = model::pictures(&ctx, &use_id).await;
    let main = consent_screen::pages::requests::only(&ctx, request, &pictures);
    html(FRAME_POLICY, consent_screen::pages::layout(&ctx, consent_screen::pages::Place::Requests, &main))
}

async fn asset(Path(name): Path<String>) -> Response {
    let own = pages::ASSETS.iter().chain(consent_screen::assets::ASSETS).find(|(known, ..)| *known == name);
    match own {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
