//! The shapes of types.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/shapes.rs";

#[test]
fn a_function_changes_with_the_shapes_of_its_types() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("the order of fields")
            .replace(FILE, "pub x: f64,\n    pub y: f64,", "pub y: f64,\n    pub x: f64,")
            .changes(&["makes_point"]),
        edit("the order of fields of another type")
            .replace(
                FILE,
                "pub flags: u8,\n    pub rest: Vec<u8>,",
                "pub rest: Vec<u8>,\n    pub flags: u8,",
            )
            .changes(&["unpacks"]),
        edit("the name of a field")
            .replace(FILE, "pub rest: Vec<u8>", "pub tail: Vec<u8>")
            .changes(&["unpacks"]),
        edit("the type of a field")
            .replace(FILE, "pub rest: Vec<u8>", "pub rest: Vec<u16>")
            .changes(&["unpacks"]),
        edit("another field")
            .replace(FILE, "pub flags: u8,", "pub flags: u8,\n    pub more: u8,")
            .changes(&["unpacks"]),
        edit("a field less").replace(FILE, "    pub flags: u8,\n", "").changes(&["unpacks"]),
        edit("the type of a field without a name")
            .replace(FILE, "Pair(pub u64, pub u32)", "Pair(pub u64, pub u16)")
            .changes(&["takes_pair"]),
        edit("the representation of a type")
            .replace(FILE, "pub struct Pair", "#[repr(C)]\npub struct Pair")
            .changes(&["takes_pair"]),
        edit("the order of variants")
            .replace(FILE, "    Low,\n    High,", "    High,\n    Low,")
            .changes(&["levels"]),
        edit("another variant")
            .replace(FILE, "    Low,\n    High,", "    Low,\n    Middle,\n    High,")
            .changes(&["levels"]),
        edit("the variants of an enum that is imported with them")
            .replace(
                FILE,
                "    Red,\n    Green { depth: u64 },",
                "    Green { depth: u64 },\n    Red,",
            )
            .changes(&["globbed"]),
        edit("a discriminant")
            .replace(FILE, "    Second,", "    Second = 9,")
            .changes(&["discriminant"]),
        edit("a constant in a discriminant")
            .replace(FILE, "BASE: isize = 5", "BASE: isize = 6")
            .changes(&["discriminant"]),
        edit("the type that a type argument names")
            .replace(FILE, "pub bytes: Vec<u8>,", "pub bytes: Vec<u8>,\n    pub more: (),")
            .replace(FILE, "bytes: vec![x] }", "bytes: vec![x], more: () }")
            .changes(&["wraps"]),
        edit("a generic type")
            .replace(FILE, "pub struct Wrapper", "#[derive(Clone)]\npub struct Wrapper")
            .changes(&["wraps"]),
        edit("the type of a field of a field")
            .replace(FILE, "pub weight: u64,", "pub weight: u64,\n    pub age: u8,")
            .changes(&["nests"]),
        edit("a type that contains itself")
            .replace(FILE, "right: Option<Box<Tree>>", "right: Vec<Tree>")
            .changes(&["nests"]),
        edit("the traits that are derived")
            .replace(FILE, "#[derive(Clone, Debug)]", "#[derive(Clone, Debug, PartialEq)]")
            .changes(&["makes_point"]),
        edit("the field of a type that nobody reaches").replace(
            FILE,
            "pub struct Unreached {\n    pub x: f64",
            "pub struct Unreached {\n    pub x: f32",
        ),
        edit("what a type derives that nobody reaches").replace(
            FILE,
            "pub struct Unreached",
            "#[derive(Clone)]\npub struct Unreached",
        ),
        edit("the visibility of a field").replace(
            FILE,
            "pub weight: u64",
            "pub(crate) weight: u64",
        ),
        edit("the visibility of a type").replace(FILE, "pub struct Leaf", "pub(crate) struct Leaf"),
        edit("a doc comment on a variant").replace(
            FILE,
            "    Low,\n",
            "    /// Not high.\n    Low,\n",
        ),
        edit("a doc attribute on a field").replace(
            FILE,
            "    pub id: u64,",
            "    #[doc = \"Its number.\"]\n    pub id: u64,",
        ),
        edit("the comma after the last field").replace(
            FILE,
            "pub rest: Vec<u8>,\n}",
            "pub rest: Vec<u8>\n}",
        ),
        edit("the comma after the last variant").replace(FILE, "    High,\n}", "    High\n}"),
    ]
}
