//! Why results were computed, as files and records tell: for somebody who looks at a directory, whose
//! program need not exist any more. Who has the program asks `f::why`, which goes by the same rules.

use super::code_state::CodeState;
use super::details::{missing, split};
use super::inquiry::{
    Asked, Name, REDACTED, Sources, described, difference, how, nearest, other_code,
    other_type_arguments, removed,
};
use super::on_record::OnRecord;
use super::why::{Removal, Why};
use super::{Cache, Disk, since_epoch, time};
use crate::catalog::{Catalog, Past, journalled_removals};
use crate::entry::Header;
use crate::error::Result;
use crate::store::Folder;
use std::time::SystemTime;

/// A result that was removed: see [`Cache::removed`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemovedEntry {
    /// `<function>-<id>/<inputs>-<code>`: the names that its folder and file had in `entries`.
    pub key: String,
    /// How it was removed.
    pub how: Removal,
    /// When, or when it was found to be gone.
    pub when: SystemTime,
}

impl Cache {
    /// Why the result of this [key](crate::EntryInfo::key) was computed when it was; if it is not there,
    /// what became of it.
    ///
    /// The answer is one of those of `f::why`, seen from then: what counts are earlier results that are
    /// there still, and removals that are on record. So it tells less as time goes by:
    /// [`NeverComputed`](Why::NeverComputed) means that there is no sign of an earlier call. While another
    /// process has the catalog open, removals are known from journals alone.
    ///
    /// # Errors
    ///
    /// As [`details`](Self::details), but for a result that is known to have been removed.
    ///
    /// ```
    /// use larder::{Cache, cache, with_cache};
    ///
    /// #[cache]
    /// fn simulate(seed: u64, steps: usize) -> u64 {
    ///     seed + steps as u64
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let cache = Cache::open(directory.path())?;
    /// with_cache(&cache, || {
    ///     simulate(7, 1000);
    ///     simulate(7, 2000);
    /// });
    /// let later = cache.entries()?.find(|entry| entry.inputs.contains("2000")).unwrap();
    /// assert_eq!(
    ///     cache.why_computed(&later.key)?.to_string(),
    ///     "never computed with these inputs; \
    ///      the nearest earlier call (`seed: 7, steps: 1000`) differs in `steps`",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn why_computed(&self, key: &str) -> Result<Why> {
        let (folder, file) = split(key)?;
        let disk = self.inner.disk.as_ref().ok_or_else(|| missing(key))?;
        if disk.store.is_gone(folder, file) {
            let past = self.past_of(disk, folder, file, None);
            return removed(&past).ok_or_else(|| missing(key));
        }
        let (_, header) = self.whole(key, |header, _| header)?;
        let past = self.past_of(disk, folder, file, Some(header.created_ns));
        Ok(removed(&past).unwrap_or_else(|| explain(disk, folder, &header, &past)))
    }

    /// The last results that were removed: at most 10,000. While another process has the catalog open,
    /// and where this cache may not write, those that journals tell of, which are the latest.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path())?;
    /// let removed = cache.removed();
    /// assert!(removed.records.is_empty() && removed.incomplete.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn removed(&self) -> OnRecord<RemovedEntry> {
        let Some(disk) = &self.inner.disk else {
            return OnRecord { records: Vec::new(), incomplete: None };
        };
        let (gone, incomplete) = match self.inner.ask_catalog(disk, Catalog::removed) {
            Ok(gone) => (gone, None),
            Err(reason) => (journalled_removals(disk.store.path()), reason),
        };
        let entries = gone.into_iter().filter_map(|(folder, file, gone, when_ns)| {
            // A later result of the same key may be there.
            disk.store.is_gone(&folder, &file).then(|| RemovedEntry {
                key: format!("{folder}/{file}"),
                how: how(gone),
                when: time(when_ns),
            })
        });
        let mut records: Vec<_> = entries.collect();
        records.sort_by(|a, b| (b.when, &a.key).cmp(&(a.when, &b.key)));
        OnRecord { records, incomplete }
    }

    /// What became of a result that is not there, or of those before one that was created at this time.
    fn past_of(&self, disk: &Disk, folder: &str, file: &str, created_ns: Option<u64>) -> Past {
        let journalled = || {
            let before = created_ns.unwrap_or_else(|| since_epoch(SystemTime::now()));
            Past::journalled(disk.store.path(), folder, file, before)
        };
        let past = self.inner.ask_catalog(disk, |catalog| match created_ns {
            Some(created_ns) => catalog.past_before(folder, file, created_ns),
            None => catalog.past(folder, file),
        });
        past.unwrap_or_else(|_| journalled())
    }
}

