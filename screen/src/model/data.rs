//! My data: everything of a person that left, as it was sent, and what each recipient says became of it (R32, R33, R42, R51).

pub(crate) mod export;
#[cfg(test)]
pub(crate) mod tests;

use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{ErasureShown, Original, RecipientReport, Reports, Sent, SentBatch, SentValue, UseReport};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Batches of one page of all uses.
const BATCHES: u32 = 8;
/// Batches of one page of one use, drawn together.
const BATCHES_OF_USE: u32 = 60;
const DAY_MS: i64 = 86_400_000;

/// Which part of what left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Filter {
    /// Only of this use: one purpose of one recipient.
    #[serde(rename = "use")]
    pub use_id: Option<String>,
    /// Only to this recipient.
    pub recipient: Option<String>,
    /// Only of so many last days.
    pub days: Option<u32>,
    /// Only what was answered for before this time, Unix milliseconds: the `before_ms` of the page before.
    pub before: Option<i64>,
}

/// A recipient, as a choice among others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecipientName {
    /// Recipient id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Not the manufacturer.
    pub outside: bool,
    /// Where it answers questions and takes withdrawals.
    pub contact: String,
}

/// A use, as a choice among others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UseName {
    /// Use id.
    pub id: String,
    /// Its headline.
    pub headline: String,
    /// What for, in plain words.
    pub plain: String,
    /// Who receives.
    pub recipient: RecipientName,
}

/// A batch as it left.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Batch {
    /// For which use and whom.
    #[serde(rename = "use")]
    pub used: UseName,
    /// The tier of the use at which it left; none where the use has changed since.
    pub tier: Option<u8>,
    /// Stream, number and digest name it at the recipient too.
    pub stream: String,
    /// Number in its stream.
    pub n: u32,
    /// Digest of the signed bytes.
    pub digest: String,
    /// The recipient refused it.
    pub refused: bool,
    /// When the recipient answered for it.
    pub done_ms: i64,
    /// Values that it held.
    pub values: u32,
    /// How many of which signal.
    pub signals: Vec<SignalCount>,
    /// The bytes could be opened.
    pub readable: bool,
    /// The values, as sent.
    pub rows: Vec<SentValue>,
}

/// How many values of a signal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SignalCount {
    /// VSS path.
    pub signal: String,
    /// Values.
    pub count: u64,
}

/// Everything that left, a page of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DataView {
    /// When this was put together.
    pub at_ms: i64,
    /// Which part this is.
    pub filter: Filter,
    /// Uses of which anything left through this gate.
    pub uses: Vec<UseName>,
    /// Batches, newest first.
    pub batches: Vec<Batch>,
    /// Where the next page begins; none if this is the last.
    pub before_ms: Option<i64>,
}

/// What left for one use.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct UseDataView {
    /// When this was put together.
    pub at_ms: i64,
    /// The use.
    #[serde(rename = "use")]
    pub used: UseName,
    /// Batches, newest first.
    pub batches: Vec<Batch>,
    /// Where the next page begins; none if this is the last.
    pub before_ms: Option<i64>,
    /// What its signals were before the gate, while the trip is in memory.
    pub original: Before,
    /// What the recipient says of it; none if it has not answered.
    pub report: Option<UseReport>,
    /// When that was signed.
    pub report_ms: Option<i64>,
    /// Requests to erase, and the answers.
    pub erasures: Vec<ErasureShown>,
}

/// What signals were before the gate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Before {
    /// A trip is in memory.
    pub held: bool,
    /// The values, oldest first.
    pub rows: Vec<SentValue>,
}

/// What each recipient says.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ReportsView {
    /// When this was put together.
    pub at_ms: i64,
    /// A row a recipient, in the catalog's order.
    pub recipients: Vec<RecipientSays>,
}

/// What one recipient says.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RecipientSays {
    /// Who.
    pub recipient: RecipientName,
    /// Anything left for it through this gate.
    pub received: bool,
    /// What it says; `silent` if it has not answered.
    pub report: RecipientReport,
}

/// The person whose data may be shown: the driver, and only with their own authentication (R51).
pub fn owner(ctx: &Ctx) -> Result<String, Fault> {
    let proved = ctx.assurance() == Assurance::High;
    ctx.person().filter(|_| proved).map(str::to_owned).ok_or(Fault::Locked)
}

