//! Which directory is at our path now: it may have been removed, and another one created, by whoever
//! likes to.

use super::files::Root;
use super::{Store, layout};
use crate::error::{Error, Result};
use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

/// So long it is taken for granted that the directory is still at its path.
const MOMENT_US: u64 = 1_000;

impl Store {
    /// Changes when the directory turns out to be another one than before; zero while there is none.
    pub(crate) fn generation(&self) -> usize {
        self.current.load(Ordering::Relaxed)
    }

    /// Whether the directory that is in use was empty when it was opened here.
    pub(crate) fn is_new(&self) -> bool {
        let created = self.created.load(Ordering::Relaxed);
        created > 0 && created == self.generation()
    }

    /// Whether the directory at our path is the one that is in use.
    pub(crate) fn is_current(&self) -> bool {
        self.root().is_some_and(Root::is_current)
    }

    /// Whether `root` is still at our path, or was a moment ago. Asking costs as much as a twentieth of
    /// a miss, and nobody replaces a directory that often.
    pub(super) fn was_current(&self, root: &Root) -> bool {
        let now = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        let checked = self.checked.load(Ordering::Relaxed);
        if checked > 0 && now.saturating_sub(checked) < MOMENT_US {
            return true;
        }
        let current = root.is_current();
        self.checked.store(if current { now } else { 0 }, Ordering::Relaxed);
        current
    }

    #[inline]
    pub(super) fn root(&self) -> Option<&Root> {
        self.roots.get(self.current.load(Ordering::Acquire).checked_sub(1)?)
    }

    /// The directory that is at our path now, if there is one.
    pub(super) fn present(&self) -> Option<&Root> {
        let root = self.root().filter(|root| self.was_current(root));
        root.or_else(|| self.reopen(false).ok().filter(|there| *there).and_then(|_| self.root()))
    }

    pub(super) fn writable(&self) -> io::Result<&Root> {
        match self.root() {
            _ if self.read_only => Err(io::Error::new(
                io::ErrorKind::ReadOnlyFilesystem,
                "the cache is opened for reading only",
            )),
            Some(root) => Ok(root),
            None => self.renewed(),
        }
    }

    /// As [`writable`](Self::writable), and the directory that is at our path now.
    pub(super) fn current(&self) -> io::Result<&Root> {
        let root = self.writable()?;
        if root.is_current() { Ok(root) } else { self.renewed() }
    }

    /// The directory that is at our path now, which is created if it is missing.
    #[cold]
    fn renewed(&self) -> io::Result<&Root> {
        // What the system said is the cause that others meet too.
        self.reopen(true).map_err(Error::into_io)?;
        self.root().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Opens the directory that is at our path now, if it is not open already, and makes it if it is
    /// missing and `create` says so; `false` if there is none.
    pub(super) fn reopen(&self, create: bool) -> Result<bool> {
        let _one_at_a_time = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        if self.root().is_some_and(Root::is_current) {
            return Ok(true);
        }
        let mut created = false;
        if create {
            created = layout::prepare(&self.path, self.shared)?;
        } else if !layout::check(&self.path)? {
            return Ok(false);
        }
        let root = Root::open(&self.path, &self.session).map_err(|error| {
            Error::io(format_args!("open the cache in `{}`", self.path.display()), error)
        })?;
        if let Some(before) = self.root() {
            before.claims.close();
        }
        let count = self.current.load(Ordering::Acquire);
        self.roots.get_or_init(count, || root);
        if created {
            self.created.store(count + 1, Ordering::Relaxed);
        }
        self.current.store(count + 1, Ordering::Release);
        Ok(true)
    }
}
