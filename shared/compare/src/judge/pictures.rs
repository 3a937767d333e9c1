//! What follows from the recorded runs.

use crate::model::pictures::{Lane, Pictures, Recorded};
use crate::model::quantity::{count, percent, seconds};
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;

impl Recorded {
    /// What the picture of a computation on threads shows, in a sentence.
    pub fn computing(&self, cores: u64) -> String {
        let (lanes, at_once) = (self.lanes.len() as u64, self.lanes_at_once as u64);
        let share = percent(self.displaced());
        match lanes {
            1 => format!("One thread has one core at a time, of {cores}."),
            lanes if lanes > cores => format!(
                "{lanes} threads on {cores} cores: {at_once} ran at once, and they were ready without a core for {share} of their \
                 time."
            ),
            lanes if at_once < lanes => format!(
                "{lanes} threads on {cores} cores, of which only {at_once} ran at once: the rest was taken by others."
            ),
            lanes => format!(
                "{lanes} threads on {cores} cores: all ran at once, and they were ready without a core for {share} of their time."
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
            return "Nothing was noted.".to_owned();
        };
        let Some(ticker) = self.lanes.iter().find(|lane| lane.name != computation.name) else {
            return format!(
                "One after another on {}: no tick before the computation is done.",
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
                "The ticker ({name}) never took the core from the computation ({computation_name}), which did not give way."
            ),
            times => format!(
                "The ticker ({name}) took the core from the computation ({computation_name}) {} times, an arrow for each that has room; it was ready \
                 without a core for {}, while the computation kept it.",
                count(times),
                seconds(ticker.no_core)
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
