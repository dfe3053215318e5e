//! What attributes say about an item: under which conditions it exists, and where it lies.

use crate::items::{Item, after_attribute};
use crate::lexer::{Shape, Token};
use crate::mentions::{conditions, string};
use crate::names::{Name, Names, word};

/// The attributes of an item that take arguments: their names, and where the arguments open.
pub(crate) fn attributes(tokens: &[Token], item: &Item) -> Vec<(Name, usize)> {
    let mut found = Vec::new();
    let mut at = item.start as usize;
    while let Some(after) = after_attribute(tokens, at, item.head as usize) {
        let open = if tokens[at + 1].is_punct(b'!') { at + 2 } else { at + 1 };
        let arguments = tokens.get(open + 2).filter(|token| token.shape == Shape::Open);
        if arguments.is_some() && open + 2 < after {
            found.push((tokens[open + 1].data, open + 2));
        }
        at = after;
    }
    found
}

/// `#[path = "…"]`
pub(crate) fn stated_path<'a>(text: &'a str, tokens: &[Token], item: &Item) -> Option<&'a str> {
    let head = &tokens[item.start as usize..item.head as usize];
    head.windows(3).find_map(|window| {
        let is_path = window[0].is_word(word::PATH) && window[1].is_punct(b'=');
        is_path.then(|| string(text, window[2])).flatten()
    })
}

/// The attributes between two positions that are conditions, as text.
pub(crate) fn guard(text: &str, tokens: &[Token], start: usize, end: usize) -> String {
    let mut found = String::new();
    let mut at = start;
    while let Some(after) = after_attribute(tokens, at, end) {
        if tokens[at + 2].is_word(word::CFG) {
            for token in &tokens[at..after] {
                found.push_str(&text[token.start as usize..token.end as usize]);
                found.push(' ');
            }
        }
        at = after;
    }
    found
}

/// The conditions in the attributes of an item.
pub(crate) fn conditions_of(
    text: &str,
    tokens: &[Token],
    item: &Item,
    names: &Names,
) -> Vec<String> {
    let mut found = Vec::new();
    for (name, open) in attributes(tokens, item) {
        if name == word::CFG {
            let close = tokens[open].data as usize;
            conditions(text, tokens, open + 1, close, names, &mut found);
        }
    }
    found
}
