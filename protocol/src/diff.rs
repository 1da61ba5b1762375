//! Which changes between two catalogs are material, so that they suspend a consent until it is renewed (R15).
//!
//! One function for the author's `consent-catalog diff` and for the agent that loads a catalog: the signer's word is not used.
//!
//! INVARIANT: what cannot be shown to leave the person at least as well off is material. A use that is gone is material as
//! well, so that it cannot come back on other terms under an old consent.

mod precision;

use crate::catalog::{CompiledCatalog, Recipient, Texts, Use};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use consent_core::{CategorySet, Condition};
use core::fmt::Debug;

/// Whether a change touches consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Consent to the use is suspended until renewed.
    Material,
    /// Consent goes on.
    Editorial,
}

/// What changed of a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Use id.
    pub use_id: String,
    /// Whether it touches consent.
    pub weight: Weight,
    /// Which key changed, as in the TOML.
    pub key: &'static str,
    /// From what to what, in words.
    pub what: String,
}

/// All changes of uses from one catalog to the next, by use id; a use that is gone or new is listed with the key `id`.
pub fn diff(old: &CompiledCatalog, new: &CompiledCatalog) -> Vec<Change> {
    let ids: BTreeSet<&str> = old.uses.iter().chain(&new.uses).map(|used| used.id.as_str()).collect();
    let mut changes = Vec::new();
    for id in ids {
        let mut found = Found { use_id: id, changes: &mut changes };
        let find = |catalog: &CompiledCatalog| catalog.use_index(id);
        match (find(old).and_then(|at| Side::new(old, at)), find(new).and_then(|at| Side::new(new, at))) {
            (Some(old), Some(new)) => compare(&mut found, &old, &new),
            (Some(_), None) => found.add(Weight::Material, "id", "the use is gone".to_string()),
            (None, _) => found.add(Weight::Material, "id", "the use is new".to_string()),
        }
    }
    changes
}

/// One use in its catalog.
struct Side<'a> {
    catalog: &'a CompiledCatalog,
    used: &'a Use,
    recipient: &'a Recipient,
}

impl<'a> Side<'a> {
    fn new(catalog: &'a CompiledCatalog, at: usize) -> Option<Self> {
        let used = catalog.uses.get(at)?;
        Some(Self { catalog, used, recipient: catalog.recipients.get(usize::from(used.recipient))? })
    }

    fn paths(&self) -> BTreeSet<&'a str> {
        let signals = self.used.signals.iter().filter_map(|signal| self.catalog.signals.get(usize::from(*signal)));
        signals.map(|signal| signal.path.as_str()).collect()
    }

    /// Per path its categories, each with all that it says about people.
    fn categories(&self) -> BTreeMap<&'a str, BTreeSet<String>> {
        let signals = self.used.signals.iter().filter_map(|signal| self.catalog.signals.get(usize::from(*signal)));
        signals.map(|signal| (signal.path.as_str(), self.described(signal.categories))).collect()
    }

    fn described(&self, set: CategorySet) -> BTreeSet<String> {
        let guard = |guarded| if guarded { "guarded" } else { "not guarded" };
        let words =
            self.catalog.categories_in(set).map(|category| format!("{} ({:?}, {}, {})", category.id, category.kind, guard(category.guarded), category.iri));
        words.collect()
    }
}

struct Found<'a> {
    use_id: &'a str,
    changes: &'a mut Vec<Change>,
}

impl Found<'_> {
    fn add(&mut self, weight: Weight, key: &'static str, what: String) {
        self.changes.push(Change { use_id: self.use_id.to_string(), weight, key, what });
    }

    /// A change in either direction has this weight.
    fn any<T: PartialEq + Debug>(&mut self, weight: Weight, key: &'static str, old: T, new: T) {
        self.unless(|_, _| weight == Weight::Editorial, key, old, new);
    }

    /// A change is material unless it is harmless.
    fn unless<T: PartialEq + Debug>(&mut self, harmless: impl FnOnce(&T, &T) -> bool, key: &'static str, old: T, new: T) {
        if old != new {
            let weight = if harmless(&old, &new) { Weight::Editorial } else { Weight::Material };
            self.add(weight, key, format!("from {old:?} to {new:?}"));
        }
    }

    /// A text changed: named, not printed.
    fn text(&mut self, weight: Weight, key: &'static str, old: &Texts, new: &Texts) {
        for text in old.iter().filter(|text| !new.contains(text)) {
            self.add(weight, key, format!("another text in {:?}", text.language));
        }
        for text in new.iter().filter(|text| old.iter().all(|known| known.language != text.language)) {
            self.add(Weight::Editorial, key, format!("a text in {:?}", text.language));
        }
    }
}

fn compare(found: &mut Found<'_>, old: &Side<'_>, new: &Side<'_>) {
    surroundings(found, old.catalog, new.catalog);
    recipient(found, old.recipient, new.recipient);
    grounds(found, old.used, new.used);
    rights(found, old.used, new.used);
    signals(found, old, new);
    precision::compare(found, old, new);
    editorial(found, old.used, new.used);
}

