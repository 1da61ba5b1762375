//! Worlds to compare the gate and the oracle on, and their translation into the gate's own tables.

use consent_core::catalog::LawfulUse;
use consent_core::limits::CONSENT_MS_MAX;
use consent_core::*;
use consent_protocol::catalog::*;
use consent_simulator::oracle::{Aboard, Decision, World};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const NOW_MS: i64 = 1_700_000_000_000;
pub(crate) const PEOPLE: [&str; 3] = ["ann", "bob", "cyd"];
const MAX: &str = "no more than the gate holds";

/// A world in the gate's own words, translated without any code of the gate's crates.
pub(crate) struct Lowered {
    pub(crate) signals: Vec<SignalDef>,
    pub(crate) categories: Vec<CategoryDef>,
    uses: Vec<UseDef>,
    classes: Vec<CategorySet>,
    pub(crate) standings: Standings,
    pub(crate) context: Context,
}

impl Lowered {
    pub(crate) fn view(&self) -> Catalog<'_> {
        Catalog { signals: &self.signals, uses: &self.uses, categories: &self.categories, classes: &self.classes, rules: &[] }
    }
}

pub(crate) fn lower(world: &World<'_>) -> Lowered {
    let catalog = world.catalog;
    let categories = catalog.categories.iter().map(|category| CategoryDef { kind: category.kind, guarded: category.guarded }).collect();
    let mut classes: Vec<CategorySet> = catalog.signals.iter().map(|signal| signal.categories).collect();
    classes.sort_unstable_by_key(|class| class.0);
    classes.dedup();
    let signals = (0_u16..).zip(&catalog.signals).map(|(index, signal)| SignalDef {
        categories: signal.categories,
        class: position(classes.iter().position(|class| *class == signal.categories)),
        covered_by: catalog
            .uses
            .iter()
            .enumerate()
            .filter(|(_, used)| used.signals.contains(&index))
            .fold(UseSet::EMPTY, |set, (ix, _)| UseSet(set.0 | 1 << ix)),
    });
    let uses = catalog.uses.iter().map(|used| UseDef {
        access: used.access,
        ground: used.ground,
        law: used.law.as_ref().map(|law| law.table),
        may_refuse: used.law.as_ref().is_some_and(|law| law.may_refuse),
        condition: used.condition,
        assurance_active: used.assurance_active,
        parked_last_driver: used.parked_last_driver,
        categories: used.signals.iter().fold(CategorySet::EMPTY, |all, signal| all.or(catalog.signals[usize::from(*signal)].categories)),
        tiers: u8::try_from(used.tiers.len()).expect(MAX),
        rules_from: 0,
        rules_len: 0,
    });
    Lowered { signals: signals.collect(), categories, uses: uses.collect(), classes, standings: standings(world), context: context(world) }
}

fn position(found: Option<usize>) -> u8 {
    u8::try_from(found.expect("a name that the world knows")).expect(MAX)
}

fn person(name: &str) -> PersonIx {
    PersonIx(position(PEOPLE.iter().position(|known| *known == name)))
}

fn use_set(world: &World<'_>, ids: &BTreeSet<String>) -> UseSet {
    world.catalog.uses.iter().enumerate().filter(|(_, used)| ids.contains(&used.id)).fold(UseSet::EMPTY, |set, (ix, _)| UseSet(set.0 | 1 << ix))
}

fn category_set(catalog: &CompiledCatalog, ids: &BTreeSet<String>) -> CategorySet {
    catalog
        .categories
        .iter()
        .enumerate()
        .filter(|(_, category)| ids.contains(&category.id))
        .fold(CategorySet::EMPTY, |set, (bit, _)| CategorySet(set.0 | 1 << bit))
}

fn standings(world: &World<'_>) -> Standings {
    let mut standings = Standings::default();
    for ((name, use_id), decision) in &world.decisions {
        let use_ix = UseIx(position(world.catalog.uses.iter().position(|used| used.id == *use_id)));
        let standing = Standing {
            status: decision.status,
            categories: category_set(world.catalog, &decision.categories),
            tier: Tier(decision.tier),
            from_ms: decision.from_ms,
            until_ms: decision.until_ms,
        };
        standings.set(person(name), use_ix, standing);
    }
    standings
}

