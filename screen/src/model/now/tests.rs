use super::*;
use crate::fixture::{T0_MS, catalog, category, ctx, passed, row, status};
use consent_core::CategoryKind;
use consent_gatekeeper::status::PauseStatus;

fn view(catalog: &CompiledCatalog, status: &Status, passed: Option<&Passed>) -> NowView {
    let text = |texts: &[Localized]| texts.first().map(|text| text.text.clone()).unwrap_or_default();
    Source { status, catalog, text: &text }.view(passed, WindowName::Day, T0_MS)
}

fn all(until: &str, until_ms: Option<i64>) -> Vec<PauseStatus> {
    vec![PauseStatus { scope: PauseScope::All, until: until.to_owned(), until_ms }]
}

#[test]
fn a_use_is_counted_once_whatever_it_reveals() {
    let catalog = catalog(3);
    let rows = [row("use-1", "location", Revealed::Coarse, 41), row("use-1", "energy", Revealed::Aggregate, 41), row("use-0", "location", Revealed::Exact, 5)];
    let view = view(&catalog, &status(&catalog), Some(&passed(&rows)));
    assert_eq!(view.flows.iter().map(|flow| (flow.use_id.as_str(), flow.times)).collect::<Vec<_>>(), [("use-1", 41), ("use-0", 5)]);
    assert_eq!(view.flows[0].revealed(), Revealed::Coarse, "the most of any category");
    assert_eq!(view.flows[0].reveals, "closely (en)", "of the tier that it left at");
    assert_eq!(view.quiet.iter().map(|party| party.id.as_str()).collect::<Vec<_>>(), ["shop"]);
}

#[test]
fn the_manufacturer_comes_first_and_what_no_catalog_knows_last() {
    let catalog = catalog(6);
    let rows = ["use-0", "use-3", "gone", "use-2", "use-4", "use-1"].map(|use_id| row(use_id, "location", Revealed::Coarse, 1));
    let view = view(&catalog, &status(&catalog), Some(&passed(&rows)));
    let order: Vec<&str> = view.flows.iter().map(|flow| flow.use_id.as_str()).collect();
    assert_eq!(order, ["use-1", "use-4", "use-0", "use-3", "use-2", "gone"], "maker, club, shop; each in the catalog's order");
    assert_eq!(view.flows[5].recipient, Party::default());
    assert_eq!(view.flows[5].state, FlowState::Stays);
}

#[test]
fn lanes_are_at_most_eight_and_hold_every_category_once() {
    for vehicle in 0..20 {
        let mut catalog = catalog(1);
        catalog.categories = vec![
            category("location", CategoryKind::Driver),
            category("location-history", CategoryKind::Driver),
            category("pedals", CategoryKind::Driver),
            category("voice", CategoryKind::Cabin),
        ];
        catalog.categories.extend((0..vehicle).map(|at| category(&format!("vehicle-{at}"), CategoryKind::Vehicle)));
        let view = view(&catalog, &status(&catalog), None);
        assert!(view.lanes.len() <= LANES_MAX, "{vehicle}");
        let mut held: Vec<&String> = view.lanes.iter().flat_map(|lane| &lane.categories).collect();
        held.sort();
        let mut known: Vec<&String> = catalog.categories.iter().map(|category| &category.id).collect();
        known.sort();
        assert_eq!(held, known);
        assert_eq!(view.lanes[0].name, LaneName::Location);
        assert_eq!(view.lanes[1].own_name, "About pedals (en)", "a lane of one category has its name");
        assert_eq!(view.lanes.last().unwrap().name == LaneName::Vehicle, vehicle > 5);
    }
}

