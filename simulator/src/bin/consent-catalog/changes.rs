//! What changed between two catalogs, by the same function that the agent runs when it loads one (R15).

use crate::Outcome;
use crate::args::DiffArgs;
use crate::{files, out};
use anyhow::Result;
use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::diff::{Change, Weight, diff};
use consent_simulator::catalog::Loaded;
use serde_json::json;
use std::collections::BTreeSet;

/// Prints the changes.
pub(crate) fn run(args: &DiffArgs) -> Result<Outcome> {
    let old = files::any(&args.old, &args.vss)?;
    let new = files::any(&args.new, &args.vss)?;
    let changes = diff(&old.compiled, &new.compiled);
    let problems = problems(&old.compiled, &new, &changes, args);
    let suspends: BTreeSet<&str> = changes.iter().filter(|change| change.weight == Weight::Material).map(|change| change.use_id.as_str()).collect();
    if args.json {
        let listed: Vec<_> =
            changes.iter().map(|change| json!({"use": change.use_id, "weight": word(change.weight), "key": change.key, "what": change.what})).collect();
        out::json(&json!({"schema": "consent-catalog/diff/1", "changes": listed, "suspends": suspends, "problems": problems}))?;
    } else {
        for change in &changes {
            out::line(format!("{:<9} {}.{}: {}", word(change.weight), change.use_id, change.key, change.what))?;
        }
        problems.iter().try_for_each(|problem| out::line(format!("problem   {problem}")))?;
        out::line(if suspends.is_empty() {
            "no consent is suspended".to_owned()
        } else {
            format!("consents are suspended until renewed: {}", suspends.iter().copied().collect::<Vec<_>>().join(", "))
        })?;
    }
    Ok(if suspends.is_empty() && problems.is_empty() { Outcome::Well } else { Outcome::Problem })
}

fn word(weight: Weight) -> &'static str {
    match weight {
        Weight::Material => "material",
        Weight::Editorial => "editorial",
    }
}

/// What the author forgot: a version or revision that did not rise, an editorial change without its written reason.
fn problems(old: &CompiledCatalog, new: &Loaded, changes: &[Change], args: &DiffArgs) -> Vec<String> {
    let mut problems = Vec::new();
    if new.compiled.version <= old.version {
        problems.push(format!("catalog.version: expected above {}, found {}", old.version, new.compiled.version));
    }
    if new.compiled.audience() != old.audience() {
        problems.push(format!("audience: expected {}, found {}", old.audience(), new.compiled.audience()));
    }
    let touched: BTreeSet<&str> = changes.iter().map(|change| change.use_id.as_str()).collect();
    for id in touched {
        let revision = |catalog: &CompiledCatalog| catalog.use_index(id).and_then(|at| catalog.uses.get(at)).map(|used| used.revision);
        if let (Some(before), Some(after)) = (revision(old), revision(&new.compiled))
            && after <= before
        {
            problems.push(format!("use.{id}.revision: expected above {before}, found {after}"));
        }
        let editorial = changes.iter().filter(|change| change.use_id == id).all(|change| change.weight == Weight::Editorial);
        let authored = args.new.extension().is_some_and(|extension| extension == "toml");
        if authored && editorial && !new.reasons.iter().any(|(known, _)| known == id) {
            problems.push(format!("use.{id}: expected the written reason of an editorial change, as [[editorial]]; found none"));
        }
    }
    problems
}
