//! From TOML to the authored model: uses, tiers, rules, durations and lengths.

use super::code::Code;
use super::model::{Law, Millis, ParkedStanding, RuleEntry, Tier, Use};
use super::parse::{ACCESSES, GROUNDS, named, need_texts};
use super::reader::{Decimal, Section, quoted};
use super::report::{Faults, Place, Placed};
use super::rules;
use super::terms;
use consent_core::catalog::{EachTime, LawfulUse};
use consent_core::{Assurance, Benefit, Condition};
use consent_protocol::catalog::Beneficiary;

pub(crate) const USE: &[&str] = &[
    "id",
    "revision",
    "recipient",
    "purpose",
    "access",
    "ground",
    "law",
    "condition",
    "assurance_active",
    "assurance_give",
    "parked",
    "each_time",
    "benefit",
    "reason",
    "signals",
    "deliver",
    "age_max",
    "retention",
    "consent",
    "automated_decision",
    "linked",
    "headline",
    "plain",
    "notice",
    "tier",
];
const LAW: &[&str] = &["act", "article", "table"];
const BENEFIT: &[&str] = &["about", "for", "text"];
const DELIVER: &[&str] = &["within", "records_max"];
const TIER: &[&str] = &["reveals", "rules"];

/// The keys of all tables inside a use.
#[cfg(test)]
pub(crate) const ALL_KEYS: &[&[&str]] = &[USE, LAW, BENEFIT, DELIVER, TIER, rules::KEYS];

pub(crate) const CONDITIONS: &[(&str, Condition)] =
    &[("always", Condition::Always), ("parked", Condition::Parked), ("theft_declared", Condition::TheftDeclared), ("call", Condition::Call)];
