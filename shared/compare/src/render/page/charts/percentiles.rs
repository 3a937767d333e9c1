//! How long single requests took.

use std::fmt::Write as _;

use super::drawing::{WIDTH, class, svg};
use super::scale::Scale;
use crate::judge::latency::{SHARES, Spread};
use crate::model::quantity::seconds;
use crate::model::technique::Contestant;

/// For each technique how long its requests took, on a logarithmic axis: a shape for each share of them that they are enough for,
/// and the numbers.
pub fn percentiles(title: &str, rows: &[(Contestant, Spread)]) -> String {
    const LABEL: f64 = 150.0;
    const ROW: f64 = 40.0;
    let sure = |spread: &Spread| {
        let shares = SHARES.into_iter().enumerate();
        let sure = shares.filter_map(|(place, (name, _))| Some((place, name, spread.sure(place)?)));
        sure.collect::<Vec<_>>()
    };
    let times = rows.iter().flat_map(|(_, spread)| sure(spread));
    let scale = Scale::of(times.map(|(.., time)| time));
    let x = |value: f64| LABEL + scale.place(value) * (WIDTH - LABEL - 24.0);
    let height = ROW * rows.len() as f64 + 44.0;
    let mut body = String::new();
    for tick in scale.ticks(0.28) {
        let _ = write!(
            body,
            "<path class='rule' d='M{0:.1} 4V{1:.1}'/><text class='dim mid' x='{0:.1}' y='{2:.1}'>{3}</text>",
            x(tick),
            height - 38.0,
            height - 24.0,
            seconds(tick)
        );
    }
    let shape = |place: usize, x: f64, y: f64| match place {
        0 => format!("M{x:.1} {:.1}a5 5 0 1 0 .1 0z", y - 5.0),
        1 => format!("M{:.1} {:.1}h8v8h-8z", x - 4.0, y - 4.0),
        2 => format!("M{x:.1} {:.1}l5 9h-10z", y - 5.0),
        _ => format!("M{:.1} {:.1}h2v12h-2z", x - 1.0, y - 6.0),
    };
    for (row, (who, spread)) in rows.iter().enumerate() {
        let times = sure(spread);
        let [first, last] = [times.first(), times.last()].map(|time| time.map_or(0.0, |it| it.2));
        let middle = ROW * row as f64 + 14.0;
        let class = class(*who);
        let _ = write!(
            body,
            "<text x='{:.0}' y='{:.0}' class='end'>{who}</text><g class='line {class}-line'><path d='M{:.1} {middle}H{:.1}'/></g>",
            LABEL - 8.0,
            middle + 4.0,
            x(first),
            x(last)
        );
        for (place, name, time) in &times {
            let _ = write!(
                body,
                "<path class='{class}' d='{}'><title>{who}, {name}: {}</title></path>",
                shape(*place, x(*time), middle),
                seconds(*time)
            );
        }
        let numbers = times.iter().map(|(.., time)| seconds(*time));
        let numbers = numbers.collect::<Vec<_>>().join(" · ");
        let _ = write!(
            body,
            "<text class='dim end small' x='{}' y='{:.0}'>{numbers}</text>",
            WIDTH - 4.0,
            middle + 20.0
        );
    }
    let mut left = LABEL;
    for (place, (name, _)) in SHARES.into_iter().enumerate() {
        if !rows.iter().any(|(_, spread)| spread.sure(place).is_some()) {
            continue;
        }
        let y = height - 8.0;
        let _ = write!(
            body,
            "<path class='key' d='{}'/><text class='dim' x='{:.0}' y='{:.0}'>{name}</text>",
            shape(place, left, y),
            left + 10.0,
            y + 4.0
        );
        left += 64.0;
    }
    svg(title, height, &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_too_few_requests_is_not_drawn() {
        let times = [0.1, 0.2, 0.3, 0.4];
        let drawn = |requests| {
            let chart = percentiles("hello", &[(Contestant::Asyncio, Spread(times, requests))]);
            SHARES.map(|(name, _)| chart.contains(&format!(">{name}<")))
        };
        assert_eq!(drawn(15), [true, false, false, true]);
        assert_eq!(drawn(50), [true, true, false, true]);
        assert_eq!(drawn(100), [true; 4]);
        let few = percentiles("hello", &[(Contestant::Asyncio, Spread(times, 15))]);
        assert!(few.contains(">100 ms · 400 ms<"), "{few}");
    }
}
