//! Corrections.

use super::{whole, words};
use crate::domain::{self, Emotion, Sentiment};
use crate::http::moment;
use crate::query::CorrectionEntry;
use crate::store::StoredCorrection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person says that an item means: a sentiment, an emotion, or both. What is left out stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CorrectionBody {
    #[schema(value_type = Option<words::Sentiment>)]
    sentiment: Option<String>,
    #[schema(value_type = Option<words::Emotion>)]
    emotion: Option<String>,
    /// Who says so; `local` where it is left out.
    #[schema(min_length = 1, max_length = 100, pattern = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f]+$")]
    author: Option<String>,
    /// The `version` of the item that was looked at: where its text has changed since, the correction is refused.
    #[serde(default, deserialize_with = "whole::optional")]
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub(crate) version: Option<i64>,
}

impl CorrectionBody {
    /// The correction and its author; or the field, its value and what is allowed.
    pub(crate) fn read(self) -> Result<(domain::Correction, Option<String>), super::BadWord> {
        let bad =
            |name, value: &str, words: Vec<&str>| (name, value.to_owned(), format!("one of {}", words.join(", ")));
        let sentiment = self.sentiment.as_deref().map(|word| {
            let words = || Sentiment::ALL.iter().map(|s| s.as_str()).collect();
            Sentiment::parse(word).ok_or_else(|| bad("sentiment", word, words()))
        });
        let emotion = self.emotion.as_deref().map(|word| {
            let words = || Emotion::ALL.iter().map(|e| e.as_str()).collect();
            Emotion::parse(word).ok_or_else(|| bad("emotion", word, words()))
        });
        let said = domain::Correction { sentiment: sentiment.transpose()?, emotion: emotion.transpose()? };
        Ok((said, self.author))
    }
}

/// The correction of an item that counts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ItemCorrection {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// Null where the model's counts.
    #[schema(value_type = Option<words::Sentiment>)]
    pub(crate) sentiment: Option<String>,
    /// Null where the model's counts.
    #[schema(value_type = Option<words::Emotion>)]
    pub(crate) emotion: Option<String>,
    pub(crate) author: String,
    #[schema(format = DateTime)]
    pub(crate) at: String,
}

impl From<StoredCorrection> for ItemCorrection {
    fn from(stored: StoredCorrection) -> Self {
        let StoredCorrection { id: _, uid, item: _, said, author, at, undone_at: _ } = stored;
        Self {
            id: uid.to_string(),
            sentiment: said.sentiment.map(|s| s.as_str().to_owned()),
            emotion: said.emotion.map(|e| e.as_str().to_owned()),
            author,
            at: moment::format(at),
        }
    }
}

/// One correction, with what the model says of the same item.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Correction {
    #[schema(format = "uuid")]
    pub(crate) id: String,
    /// Id of the item.
    #[schema(format = "uuid")]
    pub(crate) item: String,
    /// The opening of the item's text, at most 600 characters.
    pub(crate) text: String,
    /// UTF-16 code units of the whole text.
    pub(crate) text_length: usize,
    #[schema(value_type = Option<words::Sentiment>)]
    pub(crate) sentiment: Option<String>,
    #[schema(value_type = Option<words::Emotion>)]
    pub(crate) emotion: Option<String>,
    pub(crate) author: String,
    #[schema(format = DateTime)]
    pub(crate) at: String,
    /// When it was taken back.
    #[schema(format = DateTime)]
    pub(crate) undone_at: Option<String>,
    /// False where it was taken back, where a newer one counts, and where the item's text has changed since.
    pub(crate) counts: bool,
    /// What the default model reads in the item.
    #[schema(value_type = Option<words::Sentiment>)]
    pub(crate) model_sentiment: Option<String>,
    /// What the default model reads in the item.
    #[schema(value_type = Option<words::Emotion>)]
    pub(crate) model_emotion: Option<String>,
}

impl From<CorrectionEntry> for Correction {
    fn from(entry: CorrectionEntry) -> Self {
        let CorrectionEntry {
            uid,
            item,
            text,
            text_length,
            said,
            author,
            at,
            undone_at,
            counts,
            model_sentiment,
            model_emotion,
        } = entry;
        Self {
            id: uid.to_string(),
            item: item.to_string(),
            text,
            text_length,
            sentiment: said.sentiment.map(|s| s.as_str().to_owned()),
            emotion: said.emotion.map(|e| e.as_str().to_owned()),
            author,
            at: moment::format(at),
            undone_at: undone_at.map(moment::format),
            counts,
            model_sentiment: model_sentiment.map(|s| s.as_str().to_owned()),
            model_emotion: model_emotion.map(|e| e.as_str().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_name_what_is_wrong() {
        fn check(json: &serde_json::Value, expected: Result<(Option<Sentiment>, Option<Emotion>), &str>) {
            let body: CorrectionBody = serde_json::from_value(json.clone()).unwrap();
            let read = body.read().map(|(said, _)| (said.sentiment, said.emotion));
            assert_eq!(read.map_err(|(field, ..)| field), expected, "{json}");
        }
        check(&serde_json::json!({"sentiment": "positive"}), Ok((Some(Sentiment::Positive), None)));
        check(&serde_json::json!({"emotion": "joy", "sentiment": null}), Ok((None, Some(Emotion::Joy))));
        check(&serde_json::json!({}), Ok((None, None)));
        check(&serde_json::json!({"version": 3.0, "emotion": "fear"}), Ok((None, Some(Emotion::Fear))));
        check(&serde_json::json!({"sentiment": "good"}), Err("sentiment"));
        check(&serde_json::json!({"sentiment": "neutral", "emotion": "Joy"}), Err("emotion"));
    }
}
