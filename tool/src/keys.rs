//! The results that a person names, and short names for them.

use crate::failure::Failure;
use crate::functions;
use crate::output::clean;
use crate::units;
use larder::{Cache, Inventory, StoredEntry};
use std::collections::HashMap;
use std::time::SystemTime;

/// So many hex digits of the inputs stand for a key.
const SHORT: usize = 12;
/// So many of the code follow where those are not enough.
const SHORT_CODE: usize = 8;

/// The first digits of a key's inputs, as a number.
fn start(entry: &StoredEntry) -> u128 {
    entry.inputs() >> (128 - 4 * SHORT)
}

/// So many candidates are listed for what may be many.
const CANDIDATES: usize = 10;

/// The key that `text` means.
pub(crate) fn the_one(cache: &Cache, text: &str) -> Result<String, Failure> {
    // The library takes such a text for the beginning of all keys, which nobody means who names one.
    if !names_one(text) {
        return Err(Failure::usage(format_args!(
            "`{}` is no key, as it has none of the digits of one: `larder ls` lists them",
            clean(text)
        )));
    }
    let mut found = cache
        .find(text)
        .map_err(|error| of_function(cache, text).unwrap_or_else(|| error.into()))?;
    match found.len() {
        0 => Err(of_function(cache, text).unwrap_or_else(|| {
            Failure::no(format_args!(
                "there is no result `{}`: `larder ls` lists those that there are",
                clean(text)
            ))
        })),
        1 => Ok(found.remove(0)),
        many => {
            let now = SystemTime::now();
            let candidates = cache.details_of(&found[..many.min(CANDIDATES)]);
            let lines = candidates.into_iter().zip(&found).map(|(details, key)| {
                let (folder, file) = key.split_once('/').unwrap_or_default();
                let (inputs, code) = file.split_once('-').unwrap_or_default();
                let digits = text
                    .rsplit('/')
                    .next()
                    .map_or(0, |text| text.split('-').next().map_or(0, str::len));
                let short = &inputs[..digits.max(SHORT).min(inputs.len())];
                let name = format!("{short}-{}", code.get(..SHORT_CODE).unwrap_or(code));
                match details {
                    Ok(details) => format!(
                        "{name}  {}({})  {}",
                        clean(&details.function),
                        clean(&details.inputs),
                        units::ago(details.created, now)
                    ),
                    Err(_) => format!("{name}  {folder}"),
                }
            });
            let mut lines: Vec<_> = lines.collect();
            if many > CANDIDATES {
                lines.push(format!("and {} more", many - CANDIDATES));
            }
            Err(Failure::usage(format_args!(
                "`{}` may be any of these; give more of it:",
                clean(text)
            ))
            .with(lines))
        }
    }
}

/// What is wrong with a key that is the name of a function, if it is.
fn of_function(cache: &Cache, text: &str) -> Option<Failure> {
    let inventory = cache.inventory().ok()?;
    let is_one = inventory.functions.iter().any(|function| functions::is_called(function, text));
    is_one.then(|| {
        Failure::usage(format_args!(
            "`{0}` is a function and no key: `larder ls {0}` lists the keys of its results",
            clean(text)
        ))
    })
}

/// Whether there is at least one digit of a key in `text`, and not only a folder or a mark between.
pub(crate) fn names_one(text: &str) -> bool {
    let file = text.rsplit('/').next().unwrap_or_default();
    file.split('-').next().is_some_and(|inputs| !inputs.is_empty())
}

/// Whether `text`, the beginning of a key, may mean this one.
pub(crate) fn may_mean(text: &str, key: &str) -> bool {
    let (folder, file) = key.split_once('/').unwrap_or(("", key));
    let (inputs, code) = file.split_once('-').unwrap_or((file, ""));
    let (in_folder, rest) = text.rsplit_once('/').unwrap_or(("", text));
    let rest = rest.to_ascii_lowercase();
    let (first, second) = rest.split_once('-').unwrap_or((&rest, ""));
    folder.starts_with(in_folder) && inputs.starts_with(first) && code.starts_with(second)
}

/// Short names for some results, each of which means one in all of the directory.
pub(crate) struct ShortNames(HashMap<u128, usize>);

impl ShortNames {
    pub(crate) fn new<'a>(
        inventory: &Inventory,
        shown: impl IntoIterator<Item = &'a StoredEntry>,
    ) -> Self {
        let mut counts: HashMap<_, _> = shown.into_iter().map(|entry| (start(entry), 0)).collect();
        let entries = inventory.functions.iter().flat_map(|function| &function.entries);
        for entry in entries {
            if let Some(count) = counts.get_mut(&start(entry)) {
                *count += 1;
            }
        }
        Self(counts)
    }

    pub(crate) fn of(&self, entry: &StoredEntry) -> String {
        let short = format!("{:0SHORT$x}", start(entry));
        match self.0.get(&start(entry)) {
            Some(0 | 1) => short,
            _ => format!("{short}-{:0SHORT_CODE$x}", entry.code() >> (64 - 4 * SHORT_CODE)),
        }
    }
}
