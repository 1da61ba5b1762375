//! Every page, both languages, both themes, three sizes: no automatic finding of axe-core (which is not the same as
//! accessible), nothing refused by the policy, nothing wider than the page, targets large enough, the whole page small enough.

use super::enter;
use consent_core::Assurance;
use consent_gatekeeper::control::{PauseFor, PauseScope, Request, Terms};
use consent_gatekeeper::show::FirstChoice;
use consent_protocol::ledger::Cadence;
use consent_tests::browser::{Look, looks, pictures};
use consent_tests::{Browser, Cabin, Person};

/// Most bytes of a whole page, uncompressed.
const PAGE_BYTES_MAX: f64 = 150_000.0;

/// Links and controls that are smaller than a fingertip in a car: 76 by 76 CSS pixels. A link within a sentence is text.
const SMALL_TARGETS: &str = "return [...document.querySelectorAll('a[href], button, summary, select, input:not([type=hidden]), label.choice')] \
    .filter(one => one.checkVisibility() && !one.closest('.sr, .skip') && !(one.matches('input') && one.closest('label'))) \
    .filter(one => !(one.matches('a') && getComputedStyle(one).display === 'inline' && one.closest('p, td, li, dd, svg'))) \
    .map(one => [one, one.getBoundingClientRect()]) \
    .filter(([one, box]) => box.width > 0 && (box.width < 75.5 || box.height < 75.5)) \
    .map(([one, box]) => `${one.tagName} ${(one.innerText || one.name || '').trim().slice(0, 40)} ${Math.round(box.width)}x${Math.round(box.height)}`)";

const TOO_WIDE: &str = "return document.documentElement.scrollWidth > window.innerWidth + 1";

const PAUSE_BOX: &str = "const one = [...document.querySelectorAll('form[action=\"/api/1/pause\"] button, form[action=\"/api/1/resume\"] button')] \
    .find(one => one.checkVisibility() && !one.closest('main')); if (!one) return null; const box = one.getBoundingClientRect(); \
    return [Math.round(box.x), Math.round(box.y), Math.round(box.width), Math.round(box.height)]";

const BYTES: &str = "return performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')) \
    .filter(one => !one.name.includes('/api/1/') && one.initiatorType !== 'fetch').reduce((sum, one) => sum + one.decodedBodySize, 0)";

async fn put_on(browser: &Browser, look: Look) {
    browser.size(look.size).await;
    let script = format!(
        "const done = arguments[arguments.length - 1]; const to = (path, body) => fetch(path, {{ method: 'POST', headers: {{ 'Content-Type': 'application/json' }}, body: JSON.stringify(body) }}); \
         to('/api/1/theme', {{ theme: {:?} }}).then(one => to('/api/1/language', {{ language: {:?} }}).then(other => done(one.ok && other.ok)), error => done(String(error)))",
        look.theme, look.language
    );
    let done = browser.client().execute_async(&script, Vec::new()).await.unwrap();
    assert_eq!(done, serde_json::json!(true), "theme and language can be set");
}

/// What is wrong with the page as it stands, a line each; makes its picture.
pub(super) async fn findings(browser: &Browser, name: &str) -> Vec<String> {
    browser.picture(name).await;
    let mut wrong = Vec::new();
    let mut say = |what: &str| wrong.push(format!("{name}: {what}"));
    for finding in browser.axe().await {
        say(&finding);
    }
    if browser.run(TOO_WIDE).await == serde_json::json!(true) {
        say("wider than the page");
    }
    let small: Vec<String> = serde_json::from_value(browser.run(SMALL_TARGETS).await).unwrap();
    for target in small {
        say(&format!("small target {target}"));
    }
    wrong
}

/// Looks at a page in every look; `state` names the picture.
pub(super) async fn look_at(cabin: &Cabin, path: &str, state: &str) {
    let browser = enter(cabin, path).await;
    let mut wrong: Vec<String> = Vec::new();
    let mut pause = Vec::new();
    for look in looks() {
        put_on(&browser, look).await;
        browser.goto(&cabin.url(path)).await;
        let name = format!("{state}-{}-{}-{}x{}", look.language, look.theme, look.size.width, look.size.height);
        assert_eq!(browser.run("return document.documentElement.lang").await, look.language, "{name}: the page's language");
        wrong.extend(findings(&browser, &name).await);
        let mut say = |what: &str| wrong.push(format!("{name}: {what}"));
        let bytes = browser.run(BYTES).await.as_f64().unwrap();
        if bytes > PAGE_BYTES_MAX {
            say(&format!("{bytes} bytes"));
        }
        pause.push((look.size, browser.run(PAUSE_BOX).await));
        for complaint in browser.complaints().await {
            say(&complaint);
        }
    }
    for (size, place) in &pause {
        let place = place.as_array().unwrap_or_else(|| panic!("{state}: no pause at {size:?}"));
        assert!(place[2].as_i64() >= Some(96) && place[3].as_i64() >= Some(96), "{state}: pause is at least 96 px, {place:?} at {size:?}");
    }
    println!("pictures: {}", pictures().display());
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
    browser.close().await;
}

