//! Names and paths to what they stand for.
//!
//! Where a name can stand for several things, because of conditions, globs or macros, all of them
//! are meant.

use std::collections::HashMap;
use std::rc::Rc;

use crate::fingerprint::Kind;
use crate::graph::{Content, Definition, Extern, Graph, Source, key};
use crate::imports::Import;
use crate::lexer::Shape;
use crate::mentions::{Path, Start};
use crate::names::{Name, word};

/// What a name or a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning {
    Node(u32),
    Module(u32),
    /// Something of a type or a trait: a method, a variant, a constant.
    Member(u32, Name),
    /// Nodes that stand for what is not read.
    Nodes(Vec<u32>),
}

/// No chain of imports is longer.
const LONGEST: usize = 64;

/// Names that were looked up before.
#[derive(Debug, Default)]
pub(crate) struct Lookups {
    found: HashMap<u64, Rc<Vec<Meaning>>>,
    /// What is being looked up, so that globs that lead back to it end.
    under_way: Vec<u64>,
    /// Whether something was left out for that reason.
    cut: bool,
    /// The names that macro calls in the place of items own, by node.
    owned: HashMap<u32, Rc<Vec<Name>>>,
    externals: HashMap<u32, Rc<Vec<u32>>>,
}

impl Graph {
    /// What a path in a module stands for; `imports` are those of the body that it stands in.
    pub(crate) fn resolve(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        path: &Path,
        imports: &[Import],
    ) -> Vec<Meaning> {
        let Some(first) = path.segments.first().copied() else {
            return Vec::new();
        };
        let heads = match path.start {
            Start::MacroCrate => vec![Meaning::Module(self.root_of(module))],
            Start::Global => self.foreign(lookups, module, first),
            Start::Here => match first {
                word::CRATE => vec![Meaning::Module(self.root_of(module))],
                word::SELF => vec![Meaning::Module(self.real(module))],
                word::SUPER => {
                    let real = self.real(module);
                    vec![Meaning::Module(
                        self.modules[real as usize].parent.map_or(real, |parent| self.real(parent)),
                    )]
                }
                _ => self.heads(lookups, module, first, imports),
            },
        };
        let rest =
            if path.start == Start::MacroCrate { &path.segments[..] } else { &path.segments[1..] };
        self.walk(lookups, heads, rest)
    }

    /// What a word that stands alone stands for: it is no module and no crate.
    pub(crate) fn resolve_word(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        name: Name,
        imports: &[Import],
    ) -> Vec<Meaning> {
        let mut found = self.imported(lookups, module, name, imports);
        found.extend(self.find(lookups, module, name).iter().cloned());
        found.retain(|meaning| !matches!(meaning, Meaning::Module(_)));
        found
    }

    /// The macros that a path stands for, and the nodes of those that are not read.
    pub(crate) fn resolve_macro(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        path: &Path,
        imports: &[Import],
    ) -> Vec<u32> {
        let krate = self.modules[module as usize].krate;
        if let [name] = path.segments[..]
            && path.start == Start::Here
        {
            if let Some(found) = self.macros.get(&key(krate, name)) {
                return found.clone();
            }
            let found = self.resolve_word(lookups, module, name, imports);
            let found = nodes(found);
            if !found.is_empty() {
                return found;
            }
            let mut all = Vec::new();
            for given in self.crates[krate as usize].uses_macros_of.clone() {
                match self.crates[krate as usize].externs.get(&given) {
                    Some(Extern::Crate(other)) => {
                        all.extend(self.macros.get(&key(*other, name)).into_iter().flatten());
                    }
                    Some(Extern::Nodes(nodes)) => all.extend(nodes),
                    None => {}
                }
            }
            return all;
        }
        let found = self.resolve(lookups, module, path, imports);
        nodes(found)
    }

    fn root_of(&self, module: u32) -> u32 {
        self.crates[self.modules[module as usize].krate as usize].root
    }

    /// The module around a block.
    fn real(&self, module: u32) -> u32 {
        let mut module = module;
        while self.modules[module as usize].is_block
            && let Some(parent) = self.modules[module as usize].parent
        {
            module = parent;
        }
        module
    }

    fn heads(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        first: Name,
        imports: &[Import],
    ) -> Vec<Meaning> {
        let mut found = self.imported(lookups, module, first, imports);
        found.extend(self.find(lookups, module, first).iter().cloned());
        if found.is_empty() {
            found = self.foreign(lookups, module, first);
        }
        found
    }

