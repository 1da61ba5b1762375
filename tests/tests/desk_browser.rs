//! The desk in a real browser: every button is pressed, and what it brings about is read in all three panes: in the car, at the
//! gate and at the receivers. Whatever is waited for may take a minute on a busy machine, and takes a moment on an idle one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "test code: a failure should end the test")]

use consent_tests::browser::{Size, pictures};
use consent_tests::clock::wait_for;
use consent_tests::{Browser, Proc, process};
use fantoccini::Locator;
use serde_json::json;
use std::time::Duration;

/// How long anything may take.
const LIMIT: Duration = Duration::from_mins(1);
/// Errors of the page itself, wherever they come from.
const FAULTS: &str = "window.faults = []; const note = (what) => window.faults.push(String(what)); \
    addEventListener('error', (event) => note(event.message)); addEventListener('unhandledrejection', (event) => note(event.reason)); \
    addEventListener('securitypolicyviolation', (event) => note(`${event.violatedDirective} ${event.blockedURI}`));";
/// Text that is cut off although nothing says so, and what lies outside the window.
const CUT: &str = "return [...document.querySelectorAll('.line, .row button, #tale, .dials p, .gap li, h2, .sizes button')] \
    .filter((one) => one.checkVisibility()) \
    .filter((one) => { const box = one.getBoundingClientRect(); \
        return one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 2 || box.bottom > innerHeight + 1 || box.right > innerWidth + 1; }) \
    .map((one) => `${one.tagName} ${one.id} ${one.innerText.slice(0, 60)}`)";
const KNOWN_CUT: &str = "const pane = document.querySelector('#car').getBoundingClientRect(); \
    return [...document.querySelectorAll('#known li')].filter((one) => one.getBoundingClientRect().bottom > pane.bottom).map((one) => one.innerText)";

/// What the panes say: car, gate with the line and uses beside the screen, receivers. Each is a JavaScript expression over the
/// pane's text `t` (white space as one space).
type Panes<'a> = [&'a str; 3];
const PANES: [&str; 3] = ["#car", "#gate", "#receivers"];

struct Page {
    browser: Browser,
    _desk: Proc,
    _folder: tempfile::TempDir,
}

