//! The search language: from what was typed to what it means.
//!
//! ```text
//! battery life            both words (AND), in any form: batteries, lives
//! "battery life"          exactly this phrase (stemmed)
//! battery OR screen       one of them; OR binds weaker than AND; parentheses group
//! -refund, NOT refund     without
//! deliver*                words that begin so
//! title:late author:"jo"  in one field; title:(late OR broken) works too
//! rating:1..3 from:2024   conditions (see `Condition`), which belong to the filter, not to the index
//! ```
//!
//! Decision: AND. "Total 12,400" for any of the words would be true and useless, and a chart behind such a search would
//! show everything; in hybrid mode the semantic half is the forgiving one. Stop words do not restrict: a question such as
//! "what do people say about delivery" asks for people, say and delivery. Plain words look in title and text; the author
//! is asked for by name (`author:`), or "Will" would find everybody called so.
//!
//! This is the strict reading. Nothing typed can make it panic; what cannot be understood is an error with its place. What
//! people type is read by `reading`, which takes it literally unless it is plainly meant as this language.

use super::FulltextError;
use super::condition::{self, Condition, FieldName};
use super::highlight;
use super::interpretation::{Interpretation, Reading};
use super::leaf::{Leaf, LeafKind, join_words};
use super::node::Node;
use super::text_field::TextField;

/// Characters a query may have.
pub(super) const LONGEST_QUERY: usize = 4_000;
/// Words and phrases a query may have: each costs a posting list.
const MOST_LEAVES: usize = 200;
/// Parentheses and exclusions inside one another.
const DEEPEST: usize = 30;

/// A parsed query: the words for the index, and the `field:value` conditions that belong to the filter.
#[derive(Clone, PartialEq, Debug)]
pub struct ParsedQuery {
    pub(super) root: Option<Node>,
    pub(super) conditions: Vec<Condition>,
    pub(super) words: String,
    pub(super) interpretation: Interpretation,
    /// Words that no text has may be read as words that some have.
    pub(super) forgiving: bool,
    /// Beginnings and compounds have been looked up in the index.
    pub(super) settled: bool,
}

impl ParsedQuery {
    /// Understands `typed` strictly. Blank text is a query without any condition.
    pub fn parse(typed: &str) -> Result<Self, FulltextError> {
        let chars: Vec<char> = typed.chars().collect();
        if chars.len() > LONGEST_QUERY {
            let message = format!("the search text is longer than {LONGEST_QUERY} characters; shorten it");
            return Err(FulltextError::Syntax { position: LONGEST_QUERY, message });
        }
        let mut parser =
            Parser { chars, at: 0, depth: 0, n_leaves: 0, negated: false, conditions: Vec::new(), words: Vec::new() };
        let parsed = parser.alternatives(None)?;
        if parser.at < parser.chars.len() {
            return Err(
                parser.wrong(parser.at, "there is a `)` without a `(` before it; put it in quotes to search for it")
            );
        }
        let root = match parsed {
            Part::Text(node) => Some(node),
            Part::Conditions(..) => None,
            Part::Nothing if typed.trim().is_empty() => None,
            Part::Nothing => {
                return Err(parser.wrong(0, "there is no word to search for; type at least one letter or digit"));
            }
        };
        let words = parser.words.join(" ");
        let interpretation = Interpretation::new(Reading::Operators);
        Ok(Self { root, conditions: parser.conditions, words, interpretation, forgiving: false, settled: false })
    }

    /// The conditions that belong to the filter, in the order they were typed.
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// True where there is something for the index to search for.
    pub fn has_text(&self) -> bool {
        self.root.is_some()
    }

    /// The wanted words as they were typed, without operators, exclusions and conditions: what a sentence vector is
    /// made of. Empty for `-refund` or `rating:5`.
    pub fn words_only(&self) -> &str {
        &self.words
    }

    /// How the typed text was read.
    pub fn interpretation(&self) -> &Interpretation {
        &self.interpretation
    }

    /// Byte ranges of `text`, the content of `field`, that the query matched; sorted, disjoint, on character borders.
    pub fn highlight(&self, field: TextField, text: &str) -> Vec<(usize, usize)> {
        self.root.as_ref().map(|root| highlight::ranges(root, field, text)).unwrap_or_default()
    }

