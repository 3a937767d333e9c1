//! The answers of workers, in memory that they share with the pool.
//!
//! An answer that lies there costs no system call, and outlives the worker that gave it, so it can
//! wait. The pool says after which answer it wants to be woken, and finds all that came before it
//! at once. (virtio does the same between a guest and its host, and calls it an event index.)

use std::iter;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::array::Array;
use crate::claims::precedes;
use crate::error::{Error, Result};
use crate::wire::{Descriptor, Message};
use crate::word::Word;

/// How many words there are for the answers of one worker. They are used in a circle.
const ROOM: usize = 4096;

// What comes before them, in a cache line for each side that writes. The first two count words
// from the beginning, and never go round.
/// How much the worker has written.
const WRITTEN: usize = 0;
/// How much the pool has read.
const READ: usize = 8;
/// The unit after whose answer the worker wakes the pool.
const AWAITED: usize = 9;
const HEADER: usize = 16;

const STRIDE: usize = HEADER + ROOM;

/// The outboxes of a pool's workers.
pub(crate) struct Outboxes {
    words: Array<u64>,
    wakeup: Descriptor,
}

impl Outboxes {
    /// A worker wakes the pool through the eventfd `wakeup`.
    pub(crate) fn new(workers: usize, wakeup: &Arc<OwnedFd>) -> Result<Outboxes> {
        Ok(Outboxes {
            words: Array::new(workers * STRIDE)?,
            wakeup: Descriptor(Arc::clone(wakeup)),
        })
    }

    /// The outbox of a new worker, empty.
    pub(crate) fn renew(&self, worker: usize) -> Outbox {
        let words = self.words(worker);
        for place in [WRITTEN, READ, AWAITED] {
            words[place].store(0, Ordering::SeqCst);
        }
        Outbox {
            words: self.words.clone(),
            worker,
            wakeup: self.wakeup.clone(),
        }
    }

    /// Has the worker wake the pool after its answer to this unit. If that has come already it does not.
    pub(crate) fn notify_after(&self, worker: usize, unit: u32) {
        // In one order with what the worker does, which writes its answer and then looks here: the
        // pool sees the answer, or the worker sees that it is awaited.
        notify_after(self.words(worker), unit);
    }

    /// Takes the answer to this unit, if it is the next there. One to a later unit stays: the answer
    /// to this one comes another way.
    ///
    /// # Errors
    ///
    /// If what is there is no answer, or one to an earlier unit, which would lie there for ever.
    pub(crate) fn take(&self, worker: usize, unit: u32) -> Result<Option<Vec<u8>>> {
        take(self.words(worker), unit)
    }

    fn words(&self, worker: usize) -> &[AtomicU64] {
        part(&self.words, worker)
    }
}

/// Adds one to an eventfd.
pub(crate) fn wake(eventfd: &OwnedFd) {
    // It fails only when it was written 2^64 times and never read, and is readable then.
    let _ = rustix::io::write(eventfd, &1_u64.to_ne_bytes());
}

/// The words of one worker.
fn part(words: &[AtomicU64], worker: usize) -> &[AtomicU64] {
    &words[worker * STRIDE..][..STRIDE]
}

/// The word at this place of the circle.
fn word<W: Word>(words: &[W], place: u64) -> &W {
    &words[HEADER + place as usize % ROOM]
}

/// The outbox of one worker, as it has it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Outbox {
    words: Array<u64>,
    worker: usize,
    wakeup: Descriptor,
}

impl Outbox {
    /// Puts in the answer to a unit. `false`: there is no room, or it has descriptors.
    pub(crate) fn put(&self, unit: u32, answer: &Message) -> bool {
        if !answer.descriptors.is_empty() {
            return false;
        }
        let words = part(&self.words, self.worker);
        put(words, unit, &answer.bytes, || wake(&self.wakeup.0))
    }
}

fn notify_after(words: &[impl Word], unit: u32) {
    words[AWAITED].store(u64::from(unit), Ordering::SeqCst);
}

