//! Where nothing can be claimed, each process computes for itself, and says so once.

use crate::children::{Process, Run, count_files, numbers, sum};
use std::fs;
use std::process::{Command, Stdio};

/// What is said of it.
const CAUSE: &str = "equal calls of several processes are each computed";

#[test]
fn without_claims_results_are_right_and_each_process_warns_once() {
    let run = Run::new().with("LARDER_TEST_LOG", "1").pausing(2);
    run.run("map 0");
    fs::create_dir_all(run.cache()).unwrap();
    // What stands in for a file system that has no locks: a file that cannot be opened.
    fs::create_dir(run.cache().join("claims")).unwrap();
    let processes = run.start_together(["map 30", "loop 30", "workers 30"]);
    let texts: Vec<_> = processes.into_iter().map(Process::text).collect();
    for text in &texts {
        let said = numbers(text);
        assert_eq!((said["warnings"], said["given_up"]), (1, 0), "{text}");
        assert_eq!(text.lines().filter(|line| line.contains("WARN")).count(), 1, "{text}");
        assert!(text.lines().any(|line| line.contains("WARN") && line.contains(CAUSE)), "{text}");
    }
    // They started together and nobody waited, so some were computed more than once.
    assert!(run.bodies().begun() > 32, "{}", run.bodies().begun());
    assert!(fs::read_dir(run.cache().join("claims")).unwrap().next().is_none());
    assert_eq!(run.run("map 30")["found"], 30);
}

#[test]
fn claims_are_used_as_soon_as_they_can_be() {
    let run = Run::new();
    let mut process = run.start("serve");
    assert_eq!(process.ask("0"), "computed");
    let claims = run.cache().join("claims");
    fs::remove_file(&claims).unwrap();
    fs::create_dir(&claims).unwrap();
    assert_eq!(process.ask("1"), "computed");
    fs::remove_dir(&claims).unwrap();
    assert_eq!(process.ask("2"), "computed");
    assert!(claims.is_file());
    assert_eq!(process.finish()["warnings"], 1);
}

/// Runs what follows it in a world of its own, in which there is no `/proc`.
const WITHOUT_PROC: [&str; 4] =
    ["-Urm", "sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" \"$@\""];

#[test]
fn where_there_is_no_proc_files_get_their_places_all_the_same() {
    // Older kernels name an open file by way of `/proc` alone, and rename one from `tmp/` without it.
    let mut probe = Command::new("unshare");
    if !probe.args(WITHOUT_PROC).arg("true").status().is_ok_and(|status| status.success()) {
        // Not everybody may do so on every system.
        return;
    }
    let run = Run::new().pausing(2);
    let start = || {
        let ours = run.command("map 60");
        let mut command = Command::new("unshare");
        command.args(WITHOUT_PROC).arg(ours.get_program()).args(ours.get_args());
        command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env_remove("LARDER").current_dir(run.path());
        Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()))
    };
    let said: Vec<_> = [(); 3].map(|()| start()).map(Process::finish).into();
    assert_eq!(sum(&said, "warnings"), 0, "{said:?}");
    // Whether another process runs is not to be told without `/proc`, so waits may be given up.
    let again = run.bodies().begun() as u64 - 60;
    assert!(again <= sum(&said, "given_up"), "{said:?}");
    let temporary = fs::read_dir(run.cache().join("tmp")).map_or(0, Iterator::count);
    assert_eq!((temporary, count_files(&run.entries())), (0, 60));
    assert_eq!(run.run("map 60")["found"], 60);
}
