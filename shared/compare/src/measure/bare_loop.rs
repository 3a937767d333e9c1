//! The bare loop: the job without a technique, a library or a runtime. What it takes is the floor.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use sha2::block_api::compress256;
use shared::Receipt;
use shared::cli::Report;
use shared::compute;
use shared::download::{Job, Page};
use shared::receipt::Answer;
use url::Url;

use crate::model::options::{BareJob, BareLoop};
use crate::output;

/// Does the job and prints its receipt as the four programs do.
///
/// # Errors
///
/// If the job cannot be done, came out wrong, or its receipt cannot be printed.
pub fn main(options: &BareLoop) -> anyhow::Result<()> {
    let repeat = options.repeat;
    let (workload, expected, start, receipt) = match &options.job {
        BareJob::Cats {
            size,
            workers,
            server,
        } => {
            let job = Job::cats(server, *size, *workers as usize).repeated(repeat);
            let start = Instant::now();
            ("cats", job.expected(), start, download(server, &job)?)
        }
        BareJob::Hashes { size } => {
            let job = compute::Job::hashes(*size, 1).repeated(repeat);
            let start = Instant::now();
            ("hashes", job.expected(), start, hash(*size, repeat))
        }
    };
    let seconds = start.elapsed().as_secs_f64();
    let right = expected.is_none_or(|expected| expected.same_work(&receipt));
    ensure!(right, "the bare loop's answer is wrong");
    let report = Report {
        program: "bare-loop".to_owned(),
        workload: workload.to_owned(),
        receipt,
        seconds,
    };
    output::print(&format!("{}\n", serde_json::to_string(&report)?))
}

/// Fetches the job's pages over as many connections as it has workers, whichever has something to read.
fn download(server: &Url, job: &Job) -> anyhow::Result<Receipt> {
    let address = server.socket_addrs(|| None)?;
    let poller = epoll::create(CreateFlags::CLOEXEC)?;
    let mut pages = job.pages.iter();
    let mut connections = Vec::new();
    for page in pages.by_ref().take(job.workers) {
        let stream = TcpStream::connect(&*address)
            .with_context(|| format!("no server listens at {server}"))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let number = EventData::new_u64(connections.len() as u64);
        epoll::add(&poller, &stream, number, EventFlags::IN)?;
        let mut connection = Connection::new(stream, page);
        connection.ask(server)?;
        connections.push(connection);
    }

    let mut receipt = Receipt::default();
    let mut open = connections.len();
    let mut events = Vec::with_capacity(open);
    while open > 0 {
        epoll::wait(&poller, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            let connection = &mut connections[event.data.u64() as usize];
            let Some(page) = connection.read()? else {
                continue;
            };
            receipt += page;
            if let Some(page) = pages.next() {
                connection.page = page;
                connection.ask(server)?;
            } else {
                epoll::delete(&poller, &connection.stream)?;
                open -= 1;
            }
        }
    }
    Ok(receipt)
}

/// One kept connection, and the page that is on its way over it.
struct Connection<'a> {
    stream: TcpStream,
    page: &'a Page,
    /// Head and body of the answer; reused from page to page.
    buffer: Vec<u8>,
    filled: usize,
    /// Length of the answer's head and of the whole answer, once the head is there.
    lengths: Option<(usize, usize)>,
}

impl<'a> Connection<'a> {
    fn new(stream: TcpStream, page: &'a Page) -> Self {
        Self {
            stream,
            page,
            buffer: vec![0; 128 * 1024],
            filled: 0,
            lengths: None,
        }
    }

    fn ask(&mut self, server: &Url) -> anyhow::Result<()> {
        let path = self.page.url().trim_start_matches(server.as_str());
        let host = server.authority();
        let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        // A socket that is asked one short question at a time always has room for it.
        self.stream.write_all(request.as_bytes())?;
        (self.filled, self.lengths) = (0, None);
        Ok(())
    }

    /// Reads once. The receipt of the page, if it is complete now.
    fn read(&mut self) -> anyhow::Result<Option<Receipt>> {
        match self.stream.read(&mut self.buffer[self.filled..]) {
            Ok(0) => bail!("the server hung up in the middle of {}", self.page.url()),
            Ok(bytes) => self.filled += bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        if self.lengths.is_none() {
            self.lengths = self.parse_head()?;
        }
        match self.lengths {
            Some((head, all)) if self.filled == all => {
                let body = &self.buffer[head..all];
                Ok(Some(self.page.check(self.page.answer(body))?))
            }
            _ => Ok(None),
        }
    }

    /// Length of the head and of the whole answer, if all of the head is there.
    fn parse_head(&mut self) -> anyhow::Result<Option<(usize, usize)>> {
        let received = &self.buffer[..self.filled];
        let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = str::from_utf8(&received[..end])?;
        let url = self.page.url();
        ensure!(head.starts_with("HTTP/1.1 200 "), "{url} answered {head}");
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let value = value.trim().parse::<usize>().ok()?;
            name.eq_ignore_ascii_case("content-length").then_some(value)
        });
        let all = end + 4 + length.with_context(|| format!("{url} did not say its length"))?;
        if self.buffer.len() < all {
            self.buffer.resize(all, 0);
        }
        Ok(Some((end + 4, all)))
    }
}

/// The chains, one after another, with nothing between one block and the next.
fn hash(steps: u32, repeat: usize) -> Receipt {
    let chains = (0..repeat).flat_map(|_| 0..compute::UNITS);
    chains.map(|chain| hash_chain(chain, steps)).sum()
}

fn hash_chain(chain: u32, steps: u32) -> Receipt {
    let mut block = padded(&u128::from(chain).to_be_bytes());
    let mut state = [0; 8];
    for step in 0..steps {
        state = START;
        compress256(&mut state, &[block]);
        if step == 0 {
            block = padded(&[0; 32]);
        }
        for (bytes, word) in block.chunks_exact_mut(4).zip(state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
    }
    let hex = state.map(|word| format!("{word:08x}")).concat();
    Receipt::unit(Answer::Digests([(chain, hex)].into()))
}

/// The one block of a message shorter than 56 bytes (FIPS 180-4, 5.1.1).
fn padded(message: &[u8]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x80;
    block[56..].copy_from_slice(&(8 * message.len() as u64).to_be_bytes());
    block
}

/// The initial hash value of SHA-256 (FIPS 180-4, 5.3.3).
const START: [u32; 8] = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

#[cfg(test)]
mod tests {
    use shared::server::Server;

    use super::*;

    #[test]
    fn the_bare_loop_fetches_what_the_programs_fetch() {
        let server = Server::start(0).unwrap();
        for workers in [1, 5, 64] {
            let job = Job::cats(&server.url(), 2, workers);
            let receipt = download(&server.url(), &job).unwrap();
            let expected = job.expected().unwrap();
            assert!(
                receipt.same_work(&expected),
                "{workers} in flight: {receipt:?} is not {expected:?}"
            );
        }
    }

    #[test]
    fn the_bare_loop_refuses_a_page_that_is_not_there() {
        let server = Server::start(0).unwrap();
        let nowhere = server.url().join("nowhere/").unwrap();
        let job = Job::cats(&nowhere, 1, 1);
        let error = download(&server.url(), &job).unwrap_err().to_string();
        assert!(error.contains("404"), "{error}");
    }

    #[test]
    fn the_bare_loop_computes_the_known_digests() {
        assert_eq!(
            Some(hash(1000, 1)),
            compute::Job::hashes(1000, 1).expected()
        );
    }
}
