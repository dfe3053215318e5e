//! Traces through a cache of limited room, and what came of it.
//!
//! All policies trim as larder does: when there is more than the room, down to nine tenths of it.

use crate::policies::{Held, Policy};
use crate::traces::Trace;
use std::time::Duration;

/// What share of the calls was found, and what share of the computing time they saved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Score {
    pub(crate) found: f64,
    pub(crate) saved: f64,
}

/// Removes entries until at most `room` bytes are left; the list is what is held.
pub(crate) trait Trim {
    fn used(&mut self, _: &mut Held, _: &Trace) {}
    fn trim(&mut self, held: &mut Vec<Held>, room: u64, now: Duration, trace: &Trace);
}

impl<P: Policy> Trim for P {
    fn used(&mut self, held: &mut Held, trace: &Trace) {
        Policy::used(self, held, &trace.items[held.item]);
    }

    fn trim(&mut self, held: &mut Vec<Held>, room: u64, _: Duration, trace: &Trace) {
        held.sort_by(|a, b| self.worth(b).total_cmp(&self.worth(a)));
        let mut bytes: u64 = held.iter().map(|held| trace.items[held.item].size).sum();
        while bytes > room
            && let Some(last) = held.pop()
        {
            bytes -= trace.items[last.item].size;
            self.removed(&last);
        }
    }
}

pub(crate) fn replay(trace: &Trace, room: u64, trim: &mut dyn Trim) -> Score {
    let mut held: Vec<Held> = Vec::new();
    let mut places = vec![None; trace.items.len()];
    let (mut bytes, mut found, mut saved, mut asked) = (0, 0_u32, Duration::ZERO, Duration::ZERO);
    for call in &trace.calls {
        let item = &trace.items[call.item];
        asked += item.cost;
        if let Some(place) = places[call.item] {
            found += 1;
            saved += item.cost;
            let held: &mut Held = &mut held[place];
            (held.uses, held.used) = (held.uses + 1, call.at);
            trim.used(held, trace);
            continue;
        }
        let mut new = Held { item: call.item, created: call.at, used: call.at, uses: 1, note: 0.0 };
        trim.used(&mut new, trace);
        held.push(new);
        places[call.item] = Some(held.len() - 1);
        bytes += item.size;
        if bytes > room {
            trim.trim(&mut held, room / 10 * 9, call.at, trace);
            places.fill(None);
            bytes = 0;
            for (place, held) in held.iter().enumerate() {
                places[held.item] = Some(place);
                bytes += trace.items[held.item].size;
            }
        }
    }
    Score {
        found: f64::from(found) / trace.calls.len() as f64,
        saved: saved.as_secs_f64() / asked.as_secs_f64(),
    }
}
