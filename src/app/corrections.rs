//! Corrections: a person says what an item means, or takes that back.

use super::imports::may_write;
use super::{App, AppError};
use crate::domain::{Correction, FaultKind, Scope, Uid};
use crate::query::{self, CorrectionEntry, ItemView, Page};

/// Who corrects where nobody is named: whoever sits at this machine.
pub const LOCAL_AUTHOR: &str = "local";

/// Longest author's name, characters.
const LONGEST_AUTHOR: usize = 100;

/// Corrections: what people say that items mean.
#[derive(Clone, Copy)]
pub struct Corrections<'a> {
    app: &'a App,
}

impl App {
    /// Corrections: what people say that items mean.
    pub fn corrections(&self) -> Corrections<'_> {
        Corrections { app: self }
    }
}

impl Corrections<'_> {
    /// Sets what an item means; what `said` leaves open stays as it is. It counts when this returns. Where `about` names
    /// a version of its words, a correction of other words is refused.
    pub async fn correct_item(
        &self,
        scope: Scope,
        item: Uid,
        about: Option<i64>,
        said: Correction,
        author: Option<String>,
    ) -> Result<ItemView, AppError> {
        may_write(scope)?;
        if said.is_empty() {
            let message = "a correction says a sentiment, an emotion, or both";
            return Err(AppError::new(FaultKind::Input, "empty_correction", message));
        }
        let author = check_author(author.as_deref())?;
        self.app
            .blocking(move |inner| {
                inner.store.write(move |tx| tx.put_correction(scope, item, about, said, &author))?;
                Ok(query::get_item(&inner.read(), scope, item)?)
            })
            .await
    }

    /// Takes the correction of an item that counts back; the one before it counts again, or else the model. Where `only`
    /// names a correction, no other is taken back.
    pub async fn undo_correction(&self, scope: Scope, item: Uid, only: Option<Uid>) -> Result<ItemView, AppError> {
        may_write(scope)?;
        self.app
            .blocking(move |inner| {
                inner.store.write(move |tx| tx.undo_correction(scope, item, only))?;
                Ok(query::get_item(&inner.read(), scope, item)?)
            })
            .await
    }

    /// Every correction, newest first.
    pub async fn list_corrections(
        &self,
        scope: Scope,
        limit: usize,
        cursor: Option<String>,
    ) -> Result<Page<CorrectionEntry>, AppError> {
        self.app
            .blocking(move |inner| Ok(query::list_corrections(&inner.read(), scope, limit, cursor.as_deref())?))
            .await
    }
}

fn check_author(author: Option<&str>) -> Result<String, AppError> {
    let author = author.unwrap_or(LOCAL_AUTHOR);
    // As it was sent: what is cut off at its ends counts as well.
    let too_long = author.chars().count() > LONGEST_AUTHOR;
    if author.trim().is_empty() || too_long || author.chars().any(char::is_control) {
        let message =
            format!("an author's name is one line of at most {LONGEST_AUTHOR} characters; without one it is `local`");
        return Err(AppError::new(FaultKind::Input, "bad_author", message));
    }
    Ok(author.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_are_one_short_line() {
        fn check(author: Option<&str>, expected: Result<&str, &str>) {
            let found = check_author(author);
            assert_eq!(found.as_deref().map_err(|e| e.code), expected, "{author:?}");
        }
        check(None, Ok("local"));
        check(Some("  "), Err("bad_author"));
        check(Some(""), Err("bad_author"));
        check(Some("Ann\u{85}"), Err("bad_author"));
        check(Some("\u{1c}Ann"), Err("bad_author"));
        check(Some(" Ann "), Ok("Ann"));
        check(Some("Ann\nBob"), Err("bad_author"));
        check(Some(&"a".repeat(101)), Err("bad_author"));
    }
}
