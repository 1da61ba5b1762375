use super::*;
use crate::fixture::{T0_MS, after, before};
use crate::model::data::tests::{Gate, batch, ctx, value};
use crate::words::{Language, Words};
use consent_gatekeeper::show::{ErasureShown, RecipientReport, Reports, UseReport};
use serde_json::json;
use std::sync::Arc;

fn gate() -> Gate {
    let rows = (0..5).map(|n| value("Vehicle.A", T0_MS + n * 1_000, json!(n))).collect();
    let erasure = ErasureShown {
        use_id: "use-0".to_owned(),
        asked_ms: T0_MS,
        answered_ms: Some(T0_MS),
        systems: [("store", true), ("map", true), ("backup", true), ("desk", false)].map(|(name, erased)| (name.to_owned(), erased)).to_vec(),
    };
    let used = UseReport { use_id: "use-0".to_owned(), held: 5, held_since_ms: Some(T0_MS), benefit: "less traffic".to_owned(), ..UseReport::default() };
    let report =
        RecipientReport { recipient: "club".to_owned(), silent: false, at_ms: Some(T0_MS), uses: vec![used], erasures: vec![erasure], ends: Vec::new() };
    Gate { batches: vec![batch("use-0", T0_MS, rows)], reports: Reports { version: 1, recipients: vec![report] }, ..Gate::default() }
}

async fn everything(gate: Gate, language: Language) -> String {
    let mut ctx = ctx(&Arc::new(gate));
    ctx.words = Words::new(language);
    everything_page(&ctx, Filter::default()).await.unwrap().into_string()
}

#[tokio::test]
async fn r32_each_batch_says_when_how_many_and_its_digest() {
    let page = everything(gate(), Language::En).await;
    let card = before(after(&page, "<article"), "</article>");
    for part in ["5 values left.", "The club (en)", "Headline 0 (en)", &"ab".repeat(32), "5 of 5 values, exactly as they left", "number 1"] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(card.contains("<svg") && card.contains("as it left"), "drawn");
}

#[tokio::test]
async fn r45_the_answer_says_in_how_many_systems() {
    let page = everything(gate(), Language::En).await;
    assert!(page.contains("The club (en) has answered: erased in 3 of 4 systems."), "{page}");
    assert!(page.contains("desk: not erased yet"));
    let page = everything(gate(), Language::De).await;
    assert!(page.contains("The club (de) hat geantwortet: in 3 von 4 Systemen gelöscht."));
}

#[tokio::test]
async fn r42_silence_is_told() {
    let page = everything(gate(), Language::En).await;
    let maker = before(after(&page, "The maker (en)</span></span></h3>"), "</article>");
    assert!(maker.contains("has not answered") && maker.contains("privacy@maker.example"), "{maker}");
}

#[tokio::test]
async fn nothing_left_is_a_designed_state() {
    let page = everything(Gate::default(), Language::En).await;
    assert!(page.contains("Nothing of yours has left through this gate.") && page.contains("class=\"empty\""));
}

#[tokio::test]
async fn r32_a_use_shows_what_it_was_beside_what_left() {
    let original = (0..20).map(|n| value("Vehicle.A", T0_MS + n * 250, json!(n))).collect();
    let ctx = ctx(&Arc::new(Gate { original, ..gate() }));
    let page = one_page(&ctx, "use-0", None).await.unwrap().into_string();
    assert!(page.contains("before the gate") && page.contains("class=\"original\"") && page.contains("class=\"sent\""), "{page}");
    assert!(page.contains("less traffic") && page.contains("5 values, the oldest of"));
    assert_eq!(one_page(&ctx, "no-such", None).await.err(), Some(Fault::NotFound));
}

#[tokio::test]
async fn erasing_everything_takes_two_steps() {
    let ctx = ctx(&Arc::new(gate()));
    let page = everything_page(&ctx, Filter::default()).await.unwrap().into_string();
    assert!(!page.contains("all_of_mine") && page.contains("href=\"/data/erase\""));
}

#[tokio::test]
async fn a_page_stays_light_with_large_batches() {
    let rows: Vec<SentValue> = (0..5_000).map(|n| value("Vehicle.A", T0_MS + n, json!(n))).collect();
    let batches = (0..8).map(|n| batch("use-0", T0_MS - n, rows.clone())).collect();
    let page = everything(Gate { batches, ..gate() }, Language::De).await;
    assert!(page.len() < 150_000, "{}", page.len());
    assert!(page.contains("20 von 5.000 Werten"));
}

#[test]
fn every_filter_is_a_link_of_its_own() {
    let filter = Filter { use_id: None, recipient: Some("club".to_owned()), days: Some(7), before: Some(5) };
    assert_eq!((link(&filter).as_str(), link(&Filter::default()).as_str()), ("/data?recipient=club&days=7&before=5", "/data"));
}
