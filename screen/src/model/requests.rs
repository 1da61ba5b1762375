//! Requests and their answers: what the gatekeeper asks, with everything that must stand before a person who is asked (R30).
//!
//! A request is a list of facts in five blocks ([`facts`]). The way in which a person wants to be asked decides the order of the
//! blocks and which cadence is printed first, and nothing else ([`form`], R44). The page and the spoken script ([`script`]) are
//! drawn from the same facts.

pub mod facts;
pub mod form;
pub mod script;

use super::choices::{Decided, Standings};
use crate::ctx::Ctx;
use crate::fault::Fault;
use consent_core::catalog::EachTime;
use consent_core::{Access, Assurance, Benefit, Ground};
use consent_gatekeeper::book::{categories_of, days_offered, rests_on_consent};
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{Asking, AskingShown, Pictures, SHOW_VERSION};
use consent_protocol::catalog::{Beneficiary, CompiledCatalog, Localized, Recipient, RecipientRole, Use, text_in};
use consent_protocol::ledger::Cadence;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
/// The cause of a request that a person wanted before each trip.
pub(crate) const BEFORE_TRIP: &str = "before_trip";
/// The longest that can be chosen, days: a year and a day (R11).
const DAYS_MAX: u32 = 366;
/// Durations that are offered beside the printed one, days; the two longest that are shorter than it.
const DAYS_SHORTER: [u32; 4] = [180, 30, 7, 1];

/// Everything that waits for an answer of the driver.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequestsView {
    /// Version of this shape.
    pub version: u32,
    /// Whether the first screen was answered; before that nothing is asked (R43).
    pub welcomed: bool,
    /// Whether a guest drives, who is asked nothing.
    pub guest: bool,
    /// The form in which the driver is asked; none = the neutral one.
    pub asking: Option<Asking>,
    /// How often the car asked unasked in the last year.
    pub budget: Budget,
    /// Requests that were raised together, oldest first.
    pub screens: Vec<ScreenView>,
}

/// How often the car asks of its own accord (R43).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Budget {
    /// Unasked screens in the last year.
    pub used: u32,
    /// At most so many.
    pub max: u32,
}

/// Requests of one screen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ScreenView {
    /// Number of the screen.
    pub screen: u64,
    /// The maker's own requests first.
    pub requests: Vec<RequestView>,
}

/// One request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RequestView {
    /// Its number.
    pub id: u64,
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Why it is asked now: `before_trip`, `unasked`, or `wanted` (by opening a feature, or on the first screen).
    pub cause: String,
    /// The form in which it is printed; none = the neutral one.
    pub asking: Option<Asking>,
    /// Language of the texts shown; it goes with the answer.
    pub language: String,
    /// At most 60 characters.
    pub headline: String,
    /// Who receives.
    pub recipient: RecipientView,
    /// What leaves, in plain words.
    pub what: String,
    /// DPV purpose.
    pub purpose: String,
    /// The benefit, in words.
    pub benefit: String,
    /// What it is about.
    pub benefit_kind: &'static str,
    /// Who has it: `you`, `everyone`, `recipient`.
    pub beneficiary: &'static str,
    /// How long the recipient keeps it, days.
    pub retention_days: u32,
    /// What a plain yes accepts.
    pub printed: Printed,
    /// What can be chosen instead.
    pub adjust: Adjust,
    /// First gate (R4).
    pub access: &'static str,
    /// Second gate (R4).
    pub ground: &'static str,
    /// Whether the recipient decides about people by machine with it.
    pub automated_decision: bool,
    /// The notice in full.
    pub notice: String,
    /// Whether the driver is recognised surely enough to allow it; saying no needs nothing.
    pub can_allow: bool,
}

/// Who receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RecipientView {
    /// Recipient id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Not the maker of the car.
    pub outside: bool,
    /// DPV role.
    pub role: &'static str,
    /// Contact for questions and rights.
    pub contact: String,
    /// ISO 3166 codes.
    pub countries: Vec<String>,
    /// Safeguard for transfers; empty inside the EEA.
    pub safeguard: String,
    /// Supervisory authority.
    pub authority: String,
    /// Systems that hold data.
    pub systems: Vec<String>,
}

