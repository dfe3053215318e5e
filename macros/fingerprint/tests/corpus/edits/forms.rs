//! Forms of functions.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/forms.rs";

#[test]
fn functions_of_every_form_reach_what_they_name() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("what an async function awaits")
            .replace(FILE, "x + 1301", "x + 1")
            .changes(&["waits"]),
        edit("a const function")
            .replace(FILE, "side + 1302", "side + 1")
            .changes(&["const_generic"]),
        edit("a constant in a const argument")
            .replace(FILE, "ROWS: usize = 3", "ROWS: usize = 4")
            .changes(&["const_argument"]),
        edit("a type with a const parameter")
            .replace(FILE, "pub cells: [u64; N]", "pub cells: [u64; N],\n    pub more: [u8; N]")
            .changes(&["const_argument"]),
        edit("a function with a raw name")
            .replace(FILE, "x + 1303", "x + 1")
            .changes(&["raw_name"]),
        edit("a constant in a pattern")
            .replace(FILE, "LAST: u64 = 1309", "LAST: u64 = 1308")
            .changes(&["in_pattern"]),
        edit("a function that is an argument")
            .replace(FILE, "checked_add(1305)", "checked_add(1)")
            .changes(&["method_value"]),
        edit("a function of a type that is an argument")
            .replace(FILE, "x + 1306", "x + 1")
            .changes(&["method_value"]),
        edit("another function of that type").replace(FILE, "x - 1307", "x - 1"),
        edit("a function in a table").replace(FILE, "x + 1308", "x + 1").changes(&["from_table"]),
        edit("the type of the functions in a table")
            .replace(FILE, "Callback = fn(u64) -> u64", "Callback = fn(x: u64) -> u64")
            .changes(&["from_table"]),
    ]
}
