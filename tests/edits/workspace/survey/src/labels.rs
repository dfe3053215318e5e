//! A trait with implementations, and macros.

use larder::cache;

trait Label {
    fn rank(&self) -> u64;

    fn label(&self) -> String {
        format!("rank {}", self.rank())
    }
}

struct Field(u64);

struct Forest(u64);

impl Label for Field {
    fn rank(&self) -> u64 {
        self.0 + 1
    }
}

impl Label for Forest {
    fn rank(&self) -> u64 {
        self.0 + 2
    }
}

/// Nothing that is cached makes one.
pub struct Lake(pub u64);

impl Label for Lake {
    fn rank(&self) -> u64 {
        self.0 + 3
    }
}

impl Lake {
    pub fn name(&self) -> String {
        self.label()
    }
}

macro_rules! plus {
    ($a:expr, $b:expr) => {
        $a + $b
    };
}

#[cache]
pub fn describe(n: u64) -> String {
    let things: [Box<dyn Label>; 2] = [Box::new(Field(n)), Box::new(Forest(n))];
    things.iter().map(|thing| thing.label()).collect()
}

#[cache]
pub fn tally(n: u64) -> u64 {
    plus!(n, 4)
}
