//! A free function becomes a cached call of itself and an empty type with its own name, which
//! carries the controls.
//!
//! The type is defined in a hidden module and imported from there. Generated code speaks of it by
//! that path, so that a module or type of the user's with the function's name is one error, at
//! the import, and not one for each use.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::code::Code;
use crate::controls::controls;
use crate::hidden::{hidden, instances};
use crate::item::Function;
use crate::parameter::generated;
use crate::parse::Options;
use crate::plan::Plan;
use crate::task::Head;

pub(crate) fn expand(function: &Function, options: &Options, code: &Code) -> TokenStream {
    let plan = Plan::new(function, options, None, code);
    let name = plan.name();
    let module = module_of(&plan);
    let doc = format!("The controls of the cached function [`{name}`](fn@super::{name}).");
    let control = plan.hidden("control");
    let outer = plan.outer(&quote!(#module::#name::#control));
    let hidden = hidden(&plan, &module);
    let instances = instances(&plan);
    let head = Head { ty: quote!(#module::#name), block: None };
    let (controls, task) = controls(&plan, &quote!(Self), None, &head);
    let cfgs = &plan.attributes.cfgs;
    let attributes = plan.impl_attributes();
    let vis = plan.visibility();
    quote! {
        #outer

        #cfgs
        #[doc(hidden)]
        mod #module {
            #[doc = #doc]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
            pub struct #name {}

            #instances
        }

        #cfgs
        #[allow(clippy::pub_use)]
        #vis use #module::#name;

        #attributes
        impl #module::#name {
            #hidden
            #controls
        }

        #task
    }
}

fn module_of(plan: &Plan<'_>) -> Ident {
    let name = format_ident!("__larder_{}", plan.plain_name(), span = Span::call_site());
    generated(&name.to_string(), plan.name().span())
}
