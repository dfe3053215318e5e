//! What a disk may hold after a power cut, given what was done before and in which order.
//!
//! The rules are weaker than those of common file systems, so what holds here holds there. Bytes of a
//! file that were not brought to the disk may be there up to any point, and be zeros from any point
//! on. A name that a folder got or lost since it was last brought to the disk may be there or not,
//! whatever became of other names; a rename is two names, of which either may have changed alone.

use larder::__private::faults::Operation;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Component, Path};

/// A file or a folder, which may have several names or none.
type Node = usize;

#[derive(Debug, Clone)]
enum Kind {
    Folder,
    File { now: Vec<u8>, safe: Vec<u8> },
}

/// What was done, and how much of it is on the disk for sure.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    nodes: Vec<Kind>,
    numbers: HashMap<u64, Node>,
    /// What the names in a folder lead to: first what the disk has for sure, last what was done last.
    names: BTreeMap<(Node, String), Vec<Option<Node>>>,
}

/// Something that the power cut decides, by picking one of several outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open<'a> {
    Name(&'a (Node, String)),
    Bytes(Node),
}

const ROOT: Node = 0;

impl Disk {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![Kind::Folder], numbers: HashMap::new(), names: BTreeMap::new() }
    }

    pub(crate) fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::NewFile(number) => {
                let node = self.add(Kind::File { now: Vec::new(), safe: Vec::new() });
                self.numbers.insert(*number, node);
            }
            Operation::Name(number, path) => {
                let node = self.numbers[number];
                self.name(path, Some(node));
            }
            Operation::Write(number, bytes) => self.file(*number).0.extend_from_slice(bytes),
            Operation::Cut(number, length) => {
                let length = usize::try_from(*length).expect("it is small");
                self.file(*number).0.truncate(length);
            }
            Operation::Sync(number) => {
                let (now, safe) = self.file(*number);
                safe.clone_from(now);
            }
            Operation::Rename(from, to) => {
                let node = self.find(from).expect("what is renamed is there");
                self.name(to, Some(node));
                self.name(from, None);
            }
            Operation::NewFolder(path) => {
                let node = self.add(Kind::Folder);
                self.name(path, Some(node));
            }
            Operation::SyncFolder(path) => {
                let folder = self.find(path).expect("what is synced is there");
                for ((of, _), states) in &mut self.names {
                    if *of == folder {
                        states.drain(..states.len() - 1);
                    }
                }
            }
            Operation::Remove(path) => self.name(path, None),
            Operation::Mark(_) => {}
        }
    }

    fn add(&mut self, kind: Kind) -> Node {
        self.nodes.push(kind);
        self.nodes.len() - 1
    }

    fn file(&mut self, number: u64) -> (&mut Vec<u8>, &mut Vec<u8>) {
        match &mut self.nodes[self.numbers[&number]] {
            Kind::File { now, safe } => (now, safe),
            Kind::Folder => panic!("a folder is written to"),
        }
    }

    fn name(&mut self, path: &Path, node: Option<Node>) {
        let folder = self.find(path.parent().expect("a name")).expect("its folder is there");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        self.names.entry((folder, name)).or_insert_with(|| vec![None]).push(node);
    }

    /// What is at a path, to those who live before the power cut.
    fn find(&self, path: &Path) -> Option<Node> {
        path.components().try_fold(ROOT, |folder, component| match component {
            Component::Normal(name) => {
                let key = (folder, name.to_string_lossy().into_owned());
                *self.names.get(&key)?.last()?
            }
            _ => Some(folder),
        })
    }

    /// All that the power cut decides, with how many outcomes each has.
    fn open(&self) -> Vec<(Open<'_>, usize)> {
        let names = self.names.iter().map(|(key, states)| (Open::Name(key), states.len()));
        let bytes =
            (0..self.nodes.len()).map(|node| (Open::Bytes(node), self.contents(node).len()));
        names.chain(bytes).filter(|(_, outcomes)| *outcomes > 1).collect()
    }

    /// What may be found in a file: all of it last. Of the places where bytes may end or turn into
    /// zeros, some stand for all.
    fn contents(&self, node: Node) -> Vec<Vec<u8>> {
        let Kind::File { now, safe } = &self.nodes[node] else { return Vec::new() };
        if now == safe {
            return vec![now.clone()];
        }
        let (start, end) = (safe.len().min(now.len()), now.len());
        let middle = start.midpoint(end);
        let zeros_from = |from: usize| [&now[..from], &vec![0; end - from]].concat();
        let mut contents = vec![safe.clone(), now[..middle].to_vec(), now[..end - 1].to_vec()];
        contents.extend([zeros_from(start), zeros_from(middle), zeros_from(end - 1), now.clone()]);
        contents
    }

    /// What a power cut may pick now, each to be [built](Self::build): all there is if that is no more
    /// than `most`; else nothing and everything that was not safe, and in turn one thing that differs
    /// from these, and a mixture, as `random` has it.
    pub(crate) fn outcomes(
        &self,
        most: usize,
        mut random: impl FnMut(usize) -> usize,
    ) -> Vec<Vec<usize>> {
        let open = self.open();
        let all = open.iter().try_fold(1_usize, |all, (_, outcomes)| all.checked_mul(*outcomes));
        if let Some(all) = all.filter(|all| *all <= most) {
            let pick = |mut index: usize| {
                let pick = |(_, outcomes): &(Open<'_>, usize)| {
                    let one = index % outcomes;
                    index /= outcomes;
                    one
                };
                open.iter().map(pick).collect()
            };
            return (0..all).map(pick).collect();
        }
        let nothing = vec![0; open.len()];
        let everything: Vec<_> = open.iter().map(|(_, outcomes)| outcomes - 1).collect();
        let mut picked = vec![nothing, everything];
        while picked.len() < most {
            let one = if picked.len().is_multiple_of(2) {
                let mut one = picked[random(2)].clone();
                let index = random(open.len());
                one[index] = random(open[index].1);
                one
            } else {
                open.iter().map(|(_, outcomes)| random(*outcomes)).collect()
            };
            picked.push(one);
        }
        picked
    }

    /// Puts one outcome into an empty directory.
    pub(crate) fn build(&self, outcome: &[usize], directory: &Path) {
        let picks: Vec<_> = self.open().into_iter().map(|(open, _)| open).zip(outcome).collect();
        self.build_folder(ROOT, &picks, directory);
    }

    fn build_folder(&self, folder: Node, picks: &[(Open<'_>, &usize)], directory: &Path) {
        let pick =
            |open: Open<'_>| picks.iter().find(|(one, _)| *one == open).map(|(_, pick)| **pick);
        let from = (folder, String::new());
        for (key, states) in self.names.range(from..).take_while(|((of, _), _)| *of == folder) {
            let state = pick(Open::Name(key)).map_or(states.last(), |pick| states.get(pick));
            let Some(node) = state.copied().flatten() else { continue };
            let path = directory.join(&key.1);
            if matches!(self.nodes[node], Kind::Folder) {
                fs::create_dir(&path).expect("a new folder");
                self.build_folder(node, picks, &path);
            } else {
                let contents = self.contents(node);
                let content = &contents[pick(Open::Bytes(node)).unwrap_or(contents.len() - 1)];
                fs::write(&path, content).expect("a new file");
            }
        }
    }
}
