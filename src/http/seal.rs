//! What the secret of this process signs: identifiers that nobody guesses, and entity tags that do not outlive it.

use crate::text::hex;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The secret, hashed, and a counter. Cheap to clone; all clones count together.
#[derive(Clone)]
pub(crate) struct Seal {
    key: [u8; 32],
    counter: Arc<AtomicU64>,
}

impl Seal {
    pub(crate) fn new(secret: &str) -> Self {
        Self { key: Sha256::digest(secret.as_bytes()).into(), counter: Arc::default() }
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
        Sha256::new().chain_update(self.key).chain_update(purpose).chain_update(of).finalize().into()
    }
}
