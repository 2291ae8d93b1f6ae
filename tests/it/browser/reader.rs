//! Whoever may only look: every page is there, nothing on it changes anything, and no request is refused.
//!
//! Everything that can be pressed is pressed, so a control that is added without its right is found by the request it makes.

use super::driver::{Browser, Key};
use super::server::{READ_TOKEN, Server, TOKEN};
use reqwest::Method;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The pages, what says that one has come, and whether it has something to change for whoever may.
const PAGES: [(&str, &str, bool); 9] = [
    ("/", "$('totals') && $('feed-item')", true),
    ("/explore", "$('result')", true),
    ("/explore?item=ITEM", "$('item-text')", true),
    ("/import?import=IMPORT", "$('import-counts') && $('import-row')", true),
    ("/models", "$('model-row') && $('correction-row')", true),
    ("/models?open=MODEL", "$('model-card') && $('correction-row')", true),
    ("/models/compare", "document.querySelector('main .state, main figure')", true),
    ("/jobs", "$('job-row')", true),
    ("/try", "$('try-input')", false),
];

/// What changes something and can be seen.
const CHANGES: &str =
    "[...document.querySelectorAll('[data-right], [data-correct]')].filter((e) => e.checkVisibility()).length";
/// The same but for the places, which are on every page.
const CHANGES_HERE: &str = "[...document.querySelectorAll('main [data-right], dialog [data-right], [data-correct]')].filter((e) => e.checkVisibility()).length";

/// The whole visit.
pub(super) async fn all(page: &Browser, server: &Server) {
    let (item, import, model) = furnish(server).await;
    let real = |path: &str| {
        let path = path.replace("ITEM", &item).replace("IMPORT", &import).replace("MODEL", &model);
        server.page(&path)
    };
    enter(page, server, READ_TOKEN).await;
    page.until("document.documentElement.dataset.rights === 'read monitor'").await;
    for (path, ready, _) in PAGES {
        page.go(&real(path)).await;
        page.until(ready).await;
        page.until("document.documentElement.dataset.rights").await;
        page.until_equal(CHANGES, &json!(0)).await;
        page.audit(&format!("{path} for whoever may only look")).await;
        press_everything(page, path).await;
    }
    keys(page, server, &item).await;
    assert_eq!(page.complaints().await, Vec::<String>::new(), "a request was refused");

    // The same places offer something to whoever may.
    enter(page, server, TOKEN).await;
    for (path, ready, changes) in PAGES {
        page.go(&real(path)).await;
        page.until(ready).await;
        if changes {
            page.until(&format!("{CHANGES_HERE} > 0")).await;
        }
    }
    page.until("$('nav-import').checkVisibility()").await;
}

