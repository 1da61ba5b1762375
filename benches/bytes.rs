//! How many bytes a record takes and how long it takes to write them: our coder beside rows in JSON, CBOR, protobuf and
//! postcard, and those under zstd; and what header, chain, signature and statements add.
//!
//! The drive is a file named as an argument or by CONSENT_BENCH_DRIVE: CSV, as it is or in gzip, with a head `t_ms,PATH,…`
//! and one line a second (see `Drive::read`). Without one it is made up, and then no figure says anything about real drives.

use consent_benches::drive::Drive;
use consent_benches::measure::{Contest, exit, goal, heading, table};
use consent_benches::peers::rows;
use consent_benches::stream::{Precision, Stream};
use consent_protocol::batch::Row;
use consent_protocol::coder;
use std::cell::RefCell;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use zstd::bulk::Compressor;

const ROUNDS: usize = 31;
/// Pieces of the drive whose mean counts.
const WINDOWS: usize = 20;
/// Records of a piece.
const SIZES: [usize; 3] = [60, 1_000, 3_600];
/// Most bytes of a body per record, by size.
const BODY_MAX: [f64; 3] = [2.5, 1.2, 1.0];
/// Most bytes of a rounded body per record at the last size.
const ROUNDED_MAX: f64 = 0.3;
/// Most nanoseconds that encoding takes per record, at the second size.
const ENCODE_NS_MAX: f64 = 30.0;

const OURS: &str = "our coder";
const DECODE: &str = "- decoding it";

const HELP: &str = "\
Bytes and nanoseconds per record of our coder and of what others write.

  cargo bench --manifest-path benches/Cargo.toml --locked --bench bytes -- [DRIVE.csv[.gz]]

For example, with a recorded drive of one line a second:

  cargo bench --manifest-path benches/Cargo.toml --locked --bench bytes -- drive.wide1hz.csv.gz

CONSENT_BENCH_DRIVE names the drive too. Without one, the drive is made up.";

type Encode<'a> = Box<dyn Fn(&[Row]) -> Vec<u8> + 'a>;

fn under<'a>(zstd: &'a RefCell<Compressor<'static>>, encode: fn(&[Row]) -> Vec<u8>) -> Encode<'a> {
    // Compressing into memory of the right size does not fail; if it did, the bytes would be none.
    Box::new(move |rows| zstd.borrow_mut().compress(&encode(rows)).unwrap_or_default())
}

fn encodings<'a>(zstd: &'a RefCell<Compressor<'static>>) -> Vec<(&'static str, Encode<'a>)> {
    vec![
        (OURS, Box::new(|rows: &[Row]| coder::encode(rows).1)),
        ("JSON rows", Box::new(rows::json)),
        ("CBOR rows", Box::new(rows::cbor)),
        ("protobuf rows", Box::new(rows::protobuf)),
        ("postcard rows", Box::new(rows::postcard)),
        ("JSON rows + zstd -3", under(zstd, rows::json)),
        ("postcard rows + zstd -3", under(zstd, rows::postcard)),
    ]
}

/// Bytes and nanoseconds per record of every encoding, and the nanoseconds of our decoding, over the windows.
fn measure(windows: &[&[Row]]) -> Result<Vec<(&'static str, f64, f64)>, String> {
    let records: usize = windows.iter().map(|window| window.len()).sum();
    let zstd = RefCell::new(Compressor::new(3).map_err(|error| error.to_string())?);
    let encodings = encodings(&zstd);
    let bodies: Vec<(u8, Vec<u8>, u32)> =
        windows.iter().map(|rows| (coder::encode(rows), rows.len() as u32)).map(|((coder, body), rows)| (coder, body, rows)).collect();
    for ((coder, body, count), window) in bodies.iter().zip(windows) {
        let mut sent = window.to_vec();
        sent.sort_by_key(|row| row.signal);
        if coder::decode(*coder, body, *count).as_ref() != Ok(&sent) {
            return Err("a body does not decode to what was encoded".to_owned());
        }
    }
    let mut contest = Contest::default();
    for (name, encode) in &encodings {
        contest.add(*name, || {
            windows.iter().for_each(|rows| drop(black_box(encode(rows))));
            records
        });
    }
    contest.add(DECODE, || {
        bodies.iter().for_each(|(coder, body, rows)| drop(black_box(coder::decode(*coder, body, *rows))));
        records
    });
    let found = contest.run(ROUNDS);
    let size = |encode: &Encode<'_>| windows.iter().map(|rows| encode(rows).len()).sum::<usize>() as f64 / records as f64;
    let mut all: Vec<_> = encodings.iter().map(|(name, encode)| (*name, size(encode), found.ns(name))).collect();
    all.insert(1, (DECODE, f64::NAN, found.ns(DECODE)));
    Ok(all)
}

