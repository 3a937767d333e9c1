//! 512 guests wait, on the runtime's blocking threads or as tasks, when the fire brigade comes.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::{self, JoinHandle, JoinSet};
use tokio::time;

use crate::{Damage, Trap};

pub const TRAP: Trap = Trap {
    name: "blocking_pool",
    mistake: "spawn_blocking beyond its 512 threads",
    wrong,
    right,
    noticed: "Files and names stop being read as well: they use the same threads.",
};

const GUESTS: usize = 512;

#[tokio::main]
async fn wrong() -> Damage {
    let door = Arc::new((Mutex::new(false), Condvar::new()));
    let mut guests = JoinSet::new();
    for _ in 0..GUESTS {
        let door = Arc::clone(&door);
        guests.spawn_blocking(move || {
            let open = door.0.lock().unwrap();
            drop(door.1.wait_while(open, |open| !*open).unwrap());
        });
    }

    // All threads wait for the door: however long one waits here, no other begins.
    let damage = call_fire_brigade(Duration::from_millis(300)).await;
    *door.0.lock().unwrap() = true;
    door.1.notify_all();
    guests.join_all().await;
    damage
}

#[tokio::main]
async fn right() -> Damage {
    let (open, door) = watch::channel(false);
    let mut guests = JoinSet::new();
    for _ in 0..GUESTS {
        let mut door = door.clone();
        guests.spawn(async move { door.wait_for(|open| *open).await.is_ok() });
    }

    let damage = call_fire_brigade(Duration::from_secs(30)).await;
    open.send_replace(true);
    guests.join_all().await;
    damage
}

async fn call_fire_brigade(patience: Duration) -> Damage {
    let start = Instant::now();
    let brigade: JoinHandle<()> = task::spawn_blocking(|| ());
    let came = time::timeout(patience, brigade).await.is_ok();
    let took = start.elapsed().as_secs_f64() * 1000.0;
    let report = if came {
        format!("the 513th began after {took:.1} ms")
    } else {
        format!("the 513th had not begun after {took:.0} ms")
    };
    Damage {
        amount: f64::from(u8::from(!came)),
        report,
    }
}
