//! What is meant by names behind types and traits: their members.

use crate::edges::{Bound, Edges, Finder, Scope};
use crate::fingerprint::Kind;
use crate::graph::{Content, Owner, pieces};
use crate::imports::Import;
use crate::index::types;
use crate::lexer::Shape;
use crate::mentions::Path;
use crate::names::{Name, number, word};
use crate::resolve::Meaning;

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

    pub(crate) fn mean(&mut self, meaning: Meaning, out: &mut Edges) {
        match meaning {
            Meaning::Node(node) => out.nodes.push(node),
            Meaning::Nodes(nodes) => {
                out.nodes.extend(nodes);
            }
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
    pub(crate) fn has_item(&self, node: u32, name: Name) -> bool {
        let entry = &self.graph.nodes[node as usize];
        let Content::Tokens { source, start, end, holes, .. } = &entry.content else {
            return true;
        };
        let defaults = self.index.defaults.get(&node).into_iter().flatten();
        let tokens = &self.graph.sources[*source as usize].tokens;
        let asked = pieces(*start, *end, holes).into_iter().any(|(start, end)| {
            tokens[start as usize..end as usize].windows(3).any(|run| {
                let defines = matches!(run[0].data, word::FN | word::CONST | word::TYPE);
                // A macro may write items.
                let is_macro = run[1].is_punct(b'!') && run[2].shape == Shape::Open;
                run[0].shape == Shape::Word && (is_macro || (defines && run[1].is_word(name)))
            })
        });
        asked || defaults.into_iter().any(|(known, _)| *known == name)
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
        let mut found = false;
        for member in self.index.members(name) {
            let fits = match member.of {
                Owner::Impl(block) => {
                    let entry = &self.graph.impls[block as usize];
                    self.index.is_blanket[block as usize]
                        || entry.self_types.iter().any(|own| types.contains(own))
                }
                Owner::Trait(of) => {
                    let blocks = self.index.of_trait.get(&of).map_or(&[][..], Vec::as_slice);
                    blocks.iter().any(|block| {
                        let entry = &self.graph.impls[*block as usize];
                        self.index.is_blanket[*block as usize]
                            || entry.self_types.iter().any(|own| types.contains(own))
                    }) || types.contains(&of)
                        || self.index.in_macros.contains(&self.graph.nodes[of as usize].name)
                }
                _ => false,
            };
            if fits {
                found = true;
                out.nodes.push(member.node);
            }
        }
        found
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
