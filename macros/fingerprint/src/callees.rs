//! Names behind dots and colons: methods, with what they are called on, and what is associated with a
//! type.

use crate::imports::is_separator;
use crate::lexer::Shape;
use crate::locals::Declared;
use crate::mentions::{Receiver, Start};
use crate::names::{Name, word};
use crate::reader::Reader;

/// Methods whose results consist of what their receivers consist of.
const PASSING: [&str; 42] = [
    "as_bytes",
    "as_deref",
    "as_mut",
    "as_path",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "borrow_mut",
    "bytes",
    "chars",
    "clone",
    "cloned",
    "copied",
    "deref",
    "entry",
    "enumerate",
    "expect",
    "first",
    "get",
    "get_mut",
    "into_iter",
    "iter",
    "iter_mut",
    "keys",
    "last",
    "len",
    "lines",
    "lock",
    "next",
    "peek",
    "read",
    "rev",
    "skip",
    "take",
    "to_owned",
    "to_string",
    "to_vec",
    "trim",
    "unwrap",
    "values",
    "write",
];

impl Reader<'_> {
    /// Whether the dot before `at` is the end of `..`.
    pub(crate) fn is_range(&self, at: usize, start: usize) -> bool {
        at >= start + 2
            && self.tokens[at - 2].is_punct(b'.')
            && self.tokens[at - 2].end == self.tokens[at - 1].start
    }

    pub(crate) fn member(&mut self, at: usize, start: usize, end: usize) -> usize {
        let name = self.tokens[at].data;
        let is_call = self.tokens.get(at + 1).is_some_and(|next| next.is_open(b'('))
            || is_separator(self.tokens, at + 1, end);
        if is_call || at < self.arguments_end {
            let of_self = at >= start + 2
                && self.tokens[at - 2].is_word(word::SELF)
                && !(at >= start + 3 && self.tokens[at - 3].is_punct(b'.'));
            if of_self {
                self.found.self_calls.push(name);
            } else if let Some((receiver, passed)) = self.receiver(at, start) {
                self.found.declared_calls.push((receiver, passed, name));
            } else {
                self.found.calls.push(name);
            }
        }
        // Turbofish and arguments are read like everything else.
        if is_separator(self.tokens, at + 1, end) { at + 3 } else { at + 1 }
    }

    /// What the method at `at` is called on, if that is declared: directly, or through methods that
    /// lead to what is inside.
    pub(crate) fn receiver(&self, at: usize, start: usize) -> Option<(Receiver, Vec<Name>)> {
        let mut dot = at - 1;
        let mut direct = true;
        let mut passed = Vec::new();
        loop {
            let mut last = dot.checked_sub(1).filter(|last| *last >= start)?;
            if self.is_punct(last, b'?') {
                direct = false;
                last = last.checked_sub(1).filter(|last| *last >= start)?;
            }
            let token = self.tokens[last];
            match token.shape {
                Shape::Close if token.first == b')' => {
                    let name = (token.data as usize).checked_sub(1).filter(|name| *name > start)?;
                    let is_passing = self.tokens[name].shape == Shape::Word
                        && self.is_punct(name - 1, b'.')
                        && PASSING.contains(&self.names.get(self.tokens[name].data));
                    is_passing.then_some(())?;
                    direct = false;
                    passed.push(self.tokens[name].data);
                    dot = name - 1;
                }
                Shape::Word if last > start && self.is_punct(last - 1, b'.') => {
                    let of_self = last >= start + 2
                        && self.tokens[last - 2].is_word(word::SELF)
                        && !(last >= start + 3 && self.is_punct(last - 3, b'.'));
                    return of_self.then_some((Receiver::Field(token.data), passed));
                }
                Shape::Word => {
                    return match self.locals.get(token.data)? {
                        Declared::Type(start, end) => Some((Receiver::Type(start, end), passed)),
                        Declared::Collection(name) => {
                            direct.then_some((Receiver::Collection(name), passed))
                        }
                        Declared::Unknown => None,
                    };
                }
                _ => return None,
            }
        }
    }

    /// `$name`, or `$crate`.
    pub(crate) fn metavariable(&mut self, at: usize, end: usize) -> usize {
        if !is_separator(self.tokens, at + 1, end) {
            return at + 1;
        }
        if self.tokens[at].data == word::CRATE {
            return self.path(at + 3, end, Start::MacroCrate);
        }
        if at + 3 < end && self.tokens[at + 3].shape == Shape::Word {
            let names = (self.tokens[at].data, self.tokens[at + 3].data);
            self.found.parameter_calls.push(names);
            return at + 4;
        }
        at + 3
    }

    /// `::` that does not stand behind a word: before a path, or behind `<…>`.
    pub(crate) fn separator(&mut self, at: usize, start: usize, end: usize) -> usize {
        let behind_angles = at > start && self.is_punct(at - 1, b'>');
        if behind_angles {
            return self.associated(at + 2, end);
        }
        if self.tokens.get(at + 2).is_some_and(|next| next.shape == Shape::Word) && at + 2 < end {
            return self.path(at + 2, end, Start::Global);
        }
        at + 2
    }

    /// The name of something of a type that is not known.
    pub(crate) fn associated(&mut self, at: usize, end: usize) -> usize {
        if at < end && self.tokens[at].shape == Shape::Word {
            // `<$type>::name`
            let of_parameter = at >= 5
                && self.is_punct(at - 3, b'>')
                && self.tokens[at - 4].shape == Shape::Word
                && self.is_punct(at - 5, b'$');
            let name = self.tokens[at].data;
            if of_parameter {
                self.found.parameter_calls.push((self.tokens[at - 4].data, name));
            } else {
                self.found.calls.push(name);
            }
            // `<T as Trait>::Item::name`
            let mut last = at + 1;
            while is_separator(self.tokens, last, end)
                && self.tokens.get(last + 2).is_some_and(|next| next.shape == Shape::Word)
                && last + 2 < end
            {
                self.found.calls.push(self.tokens[last + 2].data);
                last += 3;
            }
            return last;
        }
        at
    }
}
