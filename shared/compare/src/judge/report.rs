//! What the report says, however it is written down.

use std::collections::BTreeMap;

use crate::judge::answer::{Sentence, answer};
use crate::judge::claims::{Claim, claims};
use crate::judge::conclusion::{self, conclude};
use crate::judge::factors::{Factors, factors};
use crate::judge::floor::{floor, held_back};
use crate::judge::guidance::{Guidance, guidance};
use crate::judge::latency::{self, Spread};
use crate::judge::needs;
use crate::judge::network::{BadNetwork, bad_network};
use crate::judge::resources::{Resources, resources};
use crate::judge::screening;
use crate::judge::servers::{Servers, servers};
use crate::judge::witness;
use crate::judge::workload::{Workload, workload};
use crate::model::difference::EQUAL;
use crate::model::experiment::{Cell, Experiment, NotMeasured};
use crate::model::ladder::{End, Ladder, Limit, Resource};
use crate::model::noise::{CROWD, SCREENABLE, TOLERATED};
use crate::model::python::Python;
use crate::model::quantity::{bytes, cores, count, more, percent, seconds, two_digits};
use crate::model::results::Results;
use crate::model::rows::Row;
use crate::model::run::Run;
use crate::model::standing::Standing;
use crate::model::technique::Contestant::{self, *};
use crate::model::technique::Runner::{self, BareLoop};

/// The report.
#[derive(Debug)]
pub struct Report {
    /// Machine, compiler, commit and date.
    pub header: Vec<String>,
    /// Machine and rounds in a line.
    pub in_short: String,
    /// What a reader wants to know first.
    pub answer: Vec<Sentence>,
    /// What the workloads took.
    pub workloads: Vec<Workload>,
    /// What they took from the machine meanwhile.
    pub resources: Vec<Resources>,
    /// What a bad network cost, if one was asked for.
    pub network: Option<BadNetwork>,
    /// What the servers carry, if they were asked for.
    pub servers: Servers,
    /// How long single requests took.
    pub latencies: Vec<latency::Row>,
    /// Which technique pays from where on.
    pub guidance: Guidance,
    /// How near to the possible this machine was brought, in sentences.
    pub floors: Vec<String>,
    /// What follows from all that.
    pub conclusion: Vec<conclusion::Row>,
    /// Of which features nothing was asked for, in a sentence.
    pub left_out: Option<String>,
    /// How far each technique climbed, and what stopped it, in sentences.
    pub ladders: Vec<String>,
    /// The same in Python, if any interpreter was named.
    pub beside: Beside,
    /// What serves which need.
    pub needs: Vec<needs::Line>,
    /// What the gates let pass and what not, in sentences.
    pub gates: Vec<String>,
    /// What went wrong, in sentences.
    pub troubles: Vec<String>,
}

/// Python beside Rust.
#[derive(Debug)]
pub struct Beside {
    /// The interpreters that took part.
    pub pythons: Vec<String>,
    /// How many times as fast Rust is.
    pub factors: Vec<Factors>,
    /// Claims, and what becomes of them in both languages.
    pub claims: Vec<Claim>,
}

impl Report {
    /// Judges the results.
    pub fn of(results: &Results) -> Self {
        let (left_out, conclusion): (Vec<_>, Vec<_>) = conclude(results)
            .into_iter()
            .partition(conclusion::Row::left_out);
        Self {
            header: header(results),
            in_short: in_short(results),
            answer: answer(results, &conclusion),
            workloads: results.workloads().map(workload).collect(),
            resources: resources(results),
            network: bad_network(results),
            servers: servers(results),
            latencies: latency::rows(results),
            guidance: guidance(results),
            needs: needs::lines(results),
            floors: floors(results),
            conclusion,
            left_out: left_out_of(results, &left_out),
            ladders: results.ladders.iter().map(ladder).collect(),
            beside: beside(results),
            gates: [screened(results), witness::sentences(results)].concat(),
            troubles: troubles(results),
        }
    }
}

