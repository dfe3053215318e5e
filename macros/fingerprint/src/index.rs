//! The nodes by what leads to them: methods by name, `impl` blocks by type and by trait.

use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Implemented, Owner, key};
use crate::heads::{generics, impl_head};
use crate::lexer::{Shape, Token};
use crate::mentions::{Path, Start};
use crate::named::{heads_in_macros, is_foreign, last_word, path_in, types};
use crate::names::{Name, number, word};
use crate::quick::{Map, Set};
use crate::resolve::Lookups;

/// A method or an associated constant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) node: u32,
    pub(crate) of: Owner,
}

/// Source, and positions in it.
pub(crate) type Place = (usize, usize, usize);

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// By name.
    members: Vec<Vec<Member>>,
    /// Members of `impl` blocks, by [`key`] of each type that a block is for and their name; those of
    /// blocks for all types by that of [`ALL_TYPES`].
    of_type: Map<u64, Vec<u32>>,
    /// Pairs of types and traits of ours, as keys.
    implementers: Set<u64>,
    /// Default methods by name: the trait, and the method.
    defaults_named: Map<Name, Vec<(u32, u32)>>,
    /// `impl` blocks by each type of ours that they need, by node.
    pub(crate) gated: Vec<Vec<u32>>,
    /// `impl` blocks for types of no name, such as `T` or `Vec<T>`, by number.
    pub(crate) is_blanket: Vec<bool>,
    /// Whether the type that a block is for is from elsewhere, whatever it holds, by number.
    pub(crate) is_foreign: Vec<bool>,
    /// `impl` blocks of a trait of ours, by its node.
    pub(crate) of_trait: Map<u32, Vec<u32>>,
    /// `impl` blocks of traits from elsewhere.
    pub(crate) of_foreign: Map<Name, Vec<u32>>,
    /// Default methods of traits of ours.
    pub(crate) defaults: Map<u32, Vec<(Name, u32)>>,
    /// Macro calls that may expand to `impl` blocks, by each type among their arguments.
    pub(crate) calls_on: Map<u32, Vec<u32>>,
    /// The same for those without such a type, by the methods that they define.
    pub(crate) calls_defining: Map<Name, Vec<u32>>,
    /// Macro calls whose macros of ours write `impl` blocks: the call, and what all is in its macros.
    pub(crate) implementing: Vec<(u32, Vec<Place>)>,
    /// The names in macros that write `impl` blocks: traits among them may be implemented for anything.
    pub(crate) in_macros: Set<Name>,
    /// Traits of ours by the module in which they are defined.
    traits: Map<u32, Vec<u32>>,
    /// `impl` blocks by the nodes of their heads; the greatest number where a node is none.
    blocks: Vec<u32>,
    /// Types by the traits that they derive.
    pub(crate) deriving: Option<Map<Name, Vec<u32>>>,
}

/// What stands for the types of blanket blocks, in the place of a type's node.
const ALL_TYPES: u32 = u32::MAX;

impl Index {
    pub(crate) fn members(&self, name: Name) -> &[Member] {
        self.members.get(name as usize).map_or(&[], Vec::as_slice)
    }

    /// Members of this name of any of the types, be they from a block for the type, from one for all
    /// types, or default methods of a trait that the type has.
    pub(crate) fn members_of(&self, graph: &Graph, types: &[u32], name: Name, out: &mut Vec<u32>) {
        for owner in types {
            if let Some(nodes) = self.of_type.get(&key(*owner, name)) {
                out.extend_from_slice(nodes);
            }
        }
        if let Some(nodes) = self.of_type.get(&key(ALL_TYPES, name)) {
            out.extend_from_slice(nodes);
        }
        let Some(defaults) = self.defaults_named.get(&name) else { return };
        for (of, method) in defaults {
            let implements = |one: &u32| self.implementers.contains(&key(*one, *of));
            if types.iter().any(|one| *one == *of || implements(one))
                || implements(&ALL_TYPES)
                || self.in_macros.contains(&graph.nodes[*of as usize].name)
            {
                out.push(*method);
            }
        }
    }

    /// The `impl` block whose head is this node.
    pub(crate) fn block_of(&self, node: u32) -> Option<u32> {
        let blocks: &[u32] = &self.blocks;
        let is_block = (node as usize) < blocks.len() && blocks[node as usize] != u32::MAX;
        is_block.then(|| blocks[node as usize])
    }

