//! Items of one batch with equal keys: one is computed, and the others get its value.

use super::{Batch, Miss, lock};
use crate::cache::{Lookup, Reuse};
use crate::function::inputs::Inputs;
use crate::function::payload::Payload;
use crate::function::probe::Outcome;
use crate::function::turn::Right;
use crate::key::Digest;
use rayon::Scope;
use std::collections::hash_map::Entry;

pub(super) enum State<A> {
    /// Being computed, and who waits for it.
    Running(Vec<Miss<A>>),
    /// Computed, and kept where it can be looked up, or not.
    Done { kept: bool },
}

impl<A, T, V, F, O, K> Batch<A, T, V, F, O, K>
where
    A: Send,
    T: Send,
    V: Fn(&A, &mut Inputs) + Sync,
    F: Fn(A) -> T + Sync,
    O: Outcome<T> + Sync,
    K: Fn(&T) -> bool + Sync,
{
    /// Has a miss computed, or lets it wait for an equal one, or answers it by now.
    pub(super) fn dispatch<'scope>(&'scope self, scope: &Scope<'scope>, miss: Miss<A>)
    where
        A: 'scope,
    {
        let Some(hashed) = &miss.hashed else { return self.spawn(scope, miss) };
        let mut keys = lock(&self.keys);
        match keys.entry(hashed.key.inputs) {
            Entry::Vacant(state) => {
                state.insert(State::Running(Vec::new()));
                drop(keys);
                return self.spawn(scope, miss);
            }
            Entry::Occupied(mut state) => match state.get_mut() {
                State::Running(waiting) => {
                    self.throttle.enter();
                    waiting.push(miss);
                    return;
                }
                State::Done { kept: true } => {}
                State::Done { kept: false } => {
                    drop(keys);
                    return self.spawn(scope, miss);
                }
            },
        }
        drop(keys);
        // An equal item was done between the lookup of this one and now.
        match self.recipe.find(&self.cache, &hashed.key) {
            Lookup::Found { value, full_ns } => {
                self.reuse(Reuse::Shared, full_ns);
                self.put(miss.index, value);
            }
            Lookup::Missing | Lookup::Damaged | Lookup::Invalid => self.spawn(scope, miss),
        }
    }

    /// Gives those who waited for this key its value, or where there is none, lets each compute.
    pub(super) fn release<'scope>(
        &'scope self,
        scope: &Scope<'scope>,
        inputs: &Digest,
        payload: Option<&Payload>,
        filed: bool,
    ) where
        A: 'scope,
    {
        for miss in self.take_waiting(inputs, filed) {
            match payload.and_then(|payload| payload.decode::<T, O>().ok()) {
                Some((value, full_ns)) => {
                    self.reuse(Reuse::Shared, full_ns);
                    self.put(miss.index, value);
                }
                // What the first of them came to is not to be shared.
                None => self.enqueue(scope, miss, |scope, miss| {
                    self.compute(scope, miss, Right::default());
                }),
            }
        }
    }

    /// Those who waited for this key, which is done now. They make room for others.
    pub(super) fn take_waiting(&self, inputs: &Digest, kept: bool) -> Vec<Miss<A>> {
        match lock(&self.keys).insert(*inputs, State::Done { kept }) {
            Some(State::Running(waiting)) => {
                for _ in &waiting {
                    self.throttle.leave();
                }
                waiting
            }
            _ => Vec::new(),
        }
    }

    /// Drops an item, and those who waited for it.
    pub(super) fn dismiss(&self, miss: &Miss<A>) {
        if let Some(hashed) = &miss.hashed {
            self.take_waiting(&hashed.key.inputs, false);
        }
    }
}
