//! What a task on the cluster costs, and what follows: from which length on it is worth another machine, and how many workers a
//! broker feeds.
//!
//! The model: so many workers do `workers / (work + between)` tasks a second, until the broker can feed no more.

use crate::model::experiment::NotMeasured;
use crate::model::quantity::{count, seconds};
use crate::model::results::Results;
use crate::model::rows::{BROKER_CPU, NODES_CPU, Row, TASKS_NAP, TASKS_WAITING};
use crate::model::run::Run;
use crate::model::standing::Standing;
use crate::model::technique::Contestant::Cluster;

/// CPU seconds that a task costs besides its own work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Costs {
    /// The caller, which sends it and takes its answer.
    pub caller: f64,
    /// The broker, which takes, keeps, delivers and confirms both messages.
    pub broker: f64,
    /// The node and its worker process.
    pub node: f64,
}

impl Costs {
    /// From how many seconds of work on a task is worth another machine: if it takes more CPU time here than sending it does. With the
    /// broker on a machine of its own, and here.
    pub fn pays(&self) -> [f64; 2] {
        [self.caller, self.caller + self.broker]
    }
}

/// What a task costs in a message of its own.
///
/// # Errors
///
/// If it was not measured.
pub fn alone(results: &Results) -> Result<Costs, NotMeasured> {
    costs(results, Row::TasksAlone)
}

/// What an item costs among many in a message.
///
/// # Errors
///
/// If it was not measured.
pub fn in_chunks(results: &Results) -> Result<Costs, NotMeasured> {
    costs(results, Row::TasksChunks)
}

fn costs(results: &Results, name: Row) -> Result<Costs, NotMeasured> {
    let reading = |run: &Run, name| run.receipt.readings.get(name).copied();
    let each = |of: &dyn Fn(&Run) -> Option<f64>| {
        results.median(name, Cluster, |run| {
            Some(of(run)? / run.receipt.units as f64)
        })
    };
    Ok(Costs {
        caller: each(&|run| Some(run.cpu() - reading(run, NODES_CPU)?))?,
        broker: each(&|run| reading(run, BROKER_CPU))?,
        node: each(&|run| reading(run, NODES_CPU))?,
    })
}

/// How many tasks waited at once, none of them lost.
///
/// # Errors
///
/// If it was not measured.
pub fn waited(results: &Results) -> Result<u64, NotMeasured> {
    let waiting = |run: &Run| run.receipt.readings.get(TASKS_WAITING).copied();
    Ok(results.median(Row::TasksAlone, Cluster, waiting)? as u64)
}

/// How many workers of tasks of so many seconds the broker feeds.
///
/// # Errors
///
/// If it was not measured.
pub fn feeds(results: &Results, work: f64) -> Result<u64, NotMeasured> {
    let most = results.median(Row::TasksAlone, Cluster, |run| {
        Some(run.receipt.units as f64 / run.seconds)
    })?;
    Ok((most * (work + between(results)?)) as u64)
}

/// Seconds that a worker that is never without tasks spends from the end of one to the begin of the next.
fn between(results: &Results) -> Result<f64, NotMeasured> {
    let standing = results.standing.as_ref();
    let standing = standing.ok_or_else(|| NotMeasured::LeftOut(Cluster.to_string()))?;
    let Standing {
        workers: [_, workers],
        ..
    } = *standing;
    let each = results.median(Row::TasksLong, Cluster, |run| {
        Some(run.seconds * workers as f64 / run.receipt.units as f64)
    })?;
    Ok((each - TASKS_NAP).max(0.0))
}

/// All of it in sentences; those of what was not measured are left out.
pub fn sentences(results: &Results) -> Vec<String> {
    let sentences = [cost(results), worth(results), fed(results)];
    sentences.into_iter().flatten().collect()
}

