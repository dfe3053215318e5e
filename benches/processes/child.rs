//! One of the processes: it says that it is ready, waits to be told to go, and tells what it did.

use larder::cache;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

const TASK: &str = "LARDER_BENCH_TASK";

/// So long each body computes, by the clock of its thread, which stands still while it does not run.
pub(crate) const BODY: Duration = Duration::from_millis(5);

#[cache]
fn work(seed: u64) -> u64 {
    spin(seed)
}

/// Never sleeps, so that the cores are as busy as with real work.
fn spin(seed: u64) -> u64 {
    let until = cpu_time_of_thread() + BODY;
    let mut state = seed | 1;
    while cpu_time_of_thread() < until {
        for _ in 0..20_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }
    }
    state
}

#[cfg(unix)]
fn cpu_time(clock: rustix::time::ClockId) -> Duration {
    let time = rustix::time::clock_gettime(clock);
    Duration::try_from(time).expect("clocks that count from zero")
}

#[cfg(unix)]
fn cpu_time_of_thread() -> Duration {
    cpu_time(rustix::time::ClockId::ThreadCPUTime)
}

#[cfg(unix)]
fn cpu_time_of_process() -> Duration {
    cpu_time(rustix::time::ClockId::ProcessCPUTime)
}

/// Nearest to it is the time that passes.
#[cfg(not(unix))]
fn cpu_time_of_thread() -> Duration {
    static STARTED: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    STARTED.elapsed()
}

#[cfg(not(unix))]
fn cpu_time_of_process() -> Duration {
    cpu_time_of_thread()
}

/// Does what the variable says; `false` if it says nothing, as in the process that measures.
pub(crate) fn run() -> bool {
    let Ok(task) = std::env::var(TASK) else { return false };
    let mut words = task.split(' ');
    let how = words.next().expect("what to do");
    let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).expect("a number");
    let keys = number()..number();
    // The threads of the pool are started now, not while it is measured.
    rayon::join(|| (), || ());
    say("ready");
    std::io::stdin().read_line(&mut String::new()).expect("to be told to go");
    let before = cpu_time_of_process();
    let results: Vec<u64> = match how {
        "bare" => keys.clone().into_par_iter().map(spin).collect(),
        "bare-loop" => keys.clone().map(spin).collect(),
        "map" => work::map(keys.clone()),
        "loop" => keys.clone().map(work).collect(),
        _ => panic!("unknown task {task:?}"),
    };
    let used = cpu_time_of_process().saturating_sub(before);
    assert!(results.iter().zip(keys).count() == results.len());
    let total = larder::stats().total();
    let (computed, shared, given_up) = (total.computed, total.shared, total.given_up);
    let cpu_us = used.as_micros();
    say(&format!("computed={computed} shared={shared} given_up={given_up} cpu_us={cpu_us}"));
    true
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody to tell");
}

/// A child as its parent sees it.
pub(crate) struct Process {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it, and returns when it is ready.
    pub(crate) fn start(task: &str, directory: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("a path to this program"));
        command.env_remove("LARDER").env("LARDER_DIR", directory).env(TASK, task);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("to start a process");
        let said = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut process = Self { child, said };
        assert_eq!(process.line().trim(), "ready");
        process
    }

    pub(crate) fn go(&mut self) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        input.write_all(b"go\n").and_then(|()| input.flush()).expect("a child that waits");
    }

    /// What it says it did, once it is done.
    pub(crate) fn outcome(&mut self) -> BTreeMap<String, u64> {
        let line = self.line();
        let pairs = line.split_whitespace().filter_map(|word| word.split_once('='));
        pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("a line");
        line
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended, or is not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
