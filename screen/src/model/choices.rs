//! My choices.
