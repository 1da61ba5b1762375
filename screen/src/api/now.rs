//! Now: the gate and what passed it; first start; driving.

use crate::serve::App;
use axum::Router;

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new()
}
