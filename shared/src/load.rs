//! An open-loop load: requests at a constant rate, whether the server keeps up or not.
//!
//! A request is due at its own time, and what it took is counted from then. A client that waits for an answer before it
//! asks again counts one long wait where a hundred clients would have waited (Gil Tene's "coordinated omission").
//!
//! One thread and one epoll do it all. They count how late they were themselves and how much of a core they took, so that
//! their own limits are not taken for those of the server.

mod client;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use serde::{Deserialize, Serialize};

use crate::latencies::Latencies;
use client::{Client, End};

/// How often the schedule is looked at, at most.
const FINEST: Duration = Duration::from_micros(50);

/// How long a connection may take to come about before the load begins, where a server may have many to accept, and how
/// long while all others wait for it.
const OPENING: Duration = Duration::from_secs(10);
const RENEWING: Duration = Duration::from_millis(200);

/// Events that are taken at once, and none of them yet.
const EVENTS: usize = 256;
const NO_EVENTS: [Event; EVENTS] = [Event {
    flags: EventFlags::empty(),
    data: EventData::new_u64(0),
}; EVENTS];

/// Bytes of answers that are read at once.
const SCRATCH: usize = 64 * 1024;

/// Names the timer among the descriptors; clients are named by their places.
const TIMER: u64 = u64::MAX;

/// What to ask for, how often, over how many connections.
#[derive(Clone, Debug)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// The page, such as `/hello`.
    pub page: String,
    /// Requests a second.
    pub rate: f64,
    /// Connections, which take turns and are kept.
    pub connections: usize,
    /// Before the load begins every connection asks once, until none has been answered for so long. One without an answer
    /// gets no further request before it has it. Zero: none asks.
    pub greeting: Duration,
    /// How long requests are due.
    pub time: Duration,
    /// How long to wait for the last answers after that.
    pub patience: Duration,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Connections that were answered before the load began.
    pub greeted: u64,
    /// Requests that were due.
    pub due: u64,
    /// Answers with status 200.
    pub answered: u64,
    /// Answers with another status.
    pub refused: u64,
    /// Requests whose connection ended before the answer, or did not come about.
    pub lost: u64,
    /// Requests without an answer when patience had an end.
    pub unanswered: u64,
    /// From when a request was due to its answer; for one without, to when it was lost or given up.
    pub latencies: Latencies,
    /// From when a request was due to when the load noticed: its own lateness.
    pub lateness: Latencies,
    /// CPU seconds of the load itself.
    pub cpu: f64,
    /// Seconds from the first to the last request.
    pub seconds: f64,
}

impl Load {
    /// Opens all connections, sends every request when it is due or as soon as a connection is free, and counts answers.
    ///
    /// # Errors
    ///
    /// If a connection cannot be opened at the start, or the system refuses epoll or a timer.
    pub fn run(&self) -> io::Result<Outcome> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut clients = Vec::with_capacity(self.connections);
        for place in 0..self.connections {
            let client = Client::open(self.address, &self.page, OPENING)?;
            watch(&epoll, &client, place)?;
            clients.push(client);
        }
        let mut run = Run {
            load: self,
            start: Instant::now(),
            free: (0..clients.len()).collect(),
            waiting: VecDeque::new(),
            asked: vec![None; clients.len()],
            greeting: vec![false; clients.len()],
            epoll,
            clients,
            outcome: Outcome::default(),
        };
        if !self.greeting.is_zero() {
            run.greet()?;
        }
        let timer = self.timer()?;
        let data = EventData::new_u64(TIMER);
        epoll::add(&run.epoll, &timer, data, EventFlags::IN)?;
        let cpu = cpu_time();
        run.start = Instant::now();
        run.all(&timer)?;
        let mut outcome = run.outcome;
        outcome.cpu = (cpu_time() - cpu).as_secs_f64();
        outcome.seconds = self.time.as_secs_f64();
        Ok(outcome)
    }

    /// When request `number` is due, from the start.
    fn due(&self, number: u64) -> Duration {
        Duration::from_secs_f64(number as f64 / self.rate)
    }

    /// A timer that goes off once for each request, or as often as that is of use.
    fn timer(&self) -> io::Result<OwnedFd> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let interval =
            Duration::from_secs_f64(1.0 / self.rate).clamp(FINEST, Duration::from_millis(10));
        let interval = Timespec::try_from(interval).map_err(io::Error::other)?;
        let spec = Itimerspec {
            it_interval: interval,
            it_value: interval,
        };
        timerfd_settime(&timer, TimerfdTimerFlags::empty(), &spec)?;
        Ok(timer)
    }
}

/// A load under way.
struct Run<'a> {
    load: &'a Load,
    start: Instant,
    epoll: OwnedFd,
    clients: Vec<Client>,
    /// Clients without a request, the one that has been longest first.
    free: VecDeque<usize>,
    /// When the request of each client was due, if it has one.
    asked: Vec<Option<Duration>>,
    /// Whether a client waits for the answer to its first request, which is not counted.
    greeting: Vec<bool>,
    /// When requests that found no free client were due.
    waiting: VecDeque<Duration>,
    outcome: Outcome,
}

