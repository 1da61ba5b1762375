use super::*;
use crate::fixture::{catalog, ctx, passed, row, status};
use crate::pages::{Place, layout};
use crate::words::{Language, Words};
use consent_gatekeeper::control::PauseScope;
use consent_gatekeeper::show::{PassedRow, Revealed};
use consent_gatekeeper::status::{PauseStatus, Status};

const PLACES: [Place; 5] = [Place::Now, Place::Requests, Place::Choices, Place::Data, Place::Trust];
const STATES: [&str; 4] = ["unknown", "parked", "standing", "driving"];

/// A page with so many uses, of which each left something.
async fn page(uses: usize, change: impl FnOnce(&mut Ctx)) -> (String, NowView) {
    let catalog = catalog(uses);
    let rows: Vec<PassedRow> = (0..uses).map(|at| row(&format!("use-{at}"), "location", Revealed::Coarse, 3 + u64::try_from(at).unwrap())).collect();
    let status = status(&catalog);
    let mut ctx = ctx(catalog, status, Some(passed(&rows)));
    change(&mut ctx);
    let view = now(&ctx, WindowName::Trip).await.unwrap();
    (draw(&ctx, &view, None).into_string(), view)
}

/// The numbers in the cells of a column.
fn column(page: &str, name: &str) -> Vec<u64> {
    let cell = format!("data-label=\"{name}\">");
    page.split(&cell).skip(1).map(|rest| rest.split('<').next().unwrap().replace(',', "").parse().unwrap()).collect()
}

