//! The configuration of the process: a TOML file, then the environment. `docs/receiver.md` lists the keys.
//!
//! Every wrong key is an error that names file, line and key, and the nearest key that exists. Paths are relative to the
//! file's folder.

use crate::engine::{EngineConfig, RecipientConfig, UseWords};
use crate::keys::{self, KeyError};
use consent_protocol::catalog::Environment;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Prefix of environment variables; `CONSENT_RECEIVER__BROKER__PORT` is `broker.port`.
const PREFIX: &str = "CONSENT_RECEIVER__";

/// Keys of the file, by table.
const KEYS: [(&str, &[&str]); 4] = [
    (
        "",
        &[
            "environment",
            "authorities",
            "catalog_root",
            "database",
            "erase_log",
            "hand_on",
            "catalogs",
            "publish_catalogs",
            "report_s",
            "log",
            "broker",
            "recipients",
        ],
    ),
    ("broker", &["host", "port", "client_id", "username", "password_file", "keep_alive_s", "tls"]),
    ("broker.tls", &["ca", "certificate", "key"]),
    ("recipients", &["id", "key", "uses"]),
];

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there.
    #[error("{0}: {1}")]
    Unreadable(String, std::io::Error),
    /// Not TOML, or a value of a wrong type; the parser says where.
    #[error("{0}: {1}")]
    Toml(String, String),
    /// A key that does not exist.
    #[error("{file}: {line}key {key:?} is unknown, the nearest is {nearest:?}")]
    Key {
        /// File.
        file: String,
        /// `line 7: `, empty if it came from the environment.
        line: String,
        /// The key with its tables.
        key: String,
        /// The nearest one that exists.
        nearest: String,
    },
    /// A value that cannot work.
    #[error("{0}: {1}: {2}")]
    Value(String, &'static str, String),
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Where the broker is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BrokerConfig {
    /// Host name or address; with TLS also the name that is checked.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// First part of the client ids; the recipient's id follows.
    #[serde(default = "client_id")]
    pub client_id: String,
    /// User name, if the broker wants one.
    pub username: Option<String>,
    /// File that holds the password.
    pub password_file: Option<PathBuf>,
    /// Keep alive, at least 5 s.
    #[serde(default = "keep_alive_s")]
    pub keep_alive_s: u16,
    /// TLS; required unless the host is loopback.
    pub tls: Option<TlsFiles>,
}

/// Files in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TlsFiles {
    /// Authorities that the broker's certificate is checked against.
    pub ca: PathBuf,
    /// The receiver's certificate.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
}

fn client_id() -> String {
    "consent-receiver".to_owned()
}

const fn report_s() -> u32 {
    86_400
}

const fn keep_alive_s() -> u16 {
    30
}

#[derive(Debug, Deserialize)]
struct RawRecipient {
    id: String,
    key: String,
    #[serde(default)]
    uses: BTreeMap<String, UseWords>,
}

#[derive(Debug, Deserialize)]
struct Raw {
    environment: Environment,
    authorities: Vec<String>,
    catalog_root: String,
    database: PathBuf,
    erase_log: Option<PathBuf>,
    hand_on: Option<PathBuf>,
    #[serde(default)]
    catalogs: Vec<PathBuf>,
    publish_catalogs: Option<String>,
    #[serde(default = "report_s")]
    report_s: u32,
    #[serde(default)]
    log: LogFormat,
    broker: BrokerConfig,
    recipients: Vec<RawRecipient>,
}

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The engine's part.
    pub engine: EngineConfig,
    /// The erase log; `None` puts it beside the database.
    pub erase_log: Option<PathBuf>,
    /// Signed catalogs to know.
    pub catalogs: Vec<PathBuf>,
    /// The recipient that publishes the newest catalog of each audience: the manufacturer.
    pub publish_catalogs: Option<String>,
    /// The broker.
    pub broker: BrokerConfig,
    /// How log lines look.
    pub log: LogFormat,
}

impl Config {
    /// Reads a file and the environment.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(file.clone(), error))?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        Self::parse(&file, &text, folder, std::env::vars())
    }

    fn parse(file: &str, text: &str, folder: &Path, environment: impl Iterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let wrong = |error: toml::de::Error| ConfigError::Toml(file.to_owned(), error.to_string().trim_end().to_owned());
        let mut table: toml::Table = text.parse().map_err(wrong)?;
        check_keys(file, text, "", &table)?;
        let overrides: Vec<(String, String)> = environment.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let raw: Raw = if overrides.is_empty() {
            toml::from_str(text).map_err(wrong)?
        } else {
            for (name, value) in &overrides {
                overlay(&mut table, name, value);
            }
            check_keys(&format!("{file} and {PREFIX}*"), text, "", &table)?;
            table.try_into().map_err(wrong)?
        };
        resolve(file, folder, raw)
    }
}

