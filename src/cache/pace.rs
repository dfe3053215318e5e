//! Working in the background without being noticed: a little, then a rest.

use super::lock;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// So long there is work before there is a rest.
const STINT: Duration = Duration::from_millis(2);

/// How much longer than its stint a rest is: a fifth of the time is worked.
const REST: u32 = 4;

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
}

impl<'a> Pace<'a> {
    /// In the background.
    pub(super) fn gentle(signals: &'a Signals) -> Self {
        Self { signals: Some(signals), since: Instant::now() }
    }

    /// As fast as it goes, and to the end.
    pub(super) fn fast() -> Self {
        Self { signals: None, since: Instant::now() }
    }

    /// Says whether it would matter if this was not done.
    pub(super) fn set_urgent(&self, urgent: bool) {
        if let Some(signals) = self.signals {
            signals.urgent.store(urgent, Ordering::Relaxed);
        }
    }

    /// Rests if it is time to. `false` if there is to be no more work.
    pub(super) fn goes_on(&mut self) -> bool {
        let Some(signals) = self.signals else { return true };
        let worked = self.since.elapsed();
        if worked >= STINT {
            let flag = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
            if !flag(&signals.hurry) && !flag(&signals.urgent) && !flag(&signals.stop) {
                // However long a single step took, whoever says stop is not to wait for the rest.
                thread::sleep((worked * REST).min(10 * STINT));
            }
            self.since = Instant::now();
        }
        !signals.stop.load(Ordering::Relaxed)
    }
}
