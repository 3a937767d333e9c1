//! The probes: the arguments of each, and what it says of itself.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::number::{count, with_commas};
use super::values::between;
use crate::probes::{How, Of};
use crate::receipt::Receipt;
use crate::trace::duration;

#[derive(Clone, Copy, Subcommand)]
pub(super) enum Probe {
    /// Probe: many units asleep at once
    Sleepers {
        /// Units
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 100, value_parser = between::<usize>(1, 10_000_000))]
        size: usize,
    },
    /// Probe: calls that block their thread
    Blocking {
        #[command(flatten)]
        calls: Calls,
    },
    /// Probe: calls that block, handed to threads or processes of a pool
    Offload {
        #[command(flatten)]
        calls: Calls,
    },
    /// Probe: a ticker beside a computation without a pause
    Ticker {
        /// Milliseconds for which the computation lasts
        #[arg(long, allow_negative_numbers = true, value_name = "MS", default_value_t = 300, value_parser = between::<u64>(1, 60_000))]
        size: u64,
    },
    /// Probe: a message there and back
    Pingpong {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
    },
    /// Probe: the same, between sides that look for the message before they sleep
    PingpongSpinning {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
    },
    /// Probe: two units that give way to each other
    Switch {
        /// Times that each gives way
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 100_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
    },
    /// Probe: a message of many bytes there and back
    Message {
        /// Round trips
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
        #[command(flatten)]
        bytes: Bytes,
        /// What it consists of
        #[arg(long, value_enum, default_value = "numbers")]
        of: Of,
    },
    /// Probe: two sides that change shared memory in turn
    Memory {
        /// Turns of each side
        #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10_000, value_parser = between::<u64>(1, 1_000_000_000))]
        size: u64,
        #[command(flatten)]
        bytes: Bytes,
    },
    /// Probe: one unit of many fails
    Crash {
        #[command(flatten)]
        units: Failing,
    },
    /// Probe: one unit of many fails, all of them in a pool
    CrashPool {
        #[command(flatten)]
        units: Failing,
    },
    /// Probe: workers count up one number without a lock
    Race {
        #[command(flatten)]
        adds: Adds,
    },
    /// Probe: the same, with a call, or an await, between reading and writing
    RaceCall {
        #[command(flatten)]
        adds: Adds,
    },
}

#[derive(Args, Clone, Copy)]
pub(super) struct Calls {
    /// Calls
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10, value_parser = between::<usize>(1, 10_000))]
    pub size: usize,
}

#[derive(Args, Clone, Copy)]
pub(super) struct Bytes {
    /// Bytes that are handed over
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 65_536, value_parser = between::<usize>(8, 1 << 26))]
    pub bytes: usize,
}

#[derive(Args, Clone, Copy)]
pub(super) struct Failing {
    /// Units
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 10, value_parser = between::<u64>(1, 10_000))]
    pub size: u64,
    /// How it fails
    #[arg(long, value_enum, default_value = "panic")]
    pub how: How,
}

#[derive(Args, Clone, Copy)]
pub(super) struct Adds {
    /// Times that each worker adds one
    #[arg(long, allow_negative_numbers = true, value_name = "N", default_value_t = 1_000_000, value_parser = between::<u64>(1, 1_000_000_000))]
    pub size: u64,
}

