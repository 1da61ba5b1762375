//! What the benches share: workloads, the peers that they are measured beside, and how they measure and print.

pub mod car;
pub mod drive;
pub mod load;
pub mod measure;
pub mod peers;
pub mod stream;
