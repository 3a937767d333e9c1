//! The program that a reader of Python takes along: their file, and the fastest technique around it.

use crate::model::own::Own;
use crate::model::technique::Contestant::{self, *};

/// The reader's file, unchanged but for a block under `if __name__ == "__main__"`, with what `winner` imports at its beginning and
/// a `main` at its end. `beside` is the file's folder, if it imports modules from there.
pub fn program(own: &Own, winner: Contestant, text: &str, beside: Option<&str>) -> String {
    let text = without_main(text);
    let way = Way::of(own, winner, &text);
    let missing = |line: &String| !text.lines().any(|it| it.trim_end() == line);
    let mut imports: Vec<_> = way.imports.into_iter().map(str::to_owned).collect();
    if let Some(folder) = beside {
        if !imports.iter().any(|line| line == "import sys") {
            let place = usize::from(imports.first().is_some_and(|it| it == "import asyncio"));
            imports.insert(place, "import sys".to_owned());
        }
        imports.push(format!("\nsys.path.append({})", literal(folder)));
    }
    imports.retain(missing);
    format!(
        "{}\n\n\n{}",
        with_imports(&text, &imports).trim_end(),
        way.functions
    )
}

/// A text as Python writes it. What Rust escapes otherwise, and what could end a line, is written by its number.
fn literal(text: &str) -> String {
    let sign = |sign: char| match sign {
        '"' | '\\' => format!("\\{sign}"),
        ' '..='~' => sign.to_string(),
        _ => format!("\\U{:08x}", u32::from(sign)),
    };
    let signs: String = text.chars().map(sign).collect();
    format!("\"{signs}\"")
}

/// Whether a file makes its items of lines.
pub fn reads_lines(text: &str) -> bool {
    !defines(text, "items")
}

/// How a technique does a reader's work: what it imports, and its functions.
struct Way {
    imports: Vec<&'static str>,
    functions: String,
}

