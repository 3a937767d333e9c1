//! Packets over a pair of sockets: a message is sent whole or not at all, whatever its size.
//!
//! `SOCK_SEQPACKET` keeps the bounds of messages: two readers of one end never see half of one,
//! and a process that is killed while it sends leaves nothing behind. A message too long for a
//! packet goes into a memory file. The packet carries its descriptor and the message's first bytes,
//! by which a receiver can decide before it reads the file.

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, fstat, memfd_create};
use rustix::io::{Errno, pread, pwrite};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
    SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg,
    sendmsg, socketpair,
};

use rustix::process::{Resource, getrlimit};

use crate::error::{Error, Result};
use crate::limits::{DESCRIPTOR_LIMIT, MESSAGE_LIMIT, PACKET_LIMIT};
use crate::wire::Message;

/// So many of the first bytes of a message in a file travel in the packet, too.
const HEAD: usize = 32;

/// The kernel carries 253 descriptors with a packet. One is kept for the memory file.
const RIGHTS_LIMIT: usize = DESCRIPTOR_LIMIT + 1;

/// The first byte of a packet says what is behind it: the message, or the beginning of one that is in
/// a memory file.
const INLINE: u8 = 0;
const IN_FILE: u8 = 1;

/// How long to wait before descriptors are sent once more of which too many were on their way.
const BREATH: Duration = Duration::from_millis(1);

/// How long to wait when a socket is full, or empty.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wait {
    Never,
    Until(Instant),
    Forever,
}

impl Wait {
    /// A time too far to be written is as good as for ever.
    pub(crate) fn within(timeout: Duration) -> Wait {
        Instant::now()
            .checked_add(timeout)
            .map_or(Wait::Forever, Wait::Until)
    }

    pub(crate) fn deadline(self) -> Option<Instant> {
        match self {
            Wait::Never => Some(Instant::now()),
            Wait::Until(deadline) => Some(deadline),
            Wait::Forever => None,
        }
    }
}

/// The time that is left until `deadline`, as the system takes it.
pub(crate) fn timespec(deadline: Instant) -> Timespec {
    let left = deadline.saturating_duration_since(Instant::now());
    Timespec::try_from(left).unwrap_or(Timespec {
        tv_sec: i64::MAX,
        tv_nsec: 0,
    })
}

/// Two connected ends.
pub(crate) fn pair() -> Result<(OwnedFd, OwnedFd)> {
    socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )
    .map_err(Error::os("make a pair of sockets"))
}

/// Sends a message. `false`: the socket was full for as long as `wait` says.
///
/// It is as good as full while more descriptors of this user are on their way, in any sockets, than
/// a process may have open. A caller that does not wait gets that as an error, `TOOMANYREFS`: the
/// socket has no event when it is over.
pub(crate) fn send(socket: impl AsFd, message: &Message, wait: Wait) -> Result<bool> {
    let Message { bytes, descriptors } = message;
    let file = (bytes.len() > PACKET_LIMIT)
        .then(|| to_file(bytes))
        .transpose()?;
    let (kind, body) = match file {
        None => ([INLINE], bytes.as_slice()),
        Some(_) => ([IN_FILE], &bytes[..HEAD]),
    };
    let packet = [IoSlice::new(&kind), IoSlice::new(body)];
    let rights = file.iter().chain(descriptors.iter().map(Arc::as_ref));
    let rights: Vec<_> = rights.map(AsFd::as_fd).collect();
    let flags = match wait {
        Wait::Forever => SendFlags::NOSIGNAL,
        Wait::Never | Wait::Until(_) => SendFlags::NOSIGNAL | SendFlags::DONTWAIT,
    };
    loop {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(RIGHTS_LIMIT))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !rights.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(&rights));
        }
        match sendmsg(&socket, &packet, &mut control, flags) {
            Ok(_) => return Ok(true),
            Err(Errno::INTR) => {}
            Err(Errno::PIPE | Errno::CONNRESET) => return Err(Error::Disconnected),
            Err(Errno::AGAIN) if wait != Wait::Never && ready(&socket, PollFlags::OUT, wait)? => {}
            Err(Errno::AGAIN) => return Ok(false),
            Err(Errno::TOOMANYREFS) if wait != Wait::Never => {
                // There is no event when some are taken. There is one when no reader is left.
                if ready(&socket, PollFlags::empty(), Wait::within(BREATH))? {
                    return Err(Error::Disconnected);
                }
                if wait.deadline().is_some_and(|end| end <= Instant::now()) {
                    return Ok(false);
                }
            }
            Err(errno) => {
                return Err(Error::os("send a message")(errno));
            }
        }
    }
}

