//! What cargo left beside a dependency that it compiled: features, conditions, variables, and when
//! the compiler was started.
//!
//! ```text
//! target/debug/deps/libshapes-5bb8….rlib                      the artefact
//! target/debug/deps/shapes-5bb8….d                            its sources and variables
//! target/debug/.fingerprint/shapes-kit-5bb8…/lib-shapes.json  its features and dependencies
//!                                           /lib-shapes       its number, which others refer to
//!                                           /invoked.timestamp
//! target/debug/build/shapes-kit-1f5a…/output                  what its build script said
//! ```
//!
//! These files are cargo's own affair and may change: what is not found is not known, which makes a
//! fingerprint wider, not wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A compiled dependency.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unit {
    /// The folder of the profile, as `target/debug`.
    pub(crate) profile: PathBuf,
    pub(crate) features: Option<Vec<String>>,
    /// When its compiler was started.
    pub(crate) invoked: Option<SystemTime>,
    /// The variables that its code names, as they were.
    pub(crate) variables: BTreeMap<String, String>,
    /// The dependencies that it was compiled with: names in code, and their numbers.
    pub(crate) dependencies: Vec<(String, u64)>,
    /// Conditions that its build script set; `None` where that is not known.
    pub(crate) conditions: Option<Vec<String>>,
}

impl Unit {
    /// What belongs to the artefact of a package.
    pub(crate) fn of_artefact(artefact: &Path, package: &str, library: &str) -> Option<Self> {
        let profile = artefact.parent()?.parent()?;
        let (_, hash) = artefact.file_stem()?.to_str()?.rsplit_once('-')?;
        let mut unit = Self::read(profile, package, library, hash);
        // Without cargo's files, the artefact itself tells how old it is.
        let modified = || artefact.metadata().ok()?.modified().ok();
        unit.invoked = unit.invoked.or_else(modified);
        Some(unit)
    }

    /// The dependency of this unit that is called `name` in its code.
    pub(crate) fn dependency(&self, name: &str, package: &str, library: &str) -> Option<Self> {
        let numbers: Vec<u64> = self
            .dependencies
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, number)| *number)
            .collect();
        let mut found = None;
        for folder in std::fs::read_dir(self.profile.join(".fingerprint")).ok()?.flatten() {
            let folder_name = folder.file_name();
            let Some(hash) =
                folder_name.to_str().and_then(|name| name.strip_prefix(package)?.strip_prefix('-'))
            else {
                continue;
            };
            let Some(number) = number(&folder.path().join(format!("lib-{library}"))) else {
                continue;
            };
            let is_meant = numbers.contains(&number);
            if is_meant || found.is_none() {
                found = Some(Self::read(&self.profile, package, library, hash));
            }
            if is_meant {
                break;
            }
        }
        found
    }

    /// The package whose artefact this is.
    pub(crate) fn package_of(artefact: &Path) -> Option<String> {
        let (_, hash) = artefact.file_stem()?.to_str()?.rsplit_once('-')?;
        let folders = std::fs::read_dir(artefact.parent()?.parent()?.join(".fingerprint")).ok()?;
        folders.flatten().find_map(|folder| {
            let name = folder.file_name().into_string().ok()?;
            Some(name.strip_suffix(hash)?.strip_suffix('-')?.to_owned())
        })
    }

    fn read(profile: &Path, package: &str, library: &str, hash: &str) -> Self {
        let folder = profile.join(".fingerprint").join(format!("{package}-{hash}"));
        let json = std::fs::read_to_string(folder.join(format!("lib-{library}.json")));
        let json = json.unwrap_or_default();
        let info =
            std::fs::read_to_string(profile.join("deps").join(format!("{library}-{hash}.d")));
        let variables = variables(&info.unwrap_or_default());
        let invoked = || folder.join("invoked.timestamp").metadata().ok()?.modified().ok();
        let output =
            variables.get("OUT_DIR").and_then(|out| Some(Path::new(out).parent()?.join("output")));
        Self {
            profile: profile.to_owned(),
            features: features(&json),
            invoked: invoked(),
            dependencies: dependencies(&json),
            conditions: conditions(output, profile, package),
            variables,
        }
    }
}

