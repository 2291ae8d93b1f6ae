//! Models: which there are, whose labels count, who challenges them.
//!
//! A model is never deleted, because old rows point at it; one that is removed is merely no longer named anywhere.

use crate::domain::{Challenger, MappedLabel, Meaning, ModelId, ModelKind, ModelState, Timestamp};
use crate::store::changes::as_limit;
use crate::store::{ChangeOp, ReadTx, StoreError, WriteTx};
use rusqlite::{OptionalExtension, Row};

/// A model as stored, without its heads.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredModel {
    /// Row number.
    pub id: ModelId,
    /// Its name, unique among the models that are not removed (but for earlier versions of the bundled one).
    pub name: String,
    /// Hex SHA-256 over its files or heads.
    pub fingerprint: String,
    /// Where it comes from.
    pub kind: ModelKind,
    /// Where it stands.
    pub state: ModelState,
    /// The model that it was tuned from.
    pub parent: Option<ModelId>,
    /// The folder it lies in.
    pub path: Option<String>,
    /// What its labels mean; empty for models that speak in ours.
    pub labels: Vec<MappedLabel>,
    /// What tuning measured, JSON.
    pub report: Option<String>,
    /// When it was made known.
    pub created_at: Timestamp,
}

/// A model to store.
#[derive(Clone, PartialEq, Debug)]
pub struct NewModel {
    /// Its name.
    pub name: String,
    /// Hex SHA-256 over its files or heads.
    pub fingerprint: String,
    /// Where it stands at first.
    pub state: ModelState,
    /// Where it comes from, and what belongs to that.
    pub origin: ModelOrigin,
}

/// Where a new model comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum ModelOrigin {
    /// A folder of this machine.
    Folder {
        /// Its absolute path.
        path: String,
        /// What its labels mean.
        labels: Vec<MappedLabel>,
    },
    /// Heads trained here.
    Tuned {
        /// The model that they were trained from.
        parent: ModelId,
        /// The heads, as the model module writes them.
        heads: Vec<u8>,
        /// What was measured, JSON.
        report: String,
    },
}

/// Setting that holds the number of the bundled model of the program that opened the store last.
const BUNDLED: &str = "bundled_model";
/// Setting that holds the number of the model whose labels count.
const DEFAULT: &str = "current_model";
/// Setting that holds the number of the default model before it.
const PREVIOUS: &str = "previous_model";
/// Setting that holds the challenger as JSON.
const CHALLENGER: &str = "challenger";

const COLUMNS: &str = "id, name, fingerprint, kind, state, parent, path, label_map, report, created_at";

/// The challenger as stored.
#[derive(serde::Serialize, serde::Deserialize)]
struct ChallengerRow {
    model: i64,
    share: f64,
}