fn cost(results: &Results) -> Result<String, NotMeasured> {
    let written =
        |costs: Costs| [costs.caller, costs.broker, costs.node].map(|cost| seconds(cost.max(0.0)));
    let [caller, broker, node] = written(alone(results)?);
    let [caller_of_item, broker_of_item, node_of_item] = written(in_chunks(results)?);
    Ok(format!(
        "On the cluster a task in a message of its own costs {caller} of CPU at the caller, {broker} in the broker and {node} at the node; \
         an item in a chunk {caller_of_item}, {broker_of_item} and {node_of_item}."
    ))
}

fn worth(results: &Results) -> Result<String, NotMeasured> {
    let written = |costs: Costs| costs.pays().map(|size| seconds(size.max(0.0)));
    let [elsewhere, here] = written(alone(results)?);
    let [item_elsewhere, item_here] = written(in_chunks(results)?);
    Ok(format!(
        "In a message of its own a unit of work above {here} is worth another machine, and above {elsewhere} if the broker has a machine of \
         its own; in chunks above {item_here} and {item_elsewhere}."
    ))
}

fn fed(results: &Results) -> Result<String, NotMeasured> {
    let feeds = |work| feeds(results, work).map(count);
    Ok(format!(
        "This broker feeds {} workers of 10 ms each, {} of 50 ms, {} of 1 s, by the tasks a second that it gave out here, where caller, broker \
         and workers shared the cores.",
        feeds(0.01)?,
        feeds(0.05)?,
        feeds(1.0)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    /// A broker of 1,000 tasks a second, of which each costs 100, 400 and 200 µs, and two workers that lose 10 ms between two.
    fn results() -> Results {
        let taken = |units: u64, each: [f64; 3]| {
            move |run: &mut Run| {
                let [caller, broker, node] = each.map(|each| each * units as f64);
                run.receipt.units = units;
                (run.user, run.system) = (caller + node, 0.0);
                let readings = [
                    (NODES_CPU, node),
                    (BROKER_CPU, broker),
                    (TASKS_WAITING, 980.0),
                ];
                run.receipt.readings = readings
                    .map(|(name, value)| (name.to_owned(), value))
                    .into();
            }
        };
        fixtures::with_machines()
            .with(
                Row::TasksAlone,
                Cluster,
                taken(1000, [100e-6, 400e-6, 200e-6]),
            )
            .with(
                Row::TasksChunks,
                Cluster,
                taken(100_000, [1.5e-6, 2e-6, 3e-6]),
            )
            .with(Row::TasksLong, Cluster, taken(100, [0.0; 3]))
    }

    #[test]
    fn a_unit_pays_that_takes_more_here_than_to_send_it() {
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        let [elsewhere, here] = alone(&results()).unwrap().pays();
        assert!(
            near(elsewhere, 100e-6) && near(here, 500e-6),
            "{elsewhere} {here}"
        );
        let text = worth(&results()).unwrap();
        assert!(
            text.contains(
                "In a message of its own a unit of work above 500 µs is worth another machine"
            ),
            "{text}"
        );
        assert!(
            text.contains("in chunks above 3.50 µs and 1.50 µs"),
            "{text}"
        );
    }

    #[test]
    fn a_broker_feeds_as_many_workers_as_wait_for_its_tasks() {
        // A hundred tasks of 10 ms took two workers a second: each 20 ms, of which 10 between.
        let results = results();
        assert!((between(&results).unwrap() - 0.01).abs() < 1e-9);
        assert_eq!(feeds(&results, 0.04), Ok(50));
        assert_eq!(waited(&results), Ok(980));
        assert_eq!(sentences(&results).len(), 3);
    }

    #[test]
    fn without_machines_nothing_is_said() {
        assert_eq!(sentences(&fixtures::results()), [""; 0]);
    }

    #[test]
    fn a_broker_that_needs_half_the_time_feeds_twice_as_many() {
        let results = results().with(Row::TasksAlone, Cluster, |run| run.seconds = 0.5);
        assert_eq!(feeds(&results, 0.04), Ok(100));
        // Tasks that took no longer than their work have no time between them.
        let at_once = results.with(Row::TasksLong, Cluster, |run| run.seconds = 0.1);
        assert_eq!(between(&at_once), Ok(0.0));
        assert_eq!(feeds(&at_once, 0.05), Ok(100));
    }
}
