//! People: who drives, with what assurance, who else is aboard, the profiles, and what concerns the whole car.
//!
//! Whoever is aboard can say "Not me" and "Not while I'm aboard" without a profile or a reason (R16, R17).

mod one;
mod over;

use super::parts::{self, State, pill};
use super::{Page, Place, page, shown};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::people::{AboardView, PIN_DIGITS, PeopleView, ProfileView, people};
use crate::serve::App;
use crate::words::{Language, Var};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new()
        .route("/people", get(list))
        .route("/people/new", get(new))
        .route("/people/profile/{person}", get(single))
        .route("/people/hand-over", get(hand_over))
        .route("/people/take-over", get(take_over))
        .route("/people/gone", get(gone))
}

async fn list(ctx: Ctx) -> Response {
    respond(&ctx, people(&ctx).await, |view| all(&ctx, view))
}

async fn new(ctx: Ctx) -> Response {
    respond(&ctx, people(&ctx).await, |view| one::new(&ctx, view))
}

async fn single(Path(person): Path<String>, ctx: Ctx) -> Response {
    let view = people(&ctx).await.and_then(|view| match view.profiles.iter().find(|profile| profile.person == person) {
        Some(profile) => Ok((profile.clone(), view)),
        None => Err(Fault::NotFound),
    });
    respond(&ctx, view, |(profile, view)| one::whole(&ctx, profile, view))
}

async fn hand_over(ctx: Ctx) -> Response {
    respond(&ctx, people(&ctx).await, |view| over::hand_over(&ctx, view))
}

async fn take_over(ctx: Ctx) -> Response {
    respond(&ctx, people(&ctx).await, |view| over::take_over(&ctx, view))
}

async fn gone(ctx: Ctx) -> Response {
    respond(&ctx, Ok(()), |()| over::gone(&ctx))
}

fn respond<T>(ctx: &Ctx, view: Result<T, Fault>, main: impl FnOnce(&T) -> Markup) -> Response {
    let title = ctx.words.t("people-title");
    let drawn = view.map(|view| page(ctx, &Page { place: Place::Choices, title: &title, main: &main(&view), aside: None }));
    shown(ctx, Place::Choices, drawn)
}

/// The first page.
fn all(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    html! {
        div.stack.wide {
            div.stack {
                h1 { (words.t("people-title")) }
                (driver(ctx, view.driver.as_ref()))
                (parts::flash(ctx, "people"))
            }
            (aboard(ctx, view))
            (profiles(ctx, &view.profiles))
            (car(ctx, view))
        }
    }
}

/// Who the car takes for its driver, how surely, and one touch to say that it is wrong.
fn driver(ctx: &Ctx, driver: Option<&AboardView>) -> Markup {
    let words = ctx.words;
    html! {
        @match driver {
            None => p.lead { (words.t("people-driver-nobody")) },
            Some(driver) if driver.person.is_none() => {
                p.lead { (words.t("people-driver-guest")) }
                p { (words.t("people-guest-means")) }
            }
            Some(driver) => {
                p.lead { (words.ta(&format!("people-driver-{}", driver.assurance), &[("name", Var::Text(&driver.name))])) }
                div.bar {
                    (parts::touch(ctx, "/api/1/not-me", "people", &[], &parts::button(&words.t("base-not-me"))))
                    @if let Some(person) = &driver.person { (parts::link(&format!("/people/profile/{person}"), &words.t("people-own"))) }
                }
            }
        }
    }
}

/// Who else is aboard, and the stop that needs no profile and no reason.
fn aboard(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    html! {
        section.stack aria-labelledby="people-aboard" {
            h2 id="people-aboard" { (words.t("people-aboard")) }
            @if view.others.is_empty() { p { (words.t("people-alone")) } } @else {
                ul.plain.stack.tight { @for other in &view.others { li { (name(ctx, other)) } } }
            }
            div.card id="stop-aboard" {
                @if view.stopped_by_occupant {
                    p { (pill(State::Stays, &words.t("people-stopped"))) }
                    p { (words.t("people-stopped-text")) }
                } @else {
                    p { (words.t("people-stop-text")) }
                    div.bar { (parts::touch(ctx, "/api/1/stop-aboard", "stop-aboard", &[], &parts::stop(&words.t("people-stop")))) }
                }
                (parts::flash(ctx, "stop-aboard"))
            }
        }
    }
}

fn name(ctx: &Ctx, other: &AboardView) -> String {
    if other.person.is_none() { ctx.words.t("people-a-guest") } else { other.name.clone() }
}

fn profiles(ctx: &Ctx, profiles: &[ProfileView]) -> Markup {
    let words = ctx.words;
    html! {
        section.stack aria-labelledby="people-profiles" {
            h2 id="people-profiles" { (words.t("people-profiles")) }
            @if profiles.is_empty() { (parts::empty(&words.t("people-no-profile"), &words.t("people-no-profile-text"))) }
            ul.plain.people-list { @for profile in profiles { (profile_card(ctx, profile)) } }
            div.bar { (parts::link("/people/new", &words.t("people-make"))) }
        }
    }
}

