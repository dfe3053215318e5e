//! Traits, their impls and what bounds reach.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/traits.rs";

#[test]
fn an_impl_counts_where_its_type_or_a_bound_on_its_trait_is_reached() {
    check(&State::workspace(Target::Library), &edits());
}

#[expect(clippy::too_many_lines, reason = "a table is as long as it has rows")]
pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("a method of a trait")
            .replace(FILE, "self.0 + 401", "self.0 + 1")
            .changes(&["square_area", "square_doubled"]),
        edit("a default method")
            .replace(FILE, "self.area() * 2", "self.area() * 3")
            .changes(&["square_doubled"]),
        edit("an impl gets a method of its own instead of the default")
            .replace(
                FILE,
                "self.0 * self.0 + 401\n    }\n",
                "self.0 * self.0 + 401
    }

    fn doubled(&self) -> u64 {
        5
    }
",
            )
            .changes(&["square_doubled"]),
        edit("a method of the type itself hides that of the trait")
            .replace(
                FILE,
                "impl Area for Square",
                "impl Square {
    pub fn area(&self) -> u64 {
        6
    }
}

impl Area for Square",
            )
            .changes(&["square_area", "square_doubled"]),
        edit("that method of a type that nobody reaches").replace(FILE, "* 3 + 402", "* 3 + 1"),
        edit("an impl for a type that nobody reaches gets a default method of its own").replace(
            FILE,
            "* 3 + 402\n    }\n",
            "* 3 + 402\n    }\n\n    fn doubled(&self) -> u64 {\n        5\n    }\n",
        ),
        edit("an impl for a type that nobody reaches is removed").replace(
            FILE,
            "impl Area for Circle {
    fn area(&self) -> u64 {
        self.0 * self.0 * 3 + 402
    }
}
",
            "",
        ),
        edit("an impl for a new type that nobody reaches").replace(
            FILE,
            "pub struct Circle",
            "pub struct Dot;

impl Area for Dot {
    fn area(&self) -> u64 {
        0
    }
}

pub struct Circle",
        ),
        edit("an associated constant of a trait")
            .replace(FILE, "SIDES: u64 = 6", "SIDES: u64 = 7")
            .changes(&["sides"]),
        edit("a method beside an associated constant")
            .replace(FILE, "        403\n", "        1\n")
            .changes(&["units"]),
        // The types of an impl are part of its head, which its constants are reached through.
        edit("an associated type")
            .replace(FILE, "type Unit = u16", "type Unit = u32")
            .replace(FILE, "fn unit(&self) -> u16", "fn unit(&self) -> u32")
            .changes(&["units", "sides"]),
        edit("an impl of a trait in a bound")
            .replace(FILE, "        404\n", "        1\n")
            .changes(&["bounded"]),
        edit("another impl of a trait in a bound")
            .replace(
                FILE,
                "pub struct Cat;",
                "pub struct Cow;

impl Sound for Cow {
    fn pitch(&self) -> u64 {
        3
    }
}

pub struct Cat;",
            )
            .changes(&["bounded"]),
        edit("an impl of a trait in a bound is removed")
            .replace(
                FILE,
                "impl Sound for Cat {\n    fn pitch(&self) -> u64 {\n        405\n    }\n}\n",
                "",
            )
            .changes(&["bounded"]),
        edit("an impl of a supertrait of one in a bound")
            .replace(FILE, "        406\n", "        1\n")
            .changes(&["heavies"]),
        edit("an impl behind a trait object")
            .replace(FILE, "        407\n", "        1\n")
            .changes(&["dynamic"]),
        edit("the objects behind a trait object")
            .replace(FILE, "vec![Box::new(Cheap)]", "vec![Box::new(Cheap), Box::new(Cheap)]")
            .changes(&["dynamic"]),
        edit("an impl for a foreign type of a reached one")
            .replace(FILE, "coin.0 + 408", "coin.0 + 1")
            .changes(&["coins"]),
        edit("an impl for a foreign type of one that nobody reaches").replace(
            FILE,
            "note.0 + 409",
            "note.0 + 1",
        ),
        edit("an impl for all types")
            .replace(FILE, ".into() + 411", ".into() + 1")
            .changes(&["shouts"]),
        edit("an impl for a primitive type")
            .replace(FILE, "max(410)", "max(1)")
            .changes(&["clamps"]),
        edit("the signature of a method of a trait in a bound")
            .replace(
                FILE,
                "fn pitch(&self) -> u64;",
                "fn pitch(&self) -> u64\n    where\n        Self: Sized;",
            )
            .changes(&["bounded"]),
        edit("a trait that nobody reaches").replace(
            FILE,
            "pub trait Plan {",
            "pub trait Idle {
    fn cost(&self) -> u64 {
        1
    }
}

pub trait Plan {",
        ),
        edit("the order of impls").replace(
            FILE,
            "impl Sound for Dog {
    fn pitch(&self) -> u64 {
        404
    }
}

pub struct Cat;

impl Sound for Cat {
    fn pitch(&self) -> u64 {
        405
    }
}
",
            "impl Sound for Cat {
    fn pitch(&self) -> u64 {
        405
    }
}

pub struct Cat;

impl Sound for Dog {
    fn pitch(&self) -> u64 {
        404
    }
}
",
        ),
    ]
}
