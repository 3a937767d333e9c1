//! The JSON Schemas of results.json and work.json, derived from the structures themselves.

use schemars::{Schema, schema_for};

use crate::model::own::{self, Own};
use crate::model::results;
use crate::render::export::File;

/// That of results.json, as text.
///
/// # Errors
///
/// If it cannot be written as JSON, which a test rules out.
pub fn schema() -> anyhow::Result<String> {
    titled(
        schema_for!(File),
        "results of `make compare`",
        results::VERSION,
    )
}

/// That of work.json, as text.
///
/// # Errors
///
/// If it cannot be written as JSON, which a test rules out.
pub fn of_work() -> anyhow::Result<String> {
    titled(
        schema_for!(Own),
        "results of `make compare WORK=...`",
        own::VERSION,
    )
}

fn titled(mut schema: Schema, title: &str, version: u32) -> anyhow::Result<String> {
    schema.insert(
        "title".to_owned(),
        format!("{title}, version {version}").into(),
    );
    Ok(serde_json::to_string_pretty(&schema)? + "\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;
    use shared::Latencies;

    use super::*;
    use crate::fixtures;
    use crate::judge::report::Report;
    use crate::model::own::{Loss, Price, Sweep};
    use crate::model::rows::Row;
    use crate::model::technique::Contestant::*;

    #[test]
    fn results_of_every_kind_fit_the_schema_and_others_do_not() {
        let schema = serde_json::from_str(&schema().unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let results = fixtures::results()
            .with(Row::Cats, Asyncio, |run| {
                run.receipt.latencies = Latencies::of(Duration::from_millis(7));
                run.receipt.errors.insert("timeout".to_owned(), 1);
            })
            .with_failure(Row::Hashes, Threading, "oh")
            .with_ladder(Threading, &[1, 10, 100], 9000);
        let report = Report::of(&results);
        let good = serde_json::to_value(File::of(&results, &report)).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&good)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");

        let changes: [fn(&mut Value); 5] = [
            |value| value["verdicts"]["conclusion"][0]["fate"] = "perhaps".into(),
            |value| value["version"] = 1.into(),
            |value| value["rounds"] = "five".into(),
            |value| value["experiments"][0]["cells"][0]["contestant"] = "magic".into(),
            |value| {
                value.as_object_mut().unwrap().remove("machine");
            },
        ];
        for change in changes {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(!validator.is_valid(&bad));
        }
    }

    #[test]
    fn a_readers_work_fits_its_schema_and_others_do_not() {
        let schema = serde_json::from_str(&of_work().unwrap()).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let own = fixtures::own([0.4, 0.2, 0.3, 0.2], |own| {
            let why = "it is not there".to_owned();
            own.left_out.insert(Subinterpreters, why.clone());
            own.lost.insert(Threading, Loss { items: 1, why });
            own.prices.insert(Asyncio, Price::default());
            own.sweeps.push(Sweep {
                who: Threading,
                points: vec![(1, 0.4), (2, 0.2)],
            });
        });
        let good = serde_json::to_value(&own).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&good)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");

        let changes: [fn(&mut Value); 4] = [
            |value| value["subject"]["kind"] = "poem".into(),
            |value| value["sweeps"][0]["points"][0] = 1.into(),
            |value| value["left_out"]["subinterpreters"] = 314.into(),
            |value| {
                value.as_object_mut().unwrap().remove("workers");
            },
        ];
        for change in changes {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(!validator.is_valid(&bad));
        }
    }
}
