//! `map`: the control that takes many inputs at once.
//!
//! Its signature is the difficult part. It must say what an input is made of, in a place where no
//! lifetime may be elided, and it must not forbid a function whose types cannot cross threads.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::visit::Visit;
use syn::visit_mut::VisitMut as _;
use syn::{GenericParam, Lifetime, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeReference};

use crate::controls::{Controls, visible};
use crate::parameter::{Parameter, field};
use crate::plan::{Caller, Plan, angled, private};
use crate::task::Inputs;
use crate::types::{AnyLifetimes, NameLifetimes, mentions};

impl Controls<'_> {
    pub(crate) fn map(&self) -> TokenStream {
        let Self { plan, receiver, .. } = self;
        let vis = plan.visibility();
        let mut lifetimes = NameLifetimes::default();
        let parts = Part::all(plan, &mut lifetimes, false);
        let types: Vec<TokenStream> = parts.iter().map(Part::ty).collect();
        let implied = implied_bounds(parts.iter().map(Part::inner));
        let sendable = sendable(parts.iter().filter_map(Part::written).chain([&plan.output]));
        let item = item_type(&types);
        let mut generics = plan.generics.clone();
        generics.params.extend(lifetimes.params.into_iter().map(GenericParam::Lifetime));
        let predicates = plan.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let generics = angled(&generics, None);

        let output = &plan.output;
        let values = quote!(::std::vec::Vec<#output>);
        // A future as it comes, for the reason for which the hidden control returns one.
        let returned = if plan.is_async() {
            quote!(impl ::core::future::Future<Output = #values>)
        } else {
            values
        };
        let inputs = visible("inputs");
        let call = if plan.task_inputs() == Inputs::AsInMap {
            let task = receiver.map_or_else(|| quote!(Self {}), ToTokens::to_token_stream);
            quote!(::larder::__private::map_task(#task, #inputs))
        } else {
            self.map_alone(&parts, &inputs)
        };
        let receiver = receiver.map(|receiver| quote!(#receiver,));
        // A future is run from elsewhere.
        let track_caller = (!plan.is_async()).then(|| quote!(#[track_caller]));
        quote! {
            /// The values for all `inputs`, in their order: looked up, and computed in parallel
            /// where the cache does not hold them.
            ///
            /// An input is the tuple of a call's arguments, or the argument itself where there is
            /// one. Where the function takes a reference, anything will do that borrows as its
            /// target; of a `&str`, a slice or a `&Path`, anything that is `AsRef` of it.
            #[inline]
            #track_caller
            #vis fn map #generics(
                #receiver
                #inputs: impl ::core::iter::IntoIterator<Item = #item>
            ) -> #returned
            where
                #(#predicates,)*
                #(#implied,)*
                #(#sendable,)*
            {
                #call
            }
        }
    }

    /// The call for a function that is no task for the inputs of `map`.
    fn map_alone(&self, parts: &[Part], inputs: &Ident) -> TokenStream {
        let Self { plan, host, .. } = self;
        let map = if plan.is_async() { visible("map_async") } else { visible("map") };
        let function = plan.hidden("function");
        let outcome = plan.hidden("outcome");
        let fish = plan.turbofish(Caller::Named, None);
        let cache = plan.cache(host);
        let keep_if = plan.keep_if(host, Caller::Named);
        let visitor = self.map_visitor(parts);
        let compute = self.map_compute(parts);
        quote! {
            ::larder::__private::#map(
                #host::#function #fish(),
                #cache,
                #inputs,
                #visitor,
                #compute,
                #host::#outcome #fish(),
                #keep_if,
            )
        }
    }

    /// Shows the inputs of one item.
    pub(crate) fn map_visitor(&self, parts: &[Part]) -> TokenStream {
        let item = private("item", Span::mixed_site());
        let whole = parts.len() == 1;
        self.plan.visitor(
            self.host,
            Caller::Named,
            |position, parameter| {
                let field = field(position);
                match (&parts[position], parameter.referent()) {
                    (Part::Borrowed(ty), _) if whole => borrow(ty, &item),
                    (Part::Borrowed(ty), _) => borrow(ty, quote!(&#item.#field)),
                    (Part::Written(_), Some(_)) if whole => quote!(*#item),
                    (Part::Written(_), Some(_)) => quote!(#item.#field),
                    (Part::Written(_), None) if whole => quote!(#item),
                    (Part::Written(_), None) => quote!(&#item.#field),
                }
            },
            &quote!(#item: &_),
        )
    }

    /// Computes the value of one item.
    pub(crate) fn map_compute(&self, parts: &[Part]) -> TokenStream {
        let Self { plan, host, .. } = self;
        let body = plan.hidden("body");
        let fish = plan.turbofish(Caller::Named, None);
        let names: Vec<_> = plan.names().collect();
        let pattern = match names.as_slice() {
            [one] => quote!(#one),
            names => quote!((#(#names),*)),
        };
        let arguments = parts.iter().zip(&names).map(|(part, name)| match part {
            Part::Borrowed(ty) => borrow(ty, quote!(&#name)),
            Part::Written(_) => name.to_token_stream(),
        });
        let call = quote!(#host::#body #fish(#(#arguments),*));
        if plan.is_async() {
            // The future owns the item that the arguments are borrowed from.
            quote!(|#pattern| async move { #call.await })
        } else {
            quote!(|#pattern| #call)
        }
    }
}

/// What an item of `map` holds for one parameter. No lifetime is elided any more: that is not
/// allowed inside `impl Trait`.
pub(crate) enum Part {
    /// Anything that borrows as this type.
    Borrowed(Type),
    /// A value of the parameter's type.
    Written(Type),
}

/// What an item is of which these are the parts.
pub(crate) fn item_type(parts: &[TokenStream]) -> TokenStream {
    match parts {
        [one] => one.clone(),
        parts => quote!((#(#parts),*)),
    }
}

impl Part {
    /// All parts; references as they are `written`, or as anything that borrows, where it can be so.
    pub(crate) fn all(plan: &Plan<'_>, lifetimes: &mut NameLifetimes, written: bool) -> Vec<Self> {
        let parameters = plan.parameters.iter();
        parameters.map(|one| Self::of(one, plan, lifetimes, written)).collect()
    }

    fn of(
        parameter: &Parameter,
        plan: &Plan<'_>,
        lifetimes: &mut NameLifetimes,
        written: bool,
    ) -> Self {
        if !written
            && let Some((referent, lifetime)) = parameter.referent()
            && lifetime.is_none_or(|lifetime| is_free(lifetime, plan))
            && can_be_borrowed_as(referent)
        {
            let mut referent = referent.clone();
            lifetimes.visit_type_mut(&mut referent);
            Self::Borrowed(referent)
        } else {
            let mut ty = parameter.ty.clone();
            lifetimes.visit_type_mut(&mut ty);
            Self::Written(ty)
        }
    }

    pub(crate) fn ty(&self) -> TokenStream {
        match self {
            Self::Borrowed(ty) => {
                let lending = lending(ty);
                quote!(impl #lending<#ty> + ::core::marker::Send)
            }
            Self::Written(ty) => ty.to_token_stream(),
        }
    }

    pub(crate) fn inner(&self) -> &Type {
        match self {
            Self::Borrowed(ty) | Self::Written(ty) => ty,
        }
    }

    pub(crate) fn written(&self) -> Option<&Type> {
        match self {
            Self::Borrowed(_) => None,
            Self::Written(ty) => Some(ty),
        }
    }
}

/// Whether `Borrow` of this type can be asked for. Of an `impl Trait`, nothing would say which
/// type it is; a trait object's lifetime is the reference's own, which is gone there.
fn can_be_borrowed_as(referent: &Type) -> bool {
    !is_object(referent) && !referent.to_token_stream().to_string().contains("__LarderImpl")
}

/// Whether the target of a reference is a trait object: one with several bounds is in parentheses,
/// and nothing else needs them.
fn is_object(referent: &Type) -> bool {
    matches!(referent, Type::TraitObject(_) | Type::Paren(_))
}

/// Whether a reference with this lifetime may as well be shorter: the lifetime does nothing in
/// the signature but stand on references.
fn is_free(lifetime: &Lifetime, plan: &Plan<'_>) -> bool {
    if lifetime.ident == "_" {
        return true;
    }
    let is_own = plan.generics.lifetimes().any(|param| param.lifetime == *lifetime);
    let on_references = plan
        .parameters
        .iter()
        .filter(|parameter| parameter.referent().is_some_and(|(_, on)| on == Some(lifetime)))
        .count();
    let generics = &plan.generics;
    let where_clause = &generics.where_clause;
    let types = plan.parameters.iter().map(|parameter| &parameter.ty);
    let everywhere = mentions(quote!(#generics #where_clause #(#types)*), lifetime);
    // Once where it is declared.
    is_own && everywhere == on_references + 1
}

/// What references in `types` say without words in a parameter's type, and must say here: that
/// their targets live long enough.
pub(crate) fn implied_bounds<'a>(types: impl Iterator<Item = &'a Type>) -> Vec<TokenStream> {
    struct Implied(Vec<TokenStream>);
    impl Visit<'_> for Implied {
        fn visit_type_reference(&mut self, reference: &TypeReference) {
            let TypeReference { lifetime, elem, .. } = reference;
            // A trait object lives as long as the reference to it, if it does not say otherwise.
            if !is_object(elem) {
                self.0.push(quote!(#elem: #lifetime));
            }
            syn::visit::visit_type_reference(self, reference);
        }

        // Their lifetimes are their own.
        fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}

        fn visit_parenthesized_generic_arguments(&mut self, _: &ParenthesizedGenericArguments) {}
    }
    let mut implied = Implied(Vec::new());
    types.for_each(|ty| implied.visit_type(ty));
    implied.0
}

/// That values of these types can be sent. With a lifetime of their own, bounds that do not hold only keep
/// `map` from being used, not the function from being defined.
///
/// Of types that differ in their lifetimes alone it is said once, for any lifetimes: of two such bounds the
/// compiler would not know which is meant.
pub(crate) fn sendable<'a>(types: impl Iterator<Item = &'a Type>) -> Vec<TokenStream> {
    let send = quote!(::core::marker::Send);
    // Each as it is written, and the same with any lifetimes.
    let mut known: Vec<(String, String)> = Vec::new();
    let mut bounds: Vec<TokenStream> = Vec::new();
    for ty in types {
        let (mut any, mut general) = (AnyLifetimes::default(), ty.clone());
        any.visit_type_mut(&mut general);
        let texts = (ty.to_token_stream().to_string(), general.to_token_stream().to_string());
        if let Some(at) = known.iter().position(|(_, general)| *general == texts.1) {
            if known[at].0 != texts.0 {
                let names = &any.names;
                bounds[at] = quote!(for<'__larder_later, #(#names),*> #general: #send);
            }
        } else {
            bounds.push(quote!(for<'__larder_later> #ty: #send));
            known.push(texts);
        }
    }
    bounds
}

fn borrow(ty: &Type, of: impl ToTokens) -> TokenStream {
    let lending = lending(ty);
    let method = if lies_behind(ty) { quote!(lend) } else { quote!(borrow) };
    quote!(#lending::<#ty>::#method(#of))
}

/// The trait of what lends a reference to this type.
pub(crate) fn lending(ty: &Type) -> TokenStream {
    if lies_behind(ty) { quote!(::larder::__private::Lend) } else { quote!(::core::borrow::Borrow) }
}

/// Whether values of this type usually lie behind one of another: a `str` in a `String`. A type of the
/// user's that has such a name lends as others do; one that has no size would not, but who calls it `Path`?
fn lies_behind(ty: &Type) -> bool {
    match ty {
        Type::Slice(_) => true,
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            last.arguments.is_none()
                && ["str", "Path", "OsStr", "CStr"].iter().any(|name| last.ident == name)
        }),
        _ => false,
    }
}
