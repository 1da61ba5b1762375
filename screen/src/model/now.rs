//! Now: the gate and what passed it.
//!
//! Everything here is counted by the gatekeeper; this module only puts it side by side: what the car knows (`lanes`), what of it
//! left for whom ([`Flow`]), and whether more may follow. A flow says what was revealed by rank, the same for all categories;
//! how many values that were stands in the table beside the picture.

mod lanes;
mod panel;

use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_gatekeeper::control::{PauseScope, Request};
use consent_gatekeeper::show::{Passed, PassedRow, PassedWindow, Revealed, WindowName};
use consent_gatekeeper::status::{Status, UseStatus};
use consent_protocol::catalog::{CompiledCatalog, Localized};
pub use lanes::{LANES_MAX, Lane, LaneName};
pub use panel::{Claim, Given, PanelView};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

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
    pausing_in(&ctx.status, &PauseScope::All)
}

/// Whether something is paused by itself, and until when.
pub fn pausing_in(status: &Status, scope: &PauseScope) -> Option<Pausing> {
    let pause = status.pauses.iter().find(|pause| pause.scope == *scope)?;
    Some(match (pause.until.as_str(), pause.until_ms) {
        (_, Some(until_ms)) => Pausing::Until(until_ms),
        ("trip", None) => Pausing::Trip,
        (_, None) => Pausing::UntilResumed,
    })
}

/// How the gate stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Something may leave.
    Sharing,
    /// Everything optional is paused.
    Paused,
    /// Nothing may leave.
    Nothing,
    /// Shut, since the store does not write or no catalog is in force.
    Shut,
}

/// The word for how the gate stands.
pub fn state(status: &Status) -> GateState {
    if !status.store_ok || status.catalog_version == 0 {
        GateState::Shut
    } else if pausing_in(status, &PauseScope::All).is_some() {
        GateState::Paused
    } else if status.uses.iter().any(|used| used.activity == "live") {
        GateState::Sharing
    } else {
        GateState::Nothing
    }
}

/// The gate, and what passed it in a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NowView {
    /// Which window.
    pub window: WindowName,
    /// When it was counted, Unix milliseconds.
    pub at_ms: i64,
    /// Where the window begins; none if the gate could not count.
    pub since_ms: Option<i64>,
    /// How the gate stands.
    pub gate: GateState,
    /// Until when everything optional is paused.
    pub pausing: Option<Pausing>,
    /// What the car knows, in the order in which it is shown.
    pub lanes: Vec<Lane>,
    /// What left, a row a use: the manufacturer's first, then in the catalog's order.
    pub flows: Vec<Flow>,
    /// Recipients that got nothing in this window.
    pub quiet: Vec<Party>,
    /// Uses that go on whatever is paused: by law or because they were asked for by a call.
    pub live_while_paused: u64,
    /// When anything left last through this gate.
    pub last_left_ms: Option<i64>,
    /// Running the gate.
    pub running: Running,
}

/// A recipient as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Party {
    /// Recipient id; empty if the catalog in force does not know it any more.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Outside the maker's house.
    pub outside: bool,
}

/// Whether more may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlowState {
    /// Yes.
    Live,
    /// What follows waits for the person's review.
    Waits,
    /// Paused.
    Paused,
    /// The person stopped it.
    Off,
    /// Not at the moment, though nobody stopped it: the gate is shut, its clock is not trusted, somebody else drives, the time is over …
    Stays,
}

/// What left for one use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Flow {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Its headline; its id where the catalog in force does not know it.
    pub headline: String,
    /// Who got it.
    pub recipient: Party,
    /// Whether more may follow.
    pub state: FlowState,
    /// What was revealed, in words, of the finest tier that anything left at.
    pub reveals: String,
    /// The benefit, or for a use by law its reason.
    pub benefit: String,
    /// How many values left.
    pub times: u64,
    /// In how many batches.
    pub batches: u64,
    /// Earliest stamp, Unix milliseconds.
    pub first_ms: i64,
    /// Latest stamp, Unix milliseconds.
    pub last_ms: i64,
    /// By category.
    pub parts: Vec<FlowPart>,
}

impl Flow {
    /// The most that it reveals of any category.
    pub fn revealed(&self) -> Revealed {
        self.parts.iter().map(|part| part.revealed).max().unwrap_or_default()
    }
}

/// What of one category left for a use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FlowPart {
    /// Category id.
    pub category: String,
    /// Its name.
    pub name: String,
    /// Which lane it belongs to; none if the catalog in force does not know it.
    pub lane: Option<usize>,
    /// How much of it was revealed.
    pub revealed: Revealed,
}

