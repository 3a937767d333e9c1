//! Tasks: functions that another process finds by name.

use std::any::{TypeId, type_name};
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;
use std::sync::OnceLock;

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result};
use crate::panic::{Panic, catch};
use crate::wire::Message;

/// A function that can run in another process.
///
/// Every function of up to four parameters is one, if these and its result can be serialised and
/// borrow nothing. Several parameters are passed as a tuple. The compiler finds `Signature`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot run in another process",
    note = "a task is a function of up to four parameters",
    note = "its parameters and its result implement serde's Serialize and DeserializeOwned"
)]
pub trait Task<Signature>: Copy + Send + Sync + 'static {
    /// The parameter, or a tuple of several.
    type Arguments: Serialize + DeserializeOwned;
    /// The result.
    type Output: Serialize + DeserializeOwned;

    /// Calls the function, in this process.
    fn call(self, arguments: Self::Arguments) -> Self::Output;
}

macro_rules! impl_task {
    ($arguments:ty, $pattern:pat, $($parameter:ident $argument:ident),*) => {
        impl<F, R, $($parameter),*> Task<fn($($parameter),*) -> R> for F
        where
            F: Fn($($parameter),*) -> R + Copy + Send + Sync + 'static,
            R: Serialize + DeserializeOwned,
            $($parameter: Serialize + DeserializeOwned,)*
        {
            type Arguments = $arguments;
            type Output = R;

            fn call(self, $pattern: $arguments) -> R {
                self($($argument),*)
            }
        }
    };
}

impl_task!((), (),);
impl_task!(A, a, A a);
impl_task!((A, B), (a, b), A a, B b);
impl_task!((A, B, C), (a, b, c), A a, B b, C c);
impl_task!((A, B, C, D), (a, b, c, d), A a, B b, C c, D d);

/// Lists the tasks of a program for [`init`](crate::init).
///
/// Each entry is the path of a function. A generic one is listed with its types: `sum::<u64>`.
#[macro_export]
macro_rules! tasks {
    ($($task:expr),* $(,)?) => { [$($crate::Registration::new($task)),*] };
}

/// Calls [`init`](crate::init) before `main`, where that is not ours: in a program of `#[test]`s.
///
/// It stands once in the program, outside of functions, and lists the tasks as [`tasks!`] does.
///
/// ```standalone_crate
/// fn square(number: u64) -> u64 {
///     number * number
/// }
///
/// multiprocessing::init_before_main![square];
///
/// #[test]
/// fn squares_are_computed_elsewhere() {
///     let pool = multiprocessing::Pool::new().unwrap();
///     assert_eq!(pool.map(square, [1, 2, 3]).unwrap(), [1, 4, 9]);
/// }
/// ```
///
/// A worker runs its tasks before `main`, too. Integration tests are a program each, so each file in
/// `tests/` has a list of its own. It needs the GNU C library, which knows a program's arguments that
/// early.
#[expect(
    clippy::test_attr_in_doctest,
    reason = "it shows how a test is written"
)]
#[macro_export]
macro_rules! init_before_main {
    ($($task:expr),* $(,)?) => {
        const _: () = {
            extern "C" fn init() {
                $crate::init($crate::tasks![$($task),*]);
            }

            // The system's loader calls what it finds in this section before it calls `main`.
            #[used]
            #[unsafe(link_section = ".init_array")]
            static INIT: extern "C" fn() = init;
        };
    };
}

/// A task in the list for [`init`](crate::init). Made by [`tasks!`](crate::tasks).
pub struct Registration {
    id: TypeId,
    name: &'static str,
    run: Run,
}

/// Runs one call: takes its arguments off the first message, from the position on, and appends a
/// [`Returned`] to the second. Whether it succeeded.
type Run = Box<dyn Fn(&Message, &mut usize, &mut Message) -> bool + Send + Sync>;

impl fmt::Debug for Registration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Registration")
            .field(&self.name)
            .finish()
    }
}

impl Registration {
    /// An entry of the list.
    pub fn new<S, F: Task<S>>(task: F) -> Registration {
        const {
            assert!(
                size_of::<F>() == 0,
                "a task is a function itself, not a pointer to one"
            )
        };
        let run = move |input: &Message, position: &mut usize, output: &mut Message| {
            let length = output.length();
            let made = attempt(|| {
                let arguments = input.read(position).map_err(Failure::of)?;
                let outcome = Returned(Ok(task.call(arguments)));
                output.push(&outcome).map_err(Failure::of)
            });
            let succeeded = made.is_ok();
            if let Err(failure) = made {
                // Also in place of a result that cannot be sent, of which a part may be there.
                output.cut(length);
                let _ = output.push(&Returned::<F::Output>(Err(failure)));
            }
            succeeded
        };
        Registration {
            id: TypeId::of::<F>(),
            name: type_name::<F>(),
            run: Box::new(run),
        }
    }
}