impl ReadTx<'_> {
    /// Every model that is not removed, oldest first.
    pub fn models(&self) -> Result<Vec<StoredModel>, StoreError> {
        let mut statement =
            self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM model WHERE state <> ?1 ORDER BY id"))?;
        statement.query_and_then([ModelState::Removed as u8], read_model)?.collect()
    }

    /// The model of that name that is not removed; the newest where the bundled one changed under its name.
    pub fn model_named(&self, name: &str) -> Result<Option<StoredModel>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM model WHERE name = ?1 AND state <> ?2 ORDER BY id DESC LIMIT 1"
        ))?;
        let mut rows = statement.query((name, ModelState::Removed as u8))?;
        rows.next()?.map(read_model).transpose()
    }

    /// A model by number, removed or not.
    pub fn model(&self, id: ModelId) -> Result<Option<StoredModel>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!("SELECT {COLUMNS} FROM model WHERE id = ?1"))?;
        let mut rows = statement.query([id.0])?;
        rows.next()?.map(read_model).transpose()
    }

    /// The heads of a tuned model, as they were given.
    pub fn model_heads(&self, id: ModelId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT heads FROM model WHERE id = ?1")?;
        Ok(statement.query_row([id.0], |row| row.get(0)).optional()?.flatten())
    }

    /// The model of this program, whose vectors and head inputs every item needs; `None` before the first.
    pub fn bundled_model(&self) -> Result<Option<ModelId>, StoreError> {
        Ok(self.setting(BUNDLED)?.and_then(|id| id.parse().ok()).map(ModelId))
    }

    /// The model whose labels count; `None` before the first.
    pub fn default_model(&self) -> Result<Option<ModelId>, StoreError> {
        Ok(self.setting(DEFAULT)?.and_then(|id| id.parse().ok()).map(ModelId))
    }

    /// The default model before the present one.
    pub fn previous_model(&self) -> Result<Option<ModelId>, StoreError> {
        Ok(self.setting(PREVIOUS)?.and_then(|id| id.parse().ok()).map(ModelId))
    }

    /// The model that reads a share of the new items beside the default one.
    pub fn challenger(&self) -> Result<Option<Challenger>, StoreError> {
        let Some(json) = self.setting(CHALLENGER)?.filter(|json| !json.is_empty()) else { return Ok(None) };
        let row: ChallengerRow = serde_json::from_str(&json)
            .map_err(|e| StoreError::BadValue { what: "setting.challenger", detail: e.to_string() })?;
        Ok(Some(Challenger { model: ModelId(row.model), share: row.share }))
    }

    /// The bundled model at the root of a line of tuned ones.
    pub fn encoder_of(&self, tuned: &StoredModel) -> Result<Option<ModelId>, StoreError> {
        let mut next = tuned.parent;
        while let Some(model) = next.map(|id| self.model(id)).transpose()?.flatten() {
            if model.kind == ModelKind::Bundled {
                return Ok(Some(model.id));
            }
            // A parent is older than its child, so this ends.
            next = model.parent.filter(|parent| *parent < model.id);
        }
        Ok(None)
    }
}

