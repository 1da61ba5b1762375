//! People: who drives, profiles and their PINs, what a person ends for themself, and what concerns the whole car.
//!
//! INVARIANT: a PIN comes in a body, goes to the gatekeeper, and stands in no address, answer, log or confirmation.

use super::{Route, Touch, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::people::{PeopleView, people, profile};
use crate::words::{Language, Var};
use axum::response::Response;
use axum::routing::{get, post};
use consent_core::Assurance;
use consent_gatekeeper::control::Request;
use consent_gatekeeper::secret::Secret;
use consent_gatekeeper::show::{Gone, HandOver};
use schemars::JsonSchema;
use serde::Deserialize;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/people", "Who drives, who is aboard, the profiles, and the states of the whole car.", shape::<PeopleView>, || get(view)),
    Route::post("/api/1/people/profiles", "Makes a profile.", shape::<Profile>, || post(make)),
    Route::post("/api/1/people/drive", "Chooses who drives: with a PIN where the profile has one.", shape::<Known>, || post(drive)),
    Route::post("/api/1/people/unlock", "A person proves who they are.", shape::<Known>, || post(unlock)),
    Route::post("/api/1/people/pin", "Sets or changes a PIN.", shape::<NewPin>, || post(pin)),
    Route::post("/api/1/people/languages", "Sets the language in which a person is asked first.", shape::<Languages>, || post(languages)),
    Route::post("/api/1/people/withdraw", "Withdraws everything of a profile that is not aboard, by its PIN (R51).", shape::<Ends>, || post(withdraw)),
    Route::post("/api/1/people/erase", "Erases everything of a person, and asks recipients to erase.", shape::<Ends>, || post(erase)),
    Route::post("/api/1/people/hand-over", "The parked car is sold or returned: everything of everybody goes.", shape::<Over>, || post(hand_over)),
    Route::post("/api/1/people/take-over", "A buyer takes the parked car over: everything of everybody goes.", shape::<Buyer>, || post(take_over)),
    Route::post("/api/1/people/theft", "Declares a theft, renews or ends it (R25).", shape::<Begins>, || post(theft)),
    Route::post("/api/1/people/private-trip", "Begins or ends a private trip in an employer's car (R49).", shape::<Begins>, || post(private_trip)),
];

async fn view(ctx: Ctx) -> Response {
    json(people(&ctx).await)
}

/// A new profile.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Profile {
    /// Name as shown, 1 to 40 characters.
    #[serde(default)]
    name: String,
    /// PIN, 4 to 12 digits; left out or empty: none. A minor has none.
    #[serde(default)]
    #[schemars(with = "String")]
    pin: Secret,
    /// Under the age of consent (R48).
    #[serde(default, deserialize_with = "super::choices::loose_bool")]
    minor: bool,
    /// Language in which they are asked first.
    #[serde(default)]
    language: String,
}

/// A person and their PIN.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Known {
    /// Person id.
    person: String,
    /// Their PIN.
    #[serde(default)]
    #[schemars(with = "String")]
    pin: Secret,
}

/// A person and a new PIN.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewPin {
    /// Person id.
    person: String,
    /// The new PIN, 4 to 12 digits.
    #[schemars(with = "String")]
    pin: Secret,
}

/// A person and a language.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Languages {
    /// Person id.
    person: String,
    /// Language asked in first, as `de`; the others follow.
    language: String,
}

/// What ends everything of a person.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Ends {
    /// Person id.
    person: String,
    /// Their PIN; not needed by a driver who proved who they are.
    #[serde(default)]
    #[schemars(with = "String")]
    pin: Secret,
    /// Ask recipients to erase what they have.
    #[serde(default, deserialize_with = "super::choices::loose_bool")]
    erase: bool,
}

/// Why everything of everybody goes.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Over {
    /// The car is sold, or a rental is returned.
    kind: HandOver,
}

/// A buyer.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Buyer {
    /// Name as shown.
    #[serde(default)]
    name: String,
    /// Their PIN, 4 to 12 digits.
    #[serde(default)]
    #[schemars(with = "String")]
    pin: Secret,
}

/// Whether something begins.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Begins {
    /// It begins, or ends.
    #[serde(deserialize_with = "super::choices::loose_bool")]
    begins: bool,
}

