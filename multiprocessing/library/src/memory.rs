//! Memory that several processes see at once, and the lock that belongs to it.
//!
//! It is a memory file without a name, mapped by each process, and consists of atomic cells behind
//! a header: nothing that another process does to it can break the rules of this one. The kernel
//! keeps the lock, and gives it back when its owner dies.

#![allow(unsafe_code)]

use std::fs::File;
use std::marker::PhantomData;
use std::os::fd::AsRawFd;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering,
};

use memmap2::MmapRaw;
use parking_lot::{Mutex, MutexGuard};
use rustix::fs::{
    FlockOperation, MemfdFlags, SealFlags, fcntl_add_seals, fcntl_get_seals, flock, fstat,
    ftruncate, memfd_create,
};
use rustix::io::Errno;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};
use crate::socket::check_file_size;
use crate::wire::Descriptor;

/// The bytes before the cells: the process that holds the lock, or 0. The rest keeps the cells
/// aligned, and in a cache line of their own.
const HEADER: usize = 64;

/// Never shorter, never longer: mapped bytes stay there, whatever another process does.
const SEALS: SealFlags = SealFlags::SHRINK
    .union(SealFlags::GROW)
    .union(SealFlags::SEAL);

/// A number that fits an atomic cell: the integers of up to 64 bits, `f32`, `f64` and `bool`.
pub trait Scalar: Copy + Send + Sealed + 'static {
    /// The atomic integer that holds it: of the same type, or its bits.
    type Cell: Send + Sync + 'static;

    /// Reads a cell.
    fn load(cell: &Self::Cell) -> Self;

    /// Writes a cell.
    fn store(cell: &Self::Cell, value: Self);

    /// Replaces what a cell holds by what `change` makes of it. Returns the new value.
    fn update(cell: &Self::Cell, change: impl FnMut(Self) -> Self) -> Self;
}

/// Promises that a [`Scalar`]'s cell is an atomic integer: nothing but its bytes, and valid
/// whatever they are.
pub trait Sealed {}

/// A [`Scalar`] that is what its atomic holds. The atomic of a float or a `bool` holds its bits, on
/// which arithmetic would make no sense.
pub trait Integer: Scalar {}

macro_rules! impl_integer {
    ($($integer:ty)*) => {$(
        impl Integer for $integer {}
    )*};
}

impl_integer! { u8 u16 u32 u64 i8 i16 i32 i64 }

macro_rules! impl_scalar {
    ($($scalar:ty: $cell:ty, |$value:ident| $to:expr, |$bits:ident| $from:expr;)*) => {$(
        impl Sealed for $scalar {}

        impl Scalar for $scalar {
            type Cell = $cell;

            fn load(cell: &$cell) -> $scalar {
                let $bits = cell.load(Ordering::Acquire);
                $from
            }

            fn store(cell: &$cell, $value: $scalar) {
                cell.store($to, Ordering::Release);
            }

            fn update(
                cell: &$cell,
                mut change: impl FnMut($scalar) -> $scalar,
            ) -> $scalar {
                // The bits that were read are compared: several may stand for the same `bool`.
                let mut current = cell.load(Ordering::Acquire);
                loop {
                    let $bits = current;
                    let new = change($from);
                    let $value = new;
                    let (done, failed) = (Ordering::AcqRel, Ordering::Acquire);
                    match cell.compare_exchange(current, $to, done, failed) {
                        Ok(_) => return new,
                        Err(other) => current = other,
                    }
                }
            }
        }
    )*};
}

impl_scalar! {
    u8: AtomicU8, |value| value, |bits| bits;
    u16: AtomicU16, |value| value, |bits| bits;
    u32: AtomicU32, |value| value, |bits| bits;
    u64: AtomicU64, |value| value, |bits| bits;
    i8: AtomicI8, |value| value, |bits| bits;
    i16: AtomicI16, |value| value, |bits| bits;
    i32: AtomicI32, |value| value, |bits| bits;
    i64: AtomicI64, |value| value, |bits| bits;
    f32: AtomicU32, |value| value.to_bits(), |bits| f32::from_bits(bits);
    f64: AtomicU64, |value| value.to_bits(), |bits| f64::from_bits(bits);
    bool: AtomicU8, |value| u8::from(value), |bits| bits != 0;
}

