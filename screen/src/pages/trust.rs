//! Trust: the ledger, receipts, verification, checkpoint.

use crate::serve::App;
use axum::Router;

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new()
}
