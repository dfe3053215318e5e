//! What stands between the parentheses of `#[cache(…)]`.
//!
//! Reading goes on past a mistake where it can, so that each option is judged on its own. Whether
//! the options fit the function is for `check` to say.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, ExprPath, Ident, LitInt, LitStr, Result, Token, parenthesized};

use crate::duration;
use crate::mistakes::Mistakes;

/// Every option, in the order in which the documentation lists them.
const KNOWN: [&str; 11] = [
    "name", "version", "ignore", "redact", "env", "code", "reaches", "cache", "expires",
    "validate", "keep_if",
];

/// How much of the code a fingerprint covers.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum Extent {
    /// The function and everything it reaches.
    #[default]
    Deps,
    /// The function alone.
    Body,
    /// Nothing: the version alone tells.
    None,
}

/// The options as written. What is absent has its default.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) version: u64,
    /// Parameters that are no part of the key.
    pub(crate) ignore: Vec<Ident>,
    /// Parameters that are part of the key and never printed.
    pub(crate) redact: Vec<Ident>,
    /// Environment variables whose values join the key.
    pub(crate) env: Vec<LitStr>,
    pub(crate) code: Extent,
    /// Paths that the function reaches beside those that can be seen.
    pub(crate) reaches: Vec<syn::Path>,
    pub(crate) cache: Option<Expr>,
    /// For how many nanoseconds results are used; zero for ever.
    pub(crate) expires_ns: u64,
    /// Says which results still count.
    pub(crate) validate: Option<ExprPath>,
    pub(crate) keep_if: Option<ExprPath>,
}

impl Options {
    /// The options in `tokens`, and what is wrong with them.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Mistakes) {
        let mut options = Self::default();
        let mut mistakes = Mistakes::default();
        let parser = |input: ParseStream<'_>| options.read_all(input, &mut mistakes);
        if let Err(error) = parser.parse2(tokens) {
            mistakes.add(error);
        }
        (options, mistakes)
    }

    fn read_all(&mut self, input: ParseStream<'_>, mistakes: &mut Mistakes) -> Result<()> {
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            if !input.peek(Ident::peek_any) {
                let known = listed();
                let what =
                    format!("an option has a name, as in `version = 2`\nthe options are {known}");
                return Err(input.error(what));
            }
            let option = input.call(Ident::parse_any)?;
            // `env` adds up, so it may be repeated; a second value of any other would be a guess.
            if seen.contains(&option) && option != "env" {
                mistakes.at(
                    option.span(),
                    format_args!("option `{option}` is given twice: remove one of them"),
                );
                skip_value(input)?;
            } else if KNOWN.iter().any(|known| option == known) {
                self.read(&option, input, mistakes)?;
            } else {
                mistakes.at(option.span(), unknown(&option));
                skip_value(input)?;
            }
            seen.push(option);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    /// Reads the value of the one `option`, which is known and new.
    fn read(
        &mut self,
        option: &Ident,
        input: ParseStream<'_>,
        mistakes: &mut Mistakes,
    ) -> Result<()> {
        match option.to_string().as_str() {
            "name" => {
                let name: LitStr = value(option, input, "name = \"…\"")?;
                if name.value().is_empty() {
                    mistakes.at(
                        name.span(),
                        "the name is empty: the function's results are kept under it, \
                         so give it a word, or leave the option out",
                    );
                }
                self.name = Some(name);
            }
            "version" => {
                let version: LitInt = value(option, input, "version = 2")?;
                match version.base10_parse() {
                    Ok(number) => self.version = number,
                    Err(_) => mistakes
                        .add(Error::new(version.span(), "the version is a number from 0 to 2⁶⁴-1")),
                }
            }
            "ignore" => self.ignore = list(option, input, "ignore(a, b)")?,
            "redact" => self.redact = list(option, input, "redact(a, b)")?,
            "env" => {
                let variables: Vec<LitStr> = list(option, input, "env(\"NAME\")")?;
                for variable in &variables {
                    let name = variable.value();
                    if name.is_empty() || name.contains(['=', '\0']) {
                        mistakes.at(
                            variable.span(),
                            "no environment variable can have this name: write the name alone, \
                             as in `env(\"NAME\")`",
                        );
                    }
                }
                self.env.extend(variables);
            }
            "code" => {
                let written: LitStr = value(option, input, "code = \"deps\"")?;
                match written.value().as_str() {
                    "deps" => self.code = Extent::Deps,
                    "body" => self.code = Extent::Body,
                    "none" => self.code = Extent::None,
                    _ => mistakes.at(
                        written.span(),
                        "`code` is \"deps\" (the function and everything it reaches, which is the \
                         default), \"body\" (the function alone) or \"none\" (`version` alone tells)",
                    ),
                }
            }
            "reaches" => self.reaches = list(option, input, "reaches(path, …)")?,
            "cache" => self.cache = Some(value(option, input, "cache = CACHE")?),
            "expires" => {
                let written: LitStr = value(option, input, "expires = \"7d\"")?;
                match duration::nanos(&written.value()) {
                    Ok(0) => mistakes.at(
                        written.span(),
                        "a result that expires at once is never used: leave `#[cache]` out, or \
                         give it some time, as in `expires = \"1h\"`",
                    ),
                    Ok(nanos) => self.expires_ns = nanos,
                    Err(why) => mistakes.at(
                        written.span(),
                        format_args!(
                            "`{}` is no length of time{why}: {}",
                            written.value(),
                            duration::ADVICE
                        ),
                    ),
                }
            }
            "validate" => {
                let about = "what is known of a result (`&larder::EntryMeta`) and says whether it \
                             still counts";
                self.validate = function(option, input, about, mistakes)?;
            }
            _ => {
                let about = "a reference to the result and says whether to keep it";
                self.keep_if = function(option, input, about, mistakes)?;
            }
        }
        Ok(())
    }
}

