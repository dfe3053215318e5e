//! Records for tests.

use super::record::{CountsRecord, EntryRecord, FunctionRecord, Record, UsesRecord};
use super::run::{LongestRecord, RunEnd, RunRecord};
use crate::store::FileName;

/// When an entry of size 0 was created; one of size 1 was a nanosecond later.
pub(super) const CREATED: u64 = 1_700_000_000_000_000_000;

pub(super) fn session(number: u64) -> String {
    format!("{}-{number:016x}", number + 1)
}

pub(super) fn entry(folder: &str, file: &str, size: u64) -> EntryRecord {
    EntryRecord {
        folder: folder.into(),
        file: file.into(),
        size,
        payload: size / 2,
        created_ns: CREATED + size,
        own_ns: 10,
        full_ns: 20,
        last_used_ns: 1_700_000_000_000_000_009,
        inputs: format!("({size}, \"größe\")"),
    }
}

pub(super) fn kept(folder: &str, file: &str, size: u64) -> Record {
    Record::Kept(entry(folder, file, size))
}

pub(super) fn function(folder: &str, version: u64, seen_ns: u64) -> FunctionRecord {
    FunctionRecord {
        folder: folder.into(),
        name: format!("package::{folder}"),
        package: "package".into(),
        version,
        code: [7; 32],
        seen_ns,
        expires_ns: 3_600_000_000_000 * version,
    }
}

pub(super) fn counts(folder: &str, found: u64) -> CountsRecord {
    CountsRecord {
        folder: folder.into(),
        found,
        computed: 2,
        failed: 3,
        shared: 4,
        unkept: 5,
        spent_ns: 6,
        saved_ns: 7,
        bytes_written: 8,
        given_up: 9,
        duplicates: 10,
    }
}

/// The runs of greater numbers began later.
pub(super) fn run(number: u64) -> RunRecord {
    RunRecord {
        what: "app::simulate".into(),
        folder: "simulate".into(),
        started_ns: 1_700_000_000_000_000_000 + number,
        took_ns: 1,
        jobs: 2,
        found: 2,
        computed: 3,
        shared: 4,
        failed: 5,
        skipped: 6,
        saved_ns: 7,
        end: RunEnd::Cancelled,
        busy_ns: vec![8, u64::MAX],
        longest: vec![LongestRecord { index: 9, took_ns: 10, inputs: "(1, \"größe\")".into() }],
    }
}

/// The file that stands for a number.
pub(super) fn file(number: u8) -> FileName {
    FileName::from_bytes([number; 24])
}

pub(super) fn uses(folder: &str, files: &[u8], when_ns: u64) -> UsesRecord {
    let files = files.iter().map(|number| file(*number)).collect();
    UsesRecord { folder: folder.into(), when_ns, files }
}

/// At least one record of each kind.
pub(super) fn all_kinds() -> Vec<Record> {
    vec![
        Record::Function(function("simulate", 3, 99)),
        kept("simulate", "ab-cd", 1234),
        Record::Removed { folder: "simulate".into(), file: "ab-cd".into(), when_ns: 9 },
        Record::Cleared { folder: Some("simulate".into()), when_ns: 9 },
        Record::Cleared { folder: None, when_ns: 9 },
        Record::Counted(counts("simulate", u64::MAX)),
        Record::Used(uses("simulate", &[1, 2], 99)),
        Record::Run(run(1)),
        Record::Run(RunRecord::default()),
        Record::Trimmed { folder: "f".into(), when_ns: 7, files: vec![file(1), file(2)] },
        Record::Trimmed { folder: "f".into(), when_ns: 7, files: Vec::new() },
    ]
}
