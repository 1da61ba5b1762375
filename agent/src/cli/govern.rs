//! Commands that a running gatekeeper carries out.

use super::client::tell;
use super::{Common, Outcome, show};
use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use consent_core::Assurance;
use consent_gatekeeper::control::{PauseFor, PauseScope, Request, RequestAnswer, ReviewAnswer, Terms};
use consent_gatekeeper::secret::Secret;
use consent_gatekeeper::show::{Asking, FirstChoice, HandOver};
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
    /// Profiles of this car.
    #[command(subcommand, after_help = "Example: consent-agent people profile make Anna --pin --language en")]
    Profile(Profile),
    /// Somebody proves who they are, by their PIN.
    #[command(after_help = "Example: consent-agent people unlock 3f6c0a…  (the PIN is read from standard input)")]
    Unlock {
        /// Person id.
        person: String,
    },
    /// Sets or changes a PIN.
    #[command(after_help = "Example: printf 4711 | consent-agent people pin 3f6c0a…")]
    Pin {
        /// Person id.
        person: String,
    },
    /// The parked car is sold or returned: everything of everybody goes, recipients are told to erase.
    #[command(after_help = "Example: consent-agent people hand-over sale")]
    HandOver {
        /// Why.
        kind: Over,
    },
    /// A buyer in the parked car takes over: everything of everybody goes, then the buyer has the only profile.
    #[command(after_help = "Example: printf 4711 | consent-agent people take-over \"Maria Huber\"")]
    TakeOver {
        /// The new person's name.
        name: String,
    },
    /// In an employer's car: a private trip begins or ends.
    #[command(after_help = "Example: consent-agent people private-trip begin")]
    PrivateTrip {
        /// Whether it begins or ends.
        state: Begins,
    },
}

/// Profiles of the car.
#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// All of them.
    #[command(after_help = "Example: consent-agent people profile list")]
    List,
    /// Makes one; its id is printed.
    #[command(after_help = "Example: printf 4711 | consent-agent people profile make Anna --pin --language de --language en")]
    Make {
        /// Name as shown.
        name: String,
        /// Reads a PIN of 4 to 12 digits from standard input.
        #[arg(long)]
        pin: bool,
        /// Under the age of consent.
        #[arg(long)]
        minor: bool,
        /// A language, in order of preference; once for each.
        #[arg(long = "language", value_name = "TAG")]
        languages: Vec<String>,
    },
    /// Sets the languages in which a person is asked.
    #[command(after_help = "Example: consent-agent people profile languages anna de en")]
    Languages {
        /// Person id.
        person: String,
        /// In order of preference.
        #[arg(required = true)]
        languages: Vec<String>,
    },
}

/// Why everything goes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Over {
    /// The car is sold.
    Sale,
    /// A rental is returned.
    RentalReturn,
}

/// Requests to people.
#[derive(Debug, Subcommand)]
pub(crate) enum Requests {
    /// Those that wait.
    List,
    /// The driver opens the feature that needs a use: it may be asked for now, also after a no.
    #[command(after_help = "Example: consent-agent requests open traffic")]
    Open {
        /// Use id.
        use_id: String,
    },
    /// The driver answers the first screen.
    #[command(after_help = "Example: consent-agent requests first now")]
    First {
        /// How.
        choose: First,
    },
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

/// What the driver does with the first screen.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum First {
    /// Choose now: everything that may be asked is raised.
    Now,
    /// Nothing is asked at this parking.
    Later,
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
    /// How the driver wants to be asked. It never leaves the car.
    #[command(subcommand, after_help = "Example: consent-agent consent asking set benefit-first")]
    Asking(AskingCommand),
}

/// How the driver wants to be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum AskingCommand {
    /// What is set, and the budget of unasked screens.
    #[command(after_help = "Example: consent-agent consent asking show")]
    Show,
    /// Sets one of the five ways.
    #[command(after_help = "Example: consent-agent consent asking set control-first")]
    Set {
        /// Which.
        way: Way,
    },
    /// "Don't ask again" about a use.
    #[command(after_help = "Example: consent-agent consent asking never insurance")]
    Never {
        /// Use id.
        use_id: String,
        /// It may be asked about again.
        #[arg(long)]
        lift: bool,
    },
}

