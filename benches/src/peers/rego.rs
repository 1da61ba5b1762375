//! Rego, compiled to the bytecode of regorus. The version measured lets `every` hold where it does not (upstream pull
//! request 765 is not in it), so the policy asks with `not` over a helper instead, which is right; the bench checks it.

use super::Decides;
use super::hash_strings::{category_ids, path, person_id, use_id};
use crate::load::{Load, NOW_MS};
use consent_core::{CategoryKind, PersonIx, SignalId, Status};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// Which uses get a record.
pub const POLICY: &str = r#"package gate

import rego.v1

in_force(grant) if {
	grant.status in {"given", "given_each_review"}
	grant.from_ms <= input.t_ms
	input.t_ms < grant.until_ms
}

excludes(grant, categories) if {
	some category in categories
	grant.excluded[category]
}

agrees(person, used, categories) if {
	grant := data.grants[person][used]
	in_force(grant)
	not excludes(grant, categories)
}

barred_by_cabin(used, categories) if {
	count(categories) > 0
	some person in input.occupants
	not agrees(person, used, categories)
}

allowed contains used if {
	signal := data.signals[input.signal]
	some used in signal.uses
	agrees(input.driver, used, signal.categories)
	not barred_by_cabin(used, signal.cabin)
}
"#;

const ENTRY: &str = "data.gate.allowed";

/// The policy with its data.
#[derive(Debug)]
pub struct Rego {
    vm: RegoVM,
    paths: Vec<String>,
    bits: BTreeMap<String, u8>,
}

impl Rego {
    /// Of a load.
    pub fn new(load: &Load) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| format!("regorus: {error}");
        let mut engine = Engine::new();
        engine.add_policy("gate.rego".to_owned(), POLICY.to_owned()).map_err(|error| said(&error))?;
        let compiled = engine.compile_with_entrypoint(&ENTRY.into()).map_err(|error| said(&error))?;
        let program = Compiler::compile_from_policy(&compiled, &[ENTRY]).map_err(|error| said(&error))?;
        let mut vm = RegoVM::new();
        vm.load_program(program);
        vm.set_data(data(load).into()).map_err(|error| said(&error))?;
        let signals = u16::try_from(load.catalog().signals.len()).unwrap_or(0);
        let uses = load.catalog().uses.len();
        Ok(Self {
            vm,
            paths: (0..signals).map(SignalId).map(path).collect(),
            bits: (0..).take(uses).map(|bit| (use_id(consent_core::UseIx(bit)), bit)).collect(),
        })
    }

    fn input(path: &str, t_ms: i64) -> Value {
        let entry = |name: &str, value: Value| (Value::from(name), value);
        Value::from(BTreeMap::from([
            entry("signal", path.into()),
            entry("t_ms", t_ms.into()),
            entry("driver", person_id(PersonIx(0)).into()),
            entry("occupants", vec![person_id(PersonIx(1)).into()].into()),
        ]))
    }
}

/// Signals with their uses and categories, and grants by person and use.
fn data(load: &Load) -> serde_json::Value {
    let catalog = load.catalog();
    let cabin = (0_u8..).zip(catalog.categories).filter(|(_, def)| def.kind == CategoryKind::Cabin).fold(0, |set, (bit, _)| set | 1 << bit);
    let signals: Map<String, serde_json::Value> = (0..)
        .map(SignalId)
        .zip(catalog.signals)
        .map(|(signal, def)| {
            let uses: Vec<String> = def.covered_by.iter().map(use_id).collect();
            let (all, cabin): (Vec<_>, Vec<_>) = (category_ids(def.categories.0).collect(), category_ids(def.categories.0 & cabin).collect());
            (path(signal), json!({ "uses": uses, "categories": all, "cabin": cabin }))
        })
        .collect();
    let mut grants: BTreeMap<String, Map<String, serde_json::Value>> = BTreeMap::new();
    for (person, used, standing) in load.given() {
        let excluded: Map<String, serde_json::Value> = category_ids(!standing.categories.0).map(|category| (category, true.into())).collect();
        let status = match standing.status {
            Status::Given => "given",
            Status::GivenEachReview => "given_each_review",
            _ => "other",
        };
        let grant = json!({ "status": status, "from_ms": standing.from_ms.max(NOW_MS), "until_ms": standing.until_ms, "excluded": excluded });
        grants.entry(person_id(person)).or_default().insert(use_id(used), grant);
    }
    json!({ "signals": signals, "grants": grants })
}

impl Decides for Rego {
    fn decide(&mut self, signal: SignalId, t_ms: i64) -> u128 {
        let Some(path) = self.paths.get(signal.index()) else { return 0 };
        self.vm.set_input(Self::input(path, t_ms));
        let Ok(result) = self.vm.execute() else { return 0 };
        let Ok(allowed) = result.as_set() else { return 0 };
        allowed.iter().filter_map(|used| self.bits.get(&**used.as_string().ok()?)).fold(0, |set, bit| set | 1 << bit)
    }
}
