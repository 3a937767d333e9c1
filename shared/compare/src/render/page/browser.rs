//! The page in a real browser: what a reader sees, clicks and copies.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use shared::Latencies;
use shared::trace::{Lane, Recording, Span, State, svg};
use tempfile::TempDir;

use super::highlight::Language;
use super::page;
use super::source::{Sources, TECHNIQUES};
use crate::fixtures;
use crate::judge::report::Report;
use crate::model::pictures::{Pictures, TICKER};
use crate::model::run::Run;
use crate::model::technique::Contestant;

const DESKTOP: (u32, u32) = (1440, 1000);
const PHONE: (u32, u32) = (390, 844);

#[test]
fn the_page_works_in_a_browser_at_every_size_in_light_and_dark() {
    let Some(program) = chromium() else {
        // Written past the test harness, which would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the page was not tried in a browser, because chromium is not installed"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index.html");
    let request = |run: &mut Run| run.receipt.latencies += Latencies::of(Duration::from_millis(7));
    let mut results =
        fixtures::results_of(&["--faults"]).with("hello", Contestant::Asyncio, request);
    for who in Contestant::CONCLUDED {
        results = results.with_ladder(who, &[1, 10, 100, 1000], 4096);
    }
    results.pythons = vec![fixtures::python(&results)];
    fs::write(&file, page(&results, &Report::of(&results), &pictures())).unwrap();
    let mut browser = Browser::start(&program);
    browser.open(&file);

    everything_is_there(&mut browser);
    a_button_copies_the_file_byte_for_byte(&mut browser);
    a_column_can_be_hidden_by_keyboard(&mut browser);
    a_twin_in_python_can_be_seen_beside_rust(&mut browser);
    nothing_is_wider_than_a_phone(&mut browser);
    for scheme in ["light", "dark"] {
        for (name, size) in [("desktop", DESKTOP), ("phone", PHONE)] {
            browser.look(scheme, size);
            browser.open(&file);
            browser.take_picture(&format!("{name}-{scheme}.png"));
            no_barrier_is_serious(&mut browser);
        }
    }
    assert_eq!(browser.complaints, Vec::<String>::new());
    let elsewhere: Vec<_> = browser
        .requests
        .iter()
        .filter(|url| !url.starts_with("file:"))
        .collect();
    assert_eq!(
        elsewhere,
        Vec::<&String>::new(),
        "the page asks for nothing from elsewhere"
    );
}

fn everything_is_there(browser: &mut Browser) {
    let count = |browser: &mut Browser, selector: &str| {
        let found = browser.evaluate(&format!("document.querySelectorAll({selector:?}).length"));
        found.as_u64().unwrap()
    };
    // Conclusion, workloads, bad network, factors, claims.
    assert_eq!(count(browser, "table.results"), 5);
    assert!(count(browser, "#when ~ ul li") > 0);
    assert_eq!(count(browser, "[aria-label='Bad network'] tbody tr"), 8);
    assert_eq!(count(browser, "table.code"), 3);
    let timelines = 7 * Contestant::TECHNIQUES.len() as u64;
    assert_eq!(count(browser, ".pictures svg.tl"), timelines);
    assert_eq!(count(browser, "#executions ~ .gallery svg.tl"), 5);
    let captions = browser.evaluate(
        "[...document.querySelectorAll('.charts figcaption')].map(caption => caption.textContent).join('\\n')",
    );
    for chart in [
        "waiter, 5 tables",
        "hashes, 20 chains",
        "asleep at once: time",
        "asleep at once: memory",
        "speed-up against workers",
        "hello: how long one request takes",
    ] {
        assert!(captions.as_str().unwrap().contains(chart), "{captions}");
    }
    // A point that was measured several times has its interval.
    assert!(count(browser, ".charts path.interval[d*=h6]") > 0);
    assert!(count(browser, "table.results details") >= 35);
    let rules = browser.evaluate(
        "[...document.querySelectorAll('table.results details li')].map(item => item.textContent).join('\\n')",
    );
    let rules = rules.as_str().unwrap();
    assert!(
        rules.contains("1.40 cores: more than this is more than one"),
        "{rules}"
    );
    let opened = browser.evaluate(
        "(() => { const d = document.querySelector('details'); d.querySelector('summary').click(); return d.open && d.lastElementChild.offsetHeight > 0 })()",
    );
    assert_eq!(opened, true);
}

fn a_button_copies_the_file_byte_for_byte(browser: &mut Browser) {
    let languages = [(Language::Rust, ""), (Language::Python, "python/")];
    for sources in Sources::workloads() {
        for (technique, (language, folder)) in TECHNIQUES
            .iter()
            .flat_map(|it| languages.map(|language| (it, language)))
        {
            let file = format!("{folder}{technique}/{}", sources.name());
            let copied = browser.evaluate(&format!(
                "(async () => {{ const button = document.querySelector('[data-file=\"{file}\"]'); button.click(); \
                 while (button.textContent !== 'copied') await new Promise(done => setTimeout(done)); \
                 return navigator.clipboard.readText() }})()"
            ));
            assert_eq!(
                copied.as_str(),
                sources.portable(language, technique).as_deref(),
                "{file}"
            );
        }
    }
}

/// The columns of the first table that can be seen.
const VISIBLE: &str = "[...document.querySelector('table.code thead tr').cells].filter(cell => cell.offsetWidth > 0).length";

fn a_column_can_be_hidden_by_keyboard(browser: &mut Browser) {
    assert_eq!(browser.evaluate(VISIBLE), 4);
    browser.evaluate("document.querySelector('.choice input').focus()");
    for kind in ["keyDown", "keyUp"] {
        let key = json!({"type": kind, "key": " ", "code": "Space", "windowsVirtualKeyCode": 32, "text": " "});
        browser.call("Input.dispatchKeyEvent", key);
    }
    assert_eq!(browser.evaluate(VISIBLE), 3);
    // The one column that is left cannot be hidden.
    let left = browser.evaluate(
        "(() => { const boxes = [...document.querySelectorAll('.choice')[0].querySelectorAll('input')]; \
         for (const box of boxes) if (box.checked) box.click(); return boxes.filter(box => box.checked).length })()",
    );
    assert_eq!(left, 1);
}

fn a_twin_in_python_can_be_seen_beside_rust(browser: &mut Browser) {
    browser.evaluate(
        "for (const box of document.querySelectorAll('.choice')[0].querySelectorAll('input')) \
         if (box.checked !== box.parentElement.textContent.trim().endsWith('threading')) box.click()",
    );
    assert_eq!(browser.evaluate(VISIBLE), 2);
    let heads = "[...document.querySelector('table.code thead tr').cells].filter(cell => cell.offsetWidth > 0).map(cell => \
                 cell.querySelector('.name').textContent + ': ' + cell.querySelectorAll('dd').length)";
    assert_eq!(
        browser.evaluate(heads),
        json!(["threading: 1", "Python threading: 1"])
    );
    // Functions of one name stand beside each other, and no line is left of which both columns have nothing.
    let rows = browser.evaluate(
        "[...document.querySelector('table.code').tBodies[0].rows].filter(row => row.offsetHeight > 0)\
         .map(row => [...row.cells].filter(cell => !cell.hidden).map(cell => cell.textContent))",
    );
    let rows = rows.as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row[0].as_str().unwrap().starts_with("pub fn run("))
        .unwrap();
    assert!(row[1].as_str().unwrap().starts_with("def run("), "{row}");
}

