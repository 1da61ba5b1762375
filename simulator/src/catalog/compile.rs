//! From the checked model to the catalog that is signed: only what passed the whole check comes here.

use super::model::{Authored, Category, GateEntry, Millis, ParkedStanding, Recipient, RecipientKind, Use};
use super::reader::AuthoredTexts;
use super::report::Placed;
use super::resolve::{Resolved, ResolvedUse};
use super::{Loaded, demo, terms};
use consent_core::{Assurance, Benefit, CategorySet};
use consent_protocol::catalog::{self as wire, Beneficiary, CompiledCatalog, FORMAT, GateListing, Localized, SignalRule, Texts, TierDef, UseTexts};
use consent_protocol::ids::from_hex;
use consent_protocol::tables::lawful;

/// A batch ends unsent after this time, unless the use says less. †
pub(crate) const AGE_MAX_MS: u64 = 14 * 86_400_000;
/// A consent lasts this long, unless the use says less (R14).
pub(crate) const CONSENT_MS: u64 = 365 * 86_400_000;

/// Compiles a model whose check found nothing, with what is authored beside the catalog; `None` only if something is missing
/// that the check should have named.
pub(crate) fn compile_all(authored: &Authored, resolved: &Resolved) -> Option<Loaded> {
    let compiled = compile(authored, resolved)?;
    let reasons =
        authored.editorial.iter().map(|editorial| Some((value(editorial.use_id.as_ref())?, value(editorial.reason.as_ref())?))).collect::<Option<_>>()?;
    Some(Loaded { compiled, reasons })
}

fn gate_of(gate: &GateEntry, languages: &[String]) -> Option<GateListing> {
    Some(GateListing {
        access: value(gate.access.as_ref())?,
        ground: value(gate.ground.as_ref())?,
        fields: values(&gate.fields),
        headline: texts(gate.headline.as_ref(), languages)?,
        plain: texts(gate.plain.as_ref(), languages)?,
    })
}

fn compile(authored: &Authored, resolved: &Resolved) -> Option<CompiledCatalog> {
    let languages: Vec<String> = authored.languages.iter().map(|language| language.value.clone()).collect();
    let paths: Vec<&String> = resolved.signals.keys().collect();
    let uses = authored.uses.iter().zip(&resolved.uses);
    Some(CompiledCatalog {
        format: FORMAT,
        version: value(authored.version.as_ref())?,
        environment: value(authored.environment.as_ref())?,
        country: value(authored.country.as_ref())?,
        model_line: value(authored.model_line.as_ref())?,
        deployment: value(authored.deployment.as_ref())?,
        consent_age_years: u8::try_from(value(authored.consent_age_years.as_ref())?).ok()?,
        vss_version: resolved.vss_version.clone(),
        gate: gate_of(authored.gate.as_ref()?, &languages)?,
        categories: authored.categories.iter().map(|category| category_of(category, &languages)).collect::<Option<_>>()?,
        recipients: authored.recipients.iter().map(|recipient| recipient_of(recipient, &languages)).collect::<Option<_>>()?,
        signals: resolved.signals.iter().map(|(path, signal)| signal_of(path, signal)).collect(),
        uses: uses.map(|(used, resolved)| use_of(used, resolved, &paths, authored, &languages)).collect::<Option<_>>()?,
        languages,
    })
}

fn value<T: Clone>(placed: Option<&Placed<T>>) -> Option<T> {
    placed.map(|placed| placed.value.clone())
}

fn values(placed: &[Placed<String>]) -> Vec<String> {
    placed.iter().map(|placed| placed.value.clone()).collect()
}

/// Texts in the order of the catalog's languages.
fn texts(texts: Option<&AuthoredTexts>, languages: &[String]) -> Option<Texts> {
    let texts = texts?;
    let in_order = languages.iter().map(|language| {
        let (_, text) = texts.texts.iter().find(|(known, _)| known == language)?;
        Some(Localized { language: language.clone(), text: text.value.clone() })
    });
    in_order.collect()
}

fn category_of(category: &Category, languages: &[String]) -> Option<wire::Category> {
    Some(wire::Category {
        id: value(category.id.as_ref())?,
        iri: terms::iri(&value(category.term.as_ref())?),
        kind: value(category.kind.as_ref())?,
        guarded: category.guarded,
        location: category.location,
        name: texts(category.name.as_ref(), languages)?,
    })
}

