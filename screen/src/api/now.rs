//! Now: the gate and what passed it, pause and resume, and what stops at once.

use super::{NoFields, Route, Touch, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::now::{NowView, PanelView, now, panel};
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::{get, post};
use consent_gatekeeper::control::{PauseFor, PauseScope, Request, Response as Answer};
use consent_gatekeeper::show::WindowName;
use schemars::JsonSchema;
use serde::Deserialize;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/now", "The gate, and what passed it in a window.", shape::<NowView>, || get(view)).query(shape::<Window>),
    Route::get("/api/1/now/{use}", "One use of the picture in full.", shape::<PanelView>, || get(one)).query(shape::<Window>),
    Route::post("/api/1/pause", "Pauses everything optional, a use or a category.", shape::<Pause>, || post(pause)),
    Route::post("/api/1/resume", "Ends a pause.", shape::<Resume>, || post(resume)),
    Route::post("/api/1/stop-aboard", "\"Not while I'm aboard\": location and driving stop for this trip.", shape::<NoFields>, || post(stop_aboard)),
    Route::post("/api/1/not-me", "The person at the wheel is somebody else: they become a guest.", shape::<NoFields>, || post(not_me)),
];

/// Which window.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(crate) struct Window {
    /// This trip, 24 hours, 7 days.
    #[serde(default = "trip")]
    pub(crate) window: WindowName,
}

/// What the page is opened with.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Opened {
    /// The screen was just started.
    pub(crate) start: Option<String>,
    /// The use that is shown in full.
    #[serde(rename = "use")]
    pub(crate) chosen: Option<String>,
}

fn trip() -> WindowName {
    WindowName::Trip
}

async fn view(ctx: Ctx, Query(Window { window }): Query<Window>) -> Response {
    json(now(&ctx, window).await)
}

async fn one(Path(use_id): Path<String>, ctx: Ctx, Query(Window { window }): Query<Window>) -> Response {
    let found = async { panel(&ctx, &now(&ctx, window).await?, &use_id).await };
    json(found.await)
}

/// What a pause covers.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Scope {
    /// Everything optional.
    #[default]
    All,
    /// The use named in `id`.
    Use,
    /// The category named in `id`.
    Category,
}

impl Scope {
    fn of(self, id: &str) -> PauseScope {
        match self {
            Self::All => PauseScope::All,
            Self::Use => PauseScope::Use(id.to_owned()),
            Self::Category => PauseScope::Category(id.to_owned()),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Pause {
    /// What.
    #[serde(default)]
    scope: Scope,
    /// Id of the use or category.
    #[serde(default)]
    id: String,
    /// How long: `trip`, `hour`, `until_resumed`; left out: this trip while one is under way, else until resumed.
    #[serde(rename = "for")]
    #[schemars(with = "Option<String>")]
    duration: Option<PauseFor>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Resume {
    /// What.
    #[serde(default)]
    scope: Scope,
    /// Id of the use or category.
    #[serde(default)]
    id: String,
}

async fn pause(touch: Touch<Pause>) -> Response {
    let scope = touch.fields.scope.of(&touch.fields.id);
    let by_trip = if touch.ctx.status.trip { PauseFor::Trip } else { PauseFor::UntilResumed };
    let duration = touch.fields.duration.unwrap_or(by_trip);
    let done = done(&touch.ctx, Request::Pause { scope, duration }, paused_key(duration)).await;
    touch.answer(done)
}

fn paused_key(duration: PauseFor) -> &'static str {
    match duration {
        PauseFor::Trip => "now-done-paused-trip",
        PauseFor::Hour => "now-done-paused-hour",
        PauseFor::UntilResumed => "now-done-paused-until_resumed",
    }
}

async fn resume(touch: Touch<Resume>) -> Response {
    let scope = touch.fields.scope.of(&touch.fields.id);
    let done = done(&touch.ctx, Request::Resume { scope }, "now-done-resumed").await;
    touch.answer(done)
}

async fn stop_aboard(touch: Touch<NoFields>) -> Response {
    let done = done(&touch.ctx, Request::StopWhileAboard, "now-done-stopped").await;
    touch.answer(done)
}

async fn not_me(touch: Touch<NoFields>) -> Response {
    let done = done(&touch.ctx, Request::PeopleNotMe, "now-done-not-me").await;
    touch.answer(done)
}

/// Asks for something to be done; the sentence is ours, in the person's language.
async fn done(ctx: &Ctx, request: Request, key: &str) -> Result<String, Fault> {
    match ctx.port.ask(ctx.peer(), request).await {
        Answer::Done { .. } | Answer::Data { .. } | Answer::Status(_) => Ok(ctx.words.t(key)),
        Answer::Refused { error } => Err(Fault::Refused(error)),
        Answer::Unrecorded { detail } => Err(Fault::Unrecorded(detail)),
    }
}
