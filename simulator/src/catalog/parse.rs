//! From TOML to the authored model: head, gate, categories, recipients, own signals.

use super::code::Code;
use super::model::{Authored, Category, Editorial, GateEntry, OwnSignal, Recipient, RecipientKind};
use super::parse_use;
use super::reader::{AuthoredTexts, Section};
use super::report::{Faults, Place, Placed};
use super::vss;
use consent_core::{Access, CategoryKind, Ground};
use consent_protocol::catalog::{Datatype, Deployment, Environment, RecipientRole};
use toml::de::DeTable;

const ROOT: &[&str] = &["catalog", "gate", "category", "recipient", "signal", "use", "editorial"];
const HEAD: &[&str] = &["version", "environment", "country", "model_line", "deployment", "consent_age_years", "agreement", "languages", "rights"];
const GATE: &[&str] = &["access", "ground", "fields", "headline", "plain"];
const CATEGORY: &[&str] = &["id", "term", "kind", "guarded", "location", "name", "signals"];
const RECIPIENT: &[&str] = &["id", "kind", "role", "name", "countries", "safeguard", "contact", "authority", "systems", "ack_key"];
const SIGNAL: &[&str] = &["path", "datatype", "unit", "derived_from"];
const EDITORIAL: &[&str] = &["use", "reason"];

pub(crate) const ENVIRONMENTS: &[(&str, Environment)] =
    &[("demo", Environment::Demo), ("staging", Environment::Staging), ("production", Environment::Production)];
pub(crate) const DEPLOYMENTS: &[(&str, Deployment)] =
    &[("private", Deployment::Private), ("employer", Deployment::Employer), ("rental", Deployment::Rental), ("shared", Deployment::Shared)];
pub(crate) const ACCESSES: &[(&str, Access)] =
    &[("consent", Access::Consent), ("requested_service", Access::RequestedService), ("transmission", Access::Transmission), ("law", Access::Law)];
pub(crate) const GROUNDS: &[(&str, Ground)] = &[
    ("consent", Ground::Consent),
    ("contract", Ground::Contract),
    ("legal_obligation", Ground::LegalObligation),
    ("vital_interest", Ground::VitalInterest),
    ("legitimate_interest", Ground::LegitimateInterest),
];
const KINDS: &[(&str, CategoryKind)] = &[("vehicle", CategoryKind::Vehicle), ("driver", CategoryKind::Driver), ("cabin", CategoryKind::Cabin)];
const ROLES: &[(&str, RecipientRole)] = &[
    ("controller", RecipientRole::Controller),
    ("joint_controller", RecipientRole::JointController),
    ("processor", RecipientRole::Processor),
    ("third_party", RecipientRole::ThirdParty),
    ("authority", RecipientRole::Authority),
];
const RECIPIENT_KINDS: &[(&str, RecipientKind)] = &[
    ("manufacturer", RecipientKind::Manufacturer),
    ("insurer", RecipientKind::Insurer),
    ("authority", RecipientKind::Authority),
    ("employer", RecipientKind::Employer),
    ("lessor", RecipientKind::Lessor),
    ("service", RecipientKind::Service),
];

/// Reads TOML text; what cannot be read is noted.
pub(crate) fn parse(text: &str, faults: &mut Faults) -> Authored {
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        faults.add(Code::File, &Place { key: String::new(), at }, "TOML", error.message());
    }
    let root = Section::root(&root, ROOT, faults);
    let mut authored = Authored::default();
    match root.section("catalog", HEAD, faults) {
        Some(head) => read_head(&head, &mut authored, faults),
        None => root.missing("catalog", "a table with version, environment, languages and more", faults),
    }
    authored.gate = root.section("gate", GATE, faults).map(|gate| read_gate(&gate, faults));
    authored.categories = root.sections("category", CATEGORY, faults).into_iter().map(|section| read_category(section, faults)).collect();
    authored.recipients = root.sections("recipient", RECIPIENT, faults).into_iter().map(|section| read_recipient(section, faults)).collect();
    authored.signals = root.sections("signal", SIGNAL, faults).into_iter().map(|section| read_signal(section, faults)).collect();
    authored.uses = root.sections("use", parse_use::USE, faults).into_iter().map(|section| parse_use::read_use(section, faults)).collect();
    authored.editorial = root.sections("editorial", EDITORIAL, faults).into_iter().map(|section| read_editorial(&section, faults)).collect();
    authored
}

