//! Items inside function bodies.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/bodies.rs";

#[test]
fn items_in_bodies_come_before_those_around_them() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("a function inside the cached one")
            .replace(FILE, "x + 902", "x + 1")
            .changes(&["own_helper"]),
        edit("the function of that name outside")
            .replace(FILE, "x + 901", "x + 1")
            .changes(&["outer_helper"]),
        edit("what an import in the body leads to")
            .replace(FILE, "x + 903", "x + 1")
            .changes(&["own_import"]),
        edit("a constant in the body of a callee")
            .replace(FILE, "AMOUNT: u64 = 904", "AMOUNT: u64 = 1")
            .changes(&["callee_items"]),
        edit("a method in the body of a callee")
            .replace(FILE, "self.sum += under_body(x)", "self.sum *= under_body(x)")
            .changes(&["callee_items"]),
        edit("what a method in the body of a callee calls")
            .replace(FILE, "x + 905", "x + 1")
            .changes(&["callee_items"]),
        edit("a macro in the body")
            .replace(FILE, "under_macro($x) * 3", "under_macro($x) * 4")
            .changes(&["own_macro"]),
        edit("what a macro in the body calls")
            .replace(FILE, "x + 906", "x + 1")
            .changes(&["own_macro"]),
        edit("a comment in the body of a callee").replace(
            FILE,
            "    const AMOUNT",
            "    // It starts there.\n    const AMOUNT",
        ),
    ]
}
