//! The hidden function that shows the inputs of a call to the library, to hash or to print them.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::HashSet;
use syn::{FnArg, Signature};

use crate::parameter::{Parameter, generated};
use crate::plan::{Caller, Plan, private};

/// Shows the inputs of a call, one after the other.
pub(crate) fn visit(plan: &Plan<'_>) -> TokenStream {
    let visit = plan.hidden("visit");
    let markers = plan.markers();
    let markers = (!markers.is_empty()).then(|| quote!(#(#markers),*));
    let (generics, where_clause) = plan.generics(markers.as_ref());
    let inputs = private("inputs", Span::mixed_site());
    let declarations = plan.inputs().map(|(_, parameter)| {
        let Parameter { name, ty, .. } = parameter;
        if parameter.referent().is_some() { quote!(#name: #ty) } else { quote!(#name: &#ty) }
    });
    let shown = plan.inputs().map(|(_, parameter)| {
        let Parameter { name, label, .. } = parameter;
        let is_redacted = plan.options.redact.iter().any(|name| parameter.is_called(name));
        let take = if is_redacted { quote!(redacted) } else { quote!(input) };
        let is_marked = plan.markers().contains(&name);
        let marker = if is_marked { name.to_token_stream() } else { quote!(()) };
        let is_receiver = label == "self";
        let larder_input = if is_receiver { "larder_receiver" } else { "larder_input" };
        let larder_input = generated(larder_input, name.span());
        let argument = quote_spanned! {name.span()=>
            (&&&::larder::__private::probe::Arg::<_, #marker>::new(#name)).#larder_input()
        };
        quote!(#inputs.#take(#label, #argument);)
    });
    let variables = &plan.options.env;
    quote! {
        // The references to the arguments are not for the user to justify.
        #[allow(
            non_camel_case_types,
            clippy::borrowed_box,
            clippy::extra_unused_type_parameters,
            clippy::ptr_arg,
            clippy::ref_option,
            clippy::ref_option_ref
        )]
        fn #visit #generics(
            #(#declarations,)*
            #inputs: &mut ::larder::__private::Inputs
        ) #where_clause {
            use ::larder::__private::probe::{ByMemory as _, BySerde as _};
            #(#shown)*
            #(#inputs.env(#variables);)*
        }
    }
}

impl Plan<'_> {
    /// Names of parameters that are names of type parameters too, so that the compiler's message can
    /// name them: of all types, it prints only these without a path. A name that stands for
    /// something else in the signature is left out, and so is `self`.
    fn markers(&self) -> Vec<&Ident> {
        let Signature { generics, inputs, output, .. } = &self.function.sig;
        let types = inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&typed.ty),
            FnArg::Receiver(_) => None,
        });
        let (params, where_clause) = (&generics.params, &generics.where_clause);
        let taken = names(quote!(#params #where_clause #(#types)* #output));
        let named = self.inputs().map(|(_, parameter)| parameter);
        let named = named.filter(|parameter| parameter.label != "self");
        named.map(|parameter| &parameter.name).filter(|name| !taken.contains(*name)).collect()
    }

    /// The parameters that are part of the key.
    fn inputs(&self) -> impl Iterator<Item = (usize, &Parameter)> {
        let is_ignored = |parameter: &Parameter| {
            self.options.ignore.iter().any(|name| parameter.is_called(name))
        };
        self.parameters.iter().enumerate().filter(move |(_, parameter)| !is_ignored(parameter))
    }

    /// A closure that shows the inputs of a call, given a reference to its arguments; `argument`
    /// says how to get at one.
    pub(crate) fn visitor(
        &self,
        host: &TokenStream,
        caller: Caller,
        argument: impl Fn(usize, &Parameter) -> TokenStream,
        arguments: &TokenStream,
    ) -> TokenStream {
        let visit = self.hidden("visit");
        let markers = self.markers().into_iter().map(|_| quote!(()));
        let markers = (!self.markers().is_empty()).then(|| quote!(#(#markers),*));
        let fish = self.turbofish(caller, markers);
        let inputs = private("inputs", Span::mixed_site());
        let shown = self.inputs().map(|(position, parameter)| argument(position, parameter));
        quote! {
            |#arguments, #inputs: &mut ::larder::__private::Inputs| {
                #host::#visit #fish(#(#shown,)* #inputs)
            }
        }
    }
}

/// Every name in the tokens.
fn names(tokens: TokenStream) -> HashSet<Ident> {
    let names = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(name) => HashSet::from([name]),
        TokenTree::Group(group) => names(group.stream()),
        _ => HashSet::new(),
    });
    names.collect()
}
