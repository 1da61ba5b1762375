//! The command line: what is asked, and what it exits with. 0: well, 1: found a problem, 2: asked wrongly.

mod check;
mod enrol;
mod inspect;
mod out;
mod show;

use crate::clock;
use crate::config::{Config, ConfigError, LogFormat};
use crate::run;
use anyhow::{Context as _, Result, anyhow};
use clap::{Args, Parser, Subcommand};
use consent_protocol::ids::from_hex;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Receives what cars were allowed to send: verifies, stores, hands on, acknowledges, erases.
#[derive(Debug, Parser)]
#[command(name = "consent-receiver", version, after_help = "Example: consent-receiver run --config deploy/receiver.toml")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Where {
    /// Configuration file.
    #[arg(long, value_name = "FILE", default_value = "deploy/receiver.toml")]
    config: PathBuf,
    /// One JSON object on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until SIGTERM or SIGINT.
    #[command(after_help = "Example: consent-receiver run --config deploy/receiver.toml")]
    Run {
        /// Configuration file.
        #[arg(long, value_name = "FILE", default_value = "deploy/receiver.toml")]
        config: PathBuf,
    },
    /// Certifies the keys of cars (for the desk).
    #[command(subcommand, after_help = "Example: consent-receiver enrol sign --authority authority.key --environment demo request.json --output answer.json")]
    Enrol(enrol::Enrol),
    /// Makes a secret key: of a recipient, or of anything else that signs.
    #[command(after_help = "Example: consent-receiver keygen arvena.key")]
    Keygen {
        /// New file, of mode 0600.
        file: PathBuf,
        /// One JSON object on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Counts and streams by recipient.
    #[command(after_help = "Example: consent-receiver status --config deploy/receiver.toml --json")]
    Status {
        #[command(flatten)]
        at: Where,
    },
    /// What a stream was told, or what a batch rests on and what became of it.
    #[command(after_help = "Example: consent-receiver explain 00112233445566778899aabbccddeeff-7")]
    Explain {
        /// A stream (32 hexadecimal digits), or a batch: the stream, a hyphen, its number.
        name: String,
        #[command(flatten)]
        at: Where,
    },
    /// Checks a file: an envelope (batch, statement) or handed-on lines against the store.
    #[command(after_help = "Example: consent-receiver verify target/receiver/out/arvena/00112233445566778899aabbccddeeff-2026-03-01.jsonl")]
    Verify {
        /// The file.
        file: PathBuf,
        /// Public key of the stream, if the store does not know it.
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
        #[command(flatten)]
        at: Where,
    },
    /// What was refused or contradicts what is stored.
    #[command(subcommand, after_help = "Example: consent-receiver refused list --config deploy/receiver.toml")]
    Refused(Refused),
    /// Ends a basis by the secret on a receipt (R35), and erases what was received on it.
    #[command(after_help = "Example: consent-receiver withdraw --secret 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")]
    Withdraw {
        /// 64 hexadecimal digits.
        #[arg(long, value_name = "HEX")]
        secret: String,
        #[command(flatten)]
        at: Where,
    },
    /// Says that one of a recipient's systems has erased everything that was asked for until now (R45).
    #[command(after_help = "Example: consent-receiver erased --recipient insurer scoring")]
    Erased {
        /// The system, as the catalog names it.
        system: String,
        /// Whose.
        #[arg(long)]
        recipient: String,
        #[command(flatten)]
        at: Where,
    },
    /// Hands everything that is still held on again, to standard output.
    #[command(after_help = "Example: consent-receiver replay --config deploy/receiver.toml > all.jsonl")]
    Replay {
        /// Configuration file.
        #[arg(long, value_name = "FILE", default_value = "deploy/receiver.toml")]
        config: PathBuf,
        /// Only of this recipient.
        #[arg(long)]
        recipient: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum Refused {
    /// Lists them.
    #[command(after_help = "Example: consent-receiver refused list --json")]
    List {
        #[command(flatten)]
        at: Where,
    },
    /// Shows one: its header, why it was refused, its rows where they can be read.
    #[command(after_help = "Example: consent-receiver refused show 00112233445566778899aabbccddeeff-7 --output batch.cose")]
    Show {
        /// The batch: stream, hyphen, number.
        name: String,
        /// Writes the signed envelope to a file.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        at: Where,
    },
}

impl Where {
    fn form(&self) -> Form {
        Form::of(self.json)
    }
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Json,
}

impl Form {
    #[allow(clippy::fn_params_excessive_bools, reason = "a flag of the command line is a bool")]
    fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Well,
    Problem,
}

/// Parses the command line, does what it says, and yields the exit code.
pub fn main() -> ExitCode {
    match dispatch(Cli::parse().command) {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Problem) => ExitCode::from(1),
        Err(error) => {
            out::complain(&format!("{error:#}"));
            ExitCode::from(if error.downcast_ref::<ConfigError>().is_some() || error.downcast_ref::<Usage>().is_some() { 2 } else { 1 })
        }
    }
}

/// Something was asked wrongly.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(String);

fn dispatch(command: Command) -> Result<Outcome> {
    match command {
        Command::Run { config } => serve(Config::load(&config)?),
        Command::Enrol(enrol) => enrol::enrol(&enrol),
        Command::Keygen { file, json } => enrol::keygen(&file, Form::of(json)),
        Command::Status { at } => show::status(&Config::load(&at.config)?, at.form()),
        Command::Explain { name, at } => show::explain(&Config::load(&at.config)?, &name, at.form()),
        Command::Verify { file, key, at } => check::verify(&Config::load(&at.config)?, &file, key.as_deref(), at.form()),
        Command::Refused(Refused::List { at }) => show::refused(&Config::load(&at.config)?, at.form()),
        Command::Refused(Refused::Show { name, output, at }) => show::refused_one(&Config::load(&at.config)?, &name, output.as_deref(), at.form()),
        Command::Withdraw { secret, at } => withdraw(&Config::load(&at.config)?, &secret, at.form()),
        Command::Erased { system, recipient, at } => erased(&Config::load(&at.config)?, &system, &recipient, at.form()),
        Command::Replay { config, recipient } => check::replay(&Config::load(&config)?, recipient.as_deref()),
    }
}

fn serve(config: Config) -> Result<Outcome> {
    start_logging(config.log);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    let recipients: Vec<&str> = config.engine.recipients.iter().map(|recipient| recipient.id.as_str()).collect();
    tracing::info!(environment = ?config.engine.environment, ?recipients, broker = %config.broker.host, port = config.broker.port, "starting");
    let handle = run::start(config)?;
    tell_manager(&[sd_notify::NotifyState::Ready]);
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        tokio::select! {
            _ = terminate.recv() => (),
            _ = interrupt.recv() => (),
        }
        Ok::<_, std::io::Error>(())
    })?;
    tell_manager(&[sd_notify::NotifyState::Stopping]);
    handle.shutdown();
    tracing::info!("stopped");
    Ok(Outcome::Well)
}

