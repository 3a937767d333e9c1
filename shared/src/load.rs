//! An open-loop load: requests at a constant rate, whether the server keeps up or not.
//!
//! A request is due at its own time, and what it took is counted from then. A client that waits for an answer before it
//! asks again counts one long wait where a hundred clients would have waited (Gil Tene's "coordinated omission").
//!
//! One thread and one epoll do it all. They count how late they were themselves and how much of a core they took, so that
//! their own limits are not taken for those of the server.

mod client;
mod search;

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use serde::{Deserialize, Serialize};

use crate::latencies::Latencies;
use client::{Client, End, request};
pub use search::{Found, Trial};

/// How often the schedule is looked at, at most.
const FINEST: Duration = Duration::from_micros(50);

/// How long a connection may take to come about before the load begins, where a server may have many to accept, and how
/// long while all others wait for it.
const OPENING: Duration = Duration::from_secs(10);
const RENEWING: Duration = Duration::from_millis(200);

/// How long a slow client takes for a byte.
const SECOND: Duration = Duration::from_secs(1);

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
    /// Addresses of the server: the first that takes a connection gets them all.
    pub addresses: Vec<SocketAddr>,
    /// Its name, and its port if that is not 80, as requests say them.
    pub host: String,
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
    /// What clients do beside that.
    pub beside: Beside,
}

/// What clients do beside asking for a page.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Another page, for which some of the requests ask.
    pub other: Option<Other>,
    /// Connections beside the others, and opened before them, which send the head of a request, a byte a second.
    pub slow: usize,
}

/// A page for which some of the requests ask: what they took is counted apart.
#[derive(Clone, Debug)]
pub struct Other {
    /// The page, such as `/work?us=1000`.
    pub page: String,
    /// One of so many asks for it; `None`: one alone, when half of the time has passed.
    pub every: Option<u64>,
}

/// Connections that stay open until this is dropped.
#[derive(Debug)]
pub struct Kept {
    _clients: Vec<Client>,
    _slow: Vec<TcpStream>,
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
    /// Connections that the server ended before the load did.
    #[serde(default)]
    pub ended: u64,
    /// From when a request was due to its answer; for one without, to when it was lost or given up.
    pub latencies: Latencies,
    /// The same of requests for another page.
    #[serde(default)]
    pub others: Latencies,
    /// From when a request was due to when the load noticed: its own lateness.
    pub lateness: Latencies,
    /// CPU seconds of the load itself while requests were due.
    pub cpu: f64,
    /// Seconds from the first to the last request.
    pub seconds: f64,
    /// How the rate was found, if one was searched for: all else is of half of that rate.
    #[serde(default)]
    pub found: Option<Found>,
}

impl Load {
    /// Opens all connections, sends every request when it is due or as soon as a connection is free, and counts answers.
    ///
    /// # Errors
    ///
    /// If a connection cannot be opened at the start, or the system refuses epoll or a timer.
    pub fn run(&self) -> io::Result<Outcome> {
        let (outcome, _) = self.run_and_keep()?;
        Ok(outcome)
    }

    /// The same, and the connections, which are still open: what they take up in the server can be looked at.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_and_keep(&self) -> io::Result<(Outcome, Kept)> {
        let mut run = Run::open(self)?;
        let mut outcome = run.ask_at(self.rate, self.time, self.patience)?;
        (outcome.greeted, outcome.ended) = (run.greeted, run.ended);
        Ok((outcome, run.keep()))
    }

    /// How many requests are due within `time` at `rate`.
    fn due_within(rate: f64, time: Duration) -> u64 {
        (rate * time.as_secs_f64()).ceil() as u64
    }
}

/// Connections, and a load under way over them.
struct Run<'a> {
    load: &'a Load,
    /// The server's: all of them until one takes a connection, then that one.
    addresses: Vec<SocketAddr>,
    epoll: OwnedFd,
    clients: Vec<Client>,
    slow: Vec<TcpStream>,
    /// Bytes that each slow client has sent.
    dripped: usize,
    opened: Instant,
    /// Connections that were answered before any load began.
    greeted: u64,
    /// Clients without a request, the one that has been longest first.
    free: VecDeque<usize>,
    /// The request of each client, if it has one.
    asked: Vec<Option<Asked>>,
    /// Whether a client waits for the answer to a request that is not counted: its first, or one of an earlier load.
    uncounted: Vec<bool>,
    /// Whether a client had no answer to its first request before a load began: it is waited for no more.
    silent: Vec<bool>,
    /// Whether a load has begun.
    begun: bool,
    /// Connections that the server has ended since then.
    ended: u64,
    /// Requests that found no free client.
    waiting: VecDeque<Asked>,
    page: Vec<u8>,
    other: Vec<u8>,
    start: Instant,
    rate: f64,
    time: Duration,
    patience: Duration,
    /// How many requests will have been due at the end.
    all: u64,
    outcome: Outcome,
}

