//! Time stamps that mislead cargo: a source that is not compiled again, or again and again.
//!
//! Where the sources are not what was compiled, a result may be computed in vain, but none may be
//! found that the compiled code would not compute; neither then nor once it is compiled again.

use std::time::{Duration, SystemTime};

use crate::change::Change::{self, Replace, Touch};
use crate::project::{Profile, Project, project};

const UNITS: &str = "units/src/lib.rs";
const HELPERS: &str = "survey/src/helpers.rs";

/// An edit in a path dependency, to what only `convert` uses.
const DEPENDENCY: Change = Replace(UNITS, "length * per_unit()", "length * per_unit() + 9");

/// An edit in the application.
const APPLICATION: Change = Replace("survey/src/outside.rs", "n.min(", "1 + n.min(");

/// An edit in the program.
const PROGRAM: Change = Replace("survey/src/main.rs", "n) + 100", "n) + 101");

/// The functions whose sources lie in the path dependency, partly.
const OF_DEPENDENCY: &[&str] = &["convert", "join", "perimeter", "reach"];

/// The first second of 2001, so many days after that of 1970.
fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 11_323)
}

fn check_old_stamp_in_a_dependency(project: &mut Project, profile: Profile) {
    project.run(profile).check_fresh();
    let before = project.run(profile).value("convert").to_owned();

    project.apply(&[DEPENDENCY, APPLICATION]);
    project.set_time(UNITS, long_ago());
    let unnoticed = project.run(profile);
    // Or else there is nothing to be misled by.
    assert_eq!(unnoticed.value("convert"), before);
    unnoticed.check_computed_within(OF_DEPENDENCY);
    assert!(unnoticed.computed().contains("reach"));

    project.apply(&[Touch(UNITS)]);
    let noticed = project.run(profile);
    assert_ne!(noticed.value("convert"), before);
    noticed.check_computed_within(OF_DEPENDENCY);

    project.undo();
    project.run(profile).check_computed(&[]);
}

#[test]
fn an_old_stamp_on_an_edited_dependency_leads_to_nothing_stale() {
    check_old_stamp_in_a_dependency(&mut project(), Profile::Debug);
}

#[test]
fn an_old_stamp_on_an_edited_dependency_leads_to_nothing_stale_in_release_builds() {
    check_old_stamp_in_a_dependency(&mut project(), Profile::Release);
}

#[test]
fn a_dependency_that_is_restored_with_an_old_stamp_leads_to_nothing_stale() {
    let mut project = project();
    project.run(Profile::Debug).check_fresh();
    project.apply(&[DEPENDENCY]);
    let edited = project.run(Profile::Debug);
    edited.check_fresh();

    // The results of these sources are there, and cargo keeps the code of the edited ones.
    project.undo();
    project.set_time(UNITS, long_ago());
    project.apply(&[APPLICATION]);
    let unnoticed = project.run(Profile::Debug);
    assert_eq!(unnoticed.value("convert"), edited.value("convert"));
    unnoticed.check_computed_within(OF_DEPENDENCY);

    project.apply(&[Touch(UNITS)]);
    project.undo();
    project.run(Profile::Debug).check_computed(&[]);
}

#[test]
fn an_old_stamp_on_the_library_of_a_program_leads_to_nothing_stale() {
    let mut project = project();
    project.run(Profile::Debug).check_fresh();
    let before = project.run(Profile::Debug).value("summary").to_owned();

    // The program is compiled, and the library that it shares a package with is not.
    project.apply(&[PROGRAM, Replace(HELPERS, "FACTOR: u64 = 3", "FACTOR: u64 = 4")]);
    project.set_time(HELPERS, long_ago());
    let unnoticed = project.run(Profile::Debug);
    assert_eq!(unnoticed.value("area"), "550");
    assert_ne!(unnoticed.value("summary"), before);
    unnoticed.check_computed_within(&["summary"]);

    project.apply(&[Touch(HELPERS)]);
    project.run(Profile::Debug).check_computed(&["area", "estate", "sample", "summary"]);
    project.undo();
    project.run(Profile::Debug).check_computed(&[]);
}

#[test]
fn an_old_stamp_on_a_file_that_is_compiled_anyway_costs_nothing() {
    let mut project = project();
    project.run(Profile::Debug).check_fresh();
    project.apply(&[APPLICATION, Replace(HELPERS, "FACTOR: u64 = 3", "FACTOR: u64 = 4")]);
    project.set_time(HELPERS, long_ago());
    let edited = project.run(Profile::Debug);
    edited.check_computed(&["area", "estate", "reach", "sample", "summary"]);
    project.run(Profile::Debug).check_computed(&[]);
    project.undo();
    project.run(Profile::Debug).check_computed(&[]);
}

#[test]
fn a_stamp_from_the_future_leads_to_nothing_stale() {
    let mut project = project();
    project.run(Profile::Debug).check_fresh();
    project.apply(&[DEPENDENCY]);
    project.set_time(UNITS, SystemTime::now() + Duration::from_hours(24));
    for _ in 0..2 {
        let edited = project.run(Profile::Debug);
        edited.check_computed_within(OF_DEPENDENCY);
    }
    project.undo();
    project.run(Profile::Debug).check_computed(&[]);
}
