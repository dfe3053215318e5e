//! What is known of the code that computed results: `entries/<function>-<id>/code/<code>`.
//!
//! One small file for each state of a function's code, beside the results that it computed, so that
//! it goes with them and needs no catalog. What is in it is up to those who know functions; here it
//! is bytes between a magic number and a checksum.
//!
//! ```text
//! "LARDERC", 1 | content | XXH3-64 of everything before it, little-endian
//! ```

use super::Store;
use super::files::{Put, Root};
use super::path::{self, Folder};
use crate::faults::{self, Step};
use crate::key::Digest;
use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, Read};

const MAGIC: [u8; 8] = *b"LARDERC\x01";
const CHECKSUM: usize = 8;

/// A larger file is none of ours: the parts of a function that reaches 100,000 items take less.
const LARGEST: u64 = 16 << 20;

impl Store {
    /// Files what is known of a code, unless that is there already.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn describe(
        &self,
        folder: &Folder,
        code: &Digest,
        content: impl FnOnce() -> Vec<u8>,
    ) -> io::Result<()> {
        let root = self.writable()?;
        let (file, parent) = (folder.code(code), folder.codes());
        let there = root.open_file(&file).and_then(read);
        let replace = match there {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) if error.kind() == io::ErrorKind::InvalidData => true,
            Err(error) => return Err(error),
        };
        // A result stands beside it already, so whatever may have happened to the directory did so
        // a moment ago; the next process tries again.
        let put = Put { replace, durable: false };
        faults::step(Step::Describe)?;
        root.put(&file, &parent, &seal(&content()), put).map(drop)
    }

    /// What was filed about the code of this name in a folder; `None` if there is nothing, or
    /// nothing whole.
    pub(crate) fn description(&self, folder: &str, code: &str) -> Option<Vec<u8>> {
        if !path::is_code(code) {
            return None;
        }
        let file = format!("{}/{folder}/{}/{code}\0", path::ENTRIES, path::CODES);
        // It is for people who wonder, and they can do without.
        self.root().and_then(|root: &Root| root.open_file(file.as_bytes()).and_then(read).ok())?
    }

    /// The names of the codes that something was filed about in a folder, the latest first.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn descriptions(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut codes = self.names(&[path::ENTRIES, folder, path::CODES])?;
        let folder = self.path.join(path::ENTRIES).join(folder).join(path::CODES);
        codes.retain(|code| path::is_code(code));
        codes.sort_by_cached_key(|code| {
            // One that is gone by now comes last.
            let written = fs::symlink_metadata(folder.join(code)).and_then(|file| file.modified());
            Reverse(written.ok())
        });
        Ok(codes)
    }
}

fn seal(content: &[u8]) -> Vec<u8> {
    let mut bytes = [&MAGIC, content].concat();
    let checksum = twox_hash::XxHash3_64::oneshot(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// The content of a file, if it is whole.
fn read(file: File) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    let content = bytes.split_last_chunk::<CHECKSUM>().and_then(|(body, checksum)| {
        let whole = twox_hash::XxHash3_64::oneshot(body).to_le_bytes() == *checksum;
        body.strip_prefix(&MAGIC).filter(|_| whole)
    });
    Ok(content.map(<[u8]>::to_vec))
}

#[cfg(test)]
mod tests {
    use super::super::Access;
    use super::*;
    use std::time::{Duration, SystemTime};

    fn name(code: &Digest) -> String {
        code.to_string()[..16].to_owned()
    }

    #[test]
    fn what_is_filed_about_a_code_is_read_back_and_written_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Access::default()).unwrap();
        let (folder, code) = (Folder::new("f", &Digest::of(b"f")), Digest::of(b"code"));
        assert_eq!(store.description(folder.name(), &name(&code)), None);
        store.describe(&folder, &code, || b"first".to_vec()).unwrap();
        store.describe(&folder, &code, || panic!("it is there")).unwrap();
        assert_eq!(store.description(folder.name(), &name(&code)).unwrap(), b"first");
        assert_eq!(store.descriptions(folder.name()).unwrap(), [name(&code)]);
        assert!(store.files(folder.name()).unwrap().is_empty(), "a code is no entry");

        let file = dir.path().join("entries").join(folder.name()).join("code").join(name(&code));
        let whole = fs::read(&file).unwrap();
        for damaged in [&whole[1..], &whole[..whole.len() - 1], b"", b"LARDERC\x01"] {
            fs::write(&file, damaged).unwrap();
            assert_eq!(store.description(folder.name(), &name(&code)), None);
        }
        store.describe(&folder, &code, || b"second".to_vec()).unwrap();
        assert_eq!(store.description(folder.name(), &name(&code)).unwrap(), b"second");

        let later = Digest::of(b"later");
        store.describe(&folder, &later, Vec::new).unwrap();
        let written = SystemTime::now() - Duration::from_secs(10);
        File::options().write(true).open(&file).unwrap().set_modified(written).unwrap();
        assert_eq!(store.descriptions(folder.name()).unwrap(), [name(&later), name(&code)]);
    }

    #[test]
    fn a_name_leads_to_no_other_file() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Access::default()).unwrap();
        fs::write(dir.path().join("secret"), seal(b"secret")).unwrap();
        assert_eq!(store.description("f", "../../../secret"), None);
    }
}
