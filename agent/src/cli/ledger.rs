//! `ledger` and `data`: the record of consent and of what left, shown, checked and exported.

use super::client::{data as fetch, tell};
use super::{Common, Outcome, out, show};
use anyhow::{Context, bail};
use clap::Subcommand;
use consent_gatekeeper::control::Request;
use consent_protocol::ids::from_hex;
use consent_protocol::ledger::{Exported, verify_chain};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Most batches that `data export` takes: what the daemon gives in one answer.
const EXPORT_BATCHES: u32 = 1_000;

/// The ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// Entries in words.
    Show {
        /// First number; none = the newest.
        #[arg(long)]
        from: Option<u64>,
        /// At most so many.
        #[arg(long)]
        count: Option<u32>,
    },
    /// The receipt of a consent event, as ISO/IEC TS 27560 has it, in JSON-LD: with the secret that ends it without the car.
    Receipt {
        /// Number of the entry.
        entry: u64,
    },
    /// Checks numbers, digests, signatures and bodies of the whole chain, here and not only in the daemon.
    Verify {
        /// An exported file, instead of the running daemon's ledger.
        file: Option<PathBuf>,
        /// The car's public ledger key, if it is known from elsewhere.
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
    },
    /// Writes the whole chain to a file, for a verifier elsewhere.
    Export {
        /// The file; mode 0600.
        file: PathBuf,
    },
}

/// What left.
#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// The newest batches, decoded from the signed bytes.
    Show {
        /// Use id; none = all.
        use_id: Option<String>,
        /// At most so many batches.
        #[arg(long)]
        count: Option<u32>,
    },
    /// Writes what left to a file as JSON.
    Export {
        /// The file; mode 0600.
        file: PathBuf,
    },
    /// Destroys a person's data here and asks recipients to erase what they hold.
    Erase {
        /// Use id; none = everything of the person.
        use_id: Option<String>,
        /// Person id; none = who drives.
        #[arg(long)]
        person: Option<String>,
    },
}

/// `ledger`.
pub(crate) fn ledger(common: &Common, command: &Ledger) -> anyhow::Result<Outcome> {
    match command {
        Ledger::Show { from, count } => tell(common, &Request::LedgerShow { from: *from, count: *count }, show::ledger),
        Ledger::Receipt { entry } => tell(common, &Request::LedgerReceipt { entry: *entry }, show::plain),
        Ledger::Verify { file, key } => verify(common, file.as_deref(), key.as_deref()),
        Ledger::Export { file } => {
            let chain = fetch(common, &Request::LedgerExport)?;
            write(common, file, &chain, "entries")
        }
    }
}

/// `data`.
pub(crate) fn data(common: &Common, command: &Data) -> anyhow::Result<Outcome> {
    match command {
        Data::Show { use_id, count } => tell(common, &Request::DataShow { person: None, use_id: use_id.clone(), before_ms: None, count: *count }, show::data),
        Data::Export { file } => {
            let batches = fetch(common, &Request::DataShow { person: None, use_id: None, before_ms: None, count: Some(EXPORT_BATCHES) })?;
            write(common, file, &batches, "batches")
        }
        Data::Erase { use_id, person } => tell(common, &Request::DataErase { person: person.clone(), use_id: use_id.clone() }, show::plain),
    }
}

/// The exported chain.
#[derive(Deserialize)]
struct Chain {
    public_key: String,
    entries: Vec<Exported>,
}

fn verify(common: &Common, file: Option<&Path>, key: Option<&str>) -> anyhow::Result<Outcome> {
    let (value, by_daemon) = if let Some(file) = file {
        let text = std::fs::read(file).with_context(|| file.display().to_string())?;
        (serde_json::from_slice(&text).with_context(|| format!("{}: an exported ledger expected", file.display()))?, Value::Null)
    } else {
        // The daemon's word first: what it exports afterwards holds at least that.
        let word = fetch(common, &Request::LedgerVerify)?;
        (fetch(common, &Request::LedgerExport)?, word)
    };
    let chain: Chain = serde_json::from_value(value).context("an exported ledger expected")?;
    if key.is_some_and(|key| !key.eq_ignore_ascii_case(&chain.public_key)) {
        bail!("the ledger is signed by another key than the one given");
    }
    let public = from_hex::<32>(&chain.public_key).context("public_key: 64 hexadecimal digits expected")?;
    let checked = verify_chain(chain.entries.iter(), &public);
    let daemon_holds = by_daemon.get("holds").and_then(Value::as_bool);
    let holds = checked.is_ok() && daemon_holds != Some(false);
    match (common.form(), &checked) {
        (out::Form::Json, Ok(report)) => {
            out::line(&json!({ "version": 1, "holds": holds, "public_key": chain.public_key, "report": report, "daemon": by_daemon }).to_string());
        }
        (out::Form::Json, Err(error)) => {
            out::line(&json!({ "version": 1, "holds": false, "public_key": chain.public_key, "error": error.to_string(), "daemon": by_daemon }).to_string());
        }
        (out::Form::Words, Ok(report)) => {
            out::line(&format!(
                "{} entries chained and signed by {}; {} with their text, {} erased or not shown",
                report.entries, chain.public_key, report.bodies, report.erased
            ));
            if daemon_holds == Some(false) {
                out::complain(&format!("but the daemon finds: {}", by_daemon.get("error").and_then(Value::as_str).unwrap_or("a fault")));
            }
        }
        (out::Form::Words, Err(error)) => out::complain(&format!("the chain does not hold: {error}")),
    }
    Ok(if holds { Outcome::Done } else { Outcome::NotDone })
}

fn write(common: &Common, file: &Path, value: &Value, what: &str) -> anyhow::Result<Outcome> {
    let count = value.get(what).and_then(Value::as_array).map_or(0, Vec::len);
    let told = || file.display().to_string();
    let mut to = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(file).with_context(told)?;
    to.write_all(&serde_json::to_vec(value)?).with_context(told)?;
    to.sync_all().with_context(told)?;
    match common.form() {
        out::Form::Words => out::line(&format!("{}: {count} {what}", file.display())),
        out::Form::Json => out::line(&json!({ "version": 1, "file": file, what: count }).to_string()),
    }
    Ok(Outcome::Done)
}