fn take(words: &[impl Word], unit: u32) -> Result<Option<Vec<u8>>> {
    let written = words[WRITTEN].load(Ordering::SeqCst);
    let read = words[READ].load(Ordering::Relaxed);
    if read == written {
        return Ok(None);
    }
    let head = word(words, read).load(Ordering::Relaxed);
    let length = head as u32 as usize;
    let size = 1 + length.div_ceil(8);
    // It takes a worker gone mad to write anything else.
    let there = written.checked_sub(read);
    if there.is_none_or(|there| there > ROOM as u64 || there < size as u64) {
        return Err(Error::Protocol("an answer that does not end"));
    }
    match (head >> 32) as u32 {
        answered if answered == unit => {}
        answered if precedes(answered, unit) => {
            return Err(Error::Protocol("an answer to no request"));
        }
        _ => return Ok(None),
    }
    let mut bytes = Vec::with_capacity(8 * size);
    let end = read + size as u64;
    for place in read + 1..end {
        bytes.extend_from_slice(&word(words, place).load(Ordering::Relaxed).to_ne_bytes());
    }
    bytes.truncate(length);
    words[READ].store(end, Ordering::Release);
    Ok(Some(bytes))
}

fn put(words: &[impl Word], unit: u32, answer: &[u8], wake: impl FnOnce()) -> bool {
    let written = words[WRITTEN].load(Ordering::Relaxed);
    let used = written.saturating_sub(words[READ].load(Ordering::Acquire));
    let size = 1 + answer.len().div_ceil(8) as u64;
    if used + size > ROOM as u64 {
        return false;
    }
    let head = u64::from(unit) << 32 | answer.len() as u64;
    let (whole, rest) = answer.as_chunks();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let body = whole.iter().chain((!rest.is_empty()).then_some(&last));
    let numbers = iter::once(head).chain(body.map(|&bytes| u64::from_ne_bytes(bytes)));
    for (place, number) in (written..).zip(numbers) {
        word(words, place).store(number, Ordering::Relaxed);
    }
    words[WRITTEN].store(written + size, Ordering::SeqCst);
    if words[AWAITED].load(Ordering::SeqCst) == u64::from(unit) {
        wake();
    }
    true
}

#[cfg(test)]
mod tests {
    use std::thread;

    use proptest::prelude::*;
    use rustix::event::{EventfdFlags, eventfd};
    use shuttle::sync::atomic::{AtomicBool, AtomicU64 as ModelWord};

    use super::*;

    fn outboxes(workers: usize) -> Outboxes {
        let wakeup = eventfd(0, EventfdFlags::NONBLOCK).unwrap();
        Outboxes::new(workers, &Arc::new(wakeup)).unwrap()
    }

    fn answer(bytes: Vec<u8>) -> Message {
        Message {
            bytes,
            descriptors: Vec::new(),
        }
    }

    /// How often the pool was woken since this was last asked.
    fn wakeups(outboxes: &Outboxes) -> u64 {
        let mut count = [0; 8];
        rustix::io::read(&outboxes.wakeup.0, &mut count).map_or(0, |_| u64::from_ne_bytes(count))
    }

    proptest! {
        #[test]
        fn answers_come_out_as_they_went_in(
            lengths in proptest::collection::vec(0_usize..9000, 1..40),
        ) {
            let bytes = |length| (0..length).map(|place| place as u8).collect::<Vec<_>>();
            let answers: Vec<_> = lengths.into_iter().map(bytes).collect();
            let outboxes = outboxes(2);
            let outbox = outboxes.renew(1);
            let mut there = (1..).zip(&answers).peekable();
            for (unit, bytes) in (1..).zip(&answers) {
                let message = answer(bytes.clone());
                while !outbox.put(unit, &message) {
                    let (unit, bytes) = there.next().unwrap();
                    prop_assert_eq!(&outboxes.take(1, unit).unwrap().unwrap(), bytes);
                }
            }
            for (unit, bytes) in there {
                prop_assert_eq!(&outboxes.take(1, unit).unwrap().unwrap(), bytes);
            }
            prop_assert!(outboxes.take(1, 0).unwrap().is_none());
        }

        #[test]
        fn any_words_are_an_answer_or_none_or_an_error(
            counts: [u64; 2],
            words in proptest::collection::vec(any::<u64>(), 16),
        ) {
            let outboxes = outboxes(1);
            for (place, count) in [WRITTEN, READ].into_iter().zip(counts) {
                // Often one that is possible.
                outboxes.words(0)[place].store(count >> (count % 64), Ordering::Relaxed);
            }
            for (place, &number) in words.iter().enumerate() {
                outboxes.words(0)[HEADER + place].store(number, Ordering::Relaxed);
            }
            let _ = outboxes.take(0, words[0] as u32);
        }
    }

