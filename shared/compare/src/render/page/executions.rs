//! What an execution looks like: pictures that belong to no single source.

use super::escape;
use crate::model::pictures::{MORE_THREADS_THAN_CORES, ONE_THREAD, Pictures, TICKER};
use crate::model::results::Results;
use crate::model::technique::Contestant::{self, *};

/// The pictures that the documents show, or leave a gap for: drawn from runs on this machine.
pub fn section(results: &Results, pictures: &Pictures) -> String {
    let figure = |name: &str, who: Contestant, caption: &str| {
        let picture = pictures.timeline(name, who)?;
        Some(format!(
            "<figure>{picture}<figcaption>{}</figcaption></figure>\n",
            escape(caption)
        ))
    };
    let cores = results.machine.cores;
    let threads = [
        (ONE_THREAD, "One thread: one core, however many there are."),
        ("hashes", "As many threads as cores: each has its own."),
        (
            MORE_THREADS_THAN_CORES,
            "More threads than cores: every thread is ready all the time, and without a core for its share of it.",
        ),
    ];
    let threads = threads.map(|(name, caption)| figure(name, Threading, caption));
    let lives = [
        (
            Sequential,
            "One thread: nobody ticks until the hog is done.",
        ),
        (
            Threading,
            "The life of a thread: the ticker waits for its time, is then ready but without a core, gets one from the hog by order of \
             the system, gives it back, and ends. The hog never waits: it is on the core, or ready.",
        ),
        (
            Multiprocessing,
            "The same between processes: it is the system that decides.",
        ),
        (
            Asyncio,
            "Tasks: the ticker's time comes again and again, and the hog does not give way.",
        ),
    ];
    let lives = lives.map(|(who, caption)| figure(TICKER, who, caption));
    let gallery = |title: &str, figures: &[Option<String>]| {
        let figures: String = figures.iter().flatten().map(String::as_str).collect();
        if figures.is_empty() {
            figures
        } else {
            format!("<h3>{title}</h3>\n<div class='gallery'>{figures}</div>\n")
        }
    };
    let body = gallery(
        &format!("Computing: hashes on threads, {cores} cores"),
        &threads,
    ) + &gallery("A ticker beside a hog, on one core", &lives);
    if body.is_empty() {
        return body;
    }
    format!(
        "<section><h2 id='executions'>What an execution looks like</h2>\n\
         <p>Drawn from runs on this machine, once more and recorded. Those of the workloads stand under their sources: waiting in turns \
         and together under <a href='#waiter'>waiter</a> and <a href='#download'>download</a>, computing under \
         <a href='#compute'>compute</a>. What a thread's stack takes is among the <a href='#charts'>charts</a>. Every picture is a \
         file in <code>target/compare/latest/timelines/</code>, as SVG and as JSON for ui.perfetto.dev.</p>\n{body}</section>\n"
    )
}
