//! The engine as a car meets it.

#[cfg(test)]
mod car;
mod commands;
mod delivery;
mod on_disk;
