//! What people are shown, as typed answers: the shapes inside [`crate::control::Response::Data`] that the privacy screen reads.
//!
//! Texts of uses, recipients and categories are not repeated here: whoever shows them takes them from the catalog
//! ([`crate::control::Request::CatalogShow`]) in the language of the person. States are words of a closed list, for the page to
//! translate. Times ending in `_ms` are Unix milliseconds.

use consent_core::Assurance;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::ledger::Body;
use serde::{Deserialize, Serialize};

/// The version of these shapes.
pub const SHOW_VERSION: u32 = 1;

/// The catalog in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CatalogShown {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Its digest in hexadecimal.
    pub digest: String,
    /// The catalog itself; nothing in it is secret.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))]
    pub catalog: CompiledCatalog,
}

/// How much a use reveals, the same rank for all categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Revealed {
    /// Nothing.
    #[default]
    None,
    /// Counts, scores, windows.
    Aggregate,
    /// Rounded or on a grid.
    Coarse,
    /// As measured.
    Exact,
}

/// The windows of the home screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WindowName {
    /// Since this trip began; where none is under way, since the last one began.
    Trip,
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
}

/// What passed the gate, by window.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Passed {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// When it was counted.
    pub at_ms: i64,
    /// Trip, day, week.
    pub windows: Vec<PassedWindow>,
    /// When anything left last through this gate; none if nothing is on record (as long as disclosures are kept).
    pub last_left_ms: Option<i64>,
}

/// One window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PassedWindow {
    /// Which.
    pub window: WindowName,
    /// Where it begins.
    pub since_ms: i64,
    /// A row for each use and category of which anything left (numbered, acknowledged or refused: it was possibly seen).
    pub rows: Vec<PassedRow>,
}

/// What of one category left for one use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PassedRow {
    /// Use id.
    pub use_id: String,
    /// Category id.
    pub category: String,
    /// The finest tier that anything left at.
    pub tier: u8,
    /// How much that reveals of the category.
    pub revealed: Revealed,
    /// How many values of the use left (rows of data) while the category was part of it: the same number stands with each of them.
    pub times: u64,
    /// In how many batches.
    pub batches: u64,
    /// Earliest stamp in them.
    pub first_ms: i64,
    /// Latest stamp in them.
    pub last_ms: i64,
}

/// One value as it left, or would leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SentValue {
    /// VSS path; "signal 7 of an older catalog" where the catalog that it was coded under is not in force any more.
    pub signal: String,
    /// VSS unit.
    pub unit: Option<String>,
    /// Its stamp as sent.
    pub t_ms: i64,
    /// A boolean, number, text or array; a position is an object of `lat`, `lon`, `alt`, `heading`, `accuracy`.
    pub value: serde_json::Value,
}

/// A batch as it left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SentBatch {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// The tier of the use at which it left; none where the use has changed since, or is gone.
    #[serde(default)]
    pub tier: Option<u8>,
    /// Stream id in hexadecimal.
    pub stream: String,
    /// Number in the stream.
    pub n: u32,
    /// Digest of the signed bytes, hexadecimal.
    pub digest: String,
    /// Whether the receiver refused it.
    pub refused: bool,
    /// When it was acknowledged.
    pub done_ms: i64,
    /// Rows of data.
    pub records: u32,
    /// Decisions that they merge.
    pub decisions: u32,
    /// Whether the bytes could be opened and decoded.
    pub readable: bool,
    /// The values.
    pub rows: Vec<SentValue>,
}

/// What left, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sent {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// The batches.
    pub batches: Vec<SentBatch>,
    /// There are more of them, older than the last one here: ask again with `before_ms` at its `done_ms`.
    #[serde(default)]
    pub more: bool,
}

/// What waits for a review (R13), a row per use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reviews {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Uses that wait.
    pub waiting: Vec<ReviewRow>,
    /// Uses of which something was destroyed because nobody answered in time.
    #[serde(default)]
    pub lapsed: Vec<LapsedRow>,
}

/// What of one use waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReviewRow {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Batches.
    pub batches: u64,
    /// Rows of data.
    pub records: u64,
    /// Earliest stamp.
    pub first_ms: i64,
    /// Latest stamp.
    pub last_ms: i64,
    /// When the oldest of it is destroyed if nobody answers.
    #[serde(default)]
    pub destroyed_ms: i64,
    /// Number of the newest batch. An answer that names it is about what was seen, and nothing that came later.
    #[serde(default)]
    pub newest: u64,
}

