//! Files: results read back, and anything written whole or not at all.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::{Builder, NamedTempFile};

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
        from_json(&text).with_context(|| format!("{name} is damaged"))
    }
}

/// Reads JSON that another program has written. Its texts are printable, whatever they were.
///
/// # Errors
///
/// If it is no JSON, or of another type.
pub fn from_json<T: DeserializeOwned>(text: &[u8]) -> serde_json::Result<T> {
    let mut value = serde_json::from_slice(text)?;
    clean(&mut value);
    serde_json::from_value(value)
}

/// Makes every text in it printable.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = printable(text),
        Value::Array(values) => values.iter_mut().for_each(clean),
        Value::Object(values) => values.values_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text without characters that control a terminal: each is shown as its escape, `\u{1b}`. Lines stay lines.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => printable.push(character),
            _ if character.is_control() => printable.extend(character.escape_default()),
            _ => printable.push(character),
        }
    }
    printable
}

/// Whether a file of this path can be written, tried before what it will hold is measured.
///
/// # Errors
///
/// If its folder cannot be written to, or has no room.
pub fn writable(path: &Path) -> anyhow::Result<()> {
    let tried = begun(path, "\n".repeat(4096).as_str())?;
    tried
        .close()
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file, whole or not at all, for all to read whom the umask lets.
///
/// # Errors
///
/// If its folder cannot be written to.
pub fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = begun(path, text)?;
    file.persist(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}

/// A file beside this path that holds the text, and is removed unless it takes its place.
fn begun(path: &Path, text: &str) -> anyhow::Result<NamedTempFile> {
    let context = || format!("cannot write {}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(context)?;
    let ordinary = Permissions::from_mode(0o666);
    let mut file = Builder::new()
        .permissions(ordinary)
        .tempfile_in(folder)
        .with_context(context)?;
    file.write_all(text.as_bytes()).with_context(context)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn no_text_of_a_file_controls_the_terminal() {
        let mut results = fixtures::results();
        results.machine.cpu = "\u{1b}]0;title\u{7}Xeon\u{9b}2J".to_owned();
        results.experiments[0].label = "red \u{1b}[31m\r\nlines".to_owned();
        let file = tempfile::NamedTempFile::new().unwrap();
        write(file.path(), &serde_json::to_string(&results).unwrap()).unwrap();
        let read = Results::load(file.path()).unwrap();
        assert_eq!(read.machine.cpu, "\\u{1b}]0;title\\u{7}Xeon\\u{9b}2J");
        assert_eq!(read.experiments[0].label, "red \\u{1b}[31m\\r\nlines");
        let texts = serde_json::to_string(&read).unwrap();
        assert!(!texts.contains("\\u001b") && !texts.contains('\u{9b}'));
    }

    #[test]
    fn a_file_is_tried_without_a_trace() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("table.md");
        writable(&file).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write(&file, "of an earlier run").unwrap();
        writable(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "of an earlier run");
        let error = writable(&file.join("within.md")).unwrap_err();
        assert!(error.to_string().contains("table.md/within.md"), "{error}");
    }

    #[test]
    fn the_results_have_the_permissions_of_an_ordinary_file() {
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
