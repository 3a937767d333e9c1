//! The page in a real browser: what a reader sees, clicks and copies.

mod chromium;
mod sources;

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use chromium::{Browser, DESKTOP, chromium};
use serde_json::json;
use shared::Latencies;
use shared::trace::{Lane, Recording, Span, State, svg};

use super::contents::Here;
use super::highlight::Language;
use super::own;
use super::page_among;
use super::source::{Sources, TECHNIQUES};
use crate::fixtures;
use crate::judge::report::Report;
use crate::model::own::Program;
use crate::model::pictures::{Pictures, TICKER};
use crate::model::rows::Row;
use crate::model::run::Run;
use crate::model::technique::Contestant;
use crate::render::sections::{Part, Section};

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
        fixtures::results_of(&["--faults"]).with(Row::Hello, Contestant::Asyncio, request);
    for who in Contestant::CONCLUDED {
        results = results.with_ladder(who, &[1, 10, 100, 1000], 4096);
    }
    results.pythons = vec![fixtures::python(&results)];
    let taken_along = Program {
        command: "cargo run --release".to_owned(),
        path: None,
        files: vec![("src/main.rs".to_owned(), "fn main() {}".to_owned())],
    };
    let card = Section::new(
        "Your work",
        "",
        vec![Part::List(vec!["it computes".to_owned()])],
    );
    let own = own::section(&[card], Some(&taken_along), &[]);
    let report = Report::of(&results);
    let html = page_among(&results, &report, &pictures(), &Here::default(), own);
    fs::write(&file, html).unwrap();
    let mut browser = Browser::start(&program);
    browser.open(&file);

    everything_is_there(&mut browser);
    the_program_to_take_along_is_in_sight(&mut browser);
    a_button_copies_the_file_byte_for_byte(&mut browser);
    a_cell_opens_to_the_full_width_under_its_row(&mut browser);
    an_address_opens_its_cell_and_a_sign_copies_it(&mut browser);
    the_contents_stay_in_sight(&mut browser);
    sources::two_columns_are_shown_and_others_chosen_by_keyboard(&mut browser);
    sources::differences_are_tinted_anew(&mut browser);
    sources::as_many_columns_as_have_room_and_no_name_is_broken(&mut browser);
    text_is_large_enough(&mut browser);
    sources::a_twin_in_python_can_be_seen_beside_rust(&mut browser);
    nothing_is_wider_than_a_phone(&mut browser);
    every_column_has_its_name_on_a_phone(&mut browser);
    print_leaves_out_the_sources(&mut browser);
    without_its_script_it_offers_nothing_doing_nothing(&mut browser, &file);
    for scheme in ["light", "dark"] {
        for (name, size) in [("desktop", DESKTOP), ("phone", PHONE)] {
            browser.look(scheme, size);
            browser.open(&file);
            browser.take_picture(&format!("{name}-{scheme}.png"));
            there_is_no_barrier(&mut browser);
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
    // Conclusion, when to use, workloads, bad network, claims, factors, resources, latencies.
    assert_eq!(count(browser, "table.results"), 8);
    assert!(count(browser, "#when-to-use ~ ul li") > 0);
    assert_eq!(count(browser, "[aria-label='Bad network'] tbody tr"), 8);
    assert_eq!(count(browser, "table.code"), 4);
    let timelines = (Row::WORKLOADS.len() * Contestant::TECHNIQUES.len()) as u64;
    assert_eq!(count(browser, ".pictures svg.tl"), timelines);
    assert_eq!(
        count(browser, "#executions ~ .gallery svg.tl"),
        1 + Contestant::CONCLUDED.len() as u64
    );
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
        "[...document.querySelectorAll('table.results .behind li')].map(item => item.textContent).join('\\n')",
    );
    let rules = rules.as_str().unwrap();
    assert!(
        rules.contains("1.40 cores: more than this is more than one"),
        "{rules}"
    );
}

fn the_program_to_take_along_is_in_sight(browser: &mut Browser) {
    let seen = browser.evaluate(
        "(() => { const program = document.querySelector('#the-program').parentElement; \
         program.querySelector('details').open = true; \
         return [...program.querySelectorAll('pre')].map(text => text.offsetHeight > 0 && text.textContent) })()",
    );
    assert_eq!(seen, json!(["cargo run --release", "fn main() {}"]));
}

