//! Texts that are read and not stored.

use super::{App, AppError};
use crate::domain::{AnalysisState, FaultKind, Reading, UnitVector};
use crate::text;

/// Texts accepted in one request.
const MOST_TEXTS: usize = 1_000;

/// One text read without being stored.
#[derive(Clone, Debug)]
pub struct AnalyzedText {
    /// The text as given.
    pub text: String,
    /// Detected language code.
    pub language: Option<String>,
    /// `None` where there is nothing to read, or the language is not supported.
    pub reading: Option<Reading>,
    /// Why there is no reading; `Done` where there is one.
    pub state: AnalysisState,
}

impl App {
    /// Reads texts; nothing is stored.
    pub async fn analyze(&self, texts: Vec<String>) -> Result<Vec<AnalyzedText>, AppError> {
        check(&texts)?;
        self.blocking(move |inner| {
            let languages: Vec<_> = texts.iter().map(|t| text::detect_language(t)).collect();
            let foreign: Vec<bool> =
                languages.iter().map(|l| l.as_ref().is_some_and(|l| l.certain && l.code != "en")).collect();
            let to_read =
                texts.iter().zip(&foreign).filter(|(_, foreign)| !**foreign).map(|(t, _)| t.clone()).collect();
            let mut readings = inner.engine.read_now(to_read)?.into_iter();
            Ok(texts
                .into_iter()
                .zip(languages)
                .zip(foreign)
                .map(|((text, language), foreign)| {
                    let reading = if foreign { None } else { readings.next().flatten() };
                    let state = match (&reading, foreign) {
                        (Some(_), _) => AnalysisState::Done,
                        (None, true) => AnalysisState::UnsupportedLanguage,
                        (None, false) => AnalysisState::Empty,
                    };
                    AnalyzedText { text, language: language.map(|l| l.code.to_owned()), reading, state }
                })
                .collect())
        })
        .await
    }

    /// Sentence vectors; nothing is stored. `None` for texts with nothing to read.
    pub async fn embed(&self, texts: Vec<String>) -> Result<Vec<Option<UnitVector>>, AppError> {
        check(&texts)?;
        self.blocking(move |inner| {
            let readings = inner.engine.read_now(texts)?;
            Ok(readings.into_iter().map(|r| r.map(|r| r.vector)).collect())
        })
        .await
    }

    /// Name of the default model.
    pub fn model_name(&self) -> String {
        self.inner.models.default_name().to_string()
    }

    /// Name of the bundled model, whose vectors all vectors are.
    pub fn bundled_model_name(&self) -> String {
        self.inner.models.bundled_name().to_owned()
    }
}

fn check(texts: &[String]) -> Result<(), AppError> {
    if texts.len() <= MOST_TEXTS {
        return Ok(());
    }
    Err(AppError::new(
        FaultKind::TooLarge,
        "too_many_texts",
        format!("{} texts in one request, at most {MOST_TEXTS} are read at once; send them in parts", texts.len()),
    ))
}
