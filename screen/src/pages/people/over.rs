//! The car changes hands: what will be gone, one large button on a page of its own, then what is gone and who is told (R20, R49, R50).

use super::one::name_field;
use super::pin;
use crate::ctx::Ctx;
use crate::model::people::PeopleView;
use crate::pages::parts::{self, State};
use crate::words::Var;
use maud::{Markup, html};

/// The owner or driver hands the car over.
pub(super) fn hand_over(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    let kind = if view.deployment == "rental" { "rental_return" } else { "sale" };
    let button = html! { (parts::hidden(&[("kind", kind)])) button.btn.stop.whole type="submit" { (words.t("people-over-now")) } };
    html! {
        div.stack.wide {
            (head(ctx, "people-hand-over-title", "people-hand-over-text"))
            (will_go(ctx, view))
            @if view.proved {
                (refused(ctx))
                (parts::form(ctx, "/api/1/people/hand-over", &ctx.path, "over", &button))
            } @else {
                (parts::note(State::Waits, &words.t("people-needs-proof")))
                div.bar { (parts::link("/people", &words.t("base-profile"))) }
            }
        }
    }
}

/// A buyer takes over without the seller.
pub(super) fn take_over(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    let fields = html! {
        div.stack {
            (name_field(ctx, "buyer-name"))
            (pin(ctx, "buyer-pin", &words.t("people-pin")))
            button.btn.stop.whole type="submit" { (words.t("people-over-now")) }
        }
    };
    html! {
        div.stack.wide {
            (head(ctx, "people-take-over-title", "people-take-over-text"))
            (will_go(ctx, view))
            section.card aria-labelledby="buyer" {
                h2 id="buyer" { (words.t("people-buyer")) }
                p { (words.t("people-buyer-text")) }
                (refused(ctx))
                (parts::form(ctx, "/api/1/people/take-over", &ctx.path, "over", &fields))
            }
        }
    }
}

/// Why nothing was erased, where it was asked for.
fn refused(ctx: &Ctx) -> Markup {
    html! {
        @if ctx.flash.as_ref().is_some_and(|flash| flash.at == "over") {
            div.stack { h3 { (ctx.words.t("people-not-gone")) } (parts::flash(ctx, "over")) }
        }
    }
}

fn head(ctx: &Ctx, title: &str, text: &str) -> Markup {
    html! {
        div.stack {
            p { a.back href="/people" { (ctx.words.t("people-title")) } }
            h1 { (ctx.words.t(title)) }
            p.lead { (ctx.words.t(text)) }
        }
    }
}

/// What will be gone. How much of what, nobody is told before: that would tell what others decided (R51).
fn will_go(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    let profiles = u64::try_from(view.profiles.len()).unwrap_or_default();
    html! {
        section.stack aria-labelledby="will-go" {
            h2 id="will-go" { (words.t("people-will-go")) }
            ul {
                li { (words.ta("people-will-profiles", &[("n", Var::Count(profiles))])) }
                li { (words.t("people-will-consents")) }
                li { (words.t("people-will-batches")) }
                li { (words.t("people-will-record")) }
            }
            p { (words.t("people-will-told")) }
            p.fine { (words.t("people-will-stay")) }
        }
    }
}

/// What is gone and who is told, once; a reload does not know it any more.
pub(super) fn gone(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    let flash = ctx.flash.as_ref().filter(|flash| flash.at == "gone");
    html! {
        div.stack.wide {
            @match flash {
                Some(flash) => {
                    h1 { (words.t("people-gone")) }
                    div.flash role="status" { ul.gone { @for line in flash.text.lines() { li { (line) } } } }
                    p { (words.t("people-gone-owed")) }
                }
                None => {
                    h1 { (words.t("people-gone")) }
                    p { (words.t("people-gone-nothing")) }
                }
            }
            div.bar { (parts::link("/people", &words.t("people-title"))) }
        }
    }
}
