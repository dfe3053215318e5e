//! What the driver does with the inputs it has drawn: it looks them up, where that means something, and
//! hands over what is missing.
//!
//! As long as the workers have enough to do, the driver looks up alone: the answers would wait for
//! their computations. Workers without work help it.

use super::cached::Looked;
use super::item::Item;
use super::kind::Batch;
use super::outcome::Out;
use super::{Engine, Spawn};
use crate::cache::Reuse;
use crate::parallel::pool::Pool;
use crate::parallel::task::{Look, Work};
use rayon::prelude::*;
use std::sync::Arc;

/// So many are looked up before what is missing is handed over, where the driver is alone with them.
/// These few are looked up faster by one thread than by asking others.
const ALONE: usize = 16;

pub(super) struct Window<'a, 's, B: Batch> {
    pub(super) engine: &'a Arc<Engine<B>>,
    pub(super) spawner: &'a dyn Spawn<'s>,
    /// Whose workers help, if any may.
    pub(super) lookups: Option<&'a Pool>,
    /// The index of the first item.
    pub(super) first: usize,
    pub(super) items: Vec<B::Input>,
}

impl<'s, B: Batch + 's> Look<B::Input, B::Returned, B::Task> for Window<'_, 's, B> {
    type Out = ();

    fn plain<C>(self, _: &B::Task, _: C)
    where
        C: Fn(&B::Task, B::Input) -> B::Returned + Sync,
    {
        let Self { engine, spawner, lookups: _, first, items } = self;
        let items = items.into_iter().enumerate().map(|(at, arguments)| Item {
            index: first + at,
            arguments,
            call: None,
            tries: 0,
        });
        engine.hand_over(spawner, items);
    }

    fn cached<W: Work<B::Input, B::Returned>>(self, work: &W) {
        let Self { engine, spawner, lookups, first, items } = self;
        let Some(memo) = &engine.memo else { return };
        let look = |(index, arguments)| {
            let looked = memo.look(work, index, arguments);
            if let Looked::Found(_, _, full_ns) = &looked {
                engine.reuse(work, Reuse::Found, *full_ns);
            }
            looked
        };
        let mut items = items.into_iter().enumerate().map(|(at, input)| (first + at, input));
        let mut out = Out::new();
        while items.len() > 0 {
            if let Some(why) = engine.stopped() {
                for (index, arguments) in items {
                    engine.skip(Item { index, arguments, call: None, tries: 0 }, why, &mut out);
                }
                return engine.flush(&mut out);
            }
            let help = lookups.filter(|_| items.len() > ALONE && engine.has_idle_workers());
            let looked: Vec<_> = match help {
                Some(pool) => {
                    let items: Vec<_> = items.by_ref().collect();
                    pool.install(|| items.into_par_iter().map(look).collect())
                }
                None => items.by_ref().take(ALONE).map(look).collect(),
            };
            let mut misses = Vec::new();
            for looked in looked {
                match looked {
                    Looked::Found(index, returned, _) => engine.found(index, returned, &mut out),
                    Looked::Missed(item) => misses.extend(engine.is_first(work, item, &mut out)),
                }
            }
            engine.flush(&mut out);
            engine.hand_over(spawner, misses);
        }
    }
}
