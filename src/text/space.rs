//! What counts as white space: the model was trained on texts that Python split.

/// Python's `\s`: Unicode white space and the four separators that Unicode calls controls.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}
