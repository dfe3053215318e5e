//! Everything that is known of single results, and finding them by what a person types.

use super::spread::spread;
use super::{Cache, Disk, since_epoch, time};
use crate::catalog::Record;
use crate::entry::Header;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Digest;
use crate::store::{Head, Shard, Store, entries_path, is_place};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the file of a result says about it: see [`Cache::details`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryDetails {
    /// `<function>-<id>/<inputs>-<code>`: the names of its folder and file in `entries`.
    pub key: String,
    /// Where the file is.
    pub path: PathBuf,
    /// The function: path, name and type arguments.
    pub function: String,
    /// The inputs in a short printable form, redacted ones left out.
    pub inputs: String,
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of the value in it.
    pub payload: u64,
    /// How the value is encoded.
    pub encoding: Encoding,
    /// When it was computed.
    pub created: SystemTime,
    /// The time stamp of the file: when it was written, or later.
    pub touched: SystemTime,
    /// How long computing it took, without the cached functions it called.
    pub own_time: Duration,
    /// How long computing it took, or would have taken, with the cached functions it called.
    pub full_time: Duration,
    /// The digest of the inputs.
    pub inputs_digest: Digest,
    /// The digest of the code.
    pub code_digest: Digest,
    /// The digest of each argument, in order, then of each variable of the environment that is part
    /// of the key.
    pub arguments: Vec<Digest>,
}

/// How the value of a result is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// As bincode 2 does it in its standard configuration. Such bytes do not tell what they mean:
    /// that takes the type.
    Bincode,
    /// As `MessagePack`, with structs as maps, which describes itself.
    MessagePack,
    /// By a way that this version of larder does not know.
    Other(u8),
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bincode => f.pad("bincode"),
            Self::MessagePack => f.pad("MessagePack"),
            Self::Other(number) => f.pad(&format!("codec {number}")),
        }
    }
}

