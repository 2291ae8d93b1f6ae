//! What people type: read as the search language where it is plainly meant so, else as the words that it is.

use super::interpretation::{Forgiven, Interpretation, Reading};
use super::leaf::{Leaf, LeafKind, join_words};
use super::node::Node;
use super::plain::{Uses, uses};
use super::syntax::{LONGEST_QUERY, single_or};
use super::{FulltextError, ParsedQuery};
use crate::domain::Syntax;

/// Words of a pasted text that are looked for. A text that has these has the rest, and each costs a posting list.
const MOST_WORDS: usize = 64;

impl ParsedQuery {
    /// Understands `typed`. Only [`Syntax::Strict`] has errors; the others take for text what is not plainly more.
    pub fn read(typed: &str, syntax: Syntax) -> Result<Self, FulltextError> {
        match syntax {
            Syntax::Strict => {
                let mut query = Self::parse(typed)?;
                if let Uses::Plain(operators) = uses(typed) {
                    query.interpretation.operators = operators;
                }
                Ok(query)
            }
            Syntax::Literal => Ok(Self::literal(typed)),
            Syntax::Auto => Ok(Self::auto(typed)),
        }
    }

    /// `typed` as words, because of what it would be as search language.
    #[must_use]
    pub fn literal_because(typed: &str, because: &str) -> Self {
        let mut query = Self::literal(typed);
        query.interpretation.strict_differs = true;
        // What to write instead stands behind the reason, and is for who meant it.
        let because = because.split_once(';').map_or(because, |(reason, _)| reason).to_owned();
        query.interpretation.forgiven.insert(0, Forgiven::Literal { because });
        query
    }

    fn auto(typed: &str) -> Self {
        let strict = Self::parse(typed);
        let (uses, strict) = match (uses(typed), strict) {
            (Uses::Doubtful(because), _) => return Self::literal_because(typed, &because),
            (_, Err(FulltextError::Syntax { .. })) if typed.chars().count() > LONGEST_QUERY => {
                return Self::literal(typed);
            }
            (Uses::Nothing, Err(_)) if no_word(typed) => return Self::literal(typed),
            (_, Err(FulltextError::Syntax { message, .. })) => return Self::literal_because(typed, &message),
            // `parse` has no other errors; whatever it says, the words can be searched for.
            (_, Err(other)) => return Self::literal_because(typed, &other.to_string()),
            (uses, Ok(strict)) => (uses, strict),
        };
        let Uses::Plain(operators) = uses else { return Self::literal(typed) };
        let mut query = strict;
        if let Some(root) = &mut query.root {
            mark_last(root, typed);
        }
        query.interpretation.operators = operators;
        query.forgiving = true;
        query
    }

    /// `typed` as words that must all be there.
    fn literal(typed: &str) -> Self {
        let mut interpretation = Interpretation::new(Reading::Words);
        let short: String = typed.chars().take(LONGEST_QUERY).collect();
        let mut leaves: Vec<Leaf> = Vec::new();
        let (mut n_used, mut n_words, mut n_over) = (0, 0, 0);
        for piece in typed.split_whitespace() {
            if n_used >= MOST_WORDS || leaves.len() >= 4 * MOST_WORDS {
                n_over += usize::from(piece.contains(char::is_alphanumeric));
                continue;
            }
            let Some(leaf) = Leaf::new(None, piece, LeafKind::Word) else { continue };
            n_words += 1;
            // A text says "the" often; it is asked for once. What follows a word twice may be joined to it only once.
            if leaf.stop_word || !leaves.contains(&leaf) {
                n_used += usize::from(!leaf.stop_word);
                leaves.push(leaf);
            }
        }
        if n_over > 0 {
            interpretation.forgiven.push(Forgiven::Capped { used: n_used, typed: n_words + n_over });
        } else if let Some(last) = leaves.last_mut() {
            mark_if_last(last, typed);
        }
        for at in 1..leaves.len() {
            if let [first, second] = &mut leaves[at - 1..=at] {
                join_words(first, second);
            }
        }
        if leaves.iter().any(|leaf| !leaf.stop_word) {
            leaves.retain(|leaf| !leaf.stop_word);
        } else {
            let mut once: Vec<Leaf> = Vec::new();
            for leaf in leaves {
                if !once.contains(&leaf) {
                    once.push(leaf);
                }
            }
            leaves = once;
        }
        let root = if typed.trim().is_empty() {
            None
        } else if leaves.is_empty() {
            // Signs alone. Everything would be an answer to another question, and deleting by it a disaster.
            interpretation.forgiven.push(Forgiven::NothingToFind);
            Some(Node::Or(Vec::new()))
        } else {
            Some(single_or(leaves.into_iter().map(Node::Leaf).collect(), Node::And))
        };
        let words = match &root {
            Some(Node::Or(_)) | None => String::new(),
            Some(_) => short.trim().to_owned(),
        };
        Self { root, conditions: Vec::new(), words, interpretation, forgiving: true, settled: false }
    }
}

fn no_word(typed: &str) -> bool {
    Leaf::new(None, typed, LeafKind::Word).is_none()
}

/// True where the last thing typed is a letter or digit: the word may not be finished.
fn ends_in_word(typed: &str) -> bool {
    typed.chars().next_back().is_some_and(char::is_alphanumeric)
}

/// Marks the word at the end of `typed`, where it is wanted.
fn mark_last(node: &mut Node, typed: &str) {
    match node {
        Node::And(nodes) | Node::Or(nodes) => {
            if let Some(last) = nodes.last_mut() {
                mark_last(last, typed);
            }
        }
        Node::Not(_) => {}
        Node::Leaf(leaf) => mark_if_last(leaf, typed),
    }
}

fn mark_if_last(leaf: &mut Leaf, typed: &str) {
    let is_last = leaf.units.last().is_some_and(|unit| typed.ends_with(&unit.typed));
    if leaf.kind == LeafKind::Word && is_last && ends_in_word(typed) {
        leaf.kind = LeafKind::LastWord;
    }
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
