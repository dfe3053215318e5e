//! Finding out why a call is computed: in the files, which every process can read, and in the
//! catalog where it is to be had.

use super::code::Code;
use super::description::{self, Description};
use super::validity::Verdict;
use super::why::{Nearest, Removal, Why};
use super::{Cache, Disk, Identity, Mode, changes, since_epoch, time};
use crate::catalog::{Catalog, Gone, Past};
use crate::entry::{Entry, Header, Key};
use crate::key::Digest;
use crate::store::{Folder, Found, Store};
use std::time::{Duration, SystemTime};

/// So many results of one input by other code are looked at, and so many lists of type arguments.
const NEIGHBOURS: usize = 100;

/// What stands for a redacted argument where inputs are printed.
pub(crate) const REDACTED: &str = "<redacted>";

/// A call that somebody wonders about.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) key: Key,
    /// The digest of each argument, then of each variable of the environment.
    pub(crate) arguments: &'a [Digest],
    /// What these are called.
    pub(crate) names: &'a [Name<'static>],
}

/// What an argument, or a variable of the environment, is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) text: &'a str,
    /// Whether its value is not to be shown.
    pub(crate) redacted: bool,
}

/// What the files are asked about a call: of a program that runs, or of a result whose program may be
/// gone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) folder: &'a str,
    pub(super) key: Key,
    pub(super) package: &'a str,
    pub(super) path: &'a str,
    pub(super) type_arguments: &'a str,
    pub(super) arguments: &'a [Digest],
    pub(super) names: &'a [Name<'a>],
    /// Only what was computed before this time counts.
    pub(super) before_ns: u64,
}

impl<'a> Asked<'a> {
    fn of(question: &Question<'a>) -> Self {
        let Question { identity, key, arguments, names } = *question;
        Self {
            folder: identity.folder.name(),
            key,
            package: &identity.package,
            path: &identity.path,
            type_arguments: &identity.arguments,
            arguments,
            names,
            before_ns: u64::MAX,
        }
    }

    fn counts(&self, header: &Header) -> bool {
        header.created_ns < self.before_ns
    }
}

/// Where the answer may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sources {
    /// The files alone, which takes a moment.
    Files,
    /// The catalog too, which takes longer, and may be in use by another process.
    Everything,
}

impl Sources {
    /// Among so many results of a function the nearest earlier call is looked for: reading a
    /// thousand takes some five milliseconds, if the system has them in memory.
    pub(super) fn looked_at(self) -> usize {
        match self {
            Self::Files => 100,
            Self::Everything => 10_000,
        }
    }
}

impl Cache {
    /// Why the call is computed, or that it is not.
    pub(crate) fn why(&self, question: &Question<'_>, sources: Sources) -> Why {
        let disk = match (self.mode(), &self.inner.disk) {
            (Mode::Off, _) | (_, None) => return Why::SwitchedOff,
            (Mode::Refresh, _) => return Why::Refreshing,
            (_, Some(disk)) => disk,
        };
        let Question { identity, key, .. } = question;
        let found = |entry: &Entry<'_>| {
            let header = entry.header()?;
            let created = time(header.created_ns);
            Some(match identity.validity.judge(entry, since_epoch(SystemTime::now())) {
                Verdict::Valid => Why::Found {
                    created,
                    own_time: Duration::from_nanos(header.own_ns),
                    full_time: Duration::from_nanos(header.full_ns),
                },
                Verdict::Expired => {
                    let after = Duration::from_nanos(identity.validity.expires_ns);
                    Why::Expired { created, after }
                }
                Verdict::Refused | Verdict::Panicked(_) => Why::Refused { created },
            })
        };
        match disk.store.read(&identity.folder, key, found) {
            Ok(Found::Entry(Some(found))) => return found,
            Ok(Found::Missing) => {}
            Ok(Found::Entry(None) | Found::Damaged) => return Why::Damaged,
            Err(error) => return Why::Unreadable { reason: error.to_string() },
        }
        let past = match sources {
            Sources::Files => Past::default(),
            Sources::Everything => self.past(disk, &identity.folder, key),
        };
        let asked = Asked::of(question);
        removed(&past)
            .or_else(|| {
                let before = other_code(&disk.store, &asked)?;
                Some(difference(before.as_ref().ok(), identity.version, || Code::of(identity)))
            })
            .or_else(|| other_type_arguments(&disk.store, &asked))
            .unwrap_or_else(|| Why::NeverComputed {
                nearest: nearest(&disk.store, &asked, sources.looked_at()),
                cleared: past.cleared_ns.map(time),
            })
    }

    /// What the catalog knows of a result that is not there; nothing if it cannot be had, for which
    /// there are good reasons.
    fn past(&self, disk: &Disk, folder: &Folder, key: &Key) -> Past {
        if !self.mode().writes() {
            return Past::default();
        }
        let past = Catalog::open(disk.store.path())
            .and_then(|catalog| catalog.past(folder.name(), &Folder::file(key)));
        past.unwrap_or_else(|error| {
            tracing::debug!("an answer without the catalog: {error}");
            Past::default()
        })
    }
}

