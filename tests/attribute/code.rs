//! What the code of a function is, wherever the function stands and whatever its form.

use larder::cache;
use serde::{Deserialize, Serialize};

mod helpers {
    pub(super) const FACTOR: u64 = 2;

    pub(super) fn scale(number: u64) -> u64 {
        number * FACTOR
    }

    pub(super) fn unrelated(number: u64) -> u64 {
        number
    }
}

/// The names of the code that a function reaches, without the crate's.
fn reached(code: &larder::Code) -> Vec<String> {
    let paths = code.iter().map(|item| item.path().to_owned());
    let paths = paths.filter_map(|path| path.strip_prefix("attribute::code::").map(str::to_owned));
    paths.collect()
}

#[track_caller]
fn check(code: &larder::Code, own: &str) {
    let found = reached(code);
    for name in [own, "helpers::scale", "helpers::FACTOR"] {
        assert!(found.iter().any(|path| path == name), "{name} is not among {found:?}");
    }
    assert!(!found.iter().any(|path| path == "helpers::unrelated"), "{found:?}");
}

#[cache]
fn free(number: u64) -> u64 {
    helpers::scale(number)
}

#[cache]
async fn asynchronous(number: u64) -> u64 {
    helpers::scale(number)
}

#[cache]
fn generic<T: Into<u64> + Serialize>(number: T) -> u64 {
    helpers::scale(number.into())
}

#[derive(Serialize, Deserialize)]
struct Meter(u64);

#[cache]
impl Meter {
    #[cache]
    fn scaled(&self) -> u64 {
        helpers::scale(self.0)
    }
}

#[cache(reaches(helpers::unrelated))]
fn told(number: u64) -> u64 {
    helpers::scale(number)
}

#[cache(code = "body")]
fn body(number: u64) -> u64 {
    helpers::unrelated(number)
}

#[cache(code = "none")]
fn none(number: u64) -> u64 {
    helpers::unrelated(number)
}

macro_rules! cached {
    ($name:ident) => {
        #[cache]
        fn $name(number: u64) -> u64 {
            helpers::unrelated(number)
        }
    };
}

cached!(written_by_a_macro);

#[test]
fn functions_of_every_form_reach_what_they_call() {
    check(&free::code(), "free");
    check(&asynchronous::code(), "asynchronous");
    check(&generic::code::<u64>(), "generic");
    check(&Meter::scaled_cache().code(), "Meter::scaled");
    assert_eq!(Meter(2).scaled(), 4);
}

#[test]
fn a_function_in_a_body_reaches_what_stands_beside_it() {
    fn beside(number: u64) -> u64 {
        helpers::scale(number)
    }
    #[cache]
    fn inner(number: u64) -> u64 {
        beside(number)
    }
    check(&inner::code(), "beside");
    assert_eq!(inner(3), 6);
}

#[test]
fn what_the_author_says_is_reached_too() {
    assert!(reached(&told::code()).iter().any(|path| path == "helpers::unrelated"));
    assert_eq!(told(1), 2);
}

#[test]
fn less_is_looked_at_where_the_author_says_so_and_where_a_macro_wrote_the_function() {
    for code in [body::code(), none::code(), written_by_a_macro::code()] {
        assert_eq!(reached(&code), Vec::<String>::new());
    }
    assert_eq!([body(1), none(1), written_by_a_macro(1)], [1; 3]);
}
