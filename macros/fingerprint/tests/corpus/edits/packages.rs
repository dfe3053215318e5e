//! Packages from elsewhere, which count by the versions in the lock file.

use super::outside::MACRO_USERS;
use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const LOCK: &str = "Cargo.lock";

#[test]
fn packages_from_elsewhere_count_with_all_that_they_depend_on() {
    check(&State::workspace(Target::Library), &edits());
}

/// Another version of a package that stands once in the lock file.
fn bump(
    name: &'static str,
    find: &'static str,
    with: &'static str,
    changes: &[&'static str],
) -> Edit {
    edit(name).replace(LOCK, find, with).changes(changes)
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        bump("a package that the code names", "1.0.15", "1.0.16", &["external"]),
        bump(
            "a package under another name than its crate",
            "0.10.6",
            "0.10.7-rc.1",
            &["external_renamed"],
        ),
        bump("a package behind one under another name", "0.10.7", "0.10.8", &["external_renamed"]),
        bump(
            "a package behind one that the code names",
            "\"2.7.4\"",
            "\"2.7.5\"",
            &["path_external"],
        ),
        bump("a package that a package by path names", "0.4.2", "0.4.3", &["path_external"]),
        edit("one of two versions of a package")
            .replace(LOCK, "version = \"0.9.1\"", "version = \"0.9.2\"")
            .replace(LOCK, "rand 0.9.1", "rand 0.9.2")
            .changes(&["external_transitive"]),
        edit("what one of two versions of a package depends on")
            .replace(LOCK, "version = \"0.9.3\"", "version = \"0.9.4\"")
            .replace(LOCK, "rand_core 0.9.3", "rand_core 0.9.4")
            .changes(&["external_transitive"]),
        edit("the version of that package which only tests depend on")
            .replace(LOCK, "version = \"0.8.5\"", "version = \"0.8.6\"")
            .replace(LOCK, "rand 0.8.5", "rand 0.8.6"),
        edit("what the version for tests depends on")
            .replace(LOCK, "version = \"0.6.4\"", "version = \"0.6.5\"")
            .replace(LOCK, "rand_core 0.6.4", "rand_core 0.6.5"),
        bump("a package that only tests depend on", "\"1.0.3\"", "\"1.0.4\"", &[]),
        bump(
            "the revision of a package from git",
            "5f0c1d7e2b9a4836",
            "6f0c1d7e2b9a4836",
            &["external_git"],
        ),
        bump(
            "the package whose traits are derived",
            "name = \"serde\"\nversion = \"1.0.219\"",
            "name = \"serde\"\nversion = \"1.0.220\"",
            &["records", "digits", "stamps"],
        ),
        bump(
            "a package that a procedural macro depends on",
            "\"1.0.40\"",
            "\"1.0.41\"",
            &MACRO_USERS,
        ),
        bump(
            "a package behind one that a procedural macro depends on",
            "\"1.0.95\"",
            "\"1.0.96\"",
            &MACRO_USERS,
        ),
        edit("the version of the package itself")
            .replace("app/Cargo.toml", "version = \"0.3.0\"", "version = \"0.3.1\"")
            .replace(
                LOCK,
                "name = \"app\"\nversion = \"0.3.0\"",
                "name = \"app\"\nversion = \"0.3.1\"",
            ),
        edit("a package that nothing names").replace(
            LOCK,
            "[[package]]\nname = \"memchr\"",
            "[[package]]
name = \"matchit\"
version = \"0.8.4\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"

[[package]]
name = \"memchr\"",
        ),
        edit("a dependency that the code does not name")
            .replace("app/Cargo.toml", "itoa = \"1\"", "itoa = \"1\"\nmatchit = \"0.8\"")
            .replace(LOCK, " \"larder\",\n \"md-5\"", " \"larder\",\n \"matchit\",\n \"md-5\"")
            .replace(
                LOCK,
                "[[package]]\nname = \"memchr\"",
                "[[package]]
name = \"matchit\"
version = \"0.8.4\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"

[[package]]
name = \"memchr\"",
            ),
    ]
}