/// Puts the value of an environment variable into the table.
fn overlay(table: &mut toml::Table, name: &str, value: &str) {
    let path = name.trim_start_matches(PREFIX).to_lowercase();
    let mut parts: Vec<&str> = path.split("__").collect();
    let Some(last) = parts.pop() else { return };
    let mut table = table;
    for part in parts {
        let entry = table.entry(part.to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        match entry {
            toml::Value::Table(inner) => table = inner,
            toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_) => return,
        }
    }
    let value = value.parse().map_or_else(|_| toml::Value::String(value.to_owned()), toml::Value::Integer);
    table.insert(last.to_owned(), value);
}

fn check_keys(file: &str, text: &str, path: &str, table: &toml::Table) -> Result<(), ConfigError> {
    let known = KEYS.iter().find(|(name, _)| *name == path).map(|(_, keys)| *keys).unwrap_or_default();
    for (key, value) in table {
        let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if !known.contains(&key.as_str()) {
            let nearest = known.iter().max_by(|one, other| strsim::jaro_winkler(key, one).total_cmp(&strsim::jaro_winkler(key, other)));
            return Err(ConfigError::Key { file: file.to_owned(), line: line_of(text, key), key: full, nearest: (*nearest.unwrap_or(&"")).to_owned() });
        }
        if full == "recipients.uses" {
            // Below stand ids of uses, which no list knows; what stands below those is checked when it is read.
            continue;
        }
        if let toml::Value::Table(inner) = value {
            check_keys(file, text, &full, inner)?;
        } else if let toml::Value::Array(items) = value {
            items.iter().filter_map(toml::Value::as_table).try_for_each(|inner| check_keys(file, text, &full, inner))?;
        }
    }
    Ok(())
}

/// Where a key stands, as far as it can be told without spans.
fn line_of(text: &str, key: &str) -> String {
    let stands = |line: &str| line.split(['=', ']', '.', '[']).any(|part| part.trim().trim_matches('"') == key);
    text.lines().position(stands).map(|at| format!("line {}: ", at.saturating_add(1))).unwrap_or_default()
}

fn resolve(file: &str, folder: &Path, raw: Raw) -> Result<Config, ConfigError> {
    let bad_key = |what: &'static str| move |error: KeyError| ConfigError::Value(file.to_owned(), what, error.to_string());
    let environment = raw.environment;
    let authorities = raw.authorities.iter().map(|text| keys::public(text, folder, environment, keys::DEMO_AUTHORITY)).collect::<Result<Vec<_>, _>>();
    let seed =
        |raw: &RawRecipient| Ok(RecipientConfig { id: raw.id.clone(), ack_key: keys::secret(&raw.key, folder, environment, &raw.id)?, uses: raw.uses.clone() });
    let recipients: Vec<RecipientConfig> = raw.recipients.iter().map(seed).collect::<Result<_, _>>().map_err(bad_key("recipients.key"))?;
    let at = |path: PathBuf| folder.join(path);
    let broker = broker(file, folder, environment, raw.broker)?;
    served(file, &recipients, raw.publish_catalogs.as_deref())?;
    Ok(Config {
        engine: EngineConfig {
            environment,
            authorities: authorities.map_err(bad_key("authorities"))?,
            catalog_root: keys::public(&raw.catalog_root, folder, environment, keys::DEMO_ROOT).map_err(bad_key("catalog_root"))?,
            recipients,
            database: Some(at(raw.database)),
            hand_on: raw.hand_on.map(|path| if path == Path::new("-") { path } else { at(path) }),
            report_ms: i64::from(raw.report_s).saturating_mul(1_000),
        },
        erase_log: raw.erase_log.map(at),
        catalogs: raw.catalogs.into_iter().map(at).collect(),
        publish_catalogs: raw.publish_catalogs,
        broker,
        log: raw.log,
    })
}

fn served(file: &str, recipients: &[RecipientConfig], publisher: Option<&str>) -> Result<(), ConfigError> {
    let wrong = |key, words: String| Err(ConfigError::Value(file.to_owned(), key, words));
    let mut ids: Vec<&str> = recipients.iter().map(|recipient| recipient.id.as_str()).collect();
    ids.sort_unstable();
    let before = ids.len();
    ids.dedup();
    if ids.is_empty() || ids.len() < before {
        return wrong("recipients", "expected at least one, each with an id of its own".to_owned());
    }
    match publisher {
        Some(id) if !ids.contains(&id) => wrong("publish_catalogs", format!("expected one of {ids:?}, found {id:?}")),
        Some(_) | None => Ok(()),
    }
}

