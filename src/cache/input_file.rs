//! Files as inputs: their content is what counts.

use super::{CodeSpec, Definition, Fresh, Identity, Lookup, current, since_epoch};
use crate::codec;
use crate::entry::Key;
use crate::error::{Error, ErrorKind, Result};
use crate::key::{self, Digest};
use serde::{Serialize, Serializer};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// A file changed this recently may change again without its time stamps showing it, as some file
/// systems count in seconds; so its digest is not remembered.
const SETTLED: Duration = Duration::from_secs(2);

/// From this many bytes on, reading a file takes longer than looking its digest up on disk.
const LARGE: u64 = 128 * 1024;

/// A path whose *content* is the input: a call with it is computed again when the file has other
/// bytes, and found again when the same bytes are elsewhere.
///
/// The content is read when this is made, and only its digest goes into keys. Digests are remembered
/// by path, length, times and inode, those of large files from run to run, so that an unchanged file
/// is not read again. A result is not kept if the file changed between the reading and the end of
/// the computation.
///
/// Digests of large files (128 KiB or more) are kept in the cache that calls here would use, the
/// default cache for one.
///
/// ```
/// use larder::{InputFile, cache};
///
/// #[cache]
/// fn words(file: &InputFile) -> std::io::Result<usize> {
///     Ok(std::fs::read_to_string(file.path())?.split_whitespace().count())
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("notes.txt");
/// std::fs::write(&path, "three short words")?;
/// # larder::with_cache(&larder::Cache::open(directory.path().join("cache"))?, || {
/// assert_eq!(words(&InputFile::new(&path)?)?, 3);
/// std::fs::write(&path, "two words")?;
/// assert_eq!(words(&InputFile::new(&path)?)?, 2);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(()) }).map_err(|error| error.to_string())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct InputFile {
    digest: Digest,
    stamp: Stamp,
    /// Whether the stamp was old enough, when the content was read, to change with it.
    settled: bool,
}

/// What tells one state of a file from the next without reading it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Stamp {
    path: PathBuf,
    length: u64,
    modified_ns: u64,
    /// Time of the last change to the file or its inode, the inode and the device; zeros where the
    /// system has none.
    identity: [u64; 4],
}

impl InputFile {
    /// Reads the content of the file at `path`, unless its digest is remembered.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no file, and
    /// [`Io`](crate::ErrorKind::Io) if it cannot be read or is a directory.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let read = |path: PathBuf| {
            let stamp = Stamp::of(path)?;
            // Asked before the reading, which may take long.
            let settled = stamp.is_settled();
            Ok(Self { digest: digest_of(&stamp, settled)?, stamp, settled })
        };
        read(path.clone()).map_err(|error| refused(&path, error))
    }

    /// The files that are hashed while `work` runs on this thread.
    pub(crate) fn met_during<T>(work: impl FnOnce() -> T) -> (T, Vec<Self>) {
        // A thread that is ending may have lost the list, and remembers no files.
        let exchange = |files| MET.try_with(|met| met.replace(files)).unwrap_or_default();
        let before = exchange(Vec::new());
        let result = work();
        (result, exchange(before))
    }

    /// Runs `work`, to which files are their paths.
    pub(crate) fn printed_during(work: impl FnOnce()) {
        let before = PRINTING.replace(true);
        work();
        PRINTING.set(before);
    }

    /// Whether the file still has the content that was read. Where its stamp was too fresh then to
    /// tell, it is read again.
    pub(crate) fn is_unchanged(&self) -> bool {
        let unchanged = Stamp::of(self.path().to_owned()).is_ok_and(|now| now == self.stamp);
        unchanged && (self.settled || read_digest(&self.stamp).is_ok_and(|now| now == self.digest))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.stamp.path
    }

    /// The digest of its content when it was read.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl AsRef<Path> for InputFile {
    fn as_ref(&self) -> &Path {
        self.path()
    }
}

impl PartialEq for InputFile {
    /// Equal content, wherever it is.
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for InputFile {}

impl std::hash::Hash for InputFile {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

thread_local! {
    /// The files met while the inputs of a call are hashed.
    static MET: RefCell<Vec<InputFile>> = const { RefCell::new(Vec::new()) };
    /// Whether files are to show their paths, since that is what people want to see.
    static PRINTING: Cell<bool> = const { Cell::new(false) };
}

impl Serialize for InputFile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if PRINTING.get() {
            return serializer.collect_str(&self.path().display());
        }
        let _ = MET.try_with(|met| met.borrow_mut().push(self.clone()));
        serializer.serialize_newtype_struct("InputFile", self.digest.as_bytes())
    }
}

impl Stamp {
    fn of(path: PathBuf) -> io::Result<Self> {
        let metadata = fs::metadata(&path)?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let modified_ns = metadata.modified().map_or(0, since_epoch);
        Ok(Self { path, length: metadata.len(), modified_ns, identity: identity(&metadata) })
    }

