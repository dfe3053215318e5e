//! Where nothing can be claimed, each process computes for itself, and says so once.

use crate::children::{Process, Run, numbers};
use std::fs;

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
