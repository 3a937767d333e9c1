//! What an execution looks like: pictures that belong to no single source.

use super::{escape, heading, slug};
use crate::model::pictures::{MORE_THREADS_THAN_CORES, ONE_THREAD, Pictures, Recorded, TICKER};
use crate::model::quantity;
use crate::model::results::Results;
use crate::model::technique::Contestant::{self, *};

/// The pictures that the documents show, or leave a gap for: drawn from runs on this machine.
pub fn section(results: &Results, pictures: &Pictures) -> String {
    let cores = results.machine.cores;
    let figure = |name: &str, who: Contestant, caption: &dyn Fn(&Recorded) -> String| {
        let picture = pictures.timeline(name, who)?;
        let recorded = pictures.recorded(name, who);
        // Said of what the picture shows, not of what it should show.
        let caption = recorded.map_or(String::new(), caption);
        Some(format!(
            "<figure>{picture}<figcaption>{who}: {}{}</figcaption></figure>\n",
            escape(&caption),
            disturbed(recorded)
        ))
    };
    let threads = [ONE_THREAD, "hashes", MORE_THREADS_THAN_CORES]
        .map(|name| figure(name, Threading, &|recorded| recorded.computing(cores)));
    let lives = Contestant::CONCLUDED.map(|who| figure(TICKER, who, &Recorded::ticking));
    let gallery = |title: &str, figures: &[Option<String>]| {
        let figures: String = figures.iter().flatten().map(String::as_str).collect();
        if figures.is_empty() {
            figures
        } else {
            format!(
                "{}\n<div class='gallery' tabindex='0' role='region' aria-label='{title}'>{figures}</div>\n",
                heading(3, &slug(title), title)
            )
        }
    };
    let body = gallery(
        &format!("Computing: hashes on threads, {}", quantity::cores(cores)),
        &threads,
    ) + &gallery("A ticker beside a computation, on one core", &lives);
    if body.is_empty() {
        return body;
    }
    format!(
        "<section>{}\n\
         <p>Each program ran once more on this machine, to be recorded. The pictures of workloads stand under their sources: waiting in \
         turns and together under <a href='#waiter'>waiter</a> and <a href='#download'>download</a>, computing under \
         <a href='#compute'>compute</a>. The <a href='#charts'>charts</a> show the memory of threads, their stacks included. Every \
         picture is a file in <code>timelines/</code>, beside this page, as SVG and as JSON for ui.perfetto.dev. The ticker is a unit \
         that is due every millisecond; the computation beside it never gives way.</p>\n{body}</section>\n",
        heading(2, "executions", "What an execution looks like")
    )
}

/// The stamp on a picture that other programs disturbed each time that it was drawn.
pub fn disturbed(recorded: Option<&Recorded>) -> String {
    let reason = recorded.and_then(|recorded| recorded.disturbed.as_deref());
    reason.map_or(String::new(), |reason| {
        format!(
            " <span class='refuted'>Disturbed: {}.</span>",
            escape(reason)
        )
    })
}
