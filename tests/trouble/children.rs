//! The same with the system's own means, in processes of their own: a small file system, limits,
//! rights. What cannot be had on this machine is skipped, and said so.

use super::{
    call, goes_on_without, log::Log, new, one_cause, resumes, square, squared, with_cache,
};
use larder::{Cache, Source, cache};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use tempfile::TempDir;

/// What tells a child that it is one, and what to do.
const TASK: &str = "LARDER_TEST_TROUBLE";

/// What was kept before a child begins.
pub(super) const KEPT: std::ops::Range<u64> = 1_000_000..1_000_010;

/// Makes a new file system for the child at `$HERE`, which nobody else sees.
const SMALL: &str = "mount -t tmpfs -o size=600k none \"$HERE\"";

#[cache]
fn huge(x: u64) -> Vec<u64> {
    vec![x; 200_000]
}

/// What the children run. As a test of its own it has nothing to do.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let log = Log::get();
    match task.as_str() {
        "full" => in_the_default_place(|cache, here| {
            fs::write(here.join("ballast"), vec![1; 300 << 10]).expect("there is room");
            let kept = (0..1_000).take_while(|_| call()).count();
            assert!((10..1_000).contains(&kept), "{kept}");
            goes_on_without(cache, &log, "No space left on device");
            fs::remove_file(here.join("ballast")).expect("it is ours");
            resumes();
        }),
        "sizes" => in_the_default_place(|cache, _| {
            for _ in 0..10 {
                let x = new();
                assert_eq!(huge(x), vec![x; 200_000]);
                assert!(!huge::is_cached(x));
                assert!(call());
            }
            one_cause(cache, &log, "File too large");
        }),
        "files" => in_the_default_place(|cache, _| {
            assert!(call());
            let held = all_files();
            goes_on_without(cache, &log, "Too many open files");
            drop(held);
            resumes();
        }),
        // Not even the directory can be opened at first.
        "no files" => {
            let held = all_files();
            assert!((0..50).all(|_| !call()));
            let causes = larder::stats().warnings;
            assert!(causes.len() == 1 && causes[0].0.contains("Too many open files"), "{causes:?}");
            drop(held);
            resumes();
            assert_eq!(log.lines(&["WARN"]).len(), 1);
        }
        "rights" => in_the_default_place(|cache, _| {
            KEPT.for_each(|x| assert_eq!(square(x), squared(x)));
            assert_eq!(cache.stats().total().found, 10);
            goes_on_without(cache, &log, "Permission denied");
            wait_for_parent();
            resumes();
            one_cause(cache, &log, "Permission denied");
        }),
        "no rights" => {
            assert!((0..50).all(|_| !call()));
            wait_for_parent();
            resumes();
            let warnings = log.lines(&["WARN"]);
            assert!(
                warnings.len() == 1 && warnings[0].contains("Permission denied"),
                "{warnings:?}"
            );
        }
        "no threads" => in_the_default_place(|cache, _| without_threads(cache)),
        "readonly" => super::readonly::child(),
        "folder" => super::folder::child(&log),
        task => panic!("unknown task {task:?}"),
    }
    println!("done");
}

/// Never ends the first time.
#[cache]
async fn endless_at_first(x: u64) -> u64 {
    static BEGUN: AtomicBool = AtomicBool::new(false);
    if !BEGUN.swap(true, Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
    x + 1
}

/// As for a user who has as many processes and threads as are allowed.
fn without_threads(cache: &Cache) {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Nproc, none).expect("it may be lowered");
    assert!(std::thread::Builder::new().spawn(|| ()).is_err());
    let mut leader = std::pin::pin!(endless_at_first(1));
    let polled = leader.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    assert_eq!(pollster::block_on(endless_at_first(1)), 2);
    assert_eq!(cache.stats().total().given_up, 1);
    assert!(call());
    assert_eq!(pollster::block_on(endless_at_first::call(1)).source(), Source::Disk);
}

pub(super) fn in_the_default_place(work: impl FnOnce(&Cache, &Path) + Send) {
    let here = PathBuf::from(std::env::var_os("HERE").expect("the parent sets it"));
    let cache = Cache::builder().open().expect("a directory");
    with_cache(&cache, || work(&cache, &here));
}

/// As many files as the system lets this process open.
fn all_files() -> Vec<File> {
    std::iter::from_fn(|| File::open("/dev/null").ok()).collect()
}

fn wait_for_parent() {
    writeln!(std::io::stdout(), "ready").expect("the parent reads");
    std::io::stdin().read_line(&mut String::new()).expect("the parent writes");
}

