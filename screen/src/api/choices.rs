//! My choices: how every use stands, and every touch that changes it.
//!
//! Giving takes exactly the printed terms where nothing else is named. What ends is answered with what it did: how much of what
//! waited was destroyed, and that the recipient is being told.

use super::requests::{AnswerFields, Said};
use super::{Route, Touch, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::choices::{Choices, UseView, choices, one};
use crate::words::Var;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use consent_gatekeeper::control::{Request, Response as Answer, Terms};
use consent_gatekeeper::status::Status;
use consent_protocol::ledger::Cadence;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

const DAY_MS: i64 = 86_400_000;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/choices", "Every use and every category, and how each stands.", shape::<Choices>, || get(list)),
    Route::get("/api/1/choices/{use}", "One use in full: facts, terms on offer, what it may see, history.", shape::<UseView>, || get(view)),
    Route::post("/api/1/uses/{use}/give", "Gives consent, or changes its terms; what is left out is as printed.", shape::<Give>, || post(give)),
    Route::post("/api/1/uses/{use}/answer", "Answers for a use that nobody asked about, as a request is answered.", shape::<AnswerFields>, || post(answer)),
    Route::post("/api/1/uses/{use}/refuse", "Says no.", shape::<super::NoFields>, || post(refuse)),
    Route::post("/api/1/uses/{use}/withdraw", "Withdraws.", shape::<Withdraw>, || post(withdraw)),
    Route::post("/api/1/uses/{use}/object", "Objects (GDPR 21).", shape::<super::NoFields>, || post(object)),
    Route::post("/api/1/uses/{use}/restrict", "Restricts (GDPR 18).", shape::<super::NoFields>, || post(restrict)),
    Route::post("/api/1/uses/{use}/lift", "Lifts an objection or a restriction.", shape::<super::NoFields>, || post(lift)),
    Route::post("/api/1/withdraw-all", "Withdraws every consent of the driver.", shape::<Withdraw>, || post(withdraw_all)),
];

async fn list(ctx: Ctx) -> Response {
    json(choices(&ctx).await)
}

async fn view(Path(use_id): Path<String>, ctx: Ctx) -> Response {
    json(one(&ctx, &use_id).await)
}

/// Terms of a consent. A form sends texts, and one field for each category that it leaves ticked.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Give {
    /// Days until it ends; or, from a form, `keep` (as long as the yes in force), `trip`, `each_time`, or `date`.
    #[schemars(with = "Option<u32>")]
    days: Option<Loose>,
    /// The last day, as 2026-11-24, where `days` is `date`.
    date: Option<String>,
    /// Tier, 0 = coarsest.
    #[schemars(with = "Option<u8>")]
    tier: Option<Loose>,
    /// Category ids.
    categories: Option<Vec<String>>,
    /// `until`, `trip` or `each_time`.
    #[schemars(with = "Option<String>")]
    cadence: Option<Cadence>,
    /// From a form: the categories were shown, and those that come as `category-ID` are chosen.
    #[schemars(skip)]
    choose: Option<String>,
    #[serde(flatten)]
    #[schemars(skip)]
    rest: BTreeMap<String, serde_json::Value>,
}

/// A number, or the text of a form.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Loose {
    Number(u32),
    Text(String),
}

