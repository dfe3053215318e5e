//! Directories as programs leave them, written byte by byte as ARCHITECTURE.md says: so their times
//! are what a test wants, and no program of theirs exists.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use twox_hash::XxHash3_64;

pub(crate) const DAY: u64 = 86_400;

pub(crate) struct Directory {
    root: TempDir,
}

/// One result.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) function: &'static str,
    /// What the digest of its inputs consists of.
    pub(crate) inputs: u8,
    /// The same of its code.
    pub(crate) code: u8,
    pub(crate) printed: &'static str,
    pub(crate) arguments: Vec<[u8; 32]>,
    pub(crate) codec: u8,
    pub(crate) payload: Vec<u8>,
    /// How many seconds ago it was computed.
    pub(crate) age: u64,
    /// How many seconds ago it was used.
    pub(crate) used: u64,
    pub(crate) own: Duration,
    pub(crate) full: Duration,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            function: "orbits::simulate",
            inputs: 0xab,
            code: 0x77,
            printed: "seed: 7, steps: 1000",
            arguments: vec![[1; 32], [2; 32]],
            codec: 1,
            payload: vec![7; 100],
            age: 3 * DAY + 5,
            used: 3600 + 5,
            own: Duration::from_millis(1500),
            full: Duration::from_millis(1500),
        }
    }
}

impl Entry {
    /// The name of the function's folder: its id is up to the one who made it.
    pub(crate) fn folder(&self) -> String {
        folder(self.function)
    }

    pub(crate) fn file(&self) -> String {
        let hex = |byte: u8, count| format!("{byte:02x}").repeat(count);
        format!("{}-{}", hex(self.inputs, 16), hex(self.code, 8))
    }

    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.folder(), self.file())
    }

    fn bytes(&self) -> Vec<u8> {
        let mut header = b"LARDER\0\x01".to_vec();
        header.extend([0; 4]);
        header.extend((self.payload.len() as u64).to_le_bytes());
        header.extend([self.codec, 0]);
        header.extend(u16::try_from(self.arguments.len()).unwrap().to_le_bytes());
        header.extend(nanos(ago(self.age)).to_le_bytes());
        for time in [self.own, self.full] {
            header.extend(u64::try_from(time.as_nanos()).unwrap().to_le_bytes());
        }
        header.extend([self.inputs; 32]);
        header.extend([self.code; 32]);
        header.extend(self.arguments.concat());
        for text in [self.function, self.printed] {
            header.extend(u16::try_from(text.len()).unwrap().to_le_bytes());
            header.extend(text.bytes());
        }
        let length = u32::try_from(header.len()).unwrap();
        header[8..12].copy_from_slice(&length.to_le_bytes());
        header.extend(&self.payload);
        let checksum = XxHash3_64::oneshot(&header);
        header.extend(checksum.to_le_bytes());
        header
    }
}

pub(crate) fn folder(function: &str) -> String {
    let path = function.split('<').next().unwrap();
    let name = path.rsplit("::").next().unwrap();
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "_");
    format!("{name}-{:016x}", XxHash3_64::oneshot(function.as_bytes()))
}

pub(crate) fn ago(seconds: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(seconds)
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_nanos()).unwrap()
}

