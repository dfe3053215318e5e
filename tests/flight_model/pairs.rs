//! The smallest programs, of which all orders can be tried: two threads that have boarded already.

use super::flights::{Boarding, Flights, Kind, Landing, Lead, Polled, Ticket, Verdict};
use super::programs::{Bed, Wakes};
use super::waits::Waits;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// What the first thread does, which leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    Land,
    /// Ends without a value, as in a panic.
    Drop,
}

/// What the second thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// Waits for whatever comes, and lands a value if that is the lead.
    Wait,
    /// Asks once, and goes.
    Cancel,
    /// Has given up and leads as well.
    Land,
}

/// Runs both to their ends, and checks what came of them.
pub(super) fn run(first: First, second: Second, wakes: Wakes) {
    let (flights, now) = (Flights::new(Waits::default()), Instant::now());
    let board = |waits| flights.board(&1_u8, Kind::Thread, waits, now);
    let Boarding::Lead(lead) = board(Kind::Thread) else { panic!("nobody leads yet") };
    let waits = if second == Second::Land { Kind::Worker } else { Kind::Thread };
    let Boarding::Wait(mut ticket) = board(waits) else { panic!("somebody leads") };
    let landed = if second == Second::Land {
        let Polled::Ready(Verdict::GaveUp(other)) = ticket.poll(now, Duration::ZERO, Waker::noop())
        else {
            panic!("the bound is over")
        };
        drop(ticket);
        let thread = shuttle::thread::spawn(move || land(other, 2));
        (lead_ends(first, lead), thread.join().expect("a thread ends well"))
    } else {
        let thread = shuttle::thread::spawn(move || {
            if second == Second::Wait {
                return wait(ticket, now, wakes);
            }
            let polled = ticket.poll(now, Duration::MAX, Waker::noop());
            drop((polled, ticket));
            false
        });
        (lead_ends(first, lead), thread.join().expect("a thread ends well"))
    };
    let expected: &[_] = match (first, second) {
        // Either may be the first of two that land.
        (First::Land, Second::Land) => &[(true, false), (false, true)],
        (First::Land, _) => &[(true, false)],
        (First::Drop, Second::Cancel) => &[(false, false)],
        (First::Drop, _) => &[(false, true)],
    };
    assert!(expected.contains(&landed), "{landed:?} landed");
    assert_eq!(flights.count(), 0, "a flight was left behind");
}

fn lead_ends(first: First, lead: Lead<u8>) -> bool {
    match first {
        First::Land => land(lead, 1),
        First::Drop => {
            drop(lead);
            false
        }
    }
}

/// Tells whether this was the first landing.
fn land(lead: Lead<u8>, value: u8) -> bool {
    lead.land(|| Landing::Bytes(Arc::new(vec![value])))
}

/// Tells whether it came to landing a value itself.
fn wait(mut ticket: Ticket<u8>, now: Instant, wakes: Wakes) -> bool {
    let bed = Bed::new();
    let told = bed.waker(wakes);
    loop {
        match ticket.poll(now, Duration::MAX, &told) {
            Polled::Ready(Verdict::Landed(Landing::Bytes(value))) => {
                assert_eq!(*value, [1]);
                return false;
            }
            Polled::Ready(Verdict::Passed(lead)) => {
                drop(ticket);
                return land(lead, 2);
            }
            Polled::Ready(verdict) => panic!("{verdict:?} cannot be"),
            Polled::Pending(until) => assert_eq!(until, None),
        }
        bed.sleep();
    }
}
