//! The engine: sources in, fingerprints out.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::compilation::Compilation;
use crate::digest::Encoder;
use crate::edges::{Bound, Finder, Known, nonce};
use crate::fingerprint::{Fingerprint, Kind, Part};
use crate::graph::{Content, Graph, Node, Owner};
use crate::heads::{angles, bounds};
use crate::index::Index;
use crate::items::{ItemKind, items};
use crate::lexer::{Shape, lex};
use crate::mentions::{Path as NamePath, Start as PathStart, mentions};
use crate::names::{Name, number, word};
use crate::packages::Packages;
use crate::reach::{Reach, Start, candidates};
use crate::resolve::{Lookups, Meaning};

/// The sources of one compilation, read once.
#[derive(Debug)]
pub struct Engine {
    graph: Graph,
    lookups: Lookups,
    index: Index,
    known: Known,
    reach: Reach,
    directory: PathBuf,
    editions: Vec<u32>,
    doubts: HashMap<u32, u32>,
    /// The nodes of code that were there from the beginning, by path, kind and content.
    ranked: Vec<u32>,
    /// The position of each among them.
    ranks: Vec<u32>,
    /// Nodes by source, those of the crate that is compiled.
    in_source: HashMap<u32, Vec<u32>>,
    /// Sources by the paths that the compiler gave.
    files: HashMap<PathBuf, Vec<u32>>,
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
    /// `package::module::function`, `package::module::Type::method`.
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
            doubts: HashMap::new(),
            ranked: Vec::new(),
            ranks: Vec::new(),
            in_source: HashMap::new(),
            files: HashMap::new(),
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
                found.push(Found { path: entry.path.clone(), file, lines, marked, node });
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

