//! The gate's view of a compiled catalog, with every size and reference checked.
//!
//! INVARIANT: [`Tables::new`] is total, and what it yields holds together: every index is in range, every list is sorted as
//! [`Catalog`] says, every rule is within its bounds. A catalog that does not hold together is refused whole (R3).

mod check;
pub mod lawful;

use crate::catalog::{CatalogError, CompiledCatalog, FixPart, Use};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use consent_core::catalog::{Catalog, CategoryDef, SignalDef, TierRule, UseDef};
use consent_core::limits::{CLASSES_MAX, SLOTS_MAX};
use consent_core::{CategorySet, SignalId, Tier, UseIx, UseSet};

/// The slot that all rules without state share: nothing is ever kept in it.
pub const SLOT_STATELESS: u16 = 0;

/// Owned tables behind a [`Catalog`].
#[derive(Clone, Debug)]
pub struct Tables {
    signals: Vec<SignalDef>,
    uses: Vec<UseDef>,
    categories: Vec<CategoryDef>,
    classes: Vec<CategorySet>,
    rules: Vec<TierRule>,
    slots: usize,
    by_path: Vec<(String, SignalId)>,
    fix_parts: Vec<(SignalId, FixPart)>,
}

impl Tables {
    /// Checks a catalog and builds its tables. A catalog that does not hold together is refused whole (R3).
    pub fn new(catalog: &CompiledCatalog) -> Result<Self, CatalogError> {
        check::catalog(catalog)?;
        let mut tables = Self {
            signals: Vec::with_capacity(catalog.signals.len()),
            uses: Vec::with_capacity(catalog.uses.len()),
            categories: catalog.categories.iter().map(|category| CategoryDef { kind: category.kind, guarded: category.guarded }).collect(),
            classes: Vec::new(),
            rules: Vec::new(),
            slots: 1,
            by_path: Vec::with_capacity(catalog.signals.len()),
            fix_parts: Vec::new(),
        };
        for (id, signal) in (0..).map(SignalId).zip(&catalog.signals) {
            let class = tables.class(signal.categories)?;
            tables.signals.push(SignalDef { categories: signal.categories, class, covered_by: UseSet::EMPTY });
            tables.by_path.push((signal.path.clone(), id));
            tables.fix_parts.extend(signal.fix.map(|part| (id, part)));
        }
        for (use_ix, used) in (0..).map(UseIx).zip(&catalog.uses) {
            tables.add(use_ix, used)?;
        }
        Ok(tables)
    }

    /// The gate's view.
    pub fn view(&self) -> Catalog<'_> {
        Catalog { signals: &self.signals, uses: &self.uses, categories: &self.categories, classes: &self.classes, rules: &self.rules }
    }

    /// Finds a signal by its VSS path.
    pub fn signal(&self, path: &str) -> Option<SignalId> {
        self.by_path.binary_search_by(|(known, _)| known.as_str().cmp(path)).ok().and_then(|at| self.by_path.get(at)).map(|(_, id)| *id)
    }

    /// The signal that is this part of a fix, if the catalog has one.
    pub fn fix_signal(&self, part: FixPart) -> Option<SignalId> {
        self.fix_parts.iter().find_map(|(id, found)| (*found == part).then_some(*id))
    }

    /// What a signal is within a fix.
    pub fn fix_part(&self, signal: SignalId) -> Option<FixPart> {
        self.fix_parts.iter().find_map(|(id, part)| (*id == signal).then_some(*part))
    }

    /// Number of slots of transformation state that one car needs, the shared one of rules without state included.
    pub fn slots(&self) -> usize {
        self.slots
    }

    fn class(&mut self, categories: CategorySet) -> Result<u8, CatalogError> {
        let known = self.classes.iter().position(|class| *class == categories).unwrap_or(self.classes.len());
        if known == self.classes.len() {
            self.classes.push(categories);
        }
        u8::try_from(known)
            .ok()
            .filter(|_| known < CLASSES_MAX)
            .ok_or_else(|| CatalogError::Invalid(format!("signals carry more than {CLASSES_MAX} distinct sets of categories")))
    }

    fn add(&mut self, use_ix: UseIx, used: &Use) -> Result<(), CatalogError> {
        let mut categories = CategorySet::EMPTY;
        for signal in &used.signals {
            if let Some(def) = self.signals.get_mut(usize::from(*signal)) {
                def.covered_by.insert(use_ix);
                categories = categories.or(def.categories);
            }
        }
        let slots = self.allot(used)?;
        let rules_from = count(self.rules.len())?;
        for (tier, def) in (0..).map(Tier).zip(&used.tiers) {
            self.rules.extend(def.rules.iter().map(|rule| TierRule {
                signal: SignalId(rule.signal),
                tier,
                rule: rule.rule,
                slot:
                    slots.binary_search_by_key(&rule.signal, |(signal, _)| *signal).ok().and_then(|at| slots.get(at)).map_or(SLOT_STATELESS, |(_, slot)| *slot),
            }));
        }
        self.uses.push(UseDef {
            access: used.access,
            ground: used.ground,
            law: used.law.as_ref().map(|law| law.table),
            may_refuse: used.law.as_ref().is_some_and(|law| law.may_refuse),
            condition: used.condition,
            assurance_active: used.assurance_active,
            parked_last_driver: used.parked_last_driver,
            categories,
            tiers: u8::try_from(used.tiers.len()).unwrap_or(u8::MAX),
            rules_from,
            rules_len: count(self.rules.len())?.saturating_sub(rules_from),
        });
        Ok(())
    }

    /// One slot per signal that has a rule with state at any tier, sorted by signal.
    fn allot(&mut self, used: &Use) -> Result<Vec<(u16, u16)>, CatalogError> {
        let rules = used.tiers.iter().flat_map(|tier| &tier.rules);
        let mut signals: Vec<u16> = rules.filter(|rule| rule.rule.has_state()).map(|rule| rule.signal).collect();
        signals.sort_unstable();
        signals.dedup();
        let first = self.slots;
        self.slots = first.saturating_add(signals.len());
        if self.slots > SLOTS_MAX {
            return Err(CatalogError::Invalid(format!("rules need more than {SLOTS_MAX} slots of state by use {}", used.id)));
        }
        Ok(signals.into_iter().zip((first..).filter_map(|slot| u16::try_from(slot).ok())).collect())
    }
}

fn count(length: usize) -> Result<u32, CatalogError> {
    u32::try_from(length).map_err(|_| CatalogError::Invalid("more rules than can be counted".into()))
}

#[cfg(test)]
mod tests;
