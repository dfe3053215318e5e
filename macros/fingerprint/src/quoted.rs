//! What attributes mention, and strings: paths in those of attributes, names in formats.

use crate::digest::after_cache_attribute;
use crate::items::after_attribute;
use crate::lexer::{Shape, Token, behind, lex};
use crate::mentions::{Path, Start, string};
use crate::names::word;
use crate::reader::Reader;

impl Reader<'_> {
    /// Reads the attribute whose `#` is at `at`.
    pub(crate) fn attribute(&mut self, at: usize, end: usize) -> usize {
        let Some(after) = after_attribute(self.tokens, at, end) else {
            return at + 1;
        };
        let open = if self.is_punct(at + 1, b'!') { at + 2 } else { at + 1 };
        if after_cache_attribute(self.tokens, at, end).is_some() {
            // Nothing in it has a part in the values of the function.
            return after;
        }
        let first = self.tokens[open + 1];
        if first.shape != Shape::Word {
            return open + 1;
        }
        let arguments =
            self.tokens.get(open + 2).filter(|token| token.shape == Shape::Open).copied();
        match (first.data, arguments) {
            (
                word::DOC
                | word::ALLOW
                | word::WARN
                | word::DENY
                | word::FORBID
                | word::EXPECT
                | word::INLINE
                | word::MUST_USE
                | word::DEPRECATED,
                _,
            ) => after,
            (word::CFG, Some(arguments)) => {
                self.conditions(open + 3, arguments.data as usize);
                after
            }
            (word::CFG_ATTR, Some(arguments)) => {
                let close = arguments.data as usize;
                let mut comma = open + 3;
                while comma < close && !self.is_punct(comma, b',') {
                    comma = behind(self.tokens, comma);
                }
                self.conditions(open + 3, comma);
                self.attribute_end = self.attribute_end.max(after);
                comma
            }
            (word::DERIVE, _) => open + 2,
            _ => {
                self.attribute_end = self.attribute_end.max(after);
                open + 1
            }
        }
    }

    /// A string in an attribute may be the path of a function or a type.
    pub(crate) fn string_in_attribute(&mut self, token: Token) {
        let Some(content) = string(self.text, token) else {
            return;
        };
        let is_path = content.bytes().all(|byte| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'_' | b':'
                        | b'<'
                        | b'>'
                        | b','
                        | b' '
                        | b'&'
                        | b'\''
                        | b'.'
                        | b'('
                        | b')'
                        | b'='
                )
        });
        // With other characters it is prose, unless something is called or found in it.
        let is_code = is_path || content.contains("::") || content.contains("()");
        if content.is_empty() || !is_code || self.strings > 0 {
            return;
        }
        let tokens = lex(content, self.names);
        let mut inner = Reader::new(content, &tokens, self.names);
        inner.strings = self.strings + 1;
        inner.read(0, tokens.len());
        let mut found = inner.found;
        // Places in the string are none in the source.
        for mention in &mut found.macros {
            mention.arguments = (0, 0);
        }
        found.inclusions.clear();
        let declared = found.declared_calls.drain(..).map(|(_, _, name)| name);
        found.calls.extend(declared);
        for name in &found.words {
            self.found.attribute_paths.push(Path { start: Start::Here, segments: vec![*name] });
        }
        self.found.attribute_paths.extend(found.paths.iter().cloned());
        self.found.add(found);
    }

    /// Names in the braces of a string that is perhaps a format.
    pub(crate) fn format_string(&mut self, token: Token) {
        let text = &self.text[token.start as usize..token.end as usize];
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            rest = &rest[open + 1..];
            if let Some(after) = rest.strip_prefix('{') {
                rest = after;
                continue;
            }
            let inside = &rest[..rest.find('}').unwrap_or(rest.len())];
            let (argument, style) = inside.split_once(':').unwrap_or((inside, ""));
            // `{name:width$.precision$}`
            let sizes = style
                .split('$')
                .map(|part| part.rsplit(|c: char| !is_word(c)).next().unwrap_or_default());
            let sizes = sizes.take(style.matches('$').count());
            for part in std::iter::once(argument.trim()).chain(sizes) {
                if part.chars().all(is_word) && part.starts_with(|c: char| !c.is_ascii_digit()) {
                    let name = self.names.intern(part);
                    self.found.words.push(name);
                }
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
