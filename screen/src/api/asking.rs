//! How I want to be asked.

use super::{Route, Touch, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::asking::questions::{Proposal, propose};
use crate::model::asking::{self as model, AskingView};
use crate::model::requests::form;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use consent_gatekeeper::control::Request;
use schemars::JsonSchema;
use serde::Deserialize;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/asking", "How the driver wants to be asked, and how often the car asked unasked.", shape::<AskingView>, || get(view)),
    Route::post("/api/1/asking", "Sets how the driver wants to be asked.", shape::<SetFields>, || post(set)),
    Route::post("/api/1/asking/propose", "Proposes a form by the answers to six questions, and keeps none of them.", shape::<Answers>, || post(proposed))
        .gives(shape::<Proposal>),
    Route::post("/api/1/asking/never", "\"Don't ask again\" for a use, or that it may be asked again.", shape::<NeverFields>, || post(never)),
];

async fn view(ctx: Ctx) -> Response {
    json(model::view(&ctx).await)
}

/// A form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct SetFields {
    /// `who_first`, `benefit_first`, `control_first`, `balanced`, `trust_first`, or `neutral`.
    asking: String,
}

async fn set(touch: Touch<SetFields>) -> Response {
    let done = chosen(&touch.ctx, &touch.fields.asking).await;
    touch.answer(done)
}

async fn chosen(ctx: &Ctx, word: &str) -> Result<String, Fault> {
    let asking = form::of_word(word).ok_or_else(|| Fault::Invalid(ctx.words.t("asking-invalid")))?;
    ctx.done(Request::AskingSet { asking }).await?;
    Ok(ctx.words.t("asking-done-set"))
}

/// Answers to the questions; each may be left out.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Answers {
    /// `maker`, `useful`, `nobody`.
    who: String,
    /// `every`, `yearly`, `myself`.
    often: String,
    /// `name`, `set`, `glance`.
    look: String,
    /// `apart`, `depends`, `stays`.
    unknown: String,
    /// `each`, `few`, `either`.
    settings: String,
    /// `known`, `brings`, `limit`, `check`, `any`.
    convinces: String,
}

impl Answers {
    fn each(&self) -> [(&str, &str); 6] {
        [
            ("who", &self.who),
            ("often", &self.often),
            ("look", &self.look),
            ("unknown", &self.unknown),
            ("settings", &self.settings),
            ("convinces", &self.convinces),
        ]
    }
}

/// A page gets the proposal as the name of a form in its address, and nothing of the answers.
async fn proposed(touch: Touch<Answers>) -> Response {
    let proposal = propose(touch.fields.each().into_iter());
    if touch.reply.kind == super::Kind::Form {
        return Redirect::to(&format!("/asking?way={}#proposal", form::word(proposal.asking))).into_response();
    }
    axum::Json(proposal).into_response()
}

/// Whether a use may be asked for again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct NeverFields {
    /// Use id.
    #[serde(rename = "use")]
    use_id: String,
    /// Whether it is not to be asked again.
    never: bool,
}

async fn never(touch: Touch<NeverFields>) -> Response {
    let NeverFields { use_id, never } = touch.fields.clone();
    let key = if never { "asking-done-never" } else { "asking-done-again" };
    let done = touch.ctx.done(Request::AskingNever { use_id, never }).await.map(|_| touch.ctx.words.t(key));
    touch.answer(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::asking::questions::QUESTIONS;

    #[test]
    fn the_fields_are_the_questions() {
        let answers = Answers::default();
        assert_eq!(answers.each().map(|(key, _)| key), QUESTIONS.map(|question| question.key));
    }
}
