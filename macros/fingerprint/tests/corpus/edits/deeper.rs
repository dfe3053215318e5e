//! Long ways from a call to the code that runs.

use crate::check::check;
use crate::edit::{Edit, edit, number};
use crate::state::{State, Target};

const FILE: &str = "app/src/deeper.rs";
const APART: &str = "app/src/deeper/apart.rs";

#[test]
fn the_code_that_runs_is_reached_by_long_ways_too() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        number("an impl for a generic type from elsewhere", FILE, "1601", &["on_foreign_generic"]),
        number("an impl for a slice", FILE, "1602", &["on_slice"]),
        number("an impl that is called by its trait", FILE, "1603", &["by_trait_path"]),
        number("a method that a default method calls", FILE, "1604", &["through_supertrait"]),
        edit("a default method of a trait with a supertrait")
            .replace(FILE, "self.low() * 2", "self.low() * 3")
            .changes(&["through_supertrait"]),
        number("what a macro names that a macro makes", FILE, "1605", &["by_made_macro"]),
        number("a callee that an attribute changes", FILE, "1606", &["by_attribute_macro"]),
        number("a method of an iterator's items", FILE, "1607", &["over_items"]),
        number("a method of an iterator's items that nobody calls", FILE, "1608", &[]),
        number(
            "how a type of another package is displayed",
            "dep-a/src/shapes.rs",
            "1631",
            // The whole impl counts for everything that reaches the type.
            &["displays_foreign", "path_type"],
        ),
        number("what another package calls back", FILE, "1609", &["called_back"]),
        number(
            "what calls back in another package",
            "dep-a/src/shapes.rs",
            "1632",
            &["called_back"],
        ),
        number("a function whose path is an argument", FILE, "1610", &["by_path_argument"]),
        number("a function whose name is an argument", FILE, "1611", &["by_word_argument"]),
        number("a file for this kind of system", "app/src/deeper/here.rs", "1624", &["of_system"]),
        edit("a text that a macro includes")
            .replace("app/data/loaded.txt", "eleven", "11")
            .changes(&["by_including_macro"]),
        edit("what is at an index").replace(FILE, "at / 2", "at / 3").changes(&["indexes"]),
        number("a sum", FILE, "1612", &["sums"]),
        number("a method of a type imported under another name", APART, "1621", &["of_apart"]),
        number("a method of a type by its whole path", APART, "1622", &["of_apart"]),
        number("an impl by paths from its module", APART, "1623", &["of_apart"]),
        number("what is awaited", FILE, "1613", &["waits_by_hand"]),
        number("a constructor that a type argument brings", FILE, "1614", &["builds"]),
        number("a constructor that the result brings", FILE, "1615", &["builds_inferred"]),
        number("a method of a default type argument", FILE, "1616", &["by_default_argument"]),
    ]
}
