//! The rendered pages, with a gatekeeper that knows three profiles.

use super::*;
use crate::fixture::{T0_MS, after, before, catalog, ctx, status};
use crate::port::{Answer, Port};
use crate::words::Words;
use consent_gatekeeper::control::{Peer, Request, Response as Said};
use consent_gatekeeper::status::PersonStatus;
use serde_json::json;
use std::sync::Arc;

struct Gate;

impl Port for Gate {
    fn ask(&self, _peer: Peer, request: Request) -> Answer {
        let profile = |person: &str, name: &str, minor: bool, pin: bool, drives: bool| {
            json!({ "person": person, "name": name, "minor": minor, "pin": pin, "languages": ["de", "en"], "aboard": drives, "drives": drives,
                "assurance": if drives { "high" } else { "none" }, "locked_until_ms": null, "tries_left": 5 })
        };
        let mut locked = profile("bob", "Bob", false, true, false);
        locked["locked_until_ms"] = json!(T0_MS + 60_000);
        let said = if request == Request::ProfileList {
            Said::Data {
                data: json!({ "version": 1, "profiles": [profile("ada", "Ada", false, true, true), locked, profile("kid", "Kim", true, false, false)] }),
            }
        } else {
            Said::Refused { error: "not in this test".to_owned() }
        };
        Box::pin(async move { said })
    }

    fn now_ms(&self) -> i64 {
        T0_MS
    }
}

fn scene() -> Ctx {
    let catalog = catalog(3);
    let mut ctx = ctx(catalog.clone(), status(&catalog), None);
    ctx.port = Arc::new(Gate);
    ctx.path = "/people".to_owned();
    ctx
}

fn view(ctx: &Ctx) -> PeopleView {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(people(ctx)).unwrap()
}

fn profile_page(ctx: &Ctx, person: &str) -> String {
    let view = view(ctx);
    let profile = view.profiles.iter().find(|profile| profile.person == person).unwrap().clone();
    one::whole(ctx, &profile, &view).into_string()
}

#[test]
fn r16_the_screen_names_the_driver_with_its_assurance_and_one_touch_says_not_me() {
    let mut ctx = scene();
    let page = all(&ctx, &view(&ctx)).into_string();
    assert!(page.contains("The car is sure that you are Ada.") && page.matches("action=\"/api/1/not-me\"").count() == 1);
    ctx.status.people[0].assurance = "low".to_owned();
    assert!(all(&ctx, &view(&ctx)).into_string().contains("The car takes you for Ada. It is not sure."));
    ctx.status.people = vec![PersonStatus { person: None, role: "driver".to_owned(), assurance: "none".to_owned() }];
    let page = all(&ctx, &view(&ctx)).into_string();
    assert!(page.contains("A guest drives.") && !page.contains("action=\"/api/1/not-me\""));
}

#[test]
fn r17_whoever_is_aboard_stops_by_one_touch_without_profile_or_reason() {
    let mut ctx = scene();
    ctx.status.people.push(PersonStatus { person: None, role: "occupant".to_owned(), assurance: "none".to_owned() });
    let page = all(&ctx, &view(&ctx)).into_string();
    let form = before(after(&page, "action=\"/api/1/stop-aboard\""), "</form>");
    assert!(!form.contains("type=\"text\"") && !form.contains("type=\"password\"") && page.contains("A guest"));
    ctx.status.stopped_by_occupant = true;
    let page = all(&ctx, &view(&ctx)).into_string();
    assert!(page.contains("Stopped for this trip") && !page.contains("/api/1/stop-aboard"));
}

#[test]
fn r51_a_profile_says_nothing_of_what_was_decided_and_an_absent_one_ends_by_its_pin() {
    let ctx = scene();
    let page = profile_page(&ctx, "bob");
    assert!(!page.contains("Headline"), "no use, no decision");
    assert!(before(after(&page, "action=\"/api/1/people/withdraw\""), "</form>").contains("type=\"password\""));
    assert!(page.contains("locked until"));
    assert!(!profile_page(&ctx, "ada").contains("/api/1/people/withdraw"), "who is here withdraws under Choices");
}

