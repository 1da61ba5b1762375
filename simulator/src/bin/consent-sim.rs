//! Without arguments the desk, a page in the browser; `--no-desk` the demo as a table; `replay` plays recorded drives, `drive`
//! feeds a running agent.

use clap::{Args, Parser, Subcommand, ValueEnum};
use consent_simulator::demo::{self, Asked, Look};
use consent_simulator::drives::{DriveMap, Merged};
use consent_simulator::people::{self, People};
use consent_simulator::population::{self, Outcome, Params};
use consent_simulator::progress::Progress;
use consent_simulator::summary::Summary;
use consent_simulator::{desk, drive, fleet, live, out, privacy, replay};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// A car, its people and its receivers in one process. Without a command: the desk, a page in the browser at the address that
/// is printed. With --for, --json, --ask or --plain: the demo as a table, unless --desk is given too.
#[derive(Parser)]
#[command(
    name = "consent-sim",
    version,
    after_help = "Examples:\n  consent-sim\n  consent-sim --port 8080\n  consent-sim --no-desk\n  consent-sim --for 20s --json\n  consent-sim replay drive.long.csv.gz --json\n  consent-sim drive --to /run/consent/signals --for 1m"
)]
struct Cli {
    #[command(flatten)]
    demo: DemoArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct DemoArgs {
    /// The desk, also with --for and --json; its address goes to stderr then, and the run ends without anybody looking
    #[arg(long, conflicts_with_all = ["no_desk", "ask", "plain"])]
    desk: bool,
    /// No desk: a live table at a terminal, else plain lines
    #[arg(long)]
    no_desk: bool,
    /// Port of the desk on 127.0.0.1; without it 7600, or any free one if that is taken
    #[arg(long, value_name = "PORT", conflicts_with = "no_desk")]
    port: Option<u16>,
    /// End after this time, as 20s, 5m or 1h; a story of 60 s is told in it
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasts: Option<Duration>,
    /// At the end, one JSON object on stdout
    #[arg(long)]
    json: bool,
    /// Makes car and people reproducible
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// No desk: put the car's requests to you, at this terminal
    #[arg(long)]
    ask: bool,
    /// No desk: plain lines, and the table once at the end, also at a terminal
    #[arg(long)]
    plain: bool,
    /// No colours
    #[arg(long)]
    no_color: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Plays recorded drives
    Replay(ReplayArgs),
    /// Feeds a running agent's signal socket from a simulated car
    Drive(DriveArgs),
    /// Attackers look for homes, routes and trips of recorded cars in what rules leave
    Privacy(PrivacyArgs),
    /// Many cars in one process and in virtual time: what a car costs, and whether the promises hold for all
    Fleet(FleetArgs),
    /// Simulated people of the five kinds meet a catalog: steps, requests, regret. Simulated, not evidence
    People(PeopleArgs),
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  consent-sim fleet --cars 200 --seconds 120\n  consent-sim fleet --cars 10000 --json\n  consent-sim fleet --catalog mine.toml --cars 1000\n  consent-sim fleet --only 1000417    (one car of a fleet, alone, with its numbers)"
)]
struct FleetArgs {
    /// Cars; each has a gatekeeper, a store, links and people of its own
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    cars: u32,
    /// Virtual seconds until everybody comes home
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    seconds: u32,
    /// The catalog of all cars, as TOML or signed; default: the example
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// Makes the fleet reproducible; car k of seed s has the seed s * 1,000,000 + k
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Plays the car with this seed alone
    #[arg(long, value_name = "SEED")]
    only: Option<u64>,
    /// Threads; the numbers found do not depend on it. Default: one for each core
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: Option<u32>,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  consent-sim people --count 1000\n  consent-sim people --catalog mine.toml --html report.html\n  consent-sim people --catalog mine.toml --compare other.toml\n  consent-sim people --print-params > people-params.toml"
)]
struct PeopleArgs {
    /// People in each of the two arms: one form for all, forms by kind
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// A catalog, as TOML or signed; default: the example
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// A second catalog, side by side
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Parameters (TOML) instead of the shipped ones
    #[arg(long, value_name = "FILE")]
    params: Option<PathBuf>,
    /// Prints the shipped parameters with their sources, and ends
    #[arg(long)]
    print_params: bool,
    /// Runs with other people, for the sensitivity; 0 = none
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=1_000))]
    seeds: u32,
    /// Writes a report of its own: one HTML file that loads nothing
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// Makes the people reproducible
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  consent-sim replay drives/*.long.csv.gz\n  consent-sim replay log.csv --map columns.toml --people people.toml --json\n  consent-sim replay drive.csv --speed 10x"
)]
struct ReplayArgs {
    /// Drives: long (t_ms,path,value), wide (t_ms and a column a path), or others with --map; plain or gzip
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Which column is which signal, for other CSVs (TOML)
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Who drives, who sits in the car, who consents to what and when (TOML); default: the shipped example
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// A catalog, as TOML or signed; default: the example
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// max is virtual time with a link in memory; 1x and 10x are real time over MQTT
    #[arg(long, value_enum, default_value_t = Speed::Max)]
    speed: Speed,
    /// Feed this agent's signal socket, in real time, instead of an agent of our own
    #[arg(long, value_name = "SOCKET")]
    to: Option<PathBuf>,
    /// At the end, one JSON object on stdout
    #[arg(long)]
    json: bool,
    /// Makes the run reproducible
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  consent-sim privacy tracks.csv.gz --anchors homes.csv\n  consent-sim privacy a.csv b.csv --catalog mine.toml --json\n  consent-sim privacy tracks.csv --html report.html"
)]
struct PrivacyArgs {
    /// Tracks of cars: vehicle,trip,t_ms,lat,lon; of others speed_kmh and fuel_l_h are taken; plain or gzip
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where the cars live: vehicle,rank,lat,lon; rank 1 is home. Default: where most raw trips begin and end
    #[arg(long, value_name = "FILE")]
    anchors: Option<PathBuf>,
    /// Measure the rules of this catalog's uses, as TOML or signed, instead of the shipped ones
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// One JSON object on stdout
    #[arg(long)]
    json: bool,
    /// Drives that a car recorded twice, so that trips overlap in time, count as two
    #[arg(long)]
    as_recorded: bool,
    /// Writes a report of its own: one HTML file that loads nothing
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// So many draws of what rules draw by chance
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    seeds: u32,
    /// Makes the draws reproducible
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Speed {
    /// Virtual time
    Max,
    /// Real time
    #[value(name = "1x")]
    One,
    /// Ten seconds of a drive in one
    #[value(name = "10x")]
    Ten,
}

impl DemoArgs {
    /// Whether the desk is served: what is for a program or for a terminal is no page.
    fn wants_desk(&self) -> bool {
        self.desk || self.port.is_some() || !(self.no_desk || self.json || self.ask || self.plain || self.lasts.is_some())
    }
}

impl Speed {
    fn factor(self) -> f64 {
        match self {
            Self::Max | Self::One => 1.0,
            Self::Ten => 10.0,
        }
    }
}

#[derive(Args)]
#[command(after_help = "Example:\n  consent-sim drive --to /run/consent/signals --rate 2 --for 1m")]
struct DriveArgs {
    /// The agent's signal socket
    #[arg(long, value_name = "SOCKET")]
    to: PathBuf,
    /// Makes the car reproducible
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Simulated seconds in one real second
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    rate: f64,
    /// End after this time, as 20s, 5m or 1h
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasts: Option<Duration>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("expected a time as 1500ms, 20s, 5m or 1h, found `{text}`");
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).ok_or_else(expected)?;
    let number: u32 = number.parse().map_err(|_| expected())?;
    let one = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        _ => return Err(expected()),
    };
    Ok(one.saturating_mul(number))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let ended = match cli.command {
        None => run_demo(&cli.demo),
        Some(Command::Replay(args)) => run_replay(&args),
        Some(Command::Drive(args)) => run_drive(&args),
        Some(Command::Privacy(args)) => run_privacy(&args),
        Some(Command::Fleet(args)) => run_fleet(&args),
        Some(Command::People(args)) => run_people(&args),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            out::note(&format!("consent-sim: {error:#}"));
            ExitCode::from(1)
        }
    }
}

fn run_desk(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let told = |address: &str| {
        if args.json {
            out::note(&format!("The desk: {address}"));
        } else {
            out::line(&format!("The desk: {address}"));
            out::note("Open it in a browser. Ctrl-C ends it.");
        }
    };
    let Some(summary) = desk::run(&desk::Options { seed: args.seed, lasts: args.lasts, port: args.port }, told)? else {
        return Ok(ExitCode::SUCCESS);
    };
    write(args.json.into(), &summary, summary.lines());
    // A hostile broker leaves messages that do not hold and batches that were refused: that is its work, and no fault here.
    Ok(if summary.balanced && summary.compared.agree { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn run_demo(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    if args.wants_desk() {
        return run_desk(args);
    }
    let look = match (out::is_terminal() && !args.plain, args.json) {
        (_, true) => Look::Silent,
        (true, false) => Look::Table,
        (false, false) => Look::Plain,
    };
    let asked = if args.ask { Asked::Person } else { Asked::Simulated };
    let summary = demo::run(&demo::Options {
        seed: args.seed,
        lasts: args.lasts,
        look,
        asked,
        colour: if args.no_color { demo::Colour::None } else { demo::Colour::Ansi },
    })?;
    Ok(report(&summary, args.json.into()))
}

fn run_replay(args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let map = args.map.as_deref().map(DriveMap::read).transpose()?;
    let people = match &args.people {
        Some(file) => People::read(file)?,
        None => People::parse("the shipped people", people::EXAMPLE)?,
    };
    let mut drives = Merged::open(&args.files, map.as_ref())?;
    let mut progress = Progress::bytes();
    if let Some(socket) = &args.to {
        let fed = live::feed(socket, args.speed.factor(), &mut drives, &mut progress)?;
        return Ok(report_fed(&fed, args.json.into()));
    }
    let catalog = live::catalog(args.catalog.as_deref())?;
    let (summary, played) = match args.speed {
        Speed::Max => replay::run_virtual(args.seed, catalog, &people, &mut drives, &mut progress)?,
        Speed::One | Speed::Ten => live::run(args.seed, args.speed.factor(), catalog, &people, &mut drives, &mut progress)?,
    };
    for refused in &played.refused {
        out::note(&format!("the car refused: {refused}"));
    }
    Ok(report(&summary, args.json.into()))
}

fn run_drive(args: &DriveArgs) -> anyhow::Result<ExitCode> {
    let records = drive::feed(&args.to, drive::Feed { seed: args.seed, rate: args.rate, lasts: args.lasts })
        .map_err(|error| anyhow::anyhow!("{}: {error}; is the agent running?", args.to.display()))?;
    out::line(&format!("{records} records written"));
    Ok(ExitCode::SUCCESS)
}

fn run_privacy(args: &PrivacyArgs) -> anyhow::Result<ExitCode> {
    let unwritable = |file: &std::path::Path, error| anyhow::anyhow!("{}: {error}", file.display());
    if let Some(file) = &args.html {
        std::fs::OpenOptions::new().create(true).append(true).open(file).map_err(|error| unwritable(file, error))?;
    }
    let rules = match &args.catalog {
        Some(file) => privacy::Rules::of_catalog(&live::catalog(Some(file))?),
        None => privacy::Rules::shipped(),
    };
    let mut fleet = privacy::read::fleet(&args.files, &mut Progress::bytes())?;
    let homes = match &args.anchors {
        Some(file) => {
            privacy::read::homes(file, &mut fleet)?;
            privacy::Homes::Given
        }
        None => privacy::guess_homes(&mut fleet),
    };
    let mut progress = Progress::measurements();
    let draws = privacy::Draws { seed: args.seed, count: args.seeds };
    let twice = if args.as_recorded { privacy::Twice::Kept } else { privacy::Twice::LeftOut };
    let outcome = privacy::run(&fleet, homes, &rules, (draws, twice), &mut |done, all| progress.show((done, all)))?;
    progress.done();
    if let Some(file) = &args.html {
        std::fs::write(file, privacy::html(&outcome)).map_err(|error| unwritable(file, error))?;
        out::note(&format!("report: {}", file.display()));
    }
    write(args.json.into(), &outcome, privacy::lines(&outcome));
    Ok(ExitCode::SUCCESS)
}

fn run_fleet(args: &FleetArgs) -> anyhow::Result<ExitCode> {
    let catalog = live::catalog(args.catalog.as_deref())?;
    let cores = std::thread::available_parallelism().ok().and_then(|cores| u32::try_from(cores.get()).ok()).unwrap_or(1);
    let options = fleet::Options {
        cars: args.cars,
        seconds: args.seconds,
        rest_s: fleet::REST_S,
        seed: args.seed,
        only: args.only,
        threads: args.threads.unwrap_or(cores),
        catalog: &catalog,
        meddler: &fleet::Nobody,
    };
    let mut bars = [Progress::fleet("cars come up"), Progress::fleet("car-seconds"), Progress::fleet("cars at rest")];
    let outcome = fleet::run(&options, &mut |stage, done, all| {
        let [boot, run, rest] = &mut bars;
        let bar = match stage {
            fleet::Stage::Boot => boot,
            fleet::Stage::Run => {
                boot.done();
                run
            }
            fleet::Stage::Rest => {
                run.done();
                rest
            }
        };
        bar.show((done, all));
    });
    bars.iter_mut().for_each(Progress::done);
    let outcome = outcome?;
    write(args.json.into(), &outcome, outcome.lines());
    let problems = outcome.problems();
    if args.json {
        for problem in &problems {
            out::note(&format!("problem: {problem}"));
        }
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn run_people(args: &PeopleArgs) -> anyhow::Result<ExitCode> {
    if args.print_params {
        out::line(population::params::SHIPPED.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let params = match &args.params {
        Some(file) => Params::read(file)?,
        None => Params::shipped()?,
    };
    // A run takes minutes: whatever cannot be read or written is said before it.
    let unwritable = |file: &std::path::Path, error| anyhow::anyhow!("{}: {error}", file.display());
    if let Some(file) = &args.html {
        std::fs::OpenOptions::new().create(true).append(true).open(file).map_err(|error| unwritable(file, error))?;
    }
    let files = std::iter::once(args.catalog.as_deref()).chain(args.compare.as_deref().map(Some));
    let catalogs = files.map(|file| Ok((file, live::catalog(file)?))).collect::<anyhow::Result<Vec<_>>>()?;
    let outcomes = catalogs.into_iter().map(|(file, catalog)| live_people(args, file, catalog, &params)).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(file) = &args.html {
        std::fs::write(file, population::html(&outcomes)).map_err(|error| unwritable(file, error))?;
        out::note(&format!("report: {}", file.display()));
    }
    if args.json {
        out::line(&serde_json::to_string(&serde_json::json!({ "caution": population::NOT_EVIDENCE, "version": 1, "catalogs": outcomes }))?);
        return Ok(ExitCode::SUCCESS);
    }
    let lines = match outcomes.as_slice() {
        [one, other] => population::compare_lines(one, other),
        one => one.iter().flat_map(population::lines).collect(),
    };
    for line in &lines {
        out::line(line);
    }
    Ok(ExitCode::SUCCESS)
}

fn live_people(
    args: &PeopleArgs,
    file: Option<&std::path::Path>,
    catalog: consent_protocol::catalog::CompiledCatalog,
    params: &Params,
) -> anyhow::Result<Outcome> {
    let name = file.map_or_else(|| "the example".to_owned(), |file| file.display().to_string());
    let options = population::Options { count: args.count, seeds: args.seeds, seed: args.seed, params };
    let mut progress = Progress::people();
    let outcome = population::run(&name, catalog, &options, &mut |done, all| progress.show((done, all)))?;
    progress.done();
    Ok(outcome)
}

/// In which form a result is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// For a person.
    Lines,
    /// For a program.
    Json,
}

impl From<bool> for Form {
    fn from(json: bool) -> Self {
        if json { Self::Json } else { Self::Lines }
    }
}

fn write<T: serde::Serialize>(form: Form, result: &T, lines: Vec<String>) {
    match form {
        Form::Lines => lines.iter().for_each(|line| out::line(line)),
        Form::Json => match serde_json::to_string(result) {
            Ok(text) => out::line(&text),
            Err(error) => out::note(&format!("the result cannot be written: {error}")),
        },
    }
}

fn report(summary: &Summary, form: Form) -> ExitCode {
    write(form, summary, summary.lines());
    let problems = summary.problems();
    if form == Form::Json {
        for problem in &problems {
            out::note(&format!("problem: {problem}"));
        }
    }
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn report_fed(fed: &live::Fed, form: Form) -> ExitCode {
    let mut lines = vec![format!("{} records written, {} broken lines", fed.records, fed.broken_lines.count)];
    lines.extend(fed.broken_lines.first.iter().map(|line| format!("  {line}")));
    write(form, fed, lines);
    ExitCode::SUCCESS
}
