//! A small catalog, a status and a gatekeeper that answers with what a test gave it.

use crate::ctx::{Ctx, Theme};
use crate::port::{Answer, Port};
use crate::words::{Language, Words};
use consent_core::{Access, CategoryKind, CategorySet, Ground, Rule};
use consent_gatekeeper::control::{Peer, Request, Response};
use consent_gatekeeper::show::{CatalogShown, Passed, PassedRow, PassedWindow, Revealed, WindowName};
use consent_gatekeeper::status::{PersonStatus, Status, UseStatus};
pub(crate) use consent_protocol::catalog::example::texts;
use consent_protocol::catalog::*;
use std::sync::Arc;

/// 2025-11-24 12:00 UTC.
pub(crate) const T0_MS: i64 = 1_763_985_600_000;

/// Answers what was counted, and refuses everything else.
pub(crate) struct Fixed(pub(crate) Option<Passed>);

impl Port for Fixed {
    fn ask(&self, _peer: Peer, request: Request) -> Answer {
        let passed = self.0.clone().filter(|_| request == Request::Passed);
        let response = passed.map_or_else(
            || Response::Refused { error: "not in this test".to_owned() },
            |passed| Response::Data { data: serde_json::to_value(passed).unwrap() },
        );
        Box::pin(async move { response })
    }

    fn now_ms(&self) -> i64 {
        T0_MS
    }
}

fn recipient(id: &str) -> Recipient {
    Recipient { name: texts(&format!("The {id}")), outside: id != "maker", ..example::recipient(id, RecipientRole::Controller) }
}

pub(crate) fn category(id: &str, kind: CategoryKind) -> Category {
    let location = id.starts_with("location");
    Category { id: id.to_owned(), iri: format!("pd:{id}"), kind, guarded: location, location, name: texts(&format!("About {id}")) }
}

fn used(at: usize, recipient: u8) -> Use {
    let tier = |words: &str| TierDef { reveals: texts(words), rules: vec![SignalRule { signal: 0, rule: Rule::Drop }] };
    let used = example::used(&format!("use-{at}"), recipient, &[0], vec![tier("roughly"), tier("closely")]);
    let words = UseTexts { headline: texts(&format!("Headline {at}")), plain: texts("Plain words"), benefit: texts("You save time"), notice: texts("Notice") };
    Use { texts: words, ..used }
}

/// Uses that go round the recipients `club`, `maker` and `shop`, in that order of the catalog; one location category, one of
/// driving, one of the vehicle.
pub(crate) fn catalog(uses: usize) -> CompiledCatalog {
    let signal =
        |path: &str, bit: u8| Signal { path: path.to_owned(), datatype: Datatype::Float, unit: String::new(), categories: CategorySet::single(bit), fix: None };
    CompiledCatalog {
        format: FORMAT,
        version: 7,
        environment: Environment::Demo,
        country: "DE".to_owned(),
        model_line: "test".to_owned(),
        deployment: Deployment::Private,
        consent_age_years: 16,
        languages: vec!["en".to_owned(), "de".to_owned()],
        vss_version: "5.0".to_owned(),
        gate: GateListing {
            access: Access::Transmission,
            ground: Ground::LegitimateInterest,
            fields: vec!["counts".to_owned()],
            headline: texts("Running the gate"),
            plain: texts("What the gate sends itself"),
        },
        categories: vec![category("energy", CategoryKind::Vehicle), category("driving", CategoryKind::Driver), category("location", CategoryKind::Driver)],
        recipients: vec![recipient("club"), recipient("maker"), recipient("shop")],
        signals: vec![signal("Vehicle.A", 0), signal("Vehicle.B", 2)],
        uses: (0..uses).map(|at| used(at, u8::try_from(at % 3).unwrap())).collect(),
    }
}

/// A parked car with `ada` at the wheel, and every use of the catalog live.
pub(crate) fn status(catalog: &CompiledCatalog) -> Status {
    let live = |used: &Use| UseStatus { id: used.id.clone(), activity: "live".to_owned(), ..UseStatus::default() };
    Status {
        version: 1,
        catalog_version: catalog.version,
        driving: "parked".to_owned(),
        clock_trusted: true,
        store_ok: true,
        people: vec![PersonStatus { person: Some("ada".to_owned()), role: "driver".to_owned(), assurance: "high".to_owned() }],
        uses: catalog.uses.iter().map(live).collect(),
        ..Status::default()
    }
}

/// A row of what left.
pub(crate) fn row(use_id: &str, category: &str, revealed: Revealed, times: u64) -> PassedRow {
    let (first_ms, last_ms) = (T0_MS - 60_000, T0_MS - 1_000);
    PassedRow { use_id: use_id.to_owned(), category: category.to_owned(), tier: 1, revealed, times, batches: 2, first_ms, last_ms }
}

/// The same rows in each window.
pub(crate) fn passed(rows: &[PassedRow]) -> Passed {
    let window = |window: WindowName| PassedWindow { window, since_ms: T0_MS - 3_600_000, rows: rows.to_vec() };
    let last_left_ms = rows.iter().map(|row| row.last_ms).max();
    Passed { version: 1, at_ms: T0_MS, windows: [WindowName::Trip, WindowName::Day, WindowName::Week].map(window).to_vec(), last_left_ms }
}

/// A page's context.
pub(crate) fn ctx(catalog: CompiledCatalog, status: Status, passed: Option<Passed>) -> Ctx {
    Ctx {
        port: Arc::new(Fixed(passed)),
        words: Words::new(Language::En),
        theme: Theme::Auto,
        status,
        catalog: Some(Arc::new(CatalogShown { version: 1, digest: String::new(), catalog })),
        name: "Ada".to_owned(),
        languages: vec!["en".to_owned()],
        flash: None,
        path: "/".to_owned(),
    }
}

/// What follows the first place where this stands.
pub(crate) fn after<'a>(text: &'a str, what: &str) -> &'a str {
    text.split_once(what).unwrap_or_else(|| panic!("no `{what}` in {text}")).1
}

/// What stands before the first place where this stands.
pub(crate) fn before<'a>(text: &'a str, what: &str) -> &'a str {
    text.split_once(what).unwrap_or_else(|| panic!("no `{what}` in {text}")).0
}
