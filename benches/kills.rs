//! Kills by the hundred: at each step of writing, and at random moments.
//!
//! ```sh
//! cargo bench --bench kills               # 20 kills at each step
//! cargo bench --bench kills -- 100        # or as many as you like
//! ```
//!
//! Prints the kills at each step and what was lost, which has to be nothing.

#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[cfg(unix)]
#[path = "../tests/kills/rounds.rs"]
mod rounds;

#[cfg(unix)]
fn main() {
    use rounds::{DIRECTORY, Place, Random, is_of_a_new_directory, occurrences};
    use std::collections::BTreeMap;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;
    use std::process::Command;
    use std::sync::Mutex;
    use std::time::Duration;

    if let Some(directory) = std::env::var_os(DIRECTORY) {
        rounds::child(Path::new(&directory));
        return;
    }
    let command = || Command::new(std::env::current_exe().expect("this program has a path"));
    // With `--test` it is only to be seen that this runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let wanted = std::env::args().find_map(|argument| argument.parse().ok());
    let kills = wanted.unwrap_or(if quick { 1 } else { 20 });

    let table = Mutex::new(BTreeMap::new());
    let losses = Mutex::new(Vec::new());
    let lost = |what: String| losses.lock().expect("nobody panics with it").push(what);
    rounds::share(|step| {
        let mut random = Random(step as u64);
        let mut place = Place::new(command);
        let mut killed = 0;
        for round in 0..kills {
            // A new directory now and then, else what the children before left in it.
            if is_of_a_new_directory(step) || round % 5 == 4 {
                place = Place::new(command);
            }
            let nth = 1 + random.below(occurrences(step));
            if let Ok(got_there) = catch_unwind(AssertUnwindSafe(|| place.kill_at(step, nth))) {
                killed += u64::from(got_there);
            } else {
                lost(format!("{step:?} #{nth}"));
                place = Place::new(command);
            }
        }
        table.lock().expect("nobody panics with it").insert(step, killed);
    });
    let table = table.into_inner().expect("nobody panics with it");
    for (step, killed) in &table {
        println!("{:<16} {killed:>5} kills", format!("{step:?}"));
    }

    let (mut random, mut kept) = (Random(1), 0);
    let mut place = Place::new(command);
    let moments = kills * 5;
    for moment in 0..moments {
        let lines = usize::try_from(random.below(200)).unwrap_or_default();
        let pause = Duration::from_micros(random.below(3_000));
        match catch_unwind(AssertUnwindSafe(|| place.kill_after(lines, pause))) {
            Ok(results) => kept += results,
            Err(_) => lost(format!("random moment {moment}")),
        }
        if moment % 20 == 19 {
            place = Place::new(command);
        }
    }
    println!("{:<16} {moments:>5} kills, {kept} results kept before them", "random moments");
    let losses = losses.into_inner().expect("nobody panics with it");
    let all = table.values().sum::<u64>() + moments;
    println!("{all} kills, {} of them with losses {losses:?}", losses.len());
    assert!(losses.is_empty(), "something was lost");
}

#[cfg(not(unix))]
fn main() {
    println!("there are no such kills on this system");
}
