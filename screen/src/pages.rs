//! The pages, drawn from the views of `model`. Everything on them works without script for reading and withdrawing.
//!
//! INVARIANT: whatever page is asked for, a car that is not parked shows the driving page (`now::driving`) under the same
//! address, so that nothing can be given while driving (R7) and the page comes back when parked. Pause stands in the same place
//! on all of them.

pub mod asking;
pub mod choices;
pub mod data;
pub mod draw;
pub mod icons;
pub mod now;
pub mod parts;
pub mod people;
pub mod requests;
pub mod reviews;
pub mod trust;

use crate::ctx::{Ctx, Theme};
use crate::fault::Fault;
use crate::model::now::{Pausing, pausing};
use crate::serve::App;
use crate::words::{Language, Var};
use axum::Router;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use parts::{State, flash, form, hidden, note, small};

/// All pages.
pub fn router() -> Router<App> {
    Router::new()
        .merge(now::router())
        .merge(requests::router())
        .merge(choices::router())
        .merge(reviews::router())
        .merge(data::router())
        .merge(trust::router())
        .merge(asking::router())
        .merge(people::router())
}

/// Places of the rail, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The gate.
    Now,
    /// Requests, before-trip screen, reviews.
    Requests,
    /// My choices, how I want to be asked, people.
    Choices,
    /// My data.
    Data,
    /// Trust.
    Trust,
}

impl Place {
    const ALL: [Self; 5] = [Self::Now, Self::Requests, Self::Choices, Self::Data, Self::Trust];

    fn path(self) -> &'static str {
        match self {
            Self::Now => "/",
            Self::Requests => "/requests",
            Self::Choices => "/choices",
            Self::Data => "/data",
            Self::Trust => "/trust",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Now => "base-place-now",
            Self::Requests => "base-place-requests",
            Self::Choices => "base-place-choices",
            Self::Data => "base-place-data",
            Self::Trust => "base-place-trust",
        }
    }

    fn icon(self) -> Markup {
        match self {
            Self::Now => icons::gate(),
            Self::Requests => icons::requests(),
            Self::Choices => icons::choices(),
            Self::Data => icons::data(),
            Self::Trust => icons::trust(),
        }
    }

    /// Pages beside each other within a place: path and key.
    fn sub(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Requests => &[("/requests", "base-sub-requests"), ("/reviews", "base-sub-reviews")],
            Self::Choices => &[("/choices", "base-sub-choices"), ("/asking", "base-sub-asking"), ("/people", "base-sub-people")],
            Self::Now | Self::Data | Self::Trust => &[],
        }
    }

    /// Its own style sheet and modules.
    fn assets(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Now => ("now.css", &[]),
            Self::Requests => ("requests.css", &[]),
            Self::Choices => ("choices.css", &[]),
            Self::Data => ("data.css", &[]),
            Self::Trust => ("data.css", &["verify.js"]),
        }
    }
}

/// A page before it is drawn.
#[derive(Debug)]
pub struct Page<'a> {
    /// The place of the rail that it belongs to.
    pub place: Place,
    /// Its title; empty = the place's name.
    pub title: &'a str,
    /// Its main part, with one `h1`.
    pub main: &'a Markup,
    /// What stands in the second pane on a wide screen, and below the main part elsewhere.
    pub aside: Option<&'a Markup>,
}

/// A whole page around its main part.
pub fn layout(ctx: &Ctx, place: Place, main: &Markup) -> Markup {
    page(ctx, &Page { place, title: "", main, aside: None })
}

/// A whole page around its main part, with a title of its own and a second pane.
pub fn page(ctx: &Ctx, page: &Page<'_>) -> Markup {
    if !ctx.parked() {
        return now::driving(ctx);
    }
    let place = ctx.words.t(page.place.key());
    let title = if page.title.is_empty() { place.as_str() } else { page.title };
    // What was done may have taken away the place where it was done; then it is said at the top.
    let said = [Some(page.main), page.aside].into_iter().flatten().any(|part| part.0.contains("role=\"status\""));
    let body = html! {
        div.page.two[page.aside.is_some()] {
            (top(ctx))
            (rail(ctx, page.place))
            (pause(ctx))
            main.pane id="main" tabindex="-1" {
                div.stack {
                    (sub(ctx, page.place))
                    (system(ctx))
                    @if !said { (said_at_top(ctx)) }
                    (page.main)
                }
            }
            @if let Some(aside) = page.aside { aside.aside id="aside" tabindex="0" aria-label=(title) { (aside) } }
        }
    };
    let (style, modules) = page.place.assets();
    document(ctx, title, &[style], modules, &body)
}

/// A page, or why there is none.
pub fn shown(ctx: &Ctx, place: Place, page: Result<Markup, Fault>) -> Response {
    match page {
        Ok(page) => page.into_response(),
        Err(fault) => fault_page(ctx, place, &fault),
    }
}

