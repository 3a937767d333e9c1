//! The modules of this crate import in no circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{Visit, visit_item_mod};
use syn::{ItemMod, ItemUse, UseTree, Visibility};

#[test]
fn modules_import_in_no_circle() {
    let mut files = BTreeMap::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &[],
        &mut files,
    );
    let house = House::new(&files);
    let mut imports = house.imports();
    assert!(imports["receipt"].contains("outcome"), "{imports:?}");
    assert!(imports["serve::connection"].contains("serve::visit"));
    // A module that imports none of those that are left is in no circle.
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
}

type Name = Vec<String>;

/// The syntax of each module in `folder`, by its path. The root's is empty.
fn read(folder: &Path, above: &[String], files: &mut BTreeMap<Name, syn::File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let below = match &*stem {
            // Programs of their own.
            "bin" => continue,
            "lib" | "mod" => above.to_vec(),
            _ => [above, &[stem]].concat(),
        };
        if path.is_dir() {
            read(&path, &below, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            files.insert(below, syn::parse_file(&text).unwrap());
        }
    }
}

/// What every module names of the others.
struct House {
    modules: BTreeSet<Name>,
    /// Names that a module hands on, with what they stand for.
    exports: BTreeMap<Name, Name>,
    named: Vec<(Name, Name)>,
}

impl House {
    fn new(files: &BTreeMap<Name, syn::File>) -> Self {
        let mut house = Self {
            modules: files.keys().cloned().collect(),
            exports: BTreeMap::new(),
            named: Vec::new(),
        };
        for (module, file) in files {
            let mut reader = Reader {
                module,
                house: &mut house,
            };
            reader.visit_file(file);
        }
        house
    }

    /// Which modules each module imports.
    fn imports(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut imports: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for module in &self.modules {
            imports.insert(module.join("::"), BTreeSet::new());
        }
        for (module, name) in &self.named {
            let home = self.home(name.clone());
            if home != *module {
                let of = imports.get_mut(&module.join("::")).unwrap();
                of.insert(home.join("::"));
            }
        }
        imports
    }

    /// The module in which this name is defined.
    fn home(&self, mut name: Name) -> Name {
        while let Some(length) = (0..=name.len())
            .rev()
            .find(|length| self.exports.contains_key(&name[..*length]))
        {
            let rest = name.split_off(length);
            name = [&self.exports[&name][..], &rest].concat();
        }
        while !self.modules.contains(&name) {
            name.pop();
        }
        name
    }
}

/// Reads one module.
struct Reader<'a> {
    module: &'a Name,
    house: &'a mut House,
}

impl Reader<'_> {
    /// The name from the root, if it is one of this crate.
    fn absolute(&self, path: &[String]) -> Option<Name> {
        let (first, rest) = path.split_first()?;
        let above = self.module.len().saturating_sub(1);
        let from = match &**first {
            "crate" => &[],
            "super" => &self.module[..above],
            "self" => &self.module[..],
            _ => {
                let child = [&self.module[..], std::slice::from_ref(first)].concat();
                let is_module = self.house.modules.contains(&child);
                return is_module.then(|| [&self.module[..], path].concat());
            }
        };
        Some([from, rest].concat())
    }

    fn take(&mut self, tree: &UseTree, above: &[String], public: bool) {
        match tree {
            UseTree::Path(path) => {
                let below = [above, &[path.ident.to_string()]].concat();
                self.take(&path.tree, &below, public);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take(tree, above, public);
                }
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.keep(above, &name, &name, public);
            }
            UseTree::Rename(rename) => {
                let (name, new) = (rename.ident.to_string(), rename.rename.to_string());
                self.keep(above, &name, &new, public);
            }
            UseTree::Glob(_) => panic!("{:?} imports a glob", self.module),
        }
    }

    fn keep(&mut self, above: &[String], name: &str, new: &str, public: bool) {
        let path = match name {
            "self" => above.to_vec(),
            _ => [above, &[name.to_owned()]].concat(),
        };
        let Some(path) = self.absolute(&path) else {
            return;
        };
        if public {
            let new = [&self.module[..], &[new.to_owned()]].concat();
            self.house.exports.insert(new, path);
        } else {
            self.house.named.push((self.module.clone(), path));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let public = !matches!(item.vis, Visibility::Inherited);
        self.take(&item.tree, &[], public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words: Name = path
            .segments
            .iter()
            .map(|it| it.ident.to_string())
            .collect();
        if words.len() > 1
            && let Some(name) = self.absolute(&words)
        {
            self.house.named.push((self.module.clone(), name));
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        // What tests import is no matter of the crate's build; a module within a file has a `super` of its own.
        if item.content.is_none() {
            visit_item_mod(self, item);
        }
    }
}
