//! What a list carries of an item: enough to see what it is, never all of it, and of all of them no more than a page holds.
//!
//! A row may have 16 MB of text and a page a thousand rows. Rows are read one at a time, shortened at once, and a page ends
//! when it is full; its cursor goes on behind its last row. All of an item is at `get_item`, all of all items in an export.

use super::{Carried, ItemView};
use crate::domain::Item;

/// Characters of a text, a title or any other word of an item that a list carries; as many as the page shows of one.
const EXCERPT_CHARS: usize = 600;
/// Of these, characters before the first match.
const BEFORE_CHARS: usize = 180;
/// Characters that an excerpt gives up to begin with a whole word.
const WORD_CHARS: usize = 40;
/// Bytes of an item's further columns that a list carries; larger ones are left out whole, or they would be no JSON.
const METADATA_BYTES: usize = 4 << 10;
/// Bytes of a page's rows, before they are written as JSON; the row that goes beyond it is the last.
const PAGE_BYTES: usize = 2 << 20;
/// Bytes of items that are read for a page, and looked through for the words of a search.
const READ_BYTES: usize = 32 << 20;
/// What a row takes beside its words: scores, identifiers, names of fields.
const ROW_BYTES: usize = 1 << 10;

/// Byte ranges of what a search looked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Marks {
    pub(super) text: Vec<(usize, usize)>,
    pub(super) title: Vec<(usize, usize)>,
}

/// How much more a page takes.
#[derive(Debug)]
pub(super) struct Room {
    carried: usize,
    read: usize,
}

impl Room {
    /// Of an empty page.
    pub(super) fn new() -> Self {
        Self { carried: PAGE_BYTES, read: READ_BYTES }
    }

    /// Takes what was read as `read` bytes and is carried as `carried`; false where the page is full with it.
    pub(super) fn take(&mut self, read: usize, carried: usize) -> bool {
        self.read = self.read.saturating_sub(read);
        self.carried = self.carried.saturating_sub(carried + ROW_BYTES);
        self.read > 0 && self.carried > 0
    }
}

/// Bytes of the words of an item.
pub(super) fn bytes_of(item: &Item) -> usize {
    let optional = [
        &item.external_id,
        &item.title,
        &item.author,
        &item.url,
        &item.language,
        &item.subject,
        &item.reply,
        &item.original,
        &item.metadata,
    ];
    item.text.len() + item.source.len() + optional.into_iter().flatten().map(String::len).sum::<usize>()
}

/// Cuts an item down to what a list carries, and moves the marks along. The text is cut around its first mark.
pub(super) fn shorten(view: &mut ItemView, marks: &mut Marks) {
    let item = &mut view.item;
    let mut shortened = Vec::new();
    let (from, to) = window(&item.text, marks.text.first().map(|(start, _)| *start));
    let carried = Carried {
        text_start: utf16_len(&item.text[..from]),
        text_length: utf16_len(&item.text),
        shortened: Vec::new(),
    };
    if to - from < item.text.len() {
        item.text = item.text[from..to].to_owned();
        marks.text = clipped(&marks.text, from, to);
        shortened.push("text");
    }
    if let Some(end) = item.title.as_deref().and_then(end_of_opening) {
        marks.title = clipped(&marks.title, 0, end);
    }
    let mut cut = |name: &'static str, words: &mut Option<String>| {
        if let Some(words) = words
            && let Some(end) = end_of_opening(words)
        {
            *words = words[..end].to_owned();
            shortened.push(name);
        }
    };
    cut("title", &mut item.title);
    cut("external_id", &mut item.external_id);
    cut("author", &mut item.author);
    cut("url", &mut item.url);
    cut("language", &mut item.language);
    cut("subject", &mut item.subject);
    cut("reply", &mut item.reply);
    cut("original", &mut item.original);
    let mut source = Some(std::mem::take(&mut item.source));
    cut("source", &mut source);
    item.source = source.unwrap_or_default();
    if item.metadata.as_ref().is_some_and(|json| json.len() > METADATA_BYTES) {
        item.metadata = None;
        shortened.push("metadata");
    }
    view.carried = Carried { shortened, ..carried };
}