async fn make(touch: Touch<Profile>) -> Response {
    let done = made(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn made(ctx: &Ctx, fields: &Profile) -> Result<String, Fault> {
    let name = fields.name.trim();
    if name.is_empty() || name.chars().count() > 40 {
        return Err(Fault::Invalid(ctx.words.t("people-invalid-name")));
    }
    let pin = (!fields.pin.expose().is_empty()).then(|| fields.pin.clone());
    check_pin(ctx, pin.as_ref())?;
    if pin.is_some() && fields.minor {
        return Err(Fault::Invalid(ctx.words.t("people-invalid-minor-pin")));
    }
    let languages = if fields.language.is_empty() { Vec::new() } else { in_order(ctx, &fields.language, &[]) };
    let request = Request::ProfileMake { name: name.to_owned(), pin, minor: fields.minor, languages };
    ctx.data::<serde_json::Value>(request).await?;
    Ok(ctx.words.ta("people-done-made", &[("name", Var::Text(name))]))
}

async fn drive(touch: Touch<Known>) -> Response {
    let done = drives(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

/// Somebody says that they drive. A profile with a PIN takes it; one without is recognised with low assurance, as chosen.
async fn drives(ctx: &Ctx, Known { person, pin }: &Known) -> Result<String, Fault> {
    if !ctx.parked() {
        return Err(Fault::Refused(ctx.words.t("people-refused-parked")));
    }
    let profile = profile(ctx, person).await?;
    if profile.pin {
        prove(ctx, person, pin).await?;
    }
    if ctx.person().is_some_and(|driver| driver != person) {
        // Whoever was taken for the driver is not, or they would not choose.
        ctx.data::<serde_json::Value>(Request::PeopleNotMe).await?;
    }
    ctx.data::<serde_json::Value>(Request::PeopleDriver { person: Some(person.clone()), assurance: Assurance::Low }).await?;
    if profile.pin {
        // Again, now that they are aboard: so the proof lasts as long as they are.
        prove(ctx, person, pin).await?;
    }
    Ok(ctx.words.ta("people-done-drives", &[("name", Var::Text(&profile.name))]))
}

async fn unlock(touch: Touch<Known>) -> Response {
    let done = unlocked(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn unlocked(ctx: &Ctx, Known { person, pin }: &Known) -> Result<String, Fault> {
    let profile = profile(ctx, person).await?;
    prove(ctx, person, pin).await?;
    let key = if profile.aboard { "people-done-unlocked" } else { "people-done-unlocked-absent" };
    Ok(ctx.words.ta(key, &[("name", Var::Text(&profile.name))]))
}

/// Has the gatekeeper compare a PIN; a wrong one is answered with how many tries are left, or until when there are none.
async fn prove(ctx: &Ctx, person: &str, pin: &Secret) -> Result<(), Fault> {
    check_pin(ctx, Some(pin))?;
    let Err(refused) = ctx.done(Request::ProfileUnlock { person: person.to_owned(), pin: pin.clone() }).await else { return Ok(()) };
    let profile = profile(ctx, person).await?;
    Err(match (refused, profile.locked_until_ms) {
        (Fault::Refused(_), Some(until_ms)) => Fault::Refused(ctx.words.ta("people-refused-locked", &[("time", Var::Text(&ctx.words.time(until_ms)))])),
        (Fault::Refused(_), None) if profile.pin => Fault::Refused(ctx.words.ta("people-refused-pin", &[("n", Var::Count(profile.tries_left.into()))])),
        (refused, _) => refused,
    })
}

/// Whether it can be a PIN at all; what it is stays unsaid.
fn check_pin(ctx: &Ctx, pin: Option<&Secret>) -> Result<(), Fault> {
    let is_pin = |pin: &Secret| (4..=12).contains(&pin.expose().len()) && pin.expose().bytes().all(|byte| byte.is_ascii_digit());
    if pin.is_none_or(is_pin) { Ok(()) } else { Err(Fault::Invalid(ctx.words.t("people-invalid-pin"))) }
}

async fn pin(touch: Touch<NewPin>) -> Response {
    let done = set(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn set(ctx: &Ctx, NewPin { person, pin }: &NewPin) -> Result<String, Fault> {
    check_pin(ctx, Some(pin))?;
    ctx.done(Request::ProfilePin { person: person.clone(), pin: pin.clone() }).await?;
    Ok(ctx.words.t("people-done-pin"))
}

async fn languages(touch: Touch<Languages>) -> Response {
    let done = chosen(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn chosen(ctx: &Ctx, Languages { person, language }: &Languages) -> Result<String, Fault> {
    ctx.done(Request::ProfileLanguages { person: person.clone(), languages: in_order(ctx, language, &ctx.languages) }).await?;
    // In the language that was chosen, if the page has it.
    let words = Language::of(language).map_or(ctx.words, crate::words::Words::new);
    Ok(words.t("people-done-language"))
}

/// A language first, then those known before, then the catalog's.
fn in_order(ctx: &Ctx, first: &str, known: &[String]) -> Vec<String> {
    let catalog = ctx.catalog.as_ref().map(|shown| shown.catalog.languages.clone()).unwrap_or_default();
    let mut found = vec![first.to_owned()];
    for tag in known.iter().cloned().chain(catalog) {
        if found.len() < 8 && !found.contains(&tag) {
            found.push(tag);
        }
    }
    found
}

async fn withdraw(touch: Touch<Ends>) -> Response {
    let done = withdrew(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn withdrew(ctx: &Ctx, ends: &Ends) -> Result<String, Fault> {
    let profile = profile(ctx, &ends.person).await?;
    prove(ctx, &ends.person, &ends.pin).await?;
    ctx.done(Request::ConsentWithdraw { person: Some(ends.person.clone()), use_id: None, erase: ends.erase }).await?;
    let key = if ends.erase { "people-done-withdrawn-erase" } else { "people-done-withdrawn" };
    Ok(ctx.words.ta(key, &[("name", Var::Text(&profile.name))]))
}

async fn erase(touch: Touch<Ends>) -> Response {
    let done = erased(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn erased(ctx: &Ctx, ends: &Ends) -> Result<String, Fault> {
    let profile = profile(ctx, &ends.person).await?;
    if profile.assurance != "high" && profile.pin {
        prove(ctx, &ends.person, &ends.pin).await?;
    }
    ctx.done(Request::DataErase { person: Some(ends.person.clone()), use_id: None }).await?;
    Ok(ctx.words.ta("people-done-erased", &[("name", Var::Text(&profile.name))]))
}

async fn hand_over(touch: Touch<Over>) -> Response {
    let done = everything(&touch.ctx, Request::HandOver { kind: touch.fields.kind }).await;
    gone(touch, done)
}

async fn take_over(touch: Touch<Buyer>) -> Response {
    let done = took_over(&touch.ctx, &touch.fields).await;
    gone(touch, done)
}

/// What is gone has a page of its own; a refusal is shown where it was asked for.
fn gone<T>(mut touch: Touch<T>, done: Result<String, Fault>) -> Response {
    if done.is_ok() {
        let frame = &mut touch.reply.frame;
        (frame.back, frame.at) = ("/people/gone".to_owned(), "gone".to_owned());
    }
    touch.answer(done)
}

async fn took_over(ctx: &Ctx, Buyer { name, pin }: &Buyer) -> Result<String, Fault> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 40 {
        return Err(Fault::Invalid(ctx.words.t("people-invalid-name")));
    }
    check_pin(ctx, Some(pin))?;
    everything(ctx, Request::TakeOver { name: name.to_owned(), pin: pin.clone() }).await
}

/// Everything of everybody goes; the answer is a list, a line each.
async fn everything(ctx: &Ctx, request: Request) -> Result<String, Fault> {
    let words = ctx.words;
    let gone: Gone = ctx.data(request).await?;
    let counts = [
        ("people-gone-profiles", gone.profiles),
        ("people-gone-consents", gone.consents),
        ("people-gone-batches", gone.batches),
        ("people-gone-disclosures", gone.disclosures),
    ];
    let mut lines: Vec<String> = counts.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| words.ta(key, &[("n", Var::Count(n))])).collect();
    if lines.is_empty() {
        lines.push(words.t("people-gone-empty"));
    }
    let recipients = ctx.catalog.as_ref().map(|shown| shown.catalog.recipients.as_slice()).unwrap_or_default();
    let name = |id: &String| recipients.iter().find(|recipient| recipient.id == *id).map_or_else(|| id.clone(), |recipient| ctx.text(&recipient.name));
    lines.extend(gone.told.iter().map(|id| words.ta("people-gone-told", &[("recipient", Var::Text(&name(id)))])));
    if gone.told.is_empty() {
        lines.push(words.t("people-gone-none-told"));
    }
    Ok(lines.join("\n"))
}

async fn theft(touch: Touch<Begins>) -> Response {
    let key = if touch.fields.begins { "people-done-theft" } else { "people-done-theft-over" };
    let done = touch.ctx.done(Request::Theft { begins: touch.fields.begins }).await.map(|_| touch.ctx.words.t(key));
    touch.answer(done)
}

async fn private_trip(touch: Touch<Begins>) -> Response {
    let key = if touch.fields.begins { "people-done-private" } else { "people-done-private-over" };
    let done = touch.ctx.done(Request::PrivateTrip { begins: touch.fields.begins }).await.map(|_| touch.ctx.words.t(key));
    touch.answer(done)
}
