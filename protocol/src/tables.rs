//! The gate's view of a compiled catalog, with every size and reference checked.

use crate::catalog::{CatalogError, CompiledCatalog};
use alloc::vec::Vec;
use consent_core::catalog::{Catalog, CategoryDef, SignalDef, TierRule, UseDef};
use consent_core::{CategorySet, SignalId};

/// Owned tables behind a [`Catalog`].
#[derive(Clone, Debug)]
pub struct Tables {
    signals: Vec<SignalDef>,
    uses: Vec<UseDef>,
    categories: Vec<CategoryDef>,
    classes: Vec<CategorySet>,
    rules: Vec<TierRule>,
    by_path: Vec<(alloc::string::String, SignalId)>,
}

#[allow(clippy::todo, unused_variables, reason = "being written")]
impl Tables {
    /// Checks a catalog and builds its tables. A catalog that does not hold together is refused whole (R3).
    pub fn new(catalog: &CompiledCatalog) -> Result<Self, CatalogError> {
        todo!()
    }

    /// The gate's view.
    pub fn view(&self) -> Catalog<'_> {
        Catalog { signals: &self.signals, uses: &self.uses, categories: &self.categories, classes: &self.classes, rules: &self.rules }
    }

    /// Finds a signal by its VSS path.
    pub fn signal(&self, path: &str) -> Option<SignalId> {
        self.by_path.binary_search_by(|(known, _)| known.as_str().cmp(path)).ok().and_then(|at| self.by_path.get(at)).map(|(_, id)| *id)
    }

    /// Number of slots of transformation state that one car needs.
    pub fn slots(&self) -> usize {
        todo!()
    }
}
