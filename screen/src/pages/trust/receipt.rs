//! One receipt, to keep: on the screen, as QR code, as text.

use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::trust::receipt::{ReceiptView, receipt};
use crate::pages::parts;
use crate::pages::{Page, Place, page, shown};
use crate::qr;
use crate::words::Var;
use axum::extract::Path;
use axum::response::Response;
use maud::{Markup, html};

pub(super) async fn one(ctx: Ctx, Path(entry): Path<String>) -> Response {
    let view = match entry.parse() {
        Ok(entry) => receipt(&ctx, entry).await,
        Err(_) => Err(Fault::NotFound),
    };
    shown(&ctx, Place::Trust, view.map(|view| draw(&ctx, &view)))
}

fn draw(ctx: &Ctx, view: &ReceiptView) -> Markup {
    let words = ctx.words;
    let title = words.t(title_key(view));
    let main = html! {
        p { a href="/trust" { "← " (words.t("trust-title")) } }
        h1 { (title) }
        p.lead { (view.used.headline) }
        (parts::facts(&facts(ctx, view).into_iter().map(|(name, what)| (name, html! { (what) })).collect::<Vec<_>>()))
        section.stack {
            h2 { (words.t("trust-receipt-car")) }
            p { (end_words(ctx, view)) }
            @if let Some(secret) = &view.secret {
                p.fine { (words.t("trust-receipt-secret-text")) }
                code.digest.payload { (secret) }
            }
        }
        p.fine { (words.t("trust-receipt-proves")) }
    };
    let aside = html! {
        section.stack {
            h2 { (words.t("trust-receipt-keep")) }
            p { (words.t(if view.secret.is_some() { "trust-receipt-keep-secret" } else { "trust-receipt-keep-end" })) }
            figure.qr.large {
                @if let Some(svg) = qr::svg(&view.text, &words.t("trust-receipt-qr")) { (svg) }
            }
            div.bar {
                a.btn href={ "/api/1/receipts/" (view.seq) "/receipt.txt" } download { (words.t("trust-receipt-text")) }
                a.btn href={ "/api/1/receipts/" (view.seq) "/receipt.svg" } download={ "receipt-" (view.seq) ".svg" } { (words.t("trust-receipt-image")) }
            }
            (parts::more(&words.t("trust-receipt-line"), &html! { code.digest.payload { (view.text) } }))
        }
    };
    page(ctx, &Page { place: Place::Trust, title: &title, main: &main, aside: Some(&aside) })
}

fn title_key(view: &ReceiptView) -> &'static str {
    match view.action.as_str() {
        "given" | "renewed" | "narrowed" => "trust-receipt-of-giving",
        _ => "trust-receipt-of-ending",
    }
}

/// What the receipt says, in pairs: the same on the screen and in the text.
fn facts(ctx: &Ctx, view: &ReceiptView) -> Vec<(String, String)> {
    let words = ctx.words;
    let moment = |time: &str| time.parse::<jiff::Timestamp>().map_or_else(|_| time.to_owned(), |at| words.date_time(at.as_millisecond()));
    let mut facts = vec![
        (words.t("trust-receipt-happened"), words.t(&format!("trust-action-{}", view.action.replace('_', "-")))),
        (words.t("trust-receipt-when"), moment(&view.time)),
        (words.t("trust-receipt-who"), view.used.recipient.name.clone()),
    ];
    if let Some(until) = &view.until {
        facts.push((words.t("trust-receipt-until"), moment(until)));
    }
    if !view.reveals.is_empty() {
        facts.push((words.t("trust-receipt-reveals"), view.reveals.clone()));
    }
    facts.push((words.t("trust-receipt-assurance"), words.t(&format!("trust-assurance-{}", view.assurance))));
    facts.push((words.t("trust-receipt-record"), view.record.clone()));
    facts.push((words.t("trust-receipt-entry"), words.ta("trust-entry", &[("seq", Var::Count(view.seq))])));
    facts.push((words.t("trust-receipt-digest"), view.digest.clone()));
    facts
}

fn end_words(ctx: &Ctx, view: &ReceiptView) -> String {
    let values = [("name", Var::Text(&view.used.recipient.name)), ("contact", Var::Text(&view.contact))];
    ctx.words.ta(if view.secret.is_some() { "trust-receipt-car-text" } else { "trust-receipt-car-ended" }, &values)
}

/// The receipt as a plain text.
pub(crate) fn text(ctx: &Ctx, view: &ReceiptView) -> String {
    let words = ctx.words;
    let mut lines = vec![words.t(title_key(view)), view.used.headline.clone(), String::new()];
    lines.extend(facts(ctx, view).into_iter().map(|(name, what)| format!("{name}: {what}")));
    lines.push(String::new());
    lines.push(end_words(ctx, view));
    if let Some(secret) = &view.secret {
        lines.push(format!("{}: {secret}", words.t("trust-receipt-secret")));
    }
    lines.push(String::new());
    lines.push(words.t("trust-receipt-proves"));
    lines.push(String::new());
    lines.push(view.text.clone());
    lines.join("\n") + "\n"
}