fn profile_card(ctx: &Ctx, profile: &ProfileView) -> Markup {
    let words = ctx.words;
    html! {
        li.card {
            h3 { (profile.name) }
            div.cluster { (marks(ctx, profile)) }
            a.btn.small href={ "/people/profile/" (profile.person) } { (words.t("people-open")) span.hush { ": " (profile.name) } }
        }
    }
}

fn marks(ctx: &Ctx, profile: &ProfileView) -> Markup {
    let words = ctx.words;
    let place = match (profile.drives, profile.aboard) {
        (true, _) => "people-mark-drives",
        (false, true) => "people-mark-aboard",
        (false, false) => "people-mark-absent",
    };
    html! {
        span.tag { (words.t(place)) }
        @if profile.minor { span.tag { (words.t("people-mark-minor")) } }
        @if !profile.pin && !profile.minor { span.tag { (words.t("people-mark-no-pin")) } }
        @if let Some(until_ms) = profile.locked_until_ms { span.tag { (words.ta("people-mark-locked", &[("time", Var::Text(&words.time(until_ms)))])) } }
    }
}

/// What concerns the whole car: theft, private trips, hand-over.
fn car(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    html! {
        section.stack aria-labelledby="people-car" {
            h2 id="people-car" { (words.t("people-car")) }
            div.grid2 {
                (theft(ctx, view))
                @if view.deployment == "employer" { (private_trip(ctx, view)) }
                div.card {
                    h3 { (words.t("people-over")) }
                    p { (words.t("people-over-text")) }
                    div.bar {
                        (parts::link("/people/hand-over", &words.t("people-hand-over")))
                        (parts::link("/people/take-over", &words.t("people-take-over")))
                    }
                }
            }
        }
    }
}

fn theft(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    let touch = |begins: &str, label: &str| parts::touch(ctx, "/api/1/people/theft", "theft", &[("begins", begins)], &parts::button(&words.t(label)));
    html! {
        div.card id="theft" {
            h3 { (words.t("people-theft")) }
            @if let Some(until_ms) = view.theft_until_ms {
                p { (pill(State::Leaves, &words.ta("people-theft-until", &[("date", Var::Text(&words.date_time(until_ms)))]))) }
            }
            p { (words.t("people-theft-text")) }
            (parts::flash(ctx, "theft"))
            @if view.proved {
                div.bar.even {
                    @if view.theft_until_ms.is_some() { (touch("false", "people-theft-end")) (touch("true", "people-theft-renew")) } @else { (touch("true", "people-theft-begin")) }
                }
            } @else { p.fine { (words.t("people-needs-proof")) } }
        }
    }
}

fn private_trip(ctx: &Ctx, view: &PeopleView) -> Markup {
    let words = ctx.words;
    let (begins, label) = if view.private_trip { ("false", "people-private-end") } else { ("true", "people-private-begin") };
    html! {
        div.card id="private-trip" {
            h3 { (words.t("people-private")) }
            @if view.private_trip { p { (pill(State::Stays, &words.t("people-private-now"))) } }
            p { (words.t("people-private-text")) }
            (parts::flash(ctx, "private-trip"))
            div.bar { (parts::touch(ctx, "/api/1/people/private-trip", "private-trip", &[("begins", begins)], &parts::button(&words.t(label)))) }
        }
    }
}

/// A field for a PIN. With script it gets a pad of large digits; without, the field alone does.
pub(super) fn pin(ctx: &Ctx, id: &str, label: &str) -> Markup {
    let words = ctx.words;
    let (least, most) = PIN_DIGITS;
    html! {
        div.pin data-pad=(words.t("people-pin-pad")) data-clear=(words.t("people-pin-clear")) data-back=(words.t("people-pin-back")) {
            div.field {
                label for=(id) { (label) }
                input type="password" id=(id) name="pin" inputmode="numeric" pattern={ "[0-9]{" (least) "," (most) "}" } minlength=(least) maxlength=(most) autocomplete="off" required aria-describedby={ (id) "-note" };
                p.fine id={ (id) "-note" } { (words.t("people-pin-note")) }
            }
        }
        script type="module" src="/assets/pin.js" {}
    }
}

/// The languages of the catalog as large choices; none is chosen beforehand but the one that is so now.
pub(super) fn languages(ctx: &Ctx, view: &PeopleView, now: &str) -> Markup {
    let name = |tag: &str| match Language::of(tag) {
        Some(Language::En) => "English".to_owned(),
        Some(Language::De) => "Deutsch".to_owned(),
        None => tag.to_owned(),
    };
    let names: Vec<(String, String)> = view.languages.iter().map(|tag| (tag.clone(), name(tag))).collect();
    let options: Vec<parts::Choice<'_>> = names.iter().map(|(tag, name)| parts::Choice { value: tag, label: name, note: "", current: tag == now }).collect();
    parts::choices("language", &ctx.words.t("people-language"), &options)
}

#[cfg(test)]
mod tests;
