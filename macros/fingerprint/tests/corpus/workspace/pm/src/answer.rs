use proc_macro::TokenStream;
use quote::quote;

/// The tokens of a number.
pub fn tokens(number: u64) -> TokenStream {
    quote!(#number).into()
}
