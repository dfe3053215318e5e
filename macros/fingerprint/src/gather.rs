//! What was reached, as the parts of a fingerprint.

use std::collections::HashMap;
use std::rc::Rc;

use crate::digest::Encoder;
use crate::engine::Engine;
use crate::fingerprint::{Fingerprint, Kind, Part};
use crate::graph::Content;
use crate::leaves::nonce;
use crate::names::number;

impl Engine {
    /// The parts of what was reached from `roots`, which are one function.
    pub(crate) fn gather(&mut self, roots: &[u32], missing: Vec<String>) -> Fingerprint {
        let (code, others, cfgs) = self.sorted_out(roots);
        let all = self.merged(code, others);
        if self.positions.len() < self.graph.nodes.len() {
            self.positions.resize(self.graph.nodes.len(), 0);
        }
        for (position, node) in all.iter().enumerate() {
            self.positions[*node as usize] = number(position);
        }
        let mut encoder = Encoder::default();
        let mut parts = Vec::with_capacity(all.len());
        for node in all {
            let is_root = roots.contains(&node);
            let digest = if is_root { self.own_digest(node) } else { self.graph.digest(node) };
            encoder.text(b'n', &digest);
            let entry = &self.graph.nodes[node as usize];
            let detail = match &entry.content {
                Content::Leaf { detail, .. } => Rc::clone(detail),
                Content::Tokens { .. } => Rc::clone(&self.nothing),
            };
            let mut start = [0; 8];
            start.copy_from_slice(&digest[..8]);
            parts.push(Part {
                kind: entry.kind,
                path: Rc::clone(&entry.path),
                digest: u64::from_le_bytes(start),
                detail,
                via: if is_root { None } else { self.via(roots, node) },
                is_root,
                node,
            });
        }
        Fingerprint { digest: encoder.finish(), parts, cfgs, missing }
    }

    /// What was reached: code in the order of its ranks, all other nodes, and the conditions that
    /// only the compiler can evaluate.
    fn sorted_out(&mut self, roots: &[u32]) -> (Vec<u32>, Vec<u32>, Vec<String>) {
        let (mut code, mut others, mut cfgs) = (Vec::new(), Vec::new(), Vec::new());
        for node in &self.reach.order {
            let entry = &self.graph.nodes[*node as usize];
            match &entry.content {
                Content::Leaf { detail, .. } if entry.kind == Kind::Cfg && detail.is_empty() => {
                    cfgs.push(entry.path.to_string());
                }
                Content::Tokens { .. }
                    if self.ranks.get(*node as usize).is_some_and(|rank| *rank != u32::MAX) =>
                {
                    code.push(*node);
                }
                _ => others.push(*node),
            }
        }
        cfgs.sort();
        if code.len() * 16 < self.ranked.len() {
            code.sort_unstable_by_key(|node| self.ranks[*node as usize]);
        } else {
            code.clear();
            for node in &self.ranked {
                if self.reach.has(*node) {
                    code.push(*node);
                }
            }
        }
        for root in roots {
            // A root that is reached again from elsewhere is the text that the compiler has.
            code.retain(|node| *node == *root || !self.is_same(*root, *node));
        }
        for krate in 0..number(self.graph.crates.len()) {
            if !self.reach.has_crate(krate) {
                continue;
            }
            others.push(self.editions[krate as usize]);
            if self.graph.crates[krate as usize].in_doubt {
                others.push(self.doubt(krate));
            }
        }
        others.sort_unstable();
        others.dedup();
        (code, others, cfgs)
    }

    /// The position of the part through which a node was reached.
    fn via(&self, roots: &[u32], node: u32) -> Option<usize> {
        if !self.reach.has(node) {
            return None;
        }
        let via = self.reach.via(node);
        let root = roots.iter().find(|root| self.is_same(**root, via));
        Some(self.positions[*root.unwrap_or(&via) as usize] as usize)
    }

    /// Whether the node is, in the sources, what a root is in the compiler.
    fn is_same(&self, root: u32, node: u32) -> bool {
        let (root, node) = (&self.graph.nodes[root as usize], &self.graph.nodes[node as usize]);
        node.name == root.name
            && node.module == root.module
            && node.kind == root.kind
            && node.owner == root.owner
    }

    /// The digest of a root leaves its path out, so that a function with a name of its own can be
    /// moved.
    fn own_digest(&self, node: u32) -> [u8; 32] {
        let mut encoder = Encoder::default();
        if let Content::Tokens { source, start, end, .. } = self.graph.nodes[node as usize].content
        {
            let source = &self.graph.sources[source as usize];
            encoder.tokens(&source.text, &source.tokens, start as usize, end as usize);
        }
        encoder.finish()
    }

    /// Two lists of nodes as one, by path, kind and digest; the first is in that order.
    fn merged(&mut self, code: Vec<u32>, mut others: Vec<u32>) -> Vec<u32> {
        let mut digests: HashMap<u32, [u8; 32]> = HashMap::new();
        for node in &others {
            digests.insert(*node, self.graph.digest(*node));
        }
        let nodes = &self.graph.nodes;
        let is_before = |one: u32, other: u32| {
            let (first, second) = (&nodes[one as usize], &nodes[other as usize]);
            first.path.cmp(&second.path).then(first.kind.cmp(&second.kind))
        };
        others.sort_by(|one, other| {
            is_before(*one, *other).then_with(|| digests[one].cmp(&digests[other]))
        });
        let mut all = Vec::with_capacity(code.len() + others.len());
        let mut others = others.into_iter().peekable();
        for node in code {
            while let Some(other) = others.next_if(|other| is_before(*other, node).is_lt()) {
                all.push(other);
            }
            all.push(node);
        }
        all.extend(others);
        all
    }

    fn doubt(&mut self, krate: u32) -> u32 {
        if let Some(node) = self.doubts.get(&krate) {
            return *node;
        }
        let label = self.graph.crates[krate as usize].label.clone();
        let node = self.graph.leaf(
            Kind::Doubt,
            &format!("{label}: its sources changed after its compiler was started"),
            "",
            &nonce(),
        );
        self.doubts.insert(krate, node);
        node
    }
}
