//! What driver and workers of a batch share, under one lock.

use super::aside::Aside;
use super::equal::Equal;
use super::item::Item;
use super::kind::{Batch, Error, Value};
use super::outcome::Later;
use super::shelf::{Order, Shelf};
use crate::key::Digest;
use std::collections::{HashMap, VecDeque};
use std::time::Instant;

pub(super) struct State<B: Batch> {
    /// Groups that wait for a worker.
    pub(super) ready: VecDeque<Vec<Item<B::Input>>>,
    /// Items that were handed over and have come to nothing yet. Those that were set aside, or wait to
    /// be tried again, are not among them.
    pub(super) unfinished: usize,
    /// Items that were drawn.
    pub(super) drawn: usize,
    /// Items that have results.
    pub(super) done: usize,
    /// Groups being worked on.
    pub(super) running: usize,
    /// Jobs that were over at once, as too many groups were being worked on.
    pub(super) held_back: usize,
    /// What somebody else was computing when it was its turn.
    pub(super) aside: Vec<Aside<B::Input>>,
    pub(super) later: Vec<Later<B>>,
    /// The items that run, by their indexes, as far as their time is watched.
    pub(super) begun: HashMap<usize, Begun>,
    /// The keys that this batch computes or has computed, by the digest of their inputs.
    pub(super) keys: HashMap<Digest, Equal<B::Input>>,
    pub(super) shelf: Shelf<Value<B>, Error<B>>,
    /// What the driver sleeps for.
    pub(super) wish: Wish,
}

/// An item that runs.
pub(super) struct Begun {
    pub(super) at: Instant,
    pub(super) printed: Option<String>,
}

/// What the driver waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::parallel) enum Wish {
    /// It does not wait.
    Nothing,
    /// That fewer items than these are unfinished.
    Fewer(usize),
    /// That something can be taken from the shelf, or nothing is unfinished.
    Result,
}

impl<B: Batch> State<B> {
    pub(super) fn new(order: Order) -> Self {
        Self {
            ready: VecDeque::new(),
            unfinished: 0,
            drawn: 0,
            done: 0,
            running: 0,
            held_back: 0,
            aside: Vec::new(),
            later: Vec::new(),
            begun: HashMap::new(),
            keys: HashMap::new(),
            shelf: Shelf::new(order),
            wish: Wish::Nothing,
        }
    }

    pub(super) fn is_what_the_driver_wants(&self) -> bool {
        match self.wish {
            Wish::Nothing => false,
            Wish::Fewer(limit) => self.unfinished < limit,
            Wish::Result => self.unfinished == 0 || self.shelf.has_next(),
        }
    }
}