/// The beginning of a text, as lists carry it.
pub(super) fn opening(text: &str) -> &str {
    &text[..end_of_opening(text).unwrap_or(text.len())]
}

/// UTF-16 code units of a text, in which clients count.
pub(super) fn utf16_len(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char::len_utf16).sum() }
}

/// Where the opening of a text ends, where that is not all of it.
fn end_of_opening(text: &str) -> Option<usize> {
    // Most texts are short; a byte is at least as much as a character.
    if text.len() <= EXCERPT_CHARS {
        return None;
    }
    text.char_indices().nth(EXCERPT_CHARS).map(|(at, _)| at)
}

/// The bytes of a text that are carried: its opening, or what is around its first match.
fn window(text: &str, first: Option<usize>) -> (usize, usize) {
    let Some(end) = end_of_opening(text) else { return (0, text.len()) };
    // As far as a match of its own length is still in it.
    let first = text.floor_char_boundary(first.unwrap_or(0));
    let before = text[..first].char_indices().rev().nth(BEFORE_CHARS - 1).map_or(0, |(at, _)| at);
    if before == 0 {
        return (0, end);
    }
    let near = text[before..first].char_indices().take(WORD_CHARS).find(|(_, c)| c.is_whitespace());
    let from = near.map_or(before, |(at, c)| before + at + c.len_utf8());
    (from, from + opening(&text[from..]).len())
}

/// What of these ranges is between two bytes, counted from the first of them.
fn clipped(ranges: &[(usize, usize)], from: usize, to: usize) -> Vec<(usize, usize)> {
    let inside = |(start, end): &(usize, usize)| ((*start).clamp(from, to) - from, (*end).clamp(from, to) - from);
    ranges.iter().map(inside).filter(|(start, end)| start < end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_around_the_first_match() {
        #[track_caller]
        fn check(text: &str, first: Option<usize>, starts: &str, n_chars: usize) {
            let (from, to) = window(text, first);
            let excerpt = &text[from..to];
            assert!(excerpt.starts_with(starts), "{excerpt}");
            assert_eq!(excerpt.chars().count(), n_chars);
            assert!(first.is_none_or(|first| (from..to.max(1)).contains(&first)));
        }
        check("", None, "", 0);
        check("short", Some(3), "short", 5);
        check(&"ä".repeat(600), None, "ä", 600);
        check(&"ä".repeat(601), None, "ä", 600);
        let long = format!("{}needle {}", "some words ".repeat(1_000), "and more ".repeat(1_000));
        check(&long, None, "some words", 600);
        check(&long, Some(100), "some words", 600);
        check(&long, Some(11_000), "some ", 600);
        check(&long, Some(long.len() - 1), "and more", 180);
        // Where nothing parts words, it begins with any whole character.
        check(&"日本語".repeat(1_000), Some(6_000), "", 600);
        // A match inside a character, as none is, does not end the program.
        check(&"日本語".repeat(1_000), Some(6_001), "", 600);
    }

    #[test]
    fn marks_move_with_the_excerpt() {
        let check = |ranges: &[(usize, usize)], expected: &[(usize, usize)]| {
            assert_eq!(clipped(ranges, 10, 20), expected, "{ranges:?}");
        };
        check(&[], &[]);
        check(&[(0, 5), (8, 12), (13, 15), (18, 30), (25, 30)], &[(0, 2), (3, 5), (8, 10)]);
    }

    #[test]
    fn a_page_is_full_after_so_much_carried_or_read() {
        let rows = |read: usize, carried: usize| {
            let mut room = Room::new();
            1 + (0..10_000).take_while(|_| room.take(read, carried)).count()
        };
        assert_eq!(rows(100, 100), 1_866);
        assert_eq!(rows(600, 600), 1_292);
        assert_eq!(rows(16 << 20, 600), 2, "what is not carried was read all the same");
        assert_eq!(rows(1 << 30, 1 << 30), 1);
    }
}