/// A place for a cache and a child that uses it.
pub(super) struct Place {
    dir: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        // Whoever the child runs as gets this far.
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).expect("it is ours");
        fs::create_dir(dir.path().join("here")).expect("a folder");
        Self { dir }
    }

    pub(super) fn cache(&self) -> PathBuf {
        self.dir.path().join("here/cache")
    }

    /// Keeps some results.
    pub(super) fn fill(&self) -> Cache {
        // As faults are for the whole process, those of other tests kept these from being kept.
        let _turn = super::refusals::turn();
        let cache = Cache::open(self.cache()).expect("a new directory");
        with_cache(&cache, || KEPT.for_each(|x| drop(square(x))));
        cache
    }

    /// Runs a child for which `setup`, a line of shell, was done before. `at_ready` is done once the
    /// child waits for it.
    pub(super) fn run(
        &self,
        launcher: &[&str],
        setup: &str,
        task: &str,
        variables: &[(&str, &str)],
        at_ready: impl Fn(),
    ) {
        // A copy, as those without rights may not get to the original.
        let program = self.dir.path().join("program");
        let original = std::env::current_exe().expect("this program has a path");
        // By a process of its own: what this one writes, a child that another test forks has open for
        // a moment, and a program that is open for writing cannot be run.
        let copied = Command::new("cp").arg(original).arg(&program).status();
        assert!(copied.is_ok_and(|status| status.success()), "there is room");
        let setup = format!("{setup} && exec \"$@\"");
        let words = launcher.iter().copied().chain(["sh", "-c", &setup, "sh"]);
        let words: Vec<_> = words.collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(&program);
        command.args(["--exact", "children::child", "--nocapture", "--test-threads=1"]);
        command.env_remove("LARDER").env_remove("LARDER_FAULTS").env(TASK, task);
        command.env("HERE", self.dir.path().join("here")).env("LARDER_DIR", self.cache());
        command.envs(variables.iter().copied()).current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a shell");
        let mut input = child.stdin.take().expect("it is piped");
        let mut said = Vec::new();
        for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
            let line = line.expect("text");
            if line.ends_with("ready") {
                at_ready();
                writeln!(input, "go on").expect("the child waits");
            }
            said.push(line);
        }
        let status = child.wait().expect("it ended");
        assert!(
            status.success() && said.iter().any(|line| line.ends_with("done")),
            "{task}: {said:#?}"
        );
    }
}

/// How to start something that may mount, or nothing if that cannot be had here.
pub(super) fn mounting() -> Option<&'static [&'static str]> {
    const ROOT: &[&str] = &["unshare", "--mount"];
    const OTHERS: &[&str] = &["unshare", "--mount", "--map-root-user"];
    let dir = tempfile::tempdir().expect("a directory");
    let works = |launcher: &[&str]| {
        let mut command = Command::new(launcher[0]);
        command.args(&launcher[1..]).args(["sh", "-c", SMALL]).env("HERE", dir.path());
        command.stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let found = [ROOT, OTHERS].into_iter().find(|launcher| works(launcher));
    found.or_else(|| skip("nothing can be mounted here"))
}

/// How to start something that has no more rights than others have, or nothing if that cannot be had.
pub(super) fn without_rights() -> Option<&'static [&'static str]> {
    const NOBODY: &[&str] = &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let probe = tempfile::tempdir().expect("a directory");
    fs::set_permissions(probe.path(), Permissions::from_mode(0o555)).expect("it is ours");
    // Rights do not bind those who administer the machine.
    if fs::write(probe.path().join("file"), "").is_err() {
        return Some(&["env"]);
    }
    let works = Command::new(NOBODY[0]).args(&NOBODY[1..]).arg("true").status();
    let works = works.is_ok_and(|status| status.success());
    if works { Some(NOBODY) } else { skip("rights cannot be given up here") }
}

/// Says what is not tested, past whatever captures the output of tests.
fn skip<T>(why: &str) -> Option<T> {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
    None
}

pub(super) fn set_modes(path: &Path, folders: u32, files: u32) {
    let is_folder = path.is_dir();
    if is_folder {
        for entry in fs::read_dir(path).expect("it is ours") {
            set_modes(&entry.expect("an entry").path(), folders, files);
        }
    }
    let mode = if is_folder { folders } else { files };
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_full_file_system_is_gone_on_without_until_there_is_room() {
    let Some(mounting) = mounting() else { return };
    Place::new().run(mounting, SMALL, "full", &[], || {});
}

#[test]
fn results_larger_than_files_may_get_are_not_kept_and_others_are() {
    // The signal that a write beyond the limit brings ends a process, unless it is ignored.
    for limit in ["ulimit -f 256", "trap '' XFSZ && ulimit -f 256"] {
        Place::new().run(&["env"], limit, "sizes", &[], || {});
    }
}

#[test]
fn a_process_that_may_open_no_more_files_goes_on_until_it_may() {
    Place::new().run(&["env"], "ulimit -n 60", "files", &[], || {});
    Place::new().run(&["env"], "ulimit -n 60", "no files", &[], || {});
}

// A future that waits for another needs a thread that wakes it in the end. Where there was none, the call
// panicked.
#[test]
fn a_process_that_may_start_no_more_threads_goes_on() {
    let Some(without_rights) = without_rights() else { return };
    let place = Place::new();
    fs::set_permissions(place.dir.path().join("here"), Permissions::from_mode(0o777))
        .expect("it is ours");
    place.run(without_rights, "true", "no threads", &[], || {});
}

#[test]
fn a_directory_that_may_only_be_read_is_read_until_it_may_be_written() {
    let Some(without_rights) = without_rights() else { return };
    let place = Place::new();
    place.fill().close();
    set_modes(&place.cache(), 0o555, 0o444);
    place.run(without_rights, "true", "rights", &[], || set_modes(&place.cache(), 0o777, 0o666));
}

#[test]
fn a_directory_that_may_not_even_be_looked_into_is_used_once_it_may() {
    let Some(without_rights) = without_rights() else { return };
    let place = Place::new();
    place.fill().close();
    fs::set_permissions(place.cache(), Permissions::from_mode(0o000)).expect("it is ours");
    place.run(without_rights, "true", "no rights", &[], || {
        fs::set_permissions(place.cache(), Permissions::from_mode(0o700)).expect("it is ours");
        set_modes(&place.cache(), 0o777, 0o666);
    });
}

#[test]
fn a_directory_that_may_not_be_made_is_made_once_it_may() {
    let Some(without_rights) = without_rights() else { return };
    let place = Place::new();
    let outer = place.dir.path().join("here");
    fs::set_permissions(&outer, Permissions::from_mode(0o555)).expect("it is ours");
    place.run(without_rights, "true", "no rights", &[], || {
        fs::set_permissions(&outer, Permissions::from_mode(0o777)).expect("it is ours");
    });
}
