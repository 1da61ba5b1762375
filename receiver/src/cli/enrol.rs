//! The enrolment authority of the desk: it says of a key that some enrolled car of an environment holds it, and not which one.

use super::{Form, Outcome, Usage, out};
use crate::{clock, keys};
use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Subcommand, ValueEnum};
use consent_protocol::catalog::Environment;
use consent_protocol::cert::Certificate;
use consent_protocol::envelope;
use consent_protocol::ids::from_hex;
use ed25519_dalek::{Signer as _, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Most keys of a request.
const KEYS_MAX: usize = 4_096;
/// Version of request and answer.
const VERSION: u32 = 1;

#[derive(Debug, Subcommand)]
pub(crate) enum Enrol {
    /// Makes the authority's key.
    #[command(after_help = "Example: consent-receiver enrol authority authority.key")]
    Authority {
        /// New file, of mode 0600.
        file: PathBuf,
        /// One JSON object on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Certifies the keys of a car's request.
    #[command(after_help = "Example: consent-receiver enrol sign --authority authority.key --environment demo request.json --output answer.json")]
    Sign {
        /// The request, as `consent-agent enrol` writes it.
        request: PathBuf,
        /// The authority's key file; `demo` is the key that everybody knows, in the demo environment.
        #[arg(long, value_name = "FILE")]
        authority: String,
        /// The environment that the authority certifies for.
        #[arg(long, value_enum)]
        environment: EnvironmentName,
        /// How long the certificates hold.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=1_000))]
        days: u16,
        /// File to write instead of standard output.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum EnvironmentName {
    Demo,
    Staging,
    Production,
}

impl From<EnvironmentName> for Environment {
    fn from(name: EnvironmentName) -> Self {
        match name {
            EnvironmentName::Demo => Self::Demo,
            EnvironmentName::Staging => Self::Staging,
            EnvironmentName::Production => Self::Production,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    version: u32,
    environment: Environment,
    keys: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    version: u32,
    environment: Environment,
    authority: String,
    certificates: Vec<String>,
}

/// Runs an enrolment command.
pub(crate) fn enrol(command: &Enrol) -> Result<Outcome> {
    match command {
        Enrol::Authority { file, json } => keygen(file, Form::of(*json)),
        Enrol::Sign { request, authority, environment, days, output } => {
            let environment = (*environment).into();
            let seed = keys::secret(authority, Path::new(""), environment, keys::DEMO_AUTHORITY)?;
            let text = std::fs::read_to_string(request).with_context(|| request.display().to_string())?;
            let now_s = u64::try_from(clock::wall_ms().div_euclid(1_000)).unwrap_or(0);
            let answer = sign(&text, &seed, environment, now_s.saturating_add(u64::from(*days) * 86_400)).with_context(|| request.display().to_string())?;
            let json = serde_json::to_string(&answer)?;
            match output {
                Some(path) => {
                    std::fs::write(path, format!("{json}\n")).with_context(|| path.display().to_string())?;
                    out::line(&format!("wrote {}: {} certificates for {environment:?}", path.display(), answer.certificates.len()))?;
                }
                None => out::line(&json)?,
            }
            Ok(Outcome::Well)
        }
    }
}

/// Makes a key file.
pub(crate) fn keygen(file: &Path, form: Form) -> Result<Outcome> {
    let seed = clock::random::<32>().map_err(|error| anyhow!("no randomness from the system: {error}"))?;
    keys::write(file, &seed)?;
    let public = keys::hex(&keys::public_of(&seed));
    if form == Form::Json {
        out::json(&json!({"schema": "consent-receiver/keygen/1", "file": file, "public": public}))?;
    } else {
        out::line(&format!("wrote {} (keep it secret)\npublic key {public}", file.display()))?;
    }
    Ok(Outcome::Well)
}

fn sign(request: &str, seed: &[u8; 32], environment: Environment, not_after_s: u64) -> Result<Answer> {
    let request: Request = serde_json::from_str(request).context("expected an enrolment request")?;
    if request.version != VERSION {
        bail!("request of version {}, expected {VERSION}", request.version);
    }
    if request.environment != environment {
        bail!(Usage(format!("request is for {:?}, this authority certifies for {environment:?}", request.environment)));
    }
    if request.keys.len() > KEYS_MAX {
        bail!("{} keys, expected at most {KEYS_MAX}", request.keys.len());
    }
    let key = SigningKey::from_bytes(seed);
    let authority = key.verifying_key().to_bytes();
    let certify = |(at, text): (usize, &String)| {
        let public = from_hex::<32>(text).ok_or_else(|| anyhow!("key {at}: expected 64 hexadecimal digits"))?;
        let serial = clock::random::<16>().map_err(|error| anyhow!("no randomness from the system: {error}"))?;
        let certificate = Certificate { version: 1, environment, public, serial, not_after_s };
        let sealed = certificate.seal(envelope::key_id(&authority), |bytes| Ok::<_, anyhow::Error>(key.sign(bytes).to_bytes()))?;
        Ok::<_, anyhow::Error>(keys::hex(&sealed))
    };
    let certificates = request.keys.iter().enumerate().map(certify).collect::<Result<_>>()?;
    Ok(Answer { version: VERSION, environment, authority: keys::hex(&authority), certificates })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_hold_and_environments_do_not_mix() {
        let seed = [4; 32];
        let car = keys::public_of(&[5; 32]);
        let request = format!(r#"{{"version":1,"environment":"staging","keys":["{}"]}}"#, keys::hex(&car));
        let answer = sign(&request, &seed, Environment::Staging, 1_000).unwrap();
        assert_eq!(answer.authority, keys::hex(&keys::public_of(&seed)));
        let digits = answer.certificates[0].as_bytes().chunks(2);
        let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect();
        let opened = Certificate::open(&bytes, &[keys::public_of(&seed)], Environment::Staging, 999).unwrap();
        assert_eq!((opened.public, opened.environment), (car, Environment::Staging));
        let error = sign(&request, &seed, Environment::Production, 1_000).unwrap_err().to_string();
        assert!(error.contains("Staging") && error.contains("Production"), "{error}");
        assert!(sign(&request.replace("\"keys\"", "\"key\""), &seed, Environment::Staging, 1).is_err());
    }
}
