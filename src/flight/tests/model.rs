//! Random sequences of steps, beside a model that is as plain as can be.

use super::{BOUND, Bell, elsewhere};
use crate::flight::flights::{
    Boarding, Flights, Key, Kind, Landing, Lead, Polled, Ticket, Verdict,
};
use crate::flight::waits::Waits;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// One step. Who does it is a number that is taken modulo how many there are.
#[derive(Debug, Clone)]
enum Step {
    Board { key: u8, leads: Kind, waits: Kind },
    Land(usize),
    DropLead(usize),
    DropTicket(usize),
    Poll(usize),
    Advance(u64),
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Thread), Just(Kind::Worker), Just(Kind::Task)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..2_u8, kind(), kind())
            .prop_map(|(key, leads, waits)| Step::Board { key, leads, waits }),
        1 => any::<usize>().prop_map(Step::Land),
        1 => any::<usize>().prop_map(Step::DropLead),
        1 => any::<usize>().prop_map(Step::DropTicket),
        6 => any::<usize>().prop_map(Step::Poll),
        2 => (0..15_u64).prop_map(Step::Advance),
    ]
}

impl Key for u8 {
    fn spread(&self) -> u8 {
        *self
    }
}

/// What the model knows of a flight. None is ever removed from the list of them.
#[derive(Debug, Default)]
struct Model {
    /// By the number of the lead.
    leaders: BTreeMap<usize, Kind>,
    tickets: usize,
    gave_up: Option<Instant>,
    times: usize,
    /// The number of the lead that landed.
    landed: Option<usize>,
}

impl Model {
    fn is_over(&self) -> bool {
        self.landed.is_some() || (self.leaders.is_empty() && self.tickets == 0)
    }
}

struct Leading {
    number: usize,
    flight: usize,
    lead: Lead<u8>,
}

struct Waiting {
    flight: usize,
    leads: Kind,
    waits: Kind,
    arrived: Instant,
    ticket: Ticket<u8>,
    bell: Arc<Bell>,
    waker: Waker,
    /// How often the bell had rung when it was last asked and told to wait.
    pending: Option<usize>,
}

struct Run {
    flights: Flights<u8>,
    now: Instant,
    models: Vec<Model>,
    /// The latest flight of each key.
    current: BTreeMap<u8, usize>,
    leading: Vec<Leading>,
    waiting: Vec<Waiting>,
    numbers: usize,
}

impl Run {
    fn new() -> Self {
        Self {
            flights: Flights::new(Waits::default()),
            now: Instant::now(),
            models: Vec::new(),
            current: BTreeMap::new(),
            leading: Vec::new(),
            waiting: Vec::new(),
            numbers: 0,
        }
    }

    fn take(&mut self, step: &Step) {
        let pick = |number: usize, of: usize| (of > 0).then(|| number % of);
        match *step {
            Step::Board { key, leads, waits } => self.board(key, leads, waits),
            Step::Land(number) => {
                if let Some(at) = pick(number, self.leading.len()) {
                    self.land(at);
                }
            }
            Step::DropLead(number) => {
                if let Some(at) = pick(number, self.leading.len()) {
                    let Leading { number, flight, lead } = self.leading.remove(at);
                    drop(lead);
                    self.models[flight].leaders.remove(&number);
                    self.check_woken(flight);
                }
            }
            Step::DropTicket(number) => {
                if let Some(at) = pick(number, self.waiting.len()) {
                    let gone = self.waiting.remove(at);
                    self.models[gone.flight].tickets -= 1;
                }
            }
            Step::Poll(number) => {
                if let Some(at) = pick(number, self.waiting.len()) {
                    self.poll(at);
                }
            }
            Step::Advance(millis) => self.now += Duration::from_millis(millis),
        }
        let under_way = self.current.values().filter(|at| !self.models[**at].is_over()).count();
        assert_eq!(self.flights.count(), under_way);
    }

    fn lead(&mut self, flight: usize, kind: Kind, lead: Lead<u8>) {
        self.numbers += 1;
        self.models[flight].leaders.insert(self.numbers, kind);
        self.leading.push(Leading { number: self.numbers, flight, lead });
    }