fn surroundings(found: &mut Found<'_>, old: &CompiledCatalog, new: &CompiledCatalog) {
    found.any(Weight::Material, "environment", old.environment, new.environment);
    found.any(Weight::Material, "country", &old.country, &new.country);
    found.any(Weight::Material, "deployment", old.deployment, new.deployment);
    found.unless(|old, new| new > old, "consent_age_years", old.consent_age_years, new.consent_age_years);
}

fn recipient(found: &mut Found<'_>, old: &Recipient, new: &Recipient) {
    found.any(Weight::Material, "recipient", &old.id, &new.id);
    found.any(Weight::Material, "recipient.role", old.role, new.role);
    found.any(Weight::Material, "recipient.kind", (old.outside, old.deployer), (new.outside, new.deployer));
    // Who receives is known to the person by this name.
    found.text(Weight::Material, "recipient.name", &old.name, &new.name);
    let fewer = |old: &BTreeSet<&String>, new: &BTreeSet<&String>| new.is_subset(old);
    found.unless(fewer, "recipient.countries", old.countries.iter().collect(), new.countries.iter().collect());
    found.any(Weight::Material, "recipient.safeguard", &old.safeguard, &new.safeguard);
    found.any(Weight::Editorial, "recipient.contact", &old.contact, &new.contact);
    found.any(Weight::Editorial, "recipient.authority", &old.authority, &new.authority);
    found.any(Weight::Editorial, "recipient.systems", &old.systems, &new.systems);
    found.any(Weight::Editorial, "recipient.ack_key", old.ack_key, new.ack_key);
}

fn grounds(found: &mut Found<'_>, old: &Use, new: &Use) {
    found.any(Weight::Material, "purpose", &old.purpose, &new.purpose);
    found.any(Weight::Material, "access", old.access, new.access);
    found.any(Weight::Material, "ground", old.ground, new.ground);
    let named = |used: &Use| used.law.as_ref().map(|law| (law.act.clone(), law.article.clone(), law.table));
    found.any(Weight::Material, "law", named(old), named(new));
    let may_refuse = |used: &Use| used.law.as_ref().map(|law| law.may_refuse);
    found.unless(|_, new| *new == Some(true), "law.may_refuse", may_refuse(old), may_refuse(new));
}

fn rights(found: &mut Found<'_>, old: &Use, new: &Use) {
    found.unless(|old, new| (*old, *new) == (Condition::Always, Condition::Parked), "condition", old.condition, new.condition);
    found.unless(|old, new| new > old, "assurance_active", old.assurance_active, new.assurance_active);
    found.unless(|old, new| new > old, "assurance_give", old.assurance_give, new.assurance_give);
    found.unless(|_, new| !new, "parked", old.parked_last_driver, new.parked_last_driver);
    found.unless(|old, _| old.is_none(), "each_time", old.each_time, new.each_time);
    found.unless(|old, new| new > old, "deliver.within", old.within_s, new.within_s);
    found.unless(|old, new| new < old, "age_max", old.age_max_s, new.age_max_s);
    found.unless(|old, new| new < old, "retention", old.retention_days, new.retention_days);
    found.unless(|old, new| new < old, "consent", old.consent_days_max, new.consent_days_max);
    found.unless(|_, new| !new, "automated_decision", old.automated_decision, new.automated_decision);
    found.unless(|_, new| !new, "linked", old.linked, new.linked);
}

/// A signal that is new, be it matched by an old wildcard, and a signal that says something else about people. One that
/// loses a category is material too: it would pass where that category was excluded.
fn signals(found: &mut Found<'_>, old: &Side<'_>, new: &Side<'_>) {
    let (before, after) = (old.paths(), new.paths());
    for path in after.difference(&before) {
        let by = if new.used.patterns == old.used.patterns { "an unchanged pattern matches" } else { "covers" };
        found.add(Weight::Material, "signals", format!("{by} {path} as well"));
    }
    for path in before.difference(&after) {
        found.add(Weight::Editorial, "signals", format!("no longer covers {path}"));
    }
    if before == after {
        found.any(Weight::Editorial, "signals", &old.used.patterns, &new.used.patterns);
    }
    let (before, after) = (old.categories(), new.categories());
    for (path, described) in &after {
        if let Some(earlier) = before.get(path) {
            found.unless(|_, _| false, "category", (path, earlier), (path, described));
        }
    }
}

fn editorial(found: &mut Found<'_>, old: &Use, new: &Use) {
    found.any(Weight::Editorial, "revision", old.revision, new.revision);
    found.any(Weight::Editorial, "deliver.records_max", old.records_max, new.records_max);
    found.any(Weight::Editorial, "benefit.about", old.benefit, new.benefit);
    found.any(Weight::Editorial, "benefit.for", old.beneficiary, new.beneficiary);
    found.text(Weight::Editorial, "headline", &old.texts.headline, &new.texts.headline);
    found.text(Weight::Editorial, "plain", &old.texts.plain, &new.texts.plain);
    found.text(Weight::Editorial, "benefit.text", &old.texts.benefit, &new.texts.benefit);
    found.text(Weight::Editorial, "notice", &old.texts.notice, &new.texts.notice);
}

#[cfg(test)]
mod tests;
