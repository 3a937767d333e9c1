//! Mistakes that Python allows and rustc refuses, each with the message that it gives.
//!
//! The messages are those of the compiler in use. After an update of it, look through them anew with
//! `TRYBUILD=overwrite cargo test -p traps --test refused`.

#[test]
fn rustc_refuses_each_mistake_and_says_why() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}
