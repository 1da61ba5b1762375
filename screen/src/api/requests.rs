//! Requests and their answers, the first screen, and features that a person opens.

use super::{Route, Touch, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::requests::script::{Script, script};
use crate::model::requests::{self as model, FirstView, RequestView, RequestsView};
use crate::words::{Var, Words};
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use consent_gatekeeper::control::{Request, RequestAnswer, Terms};
use consent_gatekeeper::show::FirstChoice;
use consent_protocol::ledger::Cadence;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/requests", "Everything that waits for an answer of the driver.", shape::<RequestsView>, || get(list)),
    Route::get("/api/1/requests/{id}", "One request, with all that must be known before a yes.", shape::<RequestView>, || get(one)),
    Route::get("/api/1/requests/{id}/script", "The same facts and answers, for the car's speech output.", shape::<Script>, || get(spoken)),
    Route::post("/api/1/requests/{id}/answer", "Answers one: exactly the printed terms, or those chosen.", shape::<AnswerFields>, || post(answer)),
    Route::post("/api/1/requests/open", "The driver opened the feature that needs a use: it is asked for now.", shape::<OpenFields>, || post(open)),
    Route::get("/api/1/first", "The first screen, which asks nothing.", shape::<FirstView>, || get(first)),
    Route::post("/api/1/first", "Answers the first screen.", shape::<FirstFields>, || post(choose)),
];

async fn list(ctx: Ctx) -> Response {
    json(model::view(&ctx).await)
}

async fn one(Path(id): Path<u64>, ctx: Ctx) -> Response {
    json(model::one(&ctx, id).await)
}

async fn spoken(Path(id): Path<u64>, ctx: Ctx) -> Response {
    json(model::one(&ctx, id).await.map(|view| script(&view, ctx.words)))
}

async fn first(ctx: Ctx) -> Response {
    json(model::first(&ctx).await)
}

/// An answer. What is left out is as printed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct AnswerFields {
    /// `allow`, `decline`, `later` or `never`.
    #[serde(default)]
    answer: String,
    /// Days until it ends.
    days: Option<u32>,
    /// The last day, as `2027-01-31`; counts before `days`.
    #[serde(default)]
    until: String,
    /// As a form sends a duration: `trip`, or days.
    #[serde(default)]
    last: String,
    /// Tier; 0 = the coarsest.
    tier: Option<u8>,
    /// Category ids that it is limited to.
    categories: Option<Vec<String>>,
    /// `until`, `trip` or `each_time`.
    #[schemars(with = "Option<String>")]
    cadence: Option<Cadence>,
    /// The cadence that was printed when the person answered.
    #[schemars(with = "Option<String>")]
    printed: Option<Cadence>,
    /// Language of the text shown.
    language: Option<String>,
    /// As a form leaves categories out: `without_ID`.
    #[serde(flatten)]
    #[schemars(skip)]
    others: BTreeMap<String, serde_json::Value>,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Allow,
    Decline,
    Later,
    Never,
}

impl AnswerFields {
    pub(super) fn said(&self) -> Option<(Said, &'static str)> {
        match self.answer.as_str() {
            "allow" => Some((Said::Allow, "requests-done-allow")),
            "decline" => Some((Said::Decline, "requests-done-decline")),
            "later" => Some((Said::Later, "requests-done-later")),
            "never" => Some((Said::Never, "requests-done-never")),
            _ => None,
        }
    }

    /// The terms of a yes: what was chosen, and what was printed where nothing was.
    pub(super) fn terms(&self, view: &RequestView, now_ms: i64, words: Words) -> Result<Terms, Fault> {
        let this_trip = self.last == "trip" || self.cadence == Some(Cadence::Trip);
        let cadence = if this_trip { Cadence::Trip } else { self.cadence.or(self.printed).unwrap_or(view.printed.cadence) };
        Ok(Terms {
            tier: Some(self.tier.unwrap_or(view.printed.tier)),
            categories: Some(self.kept_categories(view, words)?),
            days: Some(self.days(now_ms, words)?.unwrap_or(view.printed.days)),
            cadence: Some(cadence),
            language: Some(self.language.clone().unwrap_or_else(|| view.language.clone())),
        })
    }

    fn days(&self, now_ms: i64, words: Words) -> Result<Option<u32>, Fault> {
        if !self.until.is_empty() {
            let invalid = || Fault::Invalid(words.t("requests-invalid-date"));
            let last: Date = self.until.parse().map_err(|_| invalid())?;
            return days_until(last, now_ms).map(Some).ok_or_else(invalid);
        }
        Ok(self.days.or_else(|| self.last.parse().ok()))
    }

    fn kept_categories(&self, view: &RequestView, words: Words) -> Result<Vec<String>, Fault> {
        let printed = || view.printed.categories.iter().map(|category| category.id.clone());
        let chosen: Vec<String> = match &self.categories {
            Some(chosen) => chosen.clone(),
            None => printed().filter(|id| !self.others.contains_key(&format!("without_{id}"))).collect(),
        };
        if chosen.iter().any(|id| !printed().any(|known| known == *id)) {
            return Err(Fault::Invalid(words.t("requests-invalid-category")));
        }
        if chosen.is_empty() { Err(Fault::Invalid(words.t("requests-invalid-categories"))) } else { Ok(chosen) }
    }
}

/// Whole days from today to a day that lies ahead.
fn days_until(last: Date, now_ms: i64) -> Option<u32> {
    let today = Timestamp::from_millisecond(now_ms).ok()?.to_zoned(TimeZone::system()).date();
    let days = today.until((Unit::Day, last)).ok()?.get_days();
    u32::try_from(days).ok().filter(|days| *days > 0)
}

