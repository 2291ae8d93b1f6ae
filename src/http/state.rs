//! What every handler can reach.

use super::HttpOptions;
use super::attempts::Attempts;
use super::cache::ResponseCache;
use super::events::Frames;
use super::spool::Uploads;
use crate::app::App;
use crate::text::hex;
use sha2::{Digest, Sha256};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The application and the few things this layer remembers. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Api(Arc<Inner>);

/// Inside of [`Api`].
pub(crate) struct Inner {
    pub(crate) app: App,
    pub(crate) options: HttpOptions,
    pub(crate) cache: ResponseCache,
    pub(crate) uploads: Uploads,
    pub(crate) frames: Frames,
    pub(crate) attempts: Attempts,
    counter: AtomicU64,
}

impl Deref for Api {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Api {
    pub(crate) fn new(app: App, options: HttpOptions) -> Self {
        Self(Arc::new(Inner {
            app,
            options,
            cache: ResponseCache::default(),
            uploads: Uploads::default(),
            frames: Frames::default(),
            attempts: Attempts::default(),
            counter: AtomicU64::new(0),
        }))
    }

    /// Sixteen bytes that nobody can guess and that never come twice: a counter under this process's secret.
    pub(crate) fn fresh_id(&self) -> uuid::Uuid {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.keyed(b"id", &number.to_le_bytes())[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// An entity tag, weak because compression changes the bytes. The process's secret is in it, so that a tag never
    /// outlives the program that made it: another version may render the same data in another way.
    pub(crate) fn entity_tag(&self, of: &[u8]) -> String {
        let hash = self.keyed(b"etag", of);
        format!("W/\"{}\"", hex(&hash[..16]))
    }

    fn keyed(&self, purpose: &[u8], of: &[u8]) -> [u8; 32] {
        let key = Sha256::digest(self.options.local_token.as_bytes());
        Sha256::new().chain_update(key).chain_update(purpose).chain_update(of).finalize().into()
    }
}
