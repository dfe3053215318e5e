//! What code depends on that is not code: conditions, variables, files.

use crate::digest::Encoder;
use crate::edges::{Edges, Finder};
use crate::fingerprint::Kind;
use crate::graph::{Content, Graph, Source};
use crate::lexer::Shape;
use crate::mentions::{Inclusion, string};
use crate::names::word;
use crate::reader::mentions;
use crate::scope::Scope;

/// Variables whose values are places on this machine: they do not count.
const PLACES: [&str; 5] =
    ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "OUT_DIR", "CARGO_TARGET_TMPDIR", "CARGO"];

impl Finder<'_> {
    /// A condition of `cfg`: its value, or where only the compiler knows it, that it is to be asked.
    pub(crate) fn condition(&mut self, condition: &str, krate: u32, out: &mut Edges) {
        let entry = &self.graph.crates[krate as usize];
        // What holds in another package may not hold here.
        let path =
            if krate == 0 { condition.to_owned() } else { format!("{}: {condition}", entry.label) };
        let (path, detail) = match entry.conditions.holds(condition) {
            Some(holds) => (path, holds.to_string()),
            None if condition.starts_with("feature") || entry.conditions.others.is_none() => {
                (path, "unknown".to_owned())
            }
            None => (condition.to_owned(), String::new()),
        };
        let leaf = self.graph.leaf(Kind::Cfg, &path, &detail, &[]);
        out.nodes.push(leaf);
    }

    /// A variable that `env!` names.
    pub(crate) fn variable(&mut self, variable: &str, krate: u32, out: &mut Edges) {
        if PLACES.contains(&variable) || variable.starts_with("CARGO_BIN_EXE_") {
            return;
        }
        let entry = &self.graph.crates[krate as usize];
        let content = match entry.variables.get(variable) {
            Some(value) => format!("={value}"),
            None => String::new(),
        };
        let path = format!("{}: {variable}", entry.label);
        let leaf = self.graph.leaf(Kind::Variable, &path, "", content.as_bytes());
        out.nodes.push(leaf);
    }

    /// Files that a macro includes whose names are among the arguments of its call.
    pub(crate) fn included_by(
        &mut self,
        node: u32,
        arguments: (usize, usize),
        source: u32,
        scope: &Scope<'_>,
        out: &mut Edges,
    ) {
        let found = self.mentions(node);
        let Content::Tokens { source: definition, .. } = self.graph.nodes[node as usize].content
        else {
            return;
        };
        for inclusion in &found.inclusions {
            if !self.has_metavariable(definition, *inclusion) {
                continue;
            }
            let Source { text, tokens, .. } = &self.graph.sources[source as usize];
            let literals: Vec<String> = tokens[arguments.0..arguments.1.min(tokens.len())]
                .iter()
                .filter(|token| token.shape == Shape::Literal)
                .filter_map(|token| string(text, *token).map(str::to_owned))
                .collect();
            let mut any = false;
            for literal in literals {
                any |= self.include(*inclusion, definition, Some((&literal, source)), scope, out);
            }
            if !any {
                self.doubt("a file that a macro includes cannot be told", out);
            }
        }
    }

    pub(crate) fn has_metavariable(&self, source: u32, inclusion: Inclusion) -> bool {
        let tokens = &self.graph.sources[source as usize].tokens;
        tokens[inclusion.start..inclusion.end].iter().any(|token| token.is_punct(b'$'))
    }

    /// The file that an `include!` or its like names; whether it is there. With `given`, the text
    /// that stands for the macro's parameters, and the source of the call.
    pub(crate) fn include(
        &mut self,
        inclusion: Inclusion,
        source: u32,
        given: Option<(&str, u32)>,
        scope: &Scope<'_>,
        out: &mut Edges,
    ) -> bool {
        if given.is_none() && self.has_metavariable(source, inclusion) {
            return false;
        }
        let Some(file) =
            self.graph.included(source, scope.module, inclusion.start, inclusion.end, given)
        else {
            if given.is_none() {
                self.doubt("the name of an included file cannot be told", out);
            }
            return false;
        };
        let Ok(bytes) = std::fs::read(&file) else {
            return false;
        };
        self.graph.notice_age(&file, scope.krate);
        let folder = &self.graph.crates[scope.krate as usize].folder;
        let shown = match file.strip_prefix(folder) {
            Ok(inside) => inside.to_string_lossy().replace('\\', "/"),
            Err(_) => {
                file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
        };
        let path = format!("{}: {shown}", self.graph.crates[scope.krate as usize].label);
        if inclusion.how != word::INCLUDE {
            let leaf = self.graph.leaf(Kind::File, &path, "", &bytes);
            out.nodes.push(leaf);
            return true;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let added = self.graph.add_source(file, text);
        let Graph { sources, names, .. } = &mut *self.graph;
        let Source { text, tokens, .. } = &sources[added as usize];
        let found = mentions(text, tokens, 0, tokens.len(), names);
        let mut encoder = Encoder::default();
        encoder.tokens(text, tokens, 0, tokens.len());
        let digest = encoder.finish();
        let leaf = self.graph.leaf(Kind::File, &path, "", &digest);
        out.nodes.push(leaf);
        self.resolve_all(&found, added, scope, true, out);
        true
    }

    /// Makes the fingerprint one that is never found again.
    pub(crate) fn doubt(&mut self, why: &str, out: &mut Edges) {
        let leaf = self.graph.leaf(Kind::Doubt, why, "", &nonce());
        out.nodes.push(leaf);
    }
}

/// Something that was never there before.
pub(crate) fn nonce() -> Vec<u8> {
    use std::hash::{BuildHasher as _, RandomState};
    let now = std::time::SystemTime::now();
    let random = RandomState::new().hash_one((now, std::process::id()));
    let since = now.duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{random} {} {}", since.as_nanos(), std::process::id()).into_bytes()
}
