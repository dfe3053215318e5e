//! What callers may bring is reached with all that it may bring itself; what is declared to be from
//! elsewhere has no methods of ours, other than those of traits for it.

use crate::check::check;
use crate::edit::{Edit, edit, number};
use crate::state::{State, Target};

const FILE: &str = "app/src/opened.rs";

#[test]
fn declarations_tell_what_is_reached() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        number("an impl for a generic type that a caller may bring", FILE, "1701", &["opens"]),
        number(
            "an impl for what is in a type that a caller may bring",
            FILE,
            "1702",
            &["opens", "sums_held"],
        ),
        number(
            "an impl behind an object in what a caller may bring",
            FILE,
            "1703",
            &["opens", "probes_all"],
        ),
        number(
            "a conversion that a caller may ask for",
            FILE,
            "1707",
            &["made_into", "perhaps_made_into"],
        ),
        number("a conversion that may fail", FILE, "1708", &["perhaps_made_into"]),
        number("a conversion into something else", FILE, "1709", &[]),
        number("an impl of a macro that defines another type", FILE, "1704", &["by_key"]),
        number("a method of the name of one of a map's", FILE, "1705", &["stored"]),
        number("an impl for a vector, as it is declared", FILE, "1706", &["counted", "declared"]),
        edit("the type of a field that is not used")
            .replace(FILE, "store: Option<Store>", "store: Box<Store>")
            .changes(&["counted", "named"]),
        edit("a key beside a store")
            .replace(FILE, "copy.insert(1, store", "copy.insert(2, store")
            .changes(&["beside_a_store"]),
        edit("a comment in a method of a map's name")
            .replace(FILE, "self.names.insert(key,", "/* kept */ self.names.insert(key,")
            .changes(&[]),
    ]
}
