//! Rust and Python in colours: one line at a time, which is enough for files without comments or strings of several lines
//! other than the text that a Python file begins with.

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust.
    Rust,
    /// Python.
    Python,
}

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A name of no known kind, or punctuation.
    Plain,
    /// White space.
    Space,
    /// A comment.
    Comment,
    /// A string or character.
    Text,
    /// A number.
    Number,
    /// A word of the language.
    Keyword,
    /// A type, by its capital.
    Type,
    /// A function that is called or defined, or a macro.
    Function,
    /// An attribute.
    Attribute,
}

impl Class {
    /// Its name in the style sheet, if it has a look of its own.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Space => None,
            Self::Comment => Some("co"),
            Self::Text => Some("st"),
            Self::Number => Some("nu"),
            Self::Keyword => Some("kw"),
            Self::Type => Some("ty"),
            Self::Function => Some("fn"),
            Self::Attribute => Some("at"),
        }
    }
}

const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
    "return", "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe",
    "use", "where", "while",
];

const PYTHON_KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "False", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "None", "nonlocal", "not", "or", "pass", "raise", "return", "self", "True", "try",
    "while", "with", "yield",
];

/// The pieces of a line, in order, nothing left out.
pub fn pieces(language: Language, line: &str) -> Vec<(Class, &str)> {
    let python = language == Language::Python;
    let comment_sign = if python { "#" } else { "//" };
    let mut pieces = Vec::new();
    let mut rest = line;
    let mut attribute = 0;
    let mut comment = false;
    while let Some(first) = rest.chars().next() {
        comment |= rest.starts_with(comment_sign);
        if !python && (rest.starts_with("#[") || rest.starts_with("#![")) {
            attribute = 1;
            let length = if rest.starts_with("#[") { 2 } else { 3 };
            pieces.push((Class::Attribute, &rest[..length]));
            rest = &rest[length..];
            continue;
        }
        let length = length(language, rest, first, comment);
        let piece = &rest[..length];
        rest = &rest[length..];
        let class = if first.is_whitespace() {
            Class::Space
        } else if comment {
            Class::Comment
        } else if attribute > 0 {
            attribute += i32::from(piece == "[") - i32::from(piece == "]");
            Class::Attribute
        } else {
            class(language, piece, first, rest)
        };
        pieces.push((class, piece));
    }
    pieces
}

/// Bytes of the piece that begins with `first`.
fn length(language: Language, rest: &str, first: char, comment: bool) -> usize {
    let python = language == Language::Python;
    let until = |stop: &dyn Fn(char) -> bool| rest.find(stop).unwrap_or(rest.len());
    if first.is_whitespace() {
        until(&|c| !c.is_whitespace())
    } else if comment {
        until(&char::is_whitespace)
    } else if first == '"' || (python && first == '\'') {
        string(rest, first)
    } else if first == '\'' && rest.chars().nth(2) == Some('\'') {
        2 + rest.chars().nth(1).map_or(0, char::len_utf8)
    } else if first.is_alphanumeric() || first == '_' || first == '\'' {
        let start = first.len_utf8();
        let end = rest[start..].find(|c: char| !c.is_alphanumeric() && c != '_');
        end.map_or(rest.len(), |end| start + end)
    } else {
        first.len_utf8()
    }
}

/// Bytes of the string at the start of `rest`, quotes included.
fn string(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (place, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if letter == quote && !escaped => return place + 1,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    rest.len()
}

fn class(language: Language, piece: &str, first: char, rest: &str) -> Class {
    let keywords = match language {
        Language::Rust => KEYWORDS,
        Language::Python => PYTHON_KEYWORDS,
    };
    match first {
        '"' => Class::Text,
        '\'' if piece.ends_with('\'') => Class::Text,
        _ if first.is_ascii_digit() => Class::Number,
        _ if keywords.contains(&piece) => Class::Keyword,
        _ if first.is_uppercase() => Class::Type,
        _ if first.is_alphabetic() && (rest.starts_with('(') || rest.starts_with('!')) => {
            Class::Function
        }
        _ => Class::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_of_a_line_is_lost() {
        for line in [
            "    let x = \"a \\\" b\"; // why? 'c'",
            "#[instrument(skip_all)]",
            "fn f<'a>(é: &'a str) -> char { 'é' }",
            "",
        ] {
            let joined: String = pieces(Language::Rust, line)
                .into_iter()
                .map(|(_, piece)| piece)
                .collect();
            assert_eq!(joined, line);
        }
    }

    #[test]
    fn every_piece_is_taken_for_what_it_is() {
        let seen = pieces(
            Language::Rust,
            "pub fn run(job: &Job) -> u8 { 7 } // go \"now\"",
        );
        let class = |piece: &str| seen.iter().find(|(_, text)| *text == piece).unwrap().0;
        assert_eq!(class("pub"), Class::Keyword);
        assert_eq!(class("run"), Class::Function);
        assert_eq!(class("Job"), Class::Type);
        assert_eq!(class("7"), Class::Number);
        assert_eq!(class("\"now\""), Class::Comment);
        assert!(
            pieces(Language::Rust, "#[instrument(skip_all)]")
                .iter()
                .all(|(class, _)| *class == Class::Attribute)
        );
    }

    #[test]
    fn python_has_words_strings_and_comments_of_its_own() {
        let line = "async def run(job: Job) -> None:  # it's 'now' [x]";
        let seen = pieces(Language::Python, line);
        let joined: String = seen.iter().map(|(_, piece)| *piece).collect();
        assert_eq!(joined, line);
        let class = |piece: &str| seen.iter().find(|(_, text)| *text == piece).unwrap().0;
        assert_eq!(class("def"), Class::Keyword);
        assert_eq!(class("run"), Class::Function);
        assert_eq!(class("Job"), Class::Type);
        assert_eq!(class("it's"), Class::Comment);
        let seen = pieces(Language::Python, "print('a # b')");
        assert!(seen.contains(&(Class::Text, "'a # b'")), "{seen:?}");
    }
}
