//! The picture of the gate: what the car knows on the left, the gate in the middle, who received on the right.
//!
//! Lanes and rows are HTML of equal heights, so that their words wrap, shorten and zoom as words do; the drawing between them is
//! stretched to the same height, and its strokes keep their width. INVARIANT: width is a rank (aggregate, coarse, exact), the
//! same for all categories, and never a count.

use super::window_word;
use crate::ctx::Ctx;
use crate::model::now::{Flow, FlowState, GateState, Lane, LaneName, NowView, PanelView, PictureRow};
use crate::pages::parts::{State, colour, outside, pill};
use crate::words::Var;
use consent_gatekeeper::show::Revealed;
use maud::{Markup, html};

/// Where the gate stands, of 1,000.
const GATE: u32 = 420;
const WIDTH: u32 = 1_000;
/// Height that a lane or row is given in the drawing, before it is stretched.
const HEIGHT: u32 = 1_000;

/// The whole picture.
pub(super) fn picture(ctx: &Ctx, view: &NowView, panel: Option<&PanelView>) -> Markup {
    let rows = crate::model::now::picture(&view.flows);
    let shut = matches!(view.gate, GateState::Paused | GateState::Shut);
    html! {
        section.gate .shut[shut] aria-labelledby="gate-title" {
            h2.hush id="gate-title" { (ctx.words.t("now-picture")) }
            p.side.knows aria-hidden="true" { (ctx.words.t("now-knows")) }
            p.side.line aria-hidden="true" { (ctx.words.t(gate_key(view.gate))) }
            p.side.got aria-hidden="true" { (ctx.words.t(&format!("now-got-{}", window_word(view.window)))) }
            (lanes(ctx, view))
            (drawing(ctx, view, &rows))
            div.receivers {
                @for row in &rows { (row_of(ctx, view, row, panel)) }
                @if rows.is_empty() { p.nobody { (ctx.words.t("now-nobody")) } }
            }
        }
        (rest(ctx, view))
    }
}

fn gate_key(gate: GateState) -> &'static str {
    match gate {
        GateState::Sharing => "now-gate-sharing",
        GateState::Paused => "now-gate-paused",
        GateState::Nothing => "now-gate-nothing",
        GateState::Shut => "now-gate-shut",
    }
}

/// The name of a lane.
pub(super) fn lane_name(ctx: &Ctx, lane: &Lane) -> String {
    match lane.name {
        LaneName::Own => lane.own_name.clone(),
        LaneName::Location => ctx.words.t("now-lane-location"),
        LaneName::Driving => ctx.words.t("now-lane-driving"),
        LaneName::Cabin => ctx.words.t("now-lane-cabin"),
        LaneName::Vehicle => ctx.words.t("now-lane-vehicle"),
    }
}

fn lanes(ctx: &Ctx, view: &NowView) -> Markup {
    let left = |at: usize| view.flows.iter().flat_map(|flow| &flow.parts).any(|part| part.lane == Some(at));
    html! {
        ul.lanes {
            @for (at, lane) in view.lanes.iter().enumerate() {
                @let name = lane_name(ctx, lane);
                li .passes[left(at)] title=(name) { span { (name) } }
            }
        }
    }
}

/// What left, as a link to its panel.
fn row_of(ctx: &Ctx, view: &NowView, row: &PictureRow<'_>, panel: Option<&PanelView>) -> Markup {
    let Some(leading) = row.leading() else { return html! {} };
    let words = ctx.words;
    let name = party_name(ctx, leading);
    let chosen = panel.is_some_and(|panel| row.flows.iter().any(|flow| flow.use_id == panel.use_id));
    let more = u64::try_from(row.flows.len().saturating_sub(1)).unwrap_or_default();
    let cap = if leading.recipient.outside { "cap outside" } else { "cap" };
    let said = words.ta("now-said", &[("reveals", Var::Text(reveals(ctx, leading).as_str())), ("n", Var::Count(leading.times))]);
    html! {
        a.row href={ "/?window=" (window_word(view.window)) "&use=" (leading.use_id) "#panel" } aria-current=[chosen.then_some("true")] {
            span class={ (cap) " " (rank_class(leading.revealed())) " " (colour(ctx, &leading.recipient.id)) } aria-hidden="true" {}
            span.said title=(said) { (said) }
            span.for {
                span.who title=(name) { (name) }
                @if leading.recipient.outside { (outside(ctx)) }
                // While everything is paused the headline says so, and a shut gate is said above.
                @if !ends(view, row) || view.pausing.is_none() && view.gate != GateState::Shut { (state(ctx, row.state())) }
            }
            @if !leading.benefit.is_empty() { span.benefit title=(leading.benefit) { (leading.benefit) } }
            @if more > 0 { span.more { (words.ta("now-more-uses", &[("n", Var::Count(more))])) } }
        }
    }
}

pub(super) fn party_name(ctx: &Ctx, flow: &Flow) -> String {
    if flow.recipient.name.is_empty() { ctx.words.t("now-earlier-recipient") } else { flow.recipient.name.clone() }
}

pub(super) fn reveals(ctx: &Ctx, flow: &Flow) -> String {
    if flow.reveals.is_empty() { ctx.words.ta("now-earlier-use", &[("use", Var::Text(&flow.headline))]) } else { flow.reveals.clone() }
}

/// Said only where it is not what the ribbon shows already.
fn state(ctx: &Ctx, state: FlowState) -> Markup {
    match state {
        FlowState::Live => html! {},
        FlowState::Waits => pill(State::Waits, &ctx.words.t("now-flow-waits")),
        FlowState::Paused => pill(State::Stays, &ctx.words.t("now-flow-paused")),
        FlowState::Off => pill(State::Stays, &ctx.words.t("now-flow-off")),
        FlowState::Stays => pill(State::Stays, &ctx.words.t("now-flow-stays")),
    }
}

