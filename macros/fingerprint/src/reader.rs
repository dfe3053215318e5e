//! Tokens to what they [mention](Mentions), with nothing understood of types.

use crate::heads::after_angles;
use crate::imports::{imports, is_separator};
use crate::lexer::{Shape, Token};
use crate::locals::Locals;
use crate::mentions::{Mentions, PRIMITIVES, Path, Start};
use crate::names::{Name, Names, is_reserved, word};

/// What the tokens from `start` to `end` mention.
pub(crate) fn mentions(
    text: &str,
    tokens: &[Token],
    start: usize,
    end: usize,
    names: &mut Names,
) -> Mentions {
    let mut reader = Reader::new(text, tokens, names);
    reader.read(start, end);
    let mut found = reader.found;
    for list in [&mut found.words, &mut found.calls, &mut found.self_calls] {
        list.sort_unstable();
        list.dedup();
    }
    found.parameter_calls.sort_unstable();
    found.parameter_calls.dedup();
    found.declared_calls.sort_unstable();
    found.declared_calls.dedup();
    found
}

pub(crate) struct Reader<'a> {
    pub(crate) text: &'a str,
    pub(crate) tokens: &'a [Token],
    pub(crate) names: &'a mut Names,
    pub(crate) found: Mentions,
    /// Up to where the tokens are those of an attribute, of the arguments of some macro, of the
    /// arguments of a macro that may format strings.
    pub(crate) attribute_end: usize,
    pub(crate) arguments_end: usize,
    pub(crate) format_end: usize,
    /// How many strings deep the text is one that stood in an attribute.
    pub(crate) strings: u32,
    /// Where the arguments of the macros around end.
    pub(crate) macros: Vec<usize>,
    pub(crate) locals: Locals,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str, tokens: &'a [Token], names: &'a mut Names) -> Self {
        Self {
            text,
            tokens,
            names,
            found: Mentions::default(),
            attribute_end: 0,
            arguments_end: 0,
            format_end: 0,
            strings: 0,
            macros: Vec::new(),
            locals: Locals::default(),
        }
    }

    pub(crate) fn read(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let token = self.tokens[at];
            // Asked here already, as most tokens change nothing.
            if at >= self.locals.closes || token.first == b'{' || token.first == b';' {
                self.locals.pass(at, &token);
            }
            at = match token.shape {
                Shape::Word => self.word(at, start, end),
                Shape::Punct if token.first == b'#' => self.attribute(at, end),
                Shape::Punct if token.first == b':' && is_separator(self.tokens, at, end) => {
                    self.separator(at, start, end)
                }
                Shape::Literal if at < self.attribute_end => {
                    self.string_in_attribute(token);
                    at + 1
                }
                Shape::Literal if at < self.format_end => {
                    self.format_string(token);
                    at + 1
                }
                _ => at + 1,
            };
        }
    }

    pub(crate) fn is_punct(&self, at: usize, byte: u8) -> bool {
        at < self.tokens.len() && self.tokens[at].is_punct(byte)
    }

    /// Reads what begins with a word, and returns where to go on.
    fn word(&mut self, at: usize, start: usize, end: usize) -> usize {
        let name = self.tokens[at].data;
        let before = if at > start { Some(&self.tokens[at - 1]) } else { None };
        if let Some(before) = before
            && before.shape == Shape::Punct
        {
            if before.first == b'.' && !self.is_range(at, start) {
                return self.member(at, start, end);
            }
            if before.first == b'$' {
                return self.metavariable(at, end);
            }
        }
        if is_reserved(name) {
            if name == word::USE && at + 1 < end {
                let mut close = at;
                while close < end && !self.is_punct(close, b';') {
                    close += 1;
                }
                let found = imports(self.tokens, at + 1, close);
                self.found.imports.extend(found);
                return close + 1;
            }
            if name == word::DYN {
                return self.object(at, end);
            }
            let begins_path =
                matches!(name, word::CRATE | word::SELF | word::SUPER | word::SELF_TYPE);
            if !(begins_path && is_separator(self.tokens, at + 1, end)) {
                return at + 1;
            }
        }
        if let Some(before) = before
            && before.shape == Shape::Word
            && is_reserved(before.data)
        {
            let is_variable = before.data == word::LET
                || (before.data == word::MUT
                    && at >= start + 2
                    && self.tokens[at - 2].is_word(word::LET));
            if is_variable && self.locals.bind(self.tokens, at, end) {
                return at + 1;
            }
            // `*const Type`
            let is_pointer =
                before.data == word::CONST && at >= start + 2 && self.tokens[at - 2].is_punct(b'*');
            if !is_pointer
                && matches!(
                    before.data,
                    word::FN
                        | word::STRUCT
                        | word::ENUM
                        | word::MOD
                        | word::TRAIT
                        | word::TYPE
                        | word::CONST
                        | word::STATIC
                )
            {
                // The name of something that is defined here.
                self.found.defined.push(name);
                match before.data {
                    word::FN => self.locals.function(self.tokens, at, end),
                    word::CONST | word::STATIC => self.locals.constant(self.tokens, at, end),
                    _ => {}
                }
                return at + 1;
            }
        }
        if self.is_punct(at + 1, b':') {
            let is_label = !is_separator(self.tokens, at + 1, end);
            if is_label && at >= self.arguments_end {
                return at + 1;
            }
            return self.path(at, end, Start::Here);
        }
        if self.is_punct(at + 1, b'!') {
            return self.path(at, end, Start::Here);
        }
        // Most words are no more than that, and need no list of segments.
        self.alone(name, at + 1);
        at + 1
    }

    /// A path of one word, before `at`.
    fn alone(&mut self, name: Name, at: usize) {
        let is_call = at < self.tokens.len() && self.tokens[at].is_open(b'(');
        if is_call || !(self.locals.get(name).is_some() || self.is_primitive(name, at)) {
            self.found.words.push(name);
        }
    }

    /// Reads the path at `at`.
    pub(crate) fn path(&mut self, at: usize, end: usize, start: Start) -> usize {
        let mut segments = Vec::new();
        let mut at = at;
        while at < end && self.tokens[at].shape == Shape::Word {
            segments.push(self.tokens[at].data);
            at += 1;
            if !is_separator(self.tokens, at, end) {
                break;
            }
            if self.is_punct(at + 2, b'<') {
                // A turbofish, and perhaps more of the path behind it.
                let close = after_angles(self.tokens, at + 2, end);
                self.read(at + 3, close);
                at = close;
                if !is_separator(self.tokens, at, end) {
                    break;
                }
            }
            at += 2;
        }
        if self.is_punct(at, b'!')
            && self.tokens.get(at + 1).is_some_and(|next| next.shape == Shape::Open)
            && at + 1 < end
        {
            return self.macro_call(at + 1, Path { start, segments });
        }
        if start == Start::Here && segments.len() == 1 {
            self.alone(segments[0], at);
        } else if !segments.is_empty() {
            self.found.paths.push(Path { start, segments });
        }
        at
    }

    /// Whether the word before `at` is the name of a type that the language has, and not of a
    /// function of the same name that is handed on.
    fn is_primitive(&self, name: Name, at: usize) -> bool {
        if at < 2 {
            return false;
        }
        let before = &self.tokens[at - 2];
        let is_type = match before.shape {
            Shape::Word => before.data == word::AS,
            Shape::Punct => matches!(before.first, b'<' | b'>' | b'&'),
            _ => false,
        };
        if !is_type {
            return false;
        }
        let is_argument = |at: usize| {
            self.tokens.get(at).is_some_and(|token| {
                token.is_punct(b',') || token.is_open(b'(') || token.shape == Shape::Close
            })
        };
        let handed_on = at >= 2 && is_argument(at) && is_argument(at - 2);
        !handed_on && PRIMITIVES.contains(&self.names.get(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexer::lex;
    use crate::mentions::Receiver;

    pub(crate) fn read(text: &str) -> (Mentions, Names) {
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        let found = mentions(text, &tokens, 0, tokens.len(), &mut names);
        (found, names)
    }

    fn shown(list: &[Name], names: &Names) -> Vec<String> {
        let mut shown: Vec<String> = list.iter().map(|name| names.get(*name).to_owned()).collect();
        shown.sort();
        shown
    }

    pub(crate) fn path(path: &Path, names: &Names) -> String {
        let segments: Vec<&str> = path.segments.iter().map(|name| names.get(*name)).collect();
        let start = match path.start {
            Start::Here => "",
            Start::Global => "::",
            Start::MacroCrate => "$crate::",
        };
        format!("{start}{}", segments.join("::"))
    }

    #[track_caller]
    fn check(text: &str, words: &[&str], paths: &[&str], calls: &[&str]) {
        let (found, names) = read(text);
        assert_eq!(shown(&found.words, &names), words, "{text}");
        let found_paths: Vec<String> = found.paths.iter().map(|one| path(one, &names)).collect();
        assert_eq!(found_paths, paths, "{text}");
        assert_eq!(shown(&found.calls, &names), calls, "{text}");
    }

    #[test]
    fn words_paths_and_methods_are_told_apart() {
        check("fn f(a: B) -> C { let d = e(g); d.h().i }", &["B", "C", "e", "g"], &[], &["h"]);
        check("a::b::<C>(d).e::<F>()", &["C", "F", "d"], &["a::b"], &["e"]);
        check("Vec::<A>::new(::b::c)", &["A"], &["Vec::new", "::b::c"], &[]);
        check("<A as B>::c(d)", &["A", "B", "d"], &[], &["c"]);
        check("S { a: b, c }", &["S", "b", "c"], &[], &[]);
        check("a..b", &["a", "b"], &[], &[]);
        check(
            "crate::a(self::b, super::c, Self::d, self)",
            &[],
            &["crate::a", "self::b", "super::c", "Self::d"],
            &[],
        );
        check("$crate::a::b!(c); $t::d($e)", &["c"], &[], &[]);
        check("Box<dyn A<B> + c::D + 'static>", &["A", "B", "Box"], &["c::D"], &[]);
    }

    #[test]
    fn methods_of_self_are_a_matter_of_their_own() {
        let (found, names) = read("self.a(); self.b.c(); x.self_.d()");
        assert_eq!(shown(&found.self_calls, &names), ["a"]);
        assert_eq!(shown(&found.calls, &names), ["d"]);
        assert!(matches!(found.declared_calls[..], [(Receiver::Field(_), _, _)]));
    }

    #[test]
    fn attributes_mention_paths_also_in_strings() {
        check(
            "#[derive(A, b::C)] #[serde(with = \"d::e\", default = \"f\")] struct S { #[g::h(i = j)] a: K }",
            &["A", "K", "default", "f", "i", "j", "serde", "with"],
            &["b::C", "d::e", "g::h"],
            &[],
        );
        check("#[doc = \"a\"] #[allow(b)] #[must_use = \"c\"] fn f() {}", &[], &[], &[]);
    }

    #[test]
    fn conditions_are_found_one_by_one() {
        let (found, _) = read(
            "#[cfg(all(unix, not(feature = \"a\")))] #[cfg_attr(b, derive(C))] if cfg!(any(d, unix)) {}",
        );
        assert_eq!(found.conditions, ["unix", "feature = \"a\"", "b", "d"]);
    }

    #[test]
    fn macros_mention_what_is_in_their_arguments_and_formats() {
        let (found, names) = read(
            "println!(\"{a} {:b$} {{c}} {D:?}\", e = f); m!(g, h: i, J); include_str!(\"k\"); env!(\"L\")",
        );
        let macros: Vec<String> = found.macros.iter().map(|one| path(&one.path, &names)).collect();
        assert_eq!(macros, ["println", "m", "include_str", "env"]);
        assert_eq!(shown(&found.macros[1].words, &names), ["g", "h", "i"]);
        for word in ["a", "b", "D", "f", "g", "h", "i", "J"] {
            assert!(shown(&found.words, &names).iter().any(|one| one == word), "{word}");
        }
        assert_eq!(found.variables, ["L"]);
        assert_eq!(found.inclusions.len(), 1);
    }

    #[test]
    fn imports_in_bodies_are_imports() {
        let (found, _) = read("{ use a::{b, c::*}; b() }");
        assert_eq!(found.imports.len(), 2);
    }

    #[test]
    fn variables_are_not_what_else_has_their_names() {
        check(
            "fn f(a: B, mut c: D) { a(c, g); let e = e; let mut h: I = 1; e + h }",
            &["B", "D", "I", "a", "e", "g"],
            &[],
            &[],
        );
        check("fn f() { { let a = 1; a } a }", &["a"], &[], &[]);
        check("fn f(a: B) { fn g() { a } }", &["B", "a"], &[], &[]);
        check("fn f(a: B) { const C: D = a; a }", &["B", "D", "a"], &[], &[]);
        check("fn f<const C: D>(a: B) { a }", &["B", "D"], &[], &[]);
        check("fn f() { let Some(a) = b else { c }; a }", &["Some", "a", "b", "c"], &[], &[]);
        check("fn f() { let a = { let b = 1; a }; }", &["a"], &[], &[]);
    }

    #[test]
    fn only_what_a_format_shows_is_a_name_in_it() {
        check("format!(\"{{a}} {b:c} {d:>e$.f$} {0} {}\")", &["b", "d", "e", "f"], &[], &[]);
    }

    #[test]
    fn methods_of_what_is_declared_are_told_with_it() {
        let calls = |text: &str| {
            let (found, names) = read(text);
            let declared = found.declared_calls.iter().map(|(receiver, _, name)| {
                let kind = match receiver {
                    Receiver::Field(_) => "field",
                    Receiver::Type(..) => "type",
                    Receiver::Collection(_) => "collection",
                };
                format!("{kind} {}", names.get(*name))
            });
            (declared.collect::<Vec<_>>(), shown(&found.calls, &names))
        };
        let none: Vec<String> = Vec::new();
        assert_eq!(calls("fn f(a: &[B]) { a.c() }"), (vec!["type c".to_owned()], none.clone()));
        assert_eq!(
            calls("self.a.lock().unwrap().b()"),
            (["field lock", "field unwrap", "field b"].map(str::to_owned).to_vec(), none.clone(),)
        );
        assert_eq!(calls("self.a.map(b).c()").1, ["c"]);
        assert_eq!(calls("{ let a = Vec::new(); a.b(); a.get(0).c() }").1, ["c"]);
        assert_eq!(calls("{ let a = A::new(); a.b(); c.d() }").1, ["b", "d"]);
        assert_eq!(calls("{ let a: Vec<u8> = b(); a.c(); let a = d; a.e() }").1, ["e"]);
    }
}