/// The gate's own traffic (R1), over all boots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Running {
    /// Its headline.
    pub headline: String,
    /// What it is.
    pub plain: String,
    /// Connections that came up.
    pub connections: u64,
    /// Greetings.
    pub hellos: u64,
    /// Statements about consents.
    pub statements: u64,
    /// Questions for a new catalog.
    pub catalog_polls: u64,
}

/// The view for a window.
pub async fn now(ctx: &Ctx, window: WindowName) -> Result<NowView, Fault> {
    let shown = ctx.catalog()?;
    // Without its counts the gate is still shown: that it cannot count is said, not guessed.
    let passed: Option<Passed> = ctx.data(Request::Passed).await.ok();
    let text = |texts: &[Localized]| ctx.text(texts);
    Ok(Source { status: &ctx.status, catalog: &shown.catalog, text: &text }.view(passed.as_ref(), window, ctx.port.now_ms()))
}

/// One use in full, for the panel beside the picture.
pub async fn panel(ctx: &Ctx, view: &NowView, use_id: &str) -> Result<PanelView, Fault> {
    panel::panel(ctx, view, use_id).await
}

/// What a view is made from.
#[derive(Clone, Copy)]
struct Source<'a> {
    status: &'a Status,
    catalog: &'a CompiledCatalog,
    /// A text in the person's language.
    text: &'a dyn Fn(&[Localized]) -> String,
}

impl Source<'_> {
    fn view(self, passed: Option<&Passed>, name: WindowName, now_ms: i64) -> NowView {
        let window = passed.and_then(|passed| passed.windows.iter().find(|window| window.window == name));
        let lanes = lanes::lanes(self.catalog, self.text);
        let flows = self.flows(window, &lanes);
        NowView {
            window: name,
            at_ms: passed.map_or(now_ms, |passed| passed.at_ms),
            since_ms: window.map(|window| window.since_ms),
            gate: state(self.status),
            pausing: pausing_in(self.status, &PauseScope::All),
            quiet: self.quiet(&flows),
            live_while_paused: self.status.uses.iter().map(|used| u64::from(used.activity == "live")).sum(),
            last_left_ms: passed.and_then(|passed| passed.last_left_ms),
            running: self.running(),
            lanes,
            flows,
        }
    }

    fn flows(self, window: Option<&PassedWindow>, lanes: &[Lane]) -> Vec<Flow> {
        let mut by_use: BTreeMap<&str, Vec<&PassedRow>> = BTreeMap::new();
        for row in window.map(|window| window.rows.as_slice()).unwrap_or_default() {
            by_use.entry(row.use_id.as_str()).or_default().push(row);
        }
        let mut flows: Vec<(Order, Flow)> = by_use.iter().map(|(use_id, rows)| (self.order(use_id), self.flow(use_id, rows, lanes))).collect();
        flows.sort_by_key(|(order, _)| *order);
        flows.into_iter().map(|(_, flow)| flow).collect()
    }

    /// The manufacturer's first, recipients together, then as the catalog lists them; what it does not know comes last.
    fn order(self, use_id: &str) -> Order {
        let Some(at) = self.catalog.use_index(use_id) else { return Order { unknown: true, outside: true, recipient: u8::MAX, at: usize::MAX } };
        let recipient = self.catalog.uses.get(at).map_or(u8::MAX, |used| used.recipient);
        let outside = self.catalog.recipients.get(usize::from(recipient)).is_none_or(|recipient| recipient.outside);
        Order { unknown: false, outside, recipient, at }
    }

    fn flow(self, use_id: &str, rows: &[&PassedRow], lanes: &[Lane]) -> Flow {
        let used = self.catalog.uses.iter().find(|used| used.id == use_id);
        let tier = rows.iter().map(|row| usize::from(row.tier)).max().unwrap_or_default();
        let status = self.status.uses.iter().find(|status| status.id == use_id);
        let recipient = used.and_then(|used| self.catalog.recipients.get(usize::from(used.recipient)));
        let words = |texts: Option<&Vec<Localized>>| texts.map(|texts| (self.text)(texts)).unwrap_or_default();
        Flow {
            use_id: use_id.to_owned(),
            headline: used.map_or_else(|| use_id.to_owned(), |used| (self.text)(&used.texts.headline)),
            recipient: recipient.map(|recipient| self.party(recipient)).unwrap_or_default(),
            state: flow_state(status),
            reveals: words(used.and_then(|used| used.tiers.get(tier)).map(|tier| &tier.reveals)),
            benefit: words(used.map(|used| &used.texts.benefit)),
            // The same number stands with each category of the use.
            times: rows.iter().map(|row| row.times).max().unwrap_or_default(),
            batches: rows.iter().map(|row| row.batches).max().unwrap_or_default(),
            first_ms: rows.iter().map(|row| row.first_ms).min().unwrap_or_default(),
            last_ms: rows.iter().map(|row| row.last_ms).max().unwrap_or_default(),
            parts: rows.iter().map(|row| self.part(row, lanes)).collect(),
        }
    }

    fn part(self, row: &PassedRow, lanes: &[Lane]) -> FlowPart {
        let category = self.catalog.categories.iter().find(|category| category.id == row.category);
        FlowPart {
            category: row.category.clone(),
            name: category.map_or_else(|| row.category.clone(), |category| (self.text)(&category.name)),
            lane: lanes.iter().position(|lane| lane.categories.contains(&row.category)),
            revealed: row.revealed,
        }
    }

    fn quiet(self, flows: &[Flow]) -> Vec<Party> {
        let heard: BTreeSet<&str> = flows.iter().map(|flow| flow.recipient.id.as_str()).collect();
        let mut quiet: Vec<Party> =
            self.catalog.recipients.iter().filter(|recipient| !heard.contains(recipient.id.as_str())).map(|recipient| self.party(recipient)).collect();
        quiet.sort_by_key(|party| party.outside);
        quiet
    }

    fn party(self, recipient: &consent_protocol::catalog::Recipient) -> Party {
        Party { id: recipient.id.clone(), name: (self.text)(&recipient.name), outside: recipient.outside }
    }

    fn running(self) -> Running {
        let (listing, counted) = (&self.catalog.gate, &self.status.gate);
        Running {
            headline: (self.text)(&listing.headline),
            plain: (self.text)(&listing.plain),
            connections: counted.connections,
            hellos: counted.hellos,
            statements: counted.statements,
            catalog_polls: counted.catalog_polls,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    unknown: bool,
    outside: bool,
    recipient: u8,
    at: usize,
}

fn flow_state(used: Option<&UseStatus>) -> FlowState {
    used.map_or(FlowState::Stays, |used| activity_state(&used.activity))
}

/// What the gate's word for a use means for what follows.
pub fn activity_state(activity: &str) -> FlowState {
    match activity {
        "live" => FlowState::Live,
        "awaits" => FlowState::Waits,
        "paused" => FlowState::Paused,
        "withdrawn" | "refused" | "objected" | "restricted" => FlowState::Off,
        _ => FlowState::Stays,
    }
}

/// Rows of the picture that are shown as they are; more are folded into one a recipient.
pub const ROWS_MAX: usize = 4;

/// A row on the right of the picture: one use, or all uses of a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureRow<'a> {
    /// What it stands for, at least one, the most revealing first.
    pub flows: Vec<&'a Flow>,
}