impl Loose {
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Give {
    fn terms(&self, ctx: &Ctx, use_id: &str) -> Result<Terms, Fault> {
        let (days, cadence) = self.lasts(ctx, use_id)?;
        let tier = self.tier.as_ref().map(Loose::text).filter(|tier| !tier.is_empty());
        let tier = tier.map(|tier| tier.parse().map_err(|_| Fault::Invalid("tier: a number from 0 expected".to_owned()))).transpose()?;
        Ok(Terms { tier, categories: self.chosen(), days, cadence: self.cadence.or(cadence), language: Some(ctx.words.language().tag().to_owned()) })
    }

    /// How long, and how often.
    fn lasts(&self, ctx: &Ctx, use_id: &str) -> Result<(Option<u32>, Option<Cadence>), Fault> {
        let days = self.days.as_ref().map(Loose::text).unwrap_or_default();
        match days.as_str() {
            "" => Ok((None, None)),
            "trip" => Ok((None, Some(Cadence::Trip))),
            "each_time" => Ok((None, Some(Cadence::EachTime))),
            "keep" => Ok((Some(days_left(ctx, use_id)), Some(Cadence::Until))),
            "date" => Ok((Some(days_until(self.date.as_deref().unwrap_or_default(), ctx.port.now_ms())?), Some(Cadence::Until))),
            number => {
                let days = number.parse().map_err(|_| Fault::Invalid("days: a number of days, trip, each_time or date expected".to_owned()))?;
                Ok((Some(days), Some(self.cadence.unwrap_or(Cadence::Until))))
            }
        }
    }

    fn chosen(&self) -> Option<Vec<String>> {
        if self.choose.is_some() {
            return Some(self.rest.keys().filter_map(|key| key.strip_prefix("category-")).map(str::to_owned).collect());
        }
        self.categories.clone()
    }
}

/// Days until the yes that is in force ends, at least one.
fn days_left(ctx: &Ctx, use_id: &str) -> u32 {
    let until_ms = crate::model::choices::status_of(ctx, use_id).and_then(|used| used.until_ms).unwrap_or_default();
    let left_ms = until_ms.saturating_sub(ctx.port.now_ms()).max(0);
    // Half a day either way: a change today and the yes of this morning end on the same date.
    u32::try_from(left_ms.saturating_add(DAY_MS / 2) / DAY_MS).unwrap_or_default().max(1)
}

/// Days from today to a date, by the calendar on the wall.
fn days_until(date: &str, now_ms: i64) -> Result<u32, Fault> {
    let invalid = || Fault::Invalid("date: a day after today expected, as 2026-11-24".to_owned());
    let last: jiff::civil::Date = date.parse().map_err(|_| invalid())?;
    let today = jiff::Timestamp::from_millisecond(now_ms).map_err(|_| invalid())?.to_zoned(jiff::tz::TimeZone::system()).date();
    let days = today.until((jiff::Unit::Day, last)).map_err(|_| invalid())?.get_days();
    u32::try_from(days).ok().filter(|days| *days > 0).ok_or_else(invalid)
}

/// How to withdraw.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Withdraw {
    /// Ask the recipient to erase what it has.
    #[serde(deserialize_with = "loose_bool")]
    erase: bool,
}

/// `true`, or the text of a form.
pub(crate) fn loose_bool<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Loose {
        Bool(bool),
        Text(String),
    }
    match Loose::deserialize(deserializer)? {
        Loose::Bool(value) => Ok(value),
        Loose::Text(text) => Ok(matches!(text.as_str(), "true" | "on" | "1")),
    }
}

async fn give(Path(use_id): Path<String>, touch: Touch<Give>) -> Response {
    let done = gave(&touch.ctx, &use_id, &touch.fields).await;
    touch.answer(done)
}

async fn gave(ctx: &Ctx, use_id: &str, fields: &Give) -> Result<String, Fault> {
    headline(ctx, use_id)?;
    let terms = fields.terms(ctx, use_id)?;
    if terms.categories.as_ref().is_some_and(Vec::is_empty) {
        return Err(Fault::Invalid(ctx.words.t("requests-invalid-categories")));
    }
    give_terms(ctx, use_id, terms).await
}

async fn give_terms(ctx: &Ctx, use_id: &str, terms: Terms) -> Result<String, Fault> {
    let headline = headline(ctx, use_id)?;
    ctx.done(Request::ConsentGive { person: None, use_id: use_id.to_owned(), terms }).await?;
    let after = status(ctx).await?;
    let until = after.uses.iter().find(|used| used.id == use_id).and_then(|used| used.until_ms).map(|until_ms| ctx.words.date(until_ms));
    Ok(match until {
        Some(date) => ctx.words.ta("choices-done-given", &[("headline", Var::Text(&headline)), ("date", Var::Text(&date))]),
        None => ctx.words.ta("choices-done-given-open", &[("headline", Var::Text(&headline))]),
    })
}

