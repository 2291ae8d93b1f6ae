//! Readings, vectors, models, and what still waits to be read.

use crate::domain::{
    AnalysisState, DIMENSION, Emotion, Features, ImportId, ItemId, Labels, ModelId, ModelKind, ModelState, Reading,
    Scope, Scores, Sentiment, Timestamp, Uid, UnitVector, top,
};
use crate::store::changes::as_limit;
use crate::store::languages::Languages;
use crate::store::{ChangeOp, ReadTx, StoreError, WriteTx};
use crate::text::Prior;
use half::f16;
use half::slice::HalfFloatSliceExt;
use rusqlite::Row;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

/// One model's reading of one item as stored.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredAnalysis {
    /// The item.
    pub item: ItemId,
    /// The model.
    pub model: ModelId,
    /// Its name.
    pub model_name: String,
    /// How far it came; never `Pending`.
    pub state: AnalysisState,
    /// Probabilities in the order of `Sentiment::ALL`, where `state` is `Done`.
    pub sentiment: Option<[f32; 3]>,
    /// Probabilities in the order of `Emotion::ALL`, where `state` is `Done`.
    pub emotion: Option<[f32; 7]>,
    /// When it was read.
    pub analyzed_at: Timestamp,
}

impl StoredAnalysis {
    /// The likeliest sentiment with its probability.
    pub fn top_sentiment(&self) -> Option<(Sentiment, f32)> {
        let (at, score) = top(self.sentiment.as_ref()?)?;
        Some((Sentiment::from_index(at)?, score))
    }

    /// The likeliest emotion with its probability.
    pub fn top_emotion(&self) -> Option<(Emotion, f32)> {
        let (at, score) = top(self.emotion.as_ref()?)?;
        Some((Emotion::from_index(at)?, score))
    }
}

/// How two models read one item.
#[derive(Clone, PartialEq, Debug)]
pub struct PairOfScores {
    /// The item.
    pub item: ItemId,
    /// What the first model read.
    pub a: Scores,
    /// What the second model read.
    pub b: Scores,
    /// When the second model read it.
    pub read_by_b_at: Timestamp,
}

/// A reading to store.
#[derive(Clone, PartialEq, Debug)]
pub struct NewAnalysis {
    /// The item.
    pub item: ItemId,
    /// Its version when its text was taken from the backlog.
    pub version: i64,
    /// `Done`, `UnsupportedLanguage`, `Empty` or `Removed`.
    pub state: AnalysisState,
    /// Detected language; used where the item brought none.
    pub language: Option<String>,
    /// What was read where `state` is `Done`.
    pub reading: Option<NewReading>,
}

/// What a model read in an item.
#[derive(Clone, PartialEq, Debug)]
pub struct NewReading {
    /// Its probabilities.
    pub scores: Scores,
    /// What the bundled encoder made of the text; `None` for every other model.
    pub encoded: Option<Encoded>,
}

/// What the bundled encoder makes of a text, beside its labels.
#[derive(Clone, PartialEq, Debug)]
pub struct Encoded {
    /// The sentence vector.
    pub vector: UnitVector,
    /// What heads are applied to.
    pub features: Features,
}

impl From<Reading> for NewReading {
    fn from(reading: Reading) -> Self {
        let scores = Scores::from(&reading);
        Self { scores, encoded: Some(Encoded { vector: reading.vector, features: reading.features }) }
    }
}

impl From<Scores> for NewReading {
    fn from(scores: Scores) -> Self {
        Self { scores, encoded: None }
    }
}

/// An item that waits to be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Unread {
    /// The item.
    pub item: ItemId,
    /// Its outside identifier.
    pub uid: Uid,
    /// Its present version.
    pub version: i64,
    /// Its text.
    pub text: String,
    /// Its language as the file gave it.
    pub language: Option<String>,
    /// What its file, its source and its author say about its language.
    pub prior: Prior,
}

