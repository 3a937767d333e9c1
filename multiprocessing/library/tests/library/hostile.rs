//! Whatever is found in a socket: an error, never a panic, and never a wait without an end.

use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use multiprocessing::{Error, Pipe, Pool, Process, Result};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
    sendmsg, socketpair,
};

use crate::adversity::sockets;
use crate::tools::{Watch, square, wait_for};

crate::trials![
    a_worker_that_is_sent_anything_exits,
    a_parent_that_is_sent_anything_goes_on,
    an_answer_that_comes_twice_is_no_answer_to_the_next_task,
    a_process_that_sends_anything_has_no_result,
];

/// Packets, and for each whether it carries a descriptor.
fn packets() -> impl Strategy<Value = Vec<(Vec<u8>, bool)>> {
    // Small first bytes get further than others: they are the numbers of kinds and of requests.
    let start = vec(0..6_u8, 0..8);
    let packet = (start, vec(any::<u8>(), 0..40)).prop_map(|(start, rest)| [start, rest].concat());
    vec((packet, any::<bool>()), 1..6)
}

fn check<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value)) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let run = TestRunner::new(config).run(&strategy, |value| {
        test(value);
        Ok(())
    });
    if let Err(error) = run {
        panic!("{error}");
    }
}

fn send(socket: &OwnedFd, packet: &[u8], with_descriptor: bool) {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let file = std::fs::File::open("/dev/null").unwrap();
    let rights = [std::os::fd::AsFd::as_fd(&file)];
    if with_descriptor {
        control.push(SendAncillaryMessage::ScmRights(&rights));
    }
    // The other side may have seen enough.
    let _ = sendmsg(
        socket,
        &[IoSlice::new(packet)],
        &mut control,
        SendFlags::NOSIGNAL,
    );
}

fn a_worker_that_is_sent_anything_exits() -> Result<()> {
    check(100, packets(), |packets| {
        let flags = SocketFlags::CLOEXEC;
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).unwrap();
        let mut worker = Command::new("/proc/self/exe")
            .args(["--multiprocessing-worker", "victim"])
            .stdin(Stdio::from(theirs))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let watch = Watch::new(worker.id());
        for (packet, with_descriptor) in packets {
            send(&ours, &packet, with_descriptor);
        }
        drop(ours);
        watch.wait_for_its_end();
        worker.wait().unwrap();
        let mut text = String::new();
        worker.stderr.unwrap().read_to_string(&mut text).unwrap();
        assert!(!text.contains("panicked"), "{text}");
    });
    Ok(())
}

/// Sends packets on its own socket, then returns as if nothing had happened.
pub fn babble(packets: Vec<(Vec<u8>, bool)>) -> u32 {
    for socket in sockets() {
        for (packet, with_descriptor) in &packets {
            send(&socket, packet, *with_descriptor);
        }
    }
    7
}

/// As `babble`, but it returns only when the other end of the pipe is closed.
pub fn babble_and_wait(packets: Vec<(Vec<u8>, bool)>, release: Pipe<()>) -> u32 {
    babble(packets);
    wait_for(release)
}

fn a_parent_that_is_sent_anything_goes_on() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    check(100, packets(), |packets| {
        match pool.apply(babble, packets) {
            // What was sent happened to be an answer.
            Ok(_) | Err(Error::Deserialise(_) | Error::Serialise(_) | Error::Panicked { .. }) => {}
            Err(Error::Protocol(_) | Error::TooLarge { .. } | Error::Died { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        // If one packet was taken for the answer, the next one costs the worker its next task.
        let squares = || pool.map(square, [1, 2, 3]);
        assert_eq!(squares().or_else(|_| squares()).unwrap(), [1, 4, 9]);
    });
    Ok(())
}

fn an_answer_that_comes_twice_is_no_answer_to_the_next_task() -> Result<()> {
    let pool = Pool::builder().workers(1).build()?;
    let (release, theirs) = Pipe::new()?;
    // In a packet: done is the first request, and its one result is the number 9, which has the
    // shape of a success and a `u32`.
    let forged = vec![0, 2, 1, 1, 9, 0xe4, 0x11, 0x75, 0x95];
    let nine = pool.apply(babble_and_wait, (vec![(forged, false)], theirs))?;
    assert_eq!(nine, 9);
    // The worker's own answer comes only now.
    drop(release);
    match pool.apply(square, 3) {
        Ok(9) | Err(Error::Protocol(_)) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(pool.apply(square, 4)?, 16);
    Ok(())
}

fn a_process_that_sends_anything_has_no_result() -> Result<()> {
    check(100, packets(), |packets| {
        let process = Process::spawn(babble, packets).unwrap();
        let watch = Watch::new(process.pid());
        let _ = process.result();
        watch.wait_for_its_end();
    });
    Ok(())
}
