//! What follows from the recorded runs.

use crate::model::pictures::{Lane, Pictures, Recorded};
use crate::model::quantity::{self, count, percent, seconds};
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;

impl Recorded {
    /// What the picture of a computation on threads shows, in a sentence.
    pub fn computing(&self, cores: u64) -> String {
        let (lanes, at_once) = (self.lanes.len() as u64, self.lanes_at_once as u64);
        let share = percent(self.displaced());
        let on = quantity::cores(cores);
        match lanes {
            1 => format!("one thread runs on one core at a time, of {cores}."),
            lanes if lanes > cores => format!(
                "{lanes} threads on {on}: {at_once} ran at once, and the threads were ready without a core for {share} of \
                 their time."
            ),
            lanes if at_once < lanes => format!(
                "{lanes} threads on {on}, of which only {at_once} ran at once: other programs took the other cores."
            ),
            lanes => format!(
                "{lanes} threads on {on}: all ran at once, and were ready without a core for {share} of their time."
            ),
        }
    }

    /// What the picture of the ticker beside a computation shows, in sentences: the lane that computed for longest is the computation.
    pub fn ticking(&self) -> String {
        let computation = self
            .lanes
            .iter()
            .max_by(|a, b| a.on_core.total_cmp(&b.on_core));
        let Some(computation) = computation else {
            return "nothing was recorded.".to_owned();
        };
        let Some(ticker) = self.lanes.iter().find(|lane| lane.name != computation.name) else {
            return format!(
                "one after another on {}: no tick before the computation ends.",
                computation.name
            );
        };
        let times = |by: &Lane, of: &Lane| {
            let mut takings = self.takings.iter();
            let found = takings.find(|(one, other, _)| (one, other) == (&by.name, &of.name));
            found.map_or(0, |(_, _, times)| *times)
        };
        let (computation_name, name) = (&computation.name, &ticker.name);
        match times(ticker, computation) {
            0 => format!(
                "the ticker ({name}) never took the core from the computation ({computation_name}), which did not give way."
            ),
            times => format!(
                "the ticker ({name}) took the core from the computation ({computation_name}) {} times, with an arrow for each where \
                 there is room, and waited for it {}.",
                count(times),
                match ticker.no_core {
                    0.0 => "not at all".to_owned(),
                    wait => format!("for {}", seconds(wait)),
                }
            ),
        }
    }
}

impl Pictures {
    /// How many times as fast as with one worker, by number of workers: the median of the rounds, and its interval.
    pub fn speedups(&self) -> Vec<(Contestant, Vec<(f64, Estimate)>)> {
        let speedups = self.widths.iter().filter_map(|(who, times)| {
            let (_, alone) = times.first_key_value()?;
            let alone = Estimate::of(alone)?.median;
            let points = times.iter().filter_map(|(width, times)| {
                let factors: Vec<_> = times.iter().map(|time| alone / time).collect();
                Some((*width as f64, Estimate::of(&factors)?))
            });
            Some((*who, points.collect()))
        });
        speedups.collect()
    }

    /// In what pictures of computations contradict the table; those that were disturbed say so themselves.
    pub fn contradictions(&self) -> Vec<String> {
        let sure = self.recorded.iter().filter(|run| run.disturbed.is_none());
        sure.filter_map(Recorded::contradiction).collect()
    }

