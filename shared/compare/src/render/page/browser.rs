//! The page in a real browser: what a reader sees, clicks and copies.

mod chromium;

use std::env;
use std::fs;
use std::io::Write;
use std::time::Duration;

use chromium::{Browser, DESKTOP, chromium};
use serde_json::json;
use shared::Latencies;
use shared::trace::{Lane, Recording, Span, State, svg};

use super::highlight::Language;
use super::page;
use super::source::{Sources, TECHNIQUES};
use crate::fixtures;
use crate::judge::report::Report;
use crate::model::pictures::{Pictures, TICKER};
use crate::model::run::Run;
use crate::model::technique::Contestant;

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
