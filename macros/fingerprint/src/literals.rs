//! The tokens that are literals: numbers, strings and characters, and lifetimes, which begin like those.

use crate::lexer::{Lexer, Shape, is_word_byte};
use crate::names::HASH_START;

impl Lexer<'_> {
    pub(crate) fn number(&mut self) {
        let start = self.at;
        self.skip_word(HASH_START);
        let is_decimal = !matches!(self.byte(start + 1), b'x' | b'o' | b'b');
        let next = self.byte(self.at + 1);
        if self.byte(self.at) == b'.'
            && next != b'.'
            && (next.is_ascii_digit() || !is_word_byte(next))
        {
            self.at += 1;
            self.skip_word(HASH_START);
        }
        let is_exponent = matches!(self.bytes[self.at - 1], b'e' | b'E') && is_decimal;
        if is_exponent
            && matches!(self.byte(self.at), b'+' | b'-')
            && self.byte(self.at + 1).is_ascii_digit()
        {
            self.at += 1;
            self.skip_word(HASH_START);
        }
        self.push(Shape::Literal, start, 0);
    }

    /// A string whose quote stands `prefix` bytes behind its start.
    pub(crate) fn string(&mut self, prefix: usize) {
        let start = self.at - prefix;
        self.at += 1;
        let bytes = self.bytes;
        let mut at = self.at;
        while at < bytes.len() && bytes[at] != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        self.end_literal(start, at + 1);
    }

    pub(crate) fn raw_string(&mut self, start: usize, hashes: usize) {
        let mut at = self.at + hashes + 1;
        while at < self.bytes.len() {
            if self.bytes[at] == b'"' && (0..hashes).all(|hash| self.byte(at + 1 + hash) == b'#') {
                at += 1 + hashes;
                break;
            }
            at += 1;
        }
        self.end_literal(start, at);
    }

    /// A character or a lifetime.
    pub(crate) fn quote(&mut self) {
        let start = self.at;
        self.at += 1;
        if self.byte(self.at) == b'\\' {
            return self.character(start);
        }
        let first = self.text[self.at..].chars().next().unwrap_or(' ');
        if self.byte(self.at + first.len_utf8()) == b'\'' {
            return self.end_literal(start, self.at + first.len_utf8() + 1);
        }
        if first == '_' || first.is_alphabetic() {
            self.skip_word(HASH_START);
            self.push(Shape::Lifetime, start, 0);
        } else {
            self.push(Shape::Punct, start, 0);
        }
    }

    /// The rest of a character behind its opening quote.
    pub(crate) fn character(&mut self, start: usize) {
        let mut at = self.at;
        while at < self.bytes.len() && self.bytes[at] != b'\'' && self.bytes[at] != b'\n' {
            at += if self.bytes[at] == b'\\' { 2 } else { 1 };
        }
        self.end_literal(start, at + 1);
    }

    fn end_literal(&mut self, start: usize, end: usize) {
        self.at = end.min(self.bytes.len());
        // An escaped character may be longer than a byte.
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        // Suffixes, as in `"text"suffix`.
        self.skip_word(HASH_START);
        self.push(Shape::Literal, start, 0);
    }
}
