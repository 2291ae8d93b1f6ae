//! What the index is asked, whoever said it and in whichever syntax.

use super::leaf::Leaf;

/// What the index is asked.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Leaf(Leaf),
}