/// A parked car that has something to show: consents, a trip, a receiver that got it, a review that waits.
pub(super) fn lived_in() -> Cabin {
    let cabin = Cabin::connected();
    for use_id in ["hazards", "traffic", "maintenance", "insurance", "coaching"] {
        cabin.person().done(&Request::ConsentGive { person: None, use_id: use_id.to_owned(), terms: Person::printed() });
    }
    cabin.trip(6);
    cabin.person().wait_status("something left", |status| status.batches_sent > 0);
    cabin
}

macro_rules! pages {
    ($($name:ident $path:literal)+) => {$(
        #[tokio::test]
        async fn $name() {
            look_at(&lived_in(), $path, stringify!($name)).await;
        }
    )+};
}

pages! {
    now "/"
    now_of_a_week "/?window=week"
    now_with_a_use "/?use=traffic"
    my_choices "/choices"
    one_use "/choices/traffic"
    each_time "/reviews"
    my_data "/data"
    data_of_a_use "/data/traffic"
    trust "/trust"
    how_i_am_asked "/asking"
    people "/people"
}

/// Charts, a table and two answers.
#[tokio::test]
async fn a_review_that_waits_r13() {
    let cabin = Cabin::connected();
    let terms = Terms { tier: Some(1), cadence: Some(Cadence::EachTime), ..Person::printed() };
    cabin.person().done(&Request::ConsentGive { person: None, use_id: "battery-research".to_owned(), terms });
    cabin.trip(25);
    cabin.person().wait_status("values wait for a review", |status| status.outcomes.awaiting > 20);
    look_at(&cabin, "/reviews", "a_review_that_waits").await;
    look_at(&cabin, "/reviews/battery-research", "a_review_of_one_use").await;
    let browser = enter(&cabin, "/").await;
    assert_eq!(browser.count("#rail a[href='/requests'] .badge").await, 1, "the car says on every page that something waits");
    browser.goto(&cabin.url("/requests")).await;
    assert_eq!(browser.text_of(".sub a[href='/reviews'] .badge").await, "1", "and that it is a review");
    browser.goto(&cabin.url("/reviews")).await;
    for (css, least) in [("main article svg", 2), ("main article table", 1), ("main article button[value=send]", 1), ("main article button[value=destroy]", 1)]
    {
        assert!(browser.count(css).await >= least, "{css} on a review");
    }
    browser.close().await;
}

#[tokio::test]
async fn first_start() {
    let cabin = Cabin::new();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    look_at(&cabin, "/first", "first_start").await;
}

#[tokio::test]
async fn requests() {
    let cabin = Cabin::new();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Now });
    look_at(&cabin, "/requests", "requests").await;
}

#[tokio::test]
async fn no_requests() {
    look_at(&Cabin::parked(), "/requests", "no_requests").await;
}

#[tokio::test]
async fn nobody_aboard() {
    let cabin = Cabin::new();
    cabin.park();
    look_at(&cabin, "/", "nobody_aboard").await;
}

#[tokio::test]
async fn a_locked_profile_sees_no_data_r51() {
    let cabin = Cabin::new();
    cabin.drives("anna", Assurance::Low);
    cabin.park();
    look_at(&cabin, "/data", "a_locked_profile").await;
}

#[tokio::test]
async fn paused() {
    let cabin = lived_in();
    cabin.person().done(&Request::Pause { scope: PauseScope::All, duration: PauseFor::UntilResumed });
    look_at(&cabin, "/", "paused").await;
}

#[tokio::test]
async fn driving_is_another_page_that_stands_still() {
    let cabin = Cabin::parked();
    cabin.drive();
    look_at(&cabin, "/", "driving").await;
    cabin.drive();
    let browser = enter(&cabin, "/requests").await;
    let scrolls = browser.run("return document.documentElement.scrollHeight > window.innerHeight + 1").await;
    assert_eq!(scrolls, serde_json::json!(false), "nothing scrolls");
    let moving = browser.run("return document.getAnimations().length").await;
    assert_eq!(moving, serde_json::json!(0), "nothing moves");
    browser.close().await;
}
