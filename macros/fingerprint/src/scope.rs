//! In what place names are looked up, and what of that place comes before what is outside.

use crate::edges::Finder;
use crate::fingerprint::Kind;
use crate::graph::{Content, Graph};
use crate::heads::generics;
use crate::imports::Import;
use crate::items::{ItemKind, items};
use crate::names::Name;
use crate::resolve::Meaning;

/// An item in a body, which hides what outside has its name: a type hides no function, and a function
/// no module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own {
    name: Name,
    is_type: bool,
    is_value: bool,
}

/// In what place names are looked up.
pub(crate) struct Scope<'a> {
    pub(crate) module: u32,
    pub(crate) krate: u32,
    /// The names of parameters.
    pub(crate) parameters: Vec<Name>,
    /// The items in the body itself.
    pub(crate) own: Vec<Own>,
    /// The names of all items that the code defines, at whatever depth.
    pub(crate) defined: &'a [Name],
    /// What `Self` is, as far as it is of ours.
    pub(crate) self_types: Vec<u32>,
    /// Whether `Self` is from elsewhere, whatever it holds.
    pub(crate) is_foreign: bool,
    pub(crate) imports: &'a [Import],
}

impl<'a> Scope<'a> {
    /// Whether the body itself has an item of this name.
    pub(crate) fn is_own(&self, name: Name) -> bool {
        self.own.iter().any(|own| own.name == name)
    }

    /// Whether the body itself has something of this name that holds others.
    pub(crate) fn is_own_type(&self, name: Name) -> bool {
        self.own.iter().any(|own| own.name == name && own.is_type)
    }

    /// Whether items of the body hide all that something outside, of the same name, is.
    pub(crate) fn hides(&self, graph: &Graph, name: Name, meaning: &Meaning) -> bool {
        let has = |test: fn(&Own) -> bool| self.own.iter().any(|own| own.name == name && test(own));
        let (hides_type, hides_value) = (has(|own| own.is_type), has(|own| own.is_value));
        match meaning {
            Meaning::Node(node) => {
                let (is_type, is_value) = match graph.nodes[*node as usize].kind {
                    Kind::Function | Kind::Constant => (false, true),
                    Kind::Alias | Kind::Trait => (true, false),
                    // A struct without braces is a value, too.
                    _ => (true, graph.has_no_braces(*node)),
                };
                (hides_type || !is_type) && (hides_value || !is_value)
            }
            _ => hides_type || hides_value,
        }
    }

    /// A place outside of everything, with what a body imports.
    pub(crate) fn outside(imports: &'a [Import]) -> Self {
        Self {
            module: 0,
            krate: 0,
            parameters: Vec::new(),
            own: Vec::new(),
            defined: &[],
            self_types: Vec::new(),
            is_foreign: false,
            imports,
        }
    }
}

impl Finder<'_> {
    /// The parameters of a node itself.
    pub(crate) fn parameters_of(&self, node: u32) -> Vec<Name> {
        match self.graph.nodes[node as usize].content {
            Content::Tokens { source, head, body, .. } => self.parameters(source, head, body),
            Content::Leaf { .. } => Vec::new(),
        }
    }

    /// The parameters of the item whose head is given.
    pub(crate) fn parameters(&self, source: u32, head: u32, body: Option<u32>) -> Vec<Name> {
        let tokens = &self.graph.sources[source as usize].tokens;
        let end = body.map_or(tokens.len(), |body| body as usize);
        generics(tokens, head as usize, end)
    }

    /// The items directly in a body.
    pub(crate) fn own_items(&self, source: u32, body: u32) -> Vec<Own> {
        let tokens = &self.graph.sources[source as usize].tokens;
        let found = items(tokens, body as usize + 1, tokens[body as usize].data as usize);
        let own = found.into_iter().filter_map(|item| {
            let (is_type, is_value) = match item.kind {
                ItemKind::Function | ItemKind::Constant => (false, true),
                ItemKind::Alias | ItemKind::Trait => (true, false),
                ItemKind::Type => (true, item.body.is_none()),
                _ => return None,
            };
            Some(Own { name: item.name, is_type, is_value })
        });
        own.collect()
    }
}
