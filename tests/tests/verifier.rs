//! The verifier of the page and of the file that works without the car, on a ledger that a real agent wrote: it agrees with the
//! verifier of the protocol about every touch (R40).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test code: a failure should end the test"
)]

use consent_gatekeeper::control::Request;
use consent_protocol::envelope::{key_id, sha256};
use consent_protocol::ids::from_hex;
use consent_protocol::ledger::{Body, Exported, Header, body_digest, seal_entry, verify_chain};
use consent_tests::process::well;
use consent_tests::{Browser, Cabin};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::process::Command;

const MODULE: &str = include_str!("../../screen/assets/js/verify.js");
/// Reads cases, verifies each, prints the verdicts.
const RUNNER: &str = "import { verify, parseCheckpoint } from './verify.mjs';\n\
    import { readFileSync } from 'node:fs';\n\
    const verdicts = [];\n\
    for (const { exported, kept } of JSON.parse(readFileSync('cases.json', 'utf8'))) {\n\
      const { holds, at, why, entries, bodies, erased, kept: stands, head } = await verify(exported, kept ? parseCheckpoint(kept) : null);\n\
      verdicts.push({ holds, at, why, entries, bodies, erased, stands, head });\n\
    }\n\
    console.log(JSON.stringify(verdicts));\n";

/// One ledger, and a checkpoint that was kept of it.
struct Case {
    about: String,
    public_key: String,
    entries: Vec<Exported>,
    kept: Option<String>,
}

/// What the module says of each case, under Node.
fn verdicts(cases: &[Case]) -> Vec<Value> {
    let folder = tempfile::Builder::new().prefix("consent-verifier-").tempdir().unwrap();
    let shaped: Vec<Value> =
        cases.iter().map(|case| json!({ "exported": { "version": 1, "public_key": case.public_key, "entries": case.entries }, "kept": case.kept })).collect();
    std::fs::write(folder.path().join("verify.mjs"), MODULE).unwrap();
    std::fs::write(folder.path().join("run.mjs"), RUNNER).unwrap();
    std::fs::write(folder.path().join("cases.json"), serde_json::to_vec(&shaped).unwrap()).unwrap();
    let mut node = Command::new("node");
    node.current_dir(folder.path()).args(["--no-warnings", "run.mjs"]);
    serde_json::from_str(&well(node)).unwrap()
}

/// A car in which several things were decided, and its ledger.
fn lived() -> (Cabin, String, Vec<Exported>) {
    let cabin = Cabin::parked();
    for use_id in ["hazards", "traffic", "maintenance"] {
        cabin.person().done(&Request::ConsentGive { person: Some("anna".to_owned()), use_id: use_id.to_owned(), terms: consent_tests::Person::printed() });
    }
    cabin.person().done(&Request::ConsentWithdraw { person: Some("anna".to_owned()), use_id: Some("traffic".to_owned()), erase: false });
    let chain = cabin.person().data(&Request::LedgerExport);
    let entries: Vec<Exported> = serde_json::from_value(chain["entries"].clone()).unwrap();
    assert!(entries.len() >= 6, "{}", entries.len());
    (cabin, chain["public_key"].as_str().unwrap().to_owned(), entries)
}

fn checkpoint(public_key: &str, entries: &[Exported], seq: usize) -> String {
    format!("CG1:C:{seq}:{}:{public_key}", sha256(&[&entries[seq - 1].envelope])).to_uppercase()
}