impl Page {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = process::program("consent-sim");
        command.args(["--desk", "--port", "0", "--seed", "3"]);
        let desk = Proc::spawn("desk", command, &folder.path().join("desk.log"));
        let address = wait_for("the desk says its address", || desk.log().lines().find_map(|line| line.strip_prefix("The desk: ").map(str::to_owned)));
        let browser = Browser::start().await;
        browser.size(Size { width: 1440, height: 900 }).await;
        browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": FAULTS })).await;
        browser.goto(address.trim()).await;
        Self { browser, _desk: desk, _folder: folder }
    }

    fn holds(pane: &str, expression: &str) -> String {
        format!("const t = document.querySelector({pane:?}).innerText.replace(/\\s+/g, ' '); return Boolean({expression})")
    }

    async fn says(&self, pane: &str, expression: &str) {
        self.browser.until_within(LIMIT, &format!("{pane}: {expression}"), &Self::holds(pane, expression)).await;
    }

    /// Presses a button once it can be pressed.
    async fn press(&self, key: &str) {
        let css = format!("#groups button[data-key={key:?}]");
        self.browser.until_within(LIMIT, &format!("{key} can be pressed"), &format!("return document.querySelector({css:?})?.disabled === false")).await;
        self.browser.touch(&css).await;
    }

    /// Presses a button, and waits for what it brings about in each pane; nothing of it was so before.
    async fn brings(&self, key: &str, panes: Panes<'_>) {
        for (pane, expression) in PANES.iter().zip(panes) {
            let before = self.browser.run(&Self::holds(pane, expression)).await;
            assert_eq!(before, json!(false), "{key}: {pane} says so before: {expression}\n{}", self.browser.text_of(pane).await);
        }
        self.press(key).await;
        self.all_say(panes).await;
    }

    async fn all_say(&self, panes: Panes<'_>) {
        for (pane, expression) in PANES.iter().zip(panes) {
            self.says(pane, expression).await;
        }
    }

    /// What the privacy screen itself says.
    async fn screen_says(&self, text: &str) {
        let frame = self.browser.client().find(Locator::Css("#screen")).await.unwrap();
        frame.enter_frame().await.unwrap();
        let script = format!("return document.body !== null && document.body.innerText.includes({text:?})");
        self.browser.until_within(LIMIT, &format!("the screen says {text}"), &script).await;
        self.browser.client().clone().enter_parent_frame().await.unwrap();
    }

    /// How many uses may send, as the receivers' line says.
    async fn uses(&self) -> u64 {
        let script = "return Number(/(\\d+) uses? may send/.exec(document.querySelector('#receivers-line').textContent)?.[1] ?? -1)";
        self.browser.run(script).await.as_u64().expect("the receivers' line says how many uses may send")
    }

    /// Anna is parked, and has answered what the car asks.
    async fn with_anna(&self) {
        self.browser.until_within(LIMIT, "the story is told", "return !document.querySelector('#bar').hidden").await;
        self.press("R").await;
        self.browser.until_within(LIMIT, "the story stops", "return document.querySelector('#bar').hidden").await;
        // How far the guest came until then is a matter of how busy the machine is.
        self.press("D").await;
        self.all_say(["/ driving /.test(t)", "/Driving: it may not ask/.test(t)", "/The car drives:/.test(t)"]).await;
        self.brings("P", ["/ parked /.test(t)", "/Parked: it may ask/.test(t)", "/The car is parked:/.test(t)"]).await;
        self.press("C").await;
        self.says("#car", "/Anna drives/.test(t)").await;
        self.says("#gate", "/not allowed/.test(t)").await;
        self.screen_says("anna").await;
        let stays = self.browser.run("return document.querySelectorAll('#known .stays').length").await.as_u64().unwrap();
        let fewer = format!("t.split(' stays').length - 1 < {stays}");
        self.brings("A", [&fewer, "/Advertising refused/.test(t)", "/may send to [3-9] of 9/.test(t)"]).await;
    }

    async fn no_error(&self) {
        assert_eq!(self.browser.run("return window.faults").await, json!([]), "errors of the page");
        let complaints = self.browser.complaints().await;
        // Without power nothing listens where the privacy screen was: the browser notes that.
        let own: Vec<&String> = complaints.iter().filter(|text| !text.contains("net::ERR_")).collect();
        assert!(own.is_empty(), "{own:#?}");
    }

    async fn looks_well(&self, state: &str) {
        for (width, height) in [(1366, 768), (1440, 900), (1920, 1080)] {
            self.browser.size(Size { width, height }).await;
            self.browser.picture(&format!("desk-{state}-{width}x{height}")).await;
            for script in [CUT, KNOWN_CUT] {
                assert_eq!(self.browser.run(script).await, json!([]), "{state} at {width}x{height}: cut off");
            }
        }
        self.browser.size(Size { width: 1440, height: 900 }).await;
        let findings = self.browser.axe_without_frames().await;
        assert!(findings.is_empty(), "axe-core on {state}: {findings:#?}");
    }
}

