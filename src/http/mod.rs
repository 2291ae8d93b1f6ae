//! REST, live events and the page, on top of `app`.
//!
//! A handler parses, calls the application and renders: no SQL, no engine, no rule of the product in here. Wire types
//! and their conversions live in `wire`; every answer has one of two shapes (`reply`, `error`).
//!
//! From the outside in, a request passes: compression · request id, log, figures, security headers, error envelope
//! (`observe`) · panics · host, origin, token and the route's right (`guard`) · time limit · cached reads (`cache`) · the
//! handler. What a route asks for, how it is kept and how long it may take is said once, in `routes::list`. What
//! cannot be read as a request never gets there (`below`).

mod assets;
mod attempts;
mod below;
mod cache;
mod error;
mod events;
mod extract;
mod filter;
mod guard;
mod leaving;
mod observe;
mod params;
mod reply;
mod request_key;
mod routes;
mod seal;
mod serve;
mod spool;
mod state;
pub(crate) mod wire;

pub use error::ERROR_CODES;
pub use guard::Key;
pub(crate) use leaving::CODE as REFUSED_UNREAD;
pub use routes::{Cache, Listed, Time, listed, openapi, router};
pub use serve::serve;

use crate::domain::moment;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// How the server behaves.
#[derive(Clone)]
pub struct HttpOptions {
    /// Bearer token that every API request must carry; `None` = open, for loopback only.
    pub token: Option<String>,
    /// Bearer token that looks and changes nothing; counts beside `token` only.
    pub read_token: Option<String>,
    /// Further secrets and whose they are.
    pub keys: Vec<Key>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Secret of this process for its own command line; always accepted. Request ids and entity tags are derived from
    /// it, so it must be unguessable and new for every process.
    pub local_token: String,
    /// False = API and jobs without the page.
    pub page: bool,
    /// Host name or address that is listened on, without port: accepted in the Host header beside the loopback names.
    pub listen_host: String,
    /// Largest accepted upload, bytes.
    pub max_upload_bytes: u64,
    /// Time limit of an answer; uploads, exports, deletions and event streams have none.
    pub request_timeout: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            token: None,
            read_token: None,
            keys: Vec::new(),
            trusted_proxies: Vec::new(),
            local_token: String::new(),
            page: true,
            listen_host: "127.0.0.1".to_owned(),
            max_upload_bytes: 4 << 30,
            request_timeout: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for HttpOptions {
    /// Without the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            token,
            read_token,
            keys,
            trusted_proxies,
            local_token: _,
            page,
            listen_host,
            max_upload_bytes,
            request_timeout,
        } = self;
        f.debug_struct("HttpOptions")
            .field("token", &token.as_ref().map(|_| "…"))
            .field("read_token", &read_token.as_ref().map(|_| "…"))
            .field("keys", &keys.iter().map(|key| key.caller).collect::<Vec<_>>())
            .field("trusted_proxies", trusted_proxies)
            .field("page", page)
            .field("listen_host", listen_host)
            .field("max_upload_bytes", max_upload_bytes)
            .field("request_timeout", request_timeout)
            .finish_non_exhaustive()
    }
}
