//! `compare work`: a reader's own work, through the stages.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ::work::spread;
use anyhow::{Context, bail, ensure};
use shared::cli::{self, Partial};

use crate::judge::own::{Tried, predict, verdict};
use crate::measure::child::Interrupted;
use crate::measure::interrupt;
use crate::measure::own::prepare::{POLITE, Work, each, prepare};
use crate::measure::own::{Lab, List, Look, Rounds, Rules, row_of};
use crate::model::experiment::{self, Cell, Experiment};
use crate::model::machine::Machine;
use crate::model::options::{self, wrong};
use crate::model::own::{Card, Own, TECHNIQUES, VERSION};
use crate::model::rows::Row;
use crate::model::technique::Contestant::{self, *};
use crate::output;
use crate::plan::own::{self as plan, Input};
use crate::render::own as render;

/// After so many seconds no further round is begun.
const ENOUGH: Duration = Duration::from_secs(45);
/// Workers at once, unless the reader says otherwise.
const MOST_WORKERS: usize = 128;

/// Measures a reader's own work, and reports.
///
/// # Errors
///
/// If there is no such work, it cannot be built or done, or the user interrupts it.
pub fn main(options: &options::Work) -> anyhow::Result<()> {
    let input = Input::of(&options.work)?;
    if let Input::New = input {
        return render::new_file();
    }
    cli::raise_descriptor_limit();
    let interrupt = interrupt::listen()?;
    let measured = prepare(options, input, &interrupt).and_then(|work| {
        let mut own = measure(options, &work, interrupt, render::first)?;
        render::rest(&mut own, &work.folder, &work.handed)
    });
    interrupted(measured, "what was printed is all that was found out")
}

/// Tries the verdicts on readers' work on the files of a folder, of which the winners are known by construction: each has a line
/// `//! Winner: threading or asyncio`.
///
/// # Errors
///
/// If there are no such files, a file cannot be measured, or too many verdicts are wrong.
pub fn calibrate(folder: &Path) -> anyhow::Result<()> {
    // Before any is built: each takes most of a minute.
    let files = with_winners(folder)?;
    cli::raise_descriptor_limit();
    let interrupt = interrupt::listen()?;
    let mut tried = Vec::new();
    for (name, known) in files {
        let options = options::Work::of(&name);
        let own = Input::of(&name).and_then(|input| {
            let work = prepare(&options, input, &interrupt)?;
            measure(&options, &work, interrupt.try_clone()?, |_| Ok(()))
        });
        let own = interrupted(own, "there is no result for files that were not measured")?;
        let line = Tried::of(&own, known);
        output::print(&line.text())?;
        tried.push(line);
    }
    let count = |right: fn(&Tried) -> bool| tried.iter().filter(|it| right(it)).count();
    let (all, right, foretold) = (tried.len(), count(Tried::right), count(Tried::foretold));
    output::print(&format!(
        "{right} of {all} verdicts are right, {} name a wrong winner; {foretold} of {all} predictions are right\n",
        count(Tried::wrong)
    ))?;
    ensure!(
        count(Tried::wrong) == 0 && 20 * right >= 19 * all && 20 * foretold >= 16 * all,
        "a verdict is wrong, or too few are right"
    );
    Ok(())
}

/// The files of Rust in a folder, each with the techniques that may win.
fn with_winners(folder: &Path) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let shown = folder.display();
    let cannot = |error: io::Error| wrong(format!("WORK: cannot read {shown}: {error}"));
    let entries = fs::read_dir(folder).map_err(cannot)?;
    let mut files: Vec<_> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()
        .map_err(cannot)?;
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    files.sort();
    ensure!(
        !files.is_empty(),
        wrong(format!("WORK: {shown} holds no file of Rust (*.rs)"))
    );
    let allowed = TECHNIQUES.map(Contestant::name);
    let with_winner = |file: &PathBuf| {
        let name = file.display().to_string();
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
        let known = expected(&text).ok_or_else(|| {
            wrong(format!(
                "{name} names no winner: add a line such as `//! Winner: threading or asyncio`"
            ))
        })?;
        if let Some(other) = known.iter().find(|it| !allowed.contains(&it.as_str())) {
            let allowed = allowed.join(", ");
            bail!(wrong(format!(
                "{name}: the winner '{other}' is no technique: allowed are {allowed}"
            )));
        }
        Ok((name, known))
    };
    files.iter().map(with_winner).collect()
}

