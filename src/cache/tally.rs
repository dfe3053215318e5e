//! What a batch came to, for one line in the log.

use super::code::Code;
use super::inquiry::{described, difference};
use super::{Cache, Disk, Identity, Mode, Occupant, Reuse};
use crate::entry::Key;
use crate::key::Digest;
use crate::store::Folder;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many earlier states of the code are considered, the latest first: each costs a computed item
/// a few microseconds.
const EARLIER: usize = 4;

/// Counts the items of a batch by what became of them, if anybody is interested.
#[derive(Debug)]
pub(crate) struct Tally {
    enabled: bool,
    found: AtomicU64,
    shared: AtomicU64,
    /// Computed without a sign of an earlier result.
    new: AtomicU64,
    /// Computed because what was there could not be used.
    damaged: AtomicU64,
    /// Computed because what was there does not count any more.
    invalid: AtomicU64,
    /// Computed because everything is.
    refreshed: AtomicU64,
    /// Computed to be compared with what was found.
    checked: AtomicU64,
    earlier: OnceLock<Vec<Earlier>>,
}

/// A state of the code that computed results before.
#[derive(Debug)]
struct Earlier {
    code: Digest,
    because: String,
    recomputed: AtomicU64,
}

impl Tally {
    /// An empty one, for a batch that uses this cache.
    pub(crate) fn new(cache: &Cache) -> Self {
        Self {
            enabled: cache.mode() != Mode::Off && tracing::enabled!(tracing::Level::INFO),
            found: AtomicU64::new(0),
            shared: AtomicU64::new(0),
            new: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            invalid: AtomicU64::new(0),
            refreshed: AtomicU64::new(0),
            checked: AtomicU64::new(0),
            earlier: OnceLock::new(),
        }
    }

    /// So many items did not have to be computed.
    pub(crate) fn reused(&self, how: Reuse, items: u64) {
        let count = match how {
            Reuse::Found => &self.found,
            Reuse::Shared => &self.shared,
        };
        count.fetch_add(items, Ordering::Relaxed);
    }

    /// An item was found and is about to be computed all the same.
    pub(crate) fn checked(&self) {
        self.checked.fetch_add(1, Ordering::Relaxed);
    }

    /// An item is about to be computed, and this is in its place.
    pub(crate) fn computed(
        &self,
        cache: &Cache,
        identity: &Identity,
        key: &Key,
        occupant: Occupant,
    ) {
        let Some(disk) = cache.inner.disk.as_ref().filter(|_| self.enabled) else {
            return;
        };
        let count = match occupant {
            Occupant::Unwanted => &self.refreshed,
            Occupant::Damaged => &self.damaged,
            Occupant::Invalid => &self.invalid,
            Occupant::Nobody => {
                let earlier = self.earlier.get_or_init(|| earlier(disk, identity));
                let computed_it = |earlier: &&Earlier| {
                    let key = Key { inputs: key.inputs, code: earlier.code };
                    disk.store.has(&identity.folder, &key)
                };
                earlier.iter().find(computed_it).map_or(&self.new, |earlier| &earlier.recomputed)
            }
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Logs the line, unless nothing was computed.
    pub(crate) fn log(&self, identity: &Identity) {
        if let Some(line) = self.line().filter(|_| self.enabled) {
            tracing::info!(function = %identity.name, "{line}");
        }
    }

    fn line(&self) -> Option<String> {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut computed = Vec::new();
        for Earlier { because, recomputed, .. } in self.earlier.get().into_iter().flatten() {
            computed.push((read(recomputed), format!("recomputed: {because}")));
        }
        computed.push((read(&self.new), "computed for the first time".to_owned()));
        computed.push((read(&self.damaged), "recomputed: their files are damaged".to_owned()));
        computed.push((read(&self.invalid), "recomputed: they are not valid any more".to_owned()));
        computed.push((read(&self.refreshed), "computed to refresh them".to_owned()));
        computed.push((read(&self.checked), "computed to compare them".to_owned()));
        computed.retain(|(count, _)| *count > 0);
        let (found, shared) = (read(&self.found), read(&self.shared));
        let total = found + shared + computed.iter().map(|(count, _)| count).sum::<u64>();
        (!computed.is_empty()).then_some(())?;
        let mut parts = vec![format!("{found} of {total} found")];
        if shared > 0 {
            parts.push(format!("{shared} equal to others"));
        }
        let computed: Vec<_> =
            computed.into_iter().map(|(count, how)| format!("{count} {how}")).collect();
        parts.push(computed.join("; "));
        Some(parts.join(", "))
    }
}

/// The latest states of the function's code but the present one.
fn earlier(disk: &Disk, identity: &Identity) -> Vec<Earlier> {
    let folder = identity.folder.name();
    let own = Folder::code_name(&identity.code);
    let names = disk.store.descriptions(folder).unwrap_or_default().into_iter();
    let names = names.filter(|name| *name != own).take(EARLIER);
    let known = names.filter_map(|name| described(&disk.store, folder, &name));
    let earlier = known.map(|known| Earlier {
        code: known.digest,
        because: difference(Some(&known), identity.version, || Code::of(identity))
            .clause()
            .unwrap_or_default(),
        recomputed: AtomicU64::new(0),
    });
    earlier.collect()
}
