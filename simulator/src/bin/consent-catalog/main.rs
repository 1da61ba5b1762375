//! `consent-catalog`: the author's tool. It reads a catalog in TOML, names every fault, compiles what has none, signs what is
//! compiled, and shows what a catalog means to the person, to the reviewer and to the consents that exist already.
//!
//! Exit status: 0 all well, 1 found a problem, 2 wrong usage.

mod args;
mod changes;
mod files;
mod matrix;
mod out;
mod preview;
mod show;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

/// How a command went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing to complain about.
    Well,
    /// Found what it is there to find.
    Problem,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match args.command {
        Command::Init(args) => files::init(&args),
        Command::Check(args) => files::check(&args),
        Command::Compile(args) => files::compile(&args),
        Command::Keygen(args) => files::keygen(&args),
        Command::Sign(args) => files::sign(&args),
        Command::Matrix(args) => matrix::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Diff(args) => changes::run(&args),
        Command::Preview(args) => preview::run(&args),
    };
    match outcome {
        Ok(Outcome::Well) => ExitCode::SUCCESS,
        Ok(Outcome::Problem) => ExitCode::from(1),
        Err(error) => out::failure(&error),
    }
}
