//! What the sources consist of: crates, modules, and the nodes that a fingerprint is made of.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::SystemTime;

use crate::digest::Encoder;
use crate::fingerprint::Kind;
use crate::imports::Import;
use crate::lexer::Token;
use crate::names::{Name, Names, number};
use crate::quick::Map;

/// A file, or a text that stands for one.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    pub(crate) tokens: Vec<Token>,
}

/// A crate whose sources are read.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    /// What the paths of its items begin with: its name in code.
    pub(crate) name: String,
    /// What it is called beside that: the package of a library, the name of any other crate.
    pub(crate) label: String,
    pub(crate) root: u32,
    pub(crate) edition: String,
    /// The folder of its package.
    pub(crate) folder: PathBuf,
    /// Other crates, by their names in its code.
    pub(crate) externs: Map<Name, Extern>,
    /// What a path means that begins with nothing known.
    pub(crate) unknown: Vec<u32>,
    pub(crate) conditions: Conditions,
    /// The compiler's variables, as far as they are known.
    pub(crate) variables: HashMap<String, String>,
    /// When its compiler was started.
    pub(crate) invoked: Option<SystemTime>,
    /// Whether a source is newer than that.
    pub(crate) in_doubt: bool,
    /// Whether a macro can come from a crate that is not named.
    pub(crate) uses_macros_of: Vec<Name>,
}

/// What a crate's name leads to.
#[derive(Debug, Clone)]
pub(crate) enum Extern {
    /// A crate whose sources are read.
    Crate(u32),
    /// Nodes that stand for all of it.
    Nodes(Vec<u32>),
}

/// Which conditions of `cfg` hold in a crate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    pub(crate) test: bool,
    /// Whether it is compiled for the machine on which the compiler runs.
    pub(crate) for_host: bool,
    /// Absent where the features are not known.
    pub(crate) features: Option<BTreeSet<String>>,
    /// All others that were set; absent where they are not known.
    pub(crate) others: Option<BTreeSet<String>>,
}

/// A module, or the block of a function that has items.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) krate: u32,
    pub(crate) parent: Option<u32>,
    /// Whether names that are not in it are looked for in its parent.
    pub(crate) is_block: bool,
    /// With the crate's label.
    pub(crate) path: String,
    pub(crate) imports: Vec<Import>,
    /// Macro calls that stand where items can.
    pub(crate) calls: Vec<u32>,
    /// Conditions under which it exists: one by one, and as they are written.
    pub(crate) conditions: Vec<String>,
    pub(crate) guard: String,
    /// The conditions under which imports exist, for those that have some.
    pub(crate) guarded: Vec<Guarded>,
}

/// An import that has conditions.
#[derive(Debug, Clone)]
pub(crate) struct Guarded {
    /// The position among the imports of the module.
    pub(crate) import: u32,
    pub(crate) conditions: Vec<String>,
    pub(crate) guard: Rc<str>,
}

/// What a name in a module stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    Node(u32),
    Module(u32),
    /// The position among the imports of the module.
    Import(u32),
}

/// What a node is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Module,
    Impl(u32),
    Trait(u32),
    /// The macro call that it is an argument of.
    Call(u32),
}

/// One thing that can be part of a fingerprint.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) name: Name,
    pub(crate) module: u32,
    pub(crate) owner: Owner,
    pub(crate) path: Rc<str>,
    pub(crate) content: Content,
}

/// What a node consists of.
#[derive(Debug)]
pub(crate) enum Content {
    /// Tokens of a source.
    Tokens {
        source: u32,
        start: u32,
        end: u32,
        /// Where its keyword stands.
        head: u32,
        /// Where its braces open.
        body: Option<u32>,
        /// Positions between `start` and `end` that do not belong to it: the methods of a trait or
        /// an `impl` block, which are nodes of their own.
        holes: Vec<(u32, u32)>,
    },
    /// Something that is not in the sources: what it is, for people, and its digest.
    Leaf { detail: Rc<str>, digest: [u8; 32] },
}

/// An `impl` block.
#[derive(Debug)]
pub(crate) struct Impl {
    /// The node of its head.
    pub(crate) node: u32,
    /// The types of ours without which it cannot be used.
    pub(crate) gates: Vec<u32>,
    /// The types of ours that it is for.
    pub(crate) self_types: Vec<u32>,
    pub(crate) implemented: Implemented,
    pub(crate) members: Vec<(Name, u32)>,
}

/// What an `impl` block implements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Implemented {
    /// The type's own methods.
    Nothing,
    /// A trait of ours: its node.
    Ours(Vec<u32>),
    /// A trait from elsewhere, by its name.
    Foreign(Name),
}

