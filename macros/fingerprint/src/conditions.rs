//! Which conditions of `cfg` hold, as far as that can be told without the compiler.

use std::env::consts::{ARCH, FAMILY, OS};

use crate::graph::Conditions;
use crate::lexer::{Shape, Token};
use crate::names::{Names, word};

/// Conditions that the compiler itself sets, by target and profile.
const BUILT_IN: [&str; 32] = [
    "unix",
    "windows",
    "debug_assertions",
    "overflow_checks",
    "ub_checks",
    "panic",
    "proc_macro",
    "miri",
    "doc",
    "doctest",
    "rustfmt",
    "clippy",
    "sanitize",
    "relocation_model",
    "fmt_debug",
    "target_arch",
    "target_os",
    "target_family",
    "target_env",
    "target_endian",
    "target_pointer_width",
    "target_vendor",
    "target_feature",
    "target_has_atomic",
    "target_has_atomic_equal_alignment",
    "target_has_atomic_load_store",
    "target_abi",
    "target_thread_local",
    "contract_checks",
    "emscripten_wasm_eh",
    "target_has_reliable_f16",
    "target_has_reliable_f128",
];

impl Conditions {
    /// Whether a single condition holds: `unix`, `feature = "x"`. `None` where only the compiler
    /// knows.
    pub(crate) fn holds(&self, condition: &str) -> Option<bool> {
        let (name, value) = condition.split_once(" = ").unwrap_or((condition, ""));
        match name {
            "test" => Some(self.test),
            "feature" => {
                let features = self.features.as_ref()?;
                Some(features.contains(value.trim_matches('"')))
            }
            "unix" if self.for_host => Some(cfg!(unix)),
            "windows" if self.for_host => Some(cfg!(windows)),
            "target_os" if self.for_host => Some(value.trim_matches('"') == OS),
            "target_family" if self.for_host => Some(value.trim_matches('"') == FAMILY),
            "target_arch" if self.for_host => Some(value.trim_matches('"') == ARCH),
            _ if BUILT_IN.contains(&name) => None,
            _ => self.others.as_ref().map(|others| others.contains(condition)),
        }
    }

    /// Whether what stands in `cfg(…)` between two positions holds.
    pub(crate) fn all_hold(
        &self,
        text: &str,
        tokens: &[Token],
        start: usize,
        end: usize,
        names: &Names,
    ) -> Option<bool> {
        let mut at = start;
        self.one(text, tokens, &mut at, end, names)
    }

    fn one(
        &self,
        text: &str,
        tokens: &[Token],
        at: &mut usize,
        end: usize,
        names: &Names,
    ) -> Option<bool> {
        let token = tokens.get(*at).filter(|token| *at < end && token.shape == Shape::Word)?;
        let next = tokens.get(*at + 1).filter(|_| *at + 1 < end);
        if let Some(open) = next.filter(|next| next.is_open(b'(')) {
            let close = open.data as usize;
            let mut inner = *at + 2;
            *at = close + 1;
            let mut results = Vec::new();
            while inner < close {
                let before = inner;
                results.push(self.one(text, tokens, &mut inner, close, names));
                // Past the comma, and past what is not understood.
                inner = inner.max(before + 1);
                while inner < close && tokens[inner].is_punct(b',') {
                    inner += 1;
                }
            }
            return match token.data {
                word::NOT => results.first().copied().flatten().map(|held| !held),
                word::ALL if results.contains(&Some(false)) => Some(false),
                word::ALL => results.iter().all(|held| *held == Some(true)).then_some(true),
                word::ANY if results.contains(&Some(true)) => Some(true),
                word::ANY => results.iter().all(|held| *held == Some(false)).then_some(false),
                _ => None,
            };
        }
        let name = names.get(token.data);
        if let Some(value) = tokens.get(*at + 2).filter(|value| {
            *at + 2 < end && value.shape == Shape::Literal && tokens[*at + 1].is_punct(b'=')
        }) {
            *at += 3;
            return self
                .holds(&format!("{name} = {}", &text[value.start as usize..value.end as usize]));
        }
        *at += 1;
        match token.data {
            word::TRUE => Some(true),
            word::FALSE => Some(false),
            _ => self.holds(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lexer::lex;

    fn check(text: &str, expected: Option<bool>) {
        let conditions = Conditions {
            test: false,
            for_host: false,
            features: Some(BTreeSet::from(["a".to_owned()])),
            others: Some(BTreeSet::from(["special".to_owned()])),
        };
        let mut names = Names::new();
        let tokens = lex(text, &mut names);
        assert_eq!(conditions.all_hold(text, &tokens, 0, tokens.len(), &names), expected, "{text}");
    }

    #[test]
    fn conditions_hold_do_not_hold_or_are_the_compilers() {
        check("test", Some(false));
        check("not(test)", Some(true));
        check("feature = \"a\"", Some(true));
        check("feature = \"b\"", Some(false));
        check("unix", None);
        check("special", Some(true));
        check("other", Some(false));
        check("all(unix, test)", Some(false));
        check("all(unix, feature = \"a\")", None);
        check("all(special, feature = \"a\",)", Some(true));
        check("any(unix, special)", Some(true));
        check("any(test, other)", Some(false));
        check("not(any(unix, test))", None);
        check("all()", Some(true));
        check("any()", Some(false));
        check("true", Some(true));
    }

    #[test]
    fn the_machine_of_the_compiler_is_the_one_it_compiles_for_unless_it_is_told() {
        let conditions = Conditions { for_host: true, ..Conditions::default() };
        assert_eq!(conditions.holds("unix"), Some(cfg!(unix)));
        assert_eq!(conditions.holds("windows"), Some(cfg!(windows)));
        assert_eq!(conditions.holds("target_os = \"linux\""), Some(cfg!(target_os = "linux")));
        assert_eq!(
            conditions.holds("target_arch = \"x86_64\""),
            Some(cfg!(target_arch = "x86_64"))
        );
        assert_eq!(conditions.holds("debug_assertions"), None);
        assert_eq!(Conditions::default().holds("unix"), None);
    }
}
