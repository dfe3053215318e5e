//! Items inside function bodies.

use larder::cache;

fn helper(x: u64) -> u64 {
    x + 901
}

#[cache]
pub fn own_helper(x: u64) -> u64 {
    fn helper(x: u64) -> u64 {
        x + 902
    }
    helper(x)
}

#[cache]
pub fn outer_helper(x: u64) -> u64 {
    helper(x)
}

#[cache]
pub fn own_import(x: u64) -> u64 {
    use crate::bodies::storage::fetch as get;
    get(x)
}

pub mod storage {
    pub fn fetch(x: u64) -> u64 {
        x + 903
    }
}

fn with_items(x: u64) -> u64 {
    const AMOUNT: u64 = 904;

    struct Accumulator {
        sum: u64,
    }

    impl Accumulator {
        fn push(&mut self, x: u64) {
            self.sum += under_body(x);
        }
    }

    let mut accumulator = Accumulator { sum: AMOUNT };
    accumulator.push(x);
    accumulator.sum
}

fn under_body(x: u64) -> u64 {
    x + 905
}

#[cache]
pub fn callee_items(x: u64) -> u64 {
    with_items(x)
}

#[cache]
pub fn own_macro(x: u64) -> u64 {
    macro_rules! thrice {
        ($x:expr) => {
            under_macro($x) * 3
        };
    }
    thrice!(x)
}

fn under_macro(x: u64) -> u64 {
    x + 906
}

/// It holds a cached function.
pub fn holder(x: u64) -> u64 {
    #[cache]
    fn held(x: u64) -> u64 {
        beside_held(x)
    }
    fn beside_held(x: u64) -> u64 {
        x + 907
    }
    held(x) + 908
}
