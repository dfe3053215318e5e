//! What a package says of itself and of what it depends on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

/// A package, as its `Cargo.toml` describes it.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) folder: PathBuf,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) edition: String,
    /// The name of its library in code.
    pub(crate) library: String,
    /// The root file of its library.
    pub(crate) root: PathBuf,
    pub(crate) is_macros: bool,
    pub(crate) dependencies: Vec<Dependency>,
    /// The folder of the workspace.
    pub(crate) workspace: PathBuf,
    /// Packages that stand in for published ones, by their names.
    pub(crate) patches: BTreeMap<String, PathBuf>,
    /// Whether it lies where cargo unpacks what it downloads.
    pub(crate) is_download: bool,
}

/// A dependency of a package, whatever it is needed for.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// The name of its library in code, unless that differs from the package's.
    pub(crate) name: String,
    pub(crate) package: String,
    /// Its folder, where it is given by path.
    pub(crate) path: Option<PathBuf>,
    pub(crate) is_renamed: bool,
}

impl Manifest {
    /// Reads the manifest in a folder.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        let text = read(folder)?;
        let table = DeTable::parse(&text).ok()?;
        let table = table.get_ref();
        let package = sub(table, "package")?;
        let stated = string(package, "workspace").map(|path| folder.join(path));
        let (workspace, workspace_text) = match stated {
            Some(folder) => (folder.clone(), read(&folder)),
            None => find_workspace(folder, table.contains_key("workspace")),
        };
        let workspace_table = workspace_text.as_deref().and_then(|text| DeTable::parse(text).ok());
        let workspace_table = workspace_table.as_ref().map(toml::Spanned::get_ref);
        let shared = workspace_table.and_then(|table| sub(table, "workspace"));
        let inherited = |key: &str| {
            string(package, key)
                .or_else(|| string(sub(shared?, "package")?, key))
                .map(str::to_owned)
        };
        let name = string(package, "name")?.to_owned();
        let library = sub(table, "lib");
        let library_name = library.and_then(|library| string(library, "name"));
        let root = library.and_then(|library| string(library, "path")).unwrap_or("src/lib.rs");
        let is_macros = library.is_some_and(|library| {
            ["proc-macro", "proc_macro"]
                .iter()
                .any(|key| matches!(get(library, key), Some(DeValue::Boolean(true))))
        });
        let patches =
            workspace_table.map_or_else(BTreeMap::new, |table| patches(table, &workspace));
        let mut manifest = Self {
            folder: folder.to_owned(),
            library: library_name.map_or_else(|| in_code(&name), str::to_owned),
            version: inherited("version").unwrap_or_default(),
            edition: inherited("edition").unwrap_or_else(|| "2015".to_owned()),
            root: folder.join(root),
            is_macros,
            name,
            dependencies: Vec::new(),
            workspace,
            patches,
            is_download: folder.join(".cargo-ok").exists()
                || folder.join(".cargo-checksum.json").exists(),
        };
        manifest.read_dependencies(table, shared);
        if let Some(DeValue::Table(targets)) = get(table, "target") {
            for target in targets.values() {
                if let DeValue::Table(target) = target.get_ref() {
                    manifest.read_dependencies(target, shared);
                }
            }
        }
        Some(manifest)
    }

    fn read_dependencies(&mut self, table: &DeTable<'_>, shared: Option<&DeTable<'_>>) {
        let kinds = ["dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies"];
        for dependencies in kinds.iter().filter_map(|kind| sub(table, kind)) {
            for (key, value) in dependencies {
                let key: &str = key.get_ref();
                let detail = match value.get_ref() {
                    DeValue::Table(detail) => Some(detail),
                    _ => None,
                };
                let is_shared = detail.is_some_and(|detail| {
                    matches!(get(detail, "workspace"), Some(DeValue::Boolean(true)))
                });
                let (detail, base) = if is_shared {
                    let declared = shared
                        .and_then(|shared| sub(shared, "dependencies"))
                        .and_then(|all| get(all, key));
                    let detail = match declared {
                        Some(DeValue::Table(detail)) => Some(detail),
                        _ => None,
                    };
                    (detail, self.workspace.clone())
                } else {
                    (detail, self.folder.clone())
                };
                let renamed = detail.and_then(|detail| string(detail, "package"));
                let package = renamed.unwrap_or(key).to_owned();
                let path =
                    detail.and_then(|detail| string(detail, "path")).map(|path| base.join(path));
                let path = path.or_else(|| self.patches.get(&package).cloned());
                self.dependencies.push(Dependency {
                    name: in_code(key),
                    package,
                    path,
                    is_renamed: renamed.is_some(),
                });
            }
        }
    }
}

