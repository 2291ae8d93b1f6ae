//! Texts that are read and not stored, whole and sentence by sentence.

use super::{App, AppError, Inner};
use crate::domain::{AnalysisState, Scores, UnitVector};
use crate::text;
use crate::work::Reader;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Sentences read in one request; the rest is counted only.
pub const MOST_SENTENCES: usize = 512;

/// One text read without being stored.
#[derive(Clone, Debug)]
pub struct AnalyzedText {
    /// The text as given.
    pub text: String,
    /// Detected language code.
    pub language: Option<String>,
    /// `None` where there is nothing to read, or the language is not supported.
    pub reading: Option<Scores>,
    /// Why there is no reading; `Done` where there is one.
    pub state: AnalysisState,
    /// Its sentences, where they were asked for.
    pub sentences: Option<AnalyzedSentences>,
}

/// Sentences of one text, read one by one.
#[derive(Clone, Debug, Default)]
pub struct AnalyzedSentences {
    /// The first of them, in order, as many as one question allows; none of a text that is not read itself.
    pub read: Vec<AnalyzedSentence>,
    /// How many the text has.
    pub total: usize,
}

/// One sentence of a text.
#[derive(Clone, Debug)]
pub struct AnalyzedSentence {
    /// First place in the text, in UTF-16 units.
    pub start: usize,
    /// The place behind it.
    pub end: usize,
    /// Its words.
    pub text: String,
    /// `None` where there is nothing to read, or the language is not supported.
    pub reading: Option<Scores>,
    /// Why there is no reading; `Done` where there is one.
    pub state: AnalysisState,
}

/// Reads the sentences of texts with `read`: of each text the first `most_each`, and no more than `most` of all together.
///
/// `None` stands for a text that is not read itself; none of its sentences are.
pub(crate) fn read_sentences<E>(
    texts: &[Option<&str>],
    most_each: usize,
    most: usize,
    read: impl FnOnce(Vec<String>) -> Result<Vec<Option<Scores>>, E>,
) -> Result<Vec<AnalyzedSentences>, E> {
    let mut left = most;
    let mut to_read = Vec::new();
    let mut found: Vec<AnalyzedSentences> = texts
        .iter()
        .map(|text| {
            let (cut, total) =
                text.map_or_else(Default::default, |text| text::cut_sentences(text, left.min(most_each)));
            left -= cut.len();
            let sentence = |cut: text::Sentence<'_>| {
                // "Super" in an English text is English.
                let among_english = text::Prior::default().with_given("en");
                let foreign = text::is_foreign(text::Evidence::of(cut.text).decide(&among_english).as_ref());
                let state = if foreign { AnalysisState::UnsupportedLanguage } else { AnalysisState::Empty };
                if !foreign {
                    to_read.push(cut.text.to_owned());
                }
                AnalyzedSentence { start: cut.start, end: cut.end, text: cut.text.to_owned(), reading: None, state }
            };
            AnalyzedSentences { read: cut.into_iter().map(sentence).collect(), total }
        })
        .collect();
    let mut readings = read(to_read)?.into_iter();
    let sentences = found.iter_mut().flat_map(|text| &mut text.read);
    for sentence in sentences.filter(|sentence| sentence.state != AnalysisState::UnsupportedLanguage) {
        sentence.reading = readings.next().flatten();
        if sentence.reading.is_some() {
            sentence.state = AnalysisState::Done;
        }
    }
    Ok(found)
}

/// What to read beside the texts themselves, and with whom.
#[derive(Clone, Debug, Default)]
pub struct AnalyzeOptions {
    /// Each sentence for itself too.
    pub sentences: bool,
    /// By this model; the default one where `None`.
    pub model: Option<String>,
    /// Also texts in languages that the model was not trained for.
    pub any_language: bool,
}

/// Does something that looks now and then at a flag, which is set when nobody waits for it any more: a client that goes away
/// takes its request with it, and nobody must go on reading for it on another thread.
async fn while_waited_for<F: Future>(work: impl FnOnce(Arc<AtomicBool>) -> F) -> F::Output {
    struct Waiting(Arc<AtomicBool>);
    impl Drop for Waiting {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }
    let waiting = Waiting(Arc::default());
    work(Arc::clone(&waiting.0)).await
}

/// Texts that are read without being stored.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    app: &'a App,
}

impl App {
    /// Texts that are read without being stored.
    pub fn reading(&self) -> Reading<'_> {
        Reading { app: self }
    }
}

