//! What the servers carry, in sentences and in a table.

use crate::judge::serving::{
    PATIENCE, busy, connections, highest, lateness, memory_each, memory_of_threads, per_second,
    within,
};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{bytes, count, give_or_take, percent, seconds};
use crate::model::results::Results;
use crate::model::rows::{ENDED, GREETED, Row, SERVER_GONE};
use crate::model::run::Run;
use crate::model::technique::Contestant::{self, *};

/// How many requests each technique answers, the most first, and over how many connections.
pub fn sentence(results: &Results) -> Option<String> {
    let who = Contestant::TECHNIQUES.into_iter();
    let mut rates: Vec<_> = who
        .filter_map(|who| Some((who, per_second(results, who).ok()?.median)))
        .collect();
    rates.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let each: Vec<_> = rates
        .iter()
        .map(|(who, rate)| format!("{who} {}", count(*rate as u64)))
        .collect();
    // Those that carry as many stand together.
    let mut carried: Vec<(String, Vec<&str>)> = Vec::new();
    for (who, _) in &rates {
        let Ok(connections) = connections(results, *who) else {
            continue;
        };
        let words = connections.words();
        match carried.iter_mut().find(|(others, _)| *others == words) {
            Some((_, names)) => names.push(who.name()),
            None => carried.push((words, vec![who.name()])),
        }
    }
    let carried = carried.into_iter();
    let carried: Vec<_> = carried
        .map(|(words, names)| format!("{words} in {}", names.join(", ")))
        .collect();
    (!each.is_empty()).then(|| {
        let rates = format!("{} requests/s", each.join(", "));
        match carried[..] {
            [] => rates,
            _ => format!(
                "{rates}; connections answered in time: {}",
                carried.join("; ")
            ),
        }
    })
}

/// Up to how many connections threads serve as tasks do, and what that takes.
///
/// # Errors
///
/// If it was not measured.
pub fn threads_beside_tasks(results: &Results) -> Result<String, NotMeasured> {
    let (threads, tasks) = (
        connections(results, Threading)?,
        connections(results, Asyncio)?,
    );
    let (thread, task) = (
        memory_each(results, Threading)?,
        memory_each(results, Asyncio)?,
    );
    let memory = format!(
        "in {:.2} times the memory: {} for each, and {}.",
        memory_of_threads(results)?,
        bytes(thread),
        bytes(task)
    );
    let number = |limit: Option<f64>| count(limit.unwrap_or_default() as u64);
    Ok(match (threads.most, tasks.most) {
        (Some(most), Some(more)) if most < more => format!(
            "Up to {} connections threads serve in time as tasks do, and tasks up to {}, {memory}",
            number(threads.most),
            number(tasks.most)
        ),
        (_, None) => {
            return Err(NotMeasured::Undecided(
                "not one was served in time".to_owned(),
            ));
        }
        _ => format!(
            "Up to {} connections threads serve in time as tasks do, {memory}",
            number(tasks.most)
        ),
    })
}

/// What the last lines of the table count.
fn explained(results: &Results) -> Vec<String> {
    let load = |row| results.experiment(row).ok()?.load.as_ref();
    let mixed = load(Row::ServeMix).and_then(|load| {
        let other = load.other.as_ref()?;
        Some(format!(
            "Beside requests that compute: p50 and p90 of {}, at {} requests/s of which one in {} is {}.",
            load.page,
            load.rate,
            other.every?,
            other.page
        ))
    });
    let slow = load(Row::ServeSlow).map(|load| {
        format!(
            "Beside slow clients: how many of {} connections are answered, and p99, beside {} that send a byte a second.",
            load.connections, load.slow
        )
    });
    let lost = load(Row::ServePanic).map(|load| {
        format!(
            "Lost, over {} connections: requests and connections, when one request panics, aborts its process or has it killed; \
             \"the server\": all of them.",
            load.connections
        )
    });
    [mixed, slow, lost].into_iter().flatten().collect()
}

/// The servers' numbers, in a table.
#[derive(Debug, Default)]
pub struct Servers {
    /// What the load itself could do, in sentences.
    pub notes: Vec<String>,
    /// What is measured, and for each of [`Contestant::TECHNIQUES`] how much of it.
    pub lines: Vec<(String, Vec<String>)>,
}

