//! Everything that a root reaches, as a set that grows until nothing is added.
//!
//! A method counts when a method of its name is called and everything is reached without which its
//! `impl` block could not be used: the types of ours in its head. `impl` blocks of traits from
//! elsewhere count whole, since operators, `Drop` and code from elsewhere use them unseen.

use crate::edges::{Bound, Edges, Finder, Known};
use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Implemented, Owner};
use crate::index::Index;
use crate::names::Name;
use crate::resolve::Lookups;

/// Traits that say nothing about which types implement them, since nearly all or only foreign ones
/// do, or since they follow from another.
const OPEN_TO_ALL: [&str; 18] = [
    "Send",
    "Sync",
    "Sized",
    "Unpin",
    "UnwindSafe",
    "RefUnwindSafe",
    "Fn",
    "FnMut",
    "FnOnce",
    "Any",
    "Into",
    "TryInto",
    "Freeze",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "Pointee",
    "Tuple",
];

/// Marks that cost nothing to take back: those of an earlier round do not count.
#[derive(Debug, Default)]
struct Marks {
    round: u32,
    marks: Vec<u32>,
}

impl Marks {
    fn start(&mut self, size: usize) {
        self.round += 1;
        if self.marks.len() < size {
            self.marks.resize(size, 0);
        }
    }

    fn has(&self, index: u32) -> bool {
        let marks: &[u32] = &self.marks;
        (index as usize) < marks.len() && marks[index as usize] == self.round
    }

    /// Marks, and says whether it was not marked before.
    fn set(&mut self, index: u32) -> bool {
        let index = index as usize;
        if self.marks.len() <= index {
            self.marks.resize(index + 64, 0);
        }
        let is_new = self.marks[index] != self.round;
        self.marks[index] = self.round;
        is_new
    }
}

/// What is kept from one root to the next, so that nothing is allocated anew.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    reached: Marks,
    /// Through which node each was reached.
    via: Vec<u32>,
    live: Marks,
    /// How many types of an `impl` block are still to be reached.
    missing: Vec<u32>,
    counted: Marks,
    called: Marks,
    called_foreign: Marks,
    /// Traits of which an `impl` block is live, and those of which one is for a type from elsewhere.
    in_use: Marks,
    in_foreign_use: Marks,
    crates: Marks,
    /// In the order in which they were reached.
    pub(crate) order: Vec<u32>,
}

/// A root, and what it brings beside its own edges.
#[derive(Debug, Default)]
pub(crate) struct Start {
    pub(crate) roots: Vec<u32>,
    /// Reached because the author says so, or because a parameter may be of it.
    pub(crate) extra: Vec<u32>,
}

impl Reach {
    pub(crate) fn has(&self, node: u32) -> bool {
        self.reached.has(node)
    }

    pub(crate) fn via(&self, node: u32) -> u32 {
        self.via[node as usize]
    }

    /// The crates of which something was reached.
    pub(crate) fn has_crate(&self, krate: u32) -> bool {
        self.crates.has(krate)
    }

    /// Finds everything.
    pub(crate) fn run(
        &mut self,
        graph: &mut Graph,
        lookups: &mut Lookups,
        index: &Index,
        known: &mut Known,
        start: &Start,
    ) {
        self.reached.start(graph.nodes.len());
        self.live.start(graph.impls.len());
        self.counted.start(graph.impls.len());
        self.called.start(graph.names.len());
        self.called_foreign.start(graph.names.len());
        self.in_use.start(graph.nodes.len());
        self.in_foreign_use.start(graph.nodes.len());
        self.crates.start(graph.crates.len());
        self.missing.resize(graph.impls.len(), 0);
        self.order.clear();
        for root in &start.roots {
            self.add(*root, *root);
        }
        let first = start.roots.first().copied().unwrap_or_default();
        for node in &start.extra {
            self.add(*node, first);
        }
        let mut next = 0;
        while let Some(node) = self.order.get(next).copied() {
            next += 1;
            let edges = Finder { graph, lookups, index, known }.edges(node);
            self.follow(graph, index, node, &edges);
        }
    }

