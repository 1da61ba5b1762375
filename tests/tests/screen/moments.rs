//! What happens under an open page: driving off, another driver, another browser, a restart, another process at the door.

use super::enter;
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::FirstChoice;
use consent_tests::Cabin;
use std::io::{Read, Write};
use std::net::TcpStream;

/// The switch of one use where it is on.
const SWITCH: &str = "main form[action='/api/1/uses/traffic/withdraw'] [role=switch][aria-checked=true]";

fn open_request(use_id: &str) -> Cabin {
    let cabin = Cabin::parked();
    cabin.person().done(&Request::RequestsOpen { use_id: use_id.to_owned() });
    cabin
}

fn consent(cabin: &Cabin, use_id: &str) -> String {
    cabin.person().status().uses.into_iter().find(|used| used.id == use_id).unwrap().consent
}

#[tokio::test]
async fn driving_off_in_the_middle_of_a_request_gives_nothing_and_it_resumes_where_it_was_r7() {
    let cabin = open_request("traffic");
    let browser = enter(&cabin, "/requests").await;
    browser.shows("Traffic for your navigation").await;
    cabin.drive();
    browser.until("the page of the driving car", "return !document.body.innerText.includes('Allow')").await;
    assert_ne!(consent(&cabin, "traffic"), "given", "driving off is no yes");
    browser.picture("moment-driving-off").await;
    cabin.park();
    browser.shows("Traffic for your navigation").await;
    browser.shows("Allow").await;
    assert_eq!(browser.path().await.split('?').next(), Some("/requests"), "where it was");
    browser.close().await;
}

/// R6: a no changes nothing but itself.
#[tokio::test]
async fn declining_one_use_changes_no_other_service_r6() {
    let cabin = open_request("advertising");
    cabin.person().done(&Request::ConsentGive { person: None, use_id: "traffic".to_owned(), terms: consent_tests::Person::printed() });
    let others = || {
        let uses = cabin.person().status().uses.into_iter().filter(|used| used.id != "advertising");
        uses.map(|used| (used.id, used.consent, used.activity, used.tier)).collect::<Vec<_>>()
    };
    let before = others();
    let browser = enter(&cabin, "/requests").await;
    browser.shows("Decline").await;
    browser.touch_word("Decline").await;
    cabin.person().wait_status("declined", |status| status.uses.iter().any(|used| used.id == "advertising" && used.consent == "refused"));
    assert_eq!(others(), before);
    browser.shows("Nothing else changes").await;
    browser.close().await;
}

#[tokio::test]
async fn a_request_that_is_answered_after_driving_off_gives_nothing_r7() {
    let cabin = open_request("traffic");
    let browser = enter(&cabin, "/requests").await;
    browser.shows("Allow").await;
    // The page's script is held back, so that the touch comes from a page that does not know of it.
    browser.run("document.addEventListener('submit', event => event.stopImmediatePropagation(), true)").await;
    cabin.drive();
    let script = "const done = arguments[arguments.length - 1]; const form = [...document.querySelectorAll('form')].find(one => one.action.includes('/answer')); \
        if (!form) return done('gone'); const body = new URLSearchParams(new FormData(form)); body.set('answer', 'allow'); \
        fetch(form.action, { method: 'POST', body, redirect: 'manual' }).then(answer => done(answer.type + answer.status))";
    browser.client().execute_async(script, Vec::new()).await.unwrap();
    assert_ne!(consent(&cabin, "traffic"), "given");
    browser.close().await;
}

#[tokio::test]
async fn a_page_that_was_made_for_another_driver_decides_nothing_r16_r17() {
    let cabin = open_request("traffic");
    let browser = enter(&cabin, "/requests").await;
    browser.shows("Allow").await;
    let grab = "const form = [...document.querySelectorAll('form')].find(one => one.action.includes('/answer')); \
        window.kept = [form.action, String(new URLSearchParams(new FormData(form)))]; return true";
    browser.run(grab).await;
    cabin.drives("ben", Assurance::High);
    let script = "const done = arguments[arguments.length - 1]; const body = new URLSearchParams(window.kept[1]); body.set('answer', 'allow'); \
        fetch(window.kept[0], { method: 'POST', body, redirect: 'manual' }).then(answer => done(answer.type + answer.status))";
    browser.client().execute_async(script, Vec::new()).await.unwrap();
    for person in ["anna", "ben"] {
        cabin.drives(person, Assurance::High);
        assert_ne!(consent(&cabin, "traffic"), "given", "{person} gave nothing");
    }
    browser.close().await;
}

