use super::*;
use crate::fixture::{T0_MS, after, before};
use crate::model::data::tests::{Gate, ctx, decided};
use crate::words::Language;
use consent_gatekeeper::receipt::uuid;
use consent_gatekeeper::show::{EndShown, ErasureShown, LedgerEntry, RecipientReport, Reports, Whose};
use consent_gatekeeper::status::LinkStatus;
use consent_protocol::ledger::{Body, ConsentAction};
use std::sync::Arc;

const DAY_MS: i64 = 86_400_000;

const ACTIONS: [ConsentAction; 18] = [
    ConsentAction::Requested,
    ConsentAction::Deferred,
    ConsentAction::Given,
    ConsentAction::Renewed,
    ConsentAction::Refused,
    ConsentAction::Withdrawn,
    ConsentAction::Expired,
    ConsentAction::TripEnded,
    ConsentAction::Suspended,
    ConsentAction::Narrowed,
    ConsentAction::Objected,
    ConsentAction::Restricted,
    ConsentAction::Lifted,
    ConsentAction::Paused,
    ConsentAction::Resumed,
    ConsentAction::StoppedByOccupant,
    ConsentAction::ReviewSent,
    ConsentAction::ReviewDestroyed,
];

fn car(seq: u64, action: &str, body: Body) -> LedgerEntry {
    LedgerEntry { seq, wall_ms: T0_MS, clock_trusted: true, whose: Whose::Car, action: action.to_owned(), body: Some(body), ..LedgerEntry::default() }
}

/// An entry of every kind and action.
fn ledger() -> Vec<LedgerEntry> {
    let mut entries: Vec<LedgerEntry> = (1..).zip(ACTIONS).map(|(seq, action)| decided(seq, Whose::Mine, action)).collect();
    entries.push(car(19, "boot", Body::Boot { boot: 2, clean: true }));
    entries.push(car(20, "catalog", Body::Catalog { digest: consent_protocol::Digest::default(), version: 8, suspended: vec!["use-1".to_owned()] }));
    entries.push(car(21, "theft", Body::Theft { begins: true, until_ms: T0_MS }));
    entries.push(car(22, "erasure", Body::Erasure { scope: "use-2".to_owned() }));
    entries.push(car(23, "answer", Body::Answer { recipient: "club".to_owned(), use_id: "use-0".to_owned(), erased: 3, systems: 4 }));
    entries.push(car(24, "notice", Body::Notice { text: "the store writes again".to_owned() }));
    entries.push(decided(25, Whose::Other, ConsentAction::Given));
    entries.push(LedgerEntry { seq: 26, whose: Whose::Erased, action: "erased".to_owned(), ..LedgerEntry::default() });
    entries
}

/// What the club answered: to the stop in the ledger two days later, to another end nothing.
fn ends() -> Reports {
    let asked =
        Some(ErasureShown { asked_ms: T0_MS, answered_ms: Some(T0_MS + 2 * DAY_MS), systems: vec![("store".to_owned(), true)], ..ErasureShown::default() });
    let stop = EndShown { use_id: "use-0".to_owned(), records: vec![uuid(&[0x5a; 16])], ended_ms: T0_MS, decisions: 4, batches: 1, ..EndShown::default() };
    let answered = EndShown { known_ms: Some(T0_MS), erasure: asked, ..stop.clone() };
    let other = EndShown { ended_ms: T0_MS - DAY_MS, decisions: 0, ..stop };
    let club = RecipientReport { recipient: "club".to_owned(), silent: true, at_ms: Some(T0_MS), ends: vec![answered, other], ..RecipientReport::default() };
    Reports { recipients: vec![club], ..Reports::default() }
}

async fn draw(asked: &Asked, language: Language) -> String {
    let mut ctx = ctx(&Arc::new(Gate { ledger: ledger(), reports: ends(), ..Gate::default() }));
    ctx.words = Words::new(language);
    ctx.status.links = vec![LinkStatus { recipient: "club".to_owned(), state: "idle".to_owned(), statements_owed: 2, alarms: 1, ..LinkStatus::default() }];
    everything_page(&ctx, asked).await.unwrap().into_string()
}

