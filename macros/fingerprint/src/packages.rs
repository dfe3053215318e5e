//! The crate that is compiled and the packages it depends on: those given by path are read, those
//! from elsewhere count by their versions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::compilation::Compilation;
use crate::digest::Encoder;
use crate::edges::Edges;
use crate::fingerprint::Kind;
use crate::graph::{Conditions, Crate, Extern, Graph};
use crate::lock::Lock;
use crate::manifest::{Dependency, Manifest};
use crate::names::number;
use crate::unit::{Unit, normal_condition};

/// Packages that make up this library: they count by their version, wherever they lie, since their
/// own tests are not about what they keep.
const OWN: [&str; 3] = ["larder", "larder-macros", "larder-fingerprint"];

/// What was read.
pub(crate) struct Packages {
    pub(crate) graph: Graph,
    /// What leaves lead to, by node.
    pub(crate) leaf_edges: Vec<(u32, Rc<Edges>)>,
    /// The node of the edition of each crate.
    pub(crate) editions: Vec<u32>,
}

impl Packages {
    /// Reads what a compilation compiles. `None` where it is not clear what that is.
    pub(crate) fn read(compilation: &Compilation) -> Option<Self> {
        let root = compilation.root().filter(|root| root.is_file())?;
        let manifest = compilation
            .variable("CARGO_MANIFEST_DIR")
            .and_then(|folder| Manifest::read(Path::new(folder)));
        let mut reader = Reader {
            graph: Graph::new(),
            for_host: compilation.options("--target").next().is_none(),
            lock: manifest.as_ref().and_then(|manifest| lock(manifest, compilation)),
            patches: manifest.as_ref().map(|manifest| manifest.patches.clone()).unwrap_or_default(),
            crates: HashMap::new(),
            locked: HashMap::new(),
            wholes: HashMap::new(),
            leaf_edges: Vec::new(),
        };
        reader.compiled(compilation, manifest.as_ref(), &root);
        let Reader { mut graph, leaf_edges, .. } = reader;
        let mut editions = Vec::new();
        for krate in 0..graph.crates.len() {
            let Crate { label, edition, .. } = &graph.crates[krate];
            let (label, edition) = (label.clone(), edition.clone());
            editions.push(graph.leaf(Kind::Edition, &label, &edition, &[]));
        }
        Some(Self { graph, leaf_edges, editions })
    }
}

/// The lock file that holds for a compilation: that of the workspace in whose target directory it
/// takes place, or of the package's own.
fn lock(manifest: &Manifest, compilation: &Compilation) -> Option<Lock> {
    if manifest.is_download {
        return None;
    }
    let target = compilation.out_dir().and_then(|out| {
        out.ancestors()
            .find(|folder| folder.file_name().is_some_and(|name| name == "target"))?
            .parent()
    });
    let folders = target.into_iter().chain([&*manifest.workspace, &*manifest.folder]);
    let mut locks = folders.filter_map(|folder| Lock::read(&folder.join("Cargo.lock")));
    locks.find(|lock| lock.named(&manifest.name).next().is_some())
}

struct Reader {
    graph: Graph,
    /// Whether the compilation is for this machine.
    for_host: bool,
    lock: Option<Lock>,
    patches: BTreeMap<String, PathBuf>,
    /// Crates by the folders of their packages.
    crates: HashMap<PathBuf, u32>,
    /// Nodes of locked packages.
    locked: HashMap<usize, u32>,
    /// Nodes of packages that count whole, by folder.
    wholes: HashMap<PathBuf, u32>,
    leaf_edges: Vec<(u32, Rc<Edges>)>,
}