    /// What recording cost, in a sentence.
    pub fn cost(&self) -> Option<String> {
        let sum = |reading: fn(&Recorded) -> f64| self.recorded.iter().map(reading).sum::<f64>();
        let (cost, cpu) = (sum(|run| run.cost), sum(|run| run.cpu));
        let notes = sum(|run| run.notes as f64);
        (cpu > 0.0).then(|| {
            format!(
                "Recording took {:.1}% of the CPU time of the {} runs that are drawn here, {} notes in all. The runs in the tables were not \
                 recorded.",
                100.0 * cost / cpu,
                self.recorded.len(),
                count(notes as u64)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::recorded;
    use crate::model::technique::Contestant::{Asyncio, Threading};

    #[test]
    fn a_caption_says_how_many_threads_computed_at_once() {
        let lane = ("one", 3.0, 1.0);
        let said = |lanes, at_once| recorded(&vec![lane; lanes], at_once).computing(2);
        assert_eq!(said(1, 1.0), "one thread runs on one core at a time, of 2.");
        let all = said(2, 2.0);
        assert!(
            all.starts_with("2 threads on 2 cores: all ran at once"),
            "{all}"
        );
        assert!(all.contains("25%"), "{all}");
        let more = said(3, 2.0);
        assert!(
            more.starts_with("3 threads on 2 cores: 2 ran at once"),
            "{more}"
        );
        assert!(more.contains("25%"), "{more}");
        let fewer = said(2, 1.0);
        assert!(fewer.contains("only 1 ran at once"), "{fewer}");
    }

    #[test]
    fn a_caption_says_how_often_the_ticker_took_the_core_from_the_computation() {
        let mut run = recorded(&[("ticks", 0.1, 0.5), ("computes", 2.0, 0.1)], 1.0);
        let never = run.ticking();
        assert!(
            never.contains("the ticker (ticks) never took the core"),
            "{never}"
        );
        let taking = |one: &str, other: &str, times| (one.to_owned(), other.to_owned(), times);
        run.takings = vec![taking("computes", "ticks", 7)];
        assert_eq!(run.ticking(), never, "that was the computation");
        run.takings.push(taking("ticks", "computes", 1234));
        let often = run.ticking();
        assert!(
            often.contains("(ticks) took the core from the computation (computes) 1,234 times"),
            "{often}"
        );
        assert!(often.contains("waited for it for 500 ms"), "{often}");
    }

    #[test]
    fn on_one_lane_nothing_ticks_before_the_computation_is_done() {
        let alone = recorded(&[("main", 2.0, 0.0)], 1.0).ticking();
        assert!(alone.contains("on main: no tick before"), "{alone}");
        assert_eq!(recorded(&[], 0.0).ticking(), "nothing was recorded.");
    }

    #[test]
    fn a_speed_up_is_the_time_of_one_worker_divided_by_that_of_many() {
        let mut pictures = Pictures::default();
        for (workers, seconds) in [(1, 4.0), (1, 4.0), (2, 2.0), (2, 2.0)] {
            pictures.add_width(Threading, workers, seconds);
        }
        let speedups = pictures.speedups();
        let [(who, points)] = &speedups[..] else {
            panic!("{speedups:?}");
        };
        assert_eq!(*who, Threading);
        let points: Vec<_> = points.iter().map(|(at, it)| (*at, it.median)).collect();
        assert_eq!(points, [(1.0, 1.0), (2.0, 2.0)]);
    }

    #[test]
    fn a_picture_that_contradicts_the_table_says_so_unless_it_was_disturbed() {
        let agrees = recorded(&[], 1.0);
        let contradicts = Recorded {
            lanes_at_once: 0.0,
            ..agrees.clone()
        };
        let disturbed = Recorded {
            disturbed: Some("others took half".to_owned()),
            ..contradicts.clone()
        };
        let mut pictures = Pictures {
            recorded: vec![agrees, disturbed],
            ..Pictures::default()
        };
        assert!(pictures.contradictions().is_empty());
        pictures.recorded.push(contradicts);
        assert_eq!(pictures.contradictions().len(), 1);
    }

    #[test]
    fn recording_costs_its_share_of_the_cpu_time_of_all_that_was_recorded() {
        let mut pictures = Pictures::default();
        assert_eq!(pictures.cost(), None);
        let run = recorded(&[], 1.0);
        pictures.recorded = vec![
            Recorded {
                who: Asyncio,
                cpu: 4.0,
                ..run.clone()
            },
            Recorded { cost: 0.04, ..run },
        ];
        let cost = pictures.cost().unwrap();
        // 0.05 s of 5 s.
        for part in ["took 1.0%", "of the 2 runs", "2,000 notes"] {
            assert!(cost.contains(part), "{part} is not in {cost}");
        }
    }
}
