//! What a compilation depends on, as data that an edit can change.

use std::collections::{BTreeMap, BTreeSet};

use crate::packages::{LIBRARY_HASH, TARGET_HASH};
use crate::sources::sources;

/// What of the package `app` is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Its library.
    Library,
    /// Its library, as a test harness.
    Test,
    /// Its binary.
    Binary,
}

/// The sources and the settings of one compilation of the package `app`.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// Texts by their paths in the workspace.
    pub(crate) files: BTreeMap<String, String>,
    /// What is compiled.
    pub(crate) target: Target,
    /// The folder below `target/` and with it the compiler's settings.
    pub(crate) release: bool,
    /// The features that are on, by package.
    pub(crate) features: BTreeSet<(&'static str, &'static str)>,
    /// Variables that a build script sets, by package.
    pub(crate) variables: BTreeMap<(&'static str, &'static str), &'static str>,
    /// Whether it depends on other packages.
    pub(crate) dependencies: bool,
}

impl State {
    /// The workspace as it lies beside this file.
    pub(crate) fn workspace(target: Target) -> Self {
        Self {
            files: sources(),
            target,
            release: false,
            features: BTreeSet::from([("dep-a", "boost")]),
            variables: BTreeMap::from([
                (("app", "CORPUS_MODEL"), "small"),
                (("dep-a", "DEP_A_TARGET"), "here"),
            ]),
            dependencies: true,
        }
    }

    /// A package of these files alone, whose root is `app/src/lib.rs`.
    pub(crate) fn package(files: &[(&str, &str)]) -> Self {
        let mut state = Self { dependencies: false, ..Self::workspace(Target::Library) };
        state.files.retain(|path, _| path == "app/Cargo.toml" || path == "Cargo.lock");
        let files = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned()));
        state.files.extend(files);
        state
    }

    /// The folder of the profile.
    pub(crate) fn target_folder(&self) -> String {
        format!("target/{}", if self.release { "release" } else { "debug" })
    }

    /// The folder to which the build script of `app` writes.
    pub(crate) fn out_dir(&self) -> String {
        format!("{}/build/app-f58626e3ed9d4069/out", self.target_folder())
    }

    /// What the compiler adds to the names of the files that it writes now.
    pub(crate) fn own_hash(&self) -> &'static str {
        if self.target == Target::Library { LIBRARY_HASH } else { TARGET_HASH }
    }

    /// The features of one package that are on.
    pub(crate) fn features_of(&self, package: &str) -> impl Iterator<Item = &'static str> {
        let of = move |&&(owner, _): &&(&str, &str)| owner == package;
        self.features.iter().filter(of).map(|&(_, feature)| feature)
    }

    /// The variables that the build script of one package sets.
    pub(crate) fn variables_of(&self, package: &str) -> impl Iterator<Item = (String, String)> {
        let of = move |((owner, _), _): &(&(&str, &str), &&str)| *owner == package;
        self.variables
            .iter()
            .filter(of)
            .map(|(&(_, name), &value)| (name.to_owned(), value.to_owned()))
    }

    /// What the manifest of `app` says after a key.
    pub(crate) fn manifest_value(&self, key: &str) -> &str {
        let line = self.files["app/Cargo.toml"].lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split('"').nth(1)).expect("the manifest has all keys")
    }

    /// The version and the source of a package in the lock file, by the start of its version.
    pub(crate) fn locked(&self, package: &str, version: &str) -> (&str, &str) {
        let start = format!("name = \"{package}\"\nversion = \"{version}");
        let lock = &self.files["Cargo.lock"];
        let block = lock.split("[[package]]\n").find(|block| block.starts_with(&start));
        let value = |key: &str| {
            let line = block?.lines().find(|line| line.starts_with(key))?;
            line.split('"').nth(1)
        };
        let version = value("version").expect("every dependency is in the lock file");
        (version, value("source").unwrap_or_default())
    }
}