fn a_button_copies_the_file_byte_for_byte(browser: &mut Browser) {
    let languages = [(Language::Rust, ""), (Language::Python, "python/")];
    for sources in Sources::workloads() {
        for (technique, (language, folder)) in TECHNIQUES
            .iter()
            .flat_map(|it| languages.map(|language| (it, language)))
        {
            let file = format!("{folder}{technique}/{}", sources.name());
            if sources.portable(language, technique).is_none() {
                continue;
            }
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

fn a_cell_opens_to_the_full_width_under_its_row(browser: &mut Browser) {
    let opened = browser.evaluate(
        "(() => { const face = document.querySelector('#conclusion ~ .scroll .face[id]'); \
         face.querySelector('summary').click(); \
         const [row, behind] = [face.closest('tr'), face.nextElementSibling].map(it => it.getBoundingClientRect()); \
         return [behind.width / row.width > 0.99, behind.top >= face.getBoundingClientRect().bottom - 1, behind.height > 0] })()",
    );
    assert_eq!(opened, json!([true, true, true]));
}

fn an_address_opens_its_cell_and_a_sign_copies_it(browser: &mut Browser) {
    let copied = browser.evaluate(
        "(async () => { const sign = document.querySelector('.face .here'); sign.click(); \
         while (sign.textContent !== 'copied') await new Promise(done => setTimeout(done)); \
         return navigator.clipboard.readText() })()",
    );
    let address = copied.as_str().unwrap();
    assert!(address.contains('#'), "{address}");
    browser.go(address);
    let open = browser.evaluate("document.querySelector(':target > details').open");
    assert_eq!(open, true);
}

fn the_contents_stay_in_sight(browser: &mut Browser) {
    let top = browser.evaluate(
        "(() => { scrollTo(0, document.body.scrollHeight); \
         const top = document.querySelector('nav.contents').getBoundingClientRect().top; scrollTo(0, 0); return top })()",
    );
    assert_eq!(top, 0);
    let lost = browser.evaluate(
        "[...document.querySelectorAll('.contents a, a.here')].filter(link => \
         !document.getElementById(decodeURIComponent(link.hash.slice(1)))).length",
    );
    assert_eq!(lost, 0);
}

/// In pictures and charts, as large as they are shown.
fn text_is_large_enough(browser: &mut Browser) {
    for size in [DESKTOP, PHONE] {
        browser.look("light", size);
        let small = browser.evaluate(
            "[...document.querySelectorAll('svg:not(.key) text')].filter(text => text.getClientRects().length > 0).filter(text => { \
             const svg = text.ownerSVGElement; \
             const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; \
             return scale * parseFloat(getComputedStyle(text).fontSize) < 12 }).length",
        );
        assert_eq!(small, 0, "{size:?}");
    }
    browser.look("light", DESKTOP);
}

fn without_its_script_it_offers_nothing_doing_nothing(browser: &mut Browser, file: &Path) {
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    browser.open(file);
    let offered = browser.evaluate(
        "[...document.querySelectorAll('button, input, select')].filter(it => it.offsetWidth > 0).length",
    );
    assert_eq!(offered, 0);
    // The techniques and the cluster, and the twins of both in Python.
    let waiter = Sources::of("waiter").unwrap();
    let twins = waiter.pythons.unwrap().len();
    assert_eq!(
        browser.evaluate(sources::VISIBLE).as_array().unwrap().len(),
        waiter.texts.len() + 1 + twins + 1
    );
    // All of them can be read: no name is broken, and no head covers the next.
    let broken = "[...document.querySelectorAll('table.code td span:not(.st,.co)')].filter(name => name.getClientRects().length > 1)\
                  .map(name => name.textContent)";
    assert_eq!(browser.evaluate(broken), json!([]));
    let covered = "[...document.querySelectorAll('table.code th')].filter(head => head.scrollWidth > head.offsetWidth).length";
    assert_eq!(browser.evaluate(covered), 0);
    a_cell_opens_to_the_full_width_under_its_row(browser);
    browser.call(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": false}),
    );
    browser.open(file);
}

fn print_leaves_out_the_sources(browser: &mut Browser) {
    browser.call("Emulation.setEmulatedMedia", json!({"media": "print"}));
    let printed = browser.evaluate(
        "[...document.querySelectorAll('.sources, nav, #conclusion, #charts')].map(it => it.offsetHeight > 0)",
    );
    // The contents and four sources are left out; the conclusion and the charts stay.
    let [nav, conclusion, sources, charts] = [false, true, false, true];
    let expected = json!([nav, conclusion, sources, sources, sources, sources, charts]);
    assert_eq!(printed, expected);
    browser.call("Emulation.setEmulatedMedia", json!({"media": ""}));
}

fn nothing_is_wider_than_a_phone(browser: &mut Browser) {
    browser.look("light", PHONE);
    let width = browser.evaluate("document.documentElement.scrollWidth");
    assert!(
        width.as_u64().unwrap() <= u64::from(PHONE.0),
        "the page is {width} wide"
    );
}

/// Above its numbers, or, where a table is a block for each row, above each field.
fn every_column_has_its_name_on_a_phone(browser: &mut Browser) {
    browser.look("light", PHONE);
    let nameless = browser.evaluate(
        "[...document.querySelectorAll('table.results')].filter(table => { \
         const heads = [...table.querySelectorAll('thead th')].slice(1).every(head => head.getBoundingClientRect().height > 10); \
         const before = field => getComputedStyle(field, '::before').content; \
         const fields = [...table.querySelectorAll('td .face')].every(field => before(field) !== 'none'); \
         return !heads && !fields }).map(table => table.ariaLabel)",
    );
    assert_eq!(nameless, json!([]));
}

/// What axe finds, where axe-core is installed: AXE_CORE is the path of its axe.min.js.
fn there_is_no_barrier(browser: &mut Browser) {
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
        "axe.run({resultTypes: ['violations']}).then(found => found.violations\
         .map(barrier => barrier.id + ': ' + barrier.help + ' ' + barrier.nodes.map(node => node.target).slice(0, 3).join(' ')))",
    );
    assert_eq!(found, json!([]), "{found:#}");
}

/// A timeline for every field of the workload table.
fn pictures() -> Pictures {
    let mut pictures = Pictures::default();
    for workload in Row::WORKLOADS.map(|workload| workload.to_string()) {
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
            pictures.add(&workload, who, svg::render(&recording));
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
