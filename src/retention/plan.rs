//! What is removed, in which order, and why: a function of what is known of the entries and the time.

use super::{Limits, Policy, value};
use std::collections::HashMap;
use std::fmt;

/// What is known of an entry. Times are in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Which function it is of, as a place in the list of [`Function`]s.
    pub function: u32,
    /// The start of the digest of the code that computed it.
    pub code: u64,
    /// Bytes of its file.
    pub size: u64,
    /// What computing it took, with all that it called for: what having it saves.
    pub cost_ns: u64,
    /// When it was computed.
    pub created_ns: u64,
    /// When it was last used, or computed.
    pub used_ns: u64,
}

/// What is known of a function, and allowed for it.
#[derive(Debug, Clone, Default)]
pub struct Function {
    /// The start of the digest of its code as it was seen last; where that is not known, the code
    /// whose results were used last is taken for it.
    pub code: Option<u64>,
    /// So long after they were computed its results are no longer found.
    pub expires_ns: Option<u64>,
    /// What holds for it besides what holds for all.
    pub limits: Option<Limits>,
}

/// Why a result is removed by [`Cache::trim`](crate::Cache::trim), in the order in which they go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TrimReason {
    /// It is no longer found, as it has expired.
    Expired,
    /// It is older than [allowed](Limits::max_age).
    TooOld,
    /// There is too much, and it was computed by code of its function that is no longer in use.
    LeftBehind,
    /// There is too much, and by the [policy](Policy) it is worth least, or it alone is larger than all
    /// that there may be.
    LeastWorth,
}

impl fmt::Display for TrimReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Expired => "expired",
            Self::TooOld => "too old",
            Self::LeftBehind => "left behind by older code",
            Self::LeastWorth => "worth least",
        })
    }
}

/// One entry that is to go, by its place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// Its place.
    pub entry: u32,
    /// Why.
    pub reason: TrimReason,
}

/// What is to go so that `limits` hold, the first first.
///
/// First what has expired and what is older than allowed, whatever room there is. Then, for each
/// function that has limits of its own, and at last for all together, what is too much: first what is
/// larger than all that there may be, then what was left behind by other code, then by the policy. Code has left an entry behind if it is not the
/// latest, and nothing that it computed was used since the first result of the latest. So two programs
/// that take turns do not remove each other's results, and each edit leaves behind what was before.
pub fn plan(
    entries: &[Facts],
    functions: &[Function],
    limits: &Limits,
    now_ns: u64,
) -> Vec<Removal> {
    let nothing = Function::default();
    let function = |facts: &Facts| functions.get(facts.function as usize).unwrap_or(&nothing);
    let (mut removals, mut aged, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for (entry, facts) in (0_u32..).zip(entries) {
        let function = function(facts);
        let age = now_ns.saturating_sub(facts.created_ns);
        let own = function.limits.as_ref().and_then(Limits::age_ns);
        if function.expires_ns.is_some_and(|most| age > most) {
            removals.push(Removal { entry, reason: TrimReason::Expired });
        } else if [limits.age_ns(), own].into_iter().flatten().any(|most| age > most) {
            aged.push(Removal { entry, reason: TrimReason::TooOld });
        } else {
            left.push(entry);
        }
    }
    for old in [&mut removals, &mut aged] {
        old.sort_by_key(|removal| entries[removal.entry as usize].created_ns);
    }
    removals.append(&mut aged);
    let order = Order::new(entries, functions, limits.chosen_policy(), now_ns);
    for (number, function) in (0_u32..).zip(functions) {
        if let Some(limits) = &function.limits {
            let (own, others): (Vec<_>, Vec<_>) =
                left.into_iter().partition(|&entry| entries[entry as usize].function == number);
            left = order.within(limits, own, &mut removals);
            left.extend(others);
        }
    }
    order.within(limits, left, &mut removals);
    removals
}

/// The order in which entries go that could stay if there was room.
struct Order<'a> {
    entries: &'a [Facts],
    policy: Policy,
    now_ns: u64,
    codes: Codes,
}

