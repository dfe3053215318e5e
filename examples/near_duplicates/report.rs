//! What was found, for people: the pairs that tell them most, and a count of everything else.

use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Lines in each list, at most.
const SHOWN: usize = 10;

/// How many different shingles two files have, and how many of them are in both.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Overlap {
    pub(crate) shared: usize,
    pub(crate) all: usize,
}

/// Two files that are nearly the same.
pub(crate) struct Pair {
    names: [PathBuf; 2],
    overlap: Overlap,
}

pub(crate) struct Report {
    /// Files with different content.
    pub(crate) distinct: usize,
    /// Files with the content of another.
    pub(crate) copies: usize,
    pub(crate) compared: usize,
    /// Names and reasons.
    pub(crate) left_out: Vec<(PathBuf, String)>,
    pub(crate) pairs: Vec<Pair>,
}

impl Overlap {
    /// The Jaccard similarity, rounded down: 100 only if nothing but comments and layout differs.
    pub(crate) fn percent(self) -> usize {
        100 * self.shared / self.all.max(1)
    }
}

impl Pair {
    pub(crate) fn new(a: &Path, b: &Path, overlap: Overlap) -> Self {
        let mut names = [a.to_owned(), b.to_owned()];
        names.sort_unstable();
        Self { names, overlap }
    }

    /// Whether it is likely that somebody copied this from elsewhere. Within a folder, and between
    /// two versions of a package, files are alike because they belong together.
    fn is_far_apart(&self) -> bool {
        let [a, b] = &self.names;
        home(a) != home(b)
    }
}

/// The first folder on the way to the file, without the version that packages have in their name.
fn home(name: &Path) -> &str {
    let folder = name.parent().and_then(|folder| folder.iter().next());
    let folder = folder.and_then(|folder| folder.to_str()).unwrap_or_default();
    let is_version = |(at, _): &(usize, &str)| {
        folder[at + 1..].starts_with(|first: char| first.is_ascii_digit())
    };
    folder.match_indices('-').find(is_version).map_or(folder, |(at, _)| &folder[..at])
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { distinct, copies, compared, .. } = self;
        write!(f, "different files: {distinct}, copies of them: {copies}, ")?;
        write!(f, "long enough to compare: {compared}")?;
        write_left_out(f, &self.left_out)?;
        write!(f, "\npairs that are nearly the same: {}", self.pairs.len())?;
        f.write_str(" (by the share of runs of five tokens that both files have)")?;
        let (far, near): (Vec<_>, Vec<_>) = self.pairs.iter().partition(|pair| pair.is_far_apart());
        write_families(f, "Between folders", far)?;
        write_families(f, "Within a folder or between versions", near)
    }
}

fn write_left_out(f: &mut fmt::Formatter<'_>, left_out: &[(PathBuf, String)]) -> fmt::Result {
    if left_out.is_empty() {
        return Ok(());
    }
    let mut left_out: Vec<_> = left_out.iter().collect();
    left_out.sort_unstable();
    write!(f, "\nleft out: {}", left_out.len())?;
    for (name, reason) in left_out.iter().take(SHOWN) {
        write!(f, "\n  {}: {reason}", name.display())?;
    }
    write_more(f, left_out.len())
}

/// One pair for each family, since every pair of a large one would say the same again.
fn write_families(f: &mut fmt::Formatter<'_>, title: &str, mut pairs: Vec<&Pair>) -> fmt::Result {
    if pairs.is_empty() {
        return Ok(());
    }
    pairs.sort_by_key(|pair| (Reverse(pair.overlap.shared), &pair.names));
    let families = families(&pairs);
    write!(f, "\n\n{title}:")?;
    for (Pair { names: [a, b], overlap }, more) in families.iter().take(SHOWN) {
        write!(f, "\n{:>4} % of {:>6}  {}", overlap.percent(), overlap.all, a.display())?;
        write!(f, "\n{:17}{}", "", b.display())?;
        if *more > 0 {
            write!(f, " and {more} more")?;
        }
    }
    write_more(f, families.len())
}

fn write_more(f: &mut fmt::Formatter<'_>, all: usize) -> fmt::Result {
    if all > SHOWN { write!(f, "\n  and {} more", all - SHOWN) } else { Ok(()) }
}

/// The first pair of each group of files that pairs connect, and how many files it has besides.
fn families<'a>(pairs: &[&'a Pair]) -> Vec<(&'a Pair, usize)> {
    let mut leaders: HashMap<&Path, &Path> = HashMap::new();
    for Pair { names: [a, b], .. } in pairs {
        let (a, b) = (leader(&leaders, a), leader(&leaders, b));
        if a != b {
            leaders.insert(b, a);
        }
    }
    let mut followers: HashMap<&Path, usize> = HashMap::new();
    for file in leaders.keys() {
        *followers.entry(leader(&leaders, file)).or_default() += 1;
    }
    // Whoever is first takes the family out of the map; the leader's one follower is in the pair.
    let first = |pair: &&'a Pair| {
        let followers = followers.remove(leader(&leaders, &pair.names[0]))?;
        Some((*pair, followers - 1))
    };
    pairs.iter().filter_map(first).collect()
}

fn leader<'a>(leaders: &HashMap<&'a Path, &'a Path>, file: &'a Path) -> &'a Path {
    let mut leader = file;
    while let Some(next) = leaders.get(leader) {
        leader = next;
    }
    leader
}
