//! Asking to erase: of a use, of a recipient, everything.

use crate::api::data::ALL_OF_MINE;
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::data::{RecipientName, UseName, owner};
use crate::pages::parts::{self, form, hidden, stop, touch};
use crate::pages::{Page, Place, page, shown};
use crate::words::Var;
use axum::response::Response;
use maud::{Markup, html};

const ACTION: &str = "/api/1/data/erase";

/// Of one use.
pub(super) fn of_use(ctx: &Ctx, used: &UseName) -> Markup {
    let words = ctx.words;
    if ctx.used(&used.id).is_some_and(|used| used.law.is_some()) {
        // What the law makes the car send is no person's to recall here; the recipient answers for what it keeps.
        let text = words.ta("data-erase-law", &[("name", Var::Text(&used.recipient.name)), ("contact", Var::Text(&used.recipient.contact))]);
        return html! { section.stack { h2 { (words.t("data-erase")) } p { (text) } } };
    }
    html! {
        section.stack {
            h2 { (words.t("data-erase")) }
            p.fine { (words.ta("data-erase-use-text", &[("name", Var::Text(&used.recipient.name))])) }
            (touch(ctx, ACTION, &used.id, &[("use", &used.id)], &stop(&words.t("data-erase-use"))))
        }
    }
}

/// Of all uses of a recipient.
pub(super) fn of_recipient(ctx: &Ctx, recipient: &RecipientName) -> Markup {
    let words = ctx.words;
    let at = format!("erase-{}", recipient.id);
    let text = words.ta("data-erase-recipient-text", &[("name", Var::Text(&recipient.name))]);
    html! {
        (parts::flash(ctx, &at))
        (parts::more(&words.t("data-erase"), &html! {
            p.fine { (text) }
            (touch(ctx, ACTION, &at, &[("recipient", &recipient.id)], &stop(&words.t("data-erase-recipient"))))
        }))
    }
}

/// The way to erasing everything: the first of two steps.
pub(super) fn offer(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    html! {
        section.stack {
            h2 { (words.t("data-erase-all")) }
            p.fine { (words.t("data-erase-all-text")) }
            div.bar { (parts::link("/data/erase", &words.t("data-erase-all-next"))) }
        }
    }
}

/// The second step: what goes, and the button.
pub(super) async fn everything(ctx: Ctx) -> Response {
    shown(&ctx, Place::Data, everything_page(&ctx))
}

fn everything_page(ctx: &Ctx) -> Result<Markup, Fault> {
    owner(ctx)?;
    let words = ctx.words;
    let main = html! {
        h1 { (words.t("data-erase-all")) }
        p.lead { (words.t("data-erase-all-lead")) }
        (parts::flash(ctx, "erase"))
        ul.plain {
            @for key in ["data-erase-all-1", "data-erase-all-2", "data-erase-all-3", "data-erase-all-4"] { li { (words.t(key)) } }
        }
        p { (words.t("data-erase-all-copy")) }
        div.bar.even {
            (parts::link("/data", &words.t("data-erase-all-back")))
            (form(ctx, ACTION, "/", "", &html! { (hidden(&[("all", ALL_OF_MINE)])) (stop(&words.t("data-erase-all-now"))) }))
        }
    };
    Ok(page(ctx, &Page { place: Place::Data, title: &words.t("data-erase-all"), main: &main, aside: None }))
}