    /// What the imports of a body bring under this name.
    fn imported(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        name: Name,
        imports: &[Import],
    ) -> Vec<Meaning> {
        let mut found = Vec::new();
        for import in imports {
            if import.glob {
                let places = self.import_path(lookups, module, import);
                found.extend(self.walk(lookups, places, &[name]));
            } else if import.alias == name {
                found.extend(self.import_path(lookups, module, import));
            }
        }
        found.retain(|meaning| !matches!(meaning, Meaning::Member(node, _) if !self.has_variant(*node, name)) );
        found
    }

    fn import_path(&mut self, lookups: &mut Lookups, module: u32, import: &Import) -> Vec<Meaning> {
        let start = if import.global { Start::Global } else { Start::Here };
        let path = Path { start, segments: import.path.clone() };
        if path.segments.is_empty() {
            // `use *`, as in `use {*}`, means nothing in this edition.
            return Vec::new();
        }
        let found = self.resolve(lookups, module, &path, &[]);
        if !found.is_empty() {
            return found;
        }
        // In the first edition, imports began at the root.
        let root = self.root_of(module);
        let krate = self.modules[module as usize].krate as usize;
        if self.crates[krate].edition == "2015" && root != module {
            let heads = self.find_in(lookups, root, path.segments[0]);
            let found = self.walk(lookups, heads.to_vec(), &path.segments[1..]);
            if !found.is_empty() {
                return found;
            }
        }
        match path.segments[0] {
            word::STD
            | word::CORE
            | word::ALLOC
            | word::CRATE
            | word::SELF
            | word::SUPER
            | word::PROC_MACRO => Vec::new(),
            // Something that cannot be told stands for everything that the package depends on.
            _ if self.crates[krate].unknown.is_empty() => Vec::new(),
            _ => vec![Meaning::Nodes(self.crates[krate].unknown.clone())],
        }
    }

    /// Another crate, by its name in code.
    fn foreign(&mut self, lookups: &mut Lookups, module: u32, name: Name) -> Vec<Meaning> {
        let krate = self.modules[module as usize].krate as usize;
        match self.crates[krate].externs.get(&name) {
            Some(Extern::Crate(other)) => vec![Meaning::Module(self.crates[*other as usize].root)],
            Some(Extern::Nodes(nodes)) => vec![Meaning::Nodes(nodes.clone())],
            None if self.crates[krate].edition == "2015" => {
                let root = self.root_of(module);
                self.find_in(lookups, root, name).to_vec()
            }
            None => Vec::new(),
        }
    }

    /// Follows the segments of a path.
    fn walk(&mut self, lookups: &mut Lookups, heads: Vec<Meaning>, rest: &[Name]) -> Vec<Meaning> {
        let mut found = heads;
        for (position, name) in rest.iter().enumerate() {
            let mut next = Vec::new();
            for meaning in found {
                match meaning {
                    Meaning::Module(module) if *name == word::SUPER => {
                        let parent = self.modules[module as usize].parent.unwrap_or(module);
                        next.push(Meaning::Module(parent));
                    }
                    Meaning::Module(module) if *name == word::SELF => {
                        next.push(Meaning::Module(module));
                    }
                    Meaning::Module(module) => {
                        let inside = self.find_in(lookups, module, *name);
                        next.extend(inside.iter().cloned());
                        if inside.is_empty() && position + 1 == rest.len() {
                            let krate = self.modules[module as usize].krate;
                            let macros = self.macros.get(&key(krate, *name));
                            next.extend(
                                macros.into_iter().flatten().map(|node| Meaning::Node(*node)),
                            );
                        }
                    }
                    Meaning::Node(node) => {
                        let is_type = matches!(
                            self.nodes[node as usize].kind,
                            Kind::Type | Kind::Alias | Kind::Trait
                        );
                        next.push(if is_type {
                            Meaning::Member(node, *name)
                        } else {
                            Meaning::Node(node)
                        });
                    }
                    settled => next.push(settled),
                }
            }
            found = next;
            if found.is_empty() {
                break;
            }
        }
        found
    }

    /// What a name stands for in a module, or in the block that the module is and those around it.
    pub(crate) fn find(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        name: Name,
    ) -> Rc<Vec<Meaning>> {
        let mut module = module;
        loop {
            let found = self.find_in(lookups, module, name);
            let Module { is_block, parent } = Module::of(self, module);
            match parent.filter(|_| is_block && found.is_empty()) {
                Some(parent) => module = parent,
                None => return found,
            }
        }
    }

