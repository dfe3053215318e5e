//! Ctrl-C on a real process: for each kind of batch, what is printed and kept, and a second run that goes on.
//!
//! Nothing here goes by time. The items of the child from [`AT`] on say that they are under way, and wait
//! until Ctrl-C has arrived; and the child ends when this process has heard all that it wanted to.

use crate::{LONG, ends};
use larder::{Cache, CancelToken, Cause, Failure, Parallel, cache, with_parallel};
use pollster::block_on;
use rustix::process::{Pid, Signal, kill_process};
use std::any::Any;
use std::io::{BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, io, thread};

const CHILD: &str = "LARDER_TEST_INTERRUPTED_IN";
const KIND: &str = "LARDER_TEST_INTERRUPTED_KIND";
const WAITS: &str = "LARDER_TEST_INTERRUPTED_WAITS";

/// So many items there are, of which two are run at once.
const COUNT: u64 = 200;
const JOBS: isize = 2;

/// This item and those after it wait for Ctrl-C.
const AT: u64 = 16;

/// What the child found when it was cancelled.
const CANCELLED: i32 = 3;

static TOKEN: OnceLock<CancelToken> = OnceLock::new();
static COMPUTED: AtomicU64 = AtomicU64::new(0);

#[cache]
fn step(x: u64) -> u64 {
    item(x)
}

#[cache]
async fn future_step(x: u64) -> u64 {
    std::future::ready(()).await;
    item(x)
}

/// What an item does, cached or not.
fn item(x: u64) -> u64 {
    static ANNOUNCED: AtomicBool = AtomicBool::new(false);
    COMPUTED.fetch_add(1, Ordering::SeqCst);
    let Some(waits) = env::var_os(WAITS).filter(|_| x >= AT) else { return x };
    // With this, whoever says something there waits.
    let _stderr = (waits == "with the error output").then(|| io::stderr().lock());
    if !ANNOUNCED.swap(true, Ordering::SeqCst) {
        say("under way");
    }
    if waits == "for ever" {
        wait_for_parent();
    }
    let since = Instant::now();
    while !TOKEN.get().unwrap().is_cancelled() {
        assert!(since.elapsed() < LONG, "nobody has pressed Ctrl-C");
        thread::sleep(Duration::from_millis(1));
    }
    if waits == "with the error output" {
        say("heard");
        wait_for_parent();
    }
    x
}

/// Tells the other process.
fn say(what: &str) {
    io::stdout().write_all(format!("{what}\n").as_bytes()).unwrap();
}

/// Returns when the other process has closed its end.
fn wait_for_parent() {
    io::stdin().read_to_string(&mut String::new()).unwrap();
}

/// What the child process does; in a test run by itself, nothing.
#[test]
fn child() {
    let Some(directory) = env::var_os(CHILD) else { return };
    larder::install(Cache::open(directory).unwrap()).unwrap();
    TOKEN.set(larder::cancel_on_ctrl_c().unwrap()).unwrap();
    let batch = Parallel::new().n_jobs(JOBS);
    let values = match env::var(KIND).unwrap().as_str() {
        "stream" => batch.stream(0..COUNT, step {}).collect(),
        "unordered stream" => batch.stream_unordered(0..COUNT, step {}).collect(),
        "map" => batch.map(0..COUNT, step {}),
        "map of the function" => return conclude(catch_unwind(|| step::map(0..COUNT))),
        "map of the async function" => {
            let call = || with_parallel(&batch, || block_on(future_step::map(0..COUNT)));
            return conclude(catch_unwind(AssertUnwindSafe(call)));
        }
        "closure" => batch.map(0..COUNT, |x: u64| item(x)),
        "closure, many inputs in memory" => {
            let inputs: Vec<_> = (AT..AT + (1 << 14)).collect();
            batch.map(inputs, |x: u64| item(x))
        }
        "stream of a closure" => batch.stream(0..COUNT, |x: u64| item(x)).collect(),
        other => panic!("there is no kind {other}"),
    };
    // What begins later is cancelled too.
    if values.is_err() {
        let later = batch.map(0..3, |_: u64| -> u64 { panic!("it has begun") });
        assert!(matches!(later.unwrap_err().cause(), Cause::Cancelled));
    }
    conclude(Ok::<_, Box<dyn Any + Send>>(values));
}

/// Says what a batch came to, and ends the process if it was cancelled.
fn conclude<V: Outcome>(outcome: Result<V, Box<dyn Any + Send>>) {
    say(&format!("computed {}.", COMPUTED.load(Ordering::SeqCst)));
    if V::was_cancelled(outcome) {
        wait_for_parent();
        std::process::exit(CANCELLED);
    }
    say("complete");
}

/// What a call may return.
trait Outcome: Sized {
    /// Tells whether it was cancelled; panics if it is neither that nor complete.
    fn was_cancelled(outcome: Result<Self, Box<dyn Any + Send>>) -> bool;
}

impl Outcome for Result<Vec<u64>, Failure> {
    fn was_cancelled(outcome: Result<Self, Box<dyn Any + Send>>) -> bool {
        match outcome.unwrap() {
            Ok(values) => {
                assert!(values.len() as u64 >= COUNT);
                false
            }
            Err(failure) => {
                assert!(matches!(failure.cause(), Cause::Cancelled), "{failure}");
                true
            }
        }
    }
}

impl Outcome for Vec<u64> {
    fn was_cancelled(outcome: Result<Self, Box<dyn Any + Send>>) -> bool {
        match outcome {
            Ok(values) => {
                assert!(values.into_iter().eq(0..COUNT));
                false
            }
            Err(panic) => {
                let message = panic.downcast::<String>().unwrap();
                assert!(message.contains("cancelled"), "{message}");
                true
            }
        }
    }
}

