//! Literals and comments that are hard to tell from code.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/tokens.rs";

#[test]
fn literals_count_to_the_last_character_and_comments_do_not() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("what looks like a comment in a raw string")
            .replace(FILE, "// no comment\"#", "// a comment\"#")
            .changes(&["raw_string"]),
        edit("the space in a raw string")
            .replace(FILE, "brace { and", "brace {  and")
            .changes(&["raw_string"]),
        edit("a raw byte string")
            .replace(FILE, "} more\"##", "} less\"##")
            .changes(&["byte_strings"]),
        edit("a character").replace(FILE, "'\\u{27}'", "'\\u{28}'").changes(&["characters"]),
        edit("the name of a lifetime")
            .replace(FILE, "fn quote<'a>(_near: &'a str)", "fn quote<'b>(_near: &'b str)")
            .changes(&["characters"]),
        edit("an exponent").replace(FILE, "1.5e-3", "1.5e-4").changes(&["numbers"]),
        edit("a field of a field of a tuple")
            .replace(FILE, "pair.1.0", "pair.1.1")
            .changes(&["numbers"]),
        edit("the end of a range").replace(FILE, "0..=2_u8", "0..=3_u8").changes(&["numbers"]),
        edit("a function that only strings and comments name").replace(FILE, "x + 1401", "x + 1"),
        edit("a comment inside a comment").replace(FILE, "/* /* mentioned( */ ' */", "/* /* */ */"),
        edit("a quotation mark in a comment").replace(FILE, "\"mentioned are", "mentioned are"),
        edit("a comment between operators").replace(FILE, "/* the one below */ ", ""),
        edit("what follows a comment between operators")
            .replace(FILE, "*/ / 2", "*/ / 3")
            .changes(&["division"]),
        edit("a string in the cached function")
            .replace(FILE, "{{mentioned}}", "{{mentioned!}}")
            .changes(&["quoted"]),
        edit("a divisor").replace(FILE, "    1402\n", "    1\n").changes(&["division"]),
    ]
}