/// An item that the bundled encoder has dealt with, and another model not yet.
#[derive(Clone, PartialEq, Debug)]
pub struct EncodedItem {
    /// The item.
    pub item: ItemId,
    /// Its present version.
    pub version: i64,
    /// How far the encoder came; never `Pending`.
    pub state: AnalysisState,
    /// What heads are applied to, where it was kept.
    pub features: Option<Features>,
}

/// Items as [`Unread`].
const UNREAD: &str = "SELECT id, uid, version, text, iif(language_given, language, NULL), import, source,
    author FROM item";

/// An unread item with what its prior hangs on.
struct Waiting {
    unread: Unread,
    import: Option<i64>,
    source: String,
    author: Option<String>,
}

impl ReadTx<'_> {
    /// Every reading of the items, by item in the order asked for, then by model.
    pub fn analyses_of(&self, scope: Scope, ids: &[ItemId]) -> Result<Vec<StoredAnalysis>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT a.model, m.name, a.state, a.sentiment, a.emotion, a.analyzed_at
             FROM item i JOIN analysis a ON a.item = i.id JOIN model m ON m.id = a.model
             WHERE i.id = ?1 AND i.workspace = ?2 AND m.state <> ?3 ORDER BY a.model",
        )?;
        let mut analyses = Vec::with_capacity(ids.len());
        for &item in ids {
            let mut rows = statement.query((item.0, scope.workspace.0, ModelState::Removed as u8))?;
            while let Some(row) = rows.next()? {
                analyses.push(StoredAnalysis {
                    item,
                    model: ModelId(row.get(0)?),
                    model_name: row.get(1)?,
                    state: analysis_state(row.get(2)?)?,
                    sentiment: scores("analysis.sentiment", row.get_ref(3)?.as_blob_or_null().map_err(bad_type)?)?,
                    emotion: scores("analysis.emotion", row.get_ref(4)?.as_blob_or_null().map_err(bad_type)?)?,
                    analyzed_at: Timestamp(row.get(5)?),
                });
            }
        }
        Ok(analyses)
    }

    /// Items of the workspace that `model` has not read, lowest numbers first. A look at the backlog index for the default
    /// model, a scan of all items for another.
    pub fn backlog(&self, scope: Scope, model: ModelId, limit: usize) -> Result<Vec<Unread>, StoreError> {
        let sql = if self.default_model()? == Some(model) {
            format!(
                "{UNREAD} INDEXED BY item_backlog WHERE workspace = ?3 AND pending = 1 AND ?1 = ?1 ORDER BY id LIMIT ?2"
            )
        } else {
            let unread = "NOT EXISTS (SELECT 1 FROM analysis a WHERE a.item = item.id AND a.model = ?1)";
            format!("{UNREAD} WHERE workspace = ?3 AND {unread} ORDER BY id LIMIT ?2")
        };
        let mut statement = self.conn.prepare_cached(&sql)?;
        let parameters = (model.0, as_limit(limit), scope.workspace.0);
        self.with_priors(statement.query_map(parameters, read_waiting)?.collect::<Result<_, _>>()?)
    }

    /// Items of the workspace's backlog behind `after` that `model` has not read, lowest numbers first: for one that reads
    /// while the default model cannot, and so takes nothing out of the backlog.
    pub fn backlog_behind(
        &self,
        scope: Scope,
        after: ItemId,
        model: ModelId,
        limit: usize,
    ) -> Result<Vec<Unread>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "{UNREAD} INDEXED BY item_backlog WHERE workspace = ?4 AND pending = 1 AND id > ?1
               AND NOT EXISTS (SELECT 1 FROM analysis a WHERE a.item = item.id AND a.model = ?2) ORDER BY id LIMIT ?3"
        ))?;
        let parameters = (after.0, model.0, as_limit(limit), scope.workspace.0);
        self.with_priors(statement.query_map(parameters, read_waiting)?.collect::<Result<_, _>>()?)
    }

    /// Adds what their imports say about their languages.
    fn with_priors(&self, found: Vec<Waiting>) -> Result<Vec<Unread>, StoreError> {
        let mut surveys: HashMap<i64, Languages> = HashMap::new();
        let mut all = Vec::with_capacity(found.len());
        for Waiting { mut unread, import, source, author } in found {
            if let Some(import) = import {
                let languages = match surveys.entry(import) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(self.import_languages(ImportId(import))?),
                };
                unread.prior = languages.prior(&source, author.as_deref(), unread.language.as_deref());
            } else if let Some(given) = &unread.language {
                unread.prior = std::mem::take(&mut unread.prior).with_given(given);
            }
            all.push(unread);
        }
        Ok(all)
    }

    /// How many items of the workspace the default model has not read.
    pub fn backlog_count(&self, scope: Scope) -> Result<u64, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT count(*) FROM item WHERE workspace = ?1 AND pending = 1")?;
        Ok(statement.query_row([scope.workspace.0], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// Whether there is an item of the workspace that the default or the bundled model has not read.
    pub fn has_backlog(&self, scope: Scope) -> Result<bool, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT 1 FROM item WHERE workspace = ?1 AND pending = 1 LIMIT 1")?;
        Ok(statement.exists([scope.workspace.0])?)
    }

    /// Vectors of items; missing ones are left out.
    pub fn vectors(&self, model: ModelId, ids: &[ItemId]) -> Result<Vec<(ItemId, UnitVector)>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT vector FROM embedding WHERE item = ?1 AND model = ?2")?;
        let mut vectors = Vec::with_capacity(ids.len());
        for &item in ids {
            let mut rows = statement.query((item.0, model.0))?;
            if let Some(row) = rows.next()? {
                vectors.push((item, vector(row.get_ref(0)?.as_blob().map_err(bad_type)?)?));
            }
        }
        Ok(vectors)
    }

    /// What the heads saw of items; missing ones are left out.
    pub fn features(&self, model: ModelId, ids: &[ItemId]) -> Result<Vec<(ItemId, Features)>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT vector FROM feature WHERE item = ?1 AND model = ?2")?;
        let mut found = Vec::with_capacity(ids.len());
        for &item in ids {
            let mut rows = statement.query((item.0, model.0))?;
            if let Some(row) = rows.next()? {
                found.push((item, features(row.get_ref(0)?.as_blob().map_err(bad_type)?)?));
            }
        }
        Ok(found)
    }

    /// Those of the items that `model` has an analysis of.
    pub fn read_by(&self, model: ModelId, ids: &[ItemId]) -> Result<HashSet<ItemId>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT 1 FROM analysis WHERE item = ?1 AND model = ?2")?;
        let mut read = HashSet::with_capacity(ids.len());
        for &item in ids {
            if statement.exists((item.0, model.0))? {
                read.insert(item);
            }
        }
        Ok(read)
    }

    /// Both readings of the items that both models have read.
    pub fn scores_of_both(&self, ids: &[ItemId], a: ModelId, b: ModelId) -> Result<Vec<PairOfScores>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT a.sentiment, a.emotion, b.sentiment, b.emotion, b.analyzed_at
             FROM analysis a JOIN analysis b ON b.item = a.item AND b.model = ?3
             WHERE a.item = ?1 AND a.model = ?2 AND a.state = ?4 AND b.state = ?4",
        )?;
        let mut pairs = Vec::with_capacity(ids.len());
        for &item in ids {
            let mut rows = statement.query((item.0, a.0, b.0, AnalysisState::Done as u8))?;
            if let Some(row) = rows.next()? {
                let blob = |column| row.get_ref(column)?.as_blob_or_null().map_err(bad_type);
                let of = |column| -> Result<Scores, StoreError> {
                    Ok(Scores {
                        sentiment: scores("analysis.sentiment", blob(column)?)?,
                        emotion: scores("analysis.emotion", blob(column + 1)?)?,
                    })
                };
                pairs.push(PairOfScores { item, a: of(0)?, b: of(2)?, read_by_b_at: Timestamp(row.get(4)?) });
            }
        }
        Ok(pairs)
    }

    /// Items numbered `range` that `model` has not read, lowest numbers first.
    pub fn unread_in(
        &self,
        scope: Scope,
        model: ModelId,
        range: &RangeInclusive<i64>,
        limit: usize,
    ) -> Result<Vec<Unread>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "{UNREAD} WHERE id BETWEEN ?1 AND ?2 AND workspace = ?3
               AND NOT EXISTS (SELECT 1 FROM analysis a WHERE a.item = item.id AND a.model = ?4) ORDER BY id LIMIT ?5"
        ))?;
        let parameters = (range.start(), range.end(), scope.workspace.0, model.0, as_limit(limit));
        self.with_priors(statement.query_map(parameters, read_waiting)?.collect::<Result<_, _>>()?)
    }

    /// Those of the items that `model` looked at and could not read: foreign or empty.
    pub fn unreadable_by(&self, model: ModelId, ids: &[ItemId]) -> Result<HashSet<ItemId>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT 1 FROM analysis WHERE item = ?1 AND model = ?2 AND state <> ?3")?;
        let mut unreadable = HashSet::new();
        for &item in ids {
            if statement.exists((item.0, model.0, AnalysisState::Done as u8))? {
                unreadable.insert(item);
            }
        }
        Ok(unreadable)
    }

    /// Items of any workspace behind `after` that `encoder` has dealt with and `model` has not, lowest numbers first.
    pub fn scan_encoded(
        &self,
        encoder: ModelId,
        model: ModelId,
        after: ItemId,
        limit: usize,
    ) -> Result<Vec<EncodedItem>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT i.id, i.version, a.state, f.vector
             FROM item i JOIN analysis a ON a.item = i.id AND a.model = ?1
               LEFT JOIN feature f ON f.item = i.id AND f.model = ?1
             WHERE i.id > ?3 AND NOT EXISTS (SELECT 1 FROM analysis o WHERE o.item = i.id AND o.model = ?2)
             ORDER BY i.id LIMIT ?4",
        )?;
        let rows = statement.query_and_then((encoder.0, model.0, after.0, as_limit(limit)), |row| {
            let blob = row.get_ref(3)?.as_blob_or_null().map_err(bad_type)?;
            Ok(EncodedItem {
                item: ItemId(row.get(0)?),
                version: row.get(1)?,
                state: analysis_state(row.get(2)?)?,
                features: blob.map(features).transpose()?,
            })
        })?;
        rows.collect()
    }

    /// How many items behind `after` `encoder` has dealt with.
    pub fn count_encoded(&self, encoder: ModelId, after: ItemId) -> Result<u64, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT count(*) FROM analysis WHERE item > ?2 AND model = ?1")?;
        Ok(statement.query_row((encoder.0, after.0), |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// Vectors of items behind `after`, lowest numbers first.
    pub fn scan_vectors(
        &self,
        model: ModelId,
        after: ItemId,
        limit: usize,
    ) -> Result<Vec<(ItemId, UnitVector)>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT item, vector FROM embedding WHERE item > ?1 AND model = ?2 ORDER BY item LIMIT ?3",
        )?;
        let rows = statement.query_and_then((after.0, model.0, as_limit(limit)), |row| {
            Ok((ItemId(row.get(0)?), vector(row.get_ref(1)?.as_blob().map_err(bad_type)?)?))
        })?;
        rows.collect()
    }
}

