//! `use` declarations, taken apart into single names.

use crate::lexer::{Shape, Token, behind};
use crate::names::{Name, word};

/// One name that a `use` declaration brings, or all names of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// Whether the path begins with `::`.
    pub(crate) global: bool,
    pub(crate) path: Vec<Name>,
    /// What it is called here; `_` where it has no name.
    pub(crate) alias: Name,
    /// Whether everything in `path` is meant.
    pub(crate) glob: bool,
}

/// The names of the declaration whose tokens begin behind `use`, at `at`.
pub(crate) fn imports(tokens: &[Token], at: usize, end: usize) -> Vec<Import> {
    let mut found = Vec::new();
    let global = is_separator(tokens, at, end);
    let at = if global { at + 2 } else { at };
    tree(
        tokens,
        at,
        end,
        &Import { global, path: Vec::new(), alias: word::UNDERSCORE, glob: false },
        &mut found,
        0,
    );
    found
}

/// `extern crate name as alias;`, whose tokens begin behind `crate`.
pub(crate) fn extern_crate(tokens: &[Token], at: usize, end: usize) -> Option<Import> {
    let name = tokens.get(at).filter(|_| at < end)?.data;
    let alias = alias(tokens, at + 1, end).unwrap_or(name);
    Some(Import { global: true, path: vec![name], alias, glob: false })
}

fn tree(
    tokens: &[Token],
    start: usize,
    end: usize,
    prefix: &Import,
    found: &mut Vec<Import>,
    depth: u32,
) {
    if depth > 32 {
        return;
    }
    let mut path = prefix.path.clone();
    let mut at = start;
    while at < end {
        let token = &tokens[at];
        match token.shape {
            Shape::Word if token.data == word::SELF && !path.is_empty() => {}
            Shape::Word => path.push(token.data),
            Shape::Punct if token.first == b'*' => {
                return found.push(Import { path, glob: true, ..prefix.clone() });
            }
            Shape::Open => {
                let close = (token.data as usize).min(end);
                let prefix = Import { path, ..prefix.clone() };
                let mut branch = at + 1;
                while branch < close {
                    let mut next = branch;
                    while next < close && !tokens[next].is_punct(b',') {
                        next = behind(tokens, next);
                    }
                    // `use {::a, ::b}`
                    let first =
                        if is_separator(tokens, branch, next) { branch + 2 } else { branch };
                    tree(tokens, first, next.min(close), &prefix, found, depth + 1);
                    branch = next + 1;
                }
                return;
            }
            _ => {}
        }
        at += 1;
        if !is_separator(tokens, at, end) {
            break;
        }
        at += 2;
    }
    let Some(last) = path.last().copied() else {
        return;
    };
    let alias = alias(tokens, at, end).unwrap_or(last);
    found.push(Import { path, alias, ..prefix.clone() });
}

fn alias(tokens: &[Token], at: usize, end: usize) -> Option<Name> {
    (at + 1 < end && tokens[at].is_word(word::AS)).then(|| tokens[at + 1].data)
}

/// Whether `::` stands at `at`.
pub(crate) fn is_separator(tokens: &[Token], at: usize, end: usize) -> bool {
    at + 1 < end
        && tokens[at].is_punct(b':')
        && tokens[at + 1].is_punct(b':')
        && tokens[at].end == tokens[at + 1].start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::lex;
    use crate::names::Names;

    fn check(text: &str, expected: &[&str]) {
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        let found = imports(&tokens, 0, tokens.len());
        let shown = found.iter().map(|import| {
            let path: Vec<&str> = import.path.iter().map(|name| names.get(*name)).collect();
            let global = if import.global { "::" } else { "" };
            let end = if import.glob { "*" } else { names.get(import.alias) };
            format!("{global}{} {end}", path.join("::"))
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn every_form_is_taken_apart() {
        check("a::b::c;", &["a::b::c c"]);
        check("a;", &["a a"]);
        check("::a::b as c;", &["::a::b c"]);
        check(
            "a::{self, b as d, c::{e, f::*}, g as _};",
            &["a a", "a::b d", "a::c::e e", "a::c::f *", "a::g _"],
        );
        check("self::a::*;", &["self::a *"]);
        check("super::super::a;", &["super::super::a a"]);
        check("{a::b, crate::c};", &["a::b b", "crate::c c"]);
        check("*;", &[" *"]);
    }
}