impl<'a> PictureRow<'a> {
    /// The most revealing of its uses.
    pub fn leading(&self) -> Option<&'a Flow> {
        self.flows.first().copied()
    }

    /// Its ribbons: the lane where each begins, and the most that it reveals of it.
    pub fn ribbons(&self) -> Vec<(usize, Revealed)> {
        let mut by_lane: BTreeMap<usize, Revealed> = BTreeMap::new();
        for part in self.flows.iter().flat_map(|flow| &flow.parts) {
            if let Some(lane) = part.lane {
                let revealed = by_lane.entry(lane).or_default();
                *revealed = part.revealed.max(*revealed);
            }
        }
        by_lane.into_iter().filter(|(_, revealed)| *revealed > Revealed::None).collect()
    }

    /// Whether more of it may pass the line.
    pub fn state(&self) -> FlowState {
        let states = || self.flows.iter().map(|flow| flow.state);
        let order = [FlowState::Live, FlowState::Waits, FlowState::Paused, FlowState::Stays];
        order.into_iter().find(|state| states().any(|found| found == *state)).unwrap_or(FlowState::Off)
    }
}

/// The rows of the picture: a row a use while they are few, else a row a recipient. Nothing is left out.
pub fn picture(flows: &[Flow]) -> Vec<PictureRow<'_>> {
    if flows.len() <= ROWS_MAX {
        return flows.iter().map(|flow| PictureRow { flows: vec![flow] }).collect();
    }
    let mut rows: Vec<PictureRow<'_>> = Vec::new();
    for flow in flows {
        match rows.iter_mut().find(|row| row.leading().is_some_and(|leading| leading.recipient.id == flow.recipient.id)) {
            Some(row) => row.flows.push(flow),
            None => rows.push(PictureRow { flows: vec![flow] }),
        }
    }
    for row in &mut rows {
        row.flows.sort_by_key(|flow| std::cmp::Reverse(flow.revealed()));
    }
    rows
}

#[cfg(test)]
mod tests;