#[test]
fn r40_a_ledger_of_a_real_agent_holds_and_whatever_is_touched_is_found() {
    let (_cabin, public_key, entries) = lived();
    let case = |about: String, entries: Vec<Exported>, kept: Option<String>| Case { about, public_key: public_key.clone(), entries, kept };
    let (last, kept) = (entries.len(), |seq| Some(checkpoint(&public_key, &entries, seq)));
    let mut cases = vec![
        case("whole".to_owned(), entries.clone(), None),
        case("whole, with a checkpoint".to_owned(), entries.clone(), kept(last)),
        case("whole, with an old checkpoint".to_owned(), entries.clone(), kept(3)),
    ];
    let mut erased = entries.clone();
    erased[3].body = None;
    cases.push(case("a body erased".to_owned(), erased, kept(last)));
    let holding = cases.len();

    let mut touched = |about: &str, kept: Option<String>, touch: &dyn Fn(&mut Vec<Exported>)| {
        let mut changed = entries.clone();
        touch(&mut changed);
        cases.push(case(about.to_owned(), changed, kept));
    };
    touched("the first entry dropped", None, &|entries| drop(entries.remove(0)));
    touched("one dropped within", None, &|entries| drop(entries.remove(2)));
    touched("the end dropped, with a checkpoint", kept(last), &|entries| drop(entries.pop()));
    touched("two swapped", None, &|entries| entries.swap(2, 3));
    touched("one twice", None, &|entries| entries.insert(2, entries[2].clone()));
    touched("bodies swapped", None, &|entries| {
        let body = entries[2].body.clone();
        entries[2].body = entries[3].body.clone();
        entries[3].body = body;
    });
    touched("a byte more", None, &|entries| entries[2].envelope.push(0));
    for at in 0..entries[2].envelope.len() {
        touched(&format!("a bit of envelope byte {at}"), None, &|entries| entries[2].envelope[at] ^= 1 << (at % 8));
    }
    for at in 0..entries[2].body.as_ref().unwrap().1.len() {
        touched(&format!("a bit of body byte {at}"), None, &|entries| entries[2].body.as_mut().unwrap().1[at] ^= 1 << (at % 8));
    }
    for at in 0..16 {
        touched(&format!("a bit of salt byte {at}"), None, &|entries| entries[2].body.as_mut().unwrap().0[at] ^= 1);
    }
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let foreign = rewritten(&entries, &stranger);
    let foreign_key = consent_protocol::Digest(stranger.verifying_key().to_bytes()).to_string();
    cases.push(Case { about: "another key in the file".to_owned(), public_key: foreign_key.clone(), entries: entries.clone(), kept: None });
    cases.push(Case { about: "rewritten, with a checkpoint".to_owned(), public_key: foreign_key.clone(), entries: foreign.clone(), kept: kept(last) });

    let found = verdicts(&cases);
    assert_eq!(found.len(), cases.len());
    for (n, (case, verdict)) in cases.iter().zip(&found).enumerate() {
        assert_eq!(verdict["holds"], json!(n < holding), "{}: {verdict}", case.about);
        // The protocol's own verifier knows no checkpoints; about everything else both say the same.
        let public = from_hex::<32>(&case.public_key).unwrap();
        let ours = verify_chain(case.entries.iter(), &public);
        if case.kept.is_none() || n < holding {
            assert_eq!(ours.is_ok(), n < holding, "{}: {ours:?}", case.about);
        }
        if let (true, Ok(report)) = (n < holding, ours) {
            assert_eq!((&verdict["entries"], &verdict["bodies"], &verdict["erased"]), (&json!(report.entries), &json!(report.bodies), &json!(report.erased)));
        }
    }
    assert_eq!((&found[0]["stands"], &found[1]["stands"], &found[2]["stands"]), (&json!("none"), &json!("stands"), &json!("stands")));
    let why = |about: &str| found[cases.iter().position(|case| case.about == about).unwrap()]["why"].clone();
    assert_eq!(why("the end dropped, with a checkpoint"), "checkpoint");
    assert_eq!(why("rewritten, with a checkpoint"), "checkpoint");
    assert_eq!((why("two swapped"), why("one dropped within"), why("bodies swapped")), (json!("order"), json!("order"), json!("body")));
    assert_eq!(why("another key in the file"), "key");

    // Rewritten by somebody with a key of their own, it is consistent with itself: only a checkpoint shows it. The page says so.
    let alone = verdicts(&[Case { about: String::new(), public_key: foreign_key, entries: foreign, kept: None }]);
    assert_eq!((&alone[0]["holds"], &alone[0]["stands"]), (&json!(true), &json!("none")));
}

/// The same story, signed by somebody else.
fn rewritten(entries: &[Exported], key: &SigningKey) -> Vec<Exported> {
    let mut prev = consent_protocol::Digest::default();
    let id = key_id(&key.verifying_key().to_bytes());
    let mut seq = 0;
    let rewrite = |entry: &Exported| {
        seq += 1;
        let (salt, bytes) = entry.body.clone().unwrap();
        let header = Header::new(seq, prev, (1_700_000_000_000, consent_core::ClockTrust::Trusted), &salt, &Body::from_bytes(&bytes).unwrap());
        let envelope = seal_entry(&header, id, |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes())).unwrap();
        prev = sha256(&[&envelope]);
        Exported { envelope, body: Some((salt, bytes)) }
    };
    entries.iter().map(rewrite).collect()
}

