//! Which words are variables: parameters of functions, and what `let` gives a name.
//!
//! A function may have the name of a variable beside it (`size`, `count`), and would count for each
//! mention of that. Other patterns bind names too; those are taken for whatever they may be.

use crate::heads::after_angles;
use crate::imports::is_separator;
use crate::lexer::{Shape, Token};
use crate::names::{Name, word};

/// The variables that can be seen from where the tokens have been read to.
#[derive(Debug, Default)]
pub(crate) struct Locals {
    scopes: Vec<Scope>,
}

#[derive(Debug, Default)]
struct Scope {
    /// Where it closes.
    end: usize,
    /// Whether what is around it cannot be seen from inside.
    is_function: bool,
    names: Vec<Name>,
    /// Variables that are there from the end of their statement on.
    pending: Vec<Name>,
}

impl Locals {
    /// Goes on to the token at `at`.
    pub(crate) fn pass(&mut self, at: usize, token: &Token) {
        while self.scopes.last().is_some_and(|scope| scope.end <= at) {
            self.scopes.pop();
        }
        if token.is_open(b'{') {
            self.scopes.push(Scope { end: token.data as usize, ..Scope::default() });
        } else if token.is_punct(b';')
            && let Some(scope) = self.scopes.last_mut()
        {
            scope.names.append(&mut scope.pending);
        }
    }

    /// Takes note of the name at `at`, behind `let`, if it is all of the pattern; whether it is.
    pub(crate) fn bind(&mut self, tokens: &[Token], at: usize, end: usize) -> bool {
        let is_variable = tokens.get(at + 1).is_some_and(|next| {
            next.is_punct(b'=')
                || next.is_punct(b';')
                || (next.is_punct(b':') && !is_separator(tokens, at + 1, end))
        });
        if let Some(scope) = self.scopes.last_mut().filter(|_| is_variable) {
            scope.pending.push(tokens[at].data);
        }
        is_variable
    }

    /// The parameters of the function whose name is at `at`.
    pub(crate) fn function(&mut self, tokens: &[Token], at: usize, end: usize) {
        let mut open = at + 1;
        if tokens.get(open).is_some_and(|token| token.is_punct(b'<')) {
            open = after_angles(tokens, open, end);
        }
        let Some(close) =
            tokens.get(open).filter(|token| token.is_open(b'(')).map(|token| token.data as usize)
        else {
            return;
        };
        let mut names = Vec::new();
        let mut inside = open + 1;
        while inside < close {
            let token = &tokens[inside];
            let before = &tokens[inside - 1];
            let begins = inside == open + 1 || before.is_punct(b',') || before.is_word(word::MUT);
            let is_named =
                tokens[inside + 1].is_punct(b':') && !is_separator(tokens, inside + 1, end);
            if token.shape == Shape::Word && begins && is_named {
                names.push(token.data);
            }
            inside = if token.shape == Shape::Open { token.data as usize } else { inside } + 1;
        }
        let mut body = close + 1;
        while body < end && !tokens[body].is_open(b'{') && !tokens[body].is_punct(b';') {
            body =
                if tokens[body].shape == Shape::Open { tokens[body].data as usize } else { body }
                    + 1;
        }
        if let Some(body) = tokens.get(body).filter(|token| body < end && token.is_open(b'{')) {
            let scope =
                Scope { end: body.data as usize, is_function: true, names, pending: Vec::new() };
            self.scopes.push(scope);
        }
    }

    /// Whether the word is a variable here.
    pub(crate) fn has(&self, name: Name) -> bool {
        for scope in self.scopes.iter().rev() {
            if scope.names.contains(&name) {
                return true;
            }
            if scope.is_function {
                return false;
            }
        }
        false
    }
}
