//! Literals and comments that are hard to tell from code.

use larder::cache;

#[cache]
pub fn raw_string() -> &'static str {
    text()
}

fn text() -> &'static str {
    r#"a "quoted" brace { and // no comment"#
}

#[cache]
pub fn byte_strings() -> &'static [u8] {
    bytes()
}

fn bytes() -> &'static [u8] {
    br##"bytes "# and } more"##
}

#[cache]
pub fn characters<'a>(x: &'a str) -> usize {
    x.matches(['"', '\'', '{', quote(x)]).count()
}

fn quote<'a>(_near: &'a str) -> char {
    '\u{27}'
}

#[cache]
pub fn numbers(x: f64) -> f64 {
    ratio(x, (1, (2, 3)))
}

fn ratio(x: f64, pair: (u8, (u8, u8))) -> f64 {
    x * 1.5e-3 + f64::from(pair.1.0) + (0..=2_u8).len() as f64
}

#[cache]
pub fn quoted(x: u64) -> String {
    // mentioned(x) and "mentioned are not called, nor is it here: /* mentioned(x)
    /* /* mentioned( */ ' */
    format!("mentioned({x}) {{mentioned}}")
}

pub fn mentioned(x: u64) -> u64 {
    x + 1401
}

#[cache]
pub fn division(x: u64) -> u64 {
    x / divisor() /* the one below */ / 2
}

fn divisor() -> u64 {
    1402
}