fn context(world: &World<'_>) -> Context {
    let present =
        |aboard: &Aboard| Present { person: aboard.person.as_deref().map(person), role: aboard.role, assurance: aboard.assurance, minor: aboard.minor };
    Context {
        present: world.aboard.iter().map(present).collect(),
        occupancy: world.occupancy,
        last_driver: world.last_driver.as_deref().map(person),
        driving: world.driving,
        stopped_by_occupant: world.stopped_by_occupant,
        pauses: Pauses { all: world.paused_all, uses: use_set(world, &world.paused_uses), categories: category_set(world.catalog, &world.paused_categories) },
        shown: use_set(world, &world.shown),
        calls: use_set(world, &world.calls),
        theft: world.theft,
        no_key: use_set(world, &world.no_key),
        store_failed: world.store_failed,
        clock: world.clock,
        wall_ms: world.wall_ms,
    }
}

fn category(id: &str, CategoryDef { kind, guarded }: CategoryDef) -> Category {
    Category { id: id.into(), iri: format!("https://w3id.org/dpv/pd#{id}"), kind, guarded, location: id == "place", name: Vec::new() }
}

fn signal(path: &str, categories: u32) -> Signal {
    Signal { path: path.into(), datatype: Datatype::Float, unit: String::new(), categories: CategorySet(categories), fix: None }
}

fn used(id: &str, access: Access, ground: Ground, signals: &[u16]) -> Use {
    Use {
        id: id.into(),
        revision: 1,
        recipient: 0,
        purpose: String::new(),
        access,
        ground,
        law: None,
        condition: Condition::Always,
        assurance_active: Assurance::Low,
        assurance_give: Assurance::High,
        parked_last_driver: false,
        each_time: None,
        benefit: Benefit::Time,
        beneficiary: Beneficiary::You,
        signals: signals.into(),
        patterns: Vec::new(),
        tiers: vec![TierDef { reveals: Vec::new(), rules: Vec::new() }; 3],
        within_s: 60,
        records_max: 100,
        age_max_s: 60,
        retention_days: 1,
        consent_days_max: 365,
        automated_decision: false,
        linked: false,
        texts: UseTexts { headline: Vec::new(), plain: Vec::new(), benefit: Vec::new(), notice: Vec::new() },
    }
}

fn law() -> Law {
    Law { act: "act".into(), article: "1".into(), table: LawfulUse::Obfcm, may_refuse: true }
}

fn catalog(categories: Vec<Category>, signals: Vec<Signal>, uses: Vec<Use>) -> CompiledCatalog {
    let recipient = Recipient {
        id: "oem".into(),
        name: Vec::new(),
        role: RecipientRole::Controller,
        outside: false,
        deployer: false,
        countries: Vec::new(),
        safeguard: String::new(),
        contact: String::new(),
        authority: String::new(),
        systems: Vec::new(),
        ack_key: [0; 32],
    };
    CompiledCatalog {
        format: FORMAT,
        version: 1,
        environment: Environment::Demo,
        country: "DE".into(),
        model_line: "line".into(),
        deployment: Deployment::Private,
        consent_age_years: 16,
        languages: Vec::new(),
        vss_version: "6.0".into(),
        gate: GateListing { access: Access::Transmission, ground: Ground::LegitimateInterest, fields: Vec::new(), headline: Vec::new(), plain: Vec::new() },
        categories,
        recipients: vec![recipient],
        signals,
        uses,
    }
}

/// A use of every sort on three categories, one of each kind.
pub(crate) fn small_catalog() -> CompiledCatalog {
    use Access::{Consent, RequestedService, Transmission};
    let categories = vec![
        category("car", CategoryDef { kind: CategoryKind::Vehicle, guarded: false }),
        category("place", CategoryDef { kind: CategoryKind::Driver, guarded: true }),
        category("voice", CategoryDef { kind: CategoryKind::Cabin, guarded: true }),
    ];
    let signals = vec![signal("A.Car", 1), signal("B.Place", 2), signal("C.Slope", 3), signal("D.Voice", 4)];
    let uses = vec![
        used("mixed", Consent, Ground::Consent, &[0, 2, 3]),
        Use { law: Some(law()), ..used("fuel", Access::Law, Ground::LegalObligation, &[0]) },
        used("unlisted", Access::Law, Ground::LegalObligation, &[0]),
        used("contract", Transmission, Ground::Contract, &[0, 1]),
        Use { condition: Condition::TheftDeclared, ..used("theft", Consent, Ground::LegitimateInterest, &[1]) },
        Use { condition: Condition::Call, ..used("roadside", RequestedService, Ground::Contract, &[1]) },
        Use {
            condition: Condition::Parked,
            parked_last_driver: true,
            assurance_active: Assurance::High,
            ..used("find", RequestedService, Ground::Contract, &[1])
        },
        Use { parked_last_driver: true, ..used("help", Transmission, Ground::VitalInterest, &[1]) },
    ];
    catalog(categories, signals, uses)
}

