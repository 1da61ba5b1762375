//! Trust: the ledger, what it proves, receipts, and what can be checked of recipients and catalog (R35, R40, R41).

pub mod receipt;

use super::data::{RecipientName, RecipientSays, UseName, recipient_name, reports, use_name};
use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::receipt::uuid;
use consent_gatekeeper::show::{Checkpoint, EndShown, ErasureShown, Ledger, LedgerEntry, Whose};
use consent_protocol::ledger::{Body, Cadence, ChainReport, ConsentAction, ConsentEvent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Entries of a page.
const ENTRIES: u64 = 30;

/// The ledger and what belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TrustView {
    /// When this was put together.
    pub at_ms: i64,
    /// Entries, newest first.
    pub entries: Vec<EntryView>,
    /// Number of the newest entry of all.
    pub head: u64,
    /// The next page is asked for with this; none if this is the last.
    pub before: Option<u64>,
    /// The head to keep; none while nothing is on disk.
    pub checkpoint: Option<CheckpointView>,
    /// Version of the catalog in force.
    pub catalog_version: u32,
    /// Its digest: the same for every car of the audience.
    pub catalog_digest: String,
    /// Whom that catalog is for.
    pub audience: String,
    /// How each recipient stands.
    pub recipients: Vec<RecipientTrust>,
    /// The person's ends before which something was possibly sent, newest first.
    pub possibly_sent: Vec<EndView>,
}

/// One entry, in codes; its sentence is the page's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct EntryView {
    /// Number.
    pub seq: u64,
    /// When it was written.
    pub wall_ms: i64,
    /// That time could be trusted.
    pub clock_trusted: bool,
    /// Digest of its signed bytes.
    pub digest: String,
    /// `mine`, `car`, `other`, `erased`.
    pub whose: String,
    /// What happened: an action of consent, `catalog`, `boot`, `theft`, `erasure`, `answer`, `notice`, `erased`, `other`.
    pub action: String,
    /// Which use; none = none, or everything optional.
    #[serde(rename = "use")]
    pub used: Option<UseName>,
    /// What it reveals, as it was decided on.
    pub reveals: Option<String>,
    /// When it ends.
    pub until_ms: Option<i64>,
    /// `until`, `trip`, `each_time`.
    pub cadence: Option<String>,
    /// Who answered.
    pub recipient: Option<RecipientName>,
    /// In so many systems it has erased.
    pub erased: Option<u32>,
    /// Of so many.
    pub systems: Option<u32>,
    /// Version of a catalog, number of a start.
    pub number: Option<u32>,
    /// Whether the run before ended in order; whether a theft state began.
    pub flag: Option<bool>,
    /// Headlines of uses that a catalog suspended.
    pub suspended: Vec<String>,
    /// A notice in the words of the gate (English).
    pub note: Option<String>,
    /// `giving` or `ending`, where there is a receipt to keep.
    pub receipt: Option<String>,
    /// Of an end of which a recipient had to be told: what was possibly sent before it, and what the recipient answered.
    pub end: Option<EndView>,
}

/// A head of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckpointView {
    /// Number of the newest entry on disk.
    pub seq: u64,
    /// Digest of its signed bytes.
    pub digest: String,
    /// Public key of the ledger.
    pub public_key: String,
    /// When it was taken.
    pub at_ms: i64,
    /// All of it in one line, as in the QR code (docs/export.md).
    pub text: String,
}

/// What the agent found when it checked its chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    /// Numbers, digests, signatures and bodies hold.
    pub holds: bool,
    /// What was checked.
    #[schemars(with = "Option<Checked>")]
    pub report: Option<ChainReport>,
    /// Where it breaks.
    pub error: Option<String>,
}

/// How much was checked.
#[derive(JsonSchema)]
#[allow(dead_code, reason = "the shape of ChainReport, for the document")]
struct Checked {
    /// Entries whose chain and signature hold.
    entries: u64,
    /// Of them with a body that fits its hash.
    bodies: u64,
    /// Of them erased, or without a body to show.
    erased: u64,
}

/// How a checkpoint that was kept stands to this ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Its entry stands here unchanged, and so does everything before it.
    Stands,
    /// Another entry stands in its place: this is another ledger, or one that was rewritten.
    Differs,
    /// The ledger ends before it: entries are missing.
    Beyond,
    /// The text is no checkpoint.
    Unreadable,
}

/// How a recipient stands.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RecipientTrust {
    /// Who.
    pub recipient: RecipientName,
    /// `up`, `connecting`, `idle`; none if nothing was ever owed.
    pub link: Option<String>,
    /// Ends and beginnings that it has not acknowledged.
    pub statements_owed: u64,
    /// Erasures that it has not confirmed.
    pub erasures_owed: u64,
    /// Messages from it that did not hold, or contradicted what the car knows.
    pub alarms: u64,
    /// It has sent no report for 30 days.
    pub silent: bool,
    /// When its newest report was signed.
    pub report_ms: Option<i64>,
    /// The person's ends that it had to be told of, with its answers, newest first.
    pub ends: Vec<EndView>,
}

