//! And what does a message cost on any core, where the other side may have to be woken up on another?

use crate::judge::finding::{ALIKE, Finding, LESS, MORE};
use crate::judge::questions::message::{Trips, call, trip};
use crate::judge::rule::{Each, Question, Rule};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{seconds, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "What does it cost on any core, where the other side may wake up on another?",
    file: file!(),
    source: Some("src/probes/pingpong.rs"),
    row: Some(Rule {
        subject: "the same across cores",
        words: "Two units send a message back and forth on any core, beside the same on one core. To wake an idle core up may cost more \
            than everything else: on virtual machines 40 to 50 µs were seen. A side that looks for the message for a while before it sleeps \
            need not be woken up. Processes and tasks are compared with threads, sleeping with sleeping and looking with looking (threads look for about a microsecond, processes and tasks 200 times); where the \
            two disagree it depends on the wait.",
        thresholds: &[MORE, ALIKE, LESS],
        experiments: &[
            Row::PingpongAnyCore,
            Row::PingpongSpinningAnyCore,
            Row::PingpongOneCore,
        ],
        ladder: false,
        judge: Each::of(judge).beside(&[Threading]),
    }),
    claims: &[],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    if who == Sequential {
        results.experiment(Row::PingpongAnyCore)?;
        return Ok(Finding::new(
            seconds(call(results)?.median()),
            "a function call",
        ));
    }
    if who == Cluster {
        return Ok(Finding::new(
            seconds(trip(results, Row::PingpongAnyCore, who)?.median()),
            "",
        ));
    }
    let trips = Trips::on_any_core(results, who)?;
    let threads = Trips::on_any_core(results, Threading).ok();
    let mut finding = trips.finding(who, threads.as_ref());
    if let Ok(one_core) = Trips::on_one_core(results, who) {
        let factor = times(trips.asleep.median() / one_core.asleep.median());
        finding.number += &format!("; {factor} its time on one core");
    }
    Ok(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::judge::finding::Fate;
    use crate::model::run::Run;

    #[test]
    fn a_message_across_cores_stands_beside_the_one_on_one_core() {
        let took = |seconds| move |run: &mut Run| run.seconds = seconds;
        let results = fixtures::results()
            .with(Row::PingpongOneCore, Threading, took(5e-6))
            .with(Row::PingpongAnyCore, Threading, took(50e-6))
            .with(Row::PingpongSpinningAnyCore, Threading, took(1e-6));
        let finding = judge(&results, Threading).unwrap();
        assert_eq!(
            (&*finding.verdict, &*finding.number),
            ("50.0 µs", "1.00 µs spinning; 10.0x its time on one core")
        );
    }

    #[test]
    fn processes_that_are_as_slow_asleep_and_slower_awake_depend_on_the_wait() {
        let took = |seconds| move |run: &mut Run| run.seconds = seconds;
        let results = fixtures::results()
            .with(Row::PingpongAnyCore, Threading, took(43e-6))
            .with(Row::PingpongSpinningAnyCore, Threading, took(1e-6))
            .with(Row::PingpongAnyCore, Multiprocessing, took(44e-6))
            .with(Row::PingpongSpinningAnyCore, Multiprocessing, took(8e-6));
        let finding = judge(&results, Multiprocessing).unwrap();
        assert_eq!(finding.verdict, "depends on the wait");
        assert_eq!(finding.fate(), Some(Fate::InPart));
    }
}