fn recipient_of(recipient: &Recipient, languages: &[String]) -> Option<wire::Recipient> {
    let id = value(recipient.id.as_ref())?;
    let kind = value(recipient.kind.as_ref())?;
    let key = value(recipient.ack_key.as_ref())?;
    Some(wire::Recipient {
        ack_key: if key == demo::ACK_KEY_WORD { demo::demo_keys(&id).verifying_key().to_bytes() } else { from_hex::<32>(&key)? },
        name: texts(recipient.name.as_ref(), languages)?,
        role: value(recipient.role.as_ref())?,
        outside: kind != RecipientKind::Manufacturer,
        deployer: matches!(kind, RecipientKind::Employer | RecipientKind::Lessor),
        countries: values(&recipient.countries),
        safeguard: value(recipient.safeguard.as_ref()).unwrap_or_default(),
        contact: value(recipient.contact.as_ref())?,
        authority: value(recipient.authority.as_ref())?,
        systems: values(&recipient.systems),
        id,
    })
}

fn signal_of(path: &str, signal: &super::resolve::Signal) -> wire::Signal {
    let single = |at: &usize| u8::try_from(*at).map_or(CategorySet::EMPTY, CategorySet::single);
    wire::Signal {
        path: path.to_owned(),
        datatype: signal.datatype,
        unit: signal.unit.clone(),
        categories: signal.categories.iter().map(single).fold(CategorySet::EMPTY, CategorySet::or),
        fix: signal.fix,
    }
}

fn use_of(used: &Use, resolved: &ResolvedUse, paths: &[&String], authored: &Authored, languages: &[String]) -> Option<wire::Use> {
    let index = |path: &String| paths.binary_search(&path).ok().and_then(|at| u16::try_from(at).ok());
    let law = used.law.as_ref().map(law_of);
    Some(wire::Use {
        id: value(used.id.as_ref())?,
        revision: value(used.revision.as_ref())?,
        recipient: u8::try_from(resolved.recipient?).ok()?,
        purpose: terms::iri(&value(used.purpose.as_ref())?),
        access: value(used.access.as_ref())?,
        ground: value(used.ground.as_ref())?,
        law: match law {
            Some(law) => Some(law?),
            None => None,
        },
        condition: used.condition(),
        assurance_active: value(used.assurance_active.as_ref()).unwrap_or(Assurance::Low),
        assurance_give: value(used.assurance_give.as_ref()).unwrap_or(Assurance::High),
        parked_last_driver: value(used.parked.as_ref()) == Some(ParkedStanding::LastDriver),
        each_time: value(used.each_time.as_ref()),
        benefit: value(used.benefit.as_ref()).unwrap_or(Benefit::PublicGood),
        beneficiary: value(used.beneficiary.as_ref()).unwrap_or(Beneficiary::Everyone),
        signals: resolved.signals.iter().map(index).collect::<Option<_>>()?,
        patterns: values(&used.signals),
        tiers: tiers_of(used, resolved, &index, languages)?,
        within_s: seconds(value(used.within.as_ref())?)?,
        records_max: value(used.records_max.as_ref())?,
        age_max_s: seconds(value(used.age_max.as_ref()).unwrap_or(Millis(AGE_MAX_MS)))?,
        retention_days: days(value(used.retention.as_ref())?)?,
        consent_days_max: days(value(used.consent.as_ref()).unwrap_or(Millis(CONSENT_MS)))?,
        automated_decision: value(used.automated_decision.as_ref())?,
        linked: used.linked,
        texts: UseTexts {
            headline: texts(used.headline.as_ref(), languages)?,
            plain: texts(used.plain.as_ref(), languages)?,
            benefit: texts(if used.law.is_some() { used.reason.as_ref() } else { used.benefit_text.as_ref() }, languages)?,
            notice: notice_of(used, authored, languages)?,
        },
    })
}

fn law_of(law: &super::model::Law) -> Option<wire::Law> {
    let table = value(law.table.as_ref())?;
    Some(wire::Law { act: value(law.act.as_ref())?, article: value(law.article.as_ref())?, table, may_refuse: lawful::may_refuse(table) })
}

fn tiers_of(used: &Use, resolved: &ResolvedUse, index: &dyn Fn(&String) -> Option<u16>, languages: &[String]) -> Option<Vec<TierDef>> {
    let tiers = used.tiers.iter().zip(&resolved.tiers).map(|(tier, rules)| {
        let rules = rules.iter().map(|(path, rule)| Some(SignalRule { signal: index(path)?, rule: rule.rule })).collect::<Option<_>>()?;
        Some(TierDef { reveals: texts(tier.reveals.as_ref(), languages)?, rules })
    });
    tiers.collect()
}

/// The notice with the rights that hold for every use behind it.
fn notice_of(used: &Use, authored: &Authored, languages: &[String]) -> Option<Texts> {
    let notice = texts(used.notice.as_ref(), languages)?;
    let rights = texts(authored.rights.as_ref(), languages)?;
    Some(notice.into_iter().zip(rights).map(|(own, rights)| Localized { text: format!("{} {}", own.text, rights.text), language: own.language }).collect())
}

fn seconds(ms: Millis) -> Option<u32> {
    u32::try_from(ms.0 / 1_000).ok()
}

fn days(ms: Millis) -> Option<u32> {
    u32::try_from(ms.0 / 86_400_000).ok()
}
