//! What stands before the braces of functions, types, traits and `impl` blocks.

use crate::lexer::{Shape, Token, behind};
use crate::names::{Name, word};

/// The parts of `impl<…> Trait for Type where …`, as positions of tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImplHead {
    /// Absent for the type's own methods.
    pub(crate) implemented: Option<(usize, usize)>,
    pub(crate) self_type: (usize, usize),
}

/// Takes apart the head between `impl`, at `at`, and the braces, at `end`.
pub(crate) fn impl_head(tokens: &[Token], at: usize, end: usize) -> ImplHead {
    let mut at = at;
    while at < end && !tokens[at].is_word(word::IMPL) {
        at += 1;
    }
    let mut start = at + 1;
    if tokens.get(start).is_some_and(|token| token.is_punct(b'<')) {
        start = after_angles(tokens, start, end);
    }
    while tokens.get(start).is_some_and(|token| token.is_word(word::CONST) || token.is_punct(b'!'))
    {
        start += 1;
    }
    let (mut split, mut stop, mut at) = (None, end, start);
    while at < end {
        let token = &tokens[at];
        if token.is_punct(b'<') {
            at = after_angles(tokens, at, end);
            continue;
        }
        match token.shape {
            Shape::Open => at = token.data as usize,
            // `for<'a>` is part of a type.
            Shape::Word
                if token.data == word::FOR
                    && split.is_none()
                    && !tokens.get(at + 1).is_some_and(|next| next.is_punct(b'<')) =>
            {
                split = Some(at);
            }
            Shape::Word if token.data == word::WHERE => {
                stop = at;
                break;
            }
            _ => {}
        }
        at += 1;
    }
    match split {
        Some(split) => ImplHead { implemented: Some((start, split)), self_type: (split + 1, stop) },
        None => ImplHead { implemented: None, self_type: (start, stop) },
    }
}

/// What follows the `<…>` that opens at `at`.
pub(crate) fn after_angles(tokens: &[Token], at: usize, end: usize) -> usize {
    let mut depth = 0_u32;
    let mut at = at;
    while at < end {
        let token = &tokens[at];
        match token.shape {
            Shape::Open => at = token.data as usize,
            Shape::Close => return at,
            Shape::Punct if token.first == b'<' => depth += 1,
            Shape::Punct if token.first == b'>' && !is_arrow_head(tokens, at) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            Shape::Punct if token.first == b';' => return at,
            _ => {}
        }
        at += 1;
    }
    end
}

/// Whether the `>` at `at` belongs to `->` or `=>`.
pub(crate) fn is_arrow_head(tokens: &[Token], at: usize) -> bool {
    at > 0
        && (tokens[at - 1].is_punct(b'-') || tokens[at - 1].is_punct(b'='))
        && tokens[at - 1].end == tokens[at].start
}

/// The names of the type and const parameters in the first `<…>` between `at` and `end`.
pub(crate) fn generics(tokens: &[Token], at: usize, end: usize) -> Vec<Name> {
    let mut names = Vec::new();
    let Some(open) = angles(tokens, at, end) else {
        return names;
    };
    let close = after_angles(tokens, open, end);
    let (mut depth, mut begins, mut at) = (0_u32, false, open);
    while at < close {
        let token = &tokens[at];
        match token.shape {
            Shape::Open => at = token.data as usize,
            Shape::Punct => match token.first {
                b'<' => {
                    depth += 1;
                    begins = depth == 1;
                }
                b'>' if !is_arrow_head(tokens, at) => depth = depth.saturating_sub(1),
                b',' => begins = depth == 1,
                _ => begins = false,
            },
            Shape::Word if begins && token.data != word::CONST => {
                names.push(token.data);
                begins = false;
            }
            _ => {}
        }
        at += 1;
    }
    names
}

/// Where the parameters of an item open, if it has some: right behind its name, or `impl`.
pub(crate) fn angles(tokens: &[Token], at: usize, end: usize) -> Option<usize> {
    let mut at = at;
    while at < end {
        let token = &tokens[at];
        match token.shape {
            Shape::Punct if token.first == b'<' => return Some(at),
            Shape::Word if token.data == word::IMPL => {
                return Some(at + 1)
                    .filter(|at| tokens.get(*at).is_some_and(|next| next.is_punct(b'<')));
            }
            Shape::Word | Shape::Literal => at += 1,
            _ => return None,
        }
    }
    None
}

/// The traits that a parameter, or something without a name, is bound by: where each is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bounded {
    pub(crate) name: Option<Name>,
    pub(crate) bounds: Vec<(usize, usize)>,
}

/// The bounds in the head of an item, whose keyword is at `at` and whose body opens at `end`.
pub(crate) fn bounds(tokens: &[Token], at: usize, end: usize) -> Vec<Bounded> {
    let mut found = Vec::new();
    let mut rest = at;
    if let Some(open) = angles(tokens, at, end) {
        let close = after_angles(tokens, open, end);
        clauses(tokens, open + 1, close.saturating_sub(1), &mut found);
        rest = close;
    }
    while rest < end {
        let token = &tokens[rest];
        if token.is_word(word::WHERE) {
            clauses(tokens, rest + 1, end, &mut found);
            break;
        }
        if token.is_word(word::IMPL) && rest > at {
            let stop =
                until(tokens, rest + 1, end, |token| token.is_punct(b',') || token.is_punct(b'='));
            let bounds = sum(tokens, rest + 1, stop);
            within(tokens, &bounds, &mut found);
            found.push(Bounded { name: None, bounds });
        }
        // What comes out is made by code that is reached.
        if token.is_punct(b'>') && is_arrow_head(tokens, rest) {
            let stop = until(tokens, rest + 1, end, |token| token.is_word(word::WHERE));
            rest = stop;
            continue;
        }
        rest += 1;
    }
    found
}

