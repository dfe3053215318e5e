//! What there is in a directory, ours or not, for a look at all of it.

use super::Store;
use super::damaged::DAMAGED;
use super::files::TEMPORARY;
use super::layout::is_top_file;
use super::path::{self, CODES, ENTRIES};
use std::fs;
use std::io;
use std::path::PathBuf;

/// What was found in one folder.
#[derive(Debug, Default)]
pub(crate) struct Survey<T> {
    /// What is ours.
    pub(crate) ours: Vec<T>,
    /// What is not, by its path from the root.
    pub(crate) foreign: Vec<PathBuf>,
    /// Folders that the system does not let us list.
    pub(crate) refused: Vec<(PathBuf, io::Error)>,
}

/// A folder with entries of one function.
#[derive(Debug, Clone)]
pub(crate) struct Shard {
    pub(crate) folder: String,
    pub(crate) name: String,
}

impl Store {
    /// The folders that entries are in, and what is foreign outside of them.
    ///
    /// # Errors
    ///
    /// Whatever the system reports of the directory and of `entries`.
    pub(crate) fn shards(&self) -> io::Result<Survey<Shard>> {
        let mut survey = Survey { ours: Vec::new(), foreign: Vec::new(), refused: Vec::new() };
        for name in self.names(&[])? {
            let folder = matches!(&*name, ENTRIES | "journal" | "catalog" | DAMAGED | TEMPORARY);
            let known = if folder { self.is_real(&[&name])? } else { is_top_file(&name) };
            if !known {
                survey.foreign.push(name.into());
            }
        }
        for folder in self.folders()? {
            // What was found before one that cannot be looked at stays found.
            if let Err(error) = self.survey_function(&folder, &mut survey) {
                survey.refused.push(([ENTRIES, &folder].iter().collect(), error));
            }
        }
        Ok(survey)
    }

    fn survey_function(&self, folder: &str, survey: &mut Survey<Shard>) -> io::Result<()> {
        if !path::is_folder(folder) || !self.is_real(&[ENTRIES, folder])? {
            survey.foreign.push([ENTRIES, folder].iter().collect());
            return Ok(());
        }
        for name in self.names(&[ENTRIES, folder])? {
            let real = self.is_real(&[ENTRIES, folder, &name])?;
            if real && path::is_shard(&name) {
                survey.ours.push(Shard { folder: folder.to_owned(), name });
            } else if !real || name != CODES {
                survey.foreign.push([ENTRIES, folder, &name].iter().collect());
            }
        }
        Ok(())
    }

    /// Whether there is nothing in an entry's place, not even something damaged.
    pub(crate) fn is_gone(&self, folder: &str, file: &str) -> bool {
        let shard = file.get(..2).unwrap_or_default();
        let place = self.path.join(ENTRIES).join(folder).join(shard).join(file);
        fs::symlink_metadata(place).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// The names of the entries in one of these folders, and what is foreign there.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn entries_of(&self, shard: &Shard) -> io::Result<Survey<String>> {
        let names = self.names(&[ENTRIES, &shard.folder, &shard.name])?;
        let (ours, foreign): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| path::is_entry(&shard.name, name));
        let place = |name: String| [ENTRIES, &shard.folder, &shard.name, &name].iter().collect();
        let foreign = foreign.into_iter().map(place).collect();
        Ok(Survey { ours, foreign, refused: Vec::new() })
    }
}