/// An end of something that a recipient was allowed, and what became of it there.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct EndView {
    /// Which use, and whose.
    #[serde(rename = "use")]
    pub used: UseName,
    /// When it ended.
    pub ended_ms: i64,
    /// So many values were handed over before it and never acknowledged: possibly they arrived.
    pub possibly: u64,
    /// In so many batches.
    pub batches: u32,
    /// When the recipient first said that it knows of the end; none = not yet.
    pub known_ms: Option<i64>,
    /// What it was asked to erase, and its answer; none = it was not asked.
    pub erasure: Option<ErasureShown>,
}

/// The ledger from an entry backwards.
pub async fn trust(ctx: &Ctx, before: Option<u64>) -> Result<TrustView, Fault> {
    let request = match before {
        Some(before) => {
            let from = before.saturating_sub(ENTRIES).max(1);
            Request::LedgerShow { from: Some(from), count: u32::try_from(before.saturating_sub(from)).ok() }
        }
        None => Request::LedgerShow { from: None, count: u32::try_from(ENTRIES).ok() },
    };
    let nothing_before = before.is_some_and(|before| before <= 1);
    let ledger: Ledger = if nothing_before { Ledger::default() } else { ctx.data(request).await? };
    let said = reports(ctx).await?;
    let first = ledger.entries.first().map_or(1, |entry| entry.seq);
    let ends: Vec<&EndShown> = said.recipients.iter().flat_map(|says| &says.report.ends).collect();
    let mut possibly_sent: Vec<EndView> = ends.iter().filter(|end| end.decisions > 0).map(|end| end_view(ctx, end)).collect();
    possibly_sent.sort_by_key(|end| std::cmp::Reverse(end.ended_ms));
    Ok(TrustView {
        at_ms: ctx.port.now_ms(),
        entries: ledger.entries.into_iter().rev().map(|entry| EntryView { end: end_of(ctx, &entry, &ends), ..shown(ctx, entry) }).collect(),
        head: ledger.head,
        before: (first > 1).then_some(first),
        checkpoint: checkpoint(ctx).await.ok(),
        catalog_version: ctx.status.catalog_version,
        catalog_digest: ctx.status.catalog_digest.clone(),
        audience: ctx.catalog()?.catalog.audience(),
        recipients: said.recipients.into_iter().map(|says| trusted(ctx, says)).collect(),
        possibly_sent,
    })
}

/// What became of the end that an entry tells of: of its record, and of its moment, since a record may end and begin again.
fn end_of(ctx: &Ctx, entry: &LedgerEntry, ends: &[&EndShown]) -> Option<EndView> {
    let Some(Body::Consent(event)) = &entry.body else { return None };
    let record = uuid(&event.record);
    let mut same = ends.iter().filter(|end| end.use_id == event.use_id && end.ended_ms == entry.wall_ms && end.records.contains(&record));
    let first = end_view(ctx, same.next()?);
    Some(same.fold(first, |sum, end| EndView {
        possibly: sum.possibly.saturating_add(end.decisions),
        batches: sum.batches.saturating_add(end.batches),
        // All of it is known where every part is.
        known_ms: sum.known_ms.zip(end.known_ms).map(|(one, other)| one.max(other)),
        ..sum
    }))
}

fn end_view(ctx: &Ctx, end: &EndShown) -> EndView {
    let EndShown { ended_ms, batches, known_ms, .. } = *end;
    EndView { used: use_name(ctx, &end.use_id), ended_ms, possibly: end.decisions, batches, known_ms, erasure: end.erasure.clone() }
}

fn trusted(ctx: &Ctx, says: RecipientSays) -> RecipientTrust {
    let link = ctx.status.links.iter().find(|link| link.recipient == says.recipient.id);
    RecipientTrust {
        recipient: says.recipient,
        link: link.map(|link| link.state.clone()),
        statements_owed: link.map_or(0, |link| link.statements_owed),
        erasures_owed: link.map_or(0, |link| link.erasures_owed),
        alarms: link.map_or(0, |link| link.alarms),
        silent: says.report.silent,
        report_ms: says.report.at_ms,
        ends: says.report.ends.iter().map(|end| end_view(ctx, end)).collect(),
    }
}

/// The head of the ledger.
pub async fn checkpoint(ctx: &Ctx) -> Result<CheckpointView, Fault> {
    let Checkpoint { seq, digest, public_key, at_ms, .. } = ctx.data(Request::Checkpoint).await?;
    let text = format!("CG1:C:{seq}:{digest}:{public_key}").to_uppercase();
    Ok(CheckpointView { seq, digest, public_key, at_ms, text })
}

/// Lets the agent check its whole chain.
pub async fn verified(ctx: &Ctx) -> Result<Verified, Fault> {
    ctx.data(Request::LedgerVerify).await
}

