//! Standard output, which every stage may write to.

use std::io::Write as _;

use shared::trace::ignore_broken_pipe;

/// Prints on standard output. A reader who has left, as `head` does, is no failure.
///
/// # Errors
///
/// If it cannot be written.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout();
    ignore_broken_pipe(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )
}
