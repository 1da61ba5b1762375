//! Views: what a page shows and an answer of the API says, made from what the gatekeeper says.

pub mod asking;
pub mod choices;
pub mod data;
pub mod now;
pub mod people;
pub mod requests;
pub mod reviews;
pub mod trust;
