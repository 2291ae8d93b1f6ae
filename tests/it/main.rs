//! Integration tests: the router, the real binary, crashes, properties, the model, and the house rules.

mod api;
mod browser;
mod cli;
mod crash;
mod docs;
mod model;
mod property;
mod tidy;
