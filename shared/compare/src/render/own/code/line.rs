//! What a reader takes along of a command or a list of addresses: a line for a shell.

use std::path::Path;

use crate::model::technique::Contestant::{self, Sequential};

/// The line that runs a command for each item, so many at once. `words` are the template's, and `patterns` name the items, if
/// standard input does not.
pub fn command(words: &[String], patterns: Option<&str>, workers: usize) -> String {
    let template = words.iter().map(|word| quoted(word));
    let template = template.collect::<Vec<_>>().join(" ");
    let plain = words.iter().all(|word| {
        let rest = word.replace("{}", "");
        !["{/}", "{.}", "{/.}", "{//}", "{#}"]
            .iter()
            .any(|place| rest.contains(place))
    });
    let at_once = match workers {
        1 => String::new(),
        workers => format!("-P {workers} "),
    };
    match (plain, patterns) {
        (true, Some(patterns)) => {
            format!("printf '%s\\0' {patterns} | xargs -0 {at_once}-I {{}} {template}")
        }
        (true, None) => format!("… | xargs -d '\\n' {at_once}-I {{}} {template}"),
        // xargs knows no parts of an item.
        (false, Some(patterns)) => format!("parallel -q -j {workers} {template} ::: {patterns}"),
        (false, None) => format!("… | parallel -q -j {workers} {template}"),
    }
}

/// What is measured is one try for each address, and what is not fetched is left out.
const FETCH: &str = "sites --keep-going --tries 1";

/// The line that fetches the addresses of a file, or of standard input, with a download program.
pub fn addresses(name: &str, program: &Path, winner: Contestant, workers: usize) -> String {
    let program = quoted(&program.display().to_string());
    let fetch = match winner {
        Sequential => format!("xargs -d '\\n' {program} {FETCH}"),
        _ => format!("xargs -d '\\n' {program} {FETCH} --workers {workers}"),
    };
    match name {
        "-" => format!("… | grep '^http' | {fetch}"),
        name => format!("grep '^http' {} | {fetch}", quoted(name)),
    }
}

/// A word as a shell takes it. Braces around an item's place are no signs of a shell.
pub fn quoted(word: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_./=:@%+{}#".contains(sign);
    let harmless = !word.is_empty() && word.chars().all(plain);
    if harmless && !word.starts_with('#') && !word.contains("..") {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), |word| word.into_owned())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::model::technique::Contestant::Threading;

    fn words(text: &str) -> Vec<String> {
        shlex::split(text).unwrap()
    }

    #[test]
    fn a_command_becomes_a_line_of_xargs() {
        let line = command(&words("sha256sum {}"), Some("shared/src/*.rs"), 4);
        assert_eq!(
            line,
            "printf '%s\\0' shared/src/*.rs | xargs -0 -P 4 -I {} sha256sum {}"
        );
        let line = command(&words("factor {}"), None, 1);
        assert_eq!(line, "… | xargs -d '\\n' -I {} factor {}");
    }

    #[test]
    fn the_line_does_what_the_template_does() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a b", "c"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        let line = command(
            &words("sh -c 'cat \"$0\"; echo \" $1\"' {} '{}; x'"),
            Some("*"),
            1,
        );
        let mut shell = Command::new("sh");
        let output = shell
            .args(["-c", &line])
            .current_dir(&folder)
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed, "a b a b; x\nc c; x\n", "{line}");
    }

    #[test]
    fn parts_of_an_item_need_gnu_parallel() {
        let line = command(&words("convert {} {/.}.png"), Some("photos/*.jpg"), 2);
        assert_eq!(
            line,
            "parallel -q -j 2 convert {} {/.}.png ::: photos/*.jpg"
        );
    }

    #[test]
    fn addresses_are_fetched_by_the_winner() {
        let program = Path::new("target/release/threading");
        assert_eq!(
            addresses("my urls.txt", program, Threading, 8),
            "grep '^http' 'my urls.txt' | xargs -d '\\n' target/release/threading sites --keep-going --tries 1 --workers 8"
        );
    }
}
