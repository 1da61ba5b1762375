//! Parts of a small catalog for tests, here and in other crates: what differs there is said there (`..used(…)`), so that a new
//! field of a use is added in one place. The vectors and the receiver's catalog pin bytes of their own.

use super::{
    Beneficiary, Category, CompiledCatalog, Datatype, Deployment, Environment, FORMAT, FixPart, GateListing, Law, Localized, Recipient, RecipientRole, Signal,
    SignalRule, Texts, TierDef, Use, UseTexts,
};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use consent_core::catalog::LawfulUse;
use consent_core::{Access, Assurance, Benefit, CategoryKind, CategorySet, Condition, Ground, Rule};
use consent_core::{Aggregate, Step};

/// Words in English and German, told apart.
pub fn texts(words: &str) -> Texts {
    ["en", "de"].map(|language| Localized { language: language.into(), text: alloc::format!("{words} ({language})") }).into()
}

fn category(id: &str, kind: CategoryKind) -> Category {
    let location = id == "location";
    Category { id: id.into(), iri: alloc::format!("https://w3id.org/dpv/pd#{id}"), kind, guarded: location, location, name: texts(id) }
}

/// A recipient with all that R30 asks for; a third party is outside.
pub fn recipient(id: &str, role: RecipientRole) -> Recipient {
    Recipient {
        id: id.into(),
        name: texts(id),
        role,
        outside: role == RecipientRole::ThirdParty,
        deployer: false,
        countries: vec!["DE".into()],
        safeguard: String::new(),
        contact: alloc::format!("privacy@{id}.example"),
        authority: "BfDI".into(),
        systems: vec!["store".into()],
        ack_key: [9; 32],
    }
}

fn signal(path: &str, unit: &str, category: u8, fix: Option<FixPart>) -> Signal {
    Signal { path: path.into(), datatype: Datatype::Float, unit: unit.into(), categories: CategorySet::single(category), fix }
}

fn tier(reveals: &str, rules: &[(u16, Rule)]) -> TierDef {
    TierDef { reveals: texts(reveals), rules: rules.iter().map(|(signal, rule)| SignalRule { signal: *signal, rule: *rule }).collect() }
}

/// A use by consent, without a time or a condition of its own.
pub fn used(id: &str, recipient: u8, signals: &[u16], tiers: Vec<TierDef>) -> Use {
    Use {
        id: id.into(),
        revision: 1,
        recipient,
        purpose: "https://w3id.org/dpv#ImproveTransportMobility".into(),
        access: Access::Consent,
        ground: Ground::Consent,
        law: None,
        condition: Condition::Always,
        assurance_active: Assurance::Low,
        assurance_give: Assurance::High,
        parked_last_driver: false,
        each_time: None,
        benefit: Benefit::Time,
        beneficiary: Beneficiary::You,
        signals: signals.into(),
        patterns: vec!["Vehicle.Speed".into()],
        tiers,
        within_s: 60,
        records_max: 1_000,
        age_max_s: 1_209_600,
        retention_days: 30,
        consent_days_max: 365,
        automated_decision: false,
        linked: false,
        texts: UseTexts { headline: texts(&alloc::format!("Headline {id}")), plain: texts("Plain"), benefit: texts("You save time"), notice: texts("Notice") },
    }
}

/// Three uses of two recipients over five signals.
pub fn catalog() -> CompiledCatalog {
    let step = Step { mantissa: 5, exponent: 0 };
    let grid = Rule::Grid { cell_m: 2_000, raster_ms: 60_000 };
    let mean = Rule::Window { period_ms: 60_000, aggregate: Aggregate::Mean, step, threshold_steps: 0 };
    let traffic = vec![tier("where you were, to 2 km", &[(0, grid), (4, mean)]), tier("your way", &[(0, Rule::AsIs), (1, Rule::AsIs), (4, Rule::AsIs)])];
    let repair = vec![tier("how warm the engine was", &[(3, Rule::Round { step, period_ms: 0 }), (4, Rule::Drop)])];
    let law = Law { act: "Regulation (EU) 2021/392".into(), article: "9".into(), table: LawfulUse::Obfcm, may_refuse: true };
    let fuel = Use {
        access: Access::Law,
        ground: Ground::LegalObligation,
        law: Some(law),
        ..used("fuel", 0, &[2], vec![tier("fuel used", &[(2, Rule::RateCap { period_ms: 1_000 })])])
    };
    CompiledCatalog {
        format: FORMAT,
        version: 3,
        environment: Environment::Demo,
        country: "DE".into(),
        model_line: "line-1".into(),
        deployment: Deployment::Private,
        consent_age_years: 16,
        languages: vec!["en".into(), "de".into()],
        vss_version: "4.0".into(),
        gate: GateListing { access: Access::Transmission, ground: Ground::LegitimateInterest, fields: Vec::new(), headline: Vec::new(), plain: Vec::new() },
        categories: vec![category("location", CategoryKind::Driver), category("driving", CategoryKind::Driver), category("technical", CategoryKind::Vehicle)],
        recipients: vec![recipient("oem", RecipientRole::Controller), recipient("traffic-co", RecipientRole::ThirdParty)],
        signals: vec![
            signal("Vehicle.CurrentLocation.Latitude", "degrees", 0, Some(FixPart::Latitude)),
            signal("Vehicle.CurrentLocation.Longitude", "degrees", 0, Some(FixPart::Longitude)),
            signal("Vehicle.Obfcm.TotalFuelConsumed", "l", 2, None),
            signal("Vehicle.Powertrain.CombustionEngine.ECT", "celsius", 2, None),
            signal("Vehicle.Speed", "km/h", 1, None),
        ],
        uses: vec![used("traffic", 1, &[0, 1, 4], traffic), used("repair", 0, &[3, 4], repair), fuel],
    }
}