impl Cache {
    /// The keys of the results that `text` may mean, in order.
    ///
    /// `text` is the beginning of the inputs' digest in hex, as in `ab12cd` or `AB12CD`; it may be followed by
    /// a dash and the beginning of the code's, as in `ab12cd-77f0`, and preceded by the name of a
    /// function's folder or the beginning of one and a slash, as in `simulate/ab12cd`.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a text that is no such beginning, and
    /// [`Io`](ErrorKind::Io) if the directory cannot be listed, or a folder in it where nothing is found
    /// in the others.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// assert!(cache.find("ab12").is_ok_and(|keys| keys.is_empty()));
    /// assert!(cache.find("simulate").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find(&self, text: &str) -> Result<Vec<String>> {
        let sought = Sought::parse(text)?;
        let Some(disk) = &self.inner.disk else {
            return Ok(Vec::new());
        };
        let refused = |path: &Path, error| {
            let path = disk.store.path().join(path);
            Error::io(format_args!("list `{}`", path.display()), error)
        };
        let folders = disk.store.function_folders();
        let mut folders = folders.map_err(|error| refused(Path::new(""), error))?;
        folders.retain(|folder| folder.starts_with(sought.folder));
        let (mut found, mut unlisted) = (Vec::new(), None);
        for (keys, failure) in spread(&folders, |folder| sought.among(&disk.store, folder)) {
            found.extend(keys);
            unlisted = unlisted.or(failure);
        }
        match unlisted {
            // It may be in there.
            Some((path, error)) if found.is_empty() => Err(refused(&path, error)),
            _ => Ok(found),
        }
    }

    /// Everything that the file of a result says, after its checksum was compared.
    ///
    /// # Errors
    ///
    /// [`NotFound`](ErrorKind::NotFound) if there is no such result, [`Corrupt`](ErrorKind::Corrupt)
    /// if its file is not what was written, [`InvalidInput`](ErrorKind::InvalidInput) for what is no
    /// key, and [`Io`](ErrorKind::Io) for what the system refuses.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// for entry in cache.entries()? {
    ///     let details = cache.details(&entry.key)?;
    ///     println!("{}: {} bytes as {}", entry.inputs, details.payload, details.encoding);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn details(&self, key: &str) -> Result<EntryDetails> {
        let (disk, (header, payload)) =
            self.whole(key, |header, payload| (header, payload.len() as u64))?;
        let (folder, file) = split(key)?;
        let metadata = disk.store.place(folder, file).symlink_metadata();
        let metadata = metadata.map_err(|error| reading(key, error))?;
        let touched = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let head = Head { header, size: metadata.len(), payload, touched };
        Ok(details(&disk.store, (folder, file), head))
    }

    /// The same of many results, on all cores, by the beginnings of their files alone: whether the
    /// rest is whole is not looked at.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// let keys = cache.find("")?;
    /// let costly = cache.details_of(&keys).into_iter().flatten();
    /// let costly = costly.filter(|details| details.own_time.as_secs() > 60).count();
    /// # assert_eq!(costly, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn details_of(&self, keys: &[String]) -> Vec<Result<EntryDetails>> {
        spread(keys, |key| {
            let (folder, file) = split(key)?;
            let disk = self.inner.disk.as_ref().ok_or_else(|| missing(key))?;
            let head = disk.store.head(folder, file).map_err(|error| reading(key, error))?;
            match head {
                Some(head) => Ok(details(&disk.store, (folder, file), head)),
                None if disk.store.is_gone(folder, file) => Err(missing(key)),
                None => Err(corrupt(key)),
            }
        })
    }

    /// The bytes of the value of a result, [encoded](EntryDetails::encoding), after the checksum was
    /// compared.
    ///
    /// # Errors
    ///
    /// As [`details`](Self::details).
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// for entry in cache.entries()? {
    ///     let bytes = cache.payload(&entry.key)?;
    ///     assert!(bytes.len() as u64 <= entry.size);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload(&self, key: &str) -> Result<Vec<u8>> {
        self.whole(key, |_, payload| payload.to_vec()).map(|(_, bytes)| bytes)
    }

    /// Removes one result; `false` if there was none. Calls that want it compute it again.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no key, and [`Io`](ErrorKind::Io) for what
    /// the system refuses, which a cache that only reads is one case of.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// for entry in cache.entries()?.filter(|entry| entry.size > 1 << 30) {
    ///     cache.remove(&entry.key)?;
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove(&self, key: &str) -> Result<bool> {
        let (folder, file) = split(key)?;
        let Some(disk) = &self.inner.disk else {
            return Ok(false);
        };
        let removed = disk.store.remove_named(folder, file);
        let removed = removed.map_err(|error| Error::io(format_args!("remove `{key}`"), error))?;
        if removed {
            let (folder, file) = (folder.to_owned(), file.to_owned());
            let when_ns = since_epoch(SystemTime::now());
            self.inner.record(disk, &Record::Removed { folder, file, when_ns });
        }
        Ok(removed)
    }

    /// Removes all results of one function, given by the name of its
    /// [folder](crate::StoredFunction::folder), as `f::clear()` does it.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no folder of a function, and
    /// [`Io`](ErrorKind::Io) for what the system refuses.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// for function in cache.inventory()?.functions {
    ///     if function.name.starts_with("old_program::") {
    ///         cache.clear_function(&function.folder)?;
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clear_function(&self, folder: &str) -> Result<()> {
        if !crate::store::is_function(folder) {
            let message = format!("`{folder}` is no folder of a function: `<function>-<id>`");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        self.clear_named(Some(folder))
    }

    /// Hands a result that is whole to `read`.
    pub(super) fn whole<T>(
        &self,
        key: &str,
        read: impl FnOnce(Header, &[u8]) -> T,
    ) -> Result<(&Disk, T)> {
        let (folder, file) = split(key)?;
        let disk = self.inner.disk.as_ref().ok_or_else(|| missing(key))?;
        let read =
            disk.store.inspect(folder, file, |entry| Some(read(entry.header()?, entry.payload())));
        match read.map_err(|error| reading(key, error))? {
            Some(read) => Ok((disk, read)),
            None if disk.store.is_gone(folder, file) => Err(missing(key)),
            None => Err(corrupt(key)),
        }
    }
}