const ASSURANCES: &[(&str, Assurance)] = &[("none", Assurance::None), ("low", Assurance::Low), ("high", Assurance::High)];
const PARKED: &[(&str, ParkedStanding)] = &[("nobody", ParkedStanding::Nobody), ("last_driver", ParkedStanding::LastDriver)];
const EACH_TIMES: &[(&str, EachTime)] = &[("before_trip", EachTime::BeforeTrip), ("review", EachTime::Review)];
const BENEFITS: &[(&str, Benefit)] = &[
    ("safety", Benefit::Safety),
    ("time", Benefit::Time),
    ("cost", Benefit::Cost),
    ("comfort", Benefit::Comfort),
    ("environment", Benefit::Environment),
    ("public_good", Benefit::PublicGood),
];
const BENEFICIARIES: &[(&str, Beneficiary)] = &[("you", Beneficiary::You), ("everyone", Beneficiary::Everyone), ("recipient", Beneficiary::Recipient)];
const DURATIONS: &[(&str, u64)] = &[("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
pub(super) const LENGTHS: &[(&str, u64)] = &[("km", 1_000), ("m", 1)];
/// Words with which people write that something never ends.
const ENDLESS: &[&str] = &["endless", "forever", "unlimited", "infinite", "never", "always", "permanent", "until revoked", "unbegrenzt"];

/// Reads a use.
pub(crate) fn read_use(section: Section<'_>, faults: &mut Faults) -> Use {
    let id = section.need_text("id", faults);
    let section = named(section, "use", id.as_ref());
    let benefit = section.section("benefit", BENEFIT, faults);
    let deliver = section.section("deliver", DELIVER, faults);
    if deliver.is_none() && !section.has("deliver") {
        section.missing("deliver", "a table { within = \"30s\", records_max = 512 }", faults);
    }
    let automated_decision = section.flag("automated_decision", faults);
    if !section.has("automated_decision") {
        section.missing("automated_decision", "true or false: does a machine decide about people with it", faults);
    }
    Use {
        place: section.place.clone(),
        revision: section.need_number("revision", 1..=i64::from(u32::MAX), Code::Revision, faults),
        recipient: section.need_text("recipient", faults),
        purpose: section.need_text("purpose", faults),
        access: section.need_choice("access", ACCESSES, faults),
        ground: section.need_choice("ground", GROUNDS, faults),
        law: section.section("law", LAW, faults).map(|law| read_law(&law, faults)),
        condition: section.choice("condition", CONDITIONS, faults),
        assurance_active: section.choice("assurance_active", ASSURANCES, faults),
        assurance_give: section.choice("assurance_give", ASSURANCES, faults),
        parked: section.choice("parked", PARKED, faults),
        each_time: section.choice("each_time", EACH_TIMES, faults),
        benefit: benefit.as_ref().and_then(|benefit| benefit.need_choice("about", BENEFITS, faults)),
        beneficiary: benefit.as_ref().and_then(|benefit| benefit.need_choice("for", BENEFICIARIES, faults)),
        benefit_text: benefit.as_ref().and_then(|benefit| need_texts(benefit, "text", faults)),
        reason: section.texts("reason", faults),
        signals: need_list(&section, "signals", faults),
        within: deliver.as_ref().and_then(|deliver| duration(deliver, "within", Need::Yes, faults)),
        records_max: deliver.as_ref().and_then(|deliver| deliver.need_number("records_max", 1..=4_096, Code::Deliver, faults)),
        age_max: duration(&section, "age_max", Need::No, faults),
        retention: duration(&section, "retention", Need::Yes, faults),
        consent: duration(&section, "consent", Need::No, faults),
        automated_decision,
        linked: section.flag("linked", faults).is_some_and(|flag| flag.value),
        headline: need_texts(&section, "headline", faults),
        plain: need_texts(&section, "plain", faults),
        notice: need_texts(&section, "notice", faults),
        tiers: section.sections("tier", TIER, faults).into_iter().map(|tier| read_tier(&tier, faults)).collect(),
        id,
    }
}

fn need_list(section: &Section<'_>, key: &str, faults: &mut Faults) -> Vec<Placed<String>> {
    if !section.has(key) {
        section.missing(key, "a path, a pattern, or a list of them", faults);
    }
    section.list(key, faults)
}

fn read_law(law: &Section<'_>, faults: &mut Faults) -> Law {
    let words: Vec<(&str, LawfulUse)> = terms::LAWS.iter().map(|entry| (entry.word, entry.table)).collect();
    let table = law.text("table", faults).and_then(|word| {
        let hit = words.iter().find(|(name, _)| *name == word.value).map(|(_, table)| *table);
        if hit.is_none() {
            let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
            faults.add(Code::LawTable, &word.place, format!("one of {}", names.join(", ")), quoted(&word.value));
        }
        Some(Placed { value: hit?, place: word.place })
    });
    if !law.has("table") {
        faults.add(Code::LawTable, &law.place.inside("table"), "obfcm or attack_monitoring", "nothing");
    }
    Law { place: law.place.clone(), act: law.text("act", faults), article: law.text("article", faults), table }
}

fn read_tier(tier: &Section<'_>, faults: &mut Faults) -> Tier {
    if !tier.has("rules") {
        tier.missing("rules", "a list of rules, as [{ signals = \"Vehicle.Speed\", round = 10, every = \"10s\" }]", faults);
    }
    let rules = tier.sections("rules", rules::KEYS, faults).into_iter().map(|rule| read_rule(&rule, faults)).collect();
    Tier { place: tier.place.clone(), reveals: need_texts(tier, "reveals", faults), rules }
}

fn read_rule(rule: &Section<'_>, faults: &mut Faults) -> RuleEntry {
    RuleEntry { unit: rule.text("unit", faults), signals: need_list(rule, "signals", faults), effect: rules::read(rule, faults) }
}

/// Whether a key must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Yes,
    No,
}

pub(super) fn duration(section: &Section<'_>, key: &str, need: Need, faults: &mut Faults) -> Option<Placed<Millis>> {
    let ms = quantity(section, key, DURATIONS, "a duration that ends, as \"90d\"; units ms, s, min, h, d", need, faults)?;
    Some(Placed { value: Millis(ms.value), place: ms.place })
}

/// A whole number with its unit.
pub(super) fn quantity(section: &Section<'_>, key: &str, units: &[(&str, u64)], expected: &str, need: Need, faults: &mut Faults) -> Option<Placed<u64>> {
    if need == Need::Yes && !section.has(key) {
        section.missing(key, expected, faults);
    }
    let text = section.text(key, faults)?;
    let word = text.value.trim();
    let value = parse_quantity(word, units);
    if value.is_none() {
        let code = if ENDLESS.contains(&word.to_lowercase().as_str()) { Code::Endless } else { Code::OutOfRange };
        faults.add(code, &text.place, expected, quoted(word));
    }
    Some(Placed { value: value?, place: Place { key: text.place.key, at: text.place.at } })
}

fn parse_quantity(word: &str, units: &[(&str, u64)]) -> Option<u64> {
    let split = word.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = word.split_at_checked(split)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit.trim())?;
    number.parse::<u64>().ok()?.checked_mul(*factor).filter(|value| *value <= u64::from(u32::MAX) * 100)
}

impl Decimal {
    /// As a number, for messages and comparisons.
    pub(crate) fn value(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_lengths_carry_their_unit() {
        assert_eq!(parse_quantity("90d", DURATIONS), Some(7_776_000_000));
        assert_eq!(parse_quantity("5 min", DURATIONS), Some(300_000));
        assert_eq!(parse_quantity("2km", LENGTHS), Some(2_000));
        for bad in ["90", "d", "-1d", "1y", "99999999999999999999d"] {
            assert_eq!(parse_quantity(bad, DURATIONS), None, "{bad}");
        }
    }
}