/// Texts, a correction, and jobs: what the pages have controls for. Names of an item, an import and the model.
async fn furnish(server: &Server) -> (String, String, String) {
    let mut csv = String::from("id,date,review\n");
    for i in 1..=9 {
        writeln!(csv, "r{i},2026-05-0{i},The parcel number {i} never came and nobody answers me").unwrap();
    }
    let import = server.ask(Method::POST, "/imports?filename=texts.csv", csv).await["data"]["id"].clone();
    let import = import.as_str().unwrap().to_owned();
    let end = std::time::Instant::now() + super::driver::LIMIT;
    while server.get(&format!("/imports/{import}")).await["data"]["searchable"] != json!(true) {
        assert!(std::time::Instant::now() < end, "the texts are not read");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let item = server.get("/items?limit=1").await["data"][0].clone();
    let id = item["id"].as_str().unwrap().to_owned();
    let said = json!({ "sentiment": "positive", "version": item["version"] }).to_string();
    server.ask(Method::PUT, &format!("/items/{id}/correction"), said).await;
    // A job that somebody stopped can be tried again by whoever may.
    let rows: String = (0..30_000).map(|i| format!("z{i},Das ist leider sehr schlecht gemacht\n")).collect();
    let long = server.ask(Method::POST, "/imports?filename=long.csv", format!("id,text\n{rows}")).await;
    let job = long["data"]["job"]["id"].as_str().expect("an import has a job").to_owned();
    server.ask(Method::POST, &format!("/jobs/{job}/cancel"), String::new()).await;
    until_job_is(server, &job, "cancelled").await;
    let model = server.get("/models").await["data"][0]["name"].as_str().unwrap().to_owned();
    (id, import, model)
}

async fn until_job_is(server: &Server, job: &str, state: &str) {
    let end = std::time::Instant::now() + super::driver::LIMIT;
    while server.get(&format!("/jobs/{job}")).await["data"]["state"] != state {
        assert!(std::time::Instant::now() < end, "the job is not {state}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Opens the page, and gives it a token when it asks.
async fn enter(page: &Browser, server: &Server, token: &str) {
    page.go(&server.page("/")).await;
    page.value("sessionStorage.clear()").await;
    page.go(&server.page("/")).await;
    page.fill("token-input", token).await;
    page.keys(&[Key::Enter.into()]).await;
    page.until("!$('token-dialog') && $('totals')").await;
    // It asked without a token first, and was told so.
    let complaints = page.complaints().await;
    assert!(complaints.iter().all(|line| line.contains("401")), "{complaints:?}");
}

/// Presses whatever can be pressed, one after the other; what appears by it as well, a few times over.
async fn press_everything(page: &Browser, path: &str) {
    let script = "(() => {
        const own = window.fetch;
        window.asked = [];
        window.fetch = (address, options = {}) => {
            window.asked.push(`${options.method ?? 'GET'} ${new URL(address, location).pathname}`);
            return own(address, options);
        };
        const open = XMLHttpRequest.prototype.open;
        XMLHttpRequest.prototype.open = function (method, ...rest) {
            window.asked.push(`${method} by upload`);
            return open.call(this, method, ...rest);
        };
        const pressed = new Set();
        const name = (b) => b.dataset.testid ?? (b.getAttribute('aria-label') || b.textContent.trim());
        const next = () => [...document.querySelectorAll('button, summary, input[type=checkbox], [role=option]')]
            .find((b) => b.checkVisibility() && !b.disabled && !pressed.has(name(b)));
        window.pressed = null;
        (async () => {
            for (let n = 0; n < 60; n += 1) {
                const button = next();
                if (!button) break;
                pressed.add(name(button));
                // The first of the commands would lead to the description of the API, which is another document.
                if (!/API documentation/.test(name(button))) button.click();
                await new Promise((done) => setTimeout(done, 40));
            }
            await new Promise((done) => setTimeout(done, 300));
            window.pressed = [...pressed];
        })();
        return true;
    })()";
    page.value(script).await;
    page.until("window.pressed").await;
    let asked = page.value("window.asked.filter((a) => !/^GET |^POST \\/api\\/v1\\/analyze$/.test(a))").await;
    assert_eq!(asked, Value::Array(Vec::new()), "{path}: {}", page.value("window.pressed").await);
    assert_ne!(page.value("window.pressed.length").await, json!(0), "{path}");
}

/// Keys and commands lead nowhere either.
async fn keys(page: &Browser, server: &Server, item: &str) {
    page.go(&server.page(&format!("/explore?item={item}"))).await;
    page.until("$('item-text') && $('labels') && !$('correct')").await;
    page.keys(&['c']).await;
    page.keys(&[Key::Escape.into()]).await;
    page.until("!$('item-drawer') && !$('correct-menu')").await;
    page.keys(&['g', 'i']).await;
    page.until_equal("location.pathname", &json!("/explore")).await;
    page.keys(&['?']).await;
    page.until("$('help') && !/Import|Correct/.test($('help').innerText)").await;
    page.keys(&[Key::Escape.into()]).await;
    page.keys(&[Key::Control.into(), 'k', Key::Null.into()]).await;
    page.until("$('palette-input') && !/Import|Tune|demo/.test($('palette').innerText)").await;
    page.keys(&[Key::Escape.into()]).await;
}