/// One of the ways of being asked.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Way {
    /// Leads with who receives.
    WhoFirst,
    /// Leads with the benefit.
    BenefitFirst,
    /// Leads with the controls; each time is offered first.
    ControlFirst,
    /// Everything at one glance.
    Balanced,
    /// Never asked unasked.
    TrustFirst,
    /// As for somebody who never chose.
    Neutral,
}

impl Way {
    fn asking(self) -> Option<Asking> {
        match self {
            Self::WhoFirst => Some(Asking::WhoFirst),
            Self::BenefitFirst => Some(Asking::BenefitFirst),
            Self::ControlFirst => Some(Asking::ControlFirst),
            Self::Balanced => Some(Asking::Balanced),
            Self::TrustFirst => Some(Asking::TrustFirst),
            Self::Neutral => None,
        }
    }
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
        People::Profile(command) => return profile(common, command),
        People::Unlock { person } => return tell(common, &Request::ProfileUnlock { person: person.clone(), pin: pin()? }, show::plain),
        People::Pin { person } => return tell(common, &Request::ProfilePin { person: person.clone(), pin: pin()? }, show::plain),
        People::HandOver { kind } => {
            let kind = match kind {
                Over::Sale => HandOver::Sale,
                Over::RentalReturn => HandOver::RentalReturn,
            };
            return tell(common, &Request::HandOver { kind }, show::gone);
        }
        People::TakeOver { name } => return tell(common, &Request::TakeOver { name: name.clone(), pin: pin()? }, show::gone),
        People::PrivateTrip { state } => return tell(common, &Request::PrivateTrip { begins: *state == Begins::Begin }, show::plain),
    };
    tell(common, &request, show::people)
}

/// `people profile`.
fn profile(common: &Common, command: &Profile) -> anyhow::Result<Outcome> {
    match command {
        Profile::List => tell(common, &Request::ProfileList, show::profiles),
        Profile::Make { name, pin: wanted, minor, languages } => {
            let pin = if *wanted { Some(pin()?) } else { None };
            let request = Request::ProfileMake { name: name.clone(), pin, minor: *minor, languages: languages.clone() };
            tell(common, &request, show::plain)
        }
        Profile::Languages { person, languages } => {
            tell(common, &Request::ProfileLanguages { person: person.clone(), languages: languages.clone() }, show::plain)
        }
    }
}

/// A PIN from standard input: as an argument it would stand in the list of processes.
fn pin() -> anyhow::Result<Secret> {
    let mut line = zeroize::Zeroizing::new(String::new());
    std::io::stdin().read_line(&mut line).context("standard input: a PIN expected")?;
    Ok(Secret::from(line.trim()))
}

/// `requests`.
pub(crate) fn requests(common: &Common, command: &Requests) -> anyhow::Result<Outcome> {
    match command {
        Requests::List => tell(common, &Request::RequestsList, show::requests),
        Requests::Open { use_id } => tell(common, &Request::RequestsOpen { use_id: use_id.clone() }, show::plain),
        Requests::First { choose } => {
            let choose = match choose {
                First::Now => FirstChoice::Now,
                First::Later => FirstChoice::Later,
            };
            tell(common, &Request::FirstStart { choose }, show::plain)
        }
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
        Consent::Asking(AskingCommand::Show) => return tell(common, &Request::AskingShow, show::asking),
        Consent::Asking(AskingCommand::Set { way }) => Request::AskingSet { asking: way.asking() },
        Consent::Asking(AskingCommand::Never { use_id, lift }) => Request::AskingNever { use_id: use_id.clone(), never: !*lift },
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
        Review::Send { use_id } => tell(common, &Request::ReviewAnswer { use_id: use_id.clone(), answer: ReviewAnswer::Send, newest: None }, show::plain),
        Review::Destroy { use_id } => tell(common, &Request::ReviewAnswer { use_id: use_id.clone(), answer: ReviewAnswer::Destroy, newest: None }, show::plain),
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