#[tokio::test]
async fn car_people_computer_and_time_are_seen_in_all_three_panes() {
    println!("pictures: {}", pictures().display());
    let page = Page::open().await;
    page.with_anna().await;
    page.looks_well("parked").await;
    page.brings("D", ["/ driving /.test(t)", "/Driving: it may not ask/.test(t)", "/The car drives:/.test(t)"]).await;
    page.screen_says("Not while I").await;
    page.says("#gate", "/Coaching \\d+ left/.test(t)").await;
    // What Anna allowed for a day ends with the day, and is not what a button brings about.
    page.says("#gate", "/Hazards expired/.test(t)").await;
    let uses = page.uses().await;
    let (fewer, again) = (format!("Number(/(\\d+) uses? may send/.exec(t)[1]) < {uses}"), format!("/: {uses} uses may send/.test(t)"));
    page.brings("I", ["/Ben rides along/.test(t)", "/stopped: not all agreed/.test(t)", &fewer]).await;
    page.brings("O", ["!/Ben rides along/.test(t)", "!/not all agreed/.test(t)", &again]).await;
    page.brings("C", ["/Ben drives/.test(t)", "/Coaching not allowed/.test(t)", "/: 2 uses may send to 1 of 9/.test(t)"]).await;
    page.screen_says("ben").await;
    page.press("C").await;
    page.says("#gate", "/Coaching not recognised/.test(t)").await;
    page.brings("C", ["/Anna drives/.test(t)", "/Coaching \\d+ left/.test(t)", &again]).await;
    page.brings("S", ["/standing in gear/.test(t)", "/In gear is not parked/.test(t)", "/At a light it goes on:/.test(t)"]).await;
    page.brings(
        "N",
        ["/A new catalog arrived/.test(t)", "/Coaching suspended/.test(t) && /New catalog: 1 suspended/.test(t)", "/new catalog suspended/.test(t)"],
    )
    .await;
    page.brings("T", ["/1 day ahead/.test(t) && / parked /.test(t)", "/ 1 day: \\d+ over/.test(t)", "/ 1 day later: /.test(t)"]).await;
    page.brings("M", ["/32 days ahead/.test(t)", "/ 32 days: \\d+ over/.test(t)", "/ 32 days later: [1-9]\\d* batch\\w* deleted/.test(t)"]).await;
    page.looks_well("later").await;
    page.brings("R", ["!/ahead/.test(t)", "!/New catalog/.test(t)", "!/ days later: /.test(t)"]).await;
    page.browser.until_within(LIMIT, "the story is told", "return !document.querySelector('#bar').hidden").await;
    page.no_error().await;
    page.browser.close().await;
}

#[tokio::test]
async fn whatever_is_in_the_way_is_seen_in_all_three_panes() {
    let page = Page::open().await;
    page.with_anna().await;
    page.press("D").await;
    page.says("#gate", "/Coaching [1-9]\\d* left/.test(t)").await;
    let free = ["/leaves only through the gate/.test(t)", "/Driving: it may not ask/.test(t)", "/may send to [3-9] of 9/.test(t)"];
    page.brings("L", ["/no connection: the link is cut/.test(t)", "/The link is cut: [1-9]\\d* batch/.test(t)", "/Out of reach/.test(t)"]).await;
    page.looks_well("cut").await;
    page.brings("L", free).await;
    page.brings("1", ["/hostile broker/.test(t)", "/No answer comes back/.test(t)", "/the broker swallows it/.test(t)"]).await;
    page.brings("1", free).await;
    page.brings("2", ["/hostile broker/.test(t)", "/delivers it three times/.test(t)", "/Each is stored once/.test(t)"]).await;
    // From one kind of hostile to another, without an honest broker between.
    page.press("3").await;
    page.says("#gate", "/What is spoilt is not acknowledged/.test(t)").await;
    page.says("#receivers", "/wrong: [1-9]\\d* messages? did not hold/.test(t)").await;
    page.says("#gap-out", "/[1-9]\\d* meddled with/.test(t)").await;
    page.brings("3", free).await;
    page.brings("F", ["/disk of its computer is full/.test(t)", "/the gate is shut/.test(t)", "/cannot record it does not send/.test(t)"]).await;
    page.looks_well("full").await;
    page.brings("F", free).await;
    page.brings("X", ["/Its computer has no power/.test(t)", "/No power: dark/.test(t)", "/Silence: /.test(t)"]).await;
    // It boots by itself, and the screen that was open is found again.
    page.all_say(free).await;
    page.says("#clock", "/boot 3/.test(t)").await;
    page.screen_says("anna").await;
    page.browser.until_within(LIMIT, "the sums agree", "return /^They agree/.test(document.querySelector('#verdict').textContent)").await;
    page.no_error().await;
    page.browser.close().await;
}
