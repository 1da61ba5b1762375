//! My data.