impl<'a> Order<'a> {
    fn new(entries: &'a [Facts], functions: &[Function], policy: Policy, now_ns: u64) -> Self {
        Self { entries, policy, now_ns, codes: Codes::new(entries, functions) }
    }

    /// Adds what must go of `list` so that the rest is within the limits, and returns that.
    fn within(&self, limits: &Limits, list: Vec<u32>, removals: &mut Vec<Removal>) -> Vec<u32> {
        let facts = |entry: u32| &self.entries[entry as usize];
        let mut bytes: u128 = list.iter().map(|&entry| u128::from(facts(entry).size)).sum();
        let mut count = list.len() as u64;
        let most_bytes = limits.bytes().map_or(u128::MAX, u128::from);
        let most = limits.entries().unwrap_or(u64::MAX);
        if bytes <= most_bytes && count <= most {
            return list;
        }
        let rank = |entry: u32| {
            let facts = facts(entry);
            let current = !self.codes.left_behind(facts);
            let fits = u128::from(facts.size) <= most_bytes;
            Ranked { fits, current, worth: value::worth(self.policy, facts, self.now_ns), entry }
        };
        let mut ranked: Vec<Ranked> = list.into_iter().map(rank).collect();
        ranked.sort_unstable_by(Ranked::compare);
        let mut kept = ranked.len();
        for (place, one) in ranked.iter().enumerate() {
            if bytes <= most_bytes && count <= most {
                kept = place;
                break;
            }
            bytes -= u128::from(facts(one.entry).size);
            count -= 1;
            let is_useful = one.current || !one.fits;
            let reason = if is_useful { TrimReason::LeastWorth } else { TrimReason::LeftBehind };
            removals.push(Removal { entry: one.entry, reason });
        }
        ranked[kept..].iter().map(|one| one.entry).collect()
    }
}

#[derive(Clone, Copy)]
struct Ranked {
    /// Whether there would be room for it alone.
    fits: bool,
    current: bool,
    worth: f64,
    entry: u32,
}

impl Ranked {
    /// Equals by their places, so that the order is one and the same however it is sorted.
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        (self.fits.cmp(&other.fits))
            .then(self.current.cmp(&other.current))
            .then(self.worth.total_cmp(&other.worth))
            .then(self.entry.cmp(&other.entry))
    }
}

/// Which states of the functions' code are in use.
struct Codes {
    states: HashMap<(u32, u64), State>,
    /// For each function the latest code, and when its first result was computed.
    latest: HashMap<u32, (u64, u64)>,
}

#[derive(Clone, Copy)]
struct State {
    first_ns: u64,
    last_used_ns: u64,
}

impl Codes {
    fn new(entries: &[Facts], functions: &[Function]) -> Self {
        let mut states: HashMap<(u32, u64), State> = HashMap::new();
        for facts in entries {
            let new = State { first_ns: facts.created_ns, last_used_ns: facts.used_ns };
            let state = states.entry((facts.function, facts.code)).or_insert(new);
            state.first_ns = state.first_ns.min(facts.created_ns);
            state.last_used_ns = state.last_used_ns.max(facts.used_ns);
        }
        // Code that has no results yet, or none any more, leaves nothing behind.
        let mut latest: HashMap<u32, (u64, u64)> = HashMap::new();
        let mut used: HashMap<u32, (u64, u64)> = HashMap::new();
        for (&(function, code), state) in &states {
            let known = functions.get(function as usize).and_then(|function| function.code);
            let best = used.entry(function).or_default();
            // Of equal ones any will do, but it has to be the same each time.
            if known == Some(code) {
                latest.insert(function, (code, state.first_ns));
            } else if known.is_none() && (state.last_used_ns, code) >= *best {
                *best = (state.last_used_ns, code);
                latest.insert(function, (code, state.first_ns));
            }
        }
        Self { states, latest }
    }

    fn left_behind(&self, facts: &Facts) -> bool {
        let Some(&(latest, first_ns)) = self.latest.get(&facts.function) else { return false };
        let state = self.states.get(&(facts.function, facts.code));
        facts.code != latest && state.is_some_and(|state| state.last_used_ns <= first_ns)
    }
}
