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

mod addresses;
mod driver;
mod reader;
mod server;
mod token;
mod walk;

use driver::Browser;
use futures_util::FutureExt as _;
use server::Server;
use std::panic::{AssertUnwindSafe, resume_unwind};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_walks_from_the_demo_to_undo() {
    let Some(page) = open().await else { return };
    let server = Server::start();
    let walk = async {
        walk::all(&page, &server).await;
        addresses::all(&page).await;
    };
    finish(Box::pin(AssertUnwindSafe(walk).catch_unwind()).await, page, server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_look_is_offered_nothing_else() {
    let Some(page) = open().await else { return };
    let server = Server::guarded();
    finish(AssertUnwindSafe(reader::all(&page, &server)).catch_unwind().await, page, server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_asked_for_once_and_tried_once() {
    let Some(page) = open().await else { return };
    let server = Server::guarded();
    finish(AssertUnwindSafe(token::all(&page, &server)).catch_unwind().await, page, server).await;
}

/// A window to walk in. `None` where there is no browser, which is said; in CI it is a failure.
async fn open() -> Option<Browser> {
    match driver::programs() {
        Ok((browser, chromedriver)) => Some(Browser::open(&browser, &chromedriver).await),
        Err(missing) => {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "the browser test cannot be skipped in CI: {missing}"
            );
            eprintln!("SKIPPED a browser test (the page, keyboard, accessibility, console): {missing}");
            eprintln!("        on Debian: apt-get install chromium chromium-driver");
            None
        }
    }
}

/// Ends window and server, also where the walk has failed.
async fn finish(walked: std::thread::Result<()>, page: Browser, server: Server) {
    if let Err(failure) = walked {
        drop(server);
        page.close().await;
        resume_unwind(failure);
    }
    server.stop().await;
    page.close().await;
}
