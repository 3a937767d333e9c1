//! Many numbers in shared memory.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Result;
use crate::memory::{Guard, Integer, Memory, Scalar};

/// An array of numbers that several processes see. Its length is fixed.
///
/// It crosses to a process without being copied, whatever its length. Each operation on a number
/// is atomic; several belong together under the [`lock`](Array::lock). An array of integers dereferences
/// to the slice of its atomics: an `Array<u64>` is also a `[AtomicU64]`.
///
/// It is `SharedMemory`, too: an `Array<u8>` is a block of bytes that crosses by its descriptor. It
/// has no name, so there is none to unlink.
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
        for (cell, &number) in array.cells().iter().zip(numbers) {
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
        T::load(&self.cells()[place])
    }

    /// Sets the number at this place.
    ///
    /// # Panics
    ///
    /// If the array is not that long.
    pub fn set(&self, place: usize, number: T) {
        T::store(&self.cells()[place], number);
    }

    /// Replaces the number at this place by what `change` makes of it, which may be called several
    /// times. Returns the new number.
    ///
    /// # Panics
    ///
    /// If the array is not that long.
    pub fn update(&self, place: usize, change: impl FnMut(T) -> T) -> T {
        T::update(&self.cells()[place], change)
    }

    /// A copy of the numbers.
    pub fn to_vec(&self) -> Vec<T> {
        self.cells().iter().map(T::load).collect()
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.cells().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn cells(&self) -> &[T::Cell] {
        self.memory.cells()
    }

    /// Waits for the lock of this array, as [`Value::lock`](crate::Value::lock) does.
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
    /// As for [`lock`](Array::lock).
    pub fn try_lock(&self) -> Result<Option<Guard<'_, T>>> {
        self.memory.try_lock()
    }
}

impl<T: Integer> Deref for Array<T> {
    type Target = [T::Cell];

    fn deref(&self) -> &[T::Cell] {
        self.cells()
    }
}

impl<T: Scalar> fmt::Debug for Array<T> {
    /// How long it is: the numbers may be many.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.len();
        formatter
            .debug_struct("Array")
            .field("len", &length)
            .finish_non_exhaustive()
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