/// The printed terms: exactly what Allow accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Printed {
    /// Tier; 0 = the coarsest.
    pub tier: u8,
    /// What it reveals, in words.
    pub reveals: String,
    /// Categories.
    pub categories: Vec<Named>,
    /// Days until it ends.
    pub days: u32,
    /// When it ends if it is allowed now, Unix milliseconds.
    pub until_ms: i64,
    /// `until`, `trip` or `each_time`.
    #[schemars(with = "String")]
    pub cadence: Cadence,
}

/// What can be chosen instead of the printed terms. Nothing of it is chosen beforehand (R8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Adjust {
    /// Shorter durations, days.
    pub days: Vec<u32>,
    /// The longest that can be chosen, days.
    pub days_max: u32,
    /// Tiers by what they reveal, coarsest first.
    pub tiers: Vec<String>,
    /// How often the person can be asked, in the order of the form; the first is printed.
    #[schemars(with = "Vec<String>")]
    pub cadences: Vec<Cadence>,
    /// When an "each time" asks: `before_trip` or `review`; none = it is not offered.
    pub each_time: Option<&'static str>,
}

/// An id with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// What the gatekeeper says of a request; its texts are taken from the same catalog.
#[derive(Clone, Debug, Deserialize)]
struct Asked {
    id: u64,
    screen: u64,
    person: String,
    #[serde(rename = "use")]
    use_id: String,
    language: String,
    #[serde(default)]
    cause: String,
}

#[derive(Debug, Deserialize)]
struct Listed {
    requests: Vec<Asked>,
}

/// Everything that waits for an answer of the driver.
pub async fn view(ctx: &Ctx) -> Result<RequestsView, Fault> {
    let shown: AskingShown = ctx.data(Request::AskingShow).await?;
    let listed: Listed = ctx.data(Request::RequestsList).await?;
    let before_trip = listed.requests.iter().any(|asked| asked.cause == BEFORE_TRIP);
    let standings = if before_trip { Standings::of(ctx).await } else { Standings::default() };
    let mut screens: Vec<ScreenView> = Vec::new();
    for asked in listed.requests.iter().filter(|asked| Some(asked.person.as_str()) == ctx.person()) {
        let Some(request) = request(ctx, asked, shown.asking, &standings) else { continue };
        match screens.iter_mut().find(|screen| screen.screen == asked.screen) {
            Some(screen) => screen.requests.push(request),
            None => screens.push(ScreenView { screen: asked.screen, requests: vec![request] }),
        }
    }
    for screen in &mut screens {
        screen.requests.sort_by_key(|request| request.recipient.outside);
    }
    // Who is about to drive off answers for this trip first.
    screens.sort_by_key(|screen| screen.requests.iter().all(|request| request.cause != BEFORE_TRIP));
    Ok(RequestsView {
        version: SHOW_VERSION,
        welcomed: shown.welcomed,
        guest: ctx.person().is_none(),
        asking: shown.asking,
        budget: Budget { used: shown.screens_year, max: shown.screens_year_max },
        screens,
    })
}

/// One request of the driver.
pub async fn one(ctx: &Ctx, id: u64) -> Result<RequestView, Fault> {
    let view = view(ctx).await?;
    view.screens.into_iter().flat_map(|screen| screen.requests).find(|request| request.id == id).ok_or(Fault::NotFound)
}

/// The driver's last trip as the recipient of a use would see it at each tier; not held if none is in memory, or if it cannot
/// be said.
pub async fn pictures(ctx: &Ctx, use_id: &str) -> Pictures {
    ctx.data(Request::TierPictures { use_id: use_id.to_owned() }).await.unwrap_or_default()
}