    fn is_settled(&self) -> bool {
        let seconds = self.identity[0].max(self.modified_ns / 1_000_000_000);
        let now = since_epoch(SystemTime::now()) / 1_000_000_000;
        // One more, as the fractions were cut off.
        now > seconds.saturating_add(SETTLED.as_secs())
    }
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> [u64; 4] {
    use std::os::unix::fs::MetadataExt;
    let (seconds, nanos) = (metadata.ctime().unsigned_abs(), metadata.ctime_nsec().unsigned_abs());
    [seconds, nanos, metadata.ino(), metadata.dev()]
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> [u64; 4] {
    [0; 4]
}

fn refused(path: &Path, error: io::Error) -> Error {
    let path = path.display();
    if error.kind() == io::ErrorKind::NotFound {
        Error::new(ErrorKind::NotFound, format!("there is no file `{path}`")).with_source(error)
    } else {
        Error::io(format_args!("read the input file `{path}`"), error)
    }
}

static REMEMBERED: LazyLock<Mutex<HashMap<Stamp, Digest>>> = LazyLock::new(Mutex::default);

fn digest_of(stamp: &Stamp, settled: bool) -> io::Result<Digest> {
    let remembered = || REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(digest) = remembered().get(stamp) {
        return Ok(*digest);
    }
    let digest =
        if stamp.length < LARGE { read_digest(stamp)? } else { kept_digest(stamp, settled)? };
    if settled {
        remembered().insert(stamp.clone(), digest);
    }
    Ok(digest)
}

/// The digest of a large file, from the cache if it knows this state of it.
fn kept_digest(stamp: &Stamp, settled: bool) -> io::Result<Digest> {
    static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
        Identity::new(&Definition {
            package: "larder",
            path: "larder::InputFile",
            arguments: "",
            code: CodeSpec {
                version: 0,
                fingerprint: "BLAKE3 of the content",
                parts: b"",
                cfgs: &[],
            },
        })
    });
    let cache = current();
    let tracked = cache.tracked(&IDENTITY);
    let text = stamp.path.display().to_string();
    let parts = (&text, stamp.length, stamp.modified_ns, stamp.identity);
    let Ok(inputs) = key::digest(&parts) else {
        return read_digest(stamp);
    };
    let key = Key { inputs, code: IDENTITY.code };
    let mut replace = !cache.mode().reads();
    match cache.lookup(tracked, &key, codec::decode::<[u8; 32]>) {
        Lookup::Found { value, .. } if !replace => return Ok(Digest::from_bytes(value)),
        Lookup::Damaged | Lookup::Invalid => replace = true,
        _ => {}
    }
    let started = std::time::Instant::now();
    let digest = read_digest(stamp)?;
    if cache.mode().writes() && settled {
        let spent = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let fresh = Fresh {
            key,
            arguments: vec![inputs],
            printed: text,
            own_ns: spent,
            full_ns: spent,
            replace,
            unchanged: false,
        };
        let encode = |verify, out: &mut Vec<u8>| codec::encode(digest.as_bytes(), verify, out);
        if let Some(encoded) = cache.encode(tracked, fresh, encode) {
            cache.file(tracked, encoded);
        }
    }
    Ok(digest)
}

fn read_digest(stamp: &Stamp) -> io::Result<Digest> {
    let mut file = File::open(&stamp.path)?;
    let mut hasher = blake3::Hasher::new();
    // One more than the file has, so that a small one takes one read and one that finds its end.
    let size = usize::try_from(stamp.length).unwrap_or(usize::MAX).saturating_add(1);
    let mut buffer = vec![0; size.min(64 * 1024)];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Digest::from_bytes(*hasher.finalize().as_bytes())),
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn digest(file: &InputFile) -> Digest {
        key::digest(file).unwrap()
    }

    #[test]
    fn the_content_is_the_input_and_the_path_is_not() {
        let dir = TempDir::new().unwrap();
        let path = |name: &str| dir.path().join(name);
        for (name, text) in [("a", "one"), ("b", "one"), ("c", "two")] {
            fs::write(path(name), text).unwrap();
        }
        let [a, b, c] = ["a", "b", "c"].map(|name| InputFile::new(path(name)).unwrap());
        assert_eq!(digest(&a), digest(&b));
        assert_ne!(digest(&a), digest(&c));
        assert_eq!(a, b);
        assert_eq!(a.digest(), Digest::of(b"one"));
    }

    #[test]
    fn a_file_that_just_changed_is_read_again_even_if_its_stamp_is_the_same() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        let time = SystemTime::now();
        for text in ["one", "two"] {
            fs::write(&path, text).unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            assert_eq!(InputFile::new(&path).unwrap().digest(), Digest::of(text.as_bytes()));
        }
    }

    #[test]
    fn only_a_settled_stamp_is_remembered() {
        let stamp = |seconds: u64| Stamp {
            path: "x".into(),
            length: 0,
            modified_ns: (since_epoch(SystemTime::now()) / 1_000_000_000 - seconds) * 1_000_000_000,
            identity: [0; 4],
        };
        assert!(!stamp(0).is_settled() && !stamp(2).is_settled());
        assert!(stamp(10).is_settled());
    }

    #[test]
    fn what_cannot_be_read_is_a_clear_error() {
        let dir = TempDir::new().unwrap();
        let missing = InputFile::new(dir.path().join("missing")).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        assert!(missing.to_string().contains("missing"), "{missing}");
        assert_eq!(InputFile::new(dir.path()).unwrap_err().kind(), ErrorKind::Io);
    }

    #[test]
    fn printing_shows_the_path_and_hashing_tells_which_files_there_are() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "text").unwrap();
        let file = InputFile::new(&path).unwrap();
        let mut printed = String::new();
        InputFile::printed_during(|| printed = key::describe(&vec![&file], 200));
        assert_eq!(printed, format!("[{:?}]", path.display().to_string()));
        let (_, met) = InputFile::met_during(|| key::digest(&vec![&file; 600]));
        assert_eq!(met.len(), 600);
    }

    #[test]
    fn a_change_is_noticed_even_where_the_stamp_is_too_fresh_to_show_it() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "one").unwrap();
        let file = InputFile::new(&path).unwrap();
        assert!(file.is_unchanged());
        fs::write(&path, "two").unwrap();
        // As if the clock of the file system had not moved.
        let stamp = Stamp::of(path.clone()).unwrap();
        assert!(!InputFile { stamp, ..file.clone() }.is_unchanged());
        fs::write(&path, "longer").unwrap();
        assert!(!file.is_unchanged());
    }
}