/// That a result was removed, if it was.
pub(super) fn removed(past: &Past) -> Option<Why> {
    let (gone, when) = past.removal?;
    Some(Why::Removed { how: how(gone), when: when.map(time) })
}

pub(super) fn how(gone: Gone) -> Removal {
    match gone {
        Gone::Forgotten => Removal::Forgotten,
        Gone::Cleared => Removal::Cleared,
        Gone::ByHand => Removal::ByHand,
        Gone::Trimmed => Removal::Trimmed,
    }
}

/// What is different from the code of this description, which computed something before.
pub(super) fn difference(
    before: Option<&Description>,
    version: u64,
    code: impl FnOnce() -> Code,
) -> Why {
    match before {
        None => Why::CodeChanged { changes: Vec::new() },
        Some(before) if before.version != version => {
            Why::OtherVersion { before: before.version, now: version }
        }
        Some(before) => Why::CodeChanged { changes: changes::between(&before.code, &code()) },
    }
}

/// What is known of the code with this digest.
pub(super) fn described(store: &Store, folder: &str, code: &str) -> Option<Description> {
    description::decode(&store.description(folder, code)?)
}

/// The code of the latest result of the same inputs by other code of the function, if there is one: what
/// is known of it, or else its digest.
pub(super) fn other_code(store: &Store, asked: &Asked<'_>) -> Option<Result<Description, Digest>> {
    let Asked { folder, key, .. } = asked;
    let others = store.same_inputs(folder, &key.inputs, NEIGHBOURS).into_iter();
    let others = others.filter(|header| header.key.code != key.code && asked.counts(header));
    let before = others.max_by_key(|header| header.created_ns)?.key.code;
    let described = described(store, folder, &Folder::code_name(&before));
    Some(described.filter(|known| known.digest == before).ok_or(before))
}

/// The latest result of the same inputs by the function with other type arguments.
pub(super) fn other_type_arguments(store: &Store, asked: &Asked<'_>) -> Option<Why> {
    let Asked { folder: own, key, path, package, type_arguments, .. } = *asked;
    if type_arguments.is_empty() {
        return None;
    }
    let readable = |name: &str| name.rsplit_once('-').map(|(readable, _)| readable.to_owned());
    let folders = store.folders().ok()?.into_iter();
    let folders = folders.filter(|name| name != own && readable(name) == readable(own));
    let results = folders.take(NEIGHBOURS).filter_map(|folder| {
        let results = store.same_inputs(&folder, &key.inputs, NEIGHBOURS).into_iter();
        let results = results.filter(|header| asked.counts(header));
        let latest = results.max_by_key(|header| header.created_ns)?;
        let rest = latest.function.strip_prefix(path)?;
        let arguments = rest.strip_prefix('<')?.strip_suffix('>')?.to_owned();
        // Of a function of the same path in another package, its code says so.
        let described = described(store, &folder, &Folder::code_name(&latest.key.code));
        let same = described.is_none_or(|known| known.package == package);
        same.then_some((latest.created_ns, arguments))
    });
    let (_, before) = results.max()?;
    Some(Why::OtherTypeArguments { before, now: type_arguments.to_owned() })
}

/// The earlier call that has most in common with this one.
pub(super) fn nearest(store: &Store, asked: &Asked<'_>, looked_at: usize) -> Option<Nearest> {
    let Asked { folder, arguments, names, .. } = *asked;
    let equal = |header: &Header| {
        header.arguments.iter().zip(arguments).filter(|(theirs, ours)| theirs == ours).count()
    };
    let headers = store.headers(folder, looked_at).filter(|header| asked.counts(header));
    // With other parameters, or others left out of the key, there is nothing to compare.
    let comparable = headers.filter(|header| header.arguments.len() == arguments.len());
    let nearest = comparable.max_by_key(|header| (equal(header), header.created_ns))?;
    let differs = names.iter().zip(nearest.arguments.iter().zip(arguments));
    let differs: Vec<_> = differs
        .filter(|(_, (theirs, ours))| theirs != ours)
        .map(|(name, _)| name.text.to_owned())
        .collect();
    // An argument may have been redacted since, and is in the open in what was kept before.
    let in_the_open = |name: &Name<'_>| {
        name.redacted && !nearest.printed.contains(&format!("{}: {REDACTED}", name.text))
    };
    let inputs = if names.iter().any(in_the_open) { String::new() } else { nearest.printed };
    // The same inputs by other code would have been found before.
    (!differs.is_empty()).then(|| Nearest { inputs, differs, created: time(nearest.created_ns) })
}
