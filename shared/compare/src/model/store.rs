//! Files: results read back, and anything written whole or not at all.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;
use tempfile::Builder;

use crate::model::results::{Results, VERSION};

impl Results {
    /// Reads results back.
    ///
    /// # Errors
    ///
    /// If there is no such file, or it is not one that this version wrote.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let name = path.display();
        let text = fs::read(path)
            .with_context(|| format!("cannot read {name}: `make compare` writes it"))?;
        let Versioned { version } = serde_json::from_slice(&text)
            .with_context(|| format!("{name} holds no results of `make compare`"))?;
        ensure!(
            version == VERSION,
            "{name} is of version {version}, this program reads version {VERSION}: run `make compare` anew"
        );
        serde_json::from_slice(&text).with_context(|| format!("{name} is damaged"))
    }
}

/// Writes a file, whole or not at all, for all to read whom the umask lets.
///
/// # Errors
///
/// If its folder cannot be written to.
pub fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let context = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(context)?;
    let ordinary = Permissions::from_mode(0o666);
    let mut file = Builder::new()
        .permissions(ordinary)
        .tempfile_in(folder)
        .with_context(context)?;
    file.write_all(text.as_bytes()).with_context(context)?;
    file.persist(path).with_context(context)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_read_an_ordinary_file_may_read_the_results() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |name| {
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
        };
        fs::write(folder.path().join("ordinary"), "").unwrap();
        write(&folder.path().join("results"), "{}").unwrap();
        assert_eq!(mode("results"), mode("ordinary"));
    }
}
