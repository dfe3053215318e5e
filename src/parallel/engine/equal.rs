//! Items of one batch with equal keys: one is computed, and the others get its value.

use super::item::Item;
use super::kind::Batch;
use super::outcome::Out;
use super::{Engine, Spawn};
use crate::cache::{Lookup, Reuse};
use crate::function::payload::Payload;
use crate::function::turn::{Right, Turn};
use crate::key::Digest;
use crate::parallel::task::Work;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// How many keys are remembered that are done. A batch of more computes nothing twice by that: what
/// was kept is found.
const REMEMBERED: usize = 1 << 20;

pub(super) enum Equal<A> {
    /// Being computed, and who waits for it.
    Running(Vec<Item<A>>),
    /// Computed, and kept where it can be looked up, or not.
    Done { kept: bool },
}

impl<B: Batch> Engine<B> {
    /// Whether the item is to be handed to a worker: not if an equal one is on its way, for which it
    /// then waits, or was done meanwhile, so that it has a result by now.
    pub(super) fn is_first<W: Work<B::Input, B::Returned>>(
        &self,
        work: &W,
        item: Item<B::Input>,
        out: &mut Out<B>,
    ) -> Option<Item<B::Input>> {
        let (Some(call), Some(memo)) = (&item.call, &self.memo) else { return Some(item) };
        let key = call.hashed.key;
        let mut state = self.state();
        match state.keys.entry(key.inputs) {
            Entry::Vacant(equal) => {
                equal.insert(Equal::Running(Vec::new()));
                return Some(item);
            }
            Entry::Occupied(mut equal) => match equal.get_mut() {
                Equal::Running(waiting) => {
                    waiting.push(item);
                    return None;
                }
                Equal::Done { kept: true } => {}
                Equal::Done { kept: false } => return Some(item),
            },
        }
        drop(state);
        // An equal item was done between the lookup of this one and now.
        match work.find(&memo.cache, &key) {
            Lookup::Found { value, full_ns } => {
                self.reuse(work, Reuse::Shared, 1, full_ns);
                self.found(item.index, value, out);
                None
            }
            Lookup::Missing | Lookup::Damaged | Lookup::Invalid => Some(item),
        }
    }

    /// Gives those who waited for this key its value, or where there is none, lets each compute.
    pub(super) fn release<'s, W: Work<B::Input, B::Returned>>(
        self: &Arc<Self>,
        work: &W,
        spawner: &dyn Spawn<'s>,
        inputs: &Digest,
        payload: Option<&Payload>,
        filed: bool,
        out: &mut Out<B>,
    ) where
        Self: 's,
    {
        for mut item in self.take_equal(inputs, filed) {
            let shared = payload.and_then(|payload| work.decode(payload));
            if let Some((value, full_ns)) = shared {
                self.reuse(work, Reuse::Shared, 1, full_ns);
                self.found(item.index, value, out);
                continue;
            }
            // What the first of them came to is not to be shared.
            if let Some(call) = &mut item.call {
                call.turn = Some(Turn::Ours(Right::default()));
            }
            self.spawn(spawner, vec![item]);
        }
    }

    /// Those who waited for this key, which is done now.
    pub(super) fn take_equal(&self, inputs: &Digest, kept: bool) -> Vec<Item<B::Input>> {
        let mut state = self.state();
        if state.keys.len() > REMEMBERED {
            state.keys.retain(|_, equal| matches!(equal, Equal::Running(_)));
        }
        match state.keys.insert(*inputs, Equal::Done { kept }) {
            Some(Equal::Running(waiting)) => waiting,
            _ => Vec::new(),
        }
    }
}
