//! A real Chromium, headless, by WebDriver: one process of driver and browser for each value.
//!
//! Sizes are set as the page sees them; screenshots go to a folder of the target folder that is printed.

use crate::clock::{moment, wait_for};
use crate::desk::free_port;
use crate::process::Proc;
use base64::Engine as _;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use url::{ParseError, Url};

/// A size of the page in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// The three sizes of the design.
pub const SIZES: [Size; 3] = [Size { width: 1280, height: 800 }, Size { width: 1920, height: 720 }, Size { width: 390, height: 844 }];

/// How a page looks: theme, language, size.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// `dark` or `light`.
    pub theme: &'static str,
    /// `en` or `de`.
    pub language: &'static str,
    /// Its size.
    pub size: Size,
}

/// Every look of the design.
pub fn looks() -> Vec<Look> {
    let mut found = Vec::new();
    for language in ["en", "de"] {
        for theme in ["dark", "light"] {
            found.extend(SIZES.iter().map(|size| Look { theme, language, size: *size }));
        }
    }
    found
}

/// A browser.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    _driver: Proc,
    _profile: tempfile::TempDir,
}

/// A command of Chromium's own protocol.
#[derive(Debug)]
struct Cdp {
    name: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.name, "params": self.params }).to_string()))
    }
}

/// Where screenshots go.
pub fn pictures() -> PathBuf {
    let folder = crate::process::programs().join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

impl Browser {
    /// Starts driver and browser.
    pub async fn start() -> Self {
        let port = free_port();
        let profile = tempfile::Builder::new().prefix("consent-browser-").tempdir().unwrap();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}"));
        let driver = Proc::spawn("chromedriver", command, &profile.path().join("driver.log"));
        wait_for("the driver of the browser (Debian: chromium-driver) listens", || TcpStream::connect(("127.0.0.1", port)).ok());
        let args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars", "--lang=en"];
        let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        args.push(format!("--user-data-dir={}", profile.path().join("profile").display()));
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": args }));
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let connector = HttpConnector::new();
        let client = ClientBuilder::new(connector).capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.unwrap_or_else(|error| panic!("Chromium (Debian: chromium) does not start: {error}"));
        let browser = Self { client, _driver: driver, _profile: profile };
        browser.size(SIZES[0]).await;
        browser
    }

    /// The client itself.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A command of the browser's own protocol.
    pub async fn cdp(&self, name: &'static str, params: Value) -> Value {
        self.client.issue_cmd(Cdp { name, params }).await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Sets the page's size.
    pub async fn size(&self, size: Size) {
        let metrics = json!({ "width": size.width, "height": size.height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Opens an address.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The address shown.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
    }

    /// Runs a script in the page; its value.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// The text of the whole page as it is seen.
    pub async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// The text of the first element that a selector finds.
    pub async fn text_of(&self, css: &str) -> String {
        let script = format!("const found = document.querySelector({css:?}); return found ? found.innerText : null");
        self.run(&script).await.as_str().unwrap_or_else(|| panic!("nothing is {css}")).to_owned()
    }

    /// How many elements a selector finds.
    pub async fn count(&self, css: &str) -> u64 {
        self.run(&format!("return document.querySelectorAll({css:?}).length")).await.as_u64().unwrap_or_default()
    }

    /// Touches the first element that a selector finds.
    pub async fn touch(&self, css: &str) {
        let element = self.client.find(Locator::Css(css)).await.unwrap_or_else(|error| panic!("nothing to touch is {css}: {error}"));
        self.run(&format!("document.querySelector({css:?}).scrollIntoView({{block: 'center'}})")).await;
        element.click().await.unwrap_or_else(|error| panic!("{css} cannot be touched: {error}"));
    }

    /// Touches the button or link with this word, wherever it is.
    pub async fn touch_word(&self, word: &str) {
        let script = format!(
            "const word = {word:?}; for (const one of document.querySelectorAll('button, a, summary, label')) \
             if (one.innerText.trim() === word && one.checkVisibility()) {{ one.dataset.wanted = word; one.scrollIntoView({{block: 'center'}}); return true }} return false"
        );
        assert_eq!(self.run(&script).await, json!(true), "nothing to touch says {word:?} on:\n{}", self.text().await);
        self.touch(&format!("[data-wanted={word:?}]")).await;
    }

    /// Presses keys on whatever has the focus.
    pub async fn press(&self, key: &str) {
        let code = match key {
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            "Enter" => 13,
            "Escape" => 27,
            _ => 0,
        };
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": if kind == "keyDown" { text } else { "" } });
            self.cdp("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Waits until a script yields true.
    pub async fn until(&self, what: &str, script: &str) {
        self.until_within(Duration::from_secs(10), what, script).await;
    }

    /// The same with another deadline.
    pub async fn until_within(&self, limit: Duration, what: &str, script: &str) {
        let begun = moment();
        while begun.elapsed() < limit {
            let found = self.client.execute(script, Vec::new()).await;
            if matches!(found, Ok(Value::Bool(true))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{limit:?}, and not yet: {what}\n{}", self.text().await);
    }

    /// Waits until the page shows a text.
    pub async fn shows(&self, text: &str) {
        self.until(text, &format!("return document.body.innerText.includes({text:?})")).await;
    }

    /// A picture of the page as it is seen.
    pub async fn picture(&self, name: &str) -> PathBuf {
        let shot = self.cdp("Page.captureScreenshot", json!({ "format": "png" })).await;
        let bytes = base64::engine::general_purpose::STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        let path = pictures().join(format!("{name}.png"));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// What axe-core finds wrong on the page and in its frames, a line each.
    pub async fn axe(&self) -> Vec<String> {
        self.axe_with("").await
    }

    /// The same of the page alone: a frame from elsewhere is looked at where it comes from.
    pub async fn axe_without_frames(&self) -> Vec<String> {
        self.axe_with("iframes: false, ").await
    }

    async fn axe_with(&self, options: &str) -> Vec<String> {
        let source = std::fs::read_to_string(axe_source()).unwrap();
        self.client.execute(&source, Vec::new()).await.unwrap();
        let script = format!(
            "const done = arguments[arguments.length - 1]; \
            axe.run(document, {{ {options}runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }}) \
               .then(found => done(found.violations.map(one => one.id + ': ' + one.help + ' at ' + one.nodes.map(node => node.target.join(' ')).slice(0, 3).join(', '))), \
                     error => done(['axe: ' + error]))"
        );
        let found = self.client.execute_async(&script, Vec::new()).await.unwrap();
        serde_json::from_value(found).unwrap()
    }

    /// What the browser complained about: errors of scripts, refusals of the policy.
    pub async fn complaints(&self) -> Vec<String> {
        let logged: Result<Value, CmdError> = self.client.issue_cmd(Log).await;
        let entries = logged.ok().and_then(|logged| logged.as_array().cloned()).unwrap_or_default();
        // A page that says why it is locked answers with a status that the browser notes as well.
        let bad = entries.iter().filter(|entry| entry["level"] == "SEVERE" && !entry["message"].as_str().is_some_and(|text| text.contains("status of 403")));
        bad.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Ends it in order.
    pub async fn close(self) {
        drop(self.client.close().await);
    }
}

#[derive(Debug)]
struct Log;

impl WebDriverCompatibleCommand for Log {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// axe-core, which `tests/run` installs into the target folder.
fn axe_source() -> PathBuf {
    let path = crate::process::programs().join("../browser/node_modules/axe-core/axe.min.js");
    assert!(path.exists(), "{}: not there; `tests/run` installs it (npm install axe-core)", path.display());
    path
}
