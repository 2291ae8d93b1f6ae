//! The router by `oneshot`, and the socket where only a socket shows it.

mod blanks;
mod caching;
mod corrections;
mod document;
mod errors;
mod events;
mod excerpts;
pub(crate) mod fixture;
mod guards;
mod models;
mod reads;
mod rights;
mod socket;
mod tune;
mod uploads;
mod workspaces;
