//! Other targets than the library: binaries and tests.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

#[test]
fn a_binary_reaches_the_library_of_its_package() {
    check(&State::workspace(Target::Binary), &in_binary());
}

#[test]
fn what_is_for_tests_counts_in_builds_of_tests() {
    check(&State::workspace(Target::Test), &in_tests());
}

pub(super) fn in_binary() -> Vec<Edit> {
    vec![
        edit("what a binary calls in the library")
            .replace("app/src/calls.rs", "x + 1\n", "x + 2\n")
            .changes(&["across"]),
        edit("what a binary calls in a module of its own")
            .replace("app/src/report.rs", "x + 80", "x + 81")
            .changes(&["across"]),
        edit("a method that a binary calls in the library")
            .replace("app/src/methods.rs", "n + 301", "n + 1")
            .changes(&["measured"]),
        edit("what a binary calls of no other module")
            .replace("app/src/main.rs", "x + 2\n", "x + 3\n")
            .changes(&["alone"]),
        edit("what a binary does not call in the library").replace(
            "app/src/calls.rs",
            "x ^ 5",
            "x ^ 6",
        ),
        edit("the main function").replace(
            "app/src/main.rs",
            "across(1) + measured(1)",
            "measured(1) + across(1)",
        ),
        edit("a comment in the library, for a binary").replace(
            "app/src/calls.rs",
            "fn step(",
            "// One.\nfn step(",
        ),
    ]
}

pub(super) fn in_tests() -> Vec<Edit> {
    let file = "app/src/conditions.rs";
    vec![
        edit("the function for builds of tests, which this is one of")
            .replace(file, "    1106\n", "    1\n")
            .changes(&["by_test"]),
        edit("the function for builds without tests, which this is none of").replace(
            file,
            "    1105\n",
            "    1\n",
        ),
        edit("a module of tests in a build of tests").replace(
            file,
            "assert_eq!(by_feature(1), 1103)",
            "assert_eq!(by_feature(2), 1104)",
        ),
        edit("a callee in a build of tests")
            .replace("app/src/calls.rs", "x + 1\n", "x + 2\n")
            .changes(&["direct"]),
    ]
}
