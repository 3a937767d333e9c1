//! A bad network that is the same for every technique: which page meets which fault at which try.
//!
//! Nothing here is random but the seed: every run and every technique meets the same faults. The local server acts
//! them out (`server/misbehave.rs`).

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::outcome::{Outcome, Tally};

/// What can go wrong with one answer of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The answer comes late.
    Latency,
    /// The first bytes of the head come one by one.
    SlowHead,
    /// Some bytes of the body come one by one.
    SlowBody,
    /// The body is cut into chunks, its length unannounced.
    Chunked,
    /// The body is compressed though the client did not ask for it.
    Compressed,
    /// 404.
    NotFound,
    /// 500.
    ServerError,
    /// 503, with a Retry-After.
    Unavailable,
    /// 429, with a Retry-After.
    TooManyRequests,
    /// A redirect to a port at which no server listens.
    Refused,
    /// The connection is reset before the answer.
    ResetBefore,
    /// The connection is reset in the middle of the body.
    ResetInBody,
    /// The connection ends before as many bytes as announced.
    Short,
    /// More bytes than announced.
    Long,
    /// A body of the right length with a wrong byte.
    WrongByte,
    /// Never an answer.
    Silence,
    /// A redirect to the page itself.
    RedirectLoop,
    /// A body that does not end.
    Huge,
}

impl Fault {
    /// All of them, with their names and their shares of a mixture.
    ///
    /// Every silence costs its client a whole timeout: it is rare.
    const TABLE: [(Self, &str, u64); 18] = [
        (Self::Latency, "latency", 10),
        (Self::SlowHead, "slow-head", 10),
        (Self::SlowBody, "slow-body", 10),
        (Self::Chunked, "chunked", 10),
        (Self::Compressed, "compressed", 10),
        (Self::NotFound, "not-found", 10),
        (Self::ServerError, "server-error", 10),
        (Self::Unavailable, "unavailable", 10),
        (Self::TooManyRequests, "too-many-requests", 10),
        (Self::Refused, "refused", 10),
        (Self::ResetBefore, "reset-before", 10),
        (Self::ResetInBody, "reset-in-body", 10),
        (Self::Short, "short", 10),
        (Self::Long, "long", 10),
        (Self::WrongByte, "wrong-byte", 10),
        (Self::Silence, "silence", 1),
        (Self::RedirectLoop, "redirect-loop", 5),
        (Self::Huge, "huge", 5),
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::TABLE.into_iter().map(|(fault, ..)| fault)
    }

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    fn share(self) -> u64 {
        self.row().2
    }

    fn row(self) -> (Self, &'static str, u64) {
        let row = Self::TABLE.into_iter().find(|row| row.0 == self);
        row.expect("the table has a row for every fault")
    }

    /// How a try that meets it ends, for a client that is neither impatient nor greedy.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Latency | Self::SlowHead | Self::SlowBody | Self::Chunked | Self::Compressed => {
                Outcome::Ok
            }
            Self::NotFound => Outcome::NotFound,
            Self::TooManyRequests => Outcome::ClientError,
            Self::ServerError | Self::Unavailable => Outcome::ServerError,
            Self::Refused => Outcome::Refused,
            Self::ResetBefore | Self::ResetInBody => Outcome::Reset,
            Self::Short | Self::Long | Self::WrongByte => Outcome::Corrupt,
            Self::Silence => Outcome::Timeout,
            Self::RedirectLoop => Outcome::RedirectLoop,
            Self::Huge => Outcome::TooLarge,
        }
    }

    /// Whether another try may end otherwise.
    pub fn is_worth_a_retry(self) -> bool {
        !matches!(self, Self::NotFound | Self::RedirectLoop | Self::Huge)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which faults there are, how often, and by which seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    seed: u64,
    rate: f64,
    mixture: Vec<Fault>,
}

/// Mixtures that have a name.
const PROFILES: [&str; 4] = ["all", "slow", "flaky", "hostile"];

