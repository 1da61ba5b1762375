//! My data.

mod erase;
mod says;
#[cfg(test)]
mod tests;

use super::draw::{self, Drawn};
use super::parts::{self, Column, State};
use super::{Page, Place, page, shown};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::data::{Batch, DataView, Filter, RecipientName, UseDataView, all, of_use, reports};
use crate::serve::App;
use crate::words::Var;
use axum::Router;
use axum::extract::{Path, Query};
use axum::response::Response;
use axum::routing::get;
use consent_gatekeeper::show::SentValue;
use maud::{Markup, html};

/// Values of a batch that the list shows; the others stand on the page of the use and in the copy.
const ROWS_OF_BATCH: usize = 20;
/// Values that the page of a use shows.
const ROWS_OF_USE: usize = 100;
/// A batch beyond this many values is drawn on the page of its use only, so that the list stays light.
const DRAWN_IN_LIST: usize = 600;

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/data", get(everything)).route("/data/erase", get(erase::everything)).route("/data/{use}", get(one))
}

async fn everything(ctx: Ctx, Query(filter): Query<Filter>) -> Response {
    shown(&ctx, Place::Data, everything_page(&ctx, filter).await)
}

async fn everything_page(ctx: &Ctx, filter: Filter) -> Result<Markup, Fault> {
    let view = all(ctx, filter).await?;
    let said = reports(ctx).await?;
    let words = ctx.words;
    let main = html! {
        h1 { (words.t("data-title")) }
        p.lead { (words.t("data-lead")) }
        (parts::flash(ctx, "data"))
        (filters(ctx, &view))
        @if view.batches.is_empty() { (empty(ctx, &view.filter)) }
        @for batch in &view.batches { (card(ctx, batch)) }
        @if let Some(before_ms) = view.before_ms {
            div.bar { (parts::link(&link(&Filter { before: Some(before_ms), ..view.filter.clone() }), &words.t("data-older"))) }
        }
    };
    let aside = html! {
        (says::recipients(ctx, &said))
        (copy(ctx, None))
        (erase::offer(ctx))
    };
    Ok(page(ctx, &Page { place: Place::Data, title: "", main: &main, aside: Some(&html! { div.stack.wide { (aside) } }) }))
}

async fn one(ctx: Ctx, Path(use_id): Path<String>, Query(filter): Query<Filter>) -> Response {
    shown(&ctx, Place::Data, one_page(&ctx, &use_id, filter.before).await)
}

async fn one_page(ctx: &Ctx, use_id: &str, before: Option<i64>) -> Result<Markup, Fault> {
    let view = of_use(ctx, use_id, before).await?;
    let words = ctx.words;
    let main = html! {
        p { a href="/data" { "← " (words.t("data-title")) } }
        h1 { (view.used.headline) }
        p { (recipient(ctx, &view.used.recipient)) }
        @if !view.used.plain.is_empty() { p.lead { (view.used.plain) } }
        (parts::flash(ctx, use_id))
        (sent(ctx, &view))
        @if let Some(before_ms) = view.before_ms {
            div.bar { (parts::link(&format!("/data/{use_id}?before={before_ms}"), &words.t("data-older"))) }
        }
    };
    let aside = html! {
        (says::of_use(ctx, &view))
        (copy(ctx, Some(use_id)))
        (erase::of_use(ctx, &view.used))
    };
    Ok(page(ctx, &Page { place: Place::Data, title: &view.used.headline, main: &main, aside: Some(&html! { div.stack.wide { (aside) } }) }))
}

/// What left for a use, drawn together, as values, and batch by batch.
fn sent(ctx: &Ctx, view: &UseDataView) -> Markup {
    let words = ctx.words;
    let rows: Vec<SentValue> = view.batches.iter().flat_map(|batch| batch.rows.iter().cloned()).collect();
    let drawn = by_tier(&view.batches);
    let mut newest: Vec<&SentValue> = rows.iter().collect();
    newest.sort_by_key(|row| std::cmp::Reverse(row.t_ms));
    html! {
        @if rows.is_empty() {
            (parts::empty(&words.t("data-empty-title"), &words.t("data-empty-use")))
        } @else {
            section.stack {
                h2 { (words.t("data-seen")) }
                p.fine { (words.t(if view.original.held { "data-original-held" } else { "data-original-gone" })) }
                @if let Some(used) = ctx.used(&view.used.id) {
                    @for (at, (tier, sent)) in drawn.iter().enumerate() {
                        @if let Some(reveals) = tier.and_then(|tier| used.tiers.get(usize::from(tier))).map(|tier| ctx.text(&tier.reveals)) {
                            h3 { (words.ta("data-left-as", &[("reveals", Var::Text(&reveals))])) }
                        }
                        @let original: &[SentValue] = if at == 0 { &view.original.rows } else { &[] };
                        (draw::values(ctx, &Drawn { used, tier: *tier, sent, original, when: draw::When::Left }))
                    }
                }
            }
            (parts::more(&words.t("data-values"), &values(ctx, &newest, ROWS_OF_USE)))
            (parts::more(&words.t("data-batches"), &batches(ctx, &view.batches)))
        }
    }
}