/// Why there is no page, in words, with the way on.
pub fn fault_page(ctx: &Ctx, place: Place, fault: &Fault) -> Response {
    let words = ctx.words;
    let (title, text) = match fault {
        Fault::NoCatalog => (words.t("base-no-catalog-title"), words.t("base-no-catalog")),
        Fault::Locked => (words.t("base-locked-title"), fault.words(words)),
        Fault::Refused(_) | Fault::Unrecorded(_) | Fault::DriverChanged | Fault::NotFound | Fault::Invalid(_) | Fault::Silent => {
            (words.t("base-fault-title"), fault.words(words))
        }
    };
    let main = html! {
        h1 { (title) }
        p.lead { (text) }
        @if *fault == Fault::Locked { div.bar { (parts::link("/people", &words.t("base-profile"))) } }
        @if ctx.path != Place::Now.path() { div.bar { (parts::link("/", &words.t("base-fault-back"))) } }
    };
    let markup = page(ctx, &Page { place, title: &title, main: &main, aside: None });
    if ctx.parked() { (fault.status(), markup).into_response() } else { markup.into_response() }
}

/// The document around a body.
pub(crate) fn document(ctx: &Ctx, title: &str, styles: &[&str], modules: &[&str], body: &Markup) -> Markup {
    let theme = match ctx.theme {
        Theme::Auto => None,
        Theme::Dark => Some("dark"),
        Theme::Light => Some("light"),
    };
    html! {
        (DOCTYPE)
        html lang=(ctx.words.language().tag()) data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover";
                meta name="color-scheme" content="dark light";
                title { (ctx.words.ta("base-title", &[("page", Var::Text(title))])) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/assets/base.css";
                @for style in styles { link rel="stylesheet" href={ "/assets/" (style) }; }
                script type="module" src="/assets/app.js" {}
                script type="module" src="/assets/rotary.js" {}
                @for module in modules { script type="module" src={ "/assets/" (module) } {} }
            }
            body {
                a.skip href="#main" { (ctx.words.t("base-skip")) }
                (body)
            }
        }
    }
}

/// Who drives, whether location leaves, and what the screen looks like.
fn top(ctx: &Ctx) -> Markup {
    html! {
        header.top id="top" {
            (who(ctx))
            div.end {
                (location_sign(ctx))
                (display(ctx))
            }
        }
    }
}

/// Who drives, and one touch to say that it is somebody else (R16).
pub(crate) fn who(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    let driver = ctx.status.people.iter().any(|person| person.role == "driver");
    html! {
        div.who {
            @if ctx.person().is_some() {
                p.long title=(ctx.name) { (words.ta("base-drives", &[("name", Var::Text(&ctx.name))])) }
                (form(ctx, "/api/1/not-me", &ctx.path, "who", &small(&words.t("base-not-me"))))
            } @else {
                p { (words.t(if driver { "base-guest" } else { "base-nobody" })) }
                @if ctx.parked() { a.btn.small href="/people" { (words.t("base-profile")) } }
            }
        }
    }
}

/// Shown while any location leaves (R24).
pub(crate) fn location_sign(ctx: &Ctx) -> Markup {
    html! {
        @if ctx.status.location_active {
            span.sign { (icons::location()) span { (ctx.words.t("base-location")) } }
        }
    }
}

/// Theme and language, tucked away.
fn display(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    let themes = [("auto", "base-theme-auto", Theme::Auto), ("dark", "base-theme-dark", Theme::Dark), ("light", "base-theme-light", Theme::Light)];
    let theme = html! {
        @for (value, key, theme) in themes {
            button.btn.small type="submit" name="theme" value=(value) aria-pressed=(ctx.theme == theme) { (words.t(key)) }
        }
    };
    let language = html! {
        @for language in Language::ALL {
            button.btn.small type="submit" name="language" value=(language.tag()) lang=(language.tag()) aria-pressed=(words.language() == language) {
                (match language { Language::En => "English", Language::De => "Deutsch" })
            }
        }
    };
    html! {
        details.display {
            summary aria-label=(words.t("base-display")) title=(words.t("base-display")) { (icons::display()) }
            div.sheet {
                div.stack.tight { h2 { (words.t("base-theme")) } div.options { (form(ctx, "/api/1/theme", &ctx.path, "display", &theme)) } }
                div.stack.tight { h2 { (words.t("base-language")) } div.options { (form(ctx, "/api/1/language", &ctx.path, "display", &language)) } }
            }
        }
    }
}

