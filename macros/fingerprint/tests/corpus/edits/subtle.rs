//! Names that are easily resolved to the wrong thing, or to nothing.

use crate::check::check;
use crate::edit::{Edit, edit, number};
use crate::state::{State, Target};

const FILE: &str = "app/src/subtle.rs";
const PACKAGE: &str = "dep-a/src/lib.rs";

#[test]
fn names_are_resolved_where_that_is_subtle() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("how a value inside another is displayed")
            .replace(FILE, "\"1701\"", "\"1\"")
            .changes(&["displays_inside"]),
        edit("how a value around another is displayed")
            .replace(FILE, "[{}]", "<{}>")
            .changes(&["displays_inside"]),
        number("an operator between references", FILE, "1702", &["by_reference"]),
        number("a conversion into a type from elsewhere", FILE, "1703", &["into_foreign"]),
        number("a comparison by a type from elsewhere", FILE, "1704", &["equals_foreign"]),
        number("an impl for closures", FILE, "1705", &["on_closure"]),
        number("an impl for arrays of any length", FILE, "1706", &["on_array"]),
        number("what a macro of another package defines", PACKAGE, "1223", &["by_defining_macro"]),
        number(
            "what is called by what a macro of another package defines",
            PACKAGE,
            "1224",
            &["by_defining_macro", "through_extern_crate"],
        ),
        number("an included expression", "app/data/amount.in", "1721", &["included_value"]),
        number(
            "a file that an attribute names in a module without one",
            "app/src/subtle/nested/stated.rs",
            "1718",
            &["in_stated_file"],
        ),
        number(
            "a module whose name is a keyword",
            "app/src/subtle/try.rs",
            "1719",
            &["in_raw_module"],
        ),
        number("a variant under another name", FILE, "1707", &["renamed_variant"]),
        number("an impl behind a trait that joins two", FILE, "1710", &["by_both"]),
        number("an impl behind a bound on a list", FILE, "1712", &["bounded_list"]),
        number(
            "a function of a package that another exports",
            "dep-b/src/lib.rs",
            "1225",
            &["through_package"],
        ),
        number("a macro with a name of the standard library's", FILE, "1713", &["own_vec"]),
        number("a default of an associated type", FILE, "1714", &["associated_type"]),
        number("a conversion of an associated type", FILE, "1715", &["associated_type"]),
        edit("an associated type of a type that is an argument")
            .replace(
                FILE,
                "impl Store for Shelf {\n    type Key = ShelfKey;",
                "impl Store for Shelf {\n    type Key = u64;",
            )
            .changes(&["associated_type"]),
        number(
            "a function in a static behind a method",
            FILE,
            "1716",
            &["through_method_to_static"],
        ),
        number("an impl of a trait that is imported without a name", FILE, "1717", &["by_prelude"]),
    ]
}
