//! Where a root stands in the sources, and its node: its text as the compiler has it, in the place
//! where the sources have it.

use std::path::Path;
use std::rc::Rc;

use crate::engine::{Engine, Root};
use crate::fingerprint::Kind;
use crate::graph::{Content, Node, Owner};
use crate::items::{Item, ItemKind, items};
use crate::names::number;

impl Engine {
    /// The source and the token at which the attribute of a root stands.
    pub(crate) fn place(&mut self, root: &Root<'_>) -> Option<(u32, u32)> {
        let path = self.directory.join(root.file);
        let sources = self.sources_of(&path);
        sources.into_iter().find_map(|source| {
            let entry = &self.graph.sources[source as usize];
            // Functions come one after the other, so that no line is counted for each of them.
            let before = self.lines_until.get(&source).copied();
            let before = before.filter(|(line, _)| *line <= root.line).unwrap_or((1, 0));
            let start = start_of(&entry.text, root.line, before)?;
            self.lines_until.insert(source, (root.line, start));
            let offset = offset(&entry.text, start, root.column);
            let token = entry.tokens.partition_point(|token| token.end <= offset);
            (token < entry.tokens.len()).then(|| (source, number(token)))
        })
    }

    fn sources_of(&mut self, path: &Path) -> Vec<u32> {
        if let Some(known) = self.files.get(path) {
            return known.clone();
        }
        // The compiler mostly says what the sources say, and then links need not be followed.
        let mut sources: Vec<u32> = self.in_source.keys().copied().collect();
        sources.retain(|source| {
            self.graph.sources[*source as usize].path.as_os_str() == path.as_os_str()
        });
        if sources.is_empty() {
            let wanted = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            sources.extend(self.in_source.keys().filter(|source| {
                let own = &self.graph.sources[**source as usize].path;
                own.file_name() == wanted.file_name()
                    && own.canonicalize().is_ok_and(|own| own == wanted)
            }));
        }
        sources.sort_unstable();
        self.files.insert(path.to_owned(), sources.clone());
        sources
    }

    /// The smallest node that contains a token.
    pub(crate) fn node_at(&self, source: u32, token: u32) -> Option<u32> {
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
    pub(crate) fn roots(
        &mut self,
        root: &Root<'_>,
        source: u32,
        token: u32,
        around: u32,
    ) -> Vec<u32> {
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
        // As the node in the sources is called, unless that is in the body of a function.
        let shown = match (is_inside, owner) {
            (true, _) => None,
            (false, Owner::Impl(block)) => {
                let members = &self.graph.impls[block as usize].members;
                let own =
                    members.iter().find(|(name, _)| found.iter().any(|item| item.name == *name));
                own.map(|(_, node)| Rc::clone(&self.graph.nodes[*node as usize].path))
            }
            _ => Some(Rc::clone(&self.graph.nodes[around as usize].path)),
        };
        let add = |item: Item| {
            let name = self.graph.names.get(item.name);
            let path = shown.clone().unwrap_or_else(|| {
                format!("{}::{name}", self.graph.modules[module as usize].path).into()
            });
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
}

/// The byte at which a line begins, which is not before the one that is given with its beginning.
fn start_of(text: &str, line: usize, before: (usize, usize)) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut start) = before;
    // With an index, as this runs unoptimised and reads whole files.
    let mut next = start;
    while at < line {
        if next >= bytes.len() {
            return None;
        }
        if bytes[next] == b'\n' {
            at += 1;
            start = next + 1;
        }
        next += 1;
    }
    Some(start)
}

/// The byte at which a column, from one, of the line that begins at `start` stands.
fn offset(text: &str, start: usize, column: usize) -> u32 {
    let line = text[start..].lines().next().unwrap_or_default();
    let inside = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    number(start + inside)
}