/// What left, apart by the tier at which it left, that of the newest batch first: cells of two sizes are not one track.
fn by_tier(batches: &[Batch]) -> Vec<(Option<u8>, Vec<SentValue>)> {
    let mut found: Vec<(Option<u8>, Vec<SentValue>)> = Vec::new();
    for batch in batches.iter().filter(|batch| !batch.rows.is_empty()) {
        match found.iter_mut().find(|(tier, _)| *tier == batch.tier) {
            Some((_, rows)) => rows.extend(batch.rows.iter().cloned()),
            None => found.push((batch.tier, batch.rows.clone())),
        }
    }
    found
}

/// A filter is a link: it works with four directions and press, and without script.
fn filters(ctx: &Ctx, view: &DataView) -> Markup {
    let words = ctx.words;
    let mut recipients: Vec<&RecipientName> = Vec::new();
    for used in &view.uses {
        if !recipients.iter().any(|known| known.id == used.recipient.id) {
            recipients.push(&used.recipient);
        }
    }
    let base = Filter { before: None, ..view.filter.clone() };
    let whom = |recipient: Option<&str>| Filter { recipient: recipient.map(str::to_owned), use_id: None, ..base.clone() };
    let what = |use_id: &str| Filter { use_id: Some(use_id.to_owned()), recipient: None, ..base.clone() };
    let when = |days: Option<u32>| Filter { days, ..base.clone() };
    html! {
        nav.filters aria-label=(words.t("data-filter")) {
            (choice(&words.t("data-filter-all"), &whom(None), &base))
            @for recipient in recipients { (choice(&recipient.name, &whom(Some(&recipient.id)), &base)) }
        }
        nav.filters aria-label=(words.t("data-filter-time")) {
            @for (days, key) in [(None, "data-filter-ever"), (Some(1), "data-filter-day"), (Some(7), "data-filter-week"), (Some(30), "data-filter-month")] {
                (choice(&words.t(key), &when(days), &base))
            }
        }
        @if view.uses.len() > 1 {
            (parts::more(&words.t("data-filter-use"), &html! {
                nav.filters aria-label=(words.t("data-filter-use")) {
                    @for used in &view.uses { (choice(&used.headline, &what(&used.id), &base)) }
                }
            }))
        }
    }
}

/// One choice of a filter; `shown` is what the page shows.
fn choice(label: &str, filter: &Filter, shown: &Filter) -> Markup {
    html! { a.btn.small href=(link(filter)) aria-current=[(filter == shown).then_some("true")] { (label) } }
}

/// The address of a part of what left. Ids hold no character that means something in an address.
fn link(filter: &Filter) -> String {
    let Filter { use_id, recipient, days, before } = filter;
    let parts = [
        use_id.as_ref().map(|use_id| format!("use={use_id}")),
        recipient.as_ref().map(|recipient| format!("recipient={recipient}")),
        days.map(|days| format!("days={days}")),
        before.map(|before| format!("before={before}")),
    ];
    let query = parts.into_iter().flatten().collect::<Vec<_>>().join("&");
    if query.is_empty() { "/data".to_owned() } else { format!("/data?{query}") }
}

fn empty(ctx: &Ctx, filter: &Filter) -> Markup {
    let words = ctx.words;
    let text = if *filter == Filter::default() { "data-empty" } else { "data-empty-filter" };
    parts::empty(&words.t("data-empty-title"), &words.t(text))
}

pub(super) fn recipient(ctx: &Ctx, name: &RecipientName) -> Markup {
    html! {
        span.recipient {
            span class={ "dot " (parts::colour(ctx, &name.id)) @if name.outside { " outside" } } aria-hidden="true" {}
            span { (name.name) }
            @if name.outside { (parts::outside(ctx)) }
        }
    }
}

