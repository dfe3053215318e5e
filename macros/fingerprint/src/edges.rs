//! What a node leads to, once and for all roots.

use std::collections::HashMap;
use std::rc::Rc;

use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Owner, Source, pieces};
use crate::heads::generics;
use crate::imports::Import;
use crate::index::{Index, types};
use crate::lexer::Shape;
use crate::mentions::{Inclusion, Mentions, Path, Start, mentions};
use crate::names::{Name, word};
use crate::resolve::{Lookups, Meaning};

/// What a node leads to.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    pub(crate) nodes: Vec<u32>,
    /// Methods of types that are not known.
    pub(crate) calls: Vec<Name>,
    /// Methods and functions of types from elsewhere.
    pub(crate) foreign_calls: Vec<Name>,
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
    edges: Vec<Option<Rc<Edges>>>,
    mentions: HashMap<u32, Rc<Mentions>>,
    /// What macros lead to where they are called, by macro and module.
    at_call: HashMap<(u32, u32), Rc<Edges>>,
    makes_methods: HashMap<u32, bool>,
}

/// In what place names are looked up.
struct Scope<'a> {
    module: u32,
    krate: u32,
    /// The names of parameters.
    parameters: Vec<Name>,
    /// What `Self` is, as far as it is of ours.
    self_types: Vec<u32>,
    imports: &'a [Import],
}

