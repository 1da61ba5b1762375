//! Each time (R13): what waits for a review, a row per use, with exactly the values that would leave, and what was destroyed
//! because nobody answered.

use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{ReviewRow, ReviewShown, Reviews, SHOW_VERSION, SentValue};
use schemars::JsonSchema;
use serde::Serialize;

/// One review for all waiting trips.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReviewsView {
    /// Version of this shape.
    pub version: u32,
    /// Whether a person is recognised in the driver's seat: only they review, and only what is theirs.
    pub recognised: bool,
    /// Uses that wait, the manufacturer's first.
    pub waiting: Vec<Waiting>,
    /// What was destroyed because nobody answered.
    pub lapsed: Vec<Lapsed>,
}

/// What of one use waits.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Waiting {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// At most 60 characters.
    pub headline: String,
    /// Recipient id.
    pub recipient: String,
    /// Its name.
    pub recipient_name: String,
    /// Not the manufacturer.
    pub outside: bool,
    /// Batches.
    pub batches: u64,
    /// Values.
    pub records: u64,
    /// Earliest stamp.
    pub first_ms: i64,
    /// Latest stamp.
    pub last_ms: i64,
    /// When the oldest of it is destroyed if nobody answers; none = it is not said.
    pub destroyed_ms: Option<i64>,
    /// Exactly what would leave, oldest first; none if it cannot be shown, and then it should not be sent unseen.
    pub values: Option<Vec<SentValue>>,
    /// Older values are left out of the list.
    pub truncated: bool,
    /// Number of the newest batch: an answer names it, so that it is about nothing that came later.
    pub newest: u64,
}

/// What of one use was destroyed unanswered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Lapsed {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Headline.
    pub headline: String,
    /// Measurements destroyed, since the gate was first started.
    pub decisions: u64,
}

/// Everything that waits.
pub async fn reviews(ctx: &Ctx) -> Result<ReviewsView, Fault> {
    let reviews: Reviews = ctx.data(Request::ReviewList).await?;
    let mut waiting = Vec::new();
    for row in &reviews.waiting {
        waiting.push(waits(ctx, row).await);
    }
    waiting.sort_by_key(|waiting| waiting.outside);
    let lapsed = reviews.lapsed.iter().filter(|lapsed| lapsed.decisions > 0);
    Ok(ReviewsView {
        version: SHOW_VERSION,
        recognised: ctx.person().is_some(),
        waiting,
        lapsed: lapsed.map(|lapsed| Lapsed { use_id: lapsed.use_id.clone(), headline: headline(ctx, &lapsed.use_id), decisions: lapsed.decisions }).collect(),
    })
}

/// What of one use waits.
pub async fn review(ctx: &Ctx, use_id: &str) -> Result<Waiting, Fault> {
    let reviews: Reviews = ctx.data(Request::ReviewList).await?;
    let row = reviews.waiting.iter().find(|row| row.use_id == use_id).ok_or(Fault::NotFound)?;
    Ok(waits(ctx, row).await)
}

async fn waits(ctx: &Ctx, row: &ReviewRow) -> Waiting {
    let shown: Option<ReviewShown> = ctx.data(Request::ReviewShow { use_id: row.use_id.clone() }).await.ok();
    let recipient = ctx.used(&row.use_id).and_then(|used| ctx.recipient(used));
    Waiting {
        use_id: row.use_id.clone(),
        headline: headline(ctx, &row.use_id),
        recipient: recipient.map(|recipient| recipient.id.clone()).unwrap_or_default(),
        recipient_name: recipient.map(|recipient| ctx.text(&recipient.name)).unwrap_or_default(),
        outside: recipient.is_none_or(|recipient| recipient.outside),
        batches: row.batches,
        records: row.records,
        first_ms: row.first_ms,
        last_ms: row.last_ms,
        destroyed_ms: Some(row.destroyed_ms).filter(|destroyed_ms| *destroyed_ms > 0),
        truncated: shown.as_ref().is_some_and(|shown| shown.truncated),
        values: shown.map(|shown| shown.rows),
        newest: row.newest,
    }
}

/// Of a use that the catalog does not have any more, its id.
fn headline(ctx: &Ctx, use_id: &str) -> String {
    ctx.used(use_id).map_or_else(|| use_id.to_owned(), |used| ctx.text(&used.texts.headline))
}
