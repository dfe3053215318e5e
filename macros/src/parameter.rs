//! One parameter of a cached function: what it is called, and how it is handed around.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{FnArg, Lifetime, Pat, PatIdent, ReceiverKind, Token, Type};

/// One parameter, `self` included.
#[derive(Clone)]
pub(crate) struct Parameter {
    /// What the generated functions call it.
    pub(crate) name: Ident,
    /// What people call it: in options, and where inputs are printed.
    pub(crate) label: String,
    /// Its type, with a name for every `impl Trait` once the plan has given them.
    pub(crate) ty: Type,
    /// Its type as the user wrote it.
    pub(crate) written: Type,
}

impl Parameter {
    /// What a reference parameter refers to, and the lifetime it says.
    pub(crate) fn referent(&self) -> Option<(&Type, Option<&Lifetime>)> {
        match &self.ty {
            Type::Reference(reference) => Some((&reference.elem, reference.lifetime.as_ref())),
            // Types that come out of a `macro_rules!` macro are wrapped.
            Type::Group(group) => match &*group.elem {
                Type::Reference(reference) => Some((&reference.elem, reference.lifetime.as_ref())),
                _ => None,
            },
            _ => None,
        }
    }

    /// The parameter as the generated functions declare it.
    pub(crate) fn declaration(&self) -> TokenStream {
        let Self { name, ty, .. } = self;
        quote!(#name: #ty)
    }

    /// The parameter as functions declare it that users call.
    pub(crate) fn written_declaration(&self) -> TokenStream {
        let Self { name, written, .. } = self;
        quote!(#name: #written)
    }

    /// Whether an option means this parameter by `name`.
    pub(crate) fn is_called(&self, name: &Ident) -> bool {
        name.unraw() == self.label
    }
}

/// An identifier that points at the user's text and counts as generated, so that lints about the
/// user's code do not judge it.
pub(crate) fn generated(name: &str, at: Span) -> Ident {
    let span = Span::call_site().located_at(at);
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, span),
        None => Ident::new(name, span),
    }
}

/// What people call the parameters, in order.
pub(crate) fn labels(inputs: &Punctuated<FnArg, Token![,]>) -> Vec<String> {
    named(inputs).into_iter().map(|(_, label)| label).collect()
}

/// The parameters, in order.
pub(crate) fn all(inputs: &Punctuated<FnArg, Token![,]>) -> Vec<Parameter> {
    let named = named(inputs);
    let ty = |argument: &FnArg| match argument {
        FnArg::Typed(typed) => (*typed.ty).clone(),
        FnArg::Receiver(receiver) => {
            let self_type = Ident::new("Self", receiver.self_token.span);
            match &receiver.kind {
                ReceiverKind::Reference(and, lifetime, mutability) => {
                    syn::parse_quote!(#and #lifetime #mutability #self_type)
                }
                ReceiverKind::Typed(_, ty) => (**ty).clone(),
                _ => syn::parse_quote!(#self_type),
            }
        }
    };
    inputs
        .iter()
        .zip(named)
        .map(|(argument, (name, label))| {
            let written = ty(argument);
            Parameter { name, label, ty: written.clone(), written }
        })
        .collect()
}

/// Names and labels, in order.
fn named(inputs: &Punctuated<FnArg, Token![,]>) -> Vec<(Ident, String)> {
    let bound: Vec<Option<Ident>> = inputs
        .iter()
        .map(|argument| match argument {
            FnArg::Typed(typed) => only_binding(&typed.pat),
            FnArg::Receiver(_) => None,
        })
        .collect();
    let is_taken = |name: &str| bound.iter().flatten().any(|bound| bound == name);
    let name_of = |(position, argument): (usize, &FnArg)| match (argument, &bound[position]) {
        (FnArg::Receiver(receiver), _) => {
            let name = if is_taken("this") { "__larder_this" } else { "this" };
            (generated(name, receiver.self_token.span), "self".to_owned())
        }
        (FnArg::Typed(_), Some(ident)) => {
            (generated(&ident.to_string(), ident.span()), ident.unraw().to_string())
        }
        (FnArg::Typed(typed), None) => {
            let mut name = format!("arg{position}");
            while is_taken(&name) {
                name.push('_');
            }
            let start = typed.pat.to_token_stream().into_iter().next();
            let span = start.map_or_else(Span::call_site, |token| token.span());
            (generated(&name, span), name)
        }
    };
    inputs.iter().enumerate().map(name_of).collect()
}

/// The name that a pattern binds, if it binds one. `Seed(seed)` is as good a name as `seed`.
fn only_binding(pattern: &Pat) -> Option<Ident> {
    struct Bindings(Vec<Ident>);
    impl Visit<'_> for Bindings {
        fn visit_pat_ident(&mut self, pattern: &PatIdent) {
            self.0.push(pattern.ident.clone());
            syn::visit::visit_pat_ident(self, pattern);
        }
    }
    if let Pat::Ident(whole) = pattern {
        return Some(whole.ident.clone());
    }
    let mut bindings = Bindings(Vec::new());
    bindings.visit_pat(pattern);
    match bindings.0.as_slice() {
        [name] if is_variable(name) => Some(name.clone()),
        _ => None,
    }
}

/// A capital letter would be a constant or a variant, not a binding.
fn is_variable(name: &Ident) -> bool {
    !name.unraw().to_string().starts_with(char::is_uppercase)
}

/// The field of an argument tuple with this position.
pub(crate) fn field(position: usize) -> syn::Index {
    syn::Index { index: u32::try_from(position).unwrap_or(u32::MAX), span: Span::mixed_site() }
}

/// `__larder_…` for the function or method with this suffix, pointing at its name.
pub(crate) fn hidden(what: &str, suffix: &str, at: Span) -> Ident {
    let name = format_ident!("__larder_{what}{suffix}");
    generated(&name.to_string(), at)
}