async fn answer(Path(id): Path<u64>, touch: Touch<AnswerFields>) -> Response {
    let done = answered(&touch.ctx, id, &touch.fields).await;
    touch.answer(done)
}

async fn answered(ctx: &Ctx, id: u64, fields: &AnswerFields) -> Result<String, Fault> {
    let (said, key) = fields.said().ok_or_else(|| Fault::Invalid(ctx.words.t("requests-invalid-answer")))?;
    let view = model::one(ctx, id).await?;
    let answer = match said {
        Said::Allow => RequestAnswer::Allow(fields.terms(&view, ctx.port.now_ms(), ctx.words)?),
        Said::Decline => RequestAnswer::Decline,
        Said::Later => RequestAnswer::Defer,
        Said::Never => RequestAnswer::Never,
    };
    ctx.done(Request::RequestsAnswer { id, answer }).await?;
    Ok(ctx.words.ta(key, &[("headline", Var::Text(&view.headline))]))
}

/// A feature that needs a use.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct OpenFields {
    /// Use id.
    #[serde(rename = "use")]
    use_id: String,
}

async fn open(touch: Touch<OpenFields>) -> Response {
    let opened = touch.ctx.done(Request::RequestsOpen { use_id: touch.fields.use_id.clone() }).await;
    let done = opened.map(|_| touch.ctx.words.t("requests-done-open"));
    touch.answer(done)
}

/// What the driver does with the first screen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub(crate) struct FirstFields {
    /// `now` or `later`.
    choose: FirstChoice,
}

async fn choose(touch: Touch<FirstFields>) -> Response {
    let choose = touch.fields.choose;
    let key = match choose {
        FirstChoice::Now => "requests-done-first-now",
        FirstChoice::Later => "requests-done-first-later",
    };
    let done = touch.ctx.done(Request::FirstStart { choose }).await.map(|_| touch.ctx.words.t(key));
    touch.answer(done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::requests::sample;
    use crate::words::Language;

    /// 24 November 2025, 12:00 UTC.
    const NOW_MS: i64 = 1_763_985_600_000;

    fn words() -> Words {
        Words::new(Language::En)
    }

    fn form(query: &str) -> AnswerFields {
        let uri: axum::http::Uri = format!("/?{query}").parse().unwrap();
        axum::extract::Query::<AnswerFields>::try_from_uri(&uri).unwrap().0
    }

    fn terms(query: &str) -> Terms {
        form(query).terms(&sample(), NOW_MS, words()).unwrap()
    }

    fn printed() -> Terms {
        Terms {
            tier: Some(0),
            categories: Some(vec!["location".to_owned(), "road".to_owned()]),
            days: Some(365),
            cadence: Some(Cadence::Until),
            language: Some("de".to_owned()),
        }
    }

    #[test]
    fn r8_who_chooses_nothing_accepts_exactly_what_is_printed() {
        assert_eq!(terms("answer=allow&back=%2Frequests&at=traffic&as=anna&until=&language=de&printed=until"), printed());
        let json: AnswerFields = serde_json::from_str("{\"answer\": \"allow\"}").unwrap();
        assert_eq!(json.terms(&sample(), NOW_MS, words()).unwrap(), printed());
    }

    #[test]
    fn what_is_chosen_holds_and_the_rest_stays_as_printed() {
        let chosen = terms("answer=allow&last=30&tier=1&without_location=1&until=&printed=until");
        assert_eq!(chosen, Terms { tier: Some(1), categories: Some(vec!["road".to_owned()]), days: Some(30), ..printed() });
        assert_eq!(terms("answer=allow&last=trip&cadence=each_time"), Terms { cadence: Some(Cadence::Trip), ..printed() });
        assert_eq!(terms("answer=allow&printed=each_time"), Terms { cadence: Some(Cadence::EachTime), ..printed() });
        assert_eq!(terms("answer=allow&printed=each_time&cadence=until"), printed());
        assert_eq!(terms("answer=allow&last=30&until=2025-12-01"), Terms { days: Some(7), ..printed() });
        let json: AnswerFields = serde_json::from_str("{\"answer\": \"allow\", \"categories\": [\"road\"], \"days\": 9, \"language\": \"en\"}").unwrap();
        let expected = Terms { categories: Some(vec!["road".to_owned()]), days: Some(9), language: Some("en".to_owned()), ..printed() };
        assert_eq!(json.terms(&sample(), NOW_MS, words()).unwrap(), expected);
    }

    #[test]
    fn what_is_not_on_offer_is_refused_in_words() {
        let refused = |query: &str| form(query).terms(&sample(), NOW_MS, words()).unwrap_err();
        for (query, key) in [
            ("answer=allow&without_location=1&without_road=1", "requests-invalid-categories"),
            ("answer=allow&until=2025-11-24", "requests-invalid-date"),
            ("answer=allow&until=soon", "requests-invalid-date"),
        ] {
            assert_eq!(refused(query), Fault::Invalid(words().t(key)));
        }
        let json: AnswerFields = serde_json::from_str("{\"answer\": \"allow\", \"categories\": [\"voice\"]}").unwrap();
        assert_eq!(json.terms(&sample(), NOW_MS, words()).unwrap_err(), Fault::Invalid(words().t("requests-invalid-category")));
        assert!(form("answer=yes").said().is_none() && form("").said().is_none(), "only the four answers are answers");
    }
}