/// A request.
#[derive(Clone, Copy)]
struct Asked {
    /// When it was due, from the start.
    due: Duration,
    /// Whether it is for the other page.
    other: bool,
}

impl<'a> Run<'a> {
    /// Opens all connections, and lets each ask once if the load begins with that.
    fn open(load: &'a Load) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut addresses = load.addresses.clone();
        let mut slow = Vec::with_capacity(load.beside.slow);
        for _ in 0..load.beside.slow {
            let stream = connect(&mut addresses, OPENING)?;
            stream.set_nonblocking(true)?;
            slow.push(stream);
        }
        let page = request(&load.page, &load.host);
        let other = load.beside.other.as_ref();
        let mut run = Self {
            load,
            addresses,
            epoll,
            clients: Vec::with_capacity(load.connections),
            slow,
            dripped: 0,
            opened: Instant::now(),
            greeted: 0,
            free: (0..load.connections).collect(),
            asked: vec![None; load.connections],
            uncounted: vec![false; load.connections],
            silent: vec![false; load.connections],
            begun: false,
            ended: 0,
            waiting: VecDeque::new(),
            other: other.map_or_else(|| page.clone(), |other| request(&other.page, &load.host)),
            page,
            start: Instant::now(),
            rate: load.rate,
            time: load.time,
            patience: load.patience,
            all: 0,
            outcome: Outcome::default(),
        };
        // A slow client has begun before the others come.
        run.drip();
        for place in 0..load.connections {
            let client = Client::over(connect(&mut run.addresses, OPENING)?)?;
            watch(&run.epoll, &client, place)?;
            run.clients.push(client);
        }
        if !load.greeting.is_zero() {
            run.greet()?;
        }
        Ok(run)
    }

    /// Lets every client ask once, and frees those that are answered.
    fn greet(&mut self) -> io::Result<()> {
        for place in self.free.drain(..) {
            self.uncounted[place] = true;
            self.clients[place].ask(&self.page);
        }
        self.settle(self.load.greeting)?;
        self.greeted = self.outcome.greeted;
        self.silent.clone_from(&self.uncounted);
        Ok(())
    }

    /// Waits until no answer is expected that is not counted, or none has come for so long.
    fn settle(&mut self, patience: Duration) -> io::Result<()> {
        let (mut events, mut scratch) = (NO_EVENTS, vec![0; SCRATCH]);
        let mut last = Instant::now();
        loop {
            let left = patience.saturating_sub(last.elapsed());
            let mut clients = self.uncounted.iter().zip(&self.silent);
            if !clients.any(|(waits, silent)| *waits && !silent) || left.is_zero() {
                return Ok(());
            }
            let wait = Timespec::try_from(left).map_err(io::Error::other)?;
            let before = self.free.len();
            for event in ready(&self.epoll, &mut events, Some(&wait))? {
                self.receive(event.data.u64() as usize, &mut scratch)?;
            }
            if self.free.len() > before {
                last = Instant::now();
            }
        }
    }

    /// Sends requests at this rate for so long, over the connections that are free, and waits so long for the last answers.
    fn ask_at(&mut self, rate: f64, time: Duration, patience: Duration) -> io::Result<Outcome> {
        let timer = timer(rate)?;
        let data = EventData::new_u64(TIMER);
        epoll::add(&self.epoll, &timer, data, EventFlags::IN)?;
        (self.rate, self.time, self.patience) = (rate, time, patience);
        self.all = Load::due_within(rate, time);
        self.outcome = Outcome::default();
        self.begun = true;
        let cpu = cpu_time();
        self.start = Instant::now();
        let end = self.all(&timer)?;
        let mut outcome = std::mem::take(&mut self.outcome);
        outcome.cpu = (end - cpu).as_secs_f64();
        outcome.seconds = time.as_secs_f64();
        Ok(outcome)
    }

