//! Integration tests: the router, the real binary, crashes, properties, the model, and the house rules.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation,
    clippy::similar_names,
    clippy::too_many_lines,
    reason = "a test may stop at the first surprise, and tells its story in one piece"
)]

mod adding;
mod api;
mod browser;
mod cli;
mod dimensions;
mod docs;
mod folders;
mod fuzz;
mod house;
#[cfg(unix)]
mod kills;
mod model;
mod property;
mod replay;
#[path = "../../benches/seeded.rs"]
mod seeded;
mod shapes;
mod tidy;
