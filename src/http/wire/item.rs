//! Items.

use super::analysis::{EmotionReading, Sentences, SentimentReading};
use super::by_label::{EmotionScores, SentimentScores};
use super::{ItemCorrection, words};
use crate::app::AnalyzedSentences;
use crate::domain;
use crate::http::moment;
use crate::query::{Carried, ItemView};
use crate::store::StoredAnalysis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One thing that somebody said, and what the model reads in it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Item {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// Grows with every change of its text, and with nothing else.
    pub(crate) version: i64,
    /// The identifier it has where it came from.
    pub(crate) external_id: Option<String>,
    pub(crate) source: String,
    /// Name of its collection.
    pub(crate) collection: String,
    #[schema(value_type = words::ItemKind)]
    pub(crate) kind: String,
    pub(crate) title: Option<String>,
    /// In a list an excerpt of at most 600 characters, around the first match of a search; else all of it.
    pub(crate) text: String,
    /// Where the excerpt begins in the whole text, in UTF-16 code units.
    pub(crate) text_start: usize,
    /// UTF-16 code units of the whole text.
    pub(crate) text_length: usize,
    /// Names of the fields that a list cuts off or leaves out, because they are long; all of them are at `/items/{id}`.
    pub(crate) shortened: Vec<String>,
    pub(crate) author: Option<String>,
    pub(crate) url: Option<String>,
    /// Stars, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub(crate) rating: Option<f32>,
    /// ISO 639-1 code.
    pub(crate) language: Option<String>,
    /// When it was said; null is undated.
    #[schema(format = DateTime)]
    pub(crate) created_at: Option<String>,
    #[schema(format = DateTime)]
    pub(crate) imported_at: String,
    /// Id of the import that brought it.
    #[schema(format = "uuid")]
    pub(crate) import: Option<String>,
    /// True where broken encoding was repaired.
    pub(crate) repaired: bool,
    /// What it is about, where a file holds texts about several things: a film, a book, a product.
    pub(crate) subject: Option<String>,
    /// What the owner, the shop or the developer answered.
    pub(crate) reply: Option<String>,
    /// The text as it stood in the file, where mark-up was taken out of it.
    pub(crate) original: Option<String>,
    /// Further columns of the file.
    #[schema(value_type = Object)]
    pub(crate) metadata: Map<String, Value>,
    /// `pending`, `done`, `unsupported_language`, `empty` or `removed`: not read is never "neutral". An item that a person has
    /// labelled is `done`.
    #[schema(value_type = words::AnalysisState)]
    pub(crate) state: String,
    /// As it counts: what a person says, else what the model reads.
    #[schema(value_type = Option<words::Sentiment>)]
    pub(crate) sentiment: Option<String>,
    /// The model's probability of `sentiment`.
    pub(crate) sentiment_score: Option<f32>,
    pub(crate) sentiment_scores: Option<SentimentScores>,
    /// As it counts: what a person says, else what the model reads.
    #[schema(value_type = Option<words::Emotion>)]
    pub(crate) emotion: Option<String>,
    /// The model's probability of `emotion`.
    pub(crate) emotion_score: Option<f32>,
    pub(crate) emotion_scores: Option<EmotionScores>,
    /// The model that read it.
    pub(crate) model: Option<String>,
    /// What a person says it means; null where nobody does.
    pub(crate) correction: Option<ItemCorrection>,
}

impl From<ItemView> for Item {
    fn from(view: ItemView) -> Self {
        let (state, counted_sentiment, counted_emotion) = (view.state(), view.sentiment(), view.emotion());
        let ItemView { item, collection, import, analysis, analyses: _, correction, carried } = view;
        let Carried { text_start, text_length, shortened } = carried;
        let domain::Item {
            id: _,
            uid,
            version,
            collection: _,
            kind,
            source,
            external_id,
            title,
            text,
            author,
            url,
            rating,
            language,
            created_at,
            imported_at,
            import: _,
            repaired,
            subject,
            reply,
            original,
            metadata,
        } = item;
        let sentiment = analysis.as_ref().and_then(|a| a.sentiment);
        let emotion = analysis.as_ref().and_then(|a| a.emotion);
        Self {
            id: uid.to_string(),
            version,
            external_id,
            source,
            collection,
            kind: kind.as_str().to_owned(),
            title,
            text,
            text_start,
            text_length,
            shortened: shortened.into_iter().map(str::to_owned).collect(),
            author,
            url,
            rating,
            language,
            created_at: created_at.map(moment::format),
            imported_at: moment::format(imported_at),
            import: import.map(|uid| uid.to_string()),
            repaired,
            subject,
            reply,
            original,
            metadata: metadata.as_deref().and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default(),
            state: state.as_str().to_owned(),
            sentiment: counted_sentiment.map(|(label, _)| label.as_str().to_owned()),
            sentiment_score: counted_sentiment.and_then(|(_, score)| score),
            sentiment_scores: sentiment.map(SentimentScores),
            emotion: counted_emotion.map(|(label, _)| label.as_str().to_owned()),
            emotion_score: counted_emotion.and_then(|(_, score)| score),
            emotion_scores: emotion.map(EmotionScores),
            model: analysis.map(|a| a.model_name),
            correction: correction.map(Into::into),
        }
    }
}