/// How many answers meet a fault where a profile is asked for without a rate.
const PROFILE_RATE: f64 = 0.3;

impl Faults {
    /// The fault that page number `page` meets at this attempt, the first of which is 1.
    pub fn fault(&self, page: u64, attempt: u32) -> Option<Fault> {
        let mut dice = Dice::new(&[self.seed, page, attempt.into()]);
        if dice.fraction() >= self.rate {
            return None;
        }
        let shares = self.mixture.iter().map(|fault| fault.share());
        let mut ticket = dice.number() % shares.sum::<u64>();
        self.mixture.iter().copied().find(|fault| {
            let drawn = ticket < fault.share();
            ticket = ticket.saturating_sub(fault.share());
            drawn
        })
    }

    /// What must become of so many pages with at most so many tries each: how the pages end, and how the tries.
    pub fn predict(&self, pages: u64, tries: u32) -> (Tally, Tally) {
        let (mut ends, mut made) = (Tally::default(), Tally::default());
        for page in 0..pages {
            for attempt in 1..=tries {
                let fault = self.fault(page, attempt);
                let outcome = fault.map_or(Outcome::Ok, Fault::outcome);
                made += Tally::of(outcome);
                let retried = outcome != Outcome::Ok
                    && attempt < tries
                    && fault.is_some_and(Fault::is_worth_a_retry);
                if !retried {
                    ends += Tally::of(outcome);
                    break;
                }
            }
        }
        (ends, made)
    }

    /// `SEED:RATE`, `SEED:RATE:NAME` or `NAME`, where a name is that of a profile or of a single fault.
    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<_> = text.split(':').collect();
        let (seed, rate, name) = match parts[..] {
            [name] => (1, None, name),
            [seed, rate] => (seed.parse().ok()?, Some(rate.parse().ok()?), "all"),
            [seed, rate, name] => (seed.parse().ok()?, Some(rate.parse().ok()?), name),
            _ => return None,
        };
        let mixture: Vec<_> = Fault::all().filter(|fault| belongs(*fault, name)).collect();
        let usual = if PROFILES.contains(&name) {
            PROFILE_RATE
        } else {
            1.0
        };
        let rate = rate.unwrap_or(usual);
        let sound = (0.0..=1.0).contains(&rate) && !mixture.is_empty();
        sound.then_some(Self {
            seed,
            rate,
            mixture,
        })
    }
}

/// Whether a fault is in the mixture of this name.
fn belongs(fault: Fault, name: &str) -> bool {
    match name {
        "all" => true,
        // Nothing is lost, all of it is late.
        "slow" => fault.outcome() == Outcome::Ok,
        // Another try may help.
        "flaky" => {
            fault.outcome() != Outcome::Ok && fault.is_worth_a_retry() && fault != Fault::Silence
        }
        // Clients without limits of their own do not come out of it.
        "hostile" => matches!(
            fault,
            Fault::Silence
                | Fault::RedirectLoop
                | Fault::Huge
                | Fault::Short
                | Fault::Long
                | Fault::WrongByte
        ),
        name => fault.name() == name,
    }
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| {
            let names: Vec<_> = Fault::all().map(Fault::name).collect();
            format!(
                "SEED:RATE as in 7:0.3, a profile ({}), a fault ({}), or SEED:RATE:NAME is allowed",
                PROFILES.join(", "),
                names.join(", ")
            )
        })
    }
}