fn actions(page: &str) -> Vec<&str> {
    page.split("action=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn the_table_holds_exactly_what_the_api_says_whatever_the_picture_folds() {
    for uses in [0, 1, 4, 5, 128] {
        let (page, view) = page(uses, |_| {}).await;
        assert_eq!(column(&page, "Values"), view.flows.iter().map(|flow| flow.times).collect::<Vec<_>>(), "{uses}");
        assert_eq!(column(&page, "Batches").len(), uses);
        assert_eq!(page.matches("class=\"row\"").count(), if uses <= 4 { uses } else { 3 }, "a row a use, or a row a recipient");
        assert!(page.contains("Running the gate"), "R1: beside the uses");
    }
}

#[tokio::test]
async fn nothing_left_is_a_sentence_and_a_picture_without_ribbons() {
    let (page, _) = page(0, |_| {}).await;
    assert!(page.contains("Through this gate, nothing has left yet.") && page.contains("This page sees only this gate."));
    assert!(!page.contains("class=\"ribbon") && page.matches("class=\"band\"").count() == 3);
}

#[tokio::test]
async fn pause_is_on_every_page_in_every_state_and_says_until_when() {
    for driving in STATES {
        for place in PLACES {
            let catalog = catalog(1);
            let mut ctx = ctx(catalog.clone(), Status { driving: driving.to_owned(), ..status(&catalog) }, None);
            let open = layout(&ctx, place, &html! { h1 { "x" } }).into_string();
            assert_eq!(open.matches("id=\"pause\"").count(), 1);
            assert!(actions(&open).contains(&"/api/1/pause"), "{driving} {place:?}");
            ctx.status.pauses = vec![PauseStatus { scope: PauseScope::All, until: "resumed".to_owned(), until_ms: None }];
            let paused = layout(&ctx, place, &html! { h1 { "x" } }).into_string();
            assert!(actions(&paused).contains(&"/api/1/resume") && paused.contains("Paused until you resume"), "{driving} {place:?}");
        }
    }
}

/// R7: nothing can be given while driving, standing, or when the car does not know.
#[tokio::test]
async fn a_car_that_is_not_parked_shows_what_stops_and_nothing_that_gives() {
    for driving in ["unknown", "standing", "driving", ""] {
        for place in PLACES {
            let catalog = catalog(1);
            let ctx = ctx(catalog.clone(), Status { driving: driving.to_owned(), ..status(&catalog) }, None);
            let page = layout(&ctx, place, &html! { form action="/api/1/uses/use-0/give" {} }).into_string();
            let mut found = actions(&page);
            found.sort_unstable();
            assert_eq!(found, ["/api/1/not-me", "/api/1/pause", "/api/1/stop-aboard"], "{driving} {place:?}");
            assert!(!page.contains("<a class=\"row\"") && !page.contains("<nav"), "nothing to read while driving");
            assert!(page.contains("Something leaves") && page.contains("Ada drives"));
        }
    }
}

#[tokio::test]
async fn the_sign_of_location_is_there_exactly_while_location_leaves() {
    for (leaves, driving) in [(true, "parked"), (false, "parked"), (true, "driving"), (false, "driving")] {
        let catalog = catalog(1);
        let ctx = ctx(catalog.clone(), Status { driving: driving.to_owned(), location_active: leaves, ..status(&catalog) }, None);
        assert_eq!(layout(&ctx, Place::Trust, &html! {}).into_string().contains("Location leaves"), leaves, "R24, {driving}");
    }
}

/// R8.
#[tokio::test]
async fn nothing_is_preselected() {
    for uses in [0, 3, 128] {
        let (page, _) = page(uses, |_| {}).await;
        assert!(!page.contains(" checked") && !page.contains(" selected") && !page.contains("autofocus"));
    }
}

#[tokio::test]
async fn while_paused_ribbons_end_at_the_line_and_the_other_durations_are_offered() {
    let pause = |ctx: &mut Ctx| {
        ctx.status.pauses = vec![PauseStatus { scope: PauseScope::All, until: "trip".to_owned(), until_ms: None }];
        for used in &mut ctx.status.uses {
            used.activity = "paused".to_owned();
        }
    };
    let (page, _) = page(2, pause).await;
    let ribbons: Vec<&str> = page.split("class=\"ribbon").skip(1).map(|rest| rest.split(" d=\"").nth(1).unwrap().split('"').next().unwrap()).collect();
    assert!(ribbons.len() == 2 && ribbons.iter().all(|way| way.ends_with("H420")), "{ribbons:?}");
    assert!(page.contains("class=\"gate shut\"") && page.contains("Paused until this trip ends"));
    for duration in ["hour", "until_resumed"] {
        assert!(page.contains(&format!("name=\"for\" value=\"{duration}\"")), "{duration}");
    }
    assert!(!page.contains("name=\"for\" value=\"trip\""), "that one holds already");
}

/// R3.
#[tokio::test]
async fn at_a_shut_gate_every_ribbon_ends_and_nobody_is_said_to_have_stopped_anything() {
    let (page, _) = page(3, |ctx| {
        ctx.status.store_ok = false;
        for used in &mut ctx.status.uses {
            used.activity = "store_failed".to_owned();
        }
    })
    .await;
    let ribbons: Vec<&str> = page.split("class=\"ribbon").skip(1).map(|rest| rest.split(" d=\"").nth(1).unwrap().split('"').next().unwrap()).collect();
    assert!(ribbons.len() == 3 && ribbons.iter().all(|way| way.ends_with("H420")), "{ribbons:?}");
    assert!(page.contains("class=\"gate shut\"") && page.contains("stays") && !page.contains("stopped<"));
}

#[tokio::test]
async fn withdrawing_takes_one_touch_where_the_use_is_seen() {
    let catalog = catalog(3);
    let rows = [row("use-2", "location", Revealed::Coarse, 41)];
    let status = status(&catalog);
    let ctx = ctx(catalog, status, Some(passed(&rows)));
    let view = now(&ctx, WindowName::Trip).await.unwrap();
    let panel = PanelView { given: Some(crate::model::now::Given::default()), ..panel_view(&ctx, &view, "use-2").await.unwrap() };
    let page = draw(&ctx, &view, Some(&panel)).into_string();
    assert!(actions(&page).contains(&"/api/1/uses/use-2/withdraw"), "R10");
    assert!(page.contains("closely (en), 41\u{a0}times") && page.contains("outside") && page.contains("It has not answered."));
}

#[tokio::test]
async fn a_guest_is_a_guest_in_both_languages_and_no_key_shows_as_itself() {
    for (language, guest) in [(Language::En, "A guest drives"), (Language::De, "Ein Gast fährt")] {
        for gate in [true, false] {
            let (page, _) = page(5, |ctx| {
                ctx.words = Words::new(language);
                ctx.status.people[0].person = None;
                ctx.status.store_ok = gate;
                ctx.status.clock_trusted = gate;
            })
            .await;
            assert!(page.contains(guest));
            let keys = page.split(['>', '"']).filter(|part| (part.starts_with("base-") || part.starts_with("now-")) && *part != "now-head");
            assert_eq!(keys.collect::<Vec<_>>(), Vec::<&str>::new());
        }
    }
}