fn request(ctx: &Ctx, asked: &Asked, asking: Option<Asking>, standings: &Standings) -> Option<RequestView> {
    let used = ctx.used(&asked.use_id)?;
    let catalog = &ctx.catalog.as_ref()?.catalog;
    let in_language = InLanguage(&asked.language);
    let now_ms = ctx.port.now_ms();
    let moment = if asked.cause == BEFORE_TRIP { form::Moment::BeforeTrip } else { form::Moment::AnyTime };
    let cadences = form::cadences(asking, used.each_time, moment);
    let chosen = standings.decided(&used.id).filter(|_| moment == form::Moment::BeforeTrip);
    let days = chosen.and_then(|chosen| days_left(&chosen.until, now_ms)).unwrap_or_else(|| days_offered(used));
    Some(RequestView {
        id: asked.id,
        use_id: used.id.clone(),
        cause: asked.cause.clone(),
        asking,
        language: asked.language.clone(),
        headline: in_language.text(&used.texts.headline),
        recipient: in_language.recipient(ctx.recipient(used)?),
        what: in_language.text(&used.texts.plain),
        purpose: used.purpose.clone(),
        benefit: in_language.text(&used.texts.benefit),
        benefit_kind: benefit_word(used.benefit),
        beneficiary: beneficiary_word(used.beneficiary),
        retention_days: used.retention_days,
        printed: Printed {
            days,
            until_ms: now_ms.saturating_add(i64::from(days).saturating_mul(DAY_MS)),
            cadence: cadences.first().copied().unwrap_or(Cadence::Until),
            ..in_language.printed(used, catalog, chosen)
        },
        adjust: Adjust {
            days: shorter(days),
            days_max: used.consent_days_max.min(DAYS_MAX),
            tiers: used.tiers.iter().map(|tier| in_language.text(&tier.reveals)).collect(),
            cadences,
            each_time: used.each_time.map(each_time_word),
        },
        access: access_word(used.access),
        ground: ground_word(used.ground),
        automated_decision: used.automated_decision,
        notice: in_language.text(&used.texts.notice),
        can_allow: ctx.assurance() >= used.assurance_give.max(Assurance::Low),
    })
}

/// Whole days until the end of a consent: a yes before a trip does not lengthen it. At least one, since it holds for this trip.
fn days_left(until: &str, now_ms: i64) -> Option<u32> {
    let until_ms = until.parse::<jiff::Timestamp>().ok()?.as_millisecond();
    u32::try_from(until_ms.saturating_sub(now_ms).checked_div(DAY_MS)?.max(1)).ok()
}

/// A use as it is asked for, without a request: for the page of the use, where a person says yes of their own accord.
pub(crate) async fn of_use(ctx: &Ctx, used: &Use) -> Option<RequestView> {
    let shown: AskingShown = ctx.data(Request::AskingShow).await.unwrap_or_default();
    let language = ctx.words.language().tag().to_owned();
    let asked = Asked { id: 0, screen: 0, person: String::new(), use_id: used.id.clone(), language, cause: String::new() };
    request(ctx, &asked, shown.asking, &Standings::default())
}

/// The two longest durations that are shorter than what is printed, ascending.
fn shorter(days: u32) -> Vec<u32> {
    let mut shorter: Vec<u32> = DAYS_SHORTER.into_iter().filter(|offered| *offered < days).take(2).collect();
    shorter.sort_unstable();
    shorter
}

/// The language of a request's texts.
struct InLanguage<'a>(&'a str);

