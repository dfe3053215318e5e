//! Ctrl-C on a real process, and a second run that goes on.

use larder::{Cache, Cause, Parallel, cache};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

const CHILD: &str = "LARDER_TEST_INTERRUPTED_IN";
const COUNT: u64 = 200;

#[cache]
fn step(x: u64) -> u64 {
    thread::sleep(Duration::from_millis(10));
    x
}

/// What the child process does; in a test run by itself, nothing.
#[test]
fn child() {
    let Some(directory) = env::var_os(CHILD) else { return };
    larder::install(Cache::open(directory).unwrap()).unwrap();
    larder::cancel_on_ctrl_c().unwrap();
    let stuck = env::var_os("LARDER_TEST_STUCK").is_some();
    let inputs = (0..COUNT).inspect(move |x| {
        if *x == 16 {
            println!("under way");
            std::io::stdout().flush().unwrap();
            if stuck {
                thread::sleep(Duration::from_mins(5));
            }
        }
    });
    match Parallel::new().n_jobs(2).look_ahead(4).stream(inputs, step {}).last() {
        Some(Ok(_)) => println!("complete"),
        Some(Err(failure)) if matches!(failure.cause(), Cause::Cancelled) => {
            println!("cancelled");
            std::process::exit(3);
        }
        other => println!("something else: {other:?}"),
    }
}

fn start(directory: &std::path::Path, stuck: bool) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "interrupts::child", "--nocapture", "--test-threads=1"]);
    command.env(CHILD, directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    if stuck {
        command.env("LARDER_TEST_STUCK", "1");
    }
    command.spawn().unwrap()
}

fn wait_until_under_way(child: &mut Child) -> BufReader<std::process::ChildStdout> {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("under way") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended before it was under way");
    }
    lines
}

fn interrupt(child: &Child) {
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(id, Signal::INT).unwrap();
}

#[test]
fn ctrl_c_lets_what_runs_end_and_the_next_run_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), false);
    let mut lines = wait_until_under_way(&mut child);
    interrupt(&child);
    let (mut out, mut err) = (String::new(), String::new());
    lines.read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{out}{err}");
    assert!(out.contains("cancelled"), "{out}");
    assert!(err.contains("larder: interrupted") && err.contains("done, "), "{err}");
    let cache = Cache::open(directory.path()).unwrap();
    let kept = cache.entries().unwrap().count() as u64;
    assert!((10..COUNT).contains(&kept), "{kept} results were kept");
    // The second run computes what is left, and nothing twice.
    let mut child = start(directory.path(), false);
    drop(wait_until_under_way(&mut child));
    child.wait().unwrap();
    assert_eq!(cache.entries().unwrap().count() as u64, COUNT);
}

#[test]
fn a_second_ctrl_c_ends_the_process_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path(), true);
    let _lines = wait_until_under_way(&mut child);
    interrupt(&child);
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("interrupted") {
        line.clear();
        assert!(err.read_line(&mut line).unwrap() > 0);
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
