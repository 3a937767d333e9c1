//! Two workers read orders from one end of a pipe, each as it can, or taking turns.
//!
//! A pipe carries bytes, not messages: the reader of one's length may get the middle of another. In
//! life that happens once in a while; the barrier makes it certain.

use std::io::{self, PipeReader, Read, Write};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "two_readers",
    mistake: "two readers on one end of a pipe",
    wrong,
    right,
    noticed: "Messages that were never sent: absurd lengths, broken text, a reader that hangs.",
};

const ORDERS: usize = 400;
/// More than a pipe holds, so that no order is read in one go.
const LONGEST: usize = 100_000;

fn wrong() -> Damage {
    let (reader, writer) = io::pipe().expect("the system has pipes left");
    let other = reader.try_clone().expect("the system has descriptors left");
    let ready = Arc::new(Barrier::new(2));
    let workers = [reader, other].map(|mut reader| {
        let ready = Arc::clone(&ready);
        thread::spawn(move || {
            let mut intact = 0;
            let both_have_a_length = || {
                ready.wait();
            };
            let mut order = read_order(&mut reader, both_have_a_length);
            while let Ok(true) = order {
                intact += 1;
                order = read_order(&mut reader, || ());
            }
            intact
        })
    });
    write_orders(writer);
    damage(workers.map(|worker| worker.join().unwrap()).iter().sum())
}

fn right() -> Damage {
    let (reader, writer) = io::pipe().expect("the system has pipes left");
    let reader = Arc::new(Mutex::new(reader));
    let workers = [Arc::clone(&reader), reader].map(|reader| {
        thread::spawn(move || {
            let mut intact = 0;
            while let Ok(true) = read_order(&mut reader.lock().unwrap(), || ()) {
                intact += 1;
            }
            intact
        })
    });
    write_orders(writer);
    damage(workers.map(|worker| worker.join().unwrap()).iter().sum())
}

/// Each order is its length in four bytes, then as many letters.
fn write_orders(mut writer: impl Write) {
    for order in 0..ORDERS {
        let letters = vec![b'a'; LONGEST - order];
        let length = (letters.len() as u32).to_le_bytes();
        // Fails when both workers have given up, which is what the damage tells.
        if writer.write_all(&[&length[..], &letters].concat()).is_err() {
            return;
        }
    }
}

/// Whether it is an order as it was written. The bytes behind a false one cannot be trusted.
fn read_order(reader: &mut PipeReader, in_between: impl FnOnce()) -> io::Result<bool> {
    let mut length = [0; 4];
    reader.read_exact(&mut length)?;
    in_between();
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST {
        return Ok(false);
    }
    let mut letters = vec![0; length];
    reader.read_exact(&mut letters)?;
    Ok(letters.iter().all(|letter| *letter == b'a'))
}

fn damage(intact: usize) -> Damage {
    let lost = ORDERS - intact;
    Damage {
        amount: lost as f64,
        report: format!("{lost} of {ORDERS} orders lost"),
    }
}