/// Why a call has no result. It crosses to the process that asked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Failure {
    Panicked {
        message: String,
        location: Option<String>,
    },
    Arguments(String),
    Output(String),
    Undelivered(String),
}

impl Failure {
    fn of(error: Error) -> Failure {
        match error {
            Error::Deserialise(reason) => Failure::Arguments(reason),
            Error::Serialise(reason) => Failure::Output(reason),
            error => Failure::Output(error.to_string()),
        }
    }

    pub(crate) fn into_error(self, task: &'static str, pid: u32) -> Error {
        match self {
            Failure::Panicked { message, location } => Error::Panicked {
                task,
                pid,
                message,
                location,
            },
            Failure::Arguments(reason) => Error::Deserialise(reason),
            Failure::Output(reason) => Error::Serialise(reason),
            Failure::Undelivered(reason) => Error::Undelivered { task, pid, reason },
        }
    }
}

/// The end of a call, as it crosses: whether it succeeded, and its result or its failure.
///
/// A `Result` would cross as any enum does, with the digest of the name of its variant.
pub(crate) struct Returned<R>(pub Result<R, Failure>);

impl<R: Serialize> Serialize for Returned<R> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Ok(result) => (true, result).serialize(serializer),
            Err(failure) => (false, failure).serialize(serializer),
        }
    }
}

impl<'de, R: Deserialize<'de>> Deserialize<'de> for Returned<R> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Returned<R>, D::Error> {
        struct Pair<R>(PhantomData<R>);

        impl<'de, R: Deserialize<'de>> Visitor<'de> for Pair<R> {
            type Value = Returned<R>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a flag, and a result or a failure")
            }

            #[inline]
            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Returned<R>, A::Error> {
                let missing = || A::Error::invalid_length(0, &"two elements");
                match pair.next_element()?.ok_or_else(missing)? {
                    true => pair.next_element()?.map(Ok),
                    false => pair.next_element()?.map(Err),
                }
                .map(Returned)
                .ok_or_else(missing)
            }
        }

        deserializer.deserialize_tuple(2, Pair(PhantomData))
    }
}

/// Turns a panic into an error.
fn attempt<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch(body)
        .unwrap_or_else(|Panic { message, location }| Err(Failure::Panicked { message, location }))
}

/// The tasks of this program: the same in each of its processes, which all run the same `main`.
pub(crate) struct Registry {
    tasks: Vec<Registration>,
    places: BTreeMap<TypeId, u32>,
    /// Differs where the names do, or their order.
    pub fingerprint: u64,
}

static REGISTRY: OnceLock<Registry> = OnceLock::new();

impl Registry {
    /// # Panics
    ///
    /// If there is another one already.
    pub(crate) fn set(tasks: Vec<Registration>) {
        let ids: Vec<_> = tasks.iter().map(|task| task.id).collect();
        let registry = REGISTRY.get_or_init(|| Registry::of(tasks));
        assert!(
            registry.tasks.iter().map(|task| task.id).eq(ids),
            "multiprocessing::init was called with other tasks before: list all of them in one call"
        );
    }

    /// The registry of these tasks, in this order.
    pub(crate) fn of(tasks: Vec<Registration>) -> Registry {
        let places = (0..)
            .zip(&tasks)
            .map(|(place, task)| (task.id, place))
            .collect();
        let mut hasher = DefaultHasher::new();
        tasks.iter().for_each(|task| task.name.hash(&mut hasher));
        Registry {
            tasks,
            places,
            fingerprint: hasher.finish(),
        }
    }

    pub(crate) fn get() -> Result<&'static Registry> {
        REGISTRY.get().ok_or(Error::NotInitialised)
    }

    /// The number of a task, which stands for it in messages.
    pub(crate) fn place<F: 'static>(&self) -> Result<u32> {
        let unregistered = Error::Unregistered {
            task: type_name::<F>(),
        };
        self.places
            .get(&TypeId::of::<F>())
            .copied()
            .ok_or(unregistered)
    }

    /// The path of a task.
    pub(crate) fn name(&self, place: u32) -> &'static str {
        self.tasks
            .get(place as usize)
            .map_or("unknown", |task| task.name)
    }

    /// Runs one call in this process, as [`Run`] says.
    pub(crate) fn run(
        &self,
        place: u32,
        input: &Message,
        position: &mut usize,
        output: &mut Message,
    ) -> Result<bool> {
        let task = self.tasks.get(place as usize);
        let task = task.ok_or(Error::Protocol("a task of no known number"))?;
        Ok((task.run)(input, position, output))
    }
}
