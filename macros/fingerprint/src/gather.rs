//! What was reached, as the parts of a fingerprint.

use std::rc::Rc;

use crate::digest::Encoder;
use crate::engine::Engine;
use crate::fingerprint::{Fingerprint, Kind, Part};
use crate::graph::{Content, Node};
use crate::leaves::nonce;
use crate::names::number;
use crate::quick::Map;

impl Engine {
    /// The parts of what was reached from `roots`, which are one function.
    pub(crate) fn gather(&mut self, roots: &[u32], missing: Vec<String>) -> Fingerprint {
        let again = self.met_again(roots);
        let (code, others, cfgs) = self.sorted_out(&again);
        let all = self.merged(code, others);
        if self.positions.len() < self.graph.nodes.len() {
            self.positions.resize(self.graph.nodes.len(), 0);
        }
        for (position, node) in all.iter().enumerate() {
            self.positions[*node as usize] = number(position);
        }
        let mut encoder = Encoder::default();
        let mut parts = Vec::with_capacity(all.len());
        let mut before = u32::MAX;
        for node in all {
            let is_root = roots.contains(&node);
            let digest = if is_root {
                let text = self.own_digest(node);
                self.with_meaning(node, text)
            } else {
                self.whole_digest(node)
            };
            encoder.text(b'n', &digest);
            let entry = &self.graph.nodes[node as usize];
            let detail = match &entry.content {
                Content::Leaf { detail, .. } => Rc::clone(detail),
                Content::Tokens { .. } => Rc::clone(&self.nothing),
            };
            let rank = self.rank_of(node);
            let shared = self.shared_since(before, rank);
            before = rank;
            let start = [digest[0], digest[1], digest[2], digest[3]];
            parts.push(Part {
                kind: entry.kind,
                path: Rc::clone(&entry.path),
                digest: u32::from_le_bytes(start),
                detail,
                via: if is_root { None } else { self.via(roots[0], &again, node) },
                is_root,
                shared,
                node,
            });
        }
        Fingerprint { digest: encoder.finish(), parts, cfgs, missing }
    }

    /// The digest of a node that is no root, found once.
    fn whole_digest(&mut self, node: u32) -> [u8; 32] {
        let index = node as usize;
        if self.digests.len() <= index {
            self.digests.resize(self.graph.nodes.len(), None);
        }
        let digests: &[Option<[u8; 32]>] = &self.digests;
        if let Some(digest) = digests[index] {
            return digest;
        }
        let text = self.graph.digest(node);
        let digest = self.with_meaning(node, text);
        self.digests[index] = Some(digest);
        digest
    }

    /// The digest of a node's text with that of what its names mean.
    fn with_meaning(&mut self, node: u32, text: [u8; 32]) -> [u8; 32] {
        let Some(meaning) = self.known.meaning(node) else {
            return text;
        };
        let mut encoder = Encoder::default();
        encoder.text(b't', &text);
        encoder.text(b'm', &meaning);
        encoder.finish()
    }

    /// The rank of a node; the greatest number for one that has none.
    fn rank_of(&self, node: u32) -> u32 {
        let ranks: &[u32] = &self.ranks;
        if (node as usize) < ranks.len() { ranks[node as usize] } else { u32::MAX }
    }

    /// How much the paths of two nodes share, which follow each other, if both have a rank: the least
    /// that two neighbours between them do.
    fn shared_since(&self, before: u32, rank: u32) -> Option<u32> {
        if before == u32::MAX || rank == u32::MAX || before >= rank {
            return None;
        }
        let shared: &[u32] = &self.shared;
        let (mut position, end) = (before as usize + 1, rank as usize);
        let mut common = shared[position];
        while position < end {
            position += 1;
            common = common.min(shared[position]);
        }
        Some(common)
    }

    /// What was reached: code in the order of its ranks, all other nodes, and the conditions that
    /// only the compiler can evaluate.
    fn sorted_out(&mut self, again: &[u32]) -> (Vec<u32>, Vec<u32>, Vec<String>) {
        let (mut code, mut others, mut cfgs) = (Vec::new(), Vec::new(), Vec::new());
        for node in &self.reach.order {
            let entry = &self.graph.nodes[*node as usize];
            match &entry.content {
                Content::Leaf { detail, .. } if entry.kind == Kind::Cfg && detail.is_empty() => {
                    cfgs.push(entry.path.to_string());
                }
                Content::Tokens { .. } if self.rank_of(*node) != u32::MAX => {
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
        if !again.is_empty() {
            code.retain(|node| !again.contains(node));
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
    fn via(&self, root: u32, again: &[u32], node: u32) -> Option<usize> {
        if !self.reach.has(node) {
            return None;
        }
        let via = self.reach.via(node);
        let via = if again.contains(&via) { root } else { via };
        let positions: &[u32] = &self.positions;
        Some(positions[via as usize] as usize)
    }

    /// What is in the sources what a root is in the compiler, and is reached from it: the text that the
    /// compiler has stands for it.
    fn met_again(&self, roots: &[u32]) -> Vec<u32> {
        let nodes: &[Node] = &self.graph.nodes;
        let order: &[u32] = &self.reach.order;
        let mut again = Vec::new();
        for root in roots {
            let own = &nodes[*root as usize];
            let mut at = 0;
            while at < order.len() {
                let node = order[at];
                at += 1;
                let other = &nodes[node as usize];
                if other.name == own.name
                    && node != *root
                    && other.module == own.module
                    && other.kind == own.kind
                    && other.owner == own.owner
                {
                    again.push(node);
                }
            }
        }
        again
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
        let mut digests: Map<u32, [u8; 32]> = Map::default();
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
