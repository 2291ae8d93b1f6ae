//! The walk: demo → search → item → jobs → own file → overview → correction → meaning → deletion → undo.

use super::driver::{Browser, Key};
use super::server::{Server, path_text};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

const ROWS: usize = 40;
/// Rows of the own file that cannot become items: one without words, one with a date that nobody can read.
const REJECTED: usize = 1;
/// Reading is the model's work and shares the machine with other tests.
const READING: Duration = Duration::from_mins(3);

/// The whole walk; panics with what the page showed where something is not as a person would expect.
pub(super) async fn all(page: &Browser, server: &Server) {
    demo(page, server).await;
    search(page, server).await;
    item(page, server).await;
    reading_job(page, server).await;
    undo_demo(page, server).await;
    let import = import(page, server).await;
    overview(page, server).await;
    correction(page, server).await;
    meaning(page, server, &import).await;
    delete(page, server).await;
    try_it(page).await;
    commands_and_looks(page, server, &import).await;
    undo(page, server, &import).await;
    nothing_gathers(page).await;
    assert_eq!(page.complaints().await, Vec::<String>::new(), "the console");
}

/// First run: three doors. The demo's texts come in, and are read while the page is looked at.
async fn demo(page: &Browser, server: &Server) {
    page.go(&server.page("/")).await;
    page.until("$('first-run') && $('door-demo') && $('door-file')").await;
    page.until("$('connection').dataset.status === 'live'").await;
    page.audit("the first run").await;
    page.click("door-demo").await;
    page.until("$$('feed-item').length >= 5").await;
    page.until_api(server, "/imports", |all| {
        let imports = rows(all);
        imports.len() == 3 && imports.iter().all(|i| i["state"] == "done")
    })
    .await;
    // The figures follow an import's last transaction a moment after its state does.
    let imports = server.get("/imports").await;
    let inserted: usize = rows(&imports).iter().map(|i| number(&i["inserted"])).sum();
    assert!(inserted > 6_000, "{imports}");
    let summary = page.until_api(server, "/metrics/summary", |all| number(&all["data"]["items"]) == inserted).await;
    page.until_equal("number('total-items .total-value')", &summary["data"]["items"]).await;
    // Partial: how far the reading is; and the feed learns what was read without a click.
    page.until("/read; figures so far/.test(text('partial'))").await;
    page.until("$('feed').querySelector('.tag-positive, .tag-negative')").await;
    page.until("number('sentiment-positive .quiet') > 0").await;
    page.audit("the overview while texts are read").await;
}

/// `/`, words, Enter: the hits of the API, in its order, marked; a facet narrows them and its chip widens them again.
async fn search(page: &Browser, server: &Server) {
    page.keys(&['/']).await;
    page.until("location.pathname === '/explore' && document.activeElement === $('search-input')").await;
    page.keys(&"cancel subscription".chars().collect::<Vec<_>>()).await;
    page.keys(&[Key::Enter.into()]).await;
    page.until("query('q') === 'cancel subscription'").await;
    page.click("mode-text").await;
    let found = server.get("/search?q=cancel+subscription&mode=text&limit=20").await;
    assert!(number(&found["metadata"]["total"]) > 5, "the demo has people who cancel: {found}");
    page.until_equal("total()", &found["metadata"]["total"]).await;
    page.until_equal("$$('result').map((r) => r.dataset.id)", &ids(&found)).await;
    page.until("/^Found by words \\(1st place\\)/.test(text('why'))").await;
    page.until("[...$('result').querySelectorAll('mark')].some((m) => /cancel/i.test(m.textContent))").await;
    page.audit("search results").await;

    let source = &found["metadata"]["facets"]["source"][0];
    page.click_css("[data-testid=\"facet-source\"] input").await;
    page.until_equal("query('source')", &source["label"]).await;
    page.until_equal("total()", &source["count"]).await;
    page.click_css("[data-testid=\"chips\"] button").await;
    page.until_equal("query('source')", &Value::Null).await;
    page.until_equal("total()", &found["metadata"]["total"]).await;
}

