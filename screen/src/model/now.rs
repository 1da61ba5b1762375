//! Now: the gate and what passed it; first start; driving.

use crate::ctx::Ctx;
use consent_gatekeeper::control::PauseScope;
use schemars::JsonSchema;
use serde::Serialize;

/// Until when everything optional is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pausing {
    /// Until resumed.
    UntilResumed,
    /// Until the trip ends.
    Trip,
    /// Until a time, Unix milliseconds.
    Until(i64),
}

/// Whether everything optional is paused, and until when.
pub fn pausing(ctx: &Ctx) -> Option<Pausing> {
    let pause = ctx.status.pauses.iter().find(|pause| pause.scope == PauseScope::All)?;
    Some(match (pause.until.as_str(), pause.until_ms) {
        (_, Some(until_ms)) => Pausing::Until(until_ms),
        ("trip", None) => Pausing::Trip,
        (_, None) => Pausing::UntilResumed,
    })
}
