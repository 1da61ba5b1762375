//! From keys as written to a configuration that can work.

use super::raw::{Broker, Limits, Raw, Screen, Sockets, Tls};
use super::{Authority, Config, ConfigError, Fault, Log, environment_name};
use crate::link::Target;
use crate::link::tls::{TlsFiles, client};
use consent_gatekeeper::ContextSignals;
use consent_protocol::catalog::Environment;
use consent_protocol::ids::from_hex;
use consent_screen::ScreenConfig;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Stands for a key that everybody can derive, in the demo environment only.
const DEMO: &str = "demo";

/// Collects faults while going on.
struct Check<'a> {
    file: &'a Path,
    faults: Vec<Fault>,
}

impl Check<'_> {
    fn fault(&mut self, key: &str, told: impl Into<String>) {
        self.faults.push(Fault { place: self.file.display().to_string(), key: key.to_string(), told: told.into() });
    }

    fn need<T: Default>(&mut self, key: &str, found: Option<T>, expected: &str) -> T {
        found.unwrap_or_else(|| {
            self.fault(key, format!("{expected} expected, nothing found"));
            T::default()
        })
    }

    fn range<T: PartialOrd + std::fmt::Display + Copy>(&mut self, key: &str, found: T, (min, max): (T, T)) -> T {
        if found < min || found > max {
            self.fault(key, format!("{min} to {max} expected, {found} found"));
        }
        found
    }

    fn path(&self, path: PathBuf) -> PathBuf {
        self.file.parent().map_or_else(|| path.clone(), |folder| folder.join(&path))
    }
}

pub(super) fn config(raw: Raw, file: &Path) -> Result<Config, ConfigError> {
    let mut check = Check { file, faults: Vec::new() };
    let environment = raw.environment.unwrap_or_else(|| {
        check.fault("environment", "demo, staging or production expected, nothing found");
        Environment::Production
    });
    let gatekeeper = gatekeeper(&mut check, &raw, environment);
    let state_dir = check.need("state_dir", raw.state_dir, "a folder");
    let state_dir = check.path(state_dir);
    let keys_dir = raw.enrol.keys_dir.map_or_else(|| state_dir.join("keys"), |folder| check.path(folder));
    let pool_keys = check.range("enrol.pool", raw.enrol.pool.unwrap_or(crate::keys::POOL_KEYS), (16, 4_096));
    if raw.enrol.authority.is_some() && environment != Environment::Demo {
        check.fault("enrol.authority", "an authority's seed may lie beside the car in the demo environment only");
    }
    let (signals, control) = sockets(&mut check, &raw.sockets);
    let broker = broker(&mut check, ("broker", environment), &raw.broker, &raw.limits);
    let brokers = raw
        .recipients
        .iter()
        .map(|(id, raw_broker)| (id.clone(), self::broker(&mut check, (&format!("recipients.{id}"), environment), raw_broker, &raw.limits)));
    let brokers = brokers.collect();
    let screen = screen(&mut check, &raw.screen, &gatekeeper.languages);
    let config = Config {
        gatekeeper,
        state_dir,
        keys_dir,
        pool_keys,
        authority: raw.enrol.authority.map(|path| if path.as_os_str() == DEMO { Authority::Demo } else { Authority::File(check.path(path)) }),
        signals,
        control,
        control_users: raw.sockets.control_users.iter().copied().collect(),
        catalog_file: raw.catalog.file.map(|path| check.path(path)),
        brokers,
        broker,
        screen,
        line_bytes_max: check.range("limits.line_bytes_max", raw.limits.line_bytes_max.unwrap_or(65_536), (256, 1 << 20)),
        log: Log { format: raw.log.format, level: raw.log.level.unwrap_or_else(|| "info".to_string()) },
    };
    if check.faults.is_empty() { Ok(config) } else { Err(ConfigError(check.faults)) }
}

fn gatekeeper(check: &mut Check<'_>, raw: &Raw, environment: Environment) -> consent_gatekeeper::Config {
    let country = check.need("country", raw.country.clone(), "an ISO 3166 code, as DE");
    if raw.country.is_some() && !(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase())) {
        check.fault("country", "two capital letters expected, as DE");
    }
    let model_line = check.need("model_line", raw.model_line.clone(), "a model line, as line-1");
    if !model_line.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        check.fault("model_line", "lower-case letters, digits and hyphens expected");
    }
    consent_gatekeeper::Config {
        environment,
        country,
        model_line,
        catalog_root: root(check, raw, environment),
        catalog_recipient: check.need("catalog.recipient", raw.catalog.recipient.clone(), "the id of the recipient over whose connection catalogs come"),
        queue_bytes_max: check.range("queue_bytes_max", raw.queue_bytes_max.unwrap_or(64 << 20), (1 << 16, 1 << 36)),
        review_bytes_max: check.range("review_bytes_max", raw.review_bytes_max.unwrap_or(8 << 20), (1 << 12, 1 << 36)),
        disclosure_days: check.range("disclosure_days", raw.disclosure_days.unwrap_or(30), (1, 366)),
        context: ContextSignals {
            speed: raw.context.speed.clone(),
            gear: raw.context.gear.clone(),
            parking_brake: raw.context.parking_brake.clone(),
            ignition: raw.context.ignition.clone(),
            pause: raw.context.pause.clone(),
            stop: raw.context.stop.clone(),
        },
        languages: raw.languages.clone().filter(|languages| !languages.is_empty()).unwrap_or_else(|| vec!["en".to_string()]),
    }
}

