//! Why something that a person asked for was not done: what was expected, what was found, what to do. Never a person's name.

use crate::words::date_time;
use consent_core::Assurance;
use consent_protocol::catalog::Environment;

/// A sentence for each reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No profile of that id.
    #[error("expected the id of a profile of this car, found an unknown one: let the person enter first (`people enter`)")]
    PersonUnknown,
    /// The car takes somebody for a person, but not surely enough to make a PIN of it (R16).
    #[error("expected the person's own key or phone, or a profile that was just made, found assurance {}: a first PIN takes one of them", assurance_name(*found))]
    PinAssurance {
        /// How surely they are recognised.
        found: Assurance,
    },
    /// A profile under age goes at its own word or an adult's (R48).
    #[error("expected that person, or an adult driver recognised by key, phone or PIN, found neither: unlock with the PIN (`people unlock`)")]
    EraseMinor,
    /// Nobody is recognised in the driver's seat.
    #[error("expected a recognised driver, found a guest or nobody: name the person, or tell who drives (`people driver`)")]
    NoDriver,
    /// The person is not in the car, and did not prove who they are (R51).
    #[error("expected the person aboard, or their PIN, found neither: decide in the car, or authenticate")]
    NotAboard,
    /// Only a person's own proof opens what is theirs (R51).
    #[error("expected the person's own authentication, found none: unlock with the PIN (`people unlock`)")]
    NotProved,
    /// Not a PIN.
    #[error("expected a PIN of 4 to 12 digits, found something else: choose another")]
    PinForm,
    /// A minor decides nothing that a PIN would protect (R48).
    #[error("expected no PIN for a minor, found one: leave it out")]
    PinOfMinor,
    /// No PIN was set.
    #[error("expected a profile with a PIN, found one without: set one first (`people pin`)")]
    NoPin,
    /// The wrong PIN.
    #[error("expected this person's PIN, found another: {left} more tries before a pause")]
    PinWrong {
        /// Tries left.
        left: u32,
    },
    /// Too many wrong tries.
    #[error("expected a pause after too many wrong PINs, found another try: wait until {}", date_time(*.until_ms))]
    PinLocked {
        /// Unix milliseconds.
        until_ms: i64,
    },
    /// One at a time, so that tries are counted before the next begins.
    #[error("expected one PIN at a time, found another still being checked: try again in a moment")]
    PinBusy,
    /// The shell could not work the hash out.
    #[error("expected the PIN to be worked out, found a fault of the system: try again")]
    PinFailed,
    /// A name that can be shown.
    #[error("expected a name of 1 to {max} characters without control characters, found another: choose another")]
    Name {
        /// Most characters.
        max: usize,
    },
    /// Languages by their tags.
    #[error("expected 1 to {max} language tags, as `en`, found others: choose again")]
    Languages {
        /// Most of them.
        max: usize,
    },
    /// Whoever hands the car over proves who they are (R20).
    #[error("expected a driver with assurance high to hand the car over, found {}: unlock with the PIN (`people unlock`)", assurance_name(*.found))]
    HandOverAssurance {
        /// What was there.
        found: Assurance,
    },
    /// Private trips are for cars of an employer (R49).
    #[error("expected a car of an employer for a private trip, found another: pause instead (`consent pause`)")]
    NotEmployer,
    /// Ids are short.
    #[error("expected an id of 1 to {max} bytes, found {found}: choose another")]
    IdLength {
        /// Most bytes.
        max: usize,
        /// Bytes found.
        found: usize,
    },
    /// No room for another profile.
    #[error("expected at most {max} profiles on this car, found as many: erase one first (`data erase`)")]
    ProfilesFull {
        /// Most profiles.
        max: usize,
    },
    /// No seat left.
    #[error("expected at most {max} people aboard, found as many: tell who got out first (`people leave`)")]
    CarFull {
        /// Most people.
        max: usize,
    },
    /// The person is not aboard.
    #[error("expected somebody who is aboard, found nobody of that kind: see `people list`")]
    NobodyLeaves,
    /// Not a use of the catalog in force.
    #[error("expected a use of catalog version {version}, found `{use_id}`: see `consent list`")]
    UseUnknown {
        /// What was found.
        use_id: String,
        /// The catalog's version.
        version: u32,
    },
    /// Not a category of the catalog in force.
    #[error("expected a category of catalog version {version}, found `{category}`: see `consent list`")]
    CategoryUnknown {
        /// What was found.
        category: String,
        /// The catalog's version.
        version: u32,
    },
    /// The use rests on something else than a standing.
    #[error("expected a use that rests on consent, found that `{use_id}` rests on {ground}: object to it or restrict it instead")]
    NotByConsent {
        /// The use.
        use_id: String,
        /// What it rests on.
        ground: &'static str,
    },
    /// The law leaves no say.
    #[error("expected a use that a person may stop, found that `{use_id}` is demanded by law without a right to refuse")]
    NoRight {
        /// The use.
        use_id: String,
    },
    /// Consent is given in a parked car only (R7).
    #[error("expected a parked car, found it {found}: park first (gear P, or parking brake and standing for 5 seconds)")]
    NotParked {
        /// What the car is doing.
        found: &'static str,
    },
    /// An operator decides in the demo environment only (R36).
    #[error("expected the demo environment for a decision by an operator, found {}: decide on the car's screen or an enrolled phone", environment_name(*.0))]
    OperatorOutsideDemo(Environment),
    /// A minor gives no consent (R48).
    #[error("expected a person of at least {years} years, found a minor: nobody can consent for a child here")]
    Minor {
        /// The age of consent of the country.
        years: u8,
    },
    /// Not recognised surely enough (R16).
    #[error("expected assurance {} for `{use_id}`, found {}: authenticate with PIN, face or phone", assurance_name(*.needed), assurance_name(*.found))]
    AssuranceLow {
        /// The use.
        use_id: String,
        /// What it needs.
        needed: Assurance,
        /// What was there.
        found: Assurance,
    },
    /// A driver has no say over a declared theft without proof (R25).
    #[error("expected assurance high to declare or end a theft, found {}: authenticate with PIN, face or phone", assurance_name(*.found))]
    TheftAssurance {
        /// What was there.
        found: Assurance,
    },
    /// Finer than offered.
    #[error("expected a tier from 0 (coarsest) to {finest} of `{use_id}`, found {found}")]
    Tier {
        /// The use.
        use_id: String,
        /// The finest.
        finest: usize,
        /// What was found.
        found: u8,
    },
    /// A category that the use does not have.
    #[error("expected categories of `{use_id}` ({offered}), found `{found}`")]
    CategoryNotOffered {
        /// The use.
        use_id: String,
        /// What it has.
        offered: String,
        /// What was found.
        found: String,
    },
    /// A consent to nothing.
    #[error("expected at least one category of `{use_id}`, found none: refuse the use instead")]
    NoCategory {
        /// The use.
        use_id: String,
    },
    /// Endless, empty or too long (R11).
    #[error("expected 1 to {max} days for `{use_id}`, found {found}")]
    Days {
        /// The use.
        use_id: String,
        /// The longest.
        max: u32,
        /// What was found.
        found: u32,
    },
    /// The use has no such confirmation (R13).
    #[error("expected a use with confirmation each time, found that `{use_id}` offers none: choose a date or this trip")]
    EachTime {
        /// The use.
        use_id: String,
    },
    /// The texts do not exist in a language of the person (R47).
    #[error("expected the texts of `{use_id}` in a language of the person, found only {offered}: choose one of them")]
    Language {
        /// The use.
        use_id: String,
        /// What there is.
        offered: String,
    },
    /// Consent towards an employer or lessor (R49).
    #[error("expected a recipient whom a person can freely consent to, found the {deployer} for `{use_id}`: it needs an agreement instead")]
    Deployer {
        /// The use.
        use_id: String,
        /// `employer` or `lessor`.
        deployer: &'static str,
    },
    /// Validity needs a clock (R3).
    #[error("expected a clock that can be trusted, found one that was set back or never set: wait for the time to be set")]
    ClockUntrusted,
    /// Nothing to ask: a feature was opened whose use runs.
    #[error("expected a use without a consent in force, found that `{use_id}` has one: nothing to ask")]
    GivenAlready {
        /// The use.
        use_id: String,
    },
    /// Nothing to withdraw.
    #[error("expected a consent to `{use_id}` in force, found {found}: nothing to withdraw")]
    NotGiven {
        /// The use.
        use_id: String,
        /// How it stands.
        found: &'static str,
    },
    /// Nothing to withdraw at all.
    #[error("expected at least one consent in force, found none: nothing to withdraw")]
    NothingGiven,
    /// Nothing to lift.
    #[error("expected an objection or a restriction of `{use_id}`, found {found}: nothing to lift")]
    NotObjected {
        /// The use.
        use_id: String,
        /// How it stands.
        found: &'static str,
    },
    /// Nothing to resume.
    #[error("expected a pause of {scope}, found none: paused now: {paused}")]
    NotPaused {
        /// What was asked for.
        scope: String,
        /// What is paused.
        paused: String,
    },
    /// Not a use by call.
    #[error("expected a use that runs during a call, found `{use_id}`: see `consent list`")]
    NotByCall {
        /// The use.
        use_id: String,
    },
    /// No open request of that number.
    #[error("expected the number of an open request, found {found}: see `requests list`")]
    RequestUnknown {
        /// What was found.
        found: u64,
    },
}

fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Demo => "demo",
        Environment::Staging => "staging",
        Environment::Production => "production",
    }
}

/// As it stands in JSON.
pub(crate) fn assurance_name(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::None => "none",
        Assurance::Low => "low",
        Assurance::High => "high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_both_environments() {
        let sentence = Refusal::OperatorOutsideDemo(Environment::Production).to_string();
        assert!(sentence.contains("expected the demo environment") && sentence.contains("found production"), "{sentence}");
    }

    #[test]
    fn a_refusal_says_expected_and_found() {
        let refusals = [
            Refusal::AssuranceLow { use_id: "voice".to_owned(), needed: Assurance::High, found: Assurance::Low },
            Refusal::Days { use_id: "voice".to_owned(), max: 365, found: 0 },
            Refusal::NotGiven { use_id: "voice".to_owned(), found: "refused" },
            Refusal::NotParked { found: "driving" },
        ];
        for refusal in refusals {
            let sentence = refusal.to_string();
            assert!(sentence.starts_with("expected ") && sentence.contains(", found ") && !sentence.ends_with('.'), "{sentence}");
        }
    }
}