async fn answer(Path(use_id): Path<String>, touch: Touch<AnswerFields>) -> Response {
    let done = answered(&touch.ctx, &use_id, &touch.fields).await;
    touch.answer(done)
}

/// The same answers as to a request. "Later" changes nothing: nobody asked.
async fn answered(ctx: &Ctx, use_id: &str, fields: &AnswerFields) -> Result<String, Fault> {
    let used = ctx.used(use_id).ok_or(Fault::NotFound)?;
    let (said, _) = fields.said().ok_or_else(|| Fault::Invalid(ctx.words.t("requests-invalid-answer")))?;
    match said {
        Said::Allow => {
            let view = crate::model::requests::of_use(ctx, used).await.ok_or(Fault::NotFound)?;
            give_terms(ctx, use_id, fields.terms(&view, ctx.port.now_ms(), ctx.words)?).await
        }
        Said::Decline => ended(ctx, use_id, refusal(use_id), "choices-done-refused").await,
        Said::Later => Ok(ctx.words.t("choices-done-later")),
        Said::Never => {
            ctx.done(refusal(use_id)).await?;
            ctx.done(Request::AskingNever { use_id: use_id.to_owned(), never: true }).await?;
            Ok(ctx.words.t("choices-done-never"))
        }
    }
}

fn refusal(use_id: &str) -> Request {
    Request::ConsentRefuse { person: None, use_id: use_id.to_owned() }
}

async fn refuse(Path(use_id): Path<String>, touch: Touch<super::NoFields>) -> Response {
    let done = ended(&touch.ctx, &use_id, refusal(&use_id), "choices-done-refused").await;
    touch.answer(done)
}

async fn withdraw(Path(use_id): Path<String>, touch: Touch<Withdraw>) -> Response {
    let erase = touch.fields.erase;
    let key = if erase { "choices-done-withdrawn-erase" } else { "choices-done-withdrawn" };
    let request = Request::ConsentWithdraw { person: None, use_id: Some(use_id.clone()), erase };
    let done = ended(&touch.ctx, &use_id, request, key).await;
    touch.answer(done)
}

async fn object(Path(use_id): Path<String>, touch: Touch<super::NoFields>) -> Response {
    let request = Request::ConsentObject { person: None, use_id: use_id.clone(), restrict: false };
    let done = ended(&touch.ctx, &use_id, request, "choices-done-objected").await;
    touch.answer(done)
}

async fn restrict(Path(use_id): Path<String>, touch: Touch<super::NoFields>) -> Response {
    let request = Request::ConsentObject { person: None, use_id: use_id.clone(), restrict: true };
    let done = ended(&touch.ctx, &use_id, request, "choices-done-restricted").await;
    touch.answer(done)
}

async fn lift(Path(use_id): Path<String>, touch: Touch<super::NoFields>) -> Response {
    let done = lifted(&touch.ctx, &use_id).await;
    touch.answer(done)
}

async fn lifted(ctx: &Ctx, use_id: &str) -> Result<String, Fault> {
    let headline = headline(ctx, use_id)?;
    ctx.done(Request::ConsentLift { person: None, use_id: use_id.to_owned() }).await?;
    Ok(ctx.words.ta("choices-done-lifted", &[("headline", Var::Text(&headline))]))
}

