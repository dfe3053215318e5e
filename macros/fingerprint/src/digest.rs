//! The digest of a run of tokens.
//!
//! Every token counts, in an encoding of kind and length that no two texts share. What does not
//! change what code computes does not count: visibility, attributes for lints and documentation,
//! and the layout, down to what rustfmt adds and removes when it breaks a list or the arm of a
//! `match` into lines.

use crate::layout::{is_arm_in_braces, is_arrow, is_close, is_surplus_comma};
use crate::lexer::{Shape, Token};
use crate::names::word;

/// Operators of several characters, longest first. None begins with `>`: whether `>>` closes two
/// lists or shifts is clear from what surrounds it.
const OPERATORS: [&[u8]; 21] = [
    b"<<=", b"...", b"..=", b"::", b"->", b"=>", b"==", b"!=", b"<=", b"&&", b"||", b"<<", b"+=",
    b"-=", b"*=", b"/=", b"%=", b"^=", b"&=", b"|=", b"..",
];

/// Attributes that change nothing about what code computes.
const IDLE_ATTRIBUTES: [u32; 13] = [
    word::DOC,
    word::ALLOW,
    word::WARN,
    word::DENY,
    word::FORBID,
    word::EXPECT,
    word::INLINE,
    word::MUST_USE,
    word::DEPRECATED,
    word::COLD,
    word::RUSTFMT,
    word::CLIPPY,
    word::DIAGNOSTIC,
];

/// Encodes tokens for a digest.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    /// Room for what is encoded, of which so many bytes are used: unoptimised, writing into a slice
    /// takes a third of what adding to a list does.
    room: Vec<u8>,
    used: usize,
}

impl Encoder {
    /// A text that is no token.
    pub(crate) fn text(&mut self, kind: u8, text: &[u8]) {
        self.make_room(text.len() + 16);
        let room: &mut [u8] = &mut self.room;
        let mut at = self.used;
        room[at] = kind;
        at += 1;
        let mut rest = text.len();
        while rest >= 128 {
            room[at] = rest.to_le_bytes()[0] | 128;
            at += 1;
            rest >>= 7;
        }
        room[at] = rest.to_le_bytes()[0];
        at += 1;
        if text.len() < 8 {
            // Most tokens are that short, and a call would take longer.
            let mut next = 0;
            while next < text.len() {
                room[at + next] = text[next];
                next += 1;
            }
        } else {
            room[at..at + text.len()].copy_from_slice(text);
        }
        self.used = at + text.len();
    }

    fn make_room(&mut self, more: usize) {
        let wanted = self.used + more;
        if self.room.len() < wanted {
            let mut room = vec![0; 2 * wanted];
            room[..self.used].copy_from_slice(&self.room[..self.used]);
            self.room = room;
        }
    }

    /// The tokens from `start` to `end`.
    pub(crate) fn tokens(&mut self, text: &str, tokens: &[Token], start: usize, end: usize) {
        let bytes = text.as_bytes();
        self.make_room(4 * end.saturating_sub(start));
        let mut in_where = false;
        let mut at = start;
        while at < end {
            let token = &tokens[at];
            match token.shape {
                Shape::Word if token.data == word::PUB => {
                    at = after_visibility(tokens, at);
                    continue;
                }
                Shape::Word => {
                    in_where |= token.data == word::WHERE;
                    self.text(b'i', &bytes[token.start as usize..token.end as usize]);
                }
                Shape::Lifetime | Shape::Literal => {
                    self.text(b'l', &bytes[token.start as usize..token.end as usize]);
                }
                Shape::Open => {
                    in_where = in_where && token.first != b'{';
                    if !is_arm_in_braces(tokens, at) {
                        self.text(b'o', &[token.first]);
                    }
                }
                Shape::Close => {
                    let open = token.data as usize;
                    let has_comma = at + 1 < end && tokens[at + 1].is_punct(b',');
                    if is_arm_in_braces(tokens, open) {
                        // As if the expression stood alone, with its comma.
                        if !has_comma && !is_close(tokens, at + 1, end) {
                            self.text(b'p', b",");
                        }
                    } else {
                        self.text(b'c', &[]);
                        // A comma behind the block of an arm is a matter of taste.
                        let is_arm = tokens[open].first == b'{' && is_arrow(tokens, open);
                        at += usize::from(is_arm && has_comma);
                    }
                }
                Shape::Punct if token.first == b'#' => {
                    if let Some(after) = after_idle_attribute(tokens, at, end) {
                        at = after;
                        continue;
                    }
                    if let Some(after) = after_cache_attribute(tokens, at, end) {
                        self.version(text, &tokens[at..after]);
                        at = after;
                        continue;
                    }
                    self.text(b'p', b"#");
                }
                Shape::Punct if token.first == b',' => {
                    if !is_surplus_comma(text, tokens, at, end, in_where) {
                        self.text(b'p', b",");
                    }
                }
                Shape::Punct => {
                    in_where = in_where && token.first != b';';
                    let length = operator(tokens, at, end);
                    let last = tokens[at + length - 1].end;
                    self.text(b'p', &bytes[token.start as usize..last as usize]);
                    at += length;
                    continue;
                }
            }
            at += 1;
        }
    }

