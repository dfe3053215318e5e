//! What is different between two states of a function's code.

use super::code::{Code, ItemKind};
use super::parts::Part;
use std::collections::BTreeMap;
use std::fmt;

/// So many changes are named in a sentence.
const NAMED: usize = 3;

/// One difference between the code that computed an earlier result and the code now: see
/// [`Why::CodeChanged`](crate::Why::CodeChanged).
///
/// Displays as a clause: "`clean::normalize` was edited", "`serde` went from 1.0.218 to 1.0.219".
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What kind of thing is different.
    pub kind: ItemKind,
    /// Its path, as in [`CodeItem::path`](crate::CodeItem::path).
    pub path: String,
    /// What happened to it.
    pub edit: Edit,
    /// What there was to say of it beside its name: a version, an edition, the value of a condition.
    pub before: Option<String>,
    /// What there is to say of it now.
    pub after: Option<String>,
}

/// What happened to an item of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Edit {
    /// It is not what it was.
    Edited,
    /// The function did not reach it before.
    Added,
    /// The function does not reach it any more.
    Removed,
}

/// The differences, those in what both have first. None where it is not known what one of the two
/// consists of.
pub(super) fn between(before: &Code, after: &Code) -> Vec<Change> {
    // The conditions of cfg are known always, the rest where the attribute found out.
    let is_known = |code: &Code| code.parts.iter().any(|part| part.kind != ItemKind::Cfg);
    let both = is_known(before) && is_known(after);
    let compared = |part: &&Part| both || part.kind == ItemKind::Cfg;

    // There may be several parts of one name, as items that a cfg attribute chooses from.
    let mut groups: BTreeMap<(&str, ItemKind), [Vec<&Part>; 2]> = BTreeMap::new();
    for (side, code) in [before, after].into_iter().enumerate() {
        for part in code.parts.iter().filter(compared) {
            groups.entry((&part.path, part.kind)).or_default()[side].push(part);
        }
    }
    let changes = groups.into_iter().filter_map(|((path, kind), [mut old, mut new])| {
        let same = |a: &Part, b: &Part| a.digest == b.digest && a.detail == b.detail;
        old.retain(|part| match new.iter().position(|other| same(part, other)) {
            Some(at) => {
                new.remove(at);
                false
            }
            None => true,
        });
        let edit = match (old.is_empty(), new.is_empty()) {
            (true, true) => return None,
            (false, false) => Edit::Edited,
            (true, false) => Edit::Added,
            (false, true) => Edit::Removed,
        };
        Some(Change {
            kind,
            path: path.to_owned(),
            edit,
            before: detail(&old),
            after: detail(&new),
        })
    });
    let mut changes: Vec<_> = changes.collect();
    // What was added and removed mostly follows from what was edited.
    changes.sort_by_key(|change| (change.kind == ItemKind::Doubt, change.edit));
    changes
}

fn detail(parts: &[&Part]) -> Option<String> {
    let details: Vec<_> = parts.iter().map(|part| part.detail.as_str()).collect();
    Some(details.join(", ")).filter(|details| !details.is_empty())
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, path, edit, before, after } = self;
        match (kind, before, after) {
            (ItemKind::Doubt, ..) => {
                return f.write_str("the sources may not have been what was compiled");
            }
            (ItemKind::Cfg, _, Some(value)) => return write!(f, "`cfg({path})` is {value} now"),
            (ItemKind::Cfg, ..) => return write!(f, "`cfg({path})` does not matter any more"),
            (ItemKind::Edition, ..) => write!(f, "the edition of `{path}`")?,
            (ItemKind::File | ItemKind::Package | ItemKind::Variable, ..) => {
                write!(f, "the {kind} `{path}`")?;
            }
            _ => write!(f, "`{path}`")?,
        }
        match (edit, before, after) {
            (Edit::Edited, Some(before), Some(after)) if before != after => {
                write!(f, " went from {before} to {after}")
            }
            (Edit::Edited, ..) => f.write_str(" was edited"),
            (Edit::Added, _, Some(detail)) => write!(f, " {detail} was added"),
            (Edit::Added, ..) => f.write_str(" was added"),
            (Edit::Removed, Some(detail), _) => write!(f, " {detail} was removed"),
            (Edit::Removed, ..) => f.write_str(" was removed"),
        }
    }
}

