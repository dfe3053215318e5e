//! What it costs to hand over a job and to have its result, beside rayon's `spawn` with a channel.
//!
//! Rounds alternate, and what is printed are medians of their ratios: compare within one run only.

#![expect(clippy::print_stdout, reason = "a benchmark reports")]

use larder::executor::{Executor, ThreadPoolExecutor};
use rayon::ThreadPoolBuilder;
use std::hint::black_box;
use std::sync::mpsc;
use std::time::{Duration, Instant};

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let (tasks, rounds) = if is_test { (1_000, 1) } else { (200_000, 15) };
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let executor = ThreadPoolExecutor::new(workers).expect("there are workers");
    let pool = ThreadPoolBuilder::new().num_threads(workers).build().expect("threads");
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (one, other) = (submitted(&executor, tasks), spawned(&pool, tasks));
        ours.push(one.as_secs_f64() / f64::from(tasks) * 1e6);
        theirs.push(other.as_secs_f64() / f64::from(tasks) * 1e6);
        ratios.push(one.as_secs_f64() / other.as_secs_f64());
    }
    let (one, other, ratio) = (median(ours), median(theirs), median(ratios));
    println!("{tasks} tasks on {workers} workers, all submitted, then all results taken:");
    println!("submit and result   {one:.3} us a task (target: 2)");
    println!("rayon and a channel {other:.3} us a task, {ratio:.2} x");
    let trips = tasks / 20;
    let there =
        round_trips(trips, || executor.submit(|| black_box(1)).expect("it is open").result());
    println!("one after the other {:.2} us a task", there.as_secs_f64() / f64::from(trips) * 1e6);
}

fn submitted(executor: &ThreadPoolExecutor, tasks: u32) -> Duration {
    let start = Instant::now();
    let submit = |task| executor.submit(move || black_box(task)).expect("it is open");
    let handles: Vec<_> = (0..tasks).map(submit).collect();
    for (task, handle) in (0..tasks).zip(handles) {
        assert_eq!(handle.result().expect("it does not panic"), task);
    }
    start.elapsed()
}

fn spawned(pool: &rayon::ThreadPool, tasks: u32) -> Duration {
    let start = Instant::now();
    let spawn = |task| {
        let (sender, receiver) = mpsc::channel();
        pool.spawn(move || sender.send(black_box(task)).expect("somebody waits"));
        receiver
    };
    let receivers: Vec<_> = (0..tasks).map(spawn).collect();
    for (task, receiver) in (0..tasks).zip(receivers) {
        assert_eq!(receiver.recv().expect("it does not panic"), task);
    }
    start.elapsed()
}

fn round_trips<T>(count: u32, trip: impl Fn() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..count {
        black_box(trip());
    }
    start.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
