//! What a root reaches that its own code does not name: the types that its callers may bring, and
//! what its author says.

use crate::edges::Bound;
use crate::engine::Engine;
use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Owner, Source};
use crate::heads::{after_angles, angles, bounds};
use crate::lexer::{Shape, Token, lex};
use crate::mentions::{Path as NamePath, Start as PathStart};
use crate::named::types;
use crate::names::{Name, word};
use crate::reach::{candidates, is_open_to_all};
use crate::reader::mentions;
use crate::resolve::Meaning;

impl Engine {
    /// What a path in `reaches` leads to: modules stand for everything in them.
    pub(crate) fn named(&mut self, module: u32, path: &str) -> Vec<u32> {
        let tokens = lex(path, &mut self.graph.names);
        let read = mentions(path, &tokens, 0, tokens.len(), &mut self.graph.names);
        let words = read
            .words
            .iter()
            .map(|name| NamePath { start: PathStart::Here, segments: vec![*name] });
        let mut nodes = Vec::new();
        for path in words.chain(read.paths.iter().cloned()).collect::<Vec<_>>() {
            nodes.extend(self.graph.resolve_macro(&mut self.lookups, module, &path, &[]));
            for meaning in self.graph.resolve(&mut self.lookups, module, &path, &[]) {
                match meaning {
                    Meaning::Node(node) => nodes.push(node),
                    Meaning::Nodes(others) => nodes.extend(others),
                    Meaning::Module(module) => {
                        let inside = |node: &u32| self.graph.nodes[*node as usize].module == module;
                        nodes.extend(self.ranked.iter().copied().filter(inside));
                    }
                    Meaning::Member(node, name) => {
                        nodes.push(node);
                        for member in self.index.members(name) {
                            if let Owner::Impl(block) = member.of
                                && self.graph.impls[block as usize].self_types.contains(&node)
                            {
                                nodes.push(member.node);
                            } else if member.of == Owner::Trait(node) {
                                nodes.push(member.node);
                            }
                        }
                    }
                }
            }
        }
        nodes
    }

    /// The types that a root's callers may bring: those behind its type parameters, and behind
    /// trait objects among its arguments.
    pub(crate) fn opened(&mut self, root: u32) -> Vec<u32> {
        let mut heads = vec![root];
        match self.graph.nodes[root as usize].owner {
            Owner::Impl(block) => heads.push(self.graph.impls[block as usize].node),
            Owner::Trait(node) => heads.push(node),
            _ => {}
        }
        let mut groups: Vec<Vec<Bound>> = Vec::new();
        let mut found = Vec::new();
        for node in heads {
            groups.extend(self.bounds(node, &mut found));
        }
        for object in self.objects_in_arguments(root) {
            groups.push(vec![object]);
        }
        let (mut seen, mut seen_calls) = (Vec::new(), Vec::new());
        let mut seen_types = Vec::new();
        while let Some(group) = groups.pop() {
            let more = candidates(&self.graph, &mut self.index, &group);
            // What is brought may hold trait objects, as arguments may.
            let mut types = more.clone();
            types.retain(|node| self.graph.nodes[*node as usize].kind == Kind::Type);
            let objects = self.objects_of(types, &mut seen_types);
            groups.extend(objects.into_iter().map(|object| vec![object]));
            found.extend(more);
            // What a trait is implemented for is as open as the bounds in the block's head.
            for bound in group {
                let blocks = match bound {
                    Bound::Ours(node) => {
                        self.opened_by_macros(node, &mut found, &mut groups, &mut seen_calls);
                        self.index.of_trait.get(&node).cloned().unwrap_or_default()
                    }
                    Bound::Foreign(name) if is_open_to_all(&self.graph, name) => Vec::new(),
                    Bound::Foreign(name) => {
                        self.index.of_foreign.get(&name).cloned().unwrap_or_default()
                    }
                };
                for block in blocks {
                    if !seen.contains(&block) {
                        seen.push(block);
                        let head = self.graph.impls[block as usize].node;
                        let more = self.bounds(head, &mut found);
                        groups.extend(more);
                    }
                }
            }
        }
        found
    }

