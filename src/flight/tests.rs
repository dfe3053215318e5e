//! Each rule of the state machine by itself, at times that the test sets.

mod circles;
mod model;

use super::flights::{Boarding, Flights, Key, Kind, Landing, Lead, Polled, Ticket, Verdict};
use super::waits::Waits;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

const KINDS: [Kind; 3] = [Kind::Thread, Kind::Worker, Kind::Task];
const BOUND: Duration = Duration::from_millis(20);

impl Key for u32 {
    fn spread(&self) -> u8 {
        self.to_le_bytes()[0]
    }
}

/// Flights, and a clock that stands still until it is told another time. Whoever asks does so on a
/// thread of its own, so that nobody waits for itself.
struct World {
    flights: Flights<u32>,
    waits: Waits,
    started: Instant,
}

/// Does something on another thread.
fn elsewhere<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(work).join().unwrap())
}

impl World {
    fn new() -> Self {
        let waits = Waits::default();
        Self { flights: Flights::new(waits.clone()), waits, started: Instant::now() }
    }

    fn at(&self, millis: u64) -> Instant {
        self.started + Duration::from_millis(millis)
    }

    fn lead(&self, key: u32, kind: Kind) -> Lead<u32> {
        match elsewhere(|| self.flights.board(&key, kind, kind, self.at(0))) {
            Boarding::Lead(lead) => lead,
            other => panic!("{other:?} in place of the lead"),
        }
    }

    fn wait(&self, key: u32, kind: Kind, millis: u64) -> Ticket<u32> {
        match self.flights.board(&key, kind, kind, self.at(millis)) {
            Boarding::Wait(ticket) => ticket,
            other => panic!("{other:?} in place of a ticket"),
        }
    }

    fn poll(&self, ticket: &mut Ticket<u32>, millis: u64) -> Polled<u32> {
        elsewhere(|| ticket.poll(self.at(millis), BOUND, Waker::noop()))
    }

    /// Asserts that the ticket goes on waiting, to be asked again at this time if at any.
    fn check_pending(&self, ticket: &mut Ticket<u32>, millis: u64, until: Option<u64>) {
        match self.poll(ticket, millis) {
            Polled::Pending(when) => assert_eq!(when, until.map(|until| self.at(until))),
            Polled::Ready(verdict) => panic!("{verdict:?} in place of waiting"),
        }
    }

    /// Asserts that the ticket gets these bytes.
    fn check_landed(&self, mut ticket: Ticket<u32>, bytes: &[u8]) {
        match self.poll(&mut ticket, 0) {
            Polled::Ready(Verdict::Landed(Landing::Bytes(landed))) => assert_eq!(*landed, bytes),
            other => panic!("{other:?} in place of {bytes:?}"),
        }
    }

    fn check_passed(&self, mut ticket: Ticket<u32>) -> Lead<u32> {
        match self.poll(&mut ticket, 0) {
            Polled::Ready(Verdict::Passed(lead)) => lead,
            other => panic!("{other:?} in place of the lead"),
        }
    }

    fn check_gave_up(&self, mut ticket: Ticket<u32>, millis: u64) -> Lead<u32> {
        match self.poll(&mut ticket, millis) {
            Polled::Ready(Verdict::GaveUp(lead)) => lead,
            other => panic!("{other:?} in place of giving up"),
        }
    }
}

fn bytes(content: &[u8]) -> Landing {
    Landing::Bytes(Arc::new(content.to_vec()))
}

/// How often somebody was woken.
#[derive(Debug, Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bell {
    fn new() -> (Arc<Self>, Waker) {
        let bell = Arc::new(Self::default());
        (Arc::clone(&bell), Waker::from(bell))
    }

    fn rung(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn the_first_leads_and_all_others_get_what_it_lands() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    let tickets = KINDS.map(|kind| world.wait(1, kind, 0));
    assert!(lead.is_awaited());
    assert!(lead.land(|| bytes(b"one")));
    for ticket in tickets {
        world.check_landed(ticket, b"one");
    }
    assert_eq!(world.flights.count(), 0);
}

