//! A run in sentences.

use std::time::Duration;

use clap::ValueEnum;

use super::number::{count, with_commas};
use super::workload::{Adds, Failing, Workload};
use crate::probes::How;
use crate::receipt::Receipt;

impl Workload {
    /// The sentence that a run begins with, where its work prints nothing while it runs.
    pub(super) fn opening(&self) -> Option<String> {
        match *self {
            Self::Lists { size } => {
                let lists = count(size as u64, "list");
                Some(format!("{lists} of 100,000 items"))
            }
            Self::Squares { size, .. } => {
                let size = with_commas(size);
                Some(format!("sums of squares below {size} and more"))
            }
            Self::Hashes { size } => {
                let digests = count(size.into(), "digest");
                Some(format!("20 chains of {digests}"))
            }
            Self::Sleepers { size } => {
                let units = count(size as u64, "unit");
                Some(format!("{units} fall asleep"))
            }
            Self::Pingpong { size } | Self::PingpongSpinning { size } => {
                let times = count(size, "time");
                Some(format!("a ball goes there and back {times}"))
            }
            Self::Switch { size } => {
                let times = count(size, "time");
                Some(format!("two units give way to each other {times}"))
            }
            Self::Blocking { calls } => {
                let calls = count(calls.size as u64, "call");
                Some(format!("{calls}, each of which blocks its thread"))
            }
            Self::Offload { calls } => {
                let calls = count(calls.size as u64, "call");
                Some(format!("{calls} that block, handed to a pool"))
            }
            Self::Ticker { size } => Some(format!(
                "a tick every millisecond, beside {size} ms of computing without a pause"
            )),
            Self::Message { size, bytes, .. } => {
                let (bytes, times) = (count(bytes.bytes as u64, "byte"), count(size, "time"));
                Some(format!("{bytes} go there and back {times}"))
            }
            Self::Memory { size, bytes } => {
                let (bytes, times) = (count(bytes.bytes as u64, "byte"), count(size, "time"));
                Some(format!("two sides change {bytes} in turn, {times} each"))
            }
            Self::Crash { units } => Some(failing(units)),
            Self::CrashPool { units } => Some(format!("{}, all in a pool", failing(units))),
            Self::Race { adds } => Some(adding(adds, "")),
            Self::RaceCall { adds } => Some(adding(adds, " by calls")),
            Self::Waiter { .. } | Self::Serve { .. } => None,
            Self::Hello { .. } | Self::Sites { .. } | Self::Cats { .. } => None,
        }
    }

    /// What a run that took so many `seconds` tells beside its summary, where its units nap for so long; `None` where each unit,
    /// or each worker, has a line.
    pub(super) fn told(&self, receipt: &Receipt, seconds: f64, nap: Duration) -> Option<String> {
        let units = receipt.units as f64;
        let reading = |name| receipt.readings.get(name).copied().unwrap_or_default();
        let at_once = units * nap.as_secs_f64() / seconds;
        Some(match *self {
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
            _ => return None,
        })
    }

