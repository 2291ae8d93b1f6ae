//! Hashes of content. Must not know what the parts mean.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Sixteen bytes that are equal exactly when the parts are: a cut SHA-256 over the length-prefixed parts.
///
/// The length before each part keeps `["ab", "c"]` and `["a", "bc"]` apart; 128 bits make an accidental collision
/// unthinkable at any number of items that fits on a disk.
pub fn content_hash(parts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest[..16]);
    hash
}

/// Bytes as text: two digits of `0-9a-f` for each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_exactly_when_the_parts_are() {
        let different: [&[&str]; 6] = [&[], &[""], &["", ""], &["ab", "c"], &["a", "bc"], &["abc"]];
        for (i, a) in different.iter().enumerate() {
            for (j, b) in different.iter().enumerate() {
                assert_eq!(content_hash(a) == content_hash(b), i == j, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn stays_the_same_from_release_to_release() {
        // Stored in databases: a change here would import every known item a second time.
        assert_eq!(
            content_hash(&[]),
            [0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24]
        );
    }
}
