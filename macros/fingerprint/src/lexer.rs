//! Source text to tokens, without comments.
//!
//! It accepts any text: what the compiler would refuse comes out as some tokens or other, with
//! every bracket closed. Doc comments are comments here, as they do not change what code does.

use crate::names::{HASH_START, Name, Names, hash_byte, is_reserved, number};

/// What a token is.
#[derive(Debug, Clone, Copy, Eq)]
pub(crate) enum Shape {
    /// An identifier or a word of the language.
    Word,
    /// `'a`.
    Lifetime,
    /// A number, a character or a string.
    Literal,
    /// One character of an operator.
    Punct,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
}

impl PartialEq for Shape {
    // Asked many times for each token. Derived, it would be several calls in an unoptimised build.
    #[expect(clippy::inline_always, reason = "the only inlining of unoptimised builds")]
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        *self as u8 == *other as u8
    }
}

/// One token of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub(crate) shape: Shape,
    /// The first byte of the text.
    pub(crate) first: u8,
    /// Where it starts and ends in the text.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Of a word its name, of a bracket the position of its other half.
    pub(crate) data: u32,
}

#[expect(clippy::inline_always, reason = "the only inlining of unoptimised builds")]
impl Token {
    #[inline(always)]
    pub(crate) fn is_word(&self, name: Name) -> bool {
        self.shape == Shape::Word && self.data == name
    }

    #[inline(always)]
    pub(crate) fn is_punct(&self, byte: u8) -> bool {
        self.first == byte && self.shape == Shape::Punct
    }

    #[inline(always)]
    pub(crate) fn is_open(&self, byte: u8) -> bool {
        self.first == byte && self.shape == Shape::Open
    }
}

/// What follows the token at `at`, or the whole bracket that opens there.
pub(crate) fn behind(tokens: &[Token], at: usize) -> usize {
    let token = &tokens[at];
    if token.shape == Shape::Open { token.data as usize + 1 } else { at + 1 }
}

/// The tokens of `text`.
pub(crate) fn lex(text: &str, names: &mut Names) -> Vec<Token> {
    let mut lexer = Lexer {
        text,
        bytes: text.as_bytes(),
        at: 0,
        names,
        tokens: Vec::with_capacity(text.len() / 4),
        open: Vec::new(),
    };
    lexer.skip_shebang();
    lexer.run();
    lexer.tokens
}

pub(crate) struct Lexer<'a> {
    pub(crate) text: &'a str,
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    names: &'a mut Names,
    tokens: Vec<Token>,
    open: Vec<u32>,
}

