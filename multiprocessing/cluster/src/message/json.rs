//! JSON as Python's kombu writes it.

use serde_json::Value;

/// Puts plain values in place of kombu 5.3's typed ones, as kombu 5.2 writes them: a date is its
/// ISO 8601 text, a UUID, a decimal and bytes are their text.
pub(crate) fn normalised(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(normalised).collect(),
        Value::Object(mut map) => {
            let typed = map.len() == 2 && map.get("__type__").is_some_and(Value::is_string);
            if typed && let Some(value) = map.remove("__value__") {
                return normalised(value);
            }
            map.into_iter()
                .map(|(key, value)| (key, normalised(value)))
                .collect()
        }
        value => value,
    }
}

/// How Python's `repr` shows a value.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(repr).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(map) => {
            let pairs: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), repr(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    let mark = match text.contains('\'') && !text.contains('"') {
        true => '"',
        false => '\'',
    };
    let mut quoted = String::from(mark);
    for character in text.chars() {
        match character {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\\' => quoted.push_str("\\\\"),
            character if character == mark => quoted.extend(['\\', mark]),
            character if character.is_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(character)));
            }
            character => quoted.push(character),
        }
    }
    quoted.push(mark);
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_date_of_kombu_5_7_reads_as_one_of_5_2() {
        let new = json!([{"__type__": "datetime", "__value__": "2026-11-28T20:25:28"}, {"a": 1}]);
        assert_eq!(normalised(new), json!(["2026-11-28T20:25:28", {"a": 1}]));
        let own = json!({"__type__": 1, "__value__": 2});
        assert_eq!(normalised(own.clone()), own);
    }

    #[test]
    fn values_are_shown_as_python_shows_them() {
        let shown = |value| repr(&value);
        assert_eq!(shown(json!([1, 2.5, null, true])), "[1, 2.5, None, True]");
        assert_eq!(shown(json!({"b": "it's"})), r#"{'b': "it's"}"#);
        assert_eq!(shown(json!("a\nb")), r"'a\nb'");
    }
}
