//! The first screen (R43): it asks nothing.

use crate::ctx::Ctx;
use crate::model::requests::FirstView;
use crate::pages::parts;
use crate::words::{Var, Words};
use maud::{Markup, html};

/// What the car does by itself, what leaves by law, where to stop; then "Choose now" and "Later", of the same weight.
pub fn page(ctx: &Ctx, view: &FirstView) -> Markup {
    let words = ctx.words;
    let choose = |choice: &str, back: &str, at: &str| {
        parts::form(ctx, "/api/1/first", back, at, &parts::answer("choose", choice, &words.t(&format!("requests-first-{choice}"))))
    };
    html! {
        div.stack.wide.first {
            div.stack {
                h1 { (words.t(if view.optional_allowed { "requests-first-title-allowed" } else { "requests-first-title" })) }
                p.lead { (words.t("requests-first-intro")) }
                (parts::flash(ctx, super::TOP))
            }
            section.card.choose {
                h2 { (words.t("requests-first-choose")) }
                @if view.guest {
                    p { (words.t("requests-guest-text")) }
                    div.bar { (parts::link("/people", &words.t("requests-guest-link"))) }
                } @else {
                    div.bar.even { (choose("now", "/requests", super::TOP)) (choose("later", "/", "")) }
                }
            }
            div.grid2 {
                section.card { h2 { (words.t("requests-first-itself")) } p { (words.t("requests-first-itself-text")) } }
                section.card { h2 { (words.t("requests-first-stop")) } p { (words.t("requests-first-stop-text")) } }
                (by_law(view, words))
                (by_act(view, words))
            }
        }
    }
}

fn by_law(view: &FirstView, words: Words) -> Markup {
    html! {
        section.card {
            h2 { (words.t("requests-first-law")) }
            @if view.by_law.is_empty() { p { (words.t("requests-first-law-none")) } }
            ul.plain.stack.tight {
                @for law in &view.by_law {
                    @let refuse = if law.may_refuse { "requests-first-law-may-refuse" } else { "requests-first-law-may-not-refuse" };
                    li {
                        p { strong { (law.headline) } }
                        p { (words.ta("requests-first-to", &[("name", Var::Text(&law.recipient))])) }
                        p.fine { (law.law) ". " (words.t(refuse)) }
                    }
                }
            }
            h3 { (words.t("requests-first-gate")) }
            p { (view.gate) }
        }
    }
}

fn by_act(view: &FirstView, words: Words) -> Markup {
    html! {
        @if !view.by_act.is_empty() {
            section.card {
                h2 { (words.t("requests-first-act")) }
                ul.plain.stack.tight {
                    @for act in &view.by_act {
                        li {
                            p { strong { (act.headline) } }
                            p { (words.ta("requests-first-to", &[("name", Var::Text(&act.recipient))])) }
                        }
                    }
                }
            }
        }
    }
}
