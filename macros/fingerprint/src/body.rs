//! The code of one function, without anything that it reaches.

use crate::digest::Encoder;
use crate::items::{ItemKind, items};
use crate::lexer::lex;
use crate::names::Names;

/// The digest of some code, whatever its layout, comments and documentation.
pub fn digest(source: &str) -> [u8; 32] {
    let tokens = lex(source, &mut Names::new());
    let mut encoder = Encoder::default();
    encoder.tokens(source, &tokens, 0, tokens.len());
    encoder.finish()
}

/// The digest of a method in the text of its `impl` block, with the head of the block; `None` if it
/// is not there.
pub fn method_digest(block: &str, method: &str) -> Option<[u8; 32]> {
    let mut names = Names::new();
    let tokens = lex(block, &mut names);
    let method = names.intern(method);
    let block_item = *items(&tokens, 0, tokens.len()).first()?;
    let body = block_item.body.filter(|_| block_item.kind == ItemKind::Impl)? as usize;
    let mut encoder = Encoder::default();
    encoder.tokens(block, &tokens, block_item.start as usize, body);
    let inner = items(&tokens, body + 1, tokens[body].data as usize);
    // Several, where conditions choose between them.
    let mut found = inner
        .iter()
        .filter(|item| item.kind == ItemKind::Function && item.name == method)
        .peekable();
    found.peek()?;
    for item in found {
        encoder.text(b'm', &[]);
        encoder.tokens(block, &tokens, item.start as usize, item.end as usize);
    }
    Some(encoder.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_head_of_the_block_counts_for_a_method() {
        let of = |head: &str| {
            method_digest(&format!("{head} {{ fn m(&self) {{ 1 }} fn n() {{}} }}"), "m")
        };
        let heads = ["impl A", "impl B", "impl<T> A", "impl<T> A where T: Copy"];
        assert_eq!(heads.iter().map(|head| of(head).unwrap()).collect::<HashSet<_>>().len(), 4);
        assert_eq!(method_digest("impl A { fn n() {} }", "m"), None);
    }

    #[test]
    fn other_methods_of_the_block_do_not_count() {
        let one = method_digest("impl A { fn m() { 1 } fn n() { 2 } }", "m");
        assert_eq!(one, method_digest("impl A { fn n() { 3 } /// Docs.\n pub fn m() { 1 } }", "m"));
        assert_ne!(one, method_digest("impl A { fn m() { 2 } fn n() { 2 } }", "m"));
    }
}
