//! Children that write to a cache until they are killed, and what has to be true of what they leave.
//!
//! A child says on its standard output what it did, after each call returned and before it goes on.
//! It is killed by itself, before a step of writing that it is told by `LARDER_FAULTS`, or by us, at a
//! random moment. Then the directory is opened here, by the real cache.

use larder::__private::faults::Step;
use larder::{Cache, Durability, Limits, cache, with_cache};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// Where the child finds the directory; its presence makes a process a child.
pub(crate) const DIRECTORY: &str = "LARDER_TEST_KILLS";

/// Longer than any child takes to get anywhere.
const PATIENCE: Duration = Duration::from_mins(1);

/// How far from the others what the background thread of a child keeps begins.
const BACKGROUND: u64 = 1 << 19;

/// So many calls are counted before a child begins, which are more than it counts itself.
const COUNTED: u64 = 2_000;

const KILL: i32 = 9;

/// How often a child goes round before it ends by itself: it is not killed then, so it has to go on for
/// longer than whoever kills it may be kept from that.
const TURNS: usize = 200;

/// The value for `x`, which anybody can tell: a short text, and now and then a long one.
fn value(x: u64) -> String {
    let length = if x.is_multiple_of(7) { 60_000 } else { 40 };
    format!("{x:>length$}")
}

#[cache]
fn lasting(x: u64) -> String {
    value(x)
}

#[cache]
fn passing(x: u64) -> String {
    value(x)
}

/// Most of its results are removed to make room.
#[cache]
fn fading(x: u64) -> String {
    value(x)
}

fn say(what: &str, x: u64) {
    let mut out = std::io::stdout().lock();
    // Whoever no longer listens is about to kill us.
    let _ = writeln!(out, "{what} {x}").and_then(|()| out.flush());
}

fn keep(x: u64) {
    assert_eq!(lasting(x), value(x));
    say("kept", x);
}

/// What a child does until it is killed.
pub(crate) fn child(directory: &Path) {
    larder::install(Cache::open(directory).expect("a directory of ours")).expect("it is first");
    // What earlier children kept is not there to be found.
    let first = u64::from(std::process::id()) << 20;
    std::thread::spawn(move || (first + BACKGROUND..first + 2 * BACKGROUND).for_each(keep));
    for base in (first..).step_by(100).take(TURNS) {
        (base..base + 5).for_each(keep);
        lasting::recompute(base);
        say("kept", base);
        // The disk is waited for here, by a cache of its own that is new each time.
        let safe = Cache::builder().dir(directory).durability(Durability::Always);
        let safe = safe.open().expect("a directory of ours");
        with_cache(&safe, || {
            (base + 5..base + 8).for_each(keep);
            lasting::recompute(base + 5);
            say("kept", base + 5);
        });
        say("forgetting", base + 1);
        lasting::forget(base + 1).expect("it can be removed");
        say("forgot", base + 1);
        assert_eq!(lasting::map(base + 10..base + 20).len(), 10);
        (base + 10..base + 20).for_each(|x| say("kept", x));
        for x in base..base + 5 {
            assert_eq!(passing(x), value(x));
            say("passing", x);
        }
        for x in base..base + 5 {
            assert_eq!(fading(x), value(x));
        }
        let few = Limits::none().function("fading", Limits::none().max_entries(2));
        let trimmed = safe.trim(few).expect("it can be listed");
        assert!(trimmed.total().entries >= 3, "{trimmed}");
        say("clearing", 0);
        passing::clear().expect("it can be cleared");
        say("cleared", 0);
        safe.close();
        // Sweeps what was left behind, and merges the journals.
        let listed = Cache::open(directory).expect("a directory of ours");
        assert!(listed.entries().expect("they can be listed").count() > 0);
        listed.close();
    }
}

/// What a child said that it did.
#[derive(Debug, Default)]
struct Said {
    lasting: BTreeSet<u64>,
    forgotten: BTreeSet<u64>,
    passing: BTreeSet<u64>,
    /// What was cleared away: it must not come back.
    passed: BTreeSet<u64>,
    lines: usize,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let Some((what, x)) = line.split_once(' ') else { return };
        let Ok(x) = x.parse() else { return };
        self.lines += 1;
        match what {
            "kept" => {
                self.lasting.insert(x);
            }
            // From here on it may be there or not.
            "forgetting" => {
                self.lasting.remove(&x);
            }
            "forgot" => {
                self.forgotten.insert(x);
            }
            "passing" => {
                self.passing.insert(x);
            }
            "clearing" => self.passed = std::mem::take(&mut self.passing),
            // As long as this was not said, the results are neither here nor there.
            "cleared" => self.passing.clear(),
            _ => self.lines -= 1,
        }
        if what == "cleared" {
            self.forgotten.extend(self.passed.iter().map(|x| x + PASSED));
        }
    }
}