impl WriteTx<'_> {
    /// Takes those of the items out of the backlog that the default and the bundled model have both dealt with, whatever left
    /// them there; answers how many.
    pub fn settle_backlog(&mut self, ids: &[ItemId]) -> Result<usize, StoreError> {
        let (default, bundled) = (self.default_model()?, self.bundled_model()?);
        if default.or(bundled).is_none() {
            return Ok(0);
        }
        let conn = self.conn;
        let mut settle = conn.prepare_cached(
            "UPDATE item SET pending = 0 WHERE id = ?1 AND pending = 1 AND NOT EXISTS
               (SELECT 1 FROM model m WHERE m.id IN (?2, ?3)
                  AND NOT EXISTS (SELECT 1 FROM analysis a WHERE a.item = item.id AND a.model = m.id))",
        )?;
        let mut n = 0;
        for id in ids {
            n += settle.execute((id.0, default.map(|m| m.0), bundled.map(|m| m.0)))?;
        }
        Ok(n)
    }

    /// Stores readings; answers how many. Left out: items that are gone or whose version moved on, and everything of a
    /// model that was removed.
    pub fn put_analyses(&mut self, model: ModelId, analyses: &[NewAnalysis]) -> Result<usize, StoreError> {
        let conn = self.conn;
        // One that was removed while it read: its readings are being deleted, and none may come behind that.
        if self.model(model)?.is_none_or(|model| model.state == ModelState::Removed) {
            return Ok(0);
        }
        let (default, bundled) = (self.default_model()?, self.bundled_model()?);
        let is_default = default == Some(model);
        // An item leaves the backlog when both the default and the bundled model have read it.
        let other = if is_default { bundled } else { default }.filter(|other| *other != model);
        let awaited = is_default || bundled == Some(model);
        let now = self.now().0;
        let mut find = conn.prepare_cached("SELECT import FROM item WHERE id = ?1 AND version = ?2")?;
        let mut find_updaters = conn.prepare_cached("SELECT DISTINCT import FROM item_prior WHERE item = ?1")?;
        let mut put = conn.prepare_cached(
            "INSERT OR REPLACE INTO analysis (item, model, state, sentiment, emotion, analyzed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        let mut put_vector = conn.prepare_cached(
            "INSERT INTO embedding (item, model, vector) VALUES (?1, ?2, ?3)
             ON CONFLICT (item, model) DO UPDATE SET vector = excluded.vector",
        )?;
        let mut put_features = conn.prepare_cached(
            "INSERT INTO feature (item, model, vector) VALUES (?1, ?2, ?3)
             ON CONFLICT (item, model) DO UPDATE SET vector = excluded.vector",
        )?;
        let mut drop_vector = conn.prepare_cached("DELETE FROM embedding WHERE item = ?1 AND model = ?2")?;
        let mut drop_features = conn.prepare_cached("DELETE FROM feature WHERE item = ?1 AND model = ?2")?;
        let mut mark = conn.prepare_cached(
            "UPDATE item SET pending = iif(?2, 0, pending), language = coalesce(language, ?3)
             WHERE id = ?1 AND ((?2 AND pending = 1) OR (language IS NULL AND ?3 IS NOT NULL))",
        )?;
        let mut read_by_other = conn.prepare_cached("SELECT 1 FROM analysis WHERE item = ?1 AND model = ?2")?;
        let (mut stored, mut imports) = (Vec::with_capacity(analyses.len()), BTreeSet::new());
        for new in analyses {
            let NewAnalysis { item, version, state, language, reading } = new;
            let mut rows = find.query((item.0, version))?;
            let Some(row) = rows.next()? else { continue };
            imports.extend(row.get::<_, Option<i64>>(0)?);
            drop(rows);
            let mut updaters = find_updaters.query([item.0])?;
            while let Some(row) = updaters.next()? {
                imports.insert(row.get(0)?);
            }
            let scores = reading.as_ref().map(|r| r.scores).unwrap_or_default();
            let (sentiment, emotion) = (scores.sentiment.map(|s| blob(&s)), scores.emotion.map(|s| blob(&s)));
            put.execute((item.0, model.0, *state as u8, sentiment, emotion, now))?;
            if let Some(Encoded { vector, features }) = reading.as_ref().and_then(|r| r.encoded.as_ref()) {
                put_vector.execute((item.0, model.0, halves(vector.as_slice())))?;
                put_features.execute((item.0, model.0, halves(features.as_slice())))?;
            } else {
                drop_vector.execute((item.0, model.0))?;
                drop_features.execute((item.0, model.0))?;
            }
            let done = awaited && other.map_or(Ok(true), |other| read_by_other.exists((item.0, other.0)))?;
            // The row holds the text: it is written again only where something of it changes.
            mark.execute((item.0, done, language))?;
            stored.push(*item);
        }
        // Only the bundled encoder brings vectors; what another model reads is news where its labels count.
        let encodes = self.model(model)?.is_some_and(|model| model.kind == ModelKind::Bundled);
        self.log(&stored, if encodes || is_default { ChangeOp::Read } else { ChangeOp::Labels })?;
        if !stored.is_empty() {
            let last = self.last_change()?;
            let mut touch = conn.prepare_cached("UPDATE import SET last_change = ?2 WHERE id = ?1")?;
            for import in imports {
                touch.execute((import, last))?;
            }
        }
        Ok(stored.len())
    }
}

