//! Arguments of all kinds, and patterns in their places.

use crate::Counter;
use crate::check;
use crate::isolated;
use larder::{Parallel, cache};
use pollster::block_on;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

static NONE: Counter = Counter::new();

#[cache]
fn none() -> u64 {
    NONE.add();
    7
}

#[test]
fn no_argument_is_enough() {
    isolated(|| {
        check(&NONE, &7, none);
    });
}

static UNIT: Counter = Counter::new();

#[cache]
fn unit(_unused: u8) {
    UNIT.add();
}

#[test]
fn a_function_without_a_result_runs_once() {
    isolated(|| {
        check(&UNIT, &(), || unit(1));
    });
}

static TWELVE: Counter = Counter::new();

#[cache]
#[expect(clippy::too_many_arguments, reason = "that is what is tested")]
#[expect(clippy::many_single_char_names, reason = "that is what is tested")]
fn twelve(
    a: u8,
    b: i16,
    c: u32,
    d: i64,
    e: f32,
    f: f64,
    g: bool,
    h: char,
    i: String,
    j: &str,
    k: &[u8],
    l: Option<u8>,
) -> String {
    TWELVE.add();
    format!("{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k:?}{l:?}")
}

#[test]
fn twelve_arguments_work() {
    isolated(|| {
        let call = |l| twelve(1, 2, 3, 4, 5.0, 6.0, true, 'h', "i".into(), "j", &[7], l);
        let expected = "123456trueh".to_owned() + "ij[7]Some(8)";
        check(&TWELVE, &expected, || call(Some(8)));
        let before = TWELVE.runs();
        call(None);
        assert_eq!(TWELVE.runs(), before + 1, "the twelfth argument counts");
    });
}

static BORROWED: Counter = Counter::new();

#[derive(Serialize, Clone, Copy)]
struct Word<'a>(&'a str);

#[cache]
fn alike(a: Option<&str>, b: Option<&str>, c: Word<'_>, d: Word<'_>) -> String {
    format!("{a:?}{b:?}{}{}", c.0, d.0)
}

#[cache]
fn alike_by_name<'a, 'b: 'a>(a: &'a str, b: &'b str, c: &'static str, d: &'b [&'a str]) -> String {
    format!("{a}{b}{c}{d:?}")
}

#[cache]
async fn alike_later(a: Vec<&str>, b: Vec<&str>) -> usize {
    a.len() + b.len()
}

/// Bounds on types that differ in their lifetimes alone left the compiler in doubt which was meant, so a
/// function with two `Option<&str>` did not compile.
#[test]
fn parameters_may_differ_in_their_lifetimes_alone() {
    isolated(|| {
        let text = String::from("b");
        let input = (Some("a"), Some(&*text), Word("c"), Word(&text));
        let expected = r#"Some("a")Some("b")cb"#;
        assert_eq!(alike(input.0, input.1, input.2, input.3), expected);
        assert_eq!(alike::map([input]), [expected]);
        assert_eq!(Parallel::new().map([input], alike {}).unwrap(), [expected]);
        let list = [&*text];
        assert_eq!(alike_by_name("a", &text, "c", &list), r#"abc["b"]"#);
        assert_eq!(alike_by_name::map([("a", &*text, "c", &list[..])]), [r#"abc["b"]"#]);
        assert_eq!(block_on(alike_later::map([(vec!["a"], vec![&*text])])), [2]);
    });
}

/// A parameter of the function's own name hid it from the generated code.
#[cache]
fn seed(seed: &str, seeds: usize) -> String {
    seed.repeat(seeds)
}

#[test]
fn a_parameter_may_have_the_name_of_the_function() {
    isolated(|| {
        assert_eq!(seed("ab", 2), "abab");
        assert_eq!(seed::map([("ab", 2)]), ["abab"]);
    });
}

#[cache]
fn borrowed(text: &str, grid: &[f64], path: &Path, map: &BTreeMap<String, u8>) -> usize {
    BORROWED.add();
    text.len() + grid.len() + path.as_os_str().len() + map.len()
}

#[test]
fn references_to_unsized_things_work() {
    isolated(|| {
        let map = BTreeMap::from([("k".to_owned(), 1)]);
        check(&BORROWED, &7, || borrowed("ab", &[1.0, 2.0], Path::new("pp"), &map));
        let before = BORROWED.runs();
        borrowed("ab", &[1.0, 2.5], Path::new("pp"), &map);
        assert_eq!(BORROWED.runs(), before + 1, "a float that differs counts");
    });
}

static FLOATS: Counter = Counter::new();

#[cache]
fn floats(x: f64, y: f32) -> f64 {
    FLOATS.add();
    x * f64::from(y)
}

#[test]
fn floats_work() {
    isolated(|| {
        check(&FLOATS, &3.0, || floats(1.5, 2.0));
    });
}

#[derive(Serialize, Clone, Copy)]
struct Point {
    x: u64,
    y: u64,
}

#[derive(Serialize, Clone, Copy)]
struct Seed(u64);

static PATTERNS: Counter = Counter::new();

#[cache]
#[expect(clippy::many_single_char_names, reason = "they are patterns")]
fn patterns(
    (a, b): (u64, u64),
    [c, d]: [u64; 2],
    Point { x, y }: Point,
    Seed(seed): Seed,
    &e: &u64,
    _: u64,
    mut f: u64,
    whole @ Point { .. }: Point,
) -> u64 {
    PATTERNS.add();
    f += 1;
    a + b + c + d + x + y + seed + e + f + whole.x
}

#[test]
fn patterns_and_mut_bindings_work() {
    isolated(|| {
        let point = Point { x: 5, y: 6 };
        let call = |ignored| patterns((1, 2), [3, 4], point, Seed(7), &8, ignored, 9, point);
        check(&PATTERNS, &51, || call(0));
        let before = PATTERNS.runs();
        call(1);
        assert_eq!(PATTERNS.runs(), before + 1, "an argument without a name counts");
    });
}

static CONFUSING: Counter = Counter::new();

#[cache]
fn confusing(
    inputs: u8,
    function: u8,
    result: u8,
    cache: u8,
    arguments: u8,
    this: u8,
    str: &str,
    r#type: u8,
    arg0: u8,
    (_, _): (u8, u8),
) -> usize {
    CONFUSING.add();
    usize::from(inputs + function + result + cache + arguments + this + r#type + arg0) + str.len()
}

#[test]
fn names_that_generated_code_could_use_are_harmless() {
    isolated(|| {
        check(&CONFUSING, &9, || confusing(1, 1, 1, 1, 1, 1, "x", 1, 1, (2, 3)));
        let inputs = [(1, 1, 1, 1, 1, 1, "x", 1, 1, (2, 3))];
        assert_eq!(confusing::map(inputs), [9]);
        assert_eq!(CONFUSING.runs(), 1);
    });
}

static STATIC: Counter = Counter::new();

#[cache]
fn of_static(text: &'static str) -> usize {
    STATIC.add();
    text.len()
}

#[test]
fn static_references_can_be_arguments() {
    isolated(|| {
        check(&STATIC, &3, || of_static("abc"));
        assert_eq!(of_static::map(["abc", "defg"]), [3, 4]);
        assert_eq!(STATIC.runs(), 2);
    });
}
