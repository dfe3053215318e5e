//! Descriptions are asserted as a person would see them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use serde::ser::{Error, SerializeSeq};

use super::*;

#[derive(Debug, serde::Serialize)]
struct Point {
    x: i32,
    y: f64,
}

#[derive(Debug, serde::Serialize)]
struct Meters(f32);

#[derive(Debug, serde::Serialize)]
struct Pair(u8, char);

#[derive(Debug, serde::Serialize)]
struct Marker;

#[derive(Debug, serde::Serialize)]
enum Shape {
    Empty,
    Circle(f64),
    Line(u8, u8),
    Box { low: Point, high: Option<Point> },
}

/// A sequence of sevens that says how long it is only if asked to, and counts what it is asked
/// for.
struct Sevens<'a> {
    count: usize,
    says: bool,
    asked: &'a Cell<usize>,
}

impl Serialize for Sevens<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(self.says.then_some(self.count))?;
        for _ in 0..self.count {
            self.asked.set(self.asked.get() + 1);
            seq.serialize_element(&7)?;
        }
        seq.end()
    }
}

struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("never"))
    }
}

struct Panicking;

impl Serialize for Panicking {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        std::panic::resume_unwind(Box::new("never"))
    }
}

/// Goes on after an error and claims success.
struct Stubborn;

impl Serialize for Stubborn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        for _ in 0..100 {
            let _ = seq.serialize_element("something");
        }
        seq.end()
    }
}

fn check<T: Serialize + ?Sized>(value: &T, limit: usize, expected: &str) {
    let described = describe(value, limit);
    assert_eq!(described, expected);
    assert!(described.chars().count() <= limit, "{described}");
}

fn like_debug<T: Serialize + std::fmt::Debug + ?Sized>(value: &T) {
    let debug = format!("{value:?}");
    check(value, debug.chars().count(), &debug);
}

#[test]
fn a_value_that_just_fits_is_shown_whole_and_as_debug_shows_it() {
    like_debug(&Point { x: 1, y: 2.5 });
    like_debug(&(Meters(1.0), Pair(1, '\''), Marker));
    like_debug(&vec![Shape::Empty, Shape::Circle(f64::NAN), Shape::Line(1, 2)]);
    like_debug(&Shape::Box { low: Point { x: -1, y: 1e300 }, high: None });
    like_debug(&Some(Shape::Box {
        low: Point { x: 0, y: -0.0 },
        high: Some(Point { x: 0, y: 0.5 }),
    }));
    like_debug(&BTreeMap::from([("a", vec![1]), ("b", vec![])]));
    like_debug("quotes \" and ' and \\, \n, \u{7f}, ü and 漢");
    like_debug(&((), (true,), [0u128; 0].as_slice(), u128::MAX, i128::MIN));
    like_debug(&vec![vec![Some("x")], vec![None]]);
    like_debug(&Path::new("/a/b"));
}

#[test]
fn a_long_sequence_is_cut_between_items_and_says_how_many_are_missing() {
    let numbers: Vec<u32> = (1..=1000).collect();
    check(&numbers, 18, "[1, 2, … 998 more]");
    check(&numbers, 20, "[1, 2, … 998 more]");
    check(&numbers, 21, "[1, 2, 3, … 997 more]");
    check(&numbers, 13, "[… 1000 more]");
    check(&numbers, 12, "…");
    check(&numbers, 1, "…");
    check(&numbers, 0, "");
    check(&(0..50).map(|n| (n, n)).collect::<BTreeMap<_, _>>(), 22, "{0: 0, … 49 more}");
}

#[test]
fn whatever_is_open_at_the_cut_is_closed() {
    let nested = (1, Some(vec![Point { x: 1, y: 2.0 }, Point { x: 3, y: 4.0 }]), "tail");
    check(&nested, 100, r#"(1, Some([Point { x: 1, y: 2.0 }, Point { x: 3, y: 4.0 }]), "tail")"#);
    let cut = r#"(1, Some([Point { x: 1, y: 2.0 }, Point { x: 3, y: 4.0 }]), "ta…")"#;
    check(&nested, 66, cut);
    check(&nested, 57, "(1, Some([Point { x: 1, y: 2.0 }, … 1 more]), … 1 more)");
    check(&nested, 54, "(1, Some([Point { x: 1, … }, … 1 more]), … 1 more)");
    check(&nested, 40, "(1, Some([… 2 more]), … 1 more)");
    check(&nested, 20, "(1, … 2 more)");
    check(&Point { x: 1, y: 2.0 }, 19, "Point { x: 1, … }");
}

#[test]
fn a_long_string_shows_its_beginning() {
    let long = "abc\n".repeat(1_000_000);
    check(long.as_str(), 10, r#""abc\nab…""#);
    check(long.as_str(), 8, r#""abc\n…""#);
    check(long.as_str(), 7, r#""abc…""#);
    check(&[long.as_str(), "b"][..], 16, r#"["a…", … 1 more]"#);
    check(&format_args!("{}", "x".repeat(20)), 10, r#""xxxxxxx…""#);
}

#[test]
fn no_description_of_any_value_is_longer_than_its_limit() {
    let value = (
        BTreeMap::from([("key", vec![Shape::Line(1, 2), Shape::Empty, Shape::Circle(1.0)])]),
        Some(Shape::Box { low: Point { x: 1, y: 1.0 }, high: Some(Point { x: 1, y: 1.0 }) }),
        "some \"text\" that goes on",
        [(); 10].map(|()| (Pair(1, 'x'), Meters(1.0), Marker)),
    );
    let whole = describe(&value, 10_000);
    assert!(!whole.contains('…'), "{whole}");
    for limit in 0..whole.chars().count() {
        let described = describe(&value, limit);
        assert!(described.chars().count() <= limit, "{limit}: {described}");
        assert_eq!(described.contains('…'), limit > 0, "{limit}: {described}");
    }
}

#[test]
fn the_cost_follows_the_limit_and_not_the_value() {
    for says in [true, false] {
        let asked = Cell::new(0);
        let text = describe(&Sevens { count: 1_000_000, says, asked: &asked }, 30);
        let expected = if says {
            "[7, 7, 7, 7, 7, … 999995 more]"
        } else {
            "[7, 7, 7, 7, 7, 7, 7, 7, 7, …]"
        };
        assert_eq!(text, expected);
        assert!(asked.get() <= 11, "{} items were asked for", asked.get());
    }
}

#[test]
fn what_cannot_be_serialized_shows_as_unprintable_however_it_fails() {
    check(&Failing, 80, "<unprintable>");
    check(&vec![(1, Failing)], 80, "<unprintable>");
    check(&Panicking, 80, "<unprintable>");
    check(&Failing, 4, "<unp");
    check(&Stubborn, 21, r#"["something", …]"#);
}

#[test]
fn what_lies_beyond_the_cut_is_not_asked_and_so_cannot_fail() {
    check(&("fine", "also fine", Failing), 18, r#"("fine", … 2 more)"#);
    check(&("fine", "also fine", Failing), 1000, "<unprintable>");
}
