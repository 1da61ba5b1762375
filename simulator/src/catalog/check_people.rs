//! Checks of who and what: ids, terms, categories, recipients, times, sizes (R4, R11, R14, R17, R30, R49).

use super::code::Code;
use super::compile::AGE_MAX_MS;
use super::model::{Authored, Category, Millis, Recipient, RecipientKind, Use};
use super::reader::quoted;
use super::report::{Faults, Place, Placed, nearest};
use super::resolve::Resolved;
use super::{demo, terms};
use consent_core::limits::{CATEGORIES_MAX, RECIPIENTS_MAX, SIGNALS_MAX, TIERS_MAX, USES_MAX};
use consent_core::{CategoryKind, Ground};
use consent_protocol::catalog::{Deployment, Environment};
use consent_protocol::ids::from_hex;
use std::collections::BTreeSet;

const DAY_MS: u64 = 86_400_000;
const CONSENT_DAYS_MAX: u64 = 366;
const RETENTION_DAYS_MAX: u64 = 3_650;

/// Checks ids, references, sizes and times.
pub(crate) fn check(authored: &Authored, resolved: &Resolved, faults: &mut Faults) {
    head(authored, faults);
    ids("category", authored.categories.iter().map(|category| category.id.as_ref()), faults);
    ids("recipient", authored.recipients.iter().map(|recipient| recipient.id.as_ref()), faults);
    ids("use", authored.uses.iter().map(|used| used.id.as_ref()), faults);
    sizes(authored, resolved, faults);
    authored.categories.iter().for_each(|category| check_category(category, faults));
    authored.recipients.iter().for_each(|recipient| check_recipient(authored, recipient, faults));
    authored.uses.iter().for_each(|used| check_use(used, faults));
}

fn head(authored: &Authored, faults: &mut Faults) {
    if let Some(country) = &authored.country {
        check_country(country, faults);
    }
    if let Some(model) = authored.model_line.as_ref().filter(|model| !is_id(&model.value)) {
        faults.add(Code::BadId, &model.place, "lower-case letters, digits and hyphens, at most 24", quoted(&model.value));
    }
}

fn check_country(country: &Placed<String>, faults: &mut Faults) {
    if country.value.len() != 2 || !country.value.bytes().all(|byte| byte.is_ascii_uppercase()) {
        faults.add(Code::OutOfRange, &country.place, "an ISO 3166 code of two capital letters, as DE", quoted(&country.value));
    }
}

/// Lower-case letters, digits and hyphens, beginning with a letter, at most 24.
fn is_id(id: &str) -> bool {
    id.len() <= 24 && id.starts_with(|first: char| first.is_ascii_lowercase()) && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

fn ids<'a>(kind: &str, ids: impl Iterator<Item = Option<&'a Placed<String>>>, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for id in ids.flatten() {
        // `cg/1/catalog/…` is a topic of its own; the other two name demo keys that are no recipient's.
        let reserved = kind == "recipient" && matches!(id.value.as_str(), "catalog" | "catalog-root" | "authority");
        if !is_id(&id.value) || reserved {
            faults.add(Code::BadId, &id.place, "lower-case letters, digits and hyphens, a letter first, at most 24", quoted(&id.value));
        }
        if !seen.insert(id.value.as_str()) {
            faults.add(Code::DuplicateId, &id.place, format!("an id that no other {kind} has"), quoted(&id.value));
        }
    }
}

