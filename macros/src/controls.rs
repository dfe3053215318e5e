//! The controls that users see: `call`, `is_cached`, `map` and the rest.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use crate::parameter::Parameter;
use crate::plan::{Caller, Plan, angled};
use crate::task::Head;

/// All controls of the function, and the function as a task, which stands beside them.
///
/// `host` is the type with the hidden functions. The controls of a function are associated
/// functions; those of a method are methods of an empty value, their `receiver` being `self`.
pub(crate) fn controls(
    plan: &Plan<'_>,
    host: &TokenStream,
    receiver: Option<&TokenStream>,
    head: &Head<'_>,
) -> (TokenStream, Option<TokenStream>) {
    let controls = Controls { plan, host, receiver };
    let output = &plan.output;
    let call = controls.computing(
        "call",
        "Calls the function through the cache, and tells where the value came from and what it \
         took.",
        &quote!(::larder::Call<#output>),
        "InFull",
    );
    let recompute = controls.computing(
        "recompute",
        "Computes the value, whatever the cache holds, and keeps it there.",
        &output.to_token_stream(),
        "Recompute",
    );
    let shelve = controls.computing(
        "shelve",
        "Makes sure that the value is in the cache, and returns a reference to it there.",
        &quote!(::larder::Shelved<#output>),
        "Shelve",
    );
    let is_cached = controls.asking(
        "is_cached",
        "Whether the cache holds the value of this call.",
        &quote!(::core::primitive::bool),
        "IsCached",
    );
    let forget = controls.asking(
        "forget",
        "Removes the value of this call from the cache, and tells whether it was there.\n\n\
         # Errors\n\nIf the cache cannot be changed.",
        &quote!(::larder::Result<::core::primitive::bool>),
        "Forget",
    );
    let why = controls.asking(
        "why",
        "Why this call would be computed: what is different from earlier calls. Computes nothing.",
        &quote!(::larder::Why),
        "Explain",
    );
    let all = [
        call,
        is_cached,
        recompute,
        controls.uncached(),
        forget,
        shelve,
        why,
        controls.clear(),
        controls.code(),
        controls.map(),
    ];
    let all = all.into_iter().chain(controls.submit());
    let cfgs = &plan.attributes.cfgs;
    (quote!(#(#cfgs #all)*), controls.task(head))
}

pub(crate) struct Controls<'a> {
    pub(crate) plan: &'a Plan<'a>,
    pub(crate) host: &'a TokenStream,
    pub(crate) receiver: Option<&'a TokenStream>,
}

impl Controls<'_> {
    /// One control with the arguments of the function.
    fn with_arguments(
        &self,
        head: &TokenStream,
        returned: &TokenStream,
        call: &TokenStream,
        awaiting: Option<&TokenStream>,
    ) -> TokenStream {
        let Self { plan, receiver, .. } = self;
        let vis = plan.visibility();
        let written = Written::of(plan);
        let (generics, where_clause) = (&written.generics, &written.where_clause);
        let receiver = receiver.map(|receiver| quote!(#receiver,));
        let declarations = &written.declarations;
        let names = plan.names();
        quote! {
            #[inline]
            #vis #head #generics(#receiver #(#declarations),*) -> #returned #where_clause {
                #call(#(#names),*) #awaiting
            }
        }
    }

    /// A control that may compute, so that it is async where the function is.
    fn computing(&self, name: &str, doc: &str, returned: &TokenStream, kind: &str) -> TokenStream {
        let Self { plan, host, .. } = self;
        let name = visible(name);
        let kind = visible(kind);
        let asyncness = plan.asyncness();
        let control = plan.hidden("control");
        let fish = plan.turbofish(Caller::Anonymous, Some(quote!(::larder::__private::#kind)));
        let function = self.with_arguments(
            &quote!(#asyncness fn #name),
            returned,
            &quote!(#host::#control #fish),
            plan.awaiting().as_ref(),
        );
        quote!(#[doc = #doc] #function)
    }

    /// A control that never computes.
    fn asking(&self, name: &str, doc: &str, returned: &TokenStream, kind: &str) -> TokenStream {
        let Self { plan, host, .. } = self;
        let name = visible(name);
        let kind = visible(kind);
        let ask = plan.hidden("ask");
        let fish = plan.turbofish(Caller::Anonymous, Some(quote!(::larder::__private::#kind)));
        let function =
            self.with_arguments(&quote!(fn #name), returned, &quote!(#host::#ask #fish), None);
        quote!(#[doc = #doc] #function)
    }

    fn uncached(&self) -> TokenStream {
        let Self { plan, host, .. } = self;
        let asyncness = plan.asyncness();
        let body = plan.hidden("body");
        let fish = plan.turbofish(Caller::Anonymous, None);
        let function = self.with_arguments(
            &quote!(#asyncness fn uncached),
            &plan.output.to_token_stream(),
            &quote!(#host::#body #fish),
            plan.awaiting().as_ref(),
        );
        quote! {
            /// Computes the value, and neither looks into the cache nor keeps it there.
            #function
        }
    }

    fn clear(&self) -> TokenStream {
        let Self { plan, host, receiver } = self;
        let vis = plan.visibility();
        let (generics, where_clause) = plan.generics(None);
        let fish = plan.turbofish(Caller::Named, None);
        let function = plan.hidden("function");
        let cache = plan.cache(host);
        quote! {
            /// Removes all values of this function from the cache.
            ///
            /// # Errors
            ///
            /// If the cache cannot be changed.
            #[inline]
            #vis fn clear #generics(#receiver) -> ::larder::Result<()> #where_clause {
                #host::#function #fish().clear(#cache)
            }
        }
    }

    fn code(&self) -> TokenStream {
        let Self { plan, host, receiver } = self;
        let vis = plan.visibility();
        let (generics, where_clause) = plan.generics(None);
        let fish = plan.turbofish(Caller::Named, None);
        let function = plan.hidden("function");
        quote! {
            /// What the code of this function consists of: everything that a change of is noticed.
            #[inline]
            #vis fn code #generics(#receiver) -> ::larder::Code #where_clause {
                #host::#function #fish().code()
            }
        }
    }
}

/// An identifier of generated code that users see.
pub(crate) fn visible(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The signature as the user wrote it, for functions that users call.
struct Written {
    generics: TokenStream,
    where_clause: Option<syn::WhereClause>,
    declarations: Vec<TokenStream>,
}

impl Written {
    fn of(plan: &Plan<'_>) -> Self {
        let mut generics = plan.generics.clone();
        let keep = generics.params.len() - plan.impls;
        generics.params = generics.params.into_iter().take(keep).collect();
        Self {
            generics: angled(&generics, None),
            where_clause: generics.where_clause,
            declarations: plan.parameters.iter().map(Parameter::written_declaration).collect(),
        }
    }
}
