//! Cursors: opaque text that says where the next page begins, and to which question it belongs.

use super::QueryError;
use crate::columns::Place;
use crate::domain::{ItemId, Timestamp};
use std::hash::{DefaultHasher, Hash, Hasher};

/// A number for a question: equal questions have equal numbers while this program runs.
///
/// The question is taken in its debug form, which names every field, so a field that is added later is part of it
/// without anybody thinking of it.
pub(super) fn fingerprint(question: &dyn std::fmt::Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{question:?}").hash(&mut hasher);
    hasher.finish()
}

/// The next page of a list behind `place`.
pub(super) fn behind(question: u64, place: Place) -> String {
    let at = place.created_at().map_or("u".to_owned(), |t| t.0.to_string());
    format!("p.{question:x}.{at}.{:x}.{}", place.said(), place.item().0)
}

/// The place that a cursor of [`behind`] names.
pub(super) fn parse_behind(question: u64, cursor: &str) -> Result<Place, QueryError> {
    let parts: Vec<&str> = cursor.split('.').collect();
    let ["p", fingerprint, at, said, id] = parts[..] else { return Err(QueryError::BadCursor) };
    if u64::from_str_radix(fingerprint, 16) != Ok(question) {
        return Err(QueryError::BadCursor);
    }
    let at = match at {
        "u" => None,
        at => Some(Timestamp(at.parse().map_err(|_| QueryError::BadCursor)?)),
    };
    let said = u64::from_str_radix(said, 16).map_err(|_| QueryError::BadCursor)?;
    Ok(Place::new(at, said, ItemId(id.parse().map_err(|_| QueryError::BadCursor)?)))
}

/// The next page of a ranking: its candidates were chosen when the indexes were in the state `stamp`.
pub(super) fn ranked(question: u64, stamp: u64, offset: usize) -> String {
    format!("r.{question:x}.{stamp:x}.{offset}")
}

/// State and offset of a cursor of [`ranked`].
pub(super) fn parse_ranked(question: u64, cursor: &str) -> Result<(u64, usize), QueryError> {
    let parts: Vec<&str> = cursor.split('.').collect();
    let ["r", fingerprint, stamp, offset] = parts[..] else { return Err(QueryError::BadCursor) };
    if u64::from_str_radix(fingerprint, 16) != Ok(question) {
        return Err(QueryError::BadCursor);
    }
    let stamp = u64::from_str_radix(stamp, 16).map_err(|_| QueryError::BadCursor)?;
    Ok((stamp, offset.parse().map_err(|_| QueryError::BadCursor)?))
}

/// The next page of a list that is made anew for each of its pages: `n` rows were shown, `last` the last of them.
pub(super) fn nearest(question: u64, n: usize, last: ItemId) -> String {
    format!("n.{question:x}.{n}.{}", last.0)
}

/// Rows shown and the last of them, of a cursor of [`nearest`].
pub(super) fn parse_nearest(question: u64, cursor: &str) -> Result<(usize, ItemId), QueryError> {
    let parts: Vec<&str> = cursor.split('.').collect();
    let ["n", fingerprint, n, last] = parts[..] else { return Err(QueryError::BadCursor) };
    if u64::from_str_radix(fingerprint, 16) != Ok(question) {
        return Err(QueryError::BadCursor);
    }
    let bad = |_| QueryError::BadCursor;
    Ok((n.parse().map_err(bad)?, ItemId(last.parse().map_err(bad)?)))
}

/// Where the page of a cursor of [`nearest`] begins: behind the last row that was shown, wherever that is by now; where it is
/// gone, behind as many as were shown.
pub(super) fn place_of(shown: Option<(usize, ItemId)>, mut list: impl ExactSizeIterator<Item = ItemId>) -> usize {
    let Some((n, last)) = shown else { return 0 };
    let n = n.min(list.len());
    list.position(|id| id == last).map_or(n, |at| at + 1)
}

/// The next page of a list of rows in order of falling row number.
pub(super) fn before(row: i64) -> String {
    format!("b.{row}")
}

/// The row of a cursor of [`before`].
pub(super) fn parse_before(cursor: &str) -> Result<i64, QueryError> {
    cursor.strip_prefix("b.").and_then(|row| row.parse().ok()).ok_or(QueryError::BadCursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back_as_they_were() {
        for place in [
            Place::new(Some(Timestamp(-5)), 9, ItemId(3)),
            Place::new(Some(Timestamp(1_700_000_000_000)), u64::MAX, ItemId(i64::MAX)),
            Place::new(None, 0, ItemId(1)),
        ] {
            assert_eq!(parse_behind(7, &behind(7, place)).unwrap(), place);
        }
        assert_eq!(parse_ranked(7, &ranked(7, u64::MAX, 50)).unwrap(), (u64::MAX, 50));
        assert_eq!(parse_before(&before(12)).unwrap(), 12);
        assert_eq!(parse_nearest(7, &nearest(7, 3, ItemId(9))).unwrap(), (3, ItemId(9)));
    }

    #[test]
    fn a_page_begins_behind_the_last_row_wherever_it_is() {
        let check = |shown, list: &[i64], expected| {
            assert_eq!(place_of(shown, list.iter().map(|id| ItemId(*id))), expected, "{shown:?} {list:?}");
        };
        check(None, &[1, 2], 0);
        check(Some((2, ItemId(2))), &[1, 2, 3], 2);
        check(Some((2, ItemId(2))), &[9, 1, 2, 3], 3);
        check(Some((2, ItemId(2))), &[2, 3], 1);
        check(Some((2, ItemId(2))), &[1, 3, 4], 2);
        check(Some((7, ItemId(2))), &[1], 1);
    }

    #[test]
    fn foreign_cursors_are_refused() {
        let place = Place::new(None, 0, ItemId(1));
        assert!(parse_behind(8, &behind(7, place)).is_err(), "another question");
        assert!(parse_ranked(8, &ranked(7, 1, 2)).is_err(), "another question");
        assert!(parse_nearest(8, &nearest(7, 1, ItemId(2))).is_err(), "another question");
        for text in ["", "p", "p.7.x.1.1", "p.7.1.1.x", "p.7.1.x.1", "p.7.1.1", "r.7.1.1.2", "p.7.1.2.3.4", "ü"] {
            assert!(parse_behind(7, text).is_err(), "{text}");
        }
        for text in ["", "r.7.1", "r.7.1.-1", "p.7.u.1", "r.zz.1.1"] {
            assert!(parse_ranked(7, text).is_err(), "{text}");
        }
        for text in ["", "n.7.1", "n.7.-1.1", "n.7.1.x", "r.7.1.1"] {
            assert!(parse_nearest(7, text).is_err(), "{text}");
        }
        for text in ["", "b.", "b.x", "12"] {
            assert!(parse_before(text).is_err(), "{text}");
        }
    }
}
