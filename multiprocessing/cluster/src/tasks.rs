//! Tasks by name: one list for the processes of this machine and for the messages of others.

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use multiprocessing::{Registration, Task};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::chunks;
use crate::error::{Error, Result};
use crate::exception::{Exception, RUST};
use crate::message::{Raw, raw};

/// Lists the tasks of a program for [`init`](crate::init).
///
/// Each entry is the path of a function. Its name for Celery is that path with dots, `program.add`, or what follows `as`; then
/// the names of its parameters may come, for callers that use them.
///
/// ```
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
/// fn total(numbers: Vec<i64>) -> i64 {
///     numbers.iter().sum()
/// }
///
/// cluster::init(cluster::tasks![total, add as "proj.add"(a, b)]);
/// ```
#[macro_export]
macro_rules! tasks {
    ($($task:path $(as $name:literal $(($($parameter:ident),* $(,)?))?)?),* $(,)?) => {
        $crate::Tasks {
            registrations: [
                $crate::Tasks::relay(),
                $($crate::multiprocessing::Registration::new($task)),*
            ],
            entries: ::std::vec![$(
                $crate::Entry::new(
                    $task,
                    ::std::option::Option::None::<&'static str>$(.or(::std::option::Option::Some($name)))?,
                    &[$($($(::std::stringify!($parameter)),*)?)?],
                )
            ),*],
        }
    };
}

/// The tasks of a program. Made by [`tasks!`](crate::tasks).
#[derive(Debug)]
pub struct Tasks<const N: usize> {
    #[doc(hidden)]
    pub registrations: [Registration; N],
    #[doc(hidden)]
    pub entries: Vec<Entry>,
}

/// A task in the list for [`init`](crate::init). Made by [`tasks!`](crate::tasks).
pub struct Entry {
    id: TypeId,
    name: String,
    path: &'static str,
    run: Run,
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Entry")
            .field("name", &self.name)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Runs one call: its result, or its exception.
type Run = Box<dyn Fn(&[Raw], &BTreeMap<String, Raw>) -> Result<Raw, Exception> + Send + Sync>;

/// How many parameters a function has. The compiler finds it.
pub trait Parameters {
    /// That number.
    const COUNT: usize;
}

macro_rules! impl_parameters {
    ($count:literal $(, $parameter:ident)*) => {
        impl<R, $($parameter),*> Parameters for fn($($parameter),*) -> R {
            const COUNT: usize = $count;
        }
    };
}

impl_parameters!(0);
impl_parameters!(1, A);
impl_parameters!(2, A, B);
impl_parameters!(3, A, B, C);
impl_parameters!(4, A, B, C, D);

impl Entry {
    #[doc(hidden)]
    pub fn new<S: Parameters, F: Task<S>>(
        task: F,
        name: Option<&'static str>,
        parameters: &'static [&'static str],
    ) -> Entry {
        let name = name.map_or_else(|| type_name::<F>().replace("::", "."), str::to_owned);
        let function = name.rsplit('.').next().unwrap_or_default().to_owned();
        let run = move |args: &[Raw], kwargs: &BTreeMap<String, Raw>| {
            let args = bind(&function, S::COUNT, parameters, args, kwargs)?;
            let arguments = unpack::<F::Arguments>(S::COUNT, &args)
                .map_err(|error| Exception::type_error(format!("{function}(): {error}")))?;
            let output = raw(&task.call(arguments)).map_err(|error| {
                Exception::type_error(format!("{function}() returned what is no JSON: {error}"))
            })?;
            match fails::<F::Output>() {
                true => unwrapped(&output, type_name::<F::Output>()),
                false => Ok(output),
            }
        };
        Entry {
            id: TypeId::of::<F>(),
            name,
            path: type_name::<F>(),
            run: Box::new(run),
        }
    }
}

/// Whether a task's type of result is a `Result`.
pub(crate) fn fails<R>() -> bool {
    type_name::<R>().starts_with("core::result::Result<")
}

/// The value of an `Ok`, or the exception of an `Err`.
fn unwrapped(output: &RawValue, name: &str) -> Result<Raw, Exception> {
    #[derive(Deserialize)]
    enum Either {
        Ok(Raw),
        Err(Raw),
    }
    match serde_json::from_str(output.get()) {
        Ok(Either::Ok(value)) => Ok(value),
        Ok(Either::Err(error)) => Err(serde_json::from_str(error.get()).unwrap_or_else(|_| {
            let value = serde_json::from_str(error.get()).unwrap_or(Value::Null);
            Exception::new(RUST, &class(name), [value])
        })),
        Err(error) => Err(Exception::type_error(error.to_string())),
    }
}

/// The last name in the path of `E`, given the name of `Result<T, E>`.
fn class(result: &str) -> String {
    let mut depth = 0;
    let mut comma = 0;
    for (place, character) in result.char_indices() {
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 1 => comma = place + 1,
            _ => {}
        }
    }
    let error = result[comma..].trim().trim_end_matches('>');
    let path = error.split('<').next().unwrap_or(error);
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