/// The techniques of which a file says that they may win.
fn expected(text: &str) -> Option<Vec<String>> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("//! Winner: "))?;
    Some(line.split(" or ").map(str::to_owned).collect())
}

fn interrupted<T>(measured: anyhow::Result<T>, undone: &str) -> anyhow::Result<T> {
    measured.map_err(|error| match error.is::<Interrupted>() {
        true => Partial::interrupted(undone).into(),
        false => error,
    })
}

/// Measures all of it. What one item foretells is shown as soon as it is known.
fn measure(
    options: &options::Work,
    work: &Work,
    interrupt: OwnedFd,
    show: impl FnOnce(&Own) -> anyhow::Result<()>,
) -> anyhow::Result<Own> {
    let machine = Machine::here();
    let cores = machine.cores as usize;
    let until = Instant::now() + ENOUGH;
    let mut lab = Lab::new(work.programs.clone(), work.folder.clone(), interrupt);

    let mut request = work.request.clone();
    if let (Some(most), Some(count)) = (work.requests, work.programs.one_by_one()) {
        let each = each(options.once);
        request.pick = spread(count).take(most / each).collect();
        lab = lab.sparing(most, each);
    }
    let mut look = lab.look(&request, options.once, cores)?;
    let list = List {
        pick: pick(&look, options.once, cores),
        base: request,
    };
    let mut left_out = work.programs.left_out();
    if !options.once
        && let Some(why) = lab.refusal(&list, cores)?
    {
        left_out.insert(Subinterpreters, why);
        look.lost.remove(&Subinterpreters);
    }
    let prices = lab.prices(cores)?;
    let widths = widths(options, work, &look, list.pick.len(), cores);
    let predictions = look.card.as_ref().map_or_else(Vec::new, |card| {
        predict(
            card,
            &prices,
            &work.subject,
            list.pick.len(),
            &widths,
            cores as f64,
        )
    });
    let mut own = Own {
        version: VERSION,
        subject: work.subject.clone(),
        machine,
        once: options.once,
        listed: look.listed,
        total: look.total,
        times_done: 0.0,
        card: look.card,
        fatal: look.fatal,
        prices,
        predictions,
        sweeps: Vec::new(),
        row: row(&Rounds::default(), &BTreeMap::new(), None),
        workers: BTreeMap::new(),
        measured: list.pick.len(),
        lengths: Vec::new(),
        unequal: None,
        left_out,
        lost: look.lost,
        program: None,
    };
    lab.beside(|| show(&own))?;

    // What must not be repeated, or may be asked for so often alone, is measured with the workers that were foretold.
    let sparing = work.requests.is_some() || options.once;
    let tried = if sparing { &[][..] } else { &widths };
    own.workers = workers(&lab, &mut own, &list, options, tried, &widths)?;
    let rules = Rules {
        rounds: match (options.once, sparing) {
            (true, _) => 1..=1,
            (false, true) => 3..=3,
            // What decides then is not speed.
            (false, false) if !own.lost.is_empty() => 3..=3,
            (false, false) => 3..=24,
        },
        until,
        compared: (own.card.as_ref()).is_none_or(|card| card.same != Some(false)),
        warmed_up: !options.once,
        sparing,
    };
    let mut timed = own.workers.clone();
    if options.once {
        // It has been timed by the look at the items.
        timed.remove(&Sequential);
    }
    let mut measured = lab.rounds(&list, &timed, &rules)?;
    if let Some(pass) = look.pass {
        measured.take(Sequential, pass);
    }
    own.unequal = measured.unequal.take();
    if let Some(why) = measured.refusal.take() {
        own.workers.remove(&Subinterpreters);
        own.left_out.insert(Subinterpreters, why);
    }
    own.row = row(&measured, &own.workers, own.card.as_ref());
    let winner = verdict(&own).winner.filter(|winner| *winner != Sequential);
    if let (Some(winner), false) = (winner, sparing || !own.lost.is_empty()) {
        let workers = own.workers[&winner];
        own.lengths = lab.lengths(&list, winner, workers, until + ENOUGH / 5)?;
    }
    own.times_done = lab.times_done(&list.pick);
    lab.end();
    Ok(own)
}