/// What a person may have decided: every status, and every way in which a yes may not work.
const DECISIONS: usize = 14;

fn decision(catalog: &CompiledCatalog, which: usize) -> Option<Decision> {
    let all: BTreeSet<String> = catalog.categories.iter().map(|category| category.id.clone()).collect();
    let given = Decision { status: Status::Given, categories: all, tier: 1, from_ms: NOW_MS - 10, until_ms: NOW_MS + 10 };
    Some(match which % DECISIONS {
        0 => return None,
        1 => given,
        2 => Decision { status: Status::GivenEachReview, tier: 0, ..given },
        3 => Decision { categories: ["car".to_owned(), "voice".to_owned()].into(), tier: 2, ..given },
        4 => Decision { from_ms: NOW_MS + 1, ..given },
        5 => Decision { until_ms: NOW_MS, ..given },
        6 => Decision { from_ms: NOW_MS - CONSENT_MS_MAX, until_ms: i64::MAX, ..given },
        7 => Decision { status: Status::Refused, ..given },
        8 => Decision { status: Status::Withdrawn, ..given },
        9 => Decision { status: Status::Expired, ..given },
        10 => Decision { status: Status::TripEnded, ..given },
        11 => Decision { status: Status::Suspended, ..given },
        12 => Decision { status: Status::Objected, ..given },
        _ => Decision { status: Status::Restricted, ..given },
    })
}

fn aboard(person: Option<&str>, role: Role, assurance: Assurance) -> Aboard {
    Aboard { person: person.map(Into::into), role, assurance, minor: false }
}

/// Who may sit in the small car, and whether that is known to be all.
fn crews() -> Vec<(Vec<Aboard>, Occupancy)> {
    use Assurance::{High, Low, None as Unsure};
    use Role::{Driver, Occupant};
    let (ann, bob) = (Some("ann"), Some("bob"));
    let young = |aboard: Aboard| Aboard { minor: true, ..aboard };
    let complete = [
        vec![],
        vec![aboard(ann, Driver, High)],
        vec![aboard(ann, Driver, Low), aboard(bob, Occupant, Low)],
        vec![aboard(None, Driver, Unsure), aboard(bob, Occupant, Low)],
        vec![young(aboard(ann, Driver, High))],
        vec![aboard(ann, Driver, High), young(aboard(bob, Occupant, High))],
        vec![aboard(ann, Driver, Unsure), aboard(bob, Occupant, High)],
        vec![aboard(bob, Driver, Low), aboard(ann, Driver, Low)],
    ];
    complete
        .into_iter()
        .map(|crew| (crew, Occupancy::Complete))
        .chain([(vec![aboard(ann, Driver, Low)], Occupancy::Unknown), (vec![], Occupancy::Unknown)])
        .collect()
}

