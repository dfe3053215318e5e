//! What each function of a crate reaches, as lines of JSON.
//!
//! Run it as the compiler would be run for that crate: in the same directory, with the same
//! arguments and variables. First come the nodes, `{"node": 0, "kind": "Function", "path": …,
//! "file": …, "lines": [3, 9], "function": true}`, where `function` says whether it is one of the
//! crate's own and `file` is `null` for what has no place. Then comes a line for each of these
//! functions, `{"root": 0, "reached": [0, 4], "via": [null, 0]}`: the nodes it reaches, and through
//! which of the nodes each was reached first.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use larder_fingerprint::{Compilation, Engine, Kind};
use serde_json::json;

/// What makes a node what it is.
#[derive(PartialEq, Eq, Hash)]
struct Node {
    kind: Kind,
    path: String,
    place: Option<(PathBuf, RangeInclusive<usize>)>,
}

/// The nodes that were met, in that order, each shown when it is new.
struct Nodes<W> {
    numbers: HashMap<Node, usize>,
    out: W,
}

impl<W: Write> Nodes<W> {
    fn number(&mut self, node: Node, function: bool) -> io::Result<usize> {
        if let Some(number) = self.numbers.get(&node) {
            return Ok(*number);
        }
        let number = self.numbers.len();
        let (file, lines) = match &node.place {
            Some((file, lines)) => (Some(file), Some([lines.start(), lines.end()])),
            None => (None, None),
        };
        let shown = json!({
            "node": number,
            "kind": format!("{:?}", node.kind),
            "path": node.path,
            "file": file,
            "lines": lines,
            "function": function,
        });
        writeln!(self.out, "{shown}")?;
        self.numbers.insert(node, number);
        Ok(number)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut engine = Engine::new(&Compilation::current());
    let mut nodes = Nodes { numbers: HashMap::new(), out: BufWriter::new(io::stdout().lock()) };
    let functions = engine.functions();
    let mut roots = Vec::new();
    for found in &functions {
        let place = Some((found.file.clone(), found.lines.clone()));
        let node = Node { kind: Kind::Function, path: found.path.clone(), place };
        roots.push(nodes.number(node, true)?);
    }
    for (root, found) in roots.into_iter().zip(&functions) {
        let Some(fingerprint) = engine.fingerprint_of(found) else { continue };
        let mut reached = Vec::new();
        for part in &fingerprint.parts {
            let (path, place) = (part.path.to_string(), engine.place_of(part));
            reached.push(nodes.number(Node { kind: part.kind, path, place }, false)?);
        }
        let via: Vec<_> =
            fingerprint.parts.iter().map(|part| part.via.map(|via| reached[via])).collect();
        writeln!(nodes.out, "{}", json!({"root": root, "reached": reached, "via": via}))?;
    }
    nodes.out.flush()?;
    Ok(())
}
