//! What is there without being named: items that macro calls define, and traits whose methods are
//! called.

use std::rc::Rc;

use crate::graph::{Content, Graph, key};
use crate::imports::is_separator;
use crate::lexer::{Shape, Token};
use crate::mentions::PRIMITIVES;
use crate::names::{Name, is_reserved, word};
use crate::resolve::{Lookups, Meaning};

impl Graph {
    /// The names that a macro call in the place of an item may define.
    pub(crate) fn owned(&mut self, lookups: &mut Lookups, call: u32) -> Rc<Vec<Name>> {
        if let Some(owned) = lookups.owned.get(&call) {
            return Rc::clone(owned);
        }
        let mut owned = Vec::new();
        let node = &self.nodes[call as usize];
        let (name, krate) = (node.name, self.krate(call));
        if let Content::Tokens { source, end, body: Some(body), .. } = &node.content {
            let tokens = &self.sources[*source as usize].tokens[*body as usize..*end as usize];
            defined_words(tokens, &mut owned);
            if owned.is_empty() {
                // What the macro defines has a name among those that stand alone.
                owned.extend(lone_words(tokens).filter(|name| {
                    !is_reserved(*name)
                        && *name != word::STRING
                        && !PRIMITIVES.contains(&self.names.get(*name))
                }));
            }
        }
        for definition in self.macros.get(&key(krate, name)).cloned().unwrap_or_default() {
            if let Content::Tokens { source, start, end, .. } =
                &self.nodes[definition as usize].content
            {
                let tokens = &self.sources[*source as usize].tokens;
                defined_words(&tokens[*start as usize..*end as usize], &mut owned);
            }
        }
        owned.sort_unstable();
        owned.dedup();
        let owned = Rc::new(owned);
        lookups.owned.insert(call, Rc::clone(&owned));
        owned
    }

    /// Crates from which a module imports what may be traits: their methods are called without
    /// their names.
    pub(crate) fn trait_sources(&mut self, lookups: &mut Lookups, module: u32) -> Rc<Vec<u32>> {
        if let Some(found) = lookups.externals.get(&module) {
            return Rc::clone(found);
        }
        // Modules that import each other by glob end here.
        lookups.externals.insert(module, Rc::default());
        let mut found = Vec::new();
        for import in self.modules[module as usize].imports.clone() {
            let last = import.path.last().map_or("", |name| self.names.get(*name));
            let may_be_trait = import.glob || last.starts_with(|c: char| c.is_uppercase());
            if !may_be_trait {
                continue;
            }
            for place in self.import_path(lookups, module, &import) {
                match place {
                    Meaning::Nodes(nodes) => found.extend(nodes),
                    Meaning::Module(other) if import.glob => {
                        found.extend(self.trait_sources(lookups, other).iter());
                    }
                    _ => {}
                }
            }
        }
        let around = &self.modules[module as usize];
        if let Some(parent) = around.parent.filter(|_| around.is_block) {
            found.extend(self.trait_sources(lookups, parent).iter());
        }
        found.sort_unstable();
        found.dedup();
        let found = Rc::new(found);
        lookups.externals.insert(module, Rc::clone(&found));
        found
    }
}

/// The words behind `fn`, `struct` and the like.
fn defined_words(tokens: &[Token], out: &mut Vec<Name>) {
    for (at, token) in tokens.iter().enumerate() {
        let defines = matches!(
            token.data,
            word::FN
                | word::STRUCT
                | word::ENUM
                | word::UNION
                | word::CONST
                | word::STATIC
                | word::TYPE
                | word::TRAIT
                | word::MOD
        );
        if !defines || token.shape != Shape::Word {
            continue;
        }
        // `static mut NAME`, and `static ref NAME` of a macro that many use.
        let words = tokens[at + 1..].iter().take_while(|next| next.shape == Shape::Word);
        let name = words.map(|next| next.data).find(|name| !is_reserved(*name));
        out.extend(name);
    }
}

/// The words that are not part of a path, of a call, or behind a dot.
fn lone_words(tokens: &[Token]) -> impl Iterator<Item = Name> {
    tokens.iter().enumerate().filter_map(|(at, token)| {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let is_part = before.is_some_and(|before| before.is_punct(b'.') || before.is_punct(b':'))
            || tokens.get(at + 1).is_some_and(|next| {
                next.is_open(b'(') || is_separator(tokens, at + 1, tokens.len())
            });
        (token.shape == Shape::Word && !is_part).then_some(token.data)
    })
}
