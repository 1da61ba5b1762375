//! The catalog's workshop: TOML with spans in, one report of all faults or a compiled catalog out.
//!
//! INVARIANT: nothing is compiled that has a fault, and nothing is signed that is not compiled; a fault always says file,
//! line, key, code, what was expected and what was found.
//!
//! [`load`] reads a file, [`compile_text`] a text, [`example`] the built-in example. The stages: `parse` (TOML to the authored
//! model), `resolve` (patterns to signals and rules), `check_*` (the law and the sizes), `compile`.

mod any;
mod check_law;
mod check_location;
mod check_people;
mod check_text;
mod code;
mod compile;
pub mod demo;
mod model;
mod parse;
mod parse_use;
mod pattern;
pub mod readability;
mod reader;
mod report;
mod resolve;
mod rules;
mod terms;
mod vss;

pub use any::{AnyError, read_any, read_bytes};
pub use code::{Code, UnknownCode};
pub use demo::{demo_keys, demo_root, example, example_v2};
pub use report::{Fault, Report};
pub use vss::{Vss, VssError, VssSignal};

use consent_protocol::catalog::CompiledCatalog;
use consent_protocol::tables::{Tables, lawful};
use std::path::Path;

/// A small catalog to start from: one use, one recipient, one category.
pub const STARTER: &str = include_str!("../../deploy/catalog/starter.toml");

/// Largest authored file that is read, bytes.
const BYTES_MAX: u64 = 4 << 20;

/// A catalog with what is authored beside it and not part of the compiled form.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The compiled catalog.
    pub compiled: CompiledCatalog,
    /// Written reasons of editorial changes, by use id.
    pub reasons: Vec<(String, String)>,
}

/// Reads, checks and compiles a catalog.
pub fn load(path: &Path, vss: &Vss) -> Result<CompiledCatalog, Report> {
    load_all(path, vss).map(|loaded| loaded.compiled)
}

/// Reads, checks and compiles a catalog, and keeps what is authored beside it.
pub fn load_all(path: &Path, vss: &Vss) -> Result<Loaded, Report> {
    let file = path.display().to_string();
    compile_all(&read(path)?, &file, vss)
}

/// Reads an authored catalog's text.
pub fn read(path: &Path) -> Result<String, Report> {
    let file = path.display().to_string();
    let readable = |error: std::io::Error| Report::about_file(&file, "a readable file", error.to_string());
    let bytes = std::fs::metadata(path).map_err(readable)?.len();
    if bytes > BYTES_MAX {
        return Err(Report::about_file(&file, "at most 4 MiB", format!("{bytes} bytes")));
    }
    std::fs::read_to_string(path).map_err(readable)
}

/// Checks and compiles an authored catalog; `file` is its name in faults.
pub fn compile_text(text: &str, file: &str, vss: &Vss) -> Result<CompiledCatalog, Report> {
    compile_all(text, file, vss).map(|loaded| loaded.compiled)
}

/// As [`compile_text`], with what is authored beside the catalog.
pub fn compile_all(text: &str, file: &str, vss: &Vss) -> Result<Loaded, Report> {
    let mut faults = report::Faults::new(file, text);
    let authored = parse::parse(text, &mut faults);
    let resolved = resolve::resolve(&authored, vss, &mut faults);
    check_text::check(&authored, &mut faults);
    check_people::check(&authored, &resolved, &mut faults);
    check_law::check(&authored, &resolved, &mut faults);
    check_location::check(&authored, &resolved, &mut faults);
    if let Some(report) = faults.report() {
        return Err(report);
    }
    let loaded = compile::compile_all(&authored, &resolved).ok_or_else(|| Report::about_file(file, "a complete catalog", "a value missing".to_owned()))?;
    match Tables::new(&loaded.compiled).and_then(|_| lawful::check(&loaded.compiled)) {
        Ok(()) => Ok(loaded),
        Err(error) => Err(Report::beyond(file, error.to_string())),
    }
}
