//! Real builds and real runs after real edits: a workspace whose program says, for each cached
//! function, where its value came from, and what the value is when it is computed.
//!
//! What every test claims beside its own: a value that comes from the cache is the one that the
//! function has.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod change;
mod child;
mod harmless;
mod near_duplicates;
mod outcome;
mod project;
mod times;
mod weighty;

use std::collections::BTreeSet;

use change::Change::Replace;
use change::Edit;
use outcome::Outcome;
use project::{Profile, project};

/// What is compiled otherwise in release builds, and so has results of its own there.
const PROFILE_DEPENDENT: &[&str] = &["check"];

#[test]
fn an_edit_recomputes_what_it_could_change_and_undoing_it_nothing() {
    let mut project = project();
    let mut problems = Vec::new();
    project.run(Profile::Debug).check_fresh();
    problems.extend(differences("no edit", &project.run(Profile::Debug), &[]));
    for edit in weighty::EDITS {
        // Undoing the edit before this one adds nothing to what is computed.
        project.undo();
        project.apply(edit.changes);
        problems.extend(differences(edit.name, &project.run(Profile::Debug), edit.recomputed));
    }
    project.undo();
    problems.extend(differences("all undone", &project.run(Profile::Debug), &[]));

    // A release build finds what a debug build computed, whatever else was edited by then.
    problems.extend(differences("release", &project.run(Profile::Release), PROFILE_DEPENDENT));
    for group in groups(weighty::EDITS) {
        let mut expected = BTreeSet::new();
        for edit in &group {
            project.apply(edit.changes);
            expected.extend(PROFILE_DEPENDENT.iter().filter(|name| edit.recomputed.contains(name)));
        }
        let expected: Vec<_> = expected.into_iter().copied().collect();
        let names: Vec<_> = group.iter().map(|edit| edit.name).collect();
        let outcome = project.run(Profile::Release);
        problems.extend(differences(&format!("release, {names:?}"), &outcome, &expected));
        project.undo();
    }
    let problems = problems.join("\n");
    assert!(problems.is_empty(), "of {} edits, these failed:\n{problems}", weighty::EDITS.len());
}

#[test]
fn harmless_edits_recompute_nothing_all_at_once() {
    let mut project = project();
    for profile in [Profile::Debug, Profile::Release] {
        project.run(profile).check_fresh();
    }
    for edit in harmless::EDITS {
        project.apply(edit.changes);
    }
    let mut problems = Vec::new();
    for profile in [Profile::Debug, Profile::Release] {
        problems.extend(differences("all edits", &project.run(profile), &[]));
    }
    if !problems.is_empty() {
        // One after the other, to see which.
        for edit in harmless::EDITS {
            project.undo();
            project.forget();
            project.run(Profile::Debug).check_fresh();
            project.apply(edit.changes);
            problems.extend(differences(edit.name, &project.run(Profile::Debug), &[]));
        }
    }
    let problems = problems.join("\n");
    assert!(problems.is_empty(), "of {} edits, these failed:\n{problems}", harmless::EDITS.len());
}

/// Groups of edits that are about different functions.
fn groups(edits: &[Edit]) -> Vec<Vec<&Edit>> {
    let mut groups: Vec<Vec<&Edit>> = Vec::new();
    for edit in edits {
        let is_apart =
            |other: &&Edit| other.recomputed.iter().all(|f| !edit.recomputed.contains(f));
        match groups.iter_mut().find(|group| group.iter().all(is_apart)) {
            Some(group) => group.push(edit),
            None => groups.push(vec![edit]),
        }
    }
    groups
}

/// What is not as it should be after an edit.
fn differences(edit: &str, outcome: &Outcome, expected: &[&str]) -> Vec<String> {
    let computed = outcome.computed();
    let expected: BTreeSet<&str> = expected.iter().copied().collect();
    let mut differences = outcome.stale();
    if computed != expected {
        let missing: Vec<_> = expected.difference(&computed).collect();
        let needless: Vec<_> = computed.difference(&expected).collect();
        differences.push(format!("not computed: {missing:?}, needlessly: {needless:?}"));
    }
    differences.iter().map(|difference| format!("{edit}: {difference}")).collect()
}

#[test]
fn benchmarks_and_integration_tests_are_homes_of_functions_like_others() {
    let mut project = project();
    project.run_tests().check_computed(&["speed", "trip"]);
    let edits: [(&[change::Change], &[&str]); 3] = [
        (&[Replace("survey/benches/speed.rs", "3 * n", "4 * n")], &["speed"]),
        (&[Replace("survey/tests/trip.rs", "n / 2", "n / 3")], &["trip"]),
        (&[Replace("survey/src/helpers.rs", "    1\n", "    2\n")], &["speed", "trip"]),
    ];
    for (edit, recomputed) in edits {
        project.undo();
        project.apply(edit);
        project.run_tests().check_computed(recomputed);
    }
    project.undo();
    project.run_tests().check_computed(&[]);
}

#[test]
fn the_same_sources_in_another_folder_find_every_result() {
    let project = project();
    project.run(Profile::Debug).check_fresh();
    project.run(Profile::Release).check_fresh();
    let copy = project.copied("elsewhere/copy");
    copy.run(Profile::Debug).check_computed(&[]);
    copy.run(Profile::Release).check_computed(&[]);
}
