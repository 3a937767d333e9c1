//! Where measuring happens: the programs, the server, and the signals that end a run.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{self, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::measure::child::{Interrupted, Watch, measure, pause};
use crate::measure::interrupt;
use crate::measure::machines::Machines;
use crate::measure::meter::Meter;
use crate::measure::python;
use crate::measure::server::Server;
use crate::measure::serving;
use crate::model::experiment::Conditions;
use crate::model::load::Load;
use crate::model::places;
use crate::model::rows::{BROKER_CPU, LOAD_CPU, NODES_CPU};
use crate::model::run::{Outcome, Peak};
use crate::model::standing::Standing;
use crate::model::technique::Contestant;
use crate::model::technique::Runner;
use crate::plan::workloads;

/// Programs, a server, and the signals that end a run.
pub struct Bench {
    folder: PathBuf,
    server: Server,
    /// Another, which misbehaves.
    hostile: Option<Server>,
    /// Those of the cluster.
    machines: Option<Machines>,
    interrupt: OwnedFd,
    meter: Meter,
}

/// One run to make.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// The Python that runs its twin; `None` for the program itself.
    pub interpreter: Option<&'a str>,
    /// The technique.
    pub runner: Runner,
    /// With these arguments.
    pub arguments: &'a [String],
    /// Under which conditions.
    pub conditions: Conditions,
    /// How the server misbehaves, if it does.
    pub faults: Option<&'a str>,
    /// What is asked of it, if it serves.
    pub load: Option<&'a Load>,
    /// Whether to sample its memory.
    pub sampled: bool,
    /// When it counts as hung.
    pub patience: Duration,
}

impl Bench {
    /// Starts the server, another with these faults if there are to be any, and machines for the cluster if it takes part, with Celery's
    /// workers for each of these interpreters. From now on signals that would end this process are noted instead.
    ///
    /// # Errors
    ///
    /// If a program is missing, the server does not start, or the machines do not.
    pub fn set_up(
        faults: Option<&str>,
        machines: Option<u8>,
        pythons: &[String],
    ) -> anyhow::Result<Self> {
        let interrupt = interrupt::listen()?;
        let folder = places::programs()?;
        let server = Server::start(&folder, None)?;
        let hostile = faults
            .map(|faults| Server::start(&folder, Some(faults)))
            .transpose()?;
        let machines = machines.map(|count| {
            anstream::eprintln!("starting {count} machines, and a broker between them");
            let pages = server.url().port().unwrap_or_default();
            let workers = workloads::workers();
            Machines::start(&folder, count, workers, pages, pythons, &interrupt)
        });
        let machines = machines.transpose()?;
        let servers = [Some(&server), hostile.as_ref()].into_iter().flatten();
        let ours = servers.map(Server::id).chain([process::id()]);
        Ok(Self {
            folder,
            meter: Meter::new(ours.collect()),
            server,
            hostile,
            machines,
            interrupt,
        })
    }

    /// What the cluster stands on, if it takes part.
    pub fn standing(&self) -> Option<&Standing> {
        self.machines.as_ref().map(Machines::standing)
    }

