//! Rarer ways of naming things.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/corners.rs";

#[test]
fn what_is_named_in_rarer_ways_is_reached_too() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("a method of an alias's type")
            .replace(FILE, "        1501\n", "        1\n")
            .changes(&["through_alias"]),
        edit("a constructor of an alias's type")
            .replace(FILE, "Self { on: true }", "Self { on: false }")
            .changes(&["through_alias"]),
        edit("a method of a generic type")
            .replace(FILE, "len() + 1502", "len() + 1")
            .changes(&["generic_method"]),
        edit("an impl in a constant without a name")
            .replace(FILE, "other.0 + 1503", "other.0 + 1")
            .changes(&["impl_in_constant"]),
        edit("an impl in the body of a function that nobody calls")
            .replace(FILE, "            1504\n", "            1\n")
            .changes(&["impl_in_body"]),
        edit("a macro that is imported")
            .replace(FILE, "behind_use($x)\n", "behind_use($x) + 1\n")
            .changes(&["macro_by_import", "macro_by_path"]),
        edit("what a macro that is imported calls")
            .replace(FILE, "x + 1505", "x + 1")
            .changes(&["macro_by_import", "macro_by_path"]),
        edit("the fields of a union")
            .replace(FILE, "pub float: f32", "pub float: f64")
            .changes(&["of_union"]),
        edit("a method of an enum").replace(FILE, "=> 1506", "=> 1").changes(&["of_enum"]),
        edit("a function in an associated constant")
            .replace(FILE, "x + 1507", "x + 1")
            .changes(&["function_in_constant"]),
        edit("an impl behind an argument whose type is any with a trait")
            .replace(FILE, "*tree + 1508", "*tree + 1")
            .changes(&["impl_argument"]),
        edit("what a function calls whose type is hidden")
            .replace(FILE, "    1509\n", "    1\n")
            .changes(&["impl_result"]),
        edit("what initialises a static in a body")
            .replace(FILE, "    1510\n", "    1\n")
            .changes(&["of_static_in_body"]),
        edit("a function of a module that has the name of a package")
            .replace(FILE, "x + 1511", "x + 1")
            .changes(&["past_a_module"]),
        edit("a conversion of an error")
            .replace(FILE, "Self(1512)", "Self(1)")
            .changes(&["by_question_mark"]),
        edit("what a loop goes over")
            .replace(FILE, "self.cards[1..]", "self.cards[2..]")
            .changes(&["by_loop"]),
        edit("a constant that a trait gives")
            .replace(FILE, "\"nobody\"", "\"somebody\"")
            .changes(&["default_constant"]),
        edit("what a default method calls")
            .replace(FILE, "the 1513th", "the first")
            .changes(&["default_constant"]),
        edit("another impl for the type of another alias").replace(
            FILE,
            "pub struct Ring",
            "pub struct Flame;

type Fire = Flame;

impl Fire {
    pub fn glow(&self) -> u64 {
        2
    }
}

pub struct Ring",
        ),
        edit("an impl of an imported trait for a type that nobody reaches").replace(
            FILE,
            "pub struct Deck",
            "pub struct Pack;

impl PartialEq for Pack {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

pub struct Deck",
        ),
    ]
}
