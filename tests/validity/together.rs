//! Equal calls of what has expired, on several threads and in several processes.

use super::aging::{Case, DAY};
use larder::{Cache, cache, with_cache};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};

const DIRECTORY: &str = "LARDER_TEST_DIRECTORY";
const KEYS: u64 = 40;
const CHILDREN: usize = 4;

/// Longer than anything here takes, so that a hang is a failure.
const PATIENCE: Duration = Duration::from_mins(1);

#[cache(expires = "7d", ignore(bodies))]
fn slow(x: u64, bodies: &Path) -> u64 {
    let mut file = File::options().append(true).create(true).open(bodies).unwrap();
    file.write_all(b".").unwrap();
    std::thread::sleep(Duration::from_millis(5));
    x
}

fn run(directory: &Path) {
    for x in 0..KEYS {
        assert_eq!(slow(x, &directory.join("bodies")), x);
    }
}

pub(crate) fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let directory = Path::new(&directory);
    fs::write(directory.join(format!("ready-{}", std::process::id())), "").unwrap();
    wait(|| directory.join("go").exists());
    run(directory);
}

fn wait(mut until: impl FnMut() -> bool) {
    let started = Instant::now();
    while !until() {
        assert!(started.elapsed() < PATIENCE, "this hangs");
        std::thread::sleep(Duration::from_millis(1));
    }
}

struct Watched(Child);

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn computed(directory: &Path) -> u64 {
    fs::metadata(directory.join("bodies")).map_or(0, |bodies| bodies.len())
}

#[test]
fn threads_that_meet_at_an_expired_result_compute_it_once() {
    let case = Case::new();
    let bodies = case.path().join("bodies");
    case.run(|| slow(1, &bodies));
    case.age(DAY * 8);
    let cache = Cache::open(case.path()).unwrap();
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                with_cache(&cache, || {
                    barrier.wait();
                    assert_eq!(slow(1, &bodies), 1);
                });
            });
        }
    });
    let stats = cache.stats().total();
    assert_eq!(stats.computed + stats.found + stats.shared, 8, "{stats:?}");
    assert!(stats.computed <= 1 + stats.given_up, "{stats:?}");
    assert_eq!(computed(case.path()), 1 + stats.computed);
}

#[test]
fn processes_that_meet_at_expired_results_compute_each_once_and_find_the_new_ones() {
    let case = Case::new();
    let directory = case.path();
    let inner = Case::of(&directory.join("cache"));
    inner.run(|| run(directory));
    assert_eq!(computed(directory), KEYS);
    inner.age(DAY * 8);
    let mut children: Vec<_> = (0..CHILDREN)
        .map(|_| {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "child", "--test-threads=1"]);
            command.env_remove("LARDER").env("LARDER_DIR", inner.path());
            command.env(DIRECTORY, directory).stdout(Stdio::null());
            Watched(command.spawn().unwrap())
        })
        .collect();
    let is_ready = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with("ready");
    wait(|| {
        let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
        entries.filter_map(|entry| is_ready(entry).then_some(())).count() == CHILDREN
    });
    fs::write(directory.join("go"), "").unwrap();
    for child in &mut children {
        wait(|| match child.0.try_wait().unwrap() {
            Some(status) => {
                assert!(status.success());
                true
            }
            None => false,
        });
    }
    let again = computed(directory) - KEYS;
    // These are threads, which wait as long as it takes. A process that has met no other may miss one
    // by a moment, once.
    let most = KEYS + CHILDREN as u64;
    assert!((KEYS..=most).contains(&again), "{again} computed");
    assert_eq!(inner.files().len() as u64, KEYS);
}
