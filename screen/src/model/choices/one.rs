//! One use in full: every fact that must be known before a yes (R30), what it may see at each tier, what happened to it, and
//! for each kind of value whether it leaves now and why not.

use super::{Can, Named, RuleView, Standings, UseRow, row, status_of};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::requests::{self, RequestView};
use consent_core::{CategoryKind, CategorySet};
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::Pictures;
use consent_gatekeeper::status::EventStatus;
use consent_protocol::catalog::{CompiledCatalog, FixPart, TierDef, Use};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many of the newest entries of the ledger are searched for the history of a use.
const HISTORY_SEARCHED: u32 = 1_000;
/// So many of them are shown.
const HISTORY_MAX: usize = 50;

/// One use in full.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UseView {
    /// As it stands.
    pub row: UseRow,
    /// The use as it is asked for: every fact (R30), and the terms on offer.
    pub request: RequestView,
    /// How the gate treats it.
    pub running: Running,
    /// What it may see.
    pub signals: Vec<SignalView>,
    /// Whether and why not, for each set of categories that its signals carry.
    pub explained: Vec<Explained>,
    /// What happened to it, newest first.
    pub history: Vec<EventStatus>,
    /// The trip in memory at each tier, or none.
    pub pictures: Pictures,
    /// Counts since the gate was first started.
    pub counts: Counts,
}

/// How the gate treats it, beside the facts of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Running {
    /// When it may run: `always`, `parked`, `theft_declared`, `call`.
    pub condition: String,
    /// Everyone on an occupied seat must have said yes, for a part of it at least (R17).
    pub needs_everyone: bool,
    /// How surely the driver must be recognised to say yes: `none`, `low`, `high`.
    pub assurance_give: String,
    /// How surely for it to run.
    pub assurance_active: String,
    /// It carries the recipient's pseudonym for this car, so that what leaves can be put together.
    pub linked: bool,
    /// Revision of the use.
    pub revision: u32,
    /// Version of the catalog.
    pub catalog_version: u32,
    /// Each category that it covers.
    pub categories: Vec<Named>,
}

/// One signal.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SignalView {
    /// VSS path.
    pub path: String,
    /// VSS unit; empty if it has none.
    pub unit: String,
    /// Its categories.
    pub categories: Vec<Named>,
    /// What is left of it at each tier, coarsest first.
    pub rules: Vec<RuleView>,
}

/// What the gate says about signals of one set of categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Explained {
    /// A signal of the set.
    pub signal: String,
    /// The set.
    pub categories: Vec<Named>,
    /// `released`, `awaiting`, `withheld`.
    pub verdict: String,
    /// Why it is withheld.
    pub reason: Option<String>,
}

/// Counts of one use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Values that left and were acknowledged.
    pub sent: u64,
    /// Measurements that stayed because something forbade them.
    pub withheld: u64,
    /// Measurements that wait in the car.
    pub waiting: u64,
    /// Measurements destroyed before they left.
    pub destroyed: u64,
}

