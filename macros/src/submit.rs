//! `submit`: the control that hands a call to an executor.
//!
//! Its arguments travel to another thread, so they are owned: where the function takes a reference,
//! anything will do that borrows as its target.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericParam, Ident};

use crate::controls::{Controls, visible};
use crate::map::{Part, implied_bounds, item_type, sendable};
use crate::plan::{Caller, angled};
use crate::task::Inputs;
use crate::types::NameLifetimes;

impl Controls<'_> {
    /// The control; none of an `async fn`, which its runtime spawns.
    pub(crate) fn submit(&self) -> Option<TokenStream> {
        let Self { plan, host, receiver } = self;
        if plan.is_async() {
            return None;
        }
        let vis = plan.visibility();
        let mut lifetimes = NameLifetimes::default();
        let parts = Part::all(plan, &mut lifetimes, false);
        let implied = implied_bounds(parts.iter().map(Part::inner));
        let moved: Vec<_> = parts.iter().filter_map(Part::written).chain([&plan.output]).collect();
        let sendable = sendable(moved.iter().copied());
        let mut generics = plan.generics.clone();
        generics.params.extend(lifetimes.params.into_iter().map(GenericParam::Lifetime));
        let types = plan.generics.type_params().map(|param| &param.ident);
        let predicates = plan.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let generics = angled(&generics, None);
        let names: Vec<&Ident> = plan.names().collect();
        let declarations = names.iter().zip(&parts).map(|(name, part)| {
            let ty = part.ty();
            match part {
                Part::Borrowed(_) => quote!(#name: #ty + 'static),
                Part::Written(_) => quote!(#name: #ty),
            }
        });
        let is_taken = names.iter().any(|name| **name == "executor");
        let executor = visible(if is_taken { "__larder_executor" } else { "executor" });
        let input = item_type(&names.iter().map(ToTokens::to_token_stream).collect::<Vec<_>>());
        let call = if plan.task_inputs() == Inputs::AsInMap {
            let task = receiver.map_or_else(|| quote!(Self {}), ToTokens::to_token_stream);
            quote!(::larder::__private::submit(#executor, #task, #input))
        } else {
            let function = plan.hidden("function");
            let outcome = plan.hidden("outcome");
            let fish = plan.turbofish(Caller::Named, None);
            let cache = plan.cache(host);
            let keep_if = plan.keep_if(host, Caller::Named);
            let visitor = self.map_visitor(&parts);
            let compute = self.map_compute(&parts);
            quote! {
                ::larder::__private::submit_alone(
                    #executor,
                    #host::#function #fish(),
                    #cache,
                    #input,
                    (#visitor, #compute, #host::#outcome #fish(), #keep_if),
                )
            }
        };
        let output = &plan.output;
        let receiver = receiver.map(|receiver| quote!(#receiver,));
        Some(quote! {
            /// Hands the call to an executor, unless the cache holds its value: then the job is done
            /// already.
            ///
            /// Where the function takes a reference, any owned value will do that borrows as its
            /// target; of a `&str`, a slice or a `&Path`, any that is `AsRef` of it.
            ///
            /// # Errors
            ///
            /// If there is something to compute, and the executor takes no jobs.
            #vis fn submit #generics(
                #receiver
                #executor: &(impl ::larder::executor::Executor + ?::core::marker::Sized),
                #(#declarations),*
            ) -> ::larder::Result<::larder::executor::JobHandle<#output>>
            where
                #(#predicates,)*
                #(#implied,)*
                #(#types: 'static,)*
                Self: 'static,
                // As for `map`.
                #(#sendable,)*
                #(for<'__larder_later> #moved: 'static,)*
            {
                #call
            }
        })
    }
}
