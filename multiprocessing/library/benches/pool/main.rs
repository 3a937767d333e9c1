//! The library against Python's pool, `procspawn` and the bare system, all in one run.
//!
//!     cargo bench -p multiprocessing-pool
//!
//! Absolute times depend on the machine and on what else it does. So the contenders of a row take
//! turns, round after round, and the table at the end compares the medians of their rounds.

mod contenders;
mod table;

use std::time::Duration;

use criterion::Criterion;

use contenders::{Contender, procspawn_map};
use table::{Rival, Table, Target};

fn main() {
    procspawn::init();

    let criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let library = Contender::library().expect("cargo, which runs the library's program");
    let python = Contender::python()
        .inspect_err(|error| println!("python3 is missing, and left out: {error}"))
        .ok();
    let mut table = Table::new(criterion, &library, python.as_ref());

    tasks(&mut table);
    processes(&mut table);
    memory(&mut table);
    table.fact(
        "workers outlive a killed parent",
        "survival",
        20,
        "ms",
        100.0,
    );

    table.fact(
        "a failing initializer ends the pool",
        "failing_initializer",
        1,
        "ms",
        2000.0,
    );

    table.print();
}

fn tasks(table: &mut Table) {
    let pool = procspawn::Pool::new(2).unwrap();
    table.row(
        "an item of map, 2 workers, chunk 1",
        ("map_1", 20_000),
        [
            Rival::python("Pool.map", Target::Faster(10.0), ("map_1", 2_000)),
            Rival::new("procspawn", Target::Faster(30.0), 500, |count| {
                procspawn_map(&pool, count, 1)
            }),
        ],
    );
    table.row(
        "an item of map, 2 workers, chunk 100",
        ("map_100", 400_000),
        [
            Rival::python("Pool.map", Target::Faster(7.0), ("map_100", 50_000)),
            Rival::new("procspawn", Target::Faster(8.0), 50_000, |count| {
                procspawn_map(&pool, count, 100)
            }),
        ],
    );
    table.row(
        "apply",
        ("apply", 5_000),
        [Rival::python(
            "Pool.apply",
            Target::Faster(4.0),
            ("apply", 1_000),
        )],
    );
    // To wake a process costs several times as much on another core as on the same one, and the
    // scheduler puts one pair here and the other there. So that the pairs are equal they are placed
    // beforehand.
    table.row(
        "apply, both on one core",
        ("apply_on_one_core", 5_000),
        [Rival::system(
            "a bare round trip",
            Target::Cost(1.5),
            ("round_trip_on_one_core", 5_000),
        )],
    );
    table.row(
        "apply, each on its own core",
        ("apply_across_cores", 5_000),
        [Rival::system(
            "a bare round trip",
            Target::Cost(1.5),
            ("round_trip_across_cores", 5_000),
        )],
    );
    table.row(
        "a digest of 8 chains, 2 processes",
        ("chains_processes", 100_000),
        [Rival::system(
            "2 threads",
            Target::Cost(1.05),
            ("chains_threads", 100_000),
        )],
    );
}

fn processes(table: &mut Table) {
    for (name, mebibytes) in [
        ("start and join of a process", 0),
        ("the same from a parent of 1 GiB", 1024),
    ] {
        table.library.ask("ballast", mebibytes);
        table.row(
            name,
            ("process", 50),
            [
                Rival::system("Command of /bin/true", Target::Cost(1.5), ("command", 50)),
                Rival::system("Command of itself", Target::Cost(1.5), ("itself", 50)),
            ],
        );
    }
    table.library.ask("ballast", 0);
    table.row(
        "a pool of 2 up, used, down",
        ("up_and_down", 20),
        [Rival::python(
            "Pool(2)",
            Target::Faster(4.0),
            ("up_and_down", 5),
        )],
    );
}

fn memory(table: &mut Table) {
    table.row(
        "an Array of 100 MiB seen in a worker",
        ("array_large", 200),
        [Rival::system(
            // Its ends are on two pages as well, and each costs the worker a page fault.
            "an Array of 1 MiB",
            Target::Cost(1.5),
            ("array_small", 200),
        )],
    );
    table.fact(
        "private memory of a worker",
        "private_memory",
        1,
        "kB",
        300.0,
    );
}
