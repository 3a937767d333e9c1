//! The lines that a run prints while it works and when it ends.

use std::collections::BTreeMap;
use std::path::Path;

use crate::program::run;

#[allow(missing_docs)]
pub fn the_story_appears_as_it_happens(program: &str) {
    let run = run(program, "waiter --time-scale 0.01");
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 11, "{run:?}");
    // Lines of different workers may overtake each other, those of one table may not.
    let mut last = BTreeMap::new();
    for line in &lines[..10] {
        let (time, event) = line.split_once(" s  ").expect("a time first");
        let time: f64 = time.trim().parse().expect("a time in seconds");
        let opens = event.strip_suffix(" opens the menu");
        let gives = event.strip_suffix(" has ordered from John Doe");
        let table = opens.or(gives).and_then(|who| who.chars().last());
        let before = last.insert(table.expect("a table"), time);
        assert_eq!(before.is_some(), gives.is_some(), "{run:?}");
        assert!(time >= before.unwrap_or_default(), "{run:?}");
    }
    assert_eq!(last.len(), 5, "{run:?}");
    let name = Path::new(program).file_stem().unwrap().to_str().unwrap();
    let sentence = format!("{name} waiter: 5 orders in ");
    assert!(lines[10].starts_with(&sentence), "{run:?}");
}

#[allow(missing_docs)]
pub fn a_few_lines_say_what_the_workers_did(program: &str) {
    for (arguments, unit, expected) in [
        ("hashes --size 10 --workers 2", " chain", 20),
        (
            "hello --size 30 --time-scale 0 --workers 3",
            " greeting",
            30,
        ),
    ] {
        let run = run(program, arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let lines = run
            .stdout
            .lines()
            .filter(|line| line.contains(" on a core"));
        let lines: Vec<_> = lines.collect();
        assert!((1..=8).contains(&lines.len()), "{run:?}");
        let number = |words: &str| words.parse::<u64>().expect("a number");
        let units = lines.iter().map(|line| {
            let (_, event) = line.split_once(" s  ").expect("a time first");
            let (who, did) = event.split_at(18);
            let (units, _) = did.split_once(unit).expect("units");
            // Many workers share a line: "20 tasks", each with so many.
            match did.contains(" each, ") {
                true => number(units) * number(who.split(' ').next().expect("a word")),
                false => number(units),
            }
        });
        assert_eq!(units.sum::<u64>(), expected, "{run:?}");
    }
}

#[allow(missing_docs)]
pub fn a_long_download_in_a_pipe_has_no_line_for_a_page_that_came(program: &str) {
    let lines = |arguments: &str, what: &str| {
        let run = run(program, arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let lines = run.stdout.lines().filter(|line| line.contains(what));
        lines.count()
    };
    for (size, came) in [(20, 20), (21, 0)] {
        let arguments = format!("hello --size {size} --time-scale 0");
        assert_eq!(lines(&arguments, " bytes from "), came);
    }
    // What goes wrong has its line all the same.
    let faulty = "hello --size 21 --faults not-found --keep-going --time-scale 0";
    assert_eq!(lines(faulty, "answered 404"), 21);
}

#[allow(missing_docs)]
pub fn a_probe_tells_its_story_in_three_lines(program: &str) {
    for (arguments, remark) in [
        (
            "sleepers --size 4 --time-scale 0.01",
            " asleep at once on average, ",
        ),
        (
            "blocking --size 2 --time-scale 0.01",
            " calls at once on average, ",
        ),
        ("ticker --size 20", " of 20 ticks came, "),
        ("pingpong --size 100", " a second, "),
        ("pingpong-spinning --size 100", " a second, "),
        ("switch --size 100", " a second, "),
        ("message --size 10 --bytes 8", " GB a second, "),
        ("memory --size 10 --bytes 8", " GB a second, "),
        ("crash --how error", " 1 unit lost, "),
        ("race --size 100", " of all counts lost, "),
        ("race-call --size 100", " of all counts lost, "),
    ] {
        let run = run(program, arguments);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        let lines: Vec<_> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 3, "{run:?}");
        assert!(lines[1].contains(" s  in all "), "{run:?}");
        assert!(
            lines[1].contains(remark) && lines[1].ends_with(" on a core"),
            "{run:?}"
        );
        assert!(lines.iter().all(|line| line.len() <= 100), "{run:?}");
    }
}
