//! The OpenAPI document of the table of routes.
//!
//! schemars makes the schemas, as it does for the records: utoipa would build every procedural macro
//! of the tree anew, for attributes that a route's line in the table says as well.

use axum::routing::MethodRouter;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::{App, Problem};
use crate::serve::guard::COOKIE;

/// What a request or an answer holds.
#[derive(Clone, Copy)]
pub enum Body {
    /// Nothing.
    None,
    /// Text or bytes of a kind.
    Text(&'static str),
    /// JSON: the schema's name and its maker.
    Json(&'static str, fn(&mut SchemaGenerator) -> Schema),
}

impl Body {
    /// JSON of a type.
    pub fn of<T: JsonSchema>(name: &'static str) -> Self {
        Self::Json(name, T::json_schema)
    }
}

/// One route: who answers, and what it says of itself.
pub struct Route {
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// Whether it answers without a token.
    pub open: bool,
    /// Who answers.
    pub handler: MethodRouter<App>,
    method: &'static str,
    summary: &'static str,
    query: &'static [&'static str],
    takes: Body,
    answers: Vec<(u16, Body)>,
}

impl Route {
    /// A route that takes a token and no body.
    pub fn new(method: &'static str, path: &'static str, handler: MethodRouter<App>) -> Self {
        Self {
            path,
            open: false,
            handler,
            method,
            summary: "",
            query: &[],
            takes: Body::None,
            answers: Vec::new(),
        }
    }

    /// It answers without a token.
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// What it is for.
    pub fn says(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Parameters behind the question mark.
    pub fn asks(mut self, query: &'static [&'static str]) -> Self {
        self.query = query;
        self
    }

    /// The body of its request.
    pub fn takes(mut self, body: Body) -> Self {
        self.takes = body;
        self
    }

    /// An answer.
    pub fn answers(mut self, status: u16, body: Body) -> Self {
        self.answers.push((status, body));
        self
    }

    /// Problems it may answer with.
    pub fn fails(mut self, statuses: &[u16]) -> Self {
        let problem = Body::of::<Problem>("Problem");
        let answers = statuses.iter().map(|&status| (status, problem));
        self.answers.extend(answers);
        self
    }
}

/// The document, OpenAPI 3.1.
pub fn document(routes: &[Route]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for route in routes {
        let mut content = |body: Body| match body {
            Body::None => None,
            Body::Text(kind) => Some(json!({ kind: { "schema": { "type": "string" } } })),
            Body::Json(name, make) => {
                let schema = make(&mut generator);
                schemas.insert(name.to_owned(), schema.to_value());
                let kind = if name == "Problem" {
                    "application/problem+json"
                } else {
                    "application/json"
                };
                let schema = format!("#/components/schemas/{name}");
                Some(json!({ kind: { "schema": { "$ref": schema } } }))
            }
        };
        let mut answers = Map::new();
        let unknown = (!route.open).then(|| (401, Body::of::<Problem>("Problem")));
        // Who is known may be a viewer still.
        let changes = !route.open && route.method != "get";
        let viewer = changes.then(|| (403, Body::of::<Problem>("Problem")));
        for &(status, body) in route.answers.iter().chain(&unknown).chain(&viewer) {
            let code = axum::http::StatusCode::from_u16(status);
            let text = code.ok().and_then(|code| code.canonical_reason());
            let mut answer = json!({ "description": text.unwrap_or("Answer") });
            if let Some(content) = content(body) {
                answer["content"] = content;
            }
            answers.insert(status.to_string(), answer);
        }
        let mut operation = json!({
            "summary": route.summary,
            "parameters": parameters(route),
            "responses": answers,
        });
        if let Some(content) = content(route.takes) {
            operation["requestBody"] = json!({ "required": true, "content": content });
        }
        if route.open {
            operation["security"] = json!([]);
        }
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method] = operation;
    }
    schemas.extend(generator.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "AliyarFace",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Reads the faces in pictures of a camera or a file. Errors are RFC 9457's.",
        },
        "security": [{ "token": [] }, { "cookie": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": COOKIE },
            },
        },
    })
}

fn parameters(route: &Route) -> Vec<Value> {
    let named = route.path.split('{').skip(1);
    let named = named.filter_map(|part| part.split('}').next());
    let named = named.map(|name| {
        json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
    });
    let asked = route.query.iter().map(|&name| {
        let schema = if matches!(name, "name" | "exclude") {
            json!({ "type": "string" })
        } else {
            json!({ "type": "integer", "minimum": 0 })
        };
        json!({ "name": name, "in": "query", "required": false, "schema": schema })
    });
    named.chain(asked).collect()
}