fn read_waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    Ok(Waiting {
        unread: Unread {
            item: ItemId(row.get(0)?),
            uid: Uid::from_bytes(row.get(1)?),
            version: row.get(2)?,
            text: row.get(3)?,
            language: row.get(4)?,
            prior: Prior::default(),
        },
        import: row.get(5)?,
        source: row.get(6)?,
        author: row.get(7)?,
    })
}

/// What the column index keeps of a reading.
pub(super) fn labels(
    model: i64,
    state: u8,
    sentiment: Option<&[u8]>,
    emotion: Option<&[u8]>,
) -> Result<Labels, StoreError> {
    let sentiment: Option<[f32; 3]> = scores("analysis.sentiment", sentiment)?;
    let emotion: Option<[f32; 7]> = scores("analysis.emotion", emotion)?;
    Ok(Labels {
        model: ModelId(model),
        state: analysis_state(state)?,
        sentiment: sentiment.and_then(|s| top(&s)).and_then(|(i, p)| Some((Sentiment::from_index(i)?, p))),
        emotion: emotion.and_then(|s| top(&s)).and_then(|(i, p)| Some((Emotion::from_index(i)?, p))),
    })
}

/// A column of another type than this program writes.
pub(super) fn bad_type(error: rusqlite::types::FromSqlError) -> StoreError {
    StoreError::from(rusqlite::Error::from(error))
}

