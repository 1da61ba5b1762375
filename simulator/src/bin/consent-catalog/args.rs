//! Commands and their arguments.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Write, check, compile and sign catalogs of what a car may send, for whom and why.
#[derive(Debug, Parser)]
#[command(
    name = "consent-catalog",
    version,
    after_help = "Exit status: 0 all well, 1 found a problem, 2 wrong usage.\nExample: consent-catalog check deploy/catalog/demo.toml"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a small catalog to start from, or the complete example.
    #[command(after_help = "Example: consent-catalog init catalog.toml")]
    Init(InitArgs),
    /// Name every fault of a catalog, or explain a fault's code.
    #[command(after_help = "Examples:\n  consent-catalog check catalog.toml --vss vss_release_4.0.json\n  consent-catalog check --explain CG012")]
    Check(CheckArgs),
    /// Compile a catalog that has no fault.
    #[command(after_help = "Example: consent-catalog compile catalog.toml -o catalog.bin")]
    Compile(CompileArgs),
    /// Make a root key: a file that only you can read, with the public key printed.
    #[command(after_help = "Example: consent-catalog keygen root.key")]
    Keygen(KeygenArgs),
    /// Sign a compiled catalog with the root key.
    #[command(after_help = "Example: consent-catalog sign catalog.bin --key root.key -o catalog.cose")]
    Sign(SignArgs),
    /// Print signal × use: which use gets which signal, and how exactly.
    #[command(after_help = "Example: consent-catalog matrix catalog.toml --format csv > matrix.csv")]
    Matrix(MatrixArgs),
    /// Show one use as the person sees it, or list all uses.
    #[command(after_help = "Example: consent-catalog show catalog.toml insurance --language de")]
    Show(ShowArgs),
    /// Say what changed between two catalogs, and which consents it suspends.
    #[command(
        after_help = "Exits with 1 if a change suspends consents, lacks its written reason, or if version or revision did not rise.\nExample: consent-catalog diff old.toml new.toml"
    )]
    Diff(DiffArgs),
    /// Serve every request in all six forms, every language of the page and three sizes; saving the file reloads them.
    #[command(
        after_help = "Faults are shown with file and line, and gone within a second of saving.\nExample: consent-catalog preview catalog.toml --port 7800"
    )]
    Preview(PreviewArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct PreviewArgs {
    /// Catalog in TOML.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) vss: VssArgs,
    /// Port on the loopback; 0 takes any.
    #[arg(long, default_value_t = 7800)]
    pub(crate) port: u16,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct InitArgs {
    /// File to write.
    #[arg(default_value = "catalog.toml")]
    pub(crate) file: PathBuf,
    /// What to write.
    #[arg(long, value_enum, default_value_t = Template::Starter)]
    pub(crate) template: Template,
    /// Overwrite the file.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// One use, one recipient, one category.
    Starter,
    /// The complete example, as the demo uses it.
    Example,
    /// Its second version, with one material and one editorial change.
    ExampleNext,
}

/// A VSS tree to check paths against.
#[derive(Debug, ClapArgs)]
pub(crate) struct VssArgs {
    /// VSS tree in JSON, as vss-tools exports it (versions 3 to 6); default: a small tree of our own, in the style of 4.0.
    #[arg(long, value_name = "FILE")]
    pub(crate) vss: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CheckArgs {
    /// Catalog in TOML.
    #[arg(required_unless_present = "explain")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) vss: VssArgs,
    /// Print the result as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
    /// Say what a code means; `all` for every code.
    #[arg(long, value_name = "CODE")]
    pub(crate) explain: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CompileArgs {
    /// Catalog in TOML.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) vss: VssArgs,
    /// File to write; default: the catalog's name with `.bin`.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print the result as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct KeygenArgs {
    /// File to write; must not exist.
    pub(crate) file: PathBuf,
    /// Print the result as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct SignArgs {
    /// Compiled catalog.
    pub(crate) file: PathBuf,
    /// Root key, as `keygen` writes it.
    #[arg(long, value_name = "FILE", required_unless_present = "demo_key")]
    pub(crate) key: Option<PathBuf>,
    /// Sign with the demo's root key, which everybody knows; only for a catalog of the demo environment.
    #[arg(long, conflicts_with = "key")]
    pub(crate) demo_key: bool,
    /// File to write; default: the catalog's name with `.cose`.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print the result as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table.
    Text,
    /// Comma-separated values.
    Csv,
    /// One JSON object.
    Json,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct MatrixArgs {
    /// Catalog: TOML, compiled or signed.
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) vss: VssArgs,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// The same as `--format json`.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ShowArgs {
    /// Catalog: TOML, compiled or signed.
    pub(crate) file: PathBuf,
    /// Id of the use; without it all uses are listed.
    pub(crate) use_id: Option<String>,
    #[command(flatten)]
    pub(crate) vss: VssArgs,
    /// Language of the texts; default: the catalog's first.
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// Print as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct DiffArgs {
    /// The catalog that cars have now: TOML, compiled or signed.
    pub(crate) old: PathBuf,
    /// The catalog that follows.
    pub(crate) new: PathBuf,
    #[command(flatten)]
    pub(crate) vss: VssArgs,
    /// Print as one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}
