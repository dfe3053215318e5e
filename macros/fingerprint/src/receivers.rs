//! Whether what a method is called on is from elsewhere, as far as it is declared.

use crate::edges::Finder;
use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Owner, Source};
use crate::imports::is_separator;
use crate::lexer::{Shape, Token, behind};
use crate::locals::end_of_type;
use crate::mentions::{PRIMITIVES, Receiver};
use crate::names::{Name, word};
use crate::reader::mentions;
use crate::resolve::Meaning;
use crate::scope::Scope;

/// Types of the standard library that need no import, or are imported under their own names.
const WELL_KNOWN: [&str; 20] = [
    "Vec",
    "VecDeque",
    "String",
    "Option",
    "Result",
    "Box",
    "Rc",
    "Arc",
    "Cow",
    "RefCell",
    "Cell",
    "Mutex",
    "RwLock",
    "BTreeMap",
    "BTreeSet",
    "HashMap",
    "HashSet",
    "BinaryHeap",
    "Path",
    "PathBuf",
];

impl Finder<'_> {
    /// Whether what a method is called on is from elsewhere, with all that it holds.
    pub(crate) fn is_foreign(
        &mut self,
        receiver: Receiver,
        passed: &[Name],
        source: u32,
        scope: &Scope<'_>,
    ) -> bool {
        // A trait of ours may have a method of the name that leads elsewhere.
        let is_ours = |name: &Name| {
            self.index.members(*name).iter().any(|member| match member.of {
                Owner::Impl(block) => {
                    self.index.is_foreign[block as usize] || self.index.is_blanket[block as usize]
                }
                _ => true,
            })
        };
        if passed.iter().any(is_ours) {
            return false;
        }
        match receiver {
            Receiver::Type(start, end) => self.is_foreign_type(source, start, end, scope),
            Receiver::Collection(name) => {
                let found =
                    self.graph.resolve_word(self.lookups, scope.module, name, scope.imports);
                !scope.is_own(name) && found.is_empty()
            }
            Receiver::Field(field) => {
                let mut known = false;
                for node in scope.self_types.clone() {
                    for (source, module, start, end) in self.fields(node, field) {
                        let parameters = self.parameters_of(node);
                        let krate = self.graph.modules[module as usize].krate;
                        let inside = Scope { module, krate, parameters, ..Scope::outside(&[]) };
                        if !self.is_foreign_type(source, start, end, &inside) {
                            return false;
                        }
                        known = true;
                    }
                }
                known
            }
        }
    }

    /// Where the types of the fields of a name are stated: source, module, and positions. There may be
    /// several, where conditions choose between them.
    fn fields(&self, node: u32, field: Name) -> Vec<(u32, u32, usize, usize)> {
        let entry = &self.graph.nodes[node as usize];
        let mut found = Vec::new();
        let Content::Tokens { source, body: Some(body), .. } = entry.content else {
            return found;
        };
        if entry.kind != Kind::Type {
            return found;
        }
        let tokens = &self.graph.sources[source as usize].tokens;
        let (mut at, close) = (body as usize + 1, tokens[body as usize].data as usize);
        while at + 1 < close {
            let is_field = tokens[at + 1].is_punct(b':') && !is_separator(tokens, at + 1, close);
            if tokens[at].is_word(field) && is_field {
                let end = end_of_type(tokens, at + 2, close);
                found.push((source, entry.module, at + 2, end));
            }
            at = behind(tokens, at);
        }
        found
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
                || token.is_word(word::UNDERSCORE)
                || token.is_word(word::SELF_TYPE)
                || token.is_word(word::IMPL)
                || (is_short && token.first.is_ascii_uppercase())
        };
        if start >= end || tokens[start..end].iter().any(is_unclear) {
            return false;
        }
        let found = mentions(text, tokens, start, end, names);
        // In a body with items, a name may be that of a parameter of one of them.
        let is_unknown = |name: &Name| {
            let text = self.graph.names.get(*name);
            !PRIMITIVES.contains(&text) && !WELL_KNOWN.contains(&text)
        };
        if !scope.defined.is_empty() && found.words.iter().any(is_unknown) {
            return false;
        }
        let is_own = |name: &Name| scope.parameters.contains(name) || scope.is_own(*name);
        if found.words.iter().any(is_own)
            || found.paths.iter().any(|path| is_own(&path.segments[0]))
        {
            return false;
        }
        let is_foreign = |meanings: &[Meaning]| {
            meanings.iter().all(|meaning| matches!(meaning, Meaning::Nodes(_)))
        };
        found.words.iter().all(|name| {
            is_foreign(&self.graph.resolve_word(self.lookups, scope.module, *name, scope.imports))
        }) && found.paths.iter().all(|path| {
            is_foreign(&self.graph.resolve(self.lookups, scope.module, path, scope.imports))
        })
    }
}
