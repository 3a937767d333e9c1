//! Different words in files of text.
//!
//!     make compare WORK=shared/work/readers/words.rs ITEMS='shared/src/*.rs shared/src/*/*.rs'

use std::collections::HashSet;
use std::fs;
use std::io;

fn item(line: &str) -> String {
    line.to_owned()
}

fn work(file: String) -> io::Result<usize> {
    let text = fs::read_to_string(file)?;
    let words = text.split(|sign: char| !sign.is_alphanumeric());
    let words: HashSet<_> = words.map(str::to_lowercase).collect();
    Ok(words.len())
}
