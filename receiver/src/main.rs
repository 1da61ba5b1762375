//! `consent-receiver`: see `consent-receiver --help`.

fn main() -> std::process::ExitCode {
    consent_receiver::cli::main()
}
