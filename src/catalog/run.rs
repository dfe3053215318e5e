//! What a batch came to, as it is written down.
//!
//! A run is told once, when it is over, so nothing is ever added to one. Its key in the catalog is
//! made of its start and its bytes: in order of time, and the same however often it is merged.

use twox_hash::XxHash3_64;

use super::database::{Database, Failure};
use super::fields::{Fields, put_str, put_u64};
use super::keys;

/// So many runs are remembered at most.
pub(crate) const REMEMBERED: usize = 1_000;

/// What is left of them when there were more: trimming reads all keys, so it should be rare.
const TRIMMED: usize = REMEMBERED * 3 / 4;

const PAGE: usize = 1024;

/// One batch, stream or the like, from its start to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RunRecord {
    /// The function's full name, or what its user called the batch.
    pub what: String,
    /// Name of the function's folder; empty where it is no cached function.
    pub folder: String,
    /// When it began, in nanoseconds since the epoch.
    pub started_ns: u64,
    /// How long it took.
    pub took_ns: u64,
    /// How many items ran at once, at most.
    pub jobs: u64,
    /// Items whose result was there.
    pub found: u64,
    /// Items that were computed.
    pub computed: u64,
    /// Items that got the result of an equal one.
    pub shared: u64,
    /// Items that failed.
    pub failed: u64,
    /// Items that were drawn and are not over, as the batch was stopped.
    pub skipped: u64,
    /// What computing the found and shared results took when it was done.
    pub saved_ns: u64,
    /// How it ended.
    pub end: RunEnd,
    /// How long each worker computed.
    pub busy_ns: Vec<u64>,
    /// The items that took longest, the longest first.
    pub longest: Vec<LongestRecord>,
}

/// One of the items of a run that took longest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LongestRecord {
    /// Its place among the inputs, from 0.
    pub index: u64,
    /// How long it took.
    pub took_ns: u64,
    /// Its inputs, short and printable; empty where they are not known.
    pub inputs: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum RunEnd {
    /// Every item was seen to.
    #[default]
    Done = 1,
    /// A failure stopped it.
    Failed = 2,
    /// It was cancelled, or nobody wanted the rest.
    Cancelled = 3,
}

impl RunRecord {
    pub(super) fn key(&self) -> Vec<u8> {
        let mut body = Vec::new();
        self.encode(&mut body);
        keys::run(self.started_ns, XxHash3_64::oneshot(&body))
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        put_str(out, &self.what);
        put_str(out, &self.folder);
        for number in self.numbers() {
            put_u64(out, number);
        }
        out.push(self.end as u8);
        put_u64(out, self.busy_ns.len() as u64);
        for busy_ns in &self.busy_ns {
            put_u64(out, *busy_ns);
        }
        put_u64(out, self.longest.len() as u64);
        for item in &self.longest {
            put_u64(out, item.index);
            put_u64(out, item.took_ns);
            put_str(out, &item.inputs);
        }
    }

    pub(super) fn decode(fields: &mut Fields<'_>) -> Option<Self> {
        let mut run = Self { what: fields.string()?, folder: fields.string()?, ..Self::default() };
        for number in run.numbers_mut() {
            *number = fields.u64()?;
        }
        run.end = match fields.u8()? {
            1 => RunEnd::Done,
            2 => RunEnd::Failed,
            3 => RunEnd::Cancelled,
            _ => return None,
        };
        // What claims to be long ends where its bytes do.
        for _ in 0..fields.u64()? {
            run.busy_ns.push(fields.u64()?);
        }
        for _ in 0..fields.u64()? {
            let (index, took_ns) = (fields.u64()?, fields.u64()?);
            run.longest.push(LongestRecord { index, took_ns, inputs: fields.string()? });
        }
        Some(run)
    }

    fn numbers(&self) -> [u64; 9] {
        self.clone().numbers_mut().map(|number| *number)
    }

    /// Every number, in the order of their bytes.
    fn numbers_mut(&mut self) -> [&mut u64; 9] {
        [
            &mut self.started_ns,
            &mut self.took_ns,
            &mut self.jobs,
            &mut self.found,
            &mut self.computed,
            &mut self.shared,
            &mut self.failed,
            &mut self.skipped,
            &mut self.saved_ns,
        ]
    }
}

/// Forgets the runs that began first, if too many are remembered.
pub(super) fn trim(database: &Database) -> Result<(), Failure> {
    let (mut remembered, mut after) = (Vec::new(), None::<Vec<u8>>);
    loop {
        let page = database.page(keys::RUNS, after.as_deref(), PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        remembered.extend(page.into_iter().map(|(key, _)| key));
    }
    if remembered.len() <= REMEMBERED {
        return Ok(());
    }
    remembered.truncate(remembered.len() - TRIMMED);
    for chunk in remembered.chunks(PAGE) {
        database.apply(chunk.iter().map(|key| (key.clone(), None)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Record;
    use super::super::samples::run;
    use super::super::tests::Place;
    use super::*;

    #[test]
    fn a_run_that_claims_more_workers_than_it_has_bytes_is_no_run() {
        let mut bytes = Vec::new();
        run(1).encode(&mut bytes);
        assert_eq!(RunRecord::decode(&mut Fields::new(&bytes)), Some(run(1)));
        let before = 4 + run(1).what.len() + 4 + run(1).folder.len() + 9 * 8 + 1;
        bytes[before..before + 8].fill(0xff);
        assert_eq!(RunRecord::decode(&mut Fields::new(&bytes)), None);
    }

    #[test]
    fn runs_are_listed_from_the_last_to_the_first_whatever_journal_told_of_them() {
        let place = Place::new();
        let (first, second) = (place.journal(1), place.journal(2));
        for number in [5, 1, 300, 2] {
            first.append(&Record::Run(run(number))).unwrap();
        }
        second.append(&Record::Run(run(4))).unwrap();
        let started = |runs: Vec<RunRecord>| -> Vec<u64> {
            runs.into_iter().map(|run| run.started_ns - self::run(0).started_ns).collect()
        };
        let expected = [300, 5, 4, 2, 1];
        assert_eq!(started(super::super::journalled_runs(place.path()).unwrap()), expected);
        let catalog = place.open();
        assert_eq!(started(catalog.runs().unwrap()), expected);
    }

    #[test]
    fn no_more_than_a_thousand_are_remembered_and_those_are_the_last() {
        let place = Place::new();
        let journal = place.journal(1);
        let count = REMEMBERED as u64;
        for number in 0..count {
            journal.append(&Record::Run(run(number))).unwrap();
        }
        let catalog = place.open();
        assert_eq!(catalog.runs().unwrap().len(), REMEMBERED);
        journal.append(&Record::Run(run(count))).unwrap();
        catalog.merge().unwrap();
        let runs = catalog.runs().unwrap();
        assert_eq!(runs.len(), TRIMMED);
        assert_eq!(
            (runs.first(), runs.last().map(|run| run.started_ns)),
            (Some(&run(count)), Some(run(count + 1 - TRIMMED as u64).started_ns))
        );
    }

    #[test]
    fn clearing_results_does_not_undo_runs() {
        let place = Place::new();
        let journal = place.journal(1);
        journal.append(&Record::Run(run(1))).unwrap();
        journal.append(&Record::Cleared { folder: None, when_ns: u64::MAX }).unwrap();
        assert_eq!(place.open().runs().unwrap(), [run(1)]);
    }
}