/// Tells what was cleared from what was forgotten in one set.
const PASSED: u64 = 1 << 60;

/// A directory in which children are killed one after the other.
pub(crate) struct Place {
    dir: TempDir,
    command: fn() -> Command,
    /// How many calls were counted for sure, over all time.
    counted: Cell<u64>,
}

impl Place {
    /// `command` starts this program again, as a child.
    pub(crate) fn new(command: fn() -> Command) -> Self {
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        Self { dir, command, counted: Cell::new(0) }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    /// Kills a child before the `nth` time that it takes a step, and checks what it left. Tells
    /// whether it got there.
    pub(crate) fn kill_at(&self, step: Step, nth: u64) -> bool {
        if !is_of_a_new_directory(step) {
            self.prepare(step);
        }
        let said = self.run(Some(&format!("kill@{step:?}#{nth}")), usize::MAX, Duration::ZERO);
        let killed = said.is_some();
        let when = format!("killed before {step:?} #{nth}");
        self.check(&said.unwrap_or_default(), &when);
        if step == Step::CatalogOpen {
            let lost =
                names(&self.path()).into_iter().find(|name| name.starts_with("catalog.damaged"));
            assert_eq!(lost, None, "{when}: the catalog was given up");
        }
        killed
    }

    /// Kills a child after it said so many things, and so much later; checks what it left. Returns
    /// how many results it had kept by then.
    pub(crate) fn kill_after(&self, lines: usize, pause: Duration) -> usize {
        let said = self.run(None, lines, pause).expect("it was killed");
        self.check(&said, &format!("killed {pause:?} after {} lines", said.lines));
        said.lasting.len()
    }

    /// Sees to it that there is something to do at this step.
    fn prepare(&self, step: Step) {
        let cache = Cache::open(self.path()).expect("a directory of ours");
        with_cache(&cache, || (0..COUNTED).for_each(|_| drop(lasting(1))));
        cache.close();
        self.counted.update(|counted| counted + COUNTED);
        let tmp = self.path().join("tmp");
        fs::create_dir_all(tmp.join("1-0123456789abcdef.1")).expect("a folder");
        fs::write(tmp.join("1-0123456789abcdef.0"), "left").expect("a file");
        age(&tmp);
        if step == Step::CatalogAside {
            let catalog = self.path().join("catalog");
            fs::create_dir_all(&catalog).expect("a folder");
            fs::write(catalog.join("db"), "not a database").expect("a file");
            fs::write(self.path().join("catalog.opening"), "").expect("a file");
        }
    }

    /// What a child said until it was killed; `None` if it ended in another way.
    fn run(&self, faults: Option<&str>, lines: usize, pause: Duration) -> Option<Said> {
        let mut command = (self.command)();
        command.env_remove("LARDER").env_remove("LARDER_DIR").env_remove("LARDER_FAULTS");
        command.env(DIRECTORY, self.path()).envs(faults.map(|faults| ("LARDER_FAULTS", faults)));
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("this program can be started");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, receiver) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            out.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        let (mut said, mut killed) = (Said::default(), false);
        let started = Instant::now();
        loop {
            if said.lines >= lines && !killed {
                std::thread::sleep(pause);
                child.kill().expect("it is ours");
                killed = true;
            }
            if started.elapsed() > PATIENCE {
                child.kill().expect("it is ours");
                panic!("a child got nowhere: {faults:?}");
            }
            match receiver.recv_timeout(Duration::from_millis(100)) {
                Ok(line) => said.hear(&line),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
        reader.join().expect("it only reads");
        let output = child.wait_with_output().expect("it ended");
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(!trouble.contains("panicked"), "{faults:?}: {trouble}");
        (output.status.signal() == Some(KILL)).then_some(said)
    }

    /// What has to be true of what a child left.
    fn check(&self, said: &Said, when: &str) {
        check_journals(&self.path().join("journal"), when);
        age(&self.path().join("tmp"));
        let cache = Cache::open(self.path()).unwrap_or_else(|error| panic!("{when}: {error}"));
        with_cache(&cache, || {
            for x in &said.lasting {
                assert!(lasting::is_cached(*x), "{when}: the result for {x} is lost");
            }
            for x in &said.passing {
                assert!(passing::is_cached(*x), "{when}: the result for {x} is lost");
            }
            for x in &said.forgotten {
                let there = match x.checked_sub(PASSED) {
                    Some(x) => passing::is_cached(x),
                    None => lasting::is_cached(*x),
                };
                assert!(!there, "{when}: what was removed for {x} is back");
            }
            // Also what the child was at when it died.
            let last = said.lasting.last().copied().unwrap_or_default();
            for x in said.lasting.iter().copied().chain(last..last + 12) {
                assert_eq!(lasting(x), value(x), "{when}");
            }
            for x in last..last + 12 {
                assert_eq!(passing(x), value(x), "{when}");
                assert_eq!(fading(x), value(x), "{when}");
            }
        });
        let files: usize = count_files(&self.path().join("entries"));
        let listed = cache.entries().unwrap_or_else(|error| panic!("{when}: {error}")).count();
        assert_eq!(listed, files, "{when}: what is listed is not what is there");
        assert_eq!(cache.stats().warnings, [], "{when}");
        let all_time = cache.all_time_stats().unwrap_or_else(|error| panic!("{when}: {error}"));
        let counted = all_time.total().found + all_time.total().computed;
        let least = self.counted.replace(counted);
        assert!(counted >= least, "{when}: {counted} calls are counted, of at least {least}");
        cache.close();
        assert_eq!(names(&self.path().join("tmp")), [""; 0], "{when}: leftovers were not swept");
        let journals = names(&self.path().join("journal"));
        let ours = format!("{}-", std::process::id());
        let foreign: Vec<_> = journals.iter().filter(|name| !name.starts_with(&ours)).collect();
        assert!(foreign.is_empty(), "{when}: journals of the dead: {foreign:?}");
        assert!(!self.path().join("catalog.opening").exists(), "{when}");
    }
}

/// Each journal is whole records and at most one that is not whole, the last.
fn check_journals(journals: &Path, when: &str) {
    for name in names(journals) {
        let bytes = fs::read(journals.join(&name)).expect("a journal");
        let mut rest = bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some((record, after)) = after.split_at_checked(length + 8) else { break };
            let (body, checksum) = record.split_at(length);
            let right = twox_hash::XxHash3_64::oneshot(body).to_le_bytes();
            assert_eq!(checksum, right, "{when}: a record in the middle of {name} is damaged");
            rest = after;
        }
        // Records here are short, so what is left is the start of one.
        assert!(rest.len() < 1000, "{when}: {} bytes at the end of {name}", rest.len());
    }
}

/// Makes everything in a folder two minutes older, as what is younger than one is not swept.
fn age(folder: &Path) {
    let before = SystemTime::now() - Duration::from_mins(2);
    for name in names(folder) {
        let file = File::open(folder.join(name)).expect("it is ours");
        file.set_modified(before).expect("it is ours");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// Results in `entries`, without what is known of the code that computed them.
fn count_files(folder: &Path) -> usize {
    let paths = names(folder).into_iter().filter(|name| name != "code");
    let paths = paths.map(|name| folder.join(name));
    paths.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}

/// A small generator of numbers that look random, the same for the same seed.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// How often a step is taken in any run of a child, at the least.
pub(crate) fn occurrences(step: Step) -> u64 {
    match step {
        Step::LayoutFolder | Step::LayoutSync | Step::Sweep | Step::CatalogAside => 1,
        Step::LayoutWrite | Step::LayoutRename => 3,
        Step::EntryOpen
        | Step::EntryWrite
        | Step::EntryLink
        | Step::EntryDone
        | Step::ClaimTaken
        | Step::ClaimRelease
        | Step::JournalWrite
        | Step::JournalDone => 40,
        _ => 4,
    }
}

/// Has several threads take the steps in turn, as a child mostly waits for the disk.
pub(crate) fn share(work: impl Fn(Step) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(step) = Step::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
                    work(*step);
                }
            });
        }
    });
}

/// Whether a step is taken only where there is no directory yet.
pub(crate) fn is_of_a_new_directory(step: Step) -> bool {
    matches!(step, Step::LayoutFolder | Step::LayoutWrite | Step::LayoutRename | Step::LayoutSync)
}