    /// Sends all requests and takes their answers. The CPU time that this thread had taken when the last was due.
    fn all(&mut self, timer: &OwnedFd) -> io::Result<Duration> {
        let (mut events, mut scratch) = (NO_EVENTS, vec![0; SCRATCH]);
        let mut cpu = None;
        loop {
            let now = self.start.elapsed();
            self.drip();
            self.ask(now);
            let over = now >= self.time;
            if over {
                cpu.get_or_insert_with(cpu_time);
            }
            let open = self.outcome.due - self.settled();
            if over && (open == 0 || now >= self.time + self.patience) {
                break;
            }
            for event in ready(&self.epoll, &mut events, None)? {
                match event.data.u64() {
                    // How often it went off is no matter: the clock says what is due.
                    TIMER => drop(rustix::io::read(timer, &mut [0; 8])),
                    place => self.receive(place as usize, &mut scratch)?,
                }
            }
        }
        let now = self.start.elapsed();
        for asked in std::mem::take(&mut self.waiting) {
            self.outcome.unanswered += 1;
            self.note(asked, now);
        }
        for place in 0..self.asked.len() {
            if let Some(asked) = self.asked[place].take() {
                self.outcome.unanswered += 1;
                self.note(asked, now);
                // Its answer may come yet, and is of no later load.
                self.uncounted[place] = true;
            }
        }
        Ok(cpu.unwrap_or_else(cpu_time))
    }

    fn settled(&self) -> u64 {
        self.outcome.answered + self.outcome.refused + self.outcome.lost
    }

    /// Has slow clients send their next byte, if it is time.
    fn drip(&mut self) {
        let head = &self.page[..self.page.len() - 1];
        while self.dripped < head.len() && self.opened.elapsed() >= SECOND * self.dripped as u32 {
            for mut stream in &self.slow {
                // One that the server has had enough of sends no more.
                let _ = stream.write(&head[self.dripped..=self.dripped]);
            }
            self.dripped += 1;
        }
    }

    /// Sends what is due by now, as far as clients are free.
    fn ask(&mut self, now: Duration) {
        while self.outcome.due < self.all {
            let number = self.outcome.due;
            let due = Duration::from_secs_f64(number as f64 / self.rate);
            if due > now {
                break;
            }
            self.outcome.due += 1;
            note(&mut self.outcome.lateness, now - due);
            let other = self.is_other(number);
            self.waiting.push_back(Asked { due, other });
        }
        while !self.waiting.is_empty() {
            let Some(place) = self.free.pop_front() else {
                break;
            };
            let Some(asked) = self.waiting.pop_front() else {
                break;
            };
            self.asked[place] = Some(asked);
            let request = if asked.other { &self.other } else { &self.page };
            // That it did not arrive shows when the connection is read.
            self.clients[place].ask(request);
        }
    }

    /// Whether request `number`, the first of which is 0, is for the other page.
    fn is_other(&self, number: u64) -> bool {
        match &self.load.beside.other {
            None => false,
            Some(Other { every: None, .. }) => number == self.all / 2,
            Some(Other {
                every: Some(every), ..
            }) => (number + 1).is_multiple_of(*every),
        }
    }

    /// Takes what a client has received.
    fn receive(&mut self, place: usize, scratch: &mut [u8]) -> io::Result<()> {
        let end = self.clients[place].receive(scratch);
        let now = self.start.elapsed();
        match end {
            End::NotYet => return Ok(()),
            End::Answer { status, keeps } => {
                match (status, self.asked[place]) {
                    (_, None) => {}
                    (200, _) => self.outcome.answered += 1,
                    _ => self.outcome.refused += 1,
                }
                if std::mem::take(&mut self.uncounted[place]) {
                    self.silent[place] = false;
                    self.outcome.greeted += u64::from(status == 200);
                    self.free.push_back(place);
                }
                if !keeps {
                    self.renew(place)?;
                }
            }
            End::Lost => {
                let uncounted = std::mem::take(&mut self.uncounted[place]);
                let silent = std::mem::take(&mut self.silent[place]);
                self.outcome.lost += u64::from(self.asked[place].is_some());
                self.ended += u64::from(self.begun && !self.clients[place].is_gone());
                self.renew(place)?;
                // A client that was not even greeted takes no part.
                if uncounted && self.begun && !silent {
                    self.free.push_back(place);
                }
            }
        }
        // A client without a request was free, and still is.
        if let Some(asked) = self.asked[place].take() {
            self.note(asked, now);
            self.free.push_back(place);
            self.ask(now);
        }
        Ok(())
    }

    fn note(&mut self, asked: Asked, now: Duration) {
        let times = match asked.other {
            true => &mut self.outcome.others,
            false => &mut self.outcome.latencies,
        };
        note(times, now - asked.due);
    }

