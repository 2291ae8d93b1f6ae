//! The page, as a person uses it: real Chromium against the real binary, by mouse and by keyboard.
//!
//! Numbers on the page are compared with the API. Every view goes through axe, and an error in the console fails the
//! walk. Without Chromium or its driver the test says what it skipped; in CI (`CI=true`) that is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as a person would expect"
)]

mod driver;
mod server;
mod walk;

use driver::Browser;
use futures_util::FutureExt as _;
use server::Server;
use std::panic::{AssertUnwindSafe, resume_unwind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_walks_from_the_demo_to_undo() {
    let (browser, chromedriver) = match driver::programs() {
        Ok(found) => found,
        Err(missing) => {
            assert!(std::env::var_os("CI").is_none(), "the browser test cannot be skipped in CI: {missing}");
            eprintln!("SKIPPED the browser test (the page, keyboard, accessibility, console): {missing}");
            eprintln!("        on Debian: apt-get install chromium chromium-driver");
            return;
        }
    };
    let server = Server::start();
    let page = Browser::open(&browser, &chromedriver).await;
    let walked = Box::pin(AssertUnwindSafe(walk::all(&page, &server)).catch_unwind()).await;
    if let Err(failure) = walked {
        drop(server);
        page.close().await;
        resume_unwind(failure);
    }
    server.stop().await;
    page.close().await;
}