/// The servers' section; nothing if they were left out.
pub fn servers(results: &Results) -> Servers {
    let line = |name: String, value: &dyn Fn(Contestant) -> Result<String, NotMeasured>| {
        let values = Contestant::TECHNIQUES.map(|who| value(who).unwrap_or("-".to_owned()));
        (name, values.to_vec())
    };
    let rate = |who| {
        let rate = per_second(results, who)?;
        let number = count(rate.median as u64);
        Ok(format!("{number} {}", give_or_take(rate.spread())))
    };
    let in_time = seconds(PATIENCE);
    let mut lines = vec![
        line("requests/s at most".to_owned(), &rate),
        line(format!("requests/s with p99 up to {in_time}"), &|who| {
            Ok(highest(results, who)?.words())
        }),
    ];
    for (name, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        lines.push(line(format!("{name} at half of that"), &|who| {
            highest(results, who)?;
            Ok(seconds(within(results, Row::ServeRate, who, share)?))
        }));
    }
    lines.extend([
        line(format!("connections with p99 up to {in_time}"), &|who| {
            Ok(connections(results, who)?.words())
        }),
        line("memory for a connection".to_owned(), &|who| {
            Ok(bytes(memory_each(results, who)?))
        }),
        line("beside requests that compute".to_owned(), &|who| {
            mixed(results, who)
        }),
        line("beside slow clients".to_owned(), &|who| {
            beside_slow_clients(results, who)
        }),
    ]);
    let ends = [
        (Row::ServePanic, "lost by a panic"),
        (Row::ServeAbort, "lost by an abort"),
        (Row::ServeKill, "lost by a kill"),
    ];
    lines.extend(ends.map(|(row, name)| line(name.to_owned(), &|who| lost(results, row, who))));
    lines.retain(|(_, values)| values.iter().any(|value| value != "-"));
    let late = lateness(results).map(|late| {
        format!(
            "The load shares the cores with the server. At half of the highest rate 99% of its requests were sent at most {} late.",
            seconds(late)
        )
    });
    let busy = busy(results).map(|busy| {
        format!(
            "With more requests than are answered the load took up to {} of a core: near 100% it is the load that can do no more.",
            percent(busy)
        )
    });
    let mut notes = Vec::new();
    if !lines.is_empty() {
        notes.push(
            "A percentile stands where ten requests or more took longer: p99 takes 1,000 requests, p99.9 10,000.".to_owned(),
        );
    }
    notes.extend(late.into_iter().chain(busy));
    notes.extend(explained(results));
    Servers { notes, lines }
}

/// How long /hello takes while one of 20 requests computes for 100 ms: half of the requests, and nine of ten, at most.
fn mixed(results: &Results, who: Contestant) -> Result<String, NotMeasured> {
    let [half, most] = [0.5, 0.9].map(|share| within(results, Row::ServeMix, who, share));
    Ok(format!("{}, {}", seconds(half?), seconds(most?)))
}

/// How many connections were served beside slow clients, and how long 99% of their requests took.
fn beside_slow_clients(results: &Results, who: Contestant) -> Result<String, NotMeasured> {
    let row = results.experiment(Row::ServeSlow)?;
    let all = row.load.as_ref().map_or(0, |load| load.connections);
    let served = results.median(Row::ServeSlow, who, |run| {
        run.receipt.readings.get(GREETED).copied()
    })? as u64;
    if served == 0 {
        return Ok("none".to_owned());
    }
    let time = within(results, Row::ServeSlow, who, 0.99)?;
    let served = if served == all {
        "all".to_owned()
    } else {
        format!("{served} of {all}")
    };
    Ok(format!("{served}, {}", seconds(time)))
}

/// What was lost when a request ended what answered it.
fn lost(results: &Results, row: Row, who: Contestant) -> Result<String, NotMeasured> {
    let cell = results.cell(row, who)?;
    let worst = |reading: &dyn Fn(&Run) -> f64| -> Result<u64, NotMeasured> {
        Ok(cell.estimate(|run| Some(reading(run)))?.high as u64)
    };
    let reading = |run: &Run, name| run.receipt.readings.get(name).copied();
    if worst(&|run| reading(run, SERVER_GONE).unwrap_or_default())? > 0 {
        return Ok("the server".to_owned());
    }
    let lost = worst(&|run| {
        let kinds = ["lost", "refused", "unanswered"];
        let errors = kinds
            .iter()
            .filter_map(|kind| run.receipt.errors.get(*kind));
        errors.sum::<u64>() as f64
    })?;
    let ended = worst(&|run| reading(run, ENDED).unwrap_or_default())?;
    Ok(format!("{}, {}", count(lost), count(ended)))
}
