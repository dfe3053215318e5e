//! What a user can get wrong, said at the place where it is wrong, with what to do instead.
//!
//! What takes types to know (can this be hashed, can that be stored) is not known here; the
//! expansion asks the compiler, which answers with texts from the library.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::visit::Visit;
use syn::{FnArg, Ident, ReceiverKind, Safety, Type, TypeReference};

use crate::item::{Function, is_cache};
use crate::mistakes::Mistakes;
use crate::output;
use crate::parameter;
use crate::parse::Options;

/// More would not fit the tuples that carry a call's arguments.
const MOST_ARGUMENTS: usize = 12;

/// Where the function stands.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// In a module or a body, as far as the attribute can see.
    Free,
    /// In an `impl` block that has the attribute too.
    Impl,
}

/// Adds what is wrong with `function`, or with its `options` in the light of it.
pub(crate) fn check(function: &Function, options: &Options, place: Place, mistakes: &mut Mistakes) {
    if function.body.is_empty() {
        mistakes.on(&function.sig, "there is no body to cache: put `#[cache]` on a function");
        return;
    }
    if place == Place::Free && belongs_to_impl(function) {
        mistakes.at(
            function.sig.ident.span(),
            "this is a method: put `#[cache]` on its `impl` block, too (what belongs to a trait \
             cannot be cached: cache a function, and call it from there)",
        );
        return;
    }
    if let Some(again) = function.attrs.iter().find(|attribute| is_cache(attribute)) {
        mistakes.on(again, "`#[cache]` stands here twice: write one, with all options");
        return;
    }
    check_qualifiers(function, mistakes);
    check_parameters(function, mistakes);
    output::check(&function.sig.output, mistakes);
    check_names(function, options, mistakes);
}

/// Whether the signature shows that the function stands in an `impl` block (or a trait).
fn belongs_to_impl(function: &Function) -> bool {
    struct FindSelf(bool);
    impl Visit<'_> for FindSelf {
        fn visit_ident(&mut self, ident: &Ident) {
            self.0 |= ident == "Self";
        }
    }
    let mut find = FindSelf(function.sig.receiver().is_some());
    find.visit_signature(&function.sig);
    find.0
}

fn check_qualifiers(function: &Function, mistakes: &mut Mistakes) {
    let sig = &function.sig;
    if let Some(token) = &sig.constness {
        mistakes.on(token, "a `const fn` cannot look into a cache: remove `const`");
    }
    if let Safety::Unsafe(token) = &sig.safety {
        mistakes.on(
            token,
            "an `unsafe fn` cannot be cached, since a batch calls it where nobody vouches for its \
             conditions: cache a safe function that calls it",
        );
    }
    if let Some(abi) = &sig.abi {
        mistakes.on(
            abi,
            "a function with a foreign calling convention cannot be cached: cache a plain \
             function and call it from this one",
        );
    }
    if let Some(variadic) = &sig.variadic {
        mistakes.on(variadic, "variadic arguments cannot be cached: take a slice");
    }
}

