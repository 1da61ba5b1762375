//! The rendered pages, with a gatekeeper that says what a test gave it.

use super::*;
use crate::fixture::{T0_MS, after, before, catalog, ctx, status, texts};
use crate::model::choices::one::one;
use crate::port::{Answer, Port};
use crate::words::Words;
use consent_core::catalog::LawfulUse;
use consent_core::{Access, Condition, Ground};
use consent_gatekeeper::control::{PauseScope, Peer, Request, Response as Said};
use consent_gatekeeper::status::{EventStatus, PauseStatus};
use consent_protocol::catalog::{CompiledCatalog, Law};
use serde_json::json;
use std::sync::Arc;

/// Says how `ada` stands towards `use-0`: the finer tier, and only one category.
struct Gate;

impl Port for Gate {
    fn ask(&self, _peer: Peer, request: Request) -> Answer {
        let data = |data: serde_json::Value| Said::Data { data };
        let said = if let Request::ConsentList { .. } = request {
            data(
                json!({ "version": 1, "uses": [{ "use": "use-0", "decided": { "tier": 1, "categories": ["energy"], "cadence": "until", "until": "2025-11-25T12:00:00Z" } }] }),
            )
        } else if let Request::Explain { path } = request {
            data(json!({ "version": 1, "signal": path, "uses": [{ "use": "use-0", "verdict": "withheld", "reason": "other_person" }] }))
        } else if let Request::LedgerShow { .. } = request {
            data(json!({ "version": 1, "entries": [event(1, "use-0", "given"), event(2, "use-1", "refused")] }))
        } else {
            Said::Refused { error: "not in this test".to_owned() }
        };
        Box::pin(async move { said })
    }

    fn now_ms(&self) -> i64 {
        T0_MS
    }
}

fn event(seq: u64, use_id: &str, action: &str) -> EventStatus {
    serde_json::from_value(json!({ "seq": seq, "wall_ms": T0_MS, "use_id": use_id, "action": action, "text": "" })).unwrap()
}

/// `use-0` is on, `use-1` was never decided, `use-2` was refused; a use by law that may be refused, one that may not, and one by call.
fn lawful() -> CompiledCatalog {
    let mut found = catalog(3);
    let law = |table: LawfulUse, may_refuse: bool| Law { act: "The Act".to_owned(), article: "Article 9".to_owned(), table, may_refuse };
    for (at, law) in [("obfcm", law(LawfulUse::Obfcm, true)), ("attacks", law(LawfulUse::AttackMonitoring, false))] {
        let mut used = found.uses[1].clone();
        (used.id, used.access, used.ground, used.law) = (at.to_owned(), Access::Law, Ground::LegalObligation, Some(law));
        found.uses.push(used);
    }
    let mut call = found.uses[0].clone();
    (call.id, call.access, call.ground, call.condition) = ("call".to_owned(), Access::RequestedService, Ground::Contract, Condition::Call);
    found.uses.push(call);
    found
}

fn scene() -> Ctx {
    let catalog = lawful();
    let mut status = status(&catalog);
    let words = ["given", "not decided", "refused", "law", "law", "a call that a person starts"];
    for (used, word) in status.uses.iter_mut().zip(words) {
        used.consent = word.to_owned();
    }
    status.uses[0].until_ms = Some(T0_MS + 86_400_000);
    status.uses[1].activity = "no_consent".to_owned();
    status.uses[2].activity = "refused".to_owned();
    status.uses[5].activity = "condition_unmet".to_owned();
    let mut ctx = ctx(catalog, status, None);
    ctx.port = Arc::new(Gate);
    ctx.path = "/choices".to_owned();
    ctx
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn page_of(ctx: &Ctx) -> String {
    all(ctx, &block(choices(ctx)).unwrap()).into_string()
}

fn use_page(ctx: &Ctx, use_id: &str) -> String {
    one::whole(ctx, &block(one(ctx, use_id)).unwrap()).into_string()
}

/// The row of a use.
fn row_of<'a>(page: &'a str, use_id: &str) -> &'a str {
    item(page, &format!("use-{use_id}"))
}

/// The item of a list that has this id.
fn item<'a>(page: &'a str, id: &str) -> &'a str {
    before(after(page, &format!("id=\"{id}\"")), "</li>")
}

