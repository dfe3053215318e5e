//! Macros in expressions.

use larder::cache;

macro_rules! add_one {
    ($x:expr) => {
        plus($x, 1)
    };
}

fn plus(x: u64, y: u64) -> u64 {
    x + y + 701
}

#[cache]
pub fn by_macro(x: u64) -> u64 {
    add_one!(x)
}

macro_rules! add_two {
    ($x:expr) => {
        add_one!(add_one!($x))
    };
}

#[cache]
pub fn by_nested_macro(x: u64) -> u64 {
    add_two!(x)
}

pub fn anchored(x: u64) -> u64 {
    x + 702
}

macro_rules! with_crate {
    ($x:expr) => {
        $crate::macros::anchored($x)
    };
}

#[cache]
pub fn by_crate_macro(x: u64) -> u64 {
    with_crate!(x)
}

pub struct Dial(u64);

impl Dial {
    fn turn(&self) -> u64 {
        self.0 + 703
    }

    pub fn stop(&self) -> u64 {
        self.0 + 704
    }
}

macro_rules! call_method {
    ($value:expr, $method:ident) => {
        $value.$method()
    };
}

#[cache]
pub fn by_method_name(x: u64) -> u64 {
    call_method!(Dial(x), turn)
}

fn site(x: u64) -> u64 {
    x + 705
}

#[cache]
pub fn by_call_site(x: u64) -> u64 {
    calls_site!(x)
}

fn rendered(x: u64) -> u64 {
    x + 706
}

fn element(x: u64) -> u64 {
    x + 707
}

#[cache]
pub fn by_arguments(x: u64) -> String {
    let list = vec![element(x), 2];
    format!("{} {list:?}", rendered(x))
}

const CAPTION: &str = "seven hundred and eight";

#[cache]
pub fn by_capture() -> String {
    format!("{CAPTION:>30}")
}

#[expect(unused_macros, reason = "nobody reaches it")]
macro_rules! unused_macro {
    ($x:expr) => {
        plus($x, 709)
    };
}
