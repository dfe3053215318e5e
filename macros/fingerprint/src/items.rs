//! Tokens to items, by their first words alone: bodies are skipped and types not understood.

use crate::digest::after_visibility;
use crate::lexer::{Shape, Token, behind};
use crate::names::{Name, is_reserved, number, word};

/// What kind of item it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ItemKind {
    Function,
    /// A struct, an enum or a union.
    Type,
    Alias,
    /// A constant or a static.
    Constant,
    Trait,
    Impl,
    Use,
    Module,
    /// A `macro_rules!` macro, or one of `macro`.
    Macro,
    /// Any other macro call in the place of an item.
    MacroCall,
    ExternCrate,
    /// `extern "C" { … }`
    Foreign,
}

/// One item, by the positions of its tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) kind: ItemKind,
    /// `_` where it has none.
    pub(crate) name: Name,
    /// From its first attribute to its last token.
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Where its keyword stands, behind attributes and visibility; of a macro call its path.
    pub(crate) head: u32,
    /// Where its braces open, or of a macro call its bracket.
    pub(crate) body: Option<u32>,
}

/// The items between two positions, in order. What is no item is skipped.
pub(crate) fn items(tokens: &[Token], start: usize, end: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = start;
    while at < end {
        match item(tokens, at, end) {
            Some(item) => {
                at = item.end as usize;
                items.push(item);
            }
            // Perhaps an item begins behind a whole bracket.
            None if tokens[at].shape == Shape::Open => at = tokens[at].data as usize + 1,
            None => at += 1,
        }
    }
    items
}

/// The items between two positions at any depth, in bodies of functions, say: what stands where a
/// statement begins and looks like an item.
pub(crate) fn nested_items(tokens: &[Token], start: usize, end: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let mut at = start;
    let mut begins = true;
    while at < end {
        let token = &tokens[at];
        if begins && matches!(token.shape, Shape::Word | Shape::Punct) {
            let found = item(tokens, at, end).filter(|item| item.kind != ItemKind::MacroCall);
            if let Some(item) = found {
                // What is inside a function stays its own affair; its items are seen all the same.
                (at, begins) = match (item.kind, item.body) {
                    (ItemKind::Function, Some(body)) => (body as usize + 1, true),
                    (ItemKind::Constant, _) => (item.head as usize + 1, false),
                    _ => (item.end as usize, true),
                };
                items.push(item);
                continue;
            }
        }
        begins = match token.shape {
            Shape::Open => token.first == b'{',
            Shape::Close => token.first == b'}',
            Shape::Punct => token.first == b';',
            _ => false,
        };
        at += 1;
    }
    items
}

/// The item that begins at `at`.
fn item(tokens: &[Token], start: usize, end: usize) -> Option<Item> {
    let mut at = start;
    while let Some(after) = after_attribute(tokens, at, end) {
        at = after;
    }
    if at < end && tokens[at].is_word(word::PUB) {
        at = after_visibility(tokens, at);
    }
    let head = at;
    let mut qualified = false;
    loop {
        let token = tokens.get(at).filter(|_| at < end)?;
        if token.shape == Shape::Literal && qualified {
            // The convention in `extern "C" fn`.
            at += 1;
            continue;
        }
        if token.shape != Shape::Word {
            return macro_call(tokens, start, head, end);
        }
        let scan = Scan { tokens, start, head, at, end };
        let next = tokens.get(at + 1).filter(|_| at + 1 < end);
        let next_is_word = next.is_some_and(|next| next.shape == Shape::Word);
        match token.data {
            word::FN => return scan.function(),
            word::STRUCT | word::ENUM => return scan.with_body(ItemKind::Type),
            word::UNION if next_is_word => return scan.with_body(ItemKind::Type),
            word::TRAIT => return scan.with_body(ItemKind::Trait),
            word::MOD => return scan.with_body(ItemKind::Module),
            word::TYPE => return scan.to_semicolon(ItemKind::Alias),
            word::USE => return scan.to_semicolon(ItemKind::Use),
            word::STATIC if next_is_word => return scan.constant(),
            word::IMPL => return scan.implementation(),
            word::MACRO_RULES if next.is_some_and(|next| next.is_punct(b'!')) => {
                return scan.macro_rules();
            }
            word::MACRO if next_is_word => return scan.with_body(ItemKind::Macro),
            word::EXTERN => {
                if next.is_some_and(|next| next.is_word(word::CRATE)) {
                    return scan.extern_crate();
                }
                let brace =
                    at + 1 + usize::from(next.is_some_and(|next| next.shape == Shape::Literal));
                if tokens.get(brace).is_some_and(|token| token.is_open(b'{')) && brace < end {
                    let close = tokens[brace].data;
                    return Some(scan.item(
                        ItemKind::Foreign,
                        word::UNDERSCORE,
                        close + 1,
                        Some(brace),
                    ));
                }
            }
            word::CONST => {
                let is_function = next.is_some_and(|next| {
                    [word::FN, word::ASYNC, word::UNSAFE, word::EXTERN].contains(&next.data)
                        && next.shape == Shape::Word
                });
                if next_is_word && !is_function {
                    return scan.constant();
                }
                if !next_is_word {
                    return None;
                }
            }
            word::ASYNC | word::UNSAFE | word::DEFAULT | word::AUTO | word::SAFE
                if next.is_some_and(|next| {
                    next.shape == Shape::Word || next.shape == Shape::Literal
                }) => {}
            _ => return macro_call(tokens, start, head, end),
        }
        qualified = true;
        at += 1;
    }
}

