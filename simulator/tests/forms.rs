//! R44: the six forms of a request differ in order and cadence only. What is compared is what a person gets: the markup, parsed,
//! for every request of the example catalog in both languages. R8, R10, R30, R31 and R47 are looked at on the way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test that cannot go on has failed")]

use consent_gatekeeper::show::{Asking, Pictures};
use consent_screen::ctx::Theme;
use consent_screen::model::requests::{self as model, RequestView, facts, form::FORMS, script};
use consent_screen::pages::requests::card;
use consent_screen::words::{Language, Words};
use consent_simulator::catalog::example;
use consent_simulator::preview::Scenes;
use std::collections::{BTreeMap, BTreeSet};

/// What a form says and offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Offer {
    /// Every sentence.
    sentences: BTreeSet<String>,
    /// Every control: kind, name, value or target.
    choices: BTreeSet<String>,
    /// Touches to each answer.
    steps: BTreeMap<String, usize>,
    /// Text in the order in which it stands.
    order: Vec<String>,
    /// Hidden fields.
    hidden: BTreeMap<String, String>,
    /// Controls that are taken beforehand.
    preselected: usize,
}

/// A tag: its name, its attributes.
fn tag(text: &str) -> (&str, BTreeMap<String, String>) {
    let (name, mut rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut attributes = BTreeMap::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let key = rest[..end].to_owned();
        rest = &rest[end..];
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix("=\"") {
            let close = quoted.find('"').unwrap();
            quoted[..close].clone_into(&mut value);
            rest = &quoted[close + 1..];
        }
        attributes.insert(key, value);
    }
    (name, attributes)
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn offer(html: &str) -> Offer {
    let mut offer = Offer::default();
    let (mut details, mut drawing) = (0, 0);
    for piece in html.split('<').skip(1) {
        let (inside, text) = piece.split_once('>').unwrap();
        let (name, attributes) = tag(inside);
        let get = |key: &str| attributes.get(key).cloned().unwrap_or_default();
        match name {
            "details" => details += 1,
            "/details" => details -= 1,
            "svg" => drawing += 1,
            "/svg" => drawing -= 1,
            "input" if get("type") == "hidden" => {
                offer.hidden.insert(get("name"), get("value"));
            }
            "input" | "select" | "textarea" => {
                offer.choices.insert(format!("{} {}={}", get("type"), get("name"), get("value")));
                offer.preselected += usize::from(attributes.contains_key("checked") || attributes.contains_key("autofocus"));
            }
            "button" => {
                offer.choices.insert(format!("button {} {}={} disabled={}", get("type"), get("name"), get("value"), attributes.contains_key("disabled")));
                offer.preselected += usize::from(attributes.contains_key("autofocus"));
                if get("name") == "answer" {
                    offer.steps.insert(get("value"), details + 1);
                }
            }
            "a" => {
                offer.choices.insert(format!("link {}", get("href")));
            }
            _ => {}
        }
        let text = unescape(text.trim());
        if drawing == 0 && !text.is_empty() {
            offer.order.push(text.clone());
            offer.sentences.extend(text.split_inclusive(['.', '?', '!']).map(|sentence| sentence.trim().to_owned()));
        }
    }
    offer
}

type Printed = BTreeMap<(Language2, String), Vec<(Option<Asking>, RequestView, String)>>;
type Language2 = &'static str;

/// Every request of the example in every form.
async fn printed() -> Printed {
    let scenes = Scenes::start(example()).unwrap();
    let mut printed: Printed = BTreeMap::new();
    for language in Language::ALL {
        for asking in FORMS {
            let ctx = scenes.ctx(language, asking, Theme::Dark).await.unwrap();
            let view = model::view(&ctx).await.unwrap();
            assert_eq!((view.asking, view.welcomed), (asking, true));
            for request in view.screens.into_iter().flat_map(|screen| screen.requests) {
                let html = card::card(&ctx, &request, &Pictures::default()).0;
                printed.entry((language.tag(), request.use_id.clone())).or_default().push((asking, request, html));
            }
        }
    }
    printed
}

#[tokio::test(flavor = "multi_thread")]
async fn r44_all_forms_say_and_offer_the_same_in_as_many_touches() {
    let printed = printed().await;
    let asked = example().uses.iter().filter(|used| consent_gatekeeper::book::rests_on_consent(used)).count();
    assert_eq!(printed.len(), asked * Language::ALL.len(), "every use that is asked for, in both languages");
    let mut orders = BTreeSet::new();
    for ((language, use_id), forms) in &printed {
        assert_eq!(forms.len(), FORMS.len(), "{use_id} in {language}");
        let neutral = offer(&forms[0].2);
        for (asking, _, html) in forms {
            let other = offer(html);
            assert_eq!(other.sentences, neutral.sentences, "{use_id} {language} {asking:?}: sentences");
            assert_eq!(other.choices, neutral.choices, "{use_id} {language} {asking:?}: choices");
            assert_eq!(other.steps, neutral.steps, "{use_id} {language} {asking:?}: steps");
            let mut hidden = other.hidden.clone();
            hidden.insert("printed".to_owned(), neutral.hidden["printed"].clone());
            assert_eq!(hidden, neutral.hidden, "{use_id} {language} {asking:?}: only the cadence printed first differs");
            orders.insert(other.order);
        }
    }
    assert!(orders.len() >= printed.len() * FORMS.len(), "and the order is another in each form");
}

#[tokio::test(flavor = "multi_thread")]
async fn r8_nothing_is_taken_beforehand_and_yes_and_no_are_equal() {
    for ((language, use_id), forms) in printed().await {
        for (asking, _, html) in forms {
            let offer = offer(&html);
            assert_eq!(offer.preselected, 0, "{use_id} {language} {asking:?}");
            assert_eq!(offer.steps, ["allow", "decline", "later", "never"].map(|answer| (answer.to_owned(), 1)).into());
            let buttons: Vec<&str> = html.match_indices("<button").map(|(at, _)| html[at..].split_once('>').unwrap().0).collect();
            let of = |answer: &str| buttons.iter().position(|button| button.contains(&format!("value=\"{answer}\""))).unwrap();
            assert_eq!(of("decline"), of("allow") + 1, "side by side");
            let bare = |answer: &str| buttons[of(answer)].replace(answer, "");
            assert_eq!(bare("allow"), bare("decline"), "same class, same kind, same place in the form");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r44_each_time_is_printed_first_only_for_who_wants_the_controls_first() {
    let mut each_time = 0;
    for ((_, use_id), forms) in printed().await {
        for (asking, view, html) in forms {
            let expected = if asking == Some(Asking::ControlFirst) && view.adjust.each_time.is_some() { "each_time" } else { "until" };
            assert_eq!(offer(&html).hidden["printed"], expected, "{use_id} {asking:?}");
            each_time += usize::from(expected == "each_time");
        }
    }
    assert!(each_time > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn r47_the_spoken_script_says_every_fact_of_the_screen_and_both_answers() {
    for ((language, use_id), forms) in printed().await {
        for (asking, view, html) in forms {
            let words = Words::new(Language::of(language).unwrap());
            let script = script::script(&view, words);
            let said = script.sentences.join(" ");
            assert!(said.contains(&view.headline), "{use_id}: headline");
            let facts: Vec<facts::Fact> = facts::blocks(&view, words).into_iter().flat_map(|(_, facts)| facts).collect();
            let shown = offer(&html).order;
            assert!(facts.len() >= 12, "{use_id}");
            for fact in facts.iter().chain(&facts::details(&view, words)) {
                assert!(shown.contains(&fact.text), "{use_id} {asking:?}: {:?} is on the screen", fact.key);
            }
            for fact in &facts {
                assert!(said.contains(&fact.text) && said.contains(&fact.label), "{use_id} {asking:?}: {:?} is said", fact.key);
            }
            for fact in facts::details(&view, words) {
                assert!(script.details.iter().any(|detail| detail.contains(&fact.text)), "{use_id}: {:?} is said on request", fact.key);
            }
            let answers: Vec<&str> = script.answers.iter().map(|answer| answer.answer).collect();
            assert_eq!(answers, ["allow", "decline", "later", "never"]);
            assert!(script.answers.iter().all(|answer| shown.contains(&answer.say) && answer.sentence.contains(&answer.say)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_r31_a_request_names_all_that_must_be_known_before_a_yes() {
    for ((language, use_id), forms) in printed().await {
        let (_, view, html) = &forms[0];
        let offer = offer(html);
        let text = offer.order.join("\n");
        assert!(view.headline.chars().count() <= 60, "{use_id}");
        let recipient = &view.recipient;
        let known = [&view.headline, &view.what, &view.benefit, &recipient.name, &recipient.contact, &recipient.authority, &view.notice, &view.printed.reveals];
        for known in known {
            assert!(!known.is_empty() && text.contains(known.as_str()), "{use_id} {language}: {known}");
        }
        assert!(!text.contains("requests-"), "{use_id} {language}: a word is missing: {text}");
    }
}

#[test]
fn the_comparison_notices_what_a_form_hides_adds_or_makes_longer() {
    let html = r#"<p>One. Two.</p><button type="submit" name="answer" value="decline">No</button><input type="radio" name="tier" value="1">"#;
    let whole = offer(html);
    assert_eq!(whole.steps["decline"], 1);
    assert_ne!(offer(&html.replace(" Two.", "")).sentences, whole.sentences);
    assert_ne!(offer(&html.replace("Two.", "Two. Three.")).sentences, whole.sentences);
    assert_ne!(offer(&html.replace("value=\"1\"", "value=\"2\"")).choices, whole.choices);
    assert_ne!(offer(&html.replace("<button", "<details><button")).steps, whole.steps);
    assert_eq!(offer(&html.replace("value=\"1\"", "value=\"1\" checked")).preselected, 1);
}