impl Probe {
    /// Its name on the command line.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sleepers { .. } => "sleepers",
            Self::Blocking { .. } => "blocking",
            Self::Offload { .. } => "offload",
            Self::Ticker { .. } => "ticker",
            Self::Pingpong { .. } => "pingpong",
            Self::PingpongSpinning { .. } => "pingpong-spinning",
            Self::Switch { .. } => "switch",
            Self::Message { .. } => "message",
            Self::Memory { .. } => "memory",
            Self::Crash { .. } => "crash",
            Self::CrashPool { .. } => "crash-pool",
            Self::Race { .. } => "race",
            Self::RaceCall { .. } => "race-call",
        }
    }

    /// Whether its units nap, which is a delay of the story.
    pub(super) fn naps(self) -> bool {
        matches!(
            self,
            Self::Sleepers { .. } | Self::Blocking { .. } | Self::Offload { .. }
        )
    }

    /// Whether it counts up one number.
    pub(super) fn races(self) -> bool {
        matches!(self, Self::Race { .. } | Self::RaceCall { .. })
    }

    /// The sentence that a run begins with: it prints nothing while it runs.
    pub(super) fn opening(self) -> String {
        match self {
            Self::Sleepers { size } => {
                let units = count(size as u64, "unit");
                format!("{units} fall asleep")
            }
            Self::Pingpong { size } | Self::PingpongSpinning { size } => {
                let times = count(size, "time");
                format!("a ball goes there and back {times}")
            }
            Self::Switch { size } => {
                let times = count(size, "time");
                format!("two units give way to each other {times}")
            }
            Self::Blocking { calls } => {
                let calls = count(calls.size as u64, "call");
                format!("{calls}, each of which blocks its thread")
            }
            Self::Offload { calls } => {
                let calls = count(calls.size as u64, "call");
                format!("{calls} that block, handed to a pool")
            }
            Self::Ticker { size } => {
                format!("a tick every millisecond, beside {size} ms of computing without a pause")
            }
            Self::Message { size, bytes, .. } => {
                let (bytes, times) = (count(bytes.bytes as u64, "byte"), count(size, "time"));
                format!("{bytes} go there and back {times}")
            }
            Self::Memory { size, bytes } => {
                let (bytes, times) = (count(bytes.bytes as u64, "byte"), count(size, "time"));
                format!("two sides change {bytes} in turn, {times} each")
            }
            Self::Crash { units } => failing(units),
            Self::CrashPool { units } => format!("{}, all in a pool", failing(units)),
            Self::Race { adds } => adding(adds, ""),
            Self::RaceCall { adds } => adding(adds, " by calls"),
        }
    }

    /// A remark beside the summary of a run that took so many `seconds`, and whose units nap for so long.
    pub(super) fn remark(self, receipt: &Receipt, seconds: f64, nap: Duration) -> String {
        let units = receipt.units as f64;
        let reading = |name| receipt.readings.get(name).copied().unwrap_or_default();
        let at_once = units * nap.as_secs_f64() / seconds;
        match self {
            Self::Sleepers { .. } => format!("{at_once:.1} asleep at once on average"),
            Self::Blocking { .. } | Self::Offload { .. } => {
                format!("{at_once:.1} calls at once on average")
            }
            Self::Ticker { size } => {
                let (came, due) = (reading("ticks") as u64, count(size, "tick"));
                format!("{came} of {due} came")
            }
            Self::Pingpong { .. } | Self::PingpongSpinning { .. } => {
                format!("{} a second", count(rounded(units / seconds), "round trip"))
            }
            Self::Switch { .. } => format!("{} a second", count(rounded(units / seconds), "turn")),
            Self::Message { bytes, .. } | Self::Memory { bytes, .. } => {
                let moved = 2.0 * units * bytes.bytes as f64;
                format!("{:.2} GB a second", moved / seconds / 1e9)
            }
            Self::Crash { units: failing } | Self::CrashPool { units: failing } => {
                count(failing.size.saturating_sub(receipt.units), "unit") + " lost"
            }
            Self::Race { adds } | Self::RaceCall { adds } => {
                let all = units * adds.size as f64;
                format!("{:.1}% of all counts lost", 100.0 * reading("lost") / all)
            }
        }
    }

    /// A receipt as a sentence.
    pub(super) fn summary(self, receipt: &Receipt, seconds: f64) -> String {
        let units = |noun| count(receipt.units, noun);
        let reading = |name| receipt.readings.get(name).copied().unwrap_or_default();
        let time = format!("{seconds:.3} s");
        let each = duration(1e9 * seconds / receipt.units as f64);
        match self {
            Self::Blocking { .. } | Self::Offload { .. } => {
                format!("{} that block returned in {time}", units("call"))
            }
            Self::Sleepers { .. } => format!("{} slept and woke in {time}", units("unit")),
            Self::Ticker { size } => format!(
                "{}, at the worst {:.1} ms apart, beside a computation of {size} ms",
                count(reading("ticks") as u64, "tick"),
                1e3 * reading("longest_gap"),
            ),
            // One that spins may stop before it has done all.
            Self::Pingpong { .. } | Self::PingpongSpinning { .. } => {
                format!("{} in {time}, {each} each", units("round trip"))
            }
            Self::Switch { .. } => format!("{} in {time}, {each} each", units("turn")),
            Self::Message { bytes, .. } | Self::Memory { bytes, .. } => format!(
                "{} with {} in {time}, {each} each",
                units("round trip"),
                count(bytes.bytes as u64, "byte"),
            ),
            Self::Crash { units: failing } | Self::CrashPool { units: failing } => {
                let Failing { size, how } = failing;
                let how = how.to_possible_value().expect("no way to fail is hidden");
                let how = how.get_name();
                let (finished, units) = (with_commas(receipt.units), count(size, "unit"));
                format!("{finished} of {units} finished in spite of one {how}, in {time}")
            }
            Self::Race { adds } | Self::RaceCall { adds } => format!(
                "{} counted to {} each and lost {}, in {time}",
                units("worker"),
                with_commas(adds.size),
                count(reading("lost") as u64, "count")
            ),
        }
    }
}

/// To three digits: a rate is not known to more.
fn rounded(rate: f64) -> u64 {
    let last = 10_f64.powf(rate.max(1.0).log10().floor() - 2.0).max(1.0);
    ((rate / last).round() * last) as u64
}

fn failing(units: Failing) -> String {
    let how = match units.how {
        How::Error => "returns an error",
        How::Panic => "panics",
        How::Abort => "aborts its process",
    };
    format!("{}, of which one {how}", count(units.size, "unit"))
}

fn adding(adds: Adds, how: &str) -> String {
    let times = count(adds.size, "time");
    format!("workers count up one number{how}, {times} each, without a lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_takes_its_share_of_the_measured_time() {
        let receipt = Receipt {
            units: 720,
            ..Receipt::default()
        };
        let spinning = Probe::PingpongSpinning { size: 1_000_000 };
        assert_eq!(
            spinning.summary(&receipt, 1.8),
            "720 round trips in 1.800 s, 2.50 ms each"
        );
    }

    #[test]
    fn a_probe_tells_what_its_receipt_and_its_time_say() {
        let slept = Receipt {
            units: 100,
            ..Receipt::default()
        };
        let remark = |probe: Probe| probe.remark(&slept, 0.2, Duration::from_millis(100));
        let sleepers = remark(Probe::Sleepers { size: 100 });
        assert_eq!(sleepers, "50.0 asleep at once on average");
        let ball = remark(Probe::Pingpong { size: 100 });
        assert_eq!(ball, "500 round trips a second");
        assert_eq!(
            [0.4, 80_255.4, 223_999.0].map(rounded),
            [0, 80_300, 224_000]
        );
    }
}
