//! Integration tests: the router, the real binary, crashes, properties, the browser, and the house rules.

mod tidy;
