//! Each time: the review of what waits (R13).

use super::{Route, Touch, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::reviews::{ReviewsView, Waiting, review, reviews};
use crate::words::Var;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use consent_gatekeeper::control::{Request, ReviewAnswer};
use consent_gatekeeper::show::{ReviewRow, Reviews};
use schemars::JsonSchema;
use serde::Deserialize;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/reviews", "Everything that waits for a review, with exactly the values that would leave.", shape::<ReviewsView>, || get(list)),
    Route::get("/api/1/reviews/{use}", "What of one use waits.", shape::<Waiting>, || get(view)),
    Route::post("/api/1/reviews", "Answers for everything that waits.", shape::<Answered>, || post(answer_all)),
    Route::post("/api/1/reviews/{use}", "Answers for one use.", shape::<Answered>, || post(answer)),
];

/// The answer.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Answered {
    /// Send, or destroy.
    answer: ReviewAnswer,
    /// The newest batch that was seen, as the review names it; what came later waits on. None = all that waits.
    #[serde(default)]
    newest: Option<u64>,
}

async fn list(ctx: Ctx) -> Response {
    json(reviews(&ctx).await)
}

async fn view(Path(use_id): Path<String>, ctx: Ctx) -> Response {
    json(review(&ctx, &use_id).await)
}

async fn answer(Path(use_id): Path<String>, touch: Touch<Answered>) -> Response {
    let done = answered(&touch.ctx, Some(&use_id), &touch.fields).await;
    touch.answer(done)
}

async fn answer_all(touch: Touch<Answered>) -> Response {
    let done = answered(&touch.ctx, None, &touch.fields).await;
    touch.answer(done)
}

/// Answers, and says what of which use went or is gone: what came after the person looked still waits.
async fn answered(ctx: &Ctx, use_id: Option<&str>, fields: &Answered) -> Result<String, Fault> {
    let Answered { answer, newest } = *fields;
    let before: Reviews = ctx.data(Request::ReviewList).await?;
    let asked = |row: &&ReviewRow| use_id.is_none_or(|use_id| use_id == row.use_id);
    let values = |reviews: &Reviews| reviews.waiting.iter().filter(asked).fold(0, |sum: u64, row| sum.saturating_add(row.records));
    let meant = || before.waiting.iter().filter(asked);
    if meant().next().is_none() {
        return Err(Fault::NotFound);
    }
    ctx.done(Request::ReviewAnswer { use_id: use_id.map(str::to_owned), answer, newest }).await?;
    let after: Reviews = ctx.data(Request::ReviewList).await?;
    let values = values(&before).saturating_sub(values(&after));
    let names: Vec<String> = meant().map(|row| ctx.used(&row.use_id).map_or_else(|| row.use_id.clone(), |used| ctx.text(&used.texts.headline))).collect();
    let key = match answer {
        ReviewAnswer::Send => "reviews-done-sent",
        ReviewAnswer::Destroy => "reviews-done-destroyed",
    };
    Ok(ctx.words.ta(key, &[("n", Var::Count(values)), ("uses", Var::Text(&names.join(" · ")))]))
}
