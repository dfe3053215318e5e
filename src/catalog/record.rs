//! What a process tells the catalog, with no idea where the records live.
//!
//! A record is [`encode`](Record::encode)d by [`frame`](super::frame) as
//! `length | kind | body | checksum`; this file is the kinds and their bodies:
//!
//! | kind | record | body |
//! |---|---|---|
//! | 1 | function | `str folder, str name, str package, u64 version, 32 bytes code, u64 seen_ns, expires_ns` |
//! | 2 | kept | `str folder, str file, u64 size, payload, created_ns, own_ns, full_ns, last_used_ns, str inputs` |
//! | 3 | removed | `str folder, str file, u64 when_ns` |
//! | 4 | cleared | `u8 1, str folder, u64 when_ns`, or `u8 0, u64 when_ns` for every folder |
//! | 5 | counted | `str folder, u64 found, computed, failed, shared, unkept, spent_ns, saved_ns, bytes_written, given_up, duplicates` |
//! | 6 | used | `str folder, u64 when_ns, u64 count`, 24 bytes per file: those that its name's digits stand for |
//! | 7 | run | `str what, str folder, u64 started_ns, took_ns, jobs, found, computed, shared, failed, skipped, saved_ns, u8 end, u64 n, n u64 busy_ns, u64 m, m (u64 index, u64 took_ns, str inputs)` |
//! | 8 | trimmed | `str folder, u64 when_ns, u64 n, n times 24 bytes` |
//!
//! with the fields of [`fields`](super::fields). Readers skip kinds they do not know and ignore
//! what follows the fields they know, so a later version may add either.

use super::fields::{Fields, put_str, put_u64};
use super::run::RunRecord;
use crate::store::FileName;

/// One thing a process did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum Record {
    /// A function is in use: once per process and function.
    Function(FunctionRecord),
    /// An entry was written.
    Kept(EntryRecord),
    /// An entry was removed.
    Removed {
        /// Name of the function's folder.
        folder: String,
        /// Name of the entry's file.
        file: String,
        /// When this was done, in nanoseconds since the epoch.
        when_ns: u64,
    },
    /// A function's folder was cleared, or all of them.
    Cleared {
        /// Name of the function's folder; `None` for all.
        folder: Option<String>,
        /// When this was done, in nanoseconds since the epoch.
        when_ns: u64,
    },
    /// What happened since the last such record of this process.
    Counted(CountsRecord),
    /// Entries were used.
    Used(UsesRecord),
    /// A batch is over.
    Run(RunRecord),
    /// Entries were removed to make room.
    Trimmed {
        /// Name of the function's folder.
        folder: String,
        /// When this was done, in nanoseconds since the epoch.
        when_ns: u64,
        /// Names of the entries' files.
        files: Vec<FileName>,
    },
}

/// A function whose results are cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionRecord {
    /// Name of the function's folder.
    pub folder: String,
    /// Full name, with package and modules.
    pub name: String,
    /// The package it belongs to.
    pub package: String,
    /// The version its author gave it.
    pub version: u64,
    /// Digest of its code.
    pub code: [u8; 32],
    /// When this was so, in nanoseconds since the epoch: the latest of several records counts.
    pub seen_ns: u64,
    /// For how long its results are used, in nanoseconds; zero for ever. Records of earlier versions
    /// end before it.
    pub expires_ns: u64,
}

/// An entry, as its own header describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryRecord {
    /// Name of the function's folder.
    pub folder: String,
    /// Name of the entry's file.
    pub file: String,
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of the value in it.
    pub payload: u64,
    /// When it was written, in nanoseconds since the epoch.
    pub created_ns: u64,
    /// What the function itself took, without the cached results it had to compute on its way.
    pub own_ns: u64,
    /// What the call took in full.
    pub full_ns: u64,
    /// When it was last read or written, in nanoseconds since the epoch.
    pub last_used_ns: u64,
    /// The inputs, short and printable.
    pub inputs: String,
}

/// Entries of one function that were used at about the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UsesRecord {
    /// Name of the function's folder.
    pub folder: String,
    /// When the last of them was used, in nanoseconds since the epoch.
    pub when_ns: u64,
    /// Their files.
    pub files: Vec<FileName>,
}

/// What happened to the calls of one function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CountsRecord {
    /// Name of the function's folder.
    pub folder: String,
    /// Calls answered from disk or memory.
    pub found: u64,
    /// Calls that computed.
    pub computed: u64,
    /// Calls where the cache failed (and the function computed).
    pub failed: u64,
    /// Calls that shared another's computation.
    pub shared: u64,
    /// Results that were not to be kept.
    pub unkept: u64,
    /// Time spent computing.
    pub spent_ns: u64,
    /// Time that computing would have taken where it was not needed.
    pub saved_ns: u64,
    /// Bytes of the entries written.
    pub bytes_written: u64,
    /// Waits for another's computation that took too long.
    pub given_up: u64,
    /// Computations of what was there when they were done.
    pub duplicates: u64,
}