fn screen(check: &mut Check<'_>, raw: &Screen, languages: &[String]) -> Option<ScreenConfig> {
    let listen = raw.listen?;
    if !listen.ip().is_loopback() {
        check.fault("screen.listen", format!("a loopback address expected, as 127.0.0.1:7681, {listen} found"));
    }
    for origin in raw.frame_ancestors.iter().filter(|origin| !consent_screen::serve::is_origin(origin)) {
        check.fault("screen.frame_ancestors", format!("an origin expected, as http://127.0.0.1:8080, {origin:?} found"));
    }
    Some(ScreenConfig { listen, frame_ancestors: raw.frame_ancestors.clone(), languages: languages.to_vec() })
}

fn root(check: &mut Check<'_>, raw: &Raw, environment: Environment) -> [u8; 32] {
    let text = match (&raw.catalog.root, &raw.catalog.root_file) {
        (Some(text), None) if text == DEMO && environment == Environment::Demo => return crate::keys::public_of(&crate::keys::demo_seed("catalog-root")),
        (Some(text), None) => text.clone(),
        (None, Some(path)) => {
            let path = check.path(path.clone());
            std::fs::read_to_string(&path).unwrap_or_else(|error| {
                check.fault("catalog.root_file", format!("{}: {error}", path.display()));
                "0".repeat(64)
            })
        }
        (Some(_), Some(_)) | (None, None) => {
            check.fault("catalog.root", "the public key of catalogs expected, either as 64 hexadecimal digits or as root_file");
            return [0; 32];
        }
    };
    from_hex(text.trim()).unwrap_or_else(|| {
        check.fault("catalog.root", format!("64 hexadecimal digits expected, {} characters found", text.trim().len()));
        [0; 32]
    })
}

type Opened = (Option<(PathBuf, u32)>, Option<PathBuf>);

fn sockets(check: &mut Check<'_>, raw: &Sockets) -> Opened {
    let mode = raw.signals_mode.as_deref().unwrap_or("0600");
    let mode = u32::from_str_radix(mode, 8).ok().filter(|mode| *mode & !0o777 == 0).unwrap_or_else(|| {
        check.fault("sockets.signals_mode", "octal permissions expected, as \"0660\"");
        0o600
    });
    let signals = raw.signals.clone().map(|path| (check.path(path), mode));
    (signals, raw.control.clone().map(|path| check.path(path)))
}

fn broker(check: &mut Check<'_>, (key, environment): (&str, Environment), raw: &Broker, limits: &Limits) -> Target {
    let host = raw.host.clone().unwrap_or_else(|| "127.0.0.1".to_string());
    if !is_loopback(&host) {
        if environment == Environment::Demo {
            check.fault(&format!("{key}.host"), format!("a broker on loopback expected in the environment {}, {host} found", environment_name(environment)));
        }
        if raw.tls.is_none() {
            check.fault(&format!("{key}.tls"), format!("a section with ca, cert and key expected: {host} is not loopback"));
        }
    }
    let tls = raw.tls.as_ref().and_then(|files| tls(check, key, files));
    Target {
        host,
        port: raw.port.unwrap_or(if raw.tls.is_some() { 8_883 } else { 1_883 }),
        tls,
        window: check.range("limits.window", limits.window.unwrap_or(16), (1, 64)),
        keep_alive_s: check.range("limits.keep_alive_s", limits.keep_alive_s.unwrap_or(15), (5, 600)),
        packet_bytes_max: check.range("limits.packet_bytes_max", limits.packet_bytes_max.unwrap_or(2 << 20), (16 << 10, 16 << 20)),
        spread_ms_max: check.range("limits.spread_ms_max", limits.spread_ms_max.unwrap_or(1_000), (0, 600_000)),
    }
}

fn tls(check: &mut Check<'_>, key: &str, raw: &Tls) -> Option<std::sync::Arc<rustls::ClientConfig>> {
    let ca = check.need(&format!("{key}.tls.ca"), raw.ca.clone(), "a file with authorities' certificates");
    let pair = match (&raw.cert, &raw.key) {
        (Some(cert), Some(private)) => Some((check.path(cert.clone()), check.path(private.clone()))),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            check.fault(&format!("{key}.tls"), "cert and key expected together");
            return None;
        }
    };
    match client(&TlsFiles { ca: check.path(ca), client: pair }) {
        Ok(config) => Some(config),
        Err(error) => {
            check.fault(&format!("{key}.tls"), error.to_string());
            None
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
