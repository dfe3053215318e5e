//! Which words are variables: parameters of functions, and what `let` gives a name.
//!
//! A function may have the name of a variable beside it (`size`, `count`), and would count for each
//! mention of that. Other patterns bind names too; those are taken for whatever they may be.

use crate::heads::after_angles;
use crate::imports::is_separator;
use crate::lexer::{Shape, Token, behind};
use crate::names::{Name, word};

/// The variables that can be seen from where the tokens have been read to.
#[derive(Debug, Default)]
pub(crate) struct Locals {
    scopes: Vec<Scope>,
    /// Where the innermost one closes; zero where there is none.
    pub(crate) closes: usize,
}

/// What is known of the type of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Declared {
    Unknown,
    /// It is stated between two positions.
    Type(usize, usize),
    /// It is a new collection of this name, whatever it holds.
    Collection(Name),
}

#[derive(Debug, Default)]
struct Scope {
    /// Where it closes.
    end: usize,
    /// Whether what is around it cannot be seen from inside.
    is_function: bool,
    variables: Vec<(Name, Declared)>,
    /// Of a function, the names that patterns bind, perhaps to something of another type.
    rebound: Vec<Name>,
    /// Variables that are there from the end of their statement on, and where that is.
    pending: Vec<(Name, Declared, usize)>,
}

impl Locals {
    /// Goes on to the token at `at`.
    pub(crate) fn pass(&mut self, at: usize, token: &Token) {
        while self.scopes.last().is_some_and(|scope| scope.end <= at) {
            self.scopes.pop();
        }
        self.closes = self.scopes.last().map_or(usize::MAX, |scope| scope.end);
        if token.is_open(b'{') {
            self.push(Scope { end: token.data as usize, ..Scope::default() });
        } else if token.is_punct(b';')
            && let Some(scope) = self.scopes.last_mut()
            && !scope.pending.is_empty()
        {
            // A semicolon in a bracket ends nothing.
            let ended = scope.pending.extract_if(.., |(_, _, end)| *end <= at);
            scope.variables.extend(ended.map(|(name, declared, _)| (name, declared)));
        }
    }

    fn push(&mut self, scope: Scope) {
        self.closes = scope.end;
        self.scopes.push(scope);
    }

