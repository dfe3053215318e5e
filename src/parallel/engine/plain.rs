//! A worker's group of items: those of closures here, those of cached functions beside it.

use super::item::Item;
use super::kind::{Batch, Judge};
use super::outcome::{Out, Ran};
use super::{Engine, GROUP, Spawn};
use crate::parallel::panicked::catch;
use crate::parallel::task::{Look, Work, visit};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So many tiny items are timed together.
const TOGETHER: usize = 16;

impl<B: Batch> Engine<B> {
    pub(super) fn run_items<'s>(
        self: &Arc<Self>,
        spawner: &dyn Spawn<'s>,
        group: Vec<Item<B::Input>>,
        out: &mut Out<B>,
    ) where
        Self: 's,
    {
        visit(&self.task, Items { engine: self, spawner, group, out });
    }
}

struct Items<'a, 's, B: Batch> {
    engine: &'a Arc<Engine<B>>,
    spawner: &'a dyn Spawn<'s>,
    group: Vec<Item<B::Input>>,
    out: &'a mut Out<B>,
}

impl<'s, B: Batch + 's> Look<B::Input, B::Returned, B::Task> for Items<'_, 's, B> {
    type Out = ();

    fn plain<C>(self, task: &B::Task, call: C)
    where
        C: Fn(&B::Task, B::Input) -> B::Returned + Sync,
    {
        let Self { engine, spawner: _, group, out } = self;
        let count = group.len();
        // Of many tiny items the clock is read for some together.
        let apart = engine.rules.timeout.is_some() || engine.watch.is_on() || count < 2 * TOGETHER;
        let step = if apart { 1 } else { TOGETHER };
        out.done.reserve(count);
        let begun = Instant::now();
        let mut now = begun;
        let mut run = 0;
        for item in group {
            if let Some(why) = engine.stopped() {
                engine.skip(item, why, out);
                continue;
            }
            let (index, tries) = (item.index, item.tries);
            let watched = engine.watches_time();
            if watched {
                engine.begin(index, None);
            }
            let mut copy = None;
            let result = catch(|| {
                // To copy an input is the user's code too.
                copy = engine.copy(&item);
                B::Judge::judge(call(task, item.arguments))
            });
            run += 1;
            let mut took = Duration::ZERO;
            if run % step == 0 {
                let started = std::mem::replace(&mut now, Instant::now());
                took = now - started;
            }
            let again =
                copy.map(|arguments| Item { index, arguments, call: None, tries: tries + 1 });
            engine.conclude(Ran { index, printed: None, result, took, again, watched }, out);
            if run < count && now - out.since > GROUP {
                engine.flush(out);
            }
        }
        if run > 0 {
            engine.learn(run, begun.elapsed());
        }
    }

    fn cached<W: Work<B::Input, B::Returned>>(self, work: &W) {
        let Self { engine, spawner, group, out } = self;
        let begun = Instant::now();
        let mut run = 0;
        for item in group {
            if let Some(why) = engine.stopped() {
                engine.skip(item, why, out);
                continue;
            }
            engine.run_call(work, spawner, item, out);
            run += 1;
            if out.since.elapsed() > GROUP {
                engine.flush(out);
            }
        }
        if run > 0 {
            engine.learn(run, begun.elapsed());
        }
    }
}