/// Touches that send a form to this address.
fn forms(html: &str, action: &str) -> usize {
    html.matches(&format!("action=\"{action}\"")).count()
}

#[test]
fn r18_one_screen_has_every_use_and_every_category() {
    let ctx = scene();
    let view = block(choices(&ctx)).unwrap();
    let page = page_of(&ctx);
    for used in &ctx.catalog.as_ref().unwrap().catalog.uses {
        let row = row_of(&page, &used.id);
        assert!(row.contains(&ctx.text(&used.texts.headline)) && row.contains(&ctx.text(&used.texts.plain)), "{}", used.id);
    }
    let kinds: Vec<(GroupKind, usize)> = view.groups.iter().map(|group| (group.kind, group.uses.len())).collect();
    assert_eq!(kinds, [(GroupKind::Manufacturer, 1), (GroupKind::Outside, 3), (GroupKind::Law, 2)]);
    assert_eq!((view.allowed, view.optional), (1, 3), "a call is no standing yes");
    assert_eq!(view.categories.iter().map(|category| category.id.as_str()).collect::<Vec<_>>(), ["energy"]);
    assert!(page.contains("id=\"category-energy\"") && page.contains("Running the gate"));
    let on = row_of(&page, "use-0");
    assert!(on.contains("aria-checked=\"true\"") && on.contains("closely (en), until 25 November 2025") && on.contains("outside"), "{on}");
    assert!(row_of(&page, "attacks").contains("The law leaves no choice") && !row_of(&page, "attacks").contains("<form"));
    assert!(row_of(&page, "call").contains("nobody in the car is calling"));
}

#[test]
fn r10_withdrawing_takes_no_more_touches_than_giving() {
    let ctx = scene();
    let page = page_of(&ctx);
    // On the screen of all uses: one touch withdraws, and none gives; a link leads to where one touch does.
    assert_eq!(forms(row_of(&page, "use-0"), "/api/1/uses/use-0/withdraw"), 1);
    let off = row_of(&page, "use-1");
    assert_eq!(forms(off, "/api/1/uses/use-1/give") + forms(off, "/api/1/uses/use-1/answer"), 0);
    assert_eq!(off.matches("href=\"/choices/use-1#decide\"").count(), 1);
    let (withdraw, mut give) = (1, 1);
    // On the page of the use: one touch each, and both without a page between.
    let given = use_page(&ctx, "use-0");
    assert!(forms(&given, "/api/1/uses/use-0/withdraw") >= 1);
    let asked = use_page(&ctx, "use-1");
    assert_eq!(forms(&asked, "/api/1/uses/use-1/answer"), 1);
    assert!(asked.contains("value=\"allow\"") && asked.contains("value=\"decline\""));
    give += 1;
    assert!(withdraw <= give, "from the screen of all uses: withdraw {withdraw}, give {give}");
}

#[test]
fn r8_a_use_that_is_off_has_nothing_chosen_beforehand() {
    let page = use_page(&scene(), "use-1");
    assert!(!page.contains("checked"), "neither a switch that is on nor a choice");
}

#[test]
fn a_change_shows_what_stands_now() {
    let page = use_page(&scene(), "use-0");
    let change = after(&page, "id=\"change\"");
    assert!(change.contains("name=\"tier\" value=\"1\" checked") && !change.contains("name=\"tier\" value=\"0\" checked"), "{change}");
    assert!(change.contains("value=\"keep\" checked"), "{change}");
    assert_eq!(forms(&page, "/api/1/uses/use-0/give"), 1);
}

#[test]
fn r37_what_a_law_lets_refuse_is_refused_by_its_switch_and_lifted_again() {
    let mut ctx = scene();
    assert_eq!(forms(row_of(&page_of(&ctx), "obfcm"), "/api/1/uses/obfcm/object"), 1);
    assert!(use_page(&ctx, "obfcm").contains("/api/1/uses/obfcm/restrict"));
    assert!(!use_page(&ctx, "attacks").contains("/api/1/uses/attacks/"), "nothing can be done about it");
    ctx.status.uses[3].consent = "objected".to_owned();
    let page = page_of(&ctx);
    assert_eq!(forms(row_of(&page, "obfcm"), "/api/1/uses/obfcm/lift"), 1);
    assert!(row_of(&page, "obfcm").contains("You objected."));
}

