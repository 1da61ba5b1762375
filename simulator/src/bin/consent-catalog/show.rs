//! One use as the person sees it: the facts that a request always shows, in its order.

use crate::Outcome;
use crate::args::ShowArgs;
use crate::{files, out};
use anyhow::{Context, Result, bail};
use consent_core::Ground;
use consent_protocol::catalog::GateListing;
use consent_protocol::catalog::{Beneficiary, CompiledCatalog, Localized, Recipient, Use, text_in};
use consent_simulator::catalog::Loaded;
use serde_json::json;

/// The screen's own words in the languages that it speaks.
struct Words {
    from_maker: &'static str,
    outside: &'static str,
    what: &'static str,
    why: &'static str,
    good: &'static str,
    by_law: &'static str,
    kept: &'static str,
    lasts: &'static str,
    days: &'static str,
    works_in: &'static str,
    tiers: &'static str,
    contact: &'static str,
    authority: &'static str,
    stop: &'static str,
    stop_where: &'static str,
    no_stop: &'static str,
    for_whom: [&'static str; 3],
}

const ENGLISH: Words = Words {
    from_maker: "the maker itself",
    outside: "outside the maker",
    what: "What",
    why: "In full",
    good: "Good for",
    by_law: "Why by law",
    kept: "Kept",
    lasts: "Your yes lasts at most",
    days: "days",
    works_in: "Works in",
    tiers: "How exactly",
    contact: "Ask",
    authority: "Complain to",
    stop: "Stop",
    stop_where: "here, at any time, with one touch",
    no_stop: "not possible: the law demands it",
    for_whom: ["you", "everyone", "the recipient"],
};

const GERMAN: Words = Words {
    from_maker: "der Hersteller selbst",
    outside: "außerhalb des Herstellers",
    what: "Was",
    why: "Ganz genau",
    good: "Gut für",
    by_law: "Warum nach dem Gesetz",
    kept: "Aufbewahrt",
    lasts: "Ihr Ja gilt höchstens",
    days: "Tage",
    works_in: "Arbeitet in",
    tiers: "Wie genau",
    contact: "Fragen an",
    authority: "Beschwerde bei",
    stop: "Beenden",
    stop_where: "hier, jederzeit, mit einer Berührung",
    no_stop: "nicht möglich: das Gesetz verlangt es",
    for_whom: ["Sie", "alle", "den Empfänger"],
};

/// Shows a use, or lists all.
pub(crate) fn run(args: &ShowArgs) -> Result<Outcome> {
    let loaded = files::any(&args.file, &args.vss)?;
    let catalog = &loaded.compiled;
    let language = match &args.language {
        Some(language) if !catalog.languages.contains(language) => {
            bail!("expected one of the catalog's languages {}, found {language:?}", catalog.languages.join(", "))
        }
        Some(language) => language.clone(),
        None => catalog.languages.first().context("catalog without a language")?.clone(),
    };
    match &args.use_id {
        Some(id) => one(&loaded, id, &language, args)?,
        None => all(&loaded, &language, args)?,
    }
    Ok(Outcome::Well)
}

fn in_language<'a>(texts: &'a [Localized], language: &str) -> &'a str {
    text_in(texts, language).unwrap_or_default()
}

fn all(loaded: &Loaded, language: &str, args: &ShowArgs) -> Result<()> {
    let catalog = &loaded.compiled;
    let rows = catalog.uses.iter().map(|used| (used.id.as_str(), in_language(&used.texts.headline, language), recipient_name(catalog, used, language)));
    if args.json {
        let uses: Vec<_> = rows.map(|(id, headline, recipient)| json!({"id": id, "headline": headline, "recipient": recipient})).collect();
        return out::json(&json!({"schema": "consent-catalog/list/1", "language": language, "uses": uses, "gate": loaded.compiled.gate}));
    }
    for (id, headline, recipient) in rows {
        out::line(format!("{id:<20} {headline} — {recipient}"))?;
    }
    let gate = &loaded.compiled.gate;
    out::line(format!("{:<20} {} — {}", "gate", in_language(&gate.headline, language), gate.fields.join(", ")))
}

fn recipient_name<'a>(catalog: &'a CompiledCatalog, used: &Use, language: &str) -> &'a str {
    catalog.recipients.get(usize::from(used.recipient)).map_or("", |recipient| in_language(&recipient.name, language))
}

fn one(loaded: &Loaded, id: &str, language: &str, args: &ShowArgs) -> Result<()> {
    if id == "gate" {
        return show_gate(&loaded.compiled.gate, language, args);
    }
    let catalog = &loaded.compiled;
    let used = catalog.uses.iter().find(|used| used.id == id);
    let Some(used) = used else {
        let ids: Vec<&str> = catalog.uses.iter().map(|used| used.id.as_str()).collect();
        bail!("expected the id of a use ({}), found {id:?}", ids.join(", "));
    };
    let recipient = catalog.recipients.get(usize::from(used.recipient)).context("use without a recipient")?;
    if args.json {
        return out::json(&json!({"schema": "consent-catalog/show/1", "language": language, "use": used, "recipient": recipient}));
    }
    screen(used, recipient, language)
}

fn show_gate(gate: &GateListing, language: &str, args: &ShowArgs) -> Result<()> {
    if args.json {
        return out::json(&json!({"schema": "consent-catalog/show/1", "language": language, "gate": gate}));
    }
    out::line(in_language(&gate.headline, language))?;
    out::line(format!("  {}", in_language(&gate.plain, language)))?;
    out::line(format!("  {}", gate.fields.join(", ")))
}

fn screen(used: &Use, recipient: &Recipient, language: &str) -> Result<()> {
    let words = if language.starts_with("de") { &GERMAN } else { &ENGLISH };
    let text = |texts: &'_ [Localized]| in_language(texts, language).to_owned();
    let row = |label: &str, value: String| out::line(format!("  {:<24} {value}", format!("{label}:")));
    out::line(text(&used.texts.headline))?;
    let marked = if recipient.outside { words.outside } else { words.from_maker };
    out::line(format!("  {} ({marked})\n", text(&recipient.name)))?;
    row(words.what, text(&used.texts.plain))?;
    match &used.law {
        Some(law) => row(words.by_law, format!("{} ({}, {})", text(&used.texts.benefit), law.act, law.article))?,
        None => row(&format!("{} {}", words.good, beneficiary(used, words)), text(&used.texts.benefit))?,
    }
    for (tier, number) in used.tiers.iter().zip(1..) {
        row(&format!("{} {number}", words.tiers), text(&tier.reveals))?;
    }
    row(words.kept, format!("{} {}", used.retention_days, words.days))?;
    if used.ground == Ground::Consent {
        row(words.lasts, format!("{} {}", used.consent_days_max, words.days))?;
    }
    let stoppable = used.law.as_ref().is_none_or(|law| law.may_refuse);
    row(words.stop, if stoppable { words.stop_where } else { words.no_stop }.to_owned())?;
    let safeguard = if recipient.safeguard.is_empty() { String::new() } else { format!(" ({})", recipient.safeguard) };
    row(words.works_in, format!("{}{safeguard}", recipient.countries.join(", ")))?;
    row(words.contact, recipient.contact.clone())?;
    row(words.authority, recipient.authority.clone())?;
    row(words.why, text(&used.texts.notice))
}

fn beneficiary(used: &Use, words: &Words) -> &'static str {
    let [you, everyone, recipient] = words.for_whom;
    match used.beneficiary {
        Beneficiary::You => you,
        Beneficiary::Everyone => everyone,
        Beneficiary::Recipient => recipient,
    }
}