/// `j`, `j`, Enter opens the second hit; Esc closes it and the focus is where it was.
async fn item(page: &Browser, server: &Server) {
    page.until_equal("$('results').getAttribute('class')", &json!("items")).await;
    page.value("document.activeElement.blur()").await;
    page.keys(&['j']).await;
    page.until("document.activeElement === $$('result')[0]").await;
    page.keys(&['j']).await;
    page.until("document.activeElement === $$('result')[1]").await;
    let id = page.string("$$('result')[1].dataset.id").await;
    page.keys(&[Key::Enter.into()]).await;
    page.until_equal("query('item')", &json!(id)).await;
    let shown = server.get(&format!("/items/{id}")).await;
    page.until_equal("$('item-text')?.textContent", &shown["data"]["text"]).await;
    page.audit("an item").await;
    page.keys(&[Key::Escape.into()]).await;
    page.until("!$('item-drawer') && query('item') === null").await;
    page.until("document.activeElement === $$('result')[1]").await;
}

/// The reading job can be stopped and started again, and its log says so.
async fn reading_job(page: &Browser, server: &Server) {
    page.keys(&['g', 'j']).await;
    page.until("location.pathname === '/jobs' && $$('job-row').length >= 4").await;
    page.until("$$('job-row').some((r) => r.dataset.state === 'running')").await;
    page.audit("the jobs").await;
    page.click_css("[data-testid=\"job-row\"][data-state=\"running\"] [data-testid=\"job-cancel\"]").await;
    page.until("$$('job-row').some((r) => r.dataset.state === 'cancelled')").await;
    let cancelled = server.get("/jobs?state=cancelled").await;
    let id = cancelled["data"][0]["id"].as_str().expect("a cancelled job").to_owned();
    page.click_css(&format!("a[href*=\"job={id}\"]")).await;
    page.until("/Cancelled/.test(text('job-log')) && $('job-attempts')").await;
    page.audit("a job").await;
    page.click_css("[data-testid=\"job-drawer\"] [data-testid=\"job-retry\"]").await;
    page.until("$('job-drawer').querySelector('[data-testid=\"job-cancel\"]')").await;
    page.keys(&[Key::Escape.into()]).await;
    page.until("!$('job-drawer')").await;
}

/// Undo takes the demo away again, with what was not read yet.
async fn undo_demo(page: &Browser, server: &Server) {
    page.click("nav-import").await;
    page.until("$$('import-row').length === 3").await;
    for left in (0..3).rev() {
        page.click("import-row-undo").await;
        page.until(&format!("$$('import-row-undo').length <= {left}")).await;
    }
    page.until_api(server, "/metrics/summary", |s| s["data"]["items"] == 0).await;
}

/// A file of one's own: preview, another role, start, every row accounted for, everything read and searchable.
async fn import(page: &Browser, server: &Server) -> String {
    let file = server.file("walk reviews.csv", &reviews());
    page.give_file("import-file", path_text(&file)).await;
    page.until("$('import-preview')").await;
    page.until_equal(
        "['role-0','role-1','role-2','role-3','role-4'].map((r) => $(r).value)",
        &json!(["id", "date", "rating", "text", "author"]),
    )
    .await;
    page.audit("the preview").await;
    page.choose("role-4", "").await;
    page.until("$('role-4').value === ''").await;
    page.fill("import-collection", "Tariffs").await;
    page.click("import-start").await;
    page.until("$('import-live')?.dataset.state === 'done'").await;
    page.until_within(READING, "$('import-live').dataset.searchable === 'true'").await;
    let id = page.string("query('import')").await;
    let record = server.get(&format!("/imports/{id}")).await["data"].clone();
    assert_eq!(
        [number(&record["rows"]), number(&record["inserted"]), number(&record["rejected"])],
        [ROWS, ROWS - REJECTED, REJECTED]
    );
    assert_eq!(record["collection"], "Tariffs");
    for field in ["rows", "inserted", "updated", "unchanged", "rejected"] {
        page.until_equal(&format!("number('count-{field}')"), &record[field]).await;
    }
    // A date that nobody can read costs the date, and is told; a row without a text is rejected.
    page.until("/the day after/.test(text('import-notes'))").await;
    page.until("/^1 of 40 rows could not be read/.test(text('import-rejected'))").await;
    page.click("rejected-show").await;
    page.until("document.querySelectorAll('.rejected-table tbody tr').length === 1").await;
    let rejected = server.download(&format!("/imports/{id}/rejected.csv")).await;
    assert!(rejected.contains("w11") && rejected.lines().count() > REJECTED, "{rejected}");
    page.audit("a finished import").await;
    id
}

