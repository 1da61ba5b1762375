//! The in-vehicle daemon around the gatekeeper: sources, store, MQTT links, clocks, control socket, CLI, config.

pub mod sqlite;
pub mod store;
