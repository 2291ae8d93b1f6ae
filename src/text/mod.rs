//! Text before the model: normalisation, sentences, language, hashes.
//!
//! Pure functions over `&str`. This module must not know what an item is, where a text came from or which model
//! reads it; only [`normalise`] is bound to the bundled model, because it was trained on what that function answers.

mod emoji;
mod entities;
mod faces;
mod formula;
mod hash;
mod language;
mod markup;
mod normalise;
mod ratings;
mod removed;
mod sentences;
mod space;

pub use formula::{guarded, unguarded};
pub use hash::{content_hash, hex};
pub use language::{Evidence, Language, Prior, Tally, detect_language, is_foreign, language_of};
pub use markup::without_markup;
pub use normalise::{NORMAL_FORM, normalise};
pub use removed::is_removed;
pub use sentences::{Sentence, cut_sentences, sentences};