fn nothing_is_wider_than_a_phone(browser: &mut Browser) {
    browser.look("light", PHONE);
    let width = browser.evaluate("document.documentElement.scrollWidth");
    assert!(
        width.as_u64().unwrap() <= u64::from(PHONE.0),
        "the page is {width} wide"
    );
}

/// What axe finds, where axe-core is installed: AXE_CORE is the path of its axe.min.js.
fn no_barrier_is_serious(browser: &mut Browser) {
    let Some(axe) = env::var_os("AXE_CORE") else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no check of accessibility, because AXE_CORE does not lead to axe.min.js"
        );
        return;
    };
    // What is folded up or hidden is not looked at.
    browser.evaluate(
        "for (const field of document.querySelectorAll('details')) field.open = true; \
         for (const box of document.querySelectorAll('.choice input')) if (!box.checked) box.click()",
    );
    browser.evaluate(&format!("{}; 0", fs::read_to_string(axe).unwrap()));
    let found = browser.evaluate(
        "axe.run({resultTypes: ['violations']}).then(found => found.violations.filter(barrier => ['serious', 'critical'].includes(barrier.impact))\
         .map(barrier => barrier.id + ': ' + barrier.help + ' ' + barrier.nodes.map(node => node.target).slice(0, 3).join(' ')))",
    );
    assert_eq!(found, json!([]), "{found:#}");
}