    fn board(&mut self, key: u8, leads: Kind, waits: Kind) {
        let current = self.current.get(&key).copied();
        let flight = current.filter(|at| !self.models[*at].is_over()).unwrap_or_else(|| {
            self.models.push(Model::default());
            self.models.len() - 1
        });
        self.current.insert(key, flight);
        match self.flights.board(&key, leads, waits, self.now) {
            Boarding::Lead(lead) => {
                assert!(self.models[flight].leaders.is_empty(), "somebody leads already");
                self.lead(flight, leads, lead);
            }
            Boarding::Wait(ticket) => {
                assert!(!self.models[flight].leaders.is_empty(), "nobody leads");
                self.models[flight].tickets += 1;
                let (bell, waker) = Bell::new();
                let (arrived, pending) = (self.now, None);
                let waiting =
                    Waiting { flight, leads, waits, arrived, ticket, bell, waker, pending };
                self.waiting.push(waiting);
            }
            Boarding::Own => panic!("nothing was entered"),
        }
    }

    fn land(&mut self, at: usize) {
        let Leading { number, flight, lead } = self.leading.remove(at);
        let model = &mut self.models[flight];
        assert_eq!(lead.is_awaited(), model.tickets > 0);
        let content = number.to_le_bytes().to_vec();
        let first = lead.land(|| Landing::Bytes(Arc::new(content)));
        assert_eq!(first, model.landed.is_none());
        model.landed.get_or_insert(number);
        model.leaders.remove(&number);
        self.check_woken(flight);
    }

    /// All of this flight that were told to wait have been woken since.
    fn check_woken(&mut self, flight: usize) {
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.flight == flight) {
            if let Some(rung) = waiting.pending.take() {
                assert!(waiting.bell.rung() > rung, "a waker was not called");
            }
        }
    }

    fn poll(&mut self, at: usize) {
        let now = self.now;
        let waiting = &mut self.waiting[at];
        let flight = waiting.flight;
        let model = &self.models[flight];
        let free = model.leaders.is_empty();
        let by_thread = model.leaders.values().any(|kind| *kind == Kind::Thread);
        let since = model.gave_up.map_or(waiting.arrived, |gave_up| gave_up.max(waiting.arrived));
        let until = (waiting.waits != Kind::Thread || !by_thread)
            .then(|| since + BOUND * [1, 2, 4, 8][model.times.min(3)]);
        let landed = model.landed;
        let Waiting { ticket, waker, .. } = waiting;
        // On another thread than the one that boarded, which would wait for itself.
        match elsewhere(|| ticket.poll(now, BOUND, waker)) {
            Polled::Pending(when) => {
                assert!(landed.is_none() && !free && until.is_none_or(|until| now < until));
                assert_eq!(when, until);
                waiting.pending = Some(waiting.bell.rung());
            }
            Polled::Ready(verdict) => {
                let waiting = self.waiting.remove(at);
                match verdict {
                    Verdict::Landed(Landing::Bytes(content)) => {
                        let number = landed.expect("something landed");
                        assert_eq!(*content, number.to_le_bytes());
                    }
                    Verdict::Landed(other) => panic!("{other:?} was not landed"),
                    Verdict::Passed(lead) => {
                        assert!(landed.is_none() && free);
                        self.lead(flight, waiting.leads, lead);
                    }
                    Verdict::GaveUp(lead) => {
                        assert!(landed.is_none() && !free);
                        assert!(until.is_some_and(|until| until <= now));
                        self.models[flight].gave_up = Some(now);
                        self.models[flight].times += 1;
                        self.lead(flight, waiting.leads, lead);
                    }
                }
                self.models[flight].tickets -= 1;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_happens_it_is_what_the_model_says_and_nothing_is_left(
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut run = Run::new();
        for step in steps {
            run.take(&step);
        }
        run.leading.clear();
        run.waiting.clear();
        assert_eq!(run.flights.count(), 0);
    }
}