/// Which features nothing was asked for, and how to ask for those that a whole run leaves out.
fn left_out_of(results: &Results, rows: &[conclusion::Row]) -> Option<String> {
    let name = |row: &conclusion::Row| {
        let subject = row.rule.subject;
        let family = row.rule.experiments.first().and_then(|row| row.family());
        match family.filter(|_| !results.partial) {
            Some(family) => format!("{subject} (make compare ONLY={family})"),
            None => subject.to_owned(),
        }
    };
    let names: Vec<_> = rows.iter().map(name).collect();
    (!names.is_empty()).then(|| format!("Left out: {}.", names.join(", ")))
}

fn header(results: &Results) -> Vec<String> {
    let machine = &results.machine;
    let mut lines = vec![
        format!(
            "{}, {}, {}, {}",
            machine.cpu,
            cores(machine.cores),
            bytes(machine.memory as f64),
            machine.kernel
        ),
        format!("{}, commit {}", machine.compiler, machine.commit),
        format!(
            "{}, {} of {} size",
            machine.date,
            rounds(results),
            results.size
        ),
    ];
    lines.extend(results.standing.as_ref().map(Standing::sentence));
    lines
}

/// Machine and rounds in a line.
fn in_short(results: &Results) -> String {
    let machine = &results.machine;
    let first = |text: &str, words: usize| {
        let words: Vec<_> = text.split([' ', '-']).take(words).collect();
        words.join(" ")
    };
    format!(
        "{}, {}, {}; {} of {} size",
        cores(machine.cores),
        first(&machine.kernel, 2),
        first(&machine.compiler, 2),
        rounds(results),
        results.size
    )
}

fn rounds(results: &Results) -> String {
    let taken = rounds_taken(results);
    let cells = results.experiments.iter().flat_map(|row| &row.cells);
    let most = cells.map(|cell| cell.rounds.len()).max();
    let all = most.unwrap_or(results.rounds);
    let least = taken.keys().map(|(least, _)| *least).min();
    let most = taken.keys().map(|(_, most)| *most).max();
    match (least.unwrap_or(all), most.unwrap_or(all)) {
        (1, 1) => "1 round".to_owned(),
        (least, most) => format!("{} rounds", from_to(least, most)),
    }
}

/// The workloads by the least and the most rounds of a technique in them.
fn rounds_taken(results: &Results) -> BTreeMap<(usize, usize), Vec<Row>> {
    let mut taken = BTreeMap::<_, Vec<_>>::new();
    for row in results.workloads() {
        let rounds = || row.contestants().map(|(_, cell)| cell.rounds.len());
        let (least, most) = (rounds().min(), rounds().max());
        let bounds = (least.unwrap_or_default(), most.unwrap_or_default());
        taken.entry(bounds).or_default().push(row.name);
    }
    taken
}

fn from_to(least: usize, most: usize) -> String {
    if least == most {
        most.to_string()
    } else {
        format!("{least} to {most}")
    }
}

/// Sentences about the floors; those for which something was not measured are left out, since the tables say why.
fn floors(results: &Results) -> Vec<String> {
    let sentences = [
        delay(results, Row::Hello),
        delay(results, Row::Sites),
        hash_step(results),
        requests_per_second(results, Row::Cats, 5),
        requests_per_second(results, Row::CatsCrowd, 64),
        hello_crowd(results),
        sleepers_crowd(results, Asyncio, "tasks"),
        sleepers_crowd(results, Threading, "threads"),
    ];
    sentences.into_iter().flatten().collect()
}

/// A server's timer is no better than a client's.
fn delay(results: &Results, name: Row) -> Result<String, NotMeasured> {
    let row = results.experiment(name)?;
    let (wait, floor) = (held_back(row)?, floor(row)?);
    // The one is so many times the other, with any techniques.
    let turns = match (floor / wait).round() as u64 {
        1 => String::new(),
        turns => format!(", {} times in turn", count(turns)),
    };
    Ok(format!(
        "{name}: the server delayed each page by at least {}{turns}, so nothing can finish sooner than {}",
        seconds(wait),
        seconds(floor)
    ))
}