    fn add(&mut self, node: u32, via: u32) {
        if !self.reached.set(node) {
            return;
        }
        if self.via.len() <= node as usize {
            self.via.resize(node as usize + 256, 0);
        }
        self.via[node as usize] = via;
        self.order.push(node);
    }

    fn follow(&mut self, graph: &Graph, index: &Index, node: u32, edges: &Edges) {
        let entry = &graph.nodes[node as usize];
        if let Content::Tokens { .. } = entry.content {
            self.crates.set(graph.modules[entry.module as usize].krate);
        }
        // Most edges lead to what was reached before. That is seen here, and with indices, as this is
        // where the time goes where everything reaches half of a package.
        let nodes: &[u32] = &edges.nodes;
        let mut at = 0;
        while at < nodes.len() {
            let next = nodes[at];
            at += 1;
            if !self.reached.has(next) {
                self.add(next, node);
            }
        }
        let calls: &[Name] = &edges.calls;
        let mut at = 0;
        while at < calls.len() {
            let name = calls[at];
            at += 1;
            if !self.called.has(name) {
                self.call(graph, index, name, node);
            }
        }
        for name in &edges.foreign_calls {
            self.call_foreign(graph, index, *name, node);
        }
        match entry.kind {
            Kind::Type | Kind::Trait => self.opens(graph, index, node),
            Kind::Impl => {
                // What a macro makes of it cannot be seen.
                if let Some(block) = index.block_of(node) {
                    for (_, member) in &graph.impls[block as usize].members {
                        if graph.nodes[*member as usize].kind == Kind::MacroCall {
                            self.add(*member, node);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// A type or a trait was reached: `impl` blocks that waited for it alone are live.
    fn opens(&mut self, graph: &Graph, index: &Index, node: u32) {
        for block in index.gated.get(node as usize).into_iter().flatten() {
            let at = *block as usize;
            if self.counted.set(*block) {
                self.missing[at] = u32::try_from(graph.impls[at].gates.len()).unwrap_or(u32::MAX);
            }
            self.missing[at] = self.missing[at].saturating_sub(1);
            if self.missing[at] == 0 && self.live.set(*block) {
                self.comes_alive(graph, index, *block, node);
            }
        }
        for call in index.calls_on.get(&node).into_iter().flatten() {
            self.add(*call, node);
        }
        if graph.nodes[node as usize].kind == Kind::Trait {
            for block in index.of_trait.get(&node).into_iter().flatten() {
                if self.is_live(graph, *block) {
                    self.add(graph.impls[*block as usize].node, node);
                }
            }
            self.defaults(index, node, node);
        }
    }

    fn is_live(&self, graph: &Graph, block: u32) -> bool {
        graph.impls[block as usize].gates.is_empty() || self.live.has(block)
    }

    fn comes_alive(&mut self, graph: &Graph, index: &Index, block: u32, via: u32) {
        let entry = &graph.impls[block as usize];
        match &entry.implemented {
            Implemented::Foreign(_) => {
                self.add(entry.node, via);
                for (_, member) in &entry.members {
                    self.add(*member, via);
                }
                return;
            }
            Implemented::Ours(traits) => {
                for one in traits {
                    if self.reached.has(*one) {
                        self.add(entry.node, via);
                    }
                    let mut is_new = self.in_use.set(*one);
                    if index.is_foreign[block as usize] {
                        is_new |= self.in_foreign_use.set(*one);
                    }
                    if is_new {
                        self.defaults(index, *one, via);
                    }
                }
            }
            Implemented::Nothing => {}
        }
        let is_foreign = index.is_foreign[block as usize];
        for (name, member) in &entry.members {
            let is_called =
                self.called.has(*name) || (is_foreign && self.called_foreign.has(*name));
            if is_called || graph.nodes[*member as usize].kind == Kind::MacroCall {
                self.add(*member, via);
            }
        }
    }

    /// Default methods of a trait that is in use, as far as they are called.
    fn defaults(&mut self, index: &Index, node: u32, via: u32) {
        for (name, method) in index.defaults.get(&node).into_iter().flatten() {
            let is_foreign = self.in_foreign_use.has(node) && self.called_foreign.has(*name);
            if self.called.has(*name) || is_foreign {
                self.add(*method, via);
            }
        }
    }

    /// A method of this name is called, on whatever.
    fn call(&mut self, graph: &Graph, index: &Index, name: Name, via: u32) {
        if !self.called.set(name) {
            return;
        }
        for member in index.members(name) {
            let counts = match member.of {
                Owner::Impl(block) => self.is_live(graph, block),
                Owner::Trait(of) => {
                    self.reached.has(of) || self.in_use.has(of) || has_free_impl(graph, index, of)
                }
                _ => false,
            };
            if counts {
                self.add(member.node, via);
            }
        }
        for call in index.calls_defining.get(&name).into_iter().flatten() {
            self.add(*call, via);
        }
    }

    /// A function of this name of a type from elsewhere is called.
    fn call_foreign(&mut self, graph: &Graph, index: &Index, name: Name, via: u32) {
        if !self.called_foreign.set(name) {
            return;
        }
        for member in index.members(name) {
            let counts = match member.of {
                Owner::Impl(block) => {
                    let is_for_all = index.is_blanket[block as usize];
                    (is_for_all || index.is_foreign[block as usize]) && self.is_live(graph, block)
                }
                Owner::Trait(of) => self.in_foreign_use.has(of) || has_free_impl(graph, index, of),
                _ => false,
            };
            if counts {
                self.add(member.node, via);
            }
        }
        for call in index.calls_defining.get(&name).into_iter().flatten() {
            self.add(*call, via);
        }
    }
}

/// Whether a trait is implemented for a type that needs nothing of ours.
fn has_free_impl(graph: &Graph, index: &Index, of: u32) -> bool {
    if index.in_macros.contains(&graph.nodes[of as usize].name) {
        return true;
    }
    let blocks = index.of_trait.get(&of).into_iter().flatten();
    blocks.into_iter().any(|block| graph.impls[*block as usize].gates.is_empty())
}

/// Whether a trait from elsewhere says nothing about which types implement it.
pub(crate) fn is_open_to_all(graph: &Graph, name: Name) -> bool {
    OPEN_TO_ALL.contains(&graph.names.get(name))
}

/// The nodes of types that may stand behind all of these traits.
pub(crate) fn candidates(graph: &Graph, index: &mut Index, bounds: &[Bound]) -> Vec<u32> {
    let mut common: Option<Vec<u32>> = None;
    let mut needed = Vec::new();
    for bound in bounds {
        let (blocks, mut types) = match bound {
            Bound::Ours(node) => {
                (index.of_trait.get(node).cloned().unwrap_or_default(), Vec::new())
            }
            Bound::Foreign(name) => {
                if is_open_to_all(graph, *name) {
                    continue;
                }
                let text = graph.names.get(*name);
                let mut name = *name;
                if text == "DeserializeOwned" {
                    let Some(plain) = graph.names.find("Deserialize") else { continue };
                    name = plain;
                }
                let mut blocks = index.of_foreign.get(&name).cloned().unwrap_or_default();
                let implied = match text {
                    "ToString" => graph.names.find("Display"),
                    "IntoIterator" => graph.names.find("Iterator"),
                    _ => None,
                };
                blocks.extend(
                    implied.and_then(|name| index.of_foreign.get(&name)).into_iter().flatten(),
                );
                (blocks, index.deriving(graph, name))
            }
        };
        let blanket = blocks.iter().any(|block| index.is_blanket[*block as usize]);
        for block in blocks {
            let entry = &graph.impls[block as usize];
            types.extend(&entry.self_types);
            needed.push((entry.self_types.clone(), entry.gates.clone(), entry.node));
        }
        // A trait that anything may have by a blanket block or a macro narrows nothing.
        let is_for_all = match bound {
            Bound::Ours(node) => {
                index.in_macros.contains(&graph.nodes[*node as usize].name) || blanket
            }
            Bound::Foreign(name) => index.in_macros.contains(name) || blanket,
        };
        if is_for_all && bounds.len() > 1 {
            continue;
        }
        common = Some(match common {
            None => types,
            Some(before) => before.into_iter().filter(|one| types.contains(one)).collect(),
        });
    }
    let mut found = common.unwrap_or_default();
    for (self_types, gates, node) in needed {
        if self_types.iter().any(|one| found.contains(one)) {
            found.extend(gates);
            found.push(node);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
