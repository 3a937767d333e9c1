//! The lines of sources side by side: in colours, with what differs marked.

use std::fmt::Write as _;

use super::Column;
use crate::render::page::align::{align, shared_pieces};
use crate::render::page::escape;
use crate::render::page::highlight::{Class, Language, pieces};

/// Whether a line may be broken before this piece.
pub fn breaks_before(piece: &str) -> bool {
    piece == "."
}

/// Whether a line may be broken after this piece.
pub fn breaks_after(piece: &str) -> bool {
    ["(", "[", "<", "&", ":", ",", "|"].contains(&piece)
}

/// The lines, those that are alike beside each other.
pub fn rows(columns: &[Column]) -> String {
    let lines: Vec<Vec<&str>> = columns
        .iter()
        .map(|column| column.text.lines().collect())
        .collect();
    let texts_end: Vec<_> = columns.iter().map(Column::lines_of_text).collect();
    let mut body = String::new();
    for row in align(&lines) {
        body += "<tr>";
        for (place, column) in columns.iter().enumerate() {
            let peers = row.iter().enumerate().filter_map(|(peer, line)| {
                let alike = peer != place && columns[peer].language == column.language;
                Some((peer, lines[peer][(*line).filter(|_| alike)?]))
            });
            let peers: Vec<_> = peers.collect();
            let Some(number) = row[place] else {
                body += if peers.is_empty() {
                    "<td></td>"
                } else {
                    "<td class='none'></td>"
                };
                continue;
            };
            let text = lines[place][number];
            let indent = text.len() - text.trim_start().len();
            let style = match indent {
                0 => String::new(),
                _ => format!(" style='--i:{indent}'"),
            };
            let says_little = !pieces(column.language, text).iter().any(|(class, piece)| {
                *class != Class::Comment && piece.contains(char::is_alphanumeric)
            });
            let class = match number < texts_end[place] || says_little {
                true => " class='text'",
                false if peers.is_empty() => " class='only'",
                false => "",
            };
            let content = match text.trim_start() {
                // A blank line is one, other than none at all.
                "" => "\n".to_owned(),
                text if number < texts_end[place] => {
                    format!("<span class='co'>{}</span>", escape(text))
                }
                text => line(column.language, text, &peers),
            };
            let _ = write!(body, "<td{class}{style}>{content}</td>");
        }
        body += "</tr>\n";
    }
    body
}

/// A line of source: coloured, and every word that not all of its peers have marked. The mark tells which peers have it, a bit
/// for each column, so that the script can tint what none of those has that are seen.
fn line(language: Language, text: &str, peers: &[(usize, &str)]) -> String {
    let cut = pieces(language, text);
    let all = peers.iter().fold(0_u32, |all, (peer, _)| all | 1 << peer);
    let mut having = vec![0_u32; cut.len()];
    for (peer, other) in peers {
        let shared = shared_pieces(language, text, other.trim_start());
        for (having, shared) in having.iter_mut().zip(shared) {
            *having |= u32::from(shared) << peer;
        }
    }
    for place in 0..cut.len() {
        match cut[place].0 {
            Class::Comment => having[place] = all,
            // A space between two words of one mark is a part of it.
            Class::Space if (1..cut.len() - 1).contains(&place) => {
                having[place] = match (having[place - 1], having[place + 1]) {
                    (before, after) if before == after => before,
                    _ => all,
                };
            }
            _ => {}
        }
    }
    let mut html = String::new();
    let mut open = all;
    for ((class, piece), having) in cut.into_iter().zip(having) {
        if having != open {
            html += if open == all { "" } else { "</mark>" };
            html += &match having {
                having if having == all => String::new(),
                0 => "<mark class='own'>".to_owned(),
                having => format!("<mark data-s='{having}'>"),
            };
            open = having;
        }
        if breaks_before(piece) {
            html += "<wbr>";
        }
        html += &match class.name() {
            Some(name) => format!("<span class='{name}'>{}</span>", escape(piece)),
            None => escape(piece),
        };
        if breaks_after(piece) {
            html += "<wbr>";
        }
    }
    html + if open == all { "" } else { "</mark>" }
}

/// A text in colours.
pub fn highlighted(text: &str) -> String {
    let lines = text.lines().map(|text| line(Language::Rust, text, &[]));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::super::source::Sources;
    use super::*;

    fn without_tags(html: &str) -> String {
        html.replace("<wbr>", "")
    }

    #[test]
    fn a_word_is_marked_with_the_other_columns_that_have_it() {
        let peers = [
            (0, "let page = get(url);"),
            (3, "let page = get(uri).await;"),
        ];
        let html = without_tags(&line(Language::Rust, "let page = get(url).await;", &peers));
        // Column 0 has the name, column 3 the wait.
        assert!(html.contains("<mark data-s='1'>url</mark>"), "{html}");
        assert!(html.contains("<mark data-s='8'>."), "{html}");
        assert!(
            html.starts_with("<span class='kw'>let</span> page = "),
            "{html}"
        );
    }

    #[test]
    fn a_word_of_one_column_alone_is_tinted_and_a_comment_never_is() {
        let peers = [(1, "let page = 1; // one")];
        let html = without_tags(&line(Language::Rust, "let page = two(); // two", &peers));
        assert!(
            html.contains("<mark class='own'><span class='fn'>two</span>()</mark>"),
            "{html}"
        );
        assert!(
            html.ends_with("<span class='co'>//</span> <span class='co'>two</span>"),
            "{html}"
        );
    }

    #[test]
    fn few_lines_of_two_techniques_are_tinted_from_end_to_end() {
        for sources in Sources::workloads() {
            let columns = Column::all(&crate::fixtures::results(), sources);
            let pair: Vec<_> = columns
                .into_iter()
                .filter(|it| ["threading", "asyncio"].contains(&&*it.id()))
                .collect();
            let html = rows(&pair);
            let cells = html.matches("<td").count();
            let marked = html
                .split("<td")
                .filter(|cell| cell.contains("<mark"))
                .count();
            assert!(
                marked * 2 < cells,
                "{}: {marked} of {cells}",
                sources.name()
            );
        }
    }
}