    /// Takes note of the name at `at`, behind `let`, if it is all of the pattern; whether it is.
    pub(crate) fn bind(&mut self, tokens: &[Token], at: usize, end: usize) -> bool {
        // A statement with an attribute may not be there.
        let first = if tokens[at - 1].is_word(word::MUT) { at - 2 } else { at - 1 };
        let has_attribute =
            first > 0 && tokens[first - 1].shape == Shape::Close && tokens[first - 1].first == b']';
        if has_attribute {
            return false;
        }
        let is_variable = tokens.get(at + 1).is_some_and(|next| {
            next.is_punct(b'=')
                || next.is_punct(b';')
                || (next.is_punct(b':') && !is_separator(tokens, at + 1, end))
        });
        if let Some(scope) = self.scopes.last_mut().filter(|_| is_variable) {
            let mut stop = at;
            while stop < end && !tokens[stop].is_punct(b';') {
                stop = behind(tokens, stop);
            }
            scope.pending.push((tokens[at].data, declared(tokens, at + 1, end), stop));
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
        let mut variables = Vec::new();
        let mut inside = open + 1;
        while inside < close {
            let token = &tokens[inside];
            let before = &tokens[inside - 1];
            let begins = inside == open + 1 || before.is_punct(b',') || before.is_word(word::MUT);
            let is_named =
                tokens[inside + 1].is_punct(b':') && !is_separator(tokens, inside + 1, end);
            if token.shape == Shape::Word && begins && is_named {
                let stop = end_of_type(tokens, inside + 2, close);
                variables.push((token.data, Declared::Type(inside + 2, stop)));
            }
            inside = behind(tokens, inside);
        }
        let mut body = close + 1;
        while body < end && !tokens[body].is_open(b'{') && !tokens[body].is_punct(b';') {
            body = behind(tokens, body);
        }
        if let Some(body) = tokens.get(body).filter(|token| body < end && token.is_open(b'{')) {
            let end = body.data as usize;
            let open = tokens[end].data as usize;
            let rebound = rebound(tokens, open + 1, end);
            self.push(Scope { end, is_function: true, variables, pending: Vec::new(), rebound });
        }
    }

    /// The constant or static whose name is at `at`: in a body, its value sees no variable around it.
    pub(crate) fn constant(&mut self, tokens: &[Token], at: usize, end: usize) {
        let is_statement = at >= 2 && {
            let before = &tokens[at - 2];
            before.shape == Shape::Close || before.is_open(b'{') || before.is_punct(b';')
        };
        if !is_statement || self.scopes.is_empty() {
            return;
        }
        let mut stop = at;
        while stop < end && !tokens[stop].is_punct(b';') {
            stop = behind(tokens, stop);
        }
        self.push(Scope { end: stop, is_function: true, ..Scope::default() });
    }

    /// Whether the word is a variable here, and what is known of its type.
    pub(crate) fn get(&self, name: Name) -> Option<Declared> {
        // With indices, as this is asked for each word and runs unoptimised.
        let scopes: &[Scope] = &self.scopes;
        let mut depth = scopes.len();
        while depth > 0 {
            depth -= 1;
            let variables: &[(Name, Declared)] = &scopes[depth].variables;
            let mut at = variables.len();
            // A later one hides those before it.
            while at > 0 {
                at -= 1;
                if variables[at].0 == name {
                    let is_rebound = scopes.iter().any(|scope| scope.rebound.contains(&name));
                    return Some(if is_rebound { Declared::Unknown } else { variables[at].1 });
                }
            }
            if scopes[depth].is_function {
                return None;
            }
        }
        None
    }
}

/// The words that stand where patterns bind names: between `let` and `=`, `for` and `in`, bars, before
/// the arrow of an arm, and among the arguments of macros.
fn rebound(tokens: &[Token], start: usize, end: usize) -> Vec<Name> {
    let mut found = Vec::new();
    let mut add = |from: usize, to: usize| {
        let mut at = from;
        while at < to {
            if tokens[at].shape == Shape::Word {
                found.push(tokens[at].data);
            }
            at += 1;
        }
    };
    let until = |at: usize, test: &dyn Fn(&Token) -> bool| {
        (at + 1..end).find(|next| test(&tokens[*next])).unwrap_or(end)
    };
    // With an index, as this reads every token of a function and runs unoptimised.
    let mut next = start;
    while next < end {
        let at = next;
        next += 1;
        let token = &tokens[at];
        match (token.shape, token.first) {
            (Shape::Word, b'l') if token.data == word::LET => {
                let stop = until(at, &|token| token.is_punct(b'=') || token.is_punct(b';'));
                // A name alone is followed as a variable.
                let alone = at + if tokens[at + 1].is_word(word::MUT) { 3 } else { 2 };
                if stop != alone && !tokens[alone].is_punct(b':') {
                    add(at + 1, stop);
                }
            }
            (Shape::Word, b'f') if token.data == word::FOR => {
                add(at + 1, until(at, &|token| token.is_word(word::IN)));
            }
            (Shape::Punct, b'|') => {
                add(at + 1, until(at, &|token| token.is_punct(b'|') || token.is_punct(b';')));
            }
            (Shape::Punct, b'!') if tokens[at + 1].shape == Shape::Open && at + 1 < end => {
                add(at + 2, (tokens[at + 1].data as usize).min(end));
            }
            (Shape::Punct, b'>') if tokens[at - 1].is_punct(b'=') => {
                let mut first = at - 1;
                while first > start {
                    let before = &tokens[first - 1];
                    if before.is_punct(b',') || before.is_open(b'{') || before.first == b'}' {
                        break;
                    }
                    let is_group = before.shape == Shape::Close;
                    first = if is_group { before.data as usize } else { first - 1 };
                }
                add(first, at);
            }
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Collections that do not hand on methods to what they hold.
const COLLECTIONS: [Name; 9] = [
    word::VEC,
    word::VEC_DEQUE,
    word::BTREE_MAP,
    word::BTREE_SET,
    word::HASH_MAP,
    word::HASH_SET,
    word::BINARY_HEAP,
    word::STRING,
    word::PATH_BUF,
];

/// What stands behind the name of a variable, at `at`.
fn declared(tokens: &[Token], at: usize, end: usize) -> Declared {
    if tokens[at].is_punct(b':') {
        return Declared::Type(at + 1, end_of_type(tokens, at + 1, end));
    }
    // `= Vec::new()`
    let [equals, name, rest @ ..] = &tokens[at..end.min(at + 6)] else {
        return Declared::Unknown;
    };
    let is_new = equals.is_punct(b'=')
        && matches!(rest, [first, second, new, ..] if first.is_punct(b':')
            && second.is_punct(b':')
            && (new.is_word(word::NEW) || new.is_word(word::WITH_CAPACITY)));
    if is_new && name.shape == Shape::Word && COLLECTIONS.contains(&name.data) {
        return Declared::Collection(name.data);
    }
    Declared::Unknown
}

/// Where the type that begins at `at` ends.
pub(crate) fn end_of_type(tokens: &[Token], at: usize, end: usize) -> usize {
    let mut at = at;
    while at < end {
        let token = &tokens[at];
        at = match token.shape {
            Shape::Open => token.data as usize + 1,
            Shape::Close => return at,
            Shape::Punct if token.first == b'<' => after_angles(tokens, at, end),
            Shape::Punct if matches!(token.first, b',' | b'=' | b';') => return at,
            _ => at + 1,
        };
    }
    end
}