fn read_head(head: &Section<'_>, authored: &mut Authored, faults: &mut Faults) {
    authored.place = head.place.clone();
    authored.version = head.need_number("version", 1..=i64::from(u32::MAX), Code::Revision, faults);
    authored.environment = head.need_choice("environment", ENVIRONMENTS, faults);
    authored.country = head.need_text("country", faults);
    authored.model_line = head.need_text("model_line", faults);
    authored.deployment = head.need_choice("deployment", DEPLOYMENTS, faults);
    authored.consent_age_years = head.need_number("consent_age_years", 13..=16, Code::OutOfRange, faults);
    authored.agreement = head.text("agreement", faults);
    authored.languages = head.list("languages", faults);
    if !head.has("languages") {
        head.missing("languages", "a list of language tags, as [\"en\", \"de\"]", faults);
    }
    authored.rights = need_texts(head, "rights", faults);
}

fn read_gate(gate: &Section<'_>, faults: &mut Faults) -> GateEntry {
    GateEntry {
        access: gate.need_choice("access", ACCESSES, faults),
        ground: gate.need_choice("ground", GROUNDS, faults),
        fields: gate.list("fields", faults),
        headline: need_texts(gate, "headline", faults),
        plain: need_texts(gate, "plain", faults),
    }
}

fn read_category(section: Section<'_>, faults: &mut Faults) -> Category {
    let id = section.need_text("id", faults);
    let section = named(section, "category", id.as_ref());
    let flag = |key, faults: &mut Faults| section.flag(key, faults).is_some_and(|flag| flag.value);
    Category {
        place: section.place.clone(),
        term: section.need_text("term", faults),
        kind: section.need_choice("kind", KINDS, faults),
        guarded: flag("guarded", faults),
        location: flag("location", faults),
        name: need_texts(&section, "name", faults),
        signals: section.list("signals", faults),
        id,
    }
}

fn read_recipient(section: Section<'_>, faults: &mut Faults) -> Recipient {
    let id = section.need_text("id", faults);
    let section = named(section, "recipient", id.as_ref());
    Recipient {
        place: section.place.clone(),
        kind: section.need_choice("kind", RECIPIENT_KINDS, faults),
        role: section.need_choice("role", ROLES, faults),
        name: need_texts(&section, "name", faults),
        countries: section.list("countries", faults),
        safeguard: section.text("safeguard", faults),
        contact: section.text("contact", faults),
        authority: section.text("authority", faults),
        systems: section.list("systems", faults),
        ack_key: section.need_text("ack_key", faults),
        id,
    }
}

fn read_signal(section: Section<'_>, faults: &mut Faults) -> OwnSignal {
    let path = section.need_text("path", faults);
    let section = named(section, "signal", path.as_ref());
    let datatype = section.text("datatype", faults).and_then(|word| {
        let datatype = vss::datatype(&word.value);
        if datatype == Datatype::Unsupported {
            faults.add(
                Code::Datatype,
                &word.place,
                "a VSS datatype: boolean, int8 to int64, uint8 to uint64, float, double, string, or an array of numbers",
                format!("{:?}", word.value),
            );
        }
        (datatype != Datatype::Unsupported).then_some(Placed { value: datatype, place: word.place })
    });
    OwnSignal { datatype, unit: section.text("unit", faults), derived_from: section.list("derived_from", faults), path }
}

fn read_editorial(section: &Section<'_>, faults: &mut Faults) -> Editorial {
    Editorial { place: section.place.clone(), use_id: section.need_text("use", faults), reason: section.need_text("reason", faults) }
}

/// Texts that must be there.
pub(crate) fn need_texts(section: &Section<'_>, key: &str, faults: &mut Faults) -> Option<AuthoredTexts> {
    if !section.has(key) {
        section.missing(key, "a text per language, as { en = \"…\", de = \"…\" }", faults);
    }
    section.texts(key, faults)
}

/// A section under its id.
pub(crate) fn named<'t>(section: Section<'t>, kind: &str, id: Option<&Placed<String>>) -> Section<'t> {
    match id {
        Some(id) => section.named(format!("{kind}.{}", id.value)),
        None => section,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_names_every_key_and_every_term() {
        let document = include_str!("../../../docs/catalog.md");
        let known = [HEAD, GATE, CATEGORY, RECIPIENT, SIGNAL, EDITORIAL].into_iter().chain(parse_use::ALL_KEYS.iter().copied());
        let terms =
            super::super::terms::CATEGORY_TERMS.iter().map(|(name, _, _)| *name).chain(super::super::terms::PURPOSE_TERMS.iter().map(|(name, _, _)| *name));
        // What stands between backticks, word by word.
        let code: Vec<&str> =
            document.split('`').skip(1).step_by(2).flat_map(|span| span.split(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter))).collect();
        for word in known.flatten().copied().chain(terms) {
            assert!(code.contains(&word), "{word}");
        }
    }
}
