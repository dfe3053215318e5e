//! The types and traits that are named between two positions, as in the head of an `impl` block.

use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Source};
use crate::lexer::Shape;
use crate::mentions::{Path, Start};
use crate::names::{Name, word};
use crate::reader::mentions;
use crate::resolve::{Lookups, Meaning};

/// The types and traits of ours that are named between two positions, apart from parameters.
/// Aliases stand for what they name.
pub(crate) fn types(
    graph: &mut Graph,
    lookups: &mut Lookups,
    module: u32,
    source: usize,
    (start, end): (usize, usize),
    parameters: &[Name],
) -> Vec<u32> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    types_into(graph, lookups, module, source, (start, end), parameters, &mut found, &mut seen);
    found.sort_unstable();
    found.dedup();
    found
}

#[expect(
    clippy::too_many_arguments,
    reason = "the walk through aliases carries what the first call was given"
)]
fn types_into(
    graph: &mut Graph,
    lookups: &mut Lookups,
    module: u32,
    source: usize,
    (start, end): (usize, usize),
    parameters: &[Name],
    found: &mut Vec<u32>,
    seen: &mut Vec<u32>,
) {
    let Graph { sources, names, .. } = graph;
    let read = mentions(&sources[source].text, &sources[source].tokens, start, end, names);
    let mut meanings = Vec::new();
    for name in read.words.iter().filter(|name| !parameters.contains(name)) {
        meanings.extend(graph.resolve_word(lookups, module, *name, &[]).iter().cloned());
    }
    for path in &read.paths {
        meanings.extend(graph.resolve(lookups, module, path, &[]));
    }
    for meaning in meanings {
        let (Meaning::Node(node) | Meaning::Member(node, _)) = meaning else { continue };
        match graph.nodes[node as usize].kind {
            Kind::Type | Kind::Trait => found.push(node),
            Kind::Alias if !seen.contains(&node) => {
                seen.push(node);
                let module = graph.nodes[node as usize].module;
                if let Content::Tokens { source, head, end, .. } =
                    graph.nodes[node as usize].content
                {
                    // Behind `type Name`, so that it is not its own name that is found.
                    let range = (head as usize + 2, end as usize);
                    types_into(graph, lookups, module, source as usize, range, &[], found, seen);
                }
            }
            _ => {}
        }
    }
}

/// What the path between two positions leads to, its arguments left out.
pub(crate) fn path_in(
    graph: &mut Graph,
    lookups: &mut Lookups,
    module: u32,
    source: usize,
    (start, end): (usize, usize),
) -> Vec<u32> {
    let Source { tokens, .. } = &graph.sources[source];
    let mut stop = start;
    while stop < end && !tokens[stop].is_punct(b'<') && tokens[stop].shape != Shape::Open {
        stop += 1;
    }
    types(graph, lookups, module, source, (start, stop), &[])
}

/// The types of ours in the heads of the `impl` blocks that macros write, and whether each head has
/// one.
pub(crate) fn heads_in_macros(
    graph: &mut Graph,
    lookups: &mut Lookups,
    module: u32,
    path: &Path,
) -> (Vec<u32>, bool) {
    let (mut all, mut all_have) = (Vec::new(), true);
    for definition in graph.resolve_macro(lookups, module, path, &[]) {
        let entry = &graph.nodes[definition as usize];
        let of = entry.module;
        let Content::Tokens { source, start, end, .. } = entry.content else { continue };
        let (source, end) = (source as usize, end as usize);
        for at in start as usize..end {
            let tokens = &graph.sources[source].tokens;
            if !tokens[at].is_word(word::IMPL) {
                continue;
            }
            let stop = (at..end).find(|one| tokens[*one].is_open(b'{')).unwrap_or(end);
            let mut found = types(graph, lookups, of, source, (at + 1, stop), &[]);
            found.retain(|node| graph.nodes[*node as usize].kind == Kind::Type);
            all_have &= !found.is_empty();
            all.extend(found);
        }
    }
    all.sort_unstable();
    all.dedup();
    let any = !all.is_empty();
    (all, any && all_have)
}

/// Whether the outermost type between two positions is from elsewhere: `Vec<…>`, `(…)`, `[…]`.
pub(crate) fn is_foreign(
    graph: &mut Graph,
    lookups: &mut Lookups,
    module: u32,
    source: usize,
    (start, end): (usize, usize),
) -> bool {
    let tokens = &graph.sources[source].tokens[start..end];
    let first = tokens.iter().position(|token| {
        (token.shape == Shape::Word && !matches!(token.data, word::MUT | word::DYN))
            || token.shape == Shape::Open
            || token.is_punct(b'<')
    });
    let Some(first) = first.filter(|first| tokens[*first].shape == Shape::Word) else {
        return tokens.iter().any(|token| token.shape == Shape::Open);
    };
    let path = tokens[first..]
        .iter()
        .take_while(|token| token.shape == Shape::Word || token.is_punct(b':'));
    let segments =
        path.filter(|token| token.shape == Shape::Word).map(|token| token.data).collect();
    let path = Path { start: Start::Here, segments };
    let found = graph.resolve(lookups, module, &path, &[]);
    // An alias may stand for something from elsewhere.
    found.iter().all(|meaning| match meaning {
        Meaning::Nodes(_) => true,
        Meaning::Node(node) => graph.nodes[*node as usize].kind == Kind::Alias,
        Meaning::Module(_) | Meaning::Member(..) => false,
    })
}

/// The name of a trait from elsewhere.
pub(crate) fn last_word(graph: &Graph, source: usize, (start, end): (usize, usize)) -> Name {
    let tokens = &graph.sources[source].tokens[start..end];
    let path =
        tokens.iter().take_while(|token| !token.is_punct(b'<') && token.shape != Shape::Open);
    path.filter(|token| token.shape == Shape::Word)
        .last()
        .map_or(word::UNDERSCORE, |token| token.data)
}
