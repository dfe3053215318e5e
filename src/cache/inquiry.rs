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
    pub(crate) names: &'a [Name],
}

/// What an argument, or a variable of the environment, is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    pub(crate) text: &'static str,
    /// Whether its value is not to be shown.
    pub(crate) redacted: bool,
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
    fn looked_at(self) -> usize {
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
        if let Some((how, when)) = past.removal {
            let how = match how {
                Gone::Forgotten => Removal::Forgotten,
                Gone::Cleared => Removal::Cleared,
                Gone::ByHand => Removal::ByHand,
                Gone::Trimmed => Removal::Trimmed,
            };
            return Why::Removed { how, when: when.map(time) };
        }
        other_code(&disk.store, question)
            .or_else(|| other_type_arguments(&disk.store, question))
            .unwrap_or_else(|| Why::NeverComputed {
                nearest: nearest(&disk.store, question, sources.looked_at()),
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

/// What is different from the code of this description, which computed something before.
pub(super) fn difference(before: Option<&Description>, identity: &Identity) -> Why {
    match before {
        None => Why::CodeChanged { changes: Vec::new() },
        Some(before) if before.version != identity.version => {
            Why::OtherVersion { before: before.version, now: identity.version }
        }
        Some(before) => {
            Why::CodeChanged { changes: changes::between(&before.code, &Code::of(identity)) }
        }
    }
}

/// What is known of the code with this digest.
pub(super) fn described(store: &Store, folder: &str, code: &str) -> Option<Description> {
    description::decode(&store.description(folder, code)?)
}

/// The latest result of the same inputs by other code of the function.
fn other_code(store: &Store, question: &Question<'_>) -> Option<Why> {
    let Question { identity, key, .. } = question;
    let folder = identity.folder.name();
    let others = store.same_inputs(folder, &key.inputs, NEIGHBOURS).into_iter();
    let others = others.filter(|header| header.key.code != key.code);
    let before = others.max_by_key(|header| header.created_ns)?.key.code;
    let described = described(store, folder, &Folder::code_name(&before));
    Some(difference(described.filter(|known| known.digest == before).as_ref(), identity))
}

/// The latest result of the same inputs by the function with other type arguments.
fn other_type_arguments(store: &Store, question: &Question<'_>) -> Option<Why> {
    let Question { identity, key, .. } = question;
    if identity.arguments.is_empty() {
        return None;
    }
    let own = identity.folder.name();
    let readable = |name: &str| name.rsplit_once('-').map(|(readable, _)| readable.to_owned());
    let folders = store.folders().ok()?.into_iter();
    let folders = folders.filter(|name| name != own && readable(name) == readable(own));
    let results = folders.take(NEIGHBOURS).filter_map(|folder| {
        let results = store.same_inputs(&folder, &key.inputs, NEIGHBOURS).into_iter();
        let latest = results.max_by_key(|header| header.created_ns)?;
        let rest = latest.function.strip_prefix(&identity.path)?;
        let arguments = rest.strip_prefix('<')?.strip_suffix('>')?.to_owned();
        // Of a function of the same path in another package, its code says so.
        let described = described(store, &folder, &Folder::code_name(&latest.key.code));
        let same = described.is_none_or(|known| known.package == identity.package);
        same.then_some((latest.created_ns, arguments))
    });
    let (_, before) = results.max()?;
    Some(Why::OtherTypeArguments { before, now: identity.arguments.clone() })
}

/// The earlier call that has most in common with this one.
fn nearest(store: &Store, question: &Question<'_>, looked_at: usize) -> Option<Nearest> {
    let Question { identity, arguments, names, .. } = question;
    let equal = |header: &Header| {
        header.arguments.iter().zip(*arguments).filter(|(theirs, ours)| theirs == ours).count()
    };
    let headers = store.headers(identity.folder.name(), looked_at);
    // With other parameters, or others left out of the key, there is nothing to compare.
    let comparable = headers.filter(|header| header.arguments.len() == arguments.len());
    let nearest = comparable.max_by_key(|header| (equal(header), header.created_ns))?;
    let differs = names.iter().zip(nearest.arguments.iter().zip(*arguments));
    let differs: Vec<_> = differs
        .filter(|(_, (theirs, ours))| theirs != ours)
        .map(|(name, _)| name.text.to_owned())
        .collect();
    // An argument may have been redacted since, and is in the open in what was kept before.
    let in_the_open = |name: &Name| {
        name.redacted && !nearest.printed.contains(&format!("{}: {REDACTED}", name.text))
    };
    let inputs = if names.iter().any(in_the_open) { String::new() } else { nearest.printed };
    // The same inputs by other code would have been found before.
    (!differs.is_empty()).then(|| Nearest { inputs, differs, created: time(nearest.created_ns) })
}
