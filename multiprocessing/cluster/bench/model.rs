//! From measured costs to sentences: what task is worth another machine, how many workers a broker feeds, and what more nodes come to.

use std::fmt::Write as _;

/// CPU seconds that a task costs, besides its own work.
#[derive(Clone, Copy, Debug, Default)]
pub struct Costs {
    /// The caller, which publishes it and takes its result.
    pub client: f64,
    /// The broker, which takes, keeps, delivers and confirms both messages.
    pub broker: f64,
    /// The node and its worker process.
    pub node: f64,
}

/// What the model stands on.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// A task in a message of its own.
    pub alone: Costs,
    /// An item in a chunk.
    pub chunk: Costs,
    /// CPU seconds of an item in a pool of this machine, caller and worker: alone, and in chunks.
    pub local: (f64, f64),
    /// Seconds for one task there and back, when nothing else is done: through the broker, and through a local pool.
    pub latency: (f64, f64),
    /// Seconds that a worker that is never without tasks spends from the end of one to the begin of the next.
    pub between: f64,
    /// Tasks a second that this broker has fed, while the caller and the workers had the same processors: one with a machine of its own feeds
    /// more.
    pub ceiling: f64,
}

impl Measured {
    /// From how many seconds of work on a task is worth another machine: what sending it costs here, less what running it here costs besides
    /// the work. With the broker elsewhere, and here.
    pub fn pays(&self, chunk: bool) -> (f64, f64) {
        let (costs, local) = match chunk {
            true => (self.chunk, self.local.1),
            false => (self.alone, self.local.0),
        };
        let elsewhere = costs.client - local;
        (elsewhere.max(0.0), (elsewhere + costs.broker).max(0.0))
    }

    /// Tasks a second that so many workers do, of so many seconds of work each, where only the broker is shared.
    pub fn rate(&self, workers: f64, work: f64) -> f64 {
        (workers / (work + self.between)).min(self.ceiling)
    }

    /// How many workers of tasks of so many seconds one broker feeds.
    pub fn knee(&self, work: f64) -> f64 {
        self.ceiling * (work + self.between)
    }

    /// All of it, as sentences.
    pub fn sentences(&self) -> String {
        let mut text = String::new();
        let Costs {
            client,
            broker,
            node,
        } = self.alone;
        let mut say = |line: String| {
            let _ = writeln!(text, "  {line}");
        };
        say(format!(
            "A task in a message of its own costs {} of CPU at the caller, {} in the broker and {} at the node; in a local pool {}.",
            span(client),
            span(broker),
            span(node),
            span(self.local.0)
        ));
        for (name, chunk) in [("alone", false), ("in chunks", true)] {
            let (elsewhere, here) = self.pays(chunk);
            say(format!(
                "A unit of work above {} is worth another machine {name}, if the broker has a machine of its own; above {}, if the broker runs on the caller's.",
                span(elsewhere),
                span(here)
            ));
        }
        let (far, near) = self.latency;
        say(format!(
            "One task alone comes back {} later than from a local pool ({} against {}): sending it is worth that when all workers here are busy for longer.",
            span(far - near),
            span(far),
            span(near)
        ));
        say(format!(
            "A worker spends {} between two tasks, so that tasks from {} on keep it at work nine tenths of the time.",
            span(self.between),
            span(9.0 * self.between)
        ));
        for work in [0.001, 0.010, 0.050, 1.0] {
            say(format!(
                "This broker feeds {:.0} workers of {} each.",
                self.knee(work).floor(),
                span(work)
            ));
        }
        say("Tasks of 50 ms, as chunks are, by the model:".to_owned());
        for workers in [10.0, 100.0, 1_000.0, 10_000.0] {
            let rate = self.rate(workers, 0.05);
            let brokers = (workers / self.knee(0.05)).ceil();
            let split = match brokers as u64 {
                0 | 1 => "all that they can".to_owned(),
                _ => format!(
                    "split over {brokers:.0} brokers like this one they do {:.0}",
                    workers / (0.05 + self.between)
                ),
            };
            say(format!(
                "  {workers:>6.0} workers do {rate:>5.0} tasks a second, {split}"
            ));
        }
        text
    }
}

/// A time, in the unit that suits it.
pub fn span(seconds: f64) -> String {
    match seconds {
        s if s < 10e-6 => format!("{:.1} µs", s * 1e6),
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s => format!("{s:.1} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A broker of 1,000 tasks a second, workers that lose 10 ms between two tasks.
    const MEASURED: Measured = Measured {
        alone: Costs {
            client: 100e-6,
            broker: 400e-6,
            node: 200e-6,
        },
        chunk: Costs {
            client: 1e-6,
            broker: 1e-6,
            node: 1e-6,
        },
        local: (20e-6, 2e-6),
        latency: (1e-3, 20e-6),
        between: 0.01,
        ceiling: 1_000.0,
    };

    #[test]
    fn a_task_pays_that_costs_more_here_than_to_send() {
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        let (elsewhere, here) = MEASURED.pays(false);
        assert!(
            near(elsewhere, 80e-6) && near(here, 480e-6),
            "{elsewhere} {here}"
        );
        // What costs less to send than to run pays at once.
        assert_eq!(MEASURED.pays(true), (0.0, 0.0));
    }

    #[test]
    fn workers_do_more_until_the_broker_can_feed_no_more() {
        assert_eq!(MEASURED.knee(0.04).round(), 50.0);
        assert_eq!(MEASURED.rate(10.0, 0.04).round(), 200.0);
        assert_eq!(MEASURED.rate(50.0, 0.04).round(), 1_000.0);
        assert_eq!(MEASURED.rate(5_000.0, 0.04), 1_000.0);
        let text = MEASURED.sentences();
        assert!(text.contains("feeds 60 workers of 50.0 ms each"), "{text}");
        assert!(text.contains("split over 167 brokers"), "{text}");
    }

    #[test]
    fn a_time_has_the_unit_that_suits_it() {
        assert_eq!(
            [0.5e-3, 0.0042, 1.25].map(span),
            ["500 µs", "4.2 ms", "1.2 s"]
        );
    }
}
