//! Whether what a method is called on is from elsewhere, as far as it is declared.

use crate::edges::{Finder, Scope};
use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Source};
use crate::lexer::{Shape, Token};
use crate::locals::end_of_type;
use crate::mentions::Receiver;
use crate::names::{Name, word};
use crate::reader::mentions;
use crate::resolve::Meaning;

impl Finder<'_> {
    /// Whether what a method is called on is from elsewhere, with all that it holds.
    pub(crate) fn is_foreign(
        &mut self,
        receiver: Receiver,
        source: u32,
        scope: &Scope<'_>,
    ) -> bool {
        match receiver {
            Receiver::Type(start, end) => self.is_foreign_type(source, start, end, scope),
            Receiver::Collection(name) => {
                let found =
                    self.graph.resolve_word(self.lookups, scope.module, name, scope.imports);
                !scope.own.contains(&name) && found.is_empty()
            }
            Receiver::Field(field) => {
                let mut known = false;
                for node in scope.self_types.clone() {
                    let Some((source, module, start, end)) = self.field(node, field) else {
                        continue;
                    };
                    let parameters = self.parameters_of(node);
                    let krate = self.graph.modules[module as usize].krate;
                    let inside = Scope { module, krate, parameters, ..Scope::outside(&[]) };
                    if !self.is_foreign_type(source, start, end, &inside) {
                        return false;
                    }
                    known = true;
                }
                known
            }
        }
    }

    /// Where the type of a field is stated: source, module, and positions.
    pub(crate) fn field(&self, node: u32, field: Name) -> Option<(u32, u32, usize, usize)> {
        let entry = &self.graph.nodes[node as usize];
        let Content::Tokens { source, body: Some(body), .. } = entry.content else {
            return None;
        };
        if entry.kind != Kind::Type {
            return None;
        }
        let tokens = &self.graph.sources[source as usize].tokens;
        let (mut at, close) = (body as usize + 1, tokens[body as usize].data as usize);
        while at + 1 < close {
            if tokens[at].is_word(field) && tokens[at + 1].is_punct(b':') {
                return Some((source, entry.module, at + 2, end_of_type(tokens, at + 2, close)));
            }
            at = if tokens[at].shape == Shape::Open { tokens[at].data as usize } else { at } + 1;
        }
        None
    }

    /// Whether nothing of ours is named in a type, nor a parameter.
    pub(crate) fn is_foreign_type(
        &mut self,
        source: u32,
        start: usize,
        end: usize,
        scope: &Scope<'_>,
    ) -> bool {
        let Graph { sources, names, .. } = &mut *self.graph;
        let Source { text, tokens, .. } = &sources[source as usize];
        let is_unclear = |token: &Token| {
            // A name of a letter or two is that of a parameter, perhaps of a function in a body.
            let is_short = token.shape == Shape::Word && token.end - token.start <= 2;
            token.is_punct(b'$')
                || token.is_punct(b'!')
                || token.is_word(word::SELF_TYPE)
                || token.is_word(word::IMPL)
                || (is_short && token.first.is_ascii_uppercase())
        };
        if start >= end || tokens[start..end].iter().any(is_unclear) {
            return false;
        }
        let found = mentions(text, tokens, start, end, names);
        let is_own = |name: &Name| scope.parameters.contains(name) || scope.own.contains(name);
        if found.words.iter().any(is_own)
            || found.paths.iter().any(|path| is_own(&path.segments[0]))
        {
            return false;
        }
        let is_foreign = |meanings: Vec<Meaning>| {
            meanings.iter().all(|meaning| matches!(meaning, Meaning::Nodes(_)))
        };
        found.words.iter().all(|name| {
            is_foreign(self.graph.resolve_word(self.lookups, scope.module, *name, scope.imports))
        }) && found.paths.iter().all(|path| {
            is_foreign(self.graph.resolve(self.lookups, scope.module, path, scope.imports))
        })
    }
}
