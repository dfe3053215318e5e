//! Macro calls and trait objects: what is mentioned with more than its name.

use crate::heads::after_angles;
use crate::imports::is_separator;
use crate::lexer::Shape;
use crate::mentions::{Inclusion, MacroMention, PLAIN_MACROS, Path, Start, conditions, string};
use crate::names::{is_reserved, word};
use crate::reader::Reader;

/// No program nests macro calls deeper.
const DEEPEST_MACROS: usize = 32;

impl Reader<'_> {
    pub(crate) fn macro_call(&mut self, open: usize, path: Path) -> usize {
        let close = self.tokens[open].data as usize;
        let name = path.segments.last().copied().unwrap_or(word::UNDERSCORE);
        match name {
            word::CFG => {
                self.conditions(open + 1, close);
                return close + 1;
            }
            word::INCLUDE | word::INCLUDE_STR | word::INCLUDE_BYTES => {
                self.found.inclusions.push(Inclusion { how: name, start: open + 1, end: close });
            }
            word::ENV | word::OPTION_ENV => {
                let variable = string(self.text, self.tokens[open + 1]).map(str::to_owned);
                self.found.variables.extend(variable);
            }
            // What they are given may have a method of its own for it.
            word::WRITE | word::WRITELN => self.found.calls.push(word::WRITE_FMT),
            _ => {}
        }
        self.format_end = self.format_end.max(close);
        let is_plain = path.segments.len() == 1 && PLAIN_MACROS.contains(&self.names.get(name));
        let mut words = Vec::new();
        while self.macros.last().is_some_and(|end| *end < open) {
            self.macros.pop();
        }
        if !is_plain {
            self.arguments_end = self.arguments_end.max(close);
            self.macros.push(close);
        }
        if !is_plain && self.macros.len() < DEEPEST_MACROS {
            for at in open + 1..close {
                let token = &self.tokens[at];
                let is_lower = token.shape == Shape::Word
                    && matches!(token.first, b'a'..=b'z' | b'_')
                    && !is_reserved(token.data);
                // What stands in a path is what the path says.
                let in_path = is_separator(self.tokens, at - 2, at)
                    || is_separator(self.tokens, at + 1, close);
                if is_lower && !in_path {
                    words.push(token.data);
                }
            }
            words.sort_unstable();
            words.dedup();
        }
        let arguments = (open + 1, close);
        self.found.macros.push(MacroMention { path, arguments, words });
        open + 1
    }

    /// `dyn A + B`
    pub(crate) fn object(&mut self, at: usize, end: usize) -> usize {
        let mut next = at + 1;
        loop {
            let first = self.found.paths.len();
            let words = self.found.words.len();
            let global = is_separator(self.tokens, next, end);
            let start = if global { Start::Global } else { Start::Here };
            let from = if global { next + 2 } else { next };
            if from >= end
                || self.tokens[from].shape != Shape::Word
                || self.tokens[from].data == word::FOR
            {
                return from.min(end);
            }
            next = self.path(from, end, start);
            if let Some(path) = self.found.paths.get(first) {
                self.found.objects.push(path.clone());
            } else if let Some(name) = self.found.words.get(words) {
                self.found.objects.push(Path { start, segments: vec![*name] });
            }
            if self.is_punct(next, b'<') && next < end {
                let close = after_angles(self.tokens, next, end);
                self.read(next, close);
                next = close;
            }
            if !self.is_punct(next, b'+') || next >= end {
                return next;
            }
            next += 1;
        }
    }

    pub(crate) fn conditions(&mut self, start: usize, end: usize) {
        conditions(self.text, self.tokens, start, end, self.names, &mut self.found.conditions);
    }
}
