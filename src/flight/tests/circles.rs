//! Threads whose waits would depend on each other.

use super::{BOUND, World};
use crate::flight::flights::{Boarding, Kind, Polled};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;

/// One thread leads a key and waits for another one, which the next thread leads, and so on around.
#[test]
fn a_thread_whose_wait_would_close_a_circle_waits_with_a_bound() {
    for length in 1..5 {
        let world = World::new();
        let turn = std::sync::Barrier::new(length as usize);
        let order = AtomicUsize::new(0);
        let in_turn = |place: u32| {
            while order.load(Ordering::Acquire) != place as usize {
                std::thread::yield_now();
            }
        };
        let run = |place: u32| {
            let Boarding::Lead(lead) =
                world.flights.board(&place, Kind::Thread, Kind::Thread, world.at(0))
            else {
                panic!("each leads a key of its own")
            };
            turn.wait();
            in_turn(place);
            let mut ticket = world.wait((place + 1) % length, Kind::Thread, 0);
            let is_last = place + 1 == length;
            let until = match ticket.poll(world.at(0), BOUND, Waker::noop()) {
                Polled::Pending(until) => until,
                Polled::Ready(verdict) => panic!("{verdict:?} in place of waiting"),
            };
            assert_eq!(until, is_last.then(|| world.at(20)), "{place} of {length}");
            order.fetch_add(1, Ordering::Release);
            in_turn(length);
            drop((ticket, lead));
        };
        std::thread::scope(|scope| {
            for place in 0..length {
                let run = &run;
                scope.spawn(move || run(place));
            }
        });
        assert!(world.flights.count() == 0 && world.waits.is_empty());
    }
}

#[test]
fn a_circle_that_opens_again_is_none_any_more() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    let mut ticket = world.wait(1, Kind::Thread, 0);
    // On the thread that boarded, the wait would be for itself.
    let lead_here = world.flights.board(&2, Kind::Thread, Kind::Thread, world.at(0));
    let mut own = world.wait(2, Kind::Thread, 0);
    assert!(matches!(own.poll(world.at(0), BOUND, Waker::noop()), Polled::Pending(Some(_))));
    world.check_pending(&mut own, 0, None);
    world.check_pending(&mut ticket, 0, None);
    assert!(!world.waits.is_empty());
    drop((lead, lead_here, own, ticket));
    assert!(world.waits.is_empty());
}
