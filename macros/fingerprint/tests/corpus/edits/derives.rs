//! Derives and serde's attributes.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/derives.rs";

#[test]
fn derives_and_what_their_attributes_name_count() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("the name of a field for serde")
            .replace(FILE, "rename = \"n\"", "rename = \"m\"")
            .changes(&["records"]),
        edit("a function that an attribute names")
            .replace(FILE, "*x + 601", "*x + 1")
            .changes(&["records"]),
        edit("a default that an attribute names")
            .replace(FILE, "    602\n", "    1\n")
            .changes(&["records"]),
        edit("a function of a module that an attribute names")
            .replace(FILE, "*x + 603", "*x + 1")
            .changes(&["digits"]),
        edit("the other function of a module that an attribute names")
            .replace(FILE, "? - 603", "? - 1")
            .changes(&["digits"]),
        edit("an impl of serde's traits by hand")
            .replace(FILE, "self.0 + 604", "self.0 + 1")
            .changes(&["stamps"]),
        edit("a derive less")
            .replace(
                FILE,
                "#[derive(Serialize, Deserialize)]\npub struct Digits",
                "#[derive(Serialize)]\npub struct Digits",
            )
            .changes(&["digits"]),
        edit("an attribute of a type")
            .replace(FILE, "pub struct Record", "#[serde(deny_unknown_fields)]\npub struct Record")
            .changes(&["records"]),
        edit("an attribute of a type that nobody reaches").replace(
            FILE,
            "rename = \"e\"",
            "rename = \"f\"",
        ),
        edit("a derive of a type that nobody reaches").replace(
            FILE,
            "#[derive(Serialize)]\npub struct E",
            "#[derive(Clone, Serialize)]\npub struct E",
        ),
    ]
}
