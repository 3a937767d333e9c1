//! The JSON Schema of results.json, derived from the structure itself.

use schemars::schema_for;

use crate::model::results::VERSION;
use crate::render::export::File;

/// The schema, as text.
///
/// # Errors
///
/// If it cannot be written as JSON, which a test rules out.
pub fn schema() -> anyhow::Result<String> {
    let mut schema = schema_for!(File);
    schema.insert(
        "title".to_owned(),
        format!("results of `make compare`, version {VERSION}").into(),
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
}