#[test]
fn r40_only_one_spelling_of_a_header_is_taken_and_only_a_body_of_its_kind() {
    let key = SigningKey::from_bytes(&[5; 32]);
    let public_key = consent_protocol::Digest(key.verifying_key().to_bytes()).to_string();
    let id = key_id(&key.verifying_key().to_bytes());
    let (salt, body) = ([1; 16], Body::Boot { boot: 1, clean: true });
    let header = Header::new(1, consent_protocol::Digest::default(), (1_700_000_000_000, consent_core::ClockTrust::Trusted), &salt, &body);
    let sealed = |payload: Vec<u8>| {
        consent_protocol::envelope::seal(consent_protocol::envelope::Kind::Ledger, id, payload, |bytes| Ok::<_, ()>(key.sign(bytes).to_bytes())).unwrap()
    };
    let case = |about: &str, payload: Vec<u8>, body: Vec<u8>| Case {
        about: about.to_owned(),
        public_key: public_key.clone(),
        entries: vec![Exported { envelope: sealed(payload), body: Some((salt, body)) }],
        kept: None,
    };
    let plain = header.to_bytes();
    // The number 1 written as two bytes; a byte after the end; a version, a clock and a kind that there are not.
    let long = [&plain[..1], &[0x81, 0x00], &plain[2..]].concat();
    let more = [&plain[..], &[0]].concat();
    let with = |at: usize, byte: u8| {
        let mut changed = plain.clone();
        changed[at] = byte;
        changed
    };
    let kind_at = plain.len() - 33;
    let other_kind = Body::Erasure { scope: "x".to_owned() }.to_bytes();
    let mut lying = header.clone();
    lying.body = body_digest(&salt, &other_kind);
    let cases = [
        case("plain", plain.clone(), body.to_bytes()),
        case("long", long, body.to_bytes()),
        case("more", more, body.to_bytes()),
        case("version", with(0, 2), body.to_bytes()),
        case("clock", with(kind_at - 1, 2), body.to_bytes()),
        case("kind", with(kind_at, 7), body.to_bytes()),
        case("a body of another kind", lying.to_bytes(), other_kind),
    ];
    let found = verdicts(&cases);
    for (n, (case, verdict)) in cases.iter().zip(&found).enumerate() {
        let ours = verify_chain(case.entries.iter(), &from_hex::<32>(&case.public_key).unwrap());
        assert_eq!((verdict["holds"].as_bool(), ours.is_ok()), (Some(n == 0), n == 0), "{}: {verdict} {ours:?}", case.about);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r40_the_page_checks_again_and_the_file_checks_without_the_car() {
    let (cabin, public_key, entries) = lived();
    let browser = Browser::start().await;
    browser.goto(&cabin.entry("/trust")).await;
    browser.touch("[data-part=check]").await;
    browser.until("the browser has checked", "return document.querySelector('[data-part=out]').dataset.holds === 'true'").await;
    browser.picture("trust-checked").await;
    let wrong = checkpoint(&public_key, &entries, 3).replace("CG1:C:3:", "CG1:C:4:");
    browser.run(&format!("document.getElementById('kept').value = {wrong:?}")).await;
    browser.touch("[data-part=check]").await;
    browser.until("a wrong checkpoint is found", "return document.querySelector('[data-part=out]').dataset.holds === 'false'").await;
    let download = "const done = arguments[arguments.length - 1]; Promise.all(['/api/1/trust/verifier.html', '/api/1/trust/export'].map(a => fetch(a).then(r => r.text()))).then(done)";
    let files = browser.client().execute_async(download, Vec::new()).await.unwrap();
    assert_eq!(browser.complaints().await, Vec::<String>::new());

    for (name, text) in [("verifier.html", &files[0]), ("ledger.json", &files[1])] {
        std::fs::write(cabin.path(name), text.as_str().unwrap()).unwrap();
    }
    browser.goto(&format!("file://{}", cabin.path("verifier.html").display())).await;
    let chosen = browser.client().find(fantoccini::Locator::Css("input[type=file]")).await.unwrap();
    chosen.send_keys(&cabin.path("ledger.json").display().to_string()).await.unwrap();
    browser.run(&format!("document.getElementById('kept').value = {:?}", checkpoint(&public_key, &entries, entries.len()))).await;
    browser.touch("[data-part=check]").await;
    browser.until("the file has checked", "return document.querySelector('[data-part=out]').dataset.holds === 'true'").await;
    browser.picture("verifier-file").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}