impl Lexer<'_> {
    pub(crate) fn byte(&self, at: usize) -> u8 {
        if at < self.bytes.len() { self.bytes[at] } else { 0 }
    }

    fn skip_shebang(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = 3;
        }
        if self.text[self.at..].starts_with("#!")
            && !self.text[self.at + 2..].trim_start().starts_with('[')
        {
            self.skip_line();
        }
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            let start = self.at;
            let first = self.bytes[start];
            match first {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word_or_prefixed(first),
                b'/' if self.byte(start + 1) == b'/' => self.skip_line(),
                b'/' if self.byte(start + 1) == b'*' => self.skip_block(),
                b'0'..=b'9' => self.number(),
                b'"' => self.string(0),
                b'\'' => self.quote(),
                b'(' | b'[' | b'{' => {
                    self.open.push(number(self.tokens.len()));
                    self.at += 1;
                    self.push(Shape::Open, start, 0);
                }
                b')' | b']' | b'}' => self.close(first),
                128.. => self.beyond_ascii(),
                _ => {
                    self.at += 1;
                    if first > b' ' {
                        self.push(Shape::Punct, start, 0);
                    }
                }
            }
        }
        // What is still open closes at the end, so that no bracket is without its other half.
        while let Some(open) = self.open.pop() {
            self.tokens[open as usize].data = number(self.tokens.len());
            let end = self.at;
            self.push(Shape::Close, end, open);
        }
    }

    pub(crate) fn push(&mut self, shape: Shape, start: usize, data: u32) {
        let first = self.byte(start);
        let (start, end) = (number(start), number(self.at));
        self.tokens.push(Token { shape, first, start, end, data });
    }

    fn skip_line(&mut self) {
        while self.at < self.bytes.len() && self.bytes[self.at] != b'\n' {
            self.at += 1;
        }
    }

    fn skip_block(&mut self) {
        let mut depth = 0;
        while self.at < self.bytes.len() {
            match (self.bytes[self.at], self.byte(self.at + 1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn close(&mut self, byte: u8) {
        let start = self.at;
        self.at += 1;
        let matches = self.open.last().is_some_and(|open| {
            let open = self.tokens[*open as usize].first;
            matches!((open, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
        });
        if matches && let Some(open) = self.open.pop() {
            self.tokens[open as usize].data = number(self.tokens.len());
            self.push(Shape::Close, start, open);
        } else {
            self.push(Shape::Punct, start, 0);
        }
    }

    /// A word, or one of the literals that begin with a letter.
    fn word_or_prefixed(&mut self, first: u8) {
        let start = self.at;
        let hash = self.skip_word(HASH_START);
        let length = self.at - start;
        if length <= 2 && matches!(first, b'r' | b'b' | b'c') {
            let next = self.byte(self.at);
            let raw = self.bytes[self.at - 1] == b'r';
            if next == b'"' {
                return if raw { self.raw_string(start, 0) } else { self.string(length) };
            }
            if next == b'\'' && length == 1 && first == b'b' {
                self.at += 1;
                return self.character(start);
            }
            if next == b'#' && raw {
                let mut hashes = 0;
                while self.byte(self.at + hashes) == b'#' {
                    hashes += 1;
                }
                if self.byte(self.at + hashes) == b'"' {
                    return self.raw_string(start, hashes);
                }
                if length == 1 && hashes == 1 && is_word_byte(self.byte(self.at + 1)) {
                    return self.raw_word(start);
                }
            }
        }
        let name = self.names.intern_hashed(&self.text[start..self.at], hash);
        self.push(Shape::Word, start, name);
    }

    /// Moves past letters and digits, and hashes them.
    pub(crate) fn skip_word(&mut self, mut hash: u32) -> u32 {
        let bytes = self.bytes;
        let mut at = self.at;
        while at < bytes.len() {
            let byte = bytes[at];
            if !is_word_byte(byte) {
                break;
            }
            hash = hash_byte(hash, byte);
            at += 1;
        }
        self.at = at;
        hash
    }

    /// `r#name` is `name`, unless that is a word of the language.
    fn raw_word(&mut self, start: usize) {
        self.at = start + 2;
        self.skip_word(HASH_START);
        let plain = self.names.intern(&self.text[start + 2..self.at]);
        let name =
            if is_reserved(plain) { self.names.intern(&self.text[start..self.at]) } else { plain };
        self.push(Shape::Word, start, name);
    }

    fn beyond_ascii(&mut self) {
        let start = self.at;
        let first = self.text[start..].chars().next().unwrap_or(' ');
        if first.is_alphabetic() {
            self.skip_word(HASH_START);
            let name = self.names.intern(&self.text[start..self.at]);
            self.push(Shape::Word, start, name);
        } else {
            self.at += first.len_utf8();
            if !first.is_whitespace() {
                self.push(Shape::Punct, start, 0);
            }
        }
    }
}

pub(crate) fn is_word_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 128..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        let texts: Vec<&str> =
            tokens.iter().map(|token| &text[token.start as usize..token.end as usize]).collect();
        assert_eq!(texts, expected, "{text}");
    }

    #[test]
    fn comments_of_all_kinds_are_left_out() {
        check("a // b\n/* c /* d */ e */ f /// g\n//! h", &["a", "f"]);
        check("a /* never closed", &["a"]);
        check("#!/bin/sh\na", &["a"]);
        check("#![allow(x)]", &["#", "!", "[", "allow", "(", "x", ")", "]"]);
        check("\u{feff}a", &["a"]);
    }

    #[test]
    fn literals_are_one_token_each() {
        check(r#"'a' '\'' '"' b'x' b'\\' 'ä'"#, &["'a'", r"'\''", "'\"'", "b'x'", r"b'\\'", "'ä'"]);
        check(
            r##"r"a\" r#"b"c"# br#"d"# "e\"//f" c"g" cr"h""##,
            &[r#"r"a\""#, r##"r#"b"c"#"##, r##"br#"d"#"##, r#""e\"//f""#, "c\"g\"", "cr\"h\""],
        );
        check(
            "1 1.5 1. 1.0e-5 0xE-1 1..2 1.max t.0.1 2e+3_f64",
            &[
                "1", "1.5", "1.", "1.0e-5", "0xE", "-", "1", "1", ".", ".", "2", "1", ".", "max",
                "t", ".", "0.1", "2e+3_f64",
            ],
        );
        check("\"a\nb\" \"never closed", &["\"a\nb\"", "\"never closed"]);
    }

    #[test]
    fn lifetimes_are_not_characters() {
        check(
            "<'a, 'static> 'x: loop 'b'",
            &["<", "'a", ",", "'static", ">", "'x", ":", "loop", "'b'"],
        );
    }

    #[test]
    fn raw_words_are_the_words_unless_the_language_has_them() {
        let mut names = Names::new();
        let tokens = lex("r#name name r#fn fn", &mut names);
        assert_eq!(tokens[0].data, tokens[1].data);
        assert_ne!(tokens[2].data, tokens[3].data);
    }

    #[test]
    fn every_bracket_has_its_other_half_whatever_the_text() {
        for text in ["([{}])", "(]", "((", "}{", "([)]", "{(}"] {
            let tokens = lex(text, &mut Names::new());
            for (at, token) in tokens.iter().enumerate() {
                if matches!(token.shape, Shape::Open | Shape::Close) {
                    assert_eq!(tokens[token.data as usize].data as usize, at, "{text}");
                    assert_eq!(token.shape == Shape::Open, (token.data as usize) > at, "{text}");
                }
            }
        }
    }
}
