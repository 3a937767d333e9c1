//! A reader's file of Rust: what it offers, and what must stand below it so that the four programs can do its work.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{FnArg, GenericArgument, Item, ItemFn, PathArguments, ReturnType, Type};

use crate::model::options::wrong;

/// What a reader hands over, as far as a program to take along is made of it.
#[derive(Debug)]
pub enum Handed {
    /// A file of Rust, and the patterns of its items.
    Rust(Source, Option<String>),
    /// A file of Python.
    Python {
        /// Its text.
        text: String,
        /// Its folder, if it imports modules from there.
        beside: Option<String>,
        /// What runs it.
        interpreter: String,
        /// The patterns of its items, if they are files.
        patterns: Option<String>,
    },
    /// The words of a command's template, and the patterns of its items, if they are files.
    Command(Vec<String>, Option<String>),
    /// A file of addresses, or - for standard input.
    Addresses(String),
}

/// A reader's file of Rust.
#[derive(Debug)]
pub struct Source {
    /// The file.
    pub text: String,
    /// The arguments of `cargo add`, from the lines `//! cargo add ...` of its header.
    pub crates: Vec<Vec<String>>,
    /// Where items come from.
    pub items: Items,
    /// The type of an item, as the file writes it.
    pub item: String,
    /// What `work` returns.
    pub answer: Answer,
    /// What `work_async` returns, if it is there.
    pub awaited: Option<Answer>,
    /// The lines of its `main`, if it has one: first and last, from 1 on.
    pub main: Option<(usize, usize)>,
}

/// Where items come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// `fn items() -> Vec<T>`, or a result of it.
    All {
        /// Whether it returns a result.
        fallible: bool,
    },
    /// `fn item(line: &str) -> T`, or a result of it.
    Lines {
        /// Whether it returns a result.
        fallible: bool,
        /// Whether it takes a `String`.
        owned: bool,
    },
}

/// What a function returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The type of a good answer, as the file writes it.
    pub good: String,
    /// Whether it comes in a result.
    pub fallible: bool,
}

impl Source {
    /// Reads a file of this name.
    ///
    /// # Errors
    ///
    /// If it is no Rust, or lacks a function; in a line that says what to do.
    pub fn of(name: &str, text: String) -> anyhow::Result<Self> {
        let file = syn::parse_file(&text).map_err(|error| {
            let at = error.span().start();
            wrong(format!("{name}:{}: {error}", at.line))
        })?;
        let functions = || {
            file.items.iter().filter_map(|item| match item {
                Item::Fn(function) => Some(function),
                _ => None,
            })
        };
        let find = |wanted: &str| functions().find(|function| function.sig.ident == wanted);
        let names: Vec<_> = functions().map(|it| it.sig.ident.to_string()).collect();
        let lacks = |function: &str| {
            let there = match names.is_empty() {
                true => "it has no function".to_owned(),
                false => format!("it has {}", names.join(", ")),
            };
            wrong(format!(
                "{name} lacks `{function}`: {there}; WORK=new writes a file that has all"
            ))
        };
        let work = find("work").ok_or_else(|| lacks("fn work(item: T) -> R"))?;
        let item = taken(name, work)?;
        let items = match (find("items"), find("item")) {
            (Some(all), _) => Items::All {
                fallible: answer(&text, all).fallible,
            },
            (None, Some(each)) => Items::Lines {
                fallible: answer(&text, each).fallible,
                owned: !matches!(taken_type(name, each)?, Type::Reference(_)),
            },
            (None, None) => {
                let both = "fn items() -> Vec<T>` or `fn item(line: &str) -> T";
                return Err(lacks(both).into());
            }
        };
        if work.sig.asyncness.is_some() {
            let message = format!(
                "{name}: `work` is async: call it `work_async`, and give `work` a form that blocks"
            );
            return Err(wrong(message).into());
        }
        let awaited = find("work_async");
        if let Some(function) = awaited.filter(|function| function.sig.asyncness.is_none()) {
            let line = function.span().start().line;
            let message = format!("{name}:{line}: `work_async` is no `async fn`");
            return Err(wrong(message).into());
        }
        let main = find("main").map(|it| (it.span().start().line, it.span().end().line));
        Ok(Self {
            crates: crates(&text),
            items,
            item: source(&text, item.span()),
            answer: answer(&text, work),
            awaited: awaited.map(|function| answer(&text, function)),
            main,
            text,
        })
    }

