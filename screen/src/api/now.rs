//! Now: the gate and what passed it; first start; driving.

use super::Route;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[];
