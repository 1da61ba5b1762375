//! My data: what left, what recipients say, a copy of it, and its erasure.

use super::{Route, Touch, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::data::export::{self, Form};
use crate::model::data::{DataView, Filter, ReportsView, UseDataView, all, erasable_uses, of_use, owner, reports};
use crate::words::Var;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use consent_gatekeeper::control::Request;
use schemars::JsonSchema;
use serde::Deserialize;

const JSON: &str = "application/json";
const CSV: &str = "text/csv; charset=utf-8; header=present";
const JSON_LD: &str = "application/ld+json";

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/data", "Everything of the driver that left, as it was sent, newest first.", shape::<DataView>, || get(everything))
        .query(shape::<Filter>),
    Route::file("/api/1/data/export.json", "Everything of the driver that left, in one file (docs/export.md).", JSON, || get(export_json))
        .query(shape::<OneUse>),
    Route::file("/api/1/data/export.csv", "The same as a table, one row a value.", CSV, || get(export_csv)).query(shape::<OneUse>),
    Route::file("/api/1/data/consents.jsonld", "The driver's consent records, ISO/IEC TS 27560 with DPV terms, without secrets.", JSON_LD, || get(consents)),
    Route::get("/api/1/data/{use}", "What left for one use, what it was before the gate, and what the recipient says of it.", shape::<UseDataView>, || {
        get(one)
    })
    .query(shape::<Page>),
    Route::get("/api/1/reports", "What each recipient says that it holds, derived, did and deleted.", shape::<ReportsView>, || get(said)),
    Route::post("/api/1/data/erase", "Asks recipients to erase, and destroys what is in the car.", shape::<Erase>, || post(erase)),
];

/// A page of what left for one use.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Page {
    /// Only what was answered for before this time, Unix milliseconds.
    before: Option<i64>,
}

/// All uses, or one.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct OneUse {
    /// Use id; none = all.
    #[serde(rename = "use")]
    use_id: Option<String>,
}

/// What is to be erased: exactly one of the three.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Erase {
    /// What one use got; its consent ends.
    #[serde(rename = "use")]
    use_id: Option<String>,
    /// What one recipient got; consents for all its uses end.
    recipient: Option<String>,
    /// `all_of_mine`: everything of the driver, the profile too.
    all: Option<String>,
}

/// What has to stand in `all`, so that no stray touch erases everything.
pub(crate) const ALL_OF_MINE: &str = "all_of_mine";

async fn everything(ctx: Ctx, Query(filter): Query<Filter>) -> Response {
    json(all(&ctx, filter).await)
}

async fn one(Path(use_id): Path<String>, ctx: Ctx, Query(page): Query<Page>) -> Response {
    json(of_use(&ctx, &use_id, page.before).await)
}

async fn said(ctx: Ctx) -> Response {
    json(match owner(&ctx) {
        Ok(_) => reports(&ctx).await,
        Err(fault) => Err(fault),
    })
}

async fn export_json(ctx: Ctx, Query(only): Query<OneUse>) -> Response {
    streamed(ctx, only, Form::Json, JSON, "my-data.json")
}

async fn export_csv(ctx: Ctx, Query(only): Query<OneUse>) -> Response {
    streamed(ctx, only, Form::Csv, CSV, "my-data.csv")
}

fn streamed(ctx: Ctx, only: OneUse, form: Form, media: &'static str, name: &str) -> Response {
    match export::sent(ctx, only.use_id, form) {
        Ok(stream) => download(media, name, Body::from_stream(stream)),
        Err(fault) => json::<()>(Err(fault)),
    }
}

async fn consents(ctx: Ctx) -> Response {
    match export::consents(&ctx).await {
        Ok(records) => download(JSON_LD, "my-consents.jsonld", Body::from(records.to_string())),
        Err(fault) => json::<()>(Err(fault)),
    }
}

/// A file to keep.
pub(crate) fn download(media: &'static str, name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition), (header::CACHE_CONTROL, "no-store".to_owned())], body)
        .into_response()
}

async fn erase(touch: Touch<Erase>) -> Response {
    let done = erased(&touch.ctx, &touch.fields).await;
    touch.answer(done)
}

async fn erased(ctx: &Ctx, fields: &Erase) -> Result<String, Fault> {
    let person = owner(ctx)?;
    let request = |use_id: Option<String>| Request::DataErase { person: Some(person.clone()), use_id };
    match (&fields.use_id, &fields.recipient, fields.all.as_deref()) {
        (Some(use_id), None, None) => {
            ctx.done(request(Some(use_id.clone()))).await?;
            Ok(ctx.words.t("data-erase-done"))
        }
        (None, Some(recipient), None) => {
            let uses = erasable_uses(ctx, recipient);
            if uses.is_empty() {
                return Err(Fault::NotFound);
            }
            let count = u64::try_from(uses.len()).unwrap_or_default();
            for use_id in uses {
                ctx.done(request(Some(use_id))).await?;
            }
            Ok(ctx.words.ta("data-erase-recipient-done", &[("n", Var::Count(count))]))
        }
        (None, None, Some(ALL_OF_MINE)) => {
            ctx.done(request(None)).await?;
            Ok(ctx.words.t("data-erase-all-done"))
        }
        _ => Err(Fault::Invalid("one of use, recipient, or all = all_of_mine expected".to_owned())),
    }
}
