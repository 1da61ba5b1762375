//! How many records a receiver verifies and decodes in a second of one core, at 1,000 records a batch, beside plain decoding
//! of the same bodies. The receiver's engine runs whole (signature, form, digest, chain, conformance, decoding, storing,
//! the signed State that answers), with its database in memory and nobody to hand JSON lines on to: what those cost where
//! somebody reads them is not in it. The rows below it are its parts, from the same functions.

use consent_benches::drive::Drive;
use consent_benches::measure::{Contest, Results, exit, goal, heading, table};
use consent_benches::stream::{ACK, AUTHORITY, Precision, RECIPIENT, ROOT, Stream, catalog, public, seal};
use consent_core::conform::conforms;
use consent_core::{ReleasedValue, Rule};
use consent_protocol::batch::{Batch, Row};
use consent_protocol::catalog::Environment;
use consent_protocol::envelope::{self, Kind};
use consent_protocol::lane::AnswerMessage;
use consent_protocol::topic::Channel;
use consent_protocol::{Digest, coder};
use consent_receiver::engine::{Engine, EngineConfig, REPORT_MS, RecipientConfig};
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::ExitCode;

const ROUNDS: usize = 31;
/// Batches of a round.
const BATCHES: usize = 8;
/// Records of a batch.
const RECORDS: usize = 1_000;
/// Least records per second and core.
const PER_SECOND_MIN: f64 = 1e6;

const ENGINE: &str = "the receiver's engine, whole";
const VERIFY: &str = "- signature, digest, form, decoding, conformance";
const OPEN: &str = "- signature and form alone";
const CONFORM: &str = "- conformance alone";
const DECODE: &str = "plain decoding of the bodies";

/// Lets an engine know the catalog, the stream and its basis.
fn welcome(stream: &Stream, now_ms: i64) -> Result<Engine, String> {
    let said = |error: consent_receiver::engine::EngineError| error.to_string();
    let config = EngineConfig {
        environment: Environment::Demo,
        authorities: vec![public(&AUTHORITY)],
        catalog_root: public(&ROOT),
        recipients: vec![RecipientConfig { id: RECIPIENT.to_owned(), ack_key: ACK, uses: BTreeMap::new() }],
        database: None,
        hand_on: None,
        report_ms: REPORT_MS,
    };
    let mut engine = Engine::open(config, [9; 32]).map_err(said)?;
    engine.add_catalog(&seal(Kind::Catalog, &SigningKey::from_bytes(&ROOT), catalog().to_bytes())).map_err(said)?;
    let lane = stream.topic(Channel::Lane);
    let answers = engine.handle(now_ms, &lane, &stream.hello(None)).map_err(said)?;
    let challenge = answers.iter().find_map(|answer| challenge(&answer.payload)).ok_or("no challenge came back")?;
    engine.handle(now_ms, &lane, &stream.hello(Some(challenge))).map_err(said)?;
    for statement in &stream.statements {
        engine.handle(now_ms, &lane, statement).map_err(said)?;
    }
    Ok(engine)
}

fn challenge(answer: &[u8]) -> Option<Digest> {
    match AnswerMessage::from_bytes(&envelope::open(Kind::Answer, answer, &public(&ACK)).ok()?).ok()? {
        AnswerMessage::State(state) => Some(state.challenge),
        AnswerMessage::OutsideWithdrawal { .. } | AnswerMessage::Erasure { .. } | AnswerMessage::Report(_) => None,
    }
}

/// Whether every row is as its rule says.
fn all_conform(rules: &[Rule], rows: &[Row]) -> bool {
    let mut before: Option<&Row> = None;
    rows.iter().all(|row| {
        let previous: Option<(i64, &ReleasedValue)> = before.filter(|before| before.signal == row.signal).map(|before| (before.t_ms, &before.value));
        before = Some(row);
        rules.get(row.signal.index()).is_some_and(|rule| conforms(rule, row.t_ms, previous, &row.value).is_ok())
    })
}

/// As the engine does it, without a store; none if anything does not hold.
fn verify(sealed: &[u8], key: &[u8; 32], rules: &[Rule]) -> Option<(Digest, Vec<Row>)> {
    let batch = Batch::from_bytes(&envelope::open(Kind::Batch, sealed, key).ok()?).ok()?;
    let digest = envelope::sha256(&[sealed]);
    let rows = coder::decode(batch.coder, &batch.body, batch.records).ok()?;
    all_conform(rules, &rows).then_some((digest, rows))
}