    /// Connects again. A server that is gone loses requests, and does not end the load.
    fn renew(&mut self, place: usize) -> io::Result<()> {
        self.clients[place] = match connect(&mut self.addresses, RENEWING) {
            Ok(stream) => Client::over(stream)?,
            Err(_) => Client::gone()?,
        };
        watch(&self.epoll, &self.clients[place], place)
    }

    fn keep(self) -> Kept {
        Kept {
            _clients: self.clients,
            _slow: self.slow,
        }
    }
}

/// Connects within `patience`: at once on this machine, unless the queue of the server is full. The first of several addresses
/// that takes a connection is the only one from then on.
fn connect(addresses: &mut Vec<SocketAddr>, patience: Duration) -> io::Result<TcpStream> {
    let mut result = Err(ErrorKind::AddrNotAvailable.into());
    for address in addresses.clone() {
        result = TcpStream::connect_timeout(&address, patience);
        if result.is_ok() {
            *addresses = vec![address];
            break;
        }
    }
    result
}

/// A timer that goes off once for each request, or as often as that is of use.
fn timer(rate: f64) -> io::Result<OwnedFd> {
    let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
    let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
    let interval = Duration::from_secs_f64(1.0 / rate).clamp(FINEST, Duration::from_millis(10));
    let interval = Timespec::try_from(interval).map_err(io::Error::other)?;
    let spec = Itimerspec {
        it_interval: interval,
        it_value: interval,
    };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &spec)?;
    Ok(timer)
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

/// What this thread has taken.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
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
            ended,
            latencies,
            others,
            lateness,
            cpu,
            seconds,
            found,
        } = self;
        if let Some(found) = found {
            writeln!(f, "{found}")?;
        }
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
        )?;
        if others.count() > 0 {
            write!(
                f,
                "; the other page: p50 {:.3} ms, p99 {:.3} ms",
                milliseconds(others, 0.5),
                milliseconds(others, 0.99)
            )?;
        }
        if *ended > 0 {
            write!(f, "; {ended} connections ended")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn load(listener: &TcpListener) -> Load {
        Load {
            addresses: vec![listener.local_addr().unwrap()],
            host: "localhost".to_owned(),
            page: "/".to_owned(),
            rate: 100.0,
            connections: 1,
            greeting: Duration::ZERO,
            time: Duration::from_millis(50),
            patience: PATIENCE,
            beside: Beside::default(),
        }
    }

    #[test]
    fn a_connection_that_ends_between_two_loads_is_counted_and_has_a_successor_in_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let load = load(&listener);
        let (close, closed) = channel();
        let server = thread::spawn(move || {
            let (first, _) = listener.accept().unwrap();
            closed.recv().unwrap();
            drop(first);
            let (mut second, _) = listener.accept().unwrap();
            while second.read(&mut [0; 1000]).is_ok_and(|length| length > 0) {
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                second.write_all(answer).unwrap();
            }
        });
        let mut run = Run::open(&load).unwrap();
        let first = run.ask_at(load.rate, load.time, Duration::ZERO).unwrap();
        assert_eq!((first.due, first.unanswered), (5, 5), "{first}");
        close.send(()).unwrap();
        run.settle(PATIENCE).unwrap();
        let second = run.ask_at(load.rate, load.time, PATIENCE).unwrap();
        assert_eq!((second.due, second.answered), (5, 5), "{second}");
        assert_eq!(run.ended, 1);
        drop(run);
        server.join().unwrap();
    }

    #[test]
    fn a_connection_without_its_first_answer_keeps_no_load_waiting() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let load = Load {
            greeting: Duration::from_millis(10),
            ..load(&listener)
        };
        let mut run = Run::open(&load).unwrap();
        assert_eq!(run.greeted, 0);
        let (start, patience) = (Instant::now(), PATIENCE);
        run.settle(patience).unwrap();
        assert!(start.elapsed() < patience);
    }

    #[test]
    fn patience_is_no_time_in_which_the_load_is_busy() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let silent = Load {
            rate: 20_000.0,
            time: Duration::from_millis(10),
            patience: Duration::from_secs(1),
            ..load(&listener)
        };
        let outcome = silent.run().unwrap();
        assert_eq!(outcome.answered, 0, "{outcome}");
        // It looks at the schedule while it waits, too.
        assert!(outcome.cpu <= 2.0 * outcome.seconds, "{outcome}");
    }
}