/// Puts arguments that came by name into their places.
fn bind(
    function: &str,
    count: usize,
    parameters: &[&str],
    args: &[Raw],
    kwargs: &BTreeMap<String, Raw>,
) -> Result<Vec<Raw>, Exception> {
    let mut bound = args.to_vec();
    for name in kwargs.keys() {
        let text = match parameters.iter().position(|it| it == name) {
            None => format!("{function}() got an unexpected keyword argument '{name}'"),
            Some(place) if place < args.len() => {
                format!("{function}() got multiple values for argument '{name}'")
            }
            Some(_) => continue,
        };
        return Err(Exception::type_error(text));
    }
    for name in parameters.iter().skip(args.len()) {
        bound.extend(kwargs.get(*name).cloned());
    }
    let given = bound.len();
    if given == count {
        return Ok(bound);
    }
    let missing = parameters.iter().skip(args.len());
    let missing: Vec<_> = missing
        .filter(|name| !kwargs.contains_key(**name))
        .collect();
    Err(Exception::type_error(match missing[..] {
        [name] if given < count => {
            format!("{function}() missing 1 required positional argument: '{name}'")
        }
        _ => format!("{function}() takes {count} positional arguments but {given} were given"),
    }))
}

/// Arguments as the type that the function takes: a value, or a tuple of several.
fn unpack<A: for<'de> Deserialize<'de>>(count: usize, args: &[Raw]) -> serde_json::Result<A> {
    match (count, args) {
        (0, _) => serde_json::from_str("null"),
        (1, [only]) => serde_json::from_str(only.get()),
        _ => serde_json::from_str(raw(&args)?.get()),
    }
}

/// Arguments as a list of values.
pub(crate) fn pack<S: Parameters, A: Serialize>(arguments: &A) -> Result<Vec<Raw>> {
    let failed = Error::json("serialise the arguments");
    let whole = raw(arguments).map_err(failed)?;
    match S::COUNT {
        0 => Ok(Vec::new()),
        1 => Ok(vec![whole]),
        _ => serde_json::from_str(whole.get()).map_err(Error::json("serialise the arguments")),
    }
}

static REGISTRY: OnceLock<Vec<Entry>> = OnceLock::new();

/// Makes the listed functions known to this machine's processes and to the messages of others, and turns this process into a
/// worker if it was started to be one. It takes the place of [`multiprocessing::init`].
///
/// # Panics
///
/// If it is called twice.
pub fn init<const N: usize>(tasks: Tasks<N>) {
    assert!(
        REGISTRY.set(tasks.entries).is_ok(),
        "cluster::init is called once"
    );
    multiprocessing::init(tasks.registrations);
}

fn entries() -> Result<&'static [Entry]> {
    let entries = REGISTRY.get().map(Vec::as_slice);
    Ok(entries.ok_or(multiprocessing::Error::NotInitialised)?)
}

/// The names of all tasks.
pub(crate) fn names() -> Vec<String> {
    let mut names: Vec<_> = entries()
        .unwrap_or_default()
        .iter()
        .map(|entry| entry.name.clone())
        .collect();
    names.sort_unstable();
    names
}

/// Whether there is a task of this name.
pub(crate) fn knows(name: &str) -> bool {
    chunks::is_built_in(name) || find(name).is_some()
}

/// The name of a task.
pub(crate) fn name_of<F: 'static>() -> Result<&'static str> {
    let entry = entries()?.iter().find(|it| it.id == TypeId::of::<F>());
    Ok(entry
        .map(|entry| entry.name.as_str())
        .ok_or(multiprocessing::Error::Unregistered {
            task: type_name::<F>(),
        })?)
}

/// The path of a task, as the errors of a pool name it.
pub(crate) fn path_of(name: &str) -> &'static str {
    find(name).map_or("unknown", |entry| entry.path)
}

fn find(name: &str) -> Option<&'static Entry> {
    entries().ok()?.iter().find(|entry| entry.name == name)
}

/// Runs the task of this name.
pub(crate) fn run_one(
    task: &str,
    args: &[Raw],
    kwargs: &BTreeMap<String, Raw>,
) -> Result<Raw, Exception> {
    let entry = find(task).ok_or_else(|| Exception::not_registered(task))?;
    (entry.run)(args, kwargs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(json: &str) -> Vec<Raw> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_class_of_an_error_is_the_last_name_of_its_path() {
        assert_eq!(
            class("core::result::Result<(u64, u64), my::Failure>"),
            "Failure"
        );
        assert_eq!(
            class("core::result::Result<u64, alloc::boxed::Box<a::B>>"),
            "Box"
        );
    }

    #[test]
    fn arguments_by_name_find_their_places_and_wrong_ones_are_type_errors() {
        let bound = |args, kwargs| {
            let kwargs = serde_json::from_str(kwargs).unwrap();
            bind("add", 2, &["a", "b"], &values(args), &kwargs)
        };
        let text = |args, kwargs| bound(args, kwargs).unwrap_err().to_string();
        assert_eq!(bound("[1]", r#"{"b": 2}"#).unwrap().len(), 2);
        assert_eq!(
            text("[1]", "{}"),
            "TypeError: add() missing 1 required positional argument: 'b'"
        );
        assert_eq!(
            text("[1, 2, 3]", "{}"),
            "TypeError: add() takes 2 positional arguments but 3 were given"
        );
        assert_eq!(
            text("[1, 2]", r#"{"c": 2}"#),
            "TypeError: add() got an unexpected keyword argument 'c'"
        );
        assert_eq!(
            text("[1, 2]", r#"{"b": 2}"#),
            "TypeError: add() got multiple values for argument 'b'"
        );
    }
}
