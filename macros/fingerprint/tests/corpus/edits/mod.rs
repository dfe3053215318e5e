//! The edits, by what they show.

mod bodies;
mod brought;
mod calls;
mod chosen;
mod conditions;
mod corners;
mod deeper;
mod derives;
mod forms;
mod generated;
mod impls;
mod inputs;
mod layout;
mod macros;
mod methods;
mod opened;
mod outside;
mod packages;
mod paths;
mod shapes;
mod subtle;
mod targets;
mod tokens;
mod traits;
mod values;

use std::collections::BTreeSet;

use crate::edit::{Changes, Edit};
use crate::project::Project;
use crate::state::{State, Target};

fn all() -> Vec<Edit> {
    let groups = [
        bodies::edits(),
        brought::edits(),
        calls::edits(),
        chosen::edits(),
        conditions::edits(),
        corners::edits(),
        deeper::edits(),
        derives::edits(),
        forms::edits(),
        generated::edits(),
        impls::edits(),
        inputs::edits(),
        layout::edits(),
        layout::in_every_file(),
        macros::edits(),
        methods::edits(),
        opened::edits(),
        outside::edits(),
        packages::edits(),
        paths::edits(),
        shapes::edits(),
        subtle::edits(),
        targets::in_binary(),
        targets::in_tests(),
        tokens::edits(),
        traits::edits(),
        values::edits(),
    ];
    groups.into_iter().flatten().collect()
}

#[test]
fn about_half_of_at_least_120_edits_change_something() {
    let edits = all();
    let nothing = Changes::Of(BTreeSet::new());
    let harmless = edits.iter().filter(|edit| edit.changes == nothing).count();
    assert!(edits.len() >= 120, "{} edits", edits.len());
    let share = 100 * harmless / edits.len();
    assert!((40..=60).contains(&share), "{harmless} of {} edits change nothing", edits.len());
}

#[test]
fn no_two_edits_have_one_name() {
    let edits = all();
    let names: BTreeSet<&str> = edits.iter().map(|edit| edit.name.as_str()).collect();
    assert_eq!(names.len(), edits.len());
}

#[test]
fn every_cached_function_is_found_and_has_a_code_that_some_edit_changes() {
    let state = State::workspace(Target::Library);
    let mut project = Project::new("here");
    project.write(&state);
    let found: BTreeSet<String> = project.codes(&state).into_keys().collect();

    let edits = all();
    let changed: BTreeSet<&str> = edits
        .iter()
        .filter_map(|edit| match &edit.changes {
            Changes::Of(names) => Some(names.iter().copied()),
            Changes::All => None,
        })
        .flatten()
        .collect();
    let unchanged: Vec<_> = found.iter().filter(|name| !changed.contains(name.as_str())).collect();
    assert!(unchanged.is_empty(), "no edit changes {unchanged:?}");

    let library = |path: &str| path.starts_with("app/src/") && path != "app/src/main.rs";
    let texts = state.files.iter().filter(|(path, _)| library(path)).map(|(_, text)| text);
    let marks: usize = texts.map(|text| count_marks(text)).sum();
    assert_eq!(found.len(), marks);
}

/// How many functions in a text have the attribute.
fn count_marks(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    // The one in a body is part of that, and found only where the attribute stands.
    let marked = |pair: &&[&str]| {
        matches!(pair[0], "#[cache]" | "#[larder::cache]")
            && !pair[1].starts_with("impl")
            && !pair[1].starts_with("fn held")
    };
    lines.windows(2).filter(marked).count()
}
