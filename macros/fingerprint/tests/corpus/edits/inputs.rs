//! Files and variables that are part of the code.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/inputs.rs";

#[test]
fn files_and_variables_that_the_code_names_count() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("an included text").replace("app/data/words.txt", "two", "2").changes(&["words"]),
        edit("the space at the end of an included text")
            .replace("app/data/words.txt", "three\n", "three \n")
            .changes(&["words"]),
        edit("included bytes behind a constant")
            .replace("app/data/image.bin", "0 1 1 0", "1 0 0 1")
            .changes(&["image"]),
        edit("a text that is included by its whole path")
            .replace("app/data/absolute.txt", "five", "5")
            .changes(&["absolute_words"]),
        edit("another text is included")
            .replace(FILE, "data/absolute.txt", "data/unused.txt")
            .changes(&["absolute_words"]),
        edit("a text that nobody includes").replace("app/data/unused.txt", "eight", "8"),
        edit("included code")
            .replace("app/data/table.in", "x + 1002", "x + 1")
            .changes(&["included"]),
        edit("a comment in included code").replace(
            "app/data/table.in",
            "pub fn",
            "// The only one.\npub fn",
        ),
        edit("the output of the build script")
            .replace("OUT_DIR/tables.rs", "x + 1003", "x + 1")
            .changes(&["from_build_script"]),
        edit("the layout of the output of the build script").replace(
            "OUT_DIR/tables.rs",
            "{\n    x + 1003\n}",
            "{ x + 1003 }",
        ),
        edit("a file of the build script that nobody includes")
            .write("OUT_DIR/more.rs", "pub fn more() {}\n"),
        edit("a variable").variable("app", "CORPUS_MODEL", "large").changes(&["variable"]),
        edit("a variable that need not be set")
            .variable("app", "CORPUS_OPTION", "on")
            .changes(&["optional_variable"]),
        edit("a function that names a type of larder")
            .replace(FILE, "file.length() + 1001", "file.length() + 1")
            .changes(&["input"]),
        edit("a variable that nobody names").variable("app", "CORPUS_UNUSED", "on"),
    ]
}
