//! People: who the car takes for its driver, how surely, who else is aboard, the profiles, and the states of the whole car.
//!
//! What a person decided is not here (R51): only that there is a profile, and whether it has a PIN.

use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::words::Language;
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{ProfileShown, Profiles, SHOW_VERSION};
use consent_protocol::catalog::Deployment;
use schemars::JsonSchema;
use serde::Serialize;

/// Digits of a PIN, fewest and most.
pub const PIN_DIGITS: (u8, u8) = (4, 12);

/// Everybody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PeopleView {
    /// Version of this shape.
    pub version: u32,
    /// Who drives; none if the seat is empty.
    pub driver: Option<AboardView>,
    /// Who else is aboard.
    pub others: Vec<AboardView>,
    /// Somebody aboard stopped location and driving for this trip (R17).
    pub stopped_by_occupant: bool,
    /// Profiles of this car.
    pub profiles: Vec<ProfileView>,
    /// Languages in which a person can be asked.
    pub languages: Vec<String>,
    /// `private`, `employer`, `rental`, `shared`.
    pub deployment: String,
    /// Age under which nobody decides, years.
    pub consent_age_years: u8,
    /// When a declared theft ends, Unix milliseconds (R25).
    pub theft_until_ms: Option<i64>,
    /// A private trip in an employer's car is under way (R49).
    pub private_trip: bool,
    /// Whether the driver proved who they are: what concerns the whole car needs it.
    pub proved: bool,
}

/// Somebody in the car.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AboardView {
    /// Person id; none for a guest.
    pub person: Option<String>,
    /// Name as shown; empty for a guest.
    pub name: String,
    /// `none`, `low`, `high`.
    pub assurance: String,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProfileView {
    /// Person id.
    pub person: String,
    /// Name as shown.
    pub name: String,
    /// Under the age of consent (R48).
    pub minor: bool,
    /// Whether a PIN is set.
    pub pin: bool,
    /// Language in which this person is asked first.
    pub language: String,
    /// Aboard.
    pub aboard: bool,
    /// Drives.
    pub drives: bool,
    /// `none`, `low`, `high`.
    pub assurance: String,
    /// Tries of the PIN are refused until then.
    pub locked_until_ms: Option<i64>,
    /// Tries left before that.
    pub tries_left: u32,
    /// A PIN may be set now: the person is surely recognised, or the profile has just been made.
    pub may_set_pin: bool,
    /// A profile under age that may be erased now: that person is recognised, or an adult driver of whom the car is sure.
    pub may_erase_minor: bool,
}

/// Everybody.
pub async fn people(ctx: &Ctx) -> Result<PeopleView, Fault> {
    let profiles = profiles(ctx).await?;
    let aboard = |person: &consent_gatekeeper::status::PersonStatus| AboardView {
        name: person.person.as_deref().and_then(|id| profiles.iter().find(|profile| profile.person == id)).map(|found| found.name.clone()).unwrap_or_default(),
        person: person.person.clone(),
        assurance: person.assurance.clone(),
    };
    let catalog = ctx.catalog.as_ref().map(|shown| &shown.catalog);
    Ok(PeopleView {
        version: SHOW_VERSION,
        driver: ctx.status.people.iter().find(|person| person.role == "driver").map(aboard),
        others: ctx.status.people.iter().filter(|person| person.role != "driver").map(aboard).collect(),
        stopped_by_occupant: ctx.status.stopped_by_occupant,
        languages: catalog.map_or_else(|| Language::ALL.map(|language| language.tag().to_owned()).to_vec(), |catalog| catalog.languages.clone()),
        deployment: deployment(catalog.map_or(Deployment::Private, |catalog| catalog.deployment)).to_owned(),
        consent_age_years: catalog.map_or(16, |catalog| catalog.consent_age_years),
        theft_until_ms: ctx.status.theft_until_ms,
        private_trip: ctx.status.private_trip,
        proved: ctx.assurance() == Assurance::High,
        profiles,
    })
}

/// The profiles of the car.
pub(crate) async fn profiles(ctx: &Ctx) -> Result<Vec<ProfileView>, Fault> {
    let profiles: Profiles = ctx.data(Request::ProfileList).await?;
    Ok(profiles.profiles.into_iter().map(view_of).collect())
}

/// One profile.
pub(crate) async fn profile(ctx: &Ctx, person: &str) -> Result<ProfileView, Fault> {
    profiles(ctx).await?.into_iter().find(|profile| profile.person == person).ok_or(Fault::NotFound)
}

fn view_of(profile: ProfileShown) -> ProfileView {
    ProfileView {
        person: profile.person,
        name: profile.name,
        minor: profile.minor,
        pin: profile.pin,
        language: profile.languages.into_iter().next().unwrap_or_default(),
        aboard: profile.aboard,
        drives: profile.drives,
        assurance: assurance(profile.assurance).to_owned(),
        locked_until_ms: profile.locked_until_ms,
        tries_left: profile.tries_left,
        may_set_pin: profile.may_set_pin,
        may_erase_minor: profile.may_erase_minor,
    }
}

fn assurance(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::None => "none",
        Assurance::Low => "low",
        Assurance::High => "high",
    }
}

fn deployment(deployment: Deployment) -> &'static str {
    match deployment {
        Deployment::Private => "private",
        Deployment::Employer => "employer",
        Deployment::Rental => "rental",
        Deployment::Shared => "shared",
    }
}
