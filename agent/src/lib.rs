//! The in-vehicle daemon around the gatekeeper: sources, store, MQTT links, clocks, control socket, CLI, config.

pub mod clock;
pub mod config;
pub mod control;
pub mod keys;
pub mod lines;
pub mod link;
pub mod pin;
pub mod run;
pub mod screen;
pub mod socket;
pub mod source;
pub mod sqlite;
pub mod store;
pub mod value;
pub mod writer;
