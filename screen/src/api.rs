//! `/api/1`: every answer is a view of `model` as JSON; every touch is a POST that a form can send too.
//!
//! A touch from a page (a form) is answered by going back to where it was made, with what it did shown there; a touch from a
//! program (JSON) is answered with that sentence as JSON. Both may name in `as` the driver for whom they were made: if somebody
//! else drives meanwhile, nothing is done.
//!
//! Each section lists its routes in a table, from which both the router and the OpenAPI document are made, so that neither
//! can know of a route that the other does not. Views and fields derive `schemars::JsonSchema`; what their documentation
//! comments say stands in the document.
//!
//! ```ignore
//! pub(crate) const ROUTES: &[Route] = &[
//!     Route::get("/api/1/choices", "Every use, and how it stands.", shape::<ChoicesView>, || get(view)),
//!     Route::get("/api/1/data", "What left, newest first.", shape::<DataView>, || get(sent)).query(shape::<Before>),
//!     Route::post("/api/1/choices/{use}/stop", "Withdraws.", shape::<NoFields>, || post(stop)),
//!     Route::post("/api/1/people", "Makes a profile.", shape::<NewProfile>, || post(make)).gives(shape::<Made>),
//!     Route::file("/api/1/data.csv", "What left, as CSV.", "text/csv", || get(csv)),
//! ];
//! ```

pub mod asking;
pub mod choices;
pub mod data;
pub mod now;
pub mod openapi;
pub mod people;
pub mod requests;
pub mod reviews;
pub mod screen;
pub mod trust;

use crate::ctx::{Ctx, Flash};
use crate::fault::Fault;
use crate::serve::{App, own_path};
use crate::session::Session;
use crate::words::{Words, capital};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
pub(crate) use openapi::{NoFields, Route, shape};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Longest body of a touch, bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1_024;
/// How long a body may take.
const BODY: Duration = Duration::from_secs(10);

/// The routes of all sections.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        now::ROUTES,
        requests::ROUTES,
        choices::ROUTES,
        reviews::ROUTES,
        data::ROUTES,
        trust::ROUTES,
        asking::ROUTES,
        people::ROUTES,
        screen::ROUTES,
        openapi::ROUTES,
    ]
    .into_iter()
    .flatten()
}

/// The router of all sections.
pub fn router() -> Router<App> {
    routes().fold(Router::new(), |router, route| router.route(route.path, route.handler()))
}

/// A view as JSON. What it says of a fault is for whoever writes the program, in English.
pub fn json<T: Serialize>(view: Result<T, Fault>) -> Response {
    match view {
        Ok(view) => axum::Json(view).into_response(),
        Err(fault) => fault_json(&fault),
    }
}

fn fault_json(fault: &Fault) -> Response {
    (fault.status(), axum::Json(openapi::Refusal { error: fault.code().to_owned(), detail: fault.to_string() })).into_response()
}

/// A touch: its fields, from a form or from JSON, and where to go back to.
#[derive(Debug)]
pub struct Touch<T> {
    /// Who and where.
    pub ctx: Ctx,
    /// The fields.
    pub fields: T,
    reply: Reply,
}

/// What every touch may carry besides its own fields.
#[derive(Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[schemars(rename = "EveryTouch")]
pub(crate) struct Frame {
    /// Of a form: the path that it is answered with, starting with a slash.
    #[serde(default)]
    back: String,
    /// Of a form: the place on that page where what was done is shown.
    #[serde(default)]
    at: String,
    /// The driver for whom it was made, empty for a guest: nothing is done if somebody else drives.
    #[serde(default, rename = "as")]
    made_for: Option<String>,
}

/// In which form a touch came, and is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Form,
    Json,
}

/// Where an answer goes.
#[derive(Debug)]
struct Reply {
    app: App,
    headers: HeaderMap,
    words: Words,
    kind: Kind,
    frame: Frame,
}

impl Reply {
    fn answer(self, done: Result<String, Fault>) -> Response {
        self.app.touched();
        if self.kind == Kind::Json {
            return json(done.map(|detail| openapi::Done { detail }));
        }
        let (text, refused) = match done {
            Ok(text) => (text, false),
            Err(fault) => (capital(&fault.words(self.words)), !matches!(fault, Fault::Unrecorded(_))),
        };
        self.app.flash(&self.headers, Flash { text, at: self.frame.at, refused });
        Redirect::to(own_path(&self.frame.back)).into_response()
    }
}

impl<T> Touch<T> {
    /// Changes the session that it came from.
    pub(crate) fn session(&self, change: impl FnOnce(&mut Session)) {
        self.reply.app.change(&self.reply.headers, change);
    }

    /// Answers it.
    pub fn answer(self, done: Result<String, Fault>) -> Response {
        self.reply.answer(done)
    }
}

impl<T: DeserializeOwned + JsonSchema + Send> FromRequest<App> for Touch<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let ctx = Ctx::from_request_parts(&mut parts, app).await?;
        let kind = kind(&parts.headers).ok_or_else(|| StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response())?;
        let bytes = read(body).await.map_err(IntoResponse::into_response)?;
        let (fields, frame) = match kind {
            Kind::Form => (read_form(&bytes, app).await, read_form(&bytes, app).await),
            Kind::Json => (known::<T>(&bytes).and_then(|()| read_json(&bytes)), read_json(&bytes)),
        };
        let reply = Reply { app: app.clone(), headers: parts.headers, words: ctx.words, kind, frame: frame.unwrap_or_default() };
        if reply.frame.made_for.as_deref().is_some_and(|made_for| made_for != ctx.person().unwrap_or_default()) {
            return Err(reply.answer(Err(Fault::DriverChanged)));
        }
        match fields {
            Ok(fields) => Ok(Self { ctx, fields, reply }),
            Err(what) => Err(reply.answer(Err(Fault::Invalid(what)))),
        }
    }
}

fn kind(headers: &HeaderMap) -> Option<Kind> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    match kind.split(';').next()?.trim() {
        "application/x-www-form-urlencoded" => Some(Kind::Form),
        "application/json" => Some(Kind::Json),
        _ => None,
    }
}

async fn read(body: Body) -> Result<Bytes, StatusCode> {
    match tokio::time::timeout(BODY, axum::body::to_bytes(body, BODY_BYTES_MAX)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// A field that nobody knows is a slip of who wrote the program, and what it meant might have made the terms others.
fn known<T: JsonSchema>(bytes: &Bytes) -> Result<(), String> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let has = |schema: &schemars::Schema, name: &str| schema.get("properties").is_some_and(|fields| fields.get(name).is_some());
    let (own, every) = (settings.clone().into_generator().into_root_schema_for::<T>(), settings.into_generator().into_root_schema_for::<Frame>());
    let Ok(fields) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(bytes) else { return Ok(()) };
    match fields.keys().find(|name| !has(&own, name) && !has(&every, name)) {
        Some(name) => Err(format!("`{name}` is no field of this touch: see /api/1/openapi.json")),
        None => Ok(()),
    }
}

/// The parser's words may hold what was written, so only its position is given.
fn read_json<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, String> {
    let body: &[u8] = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(body).map_err(|error| format!("a field at column {} is not understood", error.column()))
}

async fn read_form<T: DeserializeOwned + Send>(bytes: &Bytes, app: &App) -> Result<T, String> {
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(bytes.clone()))
        .map_err(|error| error.to_string())?;
    let form: axum::Form<T> = axum::Form::from_request(request, app).await.map_err(|_| "a field of the form is not understood".to_owned())?;
    Ok(form.0)
}