impl Reader {
    /// The crate that is compiled.
    fn compiled(&mut self, compilation: &Compilation, manifest: Option<&Manifest>, root: &Path) {
        let name = compilation.crate_name().unwrap_or("main").to_owned();
        let package = manifest.map_or(name.as_str(), |manifest| &manifest.name);
        let is_library = manifest.is_some_and(|manifest| same(&manifest.root, root));
        let mut conditions = Conditions { test: compilation.is_test(), ..Conditions::default() };
        let (mut features, mut others) = (BTreeSet::new(), BTreeSet::new());
        for condition in compilation.options("--cfg") {
            let condition = normal_condition(condition);
            match condition.strip_prefix("feature = ") {
                Some(feature) => features.insert(feature.trim_matches('"').to_owned()),
                None => others.insert(condition),
            };
        }
        conditions.features = Some(features);
        conditions.others = Some(others);
        conditions.for_host = self.for_host;
        let krate = Crate {
            label: if is_library { package.to_owned() } else { name.clone() },
            name: name.clone(),
            edition: compilation.edition().to_owned(),
            folder: manifest.map(|manifest| manifest.folder.clone()).unwrap_or_default(),
            conditions,
            variables: compilation.variables.clone().into_iter().collect(),
            invoked: compilation.started(package),
            ..Crate::default()
        };
        let compiled = self.graph.load(krate, root);
        for (name, artefact) in compilation.externs() {
            if artefact.is_none()
                || matches!(name, "std" | "core" | "alloc" | "proc_macro" | "test")
            {
                continue;
            }
            let meant = self.given(name, artefact, manifest, is_library);
            let name = self.graph.names.intern(name);
            self.graph.crates[compiled as usize].externs.insert(name, meant);
        }
    }

    /// What a crate is that the compiler was given.
    fn given(
        &mut self,
        name: &str,
        artefact: Option<&Path>,
        manifest: Option<&Manifest>,
        is_library: bool,
    ) -> Extern {
        let Some(manifest) = manifest else {
            // Not built by cargo: the artefact is all there is.
            let bytes =
                artefact.and_then(|artefact| std::fs::read(artefact).ok()).unwrap_or_default();
            return Extern::Nodes(vec![self.graph.leaf(Kind::Dependency, name, "", &bytes)]);
        };
        if name == manifest.library && !is_library {
            let unit = artefact.and_then(|artefact| {
                Unit::of_artefact(artefact, &manifest.name, &manifest.library)
            });
            return self.by_path(&manifest.folder, unit.as_ref(), None);
        }
        let by_name = manifest.dependencies.iter().find(|dependency| dependency.name == name);
        if let Some(dependency) = by_name {
            return self.dependency(manifest, dependency, |other| {
                Unit::of_artefact(artefact?, &other.name, &other.library)
            });
        }
        // A library may have another name than its package.
        let package = artefact.and_then(Unit::package_of);
        if let Some(package) = package.filter(|package| {
            let is_it = |one: &&Dependency| one.package == *package && one.path.is_none();
            manifest.dependencies.iter().any(|one| is_it(&one))
        }) {
            return Extern::Nodes(self.foreign(manifest, &package));
        }
        for dependency in manifest.dependencies.iter().filter(|dependency| !dependency.is_renamed) {
            let Some(folder) = &dependency.path else { continue };
            if Manifest::read(folder).is_some_and(|other| other.library == name) {
                return self.dependency(manifest, dependency, |other| {
                    Unit::of_artefact(artefact?, &other.name, &other.library)
                });
            }
        }
        Extern::Nodes(self.all_foreign(manifest))
    }

    /// What a dependency of a package is.
    fn dependency(
        &mut self,
        manifest: &Manifest,
        dependency: &Dependency,
        unit: impl FnOnce(&Manifest) -> Option<Unit>,
    ) -> Extern {
        if OWN.contains(&dependency.package.as_str()) {
            return Extern::Nodes(vec![self.own(&dependency.package)]);
        }
        match &dependency.path {
            Some(folder) => match Manifest::read(folder) {
                Some(other) => {
                    let unit = unit(&other);
                    self.by_path(folder, unit.as_ref(), Some(other))
                }
                None => Extern::Nodes(self.foreign(manifest, &dependency.package)),
            },
            None => Extern::Nodes(self.foreign(manifest, &dependency.package)),
        }
    }

