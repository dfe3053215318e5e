//! Makes edits and compares what they change with what they must.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::edit::{Changes, Edit};
use crate::project::{Codes, Project};
use crate::state::State;

/// Every which edit is made in a second folder too, where it must give the same fingerprints, and is
/// looked at once more when it is undone. Fingerprints depend on what lies there alone, so that more
/// of it would take longer and find nothing.
const EACH: usize = 5;

/// Makes each edit of `start`, looks at what changed, and undoes it. Reports all that went wrong.
pub(crate) fn check(start: &State, edits: &[Edit]) {
    let mut here = Project::new("here");
    let mut elsewhere = Project::new("else where/deeper");
    here.write(start);
    let before = here.codes(start);
    assert!(!before.is_empty(), "no cached function was found");
    elsewhere.write(start);
    assert_eq!(differences(&before, &elsewhere.codes(start)), BTreeSet::new(), "elsewhere");

    let mut failures = String::new();
    for (index, edit) in edits.iter().enumerate() {
        let edited = edit.apply(start);
        here.write(&edited);
        let after = catch_unwind(AssertUnwindSafe(|| here.codes(&edited)));
        let failure = match after {
            Err(_) => Some("the engine panicked".to_owned()),
            Ok(after) => wrong_changes(edit, &before, &after).or_else(|| {
                if index % EACH != 0 {
                    return None;
                }
                elsewhere.write(&edited);
                let differ = differences(&after, &elsewhere.codes(&edited));
                (!differ.is_empty()).then(|| format!("elsewhere it is another code: {differ:?}"))
            }),
        };
        if let Some(failure) = failure {
            let _ = writeln!(failures, "- {}: {failure}", edit.name);
        }
        here.write(start);
        if index % EACH == 0 {
            let undone = differences(&before, &here.codes(start));
            if !undone.is_empty() {
                let _ = writeln!(failures, "- {}, undone: still changed are {undone:?}", edit.name);
            }
        }
    }
    let count = failures.lines().count();
    assert!(failures.is_empty(), "{count} failures in {} edits\n{failures}", edits.len());
}

/// What is wrong about the set of changed functions, if anything.
fn wrong_changes(edit: &Edit, before: &Codes, after: &Codes) -> Option<String> {
    let changed = differences(before, after);
    let changed: BTreeSet<&str> = changed.iter().map(String::as_str).collect();
    let expected: BTreeSet<&str> = match &edit.changes {
        Changes::Of(names) => names.clone(),
        Changes::All => before.keys().map(String::as_str).collect(),
    };
    let missing: Vec<_> = expected.difference(&changed).collect();
    let needless: Vec<_> = changed.difference(&expected).collect();
    match (missing.is_empty(), needless.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("unchanged are {missing:?}")),
        (true, false) => Some(format!("changed needlessly are {needless:?}")),
        (false, false) => Some(format!("unchanged are {missing:?}, needlessly {needless:?}")),
    }
}

/// The functions whose code is not the same in both, or which only one has.
fn differences(one: &Codes, other: &Codes) -> BTreeSet<String> {
    let names = one.keys().chain(other.keys());
    names.filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}