/// One batch in the list.
fn card(ctx: &Ctx, batch: &Batch) -> Markup {
    let words = ctx.words;
    let rows: Vec<&SentValue> = batch.rows.iter().collect();
    let used = ctx.used(&batch.used.id).filter(|_| batch.rows.len() <= DRAWN_IN_LIST && !batch.rows.is_empty());
    let n = Var::Count(u64::from(batch.values));
    html! {
        article.card.outside[batch.used.recipient.outside] {
            div.cluster.spread { (recipient(ctx, &batch.used.recipient)) span.num { (words.date_time(batch.done_ms)) } }
            h2 { a href={ "/data/" (batch.used.id) } { (batch.used.headline) } }
            p {
                (words.ta("data-values-left", &[("n", n)]))
                @if batch.refused { " " (parts::pill(State::Stays, &words.t("data-refused"))) }
            }
            @if !batch.readable { (parts::note(State::Fault, &words.t("data-unreadable"))) }
            (parts::more(&words.t("data-look"), &html! {
                @if let Some(used) = used { (draw::values(ctx, &Drawn { used, tier: batch.tier, sent: &batch.rows, original: &[], when: draw::When::Left })) }
                (values(ctx, &rows, ROWS_OF_BATCH))
                (proof(ctx, batch))
            }))
        }
    }
}

/// What names the batch at the recipient, too.
fn proof(ctx: &Ctx, batch: &Batch) -> Markup {
    let words = ctx.words;
    parts::facts(&[
        (words.t("data-answered"), html! { (words.date_time(batch.done_ms)) }),
        (words.t("data-stream"), html! { code.digest { (batch.stream) } " · " (words.ta("data-number", &[("n", Var::Count(u64::from(batch.n)))])) }),
        (words.t("data-digest"), html! { code.digest { (batch.digest) } }),
    ])
}

fn values(ctx: &Ctx, rows: &[&SentValue], most: usize) -> Markup {
    let words = ctx.words;
    let listed = rows.len().min(most);
    let cells = |row: &&SentValue| {
        let unit = words.unit(row.unit.as_deref().unwrap_or_default());
        let position = row.value.is_object();
        vec![
            html! { span.num { (words.date_time(row.t_ms)) span.fine { (seconds(row.t_ms)) } } },
            html! { (super::choices::signal_name(&row.signal)) },
            html! { (draw::value_text(ctx, row)) @if !unit.is_empty() && !position { " " (unit) } },
        ]
    };
    let table: Vec<Vec<Markup>> = rows.iter().take(most).map(cells).collect();
    let caption = words.ta("data-table", &[("n", Var::Count(count(listed))), ("of", Var::Count(count(rows.len())))]);
    parts::table(&caption, &[Column::Text(&words.t("data-time")), Column::Text(&words.t("data-signal")), Column::Number(&words.t("data-value"))], &table)
}

/// The seconds of a moment, after its minute.
pub(super) fn seconds(t_ms: i64) -> String {
    format!(":{:02}", t_ms.div_euclid(1_000).rem_euclid(60))
}

fn batches(ctx: &Ctx, batches: &[Batch]) -> Markup {
    let words = ctx.words;
    let cells = |batch: &Batch| {
        vec![
            html! { span.num { (words.date_time(batch.done_ms)) } },
            html! { (words.count(u64::from(batch.values))) },
            html! { (words.t(if batch.refused { "data-refused" } else { "data-accepted" })) },
            html! { code.digest { (batch.digest) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = batches.iter().map(cells).collect();
    let names = [words.t("data-answered"), words.t("data-count"), words.t("data-state"), words.t("data-digest")];
    let [answered, values, state, digest] = &names;
    parts::table(&words.t("data-batches"), &[Column::Text(answered), Column::Number(values), Column::Text(state), Column::Text(digest)], &rows)
}

/// A copy to keep.
fn copy(ctx: &Ctx, use_id: Option<&str>) -> Markup {
    let words = ctx.words;
    let query = use_id.map(|use_id| format!("?use={use_id}")).unwrap_or_default();
    html! {
        section.stack {
            h2 { (words.t("data-copy")) }
            p.fine { (words.t("data-copy-text")) }
            div.bar {
                a.btn href={ "/api/1/data/export.json" (query) } download { "JSON" }
                a.btn href={ "/api/1/data/export.csv" (query) } download { "CSV" }
                @if use_id.is_none() { a.btn href="/api/1/data/consents.jsonld" download { (words.t("data-copy-consents")) } }
            }
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
