//! The `#[cache]` attribute of the `larder` crate.
//!
//! It works in stages: `item` reads what the attribute stands on and `parse` its options, `check`
//! finds the user's mistakes, and only what has none is expanded. After a mistake the item comes
//! out as it was written, so that one mistake gives one error.
//!
//! The generated code speaks of the library by paths into `larder::__private`, and of everything
//! else by paths from the root, whatever names the user's module gives to its own things. Where
//! it must repeat the user's names, it marks them as generated, so that lints judge only what the
//! user wrote.

extern crate proc_macro;

mod attributes;
mod check;
mod code;
mod controls;
mod duration;
mod expand_function;
mod expand_impl;
mod hidden;
mod item;
mod map;
mod mistakes;
mod output;
mod parameter;
mod parse;
mod plan;
mod rename;
mod submit;
mod task;
mod types;
mod visit;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ItemImpl;

use check::{Place, check};
use code::Code;
use expand_impl::Method;
use item::{Function, Item};
use mistakes::Mistakes;
use parse::Options;
use rename::renamed;

/// Keeps the results of a function on disk, and computes only what is not there yet.
///
/// It stands on a function, an `async fn`, or an `impl` block and those of its methods that are meant:
///
/// ```ignore
/// #[cache(version = 2, ignore(verbose), expires = "7d")]
/// fn simulate(seed: u64, verbose: bool) -> Vec<f64> {
///     // minutes of work
/// }
/// ```
///
/// The front page of `larder` has
/// [a table of the options](https://docs.rs/larder/latest/larder/#what-a-cached-function-offers), and
/// says what the function offers then, beside being called.
#[proc_macro_attribute]
pub fn cache(
    options: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    renamed(expand(options.into(), &item.into())).into()
}

fn expand(options: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    match syn::parse2(tokens.clone()) {
        Ok(Item::Function(function)) => {
            let (options, found) = Options::parse(options);
            mistakes = found;
            check(&function, &options, Place::Free, &mut mistakes);
            if mistakes.none() {
                let code = Code::of(&function, &tokens.to_string(), false, &options, &mut mistakes);
                if mistakes.none() {
                    return expand_function::expand(&function, &options, &code);
                }
            }
        }
        Ok(Item::Impl(block)) => return impl_block(*block, &options, tokens),
        Ok(Item::Other(what, keyword)) => check::not_a_function(what, keyword, &mut mistakes),
        // Syntax that the compiler reports by itself when it sees the item.
        Err(error) => mistakes.add(error),
    }
    let errors = mistakes.to_compile_errors();
    quote!(#tokens #errors)
}

fn impl_block(mut block: ItemImpl, options: &TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let mut marked: Vec<(usize, Function, TokenStream)> = Vec::new();
    for (position, item) in block.items.iter_mut().enumerate() {
        if let Some((function, options)) = Function::take_from(item) {
            marked.push((position, function, options));
        }
    }
    check::check_impl(&block, options, &mut mistakes);
    if mistakes.none() && marked.is_empty() {
        check::nothing_marked(&block, &mut mistakes);
    }
    let mut methods = Vec::new();
    if mistakes.none() {
        let text = tokens.to_string();
        for (position, function, options) in marked {
            let (options, found) = Options::parse(options);
            mistakes.append(found);
            check(&function, &options, Place::Impl, &mut mistakes);
            let code = Code::of(&function, &text, true, &options, &mut mistakes);
            methods.push(Method { position, function, options, code });
        }
    }
    if mistakes.none() {
        expand_impl::expand(block, &methods)
    } else {
        let errors = mistakes.to_compile_errors();
        quote!(#block #errors)
    }
}
