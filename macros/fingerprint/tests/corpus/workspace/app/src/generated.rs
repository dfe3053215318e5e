//! Items that macros define.

use larder::cache;

macro_rules! define {
    ($name:ident, $amount:expr) => {
        pub fn $name(x: u64) -> u64 {
            x + $amount + behind_define()
        }
    };
}

fn behind_define() -> u64 {
    801
}

define!(adds_seven, 7);
define!(adds_nine, 9);

#[cache]
pub fn calls_generated(x: u64) -> u64 {
    adds_seven(x)
}

macro_rules! newtype {
    ($name:ident) => {
        pub struct $name(pub u64);

        impl $name {
            pub fn get(&self) -> u64 {
                self.0 + 802
            }
        }
    };
}

newtype!(Seconds);

#[cache]
pub fn uses_newtype(x: u64) -> u64 {
    Seconds(x).get()
}

macro_rules! flags {
    ($(#[$outer:meta])* $vis:vis struct $name:ident { $(const $flag:ident = $value:expr;)* }) => {
        $(#[$outer])*
        $vis struct $name(u64);

        impl $name {
            $(pub const $flag: Self = Self($value);)*

            pub fn bits(&self) -> u64 {
                self.0
            }
        }
    };
}

flags! {
    #[derive(Clone, Copy)]
    pub struct Access {
        const READ = 1;
        const WRITE = first_free_bit();
    }
}

const fn first_free_bit() -> u64 {
    803
}

#[cache]
pub fn flagged() -> u64 {
    Access::WRITE.bits()
}