impl InLanguage<'_> {
    fn text(&self, texts: &[Localized]) -> String {
        text_in(texts, self.0).or_else(|| texts.first().map(|text| text.text.as_str())).unwrap_or_default().to_owned()
    }

    fn recipient(&self, recipient: &Recipient) -> RecipientView {
        RecipientView {
            id: recipient.id.clone(),
            name: self.text(&recipient.name),
            outside: recipient.outside,
            role: role_word(recipient.role),
            contact: recipient.contact.clone(),
            countries: recipient.countries.clone(),
            safeguard: recipient.safeguard.clone(),
            authority: recipient.authority.clone(),
            systems: recipient.systems.clone(),
        }
    }

    /// The coarsest tier and all categories; where a person confirms before each trip what they chose then (R13).
    fn printed(&self, used: &Use, catalog: &CompiledCatalog, chosen: Option<&Decided>) -> Printed {
        let offered = categories_of(used, catalog);
        let covered = |id: &String| offered.contains(id) && chosen.is_none_or(|chosen| chosen.categories.contains(id));
        let categories = catalog.categories.iter().filter(|category| covered(&category.id));
        let tier = chosen.map_or(0, |chosen| chosen.tier);
        Printed {
            tier,
            reveals: used.tiers.get(usize::from(tier)).map(|tier| self.text(&tier.reveals)).unwrap_or_default(),
            categories: categories.map(|category| Named { id: category.id.clone(), name: self.text(&category.name) }).collect(),
            days: 0,
            until_ms: 0,
            cadence: Cadence::Until,
        }
    }
}

/// The first screen (R43): it asks nothing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FirstView {
    /// Version of this shape.
    pub version: u32,
    /// Whether it was answered already.
    pub welcomed: bool,
    /// Whether a guest drives.
    pub guest: bool,
    /// Whether anything optional was allowed already; else nothing optional leaves.
    pub optional_allowed: bool,
    /// Uses by law.
    pub by_law: Vec<ByLaw>,
    /// Uses that rest neither on consent nor on law, as a call that a person starts: they begin only after they were shown.
    pub by_act: Vec<ByAct>,
    /// The gate's own traffic, in words.
    pub gate: String,
}

/// A use by law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByLaw {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Headline.
    pub headline: String,
    /// Recipient.
    pub recipient: String,
    /// Act and article.
    pub law: String,
    /// Whether the person whom the law names may refuse.
    pub may_refuse: bool,
}

/// A use that a person starts, or that a contract needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByAct {
    /// Use id.
    #[serde(rename = "use")]
    pub use_id: String,
    /// Headline.
    pub headline: String,
    /// Recipient.
    pub recipient: String,
}

/// What the first screen shows.
pub async fn first(ctx: &Ctx) -> Result<FirstView, Fault> {
    let shown: AskingShown = ctx.data(Request::AskingShow).await?;
    let catalog = &ctx.catalog()?.catalog;
    let name = |used: &Use| ctx.recipient(used).map(|recipient| ctx.text(&recipient.name)).unwrap_or_default();
    let law = |used: &Use| {
        let law = used.law.as_ref()?;
        Some(ByLaw {
            use_id: used.id.clone(),
            headline: ctx.text(&used.texts.headline),
            recipient: name(used),
            law: format!("{}, {}", law.act, law.article),
            may_refuse: law.may_refuse,
        })
    };
    let act = catalog.uses.iter().filter(|used| used.law.is_none() && !rests_on_consent(used));
    Ok(FirstView {
        version: SHOW_VERSION,
        welcomed: shown.welcomed,
        guest: ctx.person().is_none(),
        optional_allowed: ctx.status.uses.iter().any(|used| used.consent.starts_with("given")),
        by_law: catalog.uses.iter().filter_map(law).collect(),
        by_act: act.map(|used| ByAct { use_id: used.id.clone(), headline: ctx.text(&used.texts.headline), recipient: name(used) }).collect(),
        gate: ctx.text(&catalog.gate.plain),
    })
}

/// The word of a cadence, as an answer takes it.
pub fn printed_cadence(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Until => "until",
        Cadence::Trip => "trip",
        Cadence::EachTime => "each_time",
    }
}

fn role_word(role: RecipientRole) -> &'static str {
    match role {
        RecipientRole::Controller => "controller",
        RecipientRole::JointController => "joint_controller",
        RecipientRole::Processor => "processor",
        RecipientRole::ThirdParty => "third_party",
        RecipientRole::Authority => "authority",
    }
}