/// `T: A + B, U: C`
fn clauses(tokens: &[Token], start: usize, end: usize, found: &mut Vec<Bounded>) {
    let mut at = start;
    while at < end {
        let stop = until(tokens, at, end, |token| token.is_punct(b','));
        let mut colon = at;
        while colon < stop && !is_single_colon(tokens, colon) {
            colon = behind(tokens, colon);
        }
        if colon < stop {
            let is_name = colon == at + 1 && tokens[at].shape == Shape::Word;
            let last = until(tokens, colon + 1, stop, |token| token.is_punct(b'='));
            let bounds = sum(tokens, colon + 1, last);
            within(tokens, &bounds, found);
            found.push(Bounded { name: is_name.then(|| tokens[at].data), bounds });
        }
        at = stop + 1;
    }
}

/// What is bound within bounds: `IntoIterator<Item: A>`.
fn within(tokens: &[Token], bounds: &[(usize, usize)], found: &mut Vec<Bounded>) {
    for (start, end) in bounds {
        if let Some(open) = (*start..*end).find(|at| tokens[*at].is_punct(b'<')) {
            let close = after_angles(tokens, open, *end);
            clauses(tokens, open + 1, close.saturating_sub(1), found);
        }
    }
}

fn is_single_colon(tokens: &[Token], at: usize) -> bool {
    let is_colon = |at: usize| tokens.get(at).is_some_and(|token| token.is_punct(b':'));
    is_colon(at) && !is_colon(at + 1) && !(at > 0 && is_colon(at - 1))
}

/// `A + B`
fn sum(tokens: &[Token], start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = start;
    while at < end {
        let stop = until(tokens, at, end, |token| token.is_punct(b'+'));
        // `for<'a>`, `?Sized`, and lifetimes are no traits that matter.
        let mut first = at;
        if tokens[first].is_word(word::FOR) {
            first = after_angles(tokens, first + 1, stop);
        }
        if first < stop && (tokens[first].shape == Shape::Word || tokens[first].is_punct(b':')) {
            found.push((first, stop));
        }
        at = stop + 1;
    }
    found
}

/// Where something stands first that is in no bracket; a bracket that closes ends the search.
fn until(tokens: &[Token], start: usize, end: usize, is: impl Fn(&Token) -> bool) -> usize {
    let mut at = start;
    while at < end {
        let token = &tokens[at];
        if token.is_punct(b'<') {
            at = after_angles(tokens, at, end);
            continue;
        }
        if is(token)
            || token.shape == Shape::Close
            || (token.is_punct(b'>') && !is_arrow_head(tokens, at))
        {
            return at;
        }
        at = behind(tokens, at);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::lex;
    use crate::names::Names;

    fn check(text: &str, implemented: &str, self_type: &str, generic: &[&str]) {
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        let end = tokens.iter().position(|token| token.is_open(b'{')).unwrap_or(tokens.len());
        let head = impl_head(&tokens, 0, end);
        let part = |(start, end): (usize, usize)| {
            if start == end {
                ""
            } else {
                &text[tokens[start].start as usize..tokens[end - 1].end as usize]
            }
        };
        assert_eq!(head.implemented.map_or("", part), implemented, "{text}");
        assert_eq!(part(head.self_type), self_type, "{text}");
        let found = generics(&tokens, 0, end);
        let found: Vec<&str> = found.iter().map(|name| names.get(*name)).collect();
        assert_eq!(found, generic, "{text}");
    }

    #[test]
    fn heads_are_taken_apart() {
        check("impl A {}", "", "A", &[]);
        check("impl<T> A<T> where T: B {}", "", "A<T>", &["T"]);
        check(
            "unsafe impl<'a, T: Fn(A) -> B, const N: usize> C<T> for [D<'a>; N] {}",
            "C<T>",
            "[D<'a>; N]",
            &["T", "N"],
        );
        check("impl !Send for A {}", "Send", "A", &[]);
        check("impl<F> A for F where F: for<'a> Fn(&'a u8) {}", "A", "F", &["F"]);
        check("impl From<Vec<A>> for B {}", "From<Vec<A>>", "B", &[]);
        check("impl A for Box<dyn for<'a> Fn(&'a u8)> {}", "A", "Box<dyn for<'a> Fn(&'a u8)>", &[]);
    }

    #[test]
    fn bounds_are_found_wherever_they_stand() {
        let text = "fn f<T: A + ?Sized + 'static, const N: usize, U>(a: impl B<Item = C> + D, b: &dyn E) -> impl F \
            where U: for<'a> G<'a>, Vec<T>: H {";
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        let shown = bounds(&tokens, 0, tokens.len() - 2).into_iter().map(|one| {
            let bounds = one.bounds.iter().map(|(start, end)| {
                &text[tokens[*start].start as usize..tokens[*end - 1].end as usize]
            });
            format!(
                "{}: {}",
                one.name.map_or("", |name| names.get(name)),
                bounds.collect::<Vec<_>>().join(" + ")
            )
        });
        assert_eq!(
            shown.collect::<Vec<_>>(),
            ["T: A", ": usize", ": B<Item = C> + D", "U: G<'a>", ": H"]
        );
    }
}
