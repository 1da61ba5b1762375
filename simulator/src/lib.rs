//! The desk: a simulated car and its people, replay of recorded drives, an embedded broker, catalog tools, the oracle.
pub mod oracle;

pub mod broker;
pub mod catalog;
pub mod clock;
pub mod demo;
pub mod desk;
pub mod drive;
pub mod drives;
pub mod fleet;
pub mod harness;
pub mod live;
pub mod memstore;
pub mod out;
pub mod people;
pub mod population;
pub mod preview;
pub mod privacy;
pub mod progress;
pub mod replay;
pub mod stack;
pub mod story;
pub mod summary;
pub mod table;
pub mod value;
pub mod vehicle;
pub mod yesterday;
