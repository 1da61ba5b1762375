//! Configuration: a TOML file, then the environment (`CONSENT_AGENT__SECTION__KEY`), checked before anything starts.
//!
//! Every fault is named at once, with file, line, key and what was expected; an unknown key with the nearest one that exists.
//! Relative paths are relative to the file's folder.

mod check;
mod keys;
mod raw;

use crate::link::Target;
use consent_protocol::catalog::Environment;
use consent_screen::ScreenConfig;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What begins the name of every environment variable that sets a key.
pub const PREFIX: &str = "CONSENT_AGENT__";

/// Everything that the daemon is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the gatekeeper is told.
    pub gatekeeper: consent_gatekeeper::Config,
    /// Folder of the store.
    pub state_dir: PathBuf,
    /// Folder of the keys.
    pub keys_dir: PathBuf,
    /// Stream keys of a full pool.
    pub pool_keys: u32,
    /// An enrolment authority on this desk, which refills the pool; demo environment only.
    pub authority: Option<Authority>,
    /// Socket for signals, and its permissions.
    pub signals: Option<(PathBuf, u32)>,
    /// Control socket.
    pub control: Option<PathBuf>,
    /// Users that may control besides root and the agent's own.
    pub control_users: BTreeSet<u32>,
    /// A signed catalog that is offered at every start.
    pub catalog_file: Option<PathBuf>,
    /// Brokers of single recipients.
    pub brokers: BTreeMap<String, Target>,
    /// Broker of all others.
    pub broker: Target,
    /// Longest line of a source, bytes.
    pub line_bytes_max: usize,
    /// The privacy screen; none = not served.
    pub screen: Option<ScreenConfig>,
    /// How it logs.
    pub log: Log,
}

/// An enrolment authority whose key lies on this desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The demo's, whose key everybody can derive.
    Demo,
    /// A file with its seed.
    File(PathBuf),
}

/// How the daemon logs to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// Form of a line.
    pub format: LogFormat,
    /// Filter, as `info` or `consent_agent=debug,warn`.
    pub level: String,
}

/// Form of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// File, with line where it is known, or environment variable.
    pub place: String,
    /// The key, dotted; empty if it is about the file.
    pub key: String,
    /// What was expected and found.
    pub told: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, key, told } = self;
        if key.is_empty() { write!(f, "{place}: {told}") } else { write!(f, "{place}: {key}: {told}") }
    }
}

/// All faults of a configuration, a line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigError(pub Vec<Fault>);

/// Reads and checks a file together with the variables of the environment.
pub fn load(file: &Path) -> Result<Config, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| ConfigError(vec![Fault { place: file.display().to_string(), key: String::new(), told: error.to_string() }]))?;
    let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    parse(&text, file, variables.filter(|(name, _)| name.starts_with(PREFIX)).collect())
}

/// Checks a text as [`load`] does; `variables` are those that begin with [`PREFIX`].
pub fn parse(text: &str, file: &Path, variables: Vec<(String, String)>) -> Result<Config, ConfigError> {
    let raw = raw::read(text, file, variables)?;
    check::config(raw, file)
}

/// The name of an environment as it is written.
pub fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Demo => "demo",
        Environment::Staging => "staging",
        Environment::Production => "production",
    }
}

#[cfg(test)]
mod tests;