fn rail(ctx: &Ctx, here: Place) -> Markup {
    let waiting = ctx.status.requests.saturating_add(ctx.status.reviews);
    html! {
        nav.rail id="rail" aria-label=(ctx.words.t("base-places")) {
            ul {
                @for place in Place::ALL {
                    li {
                        a href=(place.path()) aria-current=[(place == here).then_some("page")] {
                            (place.icon())
                            span { (ctx.words.t(place.key())) }
                            @if place == Place::Requests { (badge(ctx, waiting)) }
                        }
                    }
                }
            }
        }
    }
}

/// How many of something wait for the person; nothing if none does.
fn badge(ctx: &Ctx, waiting: u64) -> Markup {
    html! {
        @if waiting > 0 {
            span.badge aria-hidden="true" { (waiting) }
            span.hush { (ctx.words.ta("base-open-requests", &[("n", Var::Count(waiting))])) }
        }
    }
}

/// Pause, or resume: one touch, in the same place on every page.
pub(crate) fn pause(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    let (action, content) = match pausing(ctx) {
        None => {
            let duration = if ctx.status.trip { "trip" } else { "until_resumed" };
            let label = html! { (icons::pause()) span { (words.t("base-pause")) small { (words.t("base-pause-scope")) } } };
            ("/api/1/pause", html! { (hidden(&[("scope", "all"), ("for", duration)])) button id="pause-button" type="submit" { (label) } })
        }
        Some(pausing) => {
            let label = html! { (icons::resume()) span { (words.t("base-resume")) small { (paused_words(ctx, pausing)) } } };
            ("/api/1/resume", html! { (hidden(&[("scope", "all")])) button id="pause-button" type="submit" { (label) } })
        }
    };
    html! { div.pause id="pause" { (form(ctx, action, &ctx.path, "pause", &content)) } }
}

/// Until when everything optional is paused.
pub(crate) fn paused_words(ctx: &Ctx, pausing: Pausing) -> String {
    match pausing {
        Pausing::UntilResumed => ctx.words.t("base-paused-resumed"),
        Pausing::Trip => ctx.words.t("base-paused-trip"),
        Pausing::Until(ms) => ctx.words.ta("base-paused-time", &[("time", Var::Text(&ctx.words.time(ms)))]),
    }
}

/// The other durations of a pause that holds.
pub(crate) fn other_pauses(ctx: &Ctx) -> Markup {
    let Some(pausing) = pausing(ctx) else { return html! {} };
    let held = match pausing {
        Pausing::Trip => "trip",
        Pausing::Until(_) => "hour",
        Pausing::UntilResumed => "until_resumed",
    };
    html! {
        div.cluster {
            span { (ctx.words.t("base-pause-instead")) }
            @for duration in ["trip", "hour", "until_resumed"].into_iter().filter(|duration| *duration != held) {
                (parts::touch(ctx, "/api/1/pause", "pause", &[("scope", "all"), ("for", duration)], &small(&ctx.words.t(&format!("base-pause-{duration}")))))
            }
        }
    }
}

/// What was done at a place that this page does not show.
fn said_at_top(ctx: &Ctx) -> Markup {
    let Some(done) = ctx.flash.as_ref() else { return html! {} };
    html! {
        @if done.at == "pause" && !done.refused {
            div.flash { p role="status" { (done.text) } (other_pauses(ctx)) }
        } @else {
            (flash(ctx, &done.at))
        }
    }
}

fn sub(ctx: &Ctx, place: Place) -> Markup {
    let here = ctx.path.split('?').next().unwrap_or_default();
    html! {
        @if !place.sub().is_empty() {
            nav.sub aria-label=(ctx.words.t(place.key())) {
                @for (path, key) in place.sub() {
                    a href=(path) aria-current=[here.starts_with(path).then_some("page")] { (ctx.words.t(key)) @if *path == "/reviews" { " " (badge(ctx, ctx.status.reviews)) } }
                }
            }
        }
    }
}

/// What the person must know about the system on every page; the two that only a script can know are shown by it.
fn system(ctx: &Ctx) -> Markup {
    html! {
        @if !ctx.status.store_ok { (note(State::Fault, &ctx.words.t("base-store-failed"))) }
        @if !ctx.status.clock_trusted { (note(State::Fault, &ctx.words.t("base-clock-untrusted"))) }
        (unheard(ctx))
    }
}

/// What only a script can know and shows: that the gate does not answer, or was started anew. `{n}` is for the script.
pub(crate) fn unheard(ctx: &Ctx) -> Markup {
    let as_of = ctx.words.time(ctx.port.now_ms());
    let stale = ctx.words.ta("base-stale", &[("n", Var::Text("{n}"))]);
    html! {
        div.note.fault id="offline" role="status" hidden { p { (ctx.words.ta("base-offline", &[("time", Var::Text(&as_of))])) } }
        div.note id="stale" hidden { p data-text=(stale) {} }
    }
}
