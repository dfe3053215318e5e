//! Looking for entries whose name is not known: what else was computed from these inputs, and what
//! from others.
//!
//! This is for people who wonder why something is computed, and never on the path of a call. What
//! cannot be read is passed over.

use super::path::{self, Folder};
use super::{Store, names, with_scratch};
use crate::entry::{self, Entry, Header, Key};
use crate::key::Digest;
use std::fs::{self, File};
use std::io::{self, Read};

impl Store {
    /// Whether there is a file under `key`, whatever is in it.
    pub(crate) fn has(&self, folder: &Folder, key: &Key) -> bool {
        let mut path = Vec::with_capacity(192);
        folder.entry(key, &mut path);
        self.root().is_some_and(|root| root.open_file(&path).is_ok())
    }

    /// The headers of what a folder holds for these inputs, under any code: at most `limit`.
    pub(crate) fn same_inputs(&self, folder: &str, inputs: &Digest, limit: usize) -> Vec<Header> {
        let (shard, prefix) = (Folder::shard_name(inputs), Folder::inputs_name(inputs));
        let files = names(&self.path.join(path::ENTRIES).join(folder).join(&shard));
        let files = files
            .unwrap_or_default()
            .into_iter()
            .filter(|file| path::is_entry(&shard, file) && file.starts_with(&prefix));
        let headers = files.take(limit).filter_map(|file| self.header(folder, &file));
        headers.filter(|header| header.key.inputs == *inputs).collect()
    }

    /// The headers of what a folder holds: at most `limit`, of no particular choice.
    pub(crate) fn headers(&self, folder: &str, limit: usize) -> impl Iterator<Item = Header> {
        let root = self.path.join(path::ENTRIES).join(folder);
        let files = names(&root).unwrap_or_default().into_iter().flat_map(move |shard| {
            let files = fs::read_dir(root.join(&shard)).into_iter().flatten();
            let files = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
            files.filter(move |file| path::is_entry(&shard, file))
        });
        files.take(limit).filter_map(|file| self.header(folder, &file))
    }

    /// What the entry in this file says about itself. The whole of it is checked where it is small;
    /// to read a large one for a look at its header would take too long.
    fn header(&self, folder: &str, file: &str) -> Option<Header> {
        let shard = file.get(..2)?;
        let path = format!("{}/{folder}/{shard}/{file}\0", path::ENTRIES);
        let mut file = self.root()?.open_file(path.as_bytes()).ok()?;
        with_scratch(|scratch| {
            let have = fill(&mut file, &mut scratch.bytes).ok()?;
            let bytes = &scratch.bytes[..have];
            if have < scratch.bytes.len() {
                Entry::parse(bytes)?.header()
            } else {
                entry::header_unchecked(bytes)
            }
        })
    }
}

/// Reads until the buffer is full or the file ends, and tells how much there was.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buffer.len() {
        match file.read(&mut buffer[have..]) {
            Ok(0) => break,
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}
