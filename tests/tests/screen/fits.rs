//! A request stands on one screen of a car: what domain.md lists as always visible, and the answers, are seen without scrolling.

use super::enter;
use super::many::catalog;
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{Asking, FirstChoice};
use consent_tests::browser::SIZES;
use consent_tests::{Browser, Cabin};

/// What of the request `card` cannot be seen as the page stands. `facts` are the keys that must be seen; the answers always must.
const UNSEEN: &str = "const bottom = BOTTOM, head = document.querySelector('.top').getBoundingClientRect().bottom, bar = card.querySelector('.decide'); \
    const parts = [['headline', card.querySelector('.headline')]]; \
    const facts = FACTS, above = [...card.querySelectorAll('form .fact')].map(one => one.className.slice(10)); \
    for (const key of facts.length ? new Set([...facts, ...above]) : []) for (const tag of ['dt', 'dd']) parts.push([`${key} ${tag}`, card.querySelector(`form .fact-${key} > ${tag}`)]); \
    if (facts.length) parts.push(['mark', card.querySelector('form .fact-who .mark')]); \
    for (const css of ['[name=answer][value=allow]', '[name=answer][value=decline]', 'a[href^=\"#adjust-\"]']) parts.push([css, card.querySelector(css)]); \
    const wrong = []; \
    for (const [name, element] of parts) { if (!element || !element.checkVisibility()) { wrong.push(`${name} is not there`); continue; } \
        for (const box of element.getClientRects()) { \
            if (box.top < head - 1 || box.bottom > bottom + 1 || box.left < 0 || box.right > innerWidth + 1) wrong.push(`${name} from ${Math.round(box.top)} to ${Math.round(box.bottom)}`); \
            const at = document.elementFromPoint(box.left + Math.min(8, box.width / 2), (box.top + box.bottom) / 2); \
            if (at && !element.contains(at) && !at.contains(element)) wrong.push(`${name} lies under ${at.tagName} ${at.className}`); } } \
    return wrong";

/// What domain.md lists under "A request, always visible"; whatever else stands above the answers must be seen as well.
const LISTED: &str = "['who', 'what', 'purpose', 'benefit', 'kept', 'lasts', 'stop']";

const FORMS: [Option<Asking>; 6] =
    [None, Some(Asking::WhoFirst), Some(Asking::BenefitFirst), Some(Asking::ControlFirst), Some(Asking::Balanced), Some(Asking::TrustFirst)];

fn script(facts: &str, bottom: &str) -> String {
    UNSEEN.replace("FACTS", facts).replace("BOTTOM", bottom)
}

async fn speaks(browser: &Browser, language: &str) {
    let script = format!(
        "const done = arguments[arguments.length - 1]; fetch('/api/1/language', {{ method: 'POST', headers: {{ 'Content-Type': 'application/json' }}, \
         body: JSON.stringify({{ language: {language:?} }}) }}).then(one => done(one.ok), error => done(String(error)))"
    );
    assert_eq!(browser.client().execute_async(&script, Vec::new()).await.unwrap(), serde_json::json!(true));
}

fn asked_all(cabin: &Cabin) -> Vec<u64> {
    cabin.drives("anna", Assurance::High);
    cabin.park();
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Now });
    let listed = cabin.person().data(&Request::RequestsList);
    listed["requests"].as_array().unwrap().iter().map(|request| request["id"].as_u64().unwrap()).collect()
}

/// Cards of a page after each other, each where the first one stands when the page opens.
const MOVED: &str = "const cards = [...document.querySelectorAll('main article.request')], top = cards[0].getBoundingClientRect().top + scrollY; \
    const looked = []; document.documentElement.style.paddingBottom = '100vh'; \
    for (const card of cards) { scrollTo(0, card.getBoundingClientRect().top + scrollY - top); looked.push(...look(card).map(one => `${card.id}: ${one}`)); } return looked";

