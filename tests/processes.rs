//! Whole processes, as users run them: this test program starts itself and says what to do.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::cache;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longer than any child takes, so that a hang is a failure and not an endless test.
const PATIENCE: Duration = Duration::from_mins(1);

#[cache]
fn step(x: u64, pause_ms: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(pause_ms));
    x + 1
}

/// What the children run. As a test of its own it has nothing to do.
#[test]
fn child() {
    let Ok(task) = std::env::var("LARDER_TEST_TASK") else { return };
    let mut words = task.split(' ');
    let (count, pause) = match words.next() {
        Some("map") => (words.next().unwrap(), words.next().unwrap()),
        // All of it on threads that never end, and nothing on this one.
        Some("pool") => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            pool.install(|| step::map((0..20).map(|x| (x, 0))));
            rayon::scope(|scope| scope.spawn(|_| (20..40).for_each(|x| assert!(step(x, 0) > 0))));
            std::mem::forget(pool);
            return;
        }
        task => panic!("unknown task {task:?}"),
    };
    let (count, pause) = (count.parse().unwrap(), pause.parse().unwrap());
    let results = step::map((0..count).map(|x| (x, pause)));
    assert!(results.into_iter().eq(1..=count));
    let total = larder::stats().total();
    println!("found={} computed={} shared={}", total.found, total.computed, total.shared);
    println!("given_up={} duplicates={}", total.given_up, total.duplicates);
    println!("warnings={}", larder::stats().warnings.len());
    if words.next() == Some("entries") {
        let cache = larder::Cache::builder().open().unwrap();
        println!("entries={}", cache.entries().unwrap().count());
    }
}

struct Run {
    dir: TempDir,
    variables: BTreeMap<&'static str, String>,
}

impl Run {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let cache = dir.path().join("cache").display().to_string();
        Self { dir, variables: BTreeMap::from([("LARDER_DIR", cache)]) }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    fn start(&self, task: &str) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
        command.env_remove("LARDER").env_remove("LARDER_DIR").env("LARDER_TEST_TASK", task);
        command.envs(&self.variables).current_dir(self.dir.path()).stdout(Stdio::piped());
        command.spawn().unwrap()
    }

    /// What the child says of itself, as `name=number`.
    fn run(&self, task: &str) -> BTreeMap<String, u64> {
        finish(self.start(task))
    }

    #[track_caller]
    fn check(&self, task: &str, found: u64, computed: u64) {
        let said = self.run(task);
        assert_eq!((said["found"], said["computed"]), (found, computed), "{task}");
    }
}

fn wait(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("a child did not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn finish(mut child: Child) -> BTreeMap<String, u64> {
    let status = wait(&mut child);
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(status.success(), "{text}");
    let pairs = text.split_whitespace().filter_map(|word| word.split_once('='));
    pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
}

/// Files in a folder, without what is known of the code that computed results.
fn count_files(dir: &Path) -> usize {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| !path.ends_with("code"));
    paths.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

#[test]
fn a_second_process_computes_only_what_the_first_did_not() {
    let run = Run::new();
    run.check("map 100 0", 0, 100);
    run.check("map 100 0", 100, 0);
    run.check("map 150 0", 100, 50);
    assert_eq!(count_files(&run.dir.path().join("cache/entries")), 150);
}

#[test]
fn a_process_that_ends_without_closing_anything_leaves_its_counts() {
    let run = Run::new();
    run.run("map 10 0");
    fs::remove_dir_all(run.dir.path().join("cache/journal")).unwrap();
    run.check("map 10 0", 10, 0);
    // Found results are only counted, so what is there was written at the end.
    assert_eq!(count_files(&run.dir.path().join("cache/journal")), 1);
    run.check("map 20 0", 10, 10);
    let cache = larder::Cache::open(run.dir.path().join("cache")).unwrap();
    let total = cache.all_time_stats().unwrap().total();
    assert_eq!((total.found, total.computed), (20, 10));
}

#[test]
fn counts_of_threads_that_never_end_are_not_lost_as_a_whole() {
    let run = Run::new();
    run.run("pool");
    let cache = larder::Cache::open(run.dir.path().join("cache")).unwrap();
    // Of calls outside of batches, up to half may be.
    let computed = cache.all_time_stats().unwrap().total().computed;
    assert!((30..=40).contains(&computed), "{computed}");
}

#[test]
fn a_killed_process_loses_nothing_that_was_done() {
    let run = Run::new();
    let mut child = run.start("map 100000 1");
    let entries = run.dir.path().join("cache/entries");
    let started = Instant::now();
    while count_files(&entries) < 50 {
        assert!(started.elapsed() < PATIENCE, "nothing is being kept");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    wait(&mut child);
    let kept = count_files(&entries) as u64;
    let said = run.run("map 2000 1 entries");
    assert_eq!(said["found"] + said["computed"], 2000);
    // Windows of inputs are computed in no particular order, but all of these are among the first.
    assert!(said["found"] >= kept.min(2000), "{kept} were kept: {said:?}");
    assert_eq!((said["entries"], said["warnings"]), (2000.max(kept), 0));
}

#[test]
fn processes_share_a_directory_at_the_same_time() {
    let run = Run::new();
    let children: Vec<_> = (0..4).map(|_| run.start("map 500 0 entries")).collect();
    for child in children {
        let said = finish(child);
        assert_eq!(
            (said["found"] + said["computed"] + said["shared"], said["warnings"]),
            (500, 0),
            "{said:?}"
        );
    }
    assert_eq!(run.run("map 500 0 entries")["entries"], 500);
}

#[test]
fn the_variable_switches_caching_off_refreshes_and_stops_writing() {
    let run = Run::new().with("LARDER", "off");
    run.check("map 10 0", 0, 10);
    assert!(!run.dir.path().join("cache").exists());
    let run = run.with("LARDER", "readonly");
    run.check("map 10 0", 0, 10);
    assert!(!run.dir.path().join("cache").exists());
    let run = run.with("LARDER", "on");
    run.check("map 5 0", 0, 5);
    let files = count_files(&run.dir.path().join("cache"));
    let run = run.with("LARDER", "readonly");
    run.check("map 10 0", 5, 5);
    assert_eq!(count_files(&run.dir.path().join("cache")), files);
    run.with("LARDER", "refresh").check("map 10 0", 0, 10);
}

#[test]
fn a_variable_that_means_nothing_leaves_calls_uncached() {
    let run = Run::new().with("LARDER", "sometimes");
    run.check("map 10 0", 0, 10);
    assert!(!run.dir.path().join("cache").exists());
}

#[test]
fn a_directory_that_is_not_ours_is_left_alone_and_calls_go_on() {
    let run = Run::new();
    let cache = run.dir.path().join("cache");
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join("thesis.txt"), "years of work").unwrap();
    run.check("map 10 0", 0, 10);
    assert_eq!(count_files(&cache), 1);
}

#[test]
fn without_the_variable_results_land_in_cachedir_of_the_working_directory() {
    let run = Run::new().with("LARDER_DIR", "");
    run.check("map 3 0", 0, 3);
    assert_eq!(count_files(&run.dir.path().join("cachedir/entries")), 3);
    assert!(run.dir.path().join("cachedir/CACHEDIR.TAG").exists());
}