    /// The traits of ours that are defined in a module.
    pub(crate) fn traits_in(&self, module: u32) -> &[u32] {
        self.traits.get(&module).map_or(&[], Vec::as_slice)
    }

    fn add_member(&mut self, name: Name, member: Member) {
        let index = name as usize;
        if self.members.len() <= index {
            self.members.resize_with(index + 1, Vec::new);
        }
        self.members[index].push(member);
    }

    pub(crate) fn new(graph: &mut Graph, lookups: &mut Lookups) -> Self {
        let count = graph.nodes.len();
        let (gated, blocks) = (vec![Vec::new(); count], vec![u32::MAX; count]);
        let mut index = Self { gated, blocks, ..Self::default() };
        for block in 0..graph.impls.len() {
            index.add_impl(graph, lookups, number(block));
        }
        for node in 0..graph.nodes.len() {
            if graph.nodes[node].kind == Kind::Trait {
                index.traits.entry(graph.nodes[node].module).or_default().push(number(node));
            }
            let Some(trait_) = (match graph.nodes[node].owner {
                Owner::Trait(owner) => Some(owner),
                _ => None,
            }) else {
                continue;
            };
            let (name, node) = (graph.nodes[node].name, number(node));
            index.defaults.entry(trait_).or_default().push((name, node));
            index.defaults_named.entry(name).or_default().push((trait_, node));
            index.add_member(name, Member { node, of: Owner::Trait(trait_) });
        }
        for module in 0..graph.modules.len() {
            for call in graph.modules[module].calls.clone() {
                index.add_call(graph, lookups, number(module), call);
            }
        }
        index
    }

    fn add_impl(&mut self, graph: &mut Graph, lookups: &mut Lookups, block: u32) {
        let node = graph.impls[block as usize].node;
        self.blocks[node as usize] = block;
        let module = graph.nodes[node as usize].module;
        let Content::Tokens { source, head, body: Some(body), .. } =
            graph.nodes[node as usize].content
        else {
            self.is_blanket.push(false);
            self.is_foreign.push(false);
            return;
        };
        let source = source as usize;
        let (head, body) = (head as usize, body as usize);
        let tokens = &graph.sources[source].tokens;
        let parts = impl_head(tokens, head, body);
        let parameters = generics(tokens, head, body);
        let mentions_parameter = tokens[parts.self_type.0..parts.self_type.1]
            .iter()
            .any(|token| token.shape == Shape::Word && parameters.contains(&token.data));
        let self_types = types(graph, lookups, module, source, parts.self_type, &parameters);
        let is_foreign =
            self_types.is_empty() || is_foreign(graph, lookups, module, source, parts.self_type);
        self.is_foreign.push(is_foreign);
        let mut gates = self_types.clone();
        let mut implemented = Implemented::Nothing;
        if let Some((start, end)) = parts.implemented {
            let traits = path_in(graph, lookups, module, source, (start, end));
            let ours: Vec<u32> = traits
                .iter()
                .copied()
                .filter(|node| graph.nodes[*node as usize].kind == Kind::Trait)
                .collect();
            implemented = if ours.is_empty() {
                Implemented::Foreign(last_word(graph, source, (start, end)))
            } else {
                Implemented::Ours(ours)
            };
            gates.extend(types(graph, lookups, module, source, (start, end), &parameters));
            gates.retain(|gate| {
                graph.nodes[*gate as usize].kind != Kind::Trait || self_types.contains(gate)
            });
        }
        gates.sort_unstable();
        gates.dedup();
        for gate in &gates {
            self.gated[*gate as usize].push(block);
        }
        match &implemented {
            Implemented::Ours(traits) => {
                for one in traits {
                    self.of_trait.entry(*one).or_default().push(block);
                }
            }
            Implemented::Foreign(name) => self.of_foreign.entry(*name).or_default().push(block),
            Implemented::Nothing => {}
        }
        let is_blanket = mentions_parameter && self_types.is_empty();
        self.is_blanket.push(is_blanket);
        let owners = if is_blanket { &[ALL_TYPES][..] } else { &self_types };
        for owner in owners {
            for (name, node) in &graph.impls[block as usize].members {
                self.of_type.entry(key(*owner, *name)).or_default().push(*node);
            }
            if let Implemented::Ours(traits) = &implemented {
                self.implementers.extend(traits.iter().map(|one| key(*owner, *one)));
            }
        }
        for (name, node) in graph.impls[block as usize].members.clone() {
            self.add_member(name, Member { node, of: Owner::Impl(block) });
        }
        let entry = &mut graph.impls[block as usize];
        entry.gates = gates;
        entry.self_types = self_types;
        entry.implemented = implemented;
    }