    /// What is called `name` in a module: defined there, or brought there by imports and macros.
    fn find_in(&mut self, lookups: &mut Lookups, module: u32, name: Name) -> Rc<Vec<Meaning>> {
        let key = key(module, name);
        if let Some(found) = lookups.found.get(&key) {
            return Rc::clone(found);
        }
        if lookups.under_way.len() > LONGEST || lookups.under_way.contains(&key) {
            lookups.cut = true;
            return Rc::default();
        }
        lookups.under_way.push(key);
        let mut found: Vec<Meaning> = Vec::new();
        for definition in self.definitions.get(&key).cloned().unwrap_or_default() {
            match definition {
                Definition::Node(node) => found.push(Meaning::Node(node)),
                Definition::Module(module) => found.push(Meaning::Module(module)),
                Definition::Import(position) => {
                    let import = self.modules[module as usize].imports[position as usize].clone();
                    found.extend(self.import_path(lookups, module, &import));
                }
            }
        }
        if found.is_empty() {
            self.find_in_globs(lookups, module, name, &mut found);
        }
        if found.is_empty() {
            for call in self.modules[module as usize].calls.clone() {
                if self.owned(lookups, call).binary_search(&name).is_ok() {
                    found.push(Meaning::Node(call));
                }
            }
        }
        lookups.under_way.pop();
        let mut unique: Vec<Meaning> = Vec::with_capacity(found.len());
        for meaning in found {
            if !unique.contains(&meaning) {
                unique.push(meaning);
            }
        }
        let found = Rc::new(unique);
        let is_whole = !lookups.cut || lookups.under_way.is_empty();
        if is_whole || !found.is_empty() {
            lookups.found.insert(key, Rc::clone(&found));
        }
        lookups.cut &= !lookups.under_way.is_empty();
        found
    }

    fn find_in_globs(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        name: Name,
        found: &mut Vec<Meaning>,
    ) {
        for position in 0..self.modules[module as usize].imports.len() {
            if !self.modules[module as usize].imports[position].glob {
                continue;
            }
            let import = self.modules[module as usize].imports[position].clone();
            for place in self.import_path(lookups, module, &import) {
                match place {
                    Meaning::Module(other) => {
                        found.extend(self.find_in(lookups, other, name).iter().cloned());
                    }
                    Meaning::Node(node) if self.has_variant(node, name) => {
                        found.push(Meaning::Member(node, name));
                    }
                    // What a glob brings from elsewhere counts with the module's imports.
                    _ => {}
                }
            }
        }
    }

    /// Whether the enum has a variant of this name; any word in its braces is taken for one.
    fn has_variant(&self, node: u32, name: Name) -> bool {
        let Content::Tokens { source, end, body: Some(body), .. } =
            &self.nodes[node as usize].content
        else {
            return false;
        };
        let tokens = &self.sources[*source as usize].tokens;
        tokens[*body as usize..*end as usize].iter().any(|token| token.is_word(name))
    }

    /// The names that a macro call in the place of an item may define.
    fn owned(&mut self, lookups: &mut Lookups, call: u32) -> Rc<Vec<Name>> {
        if let Some(owned) = lookups.owned.get(&call) {
            return Rc::clone(owned);
        }
        let mut owned = Vec::new();
        let node = &self.nodes[call as usize];
        let (name, krate) = (node.name, self.krate(call));
        if let Content::Tokens { source, end, body: Some(body), .. } = &node.content {
            let tokens = &self.sources[*source as usize].tokens;
            let words = tokens[*body as usize..*end as usize]
                .iter()
                .filter(|token| token.shape == Shape::Word);
            owned.extend(words.map(|token| token.data));
        }
        for definition in self.macros.get(&key(krate, name)).cloned().unwrap_or_default() {
            self.defined_words(definition, &mut owned);
        }
        owned.sort_unstable();
        owned.dedup();
        let owned = Rc::new(owned);
        lookups.owned.insert(call, Rc::clone(&owned));
        owned
    }

    /// The words behind `fn`, `struct` and the like in the body of a macro.
    fn defined_words(&self, definition: u32, out: &mut Vec<Name>) {
        if let Content::Tokens { source, start, end, .. } = &self.nodes[definition as usize].content
        {
            let Source { tokens, .. } = &self.sources[*source as usize];
            for pair in tokens[*start as usize..*end as usize].windows(2) {
                let defines = matches!(
                    pair[0].data,
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
                if defines && pair[0].shape == Shape::Word && pair[1].shape == Shape::Word {
                    out.push(pair[1].data);
                }
            }
        }
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
        let around = Module::of(self, module);
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

/// What is asked of a module on the way up.
struct Module {
    is_block: bool,
    parent: Option<u32>,
}

impl Module {
    fn of(graph: &Graph, module: u32) -> Self {
        let module = &graph.modules[module as usize];
        Self { is_block: module.is_block, parent: module.parent }
    }
}

fn nodes(found: Vec<Meaning>) -> Vec<u32> {
    let mut nodes = Vec::new();
    for meaning in found {
        match meaning {
            Meaning::Node(node) | Meaning::Member(node, _) => nodes.push(node),
            Meaning::Nodes(all) => nodes.extend(all),
            Meaning::Module(_) => {}
        }
    }
    nodes
}
