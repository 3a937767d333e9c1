//! A worker's side of a task: what a node sends to its worker processes, what they do with it, and what a task can ask for meanwhile.

use std::collections::BTreeMap;
use std::process;
use std::time::{Duration, Instant};

use multiprocessing::{Panic, Registration, catch};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::chunks::{Answers, Each, STARMAP, is_built_in};
use crate::exception::Exception;
use crate::message::{Raw, Signature, now, raw};
use crate::tasks::{Tasks, run_one};

impl Tasks<0> {
    #[doc(hidden)]
    pub fn relay() -> Registration {
        Registration::new(relay)
    }
}

/// A call, on its way from a node to one of its workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub task: String,
    pub id: String,
    pub retries: u32,
    /// `[args, kwargs]` in JSON.
    pub arguments: String,
    /// Each item of a chunk is answered for itself.
    pub each: bool,
    /// When the soft time limit is reached, in seconds since 1970.
    pub soft: Option<f64>,
}

/// The task that a worker runs at this moment.
#[derive(Clone, Debug)]
pub struct CurrentTask {
    /// Its id.
    pub id: String,
    /// How often it has been retried.
    pub retries: u32,
    soft: Option<f64>,
}

static CURRENT: Mutex<Option<CurrentTask>> = Mutex::new(None);

/// The task that this worker runs at this moment.
pub fn current_task() -> Option<CurrentTask> {
    CURRENT.lock().clone()
}

/// How long the task that this worker runs may take before its soft time limit: zero if that has passed, `None` if there is none.
/// A long task asks, tidies up, and returns [`Exception::soft_time_limit`].
pub fn time_left() -> Option<Duration> {
    let left = (current_task()?.soft? - now()).max(0.0);
    // A limit may be further away than a duration reaches.
    Some(Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX))
}

/// What a worker answers: JSON, or an exception's JSON.
pub(crate) type Reply = Result<String, String>;

/// Runs one call, in a worker.
pub(crate) fn relay(call: Call) -> Reply {
    *CURRENT.lock() = Some(CurrentTask {
        id: call.id.clone(),
        retries: call.retries,
        soft: call.soft,
    });
    let outcome = run(&call);
    *CURRENT.lock() = None;
    match outcome {
        Ok(value) => Ok(value.get().to_owned()),
        Err(exception) => Err(serde_json::to_string(&exception).unwrap_or_default()),
    }
}

fn run(call: &Call) -> Result<Raw, Exception> {
    let (args, kwargs): (Vec<Raw>, BTreeMap<String, Raw>) =
        serde_json::from_str(&call.arguments)
            .map_err(|error| Exception::type_error(format!("{}: {error}", call.task)))?;
    match is_built_in(&call.task) {
        true => run_chunk(call, &args, &kwargs),
        false => run_one(&call.task, &args, &kwargs),
    }
}

/// Runs a chunk.
fn run_chunk(call: &Call, args: &[Raw], kwargs: &BTreeMap<String, Raw>) -> Result<Raw, Exception> {
    let argument = |place: usize, name: &str| {
        let value = args.get(place).or_else(|| kwargs.get(name));
        value.ok_or_else(|| {
            let task = &call.task;
            Exception::type_error(format!(
                "{task}() missing 1 required positional argument: '{name}'"
            ))
        })
    };
    let unreadable = |error: serde_json::Error| Exception::type_error(error.to_string());
    let signature: Signature =
        serde_json::from_str(argument(0, "task")?.get()).map_err(unreadable)?;
    let task = signature.task().map_err(unreadable)?;
    let items = argument(1, "it")?.get();
    let items: Vec<Vec<Raw>> = match call.task == STARMAP {
        true => serde_json::from_str(items).map_err(unreadable)?,
        false => {
            let items: Vec<Raw> = serde_json::from_str(items).map_err(unreadable)?;
            items.into_iter().map(|item| vec![item]).collect()
        }
    };
    let start = Instant::now();
    let answer = if call.each {
        let each = items.iter().map(|item| run_item(&task, item)).collect();
        let seconds = start.elapsed().as_secs_f64();
        raw(&Answers { each, seconds })
    } else {
        let none = BTreeMap::new();
        let values = items.iter().map(|item| run_one(&task, item, &none));
        raw(&values.collect::<Result<Vec<_>, _>>()?)
    };
    answer.map_err(unreadable)
}

/// Runs the task of this name for an item of a chunk: a panic is the end of that item alone.
fn run_item(task: &str, args: &[Raw]) -> Each {
    let run = || run_one(task, args, &BTreeMap::new());
    match catch(run) {
        Ok(Ok(value)) => Each::Value(value),
        Ok(Err(exception)) => Each::Exception(exception),
        Err(Panic { message, location }) => {
            Each::Exception(Exception::panic(&message, process::id(), location))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_limit_may_be_further_away_than_a_duration_reaches() {
        *CURRENT.lock() = Some(CurrentTask {
            id: String::new(),
            retries: 0,
            soft: Some(1e300),
        });
        assert_eq!(time_left(), Some(Duration::MAX));
        *CURRENT.lock() = None;
    }
}
