//! The engine as a car meets it.

mod car;
mod delivery;
mod on_disk;
