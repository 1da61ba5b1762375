//! R47: every function works with four directions and press alone.

use super::enter;
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::FirstChoice;
use consent_tests::browser::SIZES;
use consent_tests::{Cabin, Person};

/// From where the focus begins, by arrow keys alone, breadth first: what cannot be reached. What is folded away in the page is
/// opened first, since opening it is a press; the sheet of the header lies over the page while it is open, and stays closed.
const UNREACHED: &str = "document.querySelectorAll('main details').forEach(one => one.open = true); \
    const all = () => [...document.querySelectorAll('a[href], button:not([disabled]), summary, select, textarea, input:not([type=hidden]):not([disabled])')] \
        .filter(one => one.checkVisibility() && !one.closest('.skip') && !one.matches('.skip')); \
    const reached = new Set(); const queue = []; \
    const once = key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })); \
    const at = () => [document.scrollingElement, document.getElementById('main'), document.getElementById('aside'), document.activeElement].map(one => one ? one.scrollTop + one.scrollLeft : 0).join(); \
    const press = key => { const from = document.activeElement; let before; do { before = at(); once(key); } while (document.activeElement === from && at() !== before); }; \
    document.activeElement.blur(); once('ArrowDown'); \
    if (document.activeElement !== document.body) queue.push(document.activeElement); \
    while (queue.length) { const from = queue.shift(); if (reached.has(from)) continue; reached.add(from); \
        for (const key of ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight']) { from.focus(); press(key); \
            const to = document.activeElement; if (to && to !== document.body && !reached.has(to)) queue.push(to); } } \
    return all().filter(one => !reached.has(one)).map(one => `${one.tagName} ${one.name || ''} ${(one.innerText || one.value || '').trim().slice(0, 40)}`)";

async fn all_reached(cabin: &Cabin, paths: &[&str]) {
    let browser = enter(cabin, "/").await;
    let mut missing = Vec::new();
    for path in paths {
        for size in SIZES {
            browser.size(size).await;
            browser.goto(&cabin.url(path)).await;
            browser.until("the page's script runs", "return document.documentElement.dataset.live === '1'").await;
            let unreached: Vec<String> = serde_json::from_value(browser.run(UNREACHED).await).unwrap();
            missing.extend(unreached.into_iter().map(|one| format!("{path} at {}x{}: {one}", size.width, size.height)));
        }
    }
    assert!(missing.is_empty(), "{} that no direction reaches:\n{}", missing.len(), missing.join("\n"));
    browser.close().await;
}

#[tokio::test]
async fn four_directions_reach_everything_on_every_page_r47() {
    let cabin = Cabin::parked();
    for use_id in ["hazards", "maintenance"] {
        cabin.person().done(&Request::ConsentGive { person: None, use_id: use_id.to_owned(), terms: Person::printed() });
    }
    cabin.trip(3);
    all_reached(&cabin, &["/", "/choices", "/choices/traffic", "/reviews", "/data", "/trust", "/asking", "/people", "/requests"]).await;
}

#[tokio::test]
async fn four_directions_reach_everything_on_requests_and_while_driving_r47() {
    let cabin = Cabin::new();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    all_reached(&cabin, &["/first"]).await;
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Now });
    all_reached(&cabin, &["/requests"]).await;
    cabin.drive();
    all_reached(&cabin, &["/"]).await;
}

/// The shortest way of arrow keys from where the focus begins to what has this word: an array of keys.
fn way_to(word: &str) -> String {
    format!(
        "const once = key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ key, bubbles: true, cancelable: true }})); \
         const at = () => [document.scrollingElement, document.getElementById('main'), document.getElementById('aside'), document.activeElement].map(one => one ? one.scrollTop + one.scrollLeft : 0).join(); \
         const press = key => {{ const from = document.activeElement, keys = []; let before; do {{ before = at(); once(key); keys.push(key) }} while (document.activeElement === from && at() !== before); return keys }}; \
         document.activeElement.blur(); once('ArrowDown'); const first = document.activeElement; \
         const ways = new Map([[first, ['ArrowDown']]]); const queue = [first]; \
         while (queue.length) {{ const from = queue.shift(); if (from.innerText && from.innerText.trim() === {word:?}) {{ document.activeElement.blur(); return ways.get(from); }} \
             for (const key of ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight']) {{ from.focus(); const pressed = press(key); const to = document.activeElement; \
                 if (to && to !== document.body && !ways.has(to)) {{ ways.set(to, ways.get(from).concat(pressed)); queue.push(to); }} }} }} return []"
    )
}

#[tokio::test]
async fn a_request_is_allowed_with_arrows_and_press_alone_r47() {
    let cabin = Cabin::new();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Later });
    cabin.person().done(&Request::RequestsOpen { use_id: "traffic".to_owned() });
    let browser = enter(&cabin, "/requests").await;
    browser.until("the page's script runs", "return document.documentElement.dataset.live === '1'").await;
    let focused = browser.run("return document.activeElement === document.body || !document.activeElement.matches('main button')").await;
    assert_eq!(focused, serde_json::json!(true), "the focus begins on neither answer (R8)");
    let way: Vec<String> = serde_json::from_value(browser.run(&way_to("Allow")).await).unwrap();
    assert!(!way.is_empty(), "arrow keys lead to Allow");
    for key in &way {
        browser.press(key).await;
    }
    assert_eq!(browser.run("return document.activeElement.innerText.trim()").await, "Allow", "the keys of a keyboard do the same: {way:?}");
    browser.press("Enter").await;
    cabin.person().wait_status("the consent is given", |status| status.uses.iter().any(|used| used.id == "traffic" && used.consent == "given"));
    browser.close().await;
}
