//! Trust: the ledger, its verification, checkpoints, receipts.

use super::data::download;
use super::{Route, fault_json, json, shape};
use crate::ctx::Ctx;
use crate::fault::Fault;
use crate::model::trust::receipt::{ReceiptView, receipt};
use crate::model::trust::{CheckpointView, Kept, TrustView, Verified, checkpoint, compare, trust, verified};
use crate::pages::trust::{receipt_text, verifier};
use crate::qr;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use consent_gatekeeper::control::Request;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const SVG: &str = "image/svg+xml";
const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[
    Route::get("/api/1/trust", "The ledger backwards, and what can be checked of recipients and catalog.", shape::<TrustView>, || get(ledger))
        .query(shape::<Page>),
    Route::get("/api/1/trust/verify", "The agent checks its whole chain.", shape::<Verified>, || get(verify)),
    Route::get("/api/1/trust/export", "The whole chain with what the driver may read, for a verifier (docs/wire.md, section 10).", shape::<Exported>, || {
        get(export)
    }),
    Route::get("/api/1/trust/checkpoint", "The head of the ledger, to keep.", shape::<CheckpointView>, || get(head)),
    Route::file("/api/1/trust/checkpoint.svg", "The same as QR code.", SVG, || get(head_svg)),
    Route::get("/api/1/trust/compare", "How a checkpoint that was kept stands to this ledger.", shape::<Compared>, || get(compared)).query(shape::<KeptText>),
    Route::file("/api/1/trust/verifier.html", "A page that verifies an exported ledger without the car.", HTML, || get(verifier_file)),
    Route::get("/api/1/receipts/{entry}", "The receipt of a consent event, for its person alone.", shape::<ReceiptView>, || get(one)),
    Route::file("/api/1/receipts/{entry}/receipt.svg", "The same as QR code.", SVG, || get(one_svg)),
    Route::file("/api/1/receipts/{entry}/receipt.txt", "The same as text.", TEXT, || get(one_text)),
];

/// A page of the ledger.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Page {
    /// Only entries before this number.
    before: Option<u64>,
}

/// A checkpoint that was kept.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct KeptText {
    /// Its text.
    kept: String,
}

/// What a comparison found.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Compared {
    /// How it stands.
    kept: Kept,
}

/// The chain.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Exported {
    /// Version of this shape.
    version: u32,
    /// Public key of the ledger, hexadecimal.
    public_key: String,
    /// Entries: `envelope` (bytes), `body` (none, or salt and body as bytes).
    entries: Vec<serde_json::Value>,
}

async fn ledger(ctx: Ctx, Query(page): Query<Page>) -> Response {
    json(trust(&ctx, page.before).await)
}

async fn verify(ctx: Ctx) -> Response {
    json(verified(&ctx).await)
}

async fn export(ctx: Ctx) -> Response {
    let exported: Result<Exported, Fault> = ctx.data(Request::LedgerExport).await;
    match exported.map(|exported| serde_json::to_string(&exported)) {
        Ok(Ok(text)) => download("application/json", "ledger.json", Body::from(text)),
        Ok(Err(_)) => fault_json(&Fault::Silent),
        Err(fault) => fault_json(&fault),
    }
}

async fn head(ctx: Ctx) -> Response {
    json(checkpoint(&ctx).await)
}

async fn head_svg(ctx: Ctx) -> Response {
    let text = checkpoint(&ctx).await.map(|checkpoint| checkpoint.text);
    image(&ctx, text, "trust-checkpoint-qr")
}

async fn compared(ctx: Ctx, Query(text): Query<KeptText>) -> Response {
    json(compare(&ctx, &text.kept).await.map(|kept| Compared { kept }))
}

async fn verifier_file(ctx: Ctx) -> Response {
    download(HTML, "ledger-verifier.html", Body::from(verifier(ctx.words)))
}

async fn one(Path(entry): Path<u64>, ctx: Ctx) -> Response {
    json(receipt(&ctx, entry).await)
}

async fn one_svg(Path(entry): Path<u64>, ctx: Ctx) -> Response {
    let text = receipt(&ctx, entry).await.map(|receipt| receipt.text);
    image(&ctx, text, "trust-receipt-qr")
}

async fn one_text(Path(entry): Path<u64>, ctx: Ctx) -> Response {
    match receipt(&ctx, entry).await {
        Ok(receipt) => download(TEXT, &format!("receipt-{entry}.txt"), Body::from(receipt_text(&ctx, &receipt))),
        Err(fault) => fault_json(&fault),
    }
}

fn image(ctx: &Ctx, text: Result<String, Fault>, label: &str) -> Response {
    match text.map(|text| qr::svg(&text, &ctx.words.t(label))) {
        Ok(Some(svg)) => ([(header::CONTENT_TYPE, SVG), (header::CACHE_CONTROL, "no-store")], svg.into_string()).into_response(),
        Ok(None) => fault_json(&Fault::NotFound),
        Err(fault) => fault_json(&fault),
    }
}
