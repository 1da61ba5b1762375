//! One use in full, beside the picture: what left, why, since when, and what the recipient says that it did with it.

use super::{Flow, NowView, Party, Pausing, pausing_in};
use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_gatekeeper::book::rests_on_consent;
use consent_gatekeeper::control::{PauseScope, Request};
use consent_gatekeeper::show::{Reports, UseReport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PanelView {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Its headline.
    pub headline: String,
    /// Who receives.
    pub recipient: Party,
    /// What leaves and what for.
    pub plain: String,
    /// The benefit, or for a use by law its reason.
    pub benefit: String,
    /// `live`, `awaits`, or the reason why it is off.
    pub activity: String,
    /// What left in the window; none if nothing did.
    pub flow: Option<Flow>,
    /// The driver's yes, if it rests on one that holds.
    pub given: Option<Given>,
    /// Act and article of a use by law.
    pub law: Option<String>,
    /// Until when it is paused by itself.
    pub pausing: Option<Pausing>,
    /// What the recipient says; none if it has not answered.
    pub says: Option<Claim>,
}

/// A yes that holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Given {
    /// Since when, RFC 3339.
    pub from: String,
    /// Until when, RFC 3339.
    pub until: String,
    /// The entry of the ledger where it stands.
    pub entry: u64,
}

/// What a recipient says about one use, in a signed report (R42).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Claim {
    /// When it was signed, Unix milliseconds.
    pub at_ms: i64,
    /// Values that it holds.
    pub held: u64,
    /// Since when, Unix milliseconds.
    pub held_since_ms: Option<i64>,
    /// What it derived, in its words.
    pub derived: Vec<(String, String)>,
    /// When it used them last.
    pub last_used_ms: Option<i64>,
    /// What for, in its words.
    pub used_for: String,
    /// Values deleted so far.
    pub deleted: u64,
    /// The benefit delivered, in its words.
    pub benefit: String,
}

/// What of `consent_list` is read here.
#[derive(Deserialize, Default)]
struct Standings {
    uses: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "use")]
    use_id: String,
    standing: String,
    decided: Option<Decided>,
}

#[derive(Deserialize)]
struct Decided {
    from: String,
    until: String,
    entry: u64,
}

pub(super) async fn panel(ctx: &Ctx, view: &NowView, use_id: &str) -> Result<PanelView, Fault> {
    let flow = view.flows.iter().find(|flow| flow.use_id == use_id).cloned();
    let status = ctx.status.uses.iter().find(|used| used.id == use_id);
    let Some(used) = ctx.used(use_id) else {
        // Only an older catalog knew it: what left is all that can be said.
        let flow = flow.ok_or(Fault::NotFound)?;
        let says = says(ctx, use_id).await;
        return Ok(PanelView { use_id: use_id.to_owned(), headline: flow.headline.clone(), flow: Some(flow), says, ..PanelView::default() });
    };
    let recipient = ctx.recipient(used);
    Ok(PanelView {
        use_id: use_id.to_owned(),
        headline: ctx.text(&used.texts.headline),
        recipient: recipient
            .map(|recipient| Party { id: recipient.id.clone(), name: ctx.text(&recipient.name), outside: recipient.outside })
            .unwrap_or_default(),
        plain: ctx.text(&used.texts.plain),
        benefit: ctx.text(&used.texts.benefit),
        activity: status.map(|status| status.activity.clone()).unwrap_or_default(),
        flow,
        given: if rests_on_consent(used) { given(ctx, use_id).await } else { None },
        law: used.law.as_ref().map(|law| format!("{}, {}", law.act, law.article)),
        pausing: pausing_in(&ctx.status, &PauseScope::Use(use_id.to_owned())),
        says: says(ctx, use_id).await,
    })
}

async fn given(ctx: &Ctx, use_id: &str) -> Option<Given> {
    // A guest has decided nothing, and nobody sees another's decisions (R51).
    ctx.person()?;
    let standings: Standings = ctx.data(Request::ConsentList { person: None }).await.ok()?;
    let line = standings.uses.into_iter().find(|line| line.use_id == use_id && line.standing.starts_with("given"))?;
    line.decided.map(|decided| Given { from: decided.from, until: decided.until, entry: decided.entry })
}

async fn says(ctx: &Ctx, use_id: &str) -> Option<Claim> {
    let reports: Reports = ctx.data(Request::ReportList).await.ok()?;
    reports.recipients.into_iter().filter(|report| !report.silent).find_map(|report| {
        let used = report.uses.into_iter().find(|used| used.use_id == use_id)?;
        Some(claim(report.at_ms?, used))
    })
}

fn claim(at_ms: i64, used: UseReport) -> Claim {
    Claim {
        at_ms,
        held: used.held,
        held_since_ms: used.held_since_ms,
        derived: used.derived,
        last_used_ms: used.last_used_ms,
        used_for: used.used_for,
        deleted: used.deleted,
        benefit: used.benefit,
    }
}