#[tokio::test]
async fn two_browsers_see_the_same_and_one_stop_is_seen_in_both_r9() {
    let cabin = open_request("traffic");
    let (one, other) = (enter(&cabin, "/requests").await, enter(&cabin, "/choices").await);
    one.shows("Allow").await;
    one.touch_word("Allow").await;
    cabin.person().wait_status("given", |status| status.uses.iter().any(|used| used.id == "traffic" && used.consent == "given"));
    other.until("the other page shows it", &format!("return document.querySelectorAll({SWITCH:?}).length === 1")).await;
    other.touch(SWITCH).await;
    cabin.person().wait_status("stopped", |status| status.uses.iter().any(|used| used.id == "traffic" && used.consent == "withdrawn"));
    one.goto(&cabin.url("/choices")).await;
    assert_eq!(one.count(SWITCH).await, 0);
    one.close().await;
    other.close().await;
}

#[tokio::test]
async fn an_agent_that_restarts_under_an_open_page_is_found_again_and_the_page_says_so_r3() {
    let mut cabin = Cabin::parked();
    let browser = enter(&cabin, "/choices").await;
    browser.until("the page is live", "return document.documentElement.dataset.live === '1'").await;
    cabin.kill_agent();
    browser.until("the page says that the gate does not answer", "return /does not answer/.test(document.body.innerText)").await;
    browser.picture("moment-gate-gone").await;
    cabin.start_agent();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    browser
        .until("the page says that the gate restarted, or how to enter again", "return /restarted|screen-code|open it again/i.test(document.body.innerText)")
        .await;
    browser.picture("moment-gate-back").await;
    browser.close().await;
}

#[tokio::test]
async fn a_page_without_script_reads_and_withdraws_r10_r19() {
    let cabin = open_request("traffic");
    cabin.person().done(&Request::ConsentGive { person: None, use_id: "traffic".to_owned(), terms: consent_tests::Person::printed() });
    let browser = enter(&cabin, "/").await;
    browser.cdp("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true })).await;
    browser.goto(&cabin.url("/choices")).await;
    browser.touch(SWITCH).await;
    cabin.person().wait_status("stopped", |status| status.uses.iter().any(|used| used.id == "traffic" && used.consent == "withdrawn"));
    browser.cdp("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": false })).await;
    assert!(browser.text().await.contains("Stopped"), "it says so in place: {}", browser.text().await);
    browser.close().await;
}

#[tokio::test]
async fn withdrawing_takes_no_more_touches_than_giving_r10() {
    let cabin = open_request("traffic");
    let browser = enter(&cabin, "/requests").await;
    browser.shows("Allow").await;
    // Where the request is seen: one touch. Where the use is seen: one touch.
    browser.touch_word("Allow").await;
    cabin.person().wait_status("given", |status| status.uses.iter().any(|used| used.id == "traffic" && used.consent == "given"));
    browser.goto(&cabin.url("/choices")).await;
    browser.touch(SWITCH).await;
    cabin.person().wait_status("stopped", |status| status.uses.iter().any(|used| used.id == "traffic" && used.consent == "withdrawn"));
    browser.close().await;
}

/// What another process on this computer gets for a request without the session.
fn stranger(cabin: &Cabin, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", cabin.screen_port())).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        cabin.screen_port(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    drop(stream.read_to_string(&mut answer));
    answer
}

#[test]
fn another_process_on_this_computer_gives_no_consent_and_reads_nothing_r36_r51() {
    let cabin = Cabin::new();
    cabin.drives("annabella", Assurance::High);
    cabin.park();
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Now });
    for path in
        ["/", "/choices", "/data", "/trust", "/people", "/api/1/now", "/api/1/choices", "/api/1/data", "/api/1/people", "/api/1/events", "/api/1/trust/export"]
    {
        let answer = stranger(&cabin, "GET", path, "");
        assert!(answer.starts_with("HTTP/1.1 401"), "{path}: {}", answer.lines().next().unwrap_or_default());
        assert!(!answer.contains("annabella"), "{path} names nobody");
    }
    for (path, body) in [("/api/1/uses/traffic/give", "{}"), ("/api/1/requests/1/answer", "{\"answer\":\"allow\"}"), ("/api/1/people/take-over", "{}")] {
        let answer = stranger(&cabin, "POST", path, body);
        assert!(answer.starts_with("HTTP/1.1 401") || answer.starts_with("HTTP/1.1 403"), "{path}: {}", answer.lines().next().unwrap_or_default());
    }
    assert!(cabin.person().status().uses.iter().all(|used| used.consent != "given"));
    assert!(!cabin.agent_log().contains("annabella"), "no name in the log");
}
