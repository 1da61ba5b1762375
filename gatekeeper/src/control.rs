//! What can be asked of a running gatekeeper, and its answers: JSON, one object a line, on the agent's control socket.

use crate::secret::Secret;
use crate::show::{Asking, FirstChoice, HandOver};
use crate::status::Status;
use consent_core::Assurance;
use consent_protocol::ledger::{Cadence, Method};
use serde::{Deserialize, Serialize};

/// Who asks; the shell fills it in from the socket's peer credentials or the page's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// By which means; an operator may decide for a person in the demo environment only (R36).
    pub method: Method,
    /// With what assurance.
    pub assurance: Assurance,
}

/// What a pause covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PauseScope {
    /// Everything optional.
    All,
    /// One use.
    Use(String),
    /// One category.
    Category(String),
}

/// How long a pause lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PauseFor {
    /// Until the trip ends.
    Trip,
    /// One hour.
    Hour,
    /// Until resumed.
    UntilResumed,
}

/// Terms that a person chooses within what is offered; what is left out is as printed: the coarsest tier, all categories,
/// the longest duration offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// Tier, 0 = coarsest.
    pub tier: Option<u8>,
    /// Category ids.
    pub categories: Option<Vec<String>>,
    /// Days until it ends.
    pub days: Option<u32>,
    /// Cadence.
    pub cadence: Option<Cadence>,
    /// Language of the text shown.
    pub language: Option<String>,
}

/// A person's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestAnswer {
    /// Exactly the printed terms, or those adjusted.
    Allow(Terms),
    /// No.
    Decline,
    /// Later.
    Defer,
    /// No, and do not ask again.
    Never,
}

/// Send or destroy what waits for a review (R13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReviewAnswer {
    /// Send.
    Send,
    /// Destroy.
    Destroy,
}

