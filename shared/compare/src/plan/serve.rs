//! The four servers under load: the highest rate that they answer in time, ever more connections, and what goes wrong beside.

use rustix::process::{Resource, getrlimit};

use crate::model::experiment::Experiment;
use crate::model::load::{Load, Other};
use crate::model::options::Size;
use crate::model::rows::{Row, Sweep};
use crate::model::technique::Contestant::{self, *};

/// Connections of a machine behind a proxy.
const CONNECTIONS: u64 = 64;

/// More requests a second than a server of this machine answers.
const TOO_MANY: u64 = 500_000;

/// Requests a second that every server answers, if it answers at all.
const TRICKLE: u64 = 4_000;

/// Requests a second of which one in so many computes for so many microseconds: half of a core.
const MIXED: u64 = 100;
const EVERY: u64 = 20;
const COMPUTING: u64 = 100_000;

/// Clients that send a byte a second: a pool of a process for each other connection loses half of them to these.
const SLOW: u64 = 32;

/// Requests a second beside them.
const BESIDE_SLOW: u64 = 2_000;

/// Requests a second, of which one kills.
const WHILE_IT_DIES: u64 = 1_000;

/// Processes that serve a connection each: more of them take seconds to start.
const MOST_PROCESSES: u64 = 500;

/// Descriptors that a server or a load opens for other things than connections.
const OTHERWISE: u64 = 100;

/// How a request ends what answers it.
const ENDS: [(Row, &str); 3] = [
    (Row::ServePanic, "panic"),
    (Row::ServeAbort, "abort"),
    (Row::ServeKill, "kill"),
];

/// All rows.
pub fn rows(size: Size) -> Vec<Experiment> {
    let hello = Load {
        page: "/hello".to_owned(),
        connections: CONNECTIONS,
        patience: 100,
        ..Load::default()
    };
    let mut rows = vec![row(
        Row::ServeRate,
        format!("a search for the highest rate over {CONNECTIONS} connections"),
        Load {
            rate: TOO_MANY,
            milliseconds: size.pick(100, 150, 1_000),
            search: true,
            ..hello.clone()
        },
        &Contestant::TECHNIQUES,
    )];
    for connections in steps(descriptors()) {
        let carries = |who: &Contestant| match who {
            Sequential => connections <= CONNECTIONS,
            // Whether it carries one connection is a question for one technique alone.
            _ if connections == 1 => false,
            Multiprocessing => connections <= MOST_PROCESSES,
            _ => true,
        };
        let who: Vec<_> = Contestant::TECHNIQUES.into_iter().filter(carries).collect();
        rows.push(row(
            Row::At(Sweep::ServeOpen, connections),
            format!("{connections} connections, {TRICKLE} requests a second over all of them"),
            Load {
                rate: TRICKLE,
                connections,
                milliseconds: size.pick(150, 250, 2_000),
                ..hello.clone()
            },
            &who,
        ));
    }
    rows.push(row(
        Row::ServeMix,
        format!(
            "{MIXED} requests a second, of which one in {EVERY} computes for {} ms",
            COMPUTING / 1000
        ),
        Load {
            rate: MIXED,
            milliseconds: size.pick(500, 1_200, 5_000),
            patience: 3_000,
            other: Some(Other {
                page: format!("/work?us={COMPUTING}"),
                every: Some(EVERY),
            }),
            ..hello.clone()
        },
        &Contestant::TECHNIQUES,
    ));
    rows.push(row(
        Row::ServeSlow,
        format!("{BESIDE_SLOW} requests a second beside {SLOW} clients that send a byte a second"),
        Load {
            rate: BESIDE_SLOW,
            milliseconds: size.pick(150, 600, 2_000),
            slow: SLOW,
            ..hello.clone()
        },
        &Contestant::TECHNIQUES,
    ));
    for (name, how) in ENDS {
        let mut row = row(
            name,
            format!("{WHILE_IT_DIES} requests a second, of which one ends what answers it: {how}"),
            Load {
                rate: WHILE_IT_DIES,
                milliseconds: 200,
                // A connection that was lost may have to wait for a worker that takes the place of its last one.
                patience: 3_000,
                other: Some(Other {
                    page: format!("/crash?how={how}"),
                    every: None,
                }),
                ..hello.clone()
            },
            &Contestant::TECHNIQUES,
        );
        row.conditions.may_die = true;
        rows.push(row);
    }
    rows
}

/// Descriptors that a process may open here.
fn descriptors() -> u64 {
    getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX)
}

/// Numbers of connections, up to what so many descriptors allow.
fn steps(descriptors: u64) -> Vec<u64> {
    let most = descriptors.saturating_sub(OTHERWISE).min(10_000);
    let mut steps: Vec<_> = [1, CONNECTIONS, MOST_PROCESSES]
        .into_iter()
        .filter(|step| *step < most)
        .collect();
    steps.push(most);
    steps
}

/// Trials, and half of the rate that they find, in the time of one.
const TRIALS: f64 = 10.0;

fn row(name: Row, label: String, load: Load, who: &[Contestant]) -> Experiment {
    let start = 0.2 + load.connections as f64 * 2e-4;
    let loads = if load.search { TRIALS } else { 1.0 };
    let mut row = Experiment::probe(name)
        .label(label)
        .expected(loads * load.seconds() + start);
    let crashes = if load.crashes() { " --crashes" } else { "" };
    for technique in who {
        // A process for each connection; all others have one for each by themselves.
        let workers = match technique {
            Multiprocessing => format!(" --workers {}", load.connections),
            _ => String::new(),
        };
        row = row.by(*technique, &format!("serve --port 0{workers}{crashes}"));
    }
    row.load = Some(load);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::places;

    #[test]
    fn connections_grow_to_what_the_system_allows() {
        assert_eq!(steps(u64::MAX), [1, 64, 500, 10_000]);
        assert_eq!(steps(1_024), [1, 64, 500, 924]);
        assert_eq!(steps(256), [1, 64, 156]);
    }

    #[test]
    fn a_pool_of_processes_has_one_for_each_connection() {
        for row in rows(Size::Usual) {
            let load = row.load.as_ref().unwrap();
            let Some(cell) = row.cell(Multiprocessing) else {
                let its_own = 2..=MOST_PROCESSES;
                assert!(!its_own.contains(&load.connections), "{}", row.name);
                continue;
            };
            let workers = format!("--workers {}", load.connections);
            assert!(cell.arguments.join(" ").contains(&workers), "{}", row.name);
        }
    }

    #[test]
    fn the_command_that_repeats_a_run_starts_a_server_and_a_load() {
        let rows = rows(Size::Usual);
        let command = |name| {
            let row = rows.iter().find(|row| row.name == name).unwrap();
            row.command(row.cell(AsyncioMultiThread).unwrap()).unwrap()
        };
        let [asyncio, load] = ["asyncio", "load"].map(places::beside);
        assert_eq!(
            command(Row::ServeRate),
            format!(
                "{asyncio} serve --port 8000 --runtime multi-thread & sleep 1; {load} http://127.0.0.1:8000/hello --rate 500000 \
                 --connections 64 --time 150 --patience 100 --greeting 500 --search 10; kill $!"
            )
        );
        assert!(command(Row::ServeMix).contains("--every 20 --other '/work?us=100000'"));
        assert!(command(Row::ServeSlow).contains("--slow 32"));
        let kill = command(Row::ServeKill);
        assert!(
            kill.contains("--crashes --runtime multi-thread &"),
            "{kill}"
        );
        assert!(kill.contains("--other '/crash?how=kill'"), "{kill}");
    }
}