    /// The part that holds whatever a text means: exclusions, and words asked for in one field. `None` where there is
    /// none. A search by meaning is narrowed by it, or `-refund` would bring back what was sent away.
    #[must_use]
    pub fn strict(&self) -> Option<Self> {
        let parts = match self.root.as_ref()? {
            Node::And(nodes) => nodes.as_slice(),
            node => std::slice::from_ref(node),
        };
        let strict: Vec<Node> = parts.iter().filter(|node| is_strict(node)).cloned().collect();
        (!strict.is_empty()).then(|| Self {
            root: Some(Node::And(strict)),
            conditions: Vec::new(),
            words: String::new(),
            ..self.clone()
        })
    }

    pub(super) fn root(&self) -> Option<&Node> {
        self.root.as_ref()
    }
}

fn is_strict(node: &Node) -> bool {
    match node {
        Node::Not(_) => true,
        Node::Leaf(leaf) => leaf.field.is_some(),
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().all(is_strict),
    }
}

/// What a piece of the query turned out to be.
enum Part {
    Text(Node),
    /// Only conditions, of this one field where it is one; the place where they begin.
    Conditions(Option<FieldName>, usize),
    /// Punctuation only.
    Nothing,
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    n_leaves: usize,
    negated: bool,
    conditions: Vec<Condition>,
    words: Vec<String>,
}

type Parsed = Result<Part, FulltextError>;

