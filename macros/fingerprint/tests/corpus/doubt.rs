//! Sources that may not be what was compiled.

use crate::artefacts::{Age, COMPILER, DEPENDENCIES};
use crate::project::Project;
use crate::state::{State, Target};

/// Makes `path` look as if it had been written then, and says of a cached function whether its code
/// is doubtful, and whether it is another one each time it is looked at.
fn look(path: &str, age: Age, name: &str) -> (bool, bool) {
    let state = State::workspace(Target::Library);
    let mut project = Project::new("here");
    project.write(&state);
    project.touch(path, age);
    look_again(&project, &state, name)
}

fn look_again(project: &Project, state: &State, name: &str) -> (bool, bool) {
    let (first, second) = (project.codes(state), project.codes(state));
    assert_eq!(first[name].doubtful, second[name].doubtful);
    (first[name].doubtful, first[name] != second[name])
}

#[test]
fn code_of_a_dependency_that_was_edited_after_its_compilation_is_like_no_other() {
    let edited = Age(DEPENDENCIES.0 + 1);
    assert_eq!(look("dep-a/src/lib.rs", edited, "path_function"), (true, true));
    assert_eq!(look("dep-a/src/shapes.rs", edited, "path_type"), (true, true));
    assert_eq!(look("pm/src/answer.rs", edited, "by_bang"), (true, true));
}

#[test]
fn code_that_was_edited_after_the_start_of_the_compiler_is_like_no_other() {
    let edited = Age(COMPILER.0 + 1);
    assert_eq!(look("app/src/calls.rs", edited, "direct"), (true, true));
    assert_eq!(look("app/data/words.txt", edited, "words"), (true, true));
}

#[test]
fn functions_that_do_not_reach_a_doubtful_package_keep_their_code() {
    let edited = Age(DEPENDENCIES.0 + 1);
    assert_eq!(look("dep-a/src/lib.rs", edited, "direct"), (false, false));
    assert_eq!(look("pm/src/answer.rs", edited, "path_function"), (false, false));
}

#[test]
fn code_that_was_edited_just_before_the_compiler_started_is_not_doubtful() {
    let before = Age(DEPENDENCIES.0 - 5);
    assert_eq!(look("dep-a/src/lib.rs", before, "path_function"), (false, false));
    let before = Age(COMPILER.0 - 5);
    assert_eq!(look("app/src/calls.rs", before, "direct"), (false, false));
}

#[test]
fn larder_is_never_doubtful() {
    let edited = Age(DEPENDENCIES.0 + 1);
    assert_eq!(look("larder/src/lib.rs", edited, "input"), (false, false));
}

/// A file that is copied or unpacked can have a time stamp from long before; when it came is known
/// to the system all the same.
#[cfg(unix)]
#[test]
fn code_that_came_after_the_compilation_with_an_old_time_stamp_is_like_no_other() {
    let state = State::workspace(Target::Library);
    let mut project = Project::new("here");
    project.write(&state);
    project.touch("target/debug/.fingerprint/dep-a-77f60928778c45c0/invoked.timestamp", Age(-100));
    project.touch("dep-a/src/lib.rs", Age(-200));
    assert_eq!(look_again(&project, &state, "path_function"), (true, true));
    assert_eq!(look_again(&project, &state, "direct"), (false, false));
}