#[test]
fn r48_a_profile_under_age_has_no_pin_and_its_page_says_what_that_means() {
    let ctx = scene();
    let page = profile_page(&ctx, "kid");
    assert!(page.contains("Under 16 nobody decides here") && !page.contains("type=\"password\""));
    let made = one::new(&ctx, &view(&ctx)).into_string();
    let minor = after(&made, "id=\"new-minor\"");
    assert!(minor.contains("name=\"minor\" value=\"true\"") && !minor.contains("type=\"password\""));
}

#[test]
fn r25_theft_needs_proof_and_says_until_when() {
    let mut ctx = scene();
    assert!(all(&ctx, &view(&ctx)).into_string().contains("action=\"/api/1/people/theft\""));
    ctx.status.theft_until_ms = Some(T0_MS + 3_600_000);
    let page = all(&ctx, &view(&ctx)).into_string();
    assert!(page.contains(&format!("Declared until {}", ctx.words.date_time(T0_MS + 3_600_000))) && page.contains("End it"));
    ctx.status.people[0].assurance = "low".to_owned();
    assert!(!all(&ctx, &view(&ctx)).into_string().contains("action=\"/api/1/people/theft\""));
}

#[test]
fn r50_a_buyer_takes_over_without_the_seller_and_a_hand_over_needs_proof() {
    let mut ctx = scene();
    ctx.status.people.clear();
    let view = view(&ctx);
    let take = over::take_over(&ctx, &view).into_string();
    assert!(take.contains("action=\"/api/1/people/take-over\"") && take.contains("3 profiles"));
    assert!(!over::hand_over(&ctx, &view).into_string().contains("action=\"/api/1/people/hand-over\""));
}

/// A refusal of a hand-over stands where it was asked for, with the form still there.
#[test]
fn r50_a_refused_take_over_says_why_where_it_was_asked() {
    let mut ctx = scene();
    "/people/take-over".clone_into(&mut ctx.path);
    ctx.flash = Some(crate::ctx::Flash { text: "a name has 1 to 40 characters".to_owned(), at: "over".to_owned(), refused: true });
    let page = over::take_over(&ctx, &view(&ctx)).into_string();
    assert!(page.contains("Nothing was erased") && page.contains("a name has 1 to 40 characters"));
    assert!(page.contains("name=\"back\" value=\"/people/take-over\"") && page.contains("name=\"pin\""));
    ctx.flash = None;
    assert!(!over::take_over(&ctx, &view(&ctx)).into_string().contains("Nothing was erased"));
}

#[test]
fn what_is_gone_is_listed_once() {
    let mut ctx = scene();
    ctx.flash = Some(crate::ctx::Flash { text: "2 profiles are gone.\nTold to erase: The club".to_owned(), at: "gone".to_owned(), refused: false });
    let page = over::gone(&ctx).into_string();
    assert!(page.contains("<li>2 profiles are gone.</li>") && page.contains("<li>Told to erase: The club</li>"));
    ctx.flash = None;
    assert!(!over::gone(&ctx).into_string().contains("<li>"));
}

#[test]
fn no_page_lacks_words_and_no_pin_goes_into_an_address() {
    for language in Language::ALL {
        let mut ctx = scene();
        ctx.words = Words::new(language);
        let view = view(&ctx);
        let mut pages = vec![all(&ctx, &view), one::new(&ctx, &view), over::hand_over(&ctx, &view), over::take_over(&ctx, &view), over::gone(&ctx)];
        pages.extend(view.profiles.iter().map(|profile| one::whole(&ctx, profile, &view)));
        for page in pages.into_iter().map(Markup::into_string) {
            assert!(!page.contains(">people-") && !page.contains("\"people-m") && !page.contains(">base-"), "{page}");
            for form in page.split("<form").skip(1) {
                let head = before(form, ">");
                assert!(!form.contains("type=\"password\"") || head.contains("method=\"post\""), "{head}");
            }
        }
    }
}
