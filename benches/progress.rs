//! What showing progress costs: tasks of 100 us with a line on a terminal, with a sink, and without.
//!
//! Each is measured in pairs with the same batch without progress, the one and the other first by
//! turns, by processor time, of which showing uses some though the clock may not tell; the medians of
//! the ratios are printed. The terminal is a real one, which somebody reads.

#![expect(clippy::unwrap_used, reason = "where there is no terminal, there is nothing to measure")]
#![expect(clippy::print_stdout, reason = "it is run to read what it prints")]

use larder::Parallel;
use larder::progress::{Progress, ProgressSink, ProgressState};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TASKS: u64 = 10_000;
const PAIRS: usize = 15;

#[cfg(target_os = "linux")]
fn main() {
    let few = std::env::args().any(|argument| argument == "--test");
    let (tasks, pairs) = if few { (200, 1) } else { (TASKS, PAIRS) };
    terminal::begin();
    let steps = steps();
    let work = |seed: u64| spin(seed, steps);
    let run = |progress: Progress| {
        let parallel = Parallel::new().progress(progress);
        let (begun, before) = (Instant::now(), processor_time());
        black_box(parallel.map(0..tasks, work).unwrap());
        (processor_time().saturating_sub(before), begun.elapsed())
    };
    let shown: [(&str, Make); 2] = [
        ("a line on a terminal", || Progress::from("tasks")),
        ("a sink", || Progress::to(Arc::new(Nobody))),
    ];
    for (what, progress) in shown {
        let (mut processor, mut clock) = (Vec::new(), Vec::new());
        for pair in 0..pairs {
            let (with, without) = if pair % 2 == 0 {
                let with = run(progress());
                (with, run(Progress::off()))
            } else {
                let without = run(Progress::off());
                (run(progress()), without)
            };
            processor.push(with.0.as_secs_f64() / without.0.as_secs_f64());
            clock.push(with.1.as_secs_f64() / without.1.as_secs_f64());
        }
        println!(
            "{tasks} tasks of 100 us with {what}: {:.4} x the processor time, {:.4} x the time",
            median(processor),
            median(clock)
        );
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("this is measured on Linux");
}

type Make = fn() -> Progress;

#[derive(Debug)]
struct Nobody;

impl ProgressSink for Nobody {
    fn update(&self, _: &ProgressState) {}

    fn finish(&self, _: &ProgressState) {}
}

fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Work that never sleeps.
fn spin(seed: u64, steps: u64) -> u64 {
    (0..steps).fold(seed | 1, |mut state, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^ (state << 17)
    })
}

/// How many steps take about 100 us.
fn steps() -> u64 {
    let start = Instant::now();
    let mut steps = 0;
    while start.elapsed() < Duration::from_millis(20) {
        black_box(spin(steps, 10_000));
        steps += 10_000;
    }
    steps / 200
}

#[cfg(target_os = "linux")]
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.try_into().unwrap()
}

#[cfg(target_os = "linux")]
mod terminal {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::stdio::dup2_stderr;
    use rustix::termios::{Winsize, tcsetwinsize};
    use std::fs::File;
    use std::io::Read;

    /// Makes the error output a terminal, and reads it.
    pub(super) fn begin() {
        let master =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        dup2_stderr(&slave).unwrap();
        std::thread::spawn(move || {
            let mut master = File::from(master);
            let mut buffer = [0; 4096];
            while let Ok(1..) = master.read(&mut buffer) {}
        });
    }
}
