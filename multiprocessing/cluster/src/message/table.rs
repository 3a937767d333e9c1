//! Headers: AMQP's tables as JSON objects, and back.

use lapin::types::{AMQPValue, FieldArray, FieldTable, ShortString};
use serde_json::{Map, Value};

/// A table as an object. What JSON has no type for is null.
pub(crate) fn from_table(table: &FieldTable) -> Map<String, Value> {
    let pairs = table.inner().iter();
    pairs
        .map(|(key, value)| (key.to_string(), from_value(value)))
        .collect()
}

fn from_value(value: &AMQPValue) -> Value {
    match value {
        AMQPValue::Boolean(it) => (*it).into(),
        AMQPValue::ShortShortInt(it) => (*it).into(),
        AMQPValue::ShortShortUInt(it) => (*it).into(),
        AMQPValue::ShortInt(it) => (*it).into(),
        AMQPValue::ShortUInt(it) => (*it).into(),
        AMQPValue::LongInt(it) => (*it).into(),
        AMQPValue::LongUInt(it) => (*it).into(),
        AMQPValue::LongLongInt(it) => (*it).into(),
        AMQPValue::Float(it) => (*it).into(),
        AMQPValue::Double(it) => (*it).into(),
        AMQPValue::Timestamp(it) => (*it).into(),
        AMQPValue::ShortString(it) => it.as_str().into(),
        AMQPValue::LongString(it) => String::from_utf8_lossy(it.as_bytes()).into(),
        AMQPValue::ByteArray(it) => String::from_utf8_lossy(it.as_slice()).into(),
        AMQPValue::FieldArray(it) => it.as_slice().iter().map(from_value).collect(),
        AMQPValue::FieldTable(it) => from_table(it).into(),
        AMQPValue::DecimalValue(it) => {
            (f64::from(it.value) / 10_f64.powi(i32::from(it.scale))).into()
        }
        AMQPValue::Void => Value::Null,
    }
}

/// An object as a table, without keys that are too long for one (255 bytes).
pub(crate) fn to_table(object: &Map<String, Value>) -> FieldTable {
    let mut table = FieldTable::default();
    for (key, value) in object {
        if let Ok(key) = ShortString::try_new(key.as_str()) {
            table.insert(key, to_value(value));
        }
    }
    table
}

fn to_value(value: &Value) -> AMQPValue {
    match value {
        Value::Null => AMQPValue::Void,
        Value::Bool(it) => AMQPValue::Boolean(*it),
        Value::Number(it) => match it.as_i64() {
            Some(it) => i32::try_from(it).map_or(AMQPValue::LongLongInt(it), AMQPValue::LongInt),
            None => AMQPValue::Double(it.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(it) => AMQPValue::LongString(it.as_str().into()),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(to_value).collect();
            AMQPValue::FieldArray(FieldArray::from(values))
        }
        Value::Object(map) => AMQPValue::FieldTable(to_table(map)),
    }
}
