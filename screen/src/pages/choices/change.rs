//! Narrower or wider terms for a use that is on: a new decision. What stands now is marked as such; nothing else is chosen.

use crate::ctx::Ctx;
use crate::model::choices::UseView;
use crate::pages::parts::{self, Choice};
use crate::pages::requests::picture;
use crate::words::Var;
use maud::{Markup, html};

const DAY_MS: i64 = 86_400_000;

/// The form, closed until it is opened.
pub(super) fn change(ctx: &Ctx, view: &UseView) -> Markup {
    let words = ctx.words;
    let use_id = view.row.use_id.as_str();
    let content = html! {
        div.stack {
            p.fine { (words.t("choices-change-note")) }
            (how_long(ctx, view))
            (how_precisely(ctx, view))
            (which(ctx, view))
            @if !view.request.can_allow { div.note.waits { p { (words.t("requests-locked")) } } div.bar { (parts::link("/people", &words.t("requests-unlock"))) } }
            div.bar { button.btn type="submit" disabled[!view.request.can_allow] { (words.t("choices-change-send")) } }
        }
    };
    html! {
        details.more.change id="change" {
            summary { (words.t("choices-change")) }
            (parts::form(ctx, &format!("/api/1/uses/{use_id}/give"), &ctx.path, use_id, &content))
        }
    }
}

fn how_long(ctx: &Ctx, view: &UseView) -> Markup {
    let words = ctx.words;
    let now_ms = ctx.port.now_ms();
    let until =
        |days: u32| words.ta("requests-adjust-until", &[("date", Var::Text(&words.date(now_ms.saturating_add(i64::from(days).saturating_mul(DAY_MS)))))]);
    let cadence = view.row.cadence.as_deref().unwrap_or("until");
    let mut days: Vec<u32> = view.request.adjust.days.clone();
    days.push(view.request.printed.days);
    let offered: Vec<(String, String, String)> = days.iter().map(|days| (days.to_string(), words.days((*days).into()), until(*days))).collect();
    let keep = view.row.until_ms.map(|until_ms| words.ta("choices-change-keep", &[("date", Var::Text(&words.date(until_ms)))]));
    let trip = words.t("requests-adjust-trip");
    let each = view.request.adjust.each_time.map(|when| words.t(if when == "before_trip" { "choices-change-trip-each" } else { "choices-change-each" }));
    let mut options = Vec::new();
    if let Some(keep) = &keep {
        options.push(Choice { value: "keep", label: keep, note: "", current: cadence == "until" });
    }
    options.extend(offered.iter().map(|(value, label, note)| Choice { value, label, note, current: false }));
    options.push(Choice { value: "trip", label: &trip, note: "", current: cadence == "trip" });
    if let Some(each) = &each {
        options.push(Choice { value: "each_time", label: each, note: "", current: cadence == "each_time" });
    }
    parts::choices("days", &words.t("choices-change-long"), &options)
}

fn how_precisely(ctx: &Ctx, view: &UseView) -> Markup {
    html! {
        @if view.request.adjust.tiers.len() > 1 {
            fieldset {
                legend { (ctx.words.t("requests-adjust-precise")) }
                div.choices.pictures {
                    @for (tier, (reveals, drawn)) in view.request.adjust.tiers.iter().zip(picture::tiers(ctx, &view.request, &view.pictures)).enumerate() {
                        label.choice.picture {
                            input type="radio" name="tier" value=(tier) checked[usize::from(view.row.tier) == tier];
                            span { span.reveals { (reveals) } (drawn) }
                        }
                    }
                }
            }
        } @else {
            (parts::hidden(&[("tier", "0")]))
        }
    }
}

fn which(ctx: &Ctx, view: &UseView) -> Markup {
    let allowed = |id: &str| view.row.categories.iter().any(|category| category.id == id);
    html! {
        (parts::hidden(&[("choose", "1")]))
        @if let [only] = view.running.categories.as_slice() {
            (parts::hidden(&[(&format!("category-{}", only.id), "on")]))
        } @else {
            fieldset {
                legend { (ctx.words.t("choices-change-which")) }
                div.choices {
                    @for category in &view.running.categories {
                        label.choice {
                            input type="checkbox" name={ "category-" (category.id) } value="on" checked[allowed(&category.id)];
                            span { (category.name) }
                        }
                    }
                }
            }
        }
    }
}