impl Record {
    /// Appends kind and body.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Function(function) => {
                out.push(1);
                put_str(out, &function.folder);
                function.encode_rest(out);
            }
            Self::Kept(entry) => {
                out.push(2);
                put_str(out, &entry.folder);
                put_str(out, &entry.file);
                entry.encode_rest(out);
            }
            Self::Removed { folder, file, when_ns } => {
                out.push(3);
                put_str(out, folder);
                put_str(out, file);
                put_u64(out, *when_ns);
            }
            Self::Cleared { folder, when_ns } => {
                out.push(4);
                out.push(u8::from(folder.is_some()));
                if let Some(folder) = folder {
                    put_str(out, folder);
                }
                put_u64(out, *when_ns);
            }
            Self::Counted(counts) => {
                out.push(5);
                put_str(out, &counts.folder);
                counts.encode_rest(out);
            }
            Self::Used(uses) => {
                out.push(6);
                put_str(out, &uses.folder);
                put_u64(out, uses.when_ns);
                put_u64(out, uses.files.len() as u64);
                for file in &uses.files {
                    out.extend_from_slice(file.as_bytes());
                }
            }
            Self::Run(run) => {
                out.push(7);
                run.encode(out);
            }
            Self::Trimmed { folder, when_ns, files } => {
                out.push(8);
                put_str(out, folder);
                put_u64(out, *when_ns);
                put_u64(out, files.len() as u64);
                for file in files {
                    out.extend_from_slice(file.as_bytes());
                }
            }
        }
    }

    /// Whether kind and body are those of a record about a function.
    pub(super) fn is_about_a_function(bytes: &[u8]) -> bool {
        matches!(bytes.first(), Some(1 | 5))
    }

    /// Reads kind and body; `None` for a kind or a body of a version that is not ours.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let fields = &mut Fields::new(bytes);
        Some(match fields.u8()? {
            1 => Self::Function(FunctionRecord::decode_rest(fields.string()?, fields)?),
            2 => Self::Kept(EntryRecord::decode_rest(fields.string()?, fields.string()?, fields)?),
            3 => Self::Removed {
                folder: fields.string()?,
                file: fields.string()?,
                when_ns: fields.u64()?,
            },
            4 => Self::Cleared {
                folder: match fields.u8()? {
                    0 => None,
                    1 => Some(fields.string()?),
                    _ => return None,
                },
                when_ns: fields.u64()?,
            },
            5 => Self::Counted(CountsRecord::decode_rest(fields.string()?, fields)?),
            6 => {
                let (folder, when_ns, count) = (fields.string()?, fields.u64()?, fields.u64()?);
                // A count that is not true ends with the bytes.
                let files = (0..count).map(|_| fields.array().map(FileName::from_bytes));
                Self::Used(UsesRecord { folder, when_ns, files: files.collect::<Option<_>>()? })
            }
            7 => Self::Run(RunRecord::decode(fields)?),
            8 => Self::Trimmed {
                folder: fields.string()?,
                when_ns: fields.u64()?,
                // As above.
                files: (0..fields.u64()?)
                    .map(|_| fields.array().map(FileName::from_bytes))
                    .collect::<Option<_>>()?,
            },
            _ => return None,
        })
    }
}

// The names make the catalog's keys, and what follows them its values: hence "rest".

impl FunctionRecord {
    pub(super) fn encode_rest(&self, out: &mut Vec<u8>) {
        put_str(out, &self.name);
        put_str(out, &self.package);
        put_u64(out, self.version);
        out.extend_from_slice(&self.code);
        put_u64(out, self.seen_ns);
        put_u64(out, self.expires_ns);
    }

    pub(super) fn decode_rest(folder: String, fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self {
            folder,
            name: fields.string()?,
            package: fields.string()?,
            version: fields.u64()?,
            code: fields.array()?,
            seen_ns: fields.u64()?,
            expires_ns: fields.u64().unwrap_or(0),
        })
    }
}

impl EntryRecord {
    pub(super) fn encode_rest(&self, out: &mut Vec<u8>) {
        put_u64(out, self.size);
        put_u64(out, self.payload);
        put_u64(out, self.created_ns);
        put_u64(out, self.own_ns);
        put_u64(out, self.full_ns);
        put_u64(out, self.last_used_ns);
        put_str(out, &self.inputs);
    }

    /// What a value of the catalog says, without the names.
    pub(super) fn decode_value(value: &[u8]) -> Option<Self> {
        Self::decode_rest(String::new(), String::new(), &mut Fields::new(value))
    }

    pub(super) fn decode_rest(
        folder: String,
        file: String,
        fields: &mut Fields<'_>,
    ) -> Option<Self> {
        Some(Self {
            folder,
            file,
            size: fields.u64()?,
            payload: fields.u64()?,
            created_ns: fields.u64()?,
            own_ns: fields.u64()?,
            full_ns: fields.u64()?,
            last_used_ns: fields.u64()?,
            inputs: fields.string()?,
        })
    }
}

impl CountsRecord {
    /// Adds what another record of the same function counted.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, number) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *sum = sum.saturating_add(number);
        }
    }

    /// Takes away what another record of the same function counted.
    pub(super) fn subtract(&mut self, other: &Self) {
        for (sum, number) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *sum = sum.saturating_sub(number);
        }
    }

    pub(super) fn encode_rest(&self, out: &mut Vec<u8>) {
        for number in self.numbers() {
            put_u64(out, number);
        }
    }

    pub(super) fn decode_rest(folder: String, fields: &mut Fields<'_>) -> Option<Self> {
        let mut counts = Self { folder, ..Self::default() };
        for number in counts.numbers_mut() {
            *number = fields.u64()?;
        }
        Some(counts)
    }

    fn numbers(&self) -> [u64; 10] {
        self.clone().numbers_mut().map(|number| *number)
    }

    /// Every number, in the order of their bytes.
    fn numbers_mut(&mut self) -> [&mut u64; 10] {
        [
            &mut self.found,
            &mut self.computed,
            &mut self.failed,
            &mut self.shared,
            &mut self.unkept,
            &mut self.spent_ns,
            &mut self.saved_ns,
            &mut self.bytes_written,
            &mut self.given_up,
            &mut self.duplicates,
        ]
    }
}
