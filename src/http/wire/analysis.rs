//! Readings: labels, scores and vectors.

use super::by_label::{EmotionScores, SentimentScores};
use super::words;
use crate::app;
use crate::domain::{AnalysisState, Emotion, Sentiment, UnitVector, top};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The likeliest sentiment, and all of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct SentimentReading {
    #[schema(value_type = words::Sentiment)]
    pub(crate) label: String,
    pub(crate) scores: SentimentScores,
}

impl From<[f32; 3]> for SentimentReading {
    fn from(scores: [f32; 3]) -> Self {
        let (label, _) = top_sentiment(&scores);
        Self { label: label.to_owned(), scores: SentimentScores(scores) }
    }
}

/// The likeliest emotion, and all of them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct EmotionReading {
    #[schema(value_type = words::Emotion)]
    pub(crate) label: String,
    pub(crate) scores: EmotionScores,
}

impl From<[f32; 7]> for EmotionReading {
    fn from(scores: [f32; 7]) -> Self {
        let (label, _) = top_emotion(&scores);
        Self { label: label.to_owned(), scores: EmotionScores(scores) }
    }
}

/// Word and probability of the likeliest sentiment.
pub(crate) fn top_sentiment(scores: &[f32; 3]) -> (&'static str, f32) {
    let (index, score) = top(scores).unwrap_or_default();
    (Sentiment::ALL[index].as_str(), score)
}

/// Word and probability of the likeliest emotion.
pub(crate) fn top_emotion(scores: &[f32; 7]) -> (&'static str, f32) {
    let (index, score) = top(scores).unwrap_or_default();
    (Emotion::ALL[index].as_str(), score)
}

/// Texts to read; nothing is stored.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnalyzeRequest {
    /// At most 256 texts; the whole body at most 2 MB.
    #[schema(max_items = 256, examples(json!(["The update is wonderful.", "It crashes twice a day and nobody answers."])))]
    pub(crate) texts: Vec<String>,
    /// Whether the sentences of each text are read too: at most 512 in one request, in order.
    #[serde(default)]
    pub(crate) sentences: bool,
    /// Name of the model that reads; the default model where it is missing.
    #[serde(default)]
    pub(crate) model: Option<String>,
    /// Whether texts in languages that the model was not trained for are read too.
    #[serde(default)]
    pub(crate) any_language: bool,
}

/// Texts to turn into vectors; nothing is stored.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbedRequest {
    /// At most 256 texts; the whole body at most 2 MB.
    #[schema(max_items = 256, examples(json!(["The update is wonderful.", "It crashes twice a day and nobody answers."])))]
    pub(crate) texts: Vec<String>,
}

/// One sentence of a text, read for itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Sentence {
    /// First place in the text, in UTF-16 units (as JavaScript counts).
    pub(crate) start: usize,
    /// The place behind it.
    pub(crate) end: usize,
    pub(crate) text: String,
    /// Never `pending`.
    #[schema(value_type = words::AnalysisState)]
    pub(crate) state: String,
    /// Null where there is no reading.
    pub(crate) sentiment: Option<SentimentReading>,
    /// Null where there is no reading.
    pub(crate) emotion: Option<EmotionReading>,
}

impl From<app::AnalyzedSentence> for Sentence {
    fn from(sentence: app::AnalyzedSentence) -> Self {
        let app::AnalyzedSentence { start, end, text, reading, state } = sentence;
        Self {
            start,
            end,
            text,
            state: state.as_str().to_owned(),
            sentiment: reading.and_then(|r| r.sentiment).map(Into::into),
            emotion: reading.and_then(|r| r.emotion).map(Into::into),
        }
    }
}

/// Sentences of a text and how many there are, where they were asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct Sentences {
    /// Only with `sentences=true`. The first of the text, as many as one request allows (512); none of a text without a
    /// reading of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sentences: Option<Vec<Sentence>>,
    /// How many sentences the text has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sentences_total: Option<usize>,
}

impl From<Option<app::AnalyzedSentences>> for Sentences {
    fn from(sentences: Option<app::AnalyzedSentences>) -> Self {
        let (sentences, sentences_total) = sentences
            .map(|app::AnalyzedSentences { read, total }| (read.into_iter().map(Into::into).collect(), total))
            .unzip();
        Self { sentences, sentences_total }
    }
}

/// One text, read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct AnalyzedText {
    pub(crate) text: String,
    /// ISO 639-1 code, where it is known.
    pub(crate) language: Option<String>,
    /// Never `pending`.
    #[schema(value_type = words::AnalysisState)]
    pub(crate) state: String,
    /// Null where there is no reading.
    pub(crate) sentiment: Option<SentimentReading>,
    /// Null where there is no reading.
    pub(crate) emotion: Option<EmotionReading>,
    pub(crate) model: String,
    #[serde(flatten)]
    pub(crate) sentences: Sentences,
}

impl AnalyzedText {
    pub(crate) fn new(read: app::AnalyzedText, model: &str) -> Self {
        let app::AnalyzedText { text, language, reading, state, sentences } = read;
        let reading = reading.filter(|_| state == AnalysisState::Done);
        Self {
            text,
            language,
            state: state.as_str().to_owned(),
            sentiment: reading.and_then(|r| r.sentiment).map(Into::into),
            emotion: reading.and_then(|r| r.emotion).map(Into::into),
            model: model.to_owned(),
            sentences: sentences.into(),
        }
    }
}

/// The sentence vector of one text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Embedding {
    /// 384 numbers of Euclidean length one; null where there is nothing to read.
    pub(crate) embedding: Option<Vec<f32>>,
}

impl From<Option<UnitVector>> for Embedding {
    fn from(vector: Option<UnitVector>) -> Self {
        Self { embedding: vector.map(|v| v.as_slice().to_vec()) }
    }
}

/// Whose vectors they are. Vectors of different models cannot be compared.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct EmbeddingMetadata {
    pub(crate) model: String,
    pub(crate) dimension: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_the_scores() {
        let check = |scores, label| assert_eq!(SentimentReading::from(scores).label, label);
        check([0.7, 0.2, 0.1], "negative");
        check([0.1, 0.2, 0.7], "positive");
        check([0.4, 0.4, 0.2], "negative");
        let json = serde_json::to_value(EmotionReading::from([0.1, 0.0, 0.0, 0.5, 0.2, 0.1, 0.1])).unwrap();
        assert_eq!(json["label"], "joy");
        assert_eq!(
            json["scores"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral"]
        );
    }
}