/// Numbers that look random and follow from their seeds: splitmix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that roll the same for the same seeds.
    pub(crate) fn new(seeds: &[u64]) -> Self {
        let mut dice = Self(0);
        for seed in seeds {
            dice.0 ^= seed;
            dice.0 = dice.number();
        }
        dice
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// The next number, brought to 0 to 1, 1 excluded.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.number() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        text.parse().unwrap()
    }

    #[test]
    fn a_page_meets_the_same_fault_whenever_it_is_asked() {
        let all = faults("7:0.5");
        let draw = || -> Vec<_> {
            (0..1000)
                .map(|page| all.fault(page, 1 + page as u32 % 3))
                .collect()
        };
        assert_eq!(draw(), draw());
        let other = faults("8:0.5");
        let same = (0..1000)
            .filter(|page| all.fault(*page, 1) == other.fault(*page, 1))
            .count();
        assert!(same < 500, "{same} of 1000 pages do not care for the seed");
    }

    #[test]
    fn the_first_faults_of_a_seed_are_those_they_always_were() {
        // A change here changes every figure that was ever taken under faults.
        let first: Vec<_> = (0..12)
            .filter_map(|page| faults("7:0.5").fault(page, 1))
            .collect();
        assert_eq!(first, FIRST);
    }

    const FIRST: [Fault; 7] = [
        Fault::Long,
        Fault::Unavailable,
        Fault::ResetInBody,
        Fault::Chunked,
        Fault::WrongByte,
        Fault::WrongByte,
        Fault::Latency,
    ];

    #[test]
    fn faults_are_as_frequent_as_the_rate_says_and_each_as_its_share() {
        let all = faults("1:0.3");
        let met: Vec<_> = (0..100_000).filter_map(|page| all.fault(page, 1)).collect();
        assert!((29_000..31_000).contains(&met.len()), "{}", met.len());
        let shares: u64 = Fault::all().map(Fault::share).sum();
        for fault in Fault::all() {
            let expected = 30_000.0 * fault.share() as f64 / shares as f64;
            let count = met.iter().filter(|met| **met == fault).count() as f64;
            assert!(
                (count / expected - 1.0).abs() < 0.25,
                "{fault}: {count} instead of about {expected}"
            );
        }
        assert!((0..1000).all(|page| faults("1:0").fault(page, 1).is_none()));
        assert!((0..1000).all(|page| faults("1:1").fault(page, 1).is_some()));
    }

    #[test]
    fn a_further_try_meets_a_fate_of_its_own() {
        let all = faults("1:0.3");
        let twice = (0..100_000)
            .filter(|page| all.fault(*page, 1).is_some() && all.fault(*page, 2).is_some())
            .count();
        assert!((8_500..9_500).contains(&twice), "{twice}");
    }

    #[test]
    fn a_single_fault_and_a_profile_go_by_name() {
        for fault in Fault::all() {
            assert_eq!(faults(fault.name()).fault(3, 2), Some(fault));
        }
        let slow = faults("5:1:slow");
        assert!((0..100).all(|page| slow.fault(page, 1).unwrap().outcome() == Outcome::Ok));
        for name in PROFILES {
            assert_eq!(faults(name).rate, PROFILE_RATE, "{name}");
        }
    }

    #[test]
    fn a_wrong_description_of_faults_is_answered_with_the_right_form() {
        for wrong in [
            "",
            "7",
            "7:",
            "7:1.1",
            "7:-1",
            "x:0.3",
            "7:NaN",
            "7:0.3:dogs",
            "1:2:3:4",
        ] {
            let said = wrong.parse::<Faults>().unwrap_err();
            assert!(
                said.contains("7:0.3") && said.contains("reset-before"),
                "{said}"
            );
        }
    }

    #[test]
    fn every_page_of_a_prediction_has_one_end() {
        let (ends, tries) = faults("3:0.3").predict(1000, 4);
        assert_eq!(ends.total(), 1000);
        assert!(tries.total() > 1100, "{tries:?}");
        assert_eq!(ends.count(Outcome::Ok), tries.count(Outcome::Ok));
        let (ends, tries) = faults("not-found").predict(10, 4);
        assert_eq!((ends.total(), tries.total()), (10, 10));
        let (ends, tries) = faults("short").predict(10, 4);
        assert_eq!((ends.total(), tries.total()), (10, 40));
    }
}
