//! People: who drives, profiles, hand-over, take-over.

use crate::serve::App;
use axum::Router;

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new()
}
