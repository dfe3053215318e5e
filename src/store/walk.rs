//! All entries by the names and sizes of their files, without opening one.
//!
//! What is listed is what is there: it needs no catalog, and changes nothing. A person who asks wants
//! to see what can be seen, so a folder that vanishes meanwhile has nothing in it.

use super::files::Seen;
use super::path::{self, ENTRIES, Folder};
use super::reading::with_scratch;
use super::{FileName, Store};
use crate::entry::{self, Header};
use std::fs::{self, DirEntry};
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::SystemTime;

impl Store {
    /// The names of the folders with the results of one function each, in order.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn function_folders(&self) -> io::Result<Vec<String>> {
        if !self.is_real(&[ENTRIES])? {
            return Ok(Vec::new());
        }
        let mut folders = real_folders(self.path.join(ENTRIES), path::is_folder)?;
        folders.sort_unstable();
        Ok(folders)
    }

    /// The names of the folders that the entries of a function are in, in order; with `only`, those
    /// whose name begins so, or that begins so.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn shards_of(&self, folder: &str, only: &str) -> io::Result<Vec<String>> {
        let matches =
            |name: &str| path::is_shard(name) && (name.starts_with(only) || only.starts_with(name));
        let mut shards = real_folders(self.path.join(ENTRIES).join(folder), matches)?;
        shards.sort_unstable();
        Ok(shards)
    }

    /// The entries in one of these, in the order of their names, with what the system says of their
    /// files, and what it said where it did not let us look. What is no file is no entry.
    pub(crate) fn visible(
        &self,
        folder: &str,
        shard: &str,
    ) -> (Vec<(FileName, Seen)>, Option<io::Error>) {
        let files = match self.list(folder, shard) {
            Ok(files) => files,
            Err(error) => return (Vec::new(), Some(error)),
        };
        let (mut visible, mut refused) = (Vec::with_capacity(files.len()), None);
        for (name, seen) in files {
            match seen {
                Ok(seen) => visible.push((name, seen)),
                Err(error) => refused = Some(error),
            }
        }
        (visible, refused)
    }

    /// All in a shard that can be entries by their names, in the order of these.
    fn list(&self, folder: &str, shard: &str) -> io::Result<Vec<(FileName, io::Result<Seen>)>> {
        let Some(root) = self.present() else { return Ok(Vec::new()) };
        let path = format!("{ENTRIES}/{folder}/{shard}\0");
        let ours = |name: &str| FileName::parse(name).filter(|_| name.starts_with(shard));
        let mut files = root.list(path.as_bytes(), ours)?;
        // As the names are, and quicker than byte by byte.
        files.sort_unstable_by_key(|(name, _)| (name.inputs(), name.code()));
        Ok(files)
    }

    /// What the start of an entry's file says. That the file is as long as it should be is looked at,
    /// and its checksum is not, as that stands at the end. `None` for what is no entry, or is gone.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn head(&self, folder: &str, file: &str) -> io::Result<Option<Head>> {
        let path = relative(folder, file) + "\0";
        let mut open = match self.open_entry(path.as_bytes()) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(error),
        };
        with_scratch(|scratch| {
            let (mut have, mut want) = (0, FIRST);
            while have < want {
                match open.read(&mut scratch.bytes[have..want]) {
                    Ok(0) => break,
                    Ok(count) => have += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return Ok(None),
                }
                // Few headers are longer than what is read at first.
                if let Some(header) = entry::header_length(&scratch.bytes[..have]) {
                    want = header.clamp(want, scratch.bytes.len());
                }
            }
            let start = &scratch.bytes[..have];
            let head = || {
                let header = entry::header_unchecked(start)?;
                let size = entry::length(start)?;
                let payload = entry::payload_length(start)?;
                // A file that is longer or shorter than it says is not what was written.
                let metadata = open.metadata().ok().filter(|metadata| metadata.len() == size)?;
                let touched = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let is_named_so = Folder::file(&header.key) == file;
                is_named_so.then_some(Head { header, size, payload, touched })
            };
            Ok(head())
        })
    }

    /// The path of an entry's file.
    pub(crate) fn place(&self, folder: &str, file: &str) -> PathBuf {
        self.path.join(relative(folder, file))
    }

    /// Removes the entry in this file, or whatever stands in its place; `false` if there is nothing.
    ///
    /// # Errors
    ///
    /// Whatever the system reports, and [`InvalidInput`](io::ErrorKind::InvalidInput) for names that
    /// no entry has.
    pub(crate) fn remove_named(&self, folder: &str, file: &str) -> io::Result<bool> {
        let root = self.writable()?;
        if !is_place(folder, file) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        match root.remove_file((relative(folder, file) + "\0").as_bytes()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => {
                let place = self.place(folder, file);
                if !fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_dir()) {
                    return Err(error);
                }
                let target = root.temporary()?;
                fs::rename(place, &target)?;
                super::delete(&target);
                Ok(true)
            }
        }
    }
}

/// So much of a file is read for its header at first.
const FIRST: usize = 1024;

/// What the start of an entry's file says.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) header: Header,
    /// Bytes of the file.
    pub(crate) size: u64,
    pub(crate) payload: u64,
    pub(crate) touched: SystemTime,
}

/// Whether these can be the names of an entry's folder and file.
pub(crate) fn is_place(folder: &str, file: &str) -> bool {
    path::is_folder(folder) && file.get(..2).is_some_and(|shard| path::is_entry(shard, file))
}

/// The path of an entry's file from the root.
fn relative(folder: &str, file: &str) -> String {
    format!("{ENTRIES}/{folder}/{}/{file}", file.get(..2).unwrap_or_default())
}

/// The names of the folders in a folder that `is_ours` accepts. A link to a folder is none.
fn real_folders(place: PathBuf, is_ours: impl Fn(&str) -> bool) -> io::Result<Vec<String>> {
    let name = |child: DirEntry| {
        let name = child.file_name().into_string().ok().filter(|name| is_ours(name))?;
        child.file_type().is_ok_and(|kind| kind.is_dir()).then_some(name)
    };
    Ok(children(place)?.into_iter().flatten().flatten().filter_map(name).collect())
}

fn children(place: PathBuf) -> io::Result<Option<fs::ReadDir>> {
    match fs::read_dir(place) {
        Ok(children) => Ok(Some(children)),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