async fn withdraw_all(touch: Touch<Withdraw>) -> Response {
    let done = withdrew_all(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn withdrew_all(ctx: &Ctx, &Withdraw { erase }: &Withdraw) -> Result<String, Fault> {
    let given = |status: &Status| status.uses.iter().filter(|used| used.consent.starts_with("given")).count();
    ctx.done(Request::ConsentWithdraw { person: None, use_id: None, erase }).await?;
    let after = status(ctx).await?;
    let ended = u64::try_from(given(&ctx.status).saturating_sub(given(&after))).unwrap_or_default();
    let destroyed = destroyed(&after).saturating_sub(destroyed(&ctx.status));
    let key = if erase { "choices-done-all-erase" } else { "choices-done-all" };
    Ok(ctx.words.ta(key, &[("uses", Var::Count(ended)), ("n", Var::Count(destroyed))]))
}

/// Ends something, and says what that did.
async fn ended(ctx: &Ctx, use_id: &str, request: Request, key: &str) -> Result<String, Fault> {
    let used = ctx.used(use_id).ok_or(Fault::NotFound)?;
    let recipient = ctx.recipient(used).map(|recipient| ctx.text(&recipient.name)).unwrap_or_default();
    ctx.done(request).await?;
    let of_use = |status: &Status| status.uses.iter().find(|used| used.id == use_id).map_or(0, |used| gone(&used.outcomes));
    let destroyed = of_use(&status(ctx).await?).saturating_sub(of_use(&ctx.status));
    let waited = ctx.words.ta("choices-done-destroyed", &[("n", Var::Count(destroyed))]);
    Ok(ctx.words.ta(key, &[("destroyed", Var::Text(&waited)), ("recipient", Var::Text(&recipient))]))
}

/// How the gate stands now, after a touch.
pub(crate) async fn status(ctx: &Ctx) -> Result<Status, Fault> {
    match ctx.port.ask(ctx.peer(), Request::Status).await {
        Answer::Status(status) => Ok(*status),
        Answer::Done { .. } | Answer::Data { .. } | Answer::Refused { .. } | Answer::Unrecorded { .. } => Err(Fault::Silent),
    }
}

fn headline(ctx: &Ctx, use_id: &str) -> Result<String, Fault> {
    ctx.used(use_id).map(|used| ctx.text(&used.texts.headline)).ok_or(Fault::NotFound)
}

fn gone(outcomes: &consent_gatekeeper::status::Outcomes) -> u64 {
    outcomes.purged.saturating_add(outcomes.purged_possibly_sent)
}

fn destroyed(status: &Status) -> u64 {
    gone(&status.outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Give {
        serde_json::from_value(serde_json::to_value(text.split('&').filter_map(|pair| pair.split_once('=')).collect::<BTreeMap<_, _>>()).unwrap()).unwrap()
    }

    #[test]
    fn a_form_chooses_categories_by_ticks_and_a_program_by_list() {
        assert_eq!(form("back=/&as=anna").chosen(), None, "nothing adjusted is as printed");
        assert_eq!(form("choose=1&category-location=on&category-road=on").chosen().unwrap(), ["location", "road"]);
        assert_eq!(form("choose=1").chosen().unwrap(), Vec::<String>::new(), "no tick is no category, not all");
        let program: Give = serde_json::from_str(r#"{"days":30,"tier":1,"categories":["location"],"cadence":"trip"}"#).unwrap();
        assert_eq!((program.chosen().unwrap(), program.cadence), (vec!["location".to_owned()], Some(Cadence::Trip)));
    }

    #[test]
    fn a_date_is_counted_in_days_and_never_today() {
        let noon_ms = 1_763_985_600_000;
        assert_eq!(days_until("2025-11-25", noon_ms), Ok(1));
        assert_eq!(days_until("2026-11-24", noon_ms), Ok(365));
        for wrong in ["2025-11-24", "2025-11-23", "", "24.11.2026", "9999-99-99"] {
            assert!(matches!(days_until(wrong, noon_ms), Err(Fault::Invalid(_))), "{wrong}");
        }
    }

    #[test]
    fn the_text_of_a_form_is_a_yes_only_where_it_says_so() {
        for (text, erase) in [(r#"{"erase":"on"}"#, true), (r#"{"erase":true}"#, true), (r#"{"erase":"no"}"#, false), ("{}", false)] {
            assert_eq!(serde_json::from_str::<Withdraw>(text).unwrap().erase, erase, "{text}");
        }
    }
}