/// `= path::to::function` after `option`; the function is given what `about` says.
fn function(
    option: &Ident,
    input: ParseStream<'_>,
    about: &str,
    mistakes: &mut Mistakes,
) -> Result<Option<ExprPath>> {
    let wanted = format!("{option} = path::to::function");
    let expression: Expr = value(option, input, &wanted)?;
    if let Expr::Path(path) = expression {
        return Ok(Some(path));
    }
    mistakes.on(
        &expression,
        format_args!(
            "`{option}` takes the name of a function, as in `{wanted}`, which is given {about}"
        ),
    );
    Ok(None)
}

/// `= value` after `option`.
fn value<T: syn::parse::Parse>(option: &Ident, input: ParseStream<'_>, wanted: &str) -> Result<T> {
    if !input.peek(Token![=]) {
        return Err(shape(option.span(), option, wanted));
    }
    input.parse::<Token![=]>()?;
    let start = input.span();
    input.parse().map_err(|_| shape(start, option, wanted))
}

/// `(one, two)` after `option`, with at least one.
fn list<T: syn::parse::Parse>(
    option: &Ident,
    input: ParseStream<'_>,
    wanted: &str,
) -> Result<Vec<T>>
where
    Entry<T>: syn::parse::Parse,
{
    if !input.peek(syn::token::Paren) {
        return Err(shape(option.span(), option, wanted));
    }
    let content;
    parenthesized!(content in input);
    let entries = Punctuated::<Entry<T>, Token![,]>::parse_terminated(&content)
        .map_err(|error| shape(error.span(), option, wanted))?;
    if entries.is_empty() {
        return Err(shape(option.span(), option, wanted));
    }
    Ok(entries.into_iter().map(|entry| entry.0).collect())
}

/// One entry of a list; a type of its own so that `self`, a keyword, is a name here.
struct Entry<T>(T);

impl syn::parse::Parse for Entry<Ident> {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        input.call(Ident::parse_any).map(Self)
    }
}

impl syn::parse::Parse for Entry<syn::Path> {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        input.parse().map(Self)
    }
}

impl syn::parse::Parse for Entry<LitStr> {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        input.parse().map(Self)
    }
}

fn shape(span: Span, option: &Ident, wanted: &str) -> Error {
    Error::new(span, format_args!("option `{option}` is written `{wanted}`"))
}

/// Moves to the comma after an option that is not read.
fn skip_value(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// Every option, for a message.
fn listed() -> String {
    KNOWN.map(|known| format!("`{known}`")).join(", ")
}

fn unknown(option: &Ident) -> String {
    let written = option.to_string();
    let known = listed();
    let nearest = KNOWN
        .iter()
        .map(|known| (distance(&written, known), known))
        .min_by_key(|(distance, _)| *distance)
        // Half of the letters wrong is another word, not a slip.
        .filter(|(distance, known)| *distance * 2 < known.len());
    match nearest {
        Some((_, nearest)) => {
            format!(
                "unknown option `{written}`: did you mean `{nearest}`?\nthe options are {known}"
            )
        }
        None => format!("unknown option `{written}`\nthe options are {known}"),
    }
}

/// How many letters to add, remove or replace on the way from `from` to `to`.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn mistakes(options: TokenStream) -> Vec<String> {
        let (_, mistakes) = Options::parse(options);
        mistakes.messages()
    }

    #[test]
    fn every_option_can_be_given_at_once() {
        let (options, mistakes) = Options::parse(quote! {
            name = "n", version = 18_446_744_073_709_551_615, ignore(self, a), redact(b),
            env("X", "Y"), env("Z"), cache = &*SHARED, expires = "7d", validate = some::other,
            keep_if = some::path,
        });
        assert_eq!(mistakes.messages(), Vec::<String>::new());
        assert_eq!(options.version, u64::MAX);
        assert_eq!(options.ignore, ["self", "a"]);
        assert_eq!(options.env.len(), 3);
        assert!(options.name.is_some() && options.cache.is_some() && options.keep_if.is_some());
        assert!(options.validate.is_some() && options.expires_ns == 7 * 86_400 * 1_000_000_000);
    }

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        assert!(mistakes(quote!(versoin = 1))[0].contains("did you mean `version`?"));
        assert!(mistakes(quote!(keepif = f))[0].contains("did you mean `keep_if`?"));
        assert!(!mistakes(quote!(ttl = 3))[0].contains("did you mean"));
    }

    #[test]
    fn a_mistake_does_not_hide_the_next_one() {
        let found = mistakes(quote!(what(a, b) = 3, version = 1, version = 2, name = ""));
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn the_distance_counts_single_letters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