/// An item with the readings of every model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ItemDetail {
    #[serde(flatten)]
    pub(crate) item: Item,
    pub(crate) analyses: Vec<Analysis>,
    #[serde(flatten)]
    pub(crate) sentences: Sentences,
}

impl ItemDetail {
    /// `sentences` where they were asked for.
    pub(crate) fn new(mut view: ItemView, sentences: Option<AnalyzedSentences>) -> Self {
        let analyses = std::mem::take(&mut view.analyses).into_iter().map(Into::into).collect();
        Self { item: view.into(), analyses, sentences: sentences.into() }
    }
}

/// One model's reading of one item.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Analysis {
    pub(crate) model: String,
    /// Never `pending`.
    #[schema(value_type = words::AnalysisState)]
    pub(crate) state: String,
    pub(crate) sentiment: Option<SentimentReading>,
    pub(crate) emotion: Option<EmotionReading>,
    #[schema(format = DateTime)]
    pub(crate) analyzed_at: String,
}

impl From<StoredAnalysis> for Analysis {
    fn from(stored: StoredAnalysis) -> Self {
        let StoredAnalysis { item: _, model: _, model_name: model, state, sentiment, emotion, analyzed_at } = stored;
        Self {
            model,
            state: state.as_str().to_owned(),
            sentiment: sentiment.map(Into::into),
            emotion: emotion.map(Into::into),
            analyzed_at: moment::format(analyzed_at),
        }
    }
}

/// What was deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Deleted {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    pub(crate) deleted: bool,
}

/// How many items were deleted, and which were meant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeletedCount {
    pub(crate) deleted: u64,
    /// The filter as it was understood: names of the query string with their values. Empty where every item was meant.
    pub(crate) scope: BTreeMap<&'static str, Vec<String>>,
}

/// A collection that was deleted with its items.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeletedCollection {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// How many items it had.
    pub(crate) deleted: u64,
    /// Which items were meant, in the words of the filter.
    pub(crate) scope: BTreeMap<&'static str, Vec<String>>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::{AnalysisState, CollectionId, ItemId, ItemKind, ModelId, Timestamp, Uid};

    /// An item as the read side hands it out.
    pub(crate) fn view(text: &str, analysis: Option<StoredAnalysis>) -> ItemView {
        ItemView {
            item: domain::Item {
                id: ItemId(1),
                uid: Uid::new(0, &[0; 10]),
                version: 1,
                collection: CollectionId(1),
                kind: ItemKind::Review,
                source: "shop".into(),
                external_id: None,
                title: None,
                text: text.into(),
                author: None,
                url: None,
                rating: Some(4.5),
                language: Some("en".into()),
                created_at: None,
                imported_at: Timestamp(0),
                import: None,
                repaired: false,
                subject: None,
                reply: None,
                original: None,
                metadata: Some(r#"{"size":"M"}"#.into()),
            },
            collection: "Acme".into(),
            import: None,
            analysis,
            analyses: Vec::new(),
            correction: None,
            carried: Carried { text_length: text.len(), ..Carried::default() },
        }
    }

    #[test]
    fn not_read_is_not_neutral() {
        let json = serde_json::to_value(Item::from(view("good", None))).unwrap();
        assert_eq!(json["state"], "pending");
        assert_eq!(json["sentiment"], Value::Null);
        assert_eq!(json["created_at"], Value::Null);
        assert_eq!(json["metadata"], serde_json::json!({"size": "M"}));
        assert_eq!(json["rating"], 4.5);
    }

    #[test]
    fn labels_are_the_likeliest() {
        let analysis = StoredAnalysis {
            item: ItemId(1),
            model: ModelId(1),
            model_name: "m".into(),
            state: AnalysisState::Done,
            sentiment: Some([0.0, 0.25, 0.75]),
            emotion: Some([0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]),
            analyzed_at: Timestamp(0),
        };
        let json = serde_json::to_value(Item::from(view("good", Some(analysis)))).unwrap();
        assert_eq!((&json["sentiment"], &json["sentiment_score"]), (&"positive".into(), &0.75.into()));
        assert_eq!((&json["emotion"], &json["model"]), (&"joy".into(), &"m".into()));
        assert_eq!(json["sentiment_scores"]["neutral"], 0.25);
    }
}
