//! Links without start files and libraries, at fixed addresses: nobody is there to relocate it.

use std::io::{Write, stdout};

fn main() -> std::io::Result<()> {
    for arg in ["-nostartfiles", "-nostdlib", "-static", "-no-pie"] {
        writeln!(stdout(), "cargo:rustc-link-arg-bins={arg}")?;
    }
    writeln!(stdout(), "cargo:rerun-if-changed=build.rs")
}
