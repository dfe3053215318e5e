//! What a node leads to, once and for all roots.

use std::rc::Rc;

use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Owner, Source, pieces};
use crate::index::Index;
use crate::lexer::{Shape, Token};
use crate::members::TraitItems;
use crate::mentions::{MacroMention, Mentions, Path, Start};
use crate::names::{Name, word};
use crate::quick::Map;
use crate::reader::mentions;
use crate::resolve::{Lookups, Meaning};
use crate::scope::Scope;

/// What a node leads to.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    pub(crate) nodes: Vec<u32>,
    /// Methods of types that are not known.
    pub(crate) calls: Vec<Name>,
    /// Methods and functions of types from elsewhere.
    pub(crate) foreign_calls: Vec<Name>,
    /// What a macro names of its parameters; whose they are is seen where it is called.
    pub(crate) parameter_calls: Vec<(Name, Name)>,
    /// The digest of what is not in the text: what its names mean, and what stands around it.
    pub(crate) meaning: Option<[u8; 32]>,
    /// Traits behind `dyn`: of ours, by node, and from elsewhere, by name.
    pub(crate) objects: Vec<Bound>,
}

/// A trait that a type is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Bound {
    Ours(u32),
    Foreign(Name),
}

/// Everything that was found out about nodes.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) edges: Vec<Option<Rc<Edges>>>,
    pub(crate) mentions: Map<u32, Rc<Mentions>>,
    /// What macros lead to where they are called, by macro and module.
    pub(crate) at_call: Map<(u32, u32), Rc<Edges>>,
    pub(crate) makes_methods: Map<u32, bool>,
    pub(crate) trait_items: Map<u32, Rc<TraitItems>>,
    /// The traits of ours that modules import, by module.
    pub(crate) imported_traits: Map<u32, Rc<Vec<u32>>>,
}

impl Known {
    /// What the names in a node mean, if that is known and says anything.
    pub(crate) fn meaning(&self, node: u32) -> Option<[u8; 32]> {
        self.edges.get(node as usize)?.as_ref()?.meaning
    }
}

/// The parts that find out what nodes lead to.
pub(crate) struct Finder<'a> {
    pub(crate) graph: &'a mut Graph,
    pub(crate) lookups: &'a mut Lookups,
    pub(crate) index: &'a Index,
    pub(crate) known: &'a mut Known,
}

