//! Which bytes of a text a query matched, by the analyser of the index.

use super::analysis::analyser;
use super::leaf::{Leaf, LeafKind, Slot};
use super::node::Node;
use super::text_field::TextField;

struct Word {
    term: String,
    position: usize,
    from: usize,
    to: usize,
}

/// Byte ranges of `text`, the content of `field`; sorted and disjoint. Excluded words are not looked for.
pub(super) fn ranges(root: &Node, field: TextField, text: &str) -> Vec<(usize, usize)> {
    let mut leaves = Vec::new();
    wanted(root, field, &mut leaves);
    if leaves.is_empty() {
        return Vec::new();
    }
    let mut words = Vec::new();
    let mut analyser = analyser();
    analyser.token_stream(text).process(&mut |token| {
        words.push(Word {
            term: token.text.clone(),
            position: token.position,
            from: token.offset_from,
            to: token.offset_to,
        });
    });
    let mut found = Vec::new();
    for leaf in leaves {
        let prefix = leaf.units.last().filter(|_| leaf.kind == LeafKind::Beginning).map(|unit| &unit.ways);
        let prefix = prefix.and_then(|ways| ways.first()).map(|way| way.end.as_str()).filter(|end| !end.is_empty());
        for form in leaf.forms() {
            for start in 0..words.len() {
                if let Some(end) = matched(&form, prefix, &words[start..]) {
                    found.push((words[start].from, words[start + end].to));
                }
            }
        }
    }
    found.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(found.len());
    for (from, to) in found {
        match joined.last_mut() {
            Some(last) if from < last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

fn wanted<'a>(node: &'a Node, field: TextField, leaves: &mut Vec<&'a Leaf>) {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().for_each(|n| wanted(n, field, leaves)),
        Node::Not(_) => {}
        Node::Leaf(leaf) => {
            if leaf.field.map_or(field != TextField::Author, |only| only == field) {
                leaves.push(leaf);
            }
        }
    }
}

/// Index of the last word of the match that begins at the first of `words`. Several words may have one place.
fn matched(form: &[(usize, Slot)], prefix: Option<&str>, words: &[Word]) -> Option<usize> {
    let first = words.first()?.position;
    let mut last = 0;
    for (i, (offset, slot)) in form.iter().enumerate() {
        let prefix = prefix.filter(|_| i + 1 == form.len());
        let same =
            |word: &Word| slot.binary_search(&word.term).is_ok() || prefix.is_some_and(|p| word.term.starts_with(p));
        let place = first + offset;
        // The match begins at this very word, which may be the whole of a compound or its first part.
        let here = if i == 0 { &words[..1] } else { words };
        last = here.iter().take_while(|w| w.position <= place).position(|w| w.position == place && same(w))?;
    }
    Some(last)
}

#[cfg(test)]
mod tests {
    use super::super::ParsedQuery;
    use super::*;

    /// `marked` is the text with the expected ranges in brackets.
    #[track_caller]
    fn check(query: &str, field: TextField, marked: &str) {
        let text = marked.replace(['[', ']'], "");
        let mut shown = text.clone();
        for (from, to) in ParsedQuery::parse(query).unwrap().highlight(field, &text).into_iter().rev() {
            shown.insert(to, ']');
            shown.insert(from, '[');
        }
        assert_eq!(shown, marked, "{query}");
    }

    #[test]
    fn matches_are_marked() {
        use TextField::{Author, Text, Title};
        check("delivery", Text, "Late [deliveries], again: [DELIVERY]!");
        check("\"battery life\"", Text, "[battery, life]-long lives [batteries life]");
        check("\"battery life\"", Text, "life of a battery");
        check("deliver*", Text, "[delivered] by a [deliverer] of [deliveries]");
        check("run*", Text, "[running] a [runway]");
        check("good -bad", Text, "[good] and bad");
        check("title:late box", Text, "late [box]");
        check("title:late box", Title, "[late] [box]");
        check("author:kim late", Author, "[Kim] late");
        check("dont", Text, "I [don’t] know");
        check("cafe 😀", Text, "[Café] [😀] x");
        check("wi-fi", Text, "my [Wi-Fi], [wi fi] wi");
        check("the delivery", Text, "the [delivery]");
        check("rating:5", Text, "rating 5");
        check("\"a b\" \"b c\"", Text, "[a b c] b");
    }
}
