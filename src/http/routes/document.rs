//! The description of the API: what the list of routes and the handlers say, and what is true of all of them.

use super::line::{Cache, Listed};
use crate::domain::Right;
use crate::http::error::{ErrorBody, ErrorEnvelope};
use std::collections::HashMap;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, Ref, RefOr, ResponseBuilder, Server, tag::TagBuilder,
};
use utoipa::{PartialSchema, ToSchema};

/// The `OpenAPI` 3.1 document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let routes: HashMap<(String, String), Listed> =
        super::listed().into_iter().map(|route| ((route.path.clone(), route.method.clone()), route)).collect();
    let mut document = super::described().into_openapi();
    document.info = InfoBuilder::new()
        .title("Soundings")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(
            LicenseBuilder::new().name(env!("CARGO_PKG_LICENSE")).identifier(Some("MIT OR Apache-2.0")).build(),
        ))
        .build();
    document.servers = Some(vec![Server::new("/")]);
    document.tags = Some(
        TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()).collect(),
    );
    let components = document.components.get_or_insert_default();
    for (name, schema) in [(ErrorEnvelope::name(), ErrorEnvelope::schema()), (ErrorBody::name(), ErrorBody::schema())] {
        components.schemas.insert(name.into_owned(), schema);
    }
    let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).description(Some(TOKEN)).build();
    components.security_schemes.insert("bearer".to_owned(), RefOr::T(SecurityScheme::Http(bearer)));
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            if let Some(route) = routes.get(&(path.clone(), method.to_owned())) {
                complete(operation, route);
            }
        }
    }
    document
}

/// What the document says first.
const ABOUT: &str = "What people say about you, read on your own machine: items, their sentiment and emotion, search, \
    figures and jobs.\n\nA success is `{\"data\", \"metadata\"}`, an error is `{\"error\": {\"code\", \"message\", \"details\", \
    \"request_id\"}}`. Reads carry an `ETag`; send it back as `If-None-Match` and an unchanged answer costs nothing.";

const TOKEN: &str = "Needed where the server was started with `--token` or `SOUNDINGS_TOKEN`. The word behind it is the right \
    that the token must have: the token has all of them, the one of `--read-token` has `read` and `monitor`.";

const TAGS: &[(&str, &str)] = &[
    ("imports", "Files: preview, import, follow, see the rejected rows, undo."),
    ("jobs", "Background work: list, follow, cancel, retry."),
    ("items", "What was said: list, read, correct, delete, export."),
    ("search", "Words, meaning, or both."),
    ("figures", "Distributions, timelines, facets and totals. All take the filter."),
    (
        "model",
        "Models: which there are, whose labels count, how two agree. And texts that are read without being stored.",
    ),
    ("collections", "Companies, products or topics that items belong to."),
    ("events", "What happens, as it happens."),
    ("state", "Health, figures of the program, this document."),
];

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    let all = [
        ("GET", get),
        ("HEAD", head),
        ("PUT", put),
        ("POST", post),
        ("DELETE", delete),
        ("OPTIONS", options),
        ("PATCH", patch),
        ("TRACE", trace),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// The answers that every operation of its shape can give, and the token.
fn complete(operation: &mut Operation, route: &Listed) {
    let Listed { method, path, right, cache, .. } = route;
    let about_itself = path == "/api/docs" || path == "/api/openapi.json";
    let open = *right == Right::Open;
    let writes = !matches!(method.as_str(), "GET" | "HEAD");
    let has_id = path.contains('{');
    let body = operation.request_body.is_some();
    let keyed = operation.parameters.iter().flatten().any(|given| match given {
        RefOr::T(parameter) => parameter.name == "Idempotency-Key",
        RefOr::Ref(_) => false,
    });
    if *cache != Cache::Never {
        let response = ResponseBuilder::new().description("It has not changed since the `ETag` of `If-None-Match`.");
        operation.responses.responses.insert("304".to_owned(), RefOr::T(response.build()));
    }
    let possible = [
        // Also where there are no parameters: one that the route does not know is refused.
        (!about_itself, "400", "A parameter or the body is wrong; the message names it and what is allowed."),
        (!open, "401", "The token is missing or wrong."),
        (open, "403", "The Host or Origin header is not this server's."),
        (!open, "403", "The token may not do this, or the Host or Origin header is not this server's."),
        (has_id, "404", "There is nothing with that id or name."),
        (body, "408", "The body stopped arriving, or came too slowly."),
        (body, "413", "The body is larger than the limit."),
        (body, "415", "The content type is not taken here."),
        (keyed, "409", "The Idempotency-Key came with another request before."),
        (!open, "429", "Too many wrong tokens from this address; `Retry-After` says when to try again."),
        (!open, "500", "Our mistake; the log has it under the request id."),
        (open, "503", "Shutting down; later may work."),
        (!open, "503", "Busy, shutting down, or too slow; later may work."),
        (writes, "507", "The disk is full; nothing was changed."),
    ];
    for (applies, status, about) in possible {
        if applies && !operation.responses.responses.contains_key(status) {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorEnvelope::name()))).build();
            let response = ResponseBuilder::new().description(about).content("application/json", content).build();
            operation.responses.responses.insert(status.to_owned(), RefOr::T(response));
        }
    }
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if parameter.name != "id" {
            continue;
        }
        let uuid = SchemaFormat::Custom("uuid".to_owned());
        let schema = ObjectBuilder::new().schema_type(Type::String).format(Some(uuid)).build();
        parameter.schema = Some(RefOr::T(schema.into()));
    }
    if !open {
        // Either: without a token set on the server, none is needed.
        operation.security =
            Some(vec![SecurityRequirement::default(), SecurityRequirement::new("bearer", [right.as_str()])]);
    }
}
