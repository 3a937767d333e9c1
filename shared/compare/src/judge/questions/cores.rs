//! And what does a message cost on any core, where the other side may have to be woken up on another?

use crate::judge::finding::Finding;
use crate::judge::questions::message::round_trip;
use crate::judge::rule::{Question, Rule};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::{seconds, times};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;
use crate::model::technique::Contestant::{self, *};

pub static QUESTION: Question = Question {
    text: "And what on any core, where the other side may have to be woken up on another?",
    file: file!(),
    source: Some("src/probes/pingpong.rs"),
    row: Some(Rule {
        subject: "the same across cores",
        words: "Two units send a message back and forth on any core, beside the same on one core. To wake an idle core up may cost more \
            than everything else: on virtual machines 40 to 50 µs were seen.",
        thresholds: &[],
        experiments: &[Row::PingpongAnyCore, Row::PingpongOneCore],
        ladder: false,
        judge,
    }),
    claims: &[],
};

fn judge(results: &Results, who: Contestant) -> Result<Finding, NotMeasured> {
    let each = |run: &Run| Some(run.seconds / run.receipt.units as f64);
    let cost = results.median(Row::PingpongAnyCore, who, each)?;
    let number = match (who, round_trip(results, who)) {
        (Sequential, _) => "a function call".to_owned(),
        (_, Ok(one_core)) => format!("{} its time on one core", times(cost / one_core)),
        (_, Err(_)) => String::new(),
    };
    Ok(Finding::new(seconds(cost), number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_message_across_cores_stands_beside_the_one_on_one_core() {
        let took = |seconds| move |run: &mut Run| run.seconds = seconds;
        let results = fixtures::results()
            .with(Row::PingpongOneCore, Threading, took(5e-6))
            .with(Row::PingpongAnyCore, Threading, took(50e-6));
        let finding = judge(&results, Threading).unwrap();
        assert_eq!(
            (&*finding.verdict, &*finding.number),
            ("50.0 µs", "10.0x its time on one core")
        );
    }
}