impl Directory {
    /// One that has been made and not been used.
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        larder::Cache::open(root.path().join("cachedir")).unwrap().close();
        Self { root }
    }

    /// One of a program that has been gone for a while: two functions, one of them edited since.
    pub(crate) fn sample() -> Self {
        let directory = Self::new();
        let simulate = Entry::default();
        directory.write(&simulate);
        directory.write(&Entry {
            inputs: 0x0c,
            printed: "seed: 8, steps: 1000",
            age: 2 * DAY + 5,
            used: 2 * DAY + 5,
            payload: vec![8; 5000],
            own: Duration::from_millis(250),
            full: Duration::from_secs(90),
            ..simulate.clone()
        });
        // By the code before an edit.
        directory.write(&Entry {
            code: 0x11,
            age: 40 * DAY + 5,
            used: 40 * DAY + 5,
            ..simulate.clone()
        });
        directory.write(&Entry {
            function: "orbits::clean::normalize<f32>",
            inputs: 0x5e,
            code: 0x22,
            printed: "",
            arguments: Vec::new(),
            codec: 2,
            // {"name": "ab", "sizes": [1, 2.5], 3: nil}
            payload: [
                &b"\x83\xa4name\xa2ab\xa5sizes\x92\x01\xcb"[..],
                &2.5f64.to_be_bytes(),
                b"\x03\xc0",
            ]
            .concat(),
            age: 600 + 5,
            used: 600 + 5,
            own: Duration::from_micros(42),
            full: Duration::from_micros(42),
        });
        directory.journal(&[
            function("orbits::simulate", 0x11, 40 * DAY),
            function("orbits::simulate", 0x77, 3 * DAY),
            counted("orbits::simulate", [1200, 3, 1, 40], [1_750_000_000, 8_000_000_000_000]),
            function("orbits::clean::normalize<f32>", 0x22, 600),
            counted("orbits::clean::normalize<f32>", [9, 1, 0, 0], [42_000, 378_000]),
        ]);
        directory
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().join("cachedir")
    }

    /// Where files of a test can lie that are none of the cache.
    pub(crate) fn outside(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn file_of(&self, entry: &Entry) -> PathBuf {
        let file = entry.file();
        self.path().join("entries").join(entry.folder()).join(&file[..2]).join(file)
    }

    pub(crate) fn size_of(&self, entry: &Entry) -> u64 {
        self.file_of(entry).metadata().unwrap().len()
    }

    pub(crate) fn write(&self, entry: &Entry) -> PathBuf {
        let path = self.file_of(entry);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, entry.bytes()).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(ago(entry.used)).unwrap();
        path
    }

    /// What a process wrote down that has ended since.
    pub(crate) fn journal(&self, records: &[Vec<u8>]) {
        let folder = self.path().join("journal");
        fs::create_dir_all(&folder).unwrap();
        let count = fs::read_dir(&folder).unwrap().count();
        let mut bytes = Vec::new();
        for record in records {
            bytes.extend(u32::try_from(record.len()).unwrap().to_le_bytes());
            bytes.extend(record);
            bytes.extend(XxHash3_64::oneshot(record).to_le_bytes());
        }
        fs::write(folder.join(format!("1-{count:016x}")), bytes).unwrap();
    }

    /// The names and times of all files, and what is in them: to see whether anything changed.
    pub(crate) fn state(&self) -> Vec<(PathBuf, SystemTime, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.path()];
        while let Some(folder) = folders.pop() {
            for child in fs::read_dir(&folder).unwrap() {
                let path = child.unwrap().path();
                let metadata = path.symlink_metadata().unwrap();
                let bytes = if metadata.is_dir() { Vec::new() } else { fs::read(&path).unwrap() };
                if metadata.is_dir() {
                    folders.push(path.clone());
                }
                found.push((path, metadata.modified().unwrap(), bytes));
            }
        }
        found.sort();
        found
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    out.extend(text.bytes());
}

/// That a function was in use, with code of this digest, so many seconds ago.
pub(crate) fn function(name: &str, code: u8, age: u64) -> Vec<u8> {
    let mut out = vec![1];
    text(&mut out, &folder(name));
    text(&mut out, name);
    text(&mut out, "orbits");
    out.extend(3u64.to_le_bytes());
    out.extend([code; 32]);
    out.extend(nanos(ago(age)).to_le_bytes());
    out
}

/// Calls that were found, computed, failed and shared; nanoseconds spent and saved.
pub(crate) fn counted(name: &str, calls: [u64; 4], nanos: [u64; 2]) -> Vec<u8> {
    let mut out = vec![5];
    text(&mut out, &folder(name));
    let numbers = [&calls[..], &[0], &nanos[..], &[0, 0, 0]].concat();
    out.extend(numbers.into_iter().flat_map(u64::to_le_bytes));
    out
}

/// The record of a batch of `orbits::simulate` that took so long so long ago. `items` are found, computed,
/// shared, failed and skipped ones; `end` is 1 for done, 2 for failed and 3 for cancelled.
pub(crate) fn batch(age: u64, took: Duration, items: [u64; 5], end: u8) -> Vec<u8> {
    let nanos_of = |time: Duration| u64::try_from(time.as_nanos()).unwrap();
    let mut out = vec![7];
    text(&mut out, "orbits::simulate");
    text(&mut out, &folder("orbits::simulate"));
    let [found, computed, shared, failed, skipped] = items;
    let (saved, busy) = (found * 1_500_000_000, nanos_of(took) / 2);
    for number in
        [nanos(ago(age)), nanos_of(took), 2, found, computed, shared, failed, skipped, saved]
    {
        out.extend(number.to_le_bytes());
    }
    out.push(end);
    for number in [2, busy, busy, 1, 41, busy] {
        out.extend(u64::to_le_bytes(number));
    }
    text(&mut out, "seed: 41, steps: 1000");
    out
}