#[derive(Deserialize)]
struct Verdicts {
    uses: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    #[serde(rename = "use")]
    use_id: String,
    #[serde(rename = "verdict")]
    word: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Ledger {
    entries: Vec<EventStatus>,
}

/// One use in full.
pub async fn one(ctx: &Ctx, use_id: &str) -> Result<UseView, Fault> {
    let catalog = &ctx.catalog()?.catalog;
    let used = ctx.used(use_id).ok_or(Fault::NotFound)?;
    let row = row(ctx, used, &Standings::of(ctx).await);
    let asks = row.can.iter().any(|can| matches!(can, Can::Give | Can::Change));
    let pictures = if asks { ctx.data(Request::TierPictures { use_id: use_id.to_owned() }).await.unwrap_or_default() } else { Pictures::default() };
    Ok(UseView {
        request: requests::of_use(ctx, used).await.ok_or(Fault::NotFound)?,
        running: running(ctx, catalog, used),
        signals: signals(ctx, catalog, used),
        explained: explained(ctx, catalog, used).await,
        history: history(ctx, use_id).await,
        pictures,
        counts: counts(ctx, use_id),
        row,
    })
}

fn running(ctx: &Ctx, catalog: &CompiledCatalog, used: &Use) -> Running {
    let cabin = |signal: &u16| {
        let categories = catalog.signals.get(usize::from(*signal)).map_or(CategorySet::EMPTY, |signal| signal.categories);
        let mut all = catalog.categories.iter().enumerate();
        all.any(|(bit, category)| category.kind == CategoryKind::Cabin && has(categories, bit))
    };
    Running {
        condition: word(&used.condition),
        needs_everyone: used.signals.iter().any(cabin),
        assurance_give: word(&used.assurance_give),
        assurance_active: word(&used.assurance_active),
        linked: used.linked,
        revision: used.revision,
        catalog_version: catalog.version,
        categories: super::named(ctx, used, None),
    }
}

fn signals(ctx: &Ctx, catalog: &CompiledCatalog, used: &Use) -> Vec<SignalView> {
    let one = |index: &u16| {
        let signal = catalog.signals.get(usize::from(*index))?;
        let rule = |tier: &TierDef| rule_of(catalog, used, tier, *index);
        Some(SignalView {
            path: signal.path.clone(),
            unit: signal.unit.clone(),
            categories: of_set(ctx, catalog, signal.categories),
            rules: used.tiers.iter().map(rule).collect(),
        })
    };
    used.signals.iter().filter_map(one).collect()
}

/// What a tier leaves of a signal. The parts of a position leave together under the latitude's rule: the longitude always, the
/// others where the position is not made coarser.
fn rule_of(catalog: &CompiledCatalog, used: &Use, tier: &TierDef, index: u16) -> RuleView {
    let part = |index: u16| catalog.signals.get(usize::from(index)).and_then(|signal| signal.fix);
    let find = |index: u16| tier.rules.iter().find(|rule| rule.signal == index).map(|rule| &rule.rule);
    let latitude = || used.signals.iter().find(|index| part(**index) == Some(FixPart::Latitude)).and_then(|index| find(*index));
    let rule = match part(index) {
        None | Some(FixPart::Latitude) => find(index),
        Some(FixPart::Longitude) => latitude(),
        Some(FixPart::Altitude | FixPart::Heading | FixPart::Accuracy) => latitude().filter(|rule| !rule.is_for_places()),
    };
    rule.map_or(RuleView::Nothing, RuleView::of)
}

/// Asks the gate about one signal of each set of categories: signals of the same set are always judged alike.
async fn explained(ctx: &Ctx, catalog: &CompiledCatalog, used: &Use) -> Vec<Explained> {
    let mut found: Vec<(CategorySet, Explained)> = Vec::new();
    for signal in used.signals.iter().filter_map(|index| catalog.signals.get(usize::from(*index))) {
        if found.iter().any(|(set, _)| *set == signal.categories) {
            continue;
        }
        let Ok(verdicts) = ctx.data::<Verdicts>(Request::Explain { path: signal.path.clone() }).await else { continue };
        if let Some(verdict) = verdicts.uses.into_iter().find(|verdict| verdict.use_id == used.id) {
            let categories = of_set(ctx, catalog, signal.categories);
            found.push((signal.categories, Explained { signal: signal.path.clone(), categories, verdict: verdict.word, reason: verdict.reason }));
        }
    }
    found.into_iter().map(|(_, explained)| explained).collect()
}

async fn history(ctx: &Ctx, use_id: &str) -> Vec<EventStatus> {
    let Ok(ledger) = ctx.data::<Ledger>(Request::LedgerShow { from: None, count: Some(HISTORY_SEARCHED) }).await else { return Vec::new() };
    let own = ledger.entries.into_iter().rev().filter(|entry| entry.use_id == use_id);
    own.take(HISTORY_MAX).collect()
}

fn counts(ctx: &Ctx, use_id: &str) -> Counts {
    let Some(status) = status_of(ctx, use_id) else { return Counts::default() };
    let outcomes = &status.outcomes;
    let sum = |counts: &[u64]| counts.iter().fold(0, |sum: u64, count| sum.saturating_add(*count));
    Counts {
        sent: status.records_sent,
        withheld: outcomes.withheld.values().fold(0, |sum: u64, count| sum.saturating_add(*count)),
        waiting: sum(&[outcomes.pending, outcomes.awaiting, outcomes.queued]),
        destroyed: sum(&[outcomes.purged, outcomes.expired, outcomes.dropped]),
    }
}

fn of_set(ctx: &Ctx, catalog: &CompiledCatalog, set: CategorySet) -> Vec<Named> {
    let all = catalog.categories.iter().enumerate().filter(|(bit, _)| has(set, *bit));
    all.map(|(_, category)| Named { id: category.id.clone(), name: ctx.text(&category.name) }).collect()
}

fn has(set: CategorySet, bit: usize) -> bool {
    u8::try_from(bit).is_ok_and(|bit| set.intersects(CategorySet::single(bit)))
}

/// The serde name of a plain enum.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
