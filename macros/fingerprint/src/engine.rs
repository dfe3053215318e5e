//! The engine: sources in, fingerprints out.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::compilation::Compilation;
use crate::edges::{Finder, Known};
use crate::fingerprint::{Fingerprint, Kind, Part, shared};
use crate::graph::{Content, Graph};
use crate::index::Index;
use crate::lexer::Shape;
use crate::names::{number, word};
use crate::packages::Packages;
use crate::quick::Map;
use crate::reach::{Reach, Start};
use crate::resolve::Lookups;

/// The sources of one compilation, read once.
#[derive(Debug)]
pub struct Engine {
    pub(crate) graph: Graph,
    pub(crate) lookups: Lookups,
    pub(crate) index: Index,
    pub(crate) known: Known,
    pub(crate) reach: Reach,
    pub(crate) directory: PathBuf,
    pub(crate) editions: Vec<u32>,
    pub(crate) doubts: Map<u32, u32>,
    /// The nodes of code that were there from the beginning, by path, kind and content.
    pub(crate) ranked: Vec<u32>,
    /// The position of each among them.
    pub(crate) ranks: Vec<u32>,
    /// How much the path of each, by position, shares with that of the one before it.
    pub(crate) shared: Vec<u32>,
    /// Nodes by source, those of the crate that is compiled.
    pub(crate) in_source: Map<u32, Vec<u32>>,
    /// Sources by the paths that the compiler gave.
    pub(crate) files: HashMap<PathBuf, Vec<u32>>,
    /// The line of each source, and where it begins, up to which places were looked for.
    pub(crate) lines_until: Map<u32, (usize, usize)>,
    /// The positions of nodes among the parts of the fingerprint that is being made.
    pub(crate) positions: Vec<u32>,
    /// The digests of nodes with what their names mean, as far as they were asked for.
    pub(crate) digests: Vec<Option<[u8; 32]>>,
    /// The detail of code.
    pub(crate) nothing: Rc<str>,
}

/// A function as the attribute sees it.
#[derive(Debug, Clone, Copy)]
pub struct Root<'a> {
    /// The file in which the attribute stands, as the compiler calls it.
    pub file: &'a Path,
    /// The line of the attribute, from one.
    pub line: usize,
    /// Its column, from one.
    pub column: usize,
    /// The text of what it stands on: a function, or an `impl` block.
    pub source: &'a str,
    /// The method that is meant, where it stands on an `impl` block.
    pub method: Option<&'a str>,
    /// More paths that the function reaches, as its author says.
    pub reaches: &'a [String],
}

/// A function in the sources of the crate that is compiled.
#[derive(Debug, Clone)]
pub struct Found {
    /// `crate::module::function`, `crate::module::Type::method`, with the name of the crate.
    pub path: String,
    /// The file it stands in.
    pub file: PathBuf,
    /// The lines it takes there, from one, its attributes included.
    pub lines: RangeInclusive<usize>,
    /// Whether it has the attribute `#[cache]`.
    pub marked: bool,
    node: u32,
}

impl Engine {
    /// Reads the sources of a compilation.
    ///
    /// Where it cannot be told what they are, there is no fingerprint for any function.
    pub fn new(compilation: &Compilation) -> Self {
        let packages = Packages::read(compilation);
        let (mut graph, leaf_edges, editions) = match packages {
            Some(Packages { graph, leaf_edges, editions }) => (graph, leaf_edges, editions),
            None => (Graph::new(), Vec::new(), Vec::new()),
        };
        let mut lookups = Lookups::default();
        let index = Index::new(&mut graph, &mut lookups);
        let mut engine = Self {
            graph,
            lookups,
            index,
            known: Known::default(),
            reach: Reach::default(),
            directory: compilation.directory.clone(),
            editions,
            doubts: Map::default(),
            ranked: Vec::new(),
            ranks: Vec::new(),
            shared: Vec::new(),
            in_source: Map::default(),
            files: HashMap::new(),
            lines_until: Map::default(),
            positions: Vec::new(),
            digests: Vec::new(),
            nothing: Rc::from(""),
        };
        for (leaf, edges) in leaf_edges {
            engine.finder().set(leaf, edges);
        }
        engine.rank();
        engine
    }

    /// The fingerprint of a function that the attribute stands on; `None` where it is not found in
    /// the sources, as it is where a macro wrote it.
    pub fn fingerprint(&mut self, root: &Root<'_>) -> Option<Fingerprint> {
        let (source, token) = self.place(root)?;
        let around = self.node_at(source, token)?;
        let roots = self.roots(root, source, token, around);
        (!roots.is_empty()).then(|| self.of(roots, root.reaches))
    }

    /// Every function of the crate that is compiled, in the order of the sources.
    pub fn functions(&mut self) -> Vec<Found> {
        let mut found = Vec::new();
        for node in 0..number(self.graph.nodes.len()) {
            let entry = &self.graph.nodes[node as usize];
            if entry.kind != Kind::Function || self.graph.krate(node) != 0 {
                continue;
            }
            if let Some((file, lines)) = self.lines(node) {
                let marked = self.is_marked(node);
                found.push(Found { path: entry.path.to_string(), file, lines, marked, node });
            }
        }
        found
    }

