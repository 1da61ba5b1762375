//! The privacy screen in a real browser: every page in every look, by rotary alone, in the five ways of asking, and at the
//! moments when something changes under it. Pictures go to the folder that each test prints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "test code: a failure should end the test"
)]

mod fits;
mod kinds;
mod looks;
mod many;
mod moments;
mod rotary;
mod states;

use consent_tests::{Browser, Cabin};

/// Enters the page of a car at a path.
async fn enter(cabin: &Cabin, path: &str) -> Browser {
    let browser = Browser::start().await;
    browser.goto(&cabin.entry(path)).await;
    browser
}