/// Bytes per record of sealed batches, and of them with the two statements of their only basis.
fn sealed(windows: &[&[Row]], precision: Precision) -> (f64, f64, usize) {
    let stamps = || windows.iter().flat_map(|window| window.iter()).map(|row| row.t_ms);
    let mut stream = Stream::new(precision, (stamps().min().unwrap_or(0), stamps().max().unwrap_or(0)));
    let records: usize = windows.iter().map(|window| window.len()).sum();
    let bytes: usize = windows.iter().map(|rows| stream.batch(rows).len()).sum();
    let statements: usize = stream.statements.iter().map(Vec::len).sum();
    (bytes as f64 / records as f64, (bytes + statements) as f64 / records as f64, statements)
}

fn print(drive: &Drive, precision: Precision) -> Result<Vec<(f64, f64)>, String> {
    let (mut columns, mut totals, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    for size in SIZES {
        let windows = drive.windows(WINDOWS, size)?;
        let found = measure(&windows)?;
        let (body, ns) = found.first().map_or((f64::NAN, f64::NAN), |(_, bytes, ns)| (*bytes, *ns));
        let (sealed, told, statements) = sealed(&windows, precision);
        totals.push(vec![size.to_string(), format!("{body:.3}"), format!("{sealed:.3}"), format!("{told:.3}"), statements.to_string()]);
        ours.push((body, ns));
        columns.push(found);
    }
    let cell = |bytes: f64, ns: f64, body: f64| if bytes.is_nan() { format!("({ns:.0})") } else { format!("{bytes:.2} ({ns:.0}) {:.1}x", bytes / body) };
    let row = |at: usize| columns.iter().zip(&ours).filter_map(move |(column, (body, _))| column.get(at).map(|(_, bytes, ns)| cell(*bytes, *ns, *body)));
    let names = columns.first().into_iter().flatten().map(|(name, ..)| *name).enumerate();
    let table_rows: Vec<Vec<String>> = names.map(|(at, name)| std::iter::once(name.to_owned()).chain(row(at)).collect()).collect();
    println!("{}: bytes per record (ns per record) times our body, by records of a batch", drive.name);
    table(&["", "60", "1,000", "3,600"], &table_rows);
    println!("{}: bytes per record with all that goes out; {WINDOWS} batches rest on one basis", drive.name);
    table(&["records of a batch", "body", "with header, chain, signature", "with statements", "bytes of the statements"], &totals);
    Ok(ours)
}

fn run(drive: Option<&str>) -> Result<(), String> {
    let drive = drive.map_or_else(|| Ok(Drive::made_up()), |path| Drive::read(Path::new(path)))?;
    heading(&format!("bytes: five signals at 1 Hz, mean of {WINDOWS} windows of {}", drive.name), ROUNDS);
    let full = print(&drive, Precision::Full)?;
    let rounded = print(&drive.rounded(), Precision::Rounded)?;
    println!("goals (they are set for a recorded drive; this is {})", drive.name);
    for ((size, most), (body, _)) in SIZES.iter().zip(BODY_MAX).zip(&full) {
        println!("body at {size} records: {body:.2} B per record (at most {most}: {})", goal(*body <= most));
    }
    if let ([.., (body, _)], [_, (_, ns), ..]) = (rounded.as_slice(), full.as_slice()) {
        println!("body rounded at {} records: {body:.2} B per record (at most {ROUNDED_MAX}: {})", SIZES[2], goal(*body <= ROUNDED_MAX));
        println!("encode at {} records: {ns:.1} ns per record (at most {ENCODE_NS_MAX}: {})", SIZES[1], goal(*ns <= ENCODE_NS_MAX));
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let named = arguments.first().cloned().or_else(|| std::env::var("CONSENT_BENCH_DRIVE").ok());
    exit("bytes", run(named.as_deref()))
}
