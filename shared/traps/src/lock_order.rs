//! Two guests need a fork and a knife, and take them in opposite orders, or both in the same.
//!
//! The watchdog asks what each guest waits for. In a program without one, use a debugger:
//! `thread apply all backtrace` shows two threads in a lock.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::Duration;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "lock_order",
    mistake: "two locks taken in opposite orders",
    wrong,
    right,
    noticed: "It stands still and uses no processor, once in a thousand runs, and never in a test.",
};

struct Table {
    both_hold_one: Barrier,
    fork: Mutex<()>,
    knife: Mutex<()>,
    waiting: Mutex<BTreeMap<&'static str, &'static str>>,
}

fn wrong() -> Damage {
    dine(
        |table| {
            let _fork = table.fork.lock().unwrap();
            table.wait("Ada", "the knife");
            table.both_hold_one.wait();
            let _knife = table.knife.lock().unwrap();
            table.eat("Ada");
        },
        |table| {
            let _knife = table.knife.lock().unwrap();
            table.wait("Bob", "the fork");
            // In life both hold one once in a while; the barrier makes it certain.
            table.both_hold_one.wait();
            let _fork = table.fork.lock().unwrap();
            table.eat("Bob");
        },
        Duration::from_secs(1),
    )
}

fn right() -> Damage {
    dine(
        |table| {
            let _fork = table.fork.lock().unwrap();
            table.wait("Ada", "the knife");
            let _knife = table.knife.lock().unwrap();
            table.eat("Ada");
        },
        |table| {
            let _fork = table.fork.lock().unwrap();
            table.wait("Bob", "the knife");
            let _knife = table.knife.lock().unwrap();
            table.eat("Bob");
        },
        Duration::from_secs(30),
    )
}

impl Table {
    fn wait(&self, guest: &'static str, thing: &'static str) {
        self.waiting.lock().unwrap().insert(guest, thing);
    }

    fn eat(&self, guest: &'static str) {
        self.waiting.lock().unwrap().remove(guest);
    }
}

fn dine(ada: fn(&Table), bob: fn(&Table), patience: Duration) -> Damage {
    let table = Arc::new(Table {
        both_hold_one: Barrier::new(2),
        fork: Mutex::default(),
        knife: Mutex::default(),
        waiting: Mutex::default(),
    });
    let (finish, finished) = mpsc::channel();
    for guest in [ada, bob] {
        let (table, finish) = (Arc::clone(&table), finish.clone());
        thread::spawn(move || {
            guest(&table);
            finish.send(())
        });
    }

    // The watchdog: a guest who has not eaten by now never will. They end with the process.
    let eaten = (0..2)
        .take_while(|_| finished.recv_timeout(patience).is_ok())
        .count();
    let waiting = table.waiting.lock().unwrap();
    let report: Vec<_> = waiting
        .iter()
        .map(|(guest, thing)| format!("{guest} waits for {thing}"))
        .collect();
    match report.as_slice() {
        [] => Damage {
            amount: 0.0,
            report: format!("{eaten} of 2 eat"),
        },
        stuck => Damage {
            amount: stuck.len() as f64,
            report: format!("{eaten} of 2 eat: {}", stuck.join(", ")),
        },
    }
}
