//! The table of routes, and the OpenAPI 3.1 document that is made from it.

use crate::ctx::Ctx;
use crate::serve::App;
use axum::routing::{MethodRouter, get};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The schema of a type, made when the document is.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// The [`Shape`] of a type.
pub(crate) fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The fields of a touch that has none of its own.
#[derive(Clone, Copy, Debug, serde::Deserialize, JsonSchema)]
pub(crate) struct NoFields {}

/// What a touch did.
#[derive(serde::Serialize, JsonSchema)]
pub(crate) struct Done {
    /// A sentence for the person.
    pub(crate) detail: String,
}

/// Why something was not done.
#[derive(serde::Serialize, JsonSchema)]
pub(crate) struct Refusal {
    /// A word of the closed list in docs/screen-api.md.
    pub(crate) error: String,
    /// A sentence for the person.
    pub(crate) detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
}

#[derive(Clone, Copy)]
enum Output {
    Json(Shape),
    /// Of this media type.
    File(&'static str),
}

/// One method of one path.
pub(crate) struct Route {
    /// Path, with `{name}` for what varies.
    pub(crate) path: &'static str,
    verb: Verb,
    about: &'static str,
    input: Option<Shape>,
    output: Output,
    handler: fn() -> MethodRouter<App>,
}

impl Route {
    /// A view.
    pub(crate) const fn get(path: &'static str, about: &'static str, view: Shape, handler: fn() -> MethodRouter<App>) -> Self {
        Self { path, verb: Verb::Get, about, input: None, output: Output::Json(view), handler }
    }

    /// A file to keep.
    pub(crate) const fn file(path: &'static str, about: &'static str, media: &'static str, handler: fn() -> MethodRouter<App>) -> Self {
        Self { path, verb: Verb::Get, about, input: None, output: Output::File(media), handler }
    }

    /// A touch with its fields; answers with [`Done`].
    pub(crate) const fn post(path: &'static str, about: &'static str, fields: Shape, handler: fn() -> MethodRouter<App>) -> Self {
        Self { path, verb: Verb::Post, about, input: Some(fields), output: Output::Json(shape::<Done>), handler }
    }

    /// A view that takes parameters in its query.
    pub(crate) const fn query(mut self, fields: Shape) -> Self {
        self.input = Some(fields);
        self
    }

    /// A touch that answers a program with something else than [`Done`].
    pub(crate) const fn gives(mut self, answer: Shape) -> Self {
        self.output = Output::Json(answer);
        self
    }

    /// What axum serves.
    pub(crate) fn handler(&self) -> MethodRouter<App> {
        (self.handler)()
    }
}

/// Routes of this section.
pub(crate) const ROUTES: &[Route] = &[Route::get("/api/1/openapi.json", "This document.", shape::<Document>, || get(document))];

/// The OpenAPI 3.1 document of this API.
#[derive(serde::Serialize, JsonSchema)]
struct Document {
    /// Version of OpenAPI.
    openapi: String,
    /// Title and version.
    info: Map<String, Value>,
    /// Every path of the API.
    paths: Map<String, Value>,
    /// Schemas, the answer to what is not done, and how to enter.
    components: Map<String, Value>,
    /// A session is needed everywhere.
    security: Vec<Value>,
}

async fn document(_ctx: Ctx) -> axum::Json<Value> {
    axum::Json(openapi())
}

/// Makes the document.
pub(crate) fn openapi() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut generator = settings.into_generator();
    let mut paths: Map<String, Value> = Map::new();
    for route in super::routes() {
        let verb = match route.verb {
            Verb::Get => "get",
            Verb::Post => "post",
        };
        let operation = operation(route, &mut generator);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(verb.to_owned(), operation);
        }
    }
    let refusal = shape::<Refusal>(&mut generator);
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Consent firewall: the privacy screen",
            "version": "1",
            "description": "What the people in the car see, decide and verify. Loopback only; a session's cookie is needed (docs/screen-api.md).",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": { "Refusal": { "description": "Not done, and why.", "content": { "application/json": { "schema": refusal } } } },
            "securitySchemes": { "screen": { "type": "apiKey", "in": "cookie", "name": crate::serve::COOKIE } },
        },
        "security": [{ "screen": [] }],
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> =
        names(route.path).map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })).collect();
    let (media, answer) = match route.output {
        Output::Json(shape) => ("application/json", Value::from(shape(generator))),
        Output::File(media) => (media, json!({ "type": "string" })),
    };
    let mut operation = json!({
        "summary": route.about,
        "responses": {
            "200": { "description": "OK", "content": { media: { "schema": answer } } },
            "default": { "$ref": "#/components/responses/Refusal" },
        },
    });
    match (route.verb, route.input) {
        (Verb::Get, Some(query)) => parameters.extend(query_parameters(query)),
        (Verb::Post, Some(fields)) => {
            let schema = json!({ "allOf": [Value::from(fields(generator)), Value::from(shape::<super::Frame>(generator))] });
            let body = json!({ "content": { "application/json": { "schema": schema }, "application/x-www-form-urlencoded": { "schema": schema } } });
            if let Some(operation) = operation.as_object_mut() {
                operation.insert("requestBody".to_owned(), body);
            }
        }
        (Verb::Get | Verb::Post, None) => {}
    }
    if let Some(operation) = operation.as_object_mut() {
        operation.insert("parameters".to_owned(), Value::Array(parameters));
    }
    operation
}

/// What varies in a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// A parameter for each field of a query.
fn query_parameters(query: Shape) -> Vec<Value> {
    let mut inline = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true).into_generator();
    let schema = Value::from(query(&mut inline));
    let required = |name: &str| schema.get("required").and_then(|names| names.as_array()).is_some_and(|names| names.iter().any(|known| known == name));
    let fields = schema.get("properties").and_then(|fields| fields.as_object()).into_iter().flatten();
    fields.map(|(name, field)| json!({ "name": name, "in": "query", "required": required(name), "schema": field })).collect()
}