/// All worlds of two people over the small catalog that share one kind of fault: none, clock, keys, store. What bob decided
/// varies only where he is aboard.
pub(crate) fn small_worlds(catalog: &CompiledCatalog, fault: usize) -> impl Iterator<Item = World<'_>> {
    let crews = crews();
    let choices = [DECISIONS, DECISIONS, crews.len(), 2, 2, 4, 2];
    (0..choices.iter().product()).filter_map(move |number| {
        let mut rest: usize = number;
        let [ann, bob, crew, parked, stopped, paused, act] = choices.map(|choice| {
            let chosen = rest % choice;
            rest /= choice;
            chosen
        });
        if bob > 0 && crews[crew].0.iter().all(|aboard| aboard.person.as_deref() != Some("bob")) {
            return None;
        }
        let (aboard, occupancy) = crews[crew].clone();
        let every: BTreeSet<String> = catalog.uses.iter().map(|used| used.id.clone()).collect();
        let mut decisions = BTreeMap::new();
        for (ix, used) in catalog.uses.iter().enumerate() {
            // Shifted from use to use, so that a mix-up of uses shows.
            for (name, which) in [("ann", ann + ix), ("bob", bob + 3 * ix)] {
                decisions.extend(decision(catalog, which).map(|decision| ((name.to_owned(), used.id.clone()), decision)));
            }
        }
        Some(World {
            catalog,
            decisions,
            aboard,
            occupancy,
            last_driver: (ann % 2 == 1).then(|| "ann".to_owned()),
            driving: if parked == 1 { DrivingState::Parked } else { DrivingState::Unknown },
            stopped_by_occupant: stopped == 1,
            paused_all: paused == 1,
            paused_uses: if paused == 2 { every.clone() } else { BTreeSet::new() },
            paused_categories: if paused == 3 { ["place".to_owned()].into() } else { BTreeSet::new() },
            shown: if act == 1 { every.clone() } else { BTreeSet::new() },
            calls: if act == 1 { every.clone() } else { BTreeSet::new() },
            theft: act == 1,
            no_key: if fault == 2 { every } else { BTreeSet::new() },
            store_failed: fault == 3,
            clock: if fault == 1 { ClockTrust::Untrusted } else { ClockTrust::Trusted },
            wall_ms: NOW_MS,
            since_ms: BTreeMap::new(),
        })
    })
}

/// A catalog of four uses, mostly by consent, over random categories and signals.
pub(crate) fn any_catalog() -> impl Strategy<Value = CompiledCatalog> {
    let kind = prop_oneof![Just(CategoryKind::Vehicle), Just(CategoryKind::Driver), Just(CategoryKind::Cabin)];
    let categories = prop::collection::vec((kind, any::<bool>()).prop_map(|(kind, guarded)| CategoryDef { kind, guarded }), 3..6);
    let signals = prop::collection::vec(1_u32..64, 2..7);
    let uses = prop::collection::vec((any_terms(), prop::collection::btree_set(0_u16..7, 1..5), 1_usize..9), 4);
    (categories, signals, uses).prop_map(|(kinds, sets, terms)| {
        let names = ["car", "place", "voice", "seat", "habit"];
        let categories: Vec<Category> = names.iter().zip(kinds).map(|(id, def)| category(id, def)).collect();
        let known = (1 << categories.len()) - 1;
        let signals: Vec<Signal> = sets.iter().enumerate().map(|(ix, set)| signal(&format!("V.S{ix}"), (set & known).max(1))).collect();
        let count = u16::try_from(signals.len()).expect(MAX);
        let uses = terms.into_iter().enumerate().map(|(ix, (terms, covered, tiers))| {
            let covered: BTreeSet<u16> = covered.into_iter().map(|signal| signal % count).collect();
            let tiers = vec![TierDef { reveals: Vec::new(), rules: Vec::new() }; tiers.min(8)];
            Use { id: format!("use-{ix}"), signals: covered.into_iter().collect(), tiers, ..terms }
        });
        catalog(categories, signals, uses.collect())
    })
}

fn any_terms() -> impl Strategy<Value = Use> {
    let access = prop_oneof![4 => Just(Access::Consent), 1 => Just(Access::RequestedService), 2 => Just(Access::Transmission), 2 => Just(Access::Law)];
    let ground = prop_oneof![
        4 => Just(Ground::Consent),
        1 => Just(Ground::Contract),
        2 => Just(Ground::LegalObligation),
        1 => Just(Ground::VitalInterest),
        1 => Just(Ground::LegitimateInterest)
    ];
    let law = prop::option::weighted(0.7, any::<bool>().prop_map(|may_refuse| Law { may_refuse, ..law() }));
    let condition = prop_oneof![5 => Just(Condition::Always), 1 => Just(Condition::Parked), 1 => Just(Condition::TheftDeclared), 1 => Just(Condition::Call)];
    (access, ground, law, condition, any_assurance(), any::<bool>()).prop_map(|(access, ground, law, condition, assurance_active, parked_last_driver)| Use {
        law,
        condition,
        assurance_active,
        parked_last_driver,
        ..used("", access, ground, &[])
    })
}

