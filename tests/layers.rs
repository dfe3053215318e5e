//! The order of the layers, and who may name which crate.
//!
//! Comments and doc examples may speak of anything; code may not.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each may use those before it, never those after it.
const LAYERS: [&str; 12] = [
    "error",
    "faults",
    "key",
    "entry",
    "codec",
    "store",
    "catalog",
    "retention",
    "flight",
    "cache",
    "function",
    "parallel",
];

/// Crates that only these places may name, so that each can be replaced there.
const SEAMS: [(&str, &str); 17] = [
    ("sled", "catalog/database.rs"),
    ("rayon", "parallel"),
    ("ctrlc", "parallel/interrupt.rs"),
    ("futures_util", "parallel"),
    ("bincode", "codec.rs"),
    ("rmp_serde", "codec.rs"),
    ("rustix", "store/files"),
    ("rustix", "faults/armed.rs"),
    ("nix", "store/claims.rs"),
    ("nix", "store/files/clock.rs"),
    ("futures_channel", "flight/elsewhere.rs"),
    ("futures_timer", "function/patience.rs"),
    ("indicatif", "parallel/progress/terminal.rs"),
    ("console", "parallel/progress/terminal.rs"),
    ("castaway", "parallel/indexed.rs"),
    ("typeid", "parallel/indexed.rs"),
    ("unicode_width", "parallel/progress/line.rs"),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// The code of every file in `src`, without comments, by its path there.
fn code() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&root).into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        (name, lines.collect::<Vec<_>>().join("\n"))
    });
    files.collect()
}

/// The names that stand after `prefix` in the code, those in braces included.
fn named_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let identifier = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let found = code.match_indices(prefix).flat_map(|(at, _)| {
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => group.split(',').map(|one| identifier(one.trim())).collect(),
            None => vec![identifier(rest)],
        }
    });
    found.collect()
}

#[test]
fn every_file_belongs_to_a_layer() {
    for name in code().keys().filter(|name| *name != "lib.rs") {
        let layer = name.split(['/', '.']).next().unwrap();
        assert!(LAYERS.contains(&layer), "{name} is in no layer");
    }
}

#[test]
fn no_layer_uses_one_below_it() {
    for (name, code) in code() {
        let layer = name.split(['/', '.']).next().unwrap();
        let Some(place) = LAYERS.iter().position(|one| *one == layer) else { continue };
        for used in named_after(&code, "crate::") {
            // What is no layer is an item of the crate root, which re-exports from all of them.
            let used_place = LAYERS.iter().position(|one| *one == used);
            assert!(used_place.is_some(), "{name} uses `crate::{used}`, which is no layer");
            assert!(used_place <= Some(place), "{name} uses `{used}`, a layer below its own");
        }
    }
}

#[test]
fn a_crate_that_stands_behind_a_seam_is_named_nowhere_else() {
    for (name, code) in code() {
        for (krate, place) in SEAMS {
            let named = code.match_indices(krate).any(|(at, _)| {
                let word = |c: char| c.is_alphanumeric() || c == '_';
                !code[..at].ends_with(word) && code[at + krate.len()..].starts_with("::")
            });
            let may = SEAMS.iter().any(|(one, place)| *one == krate && name.starts_with(place));
            assert!(!named || may, "{name} names {krate}, only {place} may");
        }
    }
}

#[test]
fn the_checks_see_what_they_are_to_see() {
    let names = named_after("use crate::{store, cache::Mode}; crate::key::digest()", "crate::");
    assert!(names.iter().eq(["cache", "key", "store"]), "{names:?}");
    let code = code();
    assert!(named_after(&code["cache.rs"], "crate::").contains("store"));
    assert!(code["catalog/database.rs"].contains("sled::"));
    assert!(code["parallel/pool.rs"].contains("rayon::"));
}

/// What a package depends on, as a lock file says.
fn locked(lock: &str, package: &str) -> BTreeSet<String> {
    let head = format!("name = \"{package}\"\n");
    let block = lock.split("[[package]]\n").find(|block| block.starts_with(&head)).unwrap();
    let list = block.split_once("dependencies = [").map_or("", |(_, rest)| rest);
    let list = list.split_once(']').map_or("", |(list, _)| list);
    // After a name comes the version, where there are several.
    let name =
        |line: &str| Some(line.trim().strip_prefix('"')?.split(['"', ' ']).next()?.to_owned());
    list.lines().filter_map(name).collect()
}

// The targets in `fuzz/` have a lock file of their own, which nothing else here reads: it fell behind.
#[test]
fn the_lock_file_of_the_fuzz_targets_knows_all_dependencies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let manifest = read("Cargo.toml");
    // Those of this package alone, without what is for its tests.
    let sections = manifest.split("\n[").filter(|section| {
        let title = section.lines().next().unwrap();
        title.ends_with("dependencies]") && !title.contains("dev-")
    });
    let named = sections.flat_map(|section| section.lines().skip(1)).filter_map(|line| {
        let (name, _) = line.split_once(" = ")?;
        (!name.starts_with('#')).then(|| name.to_owned())
    });
    let named: BTreeSet<String> = named.collect();
    assert!(named.len() > 10, "{named:?}");
    let locked = locked(&read("fuzz/Cargo.lock"), "larder");
    let missing: Vec<_> = named.difference(&locked).collect();
    assert!(
        missing.is_empty(),
        "`cargo metadata --manifest-path fuzz/Cargo.toml` adds {missing:?}"
    );
}
