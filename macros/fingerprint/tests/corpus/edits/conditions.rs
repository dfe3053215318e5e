//! Conditional compilation.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/conditions.rs";

#[test]
fn conditions_count_by_their_values_where_they_are_named() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("a feature on which functions depend")
            .feature("app", "fast")
            .changes(&["by_feature", "by_predicate"]),
        edit("a feature on which a field depends")
            .feature("app", "wide")
            .changes(&["by_predicate", "by_field"]),
        edit("a feature on which a module depends")
            .feature("app", "gates")
            .changes(&["by_gated_module"]),
        edit("a feature on which an attribute depends")
            .feature("app", "packed")
            .changes(&["by_attribute"]),
        edit("a feature that nobody names").feature("app", "unnamed"),
        edit("the function for a feature that is off").replace(FILE, "x + 1101", "x + 1"),
        edit("the function for the absence of a feature")
            .replace(FILE, "x + 1102", "x + 1")
            .changes(&["by_feature"]),
        edit("the module for a feature that is off").replace(FILE, "x + 1107", "x + 1"),
        edit("the module for the absence of a feature")
            .replace(FILE, "x + 1108", "x + 1")
            .changes(&["by_gated_module"]),
        edit("a condition in an expression")
            .replace(FILE, r#"any(feature = "fast", feature = "wide")"#, r#"feature = "fast""#)
            .changes(&["by_predicate"]),
        edit("the function for this kind of system")
            .replace(FILE, "    '/'\n", "    ':'\n")
            .changes(&["by_target"]),
        edit("the function for builds without tests")
            .replace(FILE, "    1105\n", "    1\n")
            .changes(&["by_test"]),
        edit("the function for builds of tests, which this is none of").replace(
            FILE,
            "    1106\n",
            "    1\n",
        ),
        edit("a module of tests").replace(
            FILE,
            "assert_eq!(by_feature(1), 1103)",
            "assert_eq!(by_feature(2), 1104)",
        ),
        edit("a module of tests is removed").replace(
            FILE,
            "#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_enough() {
        assert_eq!(by_feature(1), 1103);
    }
}
",
            "",
        ),
        edit("the settings of a release").release().changes(&[
            "by_profile",
            "drives",
            "fuels",
            "speeds",
        ]),
    ]
}
