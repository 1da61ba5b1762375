//! One profile: choosing it, proving who one is, and what that person ends for themself. And making one.

use super::{languages, marks, pin};
use crate::ctx::Ctx;
use crate::model::people::{PeopleView, ProfileView};
use crate::pages::parts;
use crate::words::Var;
use maud::{Markup, html};

/// The page of a profile.
pub(super) fn whole(ctx: &Ctx, profile: &ProfileView, view: &PeopleView) -> Markup {
    let words = ctx.words;
    let proved = profile.assurance == "high";
    html! {
        div.stack.wide {
            div.stack {
                p { a.back href="/people" { (words.t("people-title")) } }
                h1 { (profile.name) }
                div.cluster { (marks(ctx, profile)) }
                p { (words.t(&format!("people-assurance-{}", profile.assurance))) }
                @if profile.minor { p { (words.ta("people-minor-means", &[("years", Var::Count(view.consent_age_years.into()))])) } }
                (parts::flash(ctx, "profile"))
            }
            @if !profile.drives { (drive(ctx, profile)) } @else if profile.pin && !proved { (unlock(ctx, profile)) }
            @if profile.may_set_pin { (set_pin(ctx, profile)) } @else if !profile.pin && !profile.minor && profile.aboard {
                p.fine { (words.t("people-pin-needs-key")) }
            }
            @if proved || (!profile.pin && profile.aboard) { (language(ctx, profile, view)) }
            @if profile.pin && !profile.aboard { (withdraw(ctx, profile)) }
            @if profile.pin || proved || profile.may_erase_minor { (erase(ctx, profile)) } @else {
                p.fine { (words.t(if profile.minor { "people-erase-minor" } else { "people-erase-needs-pin" })) }
            }
        }
    }
}

fn section(ctx: &Ctx, id: &str, title: &str, text: &str, content: &Markup) -> Markup {
    html! {
        section.card id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (ctx.words.t(title)) }
            p { (ctx.words.t(text)) }
            (parts::flash(ctx, id))
            (content)
        }
    }
}

/// "I drive": with the PIN where there is one.
fn drive(ctx: &Ctx, profile: &ProfileView) -> Markup {
    let fields = html! {
        div.stack {
            (parts::hidden(&[("person", &profile.person)]))
            @if profile.pin { (pin(ctx, "drive-pin", &ctx.words.t("people-pin"))) }
            div.bar { (parts::button(&ctx.words.ta("people-drive", &[("name", Var::Text(&profile.name))]))) }
        }
    };
    let text = if profile.pin { "people-drive-text" } else { "people-drive-text-no-pin" };
    section(ctx, "drive", "people-drive-title", text, &parts::form(ctx, "/api/1/people/drive", &ctx.path, "profile", &fields))
}

fn unlock(ctx: &Ctx, profile: &ProfileView) -> Markup {
    let fields = html! {
        div.stack {
            (parts::hidden(&[("person", &profile.person)]))
            (pin(ctx, "unlock-pin", &ctx.words.t("people-pin")))
            div.bar { (parts::button(&ctx.words.t("people-unlock"))) }
        }
    };
    section(ctx, "unlock", "people-unlock-title", "people-unlock-text", &parts::form(ctx, "/api/1/people/unlock", &ctx.path, "profile", &fields))
}

fn set_pin(ctx: &Ctx, profile: &ProfileView) -> Markup {
    let fields = html! {
        div.stack {
            (parts::hidden(&[("person", &profile.person)]))
            (pin(ctx, "new-pin", &ctx.words.t("people-pin-new")))
            div.bar { (parts::button(&ctx.words.t("people-pin-set"))) }
        }
    };
    let title = if profile.pin { "people-pin-change" } else { "people-pin-first" };
    section(ctx, "pin", title, "people-pin-text", &parts::form(ctx, "/api/1/people/pin", &ctx.path, "pin", &fields))
}

fn language(ctx: &Ctx, profile: &ProfileView, view: &PeopleView) -> Markup {
    let fields = html! {
        div.stack {
            (parts::hidden(&[("person", &profile.person)]))
            (languages(ctx, view, &profile.language))
            div.bar { (parts::button(&ctx.words.t("people-language-set"))) }
        }
    };
    section(ctx, "language", "people-language-title", "people-language-text", &parts::form(ctx, "/api/1/people/languages", &ctx.path, "language", &fields))
}

/// For a person who is not here: everything of theirs ends by their PIN (R51).
fn withdraw(ctx: &Ctx, profile: &ProfileView) -> Markup {
    let fields = html! {
        div.stack {
            (parts::hidden(&[("person", &profile.person)]))
            (pin(ctx, "withdraw-pin", &ctx.words.t("people-pin")))
            div.bar.even {
                (parts::answer("erase", "false", &ctx.words.t("people-withdraw-all")))
                (parts::answer("erase", "true", &ctx.words.t("people-withdraw-erase")))
            }
        }
    };
    section(ctx, "withdraw", "people-withdraw", "people-withdraw-text", &parts::form(ctx, "/api/1/people/withdraw", &ctx.path, "withdraw", &fields))
}

/// Everything of that person goes; the second touch is on the same card, so that it is no slip.
fn erase(ctx: &Ctx, profile: &ProfileView) -> Markup {
    let fields = html! {
        div.stack {
            (parts::hidden(&[("person", &profile.person)]))
            @if profile.pin && profile.assurance != "high" { (pin(ctx, "erase-pin", &ctx.words.t("people-pin"))) }
            div.bar { (parts::stop(&ctx.words.ta("people-erase-now", &[("name", Var::Text(&profile.name))]))) }
        }
    };
    let content = html! { (parts::more(&ctx.words.t("people-erase-open"), &parts::form(ctx, "/api/1/people/erase", "/people", "people", &fields))) };
    section(ctx, "erase", "people-erase", "people-erase-text", &content)
}

/// A new profile.
pub(super) fn new(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    let adult = html! {
        div.stack {
            (name_field(ctx, "new-name"))
            (languages(ctx, view, ""))
            (pin(ctx, "new-pin", &words.t("people-pin")))
            div.bar { (parts::button(&words.t("people-make-now"))) }
        }
    };
    let minor = html! {
        div.stack {
            (parts::hidden(&[("minor", "true")]))
            (name_field(ctx, "minor-name"))
            (languages(ctx, view, ""))
            div.bar { (parts::button(&words.t("people-make-now"))) }
        }
    };
    html! {
        div.stack.wide {
            div.stack {
                p { a.back href="/people" { (words.t("people-title")) } }
                h1 { (words.t("people-make")) }
                p.lead { (words.t("people-make-text")) }
                (parts::flash(ctx, "new"))
            }
            section.card aria-labelledby="new-adult" {
                h2 id="new-adult" { (words.ta("people-make-adult", &[("years", Var::Count(view.consent_age_years.into()))])) }
                (parts::form(ctx, "/api/1/people/profiles", "/people/new", "new", &adult))
            }
            section.card aria-labelledby="new-minor" {
                h2 id="new-minor" { (words.ta("people-make-minor", &[("years", Var::Count(view.consent_age_years.into()))])) }
                p { (words.ta("people-minor-means", &[("years", Var::Count(view.consent_age_years.into()))])) }
                (parts::form(ctx, "/api/1/people/profiles", "/people/new", "new", &minor))
            }
        }
    }
}

pub(super) fn name_field(ctx: &Ctx, id: &str) -> Markup {
    html! { div.field { label for=(id) { (ctx.words.t("people-name")) } input type="text" id=(id) name="name" maxlength="40" autocomplete="off" required; } }
}
