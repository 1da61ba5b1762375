//! The engine and the process as a car meets them.

#[cfg(test)]
mod car;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod on_disk;
#[cfg(test)]
mod process;
