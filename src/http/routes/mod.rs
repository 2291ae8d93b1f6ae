//! The routes, and the document that describes them: both are made from the same list.

mod analyze;
mod collections;
mod corrections;
mod docs;
mod events;
mod export;
mod health;
mod imports;
mod items;
mod jobs;
mod metrics;
mod models;
mod search;
mod sentiment;
mod tune;

use super::error::{ErrorBody, ErrorEnvelope};
use super::state::Api;
use super::{HttpOptions, assets, cache, guard, observe};
use crate::app::App;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension};
use axum::middleware::from_fn;
use axum::routing::get;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, Ref, RefOr, ResponseBuilder, Server, tag::TagBuilder,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Everything that is served: API, documentation, figures and page.
pub fn router(app: App, options: HttpOptions) -> Router {
    router_of(Api::new(app, options))
}

/// The same, of what the connections know too.
pub(super) fn router_of(api: Api) -> Router {
    let (described, _) = described().split_for_parts();
    let mut router =
        described.route("/favicon.svg", get(assets::favicon)).route("/assets/{digest}/{*path}", get(assets::asset));
    for path in assets::PAGES {
        router = router.route(path, get(assets::page));
    }
    router
        .fallback(assets::unknown)
        .method_not_allowed_fallback(|| async { observe::method_not_allowed() })
        .with_state(api.clone())
        .layer(from_fn(guard::guard))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn(observe::observe))
        .layer(Extension(api))
        // The fastest level: a page of items shrinks to a sixth in a millisecond, and to a seventh in five.
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest))
}

/// The `OpenAPI` 3.1 document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = described().into_openapi();
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
        let reads = [&item.get, &item.head].into_iter().flatten().count();
        for (nth, operation) in operations(item).enumerate() {
            complete(operation, path, nth >= reads);
        }
    }
    document
}

/// What the document says first.
const ABOUT: &str = "What people say about you, read on your own machine: items, their sentiment and emotion, search, \
    figures and jobs.\n\nA success is `{\"data\", \"metadata\"}`, an error is `{\"error\": {\"code\", \"message\", \"details\", \
    \"request_id\"}}`. Reads carry an `ETag`; send it back as `If-None-Match` and an unchanged answer costs nothing.";

const TOKEN: &str = "Needed where the server was started with `--token` or `SOUNDINGS_TOKEN`.";

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

/// Every route with its description.
fn described() -> OpenApiRouter<Api> {
    // Pure data reads: cached by the data's revision.
    let data = OpenApiRouter::new()
        .routes(routes!(items::list_items))
        .routes(routes!(items::get_item))
        .routes(routes!(items::similar_items))
        .routes(routes!(corrections::list_corrections))
        .routes(routes!(search::search))
        .routes(routes!(sentiment::sentiment_distribution))
        .routes(routes!(sentiment::sentiment_aggregate))
        .routes(routes!(sentiment::emotion_distribution))
        .routes(routes!(sentiment::facets))
        .routes(routes!(collections::list_collections))
        .routes(routes!(metrics::summary))
        .routes(routes!(models::compare_models))
        .layer(from_fn(cache::by_data_revision));
    // Reads that move while the data stands still: tagged by their contents.
    let live = OpenApiRouter::new()
        .routes(routes!(imports::list_imports))
        .routes(routes!(imports::get_import))
        .routes(routes!(jobs::list_jobs))
        .routes(routes!(jobs::get_job))
        .routes(routes!(models::list_models))
        .routes(routes!(models::get_model))
        .routes(routes!(tune::get_tuning))
        .layer(from_fn(cache::by_content));
    let quick = OpenApiRouter::new()
        .routes(routes!(jobs::cancel_job))
        .routes(routes!(jobs::retry_job))
        .routes(routes!(jobs::reindex))
        .routes(routes!(analyze::analyze))
        .routes(routes!(analyze::embed))
        .routes(routes!(corrections::correct_item, corrections::undo_correction))
        .routes(routes!(tune::start_tuning))
        .routes(routes!(tune::discard_model))
        .routes(routes!(collections::create_collection))
        .routes(routes!(collections::rename_collection))
        .routes(routes!(health::health))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .merge(data)
        .merge(live)
        .layer(from_fn(observe::limit_time));
    // As long as a file, a deletion, the loading of a model or a listener lasts.
    let long = OpenApiRouter::new()
        .routes(routes!(imports::start_import))
        .routes(routes!(imports::preview_import))
        .layer(DefaultBodyLimit::disable())
        .routes(routes!(imports::start_demo))
        .routes(routes!(imports::undo_import))
        .routes(routes!(imports::fold_import))
        .routes(routes!(imports::rejected_csv))
        .routes(routes!(items::delete_item))
        .routes(routes!(items::delete_items))
        .routes(routes!(collections::delete_collection))
        .routes(routes!(models::add_model))
        .routes(routes!(models::remove_model))
        .routes(routes!(models::relabel_model))
        .routes(routes!(models::set_default_model))
        .routes(routes!(models::set_challenger))
        .routes(routes!(models::stop_challenger))
        .routes(routes!(models::reanalyze))
        .routes(routes!(tune::promote_model))
        .routes(routes!(tune::roll_back))
        .routes(routes!(export::export))
        .routes(routes!(events::events));
    OpenApiRouter::new()
        .nest("/api/v1", quick.merge(long))
        .routes(routes!(metrics::prometheus))
        .routes(routes!(docs::document))
        .routes(routes!(docs::page))
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    // Those that only read come first.
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, head, put, post, delete, options, patch, trace].into_iter().filter_map(Option::as_mut)
}

/// The answers that every operation of its shape can give, and the token.
fn complete(operation: &mut Operation, path: &str, writes: bool) {
    let about_itself = path == "/api/docs" || path == "/api/openapi.json";
    let open = about_itself || path == "/api/v1/health/live";
    let has_id = path.contains('{');
    let body = operation.request_body.is_some();
    let never_kept = ["/events", "/export", "/rejected.csv", "/health", "/live", "/ready", "/metrics"];
    if !writes && !about_itself && !never_kept.iter().any(|end| path.ends_with(end)) {
        let response = ResponseBuilder::new().description("It has not changed since the `ETag` of `If-None-Match`.");
        operation.responses.responses.insert("304".to_owned(), RefOr::T(response.build()));
    }
    let possible = [
        // Also where there are no parameters: one that the route does not know is refused.
        (!about_itself, "400", "A parameter or the body is wrong; the message names it and what is allowed."),
        (!open, "401", "The token is missing or wrong."),
        (true, "403", "The Host or Origin header is not this server's."),
        (has_id, "404", "There is nothing with that id or name."),
        (body, "408", "The body stopped arriving, or came too slowly."),
        (body, "413", "The body is larger than the limit."),
        (body, "415", "The content type is not taken here."),
        (!open, "429", "Too many wrong tokens from this address; `Retry-After` says when to try again."),
        (!open, "500", "Our mistake; the log has it under the request id."),
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
            Some(vec![SecurityRequirement::default(), SecurityRequirement::new("bearer", [] as [&str; 0])]);
    }
}