/// Everything that can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Somebody gets in; no person = a guest. A profile is made on first sight.
    PeopleEnter {
        /// Person id.
        person: Option<String>,
        /// How surely they were recognised.
        #[serde(default)]
        assurance: Assurance,
        /// Under the age of consent.
        #[serde(default)]
        minor: bool,
    },
    /// Somebody gets out; no person = a guest.
    PeopleLeave {
        /// Person id.
        person: Option<String>,
    },
    /// The car recognises its driver; no person = a guest drives.
    PeopleDriver {
        /// Person id.
        person: Option<String>,
        /// How surely they were recognised.
        #[serde(default)]
        assurance: Assurance,
    },
    /// "Not me": the driver becomes a guest.
    PeopleNotMe,
    /// Says that the list of people is complete, or that it is not.
    PeopleComplete {
        /// Whether it is.
        complete: bool,
    },
    /// Who is in the car, as the gatekeeper sees it.
    PeopleList,
    /// Requests that wait for an answer.
    RequestsList,
    /// Answers one.
    RequestsAnswer {
        /// Its number.
        id: u64,
        /// The answer.
        answer: RequestAnswer,
    },
    /// Standings of a person; no person = the driver.
    ConsentList {
        /// Person id.
        person: Option<String>,
    },
    /// Gives consent.
    ConsentGive {
        /// Person id; no person = the driver.
        person: Option<String>,
        /// Use id.
        use_id: String,
        /// Terms.
        #[serde(default)]
        terms: Terms,
    },
    /// Refuses a use.
    ConsentRefuse {
        /// Person id.
        person: Option<String>,
        /// Use id.
        use_id: String,
    },
    /// Withdraws consent.
    ConsentWithdraw {
        /// Person id.
        person: Option<String>,
        /// Use id; none = all.
        use_id: Option<String>,
        /// Ask the recipients to erase what they have.
        #[serde(default)]
        erase: bool,
    },
    /// Objects to a use (R37), or restricts it.
    ConsentObject {
        /// Person id.
        person: Option<String>,
        /// Use id.
        use_id: String,
        /// Restriction instead of objection.
        #[serde(default)]
        restrict: bool,
    },
    /// Lifts an objection or a restriction.
    ConsentLift {
        /// Person id.
        person: Option<String>,
        /// Use id.
        use_id: String,
    },
    /// Pauses.
    Pause {
        /// What.
        scope: PauseScope,
        /// How long.
        #[serde(rename = "for")]
        duration: PauseFor,
    },
    /// Resumes.
    Resume {
        /// What.
        scope: PauseScope,
    },
    /// "Not while I'm aboard": an occupant stops the driver categories for this trip.
    StopWhileAboard,
    /// The owner declares theft, or ends it (R25).
    Theft {
        /// Whether it begins.
        begins: bool,
    },
    /// A person starts or ends a call (roadside assistance); the call is the request.
    Call {
        /// Use id.
        use_id: String,
        /// Whether it begins.
        begins: bool,
    },
    /// What waits for a review: [`crate::show::Reviews`].
    ReviewList,
    /// What would go if a review is answered with Send: [`crate::show::ReviewShown`]. For the driver whose consent it is.
    ReviewShow {
        /// Use id.
        use_id: String,
    },
    /// Answers a review for one use, or for all.
    ReviewAnswer {
        /// Use id; none = all.
        use_id: Option<String>,
        /// Send or destroy.
        answer: ReviewAnswer,
        /// Of what was seen: no batch with a higher number ([`ReviewRow::newest`](crate::show::ReviewRow)); none = all that wait.
        #[serde(default)]
        newest: Option<u64>,
    },
    /// For every use that covers a signal: verdict, reason, consent, until when.
    Explain {
        /// VSS path.
        path: String,
    },
    /// Entries of the ledger in words.
    LedgerShow {
        /// First number; none = the newest 50.
        from: Option<u64>,
        /// At most so many.
        count: Option<u32>,
    },
    /// The receipt of a consent event (ISO/IEC TS 27560), for that person: with its secret while the consent is in force.
    LedgerReceipt {
        /// Number of the entry.
        entry: u64,
    },
    /// Checks the whole chain.
    LedgerVerify,
    /// The whole chain with what may be shown, for a verifier.
    LedgerExport,
    /// What left, as it was sent: [`crate::show::Sent`].
    DataShow {
        /// Person id: only what rests on that person's consent, and what the law demands of every car; what left on another ground
        /// names no person. None = everybody's, for an operator of the demo environment only (R51).
        #[serde(default)]
        person: Option<String>,
        /// Use id; none = all.
        use_id: Option<String>,
        /// Only what was acknowledged before this time, Unix milliseconds.
        #[serde(default)]
        before_ms: Option<i64>,
        /// At most so many batches.
        count: Option<u32>,
    },
    /// What a use's signals were before the gate, while the driver's trip is in memory: [`crate::show::Original`].
    DataOriginal {
        /// Use id.
        use_id: String,
    },
    /// The trip in memory as a recipient would see it at each tier: [`crate::show::Pictures`].
    TierPictures {
        /// Use id.
        use_id: String,
    },
    /// What passed the gate this trip, in 24 hours, in 7 days: [`crate::show::Passed`].
    Passed,
    /// The catalog in force: [`crate::show::CatalogShown`].
    CatalogShow,
    /// What recipients say that they hold, did and deleted: [`crate::show::Reports`].
    ReportList,
    /// The head of the ledger: [`crate::show::Checkpoint`].
    Checkpoint,
    /// The driver opens the feature that needs a use: it may be asked for now (R43).
    RequestsOpen {
        /// Use id.
        use_id: String,
    },
    /// The driver answers the first screen.
    FirstStart {
        /// How.
        choose: FirstChoice,
    },
    /// How the driver wants to be asked, and the budget: [`crate::show::AskingShown`].
    AskingShow,
    /// Sets how the driver wants to be asked; none = the neutral form.
    AskingSet {
        /// Which of the five ways.
        asking: Option<Asking>,
    },
    /// "Don't ask again" for a use, or that it may be asked again, without a request being open.
    AskingNever {
        /// Use id.
        use_id: String,
        /// Whether it is not to be asked again.
        never: bool,
    },
    /// The profiles of the car: [`crate::show::Profiles`].
    ProfileList,
    /// Makes a profile; the answer's data holds its `person` id.
    ProfileMake {
        /// Name as shown, 1 to 40 characters.
        name: String,
        /// PIN, 4 to 12 digits; a minor has none.
        pin: Option<Secret>,
        /// Under the age of consent.
        #[serde(default)]
        minor: bool,
        /// Languages in order of preference; none = the car's.
        #[serde(default)]
        languages: Vec<String>,
    },
    /// A person proves who they are: recognised with high assurance from now on, for as long as they are aboard.
    ProfileUnlock {
        /// Person id.
        person: String,
        /// Their PIN. Tries are limited.
        pin: Secret,
    },
    /// Sets or changes a PIN; by that person with high assurance, or who has no PIN yet.
    ProfilePin {
        /// Person id.
        person: String,
        /// The new PIN, 4 to 12 digits.
        pin: Secret,
    },
    /// Sets the languages in which a person is asked.
    ProfileLanguages {
        /// Person id.
        person: String,
        /// In order of preference, at least one.
        languages: Vec<String>,
    },
    /// The parked car is sold or returned: everything of everybody goes, recipients are told: [`crate::show::Gone`].
    HandOver {
        /// Why.
        kind: HandOver,
    },
    /// A buyer in the parked car takes over without the seller (R50): as a hand-over, then a first profile is made.
    TakeOver {
        /// The new person's name.
        name: String,
        /// Their PIN.
        pin: Secret,
    },
    /// In an employer's car: a private trip begins or ends; what rests on the agreement with the employer stops meanwhile (R49).
    PrivateTrip {
        /// Whether it begins.
        begins: bool,
    },
    /// Asks recipients to erase, and destroys what is here; everything of a person if no use is named.
    DataErase {
        /// Person id; no person = the driver.
        person: Option<String>,
        /// Use id.
        use_id: Option<String>,
    },
    /// Everything at a glance.
    Status,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Response {
    /// Done and stored. `detail` says what happened, in a sentence for a person.
    Done {
        /// The sentence.
        detail: String,
    },
    /// Data in a documented shape (docs/control.md).
    Data {
        /// The data.
        data: serde_json::Value,
    },
    /// The status.
    Status(Box<Status>),
    /// Not done: what was expected, what was found, what to do.
    Refused {
        /// The sentence.
        error: String,
    },
    /// Bound in memory; the store does not write: "stopped; not yet recorded, retrying".
    Unrecorded {
        /// The sentence.
        detail: String,
    },
}
