//! How I want to be asked.

use super::Route;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[];
