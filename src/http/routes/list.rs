//! The one list of routes: which handler, what right it asks for, how its answer is kept, how long it may take.
//!
//! The router, the guard's rules, the description of the API and the tests are all made from it. Method and path are the
//! handler's own (`#[utoipa::path]`), below the prefix that its part of the list has.

use super::line::{Cache, Listed, Time};
use super::{
    analyze, collections, corrections, docs, events, export, health, imports, items, jobs, metrics, models, search,
    sentiment, tune,
};
use crate::domain::Right;
use crate::http::state::Api;
use crate::http::{cache, observe};
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::from_fn;
use utoipa::openapi::path::PathItem;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

/// Where everything that is not about this description lies.
const API: &str = "/api/v1";

/// One route.
pub(super) struct Route {
    prefix: &'static str,
    right: Right,
    cache: Cache,
    time: Time,
    handler: UtoipaMethodRouter<Api>,
}

macro_rules! list {
    ($($prefix:ident { $($handler:path, $right:ident, $cache:ident, $time:ident;)+ })+) => {
        vec![$($(Route {
            prefix: $prefix,
            right: Right::$right,
            cache: Cache::$cache,
            time: Time::$time,
            handler: routes!($handler),
        }),+),+]
    };
}

/// Every route of the API.
pub(super) fn list() -> Vec<Route> {
    const ROOT: &str = "";
    list! {
        API {
            analyze::analyze,                   Read,       Never,    Quick;
            analyze::embed,                     Read,       Never,    Quick;
            collections::create_collection,     Write,      Never,    Quick;
            collections::delete_collection,     Write,      Never,    Long;
            collections::list_collections,      Read,       Revision, Quick;
            collections::rename_collection,     Write,      Never,    Quick;
            corrections::correct_item,          Write,      Never,    Quick;
            corrections::list_corrections,      Read,       Revision, Quick;
            corrections::undo_correction,       Write,      Never,    Quick;
            events::events,                     Read,       Never,    Long;
            export::export,                     Read,       Never,    Long;
            health::health,                     Read,       Never,    Quick;
            health::live,                       Open,       Never,    Quick;
            health::ready,                      Read,       Never,    Quick;
            imports::fold_import,               Write,      Never,    Long;
            imports::get_import,                Read,       Content,  Quick;
            imports::list_imports,              Read,       Content,  Quick;
            imports::preview_import,            Write,      Never,    Upload;
            imports::rejected_csv,              Read,       Never,    Long;
            imports::start_demo,                Write,      Never,    Long;
            imports::start_import,              Write,      Never,    Upload;
            imports::undo_import,               Write,      Never,    Long;
            items::delete_item,                 Write,      Never,    Long;
            items::delete_items,                Write,      Never,    Long;
            items::get_item,                    Read,       Revision, Quick;
            items::list_items,                  Read,       Revision, Quick;
            items::similar_items,               Read,       Revision, Quick;
            jobs::cancel_job,                   Write,      Never,    Quick;
            jobs::get_job,                      Read,       Content,  Quick;
            jobs::list_jobs,                    Read,       Content,  Quick;
            jobs::reindex,                      Administer, Never,    Quick;
            jobs::retry_job,                    Write,      Never,    Quick;
            metrics::summary,                   Read,       Revision, Quick;
            models::add_model,                  Administer, Never,    Long;
            models::compare_models,             Read,       Revision, Quick;
            models::get_model,                  Read,       Content,  Quick;
            models::list_models,                Read,       Content,  Quick;
            models::reanalyze,                  Write,      Never,    Long;
            models::relabel_model,              Administer, Never,    Long;
            models::remove_model,               Administer, Never,    Long;
            models::set_challenger,             Administer, Never,    Long;
            models::set_default_model,          Administer, Never,    Long;
            models::stop_challenger,            Administer, Never,    Long;
            search::search,                     Read,       Revision, Quick;
            sentiment::emotion_distribution,    Read,       Revision, Quick;
            sentiment::facets,                  Read,       Revision, Quick;
            sentiment::sentiment_aggregate,     Read,       Revision, Quick;
            sentiment::sentiment_distribution,  Read,       Revision, Quick;
            tune::discard_model,                Administer, Never,    Quick;
            tune::get_tuning,                   Read,       Content,  Quick;
            tune::promote_model,                Administer, Never,    Long;
            tune::roll_back,                    Administer, Never,    Long;
            tune::start_tuning,                 Administer, Never,    Quick;
        }
        ROOT {
            docs::document,                     Open,       Never,    Long;
            docs::page,                         Open,       Never,    Long;
            metrics::prometheus,                Monitor,    Never,    Long;
        }
    }
}

impl Route {
    /// Method, path and properties of each of its operations.
    pub(super) fn listed(&self) -> Vec<Listed> {
        let paths = self.handler.1.paths.iter();
        let listed = |path: &str, method: Method| Listed {
            method: method.to_string(),
            path: format!("{}{path}", self.prefix),
            right: self.right,
            cache: self.cache,
            time: self.time,
        };
        paths.flat_map(|(path, item)| methods(item).into_iter().map(move |method| listed(path, method))).collect()
    }

    /// Adds it to a router, with the layers that it asks for.
    pub(super) fn mount(self, router: OpenApiRouter<Api>) -> OpenApiRouter<Api> {
        let (schemas, mut paths, handler) = self.handler;
        paths.paths = paths.paths.into_iter().map(|(path, item)| (format!("{}{path}", self.prefix), item)).collect();
        let handler = match self.cache {
            Cache::Revision => handler.layer(from_fn(cache::by_data_revision)),
            Cache::Content => handler.layer(from_fn(cache::by_content)),
            Cache::Never => handler,
        };
        let handler = match self.time {
            Time::Quick => handler.layer(from_fn(observe::limit_time)),
            Time::Long => handler,
            Time::Upload => handler.layer(DefaultBodyLimit::disable()),
        };
        router.routes((schemas, paths, handler))
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [
        (get, Method::GET),
        (put, Method::PUT),
        (post, Method::POST),
        (delete, Method::DELETE),
        (options, Method::OPTIONS),
        (head, Method::HEAD),
        (patch, Method::PATCH),
        (trace, Method::TRACE),
    ]
    .into_iter()
    .filter_map(|(operation, method)| operation.as_ref().map(|_| method))
    .collect()
}
