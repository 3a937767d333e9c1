//! Whether verdict and prediction are right, where the winner is known by construction.

use super::{foretold, verdict};
use crate::model::own::Own;
use crate::model::quantity::times;
use crate::model::technique::Contestant::{self, Sequential};

/// A work of which the winner is known, and what was said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    name: String,
    known: Vec<String>,
    winner: Option<Contestant>,
    predicted: Vec<Contestant>,
    /// How many times as fast as one after another the winner is.
    factor: Option<f64>,
    /// Why there is no winner, where there is none.
    reason: Option<String>,
}

impl Tried {
    /// What was said of this work, of which these techniques may win.
    pub fn of(own: &Own, known: Vec<String>) -> Self {
        let verdict = verdict(own);
        let winner = verdict.winner;
        let wall = |who| Some(own.row.cell(who)?.wall().ok()?.median);
        let factor = winner.and_then(|winner| Some(wall(Sequential)? / wall(winner)?));
        Self {
            name: own.subject.name.clone(),
            known,
            winner,
            // Where an item ends its process the verdict is not about speed, and nothing is foretold.
            predicted: match own.lost.is_empty() {
                true => foretold(own).unwrap_or_default(),
                false => Vec::new(),
            },
            factor,
            reason: verdict
                .sentences
                .into_iter()
                .next()
                .filter(|_| winner.is_none()),
        }
    }

    fn knows(&self, who: Contestant) -> bool {
        self.known.iter().any(|name| name == who.name())
    }

    /// Whether the verdict names one that may win.
    pub fn right(&self) -> bool {
        self.winner.is_some_and(|winner| self.knows(winner))
    }

    /// Whether it names one that may not.
    pub fn wrong(&self) -> bool {
        self.winner.is_some() && !self.right()
    }

    /// Whether one that may win was foretold.
    pub fn foretold(&self) -> bool {
        self.predicted.iter().any(|who| self.knows(*who))
    }

    /// In a line, and another that says why there is no winner.
    pub fn text(&self) -> String {
        let name = self
            .name
            .rsplit_once('/')
            .map_or(self.name.as_str(), |(_, name)| name);
        let winner = self.winner.map_or("not decided", Contestant::name);
        let names: Vec<_> = self.predicted.iter().map(|who| who.name()).collect();
        let sign = match (self.right(), self.wrong()) {
            (true, _) => "right",
            (_, true) => "WRONG",
            _ => "open",
        };
        let factor = self.factor.map_or("-".to_owned(), times);
        let reason = self.reason.iter().map(|reason| format!("      {reason}\n"));
        format!(
            "{sign:<5} {name:<28} {winner:<15} {factor:>6}  predicted: {}\n{}",
            names.join(" or "),
            reason.collect::<String>()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::own;
    use crate::model::own::{Loss, Prediction};
    use crate::model::technique::Contestant::{Asyncio, Threading};

    fn tried(winner: Option<Contestant>, predicted: &[Contestant]) -> Tried {
        Tried {
            name: "a/b.rs".to_owned(),
            known: vec!["threading".to_owned(), "multiprocessing".to_owned()],
            winner,
            predicted: predicted.to_vec(),
            factor: Some(1.9),
            reason: winner.is_none().then(|| "Nothing is ranked.".to_owned()),
        }
    }

    #[test]
    fn a_verdict_is_right_wrong_or_open() {
        let right = tried(Some(Threading), &[Asyncio, Threading]);
        assert!(right.right() && !right.wrong() && right.foretold());
        let wrong = tried(Some(Asyncio), &[Asyncio]);
        assert!(!wrong.right() && wrong.wrong() && !wrong.foretold());
        let open = tried(None, &[]);
        assert!(!open.right() && !open.wrong() && !open.foretold());
        assert!(right.text().starts_with("right b.rs"), "{}", right.text());
        assert!(!right.text().contains("Nothing"), "{}", right.text());
        let text = open.text();
        assert!(
            text.starts_with("open") && text.ends_with("\n      Nothing is ranked.\n"),
            "{text}"
        );
    }

    #[test]
    fn a_work_that_was_tried_has_the_winner_its_factor_and_the_prediction() {
        let foretold = |own: &mut Own| {
            own.predictions = vec![Prediction {
                who: Asyncio,
                workers: 2,
                seconds: 0.2,
            }];
        };
        let all_well = Tried::of(&own([0.4, 0.2, 0.3, 0.3], foretold), Vec::new());
        assert_eq!(all_well.winner, Some(Threading));
        assert!((all_well.factor.unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(all_well.predicted, [Asyncio]);
        assert!(all_well.text().starts_with("WRONG"), "{}", all_well.text());
        let once = Tried::of(&own([0.4; 4], |own| own.once = true), Vec::new());
        assert!(
            once.text().contains("one run ranks nothing"),
            "{}",
            once.text()
        );
        let deadly = |own: &mut Own| {
            foretold(own);
            let why = "it died".to_owned();
            own.lost.insert(Sequential, Loss { items: 40, why });
        };
        assert_eq!(Tried::of(&own([0.4; 4], deadly), Vec::new()).predicted, []);
    }
}