#[test]
fn r19_each_use_and_each_category_pauses_for_three_durations_and_resumes() {
    let mut ctx = scene();
    let page = page_of(&ctx);
    let durations = |html: &str| ["trip", "hour", "until_resumed"].map(|duration| html.matches(&format!("name=\"for\" value=\"{duration}\"")).count());
    let category = item(&page, "category-energy");
    assert_eq!((forms(category, "/api/1/pause"), durations(category)), (1, [1; 3]));
    let state = |page: &str| before(after(page, "id=\"state\""), "id=\"change\"").to_owned();
    assert_eq!(durations(&state(&use_page(&ctx, "use-0"))), [1; 3]);
    let pause = |scope: PauseScope| PauseStatus { scope, until: "resumed".to_owned(), until_ms: None };
    ctx.status.pauses = vec![pause(PauseScope::Use("use-0".to_owned())), pause(PauseScope::Category("energy".to_owned()))];
    let page = page_of(&ctx);
    let category = item(&page, "category-energy");
    assert_eq!((forms(category, "/api/1/pause"), forms(category, "/api/1/resume")), (0, 1));
    assert!(row_of(&page, "use-0").contains("Paused until you resume"));
    assert_eq!(forms(&state(&use_page(&ctx, "use-0")), "/api/1/resume"), 1);
}

#[test]
fn r30_the_page_of_a_use_says_every_fact_and_why_it_is_off() {
    for language in crate::words::Language::ALL {
        let mut ctx = scene();
        ctx.words = Words::new(language);
        let page = use_page(&ctx, "use-0");
        for fact in ["privacy@club.example", "BfDI", "store"] {
            assert!(page.contains(fact), "{fact}");
        }
        assert!(page.contains(&ctx.words.t("choices-reason-other_person")) && page.contains(&ctx.words.t("choices-action-given")));
        assert!(!page.contains(&ctx.words.t("choices-action-refused")), "the history of another use");
        let keys = ["choices-", "requests-", "base-", "draw-"].iter().filter(|key| page.contains(&format!(">{key}"))).count();
        assert_eq!(keys, 0, "a key that has no words");
    }
}

#[test]
fn a_guest_sees_how_things_stand_and_is_offered_nothing_to_give() {
    let mut ctx = scene();
    ctx.status.people.clear();
    ctx.status.uses.iter_mut().for_each(|used| used.consent = "not decided".to_owned());
    assert!(page_of(&ctx).contains(&ctx.words.t("choices-guest")));
    let page = use_page(&ctx, "use-1");
    assert!(page.contains(&ctx.words.t("choices-no-profile")) && forms(&page, "/api/1/uses/use-1/answer") == 0);
}

#[test]
fn nothing_and_128_uses_with_very_long_names_fit_a_page() {
    let none = ctx(CompiledCatalog { uses: Vec::new(), ..catalog(0) }, status(&catalog(0)), None);
    assert!(page_of(&none).contains(&none.words.t("choices-none")));
    let mut many = catalog(128);
    for used in &mut many.uses {
        used.texts.headline = texts(&"W".repeat(55));
        used.texts.plain = texts(&"plain words, ".repeat(21));
    }
    let mut status = status(&many);
    status.uses.iter_mut().for_each(|used| used.consent = "not decided".to_owned());
    let page = page_of(&ctx(many, status, None));
    assert_eq!(page.matches("<li class=\"use outside\"").count() + page.matches("<li class=\"use\"").count(), 128);
    let assets = ["base.css", "choices.css", "app.js", "rotary.js"].map(|name| crate::assets::ASSETS.iter().find(|asset| asset.0 == name).unwrap().2.len());
    let whole = page.len() + assets.iter().sum::<usize>();
    assert!(whole < 150_000, "{whole} bytes");
}

#[test]
fn what_a_touch_did_stands_where_it_was_made() {
    let mut ctx = scene();
    ctx.flash = Some(crate::ctx::Flash { text: "Stopped. It is told.".to_owned(), at: "use-0".to_owned(), refused: false });
    let page = page_of(&ctx);
    assert!(row_of(&page, "use-0").contains("Stopped. It is told.") && page.matches("Stopped. It is told.").count() == 1);
}
