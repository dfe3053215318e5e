//! The sources of a crate, module by module, into nodes.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::fingerprint::Kind;
use crate::graph::{Content, Crate, Definition, Graph, Guarded, Module, Node, Owner, Source, key};
use crate::guards::{attributes, conditions_of, guard, stated_path};
use crate::imports::{extern_crate, imports};
use crate::items::{Item, ItemKind, items, nested_items};
use crate::lexer::{Shape, lex};
use crate::names::{number, word};

/// No program nests modules deeper, or has more files; one that seems to includes itself.
const DEEPEST: usize = 64;
const MOST_SOURCES: usize = 50_000;

/// Where the files of a module's children lie.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The folder of the file, to which paths in it refer.
    pub(crate) file: PathBuf,
    /// The folder of child modules.
    pub(crate) children: PathBuf,
    pub(crate) depth: usize,
}

/// Where items are added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) module: u32,
    pub(crate) source: u32,
    pub(crate) owner: Owner,
}

impl Graph {
    /// Reads the crate whose root file is `root`, and returns its number.
    pub(crate) fn load(&mut self, krate: Crate, root: &Path) -> u32 {
        let number_of = number(self.crates.len());
        let path = krate.name.clone();
        self.crates.push(krate);
        let module = self.add_module(number_of, None, path, false);
        self.crates[number_of as usize].root = module;
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        let place = Place { file: folder.clone(), children: folder, depth: 0 };
        if let Some(source) = self.read(root, number_of) {
            self.add_file(module, source, &place);
        }
        number_of
    }

    fn add_module(&mut self, krate: u32, parent: Option<u32>, path: String, is_block: bool) -> u32 {
        self.modules.push(Module {
            krate,
            parent,
            is_block,
            path,
            imports: Vec::new(),
            calls: Vec::new(),
            conditions: Vec::new(),
            guard: String::new(),
            guarded: Vec::new(),
        });
        number(self.modules.len() - 1)
    }

    /// Reads a file of a crate.
    fn read(&mut self, path: &Path, krate: u32) -> Option<u32> {
        if self.sources.len() >= MOST_SOURCES {
            return None;
        }
        let bytes = std::fs::read(path).ok()?;
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        self.notice_age(path, krate);
        Some(self.add_source(path.to_owned(), text))
    }

    pub(crate) fn add_source(&mut self, path: PathBuf, text: String) -> u32 {
        let tokens = lex(&text, &mut self.names);
        self.sources.push(Source { path, text, tokens });
        number(self.sources.len() - 1)
    }

    fn add_file(&mut self, module: u32, source: u32, place: &Place) {
        let end = self.sources[source as usize].tokens.len();
        let found = items(&self.sources[source as usize].tokens, 0, end);
        let into = Target { module, source, owner: Owner::Module };
        self.add_items(into, &found, place);
        self.add_nested_impls(into, &found, place);
    }

    /// Adds the `impl` blocks that stand in the bodies of functions and constants: they count
    /// wherever they are. What else stands there is part of the body.
    pub(crate) fn add_nested_impls(&mut self, into: Target, found: &[Item], place: &Place) {
        for item in found {
            let is_code = matches!(item.kind, ItemKind::Function | ItemKind::Constant);
            let tokens = &self.sources[into.source as usize].tokens;
            let (start, end) = (item.head as usize, item.end as usize);
            if !is_code || !tokens[start..end].iter().any(|token| token.is_word(word::IMPL)) {
                continue;
            }
            let start = item.body.map_or(start + 1, |body| body as usize + 1);
            let mut nested = nested_items(tokens, start, end);
            nested.retain(|item| item.kind == ItemKind::Impl);
            if !nested.is_empty() {
                // Its names are those of the block, where the block has them.
                let module = self.add_block(into.module, into.source, start, end, place);
                let blocks = Target { module, ..into };
                for item in &nested {
                    self.add_item(blocks, item, place);
                }
            }
        }
    }

    /// A module for the items in the body of a function.
    fn add_block(
        &mut self,
        parent: u32,
        source: u32,
        start: usize,
        end: usize,
        place: &Place,
    ) -> u32 {
        let Module { krate, path, .. } = &self.modules[parent as usize];
        let (krate, path) = (*krate, path.clone());
        let module = self.add_module(krate, Some(parent), path, true);
        let mut nested = nested_items(&self.sources[source as usize].tokens, start, end);
        nested.retain(|item| item.kind != ItemKind::Impl);
        let into = Target { module, source, owner: Owner::Module };
        self.add_items(into, &nested, place);
        module
    }

