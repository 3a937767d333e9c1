//! What a run has taken of the cores.

use std::fs;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

/// Seconds on a core so far, of this process and of those that it has waited for; of the latter the system counts hundredths.
pub(super) fn on_a_core() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9 + of_children()
}

fn of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name in brackets, and may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let fields = fields.split_ascii_whitespace().skip(13).take(2);
    let ticks: u64 = fields.map(|ticks| ticks.parse().unwrap_or(0)).sum();
    ticks as f64 / clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn this_process_counts_and_so_do_its_children() {
        let before = on_a_core();
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(20) {}
        assert!(on_a_core() > before);
        let before = of_children();
        // As long as it takes for some hundredths of a second.
        while of_children() < before + 0.02 {
            let count = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
            Command::new("sh").args(["-c", count]).status().unwrap();
        }
    }
}
