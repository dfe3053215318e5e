//! The hidden functions behind the controls: they turn a call into what the library is given.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::GenericParam;

use crate::code::Code;
use crate::parameter::field;
use crate::plan::{Caller, Plan, place, private};
use crate::visit::visit;

/// All of them, as items of an `impl` block in which `Self` is the function's empty type, or the
/// method's own. The function's instances are in `module`.
pub(crate) fn hidden(plan: &Plan<'_>, module: &Ident) -> TokenStream {
    let cfgs = &plan.attributes.cfgs;
    let body = plan.body();
    let rest = [visit(plan), function(plan, module), outcome(plan), control(plan), ask(plan)]
        .into_iter()
        .chain(cache(plan))
        .chain(validate(plan))
        .chain(keep_if(plan));
    quote!(#body #(#cfgs #rest)*)
}

impl Plan<'_> {
    /// Where the results lie, if the user said so.
    pub(crate) fn cache(&self, host: &TokenStream) -> TokenStream {
        if self.options.cache.is_some() {
            let cache = self.hidden("cache");
            quote!(#host::#cache())
        } else {
            quote!(::core::option::Option::None)
        }
    }

    /// Whether a result is kept.
    pub(crate) fn keep_if(&self, host: &TokenStream, caller: Caller) -> TokenStream {
        let output = &self.output;
        if self.options.keep_if.is_some() {
            let keep_if = self.hidden("keep_if");
            let fish = self.turbofish(caller, None);
            quote!(#host::#keep_if #fish)
        } else {
            quote!(|_: &#output| true)
        }
    }
}

/// What the attribute knows of the function, for a module of its own: the compiler makes code anew
/// for a whole module when something in it changes, and this does with every fingerprint.
pub(crate) fn instances(plan: &Plan<'_>) -> TokenStream {
    let name = if let Some(name) = &plan.options.name {
        quote!(::core::option::Option::Some(#name))
    } else {
        quote!(::core::option::Option::None)
    };
    let version = plan.options.version;
    let expires_ns = plan.options.expires_ns;
    let Code { digest, parts, cfgs } = plan.code;
    let parts = proc_macro2::Literal::byte_string(parts);
    let cfgs = cfgs.iter().map(|cfg| {
        let text = cfg.to_string();
        quote!((#text, ::core::cfg!(#cfg)))
    });
    quote! {
        pub(super) static INSTANCES: ::larder::__private::Instances =
            ::larder::__private::Instances::new(::larder::__private::Spec {
                package: ::core::option_env!("CARGO_PKG_NAME"),
                name: #name,
                version: #version,
                expires_ns: #expires_ns,
                fingerprint: #digest,
                parts: #parts,
                cfgs: &[#(#cfgs),*],
            });
    }
}

/// What the library knows the function by.
fn function(plan: &Plan<'_>, module: &Ident) -> TokenStream {
    let function = plan.hidden("function");
    let (generics, where_clause) = plan.generics(None);
    let method = plan.block.map_or_else(String::new, |_| plan.plain_name());
    // A text that differs between instances and costs nothing to get at.
    let key = if plan.is_generic() {
        let body = plan.hidden("body");
        let fish = plan.turbofish(Caller::Named, None);
        quote!(::core::any::type_name_of_val(&Self::#body #fish))
    } else {
        quote!("")
    };
    let mut format = String::new();
    let mut types = Vec::new();
    for param in &plan.generics.params {
        let (placeholder, argument) = match param {
            GenericParam::Lifetime(_) => continue,
            GenericParam::Type(param) => {
                let ident = &param.ident;
                ("{}", quote!(::core::any::type_name::<#ident>()))
            }
            GenericParam::Const(param) => {
                let ident = &param.ident;
                ("{:?}", quote!(#ident))
            }
        };
        if !format.is_empty() {
            format.push_str(", ");
        }
        format.push_str(placeholder);
        types.push(argument);
    }
    let types = if types.is_empty() {
        quote!(::std::string::String::new())
    } else {
        quote!(::std::format!(#format, #(#types),*))
    };
    let mention = mention(plan);
    let validate = if plan.options.validate.is_some() {
        let validate = plan.hidden("validate");
        let fish = plan.turbofish(Caller::Named, None);
        quote!(::core::option::Option::Some(Self::#validate #fish))
    } else {
        quote!(::core::option::Option::None)
    };
    quote! {
        fn #function #generics() -> &'static ::larder::__private::Function #where_clause {
            #mention
            #module::INSTANCES.get(
                ::core::any::type_name::<Self>(),
                #method,
                #key,
                || #types,
                #validate,
            )
        }
    }
}

/// A call of the function that never happens: who uses its controls uses the function.
fn mention(plan: &Plan<'_>) -> Option<TokenStream> {
    // Who expects the function to be unused would be told that it uses itself.
    if plan.attributes.expects_unused {
        return None;
    }
    let function = plan.name();
    let path = plan.block.map_or_else(|| quote!(#function), |_| quote!(Self::#function));
    let fish = plan.turbofish(Caller::Outside, None);
    let declarations = plan.declarations();
    let names = plan.names();
    let has = |name| plan.function.attrs.iter().any(|attribute| attribute.path().is_ident(name));
    let allow = has("deprecated").then(|| quote!(#[allow(deprecated)]));
    // Named before the parameters are, one of which may have its name.
    let called = private("called", Span::mixed_site());
    Some(quote! {
        #allow
        let _ = {
            let #called = #path #fish;
            move |#declarations| {
                let _ = #called(#(#names),*);
            }
        };
    })
}

/// How results are stored, which the compiler decides by their type.
fn outcome(plan: &Plan<'_>) -> TokenStream {
    let outcome = plan.hidden("outcome");
    let (generics, where_clause) = plan.generics(None);
    let output = &plan.output;
    let probe = quote_spanned! {place(output)=>
        (&&&::larder::__private::probe::Probe::<#output>::new()).larder_outcome()
    };
    quote! {
        fn #outcome #generics() -> impl ::larder::__private::probe::Outcome<#output>
            + ::core::marker::Copy
            + ::core::marker::Send
            + ::core::marker::Sync
        #where_clause
        {
            use ::larder::__private::probe::{AsFailed as _, AsFallible as _, AsPlain as _};
            #probe
        }
    }
}

/// Calls the function through the cache.
fn control(plan: &Plan<'_>) -> TokenStream {
    let control = plan.hidden("control");
    let declarations = plan.declarations();
    let output = &plan.output;
    let kind = if plan.is_async() {
        quote!(::larder::__private::AsyncControl)
    } else {
        quote!(::larder::__private::Control)
    };
    let reply = quote!(<__LarderControl as #kind>::Reply<#output>);
    // Not an `async fn`: the compiler forgets which lifetimes are equal in what such a function
    // awaits, and then cannot see that the closures fit the arguments and the future is `Send`.
    let returned =
        if plan.is_async() { quote!(impl ::core::future::Future<Output = #reply>) } else { reply };
    let (generics, where_clause) = plan.generics(Some(&quote!(__LarderControl: #kind)));
    let invocation = invocation(plan);
    // A future need not be told what runs it.
    let here = (!plan.is_async()).then(|| quote!(, ::larder::__private::here));
    quote! {
        #[inline]
        fn #control #generics(#declarations) -> #returned #where_clause {
            <__LarderControl as #kind>::reply(#invocation #here)
        }
    }
}

/// Asks the cache about a call, without making it.
fn ask(plan: &Plan<'_>) -> TokenStream {
    let ask = plan.hidden("ask");
    let declarations = plan.declarations();
    let kind = quote!(::larder::__private::Ask);
    let (generics, where_clause) = plan.generics(Some(&quote!(__LarderAsk: #kind)));
    let invocation = invocation(plan);
    quote! {
        #[inline]
        fn #ask #generics(#declarations) -> <__LarderAsk as #kind>::Answer #where_clause {
            <__LarderAsk as #kind>::ask(#invocation)
        }
    }
}

fn invocation(plan: &Plan<'_>) -> TokenStream {
    let host = quote!(Self);
    let body = plan.hidden("body");
    let function = plan.hidden("function");
    let outcome = plan.hidden("outcome");
    let fish = plan.turbofish(Caller::Named, None);
    let names: Vec<_> = plan.names().collect();
    let cache = plan.cache(&host);
    let keep_if = plan.keep_if(&host, Caller::Named);
    let arguments = private("arguments", Span::mixed_site());
    let holes = names.iter().map(|_| quote!(_));
    let visitor = plan.visitor(
        &host,
        Caller::Named,
        |position, parameter| {
            let field = field(position);
            if parameter.referent().is_some() {
                quote!(#arguments.#field)
            } else {
                quote!(&#arguments.#field)
            }
        },
        &quote!(#arguments: &(#(#holes,)*)),
    );
    quote! {
        ::larder::__private::Invocation::new(
            Self::#function #fish(),
            #cache,
            (#(#names,)*),
            #visitor,
            |(#(#names,)*)| Self::#body #fish(#(#names),*),
            Self::#outcome #fish(),
            #keep_if,
        )
    }
}

/// The cache that the user names, found where no parameter can be mistaken for it.
fn cache(plan: &Plan<'_>) -> Option<TokenStream> {
    let cache = plan.hidden("cache");
    let expression = plan.options.cache.as_ref()?;
    let handle = private("handle", Span::mixed_site());
    // With the place of the expression, an error about its type shows there.
    let reference = quote_spanned!(place(expression)=> &#expression);
    Some(quote! {
        fn #cache() -> ::core::option::Option<::larder::Cache> {
            let #handle: &::larder::Cache = #reference;
            ::core::option::Option::Some(#handle.__larder_handle())
        }
    })
}

/// The user's condition on results that are there, likewise.
fn validate(plan: &Plan<'_>) -> Option<TokenStream> {
    let validate = plan.hidden("validate");
    let condition = plan.options.validate.as_ref()?;
    let (generics, where_clause) = plan.generics(None);
    let meta = private("meta", place(condition));
    let call = quote_spanned!(place(condition)=> #condition(#meta));
    Some(quote! {
        fn #validate #generics(
            #meta: &::larder::EntryMeta<'_>,
        ) -> ::core::primitive::bool #where_clause {
            #call
        }
    })
}

/// The user's condition on results, given a type so that a wrong one is reported once.
fn keep_if(plan: &Plan<'_>) -> Option<TokenStream> {
    let keep_if = plan.hidden("keep_if");
    let condition = plan.options.keep_if.as_ref()?;
    let (generics, where_clause) = plan.generics(None);
    let output = &plan.output;
    let result = private("result", place(condition));
    let call = quote_spanned!(place(condition)=> #condition(#result));
    Some(quote! {
        fn #keep_if #generics(#result: &#output) -> ::core::primitive::bool #where_clause {
            #call
        }
    })
}
