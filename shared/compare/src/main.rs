//! What `make compare` runs.

fn main() {}
