//! Clearing, and removing by hand, while others read and compute.

use crate::children::{Process, Run, count_files, numbers, until};
use crate::functions::PAUSE;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Some file of results.
fn some_entry(folder: &Path) -> Option<std::path::PathBuf> {
    let paths = fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    paths
        .filter(|path| !path.ends_with("code"))
        .find_map(|path| if path.is_dir() { some_entry(&path) } else { Some(path) })
}

/// All files of results.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let paths = paths.map(|entry| entry.path()).filter(|path| !path.ends_with("code"));
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn size(file: &Path) -> u64 {
    // It may go at this moment.
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

/// A cache with the result of `step(1)` only, in place of the one of `run`.
fn put_another_in_place(run: &Run) {
    let other = Run::new();
    other.run("map 2");
    fs::rename(other.cache(), run.cache()).unwrap();
}

#[test]
fn what_one_process_removes_is_gone_for_the_others_at_their_next_call() {
    let run = Run::new();
    let (mut one, mut other) = (run.start("serve"), run.start("serve"));
    let removals: [(&str, &dyn Fn()); 7] = [
        ("nothing", &|| {}),
        ("a file", &|| fs::remove_file(some_entry(&run.entries()).unwrap()).unwrap()),
        ("a folder", &|| fs::remove_dir_all(run.folder("step").unwrap()).unwrap()),
        ("all entries", &|| fs::remove_dir_all(run.entries()).unwrap()),
        ("the directory", &|| fs::remove_dir_all(run.cache()).unwrap()),
        ("a function's results", &|| drop(run.run("clear 1 step"))),
        ("all results", &|| drop(run.run("clear 1 all"))),
    ];
    let mut expected = "computed";
    for (what, remove) in &removals {
        // Both have read it before, from the directory that is there.
        assert_eq!((one.ask("0"), other.ask("0")), (expected.into(), "found".into()), "{what}");
        assert_eq!(one.ask("0"), "found", "{what}");
        remove();
        expected = if *what == "nothing" { "found" } else { "computed" };
    }
    assert_eq!((other.ask("0"), one.ask("0")), ("computed".into(), "found".into()));
    for process in [one, other] {
        assert_eq!(process.finish()["warnings"], 0);
    }
}

#[test]
fn a_directory_that_another_cache_has_taken_the_place_of_is_used_at_the_next_call() {
    let run = Run::new();
    let mut process = run.start("serve");
    assert_eq!((process.ask("5"), process.ask("5")), ("computed".into(), "found".into()));
    fs::remove_dir_all(run.cache()).unwrap();
    put_another_in_place(&run);
    assert_eq!((process.ask("1"), process.ask("5")), ("found".into(), "computed".into()));
    assert_eq!(count_files(&run.entries()), 3);
    // One that is moved away is still there, and so are its results, until something is missing.
    fs::rename(run.cache(), run.path().join("moved")).unwrap();
    put_another_in_place(&run);
    assert_eq!((process.ask("5"), process.ask("6")), ("found".into(), "computed".into()));
    assert_eq!((process.ask("5"), process.ask("0")), ("computed".into(), "found".into()));
    assert_eq!(count_files(&run.path().join("moved/entries")), 3);
    assert_eq!(process.finish()["warnings"], 0);
}

#[test]
fn claims_in_a_directory_that_was_replaced_keep_nobody_out_and_nothing_is_lost() {
    let run = Run::new();
    let late = Process::start(run.command("map 1").env(PAUSE, "2000"));
    until("a body runs", || run.bodies().begun_by(late.id()) == 1);
    fs::remove_dir_all(run.cache()).unwrap();
    let other = Run::new();
    other.run("loop 0");
    fs::rename(other.cache(), run.cache()).unwrap();
    let said = run.run("map 1");
    assert_eq!((said["computed"], said["given_up"]), (1, 0), "{said:?}");
    fs::remove_file(some_entry(&run.folder("step").unwrap()).unwrap()).unwrap();
    fs::remove_file(some_entry(&run.folder("step").unwrap()).unwrap()).unwrap();
    let late = late.finish();
    assert_eq!((late["computed"], late["warnings"]), (1, 0), "{late:?}");
    assert_eq!(run.run("map 1")["found"], 1);
}

#[test]
fn a_process_keeps_one_file_open_at_most_for_each_directory_that_was_removed() {
    let run = Run::new();
    let mut process = run.start("serve");
    let open =
        |process: &Process| fs::read_dir(format!("/proc/{}/fd", process.id())).unwrap().count();
    assert_eq!(process.ask("0"), "computed");
    let before = open(&process);
    for _ in 0..20 {
        fs::remove_dir_all(run.cache()).unwrap();
        assert_eq!(process.ask("0"), "computed");
    }
    assert!(open(&process) <= before + 20, "{} after {before}", open(&process));
}

/// Has four processes compute and look up while `remove` is done again and again, by other means or
/// by a child with this task. Nothing of it is worth a warning, unless `warns`.
#[track_caller]
fn check_against(tasks: &[&str], warns: bool, remove: &(dyn Fn(&Run) + Sync)) {
    // Of the 24 keys some are computed more than once where something was removed indeed, which
    // whoever removes may not get to in time.
    let computed = || computed_against(tasks, warns, remove);
    assert!((0..10).any(|_| computed() > 24), "nothing is removed");
}

/// How many bodies ran.
#[track_caller]
fn computed_against(tasks: &[&str], warns: bool, remove: &(dyn Fn(&Run) + Sync)) -> u64 {
    let run = Run::new();
    let over = AtomicBool::new(false);
    let said = std::thread::scope(|scope| {
        let tasks = ["churn 700 12"; 4].into_iter().chain(tasks.iter().copied());
        let processes = run.start_together(tasks);
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                remove(&run);
                std::thread::sleep(std::time::Duration::from_micros(300));
            }
        });
        let texts: Vec<_> = processes.into_iter().map(Process::text).collect();
        over.store(true, Ordering::Relaxed);
        texts.iter().map(|text| (numbers(text), text.clone())).collect::<Vec<_>>()
    });
    for (numbers, text) in &said {
        assert!(numbers["warnings"] == 0 || warns, "{text}");
    }
    // What is removed while somebody writes may be left in halves.
    remove(&run);
    run.run("map 12");
    assert_eq!(run.run("map 12")["found"], 12);
    said.iter().map(|(numbers, _)| numbers["computed"]).sum()
}

