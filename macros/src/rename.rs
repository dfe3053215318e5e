//! Paths into the library, under the name that the user's package has given it.

use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};
use std::sync::OnceLock;

use larder_fingerprint::Compilation;

/// The name of the library in the user's code, where it is not `larder`.
pub(crate) fn other_name() -> Option<&'static str> {
    static NAME: OnceLock<Option<String>> = OnceLock::new();
    NAME.get_or_init(|| Compilation::current().other_name_of("larder")).as_deref()
}

/// Generated code with every `::larder` under the name that holds here.
pub(crate) fn renamed(tokens: TokenStream) -> TokenStream {
    match other_name() {
        Some(name) => rename(tokens, name),
        None => tokens,
    }
}

/// Words behind which a path begins; behind any other, `::` goes on with one.
const BEFORE_PATHS: [&str; 12] =
    ["as", "dyn", "else", "for", "if", "impl", "in", "match", "mut", "return", "use", "while"];

/// Words whose generics are followed by the beginning of a path: `impl<T> ::larder::Task<T> for …`.
const BEFORE_GENERICS: [&str; 2] = ["for", "impl"];

fn rename(tokens: TokenStream, name: &str) -> TokenStream {
    // How many colons stand directly before, and whether a path can begin with them.
    // And which punctuation stood directly before.
    let (mut colons, mut begins, mut before) = (0, true, ' ');
    // Whether the word before can have generics of its own, and for each `<` whether one stood there.
    let (mut declares, mut opened) = (false, Vec::new());
    let renamed = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => {
            (colons, begins, before, declares) = (0, true, ' ', false);
            let mut inside = Group::new(group.delimiter(), rename(group.stream(), name));
            inside.set_span(group.span());
            inside.into()
        }
        TokenTree::Ident(ident) => {
            let is_library = colons == 2 && begins && ident == "larder";
            // So it does behind a lifetime.
            let ends_nothing = before == '\'' || BEFORE_PATHS.iter().any(|word| ident == word);
            (colons, begins, before) = (0, ends_nothing, ' ');
            declares = BEFORE_GENERICS.iter().any(|word| ident == word);
            if is_library { Ident::new(name, ident.span()).into() } else { ident.into() }
        }
        TokenTree::Punct(punct) => {
            match (punct.as_char(), punct.spacing()) {
                (':', Spacing::Joint) => colons = 1,
                (':', Spacing::Alone) if colons == 1 => colons = 2,
                // Behind the `>` of an arrow or of declared generics, a path begins; behind any other, it
                // goes on.
                ('>', _) if before != '-' => (colons, begins) = (0, opened.pop() == Some(true)),
                (character, _) => {
                    (colons, begins) = (0, true);
                    if character == '<' {
                        opened.push(declares);
                    }
                }
            }
            (before, declares) = (punct.as_char(), false);
            punct.into()
        }
        literal @ TokenTree::Literal(_) => {
            (colons, begins, before, declares) = (0, true, ' ', false);
            literal
        }
    });
    renamed.collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn only_paths_into_the_library_are_renamed() {
        let tokens = quote! {
            fn f(larder: &'static ::larder::Cache) -> ::larder::Call<<T as ::larder::A>::larder> {
                larder.b(::other::larder)
            }
        };
        let expected = quote! {
            fn f(larder: &'static ::store::Cache) -> ::store::Call<<T as ::store::A>::larder> {
                larder.b(::other::larder)
            }
        };
        assert_eq!(rename(tokens, "store").to_string(), expected.to_string());
    }

    /// The path behind the generics of an `impl` was left alone, as if it went on with the `>` like
    /// `<T as A>::larder`: functions with generics or references did not compile under another name.
    #[test]
    fn a_path_begins_behind_declared_generics() {
        let tokens = quote! {
            impl<T: A<B<C>>, const N: usize> ::larder::Task<[T; N]> for F<T>
            where
                for<'a> ::larder::G<'a, <T as H>::larder>: I,
            {
                const LESS: bool = N < 3 && <T as A>::larder;
            }
        };
        let expected = quote! {
            impl<T: A<B<C>>, const N: usize> ::store::Task<[T; N]> for F<T>
            where
                for<'a> ::store::G<'a, <T as H>::larder>: I,
            {
                const LESS: bool = N < 3 && <T as A>::larder;
            }
        };
        assert_eq!(rename(tokens, "store").to_string(), expected.to_string());
    }
}