/// Compares a checkpoint that somebody kept with the ledger.
pub async fn compare(ctx: &Ctx, kept: &str) -> Result<Kept, Fault> {
    let Some((seq, digest, public_key)) = parse(kept) else { return Ok(Kept::Unreadable) };
    let head = checkpoint(ctx).await?;
    if head.public_key != public_key {
        return Ok(Kept::Differs);
    }
    if seq > head.seq {
        return Ok(Kept::Beyond);
    }
    let ledger: Ledger = ctx.data(Request::LedgerShow { from: Some(seq), count: Some(1) }).await?;
    let stands = ledger.entries.first().is_some_and(|entry| entry.seq == seq && entry.digest == digest);
    Ok(if stands { Kept::Stands } else { Kept::Differs })
}

/// Number, digest and key of a checkpoint's text; spaces and line breaks from copying do not matter.
fn parse(text: &str) -> Option<(u64, String, String)> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let mut parts = text.strip_prefix("cg1:c:")?.split(':');
    let seq = parts.next()?.parse().ok().filter(|seq| *seq > 0)?;
    let hex = |part: &str| (part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| part.to_owned());
    let (digest, key) = (hex(parts.next()?)?, hex(parts.next()?)?);
    parts.next().is_none().then_some((seq, digest, key))
}

fn shown(ctx: &Ctx, entry: LedgerEntry) -> EntryView {
    let whose = match entry.whose {
        Whose::Mine => "mine",
        Whose::Car => "car",
        Whose::Other => "other",
        Whose::Erased => "erased",
    };
    let used = (!entry.use_id.is_empty()).then(|| use_name(ctx, &entry.use_id));
    let plain = EntryView {
        seq: entry.seq,
        wall_ms: entry.wall_ms,
        clock_trusted: entry.clock_trusted,
        digest: entry.digest,
        whose: whose.to_owned(),
        action: entry.action,
        used,
        ..EntryView::default()
    };
    match entry.body {
        None => plain,
        Some(Body::Consent(event)) => consent(ctx, &event, plain),
        Some(Body::Catalog { version, suspended, .. }) => {
            EntryView { number: Some(version), suspended: suspended.iter().map(|use_id| use_name(ctx, use_id).headline).collect(), ..plain }
        }
        Some(Body::Boot { boot, clean }) => EntryView { number: Some(boot), flag: Some(clean), ..plain },
        Some(Body::Theft { begins, until_ms }) => EntryView { flag: Some(begins), until_ms: Some(until_ms), ..plain },
        Some(Body::Erasure { scope }) => {
            let used = ctx.status.uses.iter().any(|used| used.id == scope).then(|| use_name(ctx, &scope));
            EntryView { note: used.is_none().then_some(scope), used, ..plain }
        }
        Some(Body::Answer { recipient, erased, systems, .. }) => {
            EntryView { recipient: Some(recipient_name(ctx, &recipient)), erased: Some(erased), systems: Some(systems), ..plain }
        }
        Some(Body::Notice { text }) => EntryView { note: Some(text), ..plain },
    }
}

fn consent(ctx: &Ctx, event: &ConsentEvent, plain: EntryView) -> EntryView {
    let receipt = match event.action {
        _ if event.use_id.is_empty() || plain.whose != "mine" => None,
        ConsentAction::Given | ConsentAction::Renewed | ConsentAction::Narrowed => Some("giving"),
        ConsentAction::Withdrawn
        | ConsentAction::Expired
        | ConsentAction::TripEnded
        | ConsentAction::Suspended
        | ConsentAction::Objected
        | ConsentAction::Restricted
        | ConsentAction::Refused => Some("ending"),
        ConsentAction::Requested
        | ConsentAction::Deferred
        | ConsentAction::Lifted
        | ConsentAction::Paused
        | ConsentAction::Resumed
        | ConsentAction::StoppedByOccupant
        | ConsentAction::ReviewSent
        | ConsentAction::ReviewDestroyed => None,
    };
    if receipt != Some("giving") {
        return EntryView { receipt: receipt.map(str::to_owned), ..plain };
    }
    // A tier means what it meant then only while the use is the one that was decided on.
    let used = ctx.used(&event.use_id).filter(|used| used.revision == event.revision);
    let cadence = match event.cadence {
        Cadence::Until => "until",
        Cadence::Trip => "trip",
        Cadence::EachTime => "each_time",
    };
    EntryView {
        reveals: used.and_then(|used| used.tiers.get(usize::from(event.tier))).map(|tier| ctx.text(&tier.reveals)),
        until_ms: Some(event.until_ms),
        cadence: Some(cadence.to_owned()),
        receipt: receipt.map(str::to_owned),
        ..plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_read_however_it_was_copied() {
        let text = format!("CG1:C:42:{}:{}", "A1".repeat(32), "0F".repeat(32));
        let expected = Some((42, "a1".repeat(32), "0f".repeat(32)));
        assert_eq!(parse(&text), expected);
        assert_eq!(parse(&format!("  {} ", text.replace(':', ":\n ")).to_lowercase()), expected);
        for wrong in [
            "",
            "CG1:C:",
            "CG1:R:42:A:B",
            text.strip_suffix('F').unwrap(),
            &format!("{text}:1"),
            &text.replace("42", "0"),
            &text.replace("42", "-1"),
            &text.replace('F', "G"),
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