    /// The block of a function's body, for a root that stands in it.
    pub(crate) fn block_around(
        &mut self,
        module: u32,
        source: u32,
        start: usize,
        end: usize,
    ) -> u32 {
        let path = self.sources[source as usize].path.clone();
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let place = Place { file: folder.clone(), children: folder, depth: 0 };
        self.add_block(module, source, start, end, &place)
    }

    fn add_items(&mut self, into: Target, found: &[Item], place: &Place) {
        for item in found {
            if self.exists(into, item) {
                self.add_item(into, item, place);
            }
        }
    }

    /// Whether the item's conditions may hold.
    pub(crate) fn exists(&self, into: Target, item: &Item) -> bool {
        let krate = self.modules[into.module as usize].krate;
        let Source { text, tokens, .. } = &self.sources[into.source as usize];
        let conditions = &self.crates[krate as usize].conditions;
        attributes(tokens, item).iter().all(|(name, open)| {
            let close = tokens[*open].data as usize;
            *name != word::CFG
                || conditions.all_hold(text, tokens, open + 1, close, &self.names) != Some(false)
        })
    }

    fn add_item(&mut self, into: Target, item: &Item, place: &Place) {
        let kind = match item.kind {
            ItemKind::Function => Kind::Function,
            ItemKind::Type => Kind::Type,
            ItemKind::Alias => Kind::Alias,
            ItemKind::Constant => Kind::Constant,
            ItemKind::Trait => return self.add_trait(into, item, place),
            ItemKind::Impl => return self.add_impl(into, item, place),
            ItemKind::Macro => return self.add_macro(into, item),
            ItemKind::MacroCall => return self.add_call(into, item, place),
            ItemKind::Module => return self.add_child(into, item, place),
            ItemKind::Use | ItemKind::ExternCrate => return self.add_imports(into, item),
            ItemKind::Foreign => {
                if let Some(body) = item.body {
                    let tokens = &self.sources[into.source as usize].tokens;
                    let found =
                        items(tokens, body as usize + 1, tokens[body as usize].data as usize);
                    self.add_items(into, &found, place);
                }
                return;
            }
        };
        let node = self.add_node(into, item, kind, None, Vec::new());
        if item.name != word::UNDERSCORE {
            self.define(into.module, item.name, Definition::Node(node));
        }
    }

    pub(crate) fn add_node(
        &mut self,
        into: Target,
        item: &Item,
        kind: Kind,
        within: Option<&str>,
        holes: Vec<(u32, u32)>,
    ) -> u32 {
        let module = &self.modules[into.module as usize].path;
        let name = self.names.get(item.name);
        let mut path = String::with_capacity(module.len() + name.len() + 4);
        match within {
            Some(within) => path.push_str(within),
            None => path.push_str(module),
        }
        path.push_str("::");
        path.push_str(name);
        let Item { start, end, head, body, .. } = *item;
        self.add(Node {
            kind,
            name: item.name,
            module: into.module,
            owner: into.owner,
            path: Rc::from(path),
            content: Content::Tokens { source: into.source, start, end, head, body, holes },
        })
    }

    fn add_macro(&mut self, into: Target, item: &Item) {
        let node = self.add_node(into, item, Kind::Macro, None, Vec::new());
        let krate = self.modules[into.module as usize].krate;
        self.macros.entry(key(krate, item.name)).or_default().push(node);
    }

    fn add_call(&mut self, into: Target, item: &Item, place: &Place) {
        let Some(body) = item.body else { return };
        let Source { text, tokens, .. } = &self.sources[into.source as usize];
        let (start, end) = (body as usize + 1, tokens[body as usize].data as usize);
        if item.name == word::INCLUDE {
            if let Some(file) = self.included(into.source, into.module, start, end, None) {
                self.include(into.module, &file, place);
            }
            return;
        }
        let first = tokens[start..end].iter().find(|token| token.shape == Shape::Word);
        let first = first.map_or("", |token| &text[token.start as usize..token.end as usize]);
        let shown = format!("{}!({first}…)", self.names.get(item.name));
        let path = format!("{}::{shown}", self.modules[into.module as usize].path);
        let node = self.add_node(into, item, Kind::MacroCall, None, Vec::new());
        self.nodes[node as usize].path = Rc::from(path);
        self.modules[into.module as usize].calls.push(node);
        // Most such macros leave items among their arguments as they are.
        let nested = nested_items(&self.sources[into.source as usize].tokens, start, end);
        if !nested.is_empty() {
            let within = Target { owner: Owner::Call(node), ..into };
            self.add_items(within, &nested, place);
        }
    }

