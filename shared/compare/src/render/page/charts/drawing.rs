//! What all charts are drawn with: the frame, and the techniques' colours and shapes.

use crate::model::technique::Contestant;
use crate::render::page::escape;

/// The width of a chart, in its own units; at its full size these are pixels.
pub const WIDTH: f64 = 400.0;

/// A chart of this height, with its title for those who do not see it.
pub fn svg(title: &str, height: f64, body: &str) -> String {
    let title = escape(title);
    format!(
        "<svg class='chart' viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{title}'><title>{title}</title>{body}</svg>"
    )
}

/// The class of what is drawn in a technique's colour.
pub fn class(who: Contestant) -> String {
    format!("t-{who}")
}

/// A technique's mark around this point.
pub fn mark(who: Contestant, x: f64, y: f64) -> String {
    format!("M{x:.1} {y:.1}{}", who.mark())
}

/// The techniques' colours, on a light ground and on a dark one.
pub fn style() -> String {
    let techniques = || Contestant::COLUMNS.into_iter();
    let colours = |ground: usize| {
        let colours = techniques().map(|who| format!("--t-{who}:{};", who.colours()[ground]));
        colours.collect::<String>()
    };
    let rules = techniques().map(|who| {
        format!(".t-{who}{{fill:var(--t-{who})}}.t-{who}-line{{stroke:var(--t-{who})}}\n")
    });
    format!(
        ":root{{{}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{}}}}}\n{}",
        colours(0),
        colours(1),
        rules.collect::<String>()
    )
}
