//! A procedural macro.

use proc_macro::TokenStream;

mod text;

#[proc_macro]
pub fn cut(input: TokenStream) -> TokenStream {
    text::around(&input.to_string()).parse().expect("an expression")
}
