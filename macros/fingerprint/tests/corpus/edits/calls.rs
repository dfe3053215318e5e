//! Free functions.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/calls.rs";

#[test]
fn a_function_changes_with_what_it_calls_and_with_nothing_else() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("the body of the cached function")
            .replace(FILE, "    step(x)\n", "    step(x) + 1\n")
            .changes(&["direct"]),
        edit("the signature of the cached function")
            .replace(
                FILE,
                "fn direct(x: u64) -> u64 {\n    step(x)",
                "fn direct(y: u64) -> u64 {\n    step(y)",
            )
            .changes(&["direct"]),
        edit("the body of a callee").replace(FILE, "x + 1\n", "x + 2\n").changes(&["direct"]),
        edit("the signature of a callee")
            .replace(FILE, "fn step(x: u64)", "const fn step(x: u64)")
            .changes(&["direct"]),
        edit("a callee of a callee of a callee")
            .replace(FILE, "x ^ 5", "x ^ 6")
            .changes(&["transitive"]),
        edit("a callee between others")
            .replace(FILE, "third(x) + 3", "third(x) + 4")
            .changes(&["transitive"]),
        edit("what ends a recursion").replace(FILE, "    1\n", "    2\n").changes(&["recursive"]),
        edit("one of two functions that call each other")
            .replace(FILE, "n != 0 && even(n - 1)", "n == 1 || even(n - 1)")
            .changes(&["mutual"]),
        edit("a function that is passed as a value")
            .replace(
                FILE,
                "x * 2\n}\n\n#[cache]\npub fn in_closure",
                "x * 3\n}\n\n#[cache]\npub fn in_closure",
            )
            .changes(&["as_value"]),
        edit("a function that a closure calls")
            .replace(FILE, "x % 17", "x % 19")
            .changes(&["in_closure"]),
        edit("what a reached cached function calls")
            .replace(FILE, "x + 30", "x + 31")
            .changes(&["outer", "inner"]),
        edit("the body of a reached cached function")
            .replace(FILE, "under_inner(x) + 20", "under_inner(x) + 21")
            .changes(&["outer", "inner"]),
        edit("a function whose result gets its name")
            .replace(FILE, "x + 40", "x + 41")
            .changes(&["from_local"]),
        edit("a parameter that has the name of a function")
            .replace(FILE, "let scale = weight + 1", "let scale = weight + 2")
            .changes(&["shadowed"]),
        edit("a function whose name is hidden by a parameter").replace(FILE, "x + 50", "x + 51"),
        edit("a function whose name is hidden by a variable").replace(FILE, "x + 60", "x + 61"),
        edit("a function that nobody calls").replace(FILE, "x + 70", "x + 71"),
        edit("a function that nobody calls is removed").replace(
            FILE,
            "pub fn nobody_calls_this(x: u64) -> u64 {\n    x + 70\n}\n",
            "",
        ),
        edit("a function is added that calls a reached one").replace(
            FILE,
            "fn first(",
            "pub fn zeroth(x: u64) -> u64 {\n    first(x)\n}\n\nfn first(",
        ),
        edit("the version of a reached cached function")
            .replace(FILE, "#[larder::cache]", "#[larder::cache(version = 2)]")
            .changes(&["outer", "inner"]),
        edit("an option of the attribute that says nothing of the code").replace(
            FILE,
            "#[larder::cache]",
            "#[larder::cache(name = \"inner\")]",
        ),
    ]
}
