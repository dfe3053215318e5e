//! Names and paths to what they stand for.
//!
//! Where a name can stand for several things, because of conditions, globs or macros, all of them
//! are meant.

use std::rc::Rc;

use crate::fingerprint::Kind;
use crate::graph::{Content, Definition, Extern, Graph, key};
use crate::imports::Import;
use crate::meanings::Brought;
use crate::mentions::{Path, Start};
use crate::names::{Name, word};
use crate::quick::Map;

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
    pub(crate) found: Map<u64, Rc<Vec<Meaning>>>,
    /// What is being looked up, so that globs that lead back to it end.
    pub(crate) under_way: Vec<u64>,
    /// Whether something was left out for that reason.
    pub(crate) cut: bool,
    /// The names that macro calls in the place of items own, by node.
    pub(crate) owned: Map<u32, Rc<Vec<Name>>>,
    pub(crate) externals: Map<u32, Rc<Vec<u32>>>,
    /// What names mean that are brought from elsewhere.
    pub(crate) brought: Map<u64, Rc<Brought>>,
    /// Whether all names in a module are those that are defined somewhere, by module.
    pub(crate) is_plain: Vec<Option<bool>>,
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
        self.resolve_segments(lookups, module, path.start, &path.segments, imports)
    }

    /// The same for the segments of a path, or the first ones.
    pub(crate) fn resolve_segments(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        start: Start,
        segments: &[Name],
        imports: &[Import],
    ) -> Vec<Meaning> {
        let Some(first) = segments.first().copied() else {
            return Vec::new();
        };
        let heads = match start {
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
        let rest = if start == Start::MacroCrate { segments } else { &segments[1..] };
        self.walk(lookups, heads, rest)
    }

    /// What a word that stands alone stands for: it is no module and no crate.
    pub(crate) fn resolve_word(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        name: Name,
        imports: &[Import],
    ) -> Rc<Vec<Meaning>> {
        let found = self.find(lookups, module, name);
        let is_module = |meaning: &Meaning| matches!(meaning, Meaning::Module(_));
        if imports.is_empty() && !found.iter().any(is_module) {
            return found;
        }
        let mut all = self.imported(lookups, module, name, imports);
        all.extend(found.iter().cloned());
        all.retain(|meaning| !is_module(meaning));
        Rc::new(all)
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

    pub(crate) fn import_path(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        import: &Import,
    ) -> Vec<Meaning> {
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
            let around = &self.modules[module as usize];
            match around.parent.filter(|_| around.is_block && found.is_empty()) {
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
            // What is defined there is there all the same: a module may re-export what it has of
            // its own name.
            let defined = self.definitions.get(&key).into_iter().flatten();
            return Rc::new(
                defined
                    .filter_map(|definition| match definition {
                        Definition::Node(node) => Some(Meaning::Node(*node)),
                        Definition::Module(module) => Some(Meaning::Module(*module)),
                        Definition::Import(_) => None,
                    })
                    .collect(),
            );
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
            for call in self.modules[module as usize].calls.clone() {
                if self.owned(lookups, call).binary_search(&name).is_ok() {
                    found.push(Meaning::Node(call));
                }
            }
        }
        // What is defined hides what globs bring, but a module and a function do not hide each other.
        let is_module = |meaning: &Meaning| matches!(meaning, Meaning::Module(_));
        let has_module = found.iter().any(is_module);
        let has_other = !found.iter().all(is_module);
        if !(has_module && has_other) {
            let mut brought = Vec::new();
            self.find_in_globs(lookups, module, name, &mut brought);
            brought.retain(|meaning| if is_module(meaning) { !has_module } else { !has_other });
            found.extend(brought);
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
}
