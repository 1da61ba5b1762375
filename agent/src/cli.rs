//! The command line. Exit codes: 0 done, 1 not done (refused, a fault found, nobody answers), 2 used in a wrong way.

mod client;
mod daemon;
mod govern;
mod ledger;
mod out;
mod screen;
mod show;
mod time;

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// A consent firewall for the car: the in-vehicle daemon, and the tool that rules it.
#[derive(Debug, Parser)]
#[command(name = "consent-agent", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Example: consent-agent run --config deploy/agent.toml\n\nWithout --config, CONSENT_AGENT_CONFIG names the file, or else /etc/consent-agent/agent.toml."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Configuration file.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Control socket, instead of the one that the configuration names.
    #[arg(long, global = true, value_name = "SOCKET")]
    socket: Option<PathBuf>,
    /// Prints JSON instead of sentences and tables.
    #[arg(long, global = true)]
    json: bool,
}

impl Common {
    fn config_file(&self) -> PathBuf {
        let named = self.config.clone().or_else(|| std::env::var_os("CONSENT_AGENT_CONFIG").map(PathBuf::from));
        named.unwrap_or_else(|| PathBuf::from("/etc/consent-agent/agent.toml"))
    }

    fn form(&self) -> out::Form {
        if self.json { out::Form::Json } else { out::Form::Words }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the daemon until SIGTERM or SIGINT.
    #[command(after_help = "Example: consent-agent run --config deploy/agent.toml")]
    Run,
    /// Checks the configuration and says what is wrong with it.
    #[command(after_help = "Example: consent-agent check --config deploy/agent.toml")]
    Check,
    /// Makes stream keys and has them certified by an enrolment authority.
    #[command(
        after_help = "Example: consent-agent enrol --request request.json\n         (the authority signs it: consent-receiver enrol sign …)\n         consent-agent enrol --install answer.json"
    )]
    Enrol(daemon::Enrol),
    /// For every use that covers a signal: verdict, reason, consent, until when.
    #[command(after_help = "Example: consent-agent explain Vehicle.Speed")]
    Explain {
        /// VSS path.
        path: String,
    },
    /// Who is in the car.
    #[command(subcommand, after_help = "Example: consent-agent people driver anna --assurance high")]
    People(govern::People),
    /// Requests that wait for a person's answer.
    #[command(subcommand, after_help = "Example: consent-agent requests answer 3 allow --days 30")]
    Requests(govern::Requests),
    /// What people allow, and pauses.
    #[command(subcommand, after_help = "Example: consent-agent consent give traffic --tier 0 --days 90")]
    Consent(govern::Consent),
    /// Declares theft, or ends it.
    #[command(after_help = "Example: consent-agent theft begin")]
    Theft {
        /// Whether it begins or ends.
        state: govern::Begins,
    },
    /// A person starts or ends a call, as for roadside assistance.
    #[command(after_help = "Example: consent-agent call roadside-help begin")]
    Call {
        /// Use id.
        use_id: String,
        /// Whether it begins or ends.
        state: govern::Begins,
    },
    /// Batches that wait for a review.
    #[command(subcommand, after_help = "Example: consent-agent review destroy coaching")]
    Review(govern::Review),
    /// The signed, chained record of consent.
    #[command(subcommand, after_help = "Example: consent-agent ledger verify")]
    Ledger(ledger::Ledger),
    /// What left the car, as it was sent.
    #[command(subcommand, after_help = "Example: consent-agent data show traffic --count 3")]
    Data(ledger::Data),
    /// Everything at a glance.
    #[command(after_help = "Example: consent-agent status --json")]
    Status,
    /// Prints an address that opens the privacy screen, once and within a minute.
    #[command(after_help = "Example: consent-agent screen-code --to /trust")]
    ScreenCode {
        /// Page to begin with.
        #[arg(long, value_name = "PATH", default_value = "/")]
        to: String,
    },
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    NotDone,
}

/// Runs a command.
pub(crate) fn run(cli: &Cli) -> ExitCode {
    let common = &cli.common;
    let outcome = match &cli.command {
        Command::Run => daemon::run(common),
        Command::Check => Ok(daemon::check(common)),
        Command::Enrol(enrol) => daemon::enrol(common, enrol),
        Command::Ledger(command) => ledger::ledger(common, command),
        Command::Data(command) => ledger::data(common, command),
        Command::Explain { path } => govern::explain(common, path),
        Command::People(command) => govern::people(common, command),
        Command::Requests(command) => govern::requests(common, command),
        Command::Consent(command) => govern::consent(common, command),
        Command::Theft { state } => govern::theft(common, *state),
        Command::Call { use_id, state } => govern::call(common, use_id, *state),
        Command::Review(command) => govern::review(common, command),
        Command::Status => govern::status(common),
        Command::ScreenCode { to } => screen::code(common, to),
    };
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::NotDone) => ExitCode::FAILURE,
        Err(error) => {
            out::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_parses_and_has_an_example() {
        let mut command = Cli::command();
        command.clone().debug_assert();
        for sub in command.get_subcommands_mut() {
            assert!(sub.get_after_help().is_some_and(|help| help.to_string().contains("Example: consent-agent ")), "{}", sub.get_name());
        }
    }
}
