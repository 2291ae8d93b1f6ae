//! The question for a token: asked once, tried once, and nothing of one token is seen by another.

use super::driver::{Browser, Key};
use super::server::{READ_TOKEN, Server, TOKEN};
use serde_json::json;

/// The whole visit.
pub(super) async fn all(page: &Browser, server: &Server) {
    page.go(&server.page("/")).await;
    page.until("$('token-dialog')").await;
    load(page, "api.js", "api").await;
    // From here on every request is heard of.
    page.value(
        "(() => {
            const own = window.fetch;
            window.sent = [];
            window.fetch = (address, options) => { window.sent.push(new URL(address, location).pathname); return own(address, options); };
            window.done = 0;
            for (let n = 0; n < 5; n += 1) window.api.get('/items').then(() => { window.done += 1; });
            return true;
        })()",
    )
    .await;
    page.until_equal("window.sent.filter((path) => path.endsWith('/items')).length", &json!(5)).await;

    // A wrong token costs one attempt, however many requests wait.
    page.value("(window.sent = [], true)").await;
    page.fill("token-input", "wrong").await;
    page.keys(&[Key::Enter.into()]).await;
    page.until("$('token-dialog') && /not accepted/.test($('token-dialog').textContent)").await;
    assert_eq!(page.value("window.sent").await, json!(["/api/v1/health/ready"]));
    assert_eq!(page.value("window.done").await, json!(0));
    page.fill("token-input", TOKEN).await;
    page.keys(&[Key::Enter.into()]).await;
    page.until("!$('token-dialog') && window.done === 5").await;

    // Another token: another lock, another channel, and no answer to what the one before asked.
    let held = "navigator.locks.query().then((all) => { window.held = all.held.map((lock) => lock.name); })";
    let mark = page.string("`soundings-events:${window.api.tokenMark()}`").await;
    page.until(&format!("({held}, (window.held ?? []).includes('{mark}'))")).await;
    page.until("window.api.lastAnswer('/api/v1/items')").await;
    page.value(&format!("(window.api.provideToken('{READ_TOKEN}'), true)")).await;
    page.until("!window.api.lastAnswer('/api/v1/items')").await;
    let other = page.string("`soundings-events:${window.api.tokenMark()}`").await;
    assert_ne!(mark, other);
    page.until(&format!("({held}, window.held.includes('{other}') && !window.held.includes('{mark}'))")).await;
    page.until("document.documentElement.dataset.rights === 'read monitor'").await;
    page.until("$('connection').dataset.status === 'live'").await;

    // Where the database does not answer, the page says what the refusal says.
    load(page, "state/health.js", "health").await;
    let check = async |found: &str, expected: serde_json::Value| {
        assert_eq!(page.value(&format!("window.health.reasonsOf({found})")).await, expected, "{found}");
    };
    check("{ status: 'healthy', reasons: [] }, null", json!([])).await;
    check("{ status: 'degraded', reasons: ['a'] }, null", json!(["a"])).await;
    check("null, { status: 503, message: 'm', data: { reasons: ['gone'] } }", json!(["gone"])).await;
    check("null, { status: 503, message: 'too slow', data: null }", json!(["too slow"])).await;
    check("null, { status: 0, message: 'm' }", json!([])).await;
    let complaints = page.complaints().await;
    assert!(complaints.iter().all(|line| line.contains("401")), "{complaints:?}");
}

/// Makes a module of the page reachable as `window.NAME`: the very one that the page uses.
pub(super) async fn load(page: &Browser, path: &str, name: &str) {
    page.value(&format!(
        "(import(new URL('{path}', document.querySelector('script[type=module]').src)).then((m) => {{ window.{name} = m; }}), true)"
    ))
    .await;
    page.until(&format!("window.{name}")).await;
}
