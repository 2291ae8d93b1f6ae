//! Text before the model: normalisation, language, sentences, hashes.

/// Normalises `text` as the bundled model was trained: `models/normalise_cases.jsonl` is the contract.
pub fn normalise(_text: &str) -> String {
    unimplemented!()
}

/// What could be told of a text's language.
#[derive(Clone, PartialEq, Debug)]
pub struct Language {
    /// ISO 639-1 code where there is one (ISO 639-3 else).
    pub code: &'static str,
    /// True where the detector is sure enough that a text in another language must not be scored.
    pub certain: bool,
}

/// The language of `text` (normalised or not), or `None` where it is too short or too mixed to tell.
pub fn detect_language(_text: &str) -> Option<Language> {
    unimplemented!()
}

/// Sixteen bytes that are equal exactly when the parts are: a cut SHA-256 over the length-prefixed parts.
pub fn content_hash(_parts: &[&str]) -> [u8; 16] {
    unimplemented!()
}