/// `"features":"[\"a\", \"b\"]"`
fn features(json: &str) -> Option<Vec<String>> {
    let rest = json.split_once("\"features\":\"")?.1;
    let list = rest.split_once("]\"")?.0;
    Some(list.split("\\\"").skip(1).step_by(2).map(str::to_owned).collect())
}

/// `"deps":[[17873818775557481618,"dep_b",false,10516087605462935769]]`
fn dependencies(json: &str) -> Vec<(String, u64)> {
    let list = json.split_once("\"deps\":[").map_or("", |(_, rest)| rest);
    let list = list.split_once("]]").map_or("", |(list, _)| list);
    let entry = |entry: &str| {
        let mut fields = entry.split(',');
        let name = fields.nth(1)?.trim_matches('"');
        let number = fields.nth(1)?.trim_end_matches(']').parse().ok()?;
        Some((name.to_owned(), number))
    };
    list.split('[').filter_map(entry).collect()
}

/// The number in a file of cargo's: sixteen digits, the lowest byte first.
fn number(file: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    u64::from_str_radix(text.trim(), 16).ok().map(u64::swap_bytes)
}

/// `# env-dep:NAME=VALUE`, with the escapes of make.
fn variables(info: &str) -> BTreeMap<String, String> {
    let lines = info.lines().filter_map(|line| line.strip_prefix("# env-dep:"));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), value.replace("\\n", "\n").replace("\\\\", "\\")))
        .collect()
}

/// What a build script set: the one whose output is known, or else all that the package has had.
fn conditions(output: Option<PathBuf>, profile: &Path, package: &str) -> Option<Vec<String>> {
    let files = if let Some(file) = output {
        vec![file]
    } else {
        let folders = std::fs::read_dir(profile.join("build")).ok()?.flatten();
        let is_ours =
            |name: &str| name.strip_prefix(package).is_some_and(|rest| rest.starts_with('-'));
        let ours = folders.filter(|folder| folder.file_name().to_str().is_some_and(is_ours));
        ours.map(|folder| folder.path().join("output")).collect()
    };
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        for line in text.lines() {
            let value = line
                .strip_prefix("cargo::rustc-cfg=")
                .or_else(|| line.strip_prefix("cargo:rustc-cfg="));
            found.extend(value.map(normal_condition));
        }
    }
    Some(found)
}

/// `feature="x"` as `feature = "x"`.
pub(crate) fn normal_condition(text: &str) -> String {
    match text.split_once('=') {
        Some((name, value)) => format!("{} = {}", name.trim(), value.trim()),
        None => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cargo_writes_is_understood() {
        let json = r#"{"rustc":1,"features":"[\"default\", \"x\"]","declared_features":"[]","deps":[[14,"build_script_build",false,91],[17,"dep_b",false,10516087605462935769]],"local":[]}"#;
        assert_eq!(features(json), Some(vec!["default".to_owned(), "x".to_owned()]));
        assert_eq!(features(r#"{"features":"[]"}"#), Some(Vec::new()));
        assert_eq!(features("{}"), None);
        let found = dependencies(json);
        assert_eq!(found[1], ("dep_b".to_owned(), 10_516_087_605_462_935_769));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("lib-b"), "d9a881e6f5a5f091").unwrap();
        // As it was in a real build, beside the number above.
        assert_eq!(number(&folder.path().join("lib-b")), Some(10_516_087_605_462_935_769));
        let found = variables("a: b\n\n# env-dep:FOO=bar\n# env-dep:NONE\n");
        assert!(found.into_iter().eq([("FOO".to_owned(), "bar".to_owned())]));
        assert_eq!(normal_condition("feature=\"x\""), "feature = \"x\"");
    }
}
