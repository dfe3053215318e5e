//! Edits that change nothing that a cached function computes, and can be made one on top of the other.

use crate::change::Change::{Create, Move, Replace, Touch};
use crate::change::Edit;

const HELPERS: &str = "survey/src/helpers.rs";

pub(crate) const EDITS: &[Edit] = &[
    Edit {
        name: "comments",
        changes: &[
            Replace("survey/src/lib.rs", "Both sides", "The two sides"),
            Replace(HELPERS, "    n * FACTOR", "    // First the scale.\n    n * /* in */ FACTOR"),
        ],
        recomputed: &[],
    },
    Edit {
        name: "doc comments",
        changes: &[
            Replace("survey/src/lib.rs", "The area of a plot", "How large a plot is"),
            Replace(HELPERS, "fn offset", "/// Added to everything.\nfn offset"),
            Replace("units/src/lib.rs", "//! Lengths", "//! Units of lengths"),
            Replace("survey/src/grading.rs", "    width", "    /// How wide.\n    width"),
        ],
        recomputed: &[],
    },
    Edit {
        name: "another layout",
        changes: &[
            Replace(
                "survey/src/lib.rs",
                "area(n) + area(n + 2)",
                "area(\n        n,\n    )\n        + area(n+2)",
            ),
            Replace("survey/src/settings.rs", "[1, 2, 4]", "[\n    1,\n    2,\n    4,\n]"),
            Replace("geometry/src/lib.rs", "    side: u64,\n}", "    side:u64\n}"),
        ],
        recomputed: &[],
    },
    Edit {
        name: "another order of items, on other lines",
        changes: &[
            Replace(HELPERS, "/// The scale of the map.\nconst FACTOR: u64 = 3;\n\n", ""),
            Replace(HELPERS, "    n + 17\n}\n", "    n + 17\n}\n\nconst FACTOR: u64 = 3;\n"),
            Replace(
                "survey/src/lib.rs",
                "mod files;\nmod grading;\n",
                "\n\nmod grading;\nmod files;\n",
            ),
        ],
        recomputed: &[],
    },
    Edit {
        name: "another visibility",
        changes: &[Replace(HELPERS, "fn offset", "pub(crate) fn offset")],
        recomputed: &[],
    },
    Edit {
        name: "functions that nobody calls",
        changes: &[
            Replace(HELPERS, "n + 17", "n + 18"),
            Replace("survey/src/model.rs", "self.weight + 1", "self.weight + 2"),
            Replace("units/src/table.rs", "    1\n", "    2\n"),
            Replace("geometry/src/lib.rs", "2 * self.radius", "self.radius + self.radius"),
        ],
        recomputed: &[],
    },
    Edit {
        name: "new functions, types and macros",
        changes: &[
            Replace(
                HELPERS,
                "/// From the map",
                "pub fn halved(n: u64) -> u64 {\n    n / 2\n}\n\n/// From the map",
            ),
            Replace(
                "units/src/lib.rs",
                "#[macro_export]",
                "pub struct Area(pub u64);\n\n#[macro_export]",
            ),
            Replace(
                "units/src/table.rs",
                "pub fn largest",
                "#[macro_export]\nmacro_rules! half {\n    ($length:expr) => {\n        $length / 2\n    \
                 };\n}\n\npub fn largest",
            ),
        ],
        recomputed: &[],
    },
    Edit {
        name: "implementations for types that no cached function reaches",
        changes: &[
            Replace("survey/src/labels.rs", "self.0 + 3", "self.0 + 30"),
            Replace(
                "geometry/src/lib.rs",
                "impl Circle {",
                "impl Drop for Circle {\n    fn drop(&mut self) {}\n}\n\nimpl Circle {",
            ),
        ],
        recomputed: &[],
    },
    Edit {
        name: "code for tests",
        changes: &[
            Replace("survey/src/elsewhere/routes.rs", "pub fn detour", TESTS),
            Replace("units/src/lib.rs", "mod table;", "#[cfg(test)]\nmod testing {}\nmod table;"),
        ],
        recomputed: &[],
    },
    Edit {
        name: "a new module, and a file beside those that are included",
        changes: &[
            Create("survey/src/fresh.rs", "//! New.\n\npub fn scale() -> u64 {\n    0\n}\n"),
            Create("survey/data/farewell.txt", "Good night.\n"),
            Replace("survey/src/lib.rs", "mod files;", "mod files;\npub mod fresh;"),
        ],
        recomputed: &[],
    },
    Edit {
        name: "what the program prints",
        changes: &[Replace("survey/src/main.rs", "weight: 6 }", "weight: 2 * 3 }")],
        recomputed: &[],
    },
    Edit {
        name: "a build script that does the same",
        changes: &[Replace("survey/build.rs", "\"cargo sets it\"", "\"as cargo does\"")],
        recomputed: &[],
    },
    Edit {
        name: "a dependency for tests",
        changes: &[Replace(
            "survey/Cargo.toml",
            "[lints.rust]",
            "[dev-dependencies]\nitoa = \"1\"\n\n[lints.rust]",
        )],
        recomputed: &[],
    },
    Edit {
        name: "versions and descriptions of packages",
        changes: &[
            Replace("survey/Cargo.toml", "version = \"0.1.0\"", "version = \"0.2.0\""),
            Replace(
                "units/Cargo.toml",
                "version = \"0.1.0\"",
                "version = \"0.1.1\"\ndescription = \"Units\"",
            ),
        ],
        recomputed: &[],
    },
    Edit {
        name: "a new feature that is off",
        changes: &[
            Replace("units/Cargo.toml", "imperial = []", "imperial = []\nnautical = []"),
            Replace(
                "survey/Cargo.toml",
                "rounded = []",
                "rounded = []\nsharp = [\"units/nautical\"]",
            ),
        ],
        recomputed: &[],
    },
    Edit {
        name: "the version of a dependency that no cached function uses",
        changes: &[Replace("Cargo.lock", WASHERS, "name = \"washers\"\nversion = \"1.0.0\"")],
        recomputed: &[],
    },
    Edit {
        name: "files that are written again as they are",
        changes: &[
            Touch(HELPERS),
            Touch("survey/src/lib.rs"),
            Touch("units/src/lib.rs"),
            Touch("survey/data/greeting.txt"),
        ],
        recomputed: &[],
    },
    Edit {
        name: "a module that moves to another file",
        changes: &[Move(HELPERS, "survey/src/helpers/mod.rs")],
        recomputed: &[],
    },
];

const TESTS: &str = "\
#[cfg(test)]
mod tests {
    #[test]
    fn a_detour_is_longer() {
        assert!(super::detour(2) > 2);
    }
}

pub fn detour";

const WASHERS: &str = "name = \"washers\"\nversion = \"1.1.0\"";
