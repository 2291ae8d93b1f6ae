//! Models, and two of them compared.

use super::analysis::{EmotionReading, SentimentReading};
use super::figures::TIME_ZONE;
use super::item::Item;
use super::shares::Estimate;
use super::tune_report::TuneReport;
use super::words;
use crate::app::{ModelView, NewFolder};
use crate::domain::{Emotion, Meaning, Scores, Sentiment};
use crate::http::error::ApiError;
use crate::http::moment;
use crate::query;
use crate::stats;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Model {
    pub(crate) name: String,
    #[schema(value_type = words::ModelKind)]
    pub(crate) kind: String,
    #[schema(value_type = words::ModelState)]
    pub(crate) state: String,
    /// Whether its labels count.
    pub(crate) default: bool,
    /// Set where it reads a share of the new items beside the default model.
    pub(crate) challenger: Option<ChallengerShare>,
    /// Name of the model that it was tuned from.
    pub(crate) parent: Option<String>,
    /// The folder it lies in.
    pub(crate) path: Option<String>,
    /// Hex SHA-256 over its files or heads.
    pub(crate) fingerprint: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) reads: Says,
    /// Items that it has read.
    pub(crate) items: u64,
    /// What tuning measured; null for models that were not tuned here.
    pub(crate) report: Option<TuneReport>,
    /// Why it cannot read; null where nothing is known against it.
    pub(crate) error: Option<String>,
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
}

/// A share of the new items.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ChallengerShare {
    /// Above 0, at most 1.
    pub(crate) share: f64,
}

/// A label of a model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Label {
    /// As its author named it.
    pub(crate) label: String,
    /// Null where it is left out.
    #[schema(value_type = Option<words::Meaning>)]
    pub(crate) means: Option<String>,
}

/// What a model can say, in fixed order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Says {
    #[schema(value_type = Vec<words::Sentiment>)]
    pub(crate) sentiment: Vec<String>,
    #[schema(value_type = Vec<words::Emotion>)]
    pub(crate) emotion: Vec<String>,
}

impl From<ModelView> for Model {
    fn from(view: ModelView) -> Self {
        let reads = Says {
            sentiment: view.sentiments().into_iter().map(|s| s.as_str().to_owned()).collect(),
            emotion: view.emotions().into_iter().map(|e| e.as_str().to_owned()).collect(),
        };
        let ModelView {
            name,
            kind,
            state,
            is_default,
            challenger,
            parent,
            path,
            fingerprint,
            labels,
            items,
            report,
            problem,
            created_at,
        } = view;
        let label = |l: crate::domain::MappedLabel| Label { label: l.label, means: l.means.map(|m| m.to_string()) };
        Self {
            name,
            kind: kind.as_str().to_owned(),
            state: state.as_str().to_owned(),
            default: is_default,
            challenger: challenger.map(|share| ChallengerShare { share }),
            parent,
            path,
            fingerprint,
            labels: labels.into_iter().map(label).collect(),
            reads,
            items,
            report: report.map(Into::into),
            error: problem.map(|reason| format!("cannot read: {reason}")),
            created_at: moment::format(created_at),
        }
    }
}

/// A model with its description.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct ModelDetail {
    #[serde(flatten)]
    pub(crate) model: Model,
    /// Markdown; null where it has none.
    pub(crate) card: Option<String>,
}

impl From<(ModelView, Option<String>)> for ModelDetail {
    fn from((view, card): (ModelView, Option<String>)) -> Self {
        Self { model: view.into(), card }
    }
}

/// A folder to make known as a model.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewModel {
    /// Absolute path of a folder on the machine that the server runs on: `config.json`, `tokenizer.json`,
    /// `model.safetensors`. It is used where it lies.
    #[cfg_attr(windows, schema(pattern = r"^([A-Za-z]:[\\/]|\\\\)"))]
    #[cfg_attr(not(windows), schema(pattern = "^/"))]
    path: String,
    /// The folder's own name where it is missing. Not `compare`, `default`, `challenger` or `rollback`, which mean something
    /// else in addresses.
    #[schema(min_length = 1, max_length = 100, pattern = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f/\\?#%]+$")]
    name: Option<String>,
    /// What labels mean where their names do not say it: `sentiment:…`, `emotion:…`, or null to leave one out.
    #[serde(default)]
    #[schema(value_type = words::MeaningByLabel)]
    labels: BTreeMap<String, Option<String>>,
}

impl TryFrom<NewModel> for NewFolder {
    type Error = ApiError;

    fn try_from(new: NewModel) -> Result<Self, ApiError> {
        Ok(Self { labels: meanings(new.labels)?, path: new.path, name: new.name })
    }
}