impl Run<'_> {
    /// Lets every client ask once, and frees those that are answered.
    fn greet(&mut self) -> io::Result<()> {
        let (mut events, mut scratch) = (NO_EVENTS, vec![0; SCRATCH]);
        for place in self.free.drain(..) {
            self.greeting[place] = true;
            self.clients[place].ask();
        }
        let mut last = Instant::now();
        loop {
            let left = self.load.greeting.saturating_sub(last.elapsed());
            if self.free.len() == self.clients.len() || left.is_zero() {
                break;
            }
            let wait = Timespec::try_from(left).map_err(io::Error::other)?;
            let before = self.free.len();
            for event in ready(&self.epoll, &mut events, Some(&wait))? {
                self.hear(event.data.u64() as usize, &mut scratch)?;
            }
            if self.free.len() > before {
                last = Instant::now();
            }
        }
        Ok(())
    }

    fn all(&mut self, timer: &OwnedFd) -> io::Result<()> {
        let (mut events, mut scratch) = (NO_EVENTS, vec![0; SCRATCH]);
        loop {
            let now = self.start.elapsed();
            self.ask(now);
            let over = now >= self.load.time;
            let open = self.outcome.due - self.settled();
            if over && (open == 0 || now >= self.load.time + self.load.patience) {
                break;
            }
            for event in ready(&self.epoll, &mut events, None)? {
                match event.data.u64() {
                    // How often it went off is no matter: the clock says what is due.
                    TIMER => drop(rustix::io::read(timer, &mut [0; 8])),
                    place => self.hear(place as usize, &mut scratch)?,
                }
            }
        }
        let now = self.start.elapsed();
        let open: Vec<_> = self
            .asked
            .iter()
            .flatten()
            .chain(&self.waiting)
            .copied()
            .collect();
        for due in open {
            self.outcome.unanswered += 1;
            note(&mut self.outcome.latencies, now - due);
        }
        Ok(())
    }

    fn settled(&self) -> u64 {
        self.outcome.answered + self.outcome.refused + self.outcome.lost
    }

    /// Sends what is due by now, as far as clients are free.
    fn ask(&mut self, now: Duration) {
        loop {
            let due = self.load.due(self.outcome.due);
            if due > now || due >= self.load.time {
                break;
            }
            self.outcome.due += 1;
            note(&mut self.outcome.lateness, now - due);
            self.waiting.push_back(due);
        }
        while !self.waiting.is_empty() {
            let Some(place) = self.free.pop_front() else {
                break;
            };
            let Some(due) = self.waiting.pop_front() else {
                break;
            };
            self.asked[place] = Some(due);
            // That it did not arrive shows when the connection is read.
            self.clients[place].ask();
        }
    }

    /// Takes what a client has received.
    fn hear(&mut self, place: usize, scratch: &mut [u8]) -> io::Result<()> {
        let end = self.clients[place].hear(scratch);
        let now = self.start.elapsed();
        match end {
            End::NotYet => return Ok(()),
            End::Answer { status, keeps } => {
                match (status, self.asked[place]) {
                    (200, None) if self.greeting[place] => self.outcome.greeted += 1,
                    (_, None) => {}
                    (200, _) => self.outcome.answered += 1,
                    _ => self.outcome.refused += 1,
                }
                if std::mem::take(&mut self.greeting[place]) {
                    self.free.push_back(place);
                }
                if !keeps {
                    self.renew(place)?;
                }
            }
            End::Lost => {
                // A client that was not even greeted takes no part.
                self.greeting[place] = false;
                self.outcome.lost += u64::from(self.asked[place].is_some());
                self.renew(place)?;
            }
        }
        // A client without a request was free, and still is.
        if let Some(due) = self.asked[place].take() {
            note(&mut self.outcome.latencies, now - due);
            self.free.push_back(place);
            self.ask(now);
        }
        Ok(())
    }

    /// Connects again. A server that is gone loses requests, and does not end the load.
    fn renew(&mut self, place: usize) -> io::Result<()> {
        self.clients[place] = Client::open(self.load.address, &self.load.page, RENEWING)
            .or_else(|_| Client::gone(&self.load.page))?;
        watch(&self.epoll, &self.clients[place], place)
    }
}

/// What is ready, at most so long from now.
fn ready<'a>(
    epoll: &OwnedFd,
    events: &'a mut [Event; EVENTS],
    wait: Option<&Timespec>,
) -> io::Result<&'a [Event]> {
    match epoll::wait(epoll, &mut events[..], wait) {
        Ok(count) => Ok(&events[..count]),
        Err(rustix::io::Errno::INTR) => Ok(&[]),
        Err(error) => Err(error.into()),
    }
}

fn watch(epoll: &OwnedFd, client: &Client, place: usize) -> io::Result<()> {
    let data = EventData::new_u64(place as u64);
    Ok(epoll::add(epoll, client, data, EventFlags::IN)?)
}

fn note(latencies: &mut Latencies, time: Duration) {
    latencies.add((time.as_nanos() as u64).max(1), 1);
}

fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let milliseconds =
            |times: &Latencies, share| 1e3 * times.quantile(share).unwrap_or_default();
        let Self {
            greeted: _,
            due,
            answered,
            refused,
            lost,
            unanswered,
            latencies,
            lateness,
            cpu,
            seconds,
        } = self;
        write!(
            f,
            "{due} requests in {seconds:.3} s: {answered} answered, {refused} refused, {lost} lost, {unanswered} unanswered; \
             p50 {:.3} ms, p99 {:.3} ms, p99.9 {:.3} ms; \
             the load itself was late by {:.3} ms at p99, and took {:.0}% of a core",
            milliseconds(latencies, 0.5),
            milliseconds(latencies, 0.99),
            milliseconds(latencies, 0.999),
            milliseconds(lateness, 0.99),
            100.0 * cpu / seconds,
        )
    }
}
