//! Which macros a path stands for. Those of a crate are found by their names alone, in whatever order
//! they are defined.

use crate::fingerprint::Kind;
use crate::graph::{Extern, Graph, key};
use crate::imports::Import;
use crate::mentions::{PLAIN_MACROS, Path, Start};
use crate::resolve::{Lookups, Meaning};

impl Graph {
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
                let is_standard = PLAIN_MACROS.contains(&self.names.get(name));
                let found: Vec<u32> = found
                    .iter()
                    .copied()
                    .filter(|node| !is_standard || self.is_in_sight(*node, module))
                    .collect();
                if !found.is_empty() {
                    return found;
                }
            }
            let found = self.resolve_word(lookups, module, name, imports);
            let found = macros(self, &found);
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
        macros(self, &found)
    }

    /// Whether a macro is defined in a module, in one around it, or directly beside those.
    fn is_in_sight(&self, definition: u32, module: u32) -> bool {
        let place = self.nodes[definition as usize].module;
        let beside = self.modules[place as usize].parent;
        let mut around = Some(module);
        while let Some(module) = around {
            if module == place || Some(module) == beside {
                return true;
            }
            around = self.modules[module as usize].parent;
        }
        false
    }
}

/// The macros among the meanings, and nodes that stand for what is not read.
fn macros(graph: &Graph, found: &[Meaning]) -> Vec<u32> {
    let mut nodes = Vec::new();
    for meaning in found {
        match meaning {
            Meaning::Node(node) => {
                let kind = graph.nodes[*node as usize].kind;
                nodes.extend(matches!(kind, Kind::Macro | Kind::MacroCall).then_some(*node));
            }
            Meaning::Nodes(all) => nodes.extend(all),
            Meaning::Member(..) | Meaning::Module(_) => {}
        }
    }
    nodes
}
