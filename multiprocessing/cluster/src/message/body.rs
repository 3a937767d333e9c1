//! The body of a task: `[args, kwargs, embed]`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A value as the text that it came in.
///
/// Integers of any size keep their digits, and what this process does not look at costs nothing.
pub(crate) type Raw = Box<RawValue>;

/// A value as its text.
///
/// # Errors
///
/// If it is no JSON, as a map whose keys are lists is none.
pub(crate) fn raw<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<Raw> {
    serde_json::value::to_raw_value(value)
}

/// What a task is called with, and what comes after it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Body(
    pub Vec<Raw>,
    pub BTreeMap<String, Raw>,
    #[serde(default)] pub Embed,
);

/// What comes after a task. The chain is reversed: its last is the next.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Embed {
    pub callbacks: Option<Vec<Signature>>,
    pub errbacks: Option<Vec<Signature>>,
    pub chain: Option<Vec<Signature>>,
    pub chord: Option<Value>,
}

/// A call to be made: Celery's `signature`, with all that its versions put into one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Signature(BTreeMap<String, Raw>);

impl Signature {
    /// A call of this task, without arguments.
    pub(crate) fn of(task: &str) -> serde_json::Result<Signature> {
        let fields = [
            ("task", raw(task)?),
            ("args", raw::<[(); 0]>(&[])?),
            ("kwargs", raw(&Map::new())?),
            ("options", raw(&Map::new())?),
            ("subtask_type", raw(&())?),
            ("immutable", raw(&false)?),
        ];
        let fields = fields.map(|(key, value)| (key.to_owned(), value));
        Ok(Signature(fields.into()))
    }

    pub(crate) fn task(&self) -> serde_json::Result<String> {
        self.field("task")
    }

    pub(crate) fn args(&self) -> serde_json::Result<Vec<Raw>> {
        self.field("args")
    }

    pub(crate) fn kwargs(&self) -> serde_json::Result<BTreeMap<String, Raw>> {
        self.field("kwargs")
    }

    pub(crate) fn options(&self) -> serde_json::Result<Map<String, Value>> {
        self.field("options")
    }

    /// Whether the result before it is not among its arguments.
    pub(crate) fn is_immutable(&self) -> serde_json::Result<bool> {
        self.field("immutable")
    }

    /// A field that is missing or null is empty.
    fn field<T: DeserializeOwned + Default>(&self, name: &str) -> serde_json::Result<T> {
        let field = self.0.get(name).map(|field| field.get()).unwrap_or("null");
        let field: Option<T> = serde_json::from_str(field)?;
        Ok(field.unwrap_or_default())
    }
}
