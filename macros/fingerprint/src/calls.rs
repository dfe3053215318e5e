//! What a macro leads to where it is called: its body means something there, too.

use std::rc::Rc;

use crate::edges::{Edges, Finder, Scope, finish};
use crate::graph::Content;
use crate::mentions::Mentions;

impl Finder<'_> {
    /// Whether a macro may make methods of words among its arguments.
    pub(crate) fn makes_methods(&mut self, node: u32) -> bool {
        if let Some(known) = self.known.makes_methods.get(&node) {
            return *known;
        }
        let Content::Tokens { source, start, end, .. } = self.graph.nodes[node as usize].content
        else {
            return true;
        };
        let tokens = &self.graph.sources[source as usize].tokens[start as usize..end as usize];
        let directly = tokens.windows(2).any(|pair| {
            (pair[0].is_punct(b'.') || pair[0].is_punct(b':')) && pair[1].is_punct(b'$')
        });
        // What it hands to other macros, they may make methods of.
        let hands_on = self.mentions(node).macros.iter().any(|one| !one.words.is_empty());
        self.known.makes_methods.insert(node, directly || hands_on);
        directly || hands_on
    }

    /// What the body of a macro means where it is called.
    pub(crate) fn at_call(&mut self, node: u32, module: u32) -> Rc<Edges> {
        if let Some(known) = self.known.at_call.get(&(node, module)) {
            return Rc::clone(known);
        }
        // A macro that calls itself ends here.
        self.known.at_call.insert((node, module), Rc::default());
        let found = self.mentions(node);
        let mut out = Edges::default();
        if let Content::Tokens { source, .. } = self.graph.nodes[node as usize].content {
            let krate = self.graph.modules[module as usize].krate;
            let scope = Scope {
                module,
                krate,
                parameters: Vec::new(),
                own: Vec::new(),
                self_types: Vec::new(),
                imports: &[],
            };
            let body =
                Mentions { conditions: Vec::new(), variables: Vec::new(), ..(*found).clone() };
            self.resolve_all(&body, source, &scope, false, &mut out);
        }
        finish(&mut out, node);
        let out = Rc::new(out);
        self.known.at_call.insert((node, module), Rc::clone(&out));
        out
    }
}
