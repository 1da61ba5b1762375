//! Trust: the ledger, receipts, verification, checkpoint.

use super::Route;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[];
