//! People: who drives, profiles, hand-over, take-over.

use super::Route;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[];
