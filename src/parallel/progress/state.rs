//! How far a batch is: counters that workers add to, and what is concluded from them.
//!
//! Nothing here prints, or looks at a clock: times are handed in.

use super::line;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How far a batch or stream is, at one moment: what a [`ProgressSink`](super::ProgressSink) gets.
///
/// Its `Display` is the line that is printed for it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ProgressState {
    /// Tells the batches of this process apart.
    pub id: u64,
    /// The batch in one of whose items this one was started.
    pub parent: Option<u64>,
    /// What it is called: its label, or the function's name.
    pub name: String,
    /// Items whose result was there, or that got that of an equal item.
    pub found: u64,
    /// Items that were computed, without those that failed.
    pub computed: u64,
    /// Items that failed.
    pub failed: u64,
    /// Items that are not begun any more, as the batch was stopped.
    pub skipped: u64,
    /// Items that are still to come, those being computed included; `None` where the iterator of the
    /// inputs does not know its length.
    pub left: Option<u64>,
    /// The time since it began.
    pub elapsed: Duration,
    /// What computing the found results took when it was done.
    pub saved: Duration,
    /// Items computed (or failed) a second, lately; `None` before the second of them.
    pub rate: Option<f64>,
    /// How long the rest will take, going by the rate and by how many of the items that were looked
    /// up had to be computed; `None` where that is not known.
    pub remaining: Option<Duration>,
    /// Whether it is over.
    pub finished: bool,
}

impl ProgressState {
    /// Items that are over: found, computed or failed.
    pub fn done(&self) -> u64 {
        self.found + self.computed + self.failed
    }

    /// All items, where their number is known.
    pub fn total(&self) -> Option<u64> {
        Some((self.done() + self.skipped).saturating_add(self.left?))
    }

    /// The share of the items that are over, from 0 to 1, where the number of all is known.
    pub fn fraction(&self) -> Option<f64> {
        let total = self.total()?;
        #[expect(clippy::cast_precision_loss, reason = "it is shown with two digits")]
        Some(if total == 0 { 1.0 } else { self.done() as f64 / total as f64 })
    }
}

impl fmt::Display for ProgressState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&line::whole(self))
    }
}

/// What workers count. Each event is an addition or two, whoever looks.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) drawn: AtomicU64,
    pub(super) found: AtomicU64,
    pub(super) computed: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) skipped: AtomicU64,
    pub(super) saved_ns: AtomicU64,
    /// How many items are not drawn yet; [`UNKNOWN`] where the iterator does not tell.
    pub(super) undrawn: AtomicU64,
}

pub(super) const UNKNOWN: u64 = u64::MAX;

/// The numbers at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) drawn: u64,
    pub(super) found: u64,
    pub(super) computed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    pub(super) saved_ns: u64,
    pub(super) undrawn: Option<u64>,
}

impl Counts {
    /// How many items an iterator still has, if that is certain.
    pub(super) fn expect(&self, left: (usize, Option<usize>)) {
        let (least, most) = left;
        let known = if most == Some(least) { least as u64 } else { UNKNOWN };
        self.undrawn.store(known, Ordering::Relaxed);
    }

    pub(super) fn numbers(&self) -> Numbers {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        // What an item was drawn for is read after what became of it, so that none ends undrawn.
        let (found, computed, failed) =
            (read(&self.found), read(&self.computed), read(&self.failed));
        let (skipped, saved_ns) = (read(&self.skipped), read(&self.saved_ns));
        let undrawn = Some(read(&self.undrawn)).filter(|count| *count != UNKNOWN);
        Numbers { drawn: read(&self.drawn), found, computed, failed, skipped, saved_ns, undrawn }
    }
}

impl Numbers {
    fn missed(&self) -> u64 {
        self.computed + self.failed
    }

    /// Drawn and not over.
    fn waiting(&self) -> u64 {
        self.drawn.saturating_sub(self.found + self.missed() + self.skipped)
    }

    pub(super) fn left(&self) -> Option<u64> {
        Some(self.waiting().saturating_add(self.undrawn?))
    }

    /// How many of those that are left will have to be computed: what is not looked up yet, in the
    /// proportion of what was.
    #[expect(clippy::cast_precision_loss, reason = "it is an estimate")]
    fn expected(&self) -> Option<f64> {
        let undrawn = self.undrawn?;
        let missing = self.drawn.saturating_sub(self.found) as f64;
        let share = if self.drawn == 0 { 1.0 } else { missing / self.drawn as f64 };
        Some(self.waiting() as f64 + undrawn as f64 * share)
    }
}

/// How fast items are computed, lately.
///
/// That is: since a moment between half and a quarter of the time ago, so that it follows changes
/// within a long batch and does not jump about in a short one.
#[derive(Debug, Default)]
pub(super) struct Meter {
    /// Two moments, the first at least half as long ago as the second: time and items computed.
    since: [(Duration, u64); 2],
    /// When an item was last seen to be over, and how many there were.
    last: (Duration, u64),
    rate: Option<f64>,
}

impl Meter {
    /// So many items were computed by a time since the start.
    pub(super) fn update(&mut self, now: Duration, missed: u64) {
        if missed <= self.last.1 {
            return;
        }
        if self.last.1 == 0 {
            // Before the first, things were looked up; its own time is that of all that run at once.
            self.since = [(Duration::ZERO, 0), (now, missed)];
        } else if now > 2 * self.since[1].0 {
            self.since = [self.since[1], (now, missed)];
        }
        self.last = (now, missed);
        let (then, before) = self.since[0];
        #[expect(clippy::cast_precision_loss, reason = "it is an estimate")]
        let rate = (missed - before) as f64 / (now.saturating_sub(then)).as_secs_f64();
        self.rate = Some(rate).filter(|rate| rate.is_finite());
    }

