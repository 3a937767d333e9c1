//! Values and arrays in shared memory.

use std::sync::atomic::Ordering;

use multiprocessing::{Array, Pipe, Process, Result, Value};
use rustix::process::{Signal, getpid, kill_process};

crate::trials![
    a_value_is_seen_by_all,
    an_atomic_value_loses_no_update,
    a_lock_keeps_others_out,
    a_lock_is_given_back_when_its_owner_dies,
    a_lock_that_is_held_is_not_waited_for_in_vain,
    every_scalar_keeps_its_value,
    an_array_is_not_copied,
    an_array_has_its_bounds,
];

/// Adds 1 a number of times, with the lock or in one step.
pub fn increment(value: Value<u64>, count: u64, with_lock: bool) {
    for _ in 0..count {
        if with_lock {
            let _guard = value.lock().unwrap();
            let old = value.get();
            std::thread::yield_now();
            value.set(old + 1);
        } else {
            value.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn count_together(with_lock: bool) -> Result<()> {
    let value = Value::<u64>::new(5)?;
    let processes = [(); 3].map(|()| Process::spawn(increment, (value.clone(), 1000, with_lock)));
    let thread = std::thread::spawn({
        let value = value.clone();
        move || increment(value, 1000, with_lock)
    });
    for process in processes {
        assert_eq!(process?.join()?, 0);
    }
    thread.join().unwrap();
    assert_eq!(value.get(), 4005);
    Ok(())
}

fn a_value_is_seen_by_all() -> Result<()> {
    let value = Value::<u64>::new(1)?;
    assert_eq!(
        Process::spawn(increment, (value.clone(), 1, true))?.join()?,
        0
    );
    assert_eq!(value.get(), 2);
    assert_eq!(value.update(|number| number * 10), 20);
    Ok(())
}

fn an_atomic_value_loses_no_update() -> Result<()> {
    count_together(false)
}

fn a_lock_keeps_others_out() -> Result<()> {
    count_together(true)
}

/// Leaves its work half done.
pub fn lock_and_die(value: Value<u64>) {
    let _guard = value.lock().unwrap();
    value.set(1);
    kill_process(getpid(), Signal::KILL).unwrap();
    loop {
        std::thread::park();
    }
}

fn a_lock_is_given_back_when_its_owner_dies() -> Result<()> {
    let value = Value::<u64>::new(0)?;
    for _ in 0..10 {
        let owner = Process::spawn(lock_and_die, value.clone())?;
        let pid = owner.pid();
        assert_eq!(owner.join()?, -9);
        let guard = value.lock()?;
        assert_eq!((guard.dead_owner(), value.get()), (Some(pid), 1));
        drop(guard);
        // It is said once.
        assert_eq!(value.lock()?.dead_owner(), None);
    }
    Ok(())
}

fn a_lock_that_is_held_is_not_waited_for_in_vain() -> Result<()> {
    let value = Value::<u64>::new(0)?;
    // A second handle has an opening of its own, as another process has.
    let (one, other) = Pipe::<Value<u64>>::new()?;
    one.send(value.clone())?;
    let other = other.recv()?;
    let guard = value.lock()?;
    assert!(value.try_lock()?.is_none());
    assert!(other.try_lock()?.is_none());
    drop(guard);
    assert!(other.try_lock()?.is_some());
    assert!(value.try_lock()?.is_some());
    Ok(())
}

fn every_scalar_keeps_its_value() -> Result<()> {
    macro_rules! check {
        ($($value:expr),*) => {$(
            let value = Value::new($value)?;
            assert_eq!(value.get(), $value);
            let array = Array::from_slice(&[$value; 3])?;
            assert_eq!(array.to_vec(), [$value; 3]);
            assert_eq!(array.update(1, |number| number), $value);
        )*};
    }
    check!(
        u8::MAX,
        u16::MAX,
        u32::MAX,
        u64::MAX,
        i8::MIN,
        i16::MIN,
        i32::MIN,
        i64::MIN
    );
    check!(0.1_f32, -0.1_f64, true, false);
    assert!(Value::new(f64::NAN)?.get().is_nan());
    Ok(())
}

pub fn sum(array: Array<u8>) -> u64 {
    let sum = array
        .iter()
        .map(|cell| u64::from(cell.load(Ordering::Relaxed)))
        .sum();
    array.set(0, 99);
    sum
}

fn an_array_is_not_copied() -> Result<()> {
    let array = Array::<u8>::new(1 << 20)?;
    array.set(0, 1);
    array.set((1 << 20) - 1, 2);
    assert_eq!(Process::spawn(sum, array.clone())?.result()?, 3);
    assert_eq!(array.get(0), 99);
    Ok(())
}

fn an_array_has_its_bounds() -> Result<()> {
    let array = Array::from_slice(&[1, 2, 3])?;
    assert_eq!(array.len(), 3);
    let out_of_bounds = std::panic::AssertUnwindSafe(|| array.get(3));
    assert!(std::panic::catch_unwind(out_of_bounds).is_err());
    assert_eq!(Array::<u64>::new(0)?.len(), 0);
    assert!(Array::<u64>::new(usize::MAX).is_err());
    Ok(())
}