    /// The fingerprint of a function in the sources.
    pub fn fingerprint_of(&mut self, found: &Found) -> Option<Fingerprint> {
        ((found.node as usize) < self.graph.nodes.len()).then(|| self.of(vec![found.node], &[]))
    }

    /// How many packages, modules, files and pieces of code were read.
    pub fn extent(&self) -> [usize; 4] {
        [
            self.graph.crates.len(),
            self.graph.modules.len(),
            self.graph.sources.len(),
            self.graph.nodes.len(),
        ]
    }

    pub(crate) fn finder(&mut self) -> Finder<'_> {
        let Self { graph, lookups, index, known, .. } = self;
        Finder { graph, lookups, index, known }
    }

    /// Puts the nodes of code into an order that does not depend on that of the sources.
    fn rank(&mut self) {
        let count = number(self.graph.nodes.len());
        let mut ranked: Vec<u32> = (0..count)
            .filter(|node| {
                matches!(self.graph.nodes[*node as usize].content, Content::Tokens { .. })
            })
            .collect();
        let nodes = &self.graph.nodes;
        ranked.sort_by(|one, other| {
            let (one, other) = (&nodes[*one as usize], &nodes[*other as usize]);
            one.path.cmp(&other.path).then(one.kind.cmp(&other.kind))
        });
        let is_same = |one: u32, other: u32| {
            let (one, other) = (&nodes[one as usize], &nodes[other as usize]);
            one.path == other.path && one.kind == other.kind
        };
        // Those of one path, as where conditions choose between them, by content.
        let mut ties = Vec::new();
        let mut start = 0;
        for end in 1..=ranked.len() {
            if end == ranked.len() || !is_same(ranked[start], ranked[end]) {
                if end - start > 1 {
                    ties.push(start..end);
                }
                start = end;
            }
        }
        for tie in ties {
            let mut nodes: Vec<([u8; 32], u32)> =
                ranked[tie.clone()].iter().map(|node| (self.graph.digest(*node), *node)).collect();
            nodes.sort_unstable();
            for (place, (_, node)) in tie.zip(nodes) {
                ranked[place] = node;
            }
        }
        self.ranks = vec![u32::MAX; count as usize];
        for (rank, node) in ranked.iter().enumerate() {
            self.ranks[*node as usize] = number(rank);
        }
        self.shared = vec![0; ranked.len()];
        for position in 1..ranked.len() {
            let nodes = &self.graph.nodes;
            let path = |position: usize| nodes[ranked[position] as usize].path.as_bytes();
            self.shared[position] = number(shared(path(position - 1), path(position)));
        }
        self.ranked = ranked;
        for node in 0..count {
            if let Content::Tokens { source, .. } = self.graph.nodes[node as usize].content
                && self.graph.krate(node) == 0
            {
                self.in_source.entry(source).or_default().push(node);
            }
        }
    }

    /// The fingerprint of roots that are one function.
    fn of(&mut self, roots: Vec<u32>, reaches: &[String]) -> Fingerprint {
        let mut start = Start { extra: Vec::new(), roots };
        let mut missing = Vec::new();
        for root in start.roots.clone() {
            let opened = self.opened(root);
            start.extra.extend(opened);
        }
        let module = self.graph.nodes[start.roots[0] as usize].module;
        for path in reaches {
            let nodes = self.named(module, path);
            if nodes.is_empty() {
                missing.push(path.clone());
            }
            start.extra.extend(nodes);
        }
        let Self { graph, lookups, index, known, reach, .. } = self;
        reach.run(graph, lookups, index, known, &start);
        self.gather(&start.roots, missing)
    }

    /// The file and the lines of a node of code.
    fn lines(&self, node: u32) -> Option<(PathBuf, RangeInclusive<usize>)> {
        let Content::Tokens { source, start, end, .. } = self.graph.nodes[node as usize].content
        else {
            return None;
        };
        let source = &self.graph.sources[source as usize];
        let first = source.tokens.get(start as usize)?.start as usize;
        let last = source.tokens.get((end as usize).checked_sub(1)?)?.end as usize;
        let line = |at: usize| 1 + source.text[..at].matches('\n').count();
        Some((source.path.clone(), line(first)..=line(last)))
    }

    /// The file and the lines, from one, of a part that is code.
    pub fn place_of(&self, part: &Part) -> Option<(PathBuf, RangeInclusive<usize>)> {
        self.lines(part.node)
    }

    fn is_marked(&self, node: u32) -> bool {
        let Content::Tokens { source, start, head, .. } = self.graph.nodes[node as usize].content
        else {
            return false;
        };
        let tokens = &self.graph.sources[source as usize].tokens[start as usize..head as usize];
        tokens.windows(2).any(|pair| {
            pair[0].is_word(word::CACHE) && (pair[1].is_open(b'(') || pair[1].shape == Shape::Close)
        })
    }
}