/// What was destroyed unanswered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LapsedRow {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Decisions destroyed, over all boots.
    pub decisions: u64,
}

/// What would go if the person says Send: exactly these values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReviewShown {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// The values, oldest first.
    pub rows: Vec<SentValue>,
    /// Not all are listed: the oldest are left out.
    pub truncated: bool,
}

/// The trip in memory as it was, for a use's signals: never stored, gone at ignition off, driver change or withdrawal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Original {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Whether a trip is in memory.
    pub held: bool,
    /// The values, oldest first.
    pub rows: Vec<SentValue>,
}

/// The trip in memory as the recipient would see it at each tier. A picture, not a count: the memory holds at most one value a
/// second of each signal, fewer on a long trip.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pictures {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Whether a trip is in memory; without one the page draws a marked example.
    pub held: bool,
    /// A picture a tier, coarsest first.
    pub tiers: Vec<Picture>,
}

/// One tier's picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Picture {
    /// Tier.
    pub tier: u8,
    /// How much it reveals.
    pub revealed: Revealed,
    /// What would leave.
    pub rows: Vec<SentValue>,
}

/// What each recipient says that it holds, derived, did and deleted (R42).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reports {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// A row a recipient of the catalog.
    pub recipients: Vec<RecipientReport>,
}

/// One recipient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RecipientReport {
    /// Recipient id.
    pub recipient: String,
    /// Nothing for 30 days, or never: "has not answered".
    pub silent: bool,
    /// When its newest report was signed; none if none ever came.
    pub at_ms: Option<i64>,
    /// A row a use.
    pub uses: Vec<UseReport>,
    /// Ends that asked for erasure, and what became of them.
    pub erasures: Vec<ErasureShown>,
    /// Every end that it had to be told of, newest first: what it possibly got before, and when it knew.
    #[serde(default)]
    pub ends: Vec<EndShown>,
}

/// The end of something that a recipient was allowed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndShown {
    /// Use id.
    pub use_id: String,
    /// Consent records of whoever asks that it rested on, as in the ledger and on receipts.
    pub records: Vec<String>,
    /// When it ended.
    pub ended_ms: i64,
    /// So many batches were handed over before it and not acknowledged: possibly they arrived.
    pub batches: u32,
    /// So many decisions in them.
    pub decisions: u64,
    /// When the recipient first said that it knows of the end; none = it has not.
    pub known_ms: Option<i64>,
    /// What it was asked to erase; none = it was not.
    pub erasure: Option<ErasureShown>,
}

/// What a recipient says about one use.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UseReport {
    /// Use id.
    pub use_id: String,
    /// Rows of data that it holds.
    pub held: u64,
    /// Since when, the earliest stamp; none if it holds nothing.
    pub held_since_ms: Option<i64>,
    /// What it derived from them, with value and unit, in its words.
    pub derived: Vec<(String, String)>,
    /// When it used them last; none if it did not say.
    pub last_used_ms: Option<i64>,
    /// What for, in its words.
    pub used_for: String,
    /// Rows deleted so far, by retention and by erasure.
    pub deleted: u64,
    /// When it deleted last.
    pub deleted_ms: Option<i64>,
    /// The benefit delivered, in its words; empty if it did not say.
    pub benefit: String,
}

/// One request to erase.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErasureShown {
    /// Use id.
    pub use_id: String,
    /// When it was asked for.
    pub asked_ms: i64,
    /// When the recipient answered; none = no answer yet.
    pub answered_ms: Option<i64>,
    /// Systems by name, and whether each has erased.
    pub systems: Vec<(String, bool)>,
}

/// Whose an entry of the ledger is, seen by whoever asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Of the person who asks; for an operator of the demo environment of any person.
    Mine,
    /// About nobody: starts, catalogs, theft, notices.
    #[default]
    Car,
    /// Another person's: it says nothing here (R51).
    Other,
    /// Erased with its person; its place in the chain holds.
    Erased,
}

