//! The routes: one file per resource, one list of all of them, and what is made of it.

mod analyze;
mod collections;
mod corrections;
mod docs;
mod document;
mod events;
mod export;
mod health;
mod imports;
mod items;
mod jobs;
mod line;
mod list;
mod metrics;
mod models;
mod search;
mod sentiment;
mod tune;

pub use document::openapi;
pub use line::{Cache, Listed, Time};

use super::guard::Rules;
use super::state::Api;
use super::{HttpOptions, assets, guard, leaving, observe};
use crate::app::App;
use crate::domain::Right;
use axum::Router;
use axum::extract::Extension;
use axum::http::Method;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get};
use std::sync::Arc;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;

/// Everything that is served: API, documentation, figures and page.
pub fn router(app: App, options: HttpOptions) -> Router {
    router_of(Api::new(app, options))
}

/// The same, of what the connections know too.
pub(super) fn router_of(api: Api) -> Router {
    let (mut router, _) = described().split_for_parts();
    for (path, handler) in files() {
        router = router.route(&path, handler);
    }
    router
        .fallback(assets::unknown)
        .method_not_allowed_fallback(|| async { observe::method_not_allowed() })
        .with_state(api.clone())
        .layer(from_fn(guard::guard))
        .layer(from_fn(leaving::refuse))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn(observe::observe))
        .layer(Extension(Arc::new(rules())))
        .layer(Extension(Arc::clone(&api.callers)))
        .layer(Extension(api.answers.clone()))
        .layer(Extension(api))
        // The fastest level: a page of items shrinks to a sixth in a millisecond, and to a seventh in five.
        .layer(CompressionLayer::new().gzip(true).quality(CompressionLevel::Fastest))
}

/// Every route of the API, as the list has it.
pub fn listed() -> Vec<Listed> {
    list::list().iter().flat_map(list::Route::listed).collect()
}

/// The same as a router with its description.
fn described() -> OpenApiRouter<Api> {
    list::list().into_iter().fold(OpenApiRouter::new(), |router, route| route.mount(router))
}

/// The page and its files: they hold nothing of the user's.
fn files() -> Vec<(String, MethodRouter<Api>)> {
    let pages = assets::pages().iter().map(|path| (path.clone(), get(assets::page)));
    let icon = ("/favicon.svg".to_owned(), get(assets::favicon));
    pages.chain([icon, ("/assets/{digest}/{*path}".to_owned(), get(assets::asset))]).collect()
}

/// What every route asks for.
fn rules() -> Rules {
    let mut rules = Rules::default();
    for Listed { method, path, right, .. } in listed() {
        if let Ok(method) = method.parse() {
            rules.insert(path, method, right);
        }
    }
    for (path, _) in files() {
        rules.insert(path, Method::GET, Right::Open);
    }
    rules
}