#[test]
fn one_function_is_cleared_in_a_loop_while_others_compute() {
    check_against(&["clear 700 step"], false, &|_| {});
}

#[test]
fn everything_is_cleared_in_a_loop_while_others_compute() {
    check_against(&["clear 700 all"], false, &|_| {});
}

#[test]
fn two_processes_trim_in_a_loop_while_others_compute() {
    check_against(&["trim 700 3", "trim 700 5"], false, &|_| {});
}

#[test]
fn results_are_read_computed_cleared_trimmed_and_removed_at_once() {
    let tasks = ["trim 700 3", "clear 700 step", "trim 700 0", "clear 700 all"];
    check_against(&tasks, false, &|run| drop(fs::remove_dir_all(run.entries())));
}

#[test]
fn the_directory_is_removed_in_a_loop_while_others_compute_and_trim() {
    check_against(&["trim 700 3"], true, &|run| drop(fs::remove_dir_all(run.cache())));
}

/// Whoever keeps results trims in the background, one at a time.
#[test]
fn eight_processes_that_are_limited_to_little_keep_within_it_together() {
    let run = Run::new().with("LARDER_MAX_BYTES", "2 KB");
    let said = run.run_together(["loop 40"; 8]);
    assert!(said.iter().all(|said| said["warnings"] == 0), "{said:?}");
    let bytes = || -> u64 { files(&run.entries()).iter().map(|file| size(file)).sum() };
    // What was kept after the last trim had counted is noticed by who comes next.
    until("there is little", || {
        run.run("map 1");
        bytes() <= 2_000
    });
}

#[test]
fn a_process_that_is_killed_while_it_trims_is_in_nobodys_way() {
    let run = Run::new();
    for round in 0..5 {
        run.run("map 40");
        let mut process = run.start("trim 60000 1");
        process.until("trims");
        std::thread::sleep(std::time::Duration::from_millis(round * 3));
        process.kill();
        assert_eq!(run.run("map 40")["warnings"], 0);
        assert_eq!(count_files(&run.folder("step").unwrap()), 40);
    }
    run.run("trim 1 0");
    assert!(files(&run.entries()).is_empty());
}

// Whoever removes by hand may come too late for what is being removed or created already.

#[test]
fn the_directory_is_removed_in_a_loop_while_others_compute() {
    // What is left of a directory whose tag has been removed already is not known for ours.
    check_against(&[], true, &|run| drop(fs::remove_dir_all(run.cache())));
}

#[test]
fn the_folder_of_a_function_is_removed_in_a_loop_while_others_compute() {
    check_against(&[], false, &|run| drop(run.folder("step").map(fs::remove_dir_all)));
}

#[test]
fn files_and_claims_are_removed_in_a_loop_while_others_compute() {
    check_against(&[], false, &|run| {
        drop(some_entry(&run.entries()).map(fs::remove_file));
        drop(fs::remove_file(run.cache().join("claims")));
    });
}