impl Reading<'_> {
    /// Reads texts; nothing is stored. Answers the model's name too.
    pub async fn analyze(
        &self,
        texts: Vec<String>,
        options: AnalyzeOptions,
    ) -> Result<(Vec<AnalyzedText>, String), AppError> {
        let read = move |inner: &Inner, gone: &Arc<AtomicBool>| {
            let AnalyzeOptions { sentences, model, any_language } = options;
            let (name, reader) = inner.reader_named(model.as_deref())?;
            let all = any_language || reader.reads_any_language();
            let languages: Vec<_> = texts.iter().map(|t| text::detect_language(t)).collect();
            let why_not = |(text, language): (&String, &Option<text::Language>)| {
                let foreign = !all && text::is_foreign(language.as_ref());
                text::is_removed(text)
                    .then_some(AnalysisState::Removed)
                    .or(foreign.then_some(AnalysisState::UnsupportedLanguage))
            };
            let unread: Vec<Option<AnalysisState>> = texts.iter().zip(&languages).map(why_not).collect();
            let to_read = texts.iter().zip(&unread).filter(|(_, why)| why.is_none()).map(|(t, _)| t.clone()).collect();
            let mut readings = inner.models.read_now(&reader, to_read, gone)?.into_iter();
            let mut read: Vec<AnalyzedText> = texts
                .into_iter()
                .zip(languages)
                .zip(unread)
                .map(|((text, language), unread)| {
                    let reading = if unread.is_some() { None } else { readings.next().flatten() };
                    let state = match &reading {
                        Some(_) => AnalysisState::Done,
                        None => unread.unwrap_or(AnalysisState::Empty),
                    };
                    let language = language.map(|l| l.code);
                    AnalyzedText { text, language, reading, state, sentences: None }
                })
                .collect();
            if sentences {
                let texts: Vec<Option<&str>> =
                    read.iter().map(|text| text.reading.as_ref().map(|_| text.text.as_str())).collect();
                let now = |texts| inner.models.read_now(&reader, texts, gone);
                let found = read_sentences(&texts, MOST_SENTENCES, MOST_SENTENCES, now)?;
                for (text, sentences) in read.iter_mut().zip(found) {
                    text.sentences = Some(sentences);
                }
            }
            Ok((read, name))
        };
        while_waited_for(|gone| self.app.blocking(move |inner| read(inner, &gone))).await
    }

    /// Reads the sentences of one text with the default model; nothing is stored. None of a text in another language.
    pub async fn sentences(&self, text: String) -> Result<AnalyzedSentences, AppError> {
        let read = move |inner: &Inner, gone: &Arc<AtomicBool>| {
            let (_, reader) = inner.reader_named(None)?;
            let foreign = text::is_foreign(text::detect_language(&text).as_ref()) && !reader.reads_any_language();
            let texts = [(!foreign).then_some(text.as_str())];
            let now = |texts| inner.models.read_now(&reader, texts, gone);
            let found = read_sentences(&texts, MOST_SENTENCES, MOST_SENTENCES, now)?;
            Ok(found.into_iter().next().unwrap_or_default())
        };
        while_waited_for(|gone| self.app.blocking(move |inner| read(inner, &gone))).await
    }

    /// Sentence vectors; nothing is stored. `None` for texts with nothing to read.
    pub async fn embed(&self, texts: Vec<String>) -> Result<Vec<Option<UnitVector>>, AppError> {
        self.app
            .blocking(move |inner| {
                let readings = inner.engine.read_now(texts)?;
                Ok(readings.into_iter().map(|r| r.map(|r| r.vector)).collect())
            })
            .await
    }

    /// Name of the default model.
    pub fn model_name(&self) -> String {
        self.app.inner.models.default_name().to_string()
    }

    /// Name of the bundled model, whose vectors all vectors are.
    pub fn bundled_model_name(&self) -> String {
        self.app.inner.models.bundled_name().to_owned()
    }
}

impl Inner {
    /// A model ready to read, and its name; the default one where none is named.
    fn reader_named(&self, name: Option<&str>) -> Result<(String, Reader), AppError> {
        let Some(name) = name else {
            let id = self.models.default();
            if id == self.models.bundled() {
                return Ok((self.models.bundled_name().to_owned(), Reader::Bundled));
            }
            let model = self.store.read(|tx| tx.model(id))?.ok_or_else(|| super::not_found("model", id.0))?;
            return Ok((model.name.clone(), self.models.reader(&model)?));
        };
        let model = self.find_model(name)?;
        Ok((model.name.clone(), self.models.reader(&model)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_goes_away_is_not_read_for() {
        let (tell, told) = tokio::sync::oneshot::channel();
        let request = tokio::spawn(while_waited_for(async move |gone| {
            tell.send(gone).unwrap();
            std::future::pending::<()>().await;
        }));
        let gone = told.await.unwrap();
        assert!(!gone.load(Ordering::Acquire), "somebody waits");
        request.abort();
        assert!(request.await.is_err());
        assert!(gone.load(Ordering::Acquire));
    }
}
