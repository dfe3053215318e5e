//! Packages that are depended on by path.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const ROOT: &str = "dep-a/src/lib.rs";
const SHAPES: &str = "dep-a/src/shapes.rs";

/// Every cached function that reaches the procedural macros.
pub(super) const MACRO_USERS: [&str; 3] = ["by_bang", "by_derive", "by_attribute_macro"];

/// Every cached function that reaches `dep-a`.
const USERS: [&str; 13] = [
    "by_defining_macro",
    "through_extern_crate",
    "displays_foreign",
    "called_back",
    "macro_by_path",
    "past_a_module",
    "path_function",
    "path_type",
    "path_macro",
    "path_feature",
    "path_variable",
    "through_path_package",
    "path_external",
];

#[test]
fn packages_by_path_count_like_the_crate_itself() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("what a function of another package calls")
            .replace(ROOT, "x + 1201", "x + 1")
            .changes(&["path_function", "macro_by_path", "past_a_module"]),
        edit("a function of another package that nobody calls").replace(ROOT, "x + 1202", "x + 1"),
        edit("a method of another package's type")
            .replace(SHAPES, "self.edge + 1206", "self.edge + 1")
            .changes(&["path_type"]),
        edit("a method of another package's type that nobody calls")
            .replace(SHAPES, "6 + 1207", "6 + 1"),
        edit("the shape of another package's type")
            .replace(SHAPES, "    edge: u64,", "    edge: u64,\n    spare: (),")
            .replace(SHAPES, "Self { edge }", "Self { edge, spare: () }")
            .changes(&["path_type", "displays_foreign"]),
        edit("a macro of another package")
            .replace(ROOT, "$crate::half($x)", "$crate::half($x) + 1")
            .changes(&["path_macro"]),
        edit("what a macro of another package calls")
            .replace(ROOT, "x / 2 + 1203", "x / 2 + 1")
            .changes(&["path_macro"]),
        edit("a feature of another package").feature("dep-a", "boost").changes(&["path_feature"]),
        edit("a feature of another package that nobody reaches").feature("dep-a", "spare"),
        edit("a feature of that name of the crate itself").feature("app", "boost"),
        edit("a variable of another package")
            .variable("dep-a", "DEP_A_TARGET", "there")
            .changes(&["path_variable"]),
        edit("a variable of another package that nobody names").variable(
            "dep-a",
            "DEP_A_HOST",
            "there",
        ),
        edit("a function of a package behind another")
            .replace("dep-b/src/lib.rs", "x + 1208", "x + 1")
            .changes(&["through_path_package"]),
        edit("a function of a package behind another that nobody calls").replace(
            "dep-b/src/lib.rs",
            "x + 1209",
            "x + 1",
        ),
        edit("the edition of another package")
            .replace("dep-a/Cargo.toml", "edition = \"2021\"", "edition = \"2024\"")
            .changes(&USERS),
        edit("the edition of a package behind another")
            .replace("dep-b/Cargo.toml", "edition = \"2021\"", "edition = \"2024\"")
            .changes(&["through_path_package", "through_package"]),
        edit("the edition of the crate itself")
            .replace("app/Cargo.toml", "edition = \"2024\"", "edition = \"2021\"")
            .changes_all(),
        edit("a comment in another package").replace(
            ROOT,
            "pub fn raise",
            "/// It goes up.\npub fn raise",
        ),
        edit("the order of functions in another package").replace(
            SHAPES,
            "    pub fn new(edge: u64) -> Self {
        Self { edge }
    }

    pub fn volume(&self) -> u64 {
        self.edge * self.edge * self.edge + 1206
    }
",
            "    pub fn volume(&self) -> u64 {
        self.edge * self.edge * self.edge + 1206
    }

    pub fn new(edge: u64) -> Self {
        Self { edge }
    }
",
        ),
        edit("a file of another package under another name")
            .rename(SHAPES, "dep-a/src/shapes/mod.rs"),
        edit("another module in another package")
            .replace(ROOT, "pub mod shapes;", "pub mod more;\npub mod shapes;")
            .write("dep-a/src/more.rs", "pub fn more() {}\n"),
        edit("the version of another package")
            .replace("dep-a/Cargo.toml", "version = \"0.1.0\"", "version = \"0.1.1\"")
            .replace(
                "Cargo.lock",
                "name = \"dep-a\"\nversion = \"0.1.0\"",
                "name = \"dep-a\"\nversion = \"0.1.1\"",
            ),
        edit("the code of a procedural macro")
            .replace("pm/src/lib.rs", "answer::tokens(1210)", "answer::tokens(1)")
            .changes(&MACRO_USERS),
        edit("what a procedural macro calls, in another file")
            .replace("pm/src/answer.rs", "quote!(#number)", "quote!(#number + 1)")
            .changes(&MACRO_USERS),
        edit("a comment in a procedural macro").replace(
            "pm/src/answer.rs",
            "/// The tokens of a number.\n",
            "",
        ),
        edit("the code of larder, which counts by its version").replace(
            "larder/src/lib.rs",
            "        self.length\n",
            "        self.length + 1\n",
        ),
    ]
}