    /// Reads a file whose items are those of the module.
    fn include(&mut self, module: u32, file: &Path, place: &Place) {
        if place.depth > DEEPEST {
            return;
        }
        let krate = self.modules[module as usize].krate;
        if let Some(source) = self.read(file, krate) {
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            let inside = Place { file: folder.clone(), children: folder, depth: place.depth + 1 };
            self.add_file(module, source, &inside);
        }
    }

    fn add_imports(&mut self, into: Target, item: &Item) {
        let tokens = &self.sources[into.source as usize].tokens;
        let (mut at, end) = (item.head as usize, item.end as usize);
        let found = if item.kind == ItemKind::Use {
            while at < end && !tokens[at].is_word(word::USE) {
                at += 1;
            }
            imports(tokens, at + 1, end.saturating_sub(1))
        } else {
            let found = extern_crate(tokens, at + 2, end);
            let uses_macros =
                attributes(tokens, item).iter().any(|(name, _)| *name == word::MACRO_USE)
                    || tokens[item.start as usize..at]
                        .iter()
                        .any(|token| token.is_word(word::MACRO_USE));
            if let Some(import) = found.as_ref().filter(|_| uses_macros) {
                let krate = self.modules[into.module as usize].krate;
                self.crates[krate as usize].uses_macros_of.push(import.path[0]);
            }
            found.into_iter().collect()
        };
        let Source { text, tokens, .. } = &self.sources[into.source as usize];
        let guard: Rc<str> = guard(text, tokens, item.start as usize, item.head as usize).into();
        let conditions = conditions_of(text, tokens, item, &self.names);
        for import in found {
            let position = number(self.modules[into.module as usize].imports.len());
            if !guard.is_empty() {
                let (conditions, guard) = (conditions.clone(), Rc::clone(&guard));
                let guarded = Guarded { import: position, conditions, guard };
                self.modules[into.module as usize].guarded.push(guarded);
            }
            if !import.glob && import.alias != word::UNDERSCORE {
                self.define(into.module, import.alias, Definition::Import(position));
            }
            self.modules[into.module as usize].imports.push(import);
        }
    }

    /// A child module, in braces or in a file of its own.
    fn add_child(&mut self, into: Target, item: &Item, place: &Place) {
        if place.depth > DEEPEST {
            return;
        }
        let name = self.names.get(item.name).trim_start_matches("r#").to_owned();
        let parent = &self.modules[into.module as usize];
        let (krate, path) = (parent.krate, format!("{}::{name}", parent.path));
        let module = self.add_module(krate, Some(into.module), path, false);
        self.define(into.module, item.name, Definition::Module(module));
        let Source { text, tokens, .. } = &self.sources[into.source as usize];
        let stated = stated_path(text, tokens, item).map(str::to_owned);
        self.modules[module as usize].guard =
            guard(text, tokens, item.start as usize, item.head as usize);
        self.modules[module as usize].conditions = conditions_of(text, tokens, item, &self.names);
        let Some(body) = item.body else {
            return self.add_child_file(module, &name, stated, place);
        };
        let (start, end) = (body as usize + 1, tokens[body as usize].data as usize);
        let found = items(tokens, start, end);
        let children = match stated {
            Some(stated) => place.file.join(stated),
            None => place.children.join(name),
        };
        let inside = Place { file: children.clone(), children, depth: place.depth + 1 };
        let inner = Target { module, source: into.source, owner: into.owner };
        self.add_items(inner, &found, &inside);
        self.add_nested_impls(inner, &found, &inside);
    }

    fn add_child_file(&mut self, module: u32, name: &str, stated: Option<String>, place: &Place) {
        let flat = place.children.join(format!("{name}.rs"));
        let folder = place.children.join(name);
        let (file, children) = match stated {
            Some(stated) => {
                let file = place.file.join(stated);
                let folder = file.parent().unwrap_or(Path::new("")).to_owned();
                (file, folder)
            }
            None if flat.is_file() => (flat, folder),
            None => (folder.join("mod.rs"), folder),
        };
        let krate = self.modules[module as usize].krate;
        if let Some(source) = self.read(&file, krate) {
            let folder = file.parent().unwrap_or(Path::new("")).to_owned();
            let inside = Place { file: folder, children, depth: place.depth + 1 };
            self.add_file(module, source, &inside);
        }
    }
}