    /// Macro calls that implement a trait, and the traits of ours that their macros name, since what
    /// they implement it for may be anything that has those.
    fn opened_by_macros(
        &mut self,
        node: u32,
        found: &mut Vec<u32>,
        groups: &mut Vec<Vec<Bound>>,
        seen: &mut Vec<u32>,
    ) {
        let name = self.graph.nodes[node as usize].name;
        for (call, places) in self.index.implementing.clone() {
            let mut words: Vec<Name> = Vec::new();
            for (source, start, end) in places {
                let tokens = &self.graph.sources[source].tokens[start..end];
                let is_word = |token: &&Token| token.shape == Shape::Word;
                words.extend(tokens.iter().filter(is_word).map(|token| token.data));
            }
            if seen.contains(&call) || !words.contains(&name) {
                continue;
            }
            seen.push(call);
            found.push(call);
            words.sort_unstable();
            words.dedup();
            let module = self.graph.nodes[call as usize].module;
            for word in words {
                let meanings = self.graph.resolve_word(&mut self.lookups, module, word, &[]);
                for meaning in meanings.iter() {
                    if let Meaning::Node(other) = *meaning
                        && self.graph.nodes[other as usize].kind == Kind::Trait
                        && other != node
                    {
                        groups.push(vec![Bound::Ours(other)]);
                    }
                }
            }
        }
    }

    /// The bounds in the head of a node, by parameter. What is known by no more than what it can be
    /// made into is `found` at once.
    fn bounds(&mut self, node: u32, opened: &mut Vec<u32>) -> Vec<Vec<Bound>> {
        let entry = &self.graph.nodes[node as usize];
        let module = entry.module;
        let Content::Tokens { source, end, head, body, .. } = entry.content else {
            return Vec::new();
        };
        let stop = body.unwrap_or(end) as usize;
        let found = bounds(&self.graph.sources[source as usize].tokens, head as usize, stop);
        let mut by_name: Vec<(Option<Name>, Vec<Bound>)> = Vec::new();
        for bounded in found {
            let mut all = Vec::new();
            for (start, end) in &bounded.bounds {
                let path = self.path_at(source, *start, *end);
                if !path.segments.is_empty() {
                    all.extend(self.finder().bounds_of(&path, module, &[]));
                }
            }
            let is_open = |bound: &Bound| match bound {
                Bound::Ours(_) => false,
                Bound::Foreign(name) => is_open_to_all(&self.graph, *name),
            };
            if all.iter().all(is_open) {
                for place in bounded.bounds {
                    self.converted(module, source, place, opened);
                }
            }
            match by_name.iter_mut().find(|(name, _)| name.is_some() && *name == bounded.name) {
                Some((_, known)) => known.extend(all),
                None => by_name.push((bounded.name, all)),
            }
        }
        by_name.into_iter().map(|(_, bounds)| bounds).filter(|bounds| !bounds.is_empty()).collect()
    }

    /// The types that can be made into the one that a bound names, as `Into<Type>` does, and what makes
    /// them into it.
    fn converted(
        &mut self,
        module: u32,
        source: u32,
        (start, end): (usize, usize),
        found: &mut Vec<u32>,
    ) {
        let tokens = &self.graph.sources[source as usize].tokens;
        let Some(open) = (start..end).find(|at| tokens[*at].is_punct(b'<')) else { return };
        let name = tokens[open - 1].data;
        let traits: &[&str] = match self.graph.names.get(name) {
            "Into" => &["From", "Into"],
            // Who can be made into it without fail can be with.
            "TryInto" => &["From", "Into", "TryFrom", "TryInto"],
            _ => return,
        };
        let targets = self.types_at(module, source, (open, end));
        let blocks = |name: &str| {
            let name = self.graph.names.find(name);
            name.and_then(|name| self.index.of_foreign.get(&name)).into_iter().flatten()
        };
        for block in traits.iter().flat_map(|name| blocks(name)) {
            let entry = &self.graph.impls[*block as usize];
            if entry.gates.iter().any(|gate| targets.contains(gate)) {
                found.extend(&entry.gates);
                found.push(entry.node);
            }
        }
    }