fn tell_manager(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "no service manager");
    }
}

fn start_logging(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rumqttc=warn"));
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => base.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => base.json().init(),
    }
}

fn withdraw(config: &Config, secret: &str, form: Form) -> Result<Outcome> {
    let secret = from_hex::<32>(secret).ok_or_else(|| anyhow!(Usage("--secret: expected 64 hexadecimal digits".to_owned())))?;
    let mut engine = run::open(config)?;
    let bases = engine.withdraw_quietly(clock::wall_ms(), &secret)?;
    if form == Form::Json {
        out::json(&json!({"schema": "consent-receiver/withdraw/1", "bases": bases}))?;
    } else if bases == 0 {
        out::line("no basis here has this secret")?;
    } else {
        out::line(&format!("{bases} bases ended, what was received on them is erased; the car is told when it connects"))?;
    }
    Ok(if bases == 0 { Outcome::Problem } else { Outcome::Well })
}

fn erased(config: &Config, system: &str, recipient: &str, form: Form) -> Result<Outcome> {
    let mut engine = run::open(config)?;
    let streams = engine.system_erased(clock::wall_ms(), recipient, system)?;
    if form == Form::Json {
        out::json(&json!({"schema": "consent-receiver/erased/1", "recipient": recipient, "system": system, "streams": streams}))?;
    } else {
        out::line(&format!("noted; the cars of {streams} streams are told when they connect"))?;
    }
    Ok(Outcome::Well)
}

/// A public key from the command line.
fn key_argument(text: &str) -> Result<[u8; 32]> {
    from_hex::<32>(text).ok_or_else(|| anyhow!(Usage(format!("--key: expected 64 hexadecimal digits, found {} characters", text.len()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn every_command_has_an_example() {
        fn check(command: &clap::Command) {
            assert!(command.get_after_help().is_some_and(|help| help.to_string().contains("Example: consent-receiver")), "{}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        Cli::command().debug_assert();
        check(&Cli::command());
    }
}
