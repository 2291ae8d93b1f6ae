//! Collections.

use crate::http::moment;
use crate::query::CollectionView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A company, product or topic that items belong to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Collection {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    name: String,
    /// Items in it.
    items: u64,
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<CollectionView> for Collection {
    fn from(view: CollectionView) -> Self {
        let CollectionView { uid, name, items, created_at } = view;
        Self { id: uid.to_string(), name, items, created_at: moment::format(created_at) }
    }
}

/// The name of a new or renamed collection.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectionName {
    /// Unique without regard to case.
    #[schema(examples("Acme"), min_length = 1, max_length = 200, pattern = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f]+$")]
    pub(crate) name: String,
}
