//! Walks through what the database holds under a prefix, a page at a time.
//!
//! Between pages the catalog is free for others, and no page is large.

use std::vec;

use super::database::Pair;
use super::{Catalog, Unavailable};

const PAGE: usize = 512;

/// Keys and values under a prefix, in order; an error is the last item.
pub(super) struct Pairs<'a> {
    catalog: &'a Catalog,
    prefix: Vec<u8>,
    page: vec::IntoIter<Pair>,
    /// The last key of the page.
    after: Option<Vec<u8>>,
    done: bool,
}

impl<'a> Pairs<'a> {
    pub(super) fn new(catalog: &'a Catalog, prefix: Vec<u8>) -> Self {
        Self { catalog, prefix, page: Vec::new().into_iter(), after: None, done: false }
    }
}

impl Iterator for Pairs<'_> {
    type Item = Result<Pair, Unavailable>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(pair) = self.page.next() {
            return Some(Ok(pair));
        }
        if self.done {
            return None;
        }
        let page =
            self.catalog.with(|database| database.page(&self.prefix, self.after.as_deref(), PAGE));
        match page {
            Ok(page) => {
                self.done = page.len() < PAGE;
                self.after = page.last().map(|(key, _)| key.clone());
                self.page = page.into_iter();
                self.page.next().map(Ok)
            }
            Err(error) => {
                self.done = true;
                Some(Err(error))
            }
        }
    }
}
