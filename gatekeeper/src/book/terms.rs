//! Whether what a person chose lies within what is offered.

use crate::change::Moment;
use crate::control::Terms;
use crate::refusal::Refusal;
use crate::store::{StandingRow, category_ids};
use consent_core::catalog::EachTime;
use consent_core::{Access, Assurance, Condition, Ground, Status};
use consent_protocol::Digest;
use consent_protocol::catalog::{CompiledCatalog, Deployment, Texts, Use, text_in};
use consent_protocol::ledger::Cadence;

/// Longest validity of a consent, days: a year, and one more that the use must offer (R11, R14).
const DAYS_STANDARD: u32 = 365;
const DAYS_MAX: u32 = 366;
const DAY_MS: i64 = 86_400_000;

/// A use of the catalog in force with its position.
pub(super) fn use_of<'a>(moment: &Moment<'a>, use_id: &str) -> Result<(usize, &'a Use), Refusal> {
    let catalog = &moment.in_force.catalog;
    let found = catalog.use_index(use_id).and_then(|at| catalog.uses.get(at).map(|used| (at, used)));
    found.ok_or_else(|| Refusal::UseUnknown { use_id: use_id.to_owned(), version: catalog.version })
}

/// Whether a use runs on the standing of a person, as the gate has it: consent, or the request of a service (R4).
pub fn rests_on_consent(used: &Use) -> bool {
    let asked = matches!(used.access, Access::Consent | Access::RequestedService) || used.ground == Ground::Consent;
    asked && !is_act(used)
}

/// Whether a use is started by an act: a call, or a declared theft.
fn is_act(used: &Use) -> bool {
    match used.condition {
        Condition::Call | Condition::TheftDeclared => true,
        Condition::Always | Condition::Parked => false,
    }
}

/// What a use rests on, in words.
pub fn ground_words(used: &Use) -> &'static str {
    match (used.condition, used.ground) {
        (Condition::Call, _) => "a call that a person starts",
        (Condition::TheftDeclared, _) => "a declared theft",
        (Condition::Always | Condition::Parked, ground) => match ground {
            Ground::Consent => "consent",
            Ground::Contract => "a contract",
            Ground::LegalObligation => "law",
            Ground::VitalInterest => "a vital interest",
            Ground::LegitimateInterest => "a legitimate interest",
        },
    }
}

/// The employer or lessor, if consent to a use would be consent towards them (R49).
pub fn towards_deployer(catalog: &CompiledCatalog, used: &Use) -> Option<&'static str> {
    // A service that somebody requests by contract is no consent.
    let by_consent = used.access == Access::Consent || used.ground == Ground::Consent;
    let deployer = by_consent && catalog.recipients.get(usize::from(used.recipient)).is_none_or(|recipient| recipient.deployer);
    match catalog.deployment {
        Deployment::Employer if deployer => Some("employer"),
        Deployment::Rental if deployer => Some("lessor"),
        Deployment::Employer | Deployment::Rental | Deployment::Private | Deployment::Shared => None,
    }
}

/// The language in which a use is asked: the first of a person's that the catalog has in full (R47).
pub(crate) fn language_of<'a>(catalog: &CompiledCatalog, used: &Use, wanted: &'a [String]) -> Option<&'a str> {
    wanted.iter().map(String::as_str).find(|language| has_language(catalog, used, language))
}

fn has_language(catalog: &CompiledCatalog, used: &Use, language: &str) -> bool {
    let full = |texts: &Texts| text_in(texts, language).is_some_and(|text| !text.is_empty());
    let texts = &used.texts;
    let shown = [&texts.headline, &texts.plain, &texts.benefit, &texts.notice];
    let recipient = catalog.recipients.get(usize::from(used.recipient)).is_some_and(|recipient| full(&recipient.name));
    catalog.languages.iter().any(|known| known == language) && recipient && shown.into_iter().all(full) && used.tiers.iter().all(|tier| full(&tier.reveals))
}

/// Longest consent to a use, days; printed where a person chooses nothing shorter.
pub fn days_offered(used: &Use) -> u32 {
    DAYS_STANDARD.min(used.consent_days_max)
}

