//! Commands that a running gatekeeper carries out.

use super::client::tell;
use super::{Common, Outcome, show};
use clap::{Args, Subcommand, ValueEnum};
use consent_core::Assurance;
use consent_gatekeeper::control::{PauseFor, PauseScope, Request, RequestAnswer, ReviewAnswer, Terms};
use consent_protocol::ledger::Cadence;

/// How surely somebody was recognised.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Sure {
    /// Not at all.
    None,
    /// A chosen profile, a key, a phone nearby.
    Low,
    /// A PIN, a face, the own phone unlocked.
    High,
}

impl From<Sure> for Assurance {
    fn from(sure: Sure) -> Self {
        match sure {
            Sure::None => Self::None,
            Sure::Low => Self::Low,
            Sure::High => Self::High,
        }
    }
}

/// Whether something begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Begins {
    /// It begins.
    Begin,
    /// It ends.
    End,
}

/// Who is in the car.
#[derive(Debug, Subcommand)]
pub(crate) enum People {
    /// Somebody gets in.
    Enter {
        /// Person id; none = a guest.
        person: Option<String>,
        /// How surely they were recognised.
        #[arg(long, value_enum, default_value = "high")]
        assurance: Sure,
        /// Under the age of consent.
        #[arg(long)]
        minor: bool,
    },
    /// Somebody gets out.
    Leave {
        /// Person id; none = a guest.
        person: Option<String>,
    },
    /// The car recognises its driver.
    Driver {
        /// Person id; none = a guest drives.
        person: Option<String>,
        /// How surely they were recognised.
        #[arg(long, value_enum, default_value = "high")]
        assurance: Sure,
    },
    /// "Not me": the driver becomes a guest.
    NotMe,
    /// Every occupied seat is known, or not.
    Complete {
        /// It is not.
        #[arg(long)]
        not: bool,
    },
    /// Who is there.
    List,
}

/// Requests to people.
#[derive(Debug, Subcommand)]
pub(crate) enum Requests {
    /// Those that wait.
    List,
    /// Answers one.
    Answer {
        /// Its number.
        id: u64,
        /// The answer.
        answer: Answer,
        #[command(flatten)]
        terms: Chosen,
    },
}

/// An answer to a request.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Answer {
    /// The printed terms, or those adjusted.
    Allow,
    /// No.
    Decline,
    /// Later.
    Defer,
    /// No, and do not ask again.
    Never,
}

/// Terms within what is offered; what is left out is as printed.
#[derive(Clone, Debug, Args)]
pub(crate) struct Chosen {
    /// Tier of precision, 0 = coarsest.
    #[arg(long)]
    tier: Option<u8>,
    /// A category that it may cover; once for each.
    #[arg(long = "category", value_name = "ID")]
    categories: Vec<String>,
    /// Days until it ends.
    #[arg(long)]
    days: Option<u32>,
    /// How long it lasts.
    #[arg(long, value_enum)]
    cadence: Option<Lasts>,
    /// Language of the text shown.
    #[arg(long)]
    language: Option<String>,
}

/// How long a consent lasts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Lasts {
    /// Until a date.
    Until,
    /// Until the trip ends.
    Trip,
    /// Confirmed each time.
    EachTime,
}

impl Chosen {
    fn terms(&self) -> Terms {
        let cadence = self.cadence.map(|lasts| match lasts {
            Lasts::Until => Cadence::Until,
            Lasts::Trip => Cadence::Trip,
            Lasts::EachTime => Cadence::EachTime,
        });
        let categories = (!self.categories.is_empty()).then(|| self.categories.clone());
        Terms { tier: self.tier, categories, days: self.days, cadence, language: self.language.clone() }
    }
}

/// What people allow.
#[derive(Debug, Subcommand)]
pub(crate) enum Consent {
    /// Every use with a person's standing.
    List {
        #[command(flatten)]
        person: Person,
    },
    /// Gives consent (demo environment only).
    Give {
        /// Use id.
        use_id: String,
        #[command(flatten)]
        person: Person,
        #[command(flatten)]
        terms: Chosen,
    },
    /// Refuses a use.
    Refuse {
        /// Use id.
        use_id: String,
        #[command(flatten)]
        person: Person,
    },
    /// Withdraws consent.
    Withdraw {
        /// Use id; none = everything.
        use_id: Option<String>,
        #[command(flatten)]
        person: Person,
        /// Recipients shall erase what they have.
        #[arg(long)]
        erase: bool,
    },
    /// Pauses everything optional, a use or a category.
    Pause {
        #[command(flatten)]
        scope: Scope,
        /// How long.
        #[arg(long = "for", value_enum, default_value = "trip")]
        duration: Pause,
    },
    /// Ends a pause.
    Resume {
        #[command(flatten)]
        scope: Scope,
    },
    /// Objects to a use that rests on no consent.
    Object {
        /// Use id.
        use_id: String,
        #[command(flatten)]
        person: Person,
        /// Restriction instead of objection.
        #[arg(long)]
        restrict: bool,
    },
    /// Lifts an objection or restriction.
    Lift {
        /// Use id.
        use_id: String,
        #[command(flatten)]
        person: Person,
    },
    /// "Not while I'm aboard": an occupant stops the driver's uses for this trip.
    StopWhileAboard,
}