    /// The file, and below it what the programs call. Its lines keep their numbers.
    pub fn adapted(&self) -> String {
        let Self {
            text, item, answer, ..
        } = self;
        let items = match self.items {
            Items::All { fallible: false } => {
                "Ok(super::items().into_iter().map(Item).collect())".to_owned()
            }
            Items::All { fallible: true } => {
                "Ok(super::items().map_err(reason)?.into_iter().map(Item).collect())".to_owned()
            }
            Items::Lines { fallible, owned } => {
                let line = if owned { "line.clone()" } else { "line" };
                let made = match fallible {
                    true => format!("super::item({line}).map_err(reason).map(Item)"),
                    false => format!("Ok(Item(super::item({line})))"),
                };
                format!("request.lines.iter().map(|line| {made}).collect()")
            }
        };
        let awaited = match &self.awaited {
            Some(awaited) => attempt("super::work_async(item.0).await", awaited),
            None => "unit(item)".to_owned(),
        };
        format!(
            "{text}
type WorkItem = {item};
type WorkAnswer = {good};

#[allow(clippy::all, dead_code)]
pub mod adapted {{
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Item(super::WorkItem);
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Output(super::WorkAnswer);
    pub const AWAITS: bool = {awaits};

    pub fn items(request: &crate::Request) -> Result<Vec<Item>, String> {{
        let _ = request;
        {items}
    }}
    pub fn unit(item: Item) -> crate::Answer {{
        {work}
    }}
    pub async fn unit_async(item: Item) -> crate::Answer {{
        {awaited}
    }}
    fn reason(error: impl ToString) -> String {{
        error.to_string()
    }}
}}
",
            good = answer.good,
            awaits = self.awaited.is_some(),
            work = attempt("super::work(item.0)", answer),
        )
    }

    /// The file without its `main`.
    pub fn without_main(&self) -> String {
        let lines = self.text.lines().enumerate();
        let main = |number: usize| {
            self.main
                .is_some_and(|(first, last)| (first..=last).contains(&(number + 1)))
        };
        let kept: Vec<_> = lines
            .filter(|(number, _)| !main(*number))
            .map(|(_, line)| line)
            .collect();
        format!("{}\n", kept.join("\n").trim_end())
    }
}

/// An expression that makes an answer of what this call returns.
fn attempt(call: &str, answer: &Answer) -> String {
    match answer.fallible {
        true => format!("{call}.map(Output).map_err(reason)"),
        false => format!("Ok(Output({call}))"),
    }
}

/// The type of what `work` takes.
fn taken<'a>(name: &str, function: &'a ItemFn) -> anyhow::Result<&'a Type> {
    let taken = taken_type(name, function)?;
    if let Type::Reference(reference) = taken {
        let line = reference.span().start().line;
        let message = format!(
            "{name}:{line}: `work` takes a reference, and an item must be its own to go to a thread or a process: take a \
             String, a PathBuf, a Vec"
        );
        return Err(wrong(message).into());
    }
    Ok(taken)
}

fn taken_type<'a>(name: &str, function: &'a ItemFn) -> anyhow::Result<&'a Type> {
    let mut arguments = function.sig.inputs.iter();
    match (arguments.next(), arguments.next()) {
        (Some(FnArg::Typed(argument)), None) => Ok(&argument.ty),
        _ => {
            let (ident, line) = (&function.sig.ident, function.span().start().line);
            let message = format!("{name}:{line}: `{ident}` must take one argument");
            Err(wrong(message).into())
        }
    }
}