impl WriteTx<'_> {
    /// The bundled model of that name and fingerprint; made where it is missing.
    ///
    /// It becomes the default where there is none, and takes the place of an earlier bundled version or of heads that
    /// were tuned for one: they cannot read anything any more.
    pub fn ensure_bundled(&mut self, name: &str, fingerprint: &str) -> Result<ModelId, StoreError> {
        let conn = self.conn;
        conn.prepare_cached(
            "INSERT INTO model (name, fingerprint, created_at, kind) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?
        .execute((name, fingerprint, self.now().0, ModelKind::Bundled as u8))?;
        let id = conn
            .prepare_cached("SELECT id FROM model WHERE name = ?1 AND fingerprint = ?2")?
            .query_row((name, fingerprint), |row| row.get(0).map(ModelId))?;
        // Another version of this program left another one of this name: only one of them can read.
        conn.prepare_cached("UPDATE model SET state = iif(id = ?1, ?2, ?3) WHERE kind = ?4")?.execute((
            id.0,
            ModelState::Ready as u8,
            ModelState::Removed as u8,
            ModelKind::Bundled as u8,
        ))?;
        let is_new = self.bundled_model()? != Some(id);
        self.set_setting(BUNDLED, &id.0.to_string())?;
        let default = self.default_model()?.map(|id| self.model(id)).transpose()?.flatten();
        let stays = match default {
            None => false,
            Some(model) => match model.kind {
                ModelKind::Bundled => model.id == id,
                ModelKind::Folder => model.state == ModelState::Ready,
                ModelKind::Tuned => model.state == ModelState::Ready && self.encoder_of(&model)? == Some(id),
            },
        };
        if !stays {
            self.set_default(id)?;
        } else if is_new {
            self.find_backlog()?;
        }
        Ok(id)
    }

    /// Stores a model; `NameTaken` where another of that name is not removed.
    pub fn add_model(&mut self, new: NewModel) -> Result<ModelId, StoreError> {
        if self.model_named(&new.name)?.is_some() {
            return Err(StoreError::NameTaken { what: "model", name: new.name });
        }
        let (kind, parent, path, labels, heads, report) = match new.origin {
            ModelOrigin::Folder { path, labels } => (ModelKind::Folder, None, Some(path), labels, None, None),
            ModelOrigin::Tuned { parent, heads, report } => {
                (ModelKind::Tuned, Some(parent.0), None, Vec::new(), Some(heads), Some(report))
            }
        };
        let id = self
            .conn
            .prepare_cached(
                "INSERT INTO model (name, fingerprint, created_at, kind, state, parent, path, label_map, heads, report)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
            )?
            .query_row(
                rusqlite::params![
                    new.name,
                    new.fingerprint,
                    self.now().0,
                    kind as u8,
                    new.state as u8,
                    parent,
                    path,
                    write_labels(&labels),
                    heads,
                    report
                ],
                |row| row.get(0).map(ModelId),
            )?;
        self.log_shared()?;
        Ok(id)
    }

    /// Makes a model the one whose labels count. Every item that it has not read is put into the backlog; readings of
    /// other models stay as they are. A challenger that becomes the default challenges nobody.
    pub fn set_default(&mut self, model: ModelId) -> Result<(), StoreError> {
        let before = self.default_model()?;
        if before == Some(model) {
            return Ok(());
        }
        self.end_challenge_of(model)?;
        self.set_setting(DEFAULT, &model.0.to_string())?;
        if let Some(before) = before {
            self.set_setting(PREVIOUS, &before.0.to_string())?;
        }
        self.find_backlog()?;
        self.log_shared()
    }

    /// Puts every item into the backlog that the default or the bundled model has not read, and takes the others out.
    fn find_backlog(&mut self) -> Result<(), StoreError> {
        let unread = "(NOT EXISTS (SELECT 1 FROM analysis a WHERE a.item = item.id AND a.model = ?1)
            OR NOT EXISTS (SELECT 1 FROM analysis a WHERE a.item = item.id AND a.model = ?2))";
        let Some(default) = self.default_model()? else { return Ok(()) };
        let bundled = self.bundled_model()?.unwrap_or(default);
        self.conn.execute(
            &format!("UPDATE item SET pending = {unread} WHERE pending <> {unread}"),
            (default.0, bundled.0),
        )?;
        Ok(())
    }

    /// Moves a model to another state. One that is put aside or removed challenges nobody, and cannot be the default.
    ///
    /// A removal also lets go of the fingerprint: the same files added again are another model, so that readings that
    /// are still being deleted are never taken for new ones.
    pub fn set_model_state(&mut self, model: ModelId, state: ModelState) -> Result<(), StoreError> {
        if matches!(state, ModelState::Discarded | ModelState::Removed) {
            if self.default_model()? == Some(model) {
                let message = "the labels of this model count: make another one the default first, or roll back";
                return Err(StoreError::WrongState(message.to_owned()));
            }
            self.end_challenge_of(model)?;
        }
        self.conn
            .prepare_cached(
                "UPDATE model SET state = ?2, fingerprint = iif(?2 = ?3, fingerprint || ' ' || id, fingerprint)
                 WHERE id = ?1 AND state <> ?3",
            )?
            .execute((model.0, state as u8, ModelState::Removed as u8))?;
        self.log_shared()
    }

    /// Gives a model of a folder other labels, and answers the model that it becomes.
    ///
    /// A reading belongs to the labels that it was made with, so this is another model of the same name and files: the one
    /// before is removed together with its readings, as far as anybody can see, in this transaction. A challenge goes on.
    pub fn relabel_model(&mut self, model: ModelId, labels: Vec<MappedLabel>) -> Result<ModelId, StoreError> {
        let gone = || StoreError::NotFound { what: "model", id: model.0.to_string() };
        let old = self.model(model)?.filter(|old| old.state != ModelState::Removed).ok_or_else(gone)?;
        let Some(path) = old.path else {
            let message = format!("{} is not a model from a folder: its labels are fixed", old.name);
            return Err(StoreError::WrongState(message));
        };
        let challenge = self.challenger()?.filter(|challenger| challenger.model == model);
        self.set_model_state(model, ModelState::Removed)?;
        let origin = ModelOrigin::Folder { path, labels };
        let new = NewModel { name: old.name, fingerprint: old.fingerprint, state: old.state, origin };
        let new = self.add_model(new)?;
        if let Some(challenger) = challenge {
            self.set_challenger(Some(Challenger { model: new, ..challenger }))?;
        }
        Ok(new)
    }

    fn end_challenge_of(&mut self, model: ModelId) -> Result<(), StoreError> {
        if self.challenger()?.is_some_and(|challenger| challenger.model == model) {
            self.set_challenger(None)?;
        }
        Ok(())
    }

    /// Sets or ends the challenge.
    pub fn set_challenger(&mut self, challenger: Option<Challenger>) -> Result<(), StoreError> {
        let json = challenger.map(|c| serde_json::json!({"model": c.model.0, "share": c.share}).to_string());
        self.set_setting(CHALLENGER, json.as_deref().unwrap_or_default())?;
        self.log_shared()
    }

    /// Deletes up to `limit` readings of models that are removed; answers how many, 0 when none is left.
    pub fn drop_removed(&mut self, limit: usize) -> Result<usize, StoreError> {
        let model = self
            .conn
            .prepare_cached(
                "SELECT id FROM model
                 WHERE state = ?1 AND EXISTS (SELECT 1 FROM analysis WHERE analysis.model = model.id) LIMIT 1",
            )?
            .query_row([ModelState::Removed as u8], |row| row.get(0).map(ModelId))
            .optional()?;
        model.map_or(Ok(0), |model| self.drop_analyses(model, limit))
    }

    /// Deletes up to `limit` readings of a model, with the vectors and head inputs that came with them; answers how many
    /// items they were of, 0 when none is left.
    pub fn drop_analyses(&mut self, model: ModelId, limit: usize) -> Result<usize, StoreError> {
        let conn = self.conn;
        let items: Vec<_> = conn
            .prepare_cached("SELECT item FROM analysis WHERE model = ?1 LIMIT ?2")?
            .query_map((model.0, as_limit(limit)), |row| row.get(0).map(crate::domain::ItemId))?
            .collect::<Result<_, _>>()?;
        for table in ["analysis", "embedding", "feature"] {
            let mut delete = conn.prepare_cached(&format!("DELETE FROM {table} WHERE item = ?1 AND model = ?2"))?;
            for item in &items {
                delete.execute((item.0, model.0))?;
            }
        }
        self.log(&items, ChangeOp::Labels)?;
        Ok(items.len())
    }
}

