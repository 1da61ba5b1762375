//! The screen itself: its theme, its language, and what tells it that something changed.

use super::{Route, Touch, shape};
use crate::ctx::{Ctx, Theme};
use crate::fault::Fault;
use crate::live;
use crate::words::{Language, Words};
use axum::response::Response;
use axum::routing::{get, post};
use consent_gatekeeper::control::Request;
use schemars::JsonSchema;
use serde::Deserialize;

const EVENTS: &str = "Server-sent events: `state` whenever pages would show something else, `beat` every 15 seconds.";

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::file("/api/1/events", EVENTS, "text/event-stream", || get(live::events)),
    Route::post("/api/1/theme", "Sets the theme of this screen.", shape::<ThemeField>, || post(theme)),
    Route::post("/api/1/language", "Sets the language: in the driver's profile, or for a guest in this session.", shape::<LanguageField>, || post(language)),
];

#[derive(Deserialize, JsonSchema)]
struct ThemeField {
    /// As the car says, night, or day.
    theme: Theme,
}

#[derive(Deserialize, JsonSchema)]
struct LanguageField {
    /// A language that the page has: `en` or `de`.
    language: String,
}

async fn theme(touch: Touch<ThemeField>) -> Response {
    let theme = touch.fields.theme;
    touch.session(|session| session.theme = theme);
    let done = touch.ctx.words.t("base-done-theme");
    touch.answer(Ok(done))
}

async fn language(touch: Touch<LanguageField>) -> Response {
    let done = match Language::of(&touch.fields.language) {
        Some(language) => set_language(&touch, language).await,
        None => Err(Fault::Invalid("language: en or de expected".to_owned())),
    };
    touch.answer(done)
}

async fn set_language(touch: &Touch<LanguageField>, language: Language) -> Result<String, Fault> {
    if let Some(person) = touch.ctx.person() {
        let languages = preferred(&touch.ctx, language);
        touch.ctx.done(Request::ProfileLanguages { person: person.to_owned(), languages }).await?;
    } else {
        touch.session(|session| session.language = Some(language));
    }
    Ok(Words::new(language).t("base-done-language"))
}

/// The chosen language first; the others stay, since requests may be asked in them too.
fn preferred(ctx: &Ctx, language: Language) -> Vec<String> {
    let others = ctx.languages.iter().filter(|tag| Language::of(tag) != Some(language)).cloned();
    std::iter::once(language.tag().to_owned()).chain(others).collect()
}
