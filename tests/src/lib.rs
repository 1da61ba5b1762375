//! A desk for scenarios with real processes: a broker, an agent, a receiver, a tap on the agent's wire, a source of signals.
//!
//! INVARIANT: every child process dies with the value that stands for it, and nothing has a fixed port or path, so that
//! scenarios run beside each other. Whatever goes wrong here is a failed test, so it panics with what was expected and found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::print_stderr,
    reason = "all of this is test code; a panic is how a test fails"
)]

pub mod bare;
pub mod browser;
pub mod cabin;
pub mod chance;
pub mod clock;
pub mod desk;
pub mod disk;
pub mod feed;
pub mod gauge;
pub mod load;
pub mod naive;
pub mod person;
pub mod process;
pub mod purge;
pub mod receiver;
pub mod rig;
pub mod tap;

pub use browser::{Browser, Look, Size};
pub use cabin::Cabin;
pub use chance::Chance;
pub use desk::{Desk, Plan};
pub use disk::Disk;
pub use feed::Feed;
pub use person::Person;
pub use process::Proc;
pub use tap::Tap;