    /// This library itself.
    fn own(&mut self, package: &str) -> u32 {
        self.graph.leaf(Kind::Dependency, package, env!("CARGO_PKG_VERSION"), &[])
    }

    /// A package that is given by path.
    fn by_path(
        &mut self,
        folder: &Path,
        unit: Option<&Unit>,
        manifest: Option<Manifest>,
    ) -> Extern {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if let Some(node) = self.wholes.get(&folder) {
            return Extern::Nodes(vec![*node]);
        }
        if let Some(krate) = self.crates.get(&folder) {
            return Extern::Crate(*krate);
        }
        let Some(manifest) = manifest.or_else(|| Manifest::read(&folder)) else {
            return Extern::Nodes(Vec::new());
        };
        if OWN.contains(&manifest.name.as_str()) {
            return Extern::Nodes(vec![self.own(&manifest.name.clone())]);
        }
        if manifest.is_macros {
            return Extern::Nodes(vec![self.whole(&folder, &manifest, unit)]);
        }
        Extern::Crate(self.library(&folder, &manifest, unit))
    }

    /// The library of a package, read, with what it depends on.
    fn library(&mut self, folder: &Path, manifest: &Manifest, unit: Option<&Unit>) -> u32 {
        let mut variables: HashMap<String, String> = HashMap::new();
        variables.insert("CARGO_PKG_NAME".to_owned(), manifest.name.clone());
        variables.insert("CARGO_PKG_VERSION".to_owned(), manifest.version.clone());
        variables.insert(
            "CARGO_MANIFEST_DIR".to_owned(),
            manifest.folder.to_string_lossy().into_owned(),
        );
        let mut conditions = Conditions { for_host: self.for_host, ..Conditions::default() };
        if let Some(unit) = unit {
            conditions.features = unit.features.clone().map(BTreeSet::from_iter);
            conditions.others = unit.conditions.clone().map(BTreeSet::from_iter);
            variables.extend(unit.variables.clone());
        }
        let krate = Crate {
            name: manifest.library.clone(),
            label: manifest.name.clone(),
            edition: manifest.edition.clone(),
            folder: manifest.folder.clone(),
            conditions,
            variables,
            invoked: unit.and_then(|unit| unit.invoked),
            ..Crate::default()
        };
        // Before its dependencies, as a circle of manifests must end.
        let place = number(self.graph.crates.len());
        self.crates.insert(folder.to_owned(), place);
        let krate = self.graph.load(krate, &manifest.root);
        for dependency in &manifest.dependencies {
            let meant = self.dependency(manifest, dependency, |other| {
                let name = if dependency.is_renamed { &dependency.name } else { &other.library };
                unit?.dependency(name, &other.name, &other.library)
            });
            let mut name = dependency.name.clone();
            if let (Extern::Crate(_), false) = (&meant, dependency.is_renamed)
                && let Some(other) = dependency.path.as_deref().and_then(Manifest::read)
            {
                name = other.library;
            }
            let name = self.graph.names.intern(&name);
            self.graph.crates[krate as usize].externs.insert(name, meant);
        }
        self.graph.crates[krate as usize].unknown = self.all_foreign(manifest);
        krate
    }