impl Finder<'_> {
    /// What a node leads to.
    pub(crate) fn edges(&mut self, node: u32) -> Rc<Edges> {
        let index = node as usize;
        if let Some(Some(edges)) = self.known.edges.get(index) {
            return Rc::clone(edges);
        }
        let edges = Rc::new(self.find(node));
        self.set(node, Rc::clone(&edges));
        edges
    }

    /// States what a node leads to that is not in the sources.
    pub(crate) fn set(&mut self, node: u32, edges: Rc<Edges>) {
        let index = node as usize;
        if self.known.edges.len() <= index {
            self.known.edges.resize_with(index + 1, || None);
        }
        self.known.edges[index] = Some(edges);
    }

    fn find(&mut self, node: u32) -> Edges {
        let mut out = Edges::default();
        let Content::Tokens { source, end, head, body, .. } =
            self.graph.nodes[node as usize].content
        else {
            return out;
        };
        let found = self.mentions(node);
        let entry = &self.graph.nodes[node as usize];
        let (kind, module, owner) = (entry.kind, entry.module, entry.owner);
        let mut parameters = self.parameters(source, head, body);
        let (mut self_types, mut own, mut is_foreign) = (Vec::new(), Vec::new(), false);
        match owner {
            Owner::Impl(block) => {
                is_foreign =
                    self.index.is_foreign[block as usize] && !self.index.is_blanket[block as usize];
                let block = &self.graph.impls[block as usize];
                self_types.clone_from(&block.self_types);
                out.nodes.push(block.node);
                parameters.extend(self.parameters_of(block.node));
            }
            Owner::Trait(node) => {
                out.nodes.push(node);
                parameters.extend(self.parameters_of(node));
            }
            Owner::Call(node) => out.nodes.push(node),
            Owner::Module => {}
        }
        // In a block in the body, `self` is something else.
        if kind == Kind::Function && (is_foreign || !self_types.is_empty()) {
            let tokens: &[Token] = &self.graph.sources[source as usize].tokens;
            // With an index, as this reads all tokens of all methods and runs unoptimised.
            let mut at = body.unwrap_or(head) as usize;
            while at < end as usize {
                if tokens[at].is_word(word::IMPL) || tokens[at].is_word(word::TRAIT) {
                    self_types.clear();
                    is_foreign = false;
                }
                at += 1;
            }
        }
        // It defines itself, so that there is more in its body only if it defines more.
        if let (true, Kind::Function, Some(body)) = (found.defined.len() > 1, kind, body) {
            own = self.own_items(source, body);
        }
        let krate = self.graph.modules[module as usize].krate;
        let imports = &found.imports;
        let defined = &found.defined;
        let scope =
            Scope { module, krate, parameters, own, defined, self_types, is_foreign, imports };
        self.resolve_all(&found, source, &scope, true, &mut out);
        out.meaning = self.meaning(node, &found, &scope, &mut out);
        // What stands in a module shares its conditions.
        let mut around = Some(module);
        while let Some(module) = around {
            let place = &self.graph.modules[module as usize];
            around = place.parent;
            if !place.conditions.is_empty() {
                for condition in place.conditions.clone() {
                    self.condition(&condition, krate, &mut out);
                }
            }
        }
        finish(&mut out, node);
        out
    }

    /// What the tokens of a node mention.
    pub(crate) fn mentions(&mut self, node: u32) -> Rc<Mentions> {
        if let Some(found) = self.known.mentions.get(&node) {
            return Rc::clone(found);
        }
        let Graph { sources, names, nodes, .. } = &mut *self.graph;
        let mut all = Mentions::default();
        if let Content::Tokens { source, start, end, holes, .. } = &nodes[node as usize].content {
            let Source { text, tokens, .. } = &sources[*source as usize];
            if holes.is_empty() {
                all = mentions(text, tokens, *start as usize, *end as usize, names);
            } else {
                for (start, end) in pieces(*start, *end, holes) {
                    // Between two members there is mostly nothing, and behind the last a brace.
                    let is_empty =
                        (start..end).all(|at| matches!(tokens[at as usize].shape, Shape::Close));
                    if !is_empty {
                        all.add(mentions(text, tokens, start as usize, end as usize, names));
                    }
                }
            }
        }
        let all = Rc::new(all);
        // Only macros are asked for again.
        if self.graph.nodes[node as usize].kind == Kind::Macro {
            self.known.mentions.insert(node, Rc::clone(&all));
        }
        all
    }

    pub(crate) fn resolve_all(
        &mut self,
        found: &Mentions,
        source: u32,
        scope: &Scope<'_>,
        at_definition: bool,
        out: &mut Edges,
    ) {
        for name in &found.words {
            let may_mean =
                !scope.imports.is_empty() || self.graph.may_mean(self.lookups, scope.module, *name);
            if may_mean && !scope.parameters.contains(name) {
                let meanings =
                    self.graph.resolve_word(self.lookups, scope.module, *name, scope.imports);
                let is_own = scope.is_own(*name);
                for meaning in meanings.iter() {
                    if !(is_own && scope.hides(self.graph, *name, meaning)) {
                        self.mean(meaning, out);
                    }
                }
            }
        }
        for path in &found.paths {
            if at_definition || path.start != Start::MacroCrate {
                self.path(path, scope, out);
            }
        }
        for path in &found.attribute_paths {
            self.functions_of(path, scope, out);
        }
        out.calls.extend(&found.calls);
        for name in &found.self_calls {
            self.of_self(*name, scope, out);
        }
        for (receiver, passed, name) in &found.declared_calls {
            let is_foreign = at_definition && self.is_foreign(*receiver, passed, source, scope);
            if is_foreign { out.foreign_calls.push(*name) } else { out.calls.push(*name) }
        }
        if !at_definition {
            out.parameter_calls.extend(&found.parameter_calls);
        }
        for import in &found.imports {
            // A function that only an import names is not used, but a trait is.
            if import.alias == word::UNDERSCORE && !import.glob {
                let start = if import.global { Start::Global } else { Start::Here };
                let path = Path { start, segments: import.path.clone() };
                self.path(&path, scope, out);
            }
        }
        for object in &found.objects {
            for bound in self.bounds_of(object, scope.module, scope.imports) {
                out.objects.push(bound);
            }
        }
        for mention in &found.macros {
            if at_definition || mention.path.start != Start::MacroCrate {
                self.invoke(mention, source, scope, at_definition, out);
            }
        }
        for condition in &found.conditions {
            self.condition(condition, scope.krate, out);
        }
        for variable in &found.variables {
            self.variable(variable, scope.krate, out);
        }
        if at_definition {
            for inclusion in &found.inclusions {
                self.include(*inclusion, source, None, scope, out);
            }
        }
        if !(found.calls.is_empty() && found.self_calls.is_empty() && found.macros.is_empty()) {
            out.nodes.extend(self.graph.trait_sources(self.lookups, scope.module).iter());
            for import in &found.imports {
                let single = Path {
                    start: if import.global { Start::Global } else { Start::Here },
                    segments: import.path.clone(),
                };
                for meaning in self.graph.resolve(self.lookups, scope.module, &single, &[]) {
                    match meaning {
                        Meaning::Nodes(nodes) => out.nodes.extend(nodes),
                        Meaning::Module(module) if import.glob => {
                            out.nodes.extend(self.graph.trait_sources(self.lookups, module).iter());
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// Follows a macro call: the macro, what it means here, and what it makes of its arguments.
    fn invoke(
        &mut self,
        mention: &MacroMention,
        source: u32,
        scope: &Scope<'_>,
        at_definition: bool,
        out: &mut Edges,
    ) {
        let macros =
            self.graph.resolve_macro(self.lookups, scope.module, &mention.path, scope.imports);
        let mut makes_methods = macros.is_empty();
        for node in macros {
            out.nodes.push(node);
            if self.graph.nodes[node as usize].kind == Kind::Macro {
                makes_methods |= self.makes_methods(node);
                let called = self.at_call(node, scope.module);
                out.nodes.extend(&called.nodes);
                out.calls.extend(&called.calls);
                out.foreign_calls.extend(&called.foreign_calls);
                self.of_parameters(node, &called, mention.arguments, source, scope, out);
                if !at_definition {
                    // Which parameter of this macro that is, is not known.
                    let names = called.parameter_calls.iter().map(|(_, name)| *name);
                    out.parameter_calls.extend(names.map(|name| (word::UNDERSCORE, name)));
                }
                self.included_by(node, mention.arguments, source, scope, out);
            } else {
                makes_methods = true;
            }
        }
        if makes_methods {
            out.calls.extend(&mention.words);
        }
    }

    pub(crate) fn path(&mut self, path: &Path, scope: &Scope<'_>, out: &mut Edges) {
        let first = path.segments[0];
        if path.start == Start::Here {
            if first == word::SELF_TYPE {
                if let Some(name) = path.segments.get(1) {
                    self.of_self(*name, scope, out);
                }
                // `Self::Item::method`
                out.calls.extend(path.segments.iter().skip(2));
                return;
            }
            if scope.is_own_type(first) {
                of_own(path, scope, out);
                return;
            }
            if scope.parameters.contains(&first) {
                out.calls.extend(&path.segments[1..]);
                return;
            }
        }
        let meanings = self.graph.resolve(self.lookups, scope.module, path, scope.imports);
        if meanings.is_empty() && path.segments.len() > 1 {
            if scope.defined.contains(&first) {
                of_own(path, scope, out);
            } else {
                // A type from elsewhere, for which there may be a trait of ours.
                out.foreign_calls.extend(path.segments.last());
            }
        }
        for meaning in meanings {
            if let (Meaning::Member(_, name), Some(last)) = (&meaning, path.segments.last())
                && name != last
            {
                // `Type::Item::method`
                out.calls.push(*last);
            }
            self.mean(&meaning, out);
        }
    }
}

/// Something of a type that the code itself defines: what its own blocks do not have comes from what
/// it is an alias of, or from a trait.
fn of_own(path: &Path, scope: &Scope<'_>, out: &mut Edges) {
    let names = path.segments[1..].iter().filter(|name| !scope.defined.contains(name));
    out.calls.extend(names);
}

pub(crate) fn finish(out: &mut Edges, node: u32) {
    for list in [&mut out.nodes, &mut out.calls, &mut out.foreign_calls] {
        list.sort_unstable();
        list.dedup();
    }
    out.nodes.retain(|other| *other != node);
}