struct Scan<'a> {
    tokens: &'a [Token],
    start: usize,
    head: usize,
    /// Where the keyword stands.
    at: usize,
    end: usize,
}

impl Scan<'_> {
    fn item(&self, kind: ItemKind, name: Name, end: u32, body: Option<usize>) -> Item {
        let (start, head) = (number(self.start), number(self.head));
        let end = end.min(number(self.end));
        Item { kind, name, start, end, head, body: body.map(number) }
    }

    fn name(&self, at: usize) -> Option<Name> {
        let token =
            self.tokens.get(at).filter(|token| at < self.end && token.shape == Shape::Word)?;
        (!is_reserved(token.data)).then_some(token.data)
    }

    fn function(&self) -> Option<Item> {
        let name = self.name(self.at + 1)?;
        Some(self.head_and_body(ItemKind::Function, name, self.at + 2))
    }

    /// An item that ends with its braces or with a semicolon.
    fn with_body(&self, kind: ItemKind) -> Option<Item> {
        let name = self.name(self.at + 1)?;
        Some(self.head_and_body(kind, name, self.at + 2))
    }

    fn implementation(&self) -> Option<Item> {
        let item = self.head_and_body(ItemKind::Impl, word::UNDERSCORE, self.at + 1);
        item.body.map(|_| item)
    }

    /// Looks for the braces that are the body, and not part of a type.
    fn head_and_body(&self, kind: ItemKind, name: Name, mut at: usize) -> Item {
        let mut angles = 0_u32;
        while at < self.end {
            let token = &self.tokens[at];
            match token.shape {
                Shape::Open if token.first == b'{' && angles == 0 => {
                    return self.item(kind, name, token.data + 1, Some(at));
                }
                Shape::Open => at = token.data as usize,
                Shape::Punct => match token.first {
                    b';' => return self.item(kind, name, number(at + 1), None),
                    b'<' => angles += 1,
                    b'>' if !self.tokens[at - 1].is_punct(b'-')
                        && !self.tokens[at - 1].is_punct(b'=') =>
                    {
                        angles = angles.saturating_sub(1);
                    }
                    _ => {}
                },
                _ => {}
            }
            at += 1;
        }
        self.item(kind, name, number(self.end), None)
    }

    fn constant(&self) -> Option<Item> {
        let mut at = self.at + 1;
        while self
            .tokens
            .get(at)
            .is_some_and(|token| token.is_word(word::MUT) || token.is_word(word::REF))
        {
            at += 1;
        }
        let token = self.tokens.get(at).filter(|token| token.shape == Shape::Word)?;
        let is_named = token.data == word::UNDERSCORE || self.name(at).is_some();
        let has_type = self.tokens.get(at + 1).is_some_and(|token| token.is_punct(b':'));
        (is_named && has_type).then(|| self.until_semicolon(ItemKind::Constant, token.data))
    }

    fn to_semicolon(&self, kind: ItemKind) -> Option<Item> {
        let name = if kind == ItemKind::Use { word::UNDERSCORE } else { self.name(self.at + 1)? };
        Some(self.until_semicolon(kind, name))
    }

    fn until_semicolon(&self, kind: ItemKind, name: Name) -> Item {
        let mut at = self.at;
        while at < self.end && !self.tokens[at].is_punct(b';') {
            at = behind(self.tokens, at);
        }
        self.item(kind, name, number(at + 1), None)
    }

    fn extern_crate(&self) -> Option<Item> {
        let name = self.tokens.get(self.at + 2).filter(|token| token.shape == Shape::Word)?.data;
        Some(self.until_semicolon(ItemKind::ExternCrate, name))
    }

    fn macro_rules(&self) -> Option<Item> {
        let name = self.name(self.at + 2)?;
        let open = self.at + 3;
        let bracket = self.tokens.get(open).filter(|token| token.shape == Shape::Open)?;
        let mut item = self.item(ItemKind::Macro, name, bracket.data + 1, Some(open));
        if self.tokens.get(item.end as usize).is_some_and(|token| token.is_punct(b';')) {
            item.end += 1;
        }
        Some(item)
    }
}

