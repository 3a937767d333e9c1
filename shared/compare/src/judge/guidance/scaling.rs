//! How a technique's speed grows with its workers, and the laws behind that.

use schemars::JsonSchema;
use serde::Serialize;
use shared::compute::UNITS;

use super::laws::{amdahl, scalability_law};
use crate::model::quantity::{cores, percent, times};
use crate::model::results::Results;
use crate::model::rows::{Row, Sweep};
use crate::model::technique::Contestant;

/// How a technique's speed grows with its workers.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Scaling {
    /// The workload.
    pub workload: Row,
    /// The technique.
    pub who: Contestant,
    /// Numbers of workers, each with how many times as fast as one it is.
    pub speedups: Vec<(f64, f64)>,
    /// The laws behind them, where there are cores enough to tell; `None` for a workload that waits, and on fewer than eight.
    pub law: Option<Law>,
}

/// Two laws of how speed grows, fitted to speed-ups with a core for each worker.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Law {
    /// Amdahl's law: the share of the work that no worker can take off another.
    pub serial: f64,
    /// The Universal Scalability Law: the cost of waiting for each other.
    pub contention: f64,
    /// And the cost of agreeing with each other, which in the end makes more workers slower.
    pub coherence: f64,
}

pub(super) fn scalings(results: &Results) -> Vec<Scaling> {
    let mut scalings = Vec::new();
    for (sweep_name, workload) in [
        (Sweep::WhenComputing, Row::Hashes),
        (Sweep::WhenWaiting, Row::Sites),
    ] {
        for who in Contestant::TECHNIQUES {
            let points = results.sweep(sweep_name).into_iter();
            let times = points.map(|(workers, row)| Some((workers, row.took(who).ok()?)));
            let times: Vec<_> = times.flatten().collect();
            // What waits needs no cores, and its curve follows the waits.
            let cores = match sweep_name {
                Sweep::WhenComputing => results.machine.cores as f64,
                _ => 0.0,
            };
            scalings.extend(scaling(workload, who, &times, cores));
        }
    }
    scalings
}

/// The speed-ups behind these times by number of workers; `None` if one alone was not timed, or no other number.
fn scaling(workload: Row, who: Contestant, times: &[(f64, f64)], cores: f64) -> Option<Scaling> {
    let &(_, alone) = times.iter().find(|(workers, _)| *workers == 1.0)?;
    let speedups: Vec<_> = times
        .iter()
        .map(|(workers, time)| (*workers, alone / time))
        .collect();
    (speedups.len() > 1).then(|| Scaling {
        workload,
        who,
        law: law(&speedups, cores),
        speedups,
    })
}

/// Fewer cores than these tell no law: on two, "contention 46%" and "no end in sight" were fitted to the same machine.
const ENOUGH_CORES: f64 = 8.0;

/// The laws behind these speed-ups, as far as every worker has a core; `None` where there are too few cores to tell.
///
/// They are fitted against what so many equal units allow: that some workers have one more than others is no cost of working together.
pub fn law(speedups: &[(f64, f64)], cores: f64) -> Option<Law> {
    if cores < ENOUGH_CORES {
        return None;
    }
    let on_cores = || speedups.iter().filter(|(workers, _)| *workers <= cores);
    let busy: Vec<_> = on_cores()
        .map(|(workers, factor)| (allowed(*workers), *factor))
        .collect();
    let even: Vec<_> = on_cores()
        .map(|(workers, factor)| (*workers, factor * workers / allowed(*workers)))
        .collect();
    let (contention, coherence) = scalability_law(&even)?;
    Some(Law {
        serial: amdahl(&busy)?,
        contention,
        coherence,
    })
}

/// How many times as fast as one so many workers are at most: each unit is one worker's alone, and the last one ends with the most.
fn allowed(workers: f64) -> f64 {
    let units = f64::from(UNITS);
    units / (units / workers).ceil()
}

impl Scaling {
    pub(super) fn sentence(&self, results: &Results) -> String {
        let Self {
            workload,
            who,
            speedups,
            law,
        } = self;
        let [workers, factors] = [0, 1].map(|which| {
            let column = speedups.iter().map(|(workers, factor)| match which {
                0 => workers.to_string(),
                _ => times(*factor),
            });
            column.collect::<Vec<_>>().join(", ")
        });
        let cores = cores(results.machine.cores);
        let curve = format!("{workload} in {who}, on {cores}: {factors} with {workers} workers.");
        match law {
            Some(law) => curve + &law.sentence(),
            None => curve,
        }
    }
}

impl Law {
    /// In words.
    pub fn sentence(&self) -> String {
        format!(
            " Against what {UNITS} equal units allow, Amdahl's law: {} serial. Universal Scalability Law: contention {}, coherence {}.",
            percent(self.serial),
            percent(self.contention),
            small_percent(self.coherence),
        )
    }
}