/// Every number of the overview is the API's; the trend is walked by keyboard and opens its texts.
async fn overview(page: &Browser, server: &Server) {
    page.keys(&['g', 'o']).await;
    page.until("location.pathname === '/' && $('totals') && !$('partial')").await;
    let summary = server.get("/metrics/summary").await["data"].clone();
    page.until_equal("number('total-items .total-value')", &summary["items"]).await;
    for label in ["negative", "neutral", "positive"] {
        let count = &summary["sentiment"][label];
        if number(count) > 0 {
            page.until_equal(&format!("number('sentiment-{label} .quiet')"), count).await;
        }
    }
    // Only what is there now: nothing of the demo that was taken away.
    page.until(&format!("$$('feed-item').length >= 30 && $$('feed-item').length <= {}", ROWS - REJECTED)).await;
    page.click("period-month").await;
    page.click("trend-table-toggle").await;
    let months = server.get("/sentiment/aggregate?period=month").await;
    let with_texts = rows(&months).iter().filter(|b| number(&b["total"]) > 0).count();
    page.until_equal("$('trend-table').querySelectorAll('tbody tr').length", &json!(with_texts)).await;
    page.audit("the overview with its table").await;
    page.click("trend-table-toggle").await;
    page.until("$('trend').querySelector('svg path')").await;
    page.value("$('trend-slider').focus()").await;
    let last = page.string("text('trend-readout')").await;
    page.keys(&[Key::Left.into()]).await;
    page.until(&format!("text('trend-readout') !== {}", json!(last))).await;
    page.audit("the overview").await;
    let n = page.value("Number(text('trend-readout').match(/n = (\\d+)/)[1])").await;
    page.keys(&[Key::Enter.into()]).await;
    page.until("location.pathname === '/explore' && query('from') && query('to')").await;
    page.until_equal("total()", &n).await;
}

/// What a person sets right in the drawer counts in the chart behind it, at once; taken back, the model's counts again.
async fn correction(page: &Browser, server: &Server) {
    let negative = server.get("/items?sentiment=negative&limit=1").await["data"][0].clone();
    let id = negative["id"].as_str().expect("the file has complaints").to_owned();
    page.go(&server.page(&format!("/?item={id}"))).await;
    page.until("$('item-drawer') && $('totals') && !$('partial')").await;
    let counts = async || {
        let sentiment = server.get("/metrics/summary").await["data"]["sentiment"].clone();
        (number(&sentiment["negative"]), number(&sentiment["positive"]))
    };
    let shown = async |(negative, positive): (usize, usize)| {
        page.until_equal("number('sentiment-negative .quiet')", &json!(negative)).await;
        page.until_equal("number('sentiment-positive .quiet')", &json!(positive)).await;
    };
    let before = counts().await;
    shown(before).await;
    let share = page.value("$('sentiment-bar .fill-positive').getBoundingClientRect().width").await;

    let drawer = "[data-testid=\"item-drawer\"]";
    page.click_css(&format!("{drawer} [data-testid=\"correct\"]")).await;
    page.until("$('correct-menu')").await;
    page.audit("the menu of labels").await;
    page.click("correct-sentiment-positive").await;
    page.until(&format!("document.querySelector('{drawer} .tag-positive') && $('corrected-line')")).await;
    let item = server.get(&format!("/items/{id}")).await["data"].clone();
    assert_eq!((&item["sentiment"], &item["correction"]["sentiment"]), (&json!("positive"), &json!("positive")));
    assert_eq!(counts().await, (before.0 - 1, before.1 + 1));
    shown((before.0 - 1, before.1 + 1)).await;
    page.until(&format!("$('sentiment-bar .fill-positive').getBoundingClientRect().width > {share}")).await;
    page.until("/^1 corrected/.test(text('corrected-note'))").await;
    page.audit("a corrected item").await;

    page.click_css(&format!("{drawer} [data-testid=\"correct\"]")).await;
    page.click("correct-undo").await;
    page.until("!$('corrected-line') && !$('corrected-note')").await;
    assert_eq!(counts().await, before);
    shown(before).await;
    page.keys(&[Key::Escape.into()]).await;
    page.until("!$('item-drawer')").await;
}

