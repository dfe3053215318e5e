//! The plan beside a model that removes one entry after the other, by the words of the rules.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

const NOW: u64 = 1_000_000;

/// Few values of everything, so that equal ones and edges are met all the time.
fn entries() -> impl Strategy<Value = Vec<Facts>> {
    let times = (0_u64..8).prop_map(|step| NOW - 100 * step);
    let one = (0_u32..3, 0_u64..3, 0_u64..5, 0_u64..4, times.clone(), times);
    let facts = one.prop_map(|(function, code, size, cost_ns, created_ns, used_ns)| {
        let used_ns = used_ns.max(created_ns);
        Facts { function, code, size: size * 10, cost_ns, created_ns, used_ns }
    });
    prop::collection::vec(facts, 0..24)
}

fn limits() -> impl Strategy<Value = Limits> {
    let bytes = prop::option::of((0_u64..20).prop_map(|tens| tens * 10));
    let entries = prop::option::of(0_u64..20);
    let age = prop::option::of((0_u64..8).prop_map(|step| Duration::from_nanos(100 * step)));
    (bytes, entries, age).prop_map(|(bytes, entries, age)| {
        let limits = bytes.map_or(Limits::none(), |bytes| Limits::none().max_bytes(bytes));
        let limits = entries.map_or(limits.clone(), |entries| limits.max_entries(entries));
        age.map_or(limits.clone(), |age| limits.max_age(age))
    })
}

fn functions() -> impl Strategy<Value = Vec<Function>> {
    let expires = prop::option::of((0_u64..8).prop_map(|step| 100 * step));
    let one = (prop::option::of(0_u64..4), expires, prop::option::of(limits()));
    let one = one.prop_map(|(code, expires_ns, limits)| Function { code, expires_ns, limits });
    prop::collection::vec(one, 0..4)
}

/// One entry at a time: the first rule that gives one a reason to go, until none does.
fn model(
    entries: &[Facts],
    functions: &[Function],
    limits: &Limits,
    now: u64,
) -> Vec<(usize, TrimReason)> {
    let mut left: BTreeSet<usize> = (0..entries.len()).collect();
    let mut gone = Vec::new();
    while let Some((entry, reason)) = next(entries, &left, functions, limits, now) {
        left.remove(&entry);
        gone.push((entry, reason));
    }
    gone
}

fn next(
    entries: &[Facts],
    left: &BTreeSet<usize>,
    functions: &[Function],
    limits: &Limits,
    now: u64,
) -> Option<(usize, TrimReason)> {
    let nothing = Function::default();
    let function = |entry: usize| functions.get(entries[entry].function as usize);
    let oldest = |is_so: &dyn Fn(usize) -> bool| {
        left.iter().copied().filter(|&e| is_so(e)).min_by_key(|&e| (entries[e].created_ns, e))
    };
    let age = |entry: usize| now - entries[entry].created_ns;
    let expired = |entry: usize| {
        function(entry).unwrap_or(&nothing).expires_ns.is_some_and(|most| age(entry) > most)
    };
    if let Some(entry) = oldest(&expired) {
        return Some((entry, TrimReason::Expired));
    }
    let most = |limits: &Limits| limits.age().map(|age| age.duration().as_nanos());
    let too_old = |entry: usize| {
        let own = function(entry).and_then(|function| most(function.limits.as_ref()?));
        let older = |most: Option<u128>| most.is_some_and(|most| u128::from(age(entry)) > most);
        older(most(limits)) || older(own)
    };
    if let Some(entry) = oldest(&too_old) {
        return Some((entry, TrimReason::TooOld));
    }
    let parts = (0_u32..).zip(functions).filter_map(|(number, function)| {
        let of_function = |&entry: &usize| entries[entry].function == number;
        Some((function.limits.as_ref()?, left.iter().copied().filter(of_function).collect()))
    });
    let whole: Vec<usize> = left.iter().copied().collect();
    for (part, list) in parts.chain([(limits, whole)]) {
        let bytes: u64 = list.iter().map(|&entry| entries[entry].size).sum();
        let fits = |size: u64, limit: Option<u64>| limit.is_none_or(|limit| size <= limit);
        if fits(bytes, part.bytes()) && fits(list.len() as u64, part.entries()) {
            continue;
        }
        // What has left an entry behind was found when the plan was begun.
        let rank = |&entry: &usize| {
            let worth = value::worth(limits.chosen_policy(), &entries[entry], now);
            let fits = fits(entries[entry].size, part.bytes());
            (fits, !is_left_behind(entries, functions, entry), worth, entry)
        };
        let lowest = list.iter().map(rank).min_by(|a, b| a.partial_cmp(b).unwrap())?;
        return Some((
            lowest.3,
            if lowest.1 || !lowest.0 { TrimReason::LeastWorth } else { TrimReason::LeftBehind },
        ));
    }
    None
}

