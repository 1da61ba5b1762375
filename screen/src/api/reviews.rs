//! Each time: before-trip screen and review.

use super::Route;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[];
