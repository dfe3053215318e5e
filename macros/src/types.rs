//! Types rewritten for places where they cannot stand as the user wrote them.

use proc_macro2::{Group, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::VisitMut;
use syn::{
    Lifetime, LifetimeParam, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeParam,
    TypeReference,
};

/// Gives every `impl Trait` a name, so that types can be spoken of which have none.
#[derive(Default)]
pub(crate) struct NameImpls {
    pub(crate) params: Vec<TypeParam>,
}

impl VisitMut for NameImpls {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        // The name that comes needs no parentheses.
        if let Type::Paren(parens) = ty
            && let Type::ImplTrait(_) = *parens.elem
        {
            *ty = (*parens.elem).clone();
        }
        // Inner ones first: a bound may mention only what is declared.
        syn::visit_mut::visit_type_mut(self, ty);
        if let Type::ImplTrait(anonymous) = ty {
            let ident = format_ident!("__LarderImpl{}", self.params.len());
            let bounds = std::mem::take(&mut anonymous.bounds);
            *ty = syn::parse_quote!(#ident);
            self.params.push(TypeParam {
                attrs: Vec::new(),
                ident,
                colon_token: Some(syn::Token![:](Span::mixed_site())),
                bounds,
                default: None,
            });
        }
    }
}

/// Gives every elided lifetime a name, for places where none may be elided.
#[derive(Default)]
pub(crate) struct NameLifetimes {
    pub(crate) params: Vec<LifetimeParam>,
    /// What tells these names from others in one place.
    mark: &'static str,
}

impl NameLifetimes {
    /// For a place where other lifetimes have such names.
    pub(crate) fn marked(mark: &'static str) -> Self {
        Self { params: Vec::new(), mark }
    }

    fn fresh(&mut self) -> Lifetime {
        let name = format!("'__larder{}{}", self.mark, self.params.len());
        let lifetime = Lifetime::new(&name, Span::mixed_site());
        self.params.push(LifetimeParam::new(lifetime.clone()));
        lifetime
    }
}

impl VisitMut for NameLifetimes {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.fresh());
        }
        syn::visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.fresh();
        }
    }

    // In the signatures of functions, elided lifetimes are the functions' own.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {
    }
}

/// Puts a lifetime of its own in each place of a type that has one, for what is said of all of them.
#[derive(Default)]
pub(crate) struct AnyLifetimes {
    pub(crate) names: Vec<Lifetime>,
}

impl VisitMut for AnyLifetimes {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        let name = format!("'__larder_any{}", self.names.len());
        *lifetime = Lifetime::new(&name, Span::mixed_site());
        self.names.push(lifetime.clone());
    }

    // Whether there is such a type may depend on the lifetime.
    fn visit_qself_mut(&mut self, _: &mut syn::QSelf) {}

    // These have lifetimes that they declare.
    fn visit_type_fn_ptr_mut(&mut self, _: &mut TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {
    }

    fn visit_trait_bound_mut(&mut self, _: &mut syn::TraitBound) {}
}

/// How often `tokens` mention the lifetime.
pub(crate) fn mentions(tokens: TokenStream, lifetime: &Lifetime) -> usize {
    let mut after_quote = false;
    let mut count = 0;
    for token in tokens {
        if let TokenTree::Group(group) = &token {
            count += mentions(group.stream(), lifetime);
        }
        let is_name = matches!(&token, TokenTree::Ident(ident) if *ident == lifetime.ident);
        count += usize::from(after_quote && is_name);
        after_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
    }
    count
}

/// Replaces `Self` by the type it stands for.
pub(crate) fn replace_self(tokens: TokenStream, self_ty: &Type) -> TokenStream {
    let mut out = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let is_path = matches!(
                    tokens.peek(),
                    Some(TokenTree::Punct(next))
                        if next.as_char() == ':' && next.spacing() == Spacing::Joint
                );
                // `Self::Item` needs the brackets, `Self` may not have them.
                out.push(if is_path { quote!(<#self_ty>) } else { quote!(#self_ty) });
            }
            TokenTree::Group(group) => {
                let mut replaced =
                    Group::new(group.delimiter(), replace_self(group.stream(), self_ty));
                replaced.set_span(group.span());
                out.push(TokenTree::Group(replaced).into());
            }
            other => out.push(other.into()),
        }
    }
    out.into_iter().collect()
}

/// [`replace_self`] in anything that can be printed and parsed.
pub(crate) fn without_self<T: ToTokens + syn::parse::Parse + Clone>(of: &T, self_ty: &Type) -> T {
    // A type stands wherever `Self` stood. Should it ever not, the compiler reports `Self`.
    syn::parse2(replace_self(of.to_token_stream(), self_ty)).unwrap_or_else(|_| of.clone())
}
