//! No cache at all: plain reads of the very files that larder reads, and plain writes of as many
//! bytes.

use crate::Result;
use crate::peer::{Peer, timed};
use crate::task::SCALE;
use larder::__private::key::{combine, digest};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) struct Files {
    /// larder's files, by seed.
    read: Vec<PathBuf>,
    /// Where to write our own: 256 folders, as larder has.
    folders: Vec<PathBuf>,
    bytes: Vec<u8>,
}

impl Files {
    /// Finds the files of the calls with seeds up to `count`, which larder has made.
    pub(crate) fn new(cache: &Path, own: &Path, count: u64) -> Result<Self> {
        let read = locate(cache, count)?;
        let bytes = fs::read(&read[0])?;
        let folders: Vec<_> = (0..256).map(|n| own.join(format!("{n:02x}"))).collect();
        folders.iter().try_for_each(fs::create_dir_all)?;
        Ok(Self { read, folders, bytes })
    }

    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.read
    }
}

impl Peer for Files {
    fn name(&self) -> String {
        "std::fs".into()
    }

    fn hit(&mut self, seeds: &[u64]) -> Result<Duration> {
        timed(seeds, |seed| Ok(fs::read(&self.read[usize::try_from(seed)?])?))
    }

    fn miss(&mut self, seeds: &[u64]) -> Result<Duration> {
        // Ready-made, as for the reads. The odd factor spreads neighbours over all folders.
        let paths = seeds.iter().map(|seed| {
            let folder = &self.folders[usize::from((seed.wrapping_mul(151) & 255) as u8)];
            (folder.join(format!("{seed:064}.tmp")), folder.join(format!("{seed:064}")))
        });
        let mut paths = paths.collect::<Vec<_>>().into_iter();
        timed(seeds, |_| {
            let (temporary, path) = paths.next().ok_or("a path for each seed")?;
            let mut file = File::create_new(&temporary)?;
            file.write_all(&self.bytes)?;
            drop(file);
            Ok(fs::rename(&temporary, &path)?)
        })
    }
}

/// The files are named after the digest of the inputs, so no folder has to be listed.
fn locate(cache: &Path, count: u64) -> Result<Vec<PathBuf>> {
    let only = |folder: &Path| -> Result<PathBuf> {
        let mut found = fs::read_dir(folder)?;
        Ok(found.next().ok_or("larder has kept something")??.path())
    };
    let folder = fs::read_dir(cache.join("entries"))?
        .filter_map(std::result::Result::ok)
        .find(|folder| folder.file_name().to_string_lossy().starts_with("simulate-"))
        .ok_or("larder has a folder for the function")?
        .path();
    let example = only(&only(&folder)?)?;
    let example = example.file_name().ok_or("a file")?.to_string_lossy().into_owned();
    let (inputs, code) = example.split_once('-').ok_or("a file is named by inputs and code")?;
    let scale = digest(&SCALE)?;
    let path = |seed| {
        let name = combine(&[digest(&seed)?, scale]).to_string();
        let name = &name[..inputs.len()];
        Ok(folder.join(&name[..2]).join(format!("{name}-{code}")))
    };
    (0..count).map(path).collect()
}
