//! Methods of types.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/methods.rs";

#[test]
fn a_method_counts_where_its_name_and_its_type_are_reached() {
    check(&State::workspace(Target::Library), &edits());
}

#[expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]
pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("a method")
            .replace(FILE, "self.n + Self::STEP + self.raw()", "self.n * Self::STEP + self.raw()")
            .changes(&["meters"]),
        edit("an associated constant")
            .replace(FILE, "STEP: u64 = 2", "STEP: u64 = 4")
            .changes(&["meters"]),
        edit("a method that a method calls on itself")
            .replace(FILE, "Self::adjust(self.n)", "Self::adjust(self.n) + 1")
            .changes(&["meters"]),
        edit("a function that a method calls on its type")
            .replace(FILE, "n + 301", "n + 1")
            .changes(&["meters"]),
        edit("a method of that name on another type")
            .replace(FILE, "self.n * 7", "self.n * 8")
            .changes(&["gauges"]),
        edit("a constructor of another type")
            .replace(
                FILE,
                "Self { n }
    }

    pub fn read(&self) -> u64 {
        self.n * 7",
                "Self { n: n + 1 }
    }

    pub fn read(&self) -> u64 {
        self.n * 7",
            )
            .changes(&["gauges"]),
        edit("a method of a reached type that nobody calls").replace(
            FILE,
            "        302\n",
            "        1\n",
        ),
        edit("an associated constant that nobody names").replace(
            FILE,
            "SPARE: u64 = 3",
            "SPARE: u64 = 4",
        ),
        edit("another method of a reached type").replace(
            FILE,
            "    fn raw(&self)",
            "    pub fn unread(&self) -> u64 {\n        7\n    }\n\n    fn raw(&self)",
        ),
        edit("a type is added that has a method of a called name").replace(
            FILE,
            "pub struct Gauge {",
            "pub struct Dial;

impl Dial {
    pub fn read(&self) -> u64 {
        5
    }
}

pub struct Gauge {",
        ),
        edit("a method in another file than its type")
            .replace("app/src/methods/extension.rs", "self.n + 307", "self.n + 1")
            .changes(&["extended"]),
        edit("a method of a type that only a field names")
            .replace(FILE, "        303\n", "        1\n")
            .changes(&["chained"]),
        edit("another method of a type that only a field names").replace(
            FILE,
            "        304\n",
            "        1\n",
        ),
        edit("what a cached method calls")
            .replace(FILE, "        305\n", "        1\n")
            .changes(&["weigh"]),
        edit("the body of a cached method")
            .replace(FILE, "self.factor * x + self.bias()", "self.factor + x + self.bias()")
            .changes(&["weigh"]),
        edit("a constant of a cached method's type")
            .replace(FILE, "TARE: u64 = 306", "TARE: u64 = 1")
            .changes(&["net"]),
        edit("the type that a cached method takes")
            .replace(FILE, "pub factor: u64,", "pub factor: u64,\n    pub unit: u8,")
            .changes(&["weigh", "net"]),
        edit("another method beside cached ones").replace(
            FILE,
            "    const TARE",
            "    pub fn gross(x: u64) -> u64 {\n        x + 9\n    }\n\n    const TARE",
        ),
        edit("the order of methods").replace(
            FILE,
            "    pub fn run(&self) -> u64 {
        303
    }

    pub fn halt(&self) -> u64 {
        304
    }
",
            "    pub fn halt(&self) -> u64 {
        304
    }

    pub fn run(&self) -> u64 {
        303
    }
",
        ),
    ]
}
