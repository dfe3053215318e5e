//! The library's own plan, given what it would know.

use crate::policies::Held;
use crate::replay::Trim;
use crate::traces::Trace;
use larder::__private::retention::{Facts, Function, plan};
use larder::Limits;
use std::collections::HashSet;
use std::time::Duration;

/// The plan with the default policy. Where `hours` is set, last uses are known from the time stamps of
/// files alone, which move once an hour.
pub(crate) struct Own {
    pub(crate) hours: bool,
}

const HOUR_NS: u64 = 3_600_000_000_000;

impl Trim for Own {
    fn trim(&mut self, held: &mut Vec<Held>, room: u64, now: Duration, trace: &Trace) {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).expect("within centuries");
        let facts: Vec<Facts> = held
            .iter()
            .map(|held| {
                let item = &trace.items[held.item];
                let (created_ns, used) = (nanos(held.created), nanos(held.used));
                let hour = if self.hours { HOUR_NS } else { 1 };
                Facts {
                    function: item.function,
                    code: item.code.into(),
                    size: item.size,
                    cost_ns: nanos(item.cost),
                    created_ns,
                    used_ns: created_ns + (used - created_ns) / hour * hour,
                }
            })
            .collect();
        let functions: &[Function] = &[];
        let removals = plan(&facts, functions, &Limits::none().max_bytes(room), nanos(now));
        let gone: HashSet<u32> = removals.iter().map(|removal| removal.entry).collect();
        let mut place = 0_u32..;
        held.retain(|_| place.next().is_none_or(|place| !gone.contains(&place)));
    }
}
