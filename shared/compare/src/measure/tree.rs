//! A process and all below it, and what they have taken: of processes that run on, unlike a child that is waited for.

use std::fs;

/// What processes have taken since they started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// CPU seconds of threads that are alive, to the nanosecond.
    exact: f64,
    /// CPU seconds of children that have ended.
    ended: f64,
    /// Ticks of the clock that found them running, and of those that found them in the kernel.
    ticks: [f64; 2],
    /// Times that they gave up the core.
    pub voluntary: u64,
    /// Times that the core was taken from them.
    pub involuntary: u64,
}

impl Spent {
    /// CPU seconds in all.
    pub fn cpu(&self) -> f64 {
        self.exact + self.ended
    }

    /// CPU seconds in the kernel, as far as the clock's ticks tell.
    pub fn system(&self) -> f64 {
        match self.ticks {
            [all, _] if all <= 0.0 => 0.0,
            [all, kernel] => self.cpu() * kernel / all,
        }
    }

    /// What was taken since `before`. Of what has ended in between, nothing is less than none.
    pub fn minus(&self, before: &Self) -> Self {
        let ticks = [0, 1].map(|place| self.ticks[place] - before.ticks[place]);
        // A process that has ended counts in its parent's account from then on, in ticks, and no longer in its own.
        let cpu = (self.cpu() - before.cpu()).max(0.0);
        Self {
            exact: cpu,
            ended: 0.0,
            ticks,
            voluntary: self.voluntary.saturating_sub(before.voluntary),
            involuntary: self.involuntary.saturating_sub(before.involuntary),
        }
    }
}

/// A process and all below it.
pub fn descendants(process: u32) -> Vec<u32> {
    let mut all = vec![process];
    let mut next = 0;
    while let Some(process) = all.get(next) {
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children"));
            let children = children.unwrap_or_default();
            let children = children.split_whitespace();
            all.extend(children.filter_map(|child| child.parse::<u32>().ok()));
        }
        next += 1;
    }
    all
}

/// What these processes have taken.
pub fn spent(processes: &[u32]) -> Spent {
    let mut total = Spent::default();
    for process in processes {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let ticks = ticks(&stat);
        total.ended += (ticks[2] + ticks[3]) / TICKS;
        total.ticks[0] += ticks.iter().sum::<f64>();
        total.ticks[1] += ticks[1] + ticks[3];
        let threads = fs::read_dir(format!("/proc/{process}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let text = |name| fs::read_to_string(thread.path().join(name)).unwrap_or_default();
            let nanoseconds = text("schedstat");
            let nanoseconds = nanoseconds.split(' ').next();
            let nanoseconds = nanoseconds.and_then(|number| number.parse::<f64>().ok());
            total.exact += nanoseconds.unwrap_or_default() / 1e9;
            let status = text("status");
            total.voluntary += number(&status, "voluntary_ctxt_switches");
            total.involuntary += number(&status, "nonvoluntary_ctxt_switches");
        }
    }
    total
}

/// Of /proc a second has a hundred ticks on every machine.
const TICKS: f64 = 100.0;

/// Ticks in the program and in the kernel, and those of ended children: fields 14 to 17.
fn ticks(stat: &str) -> [f64; 4] {
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let mut fields = fields.split_ascii_whitespace().skip(14 - 3);
    [(); 4].map(|()| {
        let ticks = fields.next().and_then(|ticks| ticks.parse().ok());
        ticks.unwrap_or_default()
    })
}

/// The number on the line of this name.
fn number(status: &str, name: &str) -> u64 {
    let mut lines = status.lines();
    let number = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    number
        .and_then(|number| number.trim().parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_ticks() {
        let stat = "42 (a) b (c) S 1 77 77 0 -1 4194304 1 0 0 0 70 30 5 4 20 0 9 0 100 1 1";
        assert_eq!(ticks(stat), [70.0, 30.0, 5.0, 4.0]);
        assert_eq!(ticks(""), [0.0; 4]);
    }

    #[test]
    fn work_of_this_process_is_seen_and_a_child_is_below_it() {
        let own = std::process::id();
        let before = spent(&[own]);
        let mut work = 0_u64;
        while spent(&[own]).minus(&before).cpu() == 0.0 {
            work = std::hint::black_box(work + 1);
        }
        let mut child = std::process::Command::new("sleep");
        let mut child = child.arg("1000").spawn().unwrap();
        assert!(descendants(own).contains(&child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn cpu_time_is_split_in_proportion_to_the_ticks() {
        let before = Spent::default();
        let after = Spent {
            exact: 2.0,
            ended: 1.0,
            ticks: [300.0, 100.0],
            voluntary: 7,
            involuntary: 3,
        };
        let taken = after.minus(&before);
        assert_eq!((taken.cpu(), taken.system()), (3.0, 1.0));
        assert_eq!(before.minus(&after).cpu(), 0.0);
    }
}
