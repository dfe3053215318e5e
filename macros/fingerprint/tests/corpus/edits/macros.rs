//! Macros in expressions.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/macros.rs";

#[test]
fn macros_count_with_what_they_name() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("the body of a macro")
            .replace(FILE, "plus($x, 1)", "plus($x, 2)")
            .changes(&["by_macro", "by_nested_macro"]),
        edit("what a macro calls")
            .replace(FILE, "x + y + 701", "x + y + 1")
            .changes(&["by_macro", "by_nested_macro"]),
        edit("a macro that calls a macro")
            .replace(FILE, "add_one!(add_one!($x))", "add_one!($x)")
            .changes(&["by_nested_macro"]),
        edit("what a macro names from the root of its crate")
            .replace(FILE, "x + 702", "x + 1")
            .changes(&["by_crate_macro"]),
        edit("a method whose name is an argument")
            .replace(FILE, "self.0 + 703", "self.0 + 1")
            .changes(&["by_method_name"]),
        edit("a method whose name is no argument").replace(FILE, "self.0 + 704", "self.0 + 1"),
        edit("how a macro calls a method")
            .replace(FILE, "$value.$method()", "$value.$method() + 1")
            .changes(&["by_method_name"]),
        edit("what a macro names where it is called")
            .replace(FILE, "x + 705", "x + 1")
            .changes(&["by_call_site"]),
        edit("a macro that is defined before all modules")
            .replace("app/src/early.rs", "site($x) + 1", "site($x) + 2")
            .changes(&["by_call_site"]),
        edit("what the arguments of a formatting macro call")
            .replace(FILE, "x + 706", "x + 1")
            .changes(&["by_arguments"]),
        edit("what the arguments of a list call")
            .replace(FILE, "x + 707", "x + 1")
            .changes(&["by_arguments"]),
        edit("a constant that a format string names")
            .replace(FILE, "seven hundred and eight", "another caption")
            .changes(&["by_capture"]),
        edit("a macro that nobody calls").replace(FILE, "plus($x, 709)", "plus($x, 1)"),
        edit("a macro is added").replace(
            FILE,
            "macro_rules! add_two",
            "#[expect(unused_macros)]
macro_rules! add_three {
    ($x:expr) => {
        add_one!(add_two!($x))
    };
}

macro_rules! add_two",
        ),
        edit("the layout of a macro").replace(
            FILE,
            "($x:expr) => {
        plus($x, 1)
    };",
            "($x:expr) => { plus($x, 1) };",
        ),
        edit("a comment in a macro").replace(
            FILE,
            "        plus($x, 1)\n",
            "        // Adds.\n        plus($x, 1)\n",
        ),
    ]
}
