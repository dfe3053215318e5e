//! One cached function or method, in the form in which the generated code speaks of it.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::visit_mut::VisitMut as _;
use syn::{FnArg, GenericParam, Generics, ItemImpl, Pat, ReturnType, Type, WhereClause};

use crate::attributes::Attributes;
use crate::code::Code;
use crate::item::Function;
use crate::parameter::{self, Parameter, generated, hidden};
use crate::parse::Options;
use crate::types::{NameImpls, without_self};

/// What the expansion needs to know. Types are as in the user's signature, save that every
/// `impl Trait` has a name.
pub(crate) struct Plan<'a> {
    pub(crate) function: &'a Function,
    pub(crate) options: &'a Options,
    pub(crate) attributes: Attributes,
    pub(crate) generics: Generics,
    /// How many of the generics stand for an `impl Trait`; they come last.
    pub(crate) impls: usize,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) output: Type,
    /// For a method, its block.
    pub(crate) block: Option<&'a ItemImpl>,
    pub(crate) code: &'a Code,
}

/// Who calls a function with `impl Trait` arguments.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Caller {
    /// One that gave them names.
    Named,
    /// One that has them as written, so that the compiler must find out.
    Anonymous,
    /// One that calls the function itself, where they cannot be passed at all.
    Outside,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(
        function: &'a Function,
        options: &'a Options,
        block: Option<&'a ItemImpl>,
        code: &'a Code,
    ) -> Self {
        let sig = &function.sig;
        let mut impls = NameImpls::default();
        let mut parameters = parameter::all(&sig.inputs);
        for parameter in &mut parameters {
            impls.visit_type_mut(&mut parameter.ty);
        }
        let output = match &sig.output {
            ReturnType::Default => {
                let span = Span::call_site().located_at(sig.ident.span());
                syn::parse_quote_spanned!(span=> ())
            }
            ReturnType::Type(_, ty) => (**ty).clone(),
        };
        let mut generics = with_generated_lifetimes(&sig.generics);
        generics.params.extend(impls.params.iter().cloned().map(GenericParam::Type));
        Self {
            function,
            options,
            attributes: Attributes::sort(&function.attrs),
            generics,
            impls: impls.params.len(),
            parameters,
            output,
            block,
            code,
        }
    }

    /// The same plan for a place outside the block, where `Self` is something else.
    pub(crate) fn outside(mut self, self_ty: &Type) -> Self {
        for parameter in &mut self.parameters {
            parameter.ty = without_self(&parameter.ty, self_ty);
            parameter.written = without_self(&parameter.written, self_ty);
        }
        self.output = without_self(&self.output, self_ty);
        let where_clause = self.generics.where_clause.take();
        self.generics = without_self(&self.generics, self_ty);
        self.generics.where_clause = where_clause.map(|clause| without_self(&clause, self_ty));
        self
    }

    /// The function's own name, pointing at it.
    pub(crate) fn name(&self) -> Ident {
        let name = &self.function.sig.ident;
        generated(&name.to_string(), name.span())
    }

    /// The function's name as a part of other names.
    pub(crate) fn plain_name(&self) -> String {
        self.function.sig.ident.unraw().to_string()
    }

    /// The hidden function that does `what`.
    pub(crate) fn hidden(&self, what: &str) -> Ident {
        let suffix = match self.block {
            Some(_) => format!("_{}", self.plain_name()),
            None => String::new(),
        };
        hidden(what, &suffix, self.function.sig.ident.span())
    }

    pub(crate) fn is_async(&self) -> bool {
        self.function.sig.asyncness.is_some()
    }

    /// `async` before a function that computes.
    pub(crate) fn asyncness(&self) -> Option<TokenStream> {
        self.is_async().then(|| quote!(async))
    }

    /// `.await` after a call that computes.
    pub(crate) fn awaiting(&self) -> Option<TokenStream> {
        self.is_async().then(|| quote!(.await))
    }

    /// The parameters as the generated functions declare them.
    pub(crate) fn declarations(&self) -> TokenStream {
        let declarations = self.parameters.iter().map(Parameter::declaration);
        quote!(#(#declarations),*)
    }

    /// The names of the parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.parameters.iter().map(|parameter| &parameter.name)
    }

    /// Whether anything can differ between two instances of the function.
    pub(crate) fn is_generic(&self) -> bool {
        let is_generic = |generics: &Generics| {
            generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
        };
        is_generic(&self.generics) || self.block.is_some_and(|block| is_generic(&block.generics))
    }

    /// `<'a, FIRST, T, const N: usize>` for a generated function, and its where clause.
    pub(crate) fn generics(
        &self,
        first: Option<&TokenStream>,
    ) -> (TokenStream, Option<&WhereClause>) {
        (angled(&self.generics, first), self.generics.where_clause.as_ref())
    }

    /// `::<FIRST, T, N>` for a call of a generated function. Lifetimes are never passed: where
    /// they are decided late, they must not be.
    pub(crate) fn turbofish(&self, caller: Caller, first: Option<TokenStream>) -> TokenStream {
        let own = self.generics.params.len() - self.impls;
        let params = self.generics.params.iter().enumerate().filter_map(|(position, param)| {
            let ident = match param {
                GenericParam::Lifetime(_) => return None,
                GenericParam::Type(param) => &param.ident,
                GenericParam::Const(param) => &param.ident,
            };
            match caller {
                Caller::Anonymous if position >= own => Some(quote!(_)),
                Caller::Outside if position >= own => None,
                _ => Some(ident.to_token_stream()),
            }
        });
        let all: Vec<TokenStream> = first.into_iter().chain(params).collect();
        if all.is_empty() { TokenStream::new() } else { quote!(::<#(#all),*>) }
    }

    /// The function's own text, under another name.
    pub(crate) fn body(&self) -> TokenStream {
        let Function { sig, body, .. } = self.function;
        let mut sig = sig.clone();
        sig.ident = self.hidden("body");
        let mut impls = NameImpls::default();
        for input in &mut sig.inputs {
            if let FnArg::Typed(typed) = input {
                impls.visit_type_mut(&mut typed.ty);
            }
        }
        sig.generics.params.extend(impls.params.into_iter().map(GenericParam::Type));
        let attrs = &self.attributes.body;
        quote!(#attrs #sig #body)
    }

    /// The function as others see it, with a body that calls `control`.
    pub(crate) fn outer(&self, control: &TokenStream) -> TokenStream {
        let Function { vis, sig, body, .. } = self.function;
        let mut sig = sig.clone();
        let mut arguments = Vec::new();
        for (input, parameter) in sig.inputs.iter_mut().zip(&self.parameters) {
            match input {
                FnArg::Receiver(receiver) => {
                    arguments.push(receiver.self_token.to_token_stream());
                    receiver.mutability = None;
                    receiver.attrs.clear();
                }
                FnArg::Typed(typed) => {
                    let name = &parameter.name;
                    arguments.push(name.to_token_stream());
                    *typed.pat = Pat::Verbatim(name.to_token_stream());
                    typed.attrs.clear();
                }
            }
        }
        let attrs = &self.attributes.outer;
        let fish = self.turbofish(Caller::Anonymous, Some(quote!(::larder::__private::Value)));
        let awaiting = self.awaiting();
        let call = quote!(#control #fish(#(#arguments),*) #awaiting);
        // With the braces of the user's body, the function counts as written by the user, so that
        // it is reported when it is never used or has no documentation.
        let mut braces = Group::new(Delimiter::Brace, call);
        if let Some(written) = body.clone().into_iter().next() {
            braces.set_span(written.span());
        }
        quote!(#attrs #vis #sig #braces)
    }

    /// What stands on every generated `impl` block: the conditions of the function, and leave to
    /// be as wide as it. Clippy judges generated code like any other.
    pub(crate) fn impl_attributes(&self) -> TokenStream {
        let cfgs = &self.attributes.cfgs;
        quote!(#cfgs #[allow(
            clippy::impl_trait_in_params,
            clippy::multiple_bound_locations,
            clippy::same_name_method,
            clippy::too_many_arguments,
            clippy::trivially_copy_pass_by_ref,
            clippy::type_complexity
        )])
    }

    /// The function's visibility for what is generated.
    pub(crate) fn visibility(&self) -> TokenStream {
        respanned(self.function.vis.to_token_stream())
    }
}

/// `<'a, FIRST, T, const N: usize>`, without where clause.
pub(crate) fn angled(generics: &Generics, first: Option<&TokenStream>) -> TokenStream {
    let is_lifetime = |param: &&GenericParam| matches!(param, GenericParam::Lifetime(_));
    let lifetimes = generics.params.iter().filter(is_lifetime).map(ToTokens::to_token_stream);
    let others = generics.params.iter().filter(|param| !is_lifetime(param));
    let all: Vec<TokenStream> =
        lifetimes.chain(first.cloned()).chain(others.map(ToTokens::to_token_stream)).collect();
    if all.is_empty() { TokenStream::new() } else { quote!(<#(#all),*>) }
}

/// The generics, with lifetimes whose declarations count as generated: not every generated
/// function uses every one, which a lint would hold against the user.
pub(crate) fn with_generated_lifetimes(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for param in generics.lifetimes_mut() {
        let span = param.lifetime.span();
        param.lifetime.set_span(Span::call_site().located_at(span));
    }
    generics
}

/// Tokens at their places that count as generated.
fn respanned(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            if let proc_macro2::TokenTree::Group(group) = &token {
                let stream = respanned(group.stream());
                let mut group = Group::new(group.delimiter(), stream);
                group.set_span(Span::call_site().located_at(token.span()));
                return group.into();
            }
            // `$crate` means the crate that its span says.
            if token.to_string() != "$crate" {
                token.set_span(Span::call_site().located_at(token.span()));
            }
            token
        })
        .collect()
}

/// A name for the generated code alone, which nothing of the user's can be mistaken for, at the
/// place of `at`.
pub(crate) fn private(name: &str, at: Span) -> Ident {
    format_ident!("__larder_{name}", span = Span::mixed_site().located_at(at))
}

/// Where `tokens` begin, for generated code whose errors are to show there.
pub(crate) fn place(tokens: &impl ToTokens) -> Span {
    let first = tokens.to_token_stream().into_iter().next();
    Span::call_site().located_at(first.map_or_else(Span::call_site, |token| token.span()))
}
