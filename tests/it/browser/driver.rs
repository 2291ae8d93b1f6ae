//! A browser to walk with: `chromedriver`, Chromium, the server they look at, and the words of the walk.
//!
//! Everything is waited for as a condition with a time limit; whatever ends the walk, no process and no folder stays.

use super::server::Server;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a condition may take to come true.
pub(super) const LIMIT: Duration = Duration::from_secs(40);
const TICK: Duration = Duration::from_millis(40);

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-prefers-reduced-motion",
    "--lang=en-US",
];

/// Short forms for the scripts that look at the page. A hook is a `data-testid`, then perhaps a selector inside of it.
const SHORT: &str = r#"
const css = (hook) => hook.replace(/^\S+/, (id) => `[data-testid="${id}"]`);
const $$ = (hook) => [...document.querySelectorAll(css(hook))];
const $ = (hook) => $$(hook)[0];
const text = (hook) => $(hook)?.textContent.replace(/\s+/g, ' ').trim() ?? null;
const count = (words) => (words == null ? null : Number(words.replace(/[^0-9]/g, '')));
const number = (hook) => count(text(hook));
const total = () => count(text('result-line')?.match(/^([\d,]+) texts?/)?.[1]);
const query = (name) => new URLSearchParams(location.search).get(name);
"#;

const AXE: &str = include_str!("../../browser/vendor/axe.min.js");

/// The two programs, or what is missing.
pub(super) fn programs() -> Result<(PathBuf, PathBuf), String> {
    let find = |names: &[&str]| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).find_map(|dir| names.iter().map(|n| dir.join(n)).find(|p| p.is_file()))
    };
    let browser = find(&["chromium", "chromium-browser", "google-chrome"]).ok_or("no chromium on the PATH")?;
    let driver = find(&["chromedriver"]).ok_or("no chromedriver on the PATH")?;
    Ok((browser, driver))
}