fn benefit_word(benefit: Benefit) -> &'static str {
    match benefit {
        Benefit::Safety => "safety",
        Benefit::Time => "time",
        Benefit::Cost => "cost",
        Benefit::Comfort => "comfort",
        Benefit::Environment => "environment",
        Benefit::PublicGood => "public_good",
    }
}

fn beneficiary_word(beneficiary: Beneficiary) -> &'static str {
    match beneficiary {
        Beneficiary::You => "you",
        Beneficiary::Everyone => "everyone",
        Beneficiary::Recipient => "recipient",
    }
}

fn each_time_word(each_time: EachTime) -> &'static str {
    match each_time {
        EachTime::BeforeTrip => "before_trip",
        EachTime::Review => "review",
    }
}

fn access_word(access: Access) -> &'static str {
    match access {
        Access::Consent => "consent",
        Access::RequestedService => "requested_service",
        Access::Transmission => "transmission",
        Access::Law => "law",
    }
}

fn ground_word(ground: Ground) -> &'static str {
    match ground {
        Ground::Consent => "consent",
        Ground::Contract => "contract",
        Ground::LegalObligation => "legal_obligation",
        Ground::VitalInterest => "vital_interest",
        Ground::LegitimateInterest => "legitimate_interest",
    }
}

/// A request for the tests of this crate.
#[cfg(test)]
pub(crate) fn sample() -> RequestView {
    let named = |id: &str| Named { id: id.to_owned(), name: format!("Name of {id}") };
    RequestView {
        id: 4,
        use_id: "traffic".to_owned(),
        cause: "unasked".to_owned(),
        asking: None,
        language: "de".to_owned(),
        headline: "Traffic".to_owned(),
        recipient: RecipientView {
            id: "roadinfo".to_owned(),
            name: "RoadInfo".to_owned(),
            outside: true,
            role: "controller",
            contact: "privacy@roadinfo.example".to_owned(),
            countries: vec!["DE".to_owned(), "XK".to_owned()],
            safeguard: String::new(),
            authority: "An authority".to_owned(),
            systems: vec!["one".to_owned()],
        },
        what: "The square you are in".to_owned(),
        purpose: "https://w3id.org/dpv#ImproveTransportMobility".to_owned(),
        benefit: "You drive around jams".to_owned(),
        benefit_kind: "time",
        beneficiary: "you",
        retention_days: 1,
        printed: Printed {
            tier: 0,
            reveals: "where you were, to 20 km".to_owned(),
            categories: vec![named("location"), named("road")],
            days: 365,
            until_ms: 1_800_000_000_000,
            cadence: Cadence::Until,
        },
        adjust: Adjust {
            days: vec![30, 180],
            days_max: 365,
            tiers: vec!["coarse".to_owned(), "fine".to_owned()],
            cadences: vec![Cadence::Until, Cadence::EachTime],
            each_time: Some("review"),
        },
        access: "consent",
        ground: "consent",
        automated_decision: false,
        notice: "The notice".to_owned(),
        can_allow: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_before_a_trip_does_not_lengthen_the_consent() {
        let now_ms = 1_763_985_600_000;
        assert_eq!(days_left("2025-12-24T12:00:00Z", now_ms), Some(30));
        assert_eq!(days_left("2025-12-24T11:59:59Z", now_ms), Some(29));
        assert_eq!((days_left("2025-11-24T12:00:01Z", now_ms), days_left("2024-01-01T00:00:00Z", now_ms)), (Some(1), Some(1)));
        assert_eq!(days_left("some day", now_ms), None);
    }

    #[test]
    fn two_shorter_durations_stand_beside_the_printed_one() {
        for (days, expected) in [(365, vec![30, 180]), (180, vec![7, 30]), (90, vec![7, 30]), (30, vec![1, 7]), (7, vec![1]), (1, vec![])] {
            assert_eq!(shorter(days), expected, "{days}");
        }
    }
}
