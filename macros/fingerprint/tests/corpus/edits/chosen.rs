//! Where several things have one name, which of them is meant counts too.

use crate::check::check;
use crate::edit::{Edit, edit, number};
use crate::state::{State, Target};

const FILE: &str = "app/src/chosen.rs";

#[test]
fn which_of_several_is_meant_counts() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("the conditions of two imports, exchanged")
            .replace(
                FILE,
                "#[cfg(debug_assertions)]\nuse self::engines::petrol",
                "#[cfg(not(debug_assertions))]\nuse self::engines::petrol",
            )
            .replace(
                FILE,
                "#[cfg(not(debug_assertions))]\nuse self::engines::diesel",
                "#[cfg(debug_assertions)]\nuse self::engines::diesel",
            )
            .changes(&["drives"]),
        edit("the conditions of two imports in another module, exchanged")
            .replace(
                FILE,
                "#[cfg(debug_assertions)]\n    pub use super::engines::petrol",
                "#[cfg(not(debug_assertions))]\n    pub use super::engines::petrol",
            )
            .replace(
                FILE,
                "#[cfg(not(debug_assertions))]\n    pub use super::engines::diesel",
                "#[cfg(debug_assertions)]\n    pub use super::engines::diesel",
            )
            .changes(&["fuels"]),
        edit("the trait behind a glob")
            .replace(FILE, "use self::fast::*;", "use self::slow::*;")
            .changes(&["paces"]),
        edit("a trait behind a glob that has no method which is called")
            .replace(
                FILE,
                "    pub trait Fast {",
                "    pub trait Idle {\n        fn idle(&self) {}\n    }\n\n    pub trait Fast {",
            )
            .changes(&[]),
        edit("the module from which a macro is imported")
            .replace(FILE, "use self::reds::shade;", "use self::blues::shade;")
            .changes(&["shades"]),
        edit("two macros of one name, exchanged")
            .replace(FILE, "1905", "1900")
            .replace(FILE, "1906", "1905")
            .replace(FILE, "1900", "1906")
            .changes(&["ranks", "ranks_later"]),
        edit("a comma that a macro may tell")
            .replace(FILE, "count!(x)", "count!(x,)")
            .changes(&["counts"]),
        edit("a comma that no macro tells")
            .replace(FILE, "assert!(x < 1907)", "assert!(x < 1907,)")
            .changes(&[]),
        number(
            "what is in a module beside a function of its name",
            FILE,
            "1908",
            &["parses_beside"],
        ),
        number("a function beside a struct of its name", FILE, "1909", &["sizes"]),
        number("a function that another in the body hides", FILE, "1910", &[]),
        number(
            "what a macro calls in the string of an attribute",
            FILE,
            "1911",
            &["builds_by_attribute"],
        ),
        edit("a type behind a pointer")
            .replace(FILE, "Raw(pub u64)", "Raw(pub u32)")
            .changes(&["points"]),
    ]
}