fn hash_step(results: &Results) -> Result<String, NotMeasured> {
    let work = results.experiment(Row::Hashes)?.work;
    let step =
        |who: Runner| results.median(Row::Hashes, who, |run| Some(run.seconds / work?.items));
    let (bare, sequential) = (step(BareLoop)?, step(Sequential.into())?);
    Ok(format!(
        "hashes: {} a step in the bare loop, {} in sequential ({})",
        seconds(bare),
        seconds(sequential),
        more(sequential / bare - 1.0)
    ))
}

fn requests_per_second(results: &Results, name: Row, width: u32) -> Result<String, NotMeasured> {
    let rate = |run: &Run| Some(run.receipt.units as f64 / run.seconds);
    let asyncio = results.median(name, Asyncio, rate)?;
    let bare = results.median(name, BareLoop, rate)?;
    Ok(format!(
        "cats, {width} in flight: asyncio {} requests/s, the bare loop {}: {:.2} of it",
        count(asyncio as u64),
        count(bare as u64),
        asyncio / bare
    ))
}

fn hello_crowd(results: &Results) -> Result<String, NotMeasured> {
    let cell = results.cell(Row::HelloCrowd, Asyncio)?;
    let wall = cell.wall()?.median;
    let requests = cell.estimate(|run| Some(run.receipt.units as f64))?.median;
    let peak = cell.peak().map_or(String::new(), |peak| {
        format!(", {}", bytes(peak.memory as f64))
    });
    let slowest = latency::spread(cell).map_or(String::new(), |Spread([.., p99, _], _)| {
        format!(", 99% of the requests within {}", seconds(p99))
    });
    Ok(format!(
        "hello, {} in flight in asyncio, answered after 1 s: {}{slowest}{peak}, all answers right",
        count(requests as u64),
        seconds(wall)
    ))
}

fn sleepers_crowd(results: &Results, who: Contestant, units: &str) -> Result<String, NotMeasured> {
    let cell = results.cell(Row::SleepersCrowd, who)?;
    let wall = cell.wall()?.median;
    let number = cell.estimate(|run| Some(run.receipt.units as f64))?.median;
    let alone = results.ladder(who)?.good().next();
    let alone = alone
        .and_then(|(_, run)| run.peak)
        .map_or(0, |peak| peak.memory);
    let peak = cell
        .peak()
        .ok_or(NotMeasured::Undecided("no memory was seen".to_owned()))?;
    let each = peak.memory.saturating_sub(alone) as f64 / number;
    let nap = cell.arguments.last().map_or("?", String::as_str);
    Ok(format!(
        "{} {units} asleep for {nap} s: {}, {} each",
        count(number as u64),
        seconds(wall),
        bytes(each)
    ))
}

/// How far a technique climbed, what stopped it, and what would break next.
fn ladder(ladder: &Ladder) -> String {
    let who = ladder.contestant;
    let most = ladder.most().map_or("none".to_owned(), count);
    let next = ladder.least_too_many().map_or("more".to_owned(), count);
    let end = match &ladder.end {
        End::Top => "that is the last step".to_owned(),
        End::InTurn => "each waits for the one before".to_owned(),
        End::Budget { needed, allowed } => format!(
            "the next step would take {}, and this run may take {}",
            bytes(*needed as f64),
            bytes(*allowed as f64)
        ),
        End::Near(limit) => format!("the next step would come near what {limit} allows"),
        End::OutOfTime => "its time was up; LADDER=cliff goes on until something breaks".to_owned(),
        End::Hung => "the last step did not end".to_owned(),
        End::Failed(cause) => format!("of {next} it dies: {}", cause.sentence()),
    };
    let ahead = match ladder.end {
        End::Failed(_) | End::InTurn => String::new(),
        _ => ladder.nearest().map_or(String::new(), |(limit, room)| {
            format!(" {}", ahead(ladder, limit, room))
        }),
    };
    format!("{who}: {most} asleep at once; {end}.{ahead}")
}

