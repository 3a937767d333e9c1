//! What follows from the recorded runs.

use crate::model::pictures::{Pictures, Recorded};
use crate::model::quantity::{count, seconds};
use crate::model::stats::Estimate;
use crate::model::technique::Contestant;

impl Recorded {
    /// In what the picture of a computation contradicts the table, if it does.
    ///
    /// The two are different runs, and the table's has the program's start in it: they need only be near each other.
    fn contradiction(&self) -> Option<String> {
        let Self {
            workload,
            who,
            cpu_in_units,
            lanes_at_once,
            ..
        } = self;
        let average = cpu_in_units / self.length;
        match self.table_cpu {
            Some(table) if !(table / 2.0..table * 1.5).contains(cpu_in_units) => Some(format!(
                "{who} {workload}: {} of CPU time in the picture, {} in the table",
                seconds(*cpu_in_units),
                seconds(table)
            )),
            _ if lanes_at_once + 0.5 < average => Some(format!(
                "{who} {workload}: at most {lanes_at_once} lanes at once in the picture, but {average:.2} cores used"
            )),
            _ => None,
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

    /// In what pictures of computations contradict the table.
    pub fn contradictions(&self) -> Vec<String> {
        let computed = self.recorded.iter().filter(|run| run.computes);
        computed.filter_map(Recorded::contradiction).collect()
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
