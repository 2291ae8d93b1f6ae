//! A browser to walk with: `chromedriver`, Chromium, the server they look at, and the words of the walk.
//!
//! Everything is waited for as a condition with a time limit; whatever ends the walk, no process and no folder stays.

use super::server::Server;
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

/// Keys that are no letters, as `WebDriver` writes them.
pub(super) enum Key {
    /// Lets go of what is held.
    Null = 0xE000,
    Enter = 0xE007,
    Control = 0xE009,
    Escape = 0xE00C,
    Left = 0xE012,
    Delete = 0xE017,
}

impl From<Key> for char {
    fn from(key: Key) -> Self {
        Self::from_u32(key as u32).unwrap()
    }
}

/// The name of an element's id in an answer (W3C `WebDriver`, section 12).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

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
    fn start(program: &Path, folder: &Path) -> Self {
        let mut command = Command::new(program);
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        // What Chromium leaves in the temporary folder goes with ours.
        let mut child = command.env("TMPDIR", folder).spawn().unwrap();
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
    client: reqwest::Client,
    driver: Driver,
    session: String,
    /// The profile and what else Chromium writes; last, so that it goes when nothing writes to it any more.
    profile: TempDir,
}

impl Browser {
    /// Opens an empty window.
    pub(super) async fn open(browser: &Path, driver: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let driver = Driver::start(driver, profile.path());
        let mut flags: Vec<String> = FLAGS.iter().map(|f| (*f).to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
        flags.push("--window-size=1280,900".to_owned());
        let wanted = json!({
            "goog:chromeOptions": { "binary": browser, "args": flags },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "script": 90_000 },
        });
        let client = reqwest::Client::new();
        let body = json!({ "capabilities": { "alwaysMatch": wanted } });
        let answer = ask(client.post(format!("{}/session", driver.url)).json(&body)).await;
        let session = answer.expect("chromium did not start")["sessionId"].as_str().unwrap().to_owned();
        Self { client, driver, session, profile }
    }

    /// Ends the window and waits until nothing runs on its profile.
    pub(super) async fn close(self) {
        let Self { client, driver, session, profile } = self;
        let _ = ask(client.delete(format!("{}/session/{session}", driver.url))).await;
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
        self.post("url", &json!({ "url": address })).await.unwrap();
    }

    /// Evaluates an expression on the page, with the short forms at hand.
    pub(super) async fn value(&self, expression: &str) -> Value {
        let script = format!("{SHORT} return ({expression});");
        match self.post("execute/sync", &json!({ "script": script, "args": [] })).await {
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

    /// The address of the first element of a selector, for what is done with it.
    async fn find(&self, selector: &str) -> Result<String, String> {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector })).await?;
        Ok(format!("element/{}", found[ELEMENT].as_str().unwrap()))
    }

    async fn element(&self, hook: &str) -> String {
        self.until(&format!("$('{hook}')")).await;
        self.find(&css(hook)).await.unwrap()
    }

    async fn click_element(&self, element: &str) -> Result<(), String> {
        self.post(&format!("{element}/click"), &json!({})).await.map(drop)
    }

    async fn send_keys(&self, element: &str, text: &str) {
        self.post(&format!("{element}/value"), &json!({ "text": text })).await.unwrap();
    }

    /// Clicks as a hand does: at the place where the element is, once nothing lies over it.
    pub(super) async fn click(&self, hook: &str) {
        self.click_css(&css(hook)).await;
    }

    pub(super) async fn click_css(&self, selector: &str) {
        let end = Instant::now() + LIMIT;
        loop {
            let clicked = match self.find(selector).await {
                Ok(element) => self.click_element(&element).await,
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
        self.click_element(&element).await.unwrap();
        self.keys(&[Key::Control.into(), 'a', Key::Null.into(), Key::Delete.into()]).await;
        self.send_keys(&element, text).await;
    }

    /// Gives a file to a file field; its path is what the browser's own dialog would have answered.
    pub(super) async fn give_file(&self, hook: &str, path: &str) {
        let element = self.element(hook).await;
        self.send_keys(&element, path).await;
    }

    pub(super) async fn choose(&self, hook: &str, value: &str) {
        self.element(hook).await;
        let option = self.find(&format!("{} option[value=\"{value}\"]", css(hook))).await.unwrap();
        self.click_element(&option).await.unwrap();
    }

    /// Presses keys where the focus is.
    pub(super) async fn keys(&self, keys: &[char]) {
        let keys: String = keys.iter().collect();
        let active = ask(self.client.get(self.address("element/active"))).await.unwrap();
        self.send_keys(&format!("element/{}", active[ELEMENT].as_str().unwrap()), &keys).await;
    }

    /// A window of another width, as a phone has it.
    pub(super) async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size });
        self.post("goog/cdp/execute", &command).await.unwrap();
        self.until_equal("innerWidth", &json!(width)).await;
    }

    fn address(&self, path: &str) -> String {
        format!("{}/session/{}/{path}", self.driver.url, self.session)
    }

    /// One command of `WebDriver`.
    async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        ask(self.client.post(self.address(path)).json(body)).await
    }

    /// Runs axe over the page as it is once nothing moves. Nothing that it knows to be wrong is let through.
    pub(super) async fn audit(&self, what: &str) {
        self.until("document.querySelectorAll('.skeleton.shown, .stale').length === 0").await;
        if self.value("typeof axe").await == json!("undefined") {
            self.post("execute/sync", &json!({ "script": AXE, "args": [] })).await.unwrap();
        }
        let script = "const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ['violations'] }).then(
              ({ violations }) => done(violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 5)
                .map((n) => `${n.html.slice(0, 160)} ${n.failureSummary}`).join(' | ')}`)),
              (error) => done([String(error)]));";
        let found = self.post("execute/async", &json!({ "script": script, "args": [] })).await.unwrap();
        assert_eq!(found, json!([]), "accessibility of {what}");
        let wide = self.value("document.documentElement.scrollWidth > innerWidth").await;
        assert_eq!(wide, json!(false), "{what} is wider than its window");
    }

    /// What the console said that is an error or a warning, since it was last asked.
    pub(super) async fn complaints(&self) -> Vec<String> {
        let log = self.post("se/log", &json!({ "type": "browser" })).await.unwrap();
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

/// The value of an answer of the driver, or what it says went wrong.
async fn ask(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.map_err(|error| error.to_string())?;
    let mut answer: Value = answer.json().await.map_err(|error| error.to_string())?;
    let value = answer["value"].take();
    if value["error"].is_string() { Err(format!("{}: {}", value["error"], value["message"])) } else { Ok(value) }
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
