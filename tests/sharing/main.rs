//! Who waits for whom when equal calls are made at the same time in one process.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod batches;
mod futures;
mod hangs;
mod threads;

use larder::{Cache, FunctionStats, Mode};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(30);

/// The cache of all functions here, on whichever thread they are called.
static CACHE: LazyLock<Cache> = LazyLock::new(|| Cache::open(new_directory("on")).unwrap());

/// One that writes nothing.
static READONLY: LazyLock<Cache> = LazyLock::new(|| {
    Cache::builder().dir(new_directory("readonly")).mode(Mode::ReadOnly).open().unwrap()
});

/// One that replaces everything.
static REFRESH: LazyLock<Cache> = LazyLock::new(|| {
    Cache::builder().dir(new_directory("refresh")).mode(Mode::Refresh).open().unwrap()
});

fn new_directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sharing").join(name);
    // What an earlier run has left is not to decide what is tested.
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// What the calls of a function came to.
fn stats(cache: &Cache, function: &str) -> FunctionStats {
    let stats = cache.stats();
    stats.function(function).unwrap_or_else(|| panic!("{function} was not called")).clone()
}

/// Runs a test that may hang, on a thread of its own, and fails if it does.
fn ends<R: Send + 'static>(test: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, result) = mpsc::channel();
    let thread = std::thread::spawn(move || done.send(test()));
    match result.recv_timeout(2 * LONG) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            std::panic::resume_unwind(thread.join().unwrap_err())
        }
    }
}

/// Something that happens once, and that can be waited for.
#[derive(Debug)]
struct Event(AtomicBool);

impl Event {
    const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether it happened before so long.
    fn wait(&self, time: Duration) -> bool {
        until(time, || self.is_set())
    }
}

/// Counts, and can be waited for.
#[derive(Debug)]
struct Counter(AtomicUsize);

impl Counter {
    const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// What it was before.
    fn add(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether it got to this number before long.
    fn reaches(&self, number: usize) -> bool {
        until(LONG, || self.get() >= number)
    }
}

fn until(time: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    while !condition() {
        if started.elapsed() > time {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    true
}

/// Gives threads of this name, which are known to be on their way, the time to come and wait: until all but
/// this one sleep, and go on doing so, with those that do the disk work of futures. One that merely does not
/// get to run is no sleeper.
fn let_wait(name: &str) {
    let mut looks = 0;
    let sleep = || {
        looks = if all_others_sleep([name, "larder-disk"]) { looks + 1 } else { 0 };
        looks == 30
    };
    assert!(until(LONG, sleep), "they do not wait");
}

#[cfg(target_os = "linux")]
fn all_others_sleep(names: [&str; 2]) -> bool {
    let this = std::fs::read_link("/proc/thread-self").unwrap();
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap());
    let others = tasks.filter(|task| Some(&*task.file_name()) != this.file_name());
    // One that has ended since is not in the way.
    let stats = others.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    let asleep = |stat: String| {
        let (name, rest) = stat.split_once(" (")?.1.split_once(") ")?;
        names.contains(&name).then(|| rest.starts_with('S'))
    };
    stats.filter_map(asleep).all(|asleep| asleep)
}

#[cfg(not(target_os = "linux"))]
fn all_others_sleep(_: [&str; 2]) -> bool {
    std::thread::sleep(Duration::from_millis(5));
    true
}

/// Starts a thread of this name, which the system may cut off after 15 bytes.
fn named<R: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> R + Send + 'static,
) -> std::thread::JoinHandle<R> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).unwrap()
}