/// A share with two digits however small it is.
fn small_percent(share: f64) -> String {
    if share == 0.0 {
        "none".to_owned()
    } else if share >= 0.001 {
        percent(share)
    } else {
        format!("{:.4}%", 100.0 * share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::technique::Contestant::Threading;

    #[test]
    fn twice_the_workers_at_twice_the_speed_share_nothing() {
        let times = [(1.0, 8.0), (2.0, 4.0), (4.0, 2.0)];
        let many = scaling(Row::Hashes, Threading, &times, 8.0).unwrap();
        let law = many.law.unwrap();
        assert!(law.serial < 1e-9 && law.contention < 1e-9 && law.coherence < 1e-9);
        let sentence = many.sentence(&fixtures::results());
        assert!(sentence.contains("Amdahl's law: 0.0% serial"), "{sentence}");
    }

    /// The speed-ups of the Universal Scalability Law on so many cores, beyond which more workers are no faster.
    fn curve(contention: f64, coherence: f64, cores: f64) -> Vec<(f64, f64)> {
        let speedup =
            |n: f64| allowed(n) / (1.0 + contention * (n - 1.0) + coherence * n * (n - 1.0));
        let workers = (1..=16).map(f64::from);
        workers.map(|n| (n, speedup(n.min(cores)))).collect()
    }

    #[test]
    fn the_laws_are_fitted_up_to_the_number_of_cores_and_not_beyond() {
        for cores in [8.0, 16.0] {
            for (contention, coherence) in [(0.0, 0.0), (0.05, 0.001), (0.2, 0.0)] {
                let law = law(&curve(contention, coherence, cores), cores).unwrap();
                assert!((law.contention - contention).abs() < 1e-9, "{law:?}");
                assert!((law.coherence - coherence).abs() < 1e-9, "{law:?}");
            }
            // Fitted beyond the cores, the flat end of the curve would be a cost of the work.
            let beyond = scalability_law(&curve(0.0, 0.0, 8.0)).unwrap();
            assert!(beyond.0 + beyond.1 > 0.001, "{beyond:?}");
        }
        for cores in [1.0, 2.0, 7.0] {
            assert_eq!(law(&curve(0.0, 0.0, cores), cores), None, "{cores}");
        }
    }

    #[test]
    fn a_flawless_machine_is_not_told_that_units_which_do_not_divide_evenly_are_serial() {
        let bounds = [
            (6.0, 5.0),
            (7.0, 20.0 / 3.0),
            (8.0, 20.0 / 3.0),
            (16.0, 10.0),
        ];
        for (workers, most) in bounds {
            assert_eq!(allowed(workers), most, "{workers}");
        }
        for cores in [8, 12, 16] {
            let speedups = (1..=cores).map(f64::from).map(|n| (n, allowed(n)));
            let speedups: Vec<_> = speedups.collect();
            let law = law(&speedups, f64::from(cores)).unwrap();
            let costs = [law.serial, law.contention, law.coherence];
            assert!(costs.iter().all(|cost| *cost < 1e-9), "{cores}: {law:?}");
        }
        // And a serial share of the same units is found.
        let serial = |n: f64| (n, 1.0 / (0.1 + 0.9 / allowed(n)));
        let law = law(&[1.0, 2.0, 4.0, 7.0, 8.0].map(serial), 8.0).unwrap();
        assert!((law.serial - 0.1).abs() < 1e-9, "{law:?}");
    }

    #[test]
    fn work_that_waits_has_no_law_on_any_number_of_cores() {
        for cores in [2, 8, 16] {
            let mut results = fixtures::results();
            results.machine.cores = cores;
            let laws = |results: &Results, workload: Row| {
                let scalings = scalings(results).into_iter();
                let of = scalings.filter(|scaling| scaling.workload == workload);
                of.map(|scaling| scaling.law.is_some()).collect::<Vec<_>>()
            };
            let (waits, computes) = (laws(&results, Row::Sites), laws(&results, Row::Hashes));
            assert!(!waits.is_empty() && !waits.contains(&true), "{cores}");
            assert!(
                !computes.is_empty() && !computes.contains(&(cores < 8)),
                "{cores}"
            );
        }
    }

    #[test]
    fn on_fewer_than_eight_cores_the_sentence_shows_the_curve_itself() {
        let times = [(1.0, 8.0), (2.0, 4.0), (4.0, 5.0)];
        let of_eight = scaling(Row::Hashes, Threading, &times, 8.0).unwrap();
        assert!(of_eight.law.is_some());
        let few = scaling(Row::Hashes, Threading, &times, 7.0).unwrap();
        assert_eq!(few.law, None);
        assert_eq!(
            few.sentence(&fixtures::results()),
            "hashes in threading, on 2 cores: 1.00x, 2.00x, 1.60x with 1, 2, 4 workers."
        );
        assert!(scaling(Row::Hashes, Threading, &times[..1], 8.0).is_none());
    }

    #[test]
    fn sizes_have_the_units_that_suit_them() {
        assert_eq!(small_percent(0.0), "none");
        assert_eq!(small_percent(0.000_02), "0.0020%");
    }

    #[test]
    fn a_law_is_fitted_up_to_a_worker_for_each_core() {
        let speedups = [(1.0, 1.0), (2.0, 2.0), (4.0, 4.0), (8.0, 4.0)];
        assert!(law(&speedups, 8.0).unwrap().serial > 0.05);
        let beyond = [&speedups[..3], &[(16.0, 4.0)]].concat();
        assert!(law(&beyond, 8.0).unwrap().serial < 1e-9);
    }

    #[test]
    fn a_share_of_a_thousandth_is_written_in_percent_and_a_smaller_one_with_four_places() {
        assert_eq!(small_percent(0.0), "none");
        assert_eq!(small_percent(0.00099), "0.0990%");
        assert_eq!(small_percent(0.001), percent(0.001));
        assert_eq!(small_percent(0.00105), percent(0.00105));
    }
}