    /// A package that counts as a whole, since it runs while others are compiled.
    fn whole(&mut self, folder: &Path, manifest: &Manifest, unit: Option<&Unit>) -> u32 {
        // It has to be there before what it depends on leads back to it.
        let placeholder = self.graph.leaf(Kind::Package, &manifest.name, "", b"a circle");
        self.wholes.insert(folder.to_owned(), placeholder);
        let krate = self.library(folder, manifest, unit);
        self.crates.remove(folder);
        let leaf = self.all_of(krate);
        let mut nodes = Vec::new();
        for meant in self.graph.crates[krate as usize].externs.values().cloned().collect::<Vec<_>>()
        {
            match meant {
                Extern::Nodes(others) => nodes.extend(others),
                // A library that it depends on, whole as well.
                Extern::Crate(other) => nodes.push(self.all_of(other)),
            }
        }
        if self.graph.crates[krate as usize].in_doubt {
            nodes.push(self.graph.leaf(Kind::Doubt, &manifest.name, "", &crate::leaves::nonce()));
        }
        self.lead(leaf, nodes);
        self.wholes.insert(folder.to_owned(), leaf);
        leaf
    }

    fn is_code(&self, node: u32) -> bool {
        matches!(self.graph.nodes[node as usize].content, crate::graph::Content::Tokens { .. })
    }

    /// The node for all code of a crate.
    fn all_of(&mut self, krate: u32) -> u32 {
        let mut digests = Vec::new();
        for node in 0..number(self.graph.nodes.len()) {
            if self.graph.krate(node) == krate && self.is_code(node) {
                digests.push(self.graph.digest(node));
            }
        }
        digests.sort_unstable();
        let mut encoder = Encoder::default();
        for digest in digests {
            encoder.text(b'n', &digest);
        }
        let label = self.graph.crates[krate as usize].label.clone();
        self.graph.leaf(Kind::Package, &label, "", &encoder.finish())
    }

    fn lead(&mut self, leaf: u32, nodes: Vec<u32>) {
        self.leaf_edges.push((leaf, Rc::new(Edges { nodes, ..Edges::default() })));
    }

    /// The nodes of a package from elsewhere.
    fn foreign(&mut self, manifest: &Manifest, package: &str) -> Vec<u32> {
        let Some(lock) = &self.lock else {
            // A package that was published itself is what its version says.
            return vec![self.graph.leaf(Kind::Dependency, &manifest.name, &manifest.version, &[])];
        };
        let meant = lock.dependency(&manifest.name, package);
        meant.into_iter().map(|at| self.locked(at)).collect()
    }

    /// All packages from elsewhere that a package depends on.
    fn all_foreign(&mut self, manifest: &Manifest) -> Vec<u32> {
        let dependencies = manifest.dependencies.iter().filter(|one| one.path.is_none());
        let names: BTreeSet<String> = dependencies.map(|one| one.package.clone()).collect();
        names
            .into_iter()
            .filter(|name| !OWN.contains(&name.as_str()))
            .flat_map(|name| self.foreign(manifest, &name))
            .collect()
    }

    /// The node of a locked package, which leads to those that it depends on.
    fn locked(&mut self, at: usize) -> u32 {
        if let Some(node) = self.locked.get(&at) {
            return *node;
        }
        let Some(package) = self.lock.as_ref().map(|lock| lock.packages[at].clone()) else {
            return 0;
        };
        if OWN.contains(&package.name.as_str()) {
            return self.own(&package.name);
        }
        if package.source.is_empty()
            && let Some(folder) = self.patches.get(&package.name).cloned()
            && let Some(manifest) = Manifest::read(&folder)
        {
            let node = self.whole(&folder, &manifest, None);
            self.locked.insert(at, node);
            return node;
        }
        // Where a source is kept may differ, what it is called there does not.
        let revision = package.source.rsplit_once('#').map_or("", |(_, revision)| revision);
        let node =
            self.graph.leaf(Kind::Dependency, &package.name, &package.shown(), revision.as_bytes());
        self.locked.insert(at, node);
        let meant: Vec<usize> = match &self.lock {
            Some(lock) => package.dependencies.iter().flat_map(|line| lock.meant(line)).collect(),
            None => Vec::new(),
        };
        let nodes = meant.into_iter().map(|at| self.locked(at)).collect();
        self.lead(node, nodes);
        node
    }
}

fn same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
