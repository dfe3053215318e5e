//! Paths, imports and modules.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const HERE: &str = "app/src/paths/mod.rs";
const NEAR: &str = "app/src/paths/near.rs";
const FAR: &str = "app/src/paths/far.rs";
const DEEP: &str = "app/src/paths/far/deep.rs";
const HUB: &str = "app/src/paths/hub.rs";

#[test]
fn a_path_leads_to_the_item_that_the_compiler_finds() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("an imported function").replace(NEAR, "x + 101", "x + 1").changes(&["through_use"]),
        edit("a function imported under another name")
            .replace(NEAR, "x + 102", "x + 1")
            .changes(&["through_rename"]),
        edit("an import that names another function")
            .replace(HERE, "use near::tilt as slant", "use near::lean as slant")
            .changes(&["through_rename"]),
        edit("a function imported with its whole module")
            .replace(FAR, "x + 121", "x + 1")
            .changes(&["through_glob"]),
        edit("a function that hides an imported one")
            .replace(HERE, "fn above(", "fn spread(x: u64) -> u64 {\n    x\n}\n\nfn above(")
            .changes(&["through_glob"]),
        edit("a function of an imported module")
            .replace(DEEP, "x + 131", "x + 1")
            .changes(&["through_module"]),
        edit("a function that is exported again under another name")
            .replace(DEEP, "x + 132", "x + 1")
            .changes(&["through_reexport"]),
        edit("an export that names another function")
            .replace(HUB, "deep::relay as forward", "deep::sink as forward")
            .changes(&["through_reexport"]),
        edit("a function that is exported again with its whole module")
            .replace(DEEP, "x + 134", "x + 1")
            .changes(&["through_glob_reexport"]),
        edit("a function by its path from the root of the crate")
            .replace(NEAR, "x + 103", "x + 1")
            .changes(&["through_crate"]),
        edit("a function by its path from the module itself")
            .replace(NEAR, "x + 104", "x + 1")
            .changes(&["through_self"]),
        edit("a function in a group of imports")
            .replace(NEAR, "x + 106", "x + 1")
            .changes(&["through_group"]),
        edit("a function of a module in a group of imports")
            .replace(NEAR, "x + 107", "x + 1")
            .changes(&["through_group"]),
        edit("a function of such a module that nobody calls").replace(NEAR, "x + 108", "x + 1"),
        edit("a function of the parent module")
            .replace(HERE, "x + 111", "x + 1")
            .changes(&["through_inline"]),
        edit("a function of a module inside a module")
            .replace(HERE, "x + 110", "x + 1")
            .changes(&["through_inline"]),
        edit("the imported one of functions of one name")
            .replace(NEAR, "x + 105", "x + 1")
            .changes(&["same_name"]),
        edit("a function of that name which the import hides").replace(FAR, "x + 122", "x + 1"),
        edit("a function of that name in another module").replace(DEEP, "x + 133", "x + 1"),
        edit("a function in a file that an attribute names")
            .replace("app/src/elsewhere/odd_name.rs", "x + 91", "x + 92")
            .changes(&["path_module"]),
        edit("an attribute that names another file")
            .write("app/src/elsewhere/other.rs", "pub fn odd(x: u64) -> u64 {\n    x + 93\n}\n")
            .replace("app/src/lib.rs", "elsewhere/odd_name.rs", "elsewhere/other.rs")
            .changes(&["path_module"]),
        edit("a file that no module names")
            .write("app/src/paths/orphan.rs", "pub fn lean(x: u64) -> u64 {\n    x\n}\n"),
    ]
}