fn check_parameters(function: &Function, mistakes: &mut Mistakes) {
    for (position, argument) in function.sig.inputs.iter().enumerate() {
        let (attrs, exclusive) = match argument {
            FnArg::Receiver(receiver) => match &receiver.kind {
                ReceiverKind::Reference(and, lifetime, Some(exclusive)) => {
                    let self_token = &receiver.self_token;
                    let tokens = quote::quote!(#and #lifetime #exclusive #self_token);
                    (&receiver.attrs, Some(tokens))
                }
                ReceiverKind::Typed(_, ty) => (&receiver.attrs, exclusive_reference(ty)),
                _ => (&receiver.attrs, None),
            },
            FnArg::Typed(typed) => (&typed.attrs, exclusive_reference(&typed.ty)),
        };
        if let Some(exclusive) = exclusive {
            mistakes.on(
                exclusive,
                "a cached call cannot change its arguments, because a result from the cache comes \
                 without what the function did: take the value, and return the changed one",
            );
        }
        if let Some(cfg) = attrs.iter().find(|attribute| attribute.path().is_ident("cfg")) {
            mistakes.on(
                cfg,
                "a parameter of a cached function cannot come and go: write the function twice, \
                 with `#[cfg]` on each",
            );
        }
        if position == MOST_ARGUMENTS {
            mistakes.on(
                argument,
                format_args!(
                    "a cached function takes at most {MOST_ARGUMENTS} arguments: gather some of \
                     them in a struct that implements `serde::Serialize`"
                ),
            );
        }
    }
}

/// The first `&mut` in a type, apart from those in the signatures of function pointers.
fn exclusive_reference(ty: &Type) -> Option<TokenStream> {
    struct Find(Option<TokenStream>);
    impl Visit<'_> for Find {
        fn visit_type_reference(&mut self, reference: &TypeReference) {
            if reference.mutability.is_some() && self.0.is_none() {
                self.0 = Some(reference.to_token_stream());
            }
            syn::visit::visit_type_reference(self, reference);
        }

        fn visit_type_fn_ptr(&mut self, _: &syn::TypeFnPtr) {}

        fn visit_parenthesized_generic_arguments(
            &mut self,
            _: &syn::ParenthesizedGenericArguments,
        ) {
        }
    }
    let mut find = Find(None);
    find.visit_type(ty);
    find.0
}

/// Checks that the parameters the options name exist and are named once.
fn check_names(function: &Function, options: &Options, mistakes: &mut Mistakes) {
    let known = parameter::labels(&function.sig.inputs);
    let lists = [("ignore", &options.ignore), ("redact", &options.redact)];
    for (option, names) in lists {
        for (position, name) in names.iter().enumerate() {
            if !known.iter().any(|known| name.unraw() == known) {
                let listed = match known.as_slice() {
                    [] => "the function has none".to_owned(),
                    known => format!("the parameters are `{}`", known.join("`, `")),
                };
                mistakes.at(
                    name.span(),
                    format_args!("`{option}` names a parameter that does not exist: {listed}"),
                );
            } else if names[..position].contains(name) {
                mistakes
                    .at(name.span(), format_args!("`{name}` is named twice: remove one of them"));
            } else if option == "redact" && options.ignore.contains(name) {
                mistakes.at(
                    name.span(),
                    format_args!(
                        "`{name}` is both ignored and redacted: what is ignored is never printed, \
                         so leave it in `ignore` alone, or in `redact` if it is part of the key"
                    ),
                );
            }
        }
    }
}

/// Whether an attribute on an `impl` block can be expanded at all.
pub(crate) fn check_impl(block: &syn::ItemImpl, options: &TokenStream, mistakes: &mut Mistakes) {
    if let Some((path, _)) = &block.trait_ {
        mistakes.on(
            path,
            "`#[cache]` cannot stand on an implementation of a trait, since it adds functions that \
             the trait does not have: cache a function or a method of the type's own, and call it \
             from here",
        );
        return;
    }
    if !options.is_empty() {
        mistakes.on(
            options,
            "options belong to the single methods: write `#[cache]` on the block, and \
             `#[cache(…)]` on the method",
        );
    }
}

/// The answer to the attribute on something that is not a function.
pub(crate) fn not_a_function(what: &str, keyword: Span, mistakes: &mut Mistakes) {
    mistakes.at(
        keyword,
        format_args!(
            "`#[cache]` stands on functions, and on `impl` blocks whose methods it marks, but {what} \
             is neither: put it on the function that computes the value"
        ),
    );
}

/// The answer to a marked block in which nothing is marked.
pub(crate) fn nothing_marked(block: &syn::ItemImpl, mistakes: &mut Mistakes) {
    mistakes.at(
        block.self_ty.span(),
        "none of these methods is cached: put `#[cache]` on those that should be, too",
    );
}
