//! How long requests took: a histogram that grows with every receipt, and adds up as receipts do.

use std::ops::AddAssign;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Times are kept to two digits, which is 1% at the worst.
const DIGITS: u8 = 2;

/// How long requests took, each to within 1%. Takes no memory for none and for one.
///
/// Written down as text: for each time in nanoseconds how many took it, as in `1003519:7 1011711:2`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latencies(Seen);

#[derive(Clone, Debug, Default, PartialEq)]
enum Seen {
    #[default]
    None,
    One(u64),
    Many(Box<Histogram<u64>>),
}

impl Latencies {
    /// Those of one request.
    pub fn of(time: Duration) -> Self {
        // A request of 0 ns is one that the clock could not tell from it.
        Self(Seen::One((time.as_nanos() as u64).max(1)))
    }

    /// Adds the time of a request, and those of the requests that had to stay unasked meanwhile: a client that asks
    /// every `interval` and waits for each answer would otherwise count a long wait once, and the requests due during it never
    /// (Gil Tene's "coordinated omission").
    pub fn note(&mut self, time: Duration, interval: Duration) {
        let interval = interval.as_nanos().max(1) as u64;
        let mut time = (time.as_nanos() as u64).max(1);
        loop {
            self.add(time, 1);
            match time.checked_sub(interval) {
                Some(less) if less >= interval => time = less,
                _ => return,
            }
        }
    }

    /// How many requests there were.
    pub fn count(&self) -> u64 {
        match &self.0 {
            Seen::None => 0,
            Seen::One(_) => 1,
            Seen::Many(histogram) => histogram.len(),
        }
    }

    /// The seconds that this share of the requests took at most: 0.5 for the median, 1 for the longest.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let nanoseconds = match &self.0 {
            Seen::None => return None,
            Seen::One(time) => *time,
            // A time stands for all that count as equal to it, of which the longest may never have been seen.
            Seen::Many(histogram) => histogram.value_at_quantile(share).min(histogram.max()),
        };
        Some(nanoseconds as f64 / 1e9)
    }

    /// Adds so many requests that each took `time` nanoseconds, at least 1.
    pub(crate) fn add(&mut self, time: u64, count: u64) {
        match &mut self.0 {
            Seen::None if count == 1 => self.0 = Seen::One(time),
            Seen::Many(histogram) => histogram.saturating_record_n(time, count),
            Seen::None => {
                let mut histogram = empty();
                histogram.saturating_record_n(time, count);
                self.0 = Seen::Many(histogram);
            }
            Seen::One(other) => {
                let mut histogram = empty();
                histogram.saturating_record(*other);
                histogram.saturating_record_n(time, count);
                self.0 = Seen::Many(histogram);
            }
        }
    }

    fn pairs(&self) -> Vec<(u64, u64)> {
        match &self.0 {
            Seen::None => Vec::new(),
            Seen::One(time) => vec![(*time, 1)],
            Seen::Many(histogram) => {
                let recorded = histogram.iter_recorded();
                let pair = |it: hdrhistogram::iterators::IterationValue<u64>| {
                    (
                        it.value_iterated_to().min(histogram.max()),
                        it.count_at_value(),
                    )
                };
                recorded.map(pair).collect()
            }
        }
    }
}

/// An empty histogram for times of up to an hour. All have the same bounds, so that any two can be added.
fn empty() -> Box<Histogram<u64>> {
    const HOUR: u64 = 3_600_000_000_000;
    Box::new(Histogram::new_with_max(HOUR, DIGITS).expect("bounds that a test has seen"))
}

impl AddAssign for Latencies {
    fn add_assign(&mut self, other: Self) {
        for (time, count) in other.pairs() {
            self.add(time, count);
        }
    }
}

impl Serialize for Latencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.pairs();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(time, count)| format!("{time}:{count}"))
            .collect();
        serializer.serialize_str(&pairs.join(" "))
    }
}

impl<'de> Deserialize<'de> for Latencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut latencies = Self::default();
        for pair in text.split_whitespace() {
            let numbers = pair.split_once(':').and_then(|(time, count)| {
                let (time, count) = (time.parse().ok()?, count.parse().ok()?);
                (count > 0).then_some((time, count))
            });
            let (time, count) = numbers
                .ok_or_else(|| D::Error::custom(format!("{pair:?} is no time and count")))?;
            latencies.add(time, count);
        }
        Ok(latencies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(times: impl IntoIterator<Item = u64>) -> Latencies {
        let mut all = Latencies::default();
        for time in times {
            all += Latencies::of(Duration::from_millis(time));
        }
        all
    }

    /// To two digits.
    fn near(latencies: &Latencies, share: f64) -> u64 {
        (latencies.quantile(share).unwrap() * 1000.0).round() as u64
    }

    #[test]
    fn quantiles_are_right_to_one_percent_in_any_order_of_arrival() {
        let forward = milliseconds(1..=100);
        assert_eq!(forward, milliseconds((1..=100).rev()));
        assert_eq!(forward.count(), 100);
        for (share, time) in [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)] {
            assert!(near(&forward, share).abs_diff(time) <= 1, "{share}");
        }
    }

    #[test]
    fn none_and_one_are_counted_too() {
        assert_eq!(Latencies::default().quantile(0.5), None);
        let one = Latencies::of(Duration::from_millis(7));
        assert_eq!((one.count(), near(&one, 0.99)), (1, 7));
    }

    #[test]
    fn a_long_wait_also_counts_for_the_requests_that_were_due_during_it() {
        let mut latencies = milliseconds([1; 100]);
        latencies.note(Duration::from_millis(100), Duration::from_millis(1));
        assert_eq!(latencies.count(), 200);
        assert!(near(&latencies, 0.5) <= 2 && near(&latencies, 0.99) >= 97);
    }

    #[test]
    fn written_down_and_read_again_they_are_the_same() {
        for latencies in [
            milliseconds([]),
            milliseconds([3]),
            milliseconds([3, 3, 900]),
        ] {
            let text = serde_json::to_string(&latencies).unwrap();
            let again: Latencies = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&again).unwrap(), text);
            assert_eq!(again.count(), latencies.count());
        }
        for nonsense in ["\"x\"", "\"1\"", "\"1:0\"", "\"1:-1\"", "7"] {
            assert!(serde_json::from_str::<Latencies>(nonsense).is_err());
        }
    }
}
