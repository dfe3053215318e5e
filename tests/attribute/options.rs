//! What stands between the parentheses of the attribute.

use crate::Counter;
use crate::check;
use crate::isolated;
use larder::cache;

/// Not hashable.
struct Pool(u64);

static IGNORE: Counter = Counter::new();

#[cache(ignore(pool, report))]
fn ignoring(pool: &Pool, number: u64, report: &dyn Fn(u64)) -> u64 {
    IGNORE.add();
    report(number);
    number + pool.0
}

#[test]
fn what_is_ignored_is_no_part_of_the_key_and_need_not_be_hashable() {
    isolated(|| {
        check(&IGNORE, &3, || ignoring(&Pool(1), 2, &|_| ()));
        assert_eq!(ignoring(&Pool(100), 2, &|_| ()), 3);
        assert_eq!(IGNORE.runs(), 1);
    });
}

static REDACT: Counter = Counter::new();

#[cache(redact(token))]
fn redacting(token: &str) -> usize {
    REDACT.add();
    token.len()
}

#[test]
fn what_is_redacted_is_part_of_the_key() {
    isolated(|| {
        check(&REDACT, &2, || redacting("ab"));
        check(&REDACT, &2, || redacting("cd"));
    });
}

static ENV: Counter = Counter::new();

#[cache(env("CARGO_MANIFEST_DIR"), env("LARDER_TEST_NOT_SET", "PATH"))]
fn of_environment(number: u64) -> u64 {
    ENV.add();
    number
}

#[test]
fn environment_variables_may_be_set_or_not() {
    isolated(|| {
        check(&ENV, &1, || of_environment(1));
    });
}

static KEEP: Counter = Counter::new();

fn is_even(number: &u64) -> bool {
    number.is_multiple_of(2)
}

#[cache(keep_if = is_even, name = "kept", version = 3)]
fn kept(number: u64) -> u64 {
    KEEP.add();
    number
}

#[test]
fn only_what_the_condition_accepts_is_kept() {
    isolated(|| {
        check(&KEEP, &2, || kept(2));
        let before = KEEP.runs();
        kept(3);
        kept(3);
        kept::map([3, 3]);
        assert!(KEEP.runs() >= before + 3);
        assert!(!kept::is_cached(3));
    });
}
