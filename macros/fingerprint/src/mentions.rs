//! What code mentions: paths, methods, macros, conditions, files. Nothing is resolved here.

use crate::imports::Import;
use crate::lexer::{Shape, Token};
use crate::names::{Name, Names, word};

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    pub(crate) start: Start,
    pub(crate) segments: Vec<Name>,
}

/// What stands before the first segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Start {
    /// Nothing.
    Here,
    /// `::`
    Global,
    /// `$crate::`
    MacroCrate,
}

/// What a method is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Receiver {
    /// `self.field`
    Field(Name),
    /// A variable whose type is stated between two positions.
    Type(usize, usize),
    /// A collection of this name.
    Collection(Name),
}

/// A macro that is called.
#[derive(Debug, Clone)]
pub(crate) struct MacroMention {
    pub(crate) path: Path,
    /// The positions of its arguments.
    pub(crate) arguments: (usize, usize),
    /// Names among its arguments that it may make methods of.
    pub(crate) words: Vec<Name>,
}

/// A file that is included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inclusion {
    /// `include`, `include_str` or `include_bytes`.
    pub(crate) how: Name,
    /// The tokens between the brackets.
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Everything that is mentioned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mentions {
    /// Words that stand alone, each once.
    pub(crate) words: Vec<Name>,
    pub(crate) paths: Vec<Path>,
    /// Methods, each once.
    pub(crate) calls: Vec<Name>,
    /// Methods of `self`.
    pub(crate) self_calls: Vec<Name>,
    /// Methods of what is declared, and the methods between.
    pub(crate) declared_calls: Vec<(Receiver, Vec<Name>, Name)>,
    /// What a macro names of one of its parameters, as in `$type::name`: parameter and name.
    pub(crate) parameter_calls: Vec<(Name, Name)>,
    pub(crate) macros: Vec<MacroMention>,
    /// Conditions of `cfg`, each without `any`, `all` and `not` around it.
    pub(crate) conditions: Vec<String>,
    pub(crate) inclusions: Vec<Inclusion>,
    /// Variables that `env!` and `option_env!` name.
    pub(crate) variables: Vec<String>,
    /// `use` declarations in bodies.
    pub(crate) imports: Vec<Import>,
    /// Traits behind `dyn`.
    pub(crate) objects: Vec<Path>,
    /// Paths in the strings of attributes.
    pub(crate) attribute_paths: Vec<Path>,
    /// The names of items that are defined on the way.
    pub(crate) defined: Vec<Name>,
}

impl Mentions {
    /// Adds what other tokens mention.
    pub(crate) fn add(&mut self, other: Self) {
        self.words.extend(other.words);
        self.paths.extend(other.paths);
        self.calls.extend(other.calls);
        self.self_calls.extend(other.self_calls);
        self.declared_calls.extend(other.declared_calls);
        self.parameter_calls.extend(other.parameter_calls);
        self.macros.extend(other.macros);
        self.conditions.extend(other.conditions);
        self.inclusions.extend(other.inclusions);
        self.variables.extend(other.variables);
        self.imports.extend(other.imports);
        self.objects.extend(other.objects);
        self.attribute_paths.extend(other.attribute_paths);
        self.defined.extend(other.defined);
    }
}

/// Macros whose arguments are ordinary expressions.
pub(crate) const PLAIN_MACROS: [&str; 34] = [
    "println",
    "print",
    "eprintln",
    "eprint",
    "format",
    "write",
    "writeln",
    "panic",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "vec",
    "matches",
    "todo",
    "unimplemented",
    "unreachable",
    "dbg",
    "concat",
    "stringify",
    "format_args",
    "line",
    "file",
    "column",
    "module_path",
    "compile_error",
    "include",
    "include_str",
    "include_bytes",
    "env",
    "option_env",
    "cfg",
];

/// The types that the language has.
pub(crate) const PRIMITIVES: [&str; 17] = [
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
    "i128", "isize", "f32", "f64",
];

/// The conditions between two positions, one by one, each once.
pub(crate) fn conditions(
    text: &str,
    tokens: &[Token],
    start: usize,
    end: usize,
    names: &Names,
    found: &mut Vec<String>,
) {
    let mut at = start;
    while at < end {
        let token = tokens[at];
        let is_operator =
            matches!(token.data, word::ANY | word::ALL | word::NOT | word::TRUE | word::FALSE);
        if token.shape == Shape::Word && !is_operator {
            let name = names.get(token.data);
            let value = tokens.get(at + 2).filter(|value| {
                tokens[at + 1].is_punct(b'=') && value.shape == Shape::Literal && at + 2 < end
            });
            let condition = match value {
                Some(value) => {
                    format!("{name} = {}", &text[value.start as usize..value.end as usize])
                }
                None => name.to_owned(),
            };
            if !found.contains(&condition) {
                found.push(condition);
            }
            at += if value.is_some() { 2 } else { 0 };
        }
        at += 1;
    }
}

/// The content of a string literal without escapes.
pub(crate) fn string(text: &str, token: Token) -> Option<&str> {
    if token.shape != Shape::Literal {
        return None;
    }
    let literal = &text[token.start as usize..token.end as usize];
    let start = literal.find('"')?;
    let end = literal.rfind('"')?;
    let prefix = &literal[..start];
    let is_string = prefix.bytes().all(|byte| matches!(byte, b'r' | b'b' | b'c' | b'#'));
    let content = literal.get(start + 1..end)?;
    (is_string && (prefix.starts_with('r') || !content.contains('\\'))).then_some(content)
}