impl Parser {
    fn wrong(&self, position: usize, message: impl Into<String>) -> FulltextError {
        FulltextError::Syntax { position: position.min(self.chars.len()), message: message.into() }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Takes `word` where it stands alone.
    fn take_operator(&mut self, words: &[&str]) -> bool {
        self.skip_space();
        let end = self.word_end(self.at);
        let found: String = self.chars[self.at..end].iter().collect();
        let taken = words.contains(&found.as_str());
        if taken {
            self.at = end;
        }
        taken
    }

    fn word_end(&self, from: usize) -> usize {
        let ends = |c: &char| c.is_whitespace() || is_quote(*c) || matches!(c, '(' | ')');
        self.chars[from..].iter().position(ends).map_or(self.chars.len(), |n| from + n)
    }

    /// `a b OR c`.
    fn alternatives(&mut self, field: Option<TextField>) -> Parsed {
        let start = self.at;
        let mut parts = vec![self.conjunction(field)?];
        let mut operators = 0;
        loop {
            let operator_at = self.at;
            if !self.take_operator(&["OR", "|", "||"]) {
                break;
            }
            operators += 1;
            let before = self.at;
            let next = self.conjunction(field)?;
            let nothing_typed = self.chars[before..self.at].iter().all(|c| c.is_whitespace());
            if nothing_typed || self.chars[start..operator_at].iter().all(|c| c.is_whitespace()) {
                return Err(self.wrong(
                    operator_at,
                    "`OR` needs something to search for on both sides; write \"or\" in small letters for the word",
                ));
            }
            parts.push(next);
        }
        if operators == 0 {
            return Ok(parts.pop().unwrap_or(Part::Nothing));
        }
        self.join_alternatives(parts)
    }

    /// Conditions narrow the whole search, so they may be alternatives only to others of their own field.
    fn join_alternatives(&self, parts: Vec<Part>) -> Parsed {
        let mut nodes = Vec::new();
        let mut narrowed: Option<(Option<FieldName>, usize)> = None;
        for part in parts {
            match part {
                Part::Nothing => {}
                Part::Text(node) => nodes.push(node),
                Part::Conditions(field, at) => {
                    let repeatable = field.is_some_and(FieldName::is_list);
                    if !repeatable || narrowed.is_some_and(|(known, _)| known != field) {
                        return Err(self.wrong(at, OR_CONDITION));
                    }
                    narrowed = Some((field, at));
                }
            }
        }
        match (nodes.len(), narrowed) {
            (0, None) => Ok(Part::Nothing),
            (0, Some((field, at))) => Ok(Part::Conditions(field, at)),
            (_, Some((_, at))) => Err(self.wrong(at, OR_CONDITION)),
            (_, None) => Ok(Part::Text(single_or(nodes, Node::Or))),
        }
    }

    /// `a b -c`.
    fn conjunction(&mut self, field: Option<TextField>) -> Parsed {
        let mut nodes = Vec::new();
        let mut narrowed: Option<(Option<FieldName>, usize)> = None;
        loop {
            if self.take_operator(&["AND", "&&"]) {
                continue;
            }
            let before = self.at;
            if self.take_operator(&["OR", "|", "||"]) {
                self.at = before;
                break;
            }
            if matches!(self.peek(), None | Some(')')) {
                break;
            }
            match self.operand(field)? {
                Part::Nothing => {}
                Part::Text(node) => nodes.push(node),
                Part::Conditions(found, at) => {
                    narrowed = Some(match narrowed {
                        Some((known, first)) => (known.filter(|k| Some(*k) == found), first),
                        None => (found, at),
                    });
                }
            }
        }
        if nodes.is_empty() {
            return Ok(narrowed.map_or(Part::Nothing, |(field, at)| Part::Conditions(field, at)));
        }
        // Inside a group the words decide; that the group also narrowed must not be lost for `OR` and `-` around it.
        if let Some((_, at)) = narrowed.filter(|_| self.depth > 0) {
            return Err(self.wrong(at, OR_CONDITION));
        }
        for at in 1..nodes.len() {
            if let [Node::Leaf(first), Node::Leaf(second)] = &mut nodes[at - 1..=at] {
                join_words(first, second);
            }
        }
        let is_stop = |node: &Node| matches!(node, Node::Leaf(leaf) if leaf.stop_word);
        if nodes.iter().any(|node| !is_stop(node) && !matches!(node, Node::Not(_))) {
            nodes.retain(|node| !is_stop(node));
        }
        if narrowed.is_some() && self.or_is_next() {
            let at = narrowed.map_or(0, |(_, at)| at);
            return Err(self.wrong(at, OR_CONDITION));
        }
        Ok(Part::Text(single_or(nodes, Node::And)))
    }

    fn or_is_next(&mut self) -> bool {
        let before = self.at;
        let next = self.take_operator(&["OR", "|", "||"]);
        self.at = before;
        next
    }

    /// One word, phrase, group or condition, with `-`, `+` or `NOT` before it.
    fn operand(&mut self, field: Option<TextField>) -> Parsed {
        let start = self.at;
        if self.take_operator(&["NOT"]) {
            self.skip_space();
            if matches!(self.peek(), None | Some(')')) {
                return Err(
                    self.wrong(start, "`NOT` needs something behind it; write \"not\" in small letters for the word")
                );
            }
            return self.excluded(field, start);
        }
        match self.peek() {
            Some('-') => {
                self.at += 1;
                let lone = self.peek().is_none_or(|c| c.is_whitespace() || c == ')');
                if lone { Ok(Part::Nothing) } else { self.excluded(field, start) }
            }
            Some('+') => {
                self.at += 1;
                Ok(Part::Nothing)
            }
            Some('(') => self.group(field),
            Some(c) if is_quote(c) => {
                let phrase = self.quoted()?;
                self.leaf(field, &phrase, true, start)
            }
            _ => self.word(field),
        }
    }

    fn excluded(&mut self, field: Option<TextField>, start: usize) -> Parsed {
        self.deeper(start)?;
        self.negated = !self.negated;
        let inner = self.operand(field);
        self.negated = !self.negated;
        self.depth -= 1;
        match inner? {
            Part::Text(node) => Ok(Part::Text(Node::Not(Box::new(node)))),
            Part::Nothing => Ok(Part::Nothing),
            Part::Conditions(..) => Err(self.wrong(
                start,
                "only words can be excluded, conditions cannot; name the wanted values instead, as in `sentiment:negative sentiment:neutral`",
            )),
        }
    }

    fn deeper(&mut self, at: usize) -> Result<(), FulltextError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong(
                at,
                format!("more than {DEEPEST} parentheses or exclusions inside one another; write it flatter"),
            ));
        }
        Ok(())
    }

    fn group(&mut self, field: Option<TextField>) -> Parsed {
        let start = self.at;
        self.deeper(start)?;
        self.at += 1;
        let inner = self.alternatives(field)?;
        self.depth -= 1;
        if self.peek() != Some(')') {
            return Err(self.wrong(start, "this `(` is never closed; add a `)` or put it in quotes"));
        }
        self.at += 1;
        Ok(inner)
    }

    /// The text up to the closing quote.
    fn quoted(&mut self) -> Result<String, FulltextError> {
        let start = self.at;
        let length = self.chars[start + 1..].iter().position(|c| is_quote(*c));
        let Some(length) = length else {
            return Err(self.wrong(start, "this quote is never closed; add a `\"` at the end of the phrase"));
        };
        self.at = start + length + 2;
        Ok(self.chars[start + 1..start + 1 + length].iter().collect())
    }

    /// A word, or `field:` with its value.
    fn word(&mut self, field: Option<TextField>) -> Parsed {
        let start = self.at;
        let end = self.word_end(start);
        if let Some((name, colon)) = self.field_name(start, end) {
            let value_at = colon + 1;
            let next = self.chars.get(value_at).copied();
            let has_value = next.is_some_and(|c| !c.is_whitespace() && c != ')');
            match condition::field(&name) {
                Some(_) if !has_value => return Err(self.wrong(start, condition::empty_value(&name))),
                Some(found) => {
                    self.at = value_at;
                    return self.value(&name, found, start);
                }
                // `note: this` and `https://…` are words, not a mistyped field.
                None if has_value && next != Some('/') => {
                    return Err(self.wrong(start, condition::unknown_field(&name)));
                }
                None => {}
            }
        }
        self.at = end;
        let word: String = self.chars[start..end].iter().collect();
        self.leaf(field, &word, false, start)
    }

    /// The letters before the first colon of a word, and the colon's place.
    fn field_name(&self, start: usize, end: usize) -> Option<(String, usize)> {
        let colon = start + self.chars[start..end].iter().position(|c| *c == ':')?;
        let name: String = self.chars[start..colon].iter().collect();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
        is_name.then_some((name, colon))
    }

    fn value(&mut self, name: &str, found: FieldName, start: usize) -> Parsed {
        let value_at = self.at;
        if let FieldName::Text(inner) = found {
            return match self.peek() {
                Some('(') => self.group(Some(inner)),
                Some(c) if is_quote(c) => {
                    let phrase = self.quoted()?;
                    if phrase.trim().is_empty() {
                        return Err(self.wrong(start, condition::empty_value(name)));
                    }
                    self.leaf(Some(inner), &phrase, true, value_at)
                }
                _ => {
                    let end = self.word_end(value_at);
                    self.at = end;
                    let word: String = self.chars[value_at..end].iter().collect();
                    self.leaf(Some(inner), &word, false, value_at)
                }
            };
        }
        let value = match self.peek() {
            Some('(') => {
                let message = format!("`{name}:` takes one value; write `{name}:a {name}:b` for a or b");
                return Err(self.wrong(value_at, message));
            }
            Some(c) if is_quote(c) => self.quoted()?,
            _ => {
                let end = self.word_end(value_at);
                self.at = end;
                self.chars[value_at..end].iter().collect()
            }
        };
        let new = condition::conditions(name, found, &value).map_err(|message| self.wrong(value_at, message))?;
        if new.iter().any(|c| self.conditions.iter().any(|d| c.sets_ends_of(d))) {
            let message = format!("one {name} condition is enough; write a range, as in `{name}:4..5`");
            return Err(self.wrong(start, message));
        }
        self.conditions.extend(new);
        Ok(Part::Conditions(Some(found), start))
    }

    fn leaf(&mut self, field: Option<TextField>, typed: &str, is_phrase: bool, at: usize) -> Parsed {
        let starred = !is_phrase && typed.ends_with('*');
        let bare = if starred { typed.trim_end_matches('*') } else { typed };
        let kind = match (is_phrase, starred) {
            (true, _) => LeafKind::Phrase,
            (false, true) => LeafKind::Beginning,
            (false, false) => LeafKind::Word,
        };
        let Some(leaf) = Leaf::new(field, bare, kind) else {
            if starred {
                return Err(self.wrong(at, "a `*` needs the first letters of a word before it, as in `deliver*`"));
            }
            return Ok(Part::Nothing);
        };
        self.n_leaves += leaf.n_words();
        if self.n_leaves > MOST_LEAVES {
            return Err(self.wrong(at, format!("more than {MOST_LEAVES} words; shorten the search")));
        }
        if !self.negated && field != Some(TextField::Author) {
            self.words.push(bare.trim().to_owned());
        }
        Ok(Part::Text(Node::Leaf(leaf)))
    }
}

const OR_CONDITION: &str = "a condition narrows the whole search, so it cannot be an alternative to something else; \
     `sentiment:positive OR sentiment:neutral` works, `sentiment:positive OR delivery` does not";

pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201C}' | '\u{201D}' | '\u{201E}')
}

pub(super) fn single_or(mut nodes: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            many(nodes)
        }
        None => many(nodes),
    }
}

#[cfg(test)]
#[path = "syntax_tests.rs"]
mod tests;