/// `chromedriver` on a port of its own choice; it and what it started end with this value.
struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    fn start(program: &Path) -> Self {
        let mut command = Command::new(program);
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let port = line.strip_prefix("ChromeDriver was started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        // Read away, so that what it says later never fills the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let url = format!("http://127.0.0.1:{}", port.expect("chromedriver did not name its port"));
        Self { child, url }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let group = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}

/// One window and the server that it looks at.
pub(super) struct Browser {
    client: Client,
    driver: Driver,
    session: String,
    /// The profile; last, so that it goes when nothing writes to it any more.
    profile: TempDir,
}

impl Browser {
    /// Opens an empty window.
    pub(super) async fn open(browser: &Path, driver: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let driver = Driver::start(driver);
        let mut flags: Vec<String> = FLAGS.iter().map(|f| (*f).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().display()));
        flags.push("--window-size=1280,900".to_owned());
        let wanted = json!({
            "goog:chromeOptions": { "binary": browser, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "script": 90_000 },
        });
        let Value::Object(wanted) = wanted else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&driver.url)
            .await
            .expect("chromium did not start");
        let session = client.session_id().await.unwrap().expect("a session has an id");
        Self { client, driver, session, profile }
    }

    /// Ends the window and waits until nothing runs on its profile.
    pub(super) async fn close(self) {
        let Self { client, driver, session: _, profile } = self;
        let _ = client.close().await;
        drop(driver);
        let mark = profile.path().display().to_string();
        let end = Instant::now() + Duration::from_secs(15);
        while Instant::now() < end && processes_naming(&mark) {
            tokio::time::sleep(TICK).await;
        }
        assert!(!processes_naming(&mark), "chromium still runs on {mark}");
        profile.close().unwrap();
    }

    pub(super) async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Evaluates an expression on the page, with the short forms at hand.
    pub(super) async fn value(&self, expression: &str) -> Value {
        match self.client.execute(&format!("{SHORT} return ({expression});"), Vec::new()).await {
            Ok(value) => value,
            Err(error) => panic!("{expression}: {error}"),
        }
    }

    pub(super) async fn string(&self, expression: &str) -> String {
        self.value(expression).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true on the page.
    pub(super) async fn until(&self, expression: &str) {
        self.until_within(LIMIT, expression).await;
    }

    pub(super) async fn until_within(&self, limit: Duration, expression: &str) {
        let end = Instant::now() + limit;
        loop {
            if self.value(&format!("Boolean({expression})")).await == json!(true) {
                return;
            }
            if Instant::now() > end {
                let page = self.string("document.body.innerText").await;
                let address = self.string("location.href").await;
                panic!("never came true: {expression}\nat {address}\n{page}");
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Waits until what is said of an expression holds; the value it had.
    pub(super) async fn until_equal(&self, expression: &str, expected: &Value) {
        self.until(&format!("JSON.stringify({expression}) === JSON.stringify({expected})")).await;
    }

    async fn element(&self, hook: &str) -> Element {
        self.until(&format!("$('{hook}')")).await;
        self.client.find(Locator::Css(&css(hook))).await.unwrap()
    }

    /// Clicks as a hand does: at the place where the element is, once nothing lies over it.
    pub(super) async fn click(&self, hook: &str) {
        self.click_css(&css(hook)).await;
    }

    pub(super) async fn click_css(&self, selector: &str) {
        let end = Instant::now() + LIMIT;
        loop {
            let clicked = match self.client.find(Locator::Css(selector)).await {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            match clicked {
                Ok(()) => return,
                // Not there yet, drawn anew between finding and clicking, or covered by a toast that leaves.
                Err(error) if Instant::now() > end => panic!("{selector} cannot be clicked: {error}"),
                Err(_) => tokio::time::sleep(TICK).await,
            }
        }
    }

    /// Types at the end of a field, after emptying it as a person does.
    pub(super) async fn fill(&self, hook: &str, text: &str) {
        let element = self.element(hook).await;
        element.click().await.unwrap();
        self.keys(&[Key::Control.into(), 'a', Key::Null.into(), Key::Delete.into()]).await;
        element.send_keys(text).await.unwrap();
    }

    /// Gives a file to a file field; its path is what the browser's own dialog would have answered.
    pub(super) async fn give_file(&self, hook: &str, path: &str) {
        self.element(hook).await.send_keys(path).await.unwrap();
    }

    pub(super) async fn choose(&self, hook: &str, value: &str) {
        self.element(hook).await.select_by_value(value).await.unwrap();
    }

    /// Presses keys where the focus is.
    pub(super) async fn keys(&self, keys: &[char]) {
        let keys: String = keys.iter().collect();
        self.client.active_element().await.unwrap().send_keys(&keys).await.unwrap();
    }

    /// A window of another width, as a phone has it.
    pub(super) async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size });
        self.session("goog/cdp/execute", &command).await;
        self.until_equal("innerWidth", &json!(width)).await;
    }

    async fn session(&self, path: &str, body: &Value) -> Value {
        let address = format!("{}/session/{}/{path}", self.driver.url, self.session);
        let answer = reqwest::Client::new().post(address).json(body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["value"].clone()
    }

    /// Runs axe over the page as it is once nothing moves. Nothing that it knows to be wrong is let through.
    pub(super) async fn audit(&self, what: &str) {
        self.until("document.querySelectorAll('.skeleton.shown, .stale').length === 0").await;
        if self.value("typeof axe").await == json!("undefined") {
            self.client.execute(AXE, Vec::new()).await.unwrap();
        }
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
              ({ violations }) => done(violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 5)
                .map((n) => `${n.html.slice(0, 160)} ${n.failureSummary}`).join(' | ')}`)),
              (error) => done([String(error)]));";
        let found = self.client.execute_async(script, Vec::new()).await.unwrap();
        assert_eq!(found, json!([]), "accessibility of {what}");
        let wide = self.value("document.documentElement.scrollWidth > innerWidth").await;
        assert_eq!(wide, json!(false), "{what} is wider than its window");
    }

    /// What the console said that is an error or a warning, since it was last asked.
    pub(super) async fn complaints(&self) -> Vec<String> {
        let log = self.session("se/log", &json!({ "type": "browser" })).await;
        let entries = log.as_array().expect("the browser log").iter();
        let bad = entries.filter(|e| ["SEVERE", "WARNING"].contains(&e["level"].as_str().unwrap_or("SEVERE")));
        bad.map(|e| e["message"].to_string()).collect()
    }

    /// Waits until the server answers something of which `is_so` holds.
    pub(super) async fn until_api(&self, server: &Server, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + LIMIT;
        loop {
            let answer = server.get(path).await;
            if is_so(&answer) {
                return answer;
            }
            assert!(Instant::now() < end, "{path} stayed {answer}");
            tokio::time::sleep(TICK).await;
        }
    }
}

fn css(hook: &str) -> String {
    format!("[data-testid=\"{hook}\"]")
}

/// True while a process has `mark` in its command line.
fn processes_naming(mark: &str) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else { return false };
    processes.filter_map(Result::ok).any(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    })
}