/// What a consent covers, once everything chosen was found to be on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) tier: u8,
    pub(super) categories: Vec<String>,
    pub(super) cadence: Cadence,
    pub(super) status: Status,
    pub(super) language: String,
    pub(super) duration_ms: i64,
}

impl Taken {
    /// Checks terms against a use; `languages` are those of the person.
    pub(super) fn check(terms: &Terms, used: &Use, languages: &[String], catalog: &CompiledCatalog) -> Result<Self, Refusal> {
        let use_id = || used.id.clone();
        let tier = terms.tier.unwrap_or(0);
        if usize::from(tier) >= used.tiers.len() {
            return Err(Refusal::Tier { use_id: use_id(), finest: used.tiers.len().saturating_sub(1), found: tier });
        }
        let max = used.consent_days_max.min(DAYS_MAX);
        let days = terms.days.unwrap_or_else(|| days_offered(used));
        if days == 0 || days > max {
            return Err(Refusal::Days { use_id: use_id(), max, found: days });
        }
        let (cadence, status) = cadence(terms.cadence.unwrap_or(Cadence::Until), used)?;
        let chosen = terms.language.as_ref().map(core::slice::from_ref);
        let language = language_of(catalog, used, chosen.unwrap_or(languages));
        let language = language.ok_or_else(|| Refusal::Language { use_id: use_id(), offered: catalog.languages.join(", ") })?;
        Ok(Self {
            tier,
            categories: categories(terms.categories.as_deref(), used, catalog)?,
            cadence,
            status,
            language: language.to_owned(),
            duration_ms: i64::from(days).saturating_mul(DAY_MS),
        })
    }
}

fn cadence(cadence: Cadence, used: &Use) -> Result<(Cadence, Status), Refusal> {
    match (cadence, used.each_time) {
        (Cadence::Until | Cadence::Trip, _) | (Cadence::EachTime, Some(EachTime::BeforeTrip)) => Ok((cadence, Status::Given)),
        (Cadence::EachTime, Some(EachTime::Review)) => Ok((cadence, Status::GivenEachReview)),
        (Cadence::EachTime, None) => Err(Refusal::EachTime { use_id: used.id.clone() }),
    }
}

/// Ids of the categories that a use can cover, in catalog order.
pub fn categories_of(used: &Use, catalog: &CompiledCatalog) -> Vec<String> {
    let signals = used.signals.iter().filter_map(|signal| catalog.signals.get(usize::from(*signal)));
    category_ids(catalog, signals.fold(consent_core::CategorySet::EMPTY, |set, signal| set.or(signal.categories)))
}

fn categories(chosen: Option<&[String]>, used: &Use, catalog: &CompiledCatalog) -> Result<Vec<String>, Refusal> {
    let offered = categories_of(used, catalog);
    let Some(chosen) = chosen else { return Ok(offered) };
    if let Some(found) = chosen.iter().find(|id| !offered.contains(id)) {
        return Err(Refusal::CategoryNotOffered { use_id: used.id.clone(), offered: offered.join(", "), found: found.clone() });
    }
    let taken: Vec<String> = offered.into_iter().filter(|id| chosen.contains(id)).collect();
    if taken.is_empty() { Err(Refusal::NoCategory { use_id: used.id.clone() }) } else { Ok(taken) }
}

/// A row of a person who has not decided about a use, with the terms as they are; unknown uses and none at all keep zeros.
pub(super) fn blank_row(person: &str, use_id: &str, moment: &Moment<'_>) -> StandingRow {
    let catalog = &moment.in_force.catalog;
    let at = catalog.use_index(use_id);
    let used = at.and_then(|at| catalog.uses.get(at));
    StandingRow {
        person: person.to_owned(),
        use_id: use_id.to_owned(),
        revision: used.map_or(0, |used| used.revision),
        terms: at.and_then(|at| catalog.terms_digest(at)).unwrap_or_default(),
        notice: Digest::default(),
        record: [0; 16],
        status: Status::None,
        categories: used.map(|used| categories_of(used, catalog)).unwrap_or_default(),
        tier: 0,
        from_ms: moment.now.wall_ms,
        until_ms: moment.now.wall_ms,
        cadence: Cadence::Until,
        assurance: Assurance::None,
        language: String::new(),
        secret: [0; 32],
        entry: 0,
    }
}