/// The changes as one clause, the last of many only counted.
pub(super) struct Summary<'a>(pub(super) &'a [Change]);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut clauses: Vec<_> = self.0.iter().take(NAMED).map(Change::to_string).collect();
        if self.0.is_empty() {
            clauses.push("its code changed, in what is not known".to_owned());
        }
        if let Some(more) = self.0.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let noun = if more == 1 { "item" } else { "items" };
            clauses.push(format!("{more} more {noun} changed"));
        }
        f.write_str(&enumerated(&clauses))
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn enumerated(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [words @ .., last] => format!("{} and {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: ItemKind, path: &str, digest: u32, detail: &str) -> Part {
        Part { kind, path: path.to_owned(), digest, detail: detail.to_owned(), via: None }
    }

    fn function(path: &str, digest: u32) -> Part {
        part(ItemKind::Function, path, digest, "")
    }

    #[track_caller]
    fn check(before: &[Part], after: &[Part], expected: &[&str]) {
        let changes = between(&Code { parts: before.to_vec() }, &Code { parts: after.to_vec() });
        let texts: Vec<_> = changes.iter().map(Change::to_string).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn the_same_parts_in_any_order_are_no_change() {
        let (a, b) = (function("a", 1), function("b", 2));
        check(&[a.clone(), b.clone()], &[b, a], &[]);
    }

    #[test]
    fn what_was_edited_comes_before_what_was_added_and_removed() {
        check(
            &[function("app::f", 1), function("app::gone", 2), function("app::same", 3)],
            &[function("app::added", 4), function("app::f", 5), function("app::same", 3)],
            &["`app::f` was edited", "`app::added` was added", "`app::gone` was removed"],
        );
    }

    #[test]
    fn items_of_one_name_are_compared_as_a_bag() {
        let [one, two, three] = [1, 2, 3].map(|digest| function("a", digest));
        let [one, two, three] = [&one, &two, &three].map(Clone::clone);
        let of = |parts: &[&Part]| parts.iter().copied().cloned().collect::<Vec<_>>();
        check(&of(&[&one, &one]), &of(&[&one]), &["`a` was removed"]);
        check(&of(&[&one]), &of(&[&one, &two]), &["`a` was added"]);
        check(&of(&[&one, &two]), &of(&[&two, &three]), &["`a` was edited"]);
        check(&of(&[&one, &two]), &of(&[&three]), &["`a` was edited"]);
        check(&of(&[&one, &two]), &of(&[&two, &one]), &[]);
    }

    #[test]
    fn each_kind_is_told_in_words_that_suit_it() {
        let before = [
            function("f", 1),
            part(ItemKind::Cfg, "feature = \"x\"", 0, "false"),
            part(ItemKind::Cfg, "unix", 0, "true"),
            part(ItemKind::Dependency, "gone", 1, "0.3.0"),
            part(ItemKind::Dependency, "serde", 1, "1.0.218"),
            part(ItemKind::Edition, "app", 1, "2021"),
            part(ItemKind::File, "words.txt", 1, ""),
            part(ItemKind::Package, "derive", 1, ""),
            part(ItemKind::Variable, "TARGET", 1, ""),
        ];
        let after = [
            function("f", 1),
            part(ItemKind::Cfg, "feature = \"x\"", 0, "true"),
            part(ItemKind::Dependency, "rand", 1, "0.9.0"),
            part(ItemKind::Dependency, "serde", 2, "1.0.219"),
            part(ItemKind::Doubt, "app", 77, ""),
            part(ItemKind::Edition, "app", 2, "2024"),
            part(ItemKind::File, "words.txt", 2, ""),
            part(ItemKind::Package, "derive", 2, ""),
            part(ItemKind::Variable, "TARGET", 2, ""),
        ];
        check(
            &before,
            &after,
            &[
                "the environment variable `TARGET` was edited",
                "the edition of `app` went from 2021 to 2024",
                "the package `derive` was edited",
                "`cfg(feature = \"x\")` is true now",
                "`serde` went from 1.0.218 to 1.0.219",
                "the file `words.txt` was edited",
                "`rand` 0.9.0 was added",
                "`gone` 0.3.0 was removed",
                "`cfg(unix)` does not matter any more",
                "the sources may not have been what was compiled",
            ],
        );
    }

    #[test]
    fn of_code_that_is_not_known_only_the_conditions_are_compared() {
        let cfg = |value| part(ItemKind::Cfg, "unix", 0, value);
        check(&[function("f", 1), cfg("true")], &[cfg("false")], &["`cfg(unix)` is false now"]);
        check(&[cfg("true")], &[function("f", 1), cfg("true")], &[]);
    }

    #[test]
    fn a_sentence_names_three_changes_and_counts_the_rest() {
        let changes = |count: u32| {
            let names = ["a", "b", "c", "d", "e"];
            let of =
                |digest| names.iter().zip(0..count).map(move |(name, _)| function(name, digest));
            let code = |digest| Code { parts: of(digest).collect() };
            Summary(&between(&code(1), &code(2))).to_string()
        };
        assert_eq!(changes(1), "`a` was edited");
        assert_eq!(changes(2), "`a` was edited and `b` was edited");
        assert_eq!(changes(3), "`a` was edited, `b` was edited and `c` was edited");
        assert!(changes(4).ends_with("`c` was edited and 1 more item changed"));
        assert!(changes(5).ends_with("`c` was edited and 2 more items changed"));
        assert_eq!(changes(0), "its code changed, in what is not known");
    }
}
