//! What is known of functions, for those who cannot or must not open the catalog.
//!
//! ```text
//! catalog.summary         "LARDERS\x01" | fields | XXH3-64 of everything before it
//!   u64 count, per function what its record says
//!   u64 count, per function what was counted
//!   u64 count, per journal its session and how much of it is merged
//! ```
//!
//! Whoever merges writes it before it removes a journal. So this file and what the journals say
//! behind those lengths is what the catalog will say once they are merged: it can be read by any
//! process at any time, without a lock and without changing anything. Where the catalog is lost, it
//! is what the next one begins with ([`restore`](super::restore)).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_64;

use super::database::{Database, Failure};
use super::fields::{Fields, put_str, put_u64};
use super::frame::Reader;
use super::keys;
use super::merge::sessions;
use super::paths::{Found, look};
use super::record::{CountsRecord, FunctionRecord, Record};
use crate::faults::{self, Step};

const MAGIC: [u8; 8] = *b"LARDERS\x01";
const CHECKSUM: usize = 8;
const NAME: &str = "catalog.summary";
/// One process at a time writes it: the one that has the catalog.
const NEW: &str = "catalog.summary-new";

/// A larger file is none of ours: 10,000 functions take less.
const LARGEST: u64 = 16 << 20;

/// How often reading begins anew because of a merge in the middle of it.
const TRIES: usize = 5;

const PAGE: usize = 1024;
const BUFFER: usize = 1 << 18;

/// What is known of the functions in a directory.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Knowledge {
    /// The latest record of each function, by its folder.
    pub(crate) functions: BTreeMap<String, FunctionRecord>,
    /// What was counted for each, over all time, by its folder.
    pub(crate) counts: BTreeMap<String, CountsRecord>,
}

/// What is known of the functions in a cache directory, by the catalog and by journals that it has
/// not merged. Neither locks nor changes anything. What cannot be read is left out.
pub(crate) fn recall(root: &Path) -> Knowledge {
    let journals = root.join("journal");
    let mut before = read(root);
    for _ in 1..TRIES {
        let known = with_journals(&before, &journals);
        // A journal may have been merged and removed since the summary was read, which then is
        // another.
        let after = read(root);
        if after == before {
            return known;
        }
        before = after;
    }
    with_journals(&before, &journals)
}

/// What the file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) functions: BTreeMap<String, FunctionRecord>,
    pub(super) counts: BTreeMap<String, CountsRecord>,
    /// How much of each journal is in it.
    pub(super) merged: BTreeMap<String, u64>,
}

/// Writes the summary of a database into the directory that `journals` is in.
pub(super) fn write(database: &Database, journals: &Path) -> Result<(), Failure> {
    let mut out = MAGIC.to_vec();
    for kind in [keys::FUNCTIONS, keys::COUNTS, keys::JOURNALS] {
        let at = out.len();
        put_u64(&mut out, 0);
        let (mut count, mut after) = (0u64, None::<Vec<u8>>);
        loop {
            let page = database.page(kind, after.as_deref(), PAGE)?;
            let Some((last, _)) = page.last() else {
                break;
            };
            after = Some(last.clone());
            for (key, value) in page {
                if let Some((name, _)) = keys::name(&key) {
                    put_str(&mut out, &name);
                    put_u64(&mut out, value.len() as u64);
                    out.extend_from_slice(&value);
                    count += 1;
                }
            }
        }
        out[at..at + 8].copy_from_slice(&count.to_le_bytes());
    }
    let checksum = XxHash3_64::oneshot(&out);
    put_u64(&mut out, checksum);
    let root = journals.parent().unwrap_or(journals);
    put(root, &out).map_err(Failure::Refused)
}

/// A file that appears whole. It is not waited for: a torn one is none.
fn put(root: &Path, bytes: &[u8]) -> io::Result<()> {
    let (new, target) = (root.join(NEW), root.join(NAME));
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // Only where there is nothing is something created, as that does not follow a link.
    let mut file = File::create_new(&new)?;
    faults::new_file(&file);
    faults::named(&file, &new);
    faults::write_all(Step::SummaryWrite, &mut file, bytes)?;
    faults::step(Step::SummaryRename)?;
    fs::rename(&new, &target)?;
    faults::renamed(&new, &target);
    Ok(())
}

/// What the file in a cache directory says; nothing if it is not whole.
pub(super) fn read(root: &Path) -> Summary {
    let path = root.join(NAME);
    let bytes = || {
        if look(&path)? != Found::File {
            return Ok(Vec::new());
        }
        let mut bytes = Vec::new();
        File::open(&path)?.take(LARGEST).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    };
    bytes().ok().and_then(|bytes| decode(&bytes)).unwrap_or_default()
}

fn decode(bytes: &[u8]) -> Option<Summary> {
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
    (XxHash3_64::oneshot(body).to_le_bytes() == *checksum).then_some(())?;
    let fields = &mut Fields::new(body.strip_prefix(&MAGIC)?);
    let mut summary = Summary::default();
    each(fields, |name, value| {
        let record = FunctionRecord::decode_rest(name.clone(), value)?;
        summary.functions.insert(name, record);
        Some(())
    })?;
    each(fields, |name, value| {
        let record = CountsRecord::decode_rest(name.clone(), value)?;
        summary.counts.insert(name, record);
        Some(())
    })?;
    each(fields, |name, value| {
        summary.merged.insert(name, value.u64()?);
        Some(())
    })?;
    Some(summary)
}