/// All of it.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) names: Names,
    pub(crate) sources: Vec<Source>,
    pub(crate) crates: Vec<Crate>,
    pub(crate) modules: Vec<Module>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) impls: Vec<Impl>,
    /// Names of modules, by [`key`].
    pub(crate) definitions: Map<u64, Vec<Definition>>,
    /// The macros of a crate, by [`key`] of crate and name.
    pub(crate) macros: Map<u64, Vec<u32>>,
    /// Whether a name stands for something in any module, by name.
    is_defined: Vec<bool>,
    digests: Vec<Option<[u8; 32]>>,
    leaves: HashMap<(Kind, String, String), u32>,
}

/// A module (or crate) and a name as one number.
pub(crate) fn key(module: u32, name: Name) -> u64 {
    u64::from(module) << 32 | u64::from(name)
}

impl Graph {
    pub(crate) fn new() -> Self {
        Self {
            names: Names::new(),
            sources: Vec::new(),
            crates: Vec::new(),
            modules: Vec::new(),
            nodes: Vec::new(),
            impls: Vec::new(),
            definitions: Map::default(),
            macros: Map::default(),
            is_defined: Vec::new(),
            digests: Vec::new(),
            leaves: HashMap::new(),
        }
    }

    pub(crate) fn add(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        number(self.nodes.len() - 1)
    }

    pub(crate) fn define(&mut self, module: u32, name: Name, definition: Definition) {
        self.definitions.entry(key(module, name)).or_default().push(definition);
        let index = name as usize;
        if self.is_defined.len() <= index {
            self.is_defined.resize(index + 64, false);
        }
        self.is_defined[index] = true;
    }

    /// Whether any module defines or imports something of this name.
    pub(crate) fn is_defined(&self, name: Name) -> bool {
        let defined: &[bool] = &self.is_defined;
        (name as usize) < defined.len() && defined[name as usize]
    }

    /// The node for something outside the sources, once for each path and content.
    pub(crate) fn leaf(&mut self, kind: Kind, path: &str, detail: &str, content: &[u8]) -> u32 {
        let mut encoder = Encoder::default();
        encoder.text(kind as u8, path.as_bytes());
        encoder.text(b'd', detail.as_bytes());
        encoder.text(b'c', content);
        let digest = encoder.finish();
        // Variables and files of one name may differ between packages.
        let unique = (kind, path.to_owned(), format!("{detail}{digest:?}"));
        if let Some(node) = self.leaves.get(&unique) {
            return *node;
        }
        let node = self.add(Node {
            kind,
            name: crate::names::word::UNDERSCORE,
            module: 0,
            owner: Owner::Module,
            path: Rc::from(path),
            content: Content::Leaf { detail: Rc::from(detail), digest },
        });
        self.leaves.insert(unique, node);
        node
    }

    pub(crate) fn krate(&self, node: u32) -> u32 {
        self.modules[self.nodes[node as usize].module as usize].krate
    }

    /// Whether it is a type that is a function or a constant as well.
    pub(crate) fn has_no_braces(&self, node: u32) -> bool {
        matches!(self.nodes[node as usize].content, Content::Tokens { body: None, .. })
    }

    /// The digest of a node: its kind, its path, its tokens.
    pub(crate) fn digest(&mut self, node: u32) -> [u8; 32] {
        let index = node as usize;
        if self.digests.len() <= index {
            self.digests.resize(self.nodes.len(), None);
        }
        if let Some(digest) = self.digests[index] {
            return digest;
        }
        let Node { kind, path, content, .. } = &self.nodes[index];
        let digest = match content {
            Content::Leaf { digest, .. } => *digest,
            Content::Tokens { source, start, end, holes, .. } => {
                let Source { text, tokens, .. } = &self.sources[*source as usize];
                let mut encoder = Encoder::default();
                encoder.text(*kind as u8, path.as_bytes());
                for (start, end) in pieces(*start, *end, holes) {
                    encoder.tokens(text, tokens, start as usize, end as usize);
                }
                encoder.finish()
            }
        };
        self.digests[index] = Some(digest);
        digest
    }
}

/// What is between two positions apart from the holes.
pub(crate) fn pieces(start: u32, end: u32, holes: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let mut pieces = Vec::with_capacity(holes.len() + 1);
    let mut at = start;
    for (from, to) in holes {
        pieces.push((at, *from));
        at = *to;
    }
    pieces.push((at, end));
    pieces
}