    /// Waits until others leave the machine alone, but only so long. Says how much of it they still took then.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn wait_for_rest(&self, patience: Duration) -> Result<f64, Interrupted> {
        const LOOK: Duration = Duration::from_millis(250);
        let start = Instant::now();
        loop {
            let before = self.meter.read();
            pause(LOOK, &self.interrupt)?;
            let noise = self.meter.noise_since(before, 0.0);
            if !noise.disturbs() || start.elapsed() > patience {
                return Ok(noise.level());
            }
        }
    }

    /// Runs one program once.
    ///
    /// # Errors
    ///
    /// If the user interrupts it. All else that can go wrong is an outcome.
    pub fn run(&self, trial: Trial) -> Result<Outcome, Interrupted> {
        let (outcome, _) = self.watch(trial)?;
        Ok(outcome)
    }

    /// The same, and how large it got, however it ended.
    ///
    /// # Errors
    ///
    /// If the user interrupts it.
    pub fn watch(&self, trial: Trial) -> Result<(Outcome, Option<Peak>), Interrupted> {
        let Trial {
            interpreter,
            runner,
            arguments,
            conditions,
            faults,
            load,
            sampled,
            patience,
        } = trial;
        let server = match (&self.hostile, faults) {
            (Some(hostile), Some(_)) => hostile,
            _ => &self.server,
        };
        let machines = self.machines.as_ref();
        let machines = machines.filter(|_| runner == Contestant::Cluster);
        let nodes = machines.map(|machines| machines.nodes(interpreter, arguments));
        let nodes = nodes.unwrap_or_default();
        let mut command = match self.command(interpreter, runner, arguments) {
            Ok(command) => command,
            Err(error) => return Ok((Outcome::Failed(format!("{error:#}")), None)),
        };
        command.args(arguments).args(runner.flags()).arg("--json");
        if conditions.served {
            command.arg("--server").arg(server.url().as_str());
            // Two looks at a clock for each request. Others than the four programs do not know of them.
            if interpreter.is_none() && runner != Runner::BareLoop {
                command.arg("--latencies");
            }
        }
        let watch = Watch {
            one_core: conditions.one_core,
            sampled,
            beside: &nodes,
            patience,
        };
        let before = match conditions.served.then(|| server.stats()).transpose() {
            Ok(before) => before,
            Err(error) => return Ok((Outcome::Failed(format!("{error:#}")), None)),
        };
        let idle = machines.map(|machines| machines.read(&nodes));
        let quiet = self.meter.read();
        let throttled = self.meter.throttled();
        let (mut outcome, peak) = match load {
            Some(load) => {
                let clients = self.folder.join("load");
                serving::measure(&mut command, &clients, load, watch, &self.interrupt)?
            }
            None => measure(&mut command, watch, &self.interrupt)?,
        };
        if let Outcome::Ran(run) = &mut outcome {
            let mut infrastructure = 0.0;
            if let (Some(machines), Some(idle)) = (machines, idle) {
                let (nodes, broker, rest) = machines.read(&nodes).minus(&idle);
                run.add(
                    nodes.cpu(),
                    nodes.system(),
                    nodes.voluntary,
                    nodes.involuntary,
                );
                let readings = &mut run.receipt.readings;
                readings.insert(NODES_CPU.to_owned(), nodes.cpu());
                readings.insert(BROKER_CPU.to_owned(), broker);
                infrastructure = rest;
            }
            // The load is no contestant, and none of the others.
            let beside = run.receipt.readings.get(LOAD_CPU).copied();
            let measured = run.cpu() + beside.unwrap_or_default() + infrastructure;
            run.noise = Some(self.meter.noise_since(quiet, measured));
            run.crowd = conditions.crowd;
            run.throttled = self
                .meter
                .throttled()
                .zip(throttled)
                .map(|(now, before)| now - before);
        }
        if let (Outcome::Ran(run), Some(before)) = (&mut outcome, before) {
            match server.stats() {
                Ok(after) if after.delayed > before.delayed => {
                    let delayed = after.delayed - before.delayed;
                    run.served_after = Some((after.waited - before.waited) / delayed as f64);
                }
                Ok(_) => {}
                Err(error) => outcome = Outcome::Failed(format!("{error:#}")),
            }
        }
        Ok((outcome, peak))
    }

    fn command(
        &self,
        interpreter: Option<&str>,
        runner: Runner,
        arguments: &[String],
    ) -> anyhow::Result<Command> {
        if runner == Contestant::Cluster {
            let machines = self.machines.as_ref();
            let machines = machines.context("no machines were asked for: add MACHINES=2")?;
            return machines.command(interpreter, arguments);
        }
        if let (Some(interpreter), Some(contestant)) = (interpreter, runner.contestant()) {
            return python::command(interpreter, contestant);
        }
        let program = self.folder.join(runner.program());
        ensure!(
            program.is_file(),
            "{} is missing: build everything with `cargo build --release --workspace`",
            program.display()
        );
        Ok(Command::new(program))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_does_not_say_what_it_held_back_fails_the_run_instead_of_costing_its_floor() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(Runner::BareLoop.program()), "").unwrap();
        let bench = Bench {
            folder: folder.path().to_owned(),
            server: Server::mute(),
            hostile: None,
            machines: None,
            interrupt: std::io::pipe().unwrap().0.into(),
            meter: Meter::new(Vec::new()),
        };
        let outcome = bench.run(Trial {
            interpreter: None,
            runner: Runner::BareLoop,
            arguments: &[],
            conditions: Conditions {
                one_core: false,
                served: true,
                may_die: false,
                crowd: false,
                expected: 1.0,
            },
            faults: None,
            load: None,
            sampled: false,
            patience: Duration::from_secs(10),
        });
        let Ok(Outcome::Failed(why)) = outcome else {
            panic!("{outcome:?}")
        };
        assert!(why.contains("does not say for how long"), "{why}");
    }
}