    /// A macro call in the place of an item, if it or its macro contains `impl`.
    fn add_call(&mut self, graph: &mut Graph, lookups: &mut Lookups, module: u32, call: u32) {
        let node = &graph.nodes[call as usize];
        let Content::Tokens { source, end, body: Some(body), .. } = node.content else { return };
        let path = Path { start: Start::Here, segments: vec![node.name] };
        let given = source as usize;
        let mut places = vec![(given, body as usize + 1, end as usize)];
        for definition in graph.resolve_macro(lookups, module, &path, &[]) {
            if let Content::Tokens { source, start, end, .. } =
                graph.nodes[definition as usize].content
            {
                places.push((source as usize, start as usize, end as usize));
            }
        }
        let has = |test: fn(&[Token]) -> bool| {
            places
                .iter()
                .any(|(source, start, end)| test(&graph.sources[*source].tokens[*start..*end]))
        };
        let is_foreign = places.len() == 1;
        let implements = has(|tokens| tokens.iter().any(|token| token.is_word(word::IMPL)));
        if implements {
            for (source, start, end) in &places {
                let words = graph.sources[*source].tokens[*start..*end].iter();
                let words = words.filter(|token| token.shape == Shape::Word);
                self.in_macros.extend(words.map(|token| token.data));
            }
            self.implementing.push((call, places.clone()));
        }
        // A type that the macro itself defines is reached by its name, and the call with it.
        let defines_type = has(|tokens| {
            tokens.windows(2).any(|pair| {
                let is_type = matches!(pair[0].data, word::STRUCT | word::ENUM | word::UNION);
                is_type && pair[0].shape == Shape::Word && pair[1].is_punct(b'$')
            })
        });
        // What a macro from elsewhere makes of its arguments cannot be seen.
        if !(implements || is_foreign) {
            return;
        }
        let arguments = (body as usize + 1, end as usize - 1);
        let mut gates = types(graph, lookups, module, source as usize, arguments, &[]);
        // Types in the heads of its macro's blocks count as well.
        let (heads, all_have) = heads_in_macros(graph, lookups, module, &path);
        gates.extend(heads);
        gates.sort_unstable();
        gates.dedup();
        for gate in &gates {
            self.calls_on.entry(*gate).or_default().push(call);
        }
        if defines_type || all_have || is_foreign {
            return;
        }
        // What it implements for types from elsewhere is found by names.
        for (source, start, end) in places {
            let tokens = &graph.sources[source].tokens[start..end];
            for pair in tokens.windows(2) {
                let defines = pair[0].is_word(word::FN) || pair[0].is_word(word::CONST);
                if defines && pair[1].shape == Shape::Word {
                    self.calls_defining.entry(pair[1].data).or_default().push(call);
                }
                if defines && pair[1].is_punct(b'$') {
                    let arguments = &graph.sources[given].tokens[arguments.0..arguments.1];
                    for token in arguments.iter().filter(|token| token.shape == Shape::Word) {
                        self.calls_defining.entry(token.data).or_default().push(call);
                    }
                }
            }
        }
    }

    /// The types that derive a trait.
    pub(crate) fn deriving(&mut self, graph: &Graph, name: Name) -> Vec<u32> {
        let all = self.deriving.get_or_insert_with(|| {
            let mut all: Map<Name, Vec<u32>> = Map::default();
            for (node, content) in graph.nodes.iter().enumerate() {
                let Content::Tokens { source, start, head, .. } = content.content else { continue };
                if content.kind != Kind::Type {
                    continue;
                }
                let tokens = &graph.sources[source as usize].tokens;
                let mut at = start as usize;
                while at + 1 < head as usize {
                    if tokens[at].is_word(word::DERIVE) && tokens[at + 1].shape == Shape::Open {
                        let close = tokens[at + 1].data as usize;
                        for (at, token) in tokens.iter().enumerate().take(close).skip(at + 2) {
                            if token.shape == Shape::Word && !tokens[at + 1].is_punct(b':') {
                                all.entry(token.data).or_default().push(number(node));
                            }
                        }
                    }
                    at += 1;
                }
            }
            all
        });
        all.get(&name).cloned().unwrap_or_default()
    }
}
