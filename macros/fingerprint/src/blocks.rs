//! Traits and `impl` blocks into nodes: one for the head, and one for each member that counts by
//! itself.

use std::rc::Rc;

use crate::fingerprint::Kind;
use crate::graph::{Content, Definition, Graph, Impl, Implemented, Node, Owner, Source};
use crate::heads::impl_head;
use crate::items::{Item, ItemKind, items};
use crate::lexer::{Shape, Token};
use crate::load::{Place, Target};
use crate::names::{number, word};

impl Graph {
    pub(crate) fn add_trait(&mut self, into: Target, item: &Item, place: &Place) {
        let Some(body) = item.body else {
            let node = self.add_node(into, item, Kind::Trait, None, Vec::new());
            return self.define(into.module, item.name, Definition::Node(node));
        };
        let tokens = &self.sources[into.source as usize].tokens;
        let inner = items(tokens, body as usize + 1, tokens[body as usize].data as usize);
        // Without a body or a value, an item is part of what the trait asks for.
        let defaults: Vec<Item> = inner
            .into_iter()
            .filter(|item| {
                let text = &tokens[item.start as usize..item.end as usize];
                let has_value = text.iter().any(|token| token.is_punct(b'='));
                (item.kind == ItemKind::Function && item.body.is_some())
                    || (item.kind == ItemKind::Constant && has_value)
            })
            .collect();
        let holes = defaults.iter().map(|item| (item.start, item.end)).collect();
        let node = self.add_node(into, item, Kind::Trait, None, holes);
        self.define(into.module, item.name, Definition::Node(node));
        let path = Rc::clone(&self.nodes[node as usize].path);
        let within = Target { owner: Owner::Trait(node), ..into };
        for item in &defaults {
            if self.exists(within, item) {
                let is_function = item.kind == ItemKind::Function;
                let kind = if is_function { Kind::Function } else { Kind::Constant };
                self.add_node(within, item, kind, Some(&path), Vec::new());
            }
        }
        self.add_nested_impls(within, &defaults, place);
    }

    pub(crate) fn add_impl(&mut self, into: Target, item: &Item, place: &Place) {
        let Some(body) = item.body else { return };
        let Source { text, tokens, .. } = &self.sources[into.source as usize];
        let head = impl_head(tokens, item.head as usize, body as usize);
        let own = compact(text, &tokens[head.self_type.0..head.self_type.1]);
        let module = &self.modules[into.module as usize].path;
        let (path, within) = match head.implemented {
            None => (format!("{module}::impl {own}"), format!("{module}::{own}")),
            Some((start, end)) => {
                let implemented = compact(text, &tokens[start..end]);
                (
                    format!("{module}::impl {implemented} for {own}"),
                    format!("{module}::<{own} as {implemented}>"),
                )
            }
        };
        let inner = items(tokens, body as usize + 1, tokens[body as usize].data as usize);
        let is_member = |item: &&Item| {
            matches!(item.kind, ItemKind::Function | ItemKind::Constant | ItemKind::MacroCall)
        };
        let members: Vec<Item> = inner.iter().filter(is_member).copied().collect();
        let holes = members.iter().map(|item| (item.start, item.end)).collect();
        let node = self.add(Node {
            kind: Kind::Impl,
            name: word::UNDERSCORE,
            module: into.module,
            owner: into.owner,
            path: Rc::from(path),
            content: Content::Tokens {
                source: into.source,
                start: item.start,
                end: item.end,
                head: item.head,
                body: item.body,
                holes,
            },
        });
        let number_of = number(self.impls.len());
        self.impls.push(Impl {
            node,
            gates: Vec::new(),
            self_types: Vec::new(),
            implemented: Implemented::Nothing,
            members: Vec::new(),
        });
        let within_impl = Target { owner: Owner::Impl(number_of), ..into };
        for item in &members {
            if !self.exists(within_impl, item) {
                continue;
            }
            let kind = match item.kind {
                ItemKind::Function => Kind::Function,
                ItemKind::MacroCall => Kind::MacroCall,
                _ => Kind::Constant,
            };
            let node = self.add_node(within_impl, item, kind, Some(&within), Vec::new());
            self.impls[number_of as usize].members.push((item.name, node));
        }
        self.add_nested_impls(into, &members, place);
    }
}

/// The tokens as text without layout: words that would run together keep a space.
fn compact(text: &str, tokens: &[Token]) -> String {
    let mut out = String::new();
    let mut before = Shape::Punct;
    for token in tokens {
        let is_word = |shape| matches!(shape, Shape::Word | Shape::Lifetime | Shape::Literal);
        if is_word(before) && is_word(token.shape) {
            out.push(' ');
        }
        out.push_str(&text[token.start as usize..token.end as usize]);
        if token.is_punct(b',') {
            out.push(' ');
        }
        before = token.shape;
    }
    out
}