/// A timeline for every field of the workload table.
fn pictures() -> Pictures {
    let mut pictures = Pictures::default();
    for workload in [
        "waiter", "hello", "sites", "cats", "lists", "squares", "hashes",
    ] {
        for who in Contestant::TECHNIQUES {
            let lane = Lane {
                label: "thread 1".to_owned(),
                phases: vec![(Span { start: 0, end: 80 }, State::InFlight)],
                ..Lane::default()
            };
            let recording = Recording {
                title: format!("{who} {workload}"),
                length: 100,
                lanes: vec![lane],
                ..Recording::default()
            };
            pictures.add(workload, who, svg::render(&recording));
        }
    }
    for who in [Contestant::Threading, Contestant::Multiprocessing] {
        for (workers, times) in [
            (1, [4.0, 4.1, 4.2]),
            (2, [2.0, 2.2, 2.4]),
            (4, [2.1, 2.3, 2.2]),
        ] {
            for time in times {
                pictures.add_width(who, workers, time);
            }
        }
    }
    for who in Contestant::CONCLUDED {
        let picture = pictures.timeline("waiter", who).unwrap();
        pictures.add(TICKER, who, format!("<style></style>{picture}"));
    }
    pictures
}

fn chromium() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let programs = env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    programs.into_iter().find(|program| program.is_file())
}

/// Chromium without a window, told what to do through its DevTools protocol: JSON and a NUL byte, over two pipes.
struct Browser {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    count: u64,
    /// Errors that the page has caused so far.
    complaints: Vec<String>,
    /// What it has asked for.
    requests: Vec<String>,
    loaded: bool,
    _profile: TempDir,
}

impl Browser {
    fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        // Chromium reads from descriptor 3 and writes to 4.
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null",
                "sh",
            ])
            .arg(program)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--hide-scrollbars",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut browser = Self {
            child,
            input,
            output: BufReader::new(output),
            session: None,
            count: 0,
            complaints: Vec::new(),
            requests: Vec::new(),
            loaded: false,
            _profile: profile,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach);
        browser.call(
            "Browser.grantPermissions",
            json!({"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}),
        );
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.call(
            "Emulation.setFocusEmulationEnabled",
            json!({"enabled": true}),
        );
        browser.look("light", DESKTOP);
        browser
    }

    fn open(&mut self, file: &Path) {
        self.loaded = false;
        self.call(
            "Page.navigate",
            json!({"url": format!("file://{}", file.display())}),
        );
        while !self.loaded {
            self.receive();
        }
    }

    /// Sets the reader's colours and the size of the window.
    fn look(&mut self, scheme: &str, (width, height): (u32, u32)) {
        self.call(
            "Emulation.setEmulatedMedia",
            json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]}),
        );
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    fn evaluate(&mut self, script: &str) -> Value {
        let order = json!({"expression": script, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let answer = self.call("Runtime.evaluate", order);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].clone()
    }

    /// Takes a picture of the whole page, for people to look at.
    fn take_picture(&mut self, name: &str) {
        let answer = self.call(
            "Page.captureScreenshot",
            json!({"captureBeyondViewport": true}),
        );
        let picture = BASE64_STANDARD
            .decode(answer["data"].as_str().unwrap())
            .unwrap();
        assert!(picture.starts_with(b"\x89PNG"));
        // Tests are programs in target/debug/deps.
        let here = env::current_exe().unwrap();
        let folder = here.ancestors().nth(3).unwrap().join("compare/screenshots");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), picture).unwrap();
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.count += 1;
        let mut order = json!({"id": self.count, "method": method, "params": params});
        if let Some(session) = &self.session {
            order["sessionId"] = session.as_str().into();
        }
        write!(self.input, "{order}\0").unwrap();
        loop {
            let message = self.receive();
            if message["id"] == self.count {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
        }
    }

    fn receive(&mut self) -> Value {
        let mut text = Vec::new();
        self.output.read_until(0, &mut text).unwrap();
        assert_eq!(text.pop(), Some(0), "the browser has ended");
        let message: Value = serde_json::from_slice(&text).unwrap();
        let params = &message["params"];
        match message["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Runtime.exceptionThrown") => {
                self.complaints.push(params["exceptionDetails"].to_string())
            }
            Some("Log.entryAdded") if params["entry"]["level"] == "error" => {
                self.complaints.push(params["entry"].to_string())
            }
            Some("Runtime.consoleAPICalled") if params["type"] == "error" => {
                self.complaints.push(params["args"].to_string())
            }
            Some("Network.requestWillBeSent") => {
                self.requests
                    .extend(params["request"]["url"].as_str().map(str::to_owned));
            }
            _ => {}
        }
        message
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its profile is removed next, so it must be gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
