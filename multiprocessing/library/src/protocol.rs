//! What a parent and its worker send each other.
//!
//! ```text
//! parent                                   worker
//!   | -- Hello, Prepare, Prepare, ... ------> |
//!   | <------------------------- Started ---- |  init was called
//!   | <-- Ready, or Failed, or Refused ------ |  every preparation was made, or one was not
//!   | -- Run, Run, ... ---------------------> |  several in a packet
//!   | <---------------------- Done, Done ---- |  in the order of the calls; through the outbox if they fit
//!   | -- Exit ------------------------------> |
//! ```

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::claims::Claim;
use crate::error::Result;
use crate::outbox::Outbox;
use crate::wire::Message;

/// The first argument of a program that is to be a worker. The second is its name.
pub(crate) const MARK: &str = "--multiprocessing-worker";

/// What a parent sends. `Prepare` and `Run` are followed by arguments.
#[derive(Serialize, Deserialize)]
pub(crate) enum Request {
    /// The first request: which tasks the parent knows, which process it is, what a worker of a
    /// pool shares with it, which signals they ignore, and how many preparations follow.
    Hello {
        fingerprint: u64,
        parent: u32,
        shared: Option<Shared>,
        settings: Settings,
        /// The signals of [`signals::ignored`](crate::signals::ignored).
        ignored: Vec<i32>,
        preparations: u32,
    },
    /// A call to make before the first task. If it can fail, its result is a `Result`.
    Prepare { task: u32, can_fail: bool },
    /// `count` calls of one task. The worker need not have made them before it gets the next
    /// requests, and several come in one message: `length` is that of this one, with its arguments.
    Run {
        #[serde(with = "postcard::fixint::le")]
        id: u32,
        #[serde(with = "postcard::fixint::le")]
        length: u32,
        #[serde(with = "postcard::fixint::le")]
        count: u32,
        task: u32,
    },
    /// The last request.
    Exit,
}

impl Request {
    /// Where a message has the number of a `Run`, and its length.
    const ID: Range<usize> = 1..5;
    const LENGTH: Range<usize> = 5..9;

    /// Makes the message that asks for calls with these arguments. It has no number yet.
    pub(crate) fn run<T: Serialize>(message: &mut Message, task: u32, calls: &[T]) -> Result<()> {
        message.push_header(&Request::Run {
            id: 0,
            length: 0,
            count: calls.len() as u32,
            task,
        })?;
        message.push_each(calls)?;
        let length = message.bytes.len() as u32;
        message.bytes[Request::LENGTH].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }

    /// The number of such a message, of which these are the first bytes.
    pub(crate) fn id(head: &[u8]) -> Option<u32> {
        let head = Message {
            bytes: head.to_vec(),
            descriptors: Vec::new(),
        };
        match head.read_header(&mut 0) {
            Ok(Request::Run { id, .. }) => Some(id),
            _ => None,
        }
    }

    /// Gives such a message its number.
    pub(crate) fn number(message: &mut Message, id: u32) {
        message.bytes[Request::ID].copy_from_slice(&id.to_le_bytes());
    }
}

/// What a worker shares with its pool.
#[derive(Serialize, Deserialize)]
pub(crate) struct Shared {
    pub claim: Claim,
    pub outbox: Outbox,
}

/// How a worker behaves, as [`Builder`](crate::Builder) says.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub ignore_interrupts: bool,
    /// In bytes.
    pub memory_limit: Option<u64>,
}

/// What a worker sends. `Refused` is followed by the preparation's result, `Done` is followed by a
/// [`Returned`](crate::task::Returned) for each call.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// Every preparation was made.
    Ready,
    /// A preparation failed. The worker exits.
    Failed { reason: String },
    /// The calls of this request were made.
    Done { id: u32 },
    /// `init` was called.
    Started,
    /// A preparation returned an error. The worker exits.
    Refused { preparation: u32 },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_how_long_it_is_and_gets_a_number() {
        let mut message = Message::default();
        Request::run(&mut message, 3, &["one", "two"]).unwrap();
        Request::number(&mut message, 0x0403_0201);
        let mut position = 0;
        let Ok(Request::Run {
            id,
            length,
            count,
            task,
        }) = message.read_header(&mut position)
        else {
            panic!("it is no such request")
        };
        assert_eq!((id, task, count), (0x0403_0201, 3, 2));
        assert_eq!(length as usize, message.bytes.len());
        assert_eq!(message.read::<String>(&mut position).unwrap(), "one");
    }
}
