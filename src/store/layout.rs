//! Which directories are ours, and how a new one is laid out.
//!
//! Ours is a directory with a `format` file that we know, one with nothing but our tag and
//! `.gitignore` (as it is committed to a repository), and one that is empty. Anything else is left
//! alone: a mistyped path must never cost anybody a file.

use super::creation::{NEW, create_folder, put_file};
use super::durable::sync_folder;
use crate::error::{Error, ErrorKind, Result};
use crate::faults::{self, Step};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The version of everything in the directory. Newer ones are refused.
pub(crate) const FORMAT: u32 = 1;

pub(super) const FORMAT_FILE: &str = "format";
const TAG_FILE: &str = "CACHEDIR.TAG";
const IGNORE_FILE: &str = ".gitignore";

const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55
# This directory was created by larder. It holds results that can be computed again.
# For information about cache directory tags see https://bford.info/cachedir/
";
const OURS: &str = "created by larder";
const IGNORE: &str =
    "# Everything in here is a cache: it can be deleted at any time and is never committed.
*
!.gitignore
!CACHEDIR.TAG
";

/// Whether a directory of this path is one of ours, without touching it.
pub(crate) fn is_larder(root: &Path) -> bool {
    read_small(root, TAG_FILE).is_ok_and(|tag| tag.contains(OURS))
}

/// More than any file of ours at the top of the directory has.
const SMALL: u64 = 4096;

/// The text of a file at the top of the directory. Of something else that stands in its place, be
/// it a link, a pipe or endless, the text is empty, as it is of what is no text.
fn read_small(root: &Path, name: &str) -> io::Result<String> {
    let path = root.join(name);
    if !fs::symlink_metadata(&path)?.is_file() {
        return Ok(String::new());
    }
    let mut text = Vec::new();
    File::open(path)?.take(SMALL).read_to_end(&mut text)?;
    Ok(String::from_utf8(text).unwrap_or_default())
}

/// Whether a file of this name at the top of the directory is one of ours.
pub(super) fn is_top_file(name: &str) -> bool {
    let names = [FORMAT_FILE, TAG_FILE, IGNORE_FILE, "claims", "catalog.lock", "catalog.opening"];
    let starts = [NEW, "catalog.damaged-", "catalog.summary"];
    names.contains(&name)
        || super::totals::NAMES.contains(&name)
        || starts.iter().any(|start| name.starts_with(start))
}

/// What the `format` file says.
fn format_text() -> String {
    format!(
        "larder {FORMAT}\n\
         # The layout of this directory. A larder that knows only older ones leaves it alone.\n"
    )
}

/// Makes sure that `root` is a directory of ours, creating it if it is missing or empty. Tells whether
/// it was.
///
/// # Errors
///
/// [`ErrorKind::NotLarder`], [`ErrorKind::NewerFormat`] and [`ErrorKind::Io`].
pub(super) fn prepare(root: &Path, shared: bool) -> Result<bool> {
    if recognize(root)? == Found::Ready {
        return Ok(false);
    }
    let create = || {
        create_folder(root, shared)?;
        if !is_larder(root) {
            put_file(root, TAG_FILE, TAG)?;
        }
        if !root.join(IGNORE_FILE).exists() {
            put_file(root, IGNORE_FILE, IGNORE)?;
        }
        // Last, since it is what makes the directory ours beyond doubt.
        put_file(root, FORMAT_FILE, &format_text())?;
        // Before anything else is in here: after a power cut that left the rest and not these, the
        // directory would not be taken for ours.
        faults::step(Step::LayoutSync)?;
        sync_folder(root)?;
        Ok(true)
    };
    create()
        .map_err(|error| Error::io(format_args!("create the cache in `{}`", root.display()), error))
}

/// Makes sure that `root` is a directory of ours, writing nothing. `false` if there is none.
///
/// # Errors
///
/// As [`prepare`].
pub(super) fn check(root: &Path) -> Result<bool> {
    recognize(root).map(|found| found == Found::Ready)
}

#[derive(PartialEq)]
enum Found {
    Ready,
    Nothing,
}

fn recognize(root: &Path) -> Result<Found> {
    let refused = |error| Error::io(format_args!("look into `{}`", root.display()), error);
    match read_small(root, FORMAT_FILE) {
        // Torn by a crash of the whole machine; what else is there decides.
        Ok(text) if is_torn(&text, &format_text()) => {}
        Ok(text) => return known_format(root, &text).map(|()| Found::Ready),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(foreign(root)),
        Err(error) => return Err(refused(error)),
    }
    let names = match fs::read_dir(root) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(refused(error)),
    };
    let (mut rest, mut ignores) = (false, false);
    for name in names {
        match name.map_err(refused)?.file_name().to_str() {
            // Another process may be creating the same directory at this moment.
            Some(name) if name.starts_with(NEW) => {}
            Some(FORMAT_FILE | TAG_FILE) => {}
            Some(IGNORE_FILE) => ignores = true,
            _ => rest = true,
        }
    }
    // Each file is read once, and after the names: what is seen here is there, or was written later
    // than all that was seen above.
    let read = |name| read_small(root, name).ok();
    let ours = match read(TAG_FILE) {
        // A torn `format` does not make somebody else's directory ours.
        Some(tag) if tag.contains(OURS) || is_torn(&tag, TAG) => {
            !rest || root.join(FORMAT_FILE).exists()
        }
        Some(_) => false,
        None => {
            let ignore = || read(IGNORE_FILE).is_some_and(|text| is_whole_or_torn(&text, IGNORE));
            !rest && (!ignores || ignore())
        }
    };
    if ours { Ok(Found::Nothing) } else { Err(foreign(root)) }
}

