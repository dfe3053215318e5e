//! Impls of the standard library's traits.

use crate::check::check;
use crate::edit::{Edit, edit};
use crate::state::{State, Target};

const FILE: &str = "app/src/impls.rs";

#[test]
fn an_impl_of_a_foreign_trait_counts_where_its_type_is_reached() {
    check(&State::workspace(Target::Library), &edits());
}

pub(super) fn edits() -> Vec<Edit> {
    vec![
        edit("an operator").replace(FILE, "other.0 + 501", "other.0 + 1").changes(&["adds"]),
        edit("what happens when a value is dropped")
            .replace(FILE, "fetch_add(502", "fetch_add(1")
            .changes(&["guarded"]),
        edit("what a value dereferences to")
            .replace(FILE, "&self.0[1..]", "&self.0[2..]")
            .changes(&["derefs"]),
        edit("an iterator").replace(FILE, "self.0 + 503", "self.0 + 1").changes(&["iterates"]),
        edit("a conversion").replace(FILE, "/ 3 + 504", "/ 3 + 1").changes(&["converts"]),
        edit("a conversion to a type that nobody reaches").replace(FILE, "* 12 + 505", "* 12 + 1"),
        edit("how a value is displayed")
            .replace(FILE, "self.0 + 506", "self.0 + 1")
            .changes(&["labels"]),
        edit("how a value is parsed")
            .replace(FILE, "text.parse::<u64>()? + 507", "text.parse::<u64>()? + 1")
            .changes(&["parses"]),
        edit("how values are ordered")
            .replace(FILE, "other.0.cmp(&self.0)", "self.0.cmp(&other.0)")
            .changes(&["sorts"]),
        edit("a default").replace(FILE, "rounds: 508", "rounds: 1").changes(&["defaults"]),
        edit("another impl for a reached type")
            .replace(
                FILE,
                "static DROPPED",
                "impl std::ops::Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        self
    }
}

static DROPPED",
            )
            .changes(&["adds"]),
        edit("an impl for a type that nobody reaches").replace(
            FILE,
            "static DROPPED",
            "pub struct Debt(pub u64);

impl Add for Debt {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

static DROPPED",
        ),
        edit("an impl for a reached type is removed")
            .replace(
                FILE,
                "impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.fetch_add(502, Ordering::Relaxed);
    }
}
",
                "",
            )
            .changes(&["guarded"]),
        edit("a static that only an impl names")
            .replace(FILE, "AtomicU64::new(0)", "AtomicU64::new(1)")
            .changes(&["guarded"]),
    ]
}
