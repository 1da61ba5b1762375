//! Requests and their answers.

use super::Route;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[];
