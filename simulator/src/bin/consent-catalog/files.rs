//! Commands that write files: init, check, compile, keygen, sign; and reading a catalog in any of its forms.

use crate::Outcome;
use crate::args::{CheckArgs, CompileArgs, InitArgs, KeygenArgs, SignArgs, Template, VssArgs};
use crate::out;
use anyhow::{Context, Result, bail};
use consent_protocol::catalog::{CompiledCatalog, Environment};
use consent_protocol::envelope::{self, Kind};
use consent_protocol::ids::from_hex;
use consent_protocol::tables::Tables;
use consent_simulator::catalog::{self, Code, Loaded, Report, Vss, demo};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::json;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;

/// Writes a catalog to start from.
pub(crate) fn init(args: &InitArgs) -> Result<Outcome> {
    if args.file.exists() && !args.force {
        bail!("{}: exists; --force overwrites it", args.file.display());
    }
    let next;
    let text = match args.template {
        Template::Starter => catalog::STARTER,
        Template::Example => demo::EXAMPLE,
        Template::ExampleNext => {
            next = demo::example_next();
            &next
        }
    };
    write(&args.file, text.as_bytes())?;
    out::line(format!("wrote {}", args.file.display()))?;
    Ok(Outcome::Well)
}

/// Names every fault.
pub(crate) fn check(args: &CheckArgs) -> Result<Outcome> {
    if let Some(code) = &args.explain {
        return explain(code);
    }
    let Some(file) = &args.file else { bail!("expected a catalog") };
    let tree = vss(&args.vss)?;
    match catalog::load_all(file, &tree) {
        Ok(loaded) => {
            let Loaded { compiled, .. } = &loaded;
            let (uses, recipients, signals) = (compiled.uses.len(), compiled.recipients.len(), compiled.signals.len());
            if args.json {
                out::json(
                    &json!({"schema": "consent-catalog/check/1", "file": file, "faults": [], "uses": uses, "recipients": recipients, "signals": signals, "vss": tree.version}),
                )?;
            } else {
                let counts = [counted(uses, "use"), counted(recipients, "recipient"), counted(signals, "signal")].join(", ");
                out::line(format!("{}: no fault; {counts} of VSS {}", file.display(), tree.version))?;
            }
            Ok(Outcome::Well)
        }
        Err(report) if args.json => {
            out::json(&json!({"schema": "consent-catalog/check/1", "file": file, "faults": report.faults, "vss": tree.version}))?;
            Ok(Outcome::Problem)
        }
        Err(report) => {
            out::line(&report)?;
            Ok(Outcome::Problem)
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn explain(code: &str) -> Result<Outcome> {
    let codes = if code == "all" { Code::ALL.to_vec() } else { vec![Code::from_str(code)?] };
    for code in codes {
        out::line(format!("{code} {}\n    {}", code.title(), code.explanation()))?;
    }
    Ok(Outcome::Well)
}

/// Compiles; refuses what has a fault.
pub(crate) fn compile(args: &CompileArgs) -> Result<Outcome> {
    let compiled = match catalog::load(&args.file, &vss(&args.vss)?) {
        Ok(compiled) => compiled,
        Err(report) => return refuse(&report),
    };
    let output = args.output.clone().unwrap_or_else(|| args.file.with_extension("bin"));
    let bytes = compiled.to_bytes();
    write(&output, &bytes)?;
    let digest = compiled.digest().to_string();
    if args.json {
        out::json(
            &json!({"schema": "consent-catalog/compile/1", "output": output, "bytes": bytes.len(), "digest": digest, "version": compiled.version, "audience": compiled.audience()}),
        )?;
    } else {
        out::line(format!("wrote {}: version {} for {}, {} bytes\ndigest {digest}", output.display(), compiled.version, compiled.audience(), bytes.len()))?;
    }
    Ok(Outcome::Well)
}

fn refuse(report: &Report) -> Result<Outcome> {
    out::complain(report)?;
    out::complain("not compiled")?;
    Ok(Outcome::Problem)
}

/// Makes a root key.
pub(crate) fn keygen(args: &KeygenArgs) -> Result<Outcome> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
    let key = SigningKey::from_bytes(&seed);
    let mut options = std::fs::OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(0o600).open(&args.file);
    let mut file = opened.with_context(|| format!("{}: expected a new file", args.file.display()))?;
    writeln!(file, "{}", hex(&seed)).and_then(|()| file.sync_all()).with_context(|| args.file.display().to_string())?;
    let public = hex(&key.verifying_key().to_bytes());
    if args.json {
        out::json(&json!({"schema": "consent-catalog/keygen/1", "file": args.file, "public": public}))?;
    } else {
        out::line(format!("wrote {} (keep it secret)\npublic key {public}", args.file.display()))?;
    }
    Ok(Outcome::Well)
}

/// Signs a compiled catalog.
pub(crate) fn sign(args: &SignArgs) -> Result<Outcome> {
    let bytes = catalog::read_bytes(&args.file)?;
    let compiled = CompiledCatalog::from_bytes(&bytes).with_context(|| format!("{}: expected what `compile` writes", args.file.display()))?;
    Tables::new(&compiled).with_context(|| args.file.display().to_string())?;
    let key = signing_key(args, compiled.environment)?;
    let public = key.verifying_key().to_bytes();
    let signed = envelope::seal(Kind::Catalog, envelope::key_id(&public), bytes, |message| key.try_sign(message).map(|signature| signature.to_bytes()));
    let signed = signed.map_err(|error| anyhow::anyhow!("signing failed: {error}"))?;
    let output = args.output.clone().unwrap_or_else(|| args.file.with_extension("cose"));
    write(&output, &signed)?;
    if args.json {
        out::json(
            &json!({"schema": "consent-catalog/sign/1", "output": output, "bytes": signed.len(), "version": compiled.version, "audience": compiled.audience(), "public": hex(&public)}),
        )?;
    } else {
        out::line(format!("wrote {}: version {} for {}, signed by {}", output.display(), compiled.version, compiled.audience(), hex(&public)))?;
    }
    Ok(Outcome::Well)
}

fn signing_key(args: &SignArgs, environment: Environment) -> Result<SigningKey> {
    if args.demo_key {
        if environment != Environment::Demo {
            bail!("expected a catalog of the demo environment for the demo key, found {environment:?}");
        }
        return Ok(catalog::demo_root());
    }
    let Some(path) = &args.key else { bail!("expected --key") };
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let seed = from_hex::<32>(text.trim()).with_context(|| format!("{}: expected 64 hexadecimal digits, as keygen writes them", path.display()))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// The VSS tree that was named, or our own.
pub(crate) fn vss(args: &VssArgs) -> Result<Vss> {
    Ok(match &args.vss {
        Some(path) => Vss::load(path)?,
        None => Vss::small(),
    })
}

/// Reads a catalog in any form.
pub(crate) fn any(path: &Path, args: &VssArgs) -> Result<Loaded> {
    Ok(catalog::read_any(path, &vss(args)?)?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
