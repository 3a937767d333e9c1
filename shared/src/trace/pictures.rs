//! The pictures that the command line names: in files, and one in the terminal.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result};
use rustix::fs::{MemfdFlags, memfd_create};

use super::{Recording, chrome, ignore_broken_pipe, svg, timeline};

/// The pictures to make of a run.
#[derive(Debug)]
pub struct Pictures {
    files: Vec<PathBuf>,
    timeline: bool,
    notes: OwnedFd,
}

impl Pictures {
    /// Tries first whether the files can be made, so that a run is not made in vain. `None` if nothing was asked for, and
    /// no `story` ends with what was recorded.
    ///
    /// # Errors
    ///
    /// If a file cannot be made.
    pub fn prepare(files: &[PathBuf], timeline: bool, story: bool) -> Result<Option<Self>> {
        if files.is_empty() && !timeline && !story {
            return Ok(None);
        }
        for path in files {
            try_to_write(path).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(Some(Self {
            files: files.to_vec(),
            timeline,
            notes: memfd_create("notes", MemfdFlags::CLOEXEC)
                .context("no room for what worker processes note")?,
        }))
    }

    /// The file to which worker processes add what they note. It is in memory, and goes with the process.
    pub fn notes(&self) -> PathBuf {
        format!("/proc/{}/fd/{}", process::id(), self.notes.as_raw_fd()).into()
    }

    /// Draws them all. A file whose name ends in `.svg` gets a picture, any other a trace.
    ///
    /// # Errors
    ///
    /// If a file, or standard output, cannot be written.
    pub fn draw(self, recording: &Recording) -> Result<()> {
        for path in self.files {
            let text = match path.extension() {
                Some(extension) if extension == "svg" => svg::render(recording),
                _ => chrome::render(recording),
            };
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        if self.timeline {
            let picture = timeline::render(recording, timeline::width());
            ignore_broken_pipe(write!(anstream::stdout(), "\n{picture}"))?;
        }
        Ok(())
    }
}

/// Whether this file can be written, found out without a trace: a run that is broken off leaves no empty picture, and the
/// last one whole.
fn try_to_write(path: &Path) -> std::io::Result<()> {
    match fs::metadata(path) {
        // A pipe is opened once, when there is something to say.
        Ok(found) if !found.is_file() && !found.is_dir() => Ok(()),
        Ok(_) => OpenOptions::new().append(true).open(path).map(drop),
        Err(_) => {
            File::create_new(path)?;
            fs::remove_file(path)
        }
    }
}
