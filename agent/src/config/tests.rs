use super::*;

const GOOD: &str = r#"
environment = "demo"
country = "DE"
model_line = "line-1"
state_dir = "state"
[sockets]
signals = "run/signals.sock"
signals_mode = "0660"
control = "/run/agent/control.sock"
[catalog]
root = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
recipient = "oem"
[recipients.insurer]
port = 2883
[context]
speed = "Vehicle.Speed"
"#;

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
    parse(text, Path::new("/etc/consent/agent.toml"), variables)
}

fn faults(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    read(text, variables).map(|_| ()).unwrap_err().0.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_file_gives_paths_beside_it_and_defaults() {
    let config = read(GOOD, &[]).unwrap();
    assert_eq!(config.state_dir, Path::new("/etc/consent/state"));
    assert_eq!(config.keys_dir, Path::new("/etc/consent/state/keys"));
    assert_eq!(config.signals, Some((PathBuf::from("/etc/consent/run/signals.sock"), 0o660)));
    assert_eq!(config.control.as_deref(), Some(Path::new("/run/agent/control.sock")));
    assert_eq!((config.broker.port, config.brokers["insurer"].port), (1_883, 2_883));
    assert_eq!(config.gatekeeper.catalog_root[31], 0x1f);
    assert_eq!((config.gatekeeper.disclosure_days, config.pool_keys), (30, 512));
}

#[test]
fn the_environment_comes_after_the_file() {
    let variables = [
        ("CONSENT_AGENT__BROKER__PORT", "1999"),
        ("CONSENT_AGENT__LANGUAGES", "[\"de\"]"),
        ("CONSENT_AGENT__LOG__LEVEL", "debug"),
        ("CONSENT_AGENT__COUNTRY", "FR"),
    ];
    let config = read(GOOD, &variables).unwrap();
    assert_eq!((config.broker.port, config.gatekeeper.languages, config.log.level.as_str()), (1_999, vec!["de".to_string()], "debug"));
    assert_eq!(config.gatekeeper.country, "FR");
    let told = faults(GOOD, &[("CONSENT_AGENT__BROKER__PROT", "1"), ("CONSENT_AGENT__BROKR__PORT", "1")]);
    assert_eq!(
        told,
        [
            "environment variable CONSENT_AGENT__BROKER__PROT: broker.prot: no such key; the nearest is broker.port",
            "environment variable CONSENT_AGENT__BROKR__PORT: brokr.port: no such key"
        ]
    );
    assert!(faults(GOOD, &[("CONSENT_AGENT__BROKER__PORT", "many")])[0].starts_with("environment (CONSENT_AGENT__…): "));
}

#[test]
fn every_wrong_key_is_named_with_its_line_and_the_nearest() {
    let text = GOOD.replace("model_line", "modelline").replace("speed =", "sped =").replace("port = 2883", "prot = 2883");
    assert_eq!(
        faults(&text, &[]),
        [
            "/etc/consent/agent.toml:4: modelline: no such key; the nearest is model_line",
            "/etc/consent/agent.toml:14: recipients.insurer.prot: no such key; the nearest is recipients.insurer.port",
            "/etc/consent/agent.toml:16: context.sped: no such key; the nearest is context.speed",
        ]
    );
}

#[test]
fn wrong_types_and_missing_keys_say_what_was_expected() {
    let told = faults(&GOOD.replace("port = 2883", "port = \"x\""), &[]);
    assert!(told[0].starts_with("/etc/consent/agent.toml:14: invalid type"), "{told:?}");
    let told = faults(&GOOD.replace("\"demo\"", "\"test\""), &[]);
    assert!(told[0].contains(":2:") && told[0].contains("demo"), "{told:?}");
    let told = faults("languages = [\"en\"]", &[]);
    let keys: Vec<&str> = told.iter().map(|line| line.split(": ").nth(1).unwrap()).collect();
    assert_eq!(keys, ["environment", "country", "model_line", "catalog.root", "catalog.recipient", "state_dir"]);
    assert!(faults("= 1", &[])[0].starts_with("/etc/consent/agent.toml:1: "));
    assert!(faults(&GOOD.replace("0660", "0999"), &[])[0].contains("octal"));
    let limits = format!("{GOOD}\n[limits]\nwindow = 0\nkeep_alive_s = 1");
    assert!(faults(&limits, &[]).iter().any(|line| line.contains("limits.window: 1 to 64 expected, 0 found")));
}

#[test]
fn a_broker_elsewhere_needs_tls_and_is_refused_in_the_demo() {
    let elsewhere = format!("{GOOD}\n[broker]\nhost = \"broker.example\"");
    let told = faults(&elsewhere, &[]);
    assert!(told.len() == 2 && told[0].contains("broker.host") && told[0].contains("demo") && told[1].contains("broker.tls"), "{told:?}");
    let told = faults(&elsewhere.replace("\"demo\"", "\"staging\""), &[]);
    assert!(told.len() == 1 && told[0].contains("broker.tls"), "{told:?}");
    let told = faults(&format!("{elsewhere}\n[broker.tls]\nca = \"nowhere.pem\"").replace("\"demo\"", "\"staging\""), &[]);
    assert!(told.len() == 1 && told[0].contains("nowhere.pem"), "{told:?}");
    assert!(read(&format!("{GOOD}\n[broker]\nhost = \"localhost\""), &[]).is_ok());
    let told = faults(&format!("{GOOD}\n[enrol]\nauthority = \"seed\"").replace("\"demo\"", "\"production\""), &[]);
    assert!(told[0].contains("enrol.authority"), "{told:?}");
}

#[test]
fn who_may_frame_the_screen_is_an_origin() {
    let screen = |origin: &str| format!("{GOOD}\n[screen]\nlisten = \"127.0.0.1:7681\"\nframe_ancestors = [\"{origin}\"]\n");
    assert!(read(&screen("http://127.0.0.1:7680"), &[]).is_ok());
    let found = faults(&screen("http://x; script-src *"), &[]);
    assert!(found.len() == 1 && found[0].contains("screen.frame_ancestors: an origin expected"), "{found:?}");
}