/// Which limit is used up next, and by how many.
fn ahead(ladder: &Ladder, limit: &Limit, room: f64) -> String {
    let each = ladder.each(limit.of).map_or(0.0, |(each, _)| each);
    let left = limit.allowed.saturating_sub(limit.before);
    let room = count(two_digits(room));
    match limit.of {
        Resource::Memory => format!(
            "About {room} would use up {}, of which {} are left: {} each.",
            limit.name,
            bytes(left as f64),
            bytes(each)
        ),
        _ => format!(
            "About {room} would use up {}, of which {} are left: {each:.1} each. To raise it: {}.",
            limit.name,
            count(left),
            limit.raise
        ),
    }
}

fn beside(results: &Results) -> Beside {
    let took_part = results
        .pythons
        .iter()
        .filter(|python| python.description.is_ok());
    Beside {
        pythons: took_part.map(Python::name).collect(),
        factors: factors(results),
        claims: claims(results),
    }
}

/// How many rounds and cells passed the three gates of screening, in sentences.
fn screened(results: &Results) -> Vec<String> {
    let cells = || results.experiments.iter().flat_map(|row| &row.cells);
    if cells().flat_map(Cell::runs).next().is_none() {
        return vec!["Nothing was measured.".to_owned()];
    }
    let watched = cells().flat_map(Cell::runs).any(|run| {
        let noise = run.noise;
        noise.is_some_and(|noise| noise.others.is_some())
    });
    let noise = if watched {
        let counted = |of: fn(&Cell) -> bool| cells().filter(|cell| of(cell)).count();
        let unscreened = match counted(screening::unscreened) {
            0 => String::new(),
            cells => format!(
                ", and {cells}, shorter than {} in all, cannot be screened",
                seconds(SCREENABLE)
            ),
        };
        let repeated = match results.repeated {
            1 => "1 run was".to_owned(),
            runs => format!("{} runs were", count(runs)),
        };
        format!(
            "Noise: {repeated} repeated because others took more than {} of the CPU ({} where thousands of units start and end); {} of {} \
             cells stay NOISY{unscreened}.",
            percent(TOLERATED),
            percent(CROWD),
            counted(screening::noisy),
            cells().count()
        )
    } else {
        "Noise: not screened, because this system does not tell which program uses the CPU."
            .to_owned()
    };
    let ran = |row: &&Experiment| row.cells.iter().any(|cell| !cell.rounds.is_empty());
    let rows = || results.workloads().filter(ran);
    let mut sentences = Vec::new();
    if rows().next().is_some() {
        sentences.push(format!(
            "Work: in {} of {} rows all techniques did the same work, and all of it.",
            rows().filter(|row| screening::pass(row).is_ok()).count(),
            rows().count()
        ));
    }
    sentences.push(noise);
    let taken = rounds_taken(results);
    sentences.push(INTERVALS.to_owned());
    if taken.keys().any(|(_, most)| *most == 1) {
        sentences.push("Rows with one round have no intervals and no ranking.".to_owned());
    }
    if results.complete && taken.len() > 1 {
        let taken: Vec<_> = taken
            .iter()
            .map(|((least, most), rows)| {
                let rows: Vec<_> = rows.iter().map(Row::to_string).collect();
                format!("{} of {}", from_to(*least, *most), rows.join(", "))
            })
            .collect();
        sentences.push(format!(
            "Rounds: {}. Techniques that are neither surely faster than each other nor surely within {} get further ones, \
             and so do short workloads, while there is time.",
            taken.join("; "),
            percent(EQUAL)
        ));
    }
    sentences
}

/// What an interval and a place are worth.
const INTERVALS: &str = "Intervals hold the true time in 95% of all cases. All places and factors of a row are right together in \
    95% of all rows, however many rounds it took.";

