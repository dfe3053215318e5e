//! Imports can be exchanged, and names given again, without a word of the code that uses them being
//! changed.

use crate::check::check;
use crate::edit::{Edit, edit, number};
use crate::state::{State, Target};

const FILE: &str = "app/src/brought.rs";

#[test]
fn what_a_name_means_counts_wherever_it_comes_from() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("what an import of the standard library leads to")
            .replace(FILE, "use std::cmp::max as pick;", "use std::cmp::min as pick;")
            .changes(&["picks_imported"]),
        edit("what an import of a function leads to")
            .replace(FILE, "use self::first as chosen;", "use self::second as chosen;")
            .changes(&["chooses"]),
        edit("how an import of a function is written")
            .replace(FILE, "use self::first as chosen;", "use crate::brought::first as chosen;")
            .changes(&[]),
        edit("two imports of types, exchanged")
            .replace(FILE, "Thin as Other;", "Wide as Other;")
            .replace(FILE, "Wide as Unit;", "Thin as Unit;")
            .changes(&["measures_imported"]),
        number("a function beside a module of its name", FILE, "1801", &["scores"]),
        number(
            "a method of what a pattern binds again",
            FILE,
            "1802",
            &["binds_again", "infers_items"],
        ),
        number(
            "a conversion that a macro writes for its type",
            FILE,
            "1803",
            &["converts_by_macro", "levels_by_default"],
        ),
        number("a default of a constant of a trait", FILE, "1804", &["levels_by_default"]),
        number("a function that the variable it makes hides", FILE, "1805", &["weighs"]),
        edit("the conditions of two modules, exchanged")
            .replace(FILE, "#[cfg(not(debug_assertions))]", "#[cfg(all(debug_assertions))]")
            .replace(FILE, "#[cfg(debug_assertions)]", "#[cfg(not(debug_assertions))]")
            .changes(&["speeds"]),
        edit("an import that nobody uses, beside others")
            .replace(
                FILE,
                "use larder::cache;",
                "use larder::cache;\n#[allow(unused)]\nuse std::rc::Rc;",
            )
            .changes(&[]),
    ]
}