/// Sends a message at once, or says that there is no room for it.
pub(crate) fn try_send(socket: impl AsFd, message: &Message) -> Result<()> {
    match send(socket, message, Wait::Never) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Full),
        Err(error) if error.is(Errno::TOOMANYREFS) => Err(Error::Full),
        Err(error) => Err(error),
    }
}

/// What was found in a socket.
#[derive(Debug)]
pub(crate) enum Received<T = Message> {
    Message(T),
    /// Nothing, for as long as `wait` said.
    Nothing,
    /// Nothing, and the other end is closed: nothing will come.
    End,
}

/// A message out of a socket, which may still be in its memory file.
#[derive(Debug)]
pub(crate) struct Packet {
    bytes: Vec<u8>,
    /// Holds the message, of which `bytes` are the beginning.
    file: Option<Arc<OwnedFd>>,
    descriptors: Vec<Arc<OwnedFd>>,
}

impl Packet {
    /// The first bytes of a message that is in a file.
    pub(crate) fn head(&self) -> Option<&[u8]> {
        self.file.as_ref().map(|_| self.bytes.as_slice())
    }

    /// The message, read from its file if it is in one.
    pub(crate) fn open(self) -> Result<Message> {
        let bytes = match &self.file {
            None => self.bytes,
            Some(file) => from_file(file)?,
        };
        Ok(Message {
            bytes,
            descriptors: self.descriptors,
        })
    }
}

thread_local! {
    // Longer than any packet: so much comes straight from the system, untouched, and takes up no
    // memory beyond the longest packet that was received.
    static PACKET: RefCell<Vec<u8>> = RefCell::new(vec![0; 8 * PACKET_LIMIT]);
}

/// Receives a message.
pub(crate) fn receive(socket: impl AsFd, wait: Wait) -> Result<Received> {
    Ok(match receive_packet(socket, wait)? {
        Received::Message(packet) => Received::Message(packet.open()?),
        Received::Nothing => Received::Nothing,
        Received::End => Received::End,
    })
}

/// Receives a message, and leaves it in its file if it is in one.
pub(crate) fn receive_packet(socket: impl AsFd, wait: Wait) -> Result<Received<Packet>> {
    let socket = socket.as_fd();
    PACKET
        .try_with(|buffer| receive_with(&mut buffer.borrow_mut(), socket, wait))
        // What a thread has of its own may go at its end before a pool that it has, too.
        .unwrap_or_else(|_| receive_with(&mut vec![0; 8 * PACKET_LIMIT], socket, wait))
}

fn receive_with(buffer: &mut [u8], socket: BorrowedFd, wait: Wait) -> Result<Received<Packet>> {
    let flags = match wait {
        Wait::Forever => RecvFlags::CMSG_CLOEXEC,
        Wait::Never | Wait::Until(_) => RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT,
    };
    loop {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(RIGHTS_LIMIT))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let packet = match recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut control, flags) {
            Ok(packet) => packet,
            // The other side closed and left packets unread. Reported once; ours are still there.
            Err(Errno::INTR | Errno::CONNRESET) => continue,
            Err(Errno::AGAIN) if wait != Wait::Never && ready(socket, PollFlags::IN, wait)? => {
                continue;
            }
            Err(Errno::AGAIN) => return Ok(Received::Nothing),
            Err(errno) => {
                return Err(Error::os("receive a message")(errno));
            }
        };
        let mut descriptors = Vec::new();
        for ancillary in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = ancillary {
                descriptors.extend(rights.map(Arc::new));
            }
        }
        if packet.flags.contains(ReturnFlags::CTRUNC) {
            return Err(Error::os("receive a descriptor")(Errno::MFILE));
        }
        if packet.flags.contains(ReturnFlags::TRUNC) {
            return Err(Error::Protocol("a packet over the limit"));
        }
        let (bytes, file) = match buffer[..packet.bytes].split_first() {
            None => return Ok(Received::End),
            Some((&INLINE, body)) => (body.to_vec(), None),
            Some((&IN_FILE, head)) if head.len() == HEAD && !descriptors.is_empty() => {
                (head.to_vec(), Some(descriptors.remove(0)))
            }
            Some(_) => return Err(Error::Protocol("a packet of no known kind")),
        };
        return Ok(Received::Message(Packet {
            bytes,
            file,
            descriptors,
        }));
    }
}

/// Waits for one of `flags`, or for the end of the other side, which is always reported.
/// `false`: nothing happened for as long as `wait` says.
pub(crate) fn ready(socket: impl AsFd, flags: PollFlags, wait: Wait) -> Result<bool> {
    loop {
        let timeout = wait.deadline().map(timespec);
        match poll(&mut [PollFd::new(&socket, flags)], timeout.as_ref()) {
            Ok(count) => return Ok(count > 0),
            Err(Errno::INTR) => {}
            Err(errno) => {
                return Err(Error::os("wait for a descriptor")(errno));
            }
        }
    }
}