fn troubles(results: &Results) -> Vec<String> {
    let mut troubles = Vec::new();
    if !results.complete {
        troubles.push("The run was interrupted: some of it is missing.".to_owned());
    }
    for row in &results.experiments {
        if let Err(trouble) = screening::pass(row) {
            troubles.push(format!("{} is not ranked: {trouble}", row.name));
        }
    }
    troubles.extend(results.pythons.iter().flat_map(Python::troubles));
    troubles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use crate::model::noise::Noise;
    use crate::model::run::Outcome;

    #[test]
    fn rows_that_were_settled_sooner_are_named() {
        let mut results = fixtures::results();
        let date = |results: &Results| Report::of(results).header[2].clone();
        assert!(date(&results).ends_with(", 5 rounds of usual size"));
        assert_eq!(screened(&results).len(), 3);
        for (place, cell) in results.experiments[0].cells.iter_mut().enumerate() {
            cell.rounds.truncate(if place == 0 { 2 } else { 4 });
        }
        assert!(date(&results).ends_with(", 2 to 5 rounds of usual size"));
        let [.., intervals, said] = &screened(&results)[..] else {
            panic!("nothing is said of rounds")
        };
        assert_eq!(intervals, INTERVALS);
        assert!(
            said.starts_with("Rounds: 2 to 4 of waiter; 5 of hello, sites,"),
            "{said}"
        );
    }

    #[test]
    fn a_machine_of_one_core_has_no_cores() {
        let mut results = fixtures::results();
        results.machine.cores = 1;
        let report = Report::of(&results);
        assert!(
            report.in_short.starts_with("1 core, "),
            "{}",
            report.in_short
        );
        assert!(
            report.header[0].contains(", 1 core, "),
            "{}",
            report.header[0]
        );
    }

    #[test]
    fn the_floor_is_the_delay_that_stands_beside_it_whichever_techniques_took_part() {
        let mut results = fixtures::results();
        for (name, shortest, said) in [
            (
                Row::Hello,
                0.01,
                "by at least 10.0 ms, so nothing can finish sooner than 10.0 ms",
            ),
            (
                Row::Sites,
                0.01,
                "10.0 ms, 5 times in turn, so nothing can finish sooner than 50.0 ms",
            ),
        ] {
            results = results.with(name, Asyncio, |run| run.served_after = Some(2.0 * shortest));
            results = results.with(name, Threading, |run| run.served_after = Some(shortest));
            let sentence = delay(&results, name).unwrap();
            assert!(sentence.ends_with(said), "{sentence}");
            let row = results.experiments.iter_mut().find(|row| row.name == name);
            let cells = &mut row.unwrap().cells;
            cells.retain(|cell| cell.runner != Asyncio);
            assert_eq!(delay(&results, name), Ok(sentence));
        }
    }

    #[test]
    fn a_run_without_workloads_has_the_rounds_of_what_ran() {
        let mut results = fixtures::results();
        results.experiments.retain(|row| row.name == Row::Ticker);
        for cell in &mut results.experiments[0].cells {
            cell.rounds.truncate(1);
        }
        let date = Report::of(&results).header[2].clone();
        assert!(date.ends_with(", 1 round of usual size"), "{date}");
    }

    #[test]
    fn a_whole_run_names_the_options_that_add_the_rows_it_leaves_out() {
        let ladder = |results: Results, who| results.with_ladder(who, &[1, 10], 4096);
        let techniques = Contestant::CONCLUDED.into_iter();
        let mut results = techniques.fold(fixtures::results(), ladder);
        let left_out = |results: &Results| Report::of(results).left_out.unwrap();
        results.partial = false;
        assert_eq!(
            left_out(&results),
            "Left out: serve (make compare ONLY=serve)."
        );
        results.partial = true;
        assert_eq!(left_out(&results), "Left out: serve.");
    }

    #[test]
    fn rows_that_did_not_run_have_no_sentence() {
        let mut results = fixtures::results();
        for row in &mut results.experiments[1..] {
            row.cells.iter_mut().for_each(|cell| cell.rounds.clear());
        }
        assert!(screened(&results)[0].starts_with("Work: in 1 of 1 rows "));
        let waiter = &mut results.experiments[0];
        waiter.cells.iter_mut().for_each(|cell| cell.rounds.clear());
        assert_eq!(screened(&results), ["Nothing was measured."]);
    }

    #[test]
    fn cells_too_short_to_be_screened_are_counted_in_a_sentence() {
        let quiet = |run: &mut Run| {
            run.noise = Some(Noise {
                others: Some(0.0),
                stolen: None,
                pressure: None,
                queued: None,
            });
        };
        let results = fixtures::results().with(Row::Hashes, Threading, quiet);
        let [_, noise, _] = &screened(&results)[..] else {
            panic!("two gates and the intervals in sentences");
        };
        assert!(noise.ends_with("cells stay NOISY."), "{noise}");
        let results = results.with(Row::Race, Threading, |run| run.wall = 0.01);
        let sentences = screened(&results);
        let said = "and 1, shorter than 100 ms in all, cannot be screened.";
        assert!(sentences[1].ends_with(said), "{sentences:?}");
    }

    #[test]
    fn a_step_and_a_request_stand_beside_those_of_the_bare_loop() {
        let results = fixtures::results()
            .with(Row::Hashes, BareLoop, |run| run.seconds = 0.5)
            .with(Row::Cats, Asyncio, |run| {
                run.receipt.units = 3000;
                run.seconds = 2.0;
            })
            .with(Row::Cats, BareLoop, |run| {
                run.receipt.units = 3000;
                run.seconds = 0.5;
            });
        // Twenty chains of 250,000 steps.
        assert_eq!(
            hash_step(&results).unwrap(),
            "hashes: 100 ns a step in the bare loop, 200 ns in sequential (+100%)"
        );
        assert_eq!(
            requests_per_second(&results, Row::Cats, 5).unwrap(),
            "cats, 5 in flight: asyncio 1,500 requests/s, the bare loop 6,000: 0.25 of it"
        );
    }

    #[test]
    fn machine_and_rounds_stand_in_a_line() {
        assert_eq!(
            in_short(&fixtures::results()),
            "2 cores, Linux 6.0, rustc 1.95.0; 5 rounds of usual size"
        );
    }

    #[test]
    fn a_sleeper_of_a_crowd_takes_what_it_adds_to_the_program_without_one() {
        let results = fixtures::results()
            .with_ladder(Asyncio, &[1, 10], 1000)
            .with(Row::SleepersCrowd, Asyncio, |run| run.receipt.units = 4000)
            .with_warm_up(Row::SleepersCrowd, Asyncio, |run| {
                run.peak.as_mut().unwrap().memory = (1 << 20) + 1000 + 4000 * 500;
            });
        let said = floors(&results);
        let crowd = said.iter().find(|said| said.contains("tasks asleep"));
        let crowd = crowd.unwrap();
        assert!(crowd.starts_with("4,000 tasks asleep"), "{crowd}");
        assert!(crowd.ends_with("500 B each"), "{crowd}");
        for row in ["hello: ", "sites: ", "hashes: ", "cats, "] {
            assert!(said.iter().any(|said| said.starts_with(row)), "{said:?}");
        }
    }

    #[test]
    fn a_climb_has_a_height_an_end_and_the_limit_ahead() {
        let mut results = fixtures::results().with_ladder(Asyncio, &[1, 10, 100], 1 << 20);
        let climb = &mut results.ladders[0];
        let by_memory = ladder(climb);
        assert!(
            by_memory.starts_with("asyncio: 100 asleep at once; its time was up"),
            "{by_memory}"
        );
        let ahead = "About 8,200 would use up memory, of which 8.00 GiB are left: 1.00 MiB each.";
        assert!(by_memory.ends_with(ahead), "{by_memory}");
        for step in &mut climb.steps {
            let Outcome::Ran(run) = &mut step.outcome else {
                panic!("all ended well");
            };
            run.peak.as_mut().unwrap().threads = step.units;
        }
        climb.limits.push(Limit {
            of: Resource::Threads,
            name: "ulimit -u".to_owned(),
            before: 50,
            allowed: 1050,
            raise: "ulimit -u 5000".to_owned(),
        });
        let by_threads = ladder(climb);
        let ahead = "About 1,000 would use up ulimit -u, of which 1,000 are left: 1.0 each. To raise it: ulimit -u 5000.";
        assert!(by_threads.ends_with(ahead), "{by_threads}");
        climb.end = End::InTurn;
        let in_turn = ladder(climb);
        assert!(
            in_turn.ends_with("each waits for the one before."),
            "{in_turn}"
        );
    }
}
