//! Tasks: functions that another process finds by name.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::wire::{Message, Reader};

/// A function that can run in another process.
///
/// Every function of up to four parameters is one, if the parameters and the result can be serialised and own what they hold.
/// It is never implemented by hand. `Signature` is there for the compiler, which finds it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run in another process",
    note = "a task is a function of up to four parameters; these and its result implement serde's Serialize and DeserializeOwned"
)]
pub trait Task<Signature>: Copy + Send + Sync + 'static {
    /// What the function takes: `()`, the parameter itself, or a tuple of several.
    type Arguments: Serialize + DeserializeOwned;
    /// What the function returns.
    type Output: Serialize + DeserializeOwned;

    /// Calls the function, in this process.
    fn call(self, arguments: Self::Arguments) -> Self::Output;
}

macro_rules! impl_task {
    ($arguments:ty, $pattern:pat, $($parameter:ident $name:ident),*) => {
        impl<F, R, $($parameter),*> Task<fn($($parameter),*) -> R> for F
        where
            F: Fn($($parameter),*) -> R + Copy + Send + Sync + 'static,
            R: Serialize + DeserializeOwned,
            $($parameter: Serialize + DeserializeOwned,)*
        {
            type Arguments = $arguments;
            type Output = R;

            fn call(self, $pattern: $arguments) -> R {
                self($($name),*)
            }
        }
    };
}

impl_task!((), (),);
impl_task!(A, a, A a);
impl_task!((A, B), (a, b), A a, B b);
impl_task!((A, B, C), (a, b, c), A a, B b, C c);
impl_task!((A, B, C, D), (a, b, c, d), A a, B b, C c, D d);

/// Why a call has no value. It crosses to the process that asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Failure {
    Panicked(String),
    Arguments(String),
    Output(String),
}

impl Failure {
    pub fn into_error(self, task: &'static str, pid: u32) -> Error {
        match self {
            Failure::Panicked(message) => Error::Panicked { task, pid, message },
            Failure::Arguments(reason) => Error::Deserialise(reason),
            Failure::Output(reason) => Error::Serialise(reason),
        }
    }
}

/// Takes the arguments of one call off the reader, runs it, and appends its `Result<Output, Failure>`.
type Run = Box<dyn Fn(&mut Reader, &mut Message) -> bool + Send + Sync>;

/// A task as [`init`](crate::init) takes it. Made by [`tasks!`](crate::tasks).
pub struct Registration {
    id: TypeId,
    name: &'static str,
    run: Run,
}

impl Registration {
    #[doc(hidden)]
    pub fn new<S, F: Task<S>>(function: F) -> Registration {
        Registration {
            id: TypeId::of::<F>(),
            name: name::<F>(),
            run: Box::new(move |input, output| run(function, input, output)),
        }
    }
}

fn run<S, F: Task<S>>(function: F, input: &mut Reader, output: &mut Message) -> bool {
    let result = match input.next::<F::Arguments>() {
        Ok(arguments) => catch_unwind(AssertUnwindSafe(|| function.call(arguments)))
            .map_err(|payload| Failure::Panicked(panic_message(&*payload))),
        Err(error) => Err(Failure::Arguments(error.to_string())),
    };
    let succeeded = result.is_ok();
    if let Err(error) = output.push(&result) {
        // What cannot be serialised is replaced by the reason, which can.
        let failure: std::result::Result<F::Output, Failure> =
            Err(Failure::Output(error.to_string()));
        let _ = output.push(&failure);
    }
    succeeded
}

pub(crate) fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

/// Lists the tasks of a program for [`init`](crate::init).
///
/// Each entry is the path of a function; a generic function is listed with its types: `sum::<u64>`.
#[macro_export]
macro_rules! tasks {
    ($($task:expr),* $(,)?) => { [$($crate::Registration::new($task)),*] };
}

/// The tasks of this program. The same in each of its processes, because all of them run the same `main`.
pub(crate) struct Registry {
    places: HashMap<TypeId, u32>,
    tasks: Vec<Registration>,
    /// Differs when the names or their order do.
    pub fingerprint: u64,
}

static REGISTRY: OnceLock<Registry> = OnceLock::new();

impl Registry {
    /// Enters the tasks.
    ///
    /// # Panics
    ///
    /// The second time.
    pub fn set(tasks: Vec<Registration>) {
        let mut places = HashMap::new();
        let mut hasher = DefaultHasher::new();
        for (place, task) in tasks.iter().enumerate() {
            places.insert(task.id, place as u32);
            task.name.hash(&mut hasher);
        }
        let registry = Registry {
            places,
            tasks,
            fingerprint: hasher.finish(),
        };
        assert!(
            REGISTRY.set(registry).is_ok(),
            "multiprocessing::init is called once"
        );
    }

    pub fn get() -> Result<&'static Registry> {
        REGISTRY.get().ok_or(Error::NotInitialised)
    }

    /// The number that stands for a function in messages.
    pub fn place<F: 'static>(&self) -> Result<u32> {
        const {
            assert!(
                size_of::<F>() == 0,
                "a task is named by the function itself: not a pointer, nor a closure that captures"
            )
        };
        let unregistered = Error::Unregistered { task: name::<F>() };
        self.places
            .get(&TypeId::of::<F>())
            .copied()
            .ok_or(unregistered)
    }

    pub fn name(&self, place: u32) -> &'static str {
        self.tasks
            .get(place as usize)
            .map_or("unknown", |task| task.name)
    }

    /// Runs one call in this process. Whether it returned a value.
    pub fn run(&self, place: u32, input: &mut Reader, output: &mut Message) -> Result<bool> {
        let task = self
            .tasks
            .get(place as usize)
            .ok_or(Error::Protocol("a task of no known number"))?;
        Ok((task.run)(input, output))
    }
}

fn name<F>() -> &'static str {
    std::any::type_name::<F>()
}
