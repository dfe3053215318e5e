//! What a run of the program printed.

use std::collections::{BTreeMap, BTreeSet};

/// By function: where its value came from, that value, and the one it has when it is computed.
pub(crate) struct Outcome(BTreeMap<String, [String; 3]>);

impl Outcome {
    pub(crate) fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let words: Vec<String> = line.split('\t').map(str::to_owned).collect();
            let [name, rest @ ..] = <[String; 4]>::try_from(words).unwrap();
            assert!(["Computed", "Disk"].contains(&rest[0].as_str()), "{line}");
            (name, rest)
        };
        let lines: BTreeMap<_, _> = text.lines().map(line).collect();
        assert_eq!(lines.len(), text.lines().count(), "a function twice: {text}");
        Self(lines)
    }

    /// The functions that ran.
    pub(crate) fn computed(&self) -> BTreeSet<&str> {
        let ran = self.0.iter().filter(|(_, [source, ..])| source == "Computed");
        ran.map(|(name, _)| name.as_str()).collect()
    }

    /// The functions whose value is not the one they have, each with both.
    pub(crate) fn stale(&self) -> Vec<String> {
        let stale = self.0.iter().filter(|(_, [_, value, uncached])| value != uncached);
        stale.map(|(name, [_, old, new])| format!("`{name}` is stale: {old} for {new}")).collect()
    }

    /// Fails if any value is stale.
    #[track_caller]
    pub(crate) fn check_fresh(&self) {
        assert_eq!(self.stale(), Vec::<String>::new());
    }

    /// Fails if others ran than these, or if any value is stale.
    #[track_caller]
    pub(crate) fn check_computed(&self, expected: &[&str]) {
        assert_eq!(self.computed(), expected.iter().copied().collect());
        self.check_fresh();
    }

    /// Fails if others ran than some of these, or if any value is stale.
    #[track_caller]
    pub(crate) fn check_computed_within(&self, allowed: &[&str]) {
        let computed = self.computed();
        assert!(computed.iter().all(|name| allowed.contains(name)), "{computed:?}");
        self.check_fresh();
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        &self.0[name][1]
    }
}