    /// The path between two positions, its arguments left out.
    fn path_at(&self, source: u32, start: usize, end: usize) -> NamePath {
        let tokens = &self.graph.sources[source as usize].tokens[start..end];
        let is_path = |token: &&Token| token.shape == Shape::Word || token.is_punct(b':');
        let path = tokens.iter().take_while(is_path);
        let segments =
            path.filter(|token| token.shape == Shape::Word).map(|token| token.data).collect();
        let global = tokens.first().is_some_and(|token| token.is_punct(b':'));
        NamePath { start: if global { PathStart::Global } else { PathStart::Here }, segments }
    }

    /// The traits of trait objects among the arguments of a function, and in the types of them.
    fn objects_in_arguments(&mut self, root: u32) -> Vec<Bound> {
        let entry = &self.graph.nodes[root as usize];
        let (module, owner) = (entry.module, entry.owner);
        let Content::Tokens { source, head, body, end, .. } = entry.content else {
            return Vec::new();
        };
        let stop = body.unwrap_or(end) as usize;
        let tokens = &self.graph.sources[source as usize].tokens;
        let generic = angles(tokens, head as usize, stop)
            .map_or((head as usize, head as usize), |at| (at, after_angles(tokens, at, stop)));
        let open = (generic.1..stop).find(|at| tokens[*at].is_open(b'('));
        let Some((open, close)) = open.map(|open| (open, tokens[open].data as usize)) else {
            return Vec::new();
        };
        // What bounds say of arguments, be it before them or behind.
        let is_where = |at: &usize| tokens[*at].is_word(word::WHERE);
        let clauses = ((close..stop).find(is_where).unwrap_or(stop), stop);
        let mut waiting = self.types_at(module, source, (open + 1, close));
        let mut found = Vec::new();
        for place in [generic, (open + 1, close), clauses] {
            let Graph { sources, names, .. } = &mut self.graph;
            let Source { text, tokens, .. } = &sources[source as usize];
            let holds_types = place.0 != open + 1
                && tokens[place.0..place.1].iter().any(|token| token.is_punct(b'='));
            let read = mentions(text, tokens, place.0, place.1, names);
            for object in &read.objects {
                found.extend(self.finder().bounds_of(object, module, &[]));
            }
            if holds_types {
                // `IntoIterator<Item = Type>`
                let mut types = self.types_at(module, source, place);
                types.retain(|node| self.graph.nodes[*node as usize].kind == Kind::Type);
                waiting.extend(types);
            }
        }
        // Without one among the arguments, no value of the block's type comes from the caller.
        let arguments = &self.graph.sources[source as usize].tokens[open + 1..close];
        let takes_self = arguments
            .iter()
            .any(|token| token.is_word(word::SELF) || token.is_word(word::SELF_TYPE));
        if let (Owner::Impl(block), true) = (owner, takes_self) {
            waiting.extend(&self.graph.impls[block as usize].self_types);
        }
        if let Owner::Impl(block) = owner {
            let head = self.graph.impls[block as usize].node;
            found.extend(self.finder().edges(head).objects.iter().copied());
        }
        found.extend(self.objects_of(waiting, &mut Vec::new()));
        found
    }

    fn types_at(&mut self, module: u32, source: u32, place: (usize, usize)) -> Vec<u32> {
        types(&mut self.graph, &mut self.lookups, module, source as usize, place, &[])
    }

    /// The traits of trait objects in the definitions of types, and in those of the types in them,
    /// apart from what was `seen`.
    fn objects_of(&mut self, mut waiting: Vec<u32>, seen: &mut Vec<u32>) -> Vec<Bound> {
        let mut found = Vec::new();
        waiting.retain(|one| !seen.contains(one));
        seen.extend(&waiting);
        while let Some(node) = waiting.pop() {
            let edges = self.finder().edges(node);
            found.extend(edges.objects.iter().copied());
            for next in &edges.nodes {
                let is_type =
                    matches!(self.graph.nodes[*next as usize].kind, Kind::Type | Kind::Alias);
                if is_type && !seen.contains(next) {
                    seen.push(*next);
                    waiting.push(*next);
                }
            }
        }
        found
    }
}
