//! Processes that are killed or stopped in the middle of what others wait for.

use crate::children::{PATIENCE, Process, Run, sum, until};
use crate::functions::PAUSE;
use std::time::{Duration, Instant};

/// How one process calls what another one is in the middle of, and how that one called it.
const CALLS: [(&str, &str); 4] = [
    ("map 1", "map 1"),
    ("loop 1", "map 1"),
    ("workers 1", "map 1"),
    ("map-later 1", "map-later 1"),
];

/// A process in the middle of a body that takes so many milliseconds.
fn in_the_middle(run: &Run, task: &str, millis: u64) -> Process {
    let process = Process::start(run.command(task).env(PAUSE, millis.to_string()));
    until("a body runs", || run.bodies().begun_by(process.id()) == 1);
    process
}

#[test]
fn others_take_over_at_once_from_a_process_that_is_killed() {
    for (task, before) in CALLS {
        let run = Run::new().pausing(5);
        let mut killed = in_the_middle(&run, before, 300_000);
        let others = run.start_together([task; 3]);
        if task == "map 1" {
            // They wait: only threads of the program's own do so without bound.
            std::thread::sleep(Duration::from_millis(200));
            assert_eq!(run.bodies().begun(), 1);
        }
        killed.kill();
        // Long before the body that was broken off would have ended.
        let started = Instant::now();
        let said: Vec<_> = others.into_iter().map(Process::finish).collect();
        assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
        let given_up = sum(&said, "given_up");
        let slow = run.bodies().by_input()[&0];
        assert!((2..=2 + given_up).contains(&slow), "{slow} bodies: {said:?}");
        assert_eq!(sum(&said, "warnings"), 0, "{said:?}");
        assert_eq!(run.run(before)["found"], 1);
    }
}

#[test]
fn others_go_on_after_their_bound_when_a_process_is_stopped_and_it_ends_well() {
    for (task, before) in CALLS {
        let run = Run::new().pausing(5);
        let stopped = in_the_middle(&run, before, 500);
        stopped.stop();
        let said = run.run_together([task; 3]);
        let (given_up, slow) = (sum(&said, "given_up"), run.bodies().by_input()[&0]);
        assert!(given_up >= 1, "{said:?}");
        // One after the other: who comes to its bound waits for whoever went on before.
        assert!((2..=1 + given_up).contains(&slow), "{slow} bodies: {said:?}");
        stopped.go_on();
        let late = stopped.finish();
        assert_eq!((late["computed"], late["warnings"]), (1, 0), "{late:?}");
        assert_eq!(run.run(before)["found"], 1);
    }
}

#[test]
fn nothing_is_lost_when_half_of_the_processes_are_killed_at_random() {
    let run = Run::new().pausing(3);
    let mut processes = run.start_together(["map 400"; 8]);
    let mut killed = Vec::new();
    let mut chance = u64::from(std::process::id());
    for count in 1..=4 {
        until("some more bodies ran", || run.bodies().begun() >= count * 60);
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = usize::try_from(chance >> 33).unwrap() % processes.len();
        let mut process = processes.swap_remove(at);
        process.kill();
        killed.push(process.id());
    }
    let said: Vec<_> = processes.into_iter().map(Process::finish).collect();
    assert_eq!((sum(&said, "given_up"), sum(&said, "warnings")), (0, 0), "{said:?}");
    // A body whose process was killed runs again elsewhere. One whose body had ended may have been
    // killed before it kept the result; its workers are two.
    let bodies = run.bodies();
    let broken_off: u64 = killed.iter().map(|process| bodies.broken_off_by(*process)).sum();
    let again = bodies.begun() as u64 - 400;
    let workers = std::thread::available_parallelism().unwrap().get() as u64;
    assert!((broken_off..=4 * workers).contains(&again), "{again} again, {broken_off} broken off");
    assert_eq!(run.run("map 400")["found"], 400);
}

#[test]
fn processes_that_are_stopped_and_go_on_in_turn_share_their_work() {
    let run = Run::new().pausing(5);
    let processes = run.start_together(["map 80"; 4]);
    for (round, stopped) in (1..).zip(&processes[1..]) {
        until("some more bodies ran", || run.bodies().begun() >= round * 15);
        stopped.stop();
        std::thread::sleep(Duration::from_millis(60));
        stopped.go_on();
    }
    let said: Vec<_> = processes.into_iter().map(Process::finish).collect();
    let again = run.bodies().begun() as u64 - 80;
    assert!(again <= sum(&said, "given_up"), "{again} again: {said:?}");
    assert_eq!(sum(&said, "warnings"), 0, "{said:?}");
}
