//! Looking for entries whose name is not known: what else was computed from these inputs, and what
//! from others.
//!
//! This is for people who wonder why something is computed, and never on the path of a call. What
//! cannot be read is passed over.

use super::Store;
use super::path::{self, Folder};
use super::reading::with_scratch;
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
        let files = self.names(&[path::ENTRIES, folder, &shard]);
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
        let shards = self.names(&[path::ENTRIES, folder]).unwrap_or_default().into_iter();
        let real = |shard: &String| self.is_real(&[path::ENTRIES, folder, shard]).unwrap_or(false);
        let files = shards.filter(real).flat_map(move |shard| {
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

#[cfg(test)]
mod tests {
    use super::super::Access;
    use super::*;
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    /// Files a result for the inputs of this number by the code of that one.
    fn write(store: &Store, folder: &Folder, inputs: u64, code: u64, payload: usize) -> Key {
        let digest = |number: u64| Digest::of(&number.to_le_bytes());
        let key = Key { inputs: digest(inputs), code: digest(code) };
        let header = Header {
            key,
            codec: 1,
            created_ns: code,
            own_ns: 0,
            full_ns: 0,
            arguments: vec![digest(inputs)],
            function: "f".into(),
            printed: format!("x: {inputs}"),
        };
        let mut bytes = Vec::new();
        entry::write(&header, &mut bytes, |out| {
            out.resize(out.len() + payload, 7);
            Ok::<_, Infallible>(1)
        })
        .unwrap();
        store.write(folder, &key, &bytes, false, false).unwrap();
        key
    }

    #[test]
    fn headers_are_found_by_their_inputs_whatever_the_size_of_their_values() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Access::default()).unwrap();
        let folder = Folder::new("f", &Digest::of(b"f"));
        assert_eq!(store.headers(folder.name(), 9).count(), 0);
        let small = write(&store, &folder, 1, 10, 5);
        let large = write(&store, &folder, 1, 11, 300_000);
        let other = write(&store, &folder, 2, 10, 5);
        store.describe(&folder, &small.code, || b"not an entry".to_vec()).unwrap();

        let codes = |inputs: &Digest, limit| {
            let headers = store.same_inputs(folder.name(), inputs, limit).into_iter();
            headers.map(|header| header.created_ns).collect::<BTreeSet<_>>()
        };
        assert_eq!(codes(&small.inputs, 9), BTreeSet::from([10, 11]));
        assert_eq!(codes(&small.inputs, 1).len(), 1);
        assert_eq!(codes(&other.inputs, 9), BTreeSet::from([10]));
        assert_eq!(codes(&Digest::of(b"never"), 9), BTreeSet::new());

        let printed = |limit| {
            let headers = store.headers(folder.name(), limit);
            let mut texts: Vec<_> = headers.map(|header| header.printed).collect();
            texts.sort();
            texts
        };
        assert_eq!(printed(9), ["x: 1", "x: 1", "x: 2"]);
        assert_eq!(printed(2).len(), 2);

        assert!(store.has(&folder, &large));
        store.remove(&folder, &large).unwrap();
        assert!(!store.has(&folder, &large));
    }

    #[test]
    fn what_is_damaged_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Access::default()).unwrap();
        let folder = Folder::new("f", &Digest::of(b"f"));
        let key = write(&store, &folder, 1, 10, 5);
        let (shard, file) = (Folder::shard_name(&key.inputs), Folder::file(&key));
        let path = dir.path().join("entries").join(folder.name()).join(shard).join(file);
        let whole = fs::read(&path).unwrap();
        let mut flipped = whole.clone();
        flipped[60] ^= 1;
        for damaged in [&flipped[..], &whole[..whole.len() - 1], b""] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(store.headers(folder.name(), 9).count(), 0);
            assert!(store.same_inputs(folder.name(), &key.inputs, 9).is_empty());
        }
    }
}
