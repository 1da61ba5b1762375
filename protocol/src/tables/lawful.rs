//! The closed table of uses by law with their fixed fields (R29, R53): what no signer can widen.
//!
//! Apart from [`super::Tables::new`], since it is about the law and not about whether a catalog holds together: whoever loads a
//! signed catalog calls [`check`] as well.

use crate::catalog::{CatalogError, CompiledCatalog, Use};
use alloc::format;
use consent_core::catalog::LawfulUse;

/// The VSS paths that a use by law may cover.
pub fn fields(table: LawfulUse) -> &'static [&'static str] {
    match table {
        LawfulUse::Obfcm => {
            &["Vehicle.VehicleIdentification.VIN", "Vehicle.Obfcm.TotalDistance", "Vehicle.Obfcm.TotalFuelConsumed", "Vehicle.Obfcm.TotalGridEnergy"]
        }
        LawfulUse::AttackMonitoring => {
            &["Vehicle.Security.AlertCount", "Vehicle.Security.BlockedFrameCount", "Vehicle.Security.IsTampered", "Vehicle.Security.LastAlertRule"]
        }
    }
}

/// Whether the law names a person who may refuse.
pub fn may_refuse(table: LawfulUse) -> bool {
    match table {
        LawfulUse::Obfcm => true,
        LawfulUse::AttackMonitoring => false,
    }
}

/// Checks that every use by law keeps to its fields and leaves the right to refuse.
pub fn check(catalog: &CompiledCatalog) -> Result<(), CatalogError> {
    catalog.uses.iter().try_for_each(|used| check_use(catalog, used))
}

fn check_use(catalog: &CompiledCatalog, used: &Use) -> Result<(), CatalogError> {
    let Some(law) = &used.law else { return Ok(()) };
    if may_refuse(law.table) && !law.may_refuse {
        return Err(CatalogError::Invalid(format!("use {:?}: the law leaves the right to refuse, the catalog does not", used.id)));
    }
    for index in &used.signals {
        let path = catalog.signals.get(usize::from(*index)).map(|signal| signal.path.as_str()).unwrap_or_default();
        if !fields(law.table).contains(&path) {
            return Err(CatalogError::Invalid(format!("use {:?}: {path:?} is no field that this law asks for", used.id)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::example;

    #[test]
    fn a_use_by_law_has_the_fields_of_its_law_and_no_others() {
        let mut catalog = example::catalog();
        assert_eq!(check(&catalog), Ok(()));
        catalog.uses[2].law.as_mut().unwrap().may_refuse = false;
        assert!(check(&catalog).is_err());
        let mut catalog = example::catalog();
        catalog.uses[2].signals.push(4);
        assert!(check(&catalog).is_err());
        let mut catalog = example::catalog();
        catalog.uses[2].law.as_mut().unwrap().table = LawfulUse::AttackMonitoring;
        assert!(check(&catalog).is_err());
    }
}