fn analysis_state(code: u8) -> Result<AnalysisState, StoreError> {
    AnalysisState::from_code(code)
        .ok_or_else(|| StoreError::BadValue { what: "analysis.state", detail: code.to_string() })
}

fn blob(scores: &[f32]) -> Vec<u8> {
    scores.iter().flat_map(|score| score.to_le_bytes()).collect()
}

fn scores<const N: usize>(what: &'static str, blob: Option<&[u8]>) -> Result<Option<[f32; N]>, StoreError> {
    let Some(blob) = blob else { return Ok(None) };
    let (chunks, rest) = blob.as_chunks::<4>();
    let values: Vec<f32> = chunks.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match <[f32; N]>::try_from(values) {
        Ok(values) if rest.is_empty() => Ok(Some(values)),
        _ => Err(StoreError::BadValue { what, detail: format!("{} bytes", blob.len()) }),
    }
}

/// Half precision loses less than 0.0005 per number of a vector, far below what tells neighbours apart, and nothing of
/// features, which are such numbers already.
fn halves(values: &[f32]) -> Vec<u8> {
    let mut halves = vec![f16::ZERO; values.len()];
    halves.convert_from_f32_slice(values);
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

fn floats(blob: &[u8]) -> Option<Vec<f32>> {
    let halves: Vec<f16> = blob.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes)).collect();
    (blob.len() == DIMENSION * 2).then(|| halves.to_f32_vec())
}

fn vector(blob: &[u8]) -> Result<UnitVector, StoreError> {
    let bad = || StoreError::BadValue { what: "embedding.vector", detail: format!("{} bytes", blob.len()) };
    floats(blob).and_then(UnitVector::normalised).ok_or_else(bad)
}

fn features(blob: &[u8]) -> Result<Features, StoreError> {
    let bad = || StoreError::BadValue { what: "feature.vector", detail: format!("{} bytes", blob.len()) };
    floats(blob).and_then(Features::rounded).ok_or_else(bad)
}