fn is_left_behind(entries: &[Facts], functions: &[Function], entry: usize) -> bool {
    let own = &entries[entry];
    let same = || entries.iter().filter(|other| other.function == own.function);
    let used = |code: u64| same().filter(|e| e.code == code).map(|e| e.used_ns).max();
    let known = functions.get(own.function as usize).and_then(|function| function.code);
    let by_use = || same().map(|e| (used(e.code), e.code)).max().map(|(_, code)| code);
    let latest = known.or_else(by_use);
    let first = same().filter(|e| Some(e.code) == latest).map(|e| e.created_ns).min();
    Some(own.code) != latest && first.is_some_and(|first| used(own.code) <= Some(first))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_plan_is_what_removing_one_at_a_time_comes_to(
        entries in entries(), functions in functions(), limits in limits(), lru: bool,
    ) {
        let limits = if lru { limits.policy(Policy::Lru) } else { limits };
        let planned = plan(&entries, &functions, &limits, NOW);
        let planned: Vec<_> =
            planned.iter().map(|removal| (removal.entry as usize, removal.reason)).collect();
        prop_assert_eq!(planned, model(&entries, &functions, &limits, NOW));
    }

    #[test]
    fn what_is_left_is_within_the_limits_and_the_last_that_went_was_one_too_many(
        entries in entries(), bytes in 0_u64..200,
    ) {
        let limits = Limits::none().max_bytes(bytes);
        let removals = plan(&entries, &[], &limits, NOW);
        let size = |removal: &Removal| entries[removal.entry as usize].size;
        let all: u64 = entries.iter().map(|entry| entry.size).sum();
        let freed: u64 = removals.iter().map(size).sum();
        prop_assert!(all - freed <= bytes);
        if let Some(last) = removals.last() {
            prop_assert!(all - freed + size(last) > bytes);
        }
    }
}

fn facts(code: u64, created_ns: u64, used_ns: u64) -> Facts {
    Facts { function: 0, code, size: 10, cost_ns: 1_000, created_ns, used_ns }
}

fn gone(entries: &[Facts], functions: &[Function], keep: u64) -> Vec<(u32, TrimReason)> {
    let removals = plan(entries, functions, &Limits::none().max_entries(keep), NOW);
    removals.iter().map(|removal| (removal.entry, removal.reason)).collect()
}

#[test]
fn what_older_code_left_behind_goes_before_what_is_worth_less() {
    let mut cheap = facts(2, 30, 30);
    cheap.cost_ns = 1;
    let entries = [facts(1, 10, 20), cheap];
    assert_eq!(gone(&entries, &[], 1), [(0, TrimReason::LeftBehind)]);
    assert_eq!(gone(&entries, &[], 0), [(0, TrimReason::LeftBehind), (1, TrimReason::LeastWorth)]);
}

// One that took long to compute was kept as long as there were others, and went last.
#[test]
fn what_is_larger_than_all_that_there_may_be_costs_no_other_its_place() {
    let large = Facts { size: 101, cost_ns: u64::MAX, ..facts(1, 10, 20) };
    let entries = [facts(1, 10, 20), large, facts(1, 10, 20)];
    let removals = plan(&entries, &[], &Limits::none().max_bytes(100), NOW);
    assert_eq!(removals, [Removal { entry: 1, reason: TrimReason::LeastWorth }]);
}

#[test]
fn two_programs_that_take_turns_leave_nothing_behind() {
    // The other code's results were used after the first one of the latest code.
    let mut cheap = facts(2, 30, 50);
    cheap.cost_ns = 1;
    let entries = [facts(1, 10, 40), cheap];
    assert_eq!(gone(&entries, &[], 1), [(1, TrimReason::LeastWorth)]);
}

#[test]
fn code_that_was_seen_last_and_has_no_result_yet_leaves_nothing_behind() {
    let function = Function { code: Some(7), ..Function::default() };
    let entries = [facts(1, 10, 10), facts(2, 30, 30)];
    assert!(
        gone(&entries, &[function], 1).iter().all(|(_, reason)| *reason == TrimReason::LeastWorth)
    );
}

#[test]
fn without_limits_only_what_has_expired_goes() {
    let function = Function { expires_ns: Some(100), ..Function::default() };
    let entries = [facts(1, NOW - 100, NOW), facts(1, NOW - 101, NOW), facts(1, NOW - 102, NOW)];
    let removals = plan(&entries, &[function], &Limits::none(), NOW);
    let expired = |entry| Removal { entry, reason: TrimReason::Expired };
    assert_eq!(removals, [expired(2), expired(1)]);
    assert!(plan(&entries, &[], &Limits::none(), NOW).is_empty());
}

#[test]
fn entries_from_the_future_are_new() {
    let entries = [facts(1, u64::MAX, u64::MAX), facts(1, 10, 10)];
    let limits = Limits::none().max_age("1 ms").max_entries(1);
    assert!(plan(&entries, &[], &limits, NOW).len() == 1);
    assert_eq!(plan(&entries, &[], &limits, NOW)[0].entry, 1);
}