/// Cells in shared memory.
#[derive(Debug)]
pub(crate) struct Memory<T> {
    map: MmapRaw,
    file: Descriptor,
    /// The file, opened once more when the lock is first used: a lock belongs to an opening of a
    /// file, and is given back when that is closed. Held by the thread that has the lock.
    opening: Mutex<Option<File>>,
    scalar: PhantomData<fn(T) -> T>,
}

impl<T: Scalar> Memory<T> {
    /// Memory for `length` cells, all of them 0.
    pub(crate) fn new(length: usize) -> Result<Memory<T>> {
        let size = length
            .checked_mul(size_of::<T::Cell>())
            .and_then(|size| size.checked_add(HEADER));
        let size = size.and_then(|size| i64::try_from(size).ok());
        let size = size.ok_or_else(|| Error::os("make shared memory")(Errno::NOMEM))?;
        check_file_size(size as usize)?;
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create(c"shared", flags);
        let file = file.map_err(Error::os("make shared memory with memfd_create"))?;
        ftruncate(&file, size as u64).map_err(Error::os("make shared memory"))?;
        fcntl_add_seals(&file, SEALS).map_err(Error::os("seal shared memory"))?;
        Memory::map(Descriptor(Arc::new(file)))
    }

    fn map(file: Descriptor) -> Result<Memory<T>> {
        let seals = fcntl_get_seals(&file.0).unwrap_or(SealFlags::empty());
        let size = fstat(&file.0)
            .map_err(Error::os("measure shared memory"))?
            .st_size as usize;
        let whole = size
            .checked_sub(HEADER)
            .is_some_and(|size| size % size_of::<T::Cell>() == 0);
        if !seals.contains(SEALS) || !whole {
            return Err(Error::Protocol(
                "the file is not shared memory of this type",
            ));
        }
        let map = MmapRaw::map_raw(&file.0).map_err(Error::io("map shared memory"))?;
        Ok(Memory {
            map,
            file,
            opening: Mutex::new(None),
            scalar: PhantomData,
        })
    }

    /// What crosses to another process.
    pub(crate) fn file(&self) -> &Descriptor {
        &self.file
    }

    /// The cells.
    pub(crate) fn cells(&self) -> &[T::Cell] {
        let length = (self.map.len() - HEADER) / size_of::<T::Cell>();
        // SAFETY: the mapping begins at a page, so that the cells are aligned. It is as long as it
        // was measured, sealed against shrinking, and lives as long as `self`. Its bytes are read
        // and written as atomic integers only, which may be shared and for which any bytes are valid.
        unsafe { slice::from_raw_parts(self.map.as_ptr().add(HEADER).cast(), length) }
    }

    /// The process that holds the lock, or 0.
    fn owner(&self) -> &AtomicU32 {
        // SAFETY: as above; the header holds nothing else.
        unsafe { &*self.map.as_ptr().cast::<AtomicU32>() }
    }

    /// Waits for the lock.
    pub(crate) fn lock(&self) -> Result<Guard<'_, T>> {
        let opening = self.opening.lock();
        self.lock_file(opening, FlockOperation::LockExclusive)?
            .ok_or(Error::Protocol("a lock that does not wait"))
    }

    /// Takes the lock, unless it is held.
    pub(crate) fn try_lock(&self) -> Result<Option<Guard<'_, T>>> {
        match self.opening.try_lock() {
            Some(opening) => self.lock_file(opening, FlockOperation::NonBlockingLockExclusive),
            None => Ok(None),
        }
    }

    fn lock_file<'a>(
        &'a self,
        mut opening: MutexGuard<'a, Option<File>>,
        operation: FlockOperation,
    ) -> Result<Option<Guard<'a, T>>> {
        let file = match &mut *opening {
            Some(file) => file,
            none => {
                let path = format!("/proc/self/fd/{}", self.file.0.as_raw_fd());
                none.insert(File::open(path).map_err(Error::io("open shared memory again"))?)
            }
        };
        loop {
            match flock(&*file, operation) {
                Ok(()) => break,
                Err(Errno::INTR) => {}
                Err(Errno::WOULDBLOCK) => return Ok(None),
                Err(errno) => {
                    return Err(Error::os("lock shared memory")(errno));
                }
            }
        }
        let last = self.owner().swap(std::process::id(), Ordering::SeqCst);
        Ok(Some(Guard {
            memory: self,
            opening,
            dead_owner: (last != 0).then_some(last),
        }))
    }
}