impl Way {
    fn of(own: &Own, winner: Contestant, text: &str) -> Self {
        let workers = own.workers.get(&winner).copied().unwrap_or(1);
        let awaits = winner == Asyncio && own.subject.awaits;
        let fallible = (own.card.as_ref()).is_some_and(|card| !card.failures.is_empty());
        let free = |name: &str| match defines(text, name) {
            true => format!("{name}_of_all"),
            false => name.to_owned(),
        };
        let (main, one, attempt) = (free("main"), free("one"), free("attempt"));
        let work = match (fallible, awaits) {
            (true, _) => attempt.as_str(),
            (false, true) => "work_async",
            (false, false) => "work",
        };
        let lines = reads_lines(text);
        let items = match lines {
            true => "map(item, sys.stdin.read().splitlines())",
            false => "items()",
        };
        let executor = |name: &str, noun: &str| {
            format!(
                "def {main}():\n    \"\"\"All items, with {workers} {noun}.\"\"\"\n    with {name}({workers}) as pool:\n        \
                 for answer in pool.map({work}, {items}):\n            print(answer)\n"
            )
        };
        let (mut imports, functions) = match winner {
            Multiprocessing if !own.lost.is_empty() => {
                let cores = own.machine.cores;
                (
                    vec![
                        "from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor",
                        "from concurrent.futures.process import BrokenProcessPool",
                        "from multiprocessing import get_context",
                    ],
                    format!(
                        "def {one}(item):\n    \"\"\"The work in a process of its own, which an item may end.\"\"\"\n    \
                         with ProcessPoolExecutor(1, get_context(\"forkserver\")) as process:\n        try:\n            \
                         return process.submit({work}, item).result()\n        except BrokenProcessPool:\n            \
                         return f\"{{item!r}} ended its process\"\n        except (Exception, SystemExit) as error:\n            \
                         return f\"{{type(error).__name__}}: {{error}}\"\n\n\n\
                         def {main}():\n    \"\"\"All items, {cores} processes at a time, one for each item.\"\"\"\n    \
                         with ThreadPoolExecutor({cores}) as pool:\n        for answer in pool.map({one}, {items}):\n            \
                         print(answer)\n"
                    ),
                )
            }
            Threading => (
                vec!["from concurrent.futures import ThreadPoolExecutor"],
                executor("ThreadPoolExecutor", plural(workers, "thread", "threads")),
            ),
            Subinterpreters => (
                vec!["from concurrent.futures import InterpreterPoolExecutor"],
                executor(
                    "InterpreterPoolExecutor",
                    plural(workers, "subinterpreter", "subinterpreters"),
                ),
            ),
            Multiprocessing => (
                vec!["from concurrent.futures import ProcessPoolExecutor"],
                format!(
                    "def {main}():\n    \"\"\"All items, with {workers} {}.\"\"\"\n    todo = list({items})\n    \
                     with ProcessPoolExecutor({workers}) as pool:\n        \
                     # Some at a time: handing over a single one takes longer than short work does.\n        \
                     for answer in pool.map({work}, todo, chunksize=len(todo) // {} + 1):\n            print(answer)\n",
                    plural(workers, "process", "processes"),
                    4 * workers,
                ),
            ),
            Asyncio if awaits => (
                vec!["import asyncio"],
                format!(
                    "async def {main}():\n    \"\"\"All items, {workers} at once.\"\"\"\n    places = asyncio.Semaphore({workers})\n\n    \
                     async def one(item):\n        async with places:\n            return await {work}(item)\n\n    \
                     for answer in await asyncio.gather(*map(one, {items})):\n        print(answer)\n"
                ),
            ),
            Asyncio => (
                vec![
                    "import asyncio",
                    "from concurrent.futures import ThreadPoolExecutor",
                ],
                format!(
                    "async def {main}():\n    \"\"\"All items: the event loop hands each to one of {workers} {}.\"\"\"\n    \
                     asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor({workers}))\n    \
                     calls = (asyncio.to_thread({work}, one) for one in {items})\n    \
                     for answer in await asyncio.gather(*calls):\n        print(answer)\n",
                    plural(workers, "thread", "threads"),
                ),
            ),
            _ => (
                Vec::new(),
                format!(
                    "def {main}():\n    \"\"\"All items, one after another.\"\"\"\n    for answer in map({work}, {items}):\n        \
                     print(answer)\n"
                ),
            ),
        };
        if lines {
            imports.insert(usize::from(winner == Asyncio), "import sys");
        }
        let attempt = match (fallible, awaits) {
            (false, _) => String::new(),
            (true, awaits) => attempted(own, &attempt, awaits),
        };
        let call = match winner {
            Asyncio => format!("asyncio.run({main}())"),
            _ => format!("{main}()"),
        };
        Self {
            imports,
            functions: format!(
                "{attempt}{functions}\n\nif __name__ == \"__main__\":\n    {call}\n"
            ),
        }
    }
}