/// Found by meaning: other words, the same complaint; its scores, and what is similar to it.
async fn meaning(page: &Browser, server: &Server, import: &str) {
    page.click("nav-import").await;
    page.click_css(&format!("a[href=\"/import?import={import}\"]")).await;
    page.click("import-texts").await;
    page.until_equal("total()", &json!(ROWS - REJECTED)).await;
    page.fill("search-input", "they never gave my money back").await;
    page.keys(&[Key::Enter.into()]).await;
    page.click("mode-semantic").await;
    let found =
        server.get(&format!("/search?q=they+never+gave+my+money+back&mode=semantic&import={import}&limit=20")).await;
    page.until_equal("$$('result').map((r) => r.dataset.id)", &ids(&found)).await;
    page.until("/refund/.test($('result').textContent)").await;
    page.until("/^Found by meaning/.test(text('why'))").await;
    page.click("result").await;
    let first = server.get(&format!("/items/{}", found["data"][0]["id"].as_str().unwrap())).await["data"].clone();
    page.until("$('item-sentiment') && $('item-emotion') && $$('similar-item').length >= 1").await;
    let label = first["sentiment"].as_str().expect("a reading");
    page.until_equal("$('item-sentiment').querySelector('.top dt').textContent.toLowerCase()", &json!(label)).await;
    page.audit("an item with its scores").await;
    page.click("similar-item").await;
    page.until(&format!("query('item') !== {} && $('item-text')", first["id"])).await;
    page.keys(&[Key::Escape.into()]).await;
    page.until("!$('item-drawer')").await;
}

/// Deleting waits for undo. Taken back, nothing has happened; left alone, the item is gone everywhere.
async fn delete(page: &Browser, server: &Server) {
    // The correction before this offered its own undo.
    page.until("!$('undo')").await;
    let id = page.string("$('result').dataset.id").await;
    let listed = format!("$$('result').some((r) => r.dataset.id === '{id}')");
    for undone in [true, false] {
        page.click_css(&format!("[data-testid=\"result\"][data-id=\"{id}\"]")).await;
        page.click("item-delete").await;
        page.until(&format!("$('undo') && !{listed}")).await;
        // Undo is offered for five seconds, which an audit may take: it looks at the deletion that stays.
        if undone {
            page.click("undo").await;
            page.until(&listed).await;
            assert_eq!(server.get(&format!("/items/{id}")).await["data"]["id"], json!(id));
        } else {
            page.audit("a deletion that can be taken back").await;
        }
    }
    let all =
        page.until_api(server, "/items?limit=1", |items| number(&items["metadata"]["total"]) < ROWS - REJECTED).await;
    assert_eq!(number(&all["metadata"]["total"]), ROWS - REJECTED - 1);
    page.until(&format!("!{listed}")).await;
}

/// A text of one's own is read at once and not stored.
async fn try_it(page: &Browser) {
    page.value("document.activeElement.blur()").await;
    page.keys(&['g', 't']).await;
    page.until("location.pathname === '/try'").await;
    page.fill("try-input", "I love this, thank you so much!").await;
    page.until("/positive/.test(text('try-result'))").await;
    page.until("text('try-sentiment').startsWith('Positive') && $('try-emotion')").await;
    page.audit("a tried text").await;
    page.fill("try-input", "Das ist eine wirklich schreckliche Anwendung, ich möchte mein Geld zurück").await;
    page.until("/German/.test(text('try-result'))").await;
}

/// The palette goes anywhere; every page holds in the dark and on a phone.
async fn commands_and_looks(page: &Browser, server: &Server, import: &str) {
    page.keys(&[Key::Control.into(), 'k', Key::Null.into()]).await;
    page.until("$('palette-input') === document.activeElement").await;
    page.audit("the palette").await;
    page.keys(&"jo".chars().collect::<Vec<_>>()).await;
    page.keys(&[Key::Enter.into()]).await;
    page.until("location.pathname === '/jobs' && !$('palette')").await;
    page.keys(&['?']).await;
    page.until("$('help')").await;
    page.audit("the help").await;
    page.keys(&[Key::Escape.into()]).await;
    page.until("!$('help')").await;
    page.click("theme").await;
    page.until("document.documentElement.dataset.theme === 'dark'").await;
    let imported = format!("/import?import={import}");
    let ready = [
        ("/", "$('totals') && $('feed-item') && $('trend')?.querySelector('svg path')".to_owned()),
        ("/explore?q=refund", "$('result')".to_owned()),
        (imported.as_str(), "$('import-counts') && $('import-row')".to_owned()),
        ("/jobs", "$('job-row')".to_owned()),
        ("/try", "$('try-input')".to_owned()),
        ("/api/docs", "document.querySelector('#operations article')".to_owned()),
    ];
    for (width, height) in [(390, 844), (1680, 1000)] {
        page.resize(width, height).await;
        for (path, condition) in &ready {
            page.go(&server.page(path)).await;
            page.until(condition).await;
            page.audit(&format!("{path}, dark, {width} wide")).await;
        }
    }
    page.resize(1280, 900).await;
}