/// The name of a package in code.
fn in_code(name: &str) -> String {
    name.replace('-', "_")
}

fn read(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join("Cargo.toml")).ok()
}

/// The nearest folder upwards that is a workspace, or the package's own.
fn find_workspace(folder: &Path, is_root: bool) -> (PathBuf, Option<String>) {
    let upwards = folder.ancestors().skip(usize::from(!is_root));
    for above in upwards {
        // The word alone may stand anywhere; whether it is a table is seen when it is read.
        if let Some(text) = read(above).filter(|text| text.contains("[workspace")) {
            return (above.to_owned(), Some(text));
        }
    }
    (folder.to_owned(), read(folder))
}

fn patches(table: &DeTable<'_>, workspace: &Path) -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    let sources = sub(table, "patch").into_iter().flat_map(|sources| sources.values());
    for source in sources {
        let DeValue::Table(source) = source.get_ref() else { continue };
        for (key, value) in source {
            let DeValue::Table(detail) = value.get_ref() else { continue };
            if let Some(path) = string(detail, "path") {
                let name = string(detail, "package").unwrap_or(key.get_ref());
                found.insert(name.to_owned(), workspace.join(path));
            }
        }
    }
    found
}

fn get<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a DeValue<'i>> {
    table.get(key).map(toml::Spanned::get_ref)
}

fn sub<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    match get(table, key)? {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

fn string<'a>(table: &'a DeTable<'_>, key: &str) -> Option<&'a str> {
    match get(table, key)? {
        DeValue::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_takes_from_its_workspace_what_it_leaves_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"a\"]\n[workspace.package]\nedition = \"2021\"\nversion = \"1.2.3\"\n\
            [workspace.dependencies]\nb-c = { path = \"bc\" }\nserde = \"1\"\n[patch.crates-io]\npatched = { path = \"p\" }\n",
        );
        write(
            "a/Cargo.toml",
            "[package]\nname = \"a-a\"\nedition.workspace = true\nversion = { workspace = true }\n\
            [dependencies]\nb-c.workspace = true\nserde = { workspace = true }\npatched = \"1\"\n\
            other = { package = \"renamed-one\", path = \"../r\" }\n[target.'cfg(unix)'.dependencies]\nrustix = \"1\"\n\
            [lib]\nproc-macro = true\n",
        );
        let manifest = Manifest::read(&folder.path().join("a")).unwrap();
        assert_eq!(
            (&*manifest.edition, &*manifest.version, &*manifest.library),
            ("2021", "1.2.3", "a_a")
        );
        assert!(manifest.is_macros && !manifest.is_download);
        assert_eq!(manifest.workspace, folder.path());
        let found = |name: &str| manifest.dependencies.iter().find(|one| one.name == name).unwrap();
        assert_eq!(found("b_c").path.as_deref(), Some(&*folder.path().join("bc")));
        assert_eq!(found("serde").path, None);
        assert_eq!(found("patched").path.as_deref(), Some(&*folder.path().join("p")));
        assert_eq!((&*found("other").package, found("other").is_renamed), ("renamed-one", true));
        assert_eq!(found("rustix").package, "rustix");
    }
}
