//! One request as JSON: all that must stand before a person who is asked (R30), with the terms that a plain yes accepts.

use crate::book::{Book, days_offered, language_of, rests_on_consent};
use crate::change::Moment;
use crate::show::Asking;
use crate::store::RequestRow;
use crate::words::{date, text_or_first};
use consent_protocol::catalog::{CompiledCatalog, Use};
use consent_protocol::ledger::Cadence;
use serde_json::{Value, json};

/// `None` if use or language are no more.
pub(super) fn request(row: &RequestRow, book: &Book, moment: &Moment<'_>) -> Option<Value> {
    let catalog = &moment.in_force.catalog;
    let used = catalog.uses.get(catalog.use_index(&row.use_id)?).filter(|used| rests_on_consent(used))?;
    let profile = book.person(&row.person)?;
    let language = language_of(catalog, used, &profile.languages)?;
    let texts = &used.texts;
    Some(json!({
        "id": row.id,
        "screen": row.screen,
        "cause": row.cause,
        "person": row.person,
        "use": used.id,
        "language": language,
        "headline": text_or_first(&texts.headline, language),
        "recipient": recipient(catalog, used, language)?,
        "outside": catalog.recipients.get(usize::from(used.recipient))?.outside,
        "what": text_or_first(&texts.plain, language),
        "purpose": used.purpose,
        "benefit": { "text": text_or_first(&texts.benefit, language), "kind": used.benefit, "beneficiary": used.beneficiary },
        "retention_days": used.retention_days,
        "automated_decision": used.automated_decision,
        "notice": text_or_first(&texts.notice, language),
        "terms": terms(catalog, used, language, moment.now.wall_ms),
        "offered": { "cadence": offered(profile.asking, used) },
        "tiers": used.tiers.iter().map(|tier| text_or_first(&tier.reveals, language)).collect::<Vec<_>>(),
        "each_time": used.each_time,
        "assurance_needed": used.assurance_give,
        "answers": ["allow", "decline", "defer", "never"],
    }))
}

/// The cadence that stands first among the choices. It differs by how the person wants to be asked; what is printed does not (R44).
fn offered(asking: Option<Asking>, used: &Use) -> Cadence {
    match asking {
        Some(Asking::ControlFirst) if used.each_time.is_some() => Cadence::EachTime,
        Some(Asking::WhoFirst | Asking::BenefitFirst | Asking::ControlFirst | Asking::Balanced | Asking::TrustFirst) | None => Cadence::Until,
    }
}

fn recipient(catalog: &CompiledCatalog, used: &Use, language: &str) -> Option<Value> {
    let recipient = catalog.recipients.get(usize::from(used.recipient))?;
    Some(json!({
        "id": recipient.id,
        "name": text_or_first(&recipient.name, language),
        "role": recipient.role,
        "contact": recipient.contact,
        "countries": recipient.countries,
        "safeguard": recipient.safeguard,
        "authority": recipient.authority,
    }))
}

/// What a plain yes accepts: the coarsest tier, all categories, until a date.
fn terms(catalog: &CompiledCatalog, used: &Use, language: &str, wall_ms: i64) -> Value {
    let days = days_offered(used);
    let categories = crate::book::categories_of(used, catalog);
    let named = catalog.categories.iter().filter(|category| categories.contains(&category.id));
    let named = named.map(|category| json!({ "id": category.id, "name": text_or_first(&category.name, language) }));
    json!({
        "tier": 0,
        "reveals": used.tiers.first().map(|tier| text_or_first(&tier.reveals, language)),
        "categories": named.collect::<Vec<_>>(),
        "days": days,
        "until": date(wall_ms.saturating_add(i64::from(days).saturating_mul(86_400_000))),
        "cadence": "until",
    })
}