/// Everything that left.
pub async fn all(ctx: &Ctx, filter: Filter) -> Result<DataView, Fault> {
    let person = owner(ctx)?;
    let at_ms = ctx.port.now_ms();
    let uses = filtered_uses(ctx, &filter)?;
    let since_ms = filter.days.map(|days| at_ms.saturating_sub(i64::from(days).saturating_mul(DAY_MS)));
    let page = page(ctx, &person, &uses, filter.before, BATCHES).await?;
    let (batches, before_ms) = since(page, since_ms);
    let batches = batches.into_iter().map(|batch| shown(ctx, batch)).collect();
    Ok(DataView { at_ms, filter, uses: uses_with_data(ctx), batches, before_ms })
}

/// What left for one use.
pub async fn of_use(ctx: &Ctx, use_id: &str, before: Option<i64>) -> Result<UseDataView, Fault> {
    let person = owner(ctx)?;
    let used = use_name(ctx, use_id);
    if ctx.used(use_id).is_none() && !ctx.status.uses.iter().any(|known| known.id == use_id) {
        return Err(Fault::NotFound);
    }
    let (batches, before_ms) = since(page(ctx, &person, &[Some(use_id.to_owned())], before, BATCHES_OF_USE).await?, None);
    // Without a trip in memory, or under a rule that keeps it back, there is nothing to compare with: no fault.
    let original: Original = ctx.data(Request::DataOriginal { use_id: use_id.to_owned() }).await.unwrap_or_default();
    let says = reports(ctx).await?.recipients.into_iter().find(|says| says.recipient.id == used.recipient.id).map(|says| says.report).unwrap_or_default();
    Ok(UseDataView {
        at_ms: ctx.port.now_ms(),
        used,
        batches: batches.into_iter().map(|batch| shown(ctx, batch)).collect(),
        before_ms,
        original: Before { held: original.held, rows: original.rows },
        report_ms: says.at_ms.filter(|_| !says.silent),
        report: says.uses.into_iter().find(|report| report.use_id == use_id).filter(|_| !says.silent),
        erasures: says.erasures.into_iter().filter(|erasure| erasure.use_id == use_id).collect(),
    })
}

/// What each recipient says that it holds, derived, did and deleted. One that never answered is shown as silent, and so are all
/// while the gate does not know.
pub async fn reports(ctx: &Ctx) -> Result<ReportsView, Fault> {
    let known: Reports = match ctx.data(Request::ReportList).await {
        Ok(reports) => reports,
        Err(Fault::Refused(_)) => Reports::default(),
        Err(fault) => return Err(fault),
    };
    let recipients = ctx.catalog()?.catalog.recipients.iter().map(|recipient| {
        let report = known.recipients.iter().find(|report| report.recipient == recipient.id).cloned();
        RecipientSays {
            recipient: recipient_name(ctx, &recipient.id),
            received: ctx.status.uses.iter().any(|used| used.recipient == recipient.id && used.batches_sent > 0),
            report: report.unwrap_or_else(|| RecipientReport { recipient: recipient.id.clone(), silent: true, ..RecipientReport::default() }),
        }
    });
    Ok(ReportsView { at_ms: ctx.port.now_ms(), recipients: recipients.collect() })
}

/// A recipient by its id; what the catalog does not know any more keeps its id as name.
pub fn recipient_name(ctx: &Ctx, id: &str) -> RecipientName {
    let recipient = ctx.catalog.as_ref().and_then(|catalog| catalog.catalog.recipients.iter().find(|recipient| recipient.id == id));
    match recipient {
        Some(recipient) => RecipientName { id: id.to_owned(), name: ctx.text(&recipient.name), outside: recipient.outside, contact: recipient.contact.clone() },
        None => RecipientName { id: id.to_owned(), name: id.to_owned(), ..RecipientName::default() },
    }
}

/// A use by its id; what the catalog does not know any more keeps its id as headline.
pub fn use_name(ctx: &Ctx, id: &str) -> UseName {
    let Some(used) = ctx.used(id) else {
        let recipient = ctx.status.uses.iter().find(|used| used.id == id).map(|used| used.recipient.as_str()).unwrap_or_default();
        return UseName { id: id.to_owned(), headline: id.to_owned(), plain: String::new(), recipient: recipient_name(ctx, recipient) };
    };
    let recipient = ctx.recipient(used).map(|recipient| recipient.id.as_str()).unwrap_or_default();
    UseName { id: id.to_owned(), headline: ctx.text(&used.texts.headline), plain: ctx.text(&used.texts.plain), recipient: recipient_name(ctx, recipient) }
}

