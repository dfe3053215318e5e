//! What the names in code mean, as far as the code itself does not say: imports may be exchanged
//! without a word of it being changed.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::digest::Encoder;
use crate::edges::{Edges, Finder};
use crate::fingerprint::Kind;
use crate::graph::{Content, Definition, Graph, Owner, key};
use crate::guards::guard;
use crate::imports::Import;
use crate::mentions::{Mentions, Start};
use crate::names::{Name, number, word};
use crate::resolve::{Lookups, Meaning};
use crate::scope::Scope;

/// What a name means in a module that is not defined there.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    /// Empty where it is defined there, or means nothing.
    text: String,
    /// The conditions under which imports bring it, and the crate that they are of.
    conditions: Vec<(u32, String)>,
}

impl Graph {
    /// Whether a word may stand for something in a module at all. Most words do not: they are types of
    /// the standard library, fields and variables.
    pub(crate) fn may_mean(&self, lookups: &mut Lookups, module: u32, name: Name) -> bool {
        if self.is_defined(name) {
            return true;
        }
        let index = module as usize;
        if lookups.is_plain.len() <= index {
            lookups.is_plain.resize(self.modules.len(), None);
        }
        let known: &[Option<bool>] = &lookups.is_plain;
        if let Some(is_plain) = known[index] {
            return !is_plain;
        }
        // Globs bring variants of enums, and macro calls define what only they know.
        let mut is_plain = true;
        let mut around = Some(module);
        while let Some(module) = around {
            let place = &self.modules[module as usize];
            is_plain &= place.calls.is_empty() && !place.imports.iter().any(|import| import.glob);
            around = place.parent.filter(|_| place.is_block);
        }
        lookups.is_plain[index] = Some(is_plain);
        !is_plain
    }

    /// What a name means in a module that is not defined there.
    fn brought(&mut self, lookups: &mut Lookups, module: u32, name: Name) -> Rc<Brought> {
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
        let mut brought = Brought::default();
        let mut texts = Vec::new();
        for definition in &definitions {
            if let Definition::Import(position) = definition {
                let import = self.modules[place as usize].imports[*position as usize].clone();
                let targets = self.targets(lookups, place, &import).join(",");
                texts.push(self.guarded(place, *position, targets, &mut brought.conditions));
                self.guards_behind(lookups, place, &import, &mut texts, &mut brought.conditions);
            }
        }
        if definitions.is_empty() {
            let found = self.find(lookups, place, name);
            texts.extend(found.iter().filter_map(|meaning| self.shown(meaning)));
            let is_outside = texts.is_empty();
            for position in 0..self.modules[place as usize].imports.len() {
                let import = &self.modules[place as usize].imports[position];
                let is_guarded = !self.modules[place as usize].guarded.is_empty();
                if !import.glob || !(is_outside || is_guarded) {
                    continue;
                }
                let import = import.clone();
                let mut targets = self.targets(lookups, place, &import);
                if is_outside {
                    targets.retain(|text| text.starts_with('*'));
                }
                let targets = targets.join(",");
                let conditions = &mut brought.conditions;
                let text = self.guarded(place, number(position), targets.clone(), conditions);
                // Of what is found by a glob, that is known already; when it is, is not.
                if !text.is_empty() && (is_outside || text != targets) {
                    texts.push(text);
                }
            }
        }
        texts.sort();
        brought.text = texts.join(";");
        let brought = Rc::new(brought);
        lookups.brought.insert(unique, Rc::clone(&brought));
        brought
    }

    /// A text with the conditions of an import before it, which are added to those that are known.
    fn guarded(
        &self,
        module: u32,
        position: u32,
        text: String,
        conditions: &mut Vec<(u32, String)>,
    ) -> String {
        let place = &self.modules[module as usize];
        match place.guarded.iter().find(|guarded| guarded.import == position) {
            Some(guarded) => {
                conditions.extend(guarded.conditions.iter().map(|one| (place.krate, one.clone())));
                format!("{}{text}", guarded.guard)
            }
            None => text,
        }
    }

    /// The conditions of imports in the module from which an import takes a name, as where that
    /// module is the face of one for each system.
    fn guards_behind(
        &mut self,
        lookups: &mut Lookups,
        module: u32,
        import: &Import,
        texts: &mut Vec<String>,
        conditions: &mut Vec<(u32, String)>,
    ) {
        let Some((last, before)) = import.path.split_last().filter(|_| !import.glob) else {
            return;
        };
        let start = if import.global { Start::Global } else { Start::Here };
        for meaning in self.resolve_segments(lookups, module, start, before, &[]) {
            let Meaning::Module(behind) = meaning else { continue };
            for guarded in self.modules[behind as usize].guarded.clone() {
                let position = guarded.import;
                let import = &self.modules[behind as usize].imports[position as usize];
                if import.glob || import.alias == *last {
                    let path = self.written(import);
                    texts.push(self.guarded(behind, position, path, conditions));
                }
            }
        }
    }