/// The word for every state.
pub(super) fn state_word(ctx: &Ctx, now: FlowState) -> Markup {
    match now {
        FlowState::Live => pill(State::Leaves, &ctx.words.t("now-flow-live")),
        FlowState::Waits | FlowState::Paused | FlowState::Off | FlowState::Stays => state(ctx, now),
    }
}

/// What the picture folds, in words: what stayed, and who got nothing.
fn rest(ctx: &Ctx, view: &NowView) -> Markup {
    let left = |at: usize| view.flows.iter().flat_map(|flow| &flow.parts).any(|part| part.lane == Some(at));
    let stayed: Vec<String> = view.lanes.iter().enumerate().filter(|(at, _)| !left(*at)).map(|(_, lane)| lane_name(ctx, lane)).collect();
    let names: Vec<&str> = view.quiet.iter().map(|party| party.name.as_str()).collect();
    let n = u64::try_from(names.len()).unwrap_or_default();
    html! {
        @if !stayed.is_empty() && stayed.len() < view.lanes.len() { p.stayed { strong { (ctx.words.t("now-stayed")) } " " (ctx.words.list(&stayed)) } }
        @if view.flows.is_empty() {
            p.quiet { strong { (ctx.words.ta("now-quiet-all", &[("n", Var::Count(n))])) } }
        } @else if n > 0 {
            p.quiet { strong { (ctx.words.ta("now-quiet", &[("n", Var::Count(n))])) } " " (ctx.words.list(&names)) }
        }
    }
}

/// The bands, the gate and the ribbons.
fn drawing(ctx: &Ctx, view: &NowView, rows: &[PictureRow<'_>]) -> Markup {
    let slots = rows.len().max(1);
    let per_lane = |lane: usize| rows.iter().flat_map(PictureRow::ribbons).filter(|(at, _)| *at == lane).count();
    let mut seen = vec![0_usize; view.lanes.len()];
    let mut ribbons = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        for (lane, revealed) in row.ribbons() {
            let nth = seen.get(lane).copied().unwrap_or_default();
            if let Some(count) = seen.get_mut(lane) {
                *count = count.saturating_add(1);
            }
            let from = within(lane, view.lanes.len(), nth, per_lane(lane));
            ribbons.push((row, revealed, from, middle(at, slots)));
        }
    }
    html! {
        svg.flow viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for lane in 0..view.lanes.len() {
                @let y = middle(lane, view.lanes.len());
                path.band d={ "M0 " (y) "H" (GATE) } {}
            }
            @for (row, revealed, from, to) in &ribbons { (ribbon(ctx, view, row, (*revealed, *from, *to))) }
            path.line d={ "M" (GATE) " 0V" (HEIGHT) } {}
        }
    }
}

/// Whether its ribbons end at the line: nothing more of it passes until the person resumes or the gate opens.
fn ends(view: &NowView, row: &PictureRow<'_>) -> bool {
    view.gate == GateState::Shut || row.state() == FlowState::Paused
}

fn ribbon(ctx: &Ctx, view: &NowView, row: &PictureRow<'_>, (revealed, from, to): (Revealed, u32, u32)) -> Markup {
    let recipient = row.leading().map(|flow| flow.recipient.id.as_str()).unwrap_or_default();
    let class = format!("ribbon {} {}", rank_class(revealed), colour(ctx, recipient));
    let (bend, turn) = (GATE.saturating_add(290), GATE.saturating_add(270));
    let way = if ends(view, row) { format!("M0 {from}H{GATE}") } else { format!("M0 {from}H{GATE}C{bend} {from} {turn} {to} {WIDTH} {to}") };
    // The seam keeps ribbons apart that lie on each other.
    html! { path class={ "seam " (rank_class(revealed)) } d=(way) {} path class=(class) d=(way) {} }
}

pub(super) fn rank_class(revealed: Revealed) -> &'static str {
    match revealed {
        Revealed::None => "none",
        Revealed::Aggregate => "aggregate",
        Revealed::Coarse => "coarse",
        Revealed::Exact => "exact",
    }
}

/// The middle of one of `count` equal parts of the height.
fn middle(at: usize, count: usize) -> u32 {
    within(at, count, 0, 1)
}

/// The middle of the `nth` of `parts` places within the middle two thirds of one of `count` equal parts.
fn within(at: usize, count: usize, nth: usize, parts: usize) -> u32 {
    let number = |value: usize| u32::try_from(value).unwrap_or_default();
    let height = HEIGHT.checked_div(number(count)).unwrap_or(HEIGHT);
    let top = height.saturating_mul(number(at)).saturating_add(height / 6);
    let step = (height.saturating_mul(2) / 3).checked_div(number(parts)).unwrap_or(height);
    top.saturating_add(step.saturating_mul(number(nth))).saturating_add(step / 2)
}

/// The sign of the driving page: a band and the gate; it passes, ends, or is not there.
pub(super) fn glyph(state: &str) -> Markup {
    html! {
        svg class={ "glyph " (state) } viewBox="0 0 240 160" fill="none" aria-hidden="true" focusable="false" {
            path.band d="M8 80H112" {}
            path.out d="M128 80H196" {}
            path.head d="M194 54l38 26-38 26z" {}
            path.line d="M120 12V148" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_the_middle_of_equal_heights() {
        assert_eq!((middle(0, 1), middle(0, 2), middle(1, 2)), (499, 249, 749));
        let places: Vec<u32> = (0..3).map(|nth| within(1, 4, nth, 3)).collect();
        assert!(places.is_sorted() && places.iter().all(|y| (250..500).contains(y)), "{places:?}");
    }
}
