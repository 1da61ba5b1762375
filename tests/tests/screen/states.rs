//! States of the system that nobody wishes for, each brought about for real: a disk that does not write, a clock that was set back, a gate that
//! died or hangs under an open page, a car without a catalog. Looked at as every other page (`looks`).

use super::enter;
use super::looks::{findings, lived_in, look_at};
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_tests::browser::{SIZES, pictures};
use consent_tests::clock::wall_ms;
use consent_tests::disk::break_syncs;
use consent_tests::{Browser, Cabin, Person};
use rustix::process::Signal;

/// What a number is in the store: zigzag, seven bits a byte, the lowest first.
fn stored(value: i64) -> Vec<u8> {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap();
        rest >>= 7;
        if rest == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}

/// The page as it stands, in every size and theme of one language: a gate that is gone cannot be asked to draw it anew.
async fn look_at_what_is_left(browser: &Browser, state: &str) {
    let language = browser.run("return document.documentElement.lang").await.as_str().unwrap().to_owned();
    let mut wrong = Vec::new();
    for theme in ["dark", "light"] {
        browser.run(&format!("document.documentElement.dataset.theme = {theme:?}")).await;
        for size in SIZES {
            browser.size(size).await;
            wrong.extend(findings(browser, &format!("{state}-{language}-{theme}-{}x{}", size.width, size.height)).await);
        }
    }
    println!("pictures: {}", pictures().display());
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

async fn speaks(browser: &Browser, cabin: &Cabin, language: &str, path: &str) {
    cabin.person().done(&Request::ProfileLanguages { person: "anna".to_owned(), languages: vec![language.to_owned()] });
    browser.goto(&cabin.url(path)).await;
    browser.until("the page is live", "return document.documentElement.dataset.live === '1'").await;
}

const OFFLINE: &str = "const one = document.getElementById('offline'); return !!one && one.checkVisibility()";
const NOT_OFFLINE: &str = "const one = document.getElementById('offline'); return !!one && !one.checkVisibility()";

/// R3, R19: nothing leaves while nothing can be recorded; what is stopped is stopped, and is recorded once the disk writes again.
#[tokio::test]
async fn a_disk_that_does_not_write_shuts_the_gate_and_what_is_stopped_is_stopped_r3_r19() {
    let cabin = lived_in();
    let broken = break_syncs(cabin.agent_pid(), &cabin.path("strace.log"));
    // Anything that is to be recorded: a yes, which then does not hold.
    cabin.person().ask(&Request::ConsentGive { person: None, use_id: "battery".to_owned(), terms: Person::printed() });
    cabin.person().wait_status("the store does not write", |status| !status.store_ok);
    look_at(&cabin, "/", "store_failed").await;

    let browser = enter(&cabin, "/choices/traffic").await;
    let stop = "form[action='/api/1/uses/traffic/withdraw'] button";
    browser.touch(stop).await;
    browser.until("it says that it is not recorded", "return /noch nicht gespeichert|not yet recorded|not recorded/i.test(document.body.innerText)").await;
    browser.picture("store_failed-stopped").await;
    assert!(cabin.person().status().uses.iter().all(|used| used.activity != "live"), "nothing leaves");
    broken.kill();
    cabin.person().wait_status("the store writes again", |status| status.store_ok);
    let status = cabin.person().status();
    assert!(status.uses.iter().any(|used| used.id == "traffic" && used.consent == "withdrawn"), "stopped, and now recorded");
    browser.until("the page no longer says that the gate is shut", "return !/Die Schranke ist zu|The gate is shut/.test(document.body.innerText)").await;
    browser.close().await;
}

/// R7, R8: a yes needs a time that can be trusted, and what rests on one does not leave meanwhile.
#[tokio::test]
async fn a_clock_that_was_set_back_is_said_and_nothing_leaves_on_a_yes_r7_r8() {
    let mut cabin = lived_in();
    cabin.kill_agent();
    let store = rusqlite::Connection::open(cabin.path("state/consent.db")).unwrap();
    let changed = store.execute("UPDATE meta SET value = ?1 WHERE key = 'high_water'", [stored(wall_ms() + 86_400_000)]).unwrap();
    assert_eq!(changed, 1, "the gate knew a time");
    drop(store);
    cabin.start_agent();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    let status = cabin.person().wait_status("the clock is not trusted", |status| !status.clock_trusted);
    assert!(status.uses.iter().all(|used| used.consent != "given" || used.activity != "live"), "nothing leaves on a yes");
    look_at(&cabin, "/", "clock_untrusted").await;
    look_at(&cabin, "/choices", "clock_untrusted_choices").await;
}

/// R3: what is shown is what was last known, and the page says so.
#[tokio::test]
async fn a_gate_that_died_under_an_open_page_is_said_in_every_look_r3() {
    let mut cabin = lived_in();
    let (english, german) = (enter(&cabin, "/").await, enter(&cabin, "/").await);
    speaks(&english, &cabin, "en", "/").await;
    // The page in English is held, so that it stays English.
    english.run("document.body.setAttribute('data-holds', '')").await;
    speaks(&german, &cabin, "de", "/").await;
    cabin.kill_agent();
    for browser in [&english, &german] {
        browser.until("the page says that the gate does not answer", OFFLINE).await;
        look_at_what_is_left(browser, "gate_gone").await;
    }
    cabin.start_agent();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    german.until("the page says that the gate restarted", "const one = document.getElementById('stale'); return !!one && one.checkVisibility()").await;
    look_at_what_is_left(&german, "gate_back").await;
    english.close().await;
    german.close().await;
}

/// R9: a touch that gets no answer is said, and the next touch is not kept waiting.
#[tokio::test]
async fn a_gate_that_hangs_keeps_no_touch_waiting_r9() {
    let cabin = Cabin::parked();
    let browser = enter(&cabin, "/choices").await;
    browser.until("the page is live", "return document.documentElement.dataset.live === '1'").await;
    cabin.signal_agent(Signal::STOP);
    browser.touch("#pause-button").await;
    // The page waits ten seconds for an answer, this test up to ten more for the page.
    tokio::time::sleep(std::time::Duration::from_secs(8)).await;
    browser.until("the page says that the gate does not answer", OFFLINE).await;
    assert_eq!(browser.count("form[aria-busy]").await, 0, "no touch is under way any more");
    cabin.signal_agent(Signal::CONT);
    browser.until("the gate is heard again", NOT_OFFLINE).await;
    // The touch may have arrived late; whatever came of it, the page shows it, and the button does what it says.
    browser.until("the page shows how it stands", "return !!document.querySelector('#pause-button')").await;
    browser.close().await;
}

/// R3: without a catalog nothing leaves. Signals cannot be told without it, so the car counts as driving; the page says what is waited for.
#[tokio::test]
async fn without_a_catalog_the_page_says_what_is_waited_for_r3() {
    let mut cabin = Cabin::prepared(consent_tests::cabin::EXAMPLE);
    std::fs::remove_file(cabin.path("catalog.signed")).unwrap();
    cabin.start_agent();
    cabin.drives("anna", Assurance::High);
    look_at(&cabin, "/", "no_catalog").await;
}