/// The work on an item of which some raise an exception.
fn attempted(own: &Own, name: &str, awaits: bool) -> String {
    // It is no exception of the usual kind, for it is to end the program.
    let exits = own.card.iter().flat_map(|card| card.failures.keys());
    let caught = match exits.into_iter().any(|why| why.starts_with("SystemExit")) {
        true => "(Exception, SystemExit)",
        false => "Exception",
    };
    let [define, call] = match awaits {
        true => ["async def", "await work_async(item)"],
        false => ["def", "work(item)"],
    };
    format!(
        "{define} {name}(item):\n    \"\"\"The answer, or why there is none: an exception would end the whole run.\"\"\"\n    try:\n        \
         return {call}\n    except {caught} as error:\n        return f\"{{type(error).__name__}}: {{error}}\"\n\n\n"
    )
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

/// Whether a function of this name stands in the file.
fn defines(text: &str, name: &str) -> bool {
    let definitions = [format!("def {name}("), format!("async def {name}(")];
    text.lines()
        .any(|line| definitions.iter().any(|it| line.starts_with(it)))
}

/// The file without its block under `if __name__ == "__main__"`.
fn without_main(text: &str) -> String {
    let mut dropped = false;
    let kept = text.lines().filter(|line| {
        let outside = line.starts_with(|first: char| !first.is_whitespace());
        if outside {
            let of_it = dropped && (line.starts_with("else:") || line.starts_with("elif "));
            let main = line.contains("__name__") && line.contains("__main__");
            dropped = of_it || line.starts_with("if ") && main;
        }
        !dropped
    });
    kept.map(|line| format!("{line}\n")).collect()
}

/// The file with these lines where imports stand: below its first remarks, its docstring and what it imports from `__future__`.
fn with_imports(text: &str, imports: &[String]) -> String {
    if imports.is_empty() {
        return text.to_owned();
    }
    let lines: Vec<_> = text.lines().collect();
    let (head, rest) = lines.split_at(head(&lines));
    let (head, rest) = (head.join("\n"), rest.join("\n"));
    let rest = rest.trim_start_matches('\n');
    let gap = match rest.split(' ').next() {
        Some("import" | "from") if !imports.iter().any(|line| line.starts_with('\n')) => "\n",
        Some("def" | "async" | "class") => "\n\n\n",
        _ => "\n\n",
    };
    let head = match head.trim_end() {
        "" => String::new(),
        head => format!("{head}\n\n"),
    };
    format!("{head}{}{gap}{rest}\n", imports.join("\n"))
}

/// How many lines stand above the place of imports.
fn head(lines: &[&str]) -> usize {
    let (mut place, mut at) = (0, 0);
    let mut docstring = true;
    while let Some(line) = lines.get(at) {
        let line = line.trim_end();
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quote| line.trim_start_matches(['r', 'R']).starts_with(quote));
        at += 1;
        match quote {
            // A remark that touches what follows belongs to it.
            _ if line.is_empty() => place = at,
            _ if line.starts_with("#!") => place = at,
            _ if line.starts_with('#') => {}
            Some(quote) if docstring => {
                docstring = false;
                let closed = line.trim_start_matches(['r', 'R']).len() > quote.len()
                    && line.ends_with(quote);
                if !closed && quote.len() == 3 {
                    let end = lines[at..].iter().position(|line| line.contains(quote));
                    at += end.map_or(0, |end| end + 1);
                }
                place = at;
            }
            _ if line.starts_with("from __future__ ") => {
                docstring = false;
                place = at;
            }
            _ => break,
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::process::Command;

    use super::*;
    use crate::fixtures::own;
    use crate::model::own::Loss;

    const FILE: &str = "\"\"\"Squares.\n\nimport nothing\n\"\"\"\n\nimport math\n\n\ndef items():\n    return range(4)\n\n\n\
                        def work(item):\n    return math.isqrt(item) + item * item\n\n\nasync def work_async(item):\n    \
                        return work(item)\n\n\nif __name__ == \"__main__\":\n    print(work(1))\n";

    fn program_of(winner: Contestant, text: &str, change: impl Fn(&mut Own)) -> String {
        program(&own([0.4, 0.2, 0.3, 0.2], change), winner, text, None)
    }

    /// What Python prints for a program; `None` if there is no Python here.
    fn printed(program: &str, lines: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let [file, input] = ["program.py", "lines"].map(|name| folder.path().join(name));
        std::fs::write(&file, program).unwrap();
        std::fs::write(&input, lines).unwrap();
        let mut python = Command::new("python3");
        let python = python.arg("-Wdefault").arg(&file);
        python.stdin(std::fs::File::open(&input).unwrap());
        let Ok(output) = python.output() else {
            eprintln!("skipped: no python3");
            return None;
        };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.is_empty(),
            "{program}\n{said}"
        );
        Some(String::from_utf8(output.stdout).unwrap())
    }

    #[test]
    fn a_program_is_the_readers_file_with_the_technique_around_it() {
        assert_eq!(
            program_of(Threading, FILE, |_| ()),
            "\"\"\"Squares.\n\nimport nothing\n\"\"\"\n\nfrom concurrent.futures import ThreadPoolExecutor\nimport math\n\n\n\
             def items():\n    return range(4)\n\n\ndef work(item):\n    return math.isqrt(item) + item * item\n\n\n\
             async def work_async(item):\n    return work(item)\n\n\n\
             def main():\n    \"\"\"All items, with 2 threads.\"\"\"\n    with ThreadPoolExecutor(2) as pool:\n        \
             for answer in pool.map(work, items()):\n            print(answer)\n\n\nif __name__ == \"__main__\":\n    main()\n"
        );
    }

    #[test]
    fn every_technique_runs_alone_and_prints_the_answers() {
        let all = [Sequential, Threading, Multiprocessing, Asyncio];
        for (winner, awaits) in all
            .map(|who| (who, false))
            .into_iter()
            .chain([(Asyncio, true)])
        {
            let program = program_of(winner, FILE, |own| own.subject.awaits = awaits);
            if let Some(printed) = printed(&program, "") {
                assert_eq!(printed, "0\n2\n5\n10\n", "{program}");
            }
            let text = "import os\n\n\ndef item(line):\n    return int(line)\n\n\ndef work(item):\n    if item == 2:\n        \
                        raise ValueError(item)\n    if item == 3:\n        raise SystemExit(item)\n    return item\n\n\nasync def work_async(item):\n    return work(item)\n";
            let program = program_of(winner, text, |own| {
                own.subject.awaits = awaits;
                let kinds = ["ValueError: 2", "SystemExit: 3"].map(|kind| (kind.to_owned(), 1));
                own.card.as_mut().unwrap().failures = BTreeMap::from(kinds);
            });
            if let Some(printed) = printed(&program, "1\n2\n3\n") {
                assert_eq!(printed, "1\nValueError: 2\nSystemExit: 3\n", "{program}");
            }
        }
    }

    #[test]
    fn where_items_end_their_process_each_has_one() {
        let text = "import os\n\n\ndef items():\n    return [1, 2, 3, 4, 5]\n\n\ndef work(item):\n    if item == 2:\n        \
                    os.abort()\n    if item == 4:\n        raise ValueError(item)\n    if item == 5:\n        raise SystemExit(item)\n    \
                    return item\n";
        let program = program_of(Multiprocessing, text, |own| {
            let loss = Loss {
                items: 1,
                why: String::new(),
            };
            own.lost.insert(Multiprocessing, loss);
        });
        if let Some(printed) = printed(&program, "") {
            let expected = "1\n2 ended its process\n3\nValueError: 4\nSystemExit: 5\n";
            assert_eq!(printed, expected, "{program}");
        }
    }

    #[test]
    fn imports_stand_where_they_may() {
        let import = ["import asyncio".to_owned()];
        for (text, expected) in [
            ("x = 1\n", "import asyncio\n\nx = 1\n"),
            (
                "# Adds.\ndef f():\n",
                "import asyncio\n\n# Adds.\ndef f():\n",
            ),
            (
                "#!/usr/bin/python3\n# Adds.\n\nimport os\n",
                "#!/usr/bin/python3\n# Adds.\n\nimport asyncio\nimport os\n",
            ),
            (
                "'One line.'\nclass A:\n",
                "'One line.'\n\nimport asyncio\n\n\nclass A:\n",
            ),
            (
                "r\"\"\"A\"\"\"\nfrom __future__ import annotations\nimport os\n",
                "r\"\"\"A\"\"\"\nfrom __future__ import annotations\n\nimport asyncio\nimport os\n",
            ),
        ] {
            assert_eq!(with_imports(text, &import), expected);
        }
        let own_main = "import asyncio\n\n\ndef items():\n    return [1]\n\n\ndef main():\n    pass\n\n\ndef work(item):\n    return item\n";
        let program = program_of(Asyncio, own_main, |_| ());
        assert_eq!(program.matches("import asyncio").count(), 1);
        assert!(program.contains("asyncio.run(main_of_all())"), "{program}");
        if let Some(printed) = printed(&program, "") {
            assert_eq!(printed, "1\n");
        }
    }

    #[test]
    fn a_file_loses_its_main_block_alone() {
        let text = "a = 1\nif '__main__' == __name__:\n    a = 2\n\nelse:\n    a = 3\nb = 4\nif a:\n    b = 5\n";
        assert_eq!(without_main(text), "a = 1\nb = 4\nif a:\n    b = 5\n");
    }

    #[test]
    fn modules_beside_the_file_are_found() {
        let program = program(
            &own([0.4, 0.2, 0.3, 0.2], |_| ()),
            Threading,
            "import beside\n",
            Some("/the/folder"),
        );
        assert!(
            program.starts_with(
                "import sys\nfrom concurrent.futures import ThreadPoolExecutor\n\nsys.path.append(\"/the/folder\")\n\nimport beside\n"
            ),
            "{program}"
        );
    }
}
