//! The hidden function that shows the inputs of a call to the library, to hash or to print them.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::parameter::{Parameter, generated};
use crate::plan::{Caller, Plan, private};

/// Shows the inputs of a call, one after the other.
pub(crate) fn visit(plan: &Plan<'_>) -> TokenStream {
    let visit = plan.hidden("visit");
    let (generics, where_clause) = plan.generics(None);
    let inputs = private("inputs", Span::mixed_site());
    let declarations = plan.inputs().map(|(_, parameter)| {
        let Parameter { name, ty, .. } = parameter;
        if parameter.referent().is_some() { quote!(#name: #ty) } else { quote!(#name: &#ty) }
    });
    let shown = plan.inputs().map(|(_, parameter)| {
        let Parameter { name, label, .. } = parameter;
        let is_redacted = plan.options.redact.iter().any(|name| parameter.is_called(name));
        let take = if is_redacted { quote!(redacted) } else { quote!(input) };
        // A type with the parameter's name, so that the compiler's message can name it. `self`
        // cannot be the name of a type.
        let (marker, larder_input) = match label.as_str() {
            "self" => (generated("this", name.span()), "larder_receiver"),
            _ => (name.clone(), "larder_input"),
        };
        let larder_input = generated(larder_input, name.span());
        let argument = quote_spanned! {name.span()=>
            (&&&::larder::__private::probe::Arg::<_, #marker>::new(#name)).#larder_input()
        };
        quote! {{
            struct #marker {}
            #inputs.#take(#label, #argument);
        }}
    });
    let variables = &plan.options.env;
    quote! {
        // The references to the arguments are not for the user to justify.
        #[allow(clippy::borrowed_box, clippy::ptr_arg, clippy::ref_option, clippy::ref_option_ref)]
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
        let fish = self.turbofish(caller, None);
        let inputs = private("inputs", Span::mixed_site());
        let shown = self.inputs().map(|(position, parameter)| argument(position, parameter));
        quote! {
            |#arguments, #inputs: &mut ::larder::__private::Inputs| {
                #host::#visit #fish(#(#shown,)* #inputs)
            }
        }
    }
}