/// What the labels of a model mean.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelLabels {
    /// `sentiment:…`, `emotion:…`, or null to leave one out. A label that is missing here is taken by its name.
    #[schema(value_type = words::MeaningByLabel)]
    labels: BTreeMap<String, Option<String>>,
}

impl TryFrom<ModelLabels> for Vec<(String, Option<Meaning>)> {
    type Error = ApiError;

    fn try_from(new: ModelLabels) -> Result<Self, ApiError> {
        meanings(new.labels)
    }
}

fn meanings(labels: BTreeMap<String, Option<String>>) -> Result<Vec<(String, Option<Meaning>)>, ApiError> {
    let meaning = |(label, means): (String, Option<String>)| {
        let Some(text) = means else { return Ok((label, None)) };
        if let Some(meaning) = Meaning::parse(&text) {
            return Ok((label, Some(meaning)));
        }
        let allowed: Vec<String> = Meaning::all().map(|m| m.to_string()).collect();
        let message = format!(
            "`{label}` cannot mean `{text}`: it must be one of {}, or null to leave it out",
            allowed.join(", ")
        );
        Err(ApiError::input("bad_label", message).with("label", label).with("allowed", allowed))
    };
    labels.into_iter().map(meaning).collect()
}

/// A model by name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelName {
    #[schema(min_length = 1)]
    pub(crate) name: String,
}

/// A model that is to read a share of the new items.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChallenger {
    #[schema(min_length = 1)]
    pub(crate) name: String,
    /// Above 0, at most 1.
    #[schema(exclusive_minimum = 0, maximum = 1)]
    pub(crate) share: f64,
}

/// What was removed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct RemovedModel {
    pub(crate) name: String,
    pub(crate) removed: bool,
}

/// Whether somebody challenges the default model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct NoChallenger {
    /// Always null.
    #[schema(value_type = Option<ChallengerShare>)]
    pub(crate) challenger: Option<ChallengerShare>,
}

/// How two models read the same items.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Comparison {
    pub(crate) a: String,
    pub(crate) b: String,
    /// Items that both have read.
    pub(crate) n: u64,
    /// Null where one of them gives no sentiments.
    pub(crate) sentiment: Option<LabelAgreement>,
    /// Null where one of them gives no emotions.
    pub(crate) emotion: Option<LabelAgreement>,
    /// The largest differences, largest first.
    pub(crate) items: Vec<Difference>,
    /// By day of b's reading, oldest first.
    pub(crate) record: Vec<DayRecord>,
    /// IANA name of the zone that the days of the record are cut in.
    pub(crate) time_zone: String,
}

/// How far two models agree on one kind of labels.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct LabelAgreement {
    pub(crate) n: u64,
    /// Share of items with the same label.
    pub(crate) agreement: f64,
    /// Lower end of its interval (Wilson, 95 %).
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
    /// The agreement that the models' habits alone would bring.
    pub(crate) chance: f64,
    /// Cohen's kappa; null where both give every item the same one label.
    pub(crate) kappa: Option<f64>,
    /// What a kappa of that size is called (Landis and Koch): "substantial agreement".
    pub(crate) kappa_words: Option<String>,
    /// Names of rows and columns.
    pub(crate) labels: Vec<String>,
    /// Items by a's label (rows) and b's (columns).
    pub(crate) table: Vec<Vec<u64>>,
    /// The same as shares of each row, 0 to 1: of what a called so, what b called how; null in a row without items.
    pub(crate) shares: Vec<Vec<Option<f64>>>,
    /// Against what people said; null where they said nothing.
    pub(crate) corrected: Option<Corrected>,
}

/// Accuracy on the items that people have judged.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Corrected {
    pub(crate) n: u64,
    pub(crate) a: Option<f64>,
    pub(crate) b: Option<f64>,
}

/// An item that the models read differently.
#[allow(clippy::struct_field_names, reason = "the names are the wire's")]
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Difference {
    #[serde(flatten)]
    pub(crate) item: Item,
    pub(crate) a: OneReading,
    pub(crate) b: OneReading,
    /// Total variation distance of the scores, the larger one of sentiment and emotion: 0 to 1.
    pub(crate) difference: f32,
}

/// What one model reads in one item.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct OneReading {
    pub(crate) sentiment: Option<SentimentReading>,
    pub(crate) emotion: Option<EmotionReading>,
}

impl From<Scores> for OneReading {
    fn from(scores: Scores) -> Self {
        Self { sentiment: scores.sentiment.map(Into::into), emotion: scores.emotion.map(Into::into) }
    }
}

