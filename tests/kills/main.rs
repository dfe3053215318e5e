//! Processes that are killed lose nothing that they said was done, at whatever step it happens.
//!
//! `cargo bench --bench kills` does the same for longer, and prints what it did.

#![cfg(unix)]

mod rounds;

use rounds::{DIRECTORY, Place, Random, is_of_a_new_directory, occurrences};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What the children run. As a test of its own it has nothing to do.
#[test]
fn child() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        rounds::child(Path::new(&directory));
    }
}

fn command() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
    command
}

#[test]
fn a_kill_before_any_step_of_writing_loses_nothing() {
    rounds::share(|step| {
        let mut place = Place::new(command);
        let last = occurrences(step);
        let earlier = 1 + Random(step as u64).below(last);
        for nth in BTreeSet::from([earlier, last]) {
            // A new directory for each step, then what the child before left in it.
            if is_of_a_new_directory(step) {
                place = Place::new(command);
            }
            assert!(place.kill_at(step, nth), "no child got to {step:?} #{nth}");
        }
    });
}

#[test]
fn a_kill_at_a_random_moment_loses_nothing() {
    let mut random = Random(7);
    let place = Place::new(command);
    let mut kept = 0;
    for _ in 0..30 {
        let lines = random.below(60);
        let pause = Duration::from_micros(random.below(3_000));
        kept += place.kill_after(usize::try_from(lines).expect("it is small"), pause);
    }
    assert!(kept > 500, "{kept} results were kept: the children were killed too early");
}
