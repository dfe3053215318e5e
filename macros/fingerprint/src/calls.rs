//! What a macro leads to where it is called: its body means something there, too.

use std::rc::Rc;

use crate::edges::{Edges, Finder, finish};
use crate::graph::Content;
use crate::heads::after_angles;
use crate::lexer::Shape;
use crate::mentions::{Mentions, Path, Start};
use crate::names::{Name, is_reserved, word};
use crate::scope::Scope;

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
            let defined = &found.defined;
            let scope = Scope { module, krate, defined, ..Scope::outside(&[]) };
            let body =
                Mentions { conditions: Vec::new(), variables: Vec::new(), ..(*found).clone() };
            self.resolve_all(&body, source, &scope, false, &mut out);
        }
        finish(&mut out, node);
        let out = Rc::new(out);
        self.known.at_call.insert((node, module), Rc::clone(&out));
        out
    }

    /// What a macro names of its parameters, as of each word among the arguments of this call.
    pub(crate) fn of_parameters(
        &mut self,
        node: u32,
        called: &Edges,
        (start, end): (usize, usize),
        source: u32,
        scope: &Scope<'_>,
        out: &mut Edges,
    ) {
        if called.parameter_calls.is_empty() {
            return;
        }
        let tokens = &self.graph.sources[source as usize].tokens;
        let mut words: Vec<Name> = tokens[start..end.min(tokens.len())]
            .iter()
            .filter(|token| token.shape == Shape::Word && !is_reserved(token.data))
            .map(|token| token.data)
            .collect();
        words.sort_unstable();
        words.dedup();
        for (parameter, name) in called.parameter_calls.clone() {
            // A parameter of the macro that is one of a generic item may be any type.
            if self.is_generic(node, parameter) {
                out.calls.push(name);
            }
            for word in &words {
                let path = Path { start: Start::Here, segments: vec![*word, name] };
                self.path(&path, scope, out);
            }
            out.foreign_calls.push(name);
        }
    }

    /// Whether a macro makes a type parameter of a parameter of its own, as in `impl<$($name),*>`; of
    /// any, where it is not known which one is meant.
    fn is_generic(&self, node: u32, parameter: Name) -> bool {
        let Content::Tokens { source, start, end, .. } = self.graph.nodes[node as usize].content
        else {
            return true;
        };
        let tokens = &self.graph.sources[source as usize].tokens;
        let (start, end) = (start as usize, end as usize);
        (start..end).any(|at| {
            let is_head = tokens[at].is_word(word::IMPL)
                || (at > start
                    && tokens[at - 1].is_word(word::FN)
                    && tokens[at].shape == Shape::Word);
            let open = at + 1;
            is_head
                && tokens.get(open).is_some_and(|token| token.is_punct(b'<'))
                && tokens[open..after_angles(tokens, open, end)].windows(2).any(|pair| {
                    let is_it = parameter == word::UNDERSCORE || pair[1].is_word(parameter);
                    pair[0].is_punct(b'$') && is_it
                })
        })
    }
}
