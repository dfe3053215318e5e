//! Which return types can be told from afar to be no cached results: those that borrow, and those
//! that have no name.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::Visit;
use syn::{GenericArgument, Lifetime, PathArguments, ReturnType, Type, TypeReference};

use crate::mistakes::Mistakes;

const BORROWED: &str =
    "a cached result cannot be borrowed, since a result from the cache has nobody to borrow from";

/// Adds what is wrong with the type that a function returns.
pub(crate) fn check(output: &ReturnType, mistakes: &mut Mistakes) {
    let ReturnType::Type(_, ty) = output else {
        return;
    };
    if let Type::Never(never) = &**ty {
        mistakes.on(never, "a function that never returns has nothing to cache");
        return;
    }
    let mut find = Borrowed { found: None, statics_allowed: false };
    // Only the first part of a `Result` is ever stored, so an error may well be a static text.
    if let Some((stored, rest)) = parts_of_result(ty) {
        find.visit_type(stored);
        find.statics_allowed = true;
        rest.for_each(|part| find.visit_generic_argument(part));
    } else {
        find.visit_type(ty);
    }
    if let Some((tokens, message)) = find.found {
        mistakes.on(tokens, message);
    }
}

/// What stands in the brackets of a type called `Result`: the first type, and the rest.
fn parts_of_result(ty: &Type) -> Option<(&Type, impl Iterator<Item = &GenericArgument>)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(brackets) = &last.arguments else {
        return None;
    };
    let mut arguments = brackets.args.iter();
    match arguments.next() {
        Some(GenericArgument::Type(first)) => Some((first, arguments)),
        _ => None,
    }
}

/// Looks for what keeps an output from being stored or from having a name.
struct Borrowed {
    found: Option<(TokenStream, String)>,
    statics_allowed: bool,
}

impl Borrowed {
    fn find(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        self.found.get_or_insert_with(|| (tokens.into_token_stream(), message.into()));
    }
}

impl Visit<'_> for Borrowed {
    fn visit_type_impl_trait(&mut self, ty: &syn::TypeImplTrait) {
        self.find(
            ty,
            "a cached function returns a type that has a name, since its results are read back \
             as that type: return the type itself, or collect into one, such as `Vec<…>`",
        );
    }

    fn visit_type_reference(&mut self, reference: &TypeReference) {
        let is_static =
            reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
        if is_static && self.statics_allowed {
            return;
        }
        let owned = match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => "`String`".to_owned(),
            Type::Path(path) if path.path.is_ident("Path") => "`PathBuf`".to_owned(),
            Type::Slice(slice) => format!("`Vec<{}>`", in_words(&slice.elem)),
            other => format!("`{}`", in_words(other)),
        };
        self.find(reference, format!("{BORROWED}: return {owned}"));
    }

    fn visit_lifetime(&mut self, lifetime: &Lifetime) {
        if lifetime.ident != "static" {
            self.find(lifetime, format!("{BORROWED}: return a type without lifetimes"));
        }
    }

    fn visit_type_fn_ptr(&mut self, _: &syn::TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &syn::ParenthesizedGenericArguments) {}
}

/// A type as one would write it: a token stream prints with a space between any two tokens.
fn in_words(ty: &Type) -> String {
    let printed = ty.to_token_stream().to_string();
    [(" <", "<"), ("< ", "<"), (" >", ">"), (" ::", "::"), (":: ", "::"), (" ,", ",")]
        .into_iter()
        .fold(printed, |printed, (apart, together)| printed.replace(apart, together))
}
