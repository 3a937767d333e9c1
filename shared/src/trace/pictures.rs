//! What was asked for on the command line: pictures in files, and one in the terminal.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::{Recording, chrome, svg, timeline};

/// The pictures to make of a run.
#[derive(Debug)]
pub struct Pictures {
    files: Vec<(PathBuf, File)>,
    timeline: bool,
    notes: TempDir,
}

impl Pictures {
    /// Makes the files at once, so that a run is not made in vain. `None` if nothing was asked for.
    ///
    /// # Errors
    ///
    /// If a file cannot be made.
    pub fn prepare(files: &[PathBuf], timeline: bool) -> Result<Option<Self>> {
        if files.is_empty() && !timeline {
            return Ok(None);
        }
        let make = |path: &PathBuf| {
            let file =
                File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
            Ok((path.clone(), file))
        };
        Ok(Some(Self {
            files: files.iter().map(make).collect::<Result<_>>()?,
            timeline,
            notes: tempfile::tempdir().context("no room for what worker processes note")?,
        }))
    }

    /// The folder for what worker processes note.
    pub fn notes(&self) -> &Path {
        self.notes.path()
    }

    /// Draws them all. A file whose name ends in `.svg` gets a picture, any other a trace.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn draw(self, recording: &Recording) -> Result<()> {
        for (path, mut file) in self.files {
            let text = match path.extension() {
                Some(extension) if extension == "svg" => svg::render(recording),
                _ => chrome::render(recording),
            };
            file.write_all(text.as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if self.timeline {
            // A reader who has left, as `head` does, is no failure.
            let _ = write!(anstream::stdout(), "\n{}", timeline::render(recording));
        }
        Ok(())
    }
}