    fn finder(&mut self) -> Finder<'_> {
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
        self.ranked = ranked;
        for node in 0..count {
            if let Content::Tokens { source, .. } = self.graph.nodes[node as usize].content
                && self.graph.krate(node) == 0
            {
                self.in_source.entry(source).or_default().push(node);
            }
        }
    }

    /// The source and the token at which the attribute of a root stands.
    fn place(&mut self, root: &Root<'_>) -> Option<(u32, u32)> {
        let path = self.directory.join(root.file);
        let sources = self.sources_of(&path);
        sources.into_iter().find_map(|source| {
            let entry = &self.graph.sources[source as usize];
            let offset = offset(&entry.text, root.line, root.column)?;
            let token = entry.tokens.partition_point(|token| token.end <= offset);
            (token < entry.tokens.len()).then(|| (source, number(token)))
        })
    }

    fn sources_of(&mut self, path: &Path) -> Vec<u32> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        let wanted = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut sources: Vec<u32> = self.in_source.keys().copied().collect();
        sources.sort_unstable();
        sources.retain(|source| {
            let own = &self.graph.sources[*source as usize].path;
            own.file_name() == wanted.file_name()
                && own.canonicalize().is_ok_and(|own| own == wanted)
        });
        self.files.insert(path.to_owned(), sources.clone());
        sources
    }

    /// The smallest node that contains a token.
    fn node_at(&self, source: u32, token: u32) -> Option<u32> {
        let nodes = self.in_source.get(&source)?;
        let length = |node: &u32| match self.graph.nodes[*node as usize].content {
            Content::Tokens { start, end, .. } if start <= token && token < end => {
                Some(end - start)
            }
            _ => None,
        };
        nodes.iter().copied().filter(|node| length(node).is_some()).min_by_key(length)
    }

    /// The nodes of a root: its text as the compiler has it, in the place where the sources have it.
    fn roots(&mut self, root: &Root<'_>, source: u32, token: u32, around: u32) -> Vec<u32> {
        let Content::Tokens { head, body, end, .. } = self.graph.nodes[around as usize].content
        else {
            return Vec::new();
        };
        let is_inside = token >= head;
        let entry = &self.graph.nodes[around as usize];
        let (kind, mut module, mut owner) = (entry.kind, entry.module, entry.owner);
        let path = self.graph.sources[source as usize].path.clone();
        match kind {
            Kind::Function | Kind::Constant if is_inside => {
                let start = body.map_or(head, |body| body + 1);
                module = self.graph.block_around(module, source, start as usize, end as usize);
                owner = Owner::Module;
            }
            Kind::Function | Kind::Impl if !is_inside => {}
            _ => return Vec::new(),
        }
        let text = self.graph.add_source(path, root.source.to_owned());
        let tokens = &self.graph.sources[text as usize].tokens;
        let Some(item) = items(tokens, 0, tokens.len()).first().copied() else {
            return Vec::new();
        };
        let mut found = match (root.method, item.kind, item.body) {
            (None, ItemKind::Function, _) => vec![item],
            (Some(_), ItemKind::Impl, Some(body)) => {
                items(tokens, body as usize + 1, tokens[body as usize].data as usize)
            }
            _ => return Vec::new(),
        };
        if let Some(method) = root.method {
            let method = self.graph.names.intern(method);
            found.retain(|item| item.kind == ItemKind::Function && item.name == method);
            let Some(block) = self.index.block_of(around) else {
                return Vec::new();
            };
            owner = Owner::Impl(block);
        } else if !is_inside && self.graph.nodes[around as usize].name != item.name {
            return Vec::new();
        }
        let shown = match root.method {
            None if is_inside => None,
            None => Some(self.graph.nodes[around as usize].path.clone()),
            Some(method) => {
                let path = &self.graph.nodes[around as usize].path;
                Some(format!("{}::{method}", path.replacen("::impl ", "::", 1)))
            }
        };
        let add = |item: crate::items::Item| {
            let name = self.graph.names.get(item.name);
            let path = shown
                .clone()
                .unwrap_or_else(|| format!("{}::{name}", self.graph.modules[module as usize].path));
            self.graph.add(Node {
                kind: Kind::Function,
                name: item.name,
                module,
                owner,
                path,
                content: Content::Tokens {
                    source: text,
                    start: item.start,
                    end: item.end,
                    head: item.head,
                    body: item.body,
                    holes: Vec::new(),
                },
            })
        };
        found.into_iter().map(add).collect()
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

    /// What a path in `reaches` leads to: modules stand for everything in them.
    fn named(&mut self, module: u32, path: &str) -> Vec<u32> {
        let tokens = lex(path, &mut self.graph.names);
        let read = mentions(path, &tokens, 0, tokens.len(), &mut self.graph.names);
        let words = read
            .words
            .iter()
            .map(|name| NamePath { start: PathStart::Here, segments: vec![*name] });
        let mut nodes = Vec::new();
        for path in words.chain(read.paths.iter().cloned()).collect::<Vec<_>>() {
            nodes.extend(self.graph.resolve_macro(&mut self.lookups, module, &path, &[]));
            for meaning in self.graph.resolve(&mut self.lookups, module, &path, &[]) {
                match meaning {
                    Meaning::Node(node) => nodes.push(node),
                    Meaning::Nodes(others) => nodes.extend(others),
                    Meaning::Module(module) => {
                        let inside = |node: &u32| self.graph.nodes[*node as usize].module == module;
                        nodes.extend(self.ranked.iter().copied().filter(inside));
                    }
                    Meaning::Member(node, name) => {
                        nodes.push(node);
                        for member in self.index.members(name) {
                            if let Owner::Impl(block) = member.of
                                && self.graph.impls[block as usize].self_types.contains(&node)
                            {
                                nodes.push(member.node);
                            } else if member.of == Owner::Trait(node) {
                                nodes.push(member.node);
                            }
                        }
                    }
                }
            }
        }
        nodes
    }

    /// The types that a root's callers may bring: those behind its type parameters, and behind
    /// trait objects among its arguments.
    fn opened(&mut self, root: u32) -> Vec<u32> {
        let mut heads = vec![root];
        match self.graph.nodes[root as usize].owner {
            Owner::Impl(block) => heads.push(self.graph.impls[block as usize].node),
            Owner::Trait(node) => heads.push(node),
            _ => {}
        }
        let mut groups: Vec<Vec<Bound>> = Vec::new();
        for node in heads {
            groups.extend(self.bounds(node));
        }
        for object in self.objects_in_arguments(root) {
            groups.push(vec![object]);
        }
        let mut found = Vec::new();
        for group in groups {
            found.extend(candidates(&self.graph, &mut self.index, &group));
        }
        found
    }

    /// The bounds in the head of a node, by parameter.
    fn bounds(&mut self, node: u32) -> Vec<Vec<Bound>> {
        let entry = &self.graph.nodes[node as usize];
        let module = entry.module;
        let Content::Tokens { source, end, head, body, .. } = entry.content else {
            return Vec::new();
        };
        let stop = body.unwrap_or(end) as usize;
        let found = bounds(&self.graph.sources[source as usize].tokens, head as usize, stop);
        let mut by_name: Vec<(Option<Name>, Vec<Bound>)> = Vec::new();
        for bounded in found {
            let mut all = Vec::new();
            for (start, end) in bounded.bounds {
                let path = self.path_at(source, start, end);
                if !path.segments.is_empty() {
                    all.extend(self.finder().bounds_of(&path, module, &[]));
                }
            }
            match by_name.iter_mut().find(|(name, _)| name.is_some() && *name == bounded.name) {
                Some((_, known)) => known.extend(all),
                None => by_name.push((bounded.name, all)),
            }
        }
        by_name.into_iter().map(|(_, bounds)| bounds).filter(|bounds| !bounds.is_empty()).collect()
    }

    /// The path between two positions, its arguments left out.
    fn path_at(&self, source: u32, start: usize, end: usize) -> NamePath {
        let tokens = &self.graph.sources[source as usize].tokens[start..end];
        let is_path =
            |token: &&crate::lexer::Token| token.shape == Shape::Word || token.is_punct(b':');
        let path = tokens.iter().take_while(is_path);
        let segments =
            path.filter(|token| token.shape == Shape::Word).map(|token| token.data).collect();
        let global = tokens.first().is_some_and(|token| token.is_punct(b':'));
        NamePath { start: if global { PathStart::Global } else { PathStart::Here }, segments }
    }

    /// The traits of trait objects among the arguments of a function, and in the types of them.
    fn objects_in_arguments(&mut self, root: u32) -> Vec<Bound> {
        let entry = &self.graph.nodes[root as usize];
        let (module, owner) = (entry.module, entry.owner);
        let Content::Tokens { source, head, body, end, .. } = entry.content else {
            return Vec::new();
        };
        let stop = body.unwrap_or(end) as usize;
        let tokens = &self.graph.sources[source as usize].tokens;
        let from = angles(tokens, head as usize, stop)
            .map_or(head as usize, |at| crate::heads::after_angles(tokens, at, stop));
        let open = (from..stop).find(|at| tokens[*at].is_open(b'('));
        let Some((open, close)) = open.map(|open| (open, tokens[open].data as usize)) else {
            return Vec::new();
        };
        let mut waiting = crate::index::types(
            &mut self.graph,
            &mut self.lookups,
            module,
            source as usize,
            (open + 1, close),
            &[],
        );
        if let Owner::Impl(block) = owner {
            waiting.extend(&self.graph.impls[block as usize].self_types);
        }
        let Graph { sources, names, .. } = &mut self.graph;
        let read = mentions(
            &sources[source as usize].text,
            &sources[source as usize].tokens,
            open + 1,
            close,
            names,
        );
        let mut found = Vec::new();
        for object in &read.objects {
            found.extend(self.finder().bounds_of(object, module, &[]));
        }
        let mut seen = waiting.clone();
        while let Some(node) = waiting.pop() {
            let edges = self.finder().edges(node);
            found.extend(edges.objects.iter().copied());
            for next in &edges.nodes {
                let is_type =
                    matches!(self.graph.nodes[*next as usize].kind, Kind::Type | Kind::Alias);
                if is_type && !seen.contains(next) {
                    seen.push(*next);
                    waiting.push(*next);
                }
            }
        }
        found
    }

    /// The parts of what was reached.
    fn gather(&mut self, roots: &[u32], missing: Vec<String>) -> Fingerprint {
        let mut code = Vec::new();
        let mut others = Vec::new();
        let mut cfgs = Vec::new();
        for node in self.reach.order.clone() {
            let entry = &self.graph.nodes[node as usize];
            match &entry.content {
                // A root that is reached again from elsewhere is the text that the compiler has.
                _ if !roots.contains(&node) && self.is_root_again(roots, node) => {}
                Content::Leaf { detail, .. } if entry.kind == Kind::Cfg && detail.is_empty() => {
                    cfgs.push(entry.path.clone());
                }
                Content::Tokens { .. }
                    if self.ranks.get(node as usize).is_some_and(|rank| *rank != u32::MAX) =>
                {
                    code.push(node);
                }
                _ => others.push(node),
            }
        }
        cfgs.sort();
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
        if code.len() * 16 < self.ranked.len() {
            code.sort_unstable_by_key(|node| self.ranks[*node as usize]);
        } else {
            code.clear();
            let reach = &self.reach;
            code.extend(self.ranked.iter().copied().filter(|node| reach.has(*node)));
            let kept: Vec<u32> = code
                .iter()
                .copied()
                .filter(|node| roots.contains(node) || !self.is_root_again(roots, *node))
                .collect();
            code = kept;
        }
        let mut all = self.merged(code, others);
        let digests: Vec<[u8; 32]> =
            all.iter().map(|node| self.part_digest(roots, *node)).collect();
        let mut encoder = Encoder::default();
        let mut parts = Vec::with_capacity(all.len());
        let mut positions: HashMap<u32, usize> = HashMap::with_capacity(all.len());
        for (position, node) in all.iter().enumerate() {
            positions.insert(*node, position);
        }
        for (node, digest) in all.drain(..).zip(&digests) {
            encoder.text(b'n', digest);
            let is_reached = self.reach.has(node) && !roots.contains(&node);
            let via = is_reached.then(|| self.reach.via(node));
            let via = via.and_then(|via| positions.get(&via).copied());
            let entry = &self.graph.nodes[node as usize];
            let detail = match &entry.content {
                Content::Leaf { detail, .. } => detail.clone(),
                Content::Tokens { .. } => String::new(),
            };
            let mut start = [0; 8];
            start.copy_from_slice(&digest[..8]);
            parts.push(Part {
                kind: entry.kind,
                path: entry.path.clone(),
                digest: u64::from_le_bytes(start),
                detail,
                via,
                is_root: roots.contains(&node),
                node,
            });
        }
        Fingerprint { digest: encoder.finish(), parts, cfgs, missing }
    }

    /// Whether the node is, in the sources, what a root is in the compiler.
    fn is_root_again(&self, roots: &[u32], node: u32) -> bool {
        let entry = &self.graph.nodes[node as usize];
        roots.iter().any(|root| {
            let root = &self.graph.nodes[*root as usize];
            entry.name == root.name
                && entry.module == root.module
                && entry.owner == root.owner
                && entry.kind == root.kind
        })
    }

    /// The digest of a part. That of the root leaves its path out, so that a function with a name
    /// of its own can be moved.
    fn part_digest(&mut self, roots: &[u32], node: u32) -> [u8; 32] {
        if !roots.contains(&node) {
            return self.graph.digest(node);
        }
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

    /// The file and the lines of a node of code.
    fn lines(&self, node: u32) -> Option<(PathBuf, RangeInclusive<usize>)> {
        let Content::Tokens { source, start, end, .. } = self.graph.nodes[node as usize].content
        else {
            return None;
        };
        let source = &self.graph.sources[source as usize];
        let first = source.tokens.get(start as usize)?.start as usize;
        let last = source.tokens.get((end as usize).checked_sub(1)?)?.end as usize;
        let line = |at: usize| {
            1 + source.text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count()
        };
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

/// The byte at which a line and a column, both from one, stand.
fn offset(text: &str, line: usize, column: usize) -> Option<u32> {
    let mut start = 0;
    for _ in 1..line {
        start += text[start..].find('\n')? + 1;
    }
    let line = text[start..].lines().next().unwrap_or_default();
    let inside = line.char_indices().nth(column.checked_sub(1)?).map_or(line.len(), |(at, _)| at);
    Some(number(start + inside))
}
