//! How I want to be asked.