/// Hands each name and value of a list to `take`.
fn each(
    fields: &mut Fields<'_>,
    mut take: impl FnMut(String, &mut Fields<'_>) -> Option<()>,
) -> Option<()> {
    for _ in 0..fields.u64()? {
        let name = fields.string()?;
        let length = usize::try_from(fields.u64()?).ok()?;
        take(name, &mut Fields::new(fields.bytes(length)?))?;
    }
    Some(())
}

/// The summary, and what the journals say that it does not hold.
fn with_journals(summary: &Summary, journals: &Path) -> Knowledge {
    let (functions, counts) = (summary.functions.clone(), summary.counts.clone());
    let mut known = Knowledge { functions, counts };
    for session in sessions(journals).unwrap_or_default() {
        let merged = summary.merged.get(&session).copied().unwrap_or_default();
        // One that cannot be read, or is gone, says nothing.
        let _ = known.add_journal(&journals.join(session), merged);
    }
    known
}

impl Knowledge {
    /// Adds what a journal says from an offset on.
    fn add_journal(&mut self, path: &PathBuf, from: u64) -> io::Result<()> {
        if look(path)? != Found::File {
            return Ok(());
        }
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut reader = Reader::new(BufReader::with_capacity(BUFFER, file));
        while let Some(record) = reader.next_about_functions()? {
            match record {
                Record::Function(function) => self.add_function(function),
                Record::Counted(counts) => {
                    let folder = counts.folder.clone();
                    self.counts
                        .entry(folder)
                        .and_modify(|known| known.add(&counts))
                        .or_insert(counts);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_function(&mut self, function: FunctionRecord) {
        let known = self.functions.get(&function.folder);
        if known.is_none_or(|known| known.seen_ns <= function.seen_ns) {
            self.functions.insert(function.folder.clone(), function);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{counts, function, kept};
    use super::super::tests::Place;
    use super::*;

    /// What the catalog itself says.
    fn asked(place: &Place) -> Knowledge {
        let catalog = place.open();
        let functions = catalog.folders().unwrap().into_iter();
        Knowledge {
            functions: functions.map(|function| (function.folder.clone(), function)).collect(),
            counts: catalog.counts().unwrap(),
        }
    }

    #[test]
    fn what_is_recalled_is_what_the_catalog_will_say_whoever_has_merged_what() {
        let place = Place::new();
        assert_eq!(recall(place.path()), Knowledge::default());
        let journal = place.journal(1);
        let step = |record: &Record| {
            journal.append(record).unwrap();
            let recalled = recall(place.path());
            // Not merged yet, merged while the journal's owner lives, and nothing new since.
            assert_eq!(recalled, asked(&place));
            assert_eq!(recall(place.path()), recalled);
        };
        step(&Record::Function(function("f", 1, 100)));
        step(&Record::Counted(counts("f", 3)));
        step(&kept("f", "a", 1));
        step(&Record::Counted(counts("f", 4)));
        step(&Record::Function(function("f", 2, 90)));
        step(&Record::Counted(counts("g", 5)));
        drop(journal);
        let recalled = recall(place.path());
        assert_eq!(recalled.counts["f"].found, 7);
        assert_eq!(recalled.functions["f"].version, 1);
        assert_eq!(asked(&place), recalled);
        assert!(!place.journal_file(1).exists());
        assert_eq!(recall(place.path()), recalled);
    }

    #[test]
    fn recalling_changes_nothing_and_waits_for_nobody() {
        let place = Place::new();
        place.journal(1).append(&Record::Counted(counts("f", 3))).unwrap();
        let before = place.named("");
        assert_eq!(recall(place.path()).counts["f"].found, 3);
        assert_eq!(place.named(""), before);
        let _held = place.open();
        place.journal(2).append(&Record::Counted(counts("f", 4))).unwrap();
        assert_eq!(recall(place.path()).counts["f"].found, 7);
    }

    #[test]
    fn what_is_recalled_during_merges_is_never_less_and_never_twice() {
        let place = Place::new();
        let catalog = place.open();
        let done = std::sync::atomic::AtomicU64::new(0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 1..=60 {
                    place.journal(number).append(&Record::Counted(counts("f", 1))).unwrap();
                    done.store(number, std::sync::atomic::Ordering::SeqCst);
                    catalog.merge().unwrap();
                }
            });
            loop {
                let least = done.load(std::sync::atomic::Ordering::SeqCst);
                let found = recall(place.path()).counts.get("f").map_or(0, |counts| counts.found);
                let most = done.load(std::sync::atomic::Ordering::SeqCst) + 1;
                assert!((least..=most).contains(&found), "{least} <= {found} <= {most}");
                if least == 60 {
                    break;
                }
            }
        });
    }

    #[test]
    fn a_summary_that_is_damaged_or_a_link_says_nothing() {
        let place = Place::new();
        place.journal(1).append(&Record::Counted(counts("f", 3))).unwrap();
        drop(place.open());
        let path = place.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        assert!(decode(&whole).is_some());
        for end in 0..whole.len() {
            assert_eq!(decode(&whole[..end]), None, "{end} bytes");
        }
        for at in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert_eq!(decode(&flipped), None, "bit {at}");
        }
        #[cfg(unix)]
        {
            let elsewhere = place.path().join("elsewhere");
            fs::rename(&path, &elsewhere).unwrap();
            std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
            assert_eq!(recall(place.path()), Knowledge::default());
        }
    }
}
