//! Sources that are no programs: the engine reads them, finds what it can and comes back.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;

use crate::project::{Project, fingerprints};
use crate::sources::sources;
use crate::state::{State, Target};

/// Far more than the engine needs for any of these, even on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// How many cached functions the engine finds; each of them is looked at.
///
/// # Panics
///
/// If the engine panics or does not come back.
fn survives(what: &str, project: &Project, state: &State) -> usize {
    let (sender, receiver) = mpsc::channel();
    let compilation = project.compilation(state);
    // On a thread of its own, so that an engine that hangs fails the test.
    let worker = thread::spawn(move || {
        let count = fingerprints(&compilation).len();
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

/// How many cached functions it finds in a package of these files.
fn survives_package(what: &str, files: &[(&str, &str)]) -> usize {
    let state = State::package(files);
    let mut project = Project::new("here");
    project.write(&state);
    survives(what, &project, &state)
}

#[test]
fn sources_that_end_anywhere_are_read() {
    let texts = sources();
    let mut project = Project::new("here");
    for (path, text) in texts.iter().filter(|(path, _)| path.starts_with("app/src/")) {
        let mut state = State::workspace(Target::Library);
        // A part of a file ends in the middle of something often enough.
        for end in (1..5).map(|fifths| text.len() * fifths / 5) {
            state.files.insert(path.clone(), text[..end].to_owned());
            project.write(&state);
            survives(&format!("{path} up to {end}"), &project, &state);
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
                "use a::start;
mod a {
    pub use super::b::start;
}
mod b {
    pub use super::a::start;
}
",
            )],
        ),
        (
            "whole imports",
            &[(
                "app/src/lib.rs",
                "use a::*;
mod a {
    pub use super::b::*;
}
mod b {
    pub use super::a::*;
    pub use super::*;
}
",
            )],
        ),
        (
            "macros",
            &[(
                "app/src/lib.rs",
                "macro_rules! start {
    () => {
        start!()
    };
}
start!();
fn start() -> u64 {
    start!()
}
",
            )],
        ),
        (
            "types",
            &[(
                "app/src/lib.rs",
                "type A = B;
type B = A;
trait C: D {}
trait D: C {}
impl C for A {}
fn start() -> A {
    A::start()
}
",
            )],
        ),
    ];
    for (what, files) in circles {
        let mut state = State::package(files);
        state.files.get_mut("app/src/lib.rs").expect("every circle has it").push_str(cached);
        let mut project = Project::new("here");
        project.write(&state);
        survives(what, &project, &state);
    }
}

#[test]
fn files_that_are_missing_are_left_out() {
    let text = "mod gone;
#[path = \"no/such.rs\"]
mod also_gone;
#[cache]
fn sound() -> &'static str {
    gone::away();
    include!(\"gone.in\");
    include_str!(\"gone.txt\")
}
";
    assert_eq!(survives_package("missing files", &[("app/src/lib.rs", text)]), 1);
    assert_eq!(survives_package("no root", &[]), 0);

    // What the target folder should hold is gone, and the lock file with it.
    let mut state = State::workspace(Target::Library);
    let mut project = Project::new("here");
    project.write(&state);
    let count = survives("everything there", &project, &state);
    state.dependencies = false;
    state.files.remove("Cargo.lock");
    project.write(&state);
    assert_eq!(survives("without artefacts", &project, &state), count);
}

#[test]
fn deep_nesting_does_not_exhaust_the_stack() {
    let deep = 50_000;
    let kinds = [("(", ")"), ("[", "]"), ("{", "}"), ("/*", "*/"), ("-", ""), ("&", "")];
    let rarer = [("a!(", ")"), ("fn a() { ", "}"), ("|| ", ""), ("if a { ", "}")];
    let kinds = kinds.map(|kind| (kind, deep)).into_iter();
    for ((open, close), deep) in kinds.chain(rarer.map(|kind| (kind, deep / 10))) {
        let nested = format!("{}0{}", open.repeat(deep), close.repeat(deep));
        let text = format!("#[cache]\nfn sound() -> u64 {{\n    {nested};\n    0\n}}\n");
        assert_eq!(survives_package(open, &[("app/src/lib.rs", &text)]), 1, "`{open}`");
        let unclosed = format!("{text}fn open() {{ {} }}\n", open.repeat(deep));
        survives_package(open, &[("app/src/lib.rs", &unclosed)]);
    }
    let deep = deep / 10;
    for (open, close) in [("mod a { ", "}"), ("fn a() { ", "}"), ("A<", ">"), ("use a::{", "}")] {
        let nested = format!("{}{}", open.repeat(deep), close.repeat(deep));
        let text = format!("#[cache]\nfn sound() {{}}\n{nested}\n");
        assert_eq!(survives_package(open, &[("app/src/lib.rs", &text)]), 1, "`{open}`");
    }
}

/// Pieces of which sources are made, among them halves of what comes in pairs.
const PIECES: &str = r#"fn f g ( ) { } [ ] < > x : :: u64 -> = ; , # ! #[cache] impl T for S struct
    enum trait mod m use self super crate * as macro_rules! $ $x:expr => include! "text" " 'a ' r#"
    /* */ // where dyn const static pub async unsafe extern type 0..1 1.0 & && | || ? @ _"#;

/// Sources of any of the pieces in any order, over several lines.
fn soups() -> impl Strategy<Value = String> {
    let pieces: Vec<&str> = PIECES.split_whitespace().chain(["\n"]).collect();
    prop::collection::vec(prop::sample::select(pieces), 0..200).prop_map(|soup| soup.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn any_soup_of_tokens_is_read(soup in soups()) {
        let text = format!("#[cache]\nfn sound() {{}}\n{soup}");
        prop_assert!(survives_package(&text, &[("app/src/lib.rs", &text)]) >= 1);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let root = "mod noise;\n#[cache]\nfn sound() {\n    noise::noise()\n}\n";
        let state = State::package(&[("app/src/lib.rs", root), ("app/src/noise.rs", "")]);
        let mut project = Project::new("here");
        project.write(&state);
        project.overwrite("app/src/noise.rs", &bytes);
        prop_assert!(survives("noise", &project, &state) >= 1);
    }
}
