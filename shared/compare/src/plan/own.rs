//! What a reader's work is made of: the command that a template makes of an item, the items that patterns and lines name, and
//! how much of it is measured.

mod template;

use std::fs;
use std::io::{self, BufRead, IsTerminal};
use std::path::Path;

use url::Url;

use crate::model::options::wrong;

pub use template::Template;

/// What the reader wants measured.
#[derive(Debug)]
pub enum Input {
    /// Write a file to start from.
    New,
    /// A function in a file of Rust.
    Rust(String),
    /// A function in a file of Python.
    Python(String),
    /// A command for each item.
    Command(Template),
    /// Addresses to fetch.
    Addresses(Vec<Url>),
}

impl Input {
    /// What `text` means.
    ///
    /// # Errors
    ///
    /// If it means nothing, or what it names cannot be read.
    pub fn of(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        let ends = |ending: &str| text.to_ascii_lowercase().ends_with(ending);
        if text == "new" {
            return Ok(Self::New);
        }
        if let Some(template) = Template::of(text)? {
            return Ok(Self::Command(template));
        }
        let file = Path::new(text);
        if ends(".rs") || ends(".py") {
            if !file.is_file() {
                return Err(wrong(format!(
                    "there is no file {text}: WORK=new writes one to start from"
                ))
                .into());
            }
            return Ok(match ends(".rs") {
                true => Self::Rust(text.to_owned()),
                false => Self::Python(text.to_owned()),
            });
        }
        let lines = match text {
            "-" => standard_input()?,
            _ if file.is_file() => {
                let read = fs::read_to_string(file);
                let read =
                    read.map_err(|error| wrong(format!("{text} cannot be read: {error}")))?;
                lines(&read)
            }
            _ => return Err(wrong(nothing_of_the_kind(text)).into()),
        };
        Ok(Self::Addresses(addresses(text, &lines)?))
    }
}

fn nothing_of_the_kind(text: &str) -> String {
    let advice = match text.contains(char::is_whitespace) {
        true => "a command needs {} where the item goes",
        false => "there is no such file",
    };
    format!(
        "{text}: {advice}; allowed are a file of Rust (*.rs) or Python (*.py), a command with {{}}, a file of addresses, \
         - for addresses on standard input, and new"
    )
}

fn addresses(name: &str, lines: &[String]) -> anyhow::Result<Vec<Url>> {
    let address = |(number, line): (usize, &String)| {
        let url = Url::parse(line).ok();
        let web = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        web.ok_or_else(|| {
            let number = number + 1;
            wrong(format!(
                "{name}, address {number}: {line} is none; one like https://example.org/page is allowed"
            ))
        })
    };
    let urls: Result<Vec<_>, _> = lines.iter().enumerate().map(address).collect();
    let urls = urls?;
    match urls.is_empty() {
        true => Err(wrong(format!("{name} holds no address")).into()),
        false => Ok(urls),
    }
}

/// The items that `patterns` name, or else the lines of standard input; none if there are neither.
///
/// # Errors
///
/// If a pattern is none, or matches nothing, or a name is not in UTF-8.
pub fn items(patterns: Option<&str>) -> anyhow::Result<Option<Vec<String>>> {
    let Some(patterns) = patterns else {
        return match io::stdin().is_terminal() {
            true => Ok(None),
            false => Ok(Some(standard_input()?).filter(|lines| !lines.is_empty())),
        };
    };
    let mut items = Vec::new();
    let Some(words) = shlex::split(patterns) else {
        return Err(wrong(format!("ITEMS={patterns}: a quotation mark is missing")).into());
    };
    for pattern in words {
        let before = items.len();
        let paths = glob::glob(&pattern)
            .map_err(|error| wrong(format!("ITEMS: {pattern} is no pattern: {error}")))?;
        for path in paths {
            let path = path.map_err(|error| wrong(format!("an item cannot be read: {error}")))?;
            let name = path.to_str().ok_or_else(|| {
                let name = path.display();
                wrong(format!(
                    "{name} is no name in UTF-8: rename it, or leave it out"
                ))
            })?;
            items.push(name.to_owned());
        }
        if items.len() == before {
            return Err(wrong(format!("ITEMS: no file is called {pattern}")).into());
        }
    }
    Ok(Some(items))
}

fn standard_input() -> anyhow::Result<Vec<String>> {
    let lines = io::stdin().lock().lines();
    let lines: Result<Vec<_>, _> = lines.collect();
    let lines = lines.map_err(|error| wrong(format!("standard input cannot be read: {error}")))?;
    Ok(self::lines(&lines.join("\n")))
}

/// Lines with something on them. What follows a # at the beginning of one is a remark.
fn lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// Numbers of workers to try, from 1 on: doubled each time, and the number of cores; no more than there are items.
pub fn widths(items: usize, cores: usize, most: usize) -> Vec<usize> {
    let most = items.min(most).max(1);
    let doubled = (0..).map(|power| 1 << power);
    let mut widths: Vec<usize> = doubled.take_while(|width| *width <= most).collect();
    widths.extend([cores, most].into_iter().filter(|width| *width <= most));
    widths.sort_unstable();
    widths.dedup();
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Input::of(text).unwrap_err().to_string()
    }

    #[test]
    fn the_form_of_a_request_decides_its_kind() {
        assert!(matches!(Input::of("new").unwrap(), Input::New));
        assert!(matches!(
            Input::of("gzip -c {}").unwrap(),
            Input::Command(_)
        ));
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let rust = Input::of(&file("mine.rs", ""));
        assert!(matches!(rust.unwrap(), Input::Rust(_)));
        let python = Input::of(&file("mine.PY", ""));
        assert!(matches!(python.unwrap(), Input::Python(_)));
        let urls = file(
            "urls.txt",
            "# mine\n\nhttp://localhost/a\n https://example.org/b \n",
        );
        let Input::Addresses(urls) = Input::of(&urls).unwrap() else {
            panic!("no addresses");
        };
        assert_eq!(urls.len(), 2);
        assert!(refusal(&file("bad.txt", "http://a/\nftp://b/\n")).contains("address 2: ftp://b/"));
        assert!(refusal(&file("none.txt", "\n#\n")).contains("holds no address"));
    }

    #[test]
    fn a_request_without_meaning_is_refused_with_the_allowed_ones() {
        assert!(refusal("gzip -c").contains("needs {} where the item goes"));
        assert!(refusal("mine.txt").contains("there is no such file; allowed are"));
        assert!(refusal("mine.rs").contains("WORK=new writes one"));
    }

    #[test]
    fn patterns_name_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.jpg", "a.jpg", "c.png"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let pattern = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let found = items(Some(&pattern("*.jpg"))).unwrap().unwrap();
        assert_eq!(found, [pattern("a.jpg"), pattern("b.jpg")]);
        let both = format!("'{}' {}", pattern("*.jpg"), pattern("c.png"));
        assert_eq!(items(Some(&both)).unwrap().unwrap().len(), 3);
        let none = items(Some(&pattern("*.gif"))).unwrap_err().to_string();
        assert!(none.contains("no file is called"), "{none}");
        assert!(items(Some("'a")).is_err());
    }

    #[test]
    fn widths_double_up_to_the_items() {
        assert_eq!(widths(100, 2, 64), [1, 2, 4, 8, 16, 32, 64]);
        assert_eq!(widths(5, 6, 64), [1, 2, 4, 5]);
        assert_eq!(widths(100, 6, 5), [1, 2, 4, 5]);
        assert_eq!(widths(0, 2, 64), [1]);
    }
}
