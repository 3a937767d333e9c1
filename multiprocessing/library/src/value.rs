//! One number in shared memory.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Result;
use crate::memory::{Guard, Integer, Memory, Scalar};

/// A number that several processes see.
///
/// It crosses to a process as an argument, or through a pipe or queue. Each operation is atomic;
/// several belong together under the [`lock`](Value::lock). An integer dereferences to the atomic that
/// holds it: a `Value<u64>` has the methods of an [`AtomicU64`](std::sync::atomic::AtomicU64). A
/// float has not, because its atomic holds its bits:
///
/// ```compile_fail,E0599
/// # fn main() -> multiprocessing::Result<()> {
/// multiprocessing::Value::new(1.5)?.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
/// # Ok(())
/// # }
/// ```
pub struct Value<T: Scalar> {
    memory: Arc<Memory<T>>,
}

impl<T: Scalar> Value<T> {
    /// A value in memory of its own, one page.
    ///
    /// # Errors
    ///
    /// If the system has no memory, or the process too many open files.
    pub fn new(value: T) -> Result<Value<T>> {
        let this = Value {
            memory: Arc::new(Memory::<T>::new(1)?),
        };
        this.set(value);
        Ok(this)
    }

    /// The value.
    pub fn get(&self) -> T {
        T::load(self.cell())
    }

    /// Sets the value.
    pub fn set(&self, value: T) {
        T::store(self.cell(), value);
    }

    /// Replaces the value by what `change` makes of it, which may be called several times. Returns
    /// the new value.
    pub fn update(&self, change: impl FnMut(T) -> T) -> T {
        T::update(self.cell(), change)
    }

    fn cell(&self) -> &T::Cell {
        &self.memory.cells()[0]
    }

    /// Waits for the lock of this value.
    ///
    /// Only threads that take the lock wait for each other. The kernel gives it back when its owner
    /// dies; [`Guard::dead_owner`] then has the owner's id. Locking it twice in one thread waits for
    /// ever.
    ///
    /// # Errors
    ///
    /// If the process has too many open files.
    pub fn lock(&self) -> Result<Guard<'_, T>> {
        self.memory.lock()
    }

    /// Takes the lock, unless it is held.
    ///
    /// # Errors
    ///
    /// As for [`lock`](Value::lock).
    pub fn try_lock(&self) -> Result<Option<Guard<'_, T>>> {
        self.memory.try_lock()
    }
}

impl<T: Integer> Deref for Value<T> {
    type Target = T::Cell;

    fn deref(&self) -> &T::Cell {
        self.cell()
    }
}

impl<T: Scalar + fmt::Debug> fmt::Debug for Value<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Value").field(&self.get()).finish()
    }
}

impl<T: Scalar> Clone for Value<T> {
    fn clone(&self) -> Value<T> {
        Value {
            memory: Arc::clone(&self.memory),
        }
    }
}

impl<T: Scalar> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.memory.file().serialize(serializer)
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let memory = Memory::deserialize(deserializer)?;
        match memory.cells() {
            [_] => Ok(Value {
                memory: Arc::new(memory),
            }),
            _ => Err(serde::de::Error::custom(
                "shared memory of more than one value",
            )),
        }
    }
}