    /// Of the options of a cached function, its version alone says something about its values.
    fn version(&mut self, text: &str, attribute: &[Token]) {
        let version = attribute
            .windows(3)
            .find(|window| window[0].is_word(word::VERSION) && window[1].is_punct(b'='));
        if let Some([.., version]) = version {
            self.text(b'v', &text.as_bytes()[version.start as usize..version.end as usize]);
        }
    }

    pub(crate) fn finish(&self) -> [u8; 32] {
        *blake3::hash(&self.room[..self.used]).as_bytes()
    }
}

/// A number in as few bytes as it takes, seven bits each.
pub(crate) fn put(out: &mut Vec<u8>, number: usize) {
    let mut rest = number;
    while rest >= 128 {
        out.push(rest.to_le_bytes()[0] | 128);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

/// How many tokens the operator at `at` has. Characters that merely touch, as in `=-1`, are not one.
fn operator(tokens: &[Token], at: usize, end: usize) -> usize {
    let mut run = [tokens[at].first, 0, 0];
    let mut length = 1;
    while length < 3
        && at + length < end
        && tokens[at + length].shape == Shape::Punct
        && tokens[at + length].start == tokens[at + length - 1].end
    {
        run[length] = tokens[at + length].first;
        length += 1;
    }
    if length == 1 {
        return 1;
    }
    for operator in OPERATORS {
        if length >= operator.len() && run[..operator.len()] == *operator {
            return operator.len();
        }
    }
    1
}

/// What follows `pub`, `pub(crate)` and the like.
pub(crate) fn after_visibility(tokens: &[Token], at: usize) -> usize {
    let at = at + 1;
    let Some(open) = tokens.get(at).filter(|token| token.is_open(b'(')) else {
        return at;
    };
    let first = tokens[at + 1];
    let narrows =
        [word::CRATE, word::SUPER, word::SELF, word::IN].iter().any(|name| first.is_word(*name));
    // `pub (u8)` in a tuple struct is a type.
    if narrows && (first.is_word(word::IN) || open.data as usize == at + 2) {
        open.data as usize + 1
    } else {
        at
    }
}

/// What follows the attribute whose `#` is at `at`, if it is one that does not count.
fn after_idle_attribute(tokens: &[Token], at: usize, end: usize) -> Option<usize> {
    let open = if at + 1 < end && tokens[at + 1].is_punct(b'!') { at + 2 } else { at + 1 };
    let bracket = tokens.get(open).filter(|token| token.is_open(b'['))?;
    let first = tokens.get(open + 1)?;
    (first.shape == Shape::Word && IDLE_ATTRIBUTES.contains(&first.data))
        .then_some(bracket.data as usize + 1)
}

/// What follows the attribute whose `#` is at `at`, if it is `#[cache]`, by whatever path.
pub(crate) fn after_cache_attribute(tokens: &[Token], at: usize, end: usize) -> Option<usize> {
    let bracket = tokens.get(at + 1).filter(|token| at + 1 < end && token.is_open(b'['))?;
    let mut last = at + 2;
    while tokens.get(last + 1).is_some_and(|token| token.is_punct(b':')) && last + 3 < end {
        last += 3;
    }
    tokens.get(last)?.is_word(word::CACHE).then_some(bracket.data as usize + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::lexer::lex;
    use crate::names::Names;

    fn of(text: &str) -> [u8; 32] {
        let tokens = lex(text, &mut Names::new());
        let mut encoder = Encoder::default();
        encoder.tokens(text, &tokens, 0, tokens.len());
        encoder.finish()
    }

    #[test]
    fn layout_comments_docs_and_visibility_do_not_count() {
        let plain = of("fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }");
        for same in [
            "fn f(a:u64,b:Vec<Vec<u8>>)->u64{let x=-1;a+1}",
            "fn f(\n    a: u64,\n    b: Vec<Vec<u8> >,\n) -> u64 {\n    let x =-1;\n    a + 1\n}",
            "/// Adds.\nfn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
            "fn f(a: u64, /* in */ b: Vec<Vec<u8>>) -> u64 { let x = -1; /* one */ a + 1 // done\n }",
            "fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { //! Inner.\n let x = -1; a + 1 }",
            "#[doc(alias = \"plus\")] fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
            "#[inline] #[expect(dead_code)] fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
            "pub fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
            "#[larder::cache(redact(a))] fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
            "pub(crate) fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
        ] {
            assert_eq!(of(same), plain, "{same}");
        }
    }

    #[test]
    fn what_rustfmt_does_does_not_count() {
        for (one, other) in [
            ("fn f() { g(a, b,) }", "fn f() { g(a, b) }"),
            ("fn f(a: B,) { g(a,); h::<C>(a,)?(b,) }", "fn f(a: B) { g(a); h::<C>(a)?(b) }"),
            ("fn f() { [a,] }", "fn f() { [a] }"),
            ("fn f() { vec![a,]; assert!(b,) }", "fn f() { vec![a]; assert!(b) }"),
            ("fn f() { return !(a, b,) }", "fn f() { return !(a, b) }"),
            ("fn f() { S { a, } }", "fn f() { S { a } }"),
            ("fn f<A, B,>() {}", "fn f<A, B>() {}"),
            ("fn f<A>() where A: B, {}", "fn f<A>() where A: B {}"),
            ("match a { A => b, C => d }", "match a { A => { b } C => { d } }"),
            ("match a { A => { b; c }, C => d, }", "match a { A => { b; c } C => d }"),
            (
                "match a { A => { if b { c } else { d } } E => {} }",
                "match a { A => if b { c } else { d }, E => {}, }",
            ),
        ] {
            assert_eq!(of(one), of(other), "{one} / {other}");
        }
    }

    #[test]
    fn any_other_token_counts() {
        let different = [
            "fn f(a: u64) -> u64 { a + 1 }",
            "fn g(a: u64) -> u64 { a + 1 }",
            "fn f(b: u64) -> u64 { a + 1 }",
            "fn f(a: u32) -> u64 { a + 1 }",
            "fn f(a: u64) -> u32 { a + 1 }",
            "fn f(a: u64) -> u64 { a + 2 }",
            "fn f(a: u64) -> u64 { a + 1u64 }",
            "fn f(a: u64) -> u64 { a - 1 }",
            "fn f(a: u64) -> u64 { a + 1; }",
            "fn f(a: u64) -> u64 { (a + 1) }",
            "fn f(a: u64) -> u64 { {a + 1} }",
            "fn f(a: u64) -> u64 { [a + 1] }",
            "fn f(mut a: u64) -> u64 { a + 1 }",
            "async fn f(a: u64) -> u64 { a + 1 }",
            "fn f<T>(a: u64) -> u64 { a + 1 }",
            "fn f<'a>(a: u64) -> u64 { a + 1 }",
            "fn f<T>(a: u64) -> u64 where T: Copy { a + 1 }",
            "#[cfg(unix)] fn f(a: u64) -> u64 { a + 1 }",
            "#[cache(version = 2)] fn f(a: u64) -> u64 { a + 1 }",
            "fn f(a: u64) -> u64 { #[cfg(unix)] a + 1 }",
        ];
        let mut seen = HashMap::new();
        for source in different {
            assert_eq!(seen.insert(of(source), source), None, "{source}");
        }
    }

    #[test]
    fn neighbouring_texts_do_not_run_together() {
        for (one, other) in [
            ("fn f() { ab c }", "fn f() { a bc }"),
            ("fn f() { a & &b }", "fn f() { a && b }"),
            ("fn f() { a | |b| c }", "fn f() { a || b| c }"),
            ("fn f() { \"a\" \"b\" }", "fn f() { \"a\\\" \\\"b\" }"),
            ("fn f() { a }", "fn f() { 'a' }"),
            ("fn f() { (a,) }", "fn f() { (a) }"),
            ("fn f() { return (a,) }", "fn f() { return (a) }"),
            ("fn f() -> (A,) {}", "fn f() -> (A) {}"),
            ("fn f() { a b }", "fn f() { (a) b }"),
            ("fn f() { a.. b }", "fn f() { a..= b }"),
            ("fn f() { a < <T>::B }", "fn f() { a << T>::B }"),
            ("struct S(pub (u8));", "struct S(u8);"),
            ("match a { A => { b; } C => d }", "match a { A => { b } C => d }"),
            ("f(a, {b})", "f(a {b})"),
            ("m!(a,)", "m!(a)"),
            ("stringify![a,]", "stringify![a]"),
        ] {
            assert_ne!(of(one), of(other), "{one} / {other}");
        }
    }
}
