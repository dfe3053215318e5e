//! Sources that are no programs: the engine reads them, finds what it can and comes back.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use crate::project::Project;
use crate::sources::sources;
use crate::state::{State, Target};

/// Far more than the engine needs for any of these, even on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// Looks at all cached functions of a state, and then of one more that is sound.
///
/// # Panics
///
/// If the engine panics or does not come back.
fn survives(what: &str, state: &State, overwrite: Option<(&str, &[u8])>) -> usize {
    let mut project = Project::new("here");
    project.write(state);
    if let Some((path, bytes)) = overwrite {
        project.overwrite(path, bytes);
    }
    let (sender, receiver) = mpsc::channel();
    let state = state.clone();
    // On a thread of its own, so that an engine that hangs fails the test.
    let worker = thread::spawn(move || {
        let count = project.codes(&state).len();
        let _ = sender.send(count);
    });
    match receiver.recv_timeout(LONG) {
        Ok(count) => {
            worker.join().expect("the count was sent");
            count
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{what}: the engine panicked"),
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what}: the engine hangs"),
    }
}

/// How many cached functions a package of these files has.
fn survives_package(what: &str, files: &[(&str, &str)]) -> usize {
    survives(what, &State::package(files), None)
}

#[test]
fn sources_that_end_anywhere_are_read() {
    let texts = sources();
    for (path, text) in texts.iter().filter(|(path, _)| path.starts_with("app/src/")) {
        let mut state = State::workspace(Target::Library);
        // An eighth of a file ends in the middle of something often enough.
        for end in (1..8).map(|eighths| text.len() * eighths / 8) {
            state.files.insert(path.clone(), text[..end].to_owned());
            survives(&format!("{path} up to {end}"), &state, None);
        }
    }
}

#[test]
fn brackets_that_do_not_match_leave_the_rest_to_be_found() {
    let cached = "#[cache]\nfn sound(x: u64) -> u64 {\n    x\n}\n";
    for broken in
        ["fn a() { ( }", "fn b() { ] }", "mod c { fn d() {", "}", ")))", "#[", "impl<", "use {{"]
    {
        let text = format!("{cached}\n{broken}\n");
        let count = survives_package(broken, &[("app/src/lib.rs", &text)]);
        assert_eq!(count, 1, "{broken}");
    }
}

#[test]
fn circles_of_files_modules_imports_and_macros_end() {
    let cached = "#[cache]\npub fn sound() -> u64 {\n    start()\n}\n";
    let circles: [(&str, &[(&str, &str)]); 7] = [
        (
            "modules",
            &[
                ("app/src/lib.rs", "#[path = \"b.rs\"]\nmod b;\n"),
                ("app/src/b.rs", "#[path = \"c.rs\"]\nmod c;\n"),
                ("app/src/c.rs", "#[path = \"b.rs\"]\nmod b;\n"),
            ],
        ),
        ("a module that is its own", &[("app/src/lib.rs", "#[path = \"lib.rs\"]\nmod again;\n")]),
        (
            "inclusions",
            &[
                ("app/src/lib.rs", "mod a {\n    include!(\"a.in\");\n}\n"),
                ("app/src/a.in", "include!(\"a.in\");\ninclude!(\"lib.rs\");\n"),
            ],
        ),
        (
            "imports",
            &[(
                "app/src/lib.rs",
                "use a::start;\nmod a {\n    pub use super::b::start;\n}\nmod b {\n    pub use super::a::start;\n}\n",
            )],
        ),
        (
            "whole imports",
            &[(
                "app/src/lib.rs",
                "use a::*;\nmod a {\n    pub use super::b::*;\n}\nmod b {\n    pub use super::a::*;\n    pub use super::*;\n}\n",
            )],
        ),
        (
            "macros",
            &[(
                "app/src/lib.rs",
                "macro_rules! start {\n    () => {\n        start!()\n    };\n}\nstart!();\nfn start() -> u64 {\n    start!()\n}\n",
            )],
        ),
        (
            "types",
            &[(
                "app/src/lib.rs",
                "type A = B;\ntype B = A;\ntrait C: D {}\ntrait D: C {}\nimpl C for A {}\nfn start() -> A {\n    A::start()\n}\n",
            )],
        ),
    ];
    for (what, files) in circles {
        let mut state = State::package(files);
        state.files.get_mut("app/src/lib.rs").expect("every circle has it").push_str(cached);
        survives(what, &state, None);
    }
}

#[test]
fn files_that_are_missing_are_left_out() {
    let text = "mod gone;\n#[path = \"no/such.rs\"]\nmod also_gone;\n#[cache]\nfn sound() -> &'static str {\n    gone::away();\n    include!(\"gone.in\");\n    include_str!(\"gone.txt\")\n}\n";
    assert_eq!(survives_package("missing files", &[("app/src/lib.rs", text)]), 1);
    assert_eq!(survives_package("no root", &[]), 0);

    // What the target folder should hold is gone, and the lock file with it.
    let mut state = State::workspace(Target::Library);
    let count = survives("everything there", &state, None);
    state.dependencies = false;
    state.files.remove("Cargo.lock");
    assert_eq!(survives("without artefacts", &state, None), count);
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let deep = 50_000;
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{", "}"), ("/*", "*/"), ("-", ""), ("&", ""), ("a!(", ")")]
    {
        let nested = format!("{}0{}", open.repeat(deep), close.repeat(deep));
        let text = format!("#[cache]\nfn sound() -> u64 {{\n    {nested};\n    0\n}}\n");
        let count = survives_package(open, &[("app/src/lib.rs", &text)]);
        assert_eq!(count, 1, "`{open}`");
        let unclosed = format!("{text}fn open() {{ {} }}\n", open.repeat(deep));
        survives_package(open, &[("app/src/lib.rs", &unclosed)]);
    }
    for (open, close) in [("mod a { ", "}"), ("fn a() { ", "}"), ("A<", ">"), ("use a::{", "}")] {
        let nested = format!("{}{}", open.repeat(deep / 10), close.repeat(deep / 10));
        let text = format!("#[cache]\nfn sound() {{}}\n{nested}\n");
        survives_package(open, &[("app/src/lib.rs", &text)]);
    }
}

/// Pieces of which sources are made, among them halves of what comes in pairs.
const PIECES: [&str; 56] = [
    "fn",
    "f",
    "g",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "x",
    ":",
    "::",
    "u64",
    "->",
    "=",
    ";",
    ",",
    "#",
    "!",
    "[cache]",
    "impl",
    "T",
    "for",
    "S",
    "struct",
    "enum",
    "trait",
    "mod",
    "m",
    "use",
    "self",
    "super",
    "crate",
    "*",
    "as",
    "macro_rules!",
    "$",
    "$x:expr",
    "=>",
    "include!",
    "\"text\"",
    "\"",
    "'a",
    "'",
    "r#\"",
    "/*",
    "*/",
    "//",
    "\n",
    "where",
    "dyn",
    "const",
    "static",
    "pub",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_soup_of_tokens_is_read(pieces in prop::collection::vec(0..PIECES.len(), 0..200)) {
        let soup: Vec<&str> = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        let text = format!("#[cache]\nfn sound() {{}}\n{}", soup.join(" "));
        prop_assert!(survives_package(&text, &[("app/src/lib.rs", &text)]) >= 1);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let state = State::package(&[("app/src/lib.rs", "mod noise;\n#[cache]\nfn sound() {}\n")]);
        let mut state = state;
        state.files.insert("app/src/noise.rs".into(), String::new());
        survives("noise", &state, Some(("app/src/noise.rs", &bytes)));
    }
}