#[test]
fn few_uses_have_a_row_each_and_many_share_one_a_recipient() {
    let catalog = catalog(128);
    let rows: Vec<PassedRow> = (0..128).map(|at| row(&format!("use-{at}"), "location", if at == 7 { Revealed::Exact } else { Revealed::Coarse }, 3)).collect();
    let view = view(&catalog, &status(&catalog), Some(&passed(&rows)));
    assert_eq!(picture(&view.flows[..ROWS_MAX]).len(), ROWS_MAX);
    let folded = picture(&view.flows);
    assert_eq!(folded.iter().map(|row| row.flows.len()).sum::<usize>(), 128, "nothing is left out");
    let recipients: Vec<&str> = folded.iter().map(|row| row.leading().unwrap().recipient.id.as_str()).collect();
    assert_eq!(recipients, ["maker", "club", "shop"]);
    assert_eq!(folded[0].leading().unwrap().use_id, "use-7", "the most revealing leads");
    assert_eq!(folded[0].ribbons(), [(0, Revealed::Exact)], "one ribbon a lane, of the highest rank");
    assert!(picture(&[]).is_empty());
}

#[test]
fn what_is_paused_ends_at_the_line_and_what_the_law_demands_does_not() {
    let catalog = catalog(2);
    let mut status = status(&catalog);
    status.pauses = all("trip", None);
    status.uses[0].activity = "paused".to_owned();
    let rows = [row("use-0", "location", Revealed::Coarse, 1), row("use-1", "energy", Revealed::Exact, 1)];
    let view = view(&catalog, &status, Some(&passed(&rows)));
    assert_eq!((view.gate, view.pausing, view.live_while_paused), (GateState::Paused, Some(Pausing::Trip), 1));
    let states: Vec<FlowState> = view.flows.iter().map(|flow| flow.state).collect();
    assert_eq!(states, [FlowState::Live, FlowState::Paused]);
}

#[test]
fn only_what_the_person_stopped_is_called_stopped() {
    for activity in ["withdrawn", "refused", "objected", "restricted"] {
        assert_eq!(activity_state(activity), FlowState::Off, "{activity}");
    }
    for activity in ["store_failed", "clock_untrusted", "expired", "trip_ended", "other_person", "person_unknown", "no_catalog", "gone", ""] {
        assert_eq!(activity_state(activity), FlowState::Stays, "{activity}");
    }
}

#[test]
fn a_pause_says_until_when() {
    let catalog = catalog(1);
    for (until, until_ms, expected) in [("resumed", None, Pausing::UntilResumed), ("trip", None, Pausing::Trip), ("time", Some(T0_MS), Pausing::Until(T0_MS))] {
        let status = Status { pauses: all(until, until_ms), ..status(&catalog) };
        assert_eq!(pausing_in(&status, &PauseScope::All), Some(expected));
        assert_eq!(pausing_in(&status, &PauseScope::Use("use-0".to_owned())), None, "each by itself");
    }
}

#[test]
fn the_word_of_the_gate_fails_closed() {
    let catalog = catalog(1);
    let live = status(&catalog);
    assert_eq!(state(&live), GateState::Sharing);
    assert_eq!(state(&Status { pauses: all("resumed", None), ..live.clone() }), GateState::Paused);
    assert_eq!(state(&Status { uses: Vec::new(), ..live.clone() }), GateState::Nothing);
    assert_eq!(state(&Status { store_ok: false, ..live.clone() }), GateState::Shut);
    assert_eq!(state(&Status { catalog_version: 0, ..live }), GateState::Shut);
}

#[tokio::test]
async fn a_gate_that_cannot_count_says_so_and_shows_the_rest() {
    let catalog = catalog(2);
    let status = status(&catalog);
    let ctx = ctx(catalog, status, None);
    let view = now(&ctx, WindowName::Trip).await.unwrap();
    assert_eq!((view.since_ms, view.flows.len(), view.lanes.len()), (None, 0, 3));
    let panel = panel(&ctx, &view, "use-1").await.unwrap();
    assert_eq!((panel.says, panel.given, panel.recipient.outside), (None, None, false), "no answer is shown as none");
    assert_eq!(super::panel(&ctx, &view, "nothing").await, Err(Fault::NotFound));
}
