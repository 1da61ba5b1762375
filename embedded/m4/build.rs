//! Where the linker finds the script of `cortex-m-rt` and the map of memory that it asks for.

use std::io::{Write, stdout};

fn main() -> std::io::Result<()> {
    let folder = std::env::var("CARGO_MANIFEST_DIR").map_err(std::io::Error::other)?;
    writeln!(stdout(), "cargo:rustc-link-search={folder}\ncargo:rustc-link-arg-bins=-Tlink.x\ncargo:rerun-if-changed=memory.x")
}
