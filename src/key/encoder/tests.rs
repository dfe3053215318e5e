//! How encoders are lent, and what must not be left behind in them.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::ser::{Error, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::key::{Digest, digest};

fn of<T: Serialize + ?Sized>(value: &T) -> Digest {
    digest(value).expect("the value serializes")
}

/// Serializes as something else's digest.
struct DigestOf<T>(T);

impl<T: Serialize> Serialize for DigestOf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = digest(&self.0).map_err(S::Error::custom)?;
        serializer.serialize_bytes(inner.as_bytes())
    }
}

/// What [`DigestOf`] serializes as.
struct Bytes([u8; 32]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// As many numbers as it says, and then what `end` does.
struct Cut(u64, fn());

impl Serialize for Cut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for number in 0..self.0 {
            seq.serialize_element(&number)?;
        }
        (self.1)();
        Err(S::Error::custom(format_args!("cut after {}", self.0)))
    }
}

/// Tries the first, makes up for its failure with the second.
struct Fallback<A, B>(A, B);

impl<A: Serialize, B: Serialize> Serialize for Fallback<A, B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        if seq.serialize_element(&self.0).is_err() {
            seq.serialize_element(&self.1)?;
        }
        seq.end()
    }
}

#[test]
fn a_serialize_may_ask_for_a_digest_itself() {
    let numbers: Vec<u64> = (0..20_000).collect();
    let nested = (&numbers, DigestOf((&numbers, DigestOf("inner"))), &numbers);
    let inner = Bytes(*of("inner").as_bytes());
    let middle = Bytes(*of(&(&numbers, inner)).as_bytes());
    assert_eq!(of(&nested), of(&(&numbers, middle, &numbers)));
}

#[test]
fn a_value_that_failed_or_panicked_leaves_nothing_to_the_next() {
    let numbers: Vec<u64> = (0..50_000).collect();
    let expected = of(&numbers);
    for count in [0, 1, 100, 50_000] {
        let error = digest(&Cut(count, || ())).expect_err("it fails");
        assert!(error.to_string().contains(&format!("cut after {count}")), "{error}");
        assert_eq!(of(&numbers), expected, "after an error at {count}");
        let cut = Cut(count, || std::panic::resume_unwind(Box::new(())));
        assert!(catch_unwind(AssertUnwindSafe(|| digest(&cut))).is_err());
        assert_eq!(of(&numbers), expected, "after a panic at {count}");
    }
}

#[test]
fn a_run_that_was_cut_short_leaves_nothing_to_the_next() {
    // The bytes of a run wait beside the stream, and a long one is half hashed by then.
    let expected = of(&Fallback(Cut(0, || ()), vec![1u64, 2]));
    for count in [1, 100, 50_000] {
        assert_eq!(of(&Fallback(Cut(count, || ()), vec![1u64, 2])), expected, "{count}");
    }
}

#[test]
fn a_failure_among_unordered_elements_is_reported_and_leaves_nothing() {
    #[derive(PartialEq, Eq, Hash)]
    struct Failing(u8);
    impl Serialize for Failing {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Cut(u64::from(self.0), || ()).serialize(serializer)
        }
    }
    let expected = of(&HashSet::from([1, 2, 3]));
    let error = digest(&HashSet::from([Failing(9)])).expect_err("it fails");
    assert!(error.to_string().contains("cut after 9"), "{error}");
    assert_eq!(of(&HashSet::from([1, 2, 3])), expected);
}

/// As many sets in each other.
#[derive(PartialEq, Eq, Hash)]
struct Sets(u16);

impl Serialize for Sets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inside: HashSet<Sets> = self.0.checked_sub(1).map(Sets).into_iter().collect();
        inside.serialize(serializer)
    }
}

#[test]
fn sets_nest_deeper_than_the_encoders_that_are_kept() {
    let mut seen = HashSet::new();
    for depth in [0, 1, 7, 8, 9, 10, 40] {
        assert!(seen.insert(of(&Sets(depth))), "depth {depth} has the digest of another");
        assert!(!seen.insert(of(&Sets(depth))), "depth {depth} has two digests");
    }
}