/// Refuses what the system would answer with SIGXFSZ, which ends a process without a word.
pub(crate) fn check_file_size(bytes: usize) -> Result<()> {
    match getrlimit(Resource::Fsize).current {
        Some(limit) if (bytes as u64) > limit => Err(Error::os(
            "make a memory file of that size: `ulimit -f` forbids it",
        )(Errno::FBIG)),
        _ => Ok(()),
    }
}

fn to_file(bytes: &[u8]) -> Result<OwnedFd> {
    check_file_size(bytes.len())?;
    let file = memfd_create(c"message", MemfdFlags::CLOEXEC);
    let file = file.map_err(Error::os("make a memory file with memfd_create"))?;
    let mut written = 0;
    while written < bytes.len() {
        match pwrite(&file, &bytes[written..], written as u64) {
            Ok(count) => written += count,
            Err(Errno::INTR) => {}
            Err(errno) => {
                return Err(Error::os("fill a memory file")(errno));
            }
        }
    }
    Ok(file)
}

fn from_file(file: &OwnedFd) -> Result<Vec<u8>> {
    let size = fstat(file)
        .map_err(Error::os("read a memory file"))?
        .st_size;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > MESSAGE_LIMIT {
        return Err(Error::TooLarge { bytes: size });
    }
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        let position = bytes.len() as u64;
        match pread(file, rustix::buffer::spare_capacity(&mut bytes), position) {
            Ok(0) => return Err(Error::Protocol("a memory file that shrank")),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => {
                return Err(Error::os("read a memory file")(errno));
            }
        }
    }
    bytes.truncate(size);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustix::fs::ftruncate;

    use super::*;

    proptest! {
        #[test]
        fn any_packet_is_a_message_or_an_error(packet: Vec<u8>) {
            let (one, other) = pair().unwrap();
            rustix::net::send(&one, &packet, SendFlags::empty()).unwrap();
            drop(one);
            match (packet.as_slice(), receive(&other, Wait::Forever)) {
                ([], Ok(Received::End)) => {}
                ([INLINE, body @ ..], Ok(Received::Message(it))) => prop_assert_eq!(it.bytes, body),
                (_, Err(Error::Protocol(_))) => {}
                (_, other) => prop_assert!(false, "{other:?}"),
            }
        }
    }

    #[test]
    fn a_message_of_any_length_is_one_packet() {
        let (one, other) = pair().unwrap();
        for length in [
            0,
            1,
            PACKET_LIMIT - 1,
            PACKET_LIMIT,
            PACKET_LIMIT + 1,
            5 << 20,
        ] {
            let bytes: Vec<u8> = (0..length).map(|place| (place % 251) as u8).collect();
            let message = Message {
                bytes,
                descriptors: Vec::new(),
            };
            assert!(send(&one, &message, Wait::Never).unwrap());
            let Received::Message(received) = receive(&other, Wait::Never).unwrap() else {
                panic!("nothing came")
            };
            assert_eq!(received.bytes, message.bytes);
            assert!(matches!(
                receive(&other, Wait::Never),
                Ok(Received::Nothing)
            ));
        }
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_it_is_read() {
        let (one, other) = pair().unwrap();
        let file = memfd_create(c"long", MemfdFlags::CLOEXEC).unwrap();
        ftruncate(&file, MESSAGE_LIMIT as u64 + 1).unwrap();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let rights = [file.as_fd()];
        control.push(SendAncillaryMessage::ScmRights(&rights));
        let packet = [IoSlice::new(&[IN_FILE; 1 + HEAD])];
        sendmsg(&one, &packet, &mut control, SendFlags::empty()).unwrap();
        assert!(matches!(
            receive(&other, Wait::Never),
            Err(Error::TooLarge { .. })
        ));
    }

    #[test]
    fn messages_before_the_end_are_received_before_the_end() {
        let (one, other) = pair().unwrap();
        // What the other side has not read when it closes is reported as an error first.
        send(&other, &Message::of(&0).unwrap(), Wait::Never).unwrap();
        for number in 1..4 {
            send(&one, &Message::of(&number).unwrap(), Wait::Never).unwrap();
        }
        drop(one);
        for number in 1..4 {
            let Received::Message(message) = receive(&other, Wait::Never).unwrap() else {
                panic!("{number} is missing")
            };
            assert_eq!(message.value::<i32>().unwrap(), number);
        }
        assert!(matches!(receive(&other, Wait::Never), Ok(Received::End)));
    }
}
