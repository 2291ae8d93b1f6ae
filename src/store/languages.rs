//! Which languages the texts of an import are in, so that a text that says too little itself is taken for what stands
//! around it.
//!
//! Must not know how languages are told.

use crate::domain::ImportId;
use crate::store::{ReadTx, StoreError, WriteTx};
use crate::text::Prior;
use std::collections::BTreeMap;

/// Languages with their shares, largest first.
pub type Shares = Vec<(String, f32)>;

/// The languages of an import's texts. The default knows nothing.
#[derive(Clone, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Languages {
    /// Of all texts.
    pub all: Shares,
    /// Of sources whose texts are not in the languages of all.
    pub sources: BTreeMap<String, Shares>,
    /// The same of authors.
    pub authors: BTreeMap<String, Shares>,
    /// Of the rows in whose language column a code stands.
    pub named: BTreeMap<String, Shares>,
}

impl Languages {
    /// What is known of a text's language by its author, else by its source, else by its file; and by `given`, the code in
    /// its language column, as far as the rows of the file bear that column out.
    pub fn prior(&self, source: &str, author: Option<&str>, given: Option<&str>) -> Prior {
        let by_author = author.and_then(|author| self.authors.get(author));
        let shares = by_author.or_else(|| self.sources.get(source)).unwrap_or(&self.all);
        let prior = Prior::of_shares(shares.iter().map(|(code, share)| (code.as_str(), *share)));
        match given {
            Some(code) => prior.with_column(code, self.named.get(code).map_or(&[], Vec::as_slice), &self.all),
            None => prior,
        }
    }
}

impl ReadTx<'_> {
    /// The languages of an import's texts; nothing is known of an import that does not exist.
    pub fn import_languages(&self, id: ImportId) -> Result<Languages, StoreError> {
        let mut find = self.conn.prepare_cached("SELECT languages FROM import WHERE id = ?1")?;
        let mut rows = find.query([id.0])?;
        let Some(row) = rows.next()? else { return Ok(Languages::default()) };
        let text: String = row.get(0)?;
        // A newer version may say more than we know, never something that must stop the reading.
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

impl WriteTx<'_> {
    /// Keeps the languages of an import's texts.
    pub fn set_import_languages(&mut self, id: ImportId, languages: &Languages) -> Result<(), StoreError> {
        let text = serde_json::to_string(languages).unwrap_or_else(|_| "{}".to_owned());
        self.conn.prepare_cached("UPDATE import SET languages = ?2 WHERE id = ?1")?.execute((id.0, text))?;
        Ok(())
    }
}
