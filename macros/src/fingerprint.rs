//! The fingerprint of a cached function's code: what must change for its results to be computed
//! anew.
//!
//! Every token counts, in an encoding of kind and length that no two texts share. What does not
//! change what a function computes does not count: comments, doc comments, visibility, and the
//! layout, down to the commas that rustfmt adds at the end of a list it breaks into lines.

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use std::collections::BTreeSet;
use syn::{Attribute, ItemImpl, LitStr};

use crate::item::Function;

/// Operators of several characters, longest first. None begins with `>`: whether `>>` closes two
/// lists or shifts is clear from what surrounds it, and `> >` is the former only.
const OPERATORS: [&str; 20] = [
    "<<=", "...", "..=", "::", "->", "=>", "==", "!=", "<=", "&&", "||", "<<", "+=", "-=", "*=",
    "/=", "%=", "^=", "&=", "|=",
];

/// The fingerprint of a function, or of a method in `block`, as hexadecimal digits.
///
/// What is `ignored` and the variables of the environment say what the key is made of, so that keys
/// of other inputs must not be mistaken for it.
pub(crate) fn fingerprint(
    function: &Function,
    block: Option<&ItemImpl>,
    ignored: &[Ident],
    variables: &[LitStr],
) -> String {
    let mut hasher = Hasher::default();
    // The order in which parameters are ignored does not matter, that of variables does.
    for name in ignored.iter().map(Ident::to_string).collect::<BTreeSet<_>>() {
        hasher.token(b'x', &name);
    }
    for name in variables {
        hasher.token(b'e', &name.value());
    }
    if let Some(ItemImpl { generics, self_ty, .. }) = block {
        let where_clause = &generics.where_clause;
        hasher.tokens(quote!(impl #generics #self_ty #where_clause));
    }
    let Function { attrs, sig, body, .. } = function;
    let attrs = attrs.iter().filter(|attribute| !is_doc(attribute));
    hasher.tokens(quote!(#(#attrs)* #sig #body));
    hasher.finish()
}

/// Twelve digits for telling generated names apart.
pub(crate) fn short(of: impl ToTokens) -> String {
    let mut hasher = Hasher::default();
    hasher.tokens(of.into_token_stream());
    hasher.finish()[..12].to_owned()
}

fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc")
}

#[derive(Default)]
struct Hasher(blake3::Hasher);

impl Hasher {
    fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }

    fn token(&mut self, kind: u8, text: &str) {
        self.0.update(&[kind]);
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        while let Some((token, after)) = rest.split_first() {
            rest = after;
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    if let Some(after) = after_doc(rest) {
                        rest = after;
                    } else {
                        self.token(b'p', "#");
                    }
                }
                TokenTree::Punct(punct) => {
                    let operator = operator(punct.as_char(), punct.spacing(), rest);
                    rest = &rest[operator.len() - 1..];
                    self.token(b'p', &operator);
                }
                TokenTree::Ident(ident) => self.token(b'i', &ident.to_string()),
                TokenTree::Literal(literal) => self.token(b'l', &literal.to_string()),
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::None => ("", ""),
                    };
                    self.token(b'o', open);
                    self.tokens(without_trailing_comma(group.delimiter(), group.stream()));
                    self.token(b'c', close);
                }
            }
        }
    }
}

/// What follows a doc attribute whose `#` was just read.
fn after_doc(rest: &[TokenTree]) -> Option<&[TokenTree]> {
    let rest = match rest {
        [TokenTree::Punct(punct), rest @ ..] if punct.as_char() == '!' => rest,
        rest => rest,
    };
    match rest {
        [TokenTree::Group(group), rest @ ..] if group.delimiter() == Delimiter::Bracket => {
            let first = group.stream().into_iter().next();
            matches!(first, Some(TokenTree::Ident(name)) if name == "doc").then_some(rest)
        }
        _ => None,
    }
}

/// The longest operator that starts with `first`. Characters that merely touch, as in `=-1`, are
/// not one.
fn operator(first: char, spacing: Spacing, rest: &[TokenTree]) -> String {
    let mut run = String::from(first);
    let mut spacing = spacing;
    for token in rest.iter().take(2) {
        let (Spacing::Joint, TokenTree::Punct(punct)) = (spacing, token) else {
            break;
        };
        run.push(punct.as_char());
        spacing = punct.spacing();
    }
    let longest = OPERATORS.into_iter().find(|operator| run.starts_with(operator));
    let range = run.starts_with("..").then_some("..");
    longest.or(range).map_or_else(|| first.to_string(), str::to_owned)
}

