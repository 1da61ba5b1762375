//! My data.

use super::Route;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[];