impl CodeState {
    /// What is different from an earlier state of the same function's code:
    /// [`OtherVersion`](Why::OtherVersion) or [`CodeChanged`](Why::CodeChanged).
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// for function in cache.inventory()?.functions {
    ///     let states = cache.code_states(&function.folder)?;
    ///     for (after, before) in states.iter().zip(&states[1..]) {
    ///         println!("{}: {}", function.name, after.changes_since(before));
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn changes_since(&self, before: &Self) -> Why {
        if before.version != self.version {
            return Why::OtherVersion { before: before.version, now: self.version };
        }
        Why::CodeChanged { changes: super::changes::between(&before.items, &self.items) }
    }
}

/// Why a result was computed that nothing was removed before.
fn explain(disk: &Disk, folder: &str, header: &Header, past: &Past) -> Why {
    let store = &disk.store;
    let known = described(store, folder, &Folder::code_name(&header.key.code));
    let names = names_in(&header.printed, header.arguments.len());
    let names: Vec<_> =
        names.iter().map(|(text, redacted)| Name { text, redacted: *redacted }).collect();
    let (path, type_arguments) = match header.function.split_once('<') {
        Some((path, rest)) => (path, rest.strip_suffix('>').unwrap_or(rest)),
        None => (&*header.function, ""),
    };
    let asked = Asked {
        folder,
        key: header.key,
        package: known.as_ref().map_or("", |known| &known.package),
        path,
        type_arguments,
        arguments: &header.arguments,
        names: &names,
        before_ns: header.created_ns,
    };
    if let Some(before) = other_code(store, &asked) {
        return match (&known, &before) {
            (Some(known), Ok(before)) => {
                difference(Some(before), known.version, || known.code.clone())
            }
            // Of one of the two only the digest is known.
            _ => Why::CodeChanged { changes: Vec::new() },
        };
    }
    other_type_arguments(store, &asked).unwrap_or_else(|| Why::NeverComputed {
        nearest: nearest(store, &asked, Sources::Everything.looked_at()),
        cleared: past.cleared_ns.map(time),
    })
}

/// The names of the inputs, by how they are printed, and whether each is redacted. What is not printed
/// (as there was no room, or since it is a variable of the environment) goes by its number.
fn names_in(printed: &str, count: usize) -> Vec<(String, bool)> {
    let mut names: Vec<_> = fields(printed)
        .into_iter()
        .take(count)
        .map(|(name, value)| (name.to_owned(), value == REDACTED))
        .collect();
    for number in names.len() + 1..=count {
        names.push((format!("input {number}"), false));
    }
    names
}

/// The names and values in `seed: 7, name: "a, b: c", size: Size { x: 1 }`.
fn fields(printed: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = printed;
    while let Some((name, after)) = rest.split_once(": ") {
        let plain = |c: char| c.is_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(plain) {
            break;
        }
        let end = end_of_value(after);
        found.push((name, &after[..end]));
        rest = after[end..].strip_prefix(", ").unwrap_or_default();
    }
    found
}

/// Where a value ends that is followed by others: at a comma that is in no brackets and no quotes.
fn end_of_value(text: &str) -> usize {
    let (mut depth, mut quote, mut escaped) = (0usize, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_named_as_they_are_printed() {
        let check = |printed: &str, expected: &[(&str, &str)]| {
            assert_eq!(fields(printed), expected, "{printed}");
        };
        check("", &[]);
        check("seed: 7", &[("seed", "7")]);
        check(
            "a: (1, 2), b: [3, 4, … 9 more], c: P { x: 1, y: 2 }",
            &[("a", "(1, 2)"), ("b", "[3, 4, … 9 more]"), ("c", "P { x: 1, y: 2 }")],
        );
        check(
            r#"name: "a, b: \"c", x: ',', y: "}", z: <redacted>"#,
            &[("name", r#""a, b: \"c""#), ("x", "','"), ("y", r#""}""#), ("z", "<redacted>")],
        );
        check("no names here", &[]);
    }

    #[test]
    fn inputs_that_are_not_printed_go_by_their_numbers() {
        let names = names_in("a: 1, key: <redacted>", 4);
        let expected = [("a", false), ("key", true), ("input 3", false), ("input 4", false)];
        assert!(names.iter().map(|(name, redacted)| (&**name, *redacted)).eq(expected));
        assert_eq!(names_in("a: 1, b: 2", 1).len(), 1);
    }
}
