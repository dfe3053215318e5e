//! Not asking a disk again and again that keeps refusing.
//!
//! A full disk costs every call that computes several system calls in vain. After a few refusals in
//! a row nothing is asked for a while, then once; the while grows, but stays short enough for caching
//! to resume soon after the cause is gone.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// So many refusals in a row are taken for chance: the next thing asked for may be smaller, or lie
/// elsewhere.
const CHANCES: u32 = 3;

/// The first pause; each is twice the one before.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_millis(800);

/// When to ask again.
#[derive(Debug, Default)]
pub(super) struct Pause {
    /// Refusals in a row.
    refusals: AtomicU32,
    /// When the pause ends, in nanoseconds since this process first asked for the time.
    until: AtomicU64,
}

impl Pause {
    /// Whether to ask now. When a pause ends, this says yes to one caller, and to the others once
    /// that one was not refused.
    #[inline]
    pub(super) fn allows(&self) -> bool {
        let refusals = self.refusals.load(Ordering::Relaxed);
        refusals < CHANCES || self.allows_at(refusals, now())
    }

    #[cold]
    fn allows_at(&self, refusals: u32, now: u64) -> bool {
        let until = self.until.load(Ordering::Relaxed);
        let next = now.saturating_add(length(refusals));
        let exchange =
            || self.until.compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed);
        now >= until && exchange().is_ok()
    }

    /// Whether there is a pause.
    pub(super) fn is_on(&self) -> bool {
        self.refusals.load(Ordering::Relaxed) >= CHANCES
            && now() < self.until.load(Ordering::Relaxed)
    }

    #[cold]
    pub(super) fn refused(&self) {
        self.refused_at(now());
    }

    fn refused_at(&self, now: u64) {
        let refusals = self.refusals.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if refusals >= CHANCES {
            self.until.store(now.saturating_add(length(refusals)), Ordering::Relaxed);
        }
    }

    /// Takes note that what was asked for was done. Whether that ends a time of refusals.
    #[inline]
    pub(super) fn accepted(&self) -> bool {
        self.refusals.load(Ordering::Relaxed) > 0 && self.refusals.swap(0, Ordering::Relaxed) > 0
    }
}

/// How long not to ask after so many refusals in a row.
fn length(refusals: u32) -> u64 {
    let doublings = refusals.saturating_sub(CHANCES).min(8);
    let length = (SHORTEST * 2_u32.pow(doublings)).min(LONGEST);
    u64::try_from(length.as_nanos()).unwrap_or(u64::MAX)
}

fn now() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: u64 = 1_000_000;

    /// How often a disk that refuses for so long is asked, by somebody who comes every millisecond.
    fn asked(pause: &Pause, milliseconds: u64) -> usize {
        let asks = (0..milliseconds).filter(|time| {
            let now = time * MILLISECOND;
            let refusals = pause.refusals.load(Ordering::Relaxed);
            let asks = refusals < CHANCES || pause.allows_at(refusals, now);
            if asks {
                pause.refused_at(now);
            }
            asks
        });
        asks.count()
    }

    #[test]
    fn a_disk_that_refuses_is_asked_less_and_less_and_yet_every_second() {
        let pause = Pause::default();
        let first = asked(&pause, 1_000);
        assert!((4..=10).contains(&first), "{first}");
        let pause = Pause::default();
        let minute = asked(&pause, 60_000);
        assert!((60..=90).contains(&minute), "{minute}");
    }

    #[test]
    fn a_single_refusal_is_no_reason_for_a_pause() {
        let pause = Pause::default();
        for _ in 0..10 {
            pause.refused();
            pause.refused();
            assert!(pause.allows() && !pause.is_on());
            assert!(pause.accepted());
        }
        assert!(!pause.accepted());
    }

    #[test]
    fn when_a_pause_ends_one_asks_and_the_others_wait_for_what_becomes_of_it() {
        let pause = Pause::default();
        (0..CHANCES).for_each(|_| pause.refused_at(0));
        let end = length(CHANCES);
        assert!(!pause.allows_at(CHANCES, end - 1));
        assert!(pause.allows_at(CHANCES, end));
        assert!(!pause.allows_at(CHANCES, end + 1));
        assert!(pause.accepted() && pause.allows());
    }
}
