//! The read side: which items, how many, which first.

mod view;

pub use view::*;
