//! The order of steps of several threads, explored by a model checker.
//!
//! The state machine is compiled once more here, on locks that the checker knows. Threads block on a
//! condition variable of the checker's until their waker is called, so a waker that is forgotten is a
//! deadlock, which the checker reports.

#[path = "../../src/flight/digests.rs"]
mod digests;
#[path = "../../src/flight/flights.rs"]
#[expect(dead_code, unreachable_pub, reason = "written for larder, which uses all of it")]
mod flights;
mod pairs;
mod programs;
#[path = "../../src/flight/stack.rs"]
mod stack;
mod sync;
#[path = "../../src/flight/waits.rs"]
#[expect(dead_code, reason = "written for larder, which uses all of it")]
mod waits;

use pairs::{First, Second};
use programs::{Answer, Program, Wakes};
use shuttle::scheduler::{DfsScheduler, RandomScheduler};
use shuttle::{Config, Runner};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// So many orders of each program, at random.
const ORDERS: usize = 2_000;

/// All orders of a pair are fewer than this, which only ends what would not end.
const ALL: usize = 50_000;

/// Stacks that hold a whole table of flights before it is moved to its place.
fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = 1 << 18;
    config
}

fn at_random(program: &'static Program) {
    let scheduler = RandomScheduler::new(ORDERS);
    let runs = Runner::new(scheduler, config()).run(|| program.run());
    assert_eq!(runs, ORDERS);
}

fn exhaustively(first: First, second: Second, wakes: Wakes) -> usize {
    let scheduler = DfsScheduler::new(Some(ALL), false);
    Runner::new(scheduler, config()).run(move || pairs::run(first, second, wakes))
}

/// Asserts that all orders of a pair are tried, and end as they should.
fn check_all(first: First, second: Second) {
    let orders = exhaustively(first, second, Wakes::Called);
    assert!((10..ALL).contains(&orders), "{orders} orders of {first:?} and {second:?}");
}

#[test]
fn in_every_order_who_waits_gets_what_lands() {
    check_all(First::Land, Second::Wait);
}

#[test]
fn in_every_order_a_lead_that_is_dropped_passes_on() {
    check_all(First::Drop, Second::Wait);
}

#[test]
fn in_every_order_one_who_is_cancelled_leaves_nothing() {
    check_all(First::Land, Second::Cancel);
    check_all(First::Drop, Second::Cancel);
}

#[test]
fn in_every_order_one_of_two_landings_is_the_first() {
    check_all(First::Land, Second::Land);
    check_all(First::Drop, Second::Land);
}

#[test]
fn two_threads_that_board_at_once_compute_once_or_one_after_the_other() {
    static PROGRAMS: [Program; 5] = [
        Program { threads: &[&[(1, Answer::Land)], &[(1, Answer::Land)]] },
        Program { threads: &[&[(1, Answer::Drop)], &[(1, Answer::Land)]] },
        Program { threads: &[&[(1, Answer::Panic)], &[(1, Answer::Land)]] },
        Program { threads: &[&[(1, Answer::GiveUp)], &[(1, Answer::Land)]] },
        Program { threads: &[&[(1, Answer::Cancel)], &[(1, Answer::Land)]] },
    ];
    PROGRAMS.iter().for_each(at_random);
}

#[test]
fn three_threads_of_whom_some_fail_all_end() {
    at_random(&Program {
        threads: &[&[(1, Answer::Drop)], &[(1, Answer::Panic)], &[(1, Answer::Land)]],
    });
}

#[test]
fn four_threads_of_which_some_give_up_or_are_cancelled_all_end() {
    at_random(&Program {
        threads: &[
            &[(1, Answer::GiveUp)],
            &[(1, Answer::Cancel), (1, Answer::Land)],
            &[(1, Answer::Drop), (1, Answer::Land)],
            &[(1, Answer::Land)],
        ],
    });
}

#[test]
fn nested_keys_that_several_threads_ask_for_are_each_computed_once() {
    // To compute 1, 2 is asked for, and 3 for that.
    at_random(&Program {
        threads: &[
            &[(1, Answer::Nest)],
            &[(2, Answer::Nest)],
            &[(1, Answer::Nest)],
            &[(3, Answer::Land)],
        ],
    });
}

#[test]
fn nested_keys_are_right_when_some_leads_are_dropped() {
    at_random(&Program {
        threads: &[
            &[(1, Answer::Nest), (2, Answer::Land)],
            &[(2, Answer::Drop), (1, Answer::GiveUp)],
            &[(1, Answer::Panic), (1, Answer::Nest)],
        ],
    });
}

#[test]
fn threads_with_keys_that_need_each_other_end() {
    at_random(&Program { threads: &[&[(1, Answer::Circle)], &[(2, Answer::Circle)]] });
    at_random(&Program {
        threads: &[&[(1, Answer::Circle)], &[(2, Answer::Circle)], &[(1, Answer::Circle)]],
    });
}

/// The check can fail: with a waker that does nothing, a thread that waits is never told.
#[test]
fn a_waker_that_does_nothing_is_found_as_a_deadlock() {
    let run = || exhaustively(First::Land, Second::Wait, Wakes::Forgotten);
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("a deadlock");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("deadlock"), "{message}");
}
