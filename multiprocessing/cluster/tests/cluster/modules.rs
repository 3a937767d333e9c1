//! The modules of this crate import in no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use libtest_mimic::{Failed, Trial};
use regex::Regex;

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("modules::they_import_in_no_circle", || {
        let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[]);
        let mut imports = imports(&files);
        assert!(imports["client"].contains("amqp"), "{imports:?}");
        // What imports nothing that is left is in no circle.
        while let Some(free) = imports
            .iter()
            .find(|(_, of)| of.is_empty())
            .map(|(name, _)| name.clone())
        {
            imports.remove(&free);
            for of in imports.values_mut() {
                of.remove(&free);
            }
        }
        assert!(imports.is_empty(), "circles are among {imports:#?}");
        Ok::<(), Failed>(())
    })]
}

/// The text of each module of the library, by its path.
fn files(folder: &Path, above: &[String]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Those are the program's.
        if ["lib", "main", "program", "registry", "workloads"].contains(&&*name) {
            continue;
        }
        let below = [above, &[name]].concat();
        match path.is_dir() {
            true => found.extend(files(&path, &below)),
            false => {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(below.join("::"), text);
            }
        }
    }
    found
}

/// Which modules each module imports, but for those that it lies in.
fn imports(files: &BTreeMap<String, String>) -> BTreeMap<String, BTreeSet<String>> {
    let list = Regex::new(r"\{[^{}]*\}").unwrap();
    let named = Regex::new(r"\b(crate|super)((?:::\w+)+)(?:::(\{[^{}]*\}))?").unwrap();
    let own = Regex::new(r"(?m)^(?:pub |pub\(crate\) )?use (\w+)::").unwrap();
    let word = Regex::new(r"\w+").unwrap();
    let mut imports = BTreeMap::new();
    for (name, text) in files {
        let above = name.rsplit_once("::").map_or("", |(above, _)| above);
        let mut paths = Vec::new();
        for found in named.captures_iter(text) {
            let base = if &found[1] == "super" { above } else { "" };
            let path = format!("{base}{}", &found[2]);
            paths.push(path.trim_start_matches("::").to_owned());
        }
        // `use super::{job, Node}`: any of the names may be a module.
        for base in ["crate", "super"] {
            for (place, _) in text.match_indices(&format!("{base}::{{")) {
                let names = list.find_at(text, place).unwrap().as_str();
                let above = if base == "super" { above } else { "" };
                let names = word
                    .find_iter(names)
                    .map(|it| format!("{above}::{}", it.as_str()));
                paths.extend(names.map(|it| it.trim_start_matches("::").to_owned()));
            }
        }
        paths.extend(
            own.captures_iter(text)
                .map(|it| format!("{name}::{}", &it[1])),
        );
        let mut of = BTreeSet::new();
        for mut path in paths {
            while !files.contains_key(&path) {
                let Some((above, _)) = path.rsplit_once("::") else {
                    path.clear();
                    break;
                };
                path.truncate(above.len());
            }
            let lies_in = *name == path || name.starts_with(&format!("{path}::"));
            if !path.is_empty() && !lies_in {
                of.insert(path);
            }
        }
        imports.insert(name.clone(), of);
    }
    imports
}