/// How many workers each technique has in the row: what was asked for, or what a sweep over the `tried` numbers shows to be enough,
/// or what was foretold.
fn workers(
    lab: &Lab,
    own: &mut Own,
    list: &List,
    options: &options::Work,
    tried: &[usize],
    allowed: &[usize],
) -> anyhow::Result<BTreeMap<Contestant, usize>> {
    let mut workers = BTreeMap::from([(Sequential, 1)]);
    let most = allowed.iter().copied().max().unwrap_or(1);
    for who in lab.techniques().iter().copied() {
        if who == Sequential {
            continue;
        }
        let foretold = own.predictions.iter().find(|it| it.who == who);
        let mut best = foretold.map_or(own.machine.cores as usize, |it| it.workers);
        if let [only] = options.workers[..] {
            best = only;
        } else if !tried.is_empty() {
            let sweep = lab.sweep(who, list, tried)?;
            best = sweep.best().unwrap_or(best);
            own.sweeps.push(sweep);
        }
        workers.insert(who, best.min(most));
    }
    Ok(workers)
}

/// The items of the row.
fn pick(look: &Look, once: bool, cores: usize) -> Vec<usize> {
    let computes = look.card.as_ref().is_some_and(Card::computes);
    match once {
        true => look.good.iter().map(|(item, _)| *item).collect(),
        false => row_of(&look.good, computes, cores),
    }
}

/// The numbers of workers to try.
fn widths(
    options: &options::Work,
    work: &Work,
    look: &Look,
    items: usize,
    cores: usize,
) -> Vec<usize> {
    if !options.workers.is_empty() {
        let mut widths = options.workers.clone();
        widths.sort_unstable();
        widths.dedup();
        return widths;
    }
    let computes = look.card.as_ref().is_some_and(Card::computes);
    let most = match (work.requests, computes) {
        (Some(_), _) => POLITE,
        (None, true) => 4 * cores,
        (None, false) => MOST_WORKERS,
    };
    plan::widths(items, cores, most)
}

/// The row as the judges know rows.
fn row(rounds: &Rounds, workers: &BTreeMap<Contestant, usize>, card: Option<&Card>) -> Experiment {
    let computes = card.is_some_and(Card::computes);
    let cells = rounds.outcomes.iter().map(|(who, outcomes)| Cell {
        runner: (*who).into(),
        arguments: vec![format!("--workers={}", workers.get(who).unwrap_or(&1))],
        warm_up_arguments: None,
        warm_up: rounds.warm_ups.get(who).cloned(),
        rounds: outcomes.clone(),
    });
    let kind = match computes {
        true => experiment::Kind::Computing,
        false => experiment::Kind::Waiting,
    };
    Experiment {
        cells: cells.collect(),
        ..Experiment::new(Row::Work, kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_who_may_win() {
        let text = "//! Mine.\n//! Winner: threading or asyncio\n";
        assert_eq!(expected(text).unwrap(), ["threading", "asyncio"]);
        assert_eq!(expected("//! Mine.\n"), None);
    }
}