fn sizes(authored: &Authored, resolved: &Resolved, faults: &mut Faults) {
    let whole = |key: &str| Place { key: key.to_owned(), at: authored.place.at };
    let counts = [
        ("category", authored.categories.len(), CATEGORIES_MAX),
        ("recipient", authored.recipients.len(), RECIPIENTS_MAX),
        ("use", authored.uses.len(), USES_MAX),
        ("signals of all uses", resolved.signals.len(), SIGNALS_MAX),
    ];
    for (key, found, most) in counts {
        if found > most {
            faults.add(Code::TooMany, &whole(key), format!("at most {most}"), found.to_string());
        }
    }
    for key in ["category", "recipient", "use"] {
        if counts.iter().any(|(known, found, _)| *known == key && *found == 0) {
            faults.add(Code::MissingKey, &whole(key), format!("at least one [[{key}]]"), "none");
        }
    }
    for used in &authored.uses {
        let tiers = used.tiers.len();
        if tiers == 0 {
            faults.add(Code::MissingKey, &used.place.inside("tier"), "at least one [[use.tier]]", "none");
        }
        if tiers > TIERS_MAX {
            faults.add(Code::TooMany, &used.place.inside("tier"), format!("at most {TIERS_MAX} tiers"), tiers.to_string());
        }
    }
}

fn check_category(category: &Category, faults: &mut Faults) {
    let Some(term) = &category.term else { return };
    let known = terms::CATEGORY_TERMS;
    let Some((_, _, about)) = known.iter().find(|(name, _, _)| *name == term.value) else {
        let near = nearest(&term.value, known.iter().map(|(name, _, _)| *name));
        faults.add_near(Code::UnknownTerm, &term.place, "a category term of docs/catalog.md", quoted(&term.value), near);
        return;
    };
    let kind = category.kind.as_ref().map(|kind| kind.value);
    let holds = match about {
        terms::About::Plain => true,
        terms::About::Location => category.guarded && category.location && kind == Some(CategoryKind::Driver),
        terms::About::Biometric => category.guarded,
        terms::About::Cabin => category.guarded && kind == Some(CategoryKind::Cabin),
    };
    if !holds && kind.is_some() {
        let expected = match about {
            terms::About::Location => "guarded = true, location = true and kind = \"driver\"",
            terms::About::Cabin => "guarded = true and kind = \"cabin\"",
            terms::About::Biometric | terms::About::Plain => "guarded = true",
        };
        faults.add(Code::CategoryFlags, &category.place, expected, format!("term {} without it", term.value));
    }
    if category.location && !category.guarded {
        faults.add(Code::CategoryFlags, &category.place, "guarded = true beside location = true", "guarded = false");
    }
}

fn check_recipient(authored: &Authored, recipient: &Recipient, faults: &mut Faults) {
    let lines = [("contact", &recipient.contact), ("authority", &recipient.authority)];
    for (key, line) in lines {
        if line.as_ref().is_none_or(|line| line.value.trim().is_empty()) {
            faults.add(Code::RecipientIncomplete, &recipient.place.inside(key), "a text", "nothing");
        }
    }
    for (key, list) in [("countries", &recipient.countries), ("systems", &recipient.systems)] {
        if list.is_empty() {
            faults.add(Code::RecipientIncomplete, &recipient.place.inside(key), "a list with at least one entry", "nothing");
        }
    }
    recipient.countries.iter().for_each(|country| check_country(country, faults));
    let abroad = recipient.countries.iter().find(|country| !terms::EEA.contains(&country.value.as_str()));
    if let Some(country) = abroad
        && recipient.safeguard.as_ref().is_none_or(|safeguard| safeguard.value.trim().is_empty())
    {
        faults.add(Code::NoSafeguard, &recipient.place.inside("safeguard"), format!("what the transfer to {} rests on", country.value), "nothing");
    }
    check_key(authored, recipient, faults);
    check_deployment(authored, recipient, faults);
}

fn check_key(authored: &Authored, recipient: &Recipient, faults: &mut Faults) {
    let Some(key) = &recipient.ack_key else { return };
    let demo = authored.environment.as_ref().is_some_and(|environment| environment.value == Environment::Demo);
    if key.value == demo::ACK_KEY_WORD && !demo {
        faults.add(Code::AckKey, &key.place, "the recipient's own key outside the demo environment", "\"demo\"");
    } else if key.value != demo::ACK_KEY_WORD && !is_public_key(&key.value) {
        faults.add(Code::AckKey, &key.place, "an Ed25519 public key of 64 hexadecimal digits", quoted(&key.value));
    }
}