fn broker(file: &str, folder: &Path, environment: Environment, raw: BrokerConfig) -> Result<BrokerConfig, ConfigError> {
    let wrong = |key, words: String| Err(ConfigError::Value(file.to_owned(), key, words));
    if environment == Environment::Demo && !is_loopback(&raw.host) {
        return wrong("broker.host", format!("the demo environment speaks to a loopback broker only, found {:?}", raw.host));
    }
    if raw.tls.is_none() && !is_loopback(&raw.host) {
        return wrong("broker.tls", format!("required for a broker that is not loopback, found none for {:?}", raw.host));
    }
    if raw.keep_alive_s < 5 {
        return wrong("broker.keep_alive_s", format!("expected at least 5, found {}", raw.keep_alive_s));
    }
    let tls = match raw.tls {
        Some(TlsFiles { certificate, key, .. }) if certificate.is_some() != key.is_some() => {
            return wrong("broker.tls", "certificate and key go together".to_owned());
        }
        Some(files) => Some(TlsFiles {
            ca: folder.join(files.ca),
            certificate: files.certificate.map(|path| folder.join(path)),
            key: files.key.map(|path| folder.join(path)),
        }),
        None => None,
    };
    Ok(BrokerConfig { tls, password_file: raw.password_file.map(|path| folder.join(path)), ..raw })
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "environment = \"demo\"\nauthorities = [\"demo\"]\ncatalog_root = \"demo\"\ndatabase = \"r.db\"\nhand_on = \"out\"\n\
        [broker]\nhost = \"127.0.0.1\"\nport = 1883\n[[recipients]]\nid = \"oem\"\nkey = \"demo\"\n";

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse("r.toml", text, Path::new("/etc/r"), std::iter::empty())
    }

    #[test]
    fn paths_are_relative_to_the_files_folder() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.engine.database.as_deref(), Some(Path::new("/etc/r/r.db")));
        assert_eq!(config.engine.hand_on.as_deref(), Some(Path::new("/etc/r/out")));
        assert_eq!(parse(&GOOD.replace("\"out\"", "\"-\"")).unwrap().engine.hand_on.as_deref(), Some(Path::new("-")));
    }

    #[test]
    fn a_wrong_key_names_file_line_and_the_nearest() {
        for (from, to, expected) in [
            ("hand_on", "handon", "r.toml: line 5: key \"handon\" is unknown, the nearest is \"hand_on\""),
            ("port", "prot", "r.toml: line 8: key \"broker.prot\" is unknown, the nearest is \"port\""),
            ("id =", "ID =", "r.toml: line 10: key \"recipients.ID\" is unknown, the nearest is"),
        ] {
            let error = parse(&GOOD.replace(from, to)).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_value_of_a_wrong_type_names_its_line() {
        let error = parse(&GOOD.replace("1883", "\"many\"")).unwrap_err().to_string();
        assert!(error.contains("line 8") && error.contains("u16"), "{error}");
    }

    #[test]
    fn the_demo_speaks_to_loopback_and_others_by_tls() {
        let away = GOOD.replace("127.0.0.1", "broker.example");
        assert!(parse(&away).unwrap_err().to_string().contains("broker.host"));
        let hex = keys::hex(&[1; 32]);
        let staging = away
            .replace("\"demo\"\nauth", "\"staging\"\nauth")
            .replace("[\"demo\"]", &format!("[\"{hex}\"]"))
            .replace("catalog_root = \"demo\"", &format!("catalog_root = \"{hex}\""));
        assert!(parse(&staging).unwrap_err().to_string().contains("recipients.key"), "demo keys stay in the demo");
        let folder = tempfile::tempdir().unwrap();
        keys::write(&folder.path().join("ack.key"), &[1; 32]).unwrap();
        let with_key = staging.replace("key = \"demo\"", "key = \"ack.key\"");
        let error = Config::parse("r.toml", &with_key, folder.path(), std::iter::empty()).unwrap_err();
        assert!(error.to_string().contains("broker.tls"), "{error}");
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let variables = [("CONSENT_RECEIVER__BROKER__PORT", "2883"), ("CONSENT_RECEIVER__DATABASE", "x.db"), ("PATH", "/bin")];
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::parse("r.toml", GOOD, Path::new("/etc/r"), variables).unwrap();
        assert_eq!((config.broker.port, config.engine.database.as_deref()), (2883, Some(Path::new("/etc/r/x.db"))));
        let wrong = [("CONSENT_RECEIVER__BROKER__PROT".to_owned(), "1".to_owned())].into_iter();
        assert!(Config::parse("r.toml", GOOD, Path::new("."), wrong).unwrap_err().to_string().contains("broker.prot"));
    }

    #[test]
    fn whoever_publishes_catalogs_is_served() {
        let text = format!("publish_catalogs = \"other\"\n{GOOD}");
        assert!(parse(&text).unwrap_err().to_string().contains("publish_catalogs"));
    }
}
