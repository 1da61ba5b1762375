//! Which keys exist.

/// Sections with their keys; `*` stands for any name.
const SECTIONS: [(&str, &[&str]); 12] = [
    (
        "",
        &[
            "environment",
            "country",
            "model_line",
            "state_dir",
            "languages",
            "queue_bytes_max",
            "review_bytes_max",
            "disclosure_days",
            "sockets",
            "catalog",
            "enrol",
            "broker",
            "recipients",
            "context",
            "screen",
            "log",
            "limits",
        ],
    ),
    ("sockets", &["signals", "signals_mode", "control", "control_users"]),
    ("catalog", &["root", "root_file", "file", "recipient"]),
    ("enrol", &["keys_dir", "pool", "authority"]),
    ("broker", &["host", "port", "tls"]),
    ("broker.tls", &["ca", "cert", "key"]),
    ("recipients.*", &["host", "port", "tls"]),
    ("recipients.*.tls", &["ca", "cert", "key"]),
    ("context", &["speed", "gear", "parking_brake", "ignition", "pause", "stop"]),
    ("screen", &["listen", "frame_ancestors"]),
    ("log", &["format", "level"]),
    ("limits", &["window", "keep_alive_s", "packet_bytes_max", "spread_ms_max", "line_bytes_max"]),
];

/// Whether a key stands where it may.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It exists.
    Yes,
    /// It does not; the nearest one that does, dotted.
    No { nearest: Option<String> },
}

/// Looks a dotted key up, part by part.
pub(super) fn known(parts: &[&str]) -> Known {
    let Some((last, section)) = parts.split_last() else { return Known::Yes };
    if section == ["recipients"] {
        return Known::Yes;
    }
    let pattern = match section {
        ["recipients", _] => "recipients.*".to_string(),
        ["recipients", _, rest @ ..] => format!("recipients.*.{}", rest.join(".")),
        other => other.join("."),
    };
    match SECTIONS.iter().find(|(name, _)| *name == pattern) {
        Some((_, keys)) if keys.contains(last) => Known::Yes,
        Some((_, keys)) => Known::No { nearest: nearest(last, keys, section) },
        None => Known::No { nearest: None },
    }
}

fn nearest(key: &str, here: &[&str], section: &[&str]) -> Option<String> {
    let prefix = section.iter().flat_map(|part| [*part, "."]).collect::<String>();
    let local = here.iter().map(|known| (*known, format!("{prefix}{known}")));
    let elsewhere = SECTIONS.iter().filter(|(name, _)| !name.contains('*')).flat_map(|(name, keys)| keys.iter().map(move |known| (*known, *name)));
    let elsewhere = elsewhere.map(|(known, name)| (known, if name.is_empty() { known.to_string() } else { format!("{name}.{known}") }));
    let scored = local.chain(elsewhere).map(|(known, dotted)| (strsim::jaro_winkler(key, known), dotted));
    // The first of equals: a key of the same section.
    scored
        .fold(None, |best: Option<(f64, String)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            Some(_) | None => Some(next),
        })
        .filter(|(likeness, _)| *likeness >= 0.7)
        .map(|(_, dotted)| dotted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_is_told_its_nearest() {
        let nearest = |key: &str| match known(&key.split('.').collect::<Vec<_>>()) {
            Known::Yes => "known".to_string(),
            Known::No { nearest } => nearest.unwrap_or_default(),
        };
        assert_eq!(nearest("environment"), "known");
        assert_eq!(nearest("enviroment"), "environment");
        assert_eq!(nearest("broker.prot"), "broker.port");
        assert_eq!(nearest("window"), "limits.window");
        assert_eq!(nearest("recipients.oem.tls.cert"), "known");
        assert_eq!(nearest("recipients.oem.hots"), "recipients.oem.host");
        assert_eq!(nearest("xyz"), "");
    }
}