    pub(super) fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// How long so many items will take from now on.
    fn remaining(&self, now: Duration, items: f64) -> Option<Duration> {
        if items == 0.0 {
            return Some(Duration::ZERO);
        }
        let each = 1.0 / self.rate?;
        // The next has been computed for a while, but may take longer than those before.
        let passed = now.saturating_sub(self.last.0).as_secs_f64().min(each);
        Duration::try_from_secs_f64((items * each - passed).max(0.0)).ok()
    }

    /// What is told of a batch with these numbers at this time.
    pub(super) fn state(&mut self, who: &Who, now: Duration, numbers: Numbers) -> ProgressState {
        self.update(now, numbers.missed());
        ProgressState {
            id: who.id,
            parent: who.parent,
            name: who.name.clone(),
            found: numbers.found,
            computed: numbers.computed,
            failed: numbers.failed,
            skipped: numbers.skipped,
            left: numbers.left(),
            elapsed: now,
            saved: Duration::from_nanos(numbers.saved_ns),
            rate: self.rate(),
            remaining: numbers.expected().and_then(|items| self.remaining(now, items)),
            finished: false,
        }
    }
}

/// Which batch it is.
#[derive(Debug, Clone)]
pub(super) struct Who {
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn who() -> Who {
        Who { id: 1, parent: None, name: "f".into() }
    }

    fn numbers(drawn: u64, found: u64, computed: u64, undrawn: u64) -> Numbers {
        Numbers { drawn, found, computed, undrawn: Some(undrawn), ..Numbers::default() }
    }

    #[test]
    fn what_was_found_does_not_make_the_rest_seem_quick() {
        // 900 results are there at once; of the other 100 ten take 10 s.
        let mut meter = Meter::default();
        let state = meter.state(&who(), seconds(10), numbers(1000, 900, 10, 0));
        assert_eq!((state.rate, state.remaining), (Some(1.0), Some(seconds(90))));
        assert_eq!((state.left, state.total()), (Some(90), Some(1000)));
    }

    #[test]
    fn what_is_not_looked_up_yet_is_taken_to_be_missing_as_often_as_what_was() {
        let mut meter = Meter::default();
        // Of 100 items half were missing, so 50 are taken to be of the next 100.
        let state = meter.state(&who(), seconds(10), numbers(100, 50, 10, 100));
        assert_eq!(state.remaining, Some(seconds(40 + 50)));
        let nothing_missing = Meter::default().state(&who(), seconds(1), numbers(9, 9, 0, 100));
        assert_eq!(nothing_missing.remaining, Some(Duration::ZERO));
    }

    #[test]
    fn the_time_left_counts_down_between_items() {
        let mut meter = Meter::default();
        let remaining = |meter: &mut Meter, now, computed| {
            meter.state(&who(), seconds(now), numbers(4, 0, computed, 0)).remaining
        };
        assert_eq!(remaining(&mut meter, 0, 0), None);
        assert_eq!(remaining(&mut meter, 60, 1), Some(seconds(180)));
        assert_eq!(remaining(&mut meter, 90, 1), Some(seconds(150)));
        // One that takes longer than those before is taken to be over any moment.
        assert_eq!(remaining(&mut meter, 150, 1), Some(seconds(120)));
        assert_eq!(remaining(&mut meter, 500, 1), Some(seconds(120)));
    }

    #[test]
    fn the_rate_follows_a_change_of_pace() {
        let mut meter = Meter::default();
        (1..=100).for_each(|second| meter.update(seconds(second), 10 * second));
        assert_eq!(meter.rate(), Some(10.0));
        (101..=1000).for_each(|second| meter.update(seconds(second), 1000 + (second - 100)));
        assert_eq!(meter.rate(), Some(1.0));
    }

    #[test]
    fn an_iterator_that_does_not_know_its_length_leaves_the_rest_open() {
        let counts = Counts::default();
        counts.drawn.store(10, Ordering::Relaxed);
        counts.computed.store(4, Ordering::Relaxed);
        counts.expect((5, Some(6)));
        let state = Meter::default().state(&who(), seconds(4), counts.numbers());
        assert_eq!((state.left, state.remaining, state.rate), (None, None, Some(1.0)));
        counts.expect((0, Some(0)));
        let state = Meter::default().state(&who(), seconds(4), counts.numbers());
        assert_eq!((state.left, state.remaining), (Some(6), Some(seconds(6))));
    }

    #[test]
    fn no_numbers_lead_to_a_panic() {
        let most = Numbers {
            drawn: 0,
            found: 1 << 60,
            computed: 1 << 60,
            failed: 1 << 60,
            skipped: 1 << 60,
            saved_ns: u64::MAX,
            undrawn: Some(1 << 62),
        };
        // Of an iterator that yields each number that there is, three were drawn.
        let undrawn = Some(u64::MAX - 1);
        let endless = Numbers { drawn: 3, skipped: 1, undrawn, ..Numbers::default() };
        for now in [Duration::ZERO, seconds(1), Duration::MAX / 4] {
            for numbers in [most, endless] {
                let state = Meter::default().state(&who(), now, numbers);
                assert!(state.total().is_some() && !state.to_string().is_empty());
            }
        }
    }
}
