//! Panics that are caught.

use std::any::Any;
use std::cell::RefCell;
use std::mem::forget;
use std::panic::{self, AssertUnwindSafe, catch_unwind};

/// A panic, by its text and where it was raised.
#[derive(Debug)]
pub struct Panic {
    /// What it was raised with, if that is a text.
    pub message: String,
    /// File, line and column, in a process of this library.
    pub location: Option<String>,
}

thread_local! {
    /// Where the last panic of this thread was raised.
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Has each panic of this process leave where it was raised.
pub(crate) fn note_locations() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        LOCATION.set(panic.location().map(ToString::to_string));
        report(panic);
    }));
}

/// Calls a function, whose panic goes no further, whatever it is raised with.
///
/// # Errors
///
/// If it panics.
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| Panic {
        message: text(payload),
        location: LOCATION.take(),
    })
}

fn text(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<String>() {
        Ok(text) => return *text,
        Err(payload) => payload,
    };
    match payload.downcast::<&str>() {
        Ok(text) => (*text).to_owned(),
        Err(payload) => {
            // It might panic again when it is dropped.
            forget(payload);
            "a panic without a message".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::panic_any;

    use super::*;

    #[test]
    fn a_panic_is_told_by_its_text() {
        let text = |body: fn()| catch(body).unwrap_err().message;
        assert_eq!(text(|| panic!("a plain text")), "a plain text");
        assert_eq!(
            text(|| panic!("a text of {} parts", 2)),
            "a text of 2 parts"
        );
        assert_eq!(text(|| panic_any(3)), "a panic without a message");
    }

    #[test]
    fn what_panics_again_when_it_is_dropped_is_caught() {
        struct Bomb;

        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("a bomb of a test");
            }
        }

        assert!(catch(|| panic_any(Bomb)).is_err());
    }
}
