//! Many processes that want the same results at the same time.

use crate::children::{Run, Said, sum};

/// All of these processes got all results, and bodies ran once per key, but for waits given up.
#[track_caller]
fn check(run: &Run, said: &[Said], keys: u64, calls: u64) {
    let got = sum(said, "found") + sum(said, "computed") + sum(said, "shared");
    assert_eq!((got, sum(said, "warnings")), (calls, 0), "{said:?}");
    let bodies = run.bodies().by_input();
    assert_eq!(bodies.len() as u64, keys, "{bodies:?}");
    let begun: u64 = bodies.values().sum();
    assert_eq!(begun, sum(said, "computed"), "{said:?}");
    // A process that has met no other yet does not look again for what another one may have brought
    // in the last few microseconds.
    let unaware = said.len() as u64;
    assert!(begun - keys <= sum(said, "given_up") + unaware, "{bodies:?} {said:?}");
}

#[test]
fn batches_of_any_number_of_processes_run_each_body_once() {
    for processes in [2, 4, 8, 16] {
        let run = Run::new().pausing(2);
        let said = run.run_together(vec!["map 60"; processes]);
        check(&run, &said, 60, 60 * processes as u64);
        // A thread of the program's own waits for as long as the others run.
        assert_eq!((run.bodies().begun(), sum(&said, "given_up")), (60, 0), "{said:?}");
        assert_eq!(run.run("map 60")["found"], 60);
    }
}

#[test]
fn loops_of_several_processes_share_what_one_of_them_computes() {
    let run = Run::new().pausing(5);
    let said = run.run_together(vec!["loop 20"; 4]);
    // Each has a key of its own at first.
    check(&run, &said, 24, 84);
    assert_eq!((run.bodies().begun(), sum(&said, "given_up")), (24, 0), "{said:?}");
    // They go through the same keys, so most are being computed when the second one comes.
    assert!(sum(&said, "shared") >= 10, "{said:?}");
}

#[test]
fn callers_of_every_kind_share_one_slow_key() {
    for (how, longest) in [("loop", 1), ("workers", 2), ("async", 2)] {
        let run = Run::new().pausing(100);
        let said = run.run_together(vec![format!("{how} 1"); 4]);
        check(&run, &said, 5, 8);
        // Those that may not wait without bound wait for as long as their own key took, which
        // suffices unless the machine is busy with something else; how often it did not is said.
        let slow = run.bodies().by_input()[&0];
        assert!(slow <= longest || sum(&said, "given_up") >= slow - 1, "{said:?}");
        assert!(sum(&said, "shared") + sum(&said, "given_up") > 0, "{said:?}");
    }
}

#[test]
fn threads_workers_and_futures_of_one_process_and_others_do_not_hang() {
    let run = Run::new().pausing(3);
    let tasks = ["map 40", "workers 40", "loop 40", "map 40", "workers 40", "loop 40"];
    let said = run.run_together(tasks);
    check(&run, &said, 44, 244);
}

#[test]
fn futures_of_several_processes_run_each_body_once_but_for_waits_given_up() {
    let run = Run::new().pausing(10);
    let said = run.run_together(["map-later 80"; 4]);
    check(&run, &said, 80, 320);
    assert_eq!(run.run("map-later 80")["found"], 80);
}
