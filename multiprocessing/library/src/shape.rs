//! The shape of a value: what its type writes, one step after another, and what it reads.
//!
//! Postcard writes bare bytes. It takes the reading half of a type at its word: where that half
//! skips a field that the other one wrote, the rest of the message is read as other values, without
//! an error. So both halves keep a digest of their steps, which is sent behind the value and
//! compared. It costs a multiplication a step, and 4 bytes a value, 8 if it has named fields.
//!
//! Steps are what postcard tells apart: a newtype is what it holds, and a struct is a tuple whose
//! elements have names, which are compared if both halves have them.

use std::fmt::{self, Display};
use std::hint::black_box;
use std::ptr;

/// The stack, in bytes, that reading or writing one value may take. A thread of Rust has 2 MiB.
const STACK_LIMIT: usize = 512 * 1024;

/// One step: what comes next in a value.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum Step {
    Bool = 1,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    F32,
    F64,
    Char,
    Text,
    Bytes,
    Option,
    Sequence,
    Map,
    Variant,
    /// A struct is one, too.
    Tuple,
    /// Of a tuple. How many there are is written nowhere else.
    Element,
}

/// The digest of the steps so far.
pub(crate) struct Shape {
    steps: u64,
    /// The digest of the names of fields, and whether there were any.
    names: Option<u64>,
    /// Where the stack was when the value was begun.
    stack: usize,
}

/// Odd, and its bits in no order: the fraction of the golden ratio.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mix(digest: u64, next: u64) -> u64 {
    digest.wrapping_mul(FACTOR).wrapping_add(next)
}

/// The digest of a name.
#[inline]
pub(crate) fn digest(name: &str) -> u32 {
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let mut digest = name.len() as u64;
    for &word in words {
        digest = mix(digest, u64::from_le_bytes(word));
        digest ^= digest >> 32;
    }
    for &byte in rest {
        digest = mix(digest, u64::from(byte));
    }
    (mix(digest, 1) >> 32) as u32
}

/// Added to the digest of the steps if the digest of the names of fields follows it.
pub(crate) const NAMED: u32 = 1;

impl Shape {
    #[inline]
    pub(crate) fn new() -> Shape {
        Shape {
            steps: 0,
            names: None,
            stack: stack_pointer(),
        }
    }

    #[inline]
    pub(crate) fn step(&mut self, step: Step) {
        self.steps = mix(self.steps, step as u64);
    }

    /// A field of this name.
    #[inline]
    pub(crate) fn name(&mut self, name: &str) {
        self.names = Some(mix(self.names.unwrap_or_default(), digest(name).into()));
    }

    /// The digest of the steps: an even number.
    #[inline]
    pub(crate) fn steps(&self) -> u32 {
        (mix(self.steps, 1) >> 32) as u32 & !1
    }

    /// The digest of the names of fields, if there are any.
    #[inline]
    pub(crate) fn names(&self) -> Option<u32> {
        self.names.map(|names| (mix(names, 1) >> 32) as u32)
    }

    /// To be called wherever a value begins inside another one.
    #[inline]
    pub(crate) fn nest(&self) -> Result<(), Fault> {
        match stack_pointer().abs_diff(self.stack) {
            0..=STACK_LIMIT => Ok(()),
            _ => Err(Fault::new("it is nested too deeply")),
        }
    }
}

/// About where the stack ends.
#[inline]
fn stack_pointer() -> usize {
    let here = 0_u8;
    ptr::from_ref(black_box(&here)).addr()
}

/// Why a value was not written or read. As long as a pointer, so that results stay in registers.
#[derive(Debug)]
#[expect(clippy::box_collection, reason = "a `Box<str>` takes two registers")]
pub(crate) struct Fault(Box<String>);

impl Fault {
    #[cold]
    pub(crate) fn new(reason: impl Display) -> Fault {
        Fault(Box::new(reason.to_string()))
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Fault {}

impl From<postcard::Error> for Fault {
    fn from(error: postcard::Error) -> Fault {
        Fault::new(error)
    }
}

impl serde::ser::Error for Fault {
    fn custom<T: Display>(reason: T) -> Fault {
        Fault::new(reason)
    }
}

impl serde::de::Error for Fault {
    fn custom<T: Display>(reason: T) -> Fault {
        Fault::new(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: &[Step]) -> u32 {
        let mut shape = Shape::new();
        steps.iter().for_each(|&step| shape.step(step));
        shape.steps()
    }

    #[test]
    fn shapes_differ_in_the_kind_the_order_and_the_number_of_steps() {
        let all = [
            steps(&[]),
            steps(&[Step::U32]),
            steps(&[Step::I32]),
            steps(&[Step::U32, Step::U32]),
            steps(&[Step::U32, Step::I32]),
            steps(&[Step::I32, Step::U32]),
            steps(&[Step::U32; 64]),
            steps(&[Step::I32; 64]),
            steps(&[Step::U32; 128]),
            steps(&[Step::I32; 128]),
        ];
        for (place, shape) in all.iter().enumerate() {
            assert!(!all[..place].contains(shape), "{place}");
            assert_eq!(shape & NAMED, 0);
        }
    }

    #[test]
    fn names_differ_in_every_letter_and_in_length() {
        let long = "a_name_of_a_field_of_some_length";
        let digests: Vec<_> = (0..=long.len())
            .map(|end| digest(&long[..end]))
            .chain((0..long.len()).map(|place| {
                let mut name = long.as_bytes().to_vec();
                name[place] = b'X';
                digest(std::str::from_utf8(&name).unwrap())
            }))
            .collect();
        for (place, digest) in digests.iter().enumerate() {
            assert!(!digests[..place].contains(digest), "{place}");
        }
    }
}