fn is_public_key(hex: &str) -> bool {
    from_hex::<32>(hex).and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(&bytes).ok()).is_some_and(|key| !key.is_weak())
}

fn check_deployment(authored: &Authored, recipient: &Recipient, faults: &mut Faults) {
    let (Some(kind), Some(deployment)) = (&recipient.kind, &authored.deployment) else { return };
    let fits = match kind.value {
        RecipientKind::Employer => deployment.value == Deployment::Employer,
        RecipientKind::Lessor => deployment.value == Deployment::Rental,
        RecipientKind::Manufacturer | RecipientKind::Insurer | RecipientKind::Authority | RecipientKind::Service => true,
    };
    if !fits {
        faults.add(
            Code::Deployment,
            &kind.place,
            "a recipient of another kind, or another deployment",
            format!("{:?} in deployment {:?}", kind.value, deployment.value),
        );
    }
}

fn check_use(used: &Use, faults: &mut Faults) {
    let purposes = || terms::PURPOSE_TERMS.iter().map(|(name, _, _)| *name);
    if let Some(purpose) = used.purpose.as_ref().filter(|purpose| !purposes().any(|name| name == purpose.value)) {
        faults.add_near(Code::UnknownTerm, &purpose.place, "a purpose term of docs/catalog.md", quoted(&purpose.value), nearest(&purpose.value, purposes()));
    }
    if let Some(retention) = &used.retention {
        whole_days(retention, RETENTION_DAYS_MAX, Code::OutOfRange, faults);
    }
    if let Some(consent) = &used.consent {
        whole_days(consent, CONSENT_DAYS_MAX, Code::ConsentTooLong, faults);
    }
    let age_max_ms = used.age_max.as_ref().map_or(AGE_MAX_MS, |age| age.value.0);
    if let Some(age) = used.age_max.as_ref().filter(|age| !(60_000..=AGE_MAX_MS).contains(&age.value.0)) {
        faults.add(Code::AgeMax, &age.place, "1min to 14d", millis(age.value));
    }
    let whole = |Millis(ms): Millis| (1_000..=age_max_ms.min(7 * DAY_MS)).contains(&ms) && ms % 1_000 == 0;
    if let Some(within) = used.within.as_ref().filter(|within| !whole(within.value)) {
        faults.add(Code::Deliver, &within.place, "whole seconds from 1s to 7d, not above age_max", millis(within.value));
    }
    if used.consent.is_none() && used.ground.as_ref().is_some_and(|ground| ground.value == Ground::Consent) {
        faults.add(Code::MissingKey, &used.place.inside("consent"), "the longest duration of a consent, as \"365d\"", "nothing");
    }
    if used.signals.is_empty() {
        faults.add(Code::MissingKey, &used.place.inside("signals"), "at least one path or pattern", "none");
    }
}

fn whole_days(duration: &Placed<Millis>, days_max: u64, code: Code, faults: &mut Faults) {
    let Millis(ms) = duration.value;
    if ms == 0 || ms % DAY_MS != 0 {
        faults.add(Code::OutOfRange, &duration.place, format!("whole days from 1d to {days_max}d"), millis(duration.value));
    } else if ms / DAY_MS > days_max {
        faults.add(code, &duration.place, format!("at most {days_max}d"), millis(duration.value));
    }
}

/// A duration in its largest whole unit.
pub(crate) fn millis(Millis(ms): Millis) -> String {
    let units = [("d", DAY_MS), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)];
    let unit = units.iter().find(|(_, factor)| ms >= *factor && ms % factor == 0);
    unit.map_or_else(|| format!("{ms}ms"), |(name, factor)| format!("{}{name}", ms / factor))
}
