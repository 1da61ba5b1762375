//! Now: the picture of the gate, its table, the panel of a use; and the page that stands instead of all others while driving.

mod panel;
mod picture;
mod table;

use super::parts::{State, note, touch};
use super::{Page, Place, document, fault_page, location_sign, other_pauses, parts, pause, paused_words, who};
use crate::api::now::{Opened, Window};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::now::{GateState, NowView, PanelView, now, panel as panel_view, state};
use crate::serve::App;
use crate::words::Var;
use axum::Router;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use consent_gatekeeper::control::Request;
use consent_gatekeeper::show::{AskingShown, WindowName};
use maud::{Markup, html};

/// Routes of this section.
pub fn router() -> Router<App> {
    Router::new().route("/", axum::routing::get(home))
}

async fn home(ctx: Ctx, Query(window): Query<Window>, Query(opened): Query<Opened>) -> Response {
    if !ctx.parked() {
        return driving(&ctx).into_response();
    }
    if opened.start.is_some() && unwelcomed(&ctx).await {
        return Redirect::to("/first").into_response();
    }
    match whole(&ctx, window, opened.chosen.as_deref()).await {
        Ok(page) => page.into_response(),
        Err(fault) => fault_page(&ctx, Place::Now, &fault),
    }
}

/// Whether the driver has not seen the first screen yet (R43).
async fn unwelcomed(ctx: &Ctx) -> bool {
    let shown: Result<AskingShown, Fault> = ctx.data(Request::AskingShow).await;
    ctx.person().is_some() && shown.is_ok_and(|shown| !shown.welcomed)
}

async fn whole(ctx: &Ctx, Window { window }: Window, chosen: Option<&str>) -> Result<Markup, Fault> {
    let view = now(ctx, window).await?;
    let panel = match chosen {
        Some(use_id) => Some(panel_view(ctx, &view, use_id).await?),
        None => None,
    };
    Ok(draw(ctx, &view, panel.as_ref()))
}

/// The page from its views.
pub(crate) fn draw(ctx: &Ctx, view: &NowView, panel: Option<&PanelView>) -> Markup {
    let main = html! {
        div.stack {
            div.now-head {
                div.say { h1 { (headline(ctx, view)) } p.fine { (ctx.words.t("now-only-this-gate")) } }
                (windows(ctx, view))
            }
            (paused(ctx, view))
            (guest(ctx))
            @if view.since_ms.is_none() { (note(State::Fault, &ctx.words.t("now-not-counted"))) }
            (picture::picture(ctx, view, panel))
            p.fine { (ctx.words.t("now-beyond")) }
        }
    };
    let aside = html! {
        div.stack.wide {
            @if let Some(panel) = panel { (panel::panel(ctx, view, panel)) }
            (table::twin(ctx, view))
            (table::running(ctx, view))
        }
    };
    super::page(ctx, &Page { place: Place::Now, title: "", main: &main, aside: Some(&aside) })
}

/// The one sentence that matters.
fn headline(ctx: &Ctx, view: &NowView) -> String {
    let words = ctx.words;
    if let Some(pausing) = view.pausing {
        return paused_words(ctx, pausing);
    }
    let recipients: std::collections::BTreeSet<&str> = view.flows.iter().map(|flow| flow.recipient.id.as_str()).collect();
    let n = u64::try_from(recipients.len()).unwrap_or_default();
    if n > 0 {
        return words.ta("now-left", &[("n", Var::Count(n))]);
    }
    match view.last_left_ms {
        Some(last_ms) => words.ta("now-nothing-since", &[("since", Var::Text(&since(ctx, last_ms, view.at_ms)))]),
        None => words.t("now-nothing-yet"),
    }
}

/// "14:03" today, else the day.
fn since(ctx: &Ctx, ms: i64, now_ms: i64) -> String {
    let (day, today) = (ctx.words.day(ms, now_ms), ctx.words.day(now_ms, now_ms));
    if day == today { ctx.words.time(ms) } else { day }
}

pub(crate) fn window_word(window: WindowName) -> &'static str {
    match window {
        WindowName::Trip => "trip",
        WindowName::Day => "day",
        WindowName::Week => "week",
    }
}

fn windows(ctx: &Ctx, view: &NowView) -> Markup {
    html! {
        nav.windows aria-label=(ctx.words.t("now-windows")) {
            @for window in [WindowName::Trip, WindowName::Day, WindowName::Week] {
                a href={ "/?window=" (window_word(window)) } aria-current=[(window == view.window).then_some("true")] {
                    (ctx.words.t(&format!("now-window-{}", window_word(window))))
                }
            }
        }
    }
}

/// While everything optional is paused: what goes on, and the other durations. Until when stands in the headline.
fn paused(ctx: &Ctx, view: &NowView) -> Markup {
    html! {
        @if view.pausing.is_some() {
            div.pausing {
                // What a touch has just done is said where it shows.
                @if let Some(flash) = ctx.flash.as_ref().filter(|flash| flash.at == "pause") { p.hush role="status" { (flash.text) } }
                @if view.live_while_paused > 0 { p { (ctx.words.ta("now-goes-on", &[("n", Var::Count(view.live_while_paused))])) } }
                (other_pauses(ctx))
            }
        }
    }
}

/// What a guest can do: everything that stops, and a call.
fn guest(ctx: &Ctx) -> Markup {
    html! { @if ctx.person().is_none() { (note(State::Stays, &ctx.words.t("now-guest"))) } }
}

/// What stands instead of any page while the car is not parked: one word, and what stops. Nothing on it moves or scrolls.
pub(crate) fn driving(ctx: &Ctx) -> Markup {
    let words = ctx.words;
    let gate = state(&ctx.status);
    let (class, key) = match gate {
        GateState::Sharing => ("sharing", "now-driving-sharing"),
        GateState::Paused => ("paused", "now-driving-paused"),
        GateState::Nothing => ("nothing", "now-driving-nothing"),
        GateState::Shut => ("shut", "now-driving-shut"),
    };
    let title = words.t(key);
    let body = html! {
        div.driving {
            header.top id="top" { (who(ctx)) div.end { (location_sign(ctx)) } }
            (pause(ctx))
            main id="main" tabindex="-1" {
                (picture::glyph(class))
                div.stack.tight {
                    (super::unheard(ctx))
                    h1 { (title) }
                    @if let Some(flash) = &ctx.flash { p role="status" { (flash.text) } } @else { (below(ctx, gate)) }
                }
                div.aboard {
                    @if ctx.status.stopped_by_occupant {
                        p { (words.t("now-driving-stopped")) }
                    } @else {
                        (touch(ctx, "/api/1/stop-aboard", "aboard", &[], &parts::stop(&words.t("now-stop-aboard"))))
                    }
                }
            }
        }
    };
    document(ctx, &title, &["now.css"], &[], &body)
}

/// A second line where the word alone would say too much or too little.
fn below(ctx: &Ctx, gate: GateState) -> Markup {
    let by_law = ctx.status.uses.iter().filter(|used| used.activity == "live").count();
    let by_law = u64::try_from(by_law).unwrap_or_default();
    html! {
        @match gate {
            GateState::Paused if by_law > 0 => p { (ctx.words.ta("now-goes-on", &[("n", Var::Count(by_law))])) },
            GateState::Shut => p { (ctx.words.t(if ctx.status.store_ok { "now-driving-shut-catalog" } else { "now-driving-shut-store" })) },
            GateState::Paused | GateState::Sharing | GateState::Nothing => {},
        }
    }
}

#[cfg(test)]
mod tests;
