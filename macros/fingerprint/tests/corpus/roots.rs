//! Functions as the attribute sees them: a place in a file, and a text.

use std::collections::BTreeSet;
use std::path::Path;

use larder_fingerprint::{Engine, Fingerprint, Kind, Root};

use crate::edit::{Edit, edit};
use crate::project::{Project, fingerprints};
use crate::state::{State, Target};

/// Where an attribute stands, and on what.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    /// The start of the attribute and what follows, which occurs once.
    attribute: &'a str,
    method: Option<&'a str>,
    reaches: &'a [&'a str],
}

const DIRECT: Place<'_> = Place {
    file: "app/src/calls.rs",
    attribute: "#[cache]\npub fn direct",
    method: None,
    reaches: &[],
};

const WEIGH: Place<'_> = Place {
    file: "app/src/methods.rs",
    attribute: "#[cache]\nimpl Scale",
    method: Some("weigh"),
    reaches: &[],
};

/// The fingerprint of what stands in a place after an edit.
fn fingerprint(place: Place<'_>, edit: &Edit) -> Option<Fingerprint> {
    let state = edit.apply(&State::workspace(Target::Library));
    let mut project = Project::new("here");
    project.write(&state);
    let (before, rest) = state.files[place.file].split_once(place.attribute)?;
    let text = format!("{}{rest}", place.attribute);
    // The text ends where the item does: at the first bracket that is indented like it.
    let indent = place.attribute.find('#')?;
    let close = format!("\n{}}}\n", " ".repeat(indent));
    let end = text.find(&close)? + close.len();
    let source = text[..end].trim_start().strip_prefix("#[cache]\n")?;
    let reaches: Vec<String> = place.reaches.iter().map(|&path| path.to_owned()).collect();
    let root = Root {
        file: Path::new(place.file),
        line: before.lines().count() + 1,
        column: place.attribute.find('#').expect("an attribute starts with it") + 1,
        source,
        method: place.method,
        reaches: &reaches,
    };
    Engine::new(&project.compilation(&state)).fingerprint(&root)
}

/// Whether an edit changes the fingerprint of what stands in a place.
fn changes(place: Place<'_>, edited: &Edit) -> bool {
    let before = fingerprint(place, &edit("nothing")).expect("the place is known");
    before.digest != fingerprint(place, edited).expect("it still is").digest
}

#[test]
fn a_root_reaches_what_its_function_reaches() {
    let step = edit("its callee").replace(DIRECT.file, "x + 1\n", "x + 2\n");
    let body = edit("its body").replace(DIRECT.file, "    step(x)\n", "    step(x) + 1\n");
    let other = edit("another function").replace(DIRECT.file, "x + 70", "x + 71");
    let comment = edit("a comment").replace(DIRECT.file, "    step(x)\n", "    step(x) // on\n");
    let lines =
        edit("lines above").replace(DIRECT.file, "use larder::cache;", "\n\nuse larder::cache;");
    assert!(changes(DIRECT, &step));
    assert!(changes(DIRECT, &body));
    assert!(!changes(DIRECT, &other));
    assert!(!changes(DIRECT, &comment));
    assert!(!changes(DIRECT, &lines));
}

#[test]
fn a_root_that_is_a_method_is_that_method_of_its_block() {
    let bias = edit("its callee").replace(WEIGH.file, "        305\n", "        1\n");
    let tare = edit("a constant of another method").replace(
        WEIGH.file,
        "TARE: u64 = 306",
        "TARE: u64 = 1",
    );
    assert!(changes(WEIGH, &bias));
    assert!(!changes(WEIGH, &tare));
    let net = Place { method: Some("net"), ..WEIGH };
    assert!(!changes(net, &bias));
    assert!(changes(net, &tare));
    let missing = Place { method: Some("gross"), ..WEIGH };
    assert_eq!(fingerprint(missing, &edit("nothing")), None);
}

#[test]
fn a_root_in_a_body_reaches_what_stands_beside_it() {
    let held = Place {
        file: "app/src/bodies.rs",
        attribute: "    #[cache]\n    fn held",
        method: None,
        reaches: &[],
    };
    let beside = edit("what stands beside it").replace(held.file, "x + 907", "x + 1");
    let around = edit("what stands around it").replace(held.file, "held(x) + 908", "held(x) + 1");
    let outside = edit("what stands outside").replace(held.file, "x + 901", "x + 1");
    assert!(changes(held, &beside));
    assert!(!changes(held, &around));
    assert!(!changes(held, &outside));
}

#[test]
fn what_the_author_says_is_reached_counts() {
    let other = edit("another function").replace(DIRECT.file, "x + 70", "x + 71");
    assert!(!changes(DIRECT, &other));
    for path in ["nobody_calls_this", "self::nobody_calls_this", "crate::calls::nobody_calls_this"]
    {
        let reaches = &[path];
        assert!(changes(Place { reaches, ..DIRECT }, &other), "{path}");
    }
    let method = edit("a method").replace("app/src/methods.rs", "        302\n", "        1\n");
    let reaches = &["crate::methods::Meter::idle"];
    assert!(changes(Place { reaches, ..DIRECT }, &method));
    let package = edit("a package").replace("Cargo.lock", "1.0.15", "1.0.16");
    assert!(changes(Place { reaches: &["itoa"], ..DIRECT }, &package));
    assert!(!changes(DIRECT, &package));
}

/// Paths began with the names of packages, as in `dep-a::scale`, which nobody could write in code, and
/// which differ from the names of the cached functions in that crate.
#[test]
fn paths_begin_with_the_names_that_crates_have_in_code() {
    let state = State::workspace(Target::Library);
    let mut project = Project::new("here");
    project.write(&state);
    let fingerprints = fingerprints(&project.compilation(&state));
    let parts = fingerprints.iter().flat_map(|(_, fingerprint)| &fingerprint.parts);
    let paths: BTreeSet<&str> =
        parts.filter(|part| part.kind == Kind::Function).map(|part| &*part.path).collect();
    assert!(paths.iter().any(|path| path.starts_with("dep_a::")), "{paths:?}");
    assert!(!paths.iter().any(|path| path.starts_with("dep-a::")), "{paths:?}");
}
