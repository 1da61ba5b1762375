//! `run`, `check` and `enrol`: what works on the configuration itself.

use super::{Common, Outcome, out};
use anyhow::Context;
use clap::Args;
use consent_agent::clock::{Clock, SystemClock};
use consent_agent::config::{self, Config, Log, LogFormat, environment_name};
use consent_agent::keys::{FileSigner, demo_seed, read_answer, read_seed, write_json};
use consent_agent::run::{Agent, Notify};
use consent_gatekeeper::Signer;
use serde_json::json;
use std::io::IsTerminal;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What to do with keys; with nothing, says how many are there.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Enrol {
    /// Makes keys and writes the request for an authority.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Takes an authority's answer.
    #[arg(long, value_name = "FILE")]
    install: Option<PathBuf>,
    /// Certifies at once with this authority's key: a file with its seed, or `demo` in the demo environment.
    #[arg(long, value_name = "SEEDFILE")]
    authority: Option<String>,
}

/// Runs the daemon.
pub(crate) fn run(common: &Common) -> anyhow::Result<Outcome> {
    let config = config::load(&common.config_file())?;
    log(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let mut agent = Agent::start(config, Notify::Systemd).await?;
        tracing::info!("running");
        let stopped = tokio::select! {
            _ = term.recv() => None,
            _ = int.recv() => None,
            ended = agent.ended() => Some(ended),
        };
        match stopped {
            Some(ended) => ended?,
            None => agent.shutdown().await?,
        }
        tracing::info!("stopped");
        Ok(Outcome::Done)
    })
}

fn log(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.level).with_context(|| "log.level: a filter expected, as info or consent_agent=debug".to_string())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    let done = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    done.map_err(|error| anyhow::anyhow!("logging: {error}"))
}

/// Checks the configuration.
pub(crate) fn check(common: &Common) -> Outcome {
    let file = common.config_file();
    let faults = match config::load(&file) {
        Ok(config) => {
            let where_it_is = format!("{}: good: {} in {}", file.display(), config.gatekeeper.model_line, environment_name(config.gatekeeper.environment));
            match common.form() {
                out::Form::Words => out::line(&where_it_is),
                out::Form::Json => out::line(&json!({ "version": 1, "good": true, "faults": [] }).to_string()),
            }
            return Outcome::Done;
        }
        Err(error) => error.0,
    };
    match common.form() {
        out::Form::Words => faults.iter().for_each(|fault| out::complain(&fault.to_string())),
        out::Form::Json => {
            let faults: Vec<_> = faults.iter().map(|fault| json!({ "place": fault.place, "key": fault.key, "told": fault.told })).collect();
            out::line(&json!({ "version": 1, "good": false, "faults": faults }).to_string());
        }
    }
    Outcome::NotDone
}

/// Makes keys, asks for certificates, or takes them.
pub(crate) fn enrol(common: &Common, enrol: &Enrol) -> anyhow::Result<Outcome> {
    let config = config::load(&common.config_file())?;
    let mut signer = FileSigner::open(&config.keys_dir, config.gatekeeper.environment)?;
    let now_s = u64::try_from(SystemClock.now(0).wall_ms / 1_000).unwrap_or(0);
    let told = if let Some(file) = &enrol.request {
        let request = signer.request(config.pool_keys)?;
        write_json(file, &request)?;
        format!("{}: request for {} certificates; have it signed, then `consent-agent enrol --install ANSWER`", file.display(), request.keys.len())
    } else if let Some(file) = &enrol.install {
        let taken = signer.install(&read_answer(file)?, now_s)?;
        format!("{taken} certificates taken, {} keys in the pool; a running agent takes them within seconds", signer.pool_len())
    } else if let Some(authority) = &enrol.authority {
        let taken = certify(&config, &mut signer, authority, now_s)?;
        format!("{taken} keys certified, {} in the pool", signer.pool_len())
    } else {
        format!("{} certified keys in {}", signer.pool_len(), config.keys_dir.display())
    };
    match common.form() {
        out::Form::Words => out::line(&told),
        out::Form::Json => out::line(&json!({ "version": 1, "pool": signer.pool_len(), "told": told }).to_string()),
    }
    Ok(Outcome::Done)
}

fn certify(config: &Config, signer: &mut FileSigner, authority: &str, now_s: u64) -> anyhow::Result<usize> {
    if config.gatekeeper.environment != consent_protocol::catalog::Environment::Demo && authority == "demo" {
        anyhow::bail!("the demo's authority is for the environment demo, this car is in {}", environment_name(config.gatekeeper.environment));
    }
    let seed = if authority == "demo" { demo_seed("authority").into() } else { read_seed(authority.as_ref())? };
    Ok(signer.certify(&seed, config.pool_keys, now_s)?)
}