fn read_model(row: &Row<'_>) -> Result<StoredModel, StoreError> {
    let (kind, state): (u8, u8) = (row.get(3)?, row.get(4)?);
    let bad = |what, detail| StoreError::BadValue { what, detail };
    Ok(StoredModel {
        id: ModelId(row.get(0)?),
        name: row.get(1)?,
        fingerprint: row.get(2)?,
        kind: ModelKind::from_code(kind).ok_or_else(|| bad("model.kind", kind.to_string()))?,
        state: ModelState::from_code(state).ok_or_else(|| bad("model.state", state.to_string()))?,
        parent: row.get::<_, Option<i64>>(5)?.map(ModelId),
        path: row.get(6)?,
        labels: read_labels(&row.get::<_, String>(7)?)?,
        report: row.get(8)?,
        created_at: Timestamp(row.get(9)?),
    })
}

fn write_labels(labels: &[MappedLabel]) -> String {
    let pairs = labels.iter().map(|l| serde_json::json!([l.label, l.means.map(|m| m.to_string())]));
    serde_json::Value::Array(pairs.collect()).to_string()
}

fn read_labels(json: &str) -> Result<Vec<MappedLabel>, StoreError> {
    let bad = |detail: String| StoreError::BadValue { what: "model.label_map", detail };
    let pairs: Vec<(String, Option<String>)> = serde_json::from_str(json).map_err(|e| bad(e.to_string()))?;
    pairs
        .into_iter()
        .map(|(label, means)| {
            let means = means.map(|text| Meaning::parse(&text).ok_or_else(|| bad(text.clone()))).transpose()?;
            Ok(MappedLabel { label, means })
        })
        .collect()
}