/// Undo of the import: nothing of it is left, and the page offers its three doors again.
async fn undo(page: &Browser, server: &Server, import: &str) {
    page.go(&server.page(&format!("/import?import={import}"))).await;
    page.click("import-undo").await;
    page.until("$('import-live').dataset.state === 'undone'").await;
    page.until_api(server, "/metrics/summary", |s| s["data"]["items"] == 0).await;
    let found = server.get("/search?q=refund").await;
    assert_eq!(found["data"], json!([]), "an undone import is not found");
    page.click("nav-overview").await;
    page.until("$('first-run')").await;
}

fn reviews() -> String {
    let says = [
        "I love the new tariff page, thank you",
        "The refund for my broken order never came and nobody answers",
        "It is okay, the parcel came on Tuesday",
        "So disappointed, the app crashes whenever I open an invoice",
        "What a lovely surprise, works 🙂 and looks <b>good</b>",
    ];
    let mut csv = String::from("Id,Posted,Stars,Review,Author\n");
    for i in 0..ROWS {
        let (month, day) = (1 + i % 6, 1 + i % 27);
        match i {
            11 => writeln!(csv, "w{i},2026-05-01,5,,Nobody"),
            17 => writeln!(csv, "w{i},the day after,3,A date that nobody can read,Ann"),
            _ => writeln!(
                csv,
                "w{i},2026-0{month}-{day:02},{},\"{}, number {i}\",Person {}",
                1 + i % 5,
                says[i % says.len()],
                i % 7
            ),
        }
        .unwrap();
    }
    csv
}

fn rows(answer: &Value) -> &[Value] {
    answer["data"].as_array().map_or(&[], Vec::as_slice)
}

fn ids(answer: &Value) -> Value {
    rows(answer).iter().map(|row| row["id"].clone()).collect()
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or_else(|| panic!("not a count: {value}"))
}

/// A page that stays open for weeks: waiting leaves no listeners behind, and jobs that are over are forgotten.
async fn nothing_gathers(page: &Browser) {
    let module = |name: &str| {
        format!(
            "(import(new URL('{name}', document.querySelector('script[type=module]').src)).then((m) => {{ window.loaded = m; }}), true)"
        )
    };
    page.value(&module("events.js")).await;
    page.until("window.loaded?.pause").await;
    page.value(
        "(() => {
            const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
            const watched = (type) => type === 'online' || type === 'abort';
            window.listening = 0;
            EventTarget.prototype.addEventListener = function (type, ...rest) {
                window.listening += watched(type); return add.call(this, type, ...rest);
            };
            EventTarget.prototype.removeEventListener = function (type, ...rest) {
                window.listening -= watched(type); return remove.call(this, type, ...rest);
            };
            const waits = async () => {
                const signal = new AbortController().signal;
                for (let n = 0; n < 50; n += 1) await window.loaded.pause(1, signal);
                const stopped = new AbortController();
                setTimeout(() => stopped.abort(), 1);
                await window.loaded.pause(60_000, stopped.signal);
                window.waited = window.listening;
                EventTarget.prototype.addEventListener = add;
                EventTarget.prototype.removeEventListener = remove;
            };
            waits();
            return true;
        })()",
    )
    .await;
    page.until("window.waited !== undefined").await;
    assert_eq!(page.value("window.waited").await, json!(0), "listeners that are left");
    page.value(&module("state/live.js")).await;
    page.until("window.loaded?.reduceJobs").await;
    let kept = page
        .value(
            "(() => {
                let all = window.loaded.reduceJobs({}, { id: 'long', state: 'running' });
                for (let n = 0; n < 1000; n += 1) all = window.loaded.reduceJobs(all, { id: `j${n}`, finished_at: 'x' });
                all = window.loaded.reduceJobs(all, { id: 'j999', error: 'late' });
                return [Object.keys(all).length, all.long.state, all.j999.finished_at, 'j0' in all];
            })()",
        )
        .await;
    assert_eq!(kept, json!([201, "running", "x", false]));
}