/// Whom it is about.
#[derive(Clone, Debug, Args)]
pub(crate) struct Person {
    /// Person id; none = who drives.
    #[arg(long)]
    person: Option<String>,
}

/// What is paused.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Scope {
    /// One use.
    #[arg(long = "use", value_name = "ID")]
    use_id: Option<String>,
    /// One category.
    #[arg(long, value_name = "ID")]
    category: Option<String>,
}

impl Scope {
    fn pause(&self) -> PauseScope {
        match (&self.use_id, &self.category) {
            (Some(use_id), _) => PauseScope::Use(use_id.clone()),
            (None, Some(category)) => PauseScope::Category(category.clone()),
            (None, None) => PauseScope::All,
        }
    }
}

/// How long a pause lasts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Pause {
    /// Until the trip ends.
    Trip,
    /// One hour.
    Hour,
    /// Until resumed.
    UntilResumed,
}

/// What waits for a review.
#[derive(Debug, Subcommand)]
pub(crate) enum Review {
    /// What waits.
    List,
    /// Sends it.
    Send {
        /// Use id; none = all.
        use_id: Option<String>,
    },
    /// Destroys it.
    Destroy {
        /// Use id; none = all.
        use_id: Option<String>,
    },
}

/// `people`.
pub(crate) fn people(common: &Common, command: &People) -> anyhow::Result<Outcome> {
    let request = match command {
        People::Enter { person, assurance, minor } => Request::PeopleEnter { person: person.clone(), assurance: (*assurance).into(), minor: *minor },
        People::Leave { person } => Request::PeopleLeave { person: person.clone() },
        People::Driver { person, assurance } => Request::PeopleDriver { person: person.clone(), assurance: (*assurance).into() },
        People::NotMe => Request::PeopleNotMe,
        People::Complete { not } => Request::PeopleComplete { complete: !*not },
        People::List => Request::PeopleList,
    };
    tell(common, &request, show::people)
}

/// `requests`.
pub(crate) fn requests(common: &Common, command: &Requests) -> anyhow::Result<Outcome> {
    match command {
        Requests::List => tell(common, &Request::RequestsList, show::requests),
        Requests::Answer { id, answer, terms } => {
            let answer = match answer {
                Answer::Allow => RequestAnswer::Allow(terms.terms()),
                Answer::Decline => RequestAnswer::Decline,
                Answer::Defer => RequestAnswer::Defer,
                Answer::Never => RequestAnswer::Never,
            };
            tell(common, &Request::RequestsAnswer { id: *id, answer }, show::plain)
        }
    }
}

/// `consent`.
pub(crate) fn consent(common: &Common, command: &Consent) -> anyhow::Result<Outcome> {
    let request = match command {
        Consent::List { person } => return tell(common, &Request::ConsentList { person: person.person.clone() }, show::consents),
        Consent::Give { use_id, person, terms } => Request::ConsentGive { person: person.person.clone(), use_id: use_id.clone(), terms: terms.terms() },
        Consent::Refuse { use_id, person } => Request::ConsentRefuse { person: person.person.clone(), use_id: use_id.clone() },
        Consent::Withdraw { use_id, person, erase } => Request::ConsentWithdraw { person: person.person.clone(), use_id: use_id.clone(), erase: *erase },
        Consent::Pause { scope, duration } => {
            let duration = match duration {
                Pause::Trip => PauseFor::Trip,
                Pause::Hour => PauseFor::Hour,
                Pause::UntilResumed => PauseFor::UntilResumed,
            };
            Request::Pause { scope: scope.pause(), duration }
        }
        Consent::Resume { scope } => Request::Resume { scope: scope.pause() },
        Consent::Object { use_id, person, restrict } => Request::ConsentObject { person: person.person.clone(), use_id: use_id.clone(), restrict: *restrict },
        Consent::Lift { use_id, person } => Request::ConsentLift { person: person.person.clone(), use_id: use_id.clone() },
        Consent::StopWhileAboard => Request::StopWhileAboard,
    };
    tell(common, &request, show::plain)
}

/// `theft`.
pub(crate) fn theft(common: &Common, state: Begins) -> anyhow::Result<Outcome> {
    tell(common, &Request::Theft { begins: state == Begins::Begin }, show::plain)
}

/// `call`.
pub(crate) fn call(common: &Common, use_id: &str, state: Begins) -> anyhow::Result<Outcome> {
    tell(common, &Request::Call { use_id: use_id.to_string(), begins: state == Begins::Begin }, show::plain)
}

/// `review`.
pub(crate) fn review(common: &Common, command: &Review) -> anyhow::Result<Outcome> {
    match command {
        Review::List => tell(common, &Request::ReviewList, show::review),
        Review::Send { use_id } => tell(common, &Request::ReviewAnswer { use_id: use_id.clone(), answer: ReviewAnswer::Send }, show::plain),
        Review::Destroy { use_id } => tell(common, &Request::ReviewAnswer { use_id: use_id.clone(), answer: ReviewAnswer::Destroy }, show::plain),
    }
}

/// `explain`.
pub(crate) fn explain(common: &Common, path: &str) -> anyhow::Result<Outcome> {
    tell(common, &Request::Explain { path: path.to_string() }, show::explain)
}

/// `status`.
pub(crate) fn status(common: &Common) -> anyhow::Result<Outcome> {
    tell(common, &Request::Status, show::plain)
}
