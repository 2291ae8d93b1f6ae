//! One value for each label: JSON objects whose names are the labels' own.
//!
//! The labels are the domain's, so one that is added there is counted, described and read here without an edit.

use super::shares::{Estimate, ShareChange};
use crate::domain::{Emotion, Sentiment};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// What a value is in the description: numbers as they are, shapes of their own by their name.
trait Described {
    fn described() -> RefOr<Schema>;
    /// Shapes that the description must hold for it.
    fn shapes(_: &mut Vec<(String, RefOr<Schema>)>) {}
}

impl Described for u64 {
    fn described() -> RefOr<Schema> {
        Self::schema()
    }
}

impl Described for f32 {
    fn described() -> RefOr<Schema> {
        Self::schema()
    }
}

impl Described for Option<Estimate> {
    fn described() -> RefOr<Schema> {
        let null = ObjectBuilder::new().schema_type(Type::Null);
        RefOr::T(OneOfBuilder::new().item(null).item(Ref::from_schema_name(Estimate::name())).build().into())
    }

    fn shapes(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Estimate::name().into_owned(), Estimate::schema()));
        Estimate::schemas(schemas);
    }
}

impl Described for ShareChange {
    fn described() -> RefOr<Schema> {
        Ref::from_schema_name(Self::name()).into()
    }

    fn shapes(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Self::name().into_owned(), Self::schema()));
        Self::schemas(schemas);
    }
}

macro_rules! by_label {
    ($($(#[doc = $doc:literal])+ $name:ident: $label:ident => $value:ty;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        pub(crate) struct $name(pub(crate) [$value; $label::ALL.len()]);

        impl $name {
            /// With their labels, in fixed order.
            pub(crate) fn pairs(&self) -> impl Iterator<Item = (&'static str, &$value)> + Clone {
                $label::WORDS.iter().copied().zip(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.pairs())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let values = deserializer.deserialize_map(Words($label::WORDS, PhantomData))?;
                let n = values.len();
                values.try_into().map(Self).map_err(|_| D::Error::invalid_length(n, &"a value for every label"))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().schema_type(Type::Object);
                let object = object.description(Some(concat!($($doc),+).trim()));
                let with = |object: ObjectBuilder, word: &&str| {
                    object.property(*word, <$value>::described()).required(*word)
                };
                RefOr::T(Schema::from($label::WORDS.iter().fold(object, with).build()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }

            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                <$value>::shapes(schemas);
            }
        }
    )+};
}

by_label! {
    /// Items by sentiment.
    SentimentCounts: Sentiment => u64;
    /// Items by emotion.
    EmotionCounts: Emotion => u64;
    /// Probability of each sentiment; they sum to one.
    SentimentScores: Sentiment => f32;
    /// Probability of each emotion; they sum to one.
    EmotionScores: Emotion => f32;
    /// The share of each sentiment among the items that were read; null where none was.
    SentimentShares: Sentiment => Option<Estimate>;
    /// The share of each emotion among the items that were read; null where none was.
    EmotionShares: Emotion => Option<Estimate>;
    /// What became of each sentiment's share.
    SentimentChanges: Sentiment => ShareChange;
}

/// Reads the values of these words from an object, in the order of the words. What else the object holds is passed over: it is
/// another version's, or another part's of a larger object.
struct Words<V>(&'static [&'static str], PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Words<V> {
    type Value = Vec<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with {}", self.0.join(", "))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<V>, A::Error> {
        let mut values: Vec<Option<V>> = self.0.iter().map(|_| None).collect();
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            match self.0.iter().position(|word| *word == key) {
                Some(at) => values[at] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let present = |(value, word): (Option<V>, &&'static str)| value.ok_or_else(|| A::Error::missing_field(word));
        values.into_iter().zip(self.0).map(present).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_are_named_in_their_order() {
        let counts = SentimentCounts([1, 2, 3]);
        let written = serde_json::to_string(&counts).unwrap();
        assert_eq!(written, r#"{"negative":1,"neutral":2,"positive":3}"#);
        let read = |json: serde_json::Value| serde_json::from_value::<SentimentCounts>(json).map(|counts| counts.0);
        assert_eq!(read(json!({"positive": 3, "mixed": {"n": 9}, "negative": 1, "neutral": 2})).unwrap(), [1, 2, 3]);
        let missing = read(json!({"positive": 3, "neutral": 2})).unwrap_err().to_string();
        assert!(missing.contains("missing field `negative`"), "{missing}");
        let shares = serde_json::to_value(SentimentShares([None; 3])).unwrap();
        assert_eq!(shares, json!({"negative": null, "neutral": null, "positive": null}));
    }

    #[test]
    fn every_label_is_described() {
        let check = |schema: RefOr<Schema>, words: &[&str], value: serde_json::Value| {
            let schema = serde_json::to_value(schema).unwrap();
            assert_eq!(schema["required"], json!(words));
            assert_eq!(schema["properties"][words[0]], value, "{schema}");
        };
        let count = json!({"type": "integer", "format": "int64", "minimum": 0});
        check(EmotionCounts::schema(), Emotion::WORDS, count);
        let estimate = json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Estimate"}]});
        check(SentimentShares::schema(), Sentiment::WORDS, estimate);
        check(SentimentChanges::schema(), Sentiment::WORDS, json!({"$ref": "#/components/schemas/ShareChange"}));
    }
}