    /// What an import leads to: paths of ours, or behind a star the path as it is written.
    fn targets(&mut self, lookups: &mut Lookups, module: u32, import: &Import) -> Vec<String> {
        let found = self.import_path(lookups, module, import);
        let mut texts: Vec<String> =
            found.iter().filter_map(|meaning| self.shown(meaning)).collect();
        let is_macro = |meaning: &&Meaning| match meaning {
            Meaning::Node(node) => self.nodes[*node as usize].kind == Kind::Macro,
            _ => false,
        };
        // Macros are found by their names alone.
        if texts.is_empty() || found.iter().filter(is_macro).count() > 1 {
            texts.push(format!("*{}", self.written(import)));
        }
        texts
    }

    fn written(&self, import: &Import) -> String {
        let path: Vec<&str> = import.path.iter().map(|name| self.names.get(*name)).collect();
        path.join("::")
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
        out: &mut Edges,
    ) -> Option<[u8; 32]> {
        let mut entries = Vec::new();
        for name in &found.words {
            if self.graph.may_mean(self.lookups, scope.module, *name)
                && !scope.parameters.contains(name)
                && !scope.is_own(*name)
            {
                self.entry(scope.module, *name, &mut entries, out);
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
                    self.entry(module, *name, &mut entries, out);
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
        self.order_of_macros(node, found, scope.krate, &mut entries);
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
                let guard = guard(&source.text, &source.tokens, start as usize, head as usize);
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

    fn entry(&mut self, module: u32, name: Name, entries: &mut Vec<String>, out: &mut Edges) {
        let brought = self.graph.brought(self.lookups, module, name);
        if !brought.text.is_empty() {
            entries.push(format!("{}={}", self.graph.names.get(name), brought.text));
        }
        for (krate, condition) in &brought.conditions {
            self.condition(condition, *krate, out);
        }
    }

    /// Where a crate has several macros of a name, which one is meant depends on their order, and on
    /// where among them it is called.
    fn order_of_macros(
        &mut self,
        node: u32,
        found: &Mentions,
        krate: u32,
        entries: &mut Vec<String>,
    ) {
        for mention in &found.macros {
            let [name] = mention.path.segments[..] else { continue };
            let Some(all) = self.graph.macros.get(&key(krate, name)).filter(|all| all.len() > 1)
            else {
                continue;
            };
            // Nodes are numbered in the order of the sources, and those of roots behind them all.
            let before = all.iter().filter(|one| **one < node).count();
            let mut text = format!("{}!{before}", self.graph.names.get(name));
            for one in all.clone() {
                for byte in self.graph.digest(one) {
                    let _ = write!(text, "{byte:02x}");
                }
            }
            entries.push(text);
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
            let declared =
                || found.declared_calls.iter().any(|(_, _, name)| items.has_any(&[*name]));
            if items.has_any(&found.calls) || items.has_any(&found.self_calls) || declared() {
                entries.push(format!("trait {}", self.graph.nodes[*node as usize].path));
            }
        }
    }

    /// The traits of ours that a module imports, by their names or with all that a module has.
    fn imported_traits(&mut self, module: u32) -> Rc<Vec<u32>> {
        if let Some(known) = self.known.imported_traits.get(&module) {
            return Rc::clone(known);
        }
        // Modules that import each other by glob end here.
        self.known.imported_traits.insert(module, Rc::default());
        let mut traits = Vec::new();
        for import in self.graph.modules[module as usize].imports.clone() {
            for meaning in self.graph.import_path(self.lookups, module, &import) {
                match meaning {
                    Meaning::Node(node) if self.graph.nodes[node as usize].kind == Kind::Trait => {
                        traits.push(node);
                    }
                    Meaning::Module(other) if import.glob => {
                        traits.extend(self.index.traits_in(other));
                        traits.extend(self.imported_traits(other).iter());
                    }
                    _ => {}
                }
            }
        }
        let place = &self.graph.modules[module as usize];
        if let Some(parent) = place.parent.filter(|_| place.is_block) {
            traits.extend(self.imported_traits(parent).iter());
        }
        traits.sort_unstable();
        traits.dedup();
        let traits = Rc::new(traits);
        self.known.imported_traits.insert(module, Rc::clone(&traits));
        traits
    }
}
