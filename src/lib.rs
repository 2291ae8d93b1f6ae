//! Soundings: what people say about you, read on your own machine.
//!
//! The layers, lowest first; a module uses only modules of a lower layer (`tests/it/tidy.rs` holds the rule):
//! `domain`, `disk` · `text`, `stats` · `ingest`, `store`, `columns`, `fulltext`, `vectors`, `model` · `queue` · `work`, `query` ·
//! `app` · `http` · `config` · `cli`.

pub mod app;
pub mod cli;
pub mod columns;
pub mod config;
pub mod disk;
pub mod domain;
pub mod fulltext;
pub mod http;
pub mod ingest;
pub mod model;
pub mod query;
pub mod queue;
pub mod stats;
pub mod store;
pub mod text;
pub mod vectors;
pub mod work;
