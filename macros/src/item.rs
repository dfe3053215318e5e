//! What the attribute stands on, read as far as the expansion needs it.
//!
//! A function's body stays the tokens it is: parsing it would cost time on every build and would
//! refuse syntax that the compiler knows and `syn` does not.

use crate::rename::other_name;
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ImplItem, ItemImpl, Result, Signature, Token, Visibility};

/// A function or a method with a body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The braces and what they hold; nothing where a trait declares a method.
    pub(crate) body: TokenStream,
}

/// What the attribute stands on.
pub(crate) enum Item {
    Function(Box<Function>),
    Impl(Box<ItemImpl>),
    /// Something that cannot be cached: what it is called, and where its keyword stands.
    Other(&'static str, Span),
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let ahead = input.fork();
        ahead.call(Attribute::parse_outer)?;
        ahead.parse::<Visibility>()?;
        // `const`, `unsafe` and the like stand before functions and before other items.
        let mut keyword = ahead.parse::<TokenTree>()?;
        loop {
            let other = match keyword.to_string().as_str() {
                "fn" => {
                    return input.parse().map(|function| Self::Function(Box::new(function)));
                }
                "impl" => return input.parse().map(|block| Self::Impl(Box::new(block))),
                "struct" => "a struct",
                "enum" => "an enum",
                "union" => "a union",
                "trait" => "a trait",
                "mod" => "a module",
                "use" => "an import",
                "static" => "a static",
                "type" => "a type alias",
                "macro_rules" | "macro" => "a macro",
                "const" if is_constant(&ahead) => "a constant",
                _ if ahead.is_empty() => "this",
                _ => {
                    keyword = ahead.parse()?;
                    continue;
                }
            };
            // What was only looked at so far would count as surplus.
            input.parse::<TokenStream>()?;
            return Ok(Self::Other(other, keyword.span()));
        }
    }
}

/// Whether `const`, just read, begins a constant and not a function.
fn is_constant(ahead: ParseStream<'_>) -> bool {
    !(ahead.peek(Token![fn])
        || ahead.peek(Token![async])
        || ahead.peek(Token![unsafe])
        || ahead.peek(Token![extern]))
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Function {
    /// The method in `item` and the options of its first `#[cache]`, if it has one. The attribute is
    /// taken off the item.
    pub(crate) fn take_from(item: &mut ImplItem) -> Option<(Self, TokenStream)> {
        let ImplItem::Fn(method) = item else {
            return None;
        };
        let position = method.attrs.iter().position(is_cache)?;
        let attribute = method.attrs.remove(position);
        let options = match attribute.meta {
            syn::Meta::Path(_) => TokenStream::new(),
            syn::Meta::List(list) => list.tokens,
            // `#[cache = …]`: the parser of the options says how they are written.
            syn::Meta::NameValue(pair) => pair.value.into_token_stream(),
        };
        let function = Self {
            attrs: method.attrs.clone(),
            vis: method.vis.clone(),
            sig: method.sig.clone(),
            body: method.block.to_token_stream(),
        };
        // A second one is a mistake, which is said once.
        method.attrs.retain(|attribute| !is_cache(attribute));
        Some((function, options))
    }
}

/// Whether this is our attribute. A macro cannot ask under which name it was imported, so the
/// name is what counts.
pub(crate) fn is_cache(attribute: &Attribute) -> bool {
    let segments = &attribute.path().segments;
    segments.last().is_some_and(|last| last.ident == "cache")
        && (segments.len() == 1
            || segments[0].ident == "larder"
            || other_name().is_some_and(|name| segments[0].ident == name))
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        tokens.extend(quote::quote!(#(#attrs)* #vis #sig #body));
    }
}