async fn seen(cabin: &Cabin, forms: &[Option<Asking>], facts: &str) {
    let browser = enter(cabin, "/requests").await;
    let script = format!("const look = card => {{ {} }}; {MOVED}", script(facts, "innerHeight"));
    let mut unseen = Vec::new();
    for form in forms {
        cabin.person().done(&Request::AskingSet { asking: *form });
        for language in ["en", "de"] {
            speaks(&browser, language).await;
            for size in SIZES.into_iter().filter(|size| size.width > 720) {
                browser.size(size).await;
                browser.goto(&cabin.url("/requests")).await;
                let found: Vec<String> = serde_json::from_value(browser.run(&script).await).unwrap();
                unseen.extend(found.into_iter().map(|one| format!("{form:?} {language} {}x{}: {one}", size.width, size.height)));
            }
        }
    }
    assert!(unseen.is_empty(), "{} unseen:\n{}", unseen.len(), unseen.join("\n"));
    browser.close().await;
}

#[tokio::test]
async fn every_request_of_the_example_stands_on_one_screen_with_all_its_terms_r44() {
    let cabin = Cabin::new();
    let requests = asked_all(&cabin);
    assert!(requests.len() > 8, "the whole example is asked");
    seen(&cabin, &FORMS, LISTED).await;
}

#[tokio::test]
async fn the_longest_texts_that_a_catalog_may_have_leave_what_must_be_seen_in_view_r44() {
    let cabin = Cabin::with(&catalog(20));
    let requests = asked_all(&cabin);
    assert!(requests.len() > 10, "shorter and shorter texts, so that all ways of parting them are seen");
    seen(&cabin, &[None, Some(Asking::ControlFirst), Some(Asking::Balanced)], LISTED).await;
    let browser = enter(&cabin, "/requests").await;
    browser.picture("request-longest").await;
    browser.close().await;
}

/// At a phone's width a request is longer than the screen; its answers are in view from its first line to its last.
#[tokio::test]
async fn on_a_phone_the_answers_stay_in_reach_r44() {
    for cabin in [Cabin::new(), Cabin::with(&catalog(20))] {
        let requests = asked_all(&cabin);
        let browser = enter(&cabin, "/requests").await;
        browser.size(SIZES[2]).await;
        let over_the_bar = "document.querySelector('.rail').getBoundingClientRect().top";
        let answers = format!("const card = document.querySelector('main article.request'); {}", script("[]", over_the_bar));
        for id in requests.iter().take(4) {
            browser.goto(&cabin.url(&format!("/requests/{id}"))).await;
            let found = browser.run(&answers).await;
            assert_eq!(found, serde_json::json!([]), "request {id} when it opens");
            browser.run("document.querySelector('main .blocks .block:last-child').scrollIntoView({ block: 'center' })").await;
            let found: Vec<String> = serde_json::from_value(browser.run(&answers).await).unwrap();
            let found: Vec<String> = found.into_iter().filter(|one| !one.starts_with("headline")).collect();
            assert_eq!(found, Vec::<String>::new(), "request {id} at its last facts");
        }
        browser.close().await;
    }
}

/// The way to Adjust is a step within the page: it opens, with the focus on it, and is not drawn anew.
#[tokio::test]
async fn adjust_opens_where_it_is_and_allow_says_as_chosen_r8() {
    let cabin = Cabin::new();
    asked_all(&cabin);
    let browser = enter(&cabin, "/requests").await;
    browser.until("the page's script runs", "return document.documentElement.dataset.live === '1'").await;
    browser.run("window.same = true").await;
    browser.touch("a[href^='#adjust-']").await;
    browser.until("Adjust is open", "return document.querySelector('article.request .adjust').open && document.activeElement.id.startsWith('adjust-')").await;
    assert_eq!(browser.run("return window.same === true").await, serde_json::json!(true), "the page stays");
    assert!(!browser.text_of("article.request [value=allow]").await.contains("as chosen"), "nothing is chosen beforehand");
    browser.touch("article.request .adjust label.choice").await;
    let allow = browser.text_of("article.request [value=allow]").await;
    assert!(allow.contains("as chosen"), "{allow}");
    browser.picture("request-adjust").await;
    browser.close().await;
}