/// What a function returns: of a `Result`, under whichever path, its first type.
fn answer(text: &str, function: &ItemFn) -> Answer {
    let ReturnType::Type(_, returned) = &function.sig.output else {
        return Answer {
            good: "()".to_owned(),
            fallible: false,
        };
    };
    let good = match &**returned {
        Type::Path(path) => path.path.segments.last().and_then(|last| {
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            let first = arguments.args.first().filter(|_| last.ident == "Result")?;
            match first {
                GenericArgument::Type(good) => Some(good),
                _ => None,
            }
        }),
        _ => None,
    };
    Answer {
        good: source(text, good.map_or(returned.span(), Spanned::span)),
        fallible: good.is_some(),
    }
}

/// What stands there.
fn source(text: &str, span: Span) -> String {
    let bytes = span.byte_range();
    text.get(bytes).unwrap_or_default().to_owned()
}

fn crates(text: &str) -> Vec<Vec<String>> {
    let header = text.lines().map_while(|line| line.strip_prefix("//!"));
    let added = header.filter_map(|line| line.trim().strip_prefix("cargo add "));
    added
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source_of(text: &str) -> Source {
        Source::of("mine.rs", text.to_owned()).unwrap()
    }

    fn refusal(text: &str) -> String {
        Source::of("mine.rs", text.to_owned())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn types_and_crates_are_read_off_the_file() {
        let source = source_of(
            "//! Mine.\n//!\n//!     cargo add image --features jpeg\n\nuse std::path::PathBuf;\n\
             fn items() -> Vec<PathBuf> { vec![] }\n\
             fn work(item: PathBuf) -> Result<Vec<(u8, f64)>, image::Error> { Ok(vec![]) }\n\
             async fn work_async(item: PathBuf) -> Vec<(u8, f64)> { vec![] }\nfn main() {\n}\n",
        );
        assert_eq!(source.crates, [["image", "--features", "jpeg"]]);
        assert_eq!(source.item, "PathBuf");
        let good = "Vec<(u8, f64)>".to_owned();
        assert_eq!(
            (
                source.answer.clone(),
                source.awaited.clone().unwrap().fallible
            ),
            (
                Answer {
                    good,
                    fallible: true
                },
                false
            )
        );
        assert_eq!(source.items, Items::All { fallible: false });
        assert!(source.adapted().starts_with(&source.text));
        assert!(!source.without_main().contains("main"));
    }

    #[test]
    fn an_item_for_each_line_may_fail() {
        let source = source_of(
            "fn item(line: &str) -> std::io::Result<u64> { Ok(1) }\nfn work(item: u64) {}",
        );
        let lines = Items::Lines {
            fallible: true,
            owned: false,
        };
        assert_eq!((source.items, source.answer.good.as_str()), (lines, "()"));
    }

    #[test]
    fn an_error_names_the_missing_and_the_present() {
        assert!(refusal("fn fetch() {}").contains("lacks `fn work(item: T) -> R`: it has fetch"));
        assert!(refusal("fn work(item: u8) {}").contains("lacks `fn items() -> Vec<T>`"));
        assert!(
            refusal("fn work(item: &str) {}\nfn items() {}")
                .contains("mine.rs:1: `work` takes a reference")
        );
        assert!(refusal("\nfn work() {}").contains("mine.rs:2: `work` must take one argument"));
        assert!(refusal("\n\nfn work(").contains("mine.rs:3"));
        assert!(
            refusal("async fn work(item: u8) {}\nfn items() {}").contains("call it `work_async`")
        );
        assert!(
            refusal("fn work(i: u8) {}\nfn items() {}\nfn work_async(i: u8) {}")
                .contains("mine.rs:3")
        );
    }
}
