//! The five kinds of customer: what each sees when the car asks, and that all of them get the same sentences and choices (R44).

use super::enter;
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{Asking, FirstChoice};
use consent_tests::{Browser, Cabin};
use std::collections::BTreeSet;

/// Labels of the facts of the first request on the page, in their order.
const ORDER: &str = "const card = document.querySelector('main article, main .card.request, main [data-request]'); \
    return [...card.querySelectorAll('dt')].filter(one => one.checkVisibility() && !one.closest('details')).map(one => one.innerText.trim())";

fn asked(asking: Option<Asking>) -> Cabin {
    let cabin = Cabin::new();
    cabin.drives("anna", Assurance::High);
    cabin.park();
    if let Some(asking) = asking {
        cabin.person().done(&Request::AskingSet { asking: Some(asking) });
    }
    cabin
}

async fn choose_now(cabin: &Cabin) -> Browser {
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Now });
    enter(cabin, "/requests").await
}

async fn order(browser: &Browser) -> Vec<String> {
    serde_json::from_value(browser.run(ORDER).await).unwrap()
}

fn position(order: &[String], label: &str) -> usize {
    order.iter().position(|found| found == label).unwrap_or_else(|| panic!("{label:?} stands on the request, found {order:?}"))
}

#[tokio::test]
async fn a_brand_loyalist_sees_first_who_receives_and_outside_recipients_apart_and_marked_r44() {
    let cabin = asked(Some(Asking::WhoFirst));
    let browser = choose_now(&cabin).await;
    let order = order(&browser).await;
    assert!(position(&order, "Who receives it") < position(&order, "What it brings"), "{order:?}");
    let text = browser.text().await;
    let (maker, outside) = (text.find("From the maker of your car"), text.find("From outside"));
    assert!(maker < outside && maker.is_some(), "the manufacturer first, others apart: {maker:?} {outside:?}");
    assert!(text.contains("Outside recipient"), "and marked");
    browser.picture("kind-who-first").await;
    browser.close().await;
}

#[tokio::test]
async fn a_convenience_seeker_sees_the_benefit_first_on_one_screen_and_nothing_preset_r8_r44() {
    let cabin = asked(Some(Asking::BenefitFirst));
    let browser = choose_now(&cabin).await;
    let order = order(&browser).await;
    assert!(position(&order, "What it brings") < position(&order, "Who receives it"), "{order:?}");
    assert!(browser.count("main form").await > 3, "several uses on one screen");
    assert_eq!(browser.count("main input:checked, main [aria-checked=true]").await, 0, "nothing is preset");
    browser.picture("kind-benefit-first").await;
    browser.close().await;
}

#[tokio::test]
async fn a_control_addict_sees_the_controls_first_and_is_offered_each_time_r13_r44() {
    let cabin = asked(Some(Asking::ControlFirst));
    let browser = choose_now(&cabin).await;
    let order = order(&browser).await;
    assert!(position(&order, "How precisely") < position(&order, "What it brings"), "{order:?}");
    assert!(browser.text().await.contains("Each time"), "each time is offered");
    browser.picture("kind-control-first").await;
    browser.close().await;
}

#[tokio::test]
async fn a_flexible_one_sees_the_three_levers_at_one_glance_r44() {
    let cabin = asked(Some(Asking::Balanced));
    let browser = choose_now(&cabin).await;
    let order = order(&browser).await;
    let levers = ["What it brings", "How precisely", "How to check"];
    for lever in levers {
        assert!(order.iter().any(|found| found == lever), "{lever} in {order:?}");
    }
    browser.picture("kind-balanced").await;
    browser.close().await;
}

#[tokio::test]
async fn a_privacy_fundamentalist_is_never_asked_unasked_r43_r44() {
    let cabin = asked(Some(Asking::TrustFirst));
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Later });
    for _ in 0..3 {
        cabin.drive();
        cabin.park();
    }
    assert_eq!(cabin.person().status().requests, 0, "parked three times, asked nothing");
    let browser = enter(&cabin, "/requests").await;
    browser.shows("Nothing waits for your answer").await;
    cabin.person().done(&Request::RequestsOpen { use_id: "traffic".to_owned() });
    browser.goto(&cabin.url("/requests")).await;
    let order = order(&browser).await;
    assert!(position(&order, "How to check") < position(&order, "What it brings"), "{order:?}");
    assert!(browser.text().await.contains("20 km"), "the coarsest tier is printed");
    browser.picture("kind-trust-first").await;
    browser.close().await;
}

#[tokio::test]
async fn the_five_forms_and_the_neutral_one_say_the_same_sentences_and_offer_the_same_choices_r44() {
    let cabin = asked(None);
    cabin.person().done(&Request::FirstStart { choose: FirstChoice::Later });
    cabin.person().done(&Request::RequestsOpen { use_id: "coaching".to_owned() });
    let browser = enter(&cabin, "/requests").await;
    let script = "document.querySelectorAll('details').forEach(one => one.open = true); \
        const main = document.querySelector('main'); const lines = main.innerText.split('\\n').map(one => one.trim()).filter(one => one); \
        const controls = [...main.querySelectorAll('button, input:not([type=hidden]), a[href]')].map(one => 'control ' + one.tagName + ' ' + (one.name || '') + ' ' + (one.value || '') + ' ' + (one.innerText || '').trim()); \
        return lines.concat(controls)";
    let mut forms: Vec<(Option<Asking>, BTreeSet<String>)> = Vec::new();
    for asking in [None, Some(Asking::WhoFirst), Some(Asking::BenefitFirst), Some(Asking::ControlFirst), Some(Asking::Balanced), Some(Asking::TrustFirst)] {
        cabin.person().done(&Request::AskingSet { asking });
        browser.goto(&cabin.url("/requests")).await;
        let lines: BTreeSet<String> = serde_json::from_value(browser.run(script).await).unwrap();
        // Which of the two cadences holds is what the forms differ in, and is said in one sentence.
        forms.push((asking, lines.into_iter().filter(|line| !line.contains("Each time, ")).collect()));
    }
    let (_, neutral) = &forms[0];
    assert!(neutral.len() > 20, "the request is there: {neutral:?}");
    for (asking, form) in &forms {
        let difference: Vec<_> = neutral.symmetric_difference(form).collect();
        assert!(difference.is_empty(), "{asking:?} differs from the neutral form in {difference:?}");
    }
    browser.close().await;
}
