//! Many numbers in shared memory.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Result;
use crate::memory::{Guard, Memory, Scalar};

/// An array of numbers that several processes see. Its length is fixed.
///
/// It crosses to a process without being copied, whatever its length. Each operation on a number
/// is atomic; several belong together under the [`lock`](Array::lock). The array stands for the
/// slice of its atomics: an `Array<u64>` is also a `[AtomicU64]`.
pub struct Array<T: Scalar> {
    memory: Arc<Memory<T>>,
}

impl<T: Scalar> Array<T> {
    /// An array of zeros. Memory is used only where it is touched.
    ///
    /// # Errors
    ///
    /// If the system has no memory, or the process too many open files.
    pub fn new(length: usize) -> Result<Array<T>> {
        Ok(Array {
            memory: Arc::new(Memory::new(length)?),
        })
    }

    /// A copy of these numbers.
    ///
    /// # Errors
    ///
    /// As for [`new`](Array::new).
    pub fn from_slice(numbers: &[T]) -> Result<Array<T>> {
        let array = Array::new(numbers.len())?;
        for (cell, &number) in array.iter().zip(numbers) {
            T::store(cell, number);
        }
        Ok(array)
    }

    /// The number at this place.
    ///
    /// # Panics
    ///
    /// If the array is not that long.
    pub fn get(&self, place: usize) -> T {
        T::load(&self[place])
    }

    /// Sets the number at this place.
    ///
    /// # Panics
    ///
    /// If the array is not that long.
    pub fn set(&self, place: usize, number: T) {
        T::store(&self[place], number);
    }

    /// Replaces the number at this place by what `change` makes of it, which may be called several
    /// times. Returns the new number.
    ///
    /// # Panics
    ///
    /// If the array is not that long.
    pub fn update(&self, place: usize, change: impl FnMut(T) -> T) -> T {
        T::update(&self[place], change)
    }

    /// A copy of the numbers.
    pub fn to_vec(&self) -> Vec<T> {
        self.iter().map(T::load).collect()
    }

    /// Waits for the lock of this array, as [`Value::lock`](crate::Value::lock) does.
    ///
    /// # Errors
    ///
    /// If the process has too many open files.
    pub fn lock(&self) -> Result<Guard<'_, T>> {
        self.memory.lock()
    }

    /// Takes the lock, unless somebody has it.
    ///
    /// # Errors
    ///
    /// As for [`lock`](Array::lock).
    pub fn try_lock(&self) -> Result<Option<Guard<'_, T>>> {
        self.memory.try_lock()
    }
}

impl<T: Scalar> Deref for Array<T> {
    type Target = [T::Cell];

    fn deref(&self) -> &[T::Cell] {
        self.memory.cells()
    }
}

impl<T: Scalar> Clone for Array<T> {
    fn clone(&self) -> Array<T> {
        Array {
            memory: Arc::clone(&self.memory),
        }
    }
}

impl<T: Scalar> Serialize for Array<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.memory.file().serialize(serializer)
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Array<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Array {
            memory: Arc::new(Memory::deserialize(deserializer)?),
        })
    }
}
