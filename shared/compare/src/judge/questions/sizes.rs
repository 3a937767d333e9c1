//! A claim over the sizes of what is handed over: from which size on it holds.

use crate::judge::finding::{Evidence, Fate};
use crate::model::experiment::NotMeasured;
use crate::model::quantity::bytes;
use crate::model::results::Results;
use crate::model::rows::Sweep;

/// What is found at one size.
pub struct Found {
    /// Bytes.
    pub size: u64,
    /// The claim's fate.
    pub fate: Fate,
    /// The numbers behind it.
    pub number: String,
}

/// The sizes at which a sweep was measured, in bytes, smallest first.
///
/// # Errors
///
/// If it was not.
pub fn sizes(results: &Results, sweep: Sweep) -> Result<Vec<u64>, NotMeasured> {
    let rows = results.experiments.iter();
    let mut sizes: Vec<_> = rows.filter_map(|row| row.name.place_in(sweep)).collect();
    sizes.sort_unstable();
    match sizes.is_empty() {
        true => Err(NotMeasured::LeftOut(sweep.to_string())),
        false => Ok(sizes),
    }
}

/// A claim that holds from some size on holds in part, and one that is refuted at every size is refuted.
pub fn over_sizes(found: &[Found]) -> Evidence {
    let (Some(smallest), Some(largest)) = (found.first(), found.last()) else {
        return Err(NotMeasured::NoRun);
    };
    let holds = |it: &&Found| it.fate == Fate::Holds;
    let up_from = found.iter().rev().take_while(holds);
    let up_to = found.iter().take_while(holds).last();
    let (fate, where_to) = match up_from.last() {
        Some(first) if first.size > smallest.size => (
            Fate::InPart,
            format!("from {} on", bytes(first.size as f64)),
        ),
        Some(_) => (Fate::Holds, "at every size".to_owned()),
        None if found.iter().all(|it| it.fate == largest.fate) => {
            (largest.fate, "at no size".to_owned())
        }
        None => (
            Fate::Unsure,
            match up_to {
                Some(last) => format!("surely up to {} alone", bytes(last.size as f64)),
                None => "at no size for sure".to_owned(),
            },
        ),
    };
    let at = |it: &Found| format!("{} at {}", it.number, bytes(it.size as f64));
    let numbers = match smallest.size < largest.size {
        true => format!("{}; {}", at(smallest), at(largest)),
        false => at(largest),
    };
    Ok((fate, format!("{where_to}: {numbers}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(fates: [Fate; 3]) -> (Fate, String) {
        let sizes = [8, 65_536, 1_048_576].into_iter().zip(fates);
        let found = sizes.map(|(size, fate)| Found {
            size,
            fate,
            number: fate.word().to_owned(),
        });
        over_sizes(&found.collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_size_from_which_on_a_claim_holds_is_named() {
        use Fate::{Holds, InPart, Refuted, Unsure};
        for (fates, fate, words) in [
            ([Holds, Holds, Holds], Holds, "at every size: "),
            ([InPart, Holds, Holds], InPart, "from 64.0 KiB on: "),
            ([Refuted, Unsure, Holds], InPart, "from 1.00 MiB on: "),
            ([Refuted, Refuted, Refuted], Refuted, "at no size: "),
            ([InPart, InPart, InPart], InPart, "at no size: "),
            (
                [Holds, Holds, Unsure],
                Unsure,
                "surely up to 64.0 KiB alone: ",
            ),
            ([Holds, Unsure, Refuted], Unsure, "surely up to 8 B alone: "),
            ([InPart, Refuted, Refuted], Unsure, "at no size for sure: "),
        ] {
            let (judged, number) = judged(fates);
            assert_eq!(judged, fate, "{fates:?}");
            assert!(number.starts_with(words), "{fates:?}: {number}");
        }
        assert_eq!(
            judged([InPart, Holds, Holds]).1,
            "from 64.0 KiB on: in part at 8 B; holds at 1.00 MiB"
        );
    }
}