fn details(store: &Store, (folder, file): (&str, &str), head: Head) -> EntryDetails {
    let Head { header, size, payload, touched } = head;
    EntryDetails {
        key: format!("{folder}/{file}"),
        path: store.place(folder, file),
        function: header.function,
        inputs: header.printed,
        size,
        payload,
        encoding: match header.codec {
            1 => Encoding::Bincode,
            2 => Encoding::MessagePack,
            other => Encoding::Other(other),
        },
        created: time(header.created_ns),
        touched,
        own_time: Duration::from_nanos(header.own_ns),
        full_time: Duration::from_nanos(header.full_ns),
        inputs_digest: header.key.inputs,
        code_digest: header.key.code,
        arguments: header.arguments,
    }
}

/// The names of the folder and the file.
pub(super) fn split(key: &str) -> Result<(&str, &str)> {
    key.split_once('/').filter(|(folder, file)| is_place(folder, file)).ok_or_else(|| {
        let message = format!("`{key}` is no key: `<function>-<id>/<inputs>-<code>`");
        Error::new(ErrorKind::InvalidInput, message)
    })
}

pub(super) fn missing(key: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no result `{key}`"))
}

fn corrupt(key: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("the file of `{key}` is damaged: the next call that wants it computes it again"),
    )
}

fn reading(key: &str, error: std::io::Error) -> Error {
    Error::io(format_args!("read `{key}`"), error)
}

/// What a person may type for a key.
#[derive(Debug, PartialEq, Eq)]
struct Sought<'a> {
    folder: &'a str,
    /// In lower case, as names of files are, and so is the code.
    inputs: String,
    code: String,
}

impl<'a> Sought<'a> {
    fn parse(text: &'a str) -> Result<Self> {
        let (folder, file) = text.rsplit_once('/').unwrap_or(("", text));
        let (inputs, code) = file.split_once('-').unwrap_or((file, ""));
        let is_start = |text: &str, digits| {
            text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if is_start(inputs, 32) && is_start(code, 16) && folder.bytes().all(plain) {
            let (inputs, code) = (inputs.to_ascii_lowercase(), code.to_ascii_lowercase());
            return Ok(Self { folder, inputs, code });
        }
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "`{text}` is no key: use the first hex digits of one, as in `ab12cd` or \
                 `ab12cd-77f0`"
            ),
        ))
    }

    /// The keys of a folder that this may mean, in order, and what could not be listed.
    fn among(
        &self,
        store: &Store,
        folder: &str,
    ) -> (Vec<String>, Option<(PathBuf, std::io::Error)>) {
        let (mut keys, mut unlisted) = (Vec::new(), None);
        let shards = match store.shards_of(folder, self.inputs.get(..2).unwrap_or(&self.inputs)) {
            Ok(shards) => shards,
            Err(error) => return (keys, Some((entries_path(folder, None), error))),
        };
        for name in shards {
            let shard = Shard { folder: folder.to_owned(), name };
            match store.entries_of(&shard) {
                Ok(survey) => {
                    let meant = survey.ours.into_iter().filter(|file| self.means(file));
                    keys.extend(meant.map(|file| format!("{folder}/{file}")));
                }
                Err(error) => unlisted = Some((entries_path(folder, Some(&shard.name)), error)),
            }
        }
        keys.sort_unstable();
        (keys, unlisted)
    }

    fn means(&self, file: &str) -> bool {
        file.split_once('-').is_some_and(|(inputs, code)| {
            inputs.starts_with(&self.inputs) && code.starts_with(&self.code)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_be_given_by_the_beginnings_of_its_parts() {
        let parts = |folder, inputs: &str, code: &str| Sought {
            folder,
            inputs: inputs.into(),
            code: code.into(),
        };
        let parse = |text| Sought::parse(text).unwrap();
        assert_eq!(parse("ab12"), parts("", "ab12", ""));
        assert_eq!(parse("ab12-77"), parts("", "ab12", "77"));
        assert_eq!(parse("AB12-7F"), parts("", "ab12", "7f"));
        assert_eq!(parse("simulate-3f/ab12-"), parts("simulate-3f", "ab12", ""));
        assert_eq!(parse(""), parts("", "", ""));
    }

    #[test]
    fn what_is_no_beginning_of_a_key_is_refused_in_one_line() {
        let long = "a".repeat(33);
        for text in ["xyz", "ab12-zz", "../ab", "ab 12", "ü", &long] {
            let error = Sought::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.to_string().starts_with(&format!("`{text}` is no key: ")), "{error}");
        }
    }
}
