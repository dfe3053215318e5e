//! What callers may bring, and what declarations tell of a receiver.

use std::collections::BTreeMap;
use std::ops::Index;

use larder::cache;

pub trait Sink {
    fn sink(&self) -> u64;
}

pub trait Part {
    fn part(&self) -> u64;
}

pub struct Wrap<T>(T);

impl<T: Part> Sink for Wrap<T> {
    fn sink(&self) -> u64 {
        self.0.part() + 1701
    }
}

pub struct Grain;

impl Part for Grain {
    fn part(&self) -> u64 {
        1702
    }
}

pub trait Probe {
    fn probe(&self) -> u64;
}

pub struct Quick;

impl Probe for Quick {
    fn probe(&self) -> u64 {
        1703
    }
}

pub struct Deep {
    probe: Box<dyn Probe>,
}

impl Sink for Deep {
    fn sink(&self) -> u64 {
        self.probe.probe()
    }
}

#[cache]
pub fn opens<S: Sink>(sink: &S) -> u64 {
    sink.sink()
}

pub struct Key(pub usize);

macro_rules! keyed {
    ($key:ident, $iter:ident) => {
        pub struct $iter(pub usize);

        impl<T> Index<$key> for Shelf<T> {
            type Output = T;

            fn index(&self, key: $key) -> &T {
                &self.0[key.0 % 1704]
            }
        }
    };
}

pub struct Shelf<T>(pub Vec<T>);

keyed!(Key, KeyIter);

#[cache]
pub fn by_key(shelf: u64) -> u64 {
    Shelf(vec![shelf])[Key(0)]
}

pub struct Store {
    names: BTreeMap<u64, String>,
}

impl Store {
    pub fn insert(&mut self, key: u64) -> u64 {
        self.names.insert(key, key.to_string());
        1705
    }
}

pub trait Tally {
    fn tally(&self) -> u64;
}

impl Tally for Vec<u64> {
    fn tally(&self) -> u64 {
        1706
    }
}

pub struct Ledger {
    entries: Vec<u64>,
    names: BTreeMap<u64, u64>,
    store: Option<Store>,
}

#[cache]
impl Ledger {
    #[cache]
    pub fn counted(&self) -> u64 {
        self.entries.tally()
    }

    #[cache]
    pub fn named(&self) -> u64 {
        let mut names: BTreeMap<u64, u64> = self.names.clone();
        names.insert(1, 2);
        let mut seen = BTreeMap::new();
        seen.insert(1, 2);
        names.len() as u64
    }
}

#[cache]
pub fn declared(entries: &Vec<u64>) -> u64 {
    entries.tally()
}

#[cache]
pub fn stored(key: u64) -> u64 {
    let mut store = Store { names: BTreeMap::new() };
    store.insert(key)
}

#[cache]
pub fn beside_a_store(store: &Store, names: &BTreeMap<u64, u64>) -> u64 {
    let mut copy: BTreeMap<u64, u64> = names.clone();
    copy.insert(1, store.names.len() as u64);
    copy.len() as u64
}

pub struct Mass(pub u64);

pub struct Volume(pub u64);

pub struct Ounces(pub u64);

impl From<Ounces> for Mass {
    fn from(ounces: Ounces) -> Self {
        Self(ounces.0 + 1707)
    }
}

pub struct Pounds(pub u64);

impl TryFrom<Pounds> for Mass {
    type Error = u64;

    fn try_from(pounds: Pounds) -> Result<Self, u64> {
        Ok(Self(pounds.0 + 1708))
    }
}

impl From<Ounces> for Volume {
    fn from(ounces: Ounces) -> Self {
        Self(ounces.0 + 1709)
    }
}

#[cache]
pub fn made_into<M: Into<Mass>>(mass: M) -> u64 {
    mass.into().0
}

#[cache]
pub fn perhaps_made_into(mass: impl TryInto<Mass>) -> u64 {
    mass.try_into().map_or(0, |mass| mass.0)
}

pub trait Holds {
    type Item;

    fn held(self) -> Vec<Self::Item>;
}

impl<T> Holds for Vec<T> {
    type Item = T;

    fn held(self) -> Vec<T> {
        self
    }
}

#[cache]
pub fn sums_held<H: Holds<Item: Part>>(holds: H) -> u64 {
    holds.held().iter().map(Part::part).sum()
}

#[cache]
pub fn probes_all<H>(holds: H) -> u64
where
    H: Holds<Item = Box<dyn Probe>>,
{
    holds.held().iter().map(|probe| probe.probe()).sum()
}
