//! What a condition of `cfg` is for one compilation, as the compiler would say.

use crate::state::{State, Target};

/// Evaluates the text between the parentheses of `cfg(…)`.
pub(crate) fn holds(text: &str, state: &State) -> bool {
    let mut rest = text;
    let value = condition(&mut rest, state);
    assert!(rest.trim().is_empty(), "`{text}` is not one condition");
    value
}

fn condition(rest: &mut &str, state: &State) -> bool {
    let name = word(rest);
    if eat(rest, '(') {
        let mut values = Vec::new();
        while !eat(rest, ')') {
            values.push(condition(rest, state));
            assert!(eat(rest, ',') || rest.trim_start().starts_with(')'), "`{rest}` goes on");
        }
        return match name {
            "all" => values.iter().all(|value| *value),
            "any" => values.iter().any(|value| *value),
            "not" => !values[0],
            _ => panic!("`{name}` combines no conditions"),
        };
    }
    if eat(rest, '=') {
        let text = rest.trim_start().strip_prefix('"').expect("a value is a string");
        let (value, after) = text.split_once('"').expect("a string ends");
        *rest = after;
        return match name {
            "feature" => state.features_of("app").any(|feature| feature == value),
            "target_os" => value == "linux",
            _ => panic!("nothing here asks for `{name}`"),
        };
    }
    match name {
        "unix" | "true" => true,
        "windows" | "false" | "docsrs" | "miri" => false,
        "test" => state.target == Target::Test,
        "debug_assertions" => !state.release,
        _ => panic!("nothing here asks for `{name}`"),
    }
}

/// Takes a name off the start.
fn word<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    *rest = after;
    word
}

/// Takes a character off the start, where it stands there.
fn eat(rest: &mut &str, expected: char) -> bool {
    match rest.trim_start().strip_prefix(expected) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

#[test]
fn conditions_are_evaluated_as_the_compiler_does() {
    let mut state = State::workspace(Target::Library);
    state.features.insert(("app", "fast"));
    for (text, value) in [
        ("unix", true),
        ("not(test)", true),
        (r#"feature = "fast""#, true),
        (r#"feature = "boost""#, false),
        (r#"all(unix, not(feature="fast"),)"#, false),
        (r#"any(windows, all(debug_assertions, feature = "fast"))"#, true),
        ("all()", true),
        ("any()", false),
    ] {
        assert_eq!(holds(text, &state), value, "{text}");
    }
}