fn any_assurance() -> impl Strategy<Value = Assurance> {
    prop_oneof![1 => Just(Assurance::None), 4 => Just(Assurance::Low), 2 => Just(Assurance::High)]
}

/// The catalog as the protocol's tables take it: a law where one is needed and only there, no interest without a yes.
pub(crate) fn lawful(mut catalog: CompiledCatalog) -> CompiledCatalog {
    for used in &mut catalog.uses {
        if used.ground == Ground::LegitimateInterest && used.access == Access::Transmission {
            used.access = Access::RequestedService;
        }
        let by_law = used.access == Access::Law || used.ground == Ground::LegalObligation;
        used.law = by_law.then(|| used.law.clone().unwrap_or_else(law));
    }
    catalog
}

/// A world by numbers, until there is a catalog to put it on.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    decisions: Vec<(usize, usize, usize, u32, u8)>,
    aboard: Vec<Aboard>,
    last_driver: Option<usize>,
    driving: DrivingState,
    flags: [bool; 6],
    masks: [u8; 5],
}

pub(crate) fn any_world() -> impl Strategy<Value = Seed> {
    let kind = prop_oneof![3 => Just(1_usize), 2 => Just(2), 3 => 0..DECISIONS];
    let decision = (0..PEOPLE.len(), 0_usize..4, kind, 0_u32..64, 0_u8..9);
    let someone = prop_oneof![1 => Just(None), 8 => (0..PEOPLE.len()).prop_map(|who| Some(PEOPLE[who].to_owned()))];
    let sits = (someone, prop_oneof![Just(Role::Driver), Just(Role::Occupant)], any_assurance(), prop::bool::weighted(0.1));
    let sits = sits.prop_map(|(person, role, assurance, minor)| Aboard { person, role, assurance, minor });
    let driving = prop_oneof![Just(DrivingState::Unknown), Just(DrivingState::Parked), Just(DrivingState::Standing), Just(DrivingState::Driving)];
    let mask = || prop_oneof![3 => Just(0_u8), 1 => any::<u8>()];
    (
        prop::collection::vec(decision, 0..16),
        prop::collection::vec(sits, 0..4),
        prop::option::of(0..PEOPLE.len()),
        driving,
        prop::array::uniform6(prop::bool::weighted(0.15)),
        [mask(), mask(), mask(), mask(), mask()],
    )
        .prop_map(|(decisions, aboard, last_driver, driving, flags, masks)| Seed { decisions, aboard, last_driver, driving, flags, masks })
}

impl Seed {
    pub(crate) fn on<'a>(&self, catalog: &'a CompiledCatalog) -> World<'a> {
        let uses = |mask: u8| catalog.uses.iter().enumerate().filter(|(ix, _)| mask >> ix & 1 == 1).map(|(_, used)| used.id.clone()).collect();
        let categories =
            |mask: u32| catalog.categories.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1).map(|(_, category)| category.id.clone()).collect();
        let mut decisions = BTreeMap::new();
        for (who, use_ix, which, left_out, tier) in &self.decisions {
            if let Some(decision) = decision(catalog, *which) {
                // Sparse bits: most consents cover most categories.
                let decision = Decision { categories: categories(!(left_out & (left_out >> 1))), tier: *tier, ..decision };
                decisions.insert((PEOPLE[*who].to_owned(), catalog.uses[*use_ix].id.clone()), decision);
            }
        }
        let [unknown, stopped, paused, theft, store_failed, untrusted] = self.flags;
        let [paused_uses, paused_categories, shown, calls, no_key] = self.masks;
        World {
            catalog,
            decisions,
            aboard: self.aboard.clone(),
            occupancy: if unknown { Occupancy::Unknown } else { Occupancy::Complete },
            last_driver: self.last_driver.map(|who| PEOPLE[who].to_owned()),
            driving: self.driving,
            stopped_by_occupant: stopped,
            paused_all: paused,
            paused_uses: uses(paused_uses),
            paused_categories: categories(u32::from(paused_categories)),
            shown: uses(shown),
            calls: uses(calls),
            theft,
            no_key: uses(no_key),
            store_failed: store_failed && paused,
            clock: if untrusted { ClockTrust::Untrusted } else { ClockTrust::Trusted },
            wall_ms: NOW_MS,
            since_ms: BTreeMap::new(),
        }
    }
}
