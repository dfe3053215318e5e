//! What the digest of a value promises: equal values share it, different values do not, and
//! which way a value takes into the hasher leaves no trace.

#[path = "key_properties/model.rs"]
mod model;
#[path = "key_properties/small.rs"]
mod small;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use larder::__private::key::{self, Digest};
use proptest::prelude::*;
use serde::{Serialize, Serializer};

use model::Value;

fn digest<T: Serialize + ?Sized>(value: &T) -> Digest {
    key::digest(value).expect("the value serializes")
}

#[track_caller]
fn check_same(digests: &[Digest]) {
    for (at, other) in digests.iter().enumerate() {
        assert_eq!(*other, digests[0], "number {at} differs from the first");
    }
}

#[track_caller]
fn check_all_differ(digests: &[(&str, Digest)]) {
    let mut seen = HashMap::new();
    for (what, digest) in digests {
        if let Some(other) = seen.insert(digest, what) {
            panic!("{what} has the digest of {other}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_digest_is_blake3_of_the_documented_encoding(value in model::any_value()) {
        prop_assert_eq!(digest(&value), Digest::of(&value.encoding()));
    }

    #[test]
    fn a_description_never_exceeds_its_limit(value in model::any_value(), limit in 0..200_usize) {
        prop_assert!(key::describe(&value, limit).chars().count() <= limit);
    }

    #[test]
    fn hash_collections_hash_alike_however_they_came_about(
        items in prop::collection::vec(prop::collection::vec("[a-c]{0,3}", 0..5), 0..5),
        room in 0..100_usize,
    ) {
        type Nested = Option<Vec<(HashSet<String>, HashMap<String, HashSet<Vec<u8>>>)>>;
        let build = |room: usize, backwards: bool| -> Nested {
            let nested = |list: &Vec<String>| {
                let list: Vec<String> =
                    if backwards { list.iter().rev().cloned().collect() } else { list.clone() };
                let mut set = HashSet::with_capacity(room);
                let mut map = HashMap::with_capacity(room);
                for text in list {
                    let bytes = (0..text.len()).map(|end| text.as_bytes()[..end].to_vec());
                    map.insert(text.clone(), bytes.collect());
                    set.insert(text);
                }
                (set, map)
            };
            Some(items.iter().map(nested).collect())
        };
        prop_assert_eq!(digest(&build(0, false)), digest(&build(room, true)));
    }

    #[test]
    fn hash_collections_with_different_contents_differ(
        a in prop::collection::btree_map(0..4_u8, 0..3_u8, 0..4),
        b in prop::collection::btree_map(0..4_u8, 0..3_u8, 0..4),
    ) {
        let hashed = |map: &BTreeMap<u8, u8>| -> HashMap<u8, u8> {
            map.iter().map(|(key, value)| (*key, *value)).collect()
        };
        prop_assert_eq!(digest(&hashed(&a)) == digest(&hashed(&b)), a == b);
        let set = |map: &BTreeMap<u8, u8>| -> HashSet<u8> { map.keys().copied().collect() };
        prop_assert_eq!(digest(&set(&a)) == digest(&set(&b)), a.keys().eq(b.keys()));
    }

    #[test]
    fn owned_borrowed_and_shared_values_hash_alike(
        texts in prop::collection::vec(".{0,8}", 0..8),
        numbers in prop::collection::vec(any::<f64>(), 0..300),
    ) {
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        check_same(&[
            digest(&texts),
            digest(&borrowed),
            digest(borrowed.as_slice()),
            digest(&texts.iter().map(Cow::from).collect::<Vec<_>>()),
            digest(&Box::new(texts.iter().map(|text| Arc::<str>::from(&**text)).collect::<Vec<_>>())),
        ]);
        check_same(&[
            digest(&numbers),
            digest(&&numbers[..]),
            digest(&Rc::new(Arc::new(numbers.clone().into_boxed_slice()))),
            digest(&Cow::Borrowed(&numbers[..])),
            key::digest_slice(&numbers),
        ]);
    }
}

#[test]
fn no_two_small_values_share_a_digest() {
    let values = small::small_values();
    let mut seen = HashMap::new();
    for value in &values {
        if let Some(other) = seen.insert(digest(value), value) {
            panic!("{value:?} has the digest of {other:?}");
        }
    }
    assert!(seen.len() > 50_000, "only {} values were compared", seen.len());
}

#[test]
fn slices_of_any_length_hash_in_bulk_as_element_by_element_and_as_documented() {
    // In bytes: around nothing, a length of one byte, a block that stands inline, the buffer,
    // and several buffers.
    let boundaries = [0_usize, 240, 240 * 8, 1024, 64 << 10, 128 << 10, 200_000];
    for length in boundaries.iter().flat_map(|at| at.saturating_sub(8)..=at + 8) {
        let bytes: Vec<u8> = (0..length).map(|n| n.to_le_bytes()[0] ^ 0x55).collect();
        let model = Value::Seq(bytes.iter().map(|byte| Value::U8(*byte)).collect());
        let expected = Digest::of(&model.encoding());
        check_same(&[expected, digest(&bytes), key::digest_slice(&bytes)]);
    }
    for length in boundaries.iter().flat_map(|at| (at / 8).saturating_sub(1)..=at / 8 + 1) {
        let floats: Vec<f64> = (0..u32::MAX).map(|n| f64::from(n) / 7.0).take(length).collect();
        let model = Value::Seq(floats.iter().map(|float| Value::F64(*float)).collect());
        let expected = Digest::of(&model.encoding());
        check_same(&[expected, digest(&floats), key::digest_slice(&floats)]);
    }
}

#[test]
fn strings_around_every_limit_hash_as_documented_and_differ() {
    let mut seen = HashSet::new();
    for at in [0_usize, 239, 240, 255, 256, 1024, 64 << 10, 128 << 10] {
        for length in at.saturating_sub(2)..=at + 2 {
            let text = "x".repeat(length);
            let bytes = Value::Bytes(text.clone().into());
            for value in [Value::Str(text), bytes] {
                assert_eq!(digest(&value), Digest::of(&value.encoding()), "{length} bytes");
                seen.insert(digest(&value));
            }
        }
    }
    // 0..=2, 237..=242, 253..=258 and five around each of three more, twice.
    assert_eq!(seen.len(), 2 * (3 + 6 + 6 + 3 * 5));
}

#[test]
fn a_block_is_not_mistaken_for_its_digest() {
    let long = vec![7_u8; 2000];
    let stands_for_it = *Digest::of(&long).as_bytes();
    assert_ne!(digest(&long), digest(&stands_for_it.to_vec()));
    let (long, short) = (Value::Bytes(long), Value::Bytes(stands_for_it.to_vec()));
    assert_ne!(digest(&long), digest(&short));
}

#[derive(Serialize)]
struct Ab {
    a: u8,
    b: u8,
}

#[derive(Serialize)]
struct Ba {
    b: u8,
    a: u8,
}

#[derive(Serialize)]
struct Renamed {
    a: u8,
    b: u8,
}

#[derive(Serialize)]
struct Wrapped(u8);

#[derive(Serialize)]
struct Nothing;

#[derive(Serialize)]
struct Skipping {
    a: u8,
    #[serde(skip)]
    _unseen: u8,
    b: u8,
}

#[derive(Serialize)]
enum Old {
    One,
    Two(u8),
}

#[derive(Serialize)]
enum New {
    Zero,
    Two(u8),
    One,
    Three(u8),
}

#[test]
fn what_looks_alike_differs() {
    check_all_differ(&[
        ("(1u64, 2u8)", digest(&(1u64, 2u8))),
        ("(1u8, 2u64)", digest(&(1u8, 2u64))),
        (r#"["ab"]"#, digest(&vec!["ab"])),
        (r#"["a", "b"]"#, digest(&vec!["a", "b"])),
        (r#""ab""#, digest("ab")),
        ("None", digest(&None::<()>)),
        ("()", digest(&())),
        ("Some(())", digest(&Some(()))),
        ("Some(None)", digest(&Some(None::<()>))),
        ("a unit struct", digest(&Nothing)),
        ("[]", digest::<[u8]>(&[])),
        ("an empty map", digest(&BTreeMap::<u8, u8>::new())),
        ("an empty hash map", digest(&HashMap::<u8, u8>::new())),
        ("an empty hash set", digest(&HashSet::<u8>::new())),
        ("an empty string", digest("")),
        ("[[1], [2]]", digest(&vec![vec![1], vec![2]])),
        ("[[1, 2]]", digest(&vec![vec![1, 2]])),
        ("[[1, 2], []]", digest(&vec![vec![1, 2], vec![]])),
        ("[1, 2]", digest(&vec![1, 2])),
        ("(1, 2)", digest(&(1, 2))),
        ("1u64", digest(&1u64)),
        ("1i64", digest(&1i64)),
        ("1u8", digest(&1u8)),
        ("1.0", digest(&1.0)),
        ("0.0", digest(&0.0)),
        ("-0.0", digest(&-0.0)),
        ("true", digest(&true)),
        ("Wrapped(1u8)", digest(&Wrapped(1))),
        ("(1u8,)", digest(&(1u8,))),
        ("{a, b}", digest(&Ab { a: 1, b: 2 })),
        ("{b, a}", digest(&Ba { a: 1, b: 2 })),
        ("{a, b} swapped", digest(&Ab { a: 2, b: 1 })),
        ("a map of a and b", digest(&BTreeMap::from([("a", 1u8), ("b", 2u8)]))),
        ("Zero", digest(&New::Zero)),
        ("One", digest(&New::One)),
        ("Two(1)", digest(&New::Two(1))),
        ("Three(1)", digest(&New::Three(1))),
        ("Ok(1)", digest(&Ok::<_, ()>(1u8))),
        ("Err(1)", digest(&Err::<(), _>(1u8))),
    ]);
}

#[test]
fn what_does_not_matter_leaves_no_trace() {
    let ab = digest(&Ab { a: 1, b: 2 });
    check_same(&[
        ab,
        digest(&Renamed { a: 1, b: 2 }),
        digest(&Skipping { a: 1, _unseen: 9, b: 2 }),
    ]);
    check_same(&[digest(&Old::One), digest(&New::One)]);
    check_same(&[digest(&Old::Two(7)), digest(&New::Two(7))]);
    check_same(&[digest(&7usize), digest(&7u64), digest(&&&7u64), digest(&Box::new(7u64))]);
    check_same(&[digest(&-7isize), digest(&-7i64)]);
    check_same(&[digest(&f64::NAN), digest(&-f64::NAN), digest(&(f64::INFINITY - f64::INFINITY))]);
    check_same(&[digest("a"), digest(&String::from("a")), digest(std::path::Path::new("a"))]);
}

/// Turns its keys into texts on the way, as `serialize_with` functions do.
struct SpeltOut(HashMap<u32, u32>);

impl Serialize for SpeltOut {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key.to_string(), value)))
    }
}

#[test]
fn a_hash_map_that_is_converted_on_the_way_hashes_the_same_in_any_order() {
    let entries = (0..100).map(|n| (n, n * n));
    let spelt = digest(&SpeltOut(entries.clone().collect()));
    for _ in 0..10 {
        assert_eq!(digest(&SpeltOut(entries.clone().rev().collect())), spelt);
    }
    let texts: HashMap<String, u32> =
        entries.map(|(key, value)| (key.to_string(), value)).collect();
    assert_eq!(digest(&texts), spelt);
}

#[test]
fn maps_with_an_order_keep_it() {
    /// Yields its entries in the order in which they stand.
    struct Ordered(Vec<(u8, u8)>);

    impl Serialize for Ordered {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }

    let there = digest(&Ordered(vec![(1, 1), (2, 2)]));
    assert_ne!(there, digest(&Ordered(vec![(2, 2), (1, 1)])));
    assert_eq!(there, digest(&BTreeMap::from([(2u8, 2u8), (1, 1)])));
}
