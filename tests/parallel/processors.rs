//! How many jobs "all" and none in particular are, in processes whose processors or threads are limited
//! from outside.

use larder::{Cache, Parallel, cache};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use std::{env, fs};

const CHILD: &str = "LARDER_TEST_PROCESSORS_IN";

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Takes note of how many of it ran at the same time, at most.
#[cache]
fn step(x: usize) -> usize {
    MOST.fetch_max(1 + NOW.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
    thread::sleep(Duration::from_millis(1));
    NOW.fetch_sub(1, Ordering::SeqCst);
    x
}

/// What the child process does; in a test run by itself, nothing.
#[test]
fn child() {
    let Some(directory) = env::var_os(CHILD) else { return };
    let cache = Cache::open(directory).unwrap();
    larder::install(cache.clone()).unwrap();
    let batches = [
        ("default", Parallel::new()),
        ("all", Parallel::new().n_jobs(-1)),
        ("all but one", Parallel::new().n_jobs(-2)),
    ];
    for (number, (name, batch)) in batches.into_iter().enumerate() {
        MOST.store(0, Ordering::SeqCst);
        batch.map(number * 40..(number + 1) * 40, step {}).unwrap();
        let jobs = cache.runs().unwrap().first().unwrap().jobs;
        assert!(MOST.load(Ordering::SeqCst) as u64 <= jobs, "{name}: {MOST:?} at once of {jobs}");
        println!("{name}: {jobs}");
        // So many really run at once: each waits for all others.
        let barrier = Barrier::new(usize::try_from(jobs).unwrap());
        batch.batch_size(1).map(0..jobs, |_| barrier.wait().is_leader()).unwrap();
    }
    println!("processors: {}", thread::available_parallelism().unwrap());
}

/// What limits a child.
#[derive(Clone, Copy)]
enum Limit<'a> {
    None,
    /// One processor is all that it may use.
    Affinity,
    /// It is in this group.
    Group(&'a Path),
}

/// Runs the child within a limit, and with so many threads for rayon. Returns how many jobs were the
/// default, all, and all but one, and how many processors it had.
fn run(limit: Limit<'_>, rayon: Option<&str>) -> [u64; 4] {
    let directory = tempfile::tempdir().unwrap();
    let program = env::current_exe().unwrap();
    let mut command = match limit {
        Limit::None => Command::new(program),
        Limit::Affinity => {
            // Any that this process may use.
            let status = fs::read_to_string("/proc/self/status").unwrap();
            let allowed =
                status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap();
            let first = allowed.trim().split([',', '-']).next().unwrap();
            let mut command = Command::new("taskset");
            command.args(["--cpu-list", first]).arg(program);
            command
        }
        Limit::Group(group) => {
            let mut command = Command::new("sh");
            command.args(["-c", "echo $$ > \"$0/cgroup.procs\" && exec \"$@\""]);
            command.arg(group).arg(program);
            command
        }
    };
    command.args(["--exact", "processors::child", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, directory.path()).env_remove("RAYON_NUM_THREADS");
    command.envs(rayon.map(|threads| ("RAYON_NUM_THREADS", threads)));
    let output = crate::ends(move || command.output().unwrap());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    ["default", "all", "all but one", "processors"].map(|name| {
        // The name of the test stands before what is said first.
        let value = said.lines().find_map(|line| line.rsplit_once(&format!("{name}: ")));
        value.unwrap_or_else(|| panic!("{name} is not in {said}")).1.parse().unwrap()
    })
}

#[test]
fn the_affinity_of_a_process_limits_what_all_jobs_are_and_the_default() {
    assert_eq!(run(Limit::Affinity, None), [1, 1, 1, 1]);
    let [default, all, all_but_one, processors] = run(Limit::None, None);
    assert_eq!((default, all), (processors, processors));
    assert_eq!(all_but_one, (processors - 1).max(1));
}

#[test]
fn the_number_of_threads_for_rayon_is_the_default_and_not_what_all_jobs_are() {
    let [default, all, _, processors] = run(Limit::None, Some("3"));
    assert_eq!((default, all), (3, processors));
    assert_eq!(run(Limit::Affinity, Some("3")), [3, 1, 1, 1]);
    assert_eq!(run(Limit::Affinity, Some("1")), [1, 1, 1, 1]);
}

/// A control group whose processes have the time of one processor together, as containers are limited.
struct Group(PathBuf);

impl Group {
    /// Fails where the system lets nobody make one.
    fn new() -> io::Result<Self> {
        let all = Path::new("/sys/fs/cgroup");
        let (version_2, controllers) =
            if all.join("cgroup.controllers").exists() { (true, "") } else { (false, "cpu") };
        // Lines are "number:controllers:path".
        let own = fs::read_to_string("/proc/self/cgroup")?;
        let mut lines = own.lines().map(|line| line.splitn(3, ':').skip(1).collect::<Vec<_>>());
        let own = lines
            .find_map(|line| {
                let is_it = line[0].split(',').any(|name| name == controllers);
                is_it.then(|| line[1].trim_start_matches('/').to_owned())
            })
            .ok_or(io::ErrorKind::NotFound)?;
        let name = format!("larder-test-{}", std::process::id());
        let group = Self(all.join(controllers).join(own).join(name));
        fs::create_dir(&group.0)?;
        let limits: &[(&str, &str)] = if version_2 {
            &[("cpu.max", "100000 100000")]
        } else {
            &[("cpu.cfs_period_us", "100000"), ("cpu.cfs_quota_us", "100000")]
        };
        for (file, limit) in limits {
            // What does not exist is not to be created.
            fs::OpenOptions::new()
                .write(true)
                .open(group.0.join(file))?
                .write_all(limit.as_bytes())?;
        }
        Ok(group)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn the_limits_of_a_container_are_those_of_its_jobs() {
    match Group::new() {
        Ok(group) => assert_eq!(run(Limit::Group(&group.0), None), [1, 1, 1, 1]),
        Err(error) => eprintln!("skipped, as no control group can be made: {error}"),
    }
}