/// Whether this is what a crash of the machine may have left of `whole`: its start, then zeros where
/// the size was on the disk before the bytes were.
fn is_torn(text: &str, whole: &str) -> bool {
    text != whole && is_whole_or_torn(text, whole)
}

fn is_whole_or_torn(text: &str, whole: &str) -> bool {
    text.len() <= whole.len() && whole.starts_with(text.trim_end_matches('\0'))
}

fn known_format(root: &Path, text: &str) -> Result<()> {
    let version = text.strip_prefix("larder ").and_then(|rest| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u32>().ok()
    });
    match version {
        Some(FORMAT) => Ok(()),
        Some(version) if version > FORMAT => Err(Error::new(
            ErrorKind::NewerFormat,
            format!(
                "`{}` was written by a newer version of larder (format {version}, this one knows \
                 {FORMAT}): update larder, or use another directory",
                root.display()
            ),
        )),
        _ => Err(foreign(root)),
    }
}

fn foreign(root: &Path) -> Error {
    Error::new(
        ErrorKind::NotLarder,
        format!(
            "`{}` is not a cache directory of larder and was left alone: name another directory, \
             or an empty one",
            root.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn kind(root: &Path) -> Result<(), ErrorKind> {
        prepare(root, false).map(drop).map_err(|error| error.kind())
    }

    fn names(root: &Path) -> Vec<String> {
        let name =
            |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<_> = fs::read_dir(root).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_missing_or_empty_directory_becomes_ours() {
        let dir = TempDir::new().unwrap();
        for root in [dir.path().join("a/b/new"), dir.path().to_owned()] {
            if root == dir.path() {
                fs::remove_dir_all(root.join("a")).unwrap();
            }
            kind(&root).unwrap();
            assert_eq!(names(&root), [".gitignore", "CACHEDIR.TAG", "format"]);
            assert!(is_larder(&root));
            kind(&root).unwrap();
        }
    }

    #[test]
    fn the_committed_directory_of_this_repository_is_what_we_write() {
        let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("cachedir");
        assert_eq!(fs::read_to_string(committed.join(TAG_FILE)).unwrap(), TAG);
        assert_eq!(fs::read_to_string(committed.join(IGNORE_FILE)).unwrap(), IGNORE);
    }

    #[test]
    fn a_directory_with_only_the_committed_files_counts_as_ours() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join(TAG_FILE), TAG).unwrap();
        fs::write(dir.path().join(IGNORE_FILE), "*\n").unwrap();
        kind(dir.path()).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join(IGNORE_FILE)).unwrap(), "*\n");
    }

    #[test]
    fn what_is_not_ours_is_never_written_to() {
        for files in [
            &["notes.txt"][..],
            &["CACHEDIR.TAG"],
            &["CACHEDIR.TAG", "joblib"],
            &["format"],
            &[".gitignore"],
        ] {
            let dir = TempDir::new().unwrap();
            for file in files {
                fs::write(dir.path().join(file), "Signature: something else's\n").unwrap();
            }
            assert_eq!(kind(dir.path()), Err(ErrorKind::NotLarder), "{files:?}");
            assert_eq!(names(dir.path()).len(), files.len());
        }
        let dir = TempDir::new().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "text").unwrap();
        assert_eq!(kind(&file), Err(ErrorKind::NotLarder));
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
    }

    #[test]
    fn many_may_create_a_directory_at_the_same_time() {
        for _ in 0..50 {
            let dir = TempDir::new().unwrap();
            let root = dir.path().join("cache");
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| kind(&root))).collect();
                for thread in threads {
                    assert_eq!(thread.join().unwrap(), Ok(()));
                }
            });
            assert_eq!(names(&root), [".gitignore", "CACHEDIR.TAG", "format"]);
        }
    }

    #[test]
    fn a_directory_whose_creation_was_cut_short_is_finished() {
        for file in [TAG_FILE, IGNORE_FILE, FORMAT_FILE] {
            let dir = TempDir::new().unwrap();
            kind(dir.path()).unwrap();
            let whole = fs::read_to_string(dir.path().join(file)).unwrap();
            fs::write(dir.path().join(file), &whole[..5]).unwrap();
            if file != FORMAT_FILE {
                fs::remove_file(dir.path().join(FORMAT_FILE)).unwrap();
            }
            kind(dir.path()).unwrap();
            assert!(is_larder(dir.path()), "{file}");
            assert_eq!(fs::read_to_string(dir.path().join(FORMAT_FILE)).unwrap(), format_text());
        }
    }

    #[test]
    fn a_newer_format_is_an_error_that_says_so() {
        let dir = TempDir::new().unwrap();
        kind(dir.path()).unwrap();
        fs::write(dir.path().join(FORMAT_FILE), "larder 2\n").unwrap();
        let error = prepare(dir.path(), false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NewerFormat);
        assert!(error.to_string().contains("format 2"), "{error}");
    }

    #[test]
    fn checking_writes_nothing() {
        let dir = TempDir::new().unwrap();
        assert!(!check(dir.path()).unwrap());
        assert!(!check(&dir.path().join("missing")).unwrap());
        assert!(names(dir.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_new_directory_is_for_the_user_alone_unless_shared() {
        use std::os::unix::fs::PermissionsExt;
        let dir = TempDir::new().unwrap();
        let mode = |shared| {
            let root = dir.path().join(format!("{shared}"));
            prepare(&root, shared).unwrap();
            fs::metadata(root).unwrap().permissions().mode() & 0o077
        };
        assert_eq!(mode(false), 0);
        assert_ne!(mode(true), 0);
    }
}
