//! Which files there are to compare, and which are left out and why.

use larder::InputFile;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Languages whose comments `text` knows.
const EXTENSIONS: [&str; 13] =
    ["c", "cc", "cpp", "cs", "go", "h", "hpp", "java", "js", "kt", "rs", "swift", "ts"];

/// What is larger was most likely generated, and would take most of the time.
const LARGEST: u64 = 512 * 1024;

pub(crate) struct Source {
    /// The path below the folder that was asked for.
    pub(crate) name: PathBuf,
    pub(crate) file: InputFile,
}

#[derive(Default)]
pub(crate) struct Tree {
    /// One file for each content, in the order of the contents' digests: so files that are moved or
    /// renamed lead to the same calls.
    pub(crate) sources: Vec<Source>,
    /// How many more there are with the content of one of these.
    pub(crate) copies: usize,
    /// Names and reasons.
    pub(crate) left_out: Vec<(PathBuf, String)>,
}

impl Tree {
    /// All source files below these folders.
    pub(crate) fn new(folders: &[PathBuf]) -> io::Result<Self> {
        let mut tree = Self::default();
        for folder in folders {
            // Only for the folders asked for is it an error that they cannot be read.
            let entries = fs::read_dir(folder).map_err(|error| {
                let text = format!("cannot read the folder `{}`: {error}", folder.display());
                io::Error::new(error.kind(), text)
            })?;
            tree.visit(entries, folder);
        }
        let found = tree.sources.len();
        tree.sources.sort_by(|a, b| (a.file.digest(), &a.name).cmp(&(b.file.digest(), &b.name)));
        tree.sources.dedup_by_key(|source| source.file.digest());
        tree.copies = found - tree.sources.len();
        Ok(tree)
    }

    fn visit(&mut self, entries: fs::ReadDir, top: &Path) {
        for entry in entries.flatten() {
            let path = entry.path();
            // A link is neither: what it leads to is in the tree by itself, or no part of it.
            let Ok(kind) = entry.file_type() else { continue };
            let visited = if kind.is_dir() && !is_set_aside(&path) {
                fs::read_dir(&path).map(|entries| self.visit(entries, top)).map_err(reason)
            } else if kind.is_file() && is_source(&path) {
                self.add(&entry, top)
            } else {
                Ok(())
            };
            if let Err(reason) = visited {
                self.left_out.push((below(top, &path), reason));
            }
        }
    }

    fn add(&mut self, entry: &fs::DirEntry, top: &Path) -> Result<(), String> {
        let path = entry.path();
        if entry.metadata().map_err(reason)?.len() > LARGEST {
            return Err(format!("larger than {} KiB", LARGEST / 1024));
        }
        let name = below(top, &path);
        // This reads the file: its content is what later calls are looked up by.
        let file = InputFile::new(path).map_err(reason)?;
        self.sources.push(Source { name, file });
        Ok(())
    }
}

fn below(top: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(top).unwrap_or(path).to_owned()
}

/// Hidden folders, and those tagged as something that can be made again, as cargo does with what it
/// builds.
fn is_set_aside(folder: &Path) -> bool {
    let hidden = folder.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    hidden || folder.join("CACHEDIR.TAG").exists()
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.contains(&extension))
}

/// What the system said, if it said something; the file is named beside it.
fn reason(error: impl std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
