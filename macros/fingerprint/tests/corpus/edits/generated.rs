//! Items that macros define.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/generated.rs";

#[test]
fn items_that_macros_define_are_reached_through_their_calls() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("the arguments of a macro that defines a function")
            .replace(FILE, "define!(adds_seven, 7)", "define!(adds_seven, 8)")
            .changes(&["calls_generated"]),
        edit("the arguments of another call of that macro").replace(
            FILE,
            "define!(adds_nine, 9)",
            "define!(adds_nine, 10)",
        ),
        edit("another call of that macro is removed").replace(FILE, "define!(adds_nine, 9);\n", ""),
        edit("the body of a macro that defines a function")
            .replace(FILE, "x + $amount + behind", "x * $amount + behind")
            .changes(&["calls_generated"]),
        edit("what a function calls that a macro defines")
            .replace(FILE, "    801\n", "    1\n")
            .changes(&["calls_generated"]),
        edit("a method in a macro that defines a type")
            .replace(FILE, "self.0 + 802", "self.0 + 1")
            .changes(&["uses_newtype"]),
        edit("a type that a macro defines")
            .replace(
                FILE,
                "        pub struct $name",
                "        #[repr(C)]\n        pub struct $name",
            )
            .changes(&["uses_newtype"]),
        edit("a constant in the arguments of a macro")
            .replace(FILE, "const READ = 1", "const READ = 2")
            .changes(&["flagged"]),
        edit("what a constant in the arguments of a macro calls")
            .replace(FILE, "    803\n", "    1\n")
            .changes(&["flagged"]),
        edit("a derive in the arguments of a macro")
            .replace(FILE, "    #[derive(Clone, Copy)]", "    #[derive(Clone)]")
            .changes(&["flagged"]),
        edit("a comment in the arguments of a macro").replace(
            FILE,
            "        const READ",
            "        // Only that.\n        const READ",
        ),
        edit("a call of a macro for a type that nobody reaches").replace(
            FILE,
            "newtype!(Seconds);",
            "newtype!(Seconds);\nnewtype!(Minutes);",
        ),
    ]
}
