//! Nodes, clients and brokers as processes of their own. This program is all of them but the broker: with `--node` it is a node.
//!
//! Without RabbitMQ or Celery the tests that need them pass, and say why they did nothing.

mod adversity;
mod broker;
mod control;
mod flower;
mod fuzz;
mod interop;
mod large;
mod modules;
mod pool;
mod program;
mod stalled;
mod tasks;
mod tls;
mod tools;

use libtest_mimic::{Arguments, Trial};

fn main() {
    tasks::init();
    if tools::is_node() {
        return tools::run_node();
    }
    let trials = [
        pool::trials(),
        interop::trials(),
        control::trials(),
        flower::trials(),
        fuzz::trials(),
        adversity::trials(),
        broker::trials(),
        large::trials(),
        program::trials(),
        stalled::trials(),
        modules::trials(),
        tls::trials(),
    ];
    let mut trials: Vec<Trial> = trials.into_iter().flatten().collect();
    trials.push(readme(&trials));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// The tests that the README names are among these.
fn readme(trials: &[Trial]) -> Trial {
    let names: Vec<_> = trials.iter().map(|trial| trial.name().to_owned()).collect();
    Trial::test("readme::the_tests_that_it_names_are_there", move || {
        let name =
            regex::Regex::new(r"`((?:interop|pool|control|flower|adversity)::\w+)`").unwrap();
        let named: Vec<_> = name
            .captures_iter(include_str!("../../README.md"))
            .collect();
        assert!(named.len() > 10, "{named:?}");
        for name in named {
            assert!(names.iter().any(|it| *it == name[1]), "{}", &name[1]);
        }
        Ok(())
    })
}