/// Sealed batches for the unmeasured round and all others.
fn chain(stream: &mut Stream, drive: &Drive) -> Result<Vec<Vec<u8>>, String> {
    let windows = drive.windows(20, RECORDS)?;
    Ok(windows.iter().cycle().take((ROUNDS + 1) * BATCHES).map(|rows| stream.batch(rows)).collect())
}

fn contest(drive: &Drive, precision: Precision) -> Result<Results, String> {
    let span = |at: Option<&Row>| at.map_or(0, |row| row.t_ms);
    let (from_ms, until_ms) = (span(drive.rows.first()), span(drive.rows.last()));
    let mut stream = Stream::new(precision, (from_ms, until_ms));
    let mut engine = welcome(&stream, until_ms)?;
    let sealed = chain(&mut stream, drive)?;
    let (key, topic) = (stream.public(), stream.topic(Channel::Batch));
    let tier = usize::from(precision == Precision::Full);
    let rules: Vec<Rule> = catalog().uses.iter().flat_map(|used| used.tiers.get(tier)).flat_map(|tier| tier.rules.iter().map(|rule| rule.rule)).collect();
    let some: Vec<&Vec<u8>> = sealed.iter().take(BATCHES).collect();
    let bodies: Vec<Batch> = some.iter().filter_map(|sealed| Batch::from_bytes(&envelope::open(Kind::Batch, sealed, &key).ok()?).ok()).collect();
    let decoded: Vec<Vec<Row>> = some.iter().filter_map(|sealed| verify(sealed, &key, &rules)).map(|(_, rows)| rows).collect();
    if decoded.len() != BATCHES || decoded.iter().any(|rows| rows.len() != RECORDS) {
        return Err("a batch that should hold does not".to_owned());
    }
    let mut next = sealed.iter();
    let mut contest = Contest::default();
    contest.add(ENGINE, || {
        next.by_ref().take(BATCHES).for_each(|sealed| drop(black_box(engine.handle(until_ms, &topic, sealed))));
        BATCHES * RECORDS
    });
    contest.add(VERIFY, || {
        some.iter().for_each(|sealed| drop(black_box(verify(sealed, &key, &rules))));
        BATCHES * RECORDS
    });
    contest.add(OPEN, || {
        some.iter().for_each(|sealed| drop(black_box(envelope::open(Kind::Batch, sealed, &key).map(|payload| Batch::from_bytes(&payload)))));
        BATCHES * RECORDS
    });
    contest.add(CONFORM, || {
        for rows in &decoded {
            black_box(all_conform(&rules, rows));
        }
        BATCHES * RECORDS
    });
    contest.add(DECODE, || {
        bodies.iter().for_each(|batch| drop(black_box(coder::decode(batch.coder, &batch.body, batch.records))));
        BATCHES * RECORDS
    });
    let found = contest.run(ROUNDS);
    let counts = engine.counts().map_err(|error| error.to_string())?;
    let expected = ((ROUNDS + 1) * BATCHES * RECORDS) as u64;
    if counts.records != expected || counts.batches_refused > 0 {
        return Err(format!("the engine accepted {} records of {expected}", counts.records));
    }
    Ok(found)
}

fn run() -> Result<(), String> {
    heading(&format!("receive: batches of {RECORDS} records, each accepted by the engine; a drive that is made up"), ROUNDS);
    let drive = Drive::made_up();
    for (name, drive, precision) in [("rounded by its rules", drive.rounded(), Precision::Rounded), ("as it is", drive, Precision::Full)] {
        let found = contest(&drive, precision)?;
        let row = |name: &str| {
            vec![name.to_owned(), format!("{:.1}", found.ns(name)), format!("{:.2}", 1e3 / found.ns(name)), format!("{:.2}", found.ratio(name, DECODE))]
        };
        table(&[name, "ns per record", "million records per second and core", "x decoding"], &[ENGINE, VERIFY, OPEN, CONFORM, DECODE].map(row));
        for (what, name) in [("verified and decoded", VERIFY), ("by the whole engine", ENGINE)] {
            let per_second = 1e9 / found.ns(name);
            println!("{what}: {:.2} million records per second and core (at least 1: {})", per_second / 1e6, goal(per_second >= PER_SECOND_MIN));
        }
        println!();
    }
    Ok(())
}

fn main() -> ExitCode {
    exit("receive", run())
}