    /// In every order in which a worker and its pool can use the words.
    #[test]
    fn a_model_takes_an_answer_whole_or_wakes_the_pool() {
        let model = || {
            let words = (0..STRIDE).map(|_| ModelWord::new(0));
            let words: Arc<[ModelWord]> = words.collect();
            let woken = Arc::new(AtomicBool::new(false));
            let (theirs, alarm) = (Arc::clone(&words), Arc::clone(&woken));
            let worker = shuttle::thread::spawn(move || {
                put(&theirs, 1, &[1], || alarm.store(true, Ordering::SeqCst))
            });
            notify_after(&words, 1);
            let taken = take(&words, 1).unwrap();
            assert!(worker.join().unwrap());
            match taken {
                Some(answer) => assert_eq!(answer, [1]),
                None => assert!(woken.load(Ordering::SeqCst), "neither seen nor woken"),
            }
        };
        shuttle::check_dfs(model, None);
    }

    #[test]
    fn a_message_without_room_stays_out() {
        let outboxes = outboxes(1);
        let outbox = outboxes.renew(0);
        assert!(!outbox.put(1, &answer(vec![1; 8 * ROOM])));
        assert!(outbox.put(1, &answer(vec![1; 8 * (ROOM - 1)])));
        assert!(!outbox.put(2, &answer(Vec::new())));
        assert!(outboxes.take(0, 1).unwrap().is_some());
        let descriptors = vec![Arc::clone(&outboxes.wakeup.0)];
        let bytes = Vec::new();
        assert!(!outbox.put(2, &Message { bytes, descriptors }));
        assert!(outbox.put(2, &answer(Vec::new())));
    }

    #[test]
    fn an_answer_is_taken_when_it_is_its_turn() {
        let outboxes = outboxes(1);
        let outbox = outboxes.renew(0);
        // The answer to the first comes another way.
        assert!(outbox.put(2, &answer(vec![2])));
        assert!(outboxes.take(0, 1).unwrap().is_none());
        assert_eq!(outboxes.take(0, 2).unwrap(), Some(vec![2]));
    }

    #[test]
    fn a_second_answer_is_an_error() {
        let outboxes = outboxes(1);
        let outbox = outboxes.renew(0);
        assert!(outbox.put(1, &answer(vec![1])));
        assert!(matches!(outboxes.take(0, 2), Err(Error::Protocol(_))));
    }

    #[test]
    fn the_pool_is_woken_after_the_answer_that_is_awaited() {
        let outboxes = outboxes(1);
        let outbox = outboxes.renew(0);
        outboxes.notify_after(0, 2);
        for (unit, expected) in [(1, 0), (2, 1), (3, 0)] {
            assert!(outbox.put(unit, &answer(vec![0])));
            assert_eq!(wakeups(&outboxes), expected);
        }
    }

    #[test]
    fn an_answer_is_seen_or_the_pool_is_woken() {
        let outboxes = outboxes(1);
        for _ in 0..1000 {
            let outbox = outboxes.renew(0);
            let worker = thread::spawn(move || outbox.put(1, &answer(vec![0])));
            outboxes.notify_after(0, 1);
            let seen = outboxes.take(0, 1).unwrap().is_some();
            assert!(worker.join().unwrap());
            assert!(wakeups(&outboxes) == 1 || seen);
        }
    }
}