/// `path::name! { … }`
fn macro_call(tokens: &[Token], start: usize, head: usize, end: usize) -> Option<Item> {
    let mut at = head;
    let mut name = None;
    while at < end {
        let token = &tokens[at];
        match token.shape {
            Shape::Word => name = Some(token.data),
            Shape::Punct if matches!(token.first, b':' | b'$') => {}
            _ => break,
        }
        at += 1;
    }
    let name = name.filter(|_| at + 1 < end && tokens[at].is_punct(b'!'))?;
    let bracket = tokens[at + 1];
    if bracket.shape != Shape::Open {
        return None;
    }
    let mut last = bracket.data as usize + 1;
    if tokens.get(last).is_some_and(|token| token.is_punct(b';')) {
        last += 1;
    }
    Some(Item {
        kind: ItemKind::MacroCall,
        name,
        start: number(start),
        end: number(last.min(end)),
        head: number(head),
        body: Some(number(at + 1)),
    })
}

/// What follows the attribute at `at`.
pub(crate) fn after_attribute(tokens: &[Token], at: usize, end: usize) -> Option<usize> {
    if at >= end || !tokens[at].is_punct(b'#') {
        return None;
    }
    let open = if tokens.get(at + 1)?.is_punct(b'!') { at + 2 } else { at + 1 };
    let bracket = tokens.get(open).filter(|token| token.is_open(b'['))?;
    let after = bracket.data as usize + 1;
    (after <= end).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::ItemKind::*;
    use super::*;
    use crate::lexer::lex;
    use crate::names::Names;

    fn check(text: &str, expected: &[(ItemKind, &str)]) {
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        let found = items(&tokens, 0, tokens.len());
        let found: Vec<_> = found.iter().map(|item| (item.kind, names.get(item.name))).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn every_kind_of_item_is_recognised() {
        check(
            "#![a] #[b] pub(crate) const unsafe extern \"C\" fn f<T: A<{1}>>(a: [u8; {2}]) -> B where T: C, { d } fn g() {}",
            &[(Function, "f"), (Function, "g")],
        );
        check(
            "struct S; struct T(u8) where u8: Copy; pub struct U<A> { a: A } enum E { A { b: u8 } } union V { a: u8 }",
            &[(Type, "S"), (Type, "T"), (Type, "U"), (Type, "E"), (Type, "V")],
        );
        check(
            "type A<T> = B<T>; const C: u8 = { 1; 2 }; static mut D: u8 = 1; const _: () = ();",
            &[(Alias, "A"), (Constant, "C"), (Constant, "D"), (Constant, "_")],
        );
        check(
            "trait T: A { fn f(); } unsafe impl<T> A<T> for B where T: C {} impl dyn D {}",
            &[(Trait, "T"), (Impl, "_"), (Impl, "_")],
        );
        check(
            "use a::{b, c as d}; mod m; mod n { fn f() {} } extern crate e as f; extern \"C\" { fn g(); }",
            &[(Use, "_"), (Module, "m"), (Module, "n"), (ExternCrate, "e"), (Foreign, "_")],
        );
        check(
            "macro_rules! m { () => {} } a::b! { c } d!(e); thread_local! { static X: u8 = 1; }",
            &[(Macro, "m"), (MacroCall, "b"), (MacroCall, "d"), (MacroCall, "thread_local")],
        );
        check(
            "async fn a() {} default fn b() {} auto trait C {} const fn d() {} unsafe trait E {}",
            &[(Function, "a"), (Function, "b"), (Trait, "C"), (Function, "d"), (Trait, "E")],
        );
    }

    #[test]
    fn comparisons_in_signatures_do_not_hide_the_body() {
        check(
            "fn f(a: impl Fn(u8) -> u8) -> Box<dyn Fn() -> A<B>> { a } fn g() {}",
            &[(Function, "f"), (Function, "g")],
        );
    }

    #[test]
    fn what_is_no_item_is_skipped() {
        check("} ) let x = 1; fn f() {} = 3 fn", &[(Function, "f")]);
    }

    #[test]
    fn items_in_bodies_are_found_where_statements_begin() {
        let text = "{ let a = 1; fn f() { struct S; } impl T for U { fn g() {} } x.impl_(); use a::b; if c { const D: u8 = { fn h() {} 1 }; } }";
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        let kinds: Vec<_> =
            nested_items(&tokens, 0, tokens.len()).iter().map(|item| item.kind).collect();
        assert_eq!(kinds, [Function, Type, Impl, Use, Constant, Function]);
    }
}
