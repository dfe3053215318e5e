//! What an entry is worth to keep.

use super::Policy;
use super::plan::Facts;

/// What was used a moment ago and what was used some minutes ago are as good as each other; besides,
/// a file's own time stamp is no more exact.
const HOUR_NS: u64 = 3_600_000_000_000;

/// A longer history says no more about the future.
const WEEK_NS: u64 = 7 * 24 * HOUR_NS;

/// The lower, the sooner it goes.
///
/// By cost that is the time that having it saves for each byte it takes, times the chance to be used
/// soon. What is known of that chance is how long ago it was used last, and for how long it had been
/// of use by then: what was computed once and never asked for again counts least, and what has been
/// asked for all week is not given up for a day's pause.
#[expect(clippy::cast_precision_loss, reason = "what is as good as equal may go in any order")]
pub(super) fn worth(policy: Policy, facts: &Facts, now_ns: u64) -> f64 {
    match policy {
        Policy::Lru => facts.used_ns as f64,
        Policy::Cost => {
            let idle = now_ns.saturating_sub(facts.used_ns).saturating_add(HOUR_NS);
            let of_use = facts.used_ns.saturating_sub(facts.created_ns).min(WEEK_NS) + HOUR_NS;
            // Nothing is free, as reading the inputs is not.
            let saved_per_byte = facts.cost_ns.max(1) as f64 / facts.size.max(1) as f64;
            saved_per_byte * (of_use as f64 / idle as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000 * WEEK_NS;

    fn worth_of(size: u64, cost_ns: u64, hours_ago: [u64; 2]) -> f64 {
        let [created_ns, used_ns] = hours_ago.map(|hours| NOW - hours * HOUR_NS);
        let facts = Facts { function: 0, code: 0, size, cost_ns, created_ns, used_ns };
        worth(Policy::Cost, &facts, NOW)
    }

    #[test]
    fn what_is_cheap_large_or_long_unused_is_worth_less() {
        let usual = worth_of(1000, 1_000_000, [5, 5]);
        assert!(worth_of(1000, 900_000, [5, 5]) < usual);
        assert!(worth_of(1100, 1_000_000, [5, 5]) < usual);
        assert!(worth_of(1000, 1_000_000, [6, 6]) < usual);
    }

    #[test]
    fn what_was_asked_for_again_is_worth_more_than_what_is_as_young() {
        assert!(worth_of(1000, 1_000_000, [20, 5]) > worth_of(1000, 1_000_000, [5, 5]));
        // A month of use is no better than a week of it.
        let months = worth_of(1000, 9, [40 * 24, 5]);
        assert!(months.total_cmp(&worth_of(1000, 9, [9 * 24, 5])).is_eq());
    }

    #[test]
    fn numbers_at_their_ends_are_values_too() {
        for facts in [
            Facts { function: 0, code: 0, size: 0, cost_ns: 0, created_ns: 0, used_ns: u64::MAX },
            Facts { function: 0, code: 0, size: u64::MAX, cost_ns: 0, created_ns: 0, used_ns: 0 },
            Facts { function: 0, code: 0, size: 0, cost_ns: u64::MAX, created_ns: 9, used_ns: 0 },
        ] {
            for now in [0, NOW, u64::MAX] {
                let worth = worth(Policy::Cost, &facts, now);
                assert!(worth.is_finite() && worth > 0.0, "{facts:?} {now} {worth}");
            }
        }
    }
}
