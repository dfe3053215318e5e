//! Edits that can change what functions compute, or what their stored results mean.

use crate::change::Change::{Create, Replace};
use crate::change::Edit;

const HELPERS: &str = "survey/src/helpers.rs";
const BUILD_SCRIPT: &str = "survey/build.rs";
const GEOMETRY: &str = "geometry/src/lib.rs";
const UNITS: &str = "units/src/lib.rs";

/// Those that use the scale of the map, by themselves or through `area`.
const SCALED: &[&str] = &["area", "estate", "sample", "summary"];

/// All of the package `survey`: its library, its program and its example.
#[rustfmt::skip]
const SURVEY: &[&str] = &[
    "area", "check", "classify", "convert", "count", "cut", "describe", "estate", "export", "greet",
    "join", "lookup", "measure", "perimeter", "predict", "reach", "round", "route", "sample",
    "stamp", "summary", "tally", "tune", "weigh",
];

pub(crate) const EDITS: &[Edit] = &[
    Edit {
        name: "the body of a cached function that another one calls",
        changes: &[Replace("survey/src/lib.rs", "* scale(n + 1)", "* scale(n + 2)")],
        recomputed: &["area", "estate"],
    },
    Edit {
        name: "a cached function of the program",
        changes: &[Replace("survey/src/main.rs", "survey::scale(n) + 100", "survey::scale(n)")],
        recomputed: &["summary"],
    },
    Edit {
        name: "a helper in an example",
        changes: &[Replace("survey/examples/sample.rs", "2 * n", "3 * n")],
        recomputed: &["sample"],
    },
    Edit {
        name: "a helper",
        changes: &[Replace(HELPERS, "n * FACTOR + offset()", "n * FACTOR - offset()")],
        recomputed: SCALED,
    },
    Edit {
        name: "a helper's helper",
        changes: &[Replace(HELPERS, "    1\n", "    2\n")],
        recomputed: SCALED,
    },
    Edit {
        name: "a constant",
        changes: &[Replace(HELPERS, "FACTOR: u64 = 3", "FACTOR: u64 = 4")],
        recomputed: SCALED,
    },
    Edit {
        name: "a static",
        changes: &[Replace("survey/src/settings.rs", "[1, 2, 4]", "[1, 2, 8]")],
        recomputed: &["count"],
    },
    Edit {
        name: "the order of a result's fields",
        changes: &[Replace(
            "survey/src/grading.rs",
            "    length: Metres,\n    width: u32,\n",
            "    width: u32,\n    length: Metres,\n",
        )],
        recomputed: &["measure"],
    },
    Edit {
        name: "the order of a result's variants",
        changes: &[Replace(
            "survey/src/grading.rs",
            "    Low,\n    High,\n",
            "    High,\n    Low,\n",
        )],
        recomputed: &["classify"],
    },
    Edit {
        name: "a type alias",
        changes: &[Replace("survey/src/grading.rs", "type Metres = u32", "type Metres = u64")],
        recomputed: &["measure"],
    },
    Edit {
        name: "an attribute of a field",
        changes: &[Replace(
            "survey/src/grading.rs",
            "    width: u32,\n",
            "    #[serde(rename = \"breadth\")]\n    width: u32,\n",
        )],
        recomputed: &["measure"],
    },
    Edit {
        name: "the body of a macro",
        changes: &[Replace("survey/src/labels.rs", "$a + $b", "$a * $b")],
        recomputed: &["tally"],
    },
    Edit {
        name: "the body of a macro of a path dependency",
        changes: &[Replace(UNITS, "2 * $length", "4 * $length")],
        recomputed: &["join"],
    },
    Edit {
        name: "a procedural macro's helper",
        changes: &[Replace("stencil/src/text.rs", "+ 40", "+ 41")],
        recomputed: &["cut"],
    },
    Edit {
        name: "a default method",
        changes: &[Replace("survey/src/labels.rs", "\"rank {}\"", "\"rank: {}\"")],
        recomputed: &["describe"],
    },
    Edit {
        name: "a method of an implementation",
        changes: &[Replace("survey/src/labels.rs", "self.0 + 2", "self.0 + 20")],
        recomputed: &["describe"],
    },
    Edit {
        name: "a default method that is overridden",
        changes: &[Replace(
            "survey/src/labels.rs",
            "        self.0 + 1\n    }\n",
            "        self.0 + 1\n    }\n\n    fn label(&self) -> String {\n        \
             \"field\".to_owned()\n    }\n",
        )],
        recomputed: &["describe"],
    },
    Edit {
        name: "a method that a cached method calls",
        changes: &[Replace("survey/src/model.rs", "self.weight * n + 1", "self.weight * n + 2")],
        recomputed: &["predict"],
    },
    Edit {
        name: "`Drop` for a reached type, from another module",
        changes: &[
            Create("survey/src/elsewhere/dropping.rs", DROPPING),
            Replace(
                "survey/src/lib.rs",
                "mod settings;\n",
                "mod settings;\n#[path = \"elsewhere/dropping.rs\"]\nmod dropping;\n",
            ),
        ],
        recomputed: &["predict"],
    },
    Edit {
        name: "an operator of a path dependency",
        changes: &[Replace(UNITS, "self.0 + other.0", "self.0 + 2 * other.0")],
        recomputed: &["join"],
    },
    Edit {
        name: "`Drop` for a type of the renamed dependency",
        changes: &[Replace(
            GEOMETRY,
            "/// Nothing that is cached uses it.\n",
            "impl Drop for Polygon {\n    fn drop(&mut self) {}\n}\n\n",
        )],
        recomputed: &["perimeter"],
    },
    Edit {
        name: "`Display` for a type of the renamed dependency",
        changes: &[Replace(
            GEOMETRY,
            "/// Nothing that is cached uses it.\n",
            "impl std::fmt::Display for Polygon {\n    fn fmt(&self, f: &mut \
             std::fmt::Formatter<'_>) -> std::fmt::Result {\n        \
             write!(f, \"{}\", self.side)\n    }\n}\n\n",
        )],
        recomputed: &["perimeter"],
    },
    Edit {
        name: "a method of the renamed dependency",
        changes: &[Replace(GEOMETRY, "* self.side)", "* self.side + 1)")],
        recomputed: &["perimeter"],
    },
    Edit {
        name: "a helper in a dependency of the renamed dependency",
        changes: &[Replace(UNITS, "length + 3", "length + 4")],
        recomputed: &["perimeter"],
    },
    Edit {
        name: "a helper in a path dependency",
        changes: &[Replace(UNITS, "length * per_unit()", "length * per_unit() + 1")],
        recomputed: &["convert"],
    },
    Edit {
        name: "a re-export that leads to another function",
        changes: &[Replace(UNITS, "table::largest;", "table::smallest as largest;")],
        recomputed: &["reach"],
    },
    Edit {
        name: "the helper of a cached function in another package",
        changes: &[Replace("ledger/src/lib.rs", "(0..n)", "(0..=n)")],
        recomputed: &["balance"],
    },
    Edit {
        name: "a module that `#[path]` names",
        changes: &[Replace("survey/src/elsewhere/routes.rs", "n + 5", "n + 6")],
        recomputed: &["route"],
    },
    Edit {
        name: "a text that is included",
        changes: &[Replace("survey/data/greeting.txt", "morning", "evening")],
        recomputed: &["greet"],
    },
    Edit {
        name: "bytes that are included",
        changes: &[Replace("survey/data/weights.bin", "abcabc", "abcabd")],
        recomputed: &["weigh"],
    },
    Edit {
        name: "a source that the build script writes",
        changes: &[Replace(BUILD_SCRIPT, "[2, 3, 5]", "[2, 3, 7]")],
        recomputed: &["lookup"],
    },
    Edit {
        name: "a variable that the build script sets",
        changes: &[Replace(BUILD_SCRIPT, "=first", "=second")],
        recomputed: &["stamp"],
    },
    Edit {
        name: "a condition that the build script sets",
        changes: &[Replace(
            BUILD_SCRIPT,
            "    println!(\"cargo::rerun",
            "    println!(\"cargo::rustc-cfg=tuned\");\n    println!(\"cargo::rerun",
        )],
        recomputed: &["tune"],
    },
    Edit {
        name: "a feature of a path dependency",
        changes: &[Replace(
            "survey/Cargo.toml",
            "{ path = \"../units\" }",
            "{ path = \"../units\", features = [\"imperial\"] }",
        )],
        recomputed: &["convert"],
    },
    Edit {
        name: "a feature of the package itself",
        changes: &[Replace("survey/Cargo.toml", "default = []", "default = [\"rounded\"]")],
        recomputed: &["round"],
    },
    Edit {
        name: "the version of a dependency in the lock file",
        changes: &[Replace("Cargo.lock", GAUGES, "name = \"gauges\"\nversion = \"1.0.0\"")],
        recomputed: &["export"],
    },
    Edit {
        name: "the version of a dependency's dependency in the lock file",
        changes: &[Replace("Cargo.lock", NEEDLES, "name = \"needles\"\nversion = \"1.0.0\"")],
        recomputed: &["export"],
    },
    Edit {
        name: "the edition of the package",
        changes: &[Replace("survey/Cargo.toml", "edition = \"2024\"", "edition = \"2021\"")],
        recomputed: SURVEY,
    },
    Edit {
        name: "the edition of a path dependency",
        changes: &[Replace("units/Cargo.toml", "edition = \"2024\"", "edition = \"2021\"")],
        recomputed: &["convert", "join", "perimeter", "reach"],
    },
];

const DROPPING: &str = "\
use crate::Model;

impl Drop for Model {
    fn drop(&mut self) {
        self.weight = 0;
    }
}
";

const GAUGES: &str = "name = \"gauges\"\nversion = \"1.1.0\"";

const NEEDLES: &str = "name = \"needles\"\nversion = \"1.1.0\"";
