//! Working in the background without being noticed: a little, then a rest.

use super::lock;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// So long there is work before there is a rest.
const STINT: Duration = Duration::from_millis(2);

/// How much longer than its stint a rest is: a tenth of the time is worked. Where others keep all cores
/// busy, they lose half of that with two cores, besides what the work takes from memory and kernel.
const REST: u32 = 9;

/// What others want of somebody at work.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// To be done soon.
    hurry: AtomicBool,
    /// To be done at the next occasion, be it done or not.
    stop: AtomicBool,
    /// What the one at work says: that it would matter if it was not done.
    urgent: AtomicBool,
    state: Mutex<State>,
}

/// What the one at work does.
#[derive(Debug, Default)]
struct State {
    at_work: bool,
    /// There is more to do than there was when it began.
    again: bool,
    /// Work that could not be done is not tried before.
    not_before: Option<Instant>,
}

impl Signals {
    /// Those of somebody who is at work from now on.
    pub(super) fn begun() -> Self {
        let state = Mutex::new(State { at_work: true, ..State::default() });
        Self { state, ..Self::default() }
    }

    /// Whether somebody is to begin; if one is at work, that one does it again.
    pub(super) fn begins(&self) -> bool {
        let mut state = lock(&self.state);
        state.again |= state.at_work;
        !state.at_work && state.not_before.is_none_or(|time| Instant::now() >= time)
    }

    /// Says that there is more to do.
    pub(super) fn again(&self) {
        lock(&self.state).again = true;
    }

    /// Ends the work, with a rest if some of it could not be done. `false` if there is more to do now.
    pub(super) fn end(&self, rest: Option<Duration>) -> bool {
        let mut state = lock(&self.state);
        let stopped = self.stop.load(Ordering::Relaxed);
        let goes_on = state.again && rest.is_none() && !stopped;
        state.again = false;
        state.at_work = goes_on;
        self.urgent.store(false, Ordering::Relaxed);
        state.not_before = rest.map(|rest| Instant::now() + rest);
        !goes_on
    }

    pub(super) fn hurry(&self) {
        self.hurry.store(true, Ordering::Relaxed);
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_urgent(&self) -> bool {
        self.urgent.load(Ordering::Relaxed)
    }
}

/// When to rest.
pub(super) struct Pace<'a> {
    signals: Option<&'a Signals>,
    since: Instant,
    rests: bool,
}

/// Whether what is removed is enough, as others may add to it meanwhile.
#[derive(Debug, Default)]
pub(super) struct Race {
    /// How much there was at first.
    first: Option<u64>,
    removed: u64,
}

impl Race {
    /// Takes note that so much was removed, so that so much is left. `false` if more than half of all
    /// that was removed has been made up for.
    pub(super) fn is_won(&mut self, removed: u64, left: u64) -> bool {
        self.removed = self.removed.saturating_add(removed);
        let first = *self.first.get_or_insert(left.saturating_add(removed));
        first.saturating_sub(left) >= self.removed / 2
    }
}

impl<'a> Pace<'a> {
    /// In the background.
    pub(super) fn gentle(signals: &'a Signals) -> Self {
        Self { signals: Some(signals), since: Instant::now(), rests: true }
    }

    /// As fast as it goes, and to the end.
    pub(super) fn fast() -> Self {
        Self { signals: None, since: Instant::now(), rests: false }
    }

    /// Says whether it would matter if this was not done.
    pub(super) fn set_urgent(&self, urgent: bool) {
        if let Some(signals) = self.signals {
            signals.urgent.store(urgent, Ordering::Relaxed);
        }
    }

    /// Whether there are to be rests, as far as others want nothing else.
    pub(super) fn set_rests(&mut self, rests: bool) {
        self.rests = rests;
    }

    /// Rests if it is time to. `false` if there is to be no more work.
    pub(super) fn goes_on(&mut self) -> bool {
        let Some(signals) = self.signals else { return true };
        let worked = self.since.elapsed();
        if worked >= STINT {
            let flag = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
            if self.rests && !flag(&signals.hurry) && !flag(&signals.stop) {
                // However long a single step took, whoever says stop is not to wait for long.
                thread::sleep((worked * REST).min(20 * STINT));
            }
            self.since = Instant::now();
        }
        !signals.stop.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_race_is_won_if_less_is_added_than_half_of_what_is_removed() {
        let mut nobody_adds = Race::default();
        assert!((0..100).all(|n| nobody_adds.is_won(64, 100_000 - 64 * (n + 1))));
        // They add a lump now and then, which is made up for.
        let mut race = Race::default();
        assert!(race.is_won(64, 936));
        assert!(!race.is_won(64, 936 - 64 + 100));
        assert!(!race.is_won(64, 936 - 128 + 100));
        assert!(race.is_won(64, 936 - 192 + 100));
        // More than there was at first, and no end in sight.
        assert!(!race.is_won(u64::MAX, u64::MAX));
    }

    // A trim that was far behind took no rest, though nobody added anything.
    #[test]
    fn only_who_is_to_hurry_takes_no_rests() {
        let signals = Signals::begun();
        let mut pace = Pace::gentle(&signals);
        let rest = |pace: &mut Pace<'_>| {
            thread::sleep(STINT);
            let begun = Instant::now();
            assert!(pace.goes_on());
            begun.elapsed() >= STINT * REST
        };
        pace.set_urgent(true);
        assert!(rest(&mut pace));
        signals.hurry();
        assert!(pace.goes_on());
        signals.stop();
        assert!(!pace.goes_on());
    }
}