    /// What its units are called, if each is done by one worker.
    pub(super) fn unit(&self) -> Option<&'static str> {
        match self {
            Self::Hello { .. } => Some("greeting"),
            Self::Sites { .. } | Self::Cats { .. } => Some("page"),
            Self::Lists { .. } => Some("list"),
            Self::Squares { .. } => Some("sum"),
            Self::Hashes { .. } => Some("chain"),
            _ => None,
        }
    }

    /// A receipt as a sentence.
    pub(super) fn summary(&self, receipt: &Receipt, seconds: f64) -> String {
        let Receipt {
            answer, readings, ..
        } = receipt;
        let units = |noun| count(receipt.units, noun);
        let reading = |name| readings.get(name).copied().unwrap_or_default();
        let time = format!("{seconds:.3} s");
        match self {
            Self::Waiter { .. } => {
                format!("{} in {time}, never two tables at once", units("order"))
            }
            Self::Hello { .. } => format!("{} in {time}{}", units("greeting"), troubles(receipt)),
            Self::Sites { .. } | Self::Cats { .. } => downloaded(receipt, seconds),
            Self::Lists { .. } => format!("{} in {time}, all right: {answer}", units("list")),
            Self::Squares { .. } => format!("{} in {time}, {answer} in all", units("sum")),
            Self::Hashes { .. } => format!("{} in {time}, {answer}", units("chain")),
            Self::Serve { .. } => served(receipt, seconds),
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
            Self::Pingpong { .. } | Self::PingpongSpinning { .. } => format!(
                "{} in {time}, {:.0} ns each",
                units("round trip"),
                1e9 * seconds / receipt.units as f64
            ),
            Self::Switch { .. } => format!(
                "{} in {time}, {:.0} ns each",
                units("turn"),
                1e9 * seconds / receipt.units as f64
            ),
            Self::Message { bytes, .. } | Self::Memory { bytes, .. } => format!(
                "{} with {} in {time}, {:.2} µs each",
                units("round trip"),
                count(bytes.bytes as u64, "byte"),
                1e6 * seconds / receipt.units as f64
            ),
            Self::Crash { units: failing } | Self::CrashPool { units: failing } => {
                let Failing { size, how } = failing;
                let how = how.to_possible_value().expect("no way to fail is hidden");
                let how = how.get_name();
                let (finished, units) = (with_commas(receipt.units), count(*size, "unit"));
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

/// The receipt of a download as a sentence.
fn downloaded(receipt: &Receipt, seconds: f64) -> String {
    let (pages, bytes) = (count(receipt.units, "page"), count(receipt.bytes, "byte"));
    let troubles = troubles(receipt);
    format!("{pages}, {bytes} in {seconds:.3} s{troubles}")
}

/// What went wrong, behind a sentence that says what went well.
fn troubles(receipt: &Receipt) -> String {
    let (lost, failed) = (receipt.outcomes.troubles(), receipt.tries.troubles());
    let mut text = String::new();
    if lost.total() > 0 {
        text += &format!("; lost: {lost}");
    }
    if failed.total() > 0 {
        text += &format!("; tries that failed: {failed}");
    }
    if receipt.unfinished > 0 {
        text += &format!("; not fetched: {}", receipt.unfinished);
    }
    text
}

/// The receipt of a server as a sentence.
fn served(receipt: &Receipt, seconds: f64) -> String {
    let most = receipt.readings.get("most_connections").copied();
    let mut text = format!(
        "{} over {} in {seconds:.3} s, at most {} open at once in a process",
        count(receipt.units, "request"),
        count(receipt.answer.sum() as u64, "connection"),
        most.unwrap_or_default(),
    );
    for (kind, number) in &receipt.errors {
        text += &format!("; {kind}: {number}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_prints_nothing_meanwhile_says_first_what_it_does() {
        let hashes = Workload::Hashes { size: 500_000 };
        assert_eq!(
            hashes.opening().as_deref(),
            Some("20 chains of 500,000 digests")
        );
        assert_eq!(Workload::Waiter { size: 5 }.opening(), None);
    }

    #[test]
    fn a_round_trip_takes_the_time_of_those_that_were_done() {
        let receipt = Receipt {
            units: 720,
            ..Receipt::default()
        };
        let spinning = Workload::PingpongSpinning { size: 1_000_000 };
        assert_eq!(
            spinning.summary(&receipt, 1.8),
            "720 round trips in 1.800 s, 2500000 ns each"
        );
    }

    #[test]
    fn a_probe_tells_what_its_receipt_and_its_time_say() {
        let slept = Receipt {
            units: 100,
            ..Receipt::default()
        };
        let told = |workload: Workload| workload.told(&slept, 0.2, Duration::from_millis(100));
        let sleepers = told(Workload::Sleepers { size: 100 });
        assert_eq!(sleepers.as_deref(), Some("50.0 asleep at once on average"));
        let ball = told(Workload::Pingpong { size: 100 });
        assert_eq!(ball.as_deref(), Some("500 round trips a second"));
        assert_eq!(told(Workload::Hashes { size: 1 }), None);
        assert_eq!(
            [0.4, 80_255.4, 223_999.0].map(rounded),
            [0, 80_300, 224_000]
        );
    }
}