/// One entry of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Number.
    pub seq: u64,
    /// When it was written.
    pub wall_ms: i64,
    /// Whether that time could be trusted.
    #[serde(default)]
    pub clock_trusted: bool,
    /// Digest of its signed bytes, hexadecimal.
    #[serde(default)]
    pub digest: String,
    /// Whose it is.
    #[serde(default)]
    pub whose: Whose,
    /// What happened: an action of consent, "catalog", "boot", "theft", "erasure", "answer", "notice", "erased", "other".
    pub action: String,
    /// Use id; empty = none or all.
    pub use_id: String,
    /// One English sentence, without a name.
    pub text: String,
    /// What it says, where it may be read.
    #[serde(default)]
    pub body: Option<Body>,
}

/// Entries of the ledger, in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Number of the newest entry of all.
    #[serde(default)]
    pub head: u64,
    /// The entries.
    pub entries: Vec<LedgerEntry>,
}

/// The head of the ledger, for a person to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Checkpoint {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Number of the newest entry.
    pub seq: u64,
    /// Digest of its signed bytes, hexadecimal.
    pub digest: String,
    /// Public key of the ledger, hexadecimal.
    pub public_key: String,
    /// When it was taken.
    pub at_ms: i64,
}

/// The five ways of being asked (R44). It sets the order of a request's parts and the cadence offered first, nothing else; it
/// never leaves the car and is no consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Asking {
    /// Leads with who receives; the manufacturer first, outside recipients apart (Brand Loyalist).
    WhoFirst,
    /// Leads with the benefit; one screen of switches (Convenience Seeker).
    BenefitFirst,
    /// Leads with the controls; each time (Control Addict).
    ControlFirst,
    /// The three levers at one glance (Flexible One).
    Balanced,
    /// Never asked unasked; leads with what stays and what can be checked (Privacy Fundamentalist).
    TrustFirst,
}

/// The driver's settings about asking, and the budget that the gatekeeper keeps (R43).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskingShown {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// What the driver chose; none = the neutral form.
    pub asking: Option<Asking>,
    /// Whether the first screen was answered.
    pub welcomed: bool,
    /// Unasked screens in the last year.
    pub screens_year: u32,
    /// At most so many.
    pub screens_year_max: u32,
    /// Uses with "Don't ask again".
    pub never: Vec<String>,
    /// Uses whose consent ends within 60 days, with the end.
    pub ending: Vec<(String, i64)>,
}

/// What the driver does with the first screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FirstChoice {
    /// "Choose now": what may be asked is raised on one screen.
    Now,
    /// "Later": nothing is asked at this parking.
    Later,
}

/// Why everything of everybody goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum HandOver {
    /// The car is sold.
    Sale,
    /// A rental is returned.
    RentalReturn,
}

/// The profiles of the car.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profiles {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Each profile.
    pub profiles: Vec<ProfileShown>,
}

/// One profile. What it decided is not in it (R51).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProfileShown {
    /// Person id.
    pub person: String,
    /// Name as shown.
    pub name: String,
    /// Under the age of consent (R48).
    pub minor: bool,
    /// Whether a PIN is set.
    pub pin: bool,
    /// Languages in order of preference.
    pub languages: Vec<String>,
    /// Whether this person is aboard.
    pub aboard: bool,
    /// Whether this person drives.
    pub drives: bool,
    /// With what assurance they are recognised now.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub assurance: Assurance,
    /// Tries of the PIN are refused until then; none = not.
    pub locked_until_ms: Option<i64>,
    /// Wrong tries that are left before such a pause; none = the next one leads to it.
    #[serde(default)]
    pub tries_left: u32,
    /// Whether a PIN may be set now: the person is surely recognised, or the profile has just been made.
    #[serde(default)]
    pub may_set_pin: bool,
    /// A profile under age that may be erased now: that person is recognised, or an adult driver of whom the car is sure.
    #[serde(default)]
    pub may_erase_minor: bool,
}

/// What a hand-over or take-over did: shown to the person, and nothing else is left of it but what is owed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Gone {
    /// [`SHOW_VERSION`].
    pub version: u32,
    /// Profiles erased.
    pub profiles: u64,
    /// Consents ended.
    pub consents: u64,
    /// Batches destroyed in the car.
    pub batches: u64,
    /// Disclosures erased in the car.
    pub disclosures: u64,
    /// Recipients that are told to erase, by id.
    pub told: Vec<String>,
}
