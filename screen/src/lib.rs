//! The privacy screen: what the people in the car see, decide and verify.
//!
//! One HTTP API (`/api/1`), and pages that are drawn from the same models (`model`), so that a native HMI can replace the
//! pages. Every rule about asking and giving lives in the gatekeeper: this crate asks it through a [`port::Port`] and shows
//! what it says. It reads no clock and no file but the time zone of the system, and opens one loopback socket.
//!
//! A request's way: `listen` (whose connection) → `guard` (host, site) → `session` (one-time code, cookie, rate) → [`ctx::Ctx`]
//! (driver, language, catalog, status) → `model` (asks, and makes a view) → `api` (as JSON) or `pages` (as HTML).

pub mod api;
pub mod assets;
pub mod ctx;
pub mod fault;
#[cfg(test)]
mod fixture;
mod guard;
mod listen;
mod live;
pub mod model;
mod outside;
pub mod pages;
pub mod port;
pub mod qr;
pub mod serve;
pub mod session;
pub mod words;

pub use ctx::Ctx;
pub use fault::Fault;
pub use port::Port;
pub use serve::{Screen, ScreenConfig, ScreenError};
