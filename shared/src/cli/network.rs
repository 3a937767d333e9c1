//! The options for a network that is slow, broken or hostile, and their meaning for a job.

use std::time::Duration;

use clap::Args;

use super::number::count;
use super::values::{between, seconds};
use super::workload::Workload;
use crate::download::{Job, Policy, Trust};
use crate::faults::Faults;
use crate::stop::Deadline;

/// A flag that not every workload takes.
pub(super) struct Flag {
    /// As it is written, dashes included.
    pub name: &'static str,
    /// Whether it was given.
    pub given: bool,
    /// Whether it does something here.
    pub useful: bool,
    /// What it is for.
    pub place: &'static str,
}

impl Flag {
    pub(super) fn of(
        (name, given, useful, place): (&'static str, bool, bool, &'static str),
    ) -> Self {
        Self {
            name,
            given,
            useful,
            place,
        }
    }
}

#[derive(Args)]
#[command(next_help_heading = "Bad networks (downloads)")]
pub(super) struct Network {
    /// Let the program's own server misbehave: SEED:RATE, a profile (all, slow, flaky, hostile), or a fault by name
    #[arg(long, global = true, value_name = "FAULTS")]
    pub faults: Option<Faults>,
    /// Go on without pages that fail, and count them
    #[arg(long, global = true)]
    pub keep_going: bool,
    /// How often to try a page at most [default: 4]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "N", value_parser = between::<u32>(1, 100))]
    pub tries: Option<u32>,
    /// Seconds that a page may take: half to its first byte, half from there to its last [default: 180]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "S", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// Bytes that a page may have [default: 64 MiB]
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "BYTES", value_parser = between::<u64>(1, 1 << 40))]
    pub max_body: Option<u64>,
    /// Seconds that the whole run may take; then the program prints what it has, with exit code 124
    #[arg(long, allow_negative_numbers = true, global = true, value_name = "S", value_parser = seconds)]
    pub deadline: Option<Duration>,
    /// PEM file of the authorities to trust, instead of the system's
    #[arg(long, global = true, value_name = "FILE", value_parser = authorities)]
    pub ca: Option<Trust>,
}

fn authorities(file: &str) -> Result<Trust, String> {
    let trust = Trust::Authorities(file.into());
    // Here, and not where it is used: a wrong file is a wrong command line.
    let readable = trust.tls().map_err(|error| format!("{error:#}"));
    readable.map(|_| trust)
}

impl Network {
    /// Its flags, for this workload.
    pub(super) fn flags(&self, workload: &Workload, own_server: bool) -> [Flag; 7] {
        let downloads = workload.downloads();
        let abroad = downloads && !workload.needs_server();
        let (one, another) = ("the program's own server", "pages of other servers");
        let flags = [
            ("--faults", self.faults.is_some(), own_server, one),
            ("--ca", self.ca.is_some(), abroad, another),
            ("--keep-going", self.keep_going, downloads, "downloads"),
            ("--tries", self.tries.is_some(), downloads, "downloads"),
            ("--timeout", self.timeout.is_some(), downloads, "downloads"),
            (
                "--max-body",
                self.max_body.is_some(),
                downloads,
                "downloads",
            ),
            (
                "--deadline",
                self.deadline.is_some(),
                downloads,
                "downloads",
            ),
        ];
        flags.map(Flag::of)
    }

    /// How long a page may be waited for, in words.
    pub(super) fn limits(&self) -> String {
        let usual = Policy::default();
        let seconds = self.timeout.unwrap_or(2 * usual.part).as_secs_f64();
        let tries = count(self.tries.unwrap_or(usual.tries).into(), "time");
        format!(
            "a server has {seconds} s for its answer (--timeout), and is asked {tries} at most (--tries)"
        )
    }

    /// The same job under these conditions. The clock of its deadline runs from now on.
    pub(super) fn apply(&self, mut job: Job, time_scale: f64) -> Job {
        // A worker without a page would only cost its start.
        job.workers = job.workers.min(job.pages.len());
        let policy = &mut job.policy;
        policy.keep_going = self.keep_going;
        policy.tries = self.tries.unwrap_or(policy.tries);
        policy.largest = self.max_body.unwrap_or(policy.largest);
        policy.deadline = self.deadline.map(Deadline::after);
        if let Some(limit) = self.timeout {
            policy.within(limit);
        }
        if let Some(trust) = &self.ca {
            policy.trust = trust.clone();
        }
        if policy.trust == Trust::None {
            policy.pace = time_scale;
        }
        job
    }
}