/// The lock of a [`Value`](crate::Value) or an [`Array`](crate::Array), held.
///
/// It is given back when this is dropped, or when the process dies.
#[derive(Debug)]
#[must_use = "the lock is given back at once if this is not kept"]
pub struct Guard<'a, T: Scalar> {
    memory: &'a Memory<T>,
    opening: MutexGuard<'a, Option<File>>,
    dead_owner: Option<u32>,
}

impl<T: Scalar> Guard<'_, T> {
    /// The process that held the lock before and died with it, if one did. It may have left its
    /// work half done.
    pub fn dead_owner(&self) -> Option<u32> {
        self.dead_owner
    }
}

impl<T: Scalar> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        self.memory.owner().store(0, Ordering::SeqCst);
        if let Some(file) = &*self.opening {
            // It cannot fail for a file that is open and locked.
            let _ = flock(file, FlockOperation::Unlock);
        }
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Memory<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let file = Descriptor::deserialize(deserializer)?;
        Memory::map(file).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;

    use super::*;

    /// The only cell, and the same memory as cells of this type.
    fn cells<T: Scalar, C: Scalar>() -> (Memory<C>, Memory<T>) {
        let bits = Memory::<C>::new(1).unwrap();
        let numbers = Memory::<T>::map(bits.file().clone()).unwrap();
        (bits, numbers)
    }

    #[test]
    fn any_bits_can_be_updated() {
        // Another process may write any bits into the memory: a third `true`, or what is no number.
        let (bits, truth) = cells::<bool, u8>();
        let (bits, truth) = (&bits.cells()[0], &truth.cells()[0]);
        bits.store(2, Ordering::Relaxed);
        assert!(bool::load(truth));
        assert!(!bool::update(truth, |truth| !truth));
        assert_eq!(bits.load(Ordering::Relaxed), 0);
        let (bits, number) = cells::<f64, u64>();
        let (bits, number) = (&bits.cells()[0], &number.cells()[0]);
        for nan in [f64::NAN.to_bits() + 1, 0x7ff0_0000_0000_0001] {
            bits.store(nan, Ordering::Relaxed);
            assert!(f64::load(number).is_nan());
            assert_eq!(f64::update(number, |_| 0.5), 0.5);
        }
    }

    #[test]
    fn a_file_that_is_no_such_memory_is_refused() {
        let map = |file: OwnedFd| Memory::<u64>::map(Descriptor(Arc::new(file)));
        let memory_file = |size, seals| {
            let file = memfd_create(c"test", MemfdFlags::ALLOW_SEALING).unwrap();
            ftruncate(&file, size).unwrap();
            fcntl_add_seals(&file, seals).unwrap();
            file
        };
        assert!(map(File::open("/dev/null").unwrap().into()).is_err());
        assert!(map(File::open("/proc/self/exe").unwrap().into()).is_err());
        assert!(map(memory_file(HEADER as u64 + 8, SealFlags::GROW)).is_err());
        assert!(map(memory_file(HEADER as u64 + 7, SEALS)).is_err());
        assert!(map(memory_file(HEADER as u64 - 8, SEALS)).is_err());
        assert_eq!(
            map(memory_file(HEADER as u64 + 8, SEALS))
                .unwrap()
                .cells()
                .len(),
            1
        );
    }
}