/// One day of the second model.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct DayRecord {
    #[schema(format = Date)]
    pub(crate) day: String,
    pub(crate) n: u64,
    pub(crate) agreement: f64,
    /// Lower end of its interval (Wilson, 95 %).
    pub(crate) low: f64,
    /// Its upper end.
    pub(crate) high: f64,
    pub(crate) kappa: Option<f64>,
    /// What a kappa of that size is called.
    pub(crate) kappa_words: Option<String>,
}

impl From<query::Comparison> for Comparison {
    fn from(comparison: query::Comparison) -> Self {
        let query::Comparison { a, b, n, sentiment, emotion, items, record, next_cursor: _ } = comparison;
        let difference = |d: query::Difference| Difference {
            item: d.view.into(),
            a: d.a.into(),
            b: d.b.into(),
            difference: d.difference,
        };
        let day = |r: query::DayRecord| DayRecord {
            day: moment::format(r.day)[..10].to_owned(),
            n: r.n,
            agreement: r.agreement.share,
            low: r.agreement.low,
            high: r.agreement.high,
            kappa: r.kappa,
            kappa_words: kappa_words(r.kappa),
        };
        Self {
            a,
            b,
            n,
            sentiment: sentiment.map(|s| agreement(s, Sentiment::ALL.iter().map(|l| l.as_str().to_owned()).collect())),
            emotion: emotion.map(|e| agreement(e, Emotion::ALL.iter().map(|l| l.as_str().to_owned()).collect())),
            items: items.into_iter().map(difference).collect(),
            record: record.into_iter().map(day).collect(),
            time_zone: TIME_ZONE.to_owned(),
        }
    }
}

fn agreement(found: query::LabelAgreement, labels: Vec<String>) -> LabelAgreement {
    let query::LabelAgreement { n, agreement, chance, kappa, table, corrected } = found;
    let stats::Estimate { n: _, share: agreement, low, high } = agreement;
    let corrected = corrected.map(|c| Corrected { n: c.n, a: Some(c.a), b: Some(c.b) });
    let of_row = |row: &Vec<u64>| {
        let sum = row.iter().sum();
        row.iter().map(|n| stats::share(*n, sum).map(|estimate| Estimate::from(estimate).share)).collect()
    };
    let shares = table.iter().map(of_row).collect();
    let kappa_words = kappa_words(kappa);
    LabelAgreement { n, agreement, low, high, chance, kappa, kappa_words, labels, table, shares, corrected }
}

fn kappa_words(kappa: Option<f64>) -> Option<String> {
    kappa.map(|kappa| stats::kappa_words(kappa).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{MappedLabel, ModelKind, ModelState, Timestamp};
    use serde_json::Value;

    #[test]
    fn a_model_says_what_it_can_say() {
        let labels = [("NEGATIVE", "sentiment:negative"), ("POSITIVE", "sentiment:positive"), ("OTHER", "")];
        let view = ModelView {
            name: "m".into(),
            kind: ModelKind::Folder,
            state: ModelState::Ready,
            is_default: false,
            challenger: Some(0.1),
            parent: None,
            path: Some("/m".into()),
            fingerprint: "f".into(),
            labels: labels.map(|(l, m)| MappedLabel { label: l.into(), means: Meaning::parse(m) }).to_vec(),
            items: 3,
            report: None,
            problem: Some("it is gone".into()),
            created_at: Timestamp(0),
        };
        let json = serde_json::to_value(Model::from(view)).unwrap();
        assert_eq!(json["reads"], serde_json::json!({"sentiment": ["negative", "positive"], "emotion": []}));
        assert_eq!(json["labels"][2], serde_json::json!({"label": "OTHER", "means": null}));
        assert_eq!((&json["challenger"]["share"], &json["kind"]), (&0.1.into(), &"folder".into()));
        assert_eq!(json["error"], "cannot read: it is gone");
    }

    #[test]
    fn a_label_means_one_of_ours_or_nothing() {
        let read = |json: Value| NewFolder::try_from(serde_json::from_value::<NewModel>(json).unwrap());
        let folder = read(serde_json::json!({"path": "/m", "labels": {"A": "emotion:joy", "B": null}})).unwrap();
        assert_eq!(folder.labels[0].1, Meaning::parse("emotion:joy"));
        assert_eq!(folder.labels[1].1, None);
        let error = read(serde_json::json!({"path": "/m", "labels": {"A": "happy"}})).unwrap_err();
        assert!(error.message.contains("emotion:joy"), "{}", error.message);
    }
}