/// A child that works on a kind of batch; its items wait as `waits` says.
fn command(directory: &Path, kind: &str, waits: Option<&str>) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "interrupts::child", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, directory).env(KIND, kind).env_remove(WAITS);
    command.envs(waits.map(|waits| (WAITS, waits)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Reads up to the line with `text`, and returns what was read.
fn read_up_to(text: &str, lines: &mut impl BufRead) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        assert!(lines.read_line(&mut read).unwrap() > 0, "no {text:?} in {read}");
    }
    read
}

fn interrupt(child: &Child) {
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
}

/// A child that was interrupted once, with what it has said, up to there, and the way to let it end.
struct Interrupted {
    child: Child,
    ends: ChildStdin,
    out: BufReader<std::process::ChildStdout>,
    err: BufReader<std::process::ChildStderr>,
    said: String,
}

impl Interrupted {
    fn new(directory: &Path, kind: &str, waits: &str) -> Self {
        let mut child = command(directory, kind, Some(waits)).spawn().unwrap();
        // Else waiting for the child would close it.
        let ends = child.stdin.take().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut err = BufReader::new(child.stderr.take().unwrap());
        read_up_to("under way", &mut out);
        interrupt(&child);
        let said = read_up_to("larder: interrupted", &mut err);
        Self { child, ends, out, err, said }
    }

    /// Lets it end, and returns what it came to.
    fn end(self) -> Output {
        let Self { mut child, ends, mut out, mut err, said } = self;
        drop(ends);
        let (mut stdout, mut stderr) = (Vec::new(), said.into_bytes());
        out.read_to_end(&mut stdout).unwrap();
        err.read_to_end(&mut stderr).unwrap();
        Output { status: child.wait().unwrap(), stdout, stderr }
    }
}

/// The number that stands before or after a word.
fn number<'a>(words: impl Iterator<Item = &'a str>, after: &str) -> u64 {
    let mut words = words.skip_while(|word| *word != after).skip(1);
    words.next().unwrap().trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// What an interrupted batch has printed: how many items are done, and how many left.
fn done_and_left(err: &str) -> (u64, u64) {
    let line = err.lines().find(|line| line.contains(" done, ")).unwrap();
    let number = |word| number(line.split(' ').rev(), word);
    (number("done,"), number("left"))
}

/// How many items a child has run.
fn computed(out: &str) -> u64 {
    let line = out.lines().find(|line| line.contains("computed ")).unwrap();
    number(line.split(' '), "computed")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Interrupts a batch: returns how many items it ran, and how many it says are done and left.
fn interrupted(directory: &Path, kind: &str) -> (u64, u64, u64) {
    let output = Interrupted::new(directory, kind, "for Ctrl-C").end();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(CANCELLED), "{kind}: {out}{err}");
    let (done, left) = done_and_left(&err);
    (computed(&out), done, left)
}

/// Interrupts a batch of the cached function, and runs it again to its end. Returns how many items the
/// first run has run, says are done, and kept.
fn interrupted_and_continued(kind: &str) -> [u64; 3] {
    let directory = tempfile::tempdir().unwrap();
    let (computed_first, done, left) = interrupted(directory.path(), kind);
    assert_eq!(done + left, COUNT, "{kind}");
    // Nothing was begun after those that waited.
    assert!(computed_first <= AT + JOBS.unsigned_abs() as u64, "{kind}: {computed_first} ran");
    let cache = Cache::open(directory.path()).unwrap();
    let kept = cache.entries().unwrap().count() as u64;

    let output = command(directory.path(), kind, None).output().unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && out.contains("complete"), "{kind}: {out}{err}");
    // It finds what was kept, and computes nothing twice.
    assert_eq!(computed(&out), COUNT - kept, "{kind}");
    let runs = cache.runs().unwrap();
    assert_eq!((runs[0].found, runs[0].computed), (kept, COUNT - kept), "{kind}");
    [computed_first, done, kept]
}

#[test]
fn ctrl_c_lets_what_runs_end_and_the_next_run_goes_on() {
    ends(|| {
        // Futures heard nothing of it, and streams said that they were cancelled while items still ran.
        let of_futures = "map of the async function";
        for kind in ["map", "map of the function", of_futures, "stream", "unordered stream"] {
            let [computed, done, kept] = interrupted_and_continued(kind);
            assert!(computed > 0 && (done, kept) == (computed, computed), "{kind}: {done}, {kept}");
        }
    });
}

/// Items of a window that was given up were said to be left.
#[test]
fn an_interrupted_batch_of_a_closure_says_how_many_items_are_done_and_left() {
    ends(|| {
        for (kind, count) in [
            ("closure", COUNT),
            ("stream of a closure", COUNT),
            ("closure, many inputs in memory", 1 << 14),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let (computed, done, left) = interrupted(directory.path(), kind);
            assert_eq!(done + left, count, "{kind}");
            assert!(computed > 0 && done == computed, "{kind}: {done} of {computed}");
        }
    });
}

#[test]
fn a_second_ctrl_c_ends_the_process_at_once() {
    ends(|| {
        let directory = tempfile::tempdir().unwrap();
        let Interrupted { mut child, ends: _stuck, .. } =
            Interrupted::new(directory.path(), "map", "for ever");
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130));
    });
}

/// The first was told of on the thread that was to hear the second, and waited there for the error output.
#[test]
fn a_second_ctrl_c_ends_a_process_whose_error_output_is_stuck() {
    ends(|| {
        let directory = tempfile::tempdir().unwrap();
        let mut child =
            command(directory.path(), "map", Some("with the error output")).spawn().unwrap();
        let _stuck = child.stdin.take();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        read_up_to("under way", &mut out);
        interrupt(&child);
        read_up_to("heard", &mut out);
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130));
    });
}
