//! What the names in code mean, as far as the code itself does not say: imports may be exchanged
//! without a word of it being changed.

use std::rc::Rc;

use crate::digest::Encoder;
use crate::edges::{Finder, Scope};
use crate::fingerprint::Kind;
use crate::graph::{Content, Definition, Graph, Owner, key};
use crate::imports::Import;
use crate::mentions::{Mentions, Start};
use crate::names::{Name, word};
use crate::resolve::{Lookups, Meaning};

impl Graph {
    /// What a name means in a module that is not defined there; empty where it is, or means nothing.
    fn brought(&mut self, lookups: &mut Lookups, module: u32, name: Name) -> Rc<str> {
        let unique = key(module, name);
        if let Some(known) = lookups.brought.get(&unique) {
            return Rc::clone(known);
        }
        let mut place = module;
        let definitions = loop {
            let found = self.definitions.get(&key(place, name)).cloned().unwrap_or_default();
            let around = &self.modules[place as usize];
            match around.parent.filter(|_| around.is_block && found.is_empty()) {
                Some(parent) => place = parent,
                None => break found,
            }
        };
        let mut texts = Vec::new();
        for definition in &definitions {
            if let Definition::Import(position) = definition {
                let import = self.modules[place as usize].imports[*position as usize].clone();
                texts.extend(self.targets(lookups, place, &import));
            }
        }
        if definitions.is_empty() {
            let found = self.find(lookups, place, name);
            for meaning in found.iter() {
                texts.extend(self.shown(meaning));
            }
            if texts.is_empty() {
                for import in self.modules[place as usize].imports.clone() {
                    if import.glob {
                        let outside = self.targets(lookups, place, &import);
                        texts.extend(outside.into_iter().filter(|text| text.starts_with('*')));
                    }
                }
            }
        }
        texts.sort();
        let text: Rc<str> = texts.join(";").into();
        lookups.brought.insert(unique, Rc::clone(&text));
        text
    }

    /// What an import leads to: paths of ours, or behind a star the path as it is written.
    fn targets(&mut self, lookups: &mut Lookups, module: u32, import: &Import) -> Vec<String> {
        let found = self.import_path(lookups, module, import);
        let mut texts: Vec<String> =
            found.iter().filter_map(|meaning| self.shown(meaning)).collect();
        if texts.is_empty() {
            let path: Vec<&str> = import.path.iter().map(|name| self.names.get(*name)).collect();
            texts.push(format!("*{}", path.join("::")));
        }
        texts
    }

    fn shown(&self, meaning: &Meaning) -> Option<String> {
        match meaning {
            Meaning::Node(node) => Some(self.nodes[*node as usize].path.to_string()),
            Meaning::Member(node, name) => {
                Some(format!("{}::{}", self.nodes[*node as usize].path, self.names.get(*name)))
            }
            Meaning::Module(module) => Some(self.modules[*module as usize].path.clone()),
            Meaning::Nodes(_) => None,
        }
    }
}

impl Finder<'_> {
    /// The digest of what names in a node mean that are brought from elsewhere, and of the conditions
    /// that stand around it; nothing where there are none.
    pub(crate) fn meaning(
        &mut self,
        node: u32,
        found: &Mentions,
        scope: &Scope<'_>,
    ) -> Option<[u8; 32]> {
        let mut entries = Vec::new();
        for name in &found.words {
            if self.graph.may_mean(self.lookups, scope.module, *name)
                && !scope.parameters.contains(name) && !scope.own.contains(name) {
                self.entry(scope.module, *name, &mut entries);
            }
        }
        let macros = found.macros.iter().map(|mention| &mention.path);
        for path in found.paths.iter().chain(macros) {
            if path.start != Start::Here {
                continue;
            }
            let mut module = scope.module;
            for (position, name) in path.segments.iter().enumerate() {
                let leads =
                    matches!(*name, word::CRATE | word::SELF | word::SUPER | word::SELF_TYPE);
                if !leads {
                    self.entry(module, *name, &mut entries);
                }
                if position + 1 == path.segments.len() {
                    break;
                }
                let next = self.graph.resolve_segments(
                    self.lookups,
                    scope.module,
                    Start::Here,
                    &path.segments[..=position],
                    scope.imports,
                );
                match next.first() {
                    Some(Meaning::Module(inside)) => module = *inside,
                    _ => break,
                }
            }
        }
        self.traits_in_sight(found, scope, &mut entries);
        let entry = &self.graph.nodes[node as usize];
        let mut around = Some(entry.module);
        while let Some(module) = around {
            let module = &self.graph.modules[module as usize];
            if !module.guard.is_empty() {
                entries.push(format!("#{}", module.guard));
            }
            around = module.parent;
        }
        if let Owner::Impl(block) = entry.owner {
            let head = self.graph.impls[block as usize].node;
            if let Content::Tokens { source, start, head, .. } =
                self.graph.nodes[head as usize].content
            {
                let source = &self.graph.sources[source as usize];
                let guard =
                    crate::load::guard(&source.text, &source.tokens, start as usize, head as usize);
                if !guard.is_empty() {
                    entries.push(format!("#impl {guard}"));
                }
            }
        }
        if entries.is_empty() {
            return None;
        }
        entries.sort();
        entries.dedup();
        let mut encoder = Encoder::default();
        for entry in entries {
            encoder.text(b'm', entry.as_bytes());
        }
        Some(encoder.finish())
    }

    fn entry(&mut self, module: u32, name: Name, entries: &mut Vec<String>) {
        let text = self.graph.brought(self.lookups, module, name);
        if !text.is_empty() {
            entries.push(format!("{}={text}", self.graph.names.get(name)));
        }
    }

    /// Traits of ours that the module imports and that have a method which is called: which of several
    /// is meant depends on that.
    fn traits_in_sight(&mut self, found: &Mentions, scope: &Scope<'_>, entries: &mut Vec<String>) {
        if found.calls.is_empty() && found.self_calls.is_empty() && found.declared_calls.is_empty()
        {
            return;
        }
        let traits = self.imported_traits(scope.module);
        for node in traits.iter() {
            let items = self.trait_items(*node);
            let declared = || found.declared_calls.iter().any(|(_, _, name)| items.has_any(&[*name]));
            if items.has_any(&found.calls) || items.has_any(&found.self_calls) || declared() {
                entries.push(format!("trait {}", self.graph.nodes[*node as usize].path));
            }
        }
    }

    /// The traits of ours that a module imports by name.
    fn imported_traits(&mut self, module: u32) -> Rc<Vec<u32>> {
        if let Some(known) = self.known.imported_traits.get(&module) {
            return Rc::clone(known);
        }
        let mut traits = Vec::new();
        for import in self.graph.modules[module as usize].imports.clone() {
            if import.glob {
                continue;
            }
            for meaning in self.graph.import_path(self.lookups, module, &import) {
                if let Meaning::Node(node) = meaning
                    && self.graph.nodes[node as usize].kind == Kind::Trait
                {
                    traits.push(node);
                }
            }
        }
        let traits = Rc::new(traits);
        self.known.imported_traits.insert(module, Rc::clone(&traits));
        traits
    }
}
