//! Requests that take effect once, however often they are sent.

/// What a request is known by when it is sent again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Once {
    /// What its sender calls it: 1 to 200 visible characters.
    pub key: String,
    /// A digest of what it asks for: the same key must not be sent with another request.
    pub asks: String,
}
