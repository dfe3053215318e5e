//! What a reader sees and a program does not.

use std::path::Path;

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::sources::sources;
use crate::state::{State, Target};

const CALLS: &str = "app/src/calls.rs";
const PATHS: &str = "app/src/paths/mod.rs";
const ROOT: &str = "app/src/lib.rs";

#[test]
fn comments_and_unreached_items_count_in_no_file() {
    check(&State::workspace(Target::Library), &in_every_file());
}

#[test]
fn layout_comments_and_files_do_not_count() {
    check(&State::workspace(Target::Library), &edits());
}

#[expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]
pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("a comment in the cached function").replace(
            CALLS,
            "    step(x)\n",
            "    // One step.\n    step(x) // and no more\n",
        ),
        edit("a comment in a callee").replace(CALLS, "x + 1\n", "x /* as given */ + 1\n"),
        edit("a doc comment on the cached function").replace(
            CALLS,
            "#[cache]\npub fn direct",
            "/// Goes straight.
#[cache]
pub fn direct",
        ),
        edit("a doc comment on a callee").replace(CALLS, "fn step(", "/** Goes on. */\nfn step("),
        edit("a doc attribute on a callee").replace(
            CALLS,
            "fn step(",
            "#[doc = \"Goes on.\"]\nfn step(",
        ),
        edit("a comment that is code").replace(
            CALLS,
            "fn step(",
            "// fn first(x: u64) -> u64 { x }\nfn step(",
        ),
        edit("the doc comment of a module").replace(
            CALLS,
            "//! Free functions.",
            "//! Functions.\n//!\n//! Of all kinds.",
        ),
        edit("the layout of the cached function").replace(
            CALLS,
            "-> u64 {\n    step(x)\n}",
            "->u64{step( x )}",
        ),
        edit("a comma after the last argument").replace(
            CALLS,
            "    step(x)\n",
            "    step(\n        x,\n    )\n",
        ),
        edit("a comma after the last parameter").replace(
            CALLS,
            "fn step(x: u64)",
            "fn step(\n    x: u64,\n)",
        ),
        edit("lines above everything").replace(
            CALLS,
            "use larder::cache;",
            "\n\n\n\nuse larder::cache;\n\n",
        ),
        edit("the ends of lines").carriage_returns(CALLS),
        edit("the order of functions").replace(
            CALLS,
            "fn second(x: u64) -> u64 {
    third(x) + 3
}

fn third(x: u64) -> u64 {
    x ^ 5
}
",
            "fn third(x: u64) -> u64 {
    x ^ 5
}

fn second(x: u64) -> u64 {
    third(x) + 3
}
",
        ),
        edit("the order of imports").replace(
            PATHS,
            "use self::near::lean;\nuse far::*;\nuse larder::cache;\n",
            "use larder::cache;\nuse far::*;\nuse self::near::lean;\n",
        ),
        edit("how imports are grouped").replace(
            PATHS,
            "use near::chosen;\nuse near::group::{self, choose};\nuse near::tilt as slant;\n",
            "use near::{\n    chosen,\n    group::{self, choose},\n    tilt as slant,\n};\n",
        ),
        edit("an import that nobody uses").replace(
            PATHS,
            "use near::chosen;\n",
            "use near::chosen;\nuse near::tilt;\n",
        ),
        edit("the order of modules").replace(
            ROOT,
            "pub mod bodies;\npub mod calls;\n",
            "pub mod calls;\npub mod bodies;\n",
        ),
        edit("a module under its other file name").rename(PATHS, "app/src/paths.rs"),
        edit("a module in a folder").rename("app/src/paths/far.rs", "app/src/paths/far/mod.rs"),
        edit("a module in a file of its own")
            .replace(
                PATHS,
                "mod inline {
    pub fn within(x: u64) -> u64 {
        super::above(x) + below::bottom(x)
    }

    mod below {
        pub fn bottom(x: u64) -> u64 {
            x + 110
        }
    }
}
",
                "mod inline;\n",
            )
            .write(
                "app/src/paths/inline.rs",
                "mod below {
    pub fn bottom(x: u64) -> u64 {
        x + 110
    }
}

pub fn within(x: u64) -> u64 {
    super::above(x) + below::bottom(x)
}
",
            ),
        edit("a module that is written in place")
            .replace(
                ROOT,
                "#[macro_use]\nmod early;\n",
                "#[macro_use]
mod early {
    macro_rules! calls_site {
        ($x:expr) => {
            site($x) + 1
        };
    }
}
",
            )
            .remove("app/src/early.rs"),
        edit("another name of a file that an attribute names")
            .rename("app/src/elsewhere/odd_name.rs", "app/src/elsewhere/odder_name.rs")
            .replace(ROOT, "odd_name.rs", "odder_name.rs"),
        edit("another module")
            .replace(ROOT, "pub mod bodies;", "pub mod animals;\npub mod bodies;")
            .write("app/src/animals.rs", "pub fn step(x: u64) -> u64 {\n    x\n}\n"),
        edit("the visibility of a callee").replace(CALLS, "fn step(", "pub(crate) fn step("),
        edit("the visibility of the cached function").replace(
            CALLS,
            "pub fn transitive(",
            "pub(super) fn transitive(",
        ),
        edit("the visibility of a module").replace(PATHS, "mod hub;", "pub mod hub;"),
        edit("the visibility of an import").replace(
            PATHS,
            "use self::near::lean;",
            "pub use self::near::lean;",
        ),
        edit("an attribute of the crate").replace(
            ROOT,
            "#[macro_use]",
            "#![warn(missing_docs)]\n\n#[macro_use]",
        ),
        edit("an impl for a type that nobody reaches, in a new file")
            .replace(ROOT, "pub mod bodies;", "pub mod animals;\npub mod bodies;")
            .write(
                "app/src/animals.rs",
                "pub struct Horse;

impl Horse {
    pub fn read(&self) -> u64 {
        4
    }
}
",
            ),
    ]
}

/// Additions to each file of code that change nothing.
pub(super) fn in_every_file() -> Vec<Edit> {
    // A type with methods and impls like those of others, none of which is reached, beside a test.
    let unreached = "
struct Nobody(u64);

impl Nobody {
    fn read(&self) -> u64 {
        self.0
    }
}

impl std::ops::Add for Nobody {
    type Output = u64;

    fn add(self, other: Self) -> u64 {
        self.read() + other.read()
    }
}

#[cfg(test)]
mod more_tests {
    #[test]
    fn nobody_adds_up() {
        assert_eq!(super::Nobody(1) + super::Nobody(2), 3);
    }
}
";
    let comments = "
// fn direct(x: u64) -> u64 { 'a \" }
/* impl Square { /* } */ #[cache] */
";
    let is_code = |path: &String| Path::new(path).extension().is_some_and(|kind| kind == "rs");
    // A package of procedural macros counts whole.
    let files = sources().into_keys().filter(|path| is_code(path) && !path.starts_with("pm/"));
    let both = |path: String| {
        [
            edit(format!("comments in {path}")).append(path.clone(), comments),
            edit(format!("items in {path} that nobody reaches")).append(path, unreached),
        ]
    };
    files.flat_map(both).collect()
}
