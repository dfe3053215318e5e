//! A cache with all kinds of files in it, and what its calls must return.

use super::random::Random;
use larder::{Cache, Mode, cache, with_cache};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How many results there are.
pub(crate) const RESULTS: u64 = 12;

/// Texts of all lengths, the last longer than what is read at one go.
#[cache]
pub(crate) fn text(x: u64) -> String {
    format!("{x} ").repeat([1, 30, 2_000, 60_000][usize::try_from(x % 4).unwrap_or_default()])
}

#[cache]
pub(crate) fn table(x: u64) -> BTreeMap<String, Vec<Option<f64>>> {
    (0..x * 3).map(|row| (format!("row {row}"), vec![None, Some(1.5)])).collect()
}

/// A value that has to describe itself.
#[cache]
pub(crate) fn document(x: u64) -> serde_json::Value {
    serde_json::json!({ "x": x, "list": [x, null, { "deep": ["a", 0.5] }] })
}

/// Known for what it is called with: the catalog remembers that.
#[cache]
fn label(text: &str) -> usize {
    text.len()
}

/// Calls everything and compares with what the functions say.
pub(crate) fn check_values(cache: &Cache, what: &str) {
    with_cache(cache, || {
        for x in 0..4 {
            assert!(text(x) == text::uncached(x), "{what}: text({x})");
            assert!(table(x) == table::uncached(x), "{what}: table({x})");
            assert!(document(x) == document::uncached(x), "{what}: document({x})");
        }
    });
}

pub(crate) fn open(root: &Path, mode: Mode) -> larder::Result<Cache> {
    Cache::builder().dir(root).mode(mode).open()
}

/// A new directory: in memory where there is such a place, as every catalog that is closed waits for
/// the disk.
fn directory() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

/// A whole cache: results, what is known of the code, a catalog, and journals of ended processes.
pub(crate) struct Template {
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Template {
    /// With some rounds of history, its catalog has seen so much that sled made all kinds of pages
    /// and segments.
    pub(crate) fn new(rounds: u64) -> Self {
        let dir = directory();
        for round in 0..rounds {
            let cache = open(dir.path(), Mode::On).unwrap();
            let calls = round * 600..round * 600 + 800;
            with_cache(&cache, || label::map(calls.map(|x| format!("{x} {}", "long ".repeat(30)))));
            cache.entries().unwrap().for_each(drop);
            cache.clear().unwrap();
            cache.close();
        }
        let cache = open(dir.path(), Mode::On).unwrap();
        check_values(&cache, "new");
        with_cache(&cache, || (100..150).for_each(|x| drop(document(x))));
        cache.entries().unwrap().for_each(drop);
        with_cache(&cache, || (100..150).for_each(|x| drop(document::forget(x))));
        drop(cache);
        for _ in 0..2 {
            check_values(&open(dir.path(), Mode::On).unwrap(), "found");
        }
        let files = files(dir.path());
        let files = files.into_iter().map(|path| {
            let bytes = fs::read(dir.path().join(&path)).unwrap();
            (path, bytes)
        });
        Self { files: files.collect() }
    }

    /// A copy to do damage to.
    pub(crate) fn copy(&self) -> TempDir {
        let copy = directory();
        for (path, bytes) in &self.files {
            let path = copy.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        // sled expects this one to be there, be it empty.
        fs::create_dir_all(copy.path().join("catalog/blobs")).unwrap();
        copy
    }

    /// How many results are other bytes than they were, in a directory that was a copy.
    pub(crate) fn damaged(&self, root: &Path) -> u64 {
        let results = self.files.iter().filter(|(path, _)| is_result(path));
        let damaged = results.filter(|(path, bytes)| {
            let path = root.join(path);
            // A link is none of ours, whatever it leads to.
            let file = fs::symlink_metadata(&path).is_ok_and(|of| of.is_file());
            !file || fs::read(&path).unwrap() != *bytes
        });
        damaged.count() as u64
    }

    /// How many results are not there any more.
    pub(crate) fn missing(&self, root: &Path) -> u64 {
        let results = self.files.iter().filter(|(path, _)| is_result(path));
        results.filter(|(path, _)| fs::symlink_metadata(root.join(path)).is_err()).count() as u64
    }
}

pub(crate) fn is_result(path: &Path) -> bool {
    path.starts_with("entries") && !path.parent().is_some_and(|folder| folder.ends_with("code"))
}

/// The kinds of files there are. Each is as good a victim as the next, however many it has.
pub(crate) fn kinds(root: &Path) -> Vec<Vec<PathBuf>> {
    let is_kind: [fn(&Path) -> bool; 5] = [
        is_result,
        |path| path.starts_with("entries") && !is_result(path),
        |path| path.starts_with("journal"),
        |path| path.starts_with("catalog"),
        |path| path.parent() == Some(Path::new("")) && !path.ends_with("catalog.lock"),
    ];
    let files = files(root);
    let of_kind = |is: fn(&Path) -> bool| files.iter().filter(|path| is(path)).cloned().collect();
    let kinds: Vec<Vec<PathBuf>> = is_kind.map(of_kind).into();
    kinds.into_iter().filter(|files| !files.is_empty()).collect()
}

/// A file to do damage to: a result mostly, as there are all the calls to see it.
pub(crate) fn victim(root: &Path, random: &mut Random) -> PathBuf {
    let kinds = kinds(root);
    let kind = if random.below(2) == 0 { &kinds[0] } else { random.pick(&kinds) };
    random.pick(kind).clone()
}

/// All files below a folder, by their paths from there.
pub(crate) fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for child in fs::read_dir(folder).unwrap() {
            let child = child.unwrap();
            if child.file_type().unwrap().is_dir() {
                folders.push(child.path());
            } else {
                found.push(child.path().strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
