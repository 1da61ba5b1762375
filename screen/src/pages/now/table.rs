//! The accessible twin of the picture: the same facts as a table, with the counts; and the gate's own traffic beside it.

use super::picture::{party_name, rank_class, reveals, state_word};
use super::window_word;
use crate::ctx::Ctx;
use crate::model::now::{Flow, NowView};
use crate::pages::parts::{Column, outside, table};
use crate::words::Var;
use maud::{Markup, html};

pub(super) fn twin(ctx: &Ctx, view: &NowView) -> Markup {
    let words = ctx.words;
    let caption = words.ta(&format!("now-table-{}", window_word(view.window)), &[("since", Var::Text(&begin(ctx, view)))]);
    let columns = [words.t("now-column-use"), words.t("now-column-to"), words.t("now-column-what"), words.t("now-column-times"), words.t("now-column-batches")];
    let [used, to, what, times, batches] = &columns;
    let columns = [Column::Text(used), Column::Text(to), Column::Text(what), Column::Number(times), Column::Number(batches)];
    let rows: Vec<Vec<Markup>> = view.flows.iter().map(|flow| row(ctx, flow)).collect();
    html! {
        section.stack aria-labelledby="table-title" {
            h2 id="table-title" { (words.t("now-table-title")) }
            @if rows.is_empty() { p { (words.t("now-table-empty")) } } @else { (table(&caption, &columns, &rows)) }
            (legend(ctx))
        }
    }
}

fn begin(ctx: &Ctx, view: &NowView) -> String {
    view.since_ms.map(|ms| ctx.words.date_time(ms)).unwrap_or_default()
}

fn row(ctx: &Ctx, flow: &Flow) -> Vec<Markup> {
    let words = ctx.words;
    let what = html! {
        (reveals(ctx, flow))
        ul.plain { @for part in &flow.parts { li.fine { (part.name) ": " (words.t(&format!("now-rank-{}", rank_class(part.revealed)))) } } }
    };
    let used = html! {
        span { (flow.headline) }
        (state_word(ctx, flow.state))
    };
    let to = html! { span { (party_name(ctx, flow)) " " @if flow.recipient.outside { (outside(ctx)) } } };
    vec![html! { div.stack.tight { (used) } }, to, html! { div { (what) } }, html! { (words.count(flow.times)) }, html! { (words.count(flow.batches)) }]
}

/// What the widths mean.
fn legend(ctx: &Ctx) -> Markup {
    html! {
        ul.plain.legend {
            @for rank in ["aggregate", "coarse", "exact"] {
                li {
                    svg class={ "sample " (rank) } viewBox="0 0 72 32" aria-hidden="true" focusable="false" { path d="M0 16H72" {} }
                    span { (ctx.words.t(&format!("now-rank-{rank}"))) }
                }
            }
        }
    }
}

/// Running the gate (R1): listed beside the uses, with its counts.
pub(super) fn running(ctx: &Ctx, view: &NowView) -> Markup {
    let words = ctx.words;
    let counts = [
        ("now-running-connections", view.running.connections),
        ("now-running-hellos", view.running.hellos),
        ("now-running-statements", view.running.statements),
        ("now-running-polls", view.running.catalog_polls),
    ];
    html! {
        section.stack aria-labelledby="running-title" {
            h2 id="running-title" { (view.running.headline) }
            p { (view.running.plain) }
            dl.facts.counts { @for (key, count) in counts { dt { (words.t(key)) } dd.num { (words.count(count)) } } }
            p.fine { (words.t("now-running-since")) }
        }
    }
}