fn uses_with_data(ctx: &Ctx) -> Vec<UseName> {
    let sent = ctx.status.uses.iter().filter(|used| used.batches_sent > 0 || used.outcomes.refused > 0);
    sent.map(|used| use_name(ctx, &used.id)).collect()
}

/// Ids of uses whose recipient is this one.
fn uses_of_recipient(ctx: &Ctx, recipient: &str) -> Vec<String> {
    ctx.status.uses.iter().filter(|used| used.recipient == recipient).map(|used| used.id.clone()).collect()
}

/// Those uses of a recipient of which there is something to erase: something left or may leave, and not because the law says so.
pub fn erasable_uses(ctx: &Ctx, recipient: &str) -> Vec<String> {
    let by_law = |use_id: &str| ctx.used(use_id).is_some_and(|used| used.law.is_some());
    let uses = ctx.status.uses.iter().filter(|used| used.recipient == recipient && !by_law(&used.id));
    uses.filter(|used| used.batches_sent > 0 || used.consent.starts_with("given")).map(|used| used.id.clone()).collect()
}

/// The uses to ask for; a single `None` asks for all at once.
fn filtered_uses(ctx: &Ctx, filter: &Filter) -> Result<Vec<Option<String>>, Fault> {
    match (&filter.use_id, &filter.recipient) {
        (Some(use_id), _) => Ok(vec![Some(use_id.clone())]),
        (None, Some(recipient)) => {
            let uses = uses_of_recipient(ctx, recipient);
            if uses.is_empty() { Err(Fault::NotFound) } else { Ok(uses.into_iter().map(Some).collect()) }
        }
        (None, None) => Ok(vec![None]),
    }
}

/// A page of several uses, newest first. The gate never parts what was completed at one moment, so that a page begins where the
/// last one ended; the same holds here: where one use has more, nothing older than what it showed is taken from the others.
async fn page(ctx: &Ctx, person: &str, uses: &[Option<String>], before_ms: Option<i64>, count: u32) -> Result<Sent, Fault> {
    let mut batches = Vec::new();
    let (mut from_ms, mut more) = (i64::MIN, false);
    for use_id in uses {
        let request = Request::DataShow { person: Some(person.to_owned()), use_id: use_id.clone(), before_ms, count: Some(count) };
        let sent: Sent = ctx.data(request).await?;
        if sent.more {
            more = true;
            from_ms = from_ms.max(sent.batches.last().map_or(i64::MIN, |batch| batch.done_ms));
        }
        batches.extend(sent.batches);
    }
    batches.sort_by_key(|batch| std::cmp::Reverse(batch.done_ms));
    let nth = usize::try_from(count).ok().and_then(|count| batches.get(count.saturating_sub(1)));
    let from_ms = from_ms.max(nth.map_or(i64::MIN, |batch| batch.done_ms));
    let all = batches.len();
    batches.retain(|batch| batch.done_ms >= from_ms);
    more |= batches.len() < all;
    Ok(Sent { batches, more, ..Sent::default() })
}

/// What is not older than a time, and where the next page begins.
fn since(page: Sent, since_ms: Option<i64>) -> (Vec<SentBatch>, Option<i64>) {
    let all = page.batches.len();
    let batches: Vec<SentBatch> = page.batches.into_iter().filter(|batch| since_ms.is_none_or(|since_ms| batch.done_ms >= since_ms)).collect();
    let before_ms = batches.last().map(|batch| batch.done_ms).filter(|_| page.more && batches.len() == all);
    (batches, before_ms)
}

fn shown(ctx: &Ctx, batch: SentBatch) -> Batch {
    let mut signals: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &batch.rows {
        let count = signals.entry(&row.signal).or_default();
        *count = count.saturating_add(1);
    }
    let signals = signals.into_iter().map(|(signal, count)| SignalCount { signal: signal.to_owned(), count }).collect();
    Batch {
        used: use_name(ctx, &batch.use_id),
        tier: batch.tier,
        stream: batch.stream,
        n: batch.n,
        digest: batch.digest,
        refused: batch.refused,
        done_ms: batch.done_ms,
        values: batch.records,
        signals,
        readable: batch.readable,
        rows: batch.rows,
    }
}