/// Variables whose values are places on this machine: they do not count.
const PLACES: [&str; 5] =
    ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "OUT_DIR", "CARGO_TARGET_TMPDIR", "CARGO"];

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
        let Content::Tokens { source, head, body, .. } = self.graph.nodes[node as usize].content
        else {
            return out;
        };
        let found = self.mentions(node);
        let entry = &self.graph.nodes[node as usize];
        let (module, owner) = (entry.module, entry.owner);
        let mut parameters = self.parameters(source, head, body);
        let mut self_types = Vec::new();
        match owner {
            Owner::Impl(block) => {
                let block = &self.graph.impls[block as usize];
                self_types.clone_from(&block.self_types);
                out.nodes.push(block.node);
                if let Content::Tokens { source, head, body, .. } =
                    self.graph.nodes[block.node as usize].content
                {
                    parameters.extend(self.parameters(source, head, body));
                }
            }
            Owner::Trait(node) => {
                out.nodes.push(node);
                if let Content::Tokens { source, head, body, .. } =
                    self.graph.nodes[node as usize].content
                {
                    parameters.extend(self.parameters(source, head, body));
                }
            }
            Owner::Call(node) => out.nodes.push(node),
            Owner::Module => {}
        }
        let krate = self.graph.modules[module as usize].krate;
        let scope = Scope { module, krate, parameters, self_types, imports: &found.imports };
        self.resolve_all(&found, source, &scope, true, &mut out);
        // What stands in a module shares its conditions.
        let mut around = Some(module);
        while let Some(module) = around {
            for condition in self.graph.modules[module as usize].conditions.clone() {
                self.condition(&condition, krate, &mut out);
            }
            around = self.graph.modules[module as usize].parent;
        }
        finish(&mut out, node);
        out
    }

    /// The parameters of the item whose head is given.
    fn parameters(&self, source: u32, head: u32, body: Option<u32>) -> Vec<Name> {
        let tokens = &self.graph.sources[source as usize].tokens;
        let end = body.map_or(tokens.len(), |body| body as usize);
        generics(tokens, head as usize, end)
    }

    /// What the tokens of a node mention.
    pub(crate) fn mentions(&mut self, node: u32) -> Rc<Mentions> {
        if let Some(found) = self.known.mentions.get(&node) {
            return Rc::clone(found);
        }
        let mut all = Mentions::default();
        if let Content::Tokens { source, start, end, holes, .. } =
            &self.graph.nodes[node as usize].content
        {
            let source = *source as usize;
            for (start, end) in pieces(*start, *end, holes) {
                let Graph { sources, names, .. } = &mut *self.graph;
                let Source { text, tokens, .. } = &sources[source];
                all.add(mentions(text, tokens, start as usize, end as usize, names));
            }
        }
        let all = Rc::new(all);
        // Only macros are asked for again.
        if self.graph.nodes[node as usize].kind == Kind::Macro {
            self.known.mentions.insert(node, Rc::clone(&all));
        }
        all
    }

    fn resolve_all(
        &mut self,
        found: &Mentions,
        source: u32,
        scope: &Scope<'_>,
        at_definition: bool,
        out: &mut Edges,
    ) {
        for name in &found.words {
            if !scope.parameters.contains(name) {
                let meanings =
                    self.graph.resolve_word(self.lookups, scope.module, *name, scope.imports);
                for meaning in meanings {
                    self.mean(meaning, out);
                }
            }
        }
        for path in &found.paths {
            if at_definition || path.start != Start::MacroCrate {
                self.path(path, scope, out);
            }
        }
        out.calls.extend(&found.calls);
        for name in &found.self_calls {
            self.of_self(*name, scope, out);
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
            if !at_definition && mention.path.start == Start::MacroCrate {
                continue;
            }
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
                    self.included_by(node, mention.arguments, source, scope, out);
                } else {
                    makes_methods = true;
                }
            }
            if makes_methods {
                out.calls.extend(&mention.words);
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

    fn path(&mut self, path: &Path, scope: &Scope<'_>, out: &mut Edges) {
        let first = path.segments[0];
        if path.start == Start::Here {
            if first == word::SELF_TYPE {
                if let Some(name) = path.segments.get(1) {
                    self.of_self(*name, scope, out);
                }
                return;
            }
            if scope.parameters.contains(&first) {
                out.calls.extend(path.segments.get(1));
                return;
            }
        }
        let meanings = self.graph.resolve(self.lookups, scope.module, path, scope.imports);
        if meanings.is_empty() && path.segments.len() > 1 {
            // A type from elsewhere, for which there may be a trait of ours.
            out.foreign_calls.extend(path.segments.last());
        }
        for meaning in meanings {
            self.mean(meaning, out);
        }
    }

    fn mean(&mut self, meaning: Meaning, out: &mut Edges) {
        match meaning {
            Meaning::Node(node) => out.nodes.push(node),
            Meaning::Nodes(nodes) => {
                out.nodes.extend(nodes);
            }
            Meaning::Module(_) => {}
            Meaning::Member(node, name) => {
                out.nodes.push(node);
                match self.graph.nodes[node as usize].kind {
                    Kind::Trait => out.calls.push(name),
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

    /// The types of ours that an alias stands for.
    fn alias(&mut self, node: u32) -> Vec<u32> {
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
    fn of_self(&mut self, name: Name, scope: &Scope<'_>, out: &mut Edges) {
        if scope.self_types.is_empty() || !self.typed(&scope.self_types, name, out) {
            // Of a type from elsewhere, of whatever implements the trait, or through `Deref`.
            out.calls.push(name);
        }
    }

    /// Members of the types that have this name; whether there are some. Those of foreign traits
    /// count with their whole `impl` block.
    fn typed(&mut self, types: &[u32], name: Name, out: &mut Edges) -> bool {
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

    /// Whether a macro may make methods of words among its arguments.
    fn makes_methods(&mut self, node: u32) -> bool {
        if let Some(known) = self.known.makes_methods.get(&node) {
            return *known;
        }
        let Content::Tokens { source, start, end, .. } = self.graph.nodes[node as usize].content
        else {
            return true;
        };
        let tokens = &self.graph.sources[source as usize].tokens[start as usize..end as usize];
        let directly = tokens.windows(2).any(|pair| {
            (pair[0].is_punct(b'.') || pair[0].is_punct(b':')) && pair[1].is_punct(b'$')
        });
        // What it hands to other macros, they may make methods of.
        let hands_on = self.mentions(node).macros.iter().any(|one| !one.words.is_empty());
        self.known.makes_methods.insert(node, directly || hands_on);
        directly || hands_on
    }

    /// What the body of a macro means where it is called.
    fn at_call(&mut self, node: u32, module: u32) -> Rc<Edges> {
        if let Some(known) = self.known.at_call.get(&(node, module)) {
            return Rc::clone(known);
        }
        // A macro that calls itself ends here.
        self.known.at_call.insert((node, module), Rc::default());
        let found = self.mentions(node);
        let mut out = Edges::default();
        if let Content::Tokens { source, .. } = self.graph.nodes[node as usize].content {
            let krate = self.graph.modules[module as usize].krate;
            let scope = Scope {
                module,
                krate,
                parameters: Vec::new(),
                self_types: Vec::new(),
                imports: &[],
            };
            let body =
                Mentions { conditions: Vec::new(), variables: Vec::new(), ..(*found).clone() };
            self.resolve_all(&body, source, &scope, false, &mut out);
        }
        finish(&mut out, node);
        let out = Rc::new(out);
        self.known.at_call.insert((node, module), Rc::clone(&out));
        out
    }

    /// A condition of `cfg`: its value, or where only the compiler knows it, that it is to be asked.
    fn condition(&mut self, condition: &str, krate: u32, out: &mut Edges) {
        let entry = &self.graph.crates[krate as usize];
        let (path, detail) = match entry.conditions.holds(condition) {
            Some(holds) => (format!("{}: {condition}", entry.label), holds.to_string()),
            None if condition.starts_with("feature") || entry.conditions.others.is_none() => {
                (format!("{}: {condition}", entry.label), "unknown".to_owned())
            }
            None => (condition.to_owned(), String::new()),
        };
        let leaf = self.graph.leaf(Kind::Cfg, &path, &detail, &[]);
        out.nodes.push(leaf);
    }

    /// A variable that `env!` names.
    fn variable(&mut self, variable: &str, krate: u32, out: &mut Edges) {
        if PLACES.contains(&variable) || variable.starts_with("CARGO_BIN_EXE_") {
            return;
        }
        let entry = &self.graph.crates[krate as usize];
        let content = match entry.variables.get(variable) {
            Some(value) => format!("={value}"),
            None => String::new(),
        };
        let path = format!("{}: {variable}", entry.label);
        let leaf = self.graph.leaf(Kind::Variable, &path, "", content.as_bytes());
        out.nodes.push(leaf);
    }

    /// Files that a macro includes whose names are among the arguments of its call.
    fn included_by(
        &mut self,
        node: u32,
        arguments: (usize, usize),
        source: u32,
        scope: &Scope<'_>,
        out: &mut Edges,
    ) {
        let found = self.mentions(node);
        let Content::Tokens { source: definition, .. } = self.graph.nodes[node as usize].content
        else {
            return;
        };
        for inclusion in &found.inclusions {
            if !self.has_metavariable(definition, *inclusion) {
                continue;
            }
            let Source { text, tokens, .. } = &self.graph.sources[source as usize];
            let literals: Vec<String> = tokens[arguments.0..arguments.1.min(tokens.len())]
                .iter()
                .filter(|token| token.shape == Shape::Literal)
                .filter_map(|token| crate::mentions::string(text, *token).map(str::to_owned))
                .collect();
            let mut any = false;
            for literal in literals {
                any |= self.include(*inclusion, definition, Some((&literal, source)), scope, out);
            }
            if !any {
                self.doubt("a file that a macro includes cannot be told", out);
            }
        }
    }

    fn has_metavariable(&self, source: u32, inclusion: Inclusion) -> bool {
        let tokens = &self.graph.sources[source as usize].tokens;
        tokens[inclusion.start..inclusion.end].iter().any(|token| token.is_punct(b'$'))
    }

    /// The file that an `include!` or its like names; whether it is there. With `given`, the text
    /// that stands for the macro's parameters, and the source of the call.
    fn include(
        &mut self,
        inclusion: Inclusion,
        source: u32,
        given: Option<(&str, u32)>,
        scope: &Scope<'_>,
        out: &mut Edges,
    ) -> bool {
        if given.is_none() && self.has_metavariable(source, inclusion) {
            return false;
        }
        let Some(file) =
            self.graph.included(source, scope.module, inclusion.start, inclusion.end, given)
        else {
            if given.is_none() {
                self.doubt("the name of an included file cannot be told", out);
            }
            return false;
        };
        let Ok(bytes) = std::fs::read(&file) else {
            return false;
        };
        self.graph.notice_age(&file, scope.krate);
        let folder = &self.graph.crates[scope.krate as usize].folder;
        let shown = match file.strip_prefix(folder) {
            Ok(inside) => inside.to_string_lossy().replace('\\', "/"),
            Err(_) => {
                file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
        };
        let path = format!("{}: {shown}", self.graph.crates[scope.krate as usize].label);
        if inclusion.how != word::INCLUDE {
            let leaf = self.graph.leaf(Kind::File, &path, "", &bytes);
            out.nodes.push(leaf);
            return true;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let added = self.graph.add_source(file, text);
        let Graph { sources, names, .. } = &mut *self.graph;
        let Source { text, tokens, .. } = &sources[added as usize];
        let found = mentions(text, tokens, 0, tokens.len(), names);
        let mut encoder = crate::digest::Encoder::default();
        encoder.tokens(text, tokens, 0, tokens.len());
        let digest = encoder.finish();
        let leaf = self.graph.leaf(Kind::File, &path, "", &digest);
        out.nodes.push(leaf);
        self.resolve_all(&found, added, scope, true, out);
        true
    }

    /// Makes the fingerprint one that is never found again.
    fn doubt(&mut self, why: &str, out: &mut Edges) {
        let leaf = self.graph.leaf(Kind::Doubt, why, "", &nonce());
        out.nodes.push(leaf);
    }
}

/// Something that was never there before.
pub(crate) fn nonce() -> Vec<u8> {
    use std::hash::{BuildHasher as _, RandomState};
    let now = std::time::SystemTime::now();
    let random = RandomState::new().hash_one((now, std::process::id()));
    let since = now.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{random} {} {}", since.as_nanos(), std::process::id()).into_bytes()
}

fn finish(out: &mut Edges, node: u32) {
    for list in [&mut out.nodes, &mut out.calls, &mut out.foreign_calls] {
        list.sort_unstable();
        list.dedup();
    }
    out.nodes.retain(|other| *other != node);
}
