//! A server that is run by hand: where it listens, and how many connections it has.

use std::fs;
use std::io::{self, Write as _};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::ending::in_terminal;
use super::number::count;
use crate::progress;
use crate::serve::{Job, Rules};
use crate::trace::ignore_broken_pipe;

/// How often the connections are counted.
const GLANCE: Duration = Duration::from_millis(250);

/// Listens at this port, and says so. In a terminal a line says how many connections there are, until the program ends.
///
/// # Errors
///
/// If the port is taken or may not be bound, or the address could not be written.
pub(super) fn listen(port: u16, workers: Option<usize>, rules: Rules) -> Result<Job> {
    let job = Job::new(port, workers, rules);
    let job = job.with_context(|| format!("cannot listen at port {port}"))?;
    let address = job.listener.local_addr()?;
    ignore_broken_pipe(writeln!(io::stdout(), "http://{address}/"))?;
    if in_terminal() {
        let glance = move || {
            while let Some(connections) = connections(address.port()) {
                progress::say(count(connections, "connection"));
                thread::sleep(GLANCE);
            }
        };
        // Without it the server serves as well.
        let _ = thread::Builder::new()
            .name("glance".to_owned())
            .spawn(glance);
    }
    Ok(job)
}

/// How many connections to this port are established, as the kernel counts; the processes that serve them need not.
fn connections(port: u16) -> Option<u64> {
    const ESTABLISHED: &str = "01";
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let local = format!(":{port:04X}");
    let ours = table.lines().filter(|line| {
        // 0: 0100007F:1F40 00000000:0000 0A ...: number, local address, the other address, state.
        let mut fields = line.split_whitespace().skip(1);
        fields
            .next()
            .is_some_and(|address| address.ends_with(&local))
            && fields.nth(1) == Some(ESTABLISHED)
    });
    Some(ours.count() as u64)
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_connections_of_a_port_are_counted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(connections(address.port()), Some(0));
        let _clients = [(); 3].map(|()| TcpStream::connect(address).unwrap());
        assert_eq!(connections(address.port()), Some(3));
    }
}