#[tokio::test]
async fn r40_every_kind_of_entry_has_a_sentence_in_both_languages() {
    for language in Language::ALL {
        let page = draw(&Asked::default(), language).await;
        let entries = before(after(&page, "<ol class=\"entries\">"), "</ol>");
        assert_eq!(entries.matches("<li").count(), 26);
        assert!(!entries.contains("trust-"), "every word is there: {entries}");
    }
    let page = draw(&Asked::default(), Language::En).await;
    for sentence in [
        "You stopped: Headline 0 (en).",
        "The club (en) has answered: erased in 3 of 4 systems.",
        "Another person&#39;s entry.",
        "It suspended: Headline 1 (en).",
        "Erased in the car: Headline 2 (en).",
    ] {
        assert!(page.contains(sentence) || page.contains(&sentence.replace("&#39;", "'")), "{sentence}: {page}");
    }
}

#[tokio::test]
async fn r35_receipts_are_offered_of_giving_and_of_ending_and_of_nothing_else() {
    let page = draw(&Asked::default(), Language::En).await;
    let offered = |seq: usize| page.contains(&format!("href=\"/trust/receipt/{seq}\""));
    let expected = [3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    assert_eq!((1..=26).filter(|seq| offered(*seq)).collect::<Vec<_>>(), expected);
}

/// R9: what was possibly sent stands at the entry of the stop, with the recipient's answers and how late they came.
#[tokio::test]
async fn r9_a_stop_says_what_was_possibly_sent_before_it_and_what_the_recipient_answered() {
    let page = draw(&Asked::default(), Language::En).await;
    let entries = before(after(&page, "<ol class=\"entries\">"), "</ol>");
    let entry = before(after(entries, "You stopped: Headline 0 (en)."), "</li>");
    for part in ["4 values may have reached The club (en)", "The club (en) knows of the end since", "erased in 1 of 1 systems. That was 2 days late."] {
        assert!(entry.contains(part), "{part}: {entry}");
    }
    assert!(!entry.contains("has not answered yet"));
    // The recipient's card has both ends, the unanswered one too.
    let card = after(&page, "Its answers to 2 ends");
    assert!(card.contains("The club (en) has not answered yet") && card.contains("Nothing was on its way to The club (en) when it ended."), "{card}");
    assert!(page.contains("no signed report since"));
}

#[tokio::test]
async fn r41_catalog_recipients_and_what_may_have_left_are_told() {
    let page = draw(&Asked::default(), Language::En).await;
    for part in [
        "2 answers are missing",
        "privacy@club.example",
        "One message from this recipient was not genuine",
        "4 values may have reached The club (en)",
        "demo.de.test",
    ] {
        assert!(page.contains(part), "{part}");
    }
}

#[tokio::test]
async fn r40_the_agents_check_and_a_kept_checkpoint_need_no_script() {
    let page = draw(&Asked { check: Some(1), ..Asked::default() }, Language::En).await;
    assert!(page.contains("The chain holds: 3 entries, 2 of them with what they say, 1 erased.") && page.contains("data-holds=\"true\""));
    let kept = |seq: u64, digest: &str, key: &str| format!("CG1:C:{seq}:{}:{}", digest.repeat(32), key.repeat(32));
    for (kept, sentence) in [
        (kept(5, "ab", "ef"), "It stands"),
        (kept(5, "ac", "ef"), "It does not stand"),
        (kept(5, "ab", "ee"), "It does not stand"),
        (kept(27, "ab", "ef"), "The ledger ends before your checkpoint"),
        ("hello".to_owned(), "This is no checkpoint"),
    ] {
        let page = draw(&Asked { kept: Some(kept.clone()), ..Asked::default() }, Language::En).await;
        assert!(page.contains(sentence), "{kept}: {sentence}");
    }
}

#[tokio::test]
async fn r35_a_receipt_says_how_to_end_it_without_the_car() {
    let gate = Arc::new(Gate { ledger: ledger(), ..Gate::default() });
    for language in Language::ALL {
        let mut ctx = ctx(&gate);
        ctx.words = Words::new(language);
        let view = crate::model::trust::receipt::receipt(&ctx, 3).await.unwrap();
        let text = receipt_text(&ctx, &view);
        let secret = view.secret.clone().unwrap();
        assert!(text.contains(&secret) && text.contains("privacy@club.example") && text.contains(&view.text) && !text.contains("trust-"), "{text}");
    }
    let mut guest = ctx(&gate);
    guest.status.people[0].assurance = "low".to_owned();
    assert_eq!(crate::model::trust::receipt::receipt(&guest, 3).await.err(), Some(Fault::Locked));
}
