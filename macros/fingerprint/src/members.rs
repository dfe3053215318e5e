//! What is meant by names behind types and traits: their members.

use std::rc::Rc;

use crate::edges::{Bound, Edges, Finder};
use crate::fingerprint::Kind;
use crate::graph::{Content, pieces};
use crate::imports::Import;
use crate::lexer::Shape;
use crate::mentions::Path;
use crate::named::types;
use crate::names::{Name, number, word};
use crate::resolve::Meaning;
use crate::scope::Scope;

/// What a trait asks for and brings.
#[derive(Debug, Default)]
pub(crate) struct TraitItems {
    names: Vec<Name>,
    /// Whether a macro may write more of them.
    is_open: bool,
}

impl TraitItems {
    pub(crate) fn has_any(&self, names: &[Name]) -> bool {
        !names.is_empty() && (self.is_open || self.names.iter().any(|name| names.contains(name)))
    }
}

impl Finder<'_> {
    /// The functions of a module that an attribute names, as `with = "module"` does.
    pub(crate) fn functions_of(&mut self, path: &Path, scope: &Scope<'_>, out: &mut Edges) {
        for meaning in self.graph.resolve(self.lookups, scope.module, path, scope.imports) {
            let Meaning::Module(module) = meaning else { continue };
            for (node, entry) in self.graph.nodes.iter().enumerate() {
                if entry.module == module && entry.kind == Kind::Function {
                    out.nodes.push(number(node));
                }
            }
        }
    }

    pub(crate) fn mean(&mut self, meaning: &Meaning, out: &mut Edges) {
        match *meaning {
            Meaning::Node(node) => out.nodes.push(node),
            Meaning::Nodes(ref nodes) => out.nodes.extend_from_slice(nodes),
            Meaning::Module(_) => {}
            Meaning::Member(node, name) => {
                out.nodes.push(node);
                match self.graph.nodes[node as usize].kind {
                    Kind::Trait => out.calls.extend(self.has_item(node, name).then_some(name)),
                    Kind::Alias => {
                        let types = self.alias(node);
                        if types.is_empty() {
                            out.foreign_calls.push(name);
                        }
                        self.typed(&types, name, out);
                    }
                    _ => {
                        self.typed(&[node], name, out);
                    }
                }
            }
        }
    }

    /// Whether a trait has an item of this name.
    pub(crate) fn has_item(&mut self, node: u32, name: Name) -> bool {
        let items = self.trait_items(node);
        items.is_open || items.names.contains(&name)
    }

    pub(crate) fn trait_items(&mut self, node: u32) -> Rc<TraitItems> {
        if let Some(known) = self.known.trait_items.get(&node) {
            return Rc::clone(known);
        }
        let mut items = TraitItems::default();
        match &self.graph.nodes[node as usize].content {
            Content::Leaf { .. } => items.is_open = true,
            Content::Tokens { source, start, end, holes, .. } => {
                let tokens = &self.graph.sources[*source as usize].tokens;
                for (start, end) in pieces(*start, *end, holes) {
                    for run in tokens[start as usize..end as usize].windows(3) {
                        if run[0].shape != Shape::Word {
                            continue;
                        }
                        let defines = matches!(run[0].data, word::FN | word::CONST | word::TYPE);
                        if defines && run[1].shape == Shape::Word {
                            items.names.push(run[1].data);
                        }
                        items.is_open |= run[1].is_punct(b'!') && run[2].shape == Shape::Open;
                    }
                }
            }
        }
        let defaults = self.index.defaults.get(&node).into_iter().flatten();
        items.names.extend(defaults.map(|(name, _)| *name));
        let items = Rc::new(items);
        self.known.trait_items.insert(node, Rc::clone(&items));
        items
    }

    /// The types of ours that an alias stands for.
    pub(crate) fn alias(&mut self, node: u32) -> Vec<u32> {
        let module = self.graph.nodes[node as usize].module;
        match self.graph.nodes[node as usize].content {
            Content::Tokens { source, head, end, .. } => {
                let range = (head as usize + 2, end as usize);
                types(self.graph, self.lookups, module, source as usize, range, &[])
            }
            Content::Leaf { .. } => Vec::new(),
        }
    }

    /// A method or a constant of `self`.
    pub(crate) fn of_self(&mut self, name: Name, scope: &Scope<'_>, out: &mut Edges) {
        if scope.is_foreign {
            self.typed(&scope.self_types, name, out);
            out.foreign_calls.push(name);
        } else if scope.self_types.is_empty() || !self.typed(&scope.self_types, name, out) {
            // Of a type from elsewhere, of whatever implements the trait, or through `Deref`.
            out.calls.push(name);
        }
    }

    /// Members of the types that have this name; whether there are some. Those of foreign traits
    /// count with their whole `impl` block.
    pub(crate) fn typed(&mut self, types: &[u32], name: Name, out: &mut Edges) -> bool {
        let before = out.nodes.len();
        self.index.members_of(self.graph, types, name, &mut out.nodes);
        out.nodes.len() > before
    }

    /// The traits that a path behind `dyn`, or in a bound, means.
    pub(crate) fn bounds_of(&mut self, path: &Path, module: u32, imports: &[Import]) -> Vec<Bound> {
        let mut found = Vec::new();
        for meaning in self.graph.resolve(self.lookups, module, path, imports) {
            if let Meaning::Node(node) = meaning
                && self.graph.nodes[node as usize].kind == Kind::Trait
            {
                found.push(Bound::Ours(node));
            }
        }
        if found.is_empty() {
            found.extend(path.segments.last().map(|name| Bound::Foreign(*name)));
        }
        found
    }
}
