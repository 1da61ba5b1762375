//! How I want to be asked: the form chosen, the budget, what is not asked again, what ends soon.

pub mod questions;

use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::requests::Budget;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{Asking, AskingShown, SHOW_VERSION};
use questions::{QUESTIONS, Question};
use schemars::JsonSchema;
use serde::Serialize;

/// The settings about asking.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AskingView {
    /// Version of this shape.
    pub version: u32,
    /// Whether a guest drives, who is asked nothing.
    pub guest: bool,
    /// The form chosen; none = the neutral one.
    pub asking: Option<Asking>,
    /// How often the car asked unasked in the last year.
    pub budget: Budget,
    /// Uses that are not asked for again.
    pub never: Vec<NeverView>,
    /// Consents that end within 60 days, the soonest first.
    pub ending: Vec<EndingView>,
    /// The questions, with the form that each answer counts for.
    pub questions: &'static [Question],
}

/// A use with "Don't ask again".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NeverView {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Headline; the id if no catalog knows it any more.
    pub headline: String,
}

/// A consent that ends soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EndingView {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Headline.
    pub headline: String,
    /// When it ends, Unix milliseconds.
    pub until_ms: i64,
}

/// The settings about asking of whoever drives.
pub async fn view(ctx: &Ctx) -> Result<AskingView, Fault> {
    let shown: AskingShown = ctx.data(Request::AskingShow).await?;
    let headline = |use_id: &str| ctx.used(use_id).map_or_else(|| use_id.to_owned(), |used| ctx.text(&used.texts.headline));
    let mut ending: Vec<EndingView> =
        shown.ending.iter().map(|(use_id, until_ms)| EndingView { use_id: use_id.clone(), headline: headline(use_id), until_ms: *until_ms }).collect();
    ending.sort_by_key(|ending| ending.until_ms);
    Ok(AskingView {
        version: SHOW_VERSION,
        guest: ctx.person().is_none(),
        asking: shown.asking,
        budget: Budget { used: shown.screens_year, max: shown.screens_year_max },
        never: shown.never.iter().map(|use_id| NeverView { use_id: use_id.clone(), headline: headline(use_id) }).collect(),
        ending,
        questions: &QUESTIONS,
    })
}
