//! Keys as they are written, and how file and environment are laid over each other.

use super::keys::{Known, known};
use super::{ConfigError, Fault, LogFormat, PREFIX};
use consent_protocol::catalog::Environment;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) environment: Option<Environment>,
    pub(super) country: Option<String>,
    pub(super) model_line: Option<String>,
    pub(super) state_dir: Option<PathBuf>,
    pub(super) languages: Option<Vec<String>>,
    pub(super) queue_bytes_max: Option<u64>,
    pub(super) review_bytes_max: Option<u64>,
    pub(super) disclosure_days: Option<u32>,
    pub(super) sockets: Sockets,
    pub(super) catalog: Catalog,
    pub(super) enrol: Enrol,
    pub(super) broker: Broker,
    pub(super) recipients: BTreeMap<String, Broker>,
    pub(super) context: Context,
    pub(super) screen: Screen,
    pub(super) log: Log,
    pub(super) limits: Limits,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sockets {
    pub(super) signals: Option<PathBuf>,
    pub(super) signals_mode: Option<String>,
    pub(super) control: Option<PathBuf>,
    pub(super) control_users: Vec<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Catalog {
    pub(super) root: Option<String>,
    pub(super) root_file: Option<PathBuf>,
    pub(super) file: Option<PathBuf>,
    pub(super) recipient: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Enrol {
    pub(super) keys_dir: Option<PathBuf>,
    pub(super) pool: Option<u32>,
    pub(super) authority: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Broker {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) tls: Option<Tls>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tls {
    pub(super) ca: Option<PathBuf>,
    pub(super) cert: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Context {
    pub(super) speed: Option<String>,
    pub(super) gear: Option<String>,
    pub(super) parking_brake: Option<String>,
    pub(super) ignition: Option<String>,
    pub(super) pause: Option<String>,
    pub(super) stop: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Screen {
    pub(super) listen: Option<std::net::SocketAddr>,
    pub(super) frame_ancestors: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Log {
    pub(super) format: LogFormat,
    pub(super) level: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) window: Option<u16>,
    pub(super) keep_alive_s: Option<u16>,
    pub(super) packet_bytes_max: Option<u32>,
    pub(super) spread_ms_max: Option<u64>,
    pub(super) line_bytes_max: Option<usize>,
}

/// Reads a file's text and lays the environment over it.
pub(super) fn read(text: &str, file: &Path, variables: Vec<(String, String)>) -> Result<Raw, ConfigError> {
    let file = file.display().to_string();
    let table = DeTable::parse(text).map_err(|error| at(&file, text, &error))?;
    let mut found = Vec::new();
    unknown(table.get_ref(), &mut Vec::new(), &mut |span, key, told| found.push((line(text, span), key, told)));
    found.sort();
    let mut faults: Vec<Fault> = found.into_iter().map(|(line, key, told)| Fault { place: format!("{file}:{line}"), key, told }).collect();
    if faults.is_empty() {
        // By itself first: only then the parser knows lines.
        toml::from_str::<Raw>(text).map_err(|error| at(&file, text, &error))?;
    }
    let mut merged: toml::Table = toml::from_str(text).map_err(|error| at(&file, text, &error))?;
    for (name, value) in variables {
        lay_over(&mut merged, &name, &value, &mut faults);
    }
    if !faults.is_empty() {
        return Err(ConfigError(faults));
    }
    merged.try_into().map_err(|error: toml::de::Error| {
        ConfigError(vec![Fault { place: format!("environment ({PREFIX}…)"), key: String::new(), told: error.message().to_string() }])
    })
}

/// Calls `wrong` for every key that does not exist; what stands below such a key is not looked at.
fn unknown(table: &DeTable<'_>, path: &mut Vec<String>, wrong: &mut impl FnMut(Range<usize>, String, String)) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        let parts: Vec<&str> = path.iter().map(String::as_str).collect();
        match (known(&parts), value.get_ref()) {
            (Known::No { nearest }, _) => wrong(key.span(), path.join("."), no_such(nearest)),
            (Known::Yes, DeValue::Table(inner)) => unknown(inner, path, wrong),
            (Known::Yes, _) => {}
        }
        path.pop();
    }
}

fn lay_over(table: &mut toml::Table, name: &str, value: &str, faults: &mut Vec<Fault>) {
    let lower = name.strip_prefix(PREFIX).unwrap_or(name).to_lowercase();
    let parts: Vec<&str> = lower.split("__").collect();
    if let Known::No { nearest } = known(&parts) {
        faults.push(Fault { place: format!("environment variable {name}"), key: parts.join("."), told: no_such(nearest) });
        return;
    }
    let Some((last, section)) = parts.split_last() else { return };
    let mut here = table;
    for part in section {
        let inner = here.entry((*part).to_string()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let toml::Value::Table(inner) = inner else { return };
        here = inner;
    }
    here.insert((*last).to_string(), value_of(value));
}

/// A value as TOML writes it, or else the text itself.
fn value_of(text: &str) -> toml::Value {
    let parsed = toml::from_str::<toml::Table>(&format!("value = {text}"));
    parsed.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| toml::Value::String(text.to_string()))
}

fn no_such(nearest: Option<String>) -> String {
    match nearest {
        Some(nearest) => format!("no such key; the nearest is {nearest}"),
        None => "no such key".to_string(),
    }
}

fn at(file: &str, text: &str, error: &toml::de::Error) -> ConfigError {
    let place = error.span().map_or_else(|| file.to_string(), |span| format!("{file}:{}", line(text, span)));
    ConfigError(vec![Fault { place, key: String::new(), told: error.message().replace('\n', ", ") }])
}

fn line(text: &str, span: Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|byte| *byte == b'\n').count().saturating_add(1)
}
