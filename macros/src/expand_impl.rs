//! A marked `impl` block gets the hidden functions of its cached methods, where `Self` means what
//! it means, and beside it, for each method, an empty type that carries the controls.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::visit_mut::VisitMut as _;
use syn::{GenericParam, Generics, ImplItem, ItemImpl, Type, TypeParamBound, WherePredicate};

use crate::code::{Code, short};
use crate::controls::controls;
use crate::hidden::{hidden, instances};
use crate::item::Function;
use crate::parse::Options;
use crate::plan::{Plan, angled, with_generated_lifetimes};
use crate::task::Head;
use crate::types::NameLifetimes;

/// A method that is to be cached.
pub(crate) struct Method {
    /// Where it stands among the items of its block.
    pub(crate) position: usize,
    pub(crate) function: Function,
    pub(crate) options: Options,
    pub(crate) code: Code,
}

pub(crate) fn expand(mut block: ItemImpl, methods: &[Method]) -> TokenStream {
    let header = ItemImpl { items: Vec::new(), ..block.clone() };
    let header = Header::of(&header);
    let mut beside = TokenStream::new();
    for Method { position, function, options, code } in methods {
        let plan = Plan::new(function, options, Some(header.block), code);
        let control = plan.hidden("control");
        let outer = plan.outer(&quote!(Self::#control));
        let type_name = header.type_name(&plan);
        let module = format_ident!("__larder_of{type_name}", span = plan.name().span());
        let hidden = hidden(&plan, &module);
        let instances = instances(&plan);
        let cfgs = &plan.attributes.cfgs;
        beside.extend(quote! {
            #cfgs
            #[doc(hidden)]
            mod #module {
                #instances
            }
        });
        let getter = getter(&plan, &header, &type_name);
        block.items[*position] = ImplItem::Verbatim(outer);
        let ItemImpl { generics, self_ty, .. } = header.block;
        let (bounded, _, where_clause) = generics.split_for_impl();
        // A block of its own: the compiler reports what is never used in a block as one group,
        // and keeps silent where one of the group is generated.
        let attributes = plan.impl_attributes();
        let bounded = quote!(#attributes impl #bounded #self_ty #where_clause);
        beside.extend(quote!(#bounded { #hidden #getter }));
        beside.extend(type_of_controls(plan, &header, &type_name));
    }
    quote!(#block #beside)
}

/// What the block says about its type, in a form that can be repeated outside it.
struct Header<'a> {
    block: &'a ItemImpl,
    generics: Generics,
    self_ty: Type,
}

impl<'a> Header<'a> {
    fn of(block: &'a ItemImpl) -> Self {
        let mut lifetimes = NameLifetimes::default();
        let mut self_ty = (*block.self_ty).clone();
        lifetimes.visit_type_mut(&mut self_ty);
        // What a trait object is bound by depends on where it stands, unless it says so.
        if let Type::TraitObject(object) = &mut self_ty
            && !object.bounds.iter().any(|bound| matches!(bound, TypeParamBound::Lifetime(_)))
        {
            object.bounds.push(syn::parse_quote!('static));
        }
        let mut generics = with_generated_lifetimes(&block.generics);
        generics.params.extend(lifetimes.params.into_iter().map(GenericParam::Lifetime));
        let implied = implied_bounds(&generics);
        generics.make_where_clause().predicates.extend(implied);
        Self { block, generics, self_ty }
    }

    /// A name that no other method of any block in the module has.
    fn type_name(&self, plan: &Plan<'_>) -> Ident {
        let ItemImpl { generics, self_ty, .. } = self.block;
        let where_clause = &generics.where_clause;
        let cfgs = &plan.attributes.cfgs;
        let name = plan.plain_name();
        let unique = short(&quote!(#cfgs #generics #self_ty #where_clause #name));
        format_ident!("__Larder_{name}_{unique}", span = plan.name().span())
    }
}

/// What the header of the block says without words where its type holds references to its parameters:
/// that these live long enough. Where it holds none, the lifetime may as well be shorter.
fn implied_bounds(generics: &Generics) -> Vec<WherePredicate> {
    let lifetimes: Vec<_> = generics.lifetimes().map(|param| &param.lifetime).collect();
    let bounds = generics.type_params().flat_map(|param| {
        let ident = &param.ident;
        lifetimes.iter().map(move |lifetime| syn::parse_quote!(#ident: #lifetime))
    });
    bounds.collect()
}

/// `Type::method_cache()`, in the block.
fn getter(plan: &Plan<'_>, header: &Header<'_>, type_name: &Ident) -> TokenStream {
    let cfgs = &plan.attributes.cfgs;
    let vis = plan.visibility();
    let getter = format_ident!("{}_cache", plan.plain_name(), span = plan.name().span());
    let doc = format!("The controls of the cached method [`{0}`](Self::{0}).", plan.plain_name());
    // Lifetimes that the header elides have no names in the block; any others will do.
    let elided = header.generics.params.iter().skip(header.block.generics.params.len());
    let arguments = arguments(&header.generics);
    quote! {
        #cfgs
        #[doc = #doc]
        #[inline]
        #vis fn #getter<#(#elided),*>() -> #type_name #arguments {
            #type_name { marker: ::core::marker::PhantomData }
        }
    }
}

/// The type of `Type::method_cache()`, beside the block.
fn type_of_controls(plan: Plan<'_>, header: &Header<'_>, type_name: &Ident) -> TokenStream {
    let Header { generics, self_ty, .. } = header;
    let method = plan.plain_name();
    let shown = format!("{}::{method}", self_ty.to_token_stream().to_string().replace(' ', ""));
    let plan = plan.outside(&as_operand(self_ty));
    let arguments = arguments(generics);
    let head = Head { ty: quote!(#type_name #arguments), block: Some(generics) };
    let (controls, task) = controls(&plan, &quote!(<#self_ty>), Some(&quote!(self)), &head);
    let cfgs = &plan.attributes.cfgs;
    let attributes = plan.impl_attributes();
    let declared = generics.params.iter().map(|param| match param {
        GenericParam::Lifetime(param) => param.lifetime.to_token_stream(),
        GenericParam::Type(param) => {
            let ident = &param.ident;
            quote!(#ident: ?::core::marker::Sized)
        }
        GenericParam::Const(param) => {
            let (ident, ty) = (&param.ident, &param.ty);
            quote!(const #ident: #ty)
        }
    });
    let (lifetimes, others): (Vec<TokenStream>, Vec<TokenStream>) =
        declared.partition(|param| param.to_string().starts_with('\''));
    let declared = quote!(<#(#lifetimes,)* #(#others,)*>);
    let phantoms = generics.params.iter().filter_map(|param| match param {
        GenericParam::Lifetime(param) => {
            let lifetime = &param.lifetime;
            Some(quote!(::core::marker::PhantomData<&#lifetime ()>))
        }
        GenericParam::Type(param) => {
            let ident = &param.ident;
            Some(quote!(::core::marker::PhantomData<#ident>))
        }
        GenericParam::Const(_) => None,
    });
    let bounded = angled(generics, None);
    let where_clause = &generics.where_clause;
    quote! {
        #cfgs
        #[doc(hidden)]
        pub struct #type_name #declared {
            // A function's result, so that it is `Send` and `Sync` whatever the types are.
            marker: ::core::marker::PhantomData<fn() -> (#(#phantoms,)*)>,
        }

        #cfgs
        #[automatically_derived]
        impl #declared ::core::clone::Clone for #type_name #arguments {
            fn clone(&self) -> Self {
                *self
            }
        }

        #cfgs
        impl #declared ::core::marker::Copy for #type_name #arguments {}

        #cfgs
        impl #declared ::core::fmt::Debug for #type_name #arguments {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#shown)
            }
        }

        #attributes
        impl #bounded #type_name #arguments #where_clause {
            #controls
        }

        #task
    }
}

/// The parameters of the block as arguments.
fn arguments(generics: &Generics) -> TokenStream {
    let (mut lifetimes, mut others) = (Vec::new(), Vec::new());
    for param in &generics.params {
        match param {
            GenericParam::Lifetime(param) => lifetimes.push(&param.lifetime),
            GenericParam::Type(param) => others.push(&param.ident),
            GenericParam::Const(param) => others.push(&param.ident),
        }
    }
    quote!(<#(#lifetimes,)* #(#others),*>)
}

/// The type as it can stand after `&`.
fn as_operand(ty: &Type) -> Type {
    match ty {
        Type::TraitObject(_) => syn::parse_quote!((#ty)),
        _ => ty.clone(),
    }
}
