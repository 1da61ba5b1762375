//! Cedar, sliced by use: one policy a use, and a call for each use that covers the signal, as a caller who knows that
//! evaluation costs by policy would ask. Cedar has no quantifier, so the one occupant of the load is named in the context.

use super::Decides;
use super::hash_strings::{category_id, category_ids, path, person_id};
use crate::load::{Load, NOW_MS};
use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicySet, Request, RestrictedExpression};
use consent_core::{CategoryKind, PersonIx, SignalId, Status};
use std::collections::{HashMap, HashSet};
use std::str::FromStr as _;

/// Policies by use, entities of signals and persons.
#[derive(Debug)]
pub struct Cedar {
    authorizer: Authorizer,
    entities: Entities,
    policies: Vec<PolicySet>,
    covering: Vec<Vec<u8>>,
    signals: Vec<EntityUid>,
    action: EntityUid,
    driver: EntityUid,
    occupant: EntityUid,
}

/// The policy of a use; what a person gave is the attribute of that name.
fn policy(used: u8) -> String {
    let gave = |person: &str, categories: &str| {
        format!(
            "{person} has u{used} && {person}.u{used}.given && {person}.u{used}.from_ms <= context.t_ms && context.t_ms < {person}.u{used}.until_ms && \
             {person}.u{used}.categories.containsAll({categories})"
        )
    };
    let (driver, occupant) = (gave("principal", "resource.categories"), gave("context.occupant", "resource.cabin"));
    format!("permit(principal, action == Action::\"release\", resource) when {{ {driver} && (resource.cabin.isEmpty() || {occupant}) }};")
}

fn uid(kind: &str, id: String) -> Result<EntityUid, String> {
    let kind = EntityTypeName::from_str(kind).map_err(|error| format!("cedar: {error}"))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn texts(names: impl Iterator<Item = String>) -> RestrictedExpression {
    RestrictedExpression::new_set(names.map(RestrictedExpression::new_string))
}

impl Cedar {
    /// Of a load.
    pub fn new(load: &Load) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| format!("cedar: {error}");
        let catalog = load.catalog();
        let (driver, occupant) = (uid("Person", person_id(PersonIx(0)))?, uid("Person", person_id(PersonIx(1)))?);
        let signals = (0..).map(SignalId).take(catalog.signals.len()).map(|signal| uid("Signal", path(signal))).collect::<Result<Vec<_>, _>>()?;
        let mut entities = Vec::new();
        for (person, uid) in [(PersonIx(0), &driver), (PersonIx(1), &occupant)] {
            entities.push(Entity::new(uid.clone(), grants(load, person)?, HashSet::new()).map_err(|error| said(&error))?);
        }
        let cabin = (0_u8..).zip(catalog.categories).filter(|(_, def)| def.kind == CategoryKind::Cabin).fold(0, |set, (bit, _)| set | 1 << bit);
        for (def, uid) in catalog.signals.iter().zip(&signals) {
            let attributes = HashMap::from([
                ("categories".to_owned(), texts(category_ids(def.categories.0))),
                ("cabin".to_owned(), texts(category_ids(def.categories.0 & cabin))),
            ]);
            entities.push(Entity::new(uid.clone(), attributes, HashSet::new()).map_err(|error| said(&error))?);
        }
        let uses = u8::try_from(catalog.uses.len()).unwrap_or(0);
        let sliced = |used| PolicySet::from_policies([Policy::parse(None, policy(used)).map_err(|error| said(&error))?]).map_err(|error| said(&error));
        Ok(Self {
            authorizer: Authorizer::new(),
            entities: Entities::from_entities(entities, None).map_err(|error| said(&error))?,
            policies: (0..uses).map(sliced).collect::<Result<_, _>>()?,
            covering: catalog.signals.iter().map(|def| def.covered_by.iter().map(|used| used.0).collect()).collect(),
            signals,
            action: uid("Action", "release".to_owned())?,
            driver,
            occupant,
        })
    }

    fn request(&self, signal: EntityUid, t_ms: i64) -> Option<Request> {
        let occupant = RestrictedExpression::new_entity_uid(self.occupant.clone());
        let context = Context::from_pairs([("t_ms".to_owned(), RestrictedExpression::new_long(t_ms)), ("occupant".to_owned(), occupant)]).ok()?;
        Request::new(self.driver.clone(), self.action.clone(), signal, context, None).ok()
    }
}

/// What a person gave, an attribute for each use.
fn grants(load: &Load, person: PersonIx) -> Result<HashMap<String, RestrictedExpression>, String> {
    let mut grants = HashMap::new();
    for (_, used, standing) in load.given().filter(|(of, ..)| *of == person) {
        let excluded: HashSet<String> = category_ids(!standing.categories.0).collect();
        let given = matches!(standing.status, Status::Given | Status::GivenEachReview);
        let record = RestrictedExpression::new_record([
            ("given".to_owned(), RestrictedExpression::new_bool(given)),
            ("from_ms".to_owned(), RestrictedExpression::new_long(standing.from_ms.max(NOW_MS))),
            ("until_ms".to_owned(), RestrictedExpression::new_long(standing.until_ms)),
            ("categories".to_owned(), texts(known(load).filter(|category| !excluded.contains(category)))),
        ]);
        grants.insert(format!("u{}", used.0), record.map_err(|error| format!("cedar: {error}"))?);
    }
    Ok(grants)
}

/// Ids of the catalog's categories.
fn known(load: &Load) -> impl Iterator<Item = String> {
    (0_u8..).take(load.catalog().categories.len()).map(category_id)
}

impl Decides for Cedar {
    fn decide(&mut self, signal: SignalId, t_ms: i64) -> u128 {
        let (Some(uid), Some(covering)) = (self.signals.get(signal.index()), self.covering.get(signal.index())) else { return 0 };
        let Some(request) = self.request(uid.clone(), t_ms) else { return 0 };
        let allows = |used: &u8| {
            let policies = self.policies.get(usize::from(*used));
            policies.is_some_and(|policies| self.authorizer.is_authorized(&request, policies, &self.entities).decision() == Decision::Allow)
        };
        covering.iter().filter(|used| allows(used)).fold(0, |set, used| set | 1 << used)
    }
}
