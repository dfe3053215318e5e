//! Which of a function's attributes belong where, now that it has become several.
//!
//! The function itself keeps them all, except that what a user *expects* of the compiler must be
//! expected where it happens: in the body, or, for lints about the function as others see it, at
//! the function itself.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// Lints that judge a function from outside.
const OUTER_LINTS: [&str; 9] = [
    "dead_code",
    "missing_docs",
    "private_bounds",
    "private_interfaces",
    "unreachable_pub",
    "unused",
    "missing_errors_doc",
    "missing_panics_doc",
    "must_use_candidate",
];

/// The attributes, by where they go.
#[derive(Default)]
pub(crate) struct Attributes {
    /// On the function itself.
    pub(crate) outer: TokenStream,
    /// On the body as it was written.
    pub(crate) body: TokenStream,
    /// On everything that is generated: the conditions under which the function exists at all.
    pub(crate) cfgs: TokenStream,
    /// Whether the function is expected to be used by nobody.
    pub(crate) expects_unused: bool,
}

impl Attributes {
    pub(crate) fn sort(attrs: &[Attribute]) -> Self {
        let mut sorted = Self::default();
        for attribute in attrs {
            let path = attribute.path();
            if path.is_ident("cfg") {
                sorted.outer.extend(quote!(#attribute));
                sorted.cfgs.extend(quote!(#attribute));
                sorted.body.extend(quote!(#attribute));
            } else if path.is_ident("expect") {
                sorted.expectation(attribute);
            } else if ["allow", "warn", "deny", "forbid"].iter().any(|level| path.is_ident(level)) {
                sorted.outer.extend(quote!(#attribute));
                sorted.body.extend(quote!(#attribute));
            } else {
                sorted.outer.extend(quote!(#attribute));
            }
        }
        sorted
    }

    /// Splits `#[expect(…)]` into what is expected of the body and what of the function itself,
    /// and allows each at the other place, where it may or may not happen.
    fn expectation(&mut self, attribute: &Attribute) {
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        let Ok(entries) = attribute.parse_args_with(parser) else {
            // The compiler will say what is wrong with it.
            self.outer.extend(quote!(#attribute));
            return;
        };
        let (reasons, lints): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| matches!(entry, Meta::NameValue(_)));
        let (outer, body): (Vec<_>, Vec<_>) = lints.into_iter().partition(|lint| {
            lint.path()
                .segments
                .last()
                .is_some_and(|last| OUTER_LINTS.iter().any(|outer| last.ident == outer))
        });
        self.expects_unused |= outer
            .iter()
            .any(|lint| lint.path().is_ident("dead_code") || lint.path().is_ident("unused"));
        // Generated spans, so that a lint against `allow` does not judge ours.
        let span = Span::call_site();
        if !outer.is_empty() {
            self.outer.extend(quote!(#[expect(#(#outer,)* #(#reasons,)*)]));
            self.body.extend(quote_spanned!(span=> #[allow(#(#outer,)*)]));
        }
        if !body.is_empty() {
            self.body.extend(quote!(#[expect(#(#body,)* #(#reasons,)*)]));
            self.outer.extend(quote_spanned!(span=> #[allow(#(#body,)*)]));
        }
    }
}
