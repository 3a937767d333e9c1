//! A command with places for an item, as GNU parallel has them; no shell comes between.

use std::path::Path;

use crate::model::options::wrong;

/// A command with places for an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    words: Vec<String>,
}

/// A part of an item, or of its number.
type Part = fn(&str, usize) -> String;

/// Where a part of the item goes, and which part.
const PLACES: [(&str, Part); 6] = [
    ("{}", |item, _| item.to_owned()),
    ("{/}", |item, _| name(item).to_owned()),
    ("{.}", |item, _| without_ending(item).to_owned()),
    ("{/.}", |item, _| without_ending(name(item)).to_owned()),
    ("{//}", |item, _| folder(item).to_owned()),
    ("{#}", |_, number| (number + 1).to_string()),
];

impl Template {
    /// The template that `text` is; `None` if it has no place for an item.
    ///
    /// # Errors
    ///
    /// If it has a place that does not exist, a quotation mark too few, or a program that is not found.
    pub fn of(text: &str) -> anyhow::Result<Option<Self>> {
        if let Some(place) = unknown_place(text) {
            let known = PLACES.map(|(place, _)| place).join(" ");
            let message = format!("{place} is no place for an item; allowed are {known}");
            return Err(wrong(message).into());
        }
        if !PLACES.iter().any(|(place, _)| text.contains(place)) {
            return Ok(None);
        }
        let Some(words) = shlex::split(text) else {
            return Err(wrong(format!("{text}: a quotation mark is missing")).into());
        };
        let template = Self { words };
        let program = &template.words[0];
        let has_place = PLACES.iter().any(|(place, _)| program.contains(place));
        if !has_place && !found(program) {
            let message =
                format!("the command {program} is not found: install it, or say where it is");
            return Err(wrong(message).into());
        }
        Ok(Some(template))
    }

    /// Its words, as a shell would take them apart.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The command for an item, by its place in the list.
    pub fn command(&self, item: &str, number: usize) -> Vec<String> {
        self.words
            .iter()
            .map(|word| fill(word, item, number))
            .collect()
    }
}

/// `word` with its places filled, from left to right: what an item brings is no place any more.
fn fill(word: &str, item: &str, number: usize) -> String {
    let mut filled = String::new();
    let mut rest = word;
    while let Some(start) = rest.find('{') {
        filled += &rest[..start];
        rest = &rest[start..];
        match PLACES.iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, part)) => {
                filled += &part(item, number);
                rest = &rest[place.len()..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled + rest
}

/// Something in braces that looks like a place and is none: signs or a number. Words in braces are a program's own affair.
fn unknown_place(text: &str) -> Option<&str> {
    let starts = text.match_indices('{').map(|(start, _)| start);
    let braced = starts.filter_map(|start| {
        let end = start + text[start..].find('}')?;
        Some(&text[start..=end])
    });
    let mut odd = braced.filter(|place| {
        let inner = &place[1..place.len() - 1];
        let signs = inner.chars().all(|sign| "/.#%=+?0123456789".contains(sign));
        signs && !PLACES.iter().any(|(known, _)| known == place)
    });
    odd.next()
}

/// Whether there is such a program: at this path, or in one of the folders of PATH.
fn found(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

fn name(item: &str) -> &str {
    item.rsplit_once('/').map_or(item, |(_, name)| name)
}

fn folder(item: &str) -> &str {
    item.rsplit_once('/')
        .map_or(".", |(folder, _)| match folder {
            "" => "/",
            folder => folder,
        })
}

/// A name without the last of its endings; one that only begins with a point has none.
fn without_ending(item: &str) -> &str {
    let start = item.len() - name(item).len();
    match item[start..].rfind('.') {
        None | Some(0) => item,
        Some(point) => &item[..start + point],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, item: &str) -> Vec<String> {
        Template::of(text).unwrap().unwrap().command(item, 6)
    }

    #[test]
    fn places_are_filled_as_gnu_parallel_fills_them() {
        let item = "photos/cats/one.two.jpg";
        for (place, part) in [
            ("{}", item),
            ("{/}", "one.two.jpg"),
            ("{.}", "photos/cats/one.two"),
            ("{/.}", "one.two"),
            ("{//}", "photos/cats"),
            ("{#}", "7"),
        ] {
            assert_eq!(filled(&format!("echo {place}"), item), ["echo", part]);
        }
        assert_eq!(filled("echo {.}", "a.b/c"), ["echo", "a.b/c"]);
        assert_eq!(
            filled("echo {.}{/.}", ".hidden"),
            ["echo", ".hidden.hidden"]
        );
        assert_eq!(filled("echo {//} {/}", "one"), ["echo", ".", "one"]);
        assert_eq!(filled("echo {//}", "/one"), ["echo", "/"]);
    }

    #[test]
    fn words_are_split_as_a_shell_does_and_an_item_stays_one() {
        assert_eq!(
            filled("sh -c 'echo \"$1\"' -- {}", "two words; {#} $HOME"),
            ["sh", "-c", "echo \"$1\"", "--", "two words; {#} $HOME"]
        );
        assert_eq!(filled("echo a{}b-{#}", "x"), ["echo", "axb-7"]);
        assert_eq!(
            filled("echo '{print $1}' {}", "x"),
            ["echo", "{print $1}", "x"]
        );
    }

    #[test]
    fn a_wrong_template_is_refused_in_a_line() {
        let refusal = |text: &str| Template::of(text).unwrap_err().to_string();
        assert!(refusal("echo {..}").contains("{..} is no place for an item; allowed are {} {/}"));
        assert!(refusal("echo {1}").contains("{1} is no place"));
        assert!(refusal("echo 'a {}").contains("quotation mark"));
        assert!(refusal("no-such-program {}").contains("no-such-program is not found"));
        assert_eq!(Template::of("echo hello").unwrap(), None);
    }
}
