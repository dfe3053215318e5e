//! A package of procedural macros.

mod answer;

use proc_macro::TokenStream;

#[proc_macro]
pub fn answer(_input: TokenStream) -> TokenStream {
    answer::tokens(1210)
}

#[proc_macro_derive(Describe)]
pub fn describe(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}

#[proc_macro_attribute]
pub fn traced(_arguments: TokenStream, item: TokenStream) -> TokenStream {
    item
}