/// A process that is forked off has the table, and none of the threads that are to land what is in it.
#[test]
fn in_a_copy_of_the_process_nobody_waits_for_who_is_not_there() {
    let world = World { flights: Flights::led_by(Waits::default(), u32::MAX), ..World::new() };
    let gone = world.lead(1, Kind::Thread);
    let lead = world.lead(1, Kind::Thread);
    assert!(lead.land(|| unreachable!("nobody waits")));
    drop(gone);
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn keys_have_nothing_to_do_with_each_other() {
    let world = World::new();
    let leads: Vec<_> = (0..100).map(|key| world.lead(key, Kind::Thread)).collect();
    assert_eq!(world.flights.count(), 100);
    assert!(leads.into_iter().all(|lead| lead.land(|| Landing::Stored)));
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn a_landing_is_asked_for_only_where_somebody_waits() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    drop(world.wait(1, Kind::Thread, 0));
    assert!(!lead.is_awaited());
    assert!(lead.land(|| unreachable!("nobody waits")));
}

#[test]
fn who_comes_after_the_landing_leads_a_flight_of_its_own() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    let late = world.wait(1, Kind::Thread, 0);
    assert!(lead.land(|| bytes(b"first")));
    let next = world.lead(1, Kind::Thread);
    world.check_landed(late, b"first");
    drop(next);
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn a_dropped_lead_passes_to_one_and_the_others_go_on_waiting() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    let [one, mut two, mut three] = [0; 3].map(|_| world.wait(1, Kind::Thread, 0));
    drop(lead);
    let lead = world.check_passed(one);
    world.check_pending(&mut two, 1_000, None);
    world.check_pending(&mut three, 1_000, None);
    assert!(lead.land(|| bytes(b"second")));
    world.check_landed(two, b"second");
    world.check_landed(three, b"second");
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn who_boards_while_the_lead_is_free_leads_and_the_ticket_waits() {
    let world = World::new();
    let lead = world.lead(1, Kind::Task);
    let mut ticket = world.wait(1, Kind::Task, 0);
    drop(lead);
    // The holder of the ticket, a future, is not polled, and somebody else has come.
    let lead = world.lead(1, Kind::Worker);
    world.check_pending(&mut ticket, 5, Some(20));
    assert!(lead.land(|| bytes(b"other")));
    world.check_landed(ticket, b"other");
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn a_ticket_that_is_dropped_while_the_lead_is_free_ends_the_flight() {
    let world = World::new();
    let lead = world.lead(1, Kind::Task);
    let ticket = world.wait(1, Kind::Task, 0);
    drop(lead);
    assert_eq!(world.flights.count(), 1);
    drop(ticket);
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn a_lead_that_was_passed_and_is_dropped_at_once_passes_on() {
    let world = World::new();
    let lead = world.lead(1, Kind::Task);
    let [one, two] = [0; 2].map(|_| world.wait(1, Kind::Task, 0));
    drop(lead);
    drop(world.check_passed(one));
    drop(world.check_passed(two));
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn a_bound_expires_for_one_at_a_time_and_the_others_begin_anew_twice_as_long() {
    let world = World::new();
    let first = world.lead(1, Kind::Worker);
    let [one, mut two, three] = [0, 0, 15].map(|at| world.wait(1, Kind::Worker, at));
    world.check_pending(&mut two, 19, Some(20));
    let second = world.check_gave_up(one, 20);
    // At the same moment, the bound of the next one is over as well, but for what just happened.
    world.check_pending(&mut two, 20, Some(60));
    world.check_pending(&mut two, 59, Some(60));
    let third = world.check_gave_up(three, 60);
    world.check_pending(&mut two, 60, Some(140));
    assert!(third.land(|| bytes(b"third")));
    world.check_landed(two, b"third");
    assert!(!first.land(|| bytes(b"first")) && !second.land(|| bytes(b"second")));
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn a_bound_runs_from_boarding_for_who_boards_after_another_gave_up() {
    let world = World::new();
    let _first = world.lead(1, Kind::Worker);
    let _second = world.check_gave_up(world.wait(1, Kind::Worker, 0), 20);
    let mut late = world.wait(1, Kind::Worker, 30);
    world.check_pending(&mut late, 30, Some(70));
}

#[test]
fn a_bound_is_doubled_three_times_at_most() {
    let world = World::new();
    let mut leads = vec![world.lead(1, Kind::Worker)];
    let mut now = 0;
    for bound in [20, 40, 80, 160, 160, 160] {
        let ticket = world.wait(1, Kind::Worker, now);
        now += bound;
        leads.push(world.check_gave_up(ticket, now));
    }
}

#[test]
fn only_a_thread_waits_without_bound_and_only_for_a_thread() {
    for leads in KINDS {
        for waits in KINDS {
            let world = World::new();
            let _lead = world.lead(1, leads);
            let mut ticket = world.wait(1, waits, 0);
            if (leads, waits) == (Kind::Thread, Kind::Thread) {
                world.check_pending(&mut ticket, 3_600_000, None);
            } else {
                world.check_pending(&mut ticket, 0, Some(20));
                world.check_gave_up(ticket, 20);
            }
        }
    }
}

#[test]
fn an_item_of_a_batch_leads_as_a_worker_and_waits_as_the_thread_that_collects_it() {
    let world = World::new();
    let item = |at| world.flights.board(&1, Kind::Worker, Kind::Thread, world.at(at));
    let lead = world.lead(1, Kind::Thread);
    let Boarding::Wait(mut ticket) = item(0) else { panic!("somebody leads") };
    world.check_pending(&mut ticket, 1_000, None);
    drop(lead);
    let lead = world.check_passed(ticket);
    let mut thread = world.wait(1, Kind::Thread, 0);
    world.check_pending(&mut thread, 0, Some(20));
    drop(lead);
}

#[test]
fn a_wait_for_a_thread_gets_a_bound_when_only_others_lead_any_more() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    let mut thread = world.wait(1, Kind::Thread, 0);
    let _worker = world.check_gave_up(world.wait(1, Kind::Worker, 0), 20);
    world.check_pending(&mut thread, 100, None);
    let (bell, waker) = Bell::new();
    assert!(matches!(
        elsewhere(|| thread.poll(world.at(100), BOUND, &waker)),
        Polled::Pending(None)
    ));
    drop(lead);
    assert_eq!(bell.rung(), 1, "the rules have changed for the one who waits");
    world.check_gave_up(thread, 101);
}

#[test]
fn who_leads_on_its_own_stack_is_told_so_and_others_wait() {
    let world = World::new();
    let lead = world.lead(1, Kind::Worker);
    let board = || world.flights.board(&1, Kind::Worker, Kind::Worker, world.at(0));
    assert!(matches!(board(), Boarding::Wait(_)), "nothing runs yet");
    let entered = lead.enter();
    assert!(matches!(board(), Boarding::Own));
    std::thread::scope(|scope| {
        scope.spawn(|| assert!(matches!(board(), Boarding::Wait(_))));
    });
    drop(entered);
    assert!(matches!(board(), Boarding::Wait(_)));
    // As for a future that is polled again, and one whose computation nests another of the same key.
    let (outer, inner) = (lead.enter(), lead.enter());
    drop(outer);
    assert!(matches!(board(), Boarding::Own));
    drop(inner);
    assert!(matches!(board(), Boarding::Wait(_)));
}

#[test]
fn a_guard_says_nothing_about_the_next_flight_of_the_key() {
    let world = World::new();
    let lead = world.lead(1, Kind::Worker);
    let other = world.check_gave_up(world.wait(1, Kind::Worker, 0), 20);
    let entered = lead.enter();
    assert!(other.land(|| Landing::Stored));
    let next = world.lead(1, Kind::Worker);
    drop(world.wait(1, Kind::Worker, 0));
    drop((entered, lead, next));
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn the_second_landing_is_told_and_changes_nothing() {
    let world = World::new();
    let first = world.lead(1, Kind::Worker);
    let ticket = world.wait(1, Kind::Worker, 0);
    let second = world.check_gave_up(world.wait(1, Kind::Worker, 0), 20);
    assert!(second.land(|| bytes(b"second")));
    // Meanwhile somebody computes the key anew, which is nobody's business here.
    let next = world.lead(1, Kind::Worker);
    assert!(!first.land(|| unreachable!("it is over")));
    world.check_landed(ticket, b"second");
    let mut waiting = world.wait(1, Kind::Worker, 0);
    world.check_pending(&mut waiting, 0, Some(20));
    assert!(next.land(|| bytes(b"next")));
    world.check_landed(waiting, b"next");
    assert_eq!(world.flights.count(), 0);
}

#[test]
fn whoever_waits_is_woken_by_a_landing_and_by_a_lead_that_ends() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    let mut tickets = [0; 2].map(|_| world.wait(1, Kind::Thread, 0));
    let bells = [0; 2].map(|_| Bell::new());
    let poll = |ticket: &mut Ticket<u32>, waker: &Waker| {
        elsewhere(|| ticket.poll(world.at(0), BOUND, waker))
    };
    for (ticket, (_, waker)) in tickets.iter_mut().zip(&bells) {
        assert!(matches!(poll(ticket, waker), Polled::Pending(None)));
    }
    drop(lead);
    assert_eq!(bells.each_ref().map(|(bell, _)| bell.rung()), [1, 1]);
    let [mut one, mut two] = tickets;
    let Polled::Ready(Verdict::Passed(lead)) = poll(&mut one, &bells[0].1) else {
        panic!("the lead is free")
    };
    assert!(matches!(poll(&mut two, &bells[1].1), Polled::Pending(None)));
    assert!(lead.land(|| Landing::Nothing));
    assert_eq!(bells.each_ref().map(|(bell, _)| bell.rung()), [1, 2]);
}

#[test]
fn the_last_waker_counts_and_none_of_a_ticket_that_is_gone() {
    let world = World::new();
    let lead = world.lead(1, Kind::Thread);
    let (mut stays, mut goes) = (world.wait(1, Kind::Task, 0), world.wait(1, Kind::Task, 0));
    let [(old, old_waker), (new, new_waker), (gone, gone_waker)] = [0; 3].map(|_| Bell::new());
    let wait = |ticket: &mut Ticket<u32>, waker: &Waker| {
        assert!(matches!(ticket.poll(world.at(0), BOUND, waker), Polled::Pending(Some(_))));
    };
    wait(&mut stays, &old_waker);
    wait(&mut stays, &new_waker);
    wait(&mut goes, &gone_waker);
    drop(goes);
    assert!(lead.land(|| Landing::Nothing));
    assert_eq!([old.rung(), new.rung(), gone.rung()], [0, 1, 0]);
}

#[test]
fn the_names_of_those_who_lead_can_be_told() {
    let world = World::new();
    let builder = std::thread::Builder::new().name("baker".to_owned());
    let lead = std::thread::scope(|scope| {
        let board = || world.flights.board(&1, Kind::Thread, Kind::Thread, world.at(0));
        builder.spawn_scoped(scope, board).unwrap().join().unwrap()
    });
    assert_eq!(world.wait(1, Kind::Thread, 0).led_by(), "thread `baker`");
    drop(lead);
}