/// Drops a comma that rustfmt may add or remove. `(a,)` keeps its own: it makes a tuple.
fn without_trailing_comma(delimiter: Delimiter, stream: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = stream.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let commas = tokens.iter().filter(|token| is_comma(token)).count();
    let needed = delimiter == Delimiter::Parenthesis && commas == 1;
    if !needed && tokens.last().is_some_and(is_comma) {
        tokens.pop();
    }
    tokens.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    fn of(source: &str) -> String {
        fingerprint(&syn::parse_str(source).expect("the source parses"), None, &[], &[])
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
            "fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { /// Which?\n let x = -1; a + 1 }",
            "#[doc(alias = \"plus\")] fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
            "pub fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
            "pub(crate) fn f(a: u64, b: Vec<Vec<u8>>) -> u64 { let x = -1; a + 1 }",
        ] {
            assert_eq!(of(same), plain, "{same}");
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
            "fn f<T>(a: u64) -> u64 where T: Copy { a + 1 }",
            "#[inline] fn f(a: u64) -> u64 { a + 1 }",
            "#[cfg(unix)] fn f(a: u64) -> u64 { a + 1 }",
            "fn f(a: u64) -> u64 { #[cfg(unix)] a + 1 }",
        ];
        let mut seen = HashMap::new();
        for source in different {
            assert_eq!(seen.insert(of(source), source), None, "{source}");
        }
    }

    #[test]
    fn neighbouring_texts_do_not_run_together() {
        let differ = [
            ("fn f() { ab c }", "fn f() { a bc }"),
            ("fn f() { a & &b }", "fn f() { a && b }"),
            ("fn f() { a | |b| c }", "fn f() { a || b| c }"),
            ("fn f() { \"a\" \"b\" }", "fn f() { \"a\\\" \\\"b\" }"),
            ("fn f() { a }", "fn f() { 'a' }"),
            ("fn f() { (a,) }", "fn f() { (a) }"),
            ("fn f() { a b }", "fn f() { (a) b }"),
            ("fn f() { a.. b }", "fn f() { a..= b }"),
            ("fn f() { a < <T>::B }", "fn f() { a << T>::B }"),
        ];
        for (one, other) in differ {
            assert_ne!(of(one), of(other), "{one} / {other}");
        }
    }

    #[test]
    fn a_trailing_comma_counts_only_where_it_makes_a_tuple() {
        assert_eq!(of("fn f() { g(a, b,) }"), of("fn f() { g(a, b) }"));
        assert_eq!(of("fn f() { [a,] }"), of("fn f() { [a] }"));
        assert_eq!(of("fn f() { S { a, } }"), of("fn f() { S { a } }"));
        assert_ne!(of("fn f() { (a,) }"), of("fn f() { (a) }"));
    }

    #[test]
    fn the_header_of_the_block_counts_for_a_method() {
        let method: Function =
            syn::parse_str("fn m(&self) -> u64 { self.0 }").expect("the source parses");
        let mut seen = HashMap::new();
        for header in ["impl A {}", "impl B {}", "impl<T> A {}", "impl<T> A where T: Copy {}"] {
            let block = syn::parse_str(header).expect("the source parses");
            assert_eq!(
                seen.insert(fingerprint(&method, Some(&block), &[], &[]), header),
                None,
                "{header}"
            );
        }
        assert_eq!(seen.insert(fingerprint(&method, None, &[], &[]), "none"), None);
    }

    #[test]
    fn the_fingerprint_is_32_bytes_in_hexadecimal() {
        let fingerprint = of("fn f() {}");
        assert_eq!(fingerprint.len(), 64);
        assert!(fingerprint.bytes().all(|digit| digit.is_ascii_hexdigit()));
    }

    #[test]
    fn what_the_key_is_made_of_is_part_of_it() {
        let function = syn::parse_str("fn f(a: u8, b: u8) -> u8 { a }").expect("the source parses");
        let of = |ignored: &[&str], variables: &[&str]| {
            let name = |name: &&str| syn::parse_str(name).expect("a name");
            let ignored: Vec<Ident> = ignored.iter().map(name).collect();
            let literal = |text: &&str| LitStr::new(text, proc_macro2::Span::call_site());
            let variables: Vec<LitStr> = variables.iter().map(literal).collect();
            fingerprint(&function, None, &ignored, &variables)
        };
        let all = [
            of(&[], &[]),
            of(&["a"], &[]),
            of(&["b"], &[]),
            of(&["a", "b"], &[]),
            of(&[], &["a"]),
            of(&[], &["a", "b"]),
            of(&[], &["b", "a"]),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert_eq!(of(&["b", "a"], &[]), all[3]);
    }
}
