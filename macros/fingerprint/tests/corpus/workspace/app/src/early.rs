//! Macros in textual scope, for the modules that follow.

macro_rules! calls_site {
    ($x:expr) => {
        site($x) + 1
    };
}
