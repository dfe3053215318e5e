//! Constants, statics and aliases.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/values.rs";

#[test]
fn a_function_changes_with_the_values_it_names() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("a constant behind a constant")
            .replace(FILE, "LIMIT: u64 = 10", "LIMIT: u64 = 12")
            .changes(&["constant"]),
        edit("a constant").replace(FILE, "LIMIT * 2", "LIMIT * 3").changes(&["constant"]),
        edit("a constant that nobody names").replace(FILE, "UNUSED: u64 = 11", "UNUSED: u64 = 12"),
        edit("a static").replace(FILE, "[1, 2, 3]", "[1, 2, 4]").changes(&["table"]),
        edit("a static that nobody names").replace(FILE, "[4, 5, 6]", "[4, 5, 7]"),
        edit("the initialiser of a static")
            .replace(FILE, "train(7)", "train(8)")
            .changes(&["lazy"]),
        edit("what the initialiser of a static calls")
            .replace(FILE, "seed + 1", "seed + 2")
            .changes(&["lazy"]),
        edit("a method of a trait object in a static")
            .replace(FILE, "x * 2 + doubler", "x * 3 + doubler")
            .changes(&["handlers"]),
        edit("what a method of a trait object in a static calls")
            .replace(FILE, "    8\n", "    18\n")
            .changes(&["handlers"]),
        edit("the trait objects in a static")
            .replace(FILE, "&[&Doubler]", "&[&Doubler, &Doubler]")
            .changes(&["handlers"]),
        edit("a type alias").replace(FILE, "Word = u32", "Word = u16").changes(&["aliased"]),
        edit("a constant in a type")
            .replace(FILE, "WIDTH: usize = 4", "WIDTH: usize = 5")
            .changes(&["sized"]),
        edit("a static of each thread")
            .replace(FILE, "Cell::new(first_seed())", "Cell::new(first_seed() + 1)")
            .changes(&["thread"]),
        edit("what initialises a static of each thread")
            .replace(FILE, "    9\n", "    19\n")
            .changes(&["thread"]),
        edit("the visibility of a constant").replace(FILE, "const LIMIT", "pub(crate) const LIMIT"),
        edit("the order of a constant and a static").replace(
            FILE,
            "const DERIVED: u64 = LIMIT * 2;\npub const UNUSED: u64 = 11;\n",
            "pub const UNUSED: u64 = 11;\nconst DERIVED: u64 = LIMIT * 2;\n",
        ),
    ]
}
