//! Which bytes of a text a query matched, by the analyser of the index.

use super::analysis::analyser;
use super::syntax::{Leaf, Node, TextField};

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
        for start in 0..words.len() {
            if let Some(end) = matched(leaf, &words[start..]) {
                found.push((words[start].from, words[start + end].to));
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

/// Index of the last word of the match that begins at the first of `words`.
fn matched(leaf: &Leaf, words: &[Word]) -> Option<usize> {
    let first = words.first()?;
    let mut at = 0;
    for (i, (offset, term)) in leaf.terms.iter().enumerate() {
        at += words[at..].iter().position(|w| w.position >= first.position + offset)?;
        let word = &words[at];
        let prefix = leaf.prefix.as_ref().filter(|_| i + 1 == leaf.terms.len());
        let same = word.term == *term || prefix.is_some_and(|p| word.term.starts_with(p.as_str()));
        if word.position != first.position + offset || !same {
            return None;
        }
    }
    Some(at)
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
