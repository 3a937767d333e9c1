//! The four servers under load: as many requests as they answer, ever higher rates, ever more connections.

use rustix::process::{Resource, getrlimit};

use crate::model::experiment::Experiment;
use crate::model::load::Load;
use crate::model::options::Size;
use crate::model::rows::{Row, Sweep};
use crate::model::technique::Contestant::{self, *};

/// Connections over which rates are tried: those of a machine behind a proxy.
const CONNECTIONS: u64 = 64;

/// More requests a second than a server of this machine answers.
const TOO_MANY: u64 = 200_000;

/// Requests a second, while there are ever more connections.
const TRICKLE: u64 = 4_000;

/// Processes that serve a connection each: more of them take seconds to start.
const MOST_PROCESSES: u64 = 500;

/// Who serves many connections at once.
const ALL_AT_ONCE: [Contestant; 4] = [Threading, Multiprocessing, Asyncio, AsyncioMultiThread];

/// Descriptors that a server or a load opens beside its connections.
const BESIDE: u64 = 100;

/// All rows.
pub fn rows(size: Size) -> Vec<Experiment> {
    let milliseconds = size.pick(150, 250, 2_000);
    let load = |rate, connections, patience| Load {
        page: "/hello".to_owned(),
        rate,
        connections,
        milliseconds,
        patience,
    };
    let mut rows = vec![row(
        Row::ServeMost,
        format!("as many requests a second as are answered, over {CONNECTIONS} connections"),
        load(TOO_MANY, CONNECTIONS, 1),
        &Contestant::TECHNIQUES,
    )];
    for rate in [4_000, 16_000, 32_000, 64_000] {
        rows.push(row(
            Row::At(Sweep::ServeRate, rate),
            format!("{rate} requests a second over {CONNECTIONS} connections"),
            load(rate, CONNECTIONS, 100),
            &ALL_AT_ONCE,
        ));
    }
    for connections in steps(descriptors()) {
        let who: &[_] = match connections {
            few if few <= CONNECTIONS => &Contestant::TECHNIQUES,
            many if many <= MOST_PROCESSES => &ALL_AT_ONCE,
            _ => &[Threading, Asyncio, AsyncioMultiThread],
        };
        rows.push(row(
            Row::At(Sweep::ServeOpen, connections),
            format!("{connections} connections, {TRICKLE} requests a second over all of them"),
            load(TRICKLE, connections, 100),
            who,
        ));
    }
    rows
}

/// Descriptors that a process may open here.
fn descriptors() -> u64 {
    getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX)
}

/// Numbers of connections, up to what so many descriptors allow.
fn steps(descriptors: u64) -> Vec<u64> {
    let most = descriptors.saturating_sub(BESIDE).min(10_000);
    let mut steps: Vec<_> = [1, CONNECTIONS, MOST_PROCESSES]
        .into_iter()
        .filter(|step| *step < most)
        .collect();
    steps.push(most);
    steps
}

fn row(name: Row, label: String, load: Load, who: &[Contestant]) -> Experiment {
    let start = load.connections as f64 * 2e-4;
    let mut row = Experiment::probe(name)
        .label(label)
        .expected(load.seconds() + 0.4 + start);
    for technique in who {
        // A process for each connection; all others have one for each by themselves.
        let arguments = match technique {
            Multiprocessing => format!("serve --port 0 --workers {}", load.connections),
            _ => "serve --port 0".to_owned(),
        };
        row = row.by(*technique, &arguments);
    }
    // Memory is looked at then, which takes so long with thousands of threads that requests would wait for it.
    if name.place_in(Sweep::ServeOpen).is_some() {
        for cell in &mut row.cells {
            cell.warm_up_arguments = Some(cell.arguments.clone());
        }
    }
    row.load = Some(load);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

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
                assert!(load.connections > MOST_PROCESSES, "{}", row.name);
                continue;
            };
            let workers = format!("--workers {}", load.connections);
            assert!(cell.arguments.join(" ").ends_with(&workers), "{}", row.name);
        }
    }

    #[test]
    fn the_command_that_repeats_a_run_starts_a_server_and_a_load() {
        let rows = rows(Size::Usual);
        let row = rows
            .iter()
            .find(|row| row.name == Row::At(Sweep::ServeRate, 4000));
        let row = row.unwrap();
        let command = row.command(row.cell(AsyncioMultiThread).unwrap());
        assert_eq!(
            command,
            "target/release/asyncio serve --port 8000 --runtime multi-thread & sleep 1; \
             target/release/load http://127.0.0.1:8000/hello --rate 4000 --connections 64 --time 250 --patience 100 \
             --greeting 500; kill $!"
        );
    }
}
