//! What comes of jobs, on its way to the broker: published, confirmed, and only then acknowledged.
//!
//! Nothing waits for a confirmation, and a thread that is woken for each, and for each message that has been written, costs more than
//! the rest of a short task. So they wake no thread: they are looked at whenever the node is awake for another reason, and after
//! [`LAG`] at the latest. Then the acknowledgements of some go out together with the results of others.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use lapin::options::BasicAckOptions;

use super::job::Key;
use super::session::Session;
use crate::amqp::Outgoing;

/// So long a confirmation lies unseen at most.
const LAG: Duration = Duration::from_millis(1);

/// The job of this key, of a message that came through the session of this number, is settled, or that connection was lost before.
pub(crate) struct Settled {
    pub key: Key,
    pub session: u64,
    pub settled: bool,
}

struct OnItsWay {
    key: Key,
    session: u64,
    /// Whether it has arrived, in the end.
    way: Pin<Box<dyn Future<Output = bool> + Send>>,
}

/// What comes of jobs, on its way to the broker.
#[derive(Default)]
pub(crate) struct Settling {
    on_their_way: Vec<OnItsWay>,
    /// When to look at the latest.
    time: Option<Instant>,
}

impl Settling {
    /// Publishes what comes of a job; acknowledges the message of this tag when the broker has confirmed that.
    pub(crate) fn begin(&mut self, key: Key, tag: u64, messages: Vec<Outgoing>, session: &Session) {
        let work = session.work.clone();
        let way = async move {
            let sent = try_join_all(messages.iter().map(|message| message.send(&work))).await;
            // It has not gone out where the channel was lost before.
            let acknowledge = work.basic_ack(tag, BasicAckOptions::default());
            sent.is_ok() && acknowledge.await.is_ok()
        };
        self.on_their_way.push(OnItsWay {
            key,
            session: session.number,
            way: Box::pin(way),
        });
    }

    /// Takes those out that have arrived, or never will.
    pub(crate) fn take_settled(&mut self) -> Vec<Settled> {
        let mut context = Context::from_waker(Waker::noop());
        let mut settled = Vec::new();
        self.on_their_way.retain_mut(|it| {
            let Poll::Ready(arrived) = it.way.as_mut().poll(&mut context) else {
                return true;
            };
            settled.push(Settled {
                key: it.key,
                session: it.session,
                settled: arrived,
            });
            false
        });
        let waits = !self.on_their_way.is_empty();
        self.time = waits.then(|| Instant::now() + LAG);
        settled
    }

    /// When to look at the latest.
    pub(crate) fn time(&self) -> Option<Instant> {
        self.time
    }
}
