//! The head of the page: what it is about, what went wrong, and where its sections are.

use super::escape;
use super::source::Sources;
use crate::judge::report::Report;
use crate::model::pictures::Pictures;

/// Title, machine, troubles and contents.
pub fn header(report: &Report, pictures: &Pictures) -> String {
    let lines: Vec<_> = report.header.iter().map(|line| escape(line)).collect();
    let contradictions = pictures.contradictions();
    let troubles = report
        .troubles
        .iter()
        .chain(&contradictions)
        .map(|trouble| format!("<p class='trouble'>{}</p>", escape(trouble)));
    let sections = Sources::workloads()
        .map(|sources| format!("<li><a href='#{0}'>Source: {0}</a></li>", sources.name()));
    let link = |there: bool, link: &'static str| if there { link } else { "" };
    format!(
        "<header><h1>The concurrency story, measured</h1>\n\
         <p>The same work, done one after another, by threads, by processes and by tasks on an event loop, on this machine.</p>\n\
         <p class='dim'>{}</p>\n{}\
         <nav aria-label='Sections'><ul>{}<li><a href='#conclusion'>Conclusion</a></li>{}<li><a href='#workloads'>Workloads</a></li>{}{}{}\
         <li><a href='#executions'>Executions</a></li><li><a href='#charts'>Charts</a></li></ul></nav></header>\n<main>\n",
        lines.join("<br>"),
        troubles.collect::<String>(),
        link(
            !report.answer.is_empty(),
            "<li><a href='#findings'>Findings</a></li>"
        ),
        link(
            !report.when.sentences.is_empty(),
            "<li><a href='#when'>When to use</a></li>"
        ),
        link(
            report.network.is_some(),
            "<li><a href='#network'>Bad network</a></li>"
        ),
        link(
            !report.beside.factors.is_empty(),
            "<li><a href='#python'>Beside Python</a></li>"
        ),
        sections.collect::<String>()
    )
}
