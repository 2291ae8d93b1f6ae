//! Emoji → their English names, as the Python package `emoji` does with its default settings.
//!
//! The names come from `models/emoji.tsv`, which belongs to the bundled model: it was trained on texts in which
//! "😀" reads ` grinning_face `.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// All sequences in byte order with their names, and for each first character where its sequences are.
struct Table {
    rows: Vec<(&'static str, &'static str)>,
    first: HashMap<char, Range<usize>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut rows: Vec<_> =
        include_str!("../../models/emoji.tsv").lines().filter_map(|line| line.split_once('\t')).collect();
    rows.sort_unstable();
    let mut first: HashMap<char, Range<usize>> = HashMap::new();
    for (i, (sequence, _)) in rows.iter().enumerate() {
        if let Some(c) = sequence.chars().next() {
            first.entry(c).or_insert(i..i).end = i + 1;
        }
    }
    Table { rows, first }
});

/// Appends `text` to `out` with each emoji replaced by its name between spaces, the longest sequence first.
///
/// Variation selectors that are no part of a known sequence are dropped.
pub(super) fn name_emoji(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((length, name)) = match_at(rest, c) {
            out.push(' ');
            out.push_str(name);
            out.push(' ');
            rest = &rest[length..];
            continue;
        }
        if c != '\u{fe0e}' && c != '\u{fe0f}' {
            out.push(c);
        }
        rest = &rest[c.len_utf8()..];
    }
}

/// The emoji at the start of `rest` (whose first character is `first`): its bytes and its name.
///
/// The walk goes as far as any sequence agrees with the text. If it ends on none, only what stands before the first
/// joiner is tried: so does the reference, and a flag that lacks its last letter stays as it is.
fn match_at(rest: &str, first: char) -> Option<(usize, &'static str)> {
    if first.is_ascii() && !rest[1..].starts_with(['\u{fe0f}', '\u{20e3}']) {
        return None; // Digits, # and * begin keycaps; most stand for themselves.
    }
    let table = &*TABLE;
    let mut rows = table.rows.get(table.first.get(&first)?.clone())?;
    let mut length = first.len_utf8();
    let mut before_joiner = None;
    for c in rest[length..].chars() {
        let next = length + c.len_utf8();
        let prefix = &rest.as_bytes()[..next];
        let from = rows.partition_point(|(sequence, _)| sequence.as_bytes() < prefix);
        let agreeing = &rows[from..];
        let count = agreeing.partition_point(|(sequence, _)| sequence.as_bytes().starts_with(prefix));
        if count == 0 {
            break;
        }
        if c == ZERO_WIDTH_JOINER && before_joiner.is_none() {
            before_joiner = Some((length, rows));
        }
        (rows, length) = (&agreeing[..count], next);
    }
    // Within rows that share a prefix, the prefix itself sorts first.
    let whole = |length: usize, rows: &[(&str, &'static str)]| {
        rows.first().filter(|(sequence, _)| sequence.len() == length).map(|(_, name)| (length, *name))
    };
    whole(length, rows).or_else(|| before_joiner.and_then(|(length, rows)| whole(length, rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_sequence_first() {
        let check = |text: &str, expected: &str| {
            let mut out = String::new();
            name_emoji(text, &mut out);
            assert_eq!(out, expected, "{text:?}");
        };
        check("plain é ’ 7 # *", "plain é ’ 7 # *");
        check("a😀b", "a grinning_face b");
        check("😀😀", " grinning_face  grinning_face ");
        check("👍🏽", " thumbs_up_medium_skin_tone ");
        check("👨‍👩‍👧", " family_man_woman_girl ");
        check("👩‍x", " woman \u{200d}x");
        check("👨‍👩‍👧‍x", " man \u{200d} woman \u{200d} girl \u{200d}x");
        check("❤️ ❤", " red_heart   red_heart ");
        check("7️⃣ 7\u{fe0f} 7", " keycap_7  7 7");
        check("🇺🇸", " United_States ");
        check("🇺", "🇺");
    }
}
